// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/jsonedit.h"
#include "base/jsonin.h"
#include "check.h"

static const struct kd_view VALUE = {"{\"command\": \"kdoc\"}", 19};

/* text → with the member; back again it has to be what it was. */
static void put(const char *text, const char *want)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096), back = KD_BUF_INIT(4096);
	const struct kd_view v = kd_view_of(text);
	struct kd_jsonplace at;
	size_t where, n;

	assert_null(kd_jsonedit_find(v, "mcp", "kdoc", &at));
	assert_false(at.has_key);
	assert_true(kd_jsonedit_add(v, &at, "mcp", "kdoc", VALUE, &b, &where, &n));
	assert_string_equal(b.p, want);
	/* what was added is one span */
	assert_int_equal(b.n, v.n + n);
	assert_memory_equal(b.p, text, where);
	assert_memory_equal(b.p + where + n, text + where, v.n - where);
	assert_null(kd_jsonedit_find(kd_buf_view(&b), "mcp", "kdoc", &at));
	assert_true(at.has_key);
	assert_true(kd_jsonedit_same(kd_view(b.p + at.key_member.value, at.key_member.end - at.key_member.value), VALUE));
	assert_true(kd_jsonedit_remove(kd_buf_view(&b), &at, at.section.n == 1, &back));
	assert_null(kd_jsonedit_find(kd_buf_view(&back), "mcp", "kdoc", &at));
	assert_false(at.has_key);
}

static void test_add(void **state)
{
	(void)state;
	put("{}", "{\n  \"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}}\n}");
	put("{\"a\":1}", "{\"a\":1,\"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}}}");
	put("{\n\t\"a\": 1\n}\n", "{\n\t\"a\": 1,\n\t\"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}}\n}\n");
	put("{\n  \"mcp\": {}\n}\n", "{\n  \"mcp\": {\n    \"kdoc\": {\"command\": \"kdoc\"}\n  }\n}\n");
	put("{\n  \"mcp\": {\n    \"x\": {}\n  },\n  \"z\": [1, 2]\n}",
	    "{\n  \"mcp\": {\n    \"x\": {},\n    \"kdoc\": {\"command\": \"kdoc\"}\n  },\n  \"z\": [1, 2]\n}");
	put("{\r\n  \"a\": 1\r\n}\r\n", "{\r\n  \"a\": 1,\r\n  \"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}}\r\n}\r\n");
}

static void test_comments(void **state)
{
	(void)state;
	put("// mine\n{\n  \"a\": 1, // one\n}\n",
	    "// mine\n{\n  \"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}},\n  \"a\": 1, // one\n}\n");
	put("{\n  \"a\": 1,\n}\n", "{\n  \"a\": 1,\n  \"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}},\n}\n");
	put("{\n  \"a\": 1 /* one */\n}\n", "{\n  \"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}},\n  \"a\": 1 /* one */\n}\n");
	/* what looks like a comment, a name, a bracket inside of a string is none */
	put("{\"a\": \"// \\\" } \\\\\"}", "{\"a\": \"// \\\" } \\\\\",\"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}}}");
	put("{\"a\": {\"mcp\": {\"kdoc\": 1}}}", "{\"a\": {\"mcp\": {\"kdoc\": 1}},\"mcp\": {\"kdoc\": {\"command\": \"kdoc\"}}}");
}

static void refuse(const char *text, const char *why)
{
	struct kd_jsonplace at;
	kd_auto(kd_error_freep) struct kd_error *err = kd_jsonedit_find(kd_view_of(text), "mcp", "kdoc", &at);

	if (!err)
		fail_msg("taken: %s", text);
	if (!strstr(err->msg, why))
		fail_msg("%s: %s, not %s", text, err->msg, why);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", "nothing");
	refuse(" \n", "nothing");
	refuse("[]", "begin");
	refuse("{", "name");
	refuse("{\"a\"}", "colon");
	refuse("{\"a\":}", "value");
	refuse("{\"a\":1", "comma");
	refuse("{\"a\":1 \"b\":2}", "comma");
	refuse("{\"a\":01}", "comma");
	refuse("{\"a\":1.}", "digits");
	refuse("{\"a\":tru}", "value");
	refuse("{\"a\":\"\\x\"}", "escape");
	refuse("{\"a\":\"x", "end");
	refuse("{\"a\":1} x", "behind");
	refuse("{/* \"a\":1}", "comment");
	refuse("{\"mcp\":[]}", "object");
	refuse("{\"mcp\":{},\"mcp\":{}}", "twice");
	refuse("{\"mcp\":{\"kdoc\":1,\"kd\\u006fc\":2}}", "twice");
}

static void test_depth(void **state)
{
	char text[512];
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(text, sizeof(text), "{\"a\":");
	memset(text + n, '[', 100);
	text[n + 100] = '\0';
	refuse(text, "deep");
}

static void test_change(void **state)
{
	const struct kd_view v = KD_V("{\"mcp\": {\"a\": 1 /* one */, \"kdoc\": [ 1 , \"x y\" ], \"b\": 2}}");
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096), c = KD_BUF_INIT(4096), d = KD_BUF_INIT(4096);
	struct kd_jsonplace at;

	(void)state;
	assert_null(kd_jsonedit_find(v, "mcp", "kdoc", &at));
	assert_true(at.has_key && !at.plain);
	assert_true(kd_jsonedit_same(KD_V("[1,\"x y\"]"), kd_view(v.p + at.key_member.value, at.key_member.end - at.key_member.value)));
	assert_false(kd_jsonedit_same(KD_V("[1,\"xy\"]"), KD_V("[1,\"x y\"]")));
	assert_false(kd_jsonedit_same(KD_V("\"a\\\"b\""), KD_V("\"a\\\" b\"")));
	assert_true(kd_jsonedit_replace(v, &at, KD_V("7"), &b));
	assert_string_equal(b.p, "{\"mcp\": {\"a\": 1 /* one */, \"kdoc\": 7, \"b\": 2}}");
	assert_true(kd_jsonedit_remove(v, &at, false, &c));
	assert_string_equal(c.p, "{\"mcp\": {\"a\": 1 /* one */, \"b\": 2}}");
	assert_true(kd_jsonedit_remove(v, &at, true, &d));
	assert_string_equal(d.p, "{}");
}

/* The last member goes with the comma before it, also when a comment stands between. */
static void test_last(void **state)
{
	const struct kd_view v = KD_V("{\"mcp\": {\"a\": 1, // one\n \"kdoc\": 2\n}}");
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_jsonplace at;

	(void)state;
	assert_null(kd_jsonedit_find(v, "mcp", "kdoc", &at));
	assert_true(kd_jsonedit_remove(v, &at, false, &b));
	assert_string_equal(b.p, "{\"mcp\": {\"a\": 1 // one\n}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),   cmocka_unit_test(test_comments), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth), cmocka_unit_test(test_change),   cmocka_unit_test(test_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
