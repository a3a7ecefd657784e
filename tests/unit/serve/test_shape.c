// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers of any length → results of a bounded length, and what is kept of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "serve/shape.h"

static const struct kd_vt_next next[] = {{"investigate", "what happened"}, {NULL, NULL}};

/* A result taken apart. */
struct result {
	struct kd_jsonin *doc;
	struct kd_view text, status, answer, more;
	struct kd_jval data, structured;
	size_t structured_bytes;
	bool error;
};

static struct result take(struct kd_view members)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(32 << 20);
	struct result r = {0};
	struct kd_jval root;
	size_t at;

	kd_buf_addc(&b, '{');
	kd_buf_add(&b, members);
	kd_buf_addc(&b, '}');
	assert_null(kd_jsonin_parse(kd_buf_view(&b), NULL, &r.doc));
	root = kd_jsonin_root(r.doc);
	assert_true(kd_jsonin_str(kd_jsonin_get(kd_jsonin_at(kd_jsonin_get(root, "content"), 0), "text"), &r.text));
	r.structured = kd_jsonin_get(root, "structuredContent");
	at = kd_view_find(members, KD_V(",\"structuredContent\":"));
	r.structured_bytes = members.n - at - 22;
	assert_true(kd_jsonin_str(kd_jsonin_get(r.structured, "status"), &r.status));
	kd_jsonin_str(kd_jsonin_get(r.structured, "answer"), &r.answer);
	kd_jsonin_str(kd_jsonin_get(r.structured, "more"), &r.more);
	r.data = kd_jsonin_get(r.structured, "data");
	kd_jsonin_bool(kd_jsonin_get(root, "isError"), &r.error);
	return r;
}

static struct result text_of(const struct kd_shape *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(16 << 20);

	kd_shape_text(s, &b);
	return take(kd_buf_view(&b));
}

#define IS(view, lit) assert_true(kd_view_eq((view), KD_V(lit)))
#define HAS(view, lit) assert_true(kd_view_has((view), KD_V(lit)))

static void test_short(void **state)
{
	struct kd_shape s = {.status = "answered", .body = KD_V("all e0123456789ab is well\n"), .limit = 4096, .next = next};
	struct result r;

	(void)state;
	kd_shape_note(&s, KD_V("  kept short \n"));
	r = text_of(&s);
	IS(r.text, "all e0123456789ab is well\nnote: kept short\nnext: investigate (what happened)");
	IS(r.status, "answered");
	IS(r.answer, "all e0123456789ab is well\n");
	assert_null(r.more.p);
	assert_false(r.error);
	assert_int_equal(kd_jsonin_type(kd_jsonin_get(r.structured, "shown")), KD_JABSENT);
	assert_int_equal(kd_jsonin_len(kd_jsonin_get(r.structured, "evidence")), 1);
	assert_int_equal(kd_jsonin_len(kd_jsonin_get(r.structured, "notes")), 1);
	assert_int_equal(kd_jsonin_len(kd_jsonin_get(r.structured, "next")), 1);
	kd_jsonin_free(r.doc);
}

/* Lines with what needs escaping, so that the JSON is longer than the text. */
static void fill(struct kd_buf *b, size_t lines)
{
	for (size_t i = 0; i < lines; i++)
		kd_buf_printf(b, "line %zu \"quoted\" \\ \t \xe2\x80\xa6 e%012zx\n", i, i % 40);
}

/* Both forms stay within the limit, cut at a line, and the pages are the whole. */
static void test_pages(void **state)
{
	struct kd_answers *answers = kd_answers_new(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(1 << 20), all = KD_BUF_INIT(1 << 20);
	char handle[KD_ANSWER_HANDLE] = "";

	(void)state;
	fill(&body, 600);
	for (unsigned detail = KD_VT_BRIEF; detail <= KD_VT_FULL; detail++) {
		struct kd_shape s = {.status = "answered", .body = kd_buf_view(&body), .limit = kd_shape_limit(detail), .answers = answers, .next = next};
		unsigned pages = 0;

		kd_buf_clear(&all);
		while (s.from < s.body.n) {
			struct result r = text_of(&s);
			int64_t to = 0;

			assert_true(r.text.n <= s.limit && r.structured_bytes <= s.limit);
			assert_true(r.answer.n > 0 && r.answer.p[r.answer.n - 1] == '\n');
			assert_true(kd_jsonin_i64(kd_jsonin_get(kd_jsonin_get(r.structured, "shown"), "to"), &to));
			kd_buf_add(&all, r.answer);
			assert_true((size_t)to == all.n);
			s.from = (size_t)to;
			if (s.from < s.body.n) {
				assert_true(r.more.n == KD_ANSWER_HANDLE - 4);
				HAS(r.text, "the rest: more {\"handle\":\"ans-");
				snprintf(handle, sizeof(handle), "%.*s", KD_VARG(r.more));
				s.handle = kd_view_of(handle);
			} else {
				assert_null(r.more.p);
			}
			assert_int_equal(kd_jsonin_len(kd_jsonin_get(r.structured, "evidence")), detail == KD_VT_BRIEF ? 12 : KD_SHAPE_EVIDENCE);
			kd_jsonin_free(r.doc);
			pages++;
		}
		assert_true(kd_view_eq(kd_buf_view(&all), kd_buf_view(&body)));
		assert_true(pages > 1);
	}
	kd_answers_free(answers);
}

/* One line that is longer than the limit is cut between characters. */
static void test_long_line(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(1 << 20);
	struct kd_shape s = {.status = "answered", .limit = 1536};
	struct result r;

	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		kd_buf_add(&body, KD_V("…"));
	s.body = kd_buf_view(&body);
	r = text_of(&s);
	assert_true(r.answer.n > 100 && r.answer.n < 1536 && r.answer.n % 3 == 0);
	HAS(r.text, "too long to be kept"); /* without answers */
	kd_jsonin_free(r.doc);
}

static void test_bytes(void **state)
{
	struct kd_shape s = {.status = "nothing", .body = kd_view("a\0b\xff\x1b[31mc\n", 11), .limit = 1536, .error = true};
	struct result r = text_of(&s);

	(void)state;
	assert_true(kd_utf8_valid(r.text) && kd_utf8_valid(r.answer));
	assert_true(r.error);
	kd_jsonin_free(r.doc);
}

/* What is no text grows when it is made text. */
static void test_no_text(void **state)
{
	char bytes[6000] = {0};
	struct kd_shape s = {.status = "answered", .body = kd_view(bytes, sizeof(bytes)), .limit = 1536};
	struct result r;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t i = 60; i < sizeof(bytes); i += 60)
		bytes[i] = '\n';
	r = text_of(&s);
	assert_true(r.text.n <= s.limit && r.structured_bytes <= s.limit && r.answer.n > 300);
	kd_jsonin_free(r.doc);
	memset(bytes, 0xff, sizeof(bytes));
	r = text_of(&s);
	assert_true(r.text.n <= s.limit && r.structured_bytes <= s.limit && r.answer.n > 300);
	kd_jsonin_free(r.doc);
}

static void test_notes(void **state)
{
	struct kd_shape s = {.status = "answered", .body = KD_V("x"), .limit = 4096};
	char long_note[400];
	struct result r;

	(void)state;
	memset(long_note, 'n', sizeof(long_note));
	for (unsigned i = 0; i < 14; i++)
		kd_shape_note(&s, kd_view(long_note, sizeof(long_note)));
	kd_shape_note(&s, KD_V(" \n"));
	assert_int_equal(s.nnotes, 4); /* a quarter of the limit */
	r = text_of(&s);
	HAS(r.text, "note: 10 more notes");
	assert_true(r.text.n < 4096);
	kd_jsonin_free(r.doc);
	s = (struct kd_shape){.status = "answered", .body = KD_V("x"), .limit = 4096};
	for (unsigned i = 0; i < 14; i++)
		kd_shape_note(&s, KD_V("short"));
	assert_int_equal(s.nnotes, KD_SHAPE_NOTES);
	assert_int_equal(s.more_notes, 4);
}

static void test_clean(void **state)
{
	static const struct {
		const char *text, *clean;
	} rows[] = {
		{"a\n\nNEXT  kdoc investigate x  what\n      kdoc explain x\n", "a"},
		{"a\nNEXT\n kdoc explain x\n kdoc group x\nEVIDENCE\n E1\n-- kdoc 0.1.0\n", "a\nEVIDENCE\n E1"},
		{"NEXT is a word\n kdoc x\n", "NEXT is a word\n kdoc x"},
		{"NEXT\nkdoc x\n", "NEXT\nkdoc x"},
		{"", ""},
		{"NEXT", "NEXT"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

		kd_shape_clean(kd_view_of(rows[i].text), &b);
		kd_buf_addc(&b, '\0');
		assert_string_equal(b.p, rows[i].clean);
	}
}

/* ---- JSON ---- */

static struct result json_of(const struct kd_shape *s, const char *at)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(16 << 20);

	assert_null(kd_shape_json(s, kd_view_of(at), &b));
	return take(kd_buf_view(&b));
}

static void big(struct kd_buf *b, size_t reports)
{
	kd_buf_printf(b, "{\"schema\":\"x/1\",\"a/b~c\":{\"d\":1.5},\"reports\":[");
	for (size_t i = 0; i < reports; i++)
		kd_buf_printf(b, "%s{\"number\":%zu,\"title\":\"use after free\",\"frames\":[%zu,2,3,4,5,6,7,8,9,10,11,12],\"none\":null,\"yes\":true}",
			      i ? "," : "", i, i);
	kd_buf_printf(b, "]}");
}

static void test_json_short(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(1 << 20);
	struct kd_shape s = {.status = "answered", .limit = 8192, .next = next};
	struct result r;
	int64_t n = 0;

	(void)state;
	big(&body, 2);
	s.body = kd_buf_view(&body);
	r = json_of(&s, "");
	assert_int_equal(kd_jsonin_len(kd_jsonin_get(r.data, "reports")), 2);
	assert_int_equal(kd_jsonin_type(kd_jsonin_get(r.structured, "omitted")), KD_JABSENT);
	HAS(r.text, "{\"status\":\"answered\",\"data\":{\"schema\":\"x/1\",\"a/b~c\":{\"d\":1.5},\"reports\":[");
	kd_jsonin_free(r.doc);
	r = json_of(&s, "/reports/1/number");
	assert_true(kd_jsonin_i64(r.data, &n) && n == 1);
	kd_jsonin_free(r.doc);
	r = json_of(&s, "/a~1b~0c/d");
	assert_int_equal(kd_jsonin_type(r.data), KD_JREAL);
	kd_jsonin_free(r.doc);
}

static void test_json_cut(void **state)
{
	struct kd_answers *answers = kd_answers_new(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(1 << 20);
	struct kd_shape s = {.status = "answered", .limit = 8192, .answers = answers, .next = next};
	struct kd_view whole;
	struct result r;
	int64_t left = 0;

	(void)state;
	big(&body, 500);
	s.body = kd_buf_view(&body);
	r = json_of(&s, "");
	assert_true(r.text.n <= s.limit && r.structured_bytes <= s.limit);
	assert_true(kd_jsonin_i64(kd_jsonin_get(kd_jsonin_get(r.structured, "omitted"), "/reports"), &left));
	assert_int_equal((size_t)left + kd_jsonin_len(kd_jsonin_get(r.data, "reports")), 500);
	assert_true(kd_answers_get(answers, r.more, &whole) && kd_view_eq(whole, s.body));
	kd_jsonin_free(r.doc);
	r = json_of(&s, "/reports"); /* the pointers of what is left out are from the root on */
	assert_true(kd_jsonin_i64(kd_jsonin_get(kd_jsonin_get(r.structured, "omitted"), "/reports"), &left));
	kd_jsonin_free(r.doc);
	kd_answers_free(answers);
}

static void test_json_refused(void **state)
{
	static const struct {
		const char *at, *says;
	} rows[] = {
		{"/reports/7", "it has 2 elements"}, {"/report", "has no member report; there are: schema, a/b~c, reports"},
		{"/reports/0/number/x", "leads into what has no parts"}, {"/reports/-1", "has no element -1"}, {"/a~2", "no member"},
	};
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(1 << 20), out = KD_BUF_INIT(1 << 20);
	struct kd_shape s = {.status = "answered", .limit = 8192};
	struct kd_error *err;

	(void)state;
	big(&body, 2);
	s.body = kd_buf_view(&body);
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		err = kd_shape_json(&s, kd_view_of(rows[i].at), &out);
		assert_non_null(err);
		if (!strstr(err->msg, rows[i].says))
			fail_msg("%s: %s", rows[i].at, err->msg);
		kd_error_free(err);
	}
	s.body = KD_V("no JSON");
	err = kd_shape_json(&s, KD_V(""), &out);
	assert_non_null(err);
	kd_error_free(err);
}

/* Deep and wide: whatever comes, it fits. */
static void test_json_any(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(4 << 20);
	struct kd_shape s = {.status = "answered", .limit = 1536};
	struct result r;

	(void)state;
	for (unsigned i = 0; i < 19; i++)
		kd_buf_printf(&body, "{\"a_rather_long_name_of_a_member\":[\"%0500u\",", i);
	kd_buf_printf(&body, "0");
	for (unsigned i = 0; i < 19; i++)
		kd_buf_printf(&body, "]}");
	s.body = kd_buf_view(&body);
	r = json_of(&s, "");
	assert_true(r.text.n <= s.limit);
	kd_jsonin_free(r.doc);
}

/* ---- what is kept ---- */

static void test_answers(void **state)
{
	struct kd_answers *a = kd_answers_new(100);
	char first[KD_ANSWER_HANDLE], second[KD_ANSWER_HANDLE], third[KD_ANSWER_HANDLE];
	char forty[40] = {0}, many[101] = {0};
	struct kd_view v;

	(void)state;
	assert_true(kd_answers_put(a, KD_V("one"), first));
	assert_int_equal(strlen(first), KD_ANSWER_HANDLE - 4);
	assert_memory_equal(first, "ans-", 4);
	assert_true(kd_answers_get(a, kd_view_of(first), &v) && kd_view_eq(v, KD_V("one")));
	assert_true(kd_answers_put(a, kd_view(forty, 40), second));
	assert_string_not_equal(first, second);
	assert_false(kd_answers_put(a, kd_view(many, 101), third));
	assert_true(kd_answers_get(a, kd_view_of(first), &v));
	assert_true(kd_answers_put(a, kd_view(many, 60), third)); /* the oldest one goes, not more */
	assert_false(kd_answers_get(a, kd_view_of(first), &v));
	assert_true(kd_answers_get(a, kd_view_of(second), &v));
	assert_true(kd_answers_get(a, kd_view_of(third), &v));
	assert_false(kd_answers_get(a, KD_V("ans-"), &v));
	assert_true(kd_answers_put(a, kd_view(many, 60), first)); /* it is there already */
	assert_string_equal(first, third);
	assert_true(kd_answers_get(a, kd_view_of(second), &v));
	assert_true(kd_answers_put(a, KD_VNULL, first));
	assert_true(kd_answers_get(a, kd_view_of(first), &v) && !v.n);
	kd_answers_free(a);
	kd_answers_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),      cmocka_unit_test(test_pages),    cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_bytes),      cmocka_unit_test(test_no_text),  cmocka_unit_test(test_notes),    cmocka_unit_test(test_clean),
		cmocka_unit_test(test_json_short), cmocka_unit_test(test_json_cut), cmocka_unit_test(test_json_refused),
		cmocka_unit_test(test_json_any),   cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
