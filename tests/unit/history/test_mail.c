// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole mails: what is read, what is refused, what is said about damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mails.h"

#define HEAD "From: A B <a@x.example>\nTo: l@x.example\nSubject: s\nDate: Sat, 17 Jan 2026 05:28:50 +0000\nMessage-ID: <1@x>\n"

static void fields(void **state)
{
	static const char text[] = "From x Sat Jan 17 05:28:50 2026\n"
				   "Received: from a by b; Sat, 17 Jan 2026 05:28:48 +0000\n"
				   "From: =?utf-8?q?J=C3=B6rg?= X <J@x.example>\n"
				   "To: \"Q, R\" <q@x.example>, list: a@x.example, b@x.example;,\n <c@x.example>\n"
				   "Cc: d@x.example\nCc: e@x.example\n"
				   "Subject: =?iso-8859-1?Q?gr=FC=DF?=\n =?utf-8?B?ZQ==?= folded\n\ttwice\n"
				   "Date: Sat, 17 Jan 2026 06:28:50 +0100\n"
				   "Message-ID: <one@x>\n"
				   "References: <r1@x> <r2@x>\n <one@x> <r1@x>\n"
				   "In-Reply-To: <r2@x> from q@x.example <q@x.example>\n"
				   "List-Id: The list <l.x.example>\n\nbody\n";
	struct reader r;
	struct kd_mail m;

	(void)state;
	NEEDS_GMIME(&r);
	m = read_mail(&r, kd_view_of(text));
	assert_view(m.id, "one@x");
	assert_view(m.from.v[0].name, "Jörg X");
	assert_view(m.from.v[0].addr, "J@x.example");
	assert_int_equal(m.to.n, 4);
	assert_view(m.to.v[0].name, "Q, R");
	assert_view(m.to.v[2].addr, "b@x.example");
	assert_view(m.to.v[3].addr, "c@x.example");
	assert_int_equal(m.cc.n, 2);
	assert_view(m.subject.text, "grüße folded twice");
	assert_int_equal(m.date, 1768627730);
	assert_int_equal(m.date_from, KD_MAIL_DATE_SAID);
	assert_int_equal(m.nrefs, 2);
	assert_view(m.refs[0], "r1@x");
	assert_view(m.refs[1], "r2@x");
	assert_view(m.list_id, "l.x.example");
	assert_view(m.author, "Jörg X <J@x.example>");
	assert_view(m.body, "body\n");
	assert_int_equal(m.damage, 0);
	reader_free(&r);
}

static void damage(void **state)
{
	static const struct {
		const char *text;
		unsigned damage;
		int date_from;
	} d[] = {
		{"Subject: x\nDate: Sat, 17 Jan 2026 05:28:50 +0000\n\nb\n", KD_MAIL_NO_ID, KD_MAIL_DATE_SAID},
		{"Message-ID: <1@x> <2@x>\nSubject: x\n\nb\n", KD_MAIL_MORE_IDS | KD_MAIL_NO_DATE, KD_MAIL_DATE_NONE},
		{"Message-ID: <1@x>\nMessage-ID: <2@x>\n\nb\n", KD_MAIL_MORE_IDS | KD_MAIL_NO_DATE, KD_MAIL_DATE_NONE},
		{"Message-ID: <1@x>\nDate: 1 Jan 2098 00:00:00 +0000\n"
		 "Received: by a; 1 Jan 2026 00:00:00 +0000\n\nb\n", KD_MAIL_FALSE_DATE, KD_MAIL_DATE_RECEIVED},
		{"Message-ID: <1@x>\nDate: 1 Jan 1970 00:00:00 +0000\n\nb\n", KD_MAIL_FALSE_DATE, KD_MAIL_DATE_NONE},
		{"Message-ID: <1@x>\nDate: 1 Jan 2026 00:00:00 +0000\nno field\n\nb\n", KD_MAIL_BAD_LINE, KD_MAIL_DATE_SAID},
		{"Message-ID: <1@x>\nDate: 1 Jan 2026 00:00:00 +0000\nSubject: \xfc\n\nb\n", KD_MAIL_RAW_HEADER, KD_MAIL_DATE_SAID},
		{"Message-ID: <1@x>\nDate: 1 Jan 2026 00:00:00 +0000\nSubject: x\n", KD_MAIL_NO_END, KD_MAIL_DATE_SAID},
		{"Message-ID: <1@x>\nDate: 1 Jan 2026 00:00:00 +0000\nContent-Type: text/plain; charset=x-unheard\n\nb\xff\n",
		 KD_MAIL_CHARSET | KD_MAIL_BAD_TEXT, KD_MAIL_DATE_SAID},
		{"Message-ID: <1@x>\nDate: 1 Jan 2026 00:00:00 +0000\nContent-Type: text/html\n\n<p>b</p>\n", KD_MAIL_HTML,
		 KD_MAIL_DATE_SAID},
	};
	struct reader r;

	(void)state;
	NEEDS_GMIME(&r);
	for (size_t i = 0; i < KD_ARRAY_LEN(d); i++) {
		struct kd_mail m = read_mail(&r, kd_view_of(d[i].text));

		if (m.damage != d[i].damage || (int)m.date_from != d[i].date_from)
			fail_msg("row %zu: damage %#x, date from %d", i, m.damage, m.date_from);
		assert_int_equal(m.made_id, (m.damage & KD_MAIL_NO_ID) != 0);
	}
	reader_free(&r);
}

static void parts(void **state)
{
	static const char text[] = HEAD "Content-Type: multipart/mixed; boundary=B\n\n--B\n"
		"Content-Type: multipart/alternative; boundary=C\n\n--C\n"
		"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe =\n"
		"weiter\n--C\nContent-Type: text/html\n\n<p>not this</p>\n--C--\n--B\n"
		"Content-Type: text/x-patch; name=a.patch\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n"
		"LS0tIGEveAorKysgYi94CkBAIC0xICsxIEBACi1hCitiCg==\n--B\n"
		"Content-Type: message/rfc822\n\nSubject: inner\n\ninner text\n--B\n"
		"Content-Type: text/plain\nContent-Disposition: attachment; filename=config\n\nCONFIG_X=y\n--B--\n";
	struct reader r;
	struct kd_mail m;

	(void)state;
	NEEDS_GMIME(&r);
	m = read_mail(&r, kd_view_of(text));
	assert_view(m.body, "grüße weiter\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
	assert_int_equal(m.parts, 5);
	assert_int_equal(m.attachments, 2);
	assert_int_equal(m.diff_off, strlen("grüße weiter\n"));
	assert_int_equal(m.diff_n, m.body.n - m.diff_off);
	reader_free(&r);
}

static void patch(void **state)
{
	static const char text[] =
		HEAD "\nFrom: Real Author <r@x.example>\n\nFix the thing of commit 0123456789ab (\"a title\").\n\n"
		     "Fixes: 1234567890AB (\"sub: title\")\nReviewed-by: B <b@x.example>\n---\n"
		     "v2: applied, thanks to all\nchange-id: 20260117-thing-abc\n\n file.c | 2 +-\n\n"
		     "diff --git a/file.c b/file.c\nindex 1..2 100644\n--- a/file.c\n+++ b/file.c\n@@ -1,3 +1,3 @@ f()\n a\n-b\n+c\n\n"
		     "base-commit: fedcba9876543210fedcba9876543210fedcba98\n-- \n2.47\nAcked-by: not <this@x.example>\n";
	struct reader r;
	struct kd_mail m;
	struct kd_buf b = KD_BUF_INIT(8192);

	(void)state;
	NEEDS_GMIME(&r);
	kd_buf_printf(&b, "%s", text);
	m = read_mail(&r, kd_buf_view(&b));
	assert_view(m.author, "Real Author <r@x.example>");
	assert_true(kd_view_starts(kd_view_from(m.body, m.message_n), KD_V("---\nv2:")));
	assert_true(kd_view_starts(kd_view_from(m.body, m.diff_off), KD_V("diff --git")));
	assert_true(kd_view_ends(kd_view(m.body.p, m.diff_off + m.diff_n), KD_V("+c\n\n")));
	assert_int_equal(m.ntrailers, 4);
	assert_true(m.trailers[0].in_patch && m.trailers[1].in_patch && !m.trailers[2].in_patch);
	assert_view(m.change_id, "20260117-thing-abc");
	assert_view(m.base_commit, "fedcba9876543210fedcba9876543210fedcba98");
	assert_int_equal(m.ncommits, 2);
	assert_view(m.commits[0].sha, "0123456789ab");
	assert_view(m.commits[0].subject, "a title");
	assert_view(m.commits[1].sha, "1234567890ab");
	assert_view(m.commits[1].how, "fixes");
	assert_int_equal(m.spans[m.nspans - 1].kind, KD_SPAN_SIGNATURE);
	kd_buf_deinit(&b);
	reader_free(&r);
}

static void signs(void **state)
{
	static const struct {
		const char *body, *word, *tree; /* word NULL: no sign */
	} s[] = {
		{"Applied, thanks!\n\n[1/1] x\n      commit: 0123456789abcdef0123456789abcdef01234567\n", "applied", ""},
		{"Applied to the vfs.fixes branch of the vfs/vfs.git tree.\n", "applied", "vfs/vfs.git"},
		{"This series was applied to netdev/net-next.git (main)\n", "merged", "netdev/net-next.git"},
		{"has been merged into torvalds/linux.git:\nhttps://git.kernel.org/torvalds/c/0123456789ab\n", "merged",
		 "torvalds/linux.git"},
		{"This is a note to let you know that I've just added the patch titled\n", "added to stable", ""},
		{"Queued up for 6.20, thanks.\n", "queued", ""},
		{"This patch was dropped because it was merged\n", "dropped", ""},
		{"This reverts commit 0123456789ab.\n", "reverts", ""},
		{"NAK, this is wrong\n", "nak", ""},
		{"Nacked-by: A <a@x.example>\n", "nak", ""},
		{"Superseded by v3\n", "superseded", ""},
		{"> Applied, thanks!\nNo.\n", NULL, ""},
		{"Was this applied to net-next?\n", NULL, ""},
		{"I applied this and it broke\n", NULL, ""},
		{"NAKED pointers\n", NULL, ""},
		{"-- \nApplied, thanks!\n", NULL, ""},
	};
	struct reader r;

	(void)state;
	NEEDS_GMIME(&r);
	for (size_t i = 0; i < KD_ARRAY_LEN(s); i++) {
		struct kd_mail m = read_mail(&r, kd_arena_printf(&r.a, "%s\n%s", HEAD, s[i].body));

		if (m.nsigns != (s[i].word != NULL) || (s[i].word && strcmp(kd_mail_sign_word(m.signs[0].kind), s[i].word) != 0))
			fail_msg("%s: %zu signs", s[i].body, m.nsigns);
		if (s[i].word)
			assert_view(m.signs[0].tree, s[i].tree);
	}
	reader_free(&r);
}

/* ---- hostile ---- */

static void repeat(struct kd_buf *b, const char *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kd_buf_add(b, kd_view_of(what));
}

/* GMime 3.2.13 overflows its stack on the first two when they are given to it. */
static void bombs(void **state)
{
	static const struct {
		const char *before, *unit, *after;
		size_t n;
		int cls; /* 0: read */
	} d[] = {
		{HEAD "To: ", "a:", "\n\nx", 100000, KD_LIMIT},
		{HEAD "Content-Type: message/rfc822\n\nTo: ", "a:", "\n\nx", 100000, KD_LIMIT},
		{HEAD, "X: y\n", "\nx", 3000, KD_LIMIT},
		{HEAD "X: ", "yyyyyyyyyyyyyyyy\n ", "\n\nx", 100000, KD_LIMIT},
		{HEAD, "Content-Type: multipart/mixed; boundary=b\n\n--b\n", "\n\nx", 20000, KD_LIMIT},
		{HEAD, "Content-Type: message/rfc822\n\n", "\n\nx", 20000, KD_LIMIT},
		{HEAD "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", "--b--\n", 100000, 0},
		{HEAD "To: ", "((((", "\n\nx", 60000, 0},
		{HEAD "To: ", "a@b,", "\n\nx", 60000, 0},
		{HEAD "Subject: ", "=?utf-8?q?=41?= ", "\n\nx", 20000, 0},
		{HEAD "References: ", "<a@b> ", "\n\nx", 60000, 0},
		{HEAD "\n", "diff --git a/x b/x\ntext\n", "", 60000, 0},
		{"", "\n", "", 100, KD_BADDATA},
		{"", "no header at all ", "", 100, KD_BADDATA},
	};
	struct reader r;

	(void)state;
	NEEDS_GMIME(&r);
	for (size_t i = 0; i < KD_ARRAY_LEN(d); i++) {
		struct kd_buf b = KD_BUF_INIT((size_t)16 << 20);
		int cls;

		kd_buf_add(&b, kd_view_of(d[i].before));
		repeat(&b, d[i].unit, d[i].n);
		kd_buf_add(&b, kd_view_of(d[i].after));
		assert_false(b.overflow);
		cls = refuse_mail(&r, kd_buf_view(&b));
		if (cls != d[i].cls)
			fail_msg("row %zu: class %d", i, cls);
		kd_buf_deinit(&b);
		kd_arena_reset(&r.a);
	}
	reader_free(&r);
}

/* What is left out is said. */
static void bounds(void **state)
{
	struct reader r;
	struct kd_buf b = KD_BUF_INIT((size_t)16 << 20);
	struct kd_mail m;

	(void)state;
	NEEDS_GMIME(&r);
	kd_buf_printf(&b, "%s", HEAD "References:");
	for (int i = 0; i < KD_MAIL_REFS_MAX + 7; i++)
		kd_buf_printf(&b, " <r%d@x>", i);
	kd_buf_printf(&b, "\n\nbody\n");
	m = read_mail(&r, kd_buf_view(&b));
	assert_int_equal(m.nrefs, KD_MAIL_REFS_MAX);
	assert_view(m.refs[KD_MAIL_REFS_MAX - 1], "r506@x");
	assert_int_equal(m.damage, KD_MAIL_CUT);
	kd_buf_clear(&b);
	kd_buf_printf(&b, "%s", HEAD "\n");
	repeat(&b, "0123456789abcde\n", KD_MAIL_BODY_MAX / 4 / 16 + 1);
	m = read_mail(&r, kd_buf_view(&b));
	assert_int_equal(m.body.n, KD_MAIL_BODY_MAX / 4);
	assert_int_equal(m.damage, KD_MAIL_CUT);
	kd_buf_deinit(&b);
	reader_free(&r);
}

/* Cut at any byte: read or refused, spans without holes, everything inside of the body. */
static void cuts(void **state)
{
	static const char text[] = HEAD "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain; "
		"charset=utf-8; format=flowed\n\n> quoted \n> more\nApplied to a/b.git\n\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n-- \n"
		"sig\n--B\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+eDwvcD4=\n--B--\n";
	struct reader r;

	(void)state;
	NEEDS_GMIME(&r);
	for (size_t n = 0; n < sizeof(text); n++) {
		struct kd_mail m = {.body = KD_VNULL};
		struct kd_error *err = kd_mail_parse(r.g, kd_view(text, n), &r.a, &m);
		size_t at = 0;

		if (err)
			assert_true(err->cls == KD_BADDATA || err->cls == KD_LIMIT);
		for (size_t i = 0; !err && i < m.nspans; i++) {
			assert_int_equal(m.spans[i].off, at);
			at += m.spans[i].n;
		}
		assert_int_equal(at, m.body.n);
		assert_true(m.diff_off + m.diff_n <= m.body.n && m.message_n <= m.body.n);
		kd_error_free(err);
		kd_arena_reset(&r.a);
	}
	reader_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields), cmocka_unit_test(damage), cmocka_unit_test(parts),  cmocka_unit_test(patch),
		cmocka_unit_test(signs),  cmocka_unit_test(bombs),  cmocka_unit_test(bounds), cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
