// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "serve/httphead.h"

static struct kd_http_own at(const char *address)
{
	struct kd_http_own own = {0};

	assert_true(kd_http_address(kd_view_of(address), &own.addr));
	return own;
}

static void addresses(void **state)
{
	static const struct {
		const char *text, *shown;
		bool loopback, any;
	} good[] = {
		{"127.0.0.1:8765", "127.0.0.1:8765", true, false}, {"[::1]:0", "[::1]:0", true, false},
		{"localhost:80", "127.0.0.1:80", true, false},	   {"8765", "127.0.0.1:8765", true, false},
		{"LocalHost:1", "127.0.0.1:1", true, false},	   {"127.9.9.9:65535", "127.9.9.9:65535", true, false},
		{"0.0.0.0:1", "0.0.0.0:1", false, true},	   {"[::]:1", "[::]:1", false, true},
		{"192.0.2.7:443", "192.0.2.7:443", false, false},  {"[2001:db8::1]:5", "[2001:db8::1]:5", false, false},
	};
	static const char *const bad[] = {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
					  "127.0.0.1:+1", "127.0.0.1: 1", "::1:80", "[::1]", "[::1]80", "[::1:80", "[127.0.0.1]:80",
					  "example.org:80", "0x7f000001:80", "127.1:80", "[fe80::1%lo]:80", "999999", "127.0.0.1:80:80",
					  "[localhost]:80", "127.0.0.1:000080"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(good); i++) {
		char text[KD_HTTP_ADDRESS_LEN];
		struct kd_http_address a;

		assert_true(kd_http_address(kd_view_of(good[i].text), &a));
		kd_http_address_text(&a, text);
		assert_string_equal(text, good[i].shown);
		assert_int_equal(kd_http_address_loopback(&a), good[i].loopback);
		assert_int_equal(kd_http_address_any(&a), good[i].any);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_http_address a;

		if (kd_http_address(kd_view_of(bad[i]), &a))
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void hosts(void **state)
{
	static const char *const names[] = {"kdoc.example.org"};
	struct kd_http_own local = at("127.0.0.1:8765"), here = at("192.0.2.7:8765"), six = at("[::1]:8765"), any = at("0.0.0.0:8765"),
			   web = at("127.0.0.1:80");

	(void)state;
	here.names = names;
	here.nnames = 1;
	assert_true(kd_http_host_ok(&local, KD_V("127.0.0.1:8765")));
	assert_true(kd_http_host_ok(&local, KD_V("localhost:8765")));
	assert_true(kd_http_host_ok(&local, KD_V("LOCALHOST:8765")));
	assert_true(kd_http_host_ok(&local, KD_V("[::1]:8765"))); /* a tunnel's other end */
	assert_true(kd_http_host_ok(&six, KD_V("[::1]:8765")));
	assert_true(kd_http_host_ok(&web, KD_V("localhost")));
	assert_true(kd_http_host_ok(&here, KD_V("192.0.2.7:8765")));
	assert_true(kd_http_host_ok(&here, KD_V("KDOC.example.org:8765")));
	assert_true(kd_http_host_ok(&any, KD_V("192.0.2.9:8765")));
	assert_false(kd_http_host_ok(&any, KD_V("evil.example.com:8765")));
	assert_false(kd_http_host_ok(&local, KD_V("localhost")));
	assert_false(kd_http_host_ok(&local, KD_V("localhost:8766")));
	assert_false(kd_http_host_ok(&local, KD_V("evil.example.com:8765")));
	assert_false(kd_http_host_ok(&local, KD_V("evil.example.com")));
	assert_false(kd_http_host_ok(&local, KD_V("127.0.0.1.evil.example.com:8765")));
	assert_false(kd_http_host_ok(&local, KD_V("localhost.evil.example.com:8765")));
	assert_false(kd_http_host_ok(&local, KD_V("192.0.2.7:8765")));
	assert_false(kd_http_host_ok(&local, KD_V("localhost:8765@evil.example.com")));
	assert_false(kd_http_host_ok(&local, KD_V("")));
	assert_false(kd_http_host_ok(&local, KD_VNULL));
	assert_false(kd_http_host_ok(&here, KD_V("192.0.2.8:8765")));
}

static void origins(void **state)
{
	struct kd_http_own local = at("127.0.0.1:8765");

	(void)state;
	assert_true(kd_http_origin_ok(&local, KD_V("http://localhost:6274")));
	assert_true(kd_http_origin_ok(&local, KD_V("https://127.0.0.1")));
	assert_true(kd_http_origin_ok(&local, KD_V("http://[::1]:8765")));
	assert_false(kd_http_origin_ok(&local, KD_V("null")));
	assert_false(kd_http_origin_ok(&local, KD_V("")));
	assert_false(kd_http_origin_ok(&local, KD_V("localhost:8765")));
	assert_false(kd_http_origin_ok(&local, KD_V("file://localhost")));
	assert_false(kd_http_origin_ok(&local, KD_V("http://evil.example.com")));
	assert_false(kd_http_origin_ok(&local, KD_V("http://localhost@evil.example.com")));
	assert_false(kd_http_origin_ok(&local, KD_V("http://localhost/x")));
	assert_false(kd_http_origin_ok(&local, KD_V("http://evil.example.com:8765")));
	assert_false(kd_http_origin_ok(&local, KD_V("ftp://127.0.0.1")));
}

static void media(void **state)
{
	(void)state;
	assert_int_equal(kd_http_accepts(KD_V("application/json, text/event-stream")), KD_HTTP_JSON | KD_HTTP_SSE);
	assert_int_equal(kd_http_accepts(KD_V("application/json")), KD_HTTP_JSON);
	assert_int_equal(kd_http_accepts(KD_V("TEXT/Event-Stream;q=0.5")), KD_HTTP_SSE);
	assert_int_equal(kd_http_accepts(KD_V("text/event-stream;q=0, application/json")), KD_HTTP_JSON);
	assert_int_equal(kd_http_accepts(KD_V("text/event-stream; q=0.000, */*;q=0.1")), KD_HTTP_ANY);
	assert_int_equal(kd_http_accepts(KD_V("text/event-stream; q=0.001")), KD_HTTP_SSE);
	assert_int_equal(kd_http_accepts(KD_V("text/*,application/*")), KD_HTTP_JSON | KD_HTTP_SSE);
	assert_int_equal(kd_http_accepts(KD_V("text/html,image/png")), 0);
	assert_int_equal(kd_http_accepts(KD_V("")), 0);
	assert_int_equal(kd_http_accepts(KD_V(",,;;q=0,")), 0);
	assert_true(kd_http_is_json(KD_V("application/json")));
	assert_true(kd_http_is_json(KD_V("Application/JSON; charset=utf-8")));
	assert_false(kd_http_is_json(KD_V("application/json-patch")));
	assert_false(kd_http_is_json(KD_V("text/plain; application/json")));
	assert_false(kd_http_is_json(KD_VNULL));
}

/* The table of the specification, and what it says is to be refused. */
static void values(void **state)
{
	static const struct {
		const char *header, *value;
	} rows[] = {
		{"us-west1", "us-west1"},
		{"  get_weather\t", "get_weather"},
		{"", ""},
		{"a\tb", "a\tb"},
		{"=?base64?SGVsbG8sIOS4lueVjA==?=", "Hello, 世界"},
		{"=?base64?IHBhZGRlZCA=?=", " padded "},
		{"=?base64?bGluZTEKbGluZTI=?=", "line1\nline2"},
		{"=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", "=?base64?literal?="},
		{"=?base64?" "?=", ""},
		{"SGVsbG8=", "SGVsbG8="},
		{"=?base64?SGVsbG8=", "=?base64?SGVsbG8="},
		{"=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="},
		{"=?base64?=", "=?base64?="},
		{"=?base64?SGVsbG8?=", NULL},
		{"=?base64?SGVs!!!bG8=?=", NULL},
		{"=?base64?/w==?=", NULL}, /* no UTF-8 */
		{"caf\xc3\xa9", NULL},
		{"a\x01", NULL},
		{"a\x7f", NULL},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256);
		bool good = kd_http_value(kd_view_of(rows[i].header), &b);

		if (good != (rows[i].value != NULL) || (good && !kd_view_eq(kd_buf_view(&b), kd_view_of(rows[i].value))))
			fail_msg("'%s': %s '%.*s'", rows[i].header, good ? "taken as" : "refused", KD_VARG(kd_buf_view(&b)));
	}
}

static void event_ids(void **state)
{
	uint64_t stream, event;

	(void)state;
	assert_true(kd_http_event_id(KD_V("12-345"), &stream, &event) && stream == 12 && event == 345);
	assert_false(kd_http_event_id(KD_V("12"), &stream, &event));
	assert_false(kd_http_event_id(KD_V("12-"), &stream, &event));
	assert_false(kd_http_event_id(KD_V("-1"), &stream, &event));
	assert_false(kd_http_event_id(KD_V("1-2-3"), &stream, &event));
	assert_false(kd_http_event_id(KD_V("99999999999999999999-1"), &stream, &event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(hosts),  cmocka_unit_test(origins),
		cmocka_unit_test(media),     cmocka_unit_test(values), cmocka_unit_test(event_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
