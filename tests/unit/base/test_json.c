// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/json.h"

#include <math.h>

#include "base/alloc.h"
#include "base/jsonin.h"
#include "check.h"

static void compact(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_json j;

	(void)state;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_str(&j, "s", KD_V("x"));
	kd_json_kv_u64(&j, "u", UINT64_MAX);
	kd_json_kv_i64(&j, "i", INT64_MIN);
	kd_json_kv_hex(&j, "h", 0xffffffff81000000);
	kd_json_kv_hex(&j, "z", 0);
	kd_json_kv_bool(&j, "b", true);
	kd_json_kv_strz(&j, "n", NULL);
	kd_json_key(&j, "a");
	kd_json_begin_array(&j);
	kd_json_u64(&j, 1);
	kd_json_double(&j, 0.5);
	kd_json_double(&j, NAN);
	kd_json_begin_object(&j);
	kd_json_end_object(&j);
	kd_json_begin_array(&j);
	kd_json_end_array(&j);
	kd_json_bool(&j, false);
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	assert_ok(kd_json_finish(&j));
	assert_view(kd_buf_view(&b), "{\"s\":\"x\",\"u\":18446744073709551615,"
				     "\"i\":-9223372036854775808,\"h\":\"0xffffffff81000000\","
				     "\"z\":\"0x0\",\"b\":true,\"n\":null,"
				     "\"a\":[1,0.5,null,{},[],false]}");
}

static void pretty(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_json j;

	(void)state;
	kd_json_init(&j, &b, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_key(&j, "a");
	kd_json_begin_array(&j);
	kd_json_u64(&j, 1);
	kd_json_u64(&j, 2);
	kd_json_end_array(&j);
	kd_json_key(&j, "e");
	kd_json_begin_object(&j);
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	assert_ok(kd_json_finish(&j));
	assert_view(kd_buf_view(&b), "{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t],\n\t\"e\": {}\n}\n");
}

static void strings(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_json j;

	(void)state;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	assert_int_equal(
		kd_json_str(&j, KD_V("q\" b\\ \b\f\n\r\t \0 \x01 \x7f \xc3\xa9 \xff\xed\xa0 .")),
		3);
	assert_ok(kd_json_finish(&j));
	assert_view(kd_buf_view(&b),
		    "\"q\\\" b\\\\ \\b\\f\\n\\r\\t \\u0000 \\u0001 \\u007f \xc3\xa9 "
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd .\"");
}

/* Whatever bytes go in: the result parses, and valid text comes back as it was. */
static void round_trip(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
		kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
		struct kd_view back;
		char raw[24];
		struct kd_json j;
		size_t bad;

		for (size_t k = 0; k < sizeof(raw); k++) {
			x = x * 1664525 + 1013904223;
			raw[k] = (char)(i % 2 ? x >> 24 : x >> 24 & 0x7f);
		}
		kd_json_init(&j, &b, i % 3 ? KD_JSON_COMPACT : KD_JSON_PRETTY);
		bad = kd_json_str(&j, kd_view(raw, sizeof(raw)));
		assert_ok(kd_json_finish(&j));
		assert_ok(kd_jsonin_parse(kd_buf_view(&b), NULL, &doc));
		assert_true(kd_jsonin_str(kd_jsonin_root(doc), &back));
		assert_int_equal(!bad, kd_view_eq(back, kd_view(raw, sizeof(raw))));
	}
}

static void too_small(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(10);
	struct kd_json j;

	(void)state;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_array(&j);
	kd_json_str(&j, KD_V("much more than there is room for"));
	kd_json_u64(&j, 1);
	kd_json_end_array(&j);
	assert_error(kd_json_finish(&j), KD_LIMIT, "longer than allowed");
}

struct sink {
	struct kd_buf b;
	unsigned calls, fail_at;
};

static bool flush(void *user, struct kd_view bytes)
{
	struct sink *s = user;

	if (++s->calls == s->fail_at)
		return false;
	return kd_buf_add(&s->b, bytes);
}

static void emit_many(struct kd_json *j, const char *big)
{
	kd_json_begin_array(j);
	for (unsigned i = 0; i < 20000; i++)
		kd_json_u64(j, i);
	kd_json_str(j, kd_view_of(big));
	kd_json_end_array(j);
}

static void flushed(void **state)
{
	struct sink s = {.b = KD_BUF_INIT(2 << 20)};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	static char big[300000];
	struct kd_view v;
	struct kd_json j;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	kd_json_init_flush(&j, flush, &s, KD_JSON_PRETTY);
	emit_many(&j, big);
	assert_ok(kd_json_finish(&j));
	assert_true(s.calls > 3);
	assert_ok(kd_jsonin_parse(kd_buf_view(&s.b), NULL, &doc));
	assert_int_equal(kd_jsonin_len(kd_jsonin_root(doc)), 20001);
	assert_true(kd_jsonin_str(kd_jsonin_at(kd_jsonin_root(doc), 20000), &v));
	assert_int_equal(v.n, sizeof(big) - 1);
	s.calls = 0;
	s.fail_at = 2;
	kd_json_init_flush(&j, flush, &s, KD_JSON_COMPACT);
	emit_many(&j, big);
	assert_error(kd_json_finish(&j), KD_IO, "could not be written");
	assert_int_equal(s.calls, 2); /* not tried again */
	kd_buf_deinit(&s.b);
}

static void deep(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 16);
	struct kd_json j;

	(void)state;
	kd_json_init(&j, &b, KD_JSON_PRETTY);
	for (unsigned i = 0; i < KD_JSON_DEPTH; i++)
		kd_json_begin_array(&j);
	for (unsigned i = 0; i < KD_JSON_DEPTH; i++)
		kd_json_end_array(&j);
	assert_ok(kd_json_finish(&j));
	assert_true(kd_view_ends(kd_buf_view(&b), KD_V("]\n\t]\n]\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact),   cmocka_unit_test(pretty),
		cmocka_unit_test(strings),   cmocka_unit_test(round_trip),
		cmocka_unit_test(too_small), cmocka_unit_test(flushed),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
