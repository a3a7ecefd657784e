// SPDX-License-Identifier: GPL-2.0-or-later
/* Subjects and dates: one row each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "history/mail_internal.h"
#include "mails.h"

static const struct row {
	const char *text, *title, *words;
	const char *flags; /* r reply, f forward, p patch, c rfc, s resend, u pull, v version said */
	unsigned version, index, total; /* total 0: no number */
} rows[] = {
	{"Re: [PATCH v3 net-next 02/17] net: foo: bar", "net: foo: bar", "net-next", "rpv", 3, 2, 17},
	{"[PATCH] mm: fix it", "mm: fix it", "", "p", 1, 0, 0},
	{"[PATCH 0/3] cover", "cover", "", "p", 1, 0, 3},
	{"[RFC PATCH v2 2/4] x: y", "x: y", "", "pcv", 2, 2, 4},
	{"[RFC v1 00/22] large buffers", "large buffers", "", "pcv", 1, 0, 22},
	{"[PATCHv6] one word", "one word", "", "pv", 6, 0, 0},
	{"[RFC PATCHv2 1/1] glued", "glued", "", "pcv", 2, 1, 1},
	{"[PATCH/RFC] slash", "slash", "", "pc", 1, 0, 0},
	{"[PATCHSET v2 0/8] set", "set", "", "pv", 2, 0, 8},
	{"[PATCH RESEND 5.10.y] backport", "backport", "5.10.y", "ps", 1, 0, 0},
	{"[net-next,v2,02/17] of patchwork", "of patchwork", "net-next", "pv", 2, 2, 17},
	{"[PATCH] [v2] two brackets", "two brackets", "", "pv", 2, 0, 0},
	{"[PATCH v6.20] a release", "a release", "v6.20", "p", 1, 0, 0},
	{"[GIT PULL] io_uring fix", "io_uring fix", "", "u", 1, 0, 0},
	{"[syzbot] [mm?] KASAN: use-after-free", "[syzbot] [mm?] KASAN: use-after-free", "", "", 1, 0, 0},
	{"Re: [EXTERNAL] Re: [PATCH 1/2] a", "a", "", "rp", 1, 1, 2},
	{"AW: RE[2]: Fwd: talk", "talk", "", "rf", 1, 0, 0},
	{"回复: [PATCH] b", "b", "", "rp", 1, 0, 0},
	{"Re:no blank", "no blank", "", "r", 1, 0, 0},
	{"Regression: no answer", "Regression: no answer", "", "", 1, 0, 0},
	{"[PATCH 5/3] impossible", "impossible", "5/3", "p", 1, 0, 0},
	{"[PATCH 99999999999999999999/3] x", "x", "99999999999999999999/3", "p", 1, 0, 0},
	{"[PATCH unterminated", "[PATCH unterminated", "", "", 1, 0, 0},
	{"[]", "[]", "", "", 1, 0, 0},
	{"", "", "", "", 1, 0, 0},
};

static void check_flags(const struct row *r, const struct kd_mail_subject *s)
{
	const struct {
		char c;
		bool is;
	} flags[] = {{'r', s->reply}, {'f', s->forward}, {'p', s->patch},	{'c', s->rfc},
		     {'s', s->resend}, {'u', s->pull},	 {'v', s->has_version}};

	for (size_t i = 0; i < KD_ARRAY_LEN(flags); i++)
		if ((strchr(r->flags, flags[i].c) != NULL) != flags[i].is)
			fail_msg("%s: flag %c is %d", r->text, flags[i].c, flags[i].is);
}

static void subjects(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct kd_mail_subject s;

		assert_true(kd_mail_subject_parse(kd_view_of(r->text), &a, &s));
		assert_view(s.title, r->title);
		assert_view(s.words, r->words);
		check_flags(r, &s);
		assert_int_equal(s.version, r->version);
		assert_int_equal(s.index, r->index);
		assert_int_equal(s.total, r->total);
		assert_int_equal(s.has_number, r->total != 0);
	}
	kd_arena_deinit(&a);
}

/* "Re: " before a subject changes nothing but the flag; a cut subject is still one. */
static void properties(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(16 << 20);

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kd_view text = kd_view_of(rows[i].text);
		struct kd_mail_subject s, t;

		assert_true(kd_mail_subject_parse(text, &a, &s));
		assert_true(kd_mail_subject_parse(kd_arena_printf(&a, "Re: %s", rows[i].text), &a, &t));
		assert_true(t.reply && kd_view_eq(s.base, t.base) && s.version == t.version && s.index == t.index);
		for (size_t n = 0; n < text.n; n++)
			assert_true(kd_mail_subject_parse(kd_view_head(text, n), &a, &s));
	}
	kd_arena_deinit(&a);
}

static void dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: no date */
	} d[] = {
		{"Sat, 17 Jan 2026 06:28:50 +0100 (CET)", 1768627730},
		{"17 Jan 2026 05:28:50 +0000", 1768627730},
		{"Sat, 17 Jan 2026 05:28:50 GMT", 1768627730},
		{"Sat, 17 Jan 2026 05:28 -0000", 1768627680},
		{"Sat Jan 17 05:28:50 2026", 1768627730},
		{"Fri, 16 Jan 2026 21:28:50 -0800 (PST)", 1768627730},
		{"Fri, 16 Jan 2026 21:28:50 PST", 1768627730},
		{"Fri (a (nested) comment), 16 Jan 2026 21:28:50 PST", 1768627730},
		{"17-Jan-2026 05:28:50 UTC", 1768627730},
		{"1 Jan 70 00:00:00 +0000", 0},
		{"1 Jan 00 00:00:00 +0000", 946684800},
		{"31 Dec 1969 23:59:59 +0000", -2},
		{"32 Foo 2026 05:28:50 +0000", -1},
		{"Sat, 17 Jan 2026", -1},
		{"17 Jan 2026 25:00:00 +0000", -1},
		{"17 Jan 99999999999999999999 05:00:00 +0000", -1},
		{"17 Jan 2026 05:28:50 +9999", 1768627730}, /* a zone that cannot be is none */
		{"yesterday", -1},
		{"", -1},
		{"((((((((((", -1},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(d); i++) {
		int64_t t = 0;
		bool ok = kd_mail_date(kd_view_of(d[i].text), &t);

		if (d[i].seconds == -2 ? !(ok && t == -1) : ok != (d[i].seconds != -1) || (ok && t != d[i].seconds))
			fail_msg("%s: %d %lld", d[i].text, ok, (long long)t);
	}
}

static void ids(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	assert_view(kd_mail_id(KD_V(" <a b\t@c> "), &a), "ab@c");
	assert_int_equal(kd_mail_id(kd_view(longer, sizeof(longer)), &a).n, KD_MAIL_ID_MAX);
	assert_int_equal(kd_mail_id(KD_V("<>"), &a).n, 0);
	kd_arena_deinit(&a);
}

static void flowed(void **state)
{
	static const struct {
		const char *in, *out;
		bool delsp;
	} f[] = {
		{"one \ntwo\nthree\n", "one two\nthree\n", false},
		{"one \ntwo\n", "onetwo\n", true},
		{"> a \n> b\nmine\n", "> a b\nmine\n", false},
		{"> a \n>> b\n", "> a \n>> b\n", false},
		{"x \n-- \nsig\n", "x \n-- \nsig\n", false},
		{" >not a quote\n", ">not a quote\n", false},
		{"open ", "open \n", false},
		{"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(f); i++) {
		struct kd_buf b = KD_BUF_INIT(4096);

		kd_mail_unflow(kd_view_of(f[i].in), f[i].delsp, &b);
		assert_view(kd_buf_view(&b), f[i].out);
		kd_buf_deinit(&b);
	}
}

static void html(void **state)
{
	static const struct {
		const char *in, *out;
	} h[] = {
		{"<p>one <b>two</b></p><p>three</p>", "one two\nthree\n"},
		{"<html><head><title>t</title></head><body>x&lt;y &amp; z</body></html>", "x<y & z\n"},
		{"<style>p { color: red }</style>text<!-- <p>gone --> on", "text on\n"},
		{"<pre>  a\n  b\n</pre>", "  a\n  b\n"},
		{"a &#65;&#x42;&bogus; &", "a AB\xef\xbf\xbd &\n"},
		{"1 < 2 <", "1 < 2 <\n"},
		{"<script>never ends", ""},
		{"<", "<\n"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(h); i++) {
		struct kd_buf b = KD_BUF_INIT(4096);

		kd_mail_unhtml(kd_view_of(h[i].in), &b);
		assert_view(kd_buf_view(&b), h[i].out);
		kd_buf_deinit(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects), cmocka_unit_test(properties), cmocka_unit_test(dates),
		cmocka_unit_test(ids),	    cmocka_unit_test(flowed),	  cmocka_unit_test(html),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
