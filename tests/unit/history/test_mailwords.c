// SPDX-License-Identifier: GPL-2.0-or-later
/* Words, stems, dates and queries of mails. What Xapian makes of the same text is the expectation (simpleindex, delve). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/mailquery.h"
#include "history/mailwords.h"

static bool append(void *user, struct kd_view word)
{
	struct kd_buf *b = user;

	kd_buf_printf(b, "%s%.*s", b->n ? " " : "", KD_VARG(word));
	return true;
}

static void test_words(void **state)
{
	static const char *const rows[][2] = {
		{"Fix the use-after-free", "fix the use after free"},
		{"don't AT&T x&", "don't at&t x"},
		{"1.5 1,000 a.b 1. v6.1", "1.5 1,000 a b 1 v6.1"},
		{"P.T.O. and U.N.x", "pto and u n x"},
		{"c++ C# i++; a+b", "c++ c# i++ a b"},
		{"tcp_sendmsg __init _", "tcp_sendmsg __init _"},
		{"Gr\xc3\xbc\xc3\x9f" "e \xc3\x9c" "ber \xe2\x80\x9cquoted\xe2\x80\x9d", "gr\xc3\xbc\xc3\x9f" "e \xc3\xbc" "ber quoted"},
		{"\xff\xfe" "bad\xc3", "bad"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

		kd_buf_printf(&b, "%s", "");
		kd_mail_words(kd_view_of(rows[i][0]), append, &b);
		assert_string_equal(b.p ? b.p : "", rows[i][1]);
	}
}

static void test_long(void **state)
{
	char text[200];
	struct kd_mail_token t;
	size_t at = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[64] = text[130] = ' ';
	assert_true(kd_mail_token(kd_view(text, sizeof(text)), &at, &t));
	assert_int_equal(t.word.n, 64);
	assert_true(kd_mail_token(kd_view(text, sizeof(text)), &at, &t));
	assert_int_equal(t.word.n, 0); /* 65 bytes: no word */
	assert_true(kd_mail_token(kd_view(text, sizeof(text)), &at, &t));
	assert_false(kd_mail_token(kd_view(text, sizeof(text)), &at, &t));
}

static void test_stems(void **state)
{
	static const char *const rows[][2] = {
		{"fixes", "fix"}, {"fixed", "fix"}, {"fixing", "fix"}, {"caches", "cach"}, {"leaking", "leak"}, {"references", "refer"},
		{"generally", "general"}, {"skies", "sky"}, {"hopping", "hop"}, {"hoping", "hope"}, {"relational", "relat"}, {"news", "news"},
		{"succeeding", "succeed"}, {"happy", "happi"}, {"by", "by"}, {"say", "say"}, {"use_count", "use_count"}, {"agreed", "agre"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		char buf[KD_STEM_MAX];
		const struct kd_view v = kd_stem(kd_view_of(rows[i][0]), buf);

		if (!kd_view_eq(v, kd_view_of(rows[i][1])))
			fail_msg("%s: %.*s, not %s", rows[i][0], KD_VARG(v), rows[i][1]);
	}
}

static void test_dates(void **state)
{
	const int64_t now = 1700000000;
	int64_t a, b;

	(void)state;
	assert_true(kd_mailquery_date(KD_V("20240229"), now, &a, &b));
	assert_int_equal(a, 1709164800);
	assert_int_equal(b, a + 86399);
	assert_true(kd_mailquery_date(KD_V("2024-02-29"), now, &a, &b));
	assert_int_equal(a, 1709164800);
	assert_true(kd_mailquery_date(KD_V("20240229123456"), now, &a, &b));
	assert_int_equal(a, 1709210096);
	assert_int_equal(b, a);
	assert_true(kd_mailquery_date(KD_V("3.days.ago"), now, &a, &b));
	assert_int_equal(a, now - 3 * 86400);
	assert_true(kd_mailquery_date(KD_V("yesterday"), now, &a, &b));
	assert_int_equal(b - a, 86399);
	assert_false(kd_mailquery_date(KD_V("20230229"), now, &a, &b));
	assert_false(kd_mailquery_date(KD_V("202402"), now, &a, &b));
	assert_false(kd_mailquery_date(KD_V("last.week"), now, &a, &b));
	assert_false(kd_mailquery_date(KD_V(""), now, &a, &b));
}

static enum kd_errclass parse(const char *text, struct kd_arena *a, struct kd_mq **q)
{
	struct kd_error *err = kd_mailquery_parse(a, kd_view_of(text), 1700000000, q);
	const enum kd_errclass cls = err ? err->cls : 0;

	kd_error_free(err);
	return cls;
}

static void test_queries(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
	struct kd_mq *q = NULL;

	(void)state;
	assert_int_equal(parse("s:fixes", &a, &q), 0);
	assert_int_equal(q->kind, KD_MQ_WORD);
	assert_true(q->stem);
	assert_int_equal(parse("s:Fixes", &a, &q), 0);
	assert_false(q->stem);
	assert_int_equal(parse("a-b/c@d", &a, &q), 0);
	assert_int_equal(q->kind, KD_MQ_PHRASE);
	assert_int_equal(q->words.n, 4);
	assert_int_equal(parse("list_ad*", &a, &q), 0);
	assert_int_equal(q->kind, KD_MQ_STAR);
	assert_int_equal(parse("x y OR z", &a, &q), 0);
	assert_int_equal(q->kind, KD_MQ_OR);
	assert_int_equal(q->sub.v[0]->kind, KD_MQ_AND);
	assert_int_equal(parse("x NOT (y OR z)", &a, &q), 0);
	assert_int_equal(q->kind, KD_MQ_NOT);
	assert_int_equal(parse("mid:a@b mid:c@d x", &a, &q), 0);
	assert_int_equal(q->sub.n, 2);
	assert_int_equal(parse("d:20240101..", &a, &q), 0);
	assert_int_equal(q->from, 1704067200);
	assert_int_equal(parse("unknown:word", &a, &q), 0); /* no prefix: a phrase */
	assert_int_equal(q->words.n, 2);
	assert_int_equal(parse("(a", &a, &q), KD_INVALID);
	assert_int_equal(parse("a)", &a, &q), KD_INVALID);
	assert_int_equal(parse("", &a, &q), KD_INVALID);
	assert_int_equal(parse("d:x..y", &a, &q), KD_INVALID);
	assert_int_equal(parse("patchid:123", &a, &q), KD_INVALID);
}

/* Bounds; and whatever the bytes are, it comes to an end. */
static void test_hostile(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	static const char marks[] = "()\"*:-+sd .NOTOR\xc3\xff" "a1/@";
	struct kd_mq *q = NULL;
	uint32_t rnd = 1;

	(void)state;
	for (int i = 0; i < 200; i++)
		kd_buf_addc(&b, '(');
	assert_int_equal(parse(b.p, &a, &q), KD_LIMIT);
	kd_buf_clear(&b);
	for (int i = 0; i < 5000; i++)
		kd_buf_printf(&b, "w%d ", i);
	assert_int_equal(parse(b.p, &a, &q), KD_LIMIT);
	for (int i = 0; i < 20000; i++) {
		char text[40];
		size_t n = 0;

		while (n < sizeof(text) - 1) {
			rnd = rnd * 1103515245 + 12345;
			text[n++] = marks[(rnd >> 16) % (sizeof(marks) - 1)];
		}
		text[n] = 0;
		kd_arena_reset(&a);
		parse(text, &a, &q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words), cmocka_unit_test(test_long),    cmocka_unit_test(test_stems),
		cmocka_unit_test(test_dates), cmocka_unit_test(test_queries), cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
