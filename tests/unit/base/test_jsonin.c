// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/jsonin.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "check.h"

static struct kd_jsonin *parse(const char *text)
{
	struct kd_jsonin *doc = NULL;

	assert_ok(kd_jsonin_parse(kd_view_of(text), NULL, &doc));
	return doc;
}

static void values(void **state)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = parse(
		"{\"s\":\"a\\u0000b\",\"i\":-5,\"u\":\"0xffff888000000000\",\"r\":1.5,\"t\":true,"
		"\"n\":null,\"a\":[1,2,3],\"o\":{\"z\":1,\"y\":2}}");
	struct kd_jval root = kd_jsonin_root(doc), v;
	struct kd_view s;
	uint64_t u;
	int64_t i;
	double r;
	bool b;

	(void)state;
	assert_int_equal(kd_jsonin_type(root), KD_JOBJECT);
	assert_int_equal(kd_jsonin_len(root), 8);
	assert_true(kd_jsonin_str(kd_jsonin_get(root, "s"), &s));
	assert_true(kd_view_eq(s, KD_V("a\0b")));
	assert_true(kd_jsonin_i64(kd_jsonin_get(root, "i"), &i));
	assert_int_equal(i, -5);
	assert_false(kd_jsonin_u64(kd_jsonin_get(root, "i"), &u));
	assert_true(kd_jsonin_u64(kd_jsonin_get(root, "u"), &u));
	assert_true(u == 0xffff888000000000);
	assert_false(kd_jsonin_u64(kd_jsonin_get(root, "s"), &u));
	assert_true(kd_jsonin_double(kd_jsonin_get(root, "r"), &r));
	assert_true(r == 1.5);
	assert_false(kd_jsonin_i64(kd_jsonin_get(root, "r"), &i));
	assert_true(kd_jsonin_bool(kd_jsonin_get(root, "t"), &b));
	assert_true(b);
	assert_int_equal(kd_jsonin_type(kd_jsonin_get(root, "n")), KD_JNULL);
	v = kd_jsonin_get(root, "a");
	assert_int_equal(kd_jsonin_len(v), 3);
	assert_true(kd_jsonin_u64(kd_jsonin_at(v, 2), &u));
	assert_int_equal(u, 3);
	assert_int_equal(kd_jsonin_type(kd_jsonin_at(v, 3)), KD_JABSENT);
}

static void members(void **state)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = parse("{\"s\":\"text\",\"i\":-5,\"t\":true}");
	const struct kd_jval root = kd_jsonin_root(doc);

	(void)state;
	assert_true(kd_view_eq(kd_jsonin_member_str(root, "s"), KD_V("text")));
	assert_null(kd_jsonin_member_str(root, "i").p);
	assert_null(kd_jsonin_member_str(root, "none").p);
	assert_int_equal(kd_jsonin_member_i64(root, "i"), -5);
	assert_int_equal(kd_jsonin_member_i64(root, "s"), 0);
	assert_true(kd_jsonin_member_bool(root, "t"));
	assert_false(kd_jsonin_member_bool(root, "i"));
	assert_false(kd_jsonin_member_bool(root, "none"));
}

static void absent(void **state)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = parse("[]");
	struct kd_jval v = kd_jsonin_get(kd_jsonin_get(kd_jsonin_root(doc), "x"), "y");
	struct kd_view s, key;
	void *it = NULL;

	(void)state;
	assert_int_equal(kd_jsonin_type(v), KD_JABSENT);
	assert_int_equal(kd_jsonin_type(kd_jsonin_root(NULL)), KD_JABSENT);
	assert_false(kd_jsonin_str(v, &s));
	assert_int_equal(kd_jsonin_len(v), 0);
	assert_null(kd_jsonin_at(v, 0).node);
	assert_false(kd_jsonin_next(v, &it, &key, &v));
	kd_jsonin_free(NULL);
}

static void order(void **state)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = parse("{\"z\":0,\"y\":1,\"a\":2}");
	const char *const want[] = {"z", "y", "a"};
	struct kd_view key;
	struct kd_jval val;
	size_t n = 0;

	(void)state;
	for (void *it = NULL; kd_jsonin_next(kd_jsonin_root(doc), &it, &key, &val); n++) {
		uint64_t u;

		assert_view(key, want[n]);
		assert_true(kd_jsonin_u64(val, &u));
		assert_int_equal(u, n);
	}
	assert_int_equal(n, 3);
}

static void errors(void **state)
{
	struct kd_jsonin *doc = NULL;
	struct kd_error *err;
	static const char *const bad[] = {
		"",    "{", "[1,]", "{\"a\":}", "\"\xff\"", "tru", "1 2", "[99999999999999999999]",
		"\"a", "]", "}",    "\"\\",
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_error(kd_jsonin_parse(kd_view_of(bad[i]), NULL, &doc), KD_BADDATA,
			     "not JSON");
	err = kd_jsonin_parse(KD_V("{\n \"a\": x}"), NULL, &doc);
	assert_non_null(err);
	assert_true(err->offset >= 7 && err->offset <= 10);
	assert_error(err, KD_BADDATA, "line 2");
	assert_error(kd_jsonin_parse(KD_VNULL, NULL, &doc), KD_BADDATA, "not JSON");
	assert_null(doc);
}

static void nest(struct kd_buf *b, unsigned depth, const char *open, const char *close)
{
	kd_buf_clear(b);
	for (unsigned i = 0; i < depth; i++)
		kd_buf_add(b, kd_view_of(open));
	kd_buf_add(b, KD_V("1"));
	for (unsigned i = 0; i < depth; i++)
		kd_buf_add(b, kd_view_of(close));
}

static void limits(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 << 20);
	struct kd_jsonin_opts o = {.max_values = 5, .max_bytes = 30};
	struct kd_jsonin *doc = NULL;

	(void)state;
	nest(&b, 64, "[", "]");
	assert_ok(kd_jsonin_parse(kd_buf_view(&b), NULL, &doc));
	kd_jsonin_freep(&doc);
	nest(&b, 65, "{\"a\":", "}");
	assert_error(kd_jsonin_parse(kd_buf_view(&b), NULL, &doc), KD_LIMIT, "deeper than 64");
	nest(&b, 1 << 20, "[", "]");
	assert_error(kd_jsonin_parse(kd_buf_view(&b), NULL, &doc), KD_LIMIT, "at offset 64");
	assert_ok(kd_jsonin_parse(KD_V("[1,2,3]"), &o, &doc));
	kd_jsonin_freep(&doc);
	assert_error(kd_jsonin_parse(KD_V("[1,2,3,4,5]"), &o, &doc), KD_LIMIT,
		     "more than 5 values");
	assert_ok(kd_jsonin_parse(KD_V("\"[[[[[[[,,,,,,\\\"[[[\""), &o, &doc));
	kd_jsonin_freep(&doc);
	assert_error(kd_jsonin_parse(KD_V("\"0123456789012345678901234567890\""), &o, &doc),
		     KD_LIMIT, "longer than the 30");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(members), cmocka_unit_test(absent), cmocka_unit_test(order),
		cmocka_unit_test(errors), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
