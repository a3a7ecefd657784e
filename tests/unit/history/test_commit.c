// SPDX-License-Identifier: GPL-2.0-or-later
/* Commit objects: headers, encodings, subject, trailers, notes, stable requests, ids; and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/commit.h"

static void assert_text(struct kd_view v, const char *want)
{
	if (v.n != strlen(want) || (v.n && memcmp(v.p, want, v.n)))
		fail_msg("got \"%.*s\", want \"%s\"", KD_VARG(v), want);
}

static struct kd_commit parse_raw(struct kd_arena *a, struct kd_view raw)
{
	struct kd_commit c;
	struct kd_error *err = kd_commit_parse(a, raw, &c);

	if (err)
		fail_msg("%s", err->msg);
	return c;
}

static struct kd_commit parse(struct kd_arena *a, const char *message)
{
	struct kd_commit c;
	struct kd_error *err = kd_commit_parse_message(a, kd_view_of(message), &c);

	if (err)
		fail_msg("%s", err->msg);
	return c;
}

#define OID "0123456789012345678901234567890123456789"
#define WHO "Jane Doe <jane@example.org> 1700000000 +0130"

static void headers(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
	struct kd_commit c = parse_raw(&a, KD_V("tree " OID "\nparent " OID "\nparent 123456789012345678901234567890123456789a\n"
						"author " WHO "\ncommitter Tom <t@x> -5 -0800\n"
						"mergetag object " OID "\n type commit\n tagger author Evil <e@x> 1 +0000\n"
						"gpgsig -----BEGIN PGP SIGNATURE-----\n \n parent " OID "\n -----END\n"
						"HG:extra x\n\ns\n\nb\n"));

	(void)state;
	assert_text(c.tree, OID);
	assert_int_equal(c.nparents, 2);
	assert_text(c.parents[1], "123456789012345678901234567890123456789a");
	assert_text(c.author.who.name, "Jane Doe");
	assert_text(c.author.who.mail, "jane@example.org");
	assert_true(c.author.has_time && c.author.has_zone);
	assert_int_equal(c.author.time, 1700000000);
	assert_int_equal(c.author.zone, 90);
	assert_int_equal(c.committer.time, -5);
	assert_int_equal(c.committer.zone, -480);
	assert_int_equal(c.mergetags, 1);
	assert_true(c.signed_);
	assert_text(c.subject, "s");
	assert_text(c.body, "b");
	assert_false(c.cut);
}

static void missing_fields(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
	struct kd_commit c;
	struct kd_error *err;

	(void)state;
	c = parse_raw(&a, KD_V("tree " OID "\n"));
	assert_null(c.author.who.mail.p);
	assert_null(c.subject.p);
	assert_false(c.author.has_time);
	c = parse_raw(&a, KD_V("author nobody\n\nx"));
	assert_text(c.author.who.name, "nobody");
	assert_null(c.author.who.mail.p);
	assert_false(c.author.has_time);
	c = parse_raw(&a, KD_V("author A <a@b> notanumber +0000\n\n"));
	assert_text(c.author.who.mail, "a@b");
	assert_false(c.author.has_time);
	assert_null(c.subject.p);
	err = kd_commit_parse(&a, KD_V("hello\n\nworld"), &c);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	kd_error_free(err);
	err = kd_commit_parse(&a, KD_VNULL, &c);
	assert_non_null(err);
	kd_error_free(err);
}

static void encodings(void **state)
{
	static const struct {
		const char *encoding;
		const char *in, *out;
		bool unknown;
		unsigned replaced;
	} rows[] = {
		{"", "Gr\xc3\xbc\xc3\x9f" "e", "Gr\xc3\xbc\xc3\x9f" "e", false, 0},
		{"", "Gr\xfc\xdf" "e", "Gr\xef\xbf\xbd\xef\xbf\xbd" "e", false, 2},
		{"encoding UTF-8\n", "\xc3\xbc", "\xc3\xbc", false, 0},
		{"encoding ISO-8859-1\n", "Gr\xfc\xdf" "e", "Gr\xc3\xbc\xc3\x9f" "e", false, 0},
		{"encoding latin1\n", "\xfc", "\xc3\xbc", false, 0},
		{"encoding ISO8859-15\n", "\xa4", "\xe2\x82\xac", false, 0},
		{"encoding ISO-8859-2\n", "\xb1", "\xc4\x85", false, 0},
		{"encoding windows-1252\n", "\x93x\x94", "\xe2\x80\x9cx\xe2\x80\x9d", false, 0},
		{"encoding CP1251\n", "\xcf", "\xd0\x9f", false, 0},
		{"encoding KOI8-R\n", "\xf0", "\xd0\x9f", false, 0},
		{"encoding EUC-JP\n", "a\xa4z", "a\xef\xbf\xbdz", true, 1},
		{"encoding ../../../evil//TRANSLIT\n", "a", "a", true, 0},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		struct kd_view raw = kd_arena_printf(&a, "tree " OID "\n%s\n%s\n", rows[i].encoding, rows[i].in);
		struct kd_commit c = parse_raw(&a, raw);

		assert_text(c.subject, rows[i].out);
		assert_int_equal(c.encoding_unknown, rows[i].unknown);
		assert_int_equal(c.replaced, rows[i].replaced);
	}
}

static void subjects(void **state)
{
	static const struct {
		const char *in, *subject, *title, *prefix;
	} rows[] = {
		{"net: fix it", "net: fix it", "net: fix it", ""},
		{"\n\nfolded  \nsubject\n\nb", "folded subject", "folded subject", ""},
		{"UPSTREAM: mm: fix", "UPSTREAM: mm: fix", "mm: fix", "UPSTREAM:"},
		{"BACKPORT: FROMLIST: mm: fix", "BACKPORT: FROMLIST: mm: fix", "mm: fix", "BACKPORT: FROMLIST:"},
		{"FROMGIT: x: y", "FROMGIT: x: y", "x: y", "FROMGIT:"},
		{"ANDROID: x: y", "ANDROID: x: y", "x: y", "ANDROID:"},
		{"CHROMIUM: x: y", "CHROMIUM: x: y", "x: y", "CHROMIUM:"},
		{"UBUNTU: SAUCE: x: y", "UBUNTU: SAUCE: x: y", "x: y", "UBUNTU: SAUCE:"},
		{"[PATCH 5.10 12/34] x: y", "[PATCH 5.10 12/34] x: y", "x: y", "[PATCH 5.10 12/34]"},
		{"[PATCH AUTOSEL 6.1 1/9] x", "[PATCH AUTOSEL 6.1 1/9] x", "x", "[PATCH AUTOSEL 6.1 1/9]"},
		{"[ Upstream commit 0123456789ab ] x: y", "[ Upstream commit 0123456789ab ] x: y", "x: y",
		 "[ Upstream commit 0123456789ab ]"},
		{"stable: x: y", "stable: x: y", "x: y", "stable:"},
		{"[4.19.y] x: y", "[4.19.y] x: y", "x: y", "[4.19.y]"},
		{"[media] iguanair: x", "[media] iguanair: x", "[media] iguanair: x", ""},
		{"drop: the thing", "drop: the thing", "drop: the thing", ""},
		{"UPSTREAM:", "UPSTREAM:", "UPSTREAM:", ""},
		{"[PATCH]", "[PATCH]", "[PATCH]", ""},
		{"", "", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		struct kd_commit c = parse(&a, rows[i].in);

		assert_text(c.subject, rows[i].subject);
		assert_text(c.title, rows[i].title);
		assert_text(c.prefix, rows[i].prefix);
	}
}

static void title_keys(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(4096);

	(void)state;
	assert_text(kd_commit_title_key(&a, KD_V(" Net:  Fix \"it\"\tnow. ")), "net: fix it now");
	assert_text(kd_commit_title_key(&a, KD_V("\xe2\x80\x9cx\xe2\x80\x9d \xc3\x84")), "x \xc3\x84");
	assert_text(kd_commit_title_key(&a, KD_V("...")), "");
}

/* trailers: "key=value" in order, '~' before strays */
static void trailers(void **state)
{
	static const struct {
		const char *in, *want, *body;
	} rows[] = {
		{"s\n\nb\n\nSigned-off-by: A <a@b>\n", "Signed-off-by=A <a@b>;", "b"},
		{"s\n\nSigned-off-by: A <a@b>\nLong: one\n two\n", "Signed-off-by=A <a@b>;Long=one two;", ""},
		{"s\n\nb\nReported-by: X <x@y>\nmore\n\nFixes: 012345678901 (\"t\")\n",
		 "~Reported-by=X <x@y>;Fixes=012345678901 (\"t\");", "b\n\nmore"},
		{"s\n\nb\n\nFixes: 012345678901 (\"t\")\n\nCc: a@b\n\nSigned-off-by: A <a@b>\n",
		 "~Fixes=012345678901 (\"t\");~Cc=a@b;Signed-off-by=A <a@b>;", "b"},
		{"s\n\nb\n\nSigned-off-by: A <a@b>\n---\nv2: x\nLink: https://x/\n",
		 "Signed-off-by=A <a@b>;v2=x;Link=https://x/;", "b\n\n---"},
		{"s\n\nNote: prose\n", "Note=prose;", "Note: prose"},
		{"s\n\nb: c d\nprose\n", "", "b: c d\nprose"},
		{"s\n\nBUG: KASAN: x in y\n y+0x1/0x2\n", "BUG=KASAN: x in y y+0x1/0x2;", ""},
		{"Signed-off-by: A <a@b>\n", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
		struct kd_commit c = parse(&a, rows[i].in);

		for (size_t k = 0; k < c.ntrailers; k++)
			kd_buf_printf(&b, "%s%.*s=%.*s;", c.trailers[k].stray ? "~" : "", KD_VARG(c.trailers[k].key),
				      KD_VARG(c.trailers[k].value));
		assert_text(kd_buf_view(&b), rows[i].want);
		assert_text(c.body, rows[i].body);
	}
}

static void notes_and_people(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
	struct kd_commit c = parse(&a, "s\n\n[ mutex: no note\n\nSigned-off-by: A <a@b>\n[ tglx: Massaged\n  changelog ]\n"
				       "[a.b@c.de: rebased]\nReported-by: \"B, C\" <b@c>\nTested-by: Nobody\n"
				       "Cc: list@x.org\nSigned-off-by: D <d@e>\n");

	(void)state;
	assert_int_equal(c.nnotes, 2);
	assert_text(c.notes[0].who, "tglx");
	assert_text(c.notes[0].text, "Massaged changelog");
	assert_text(c.notes[1].who, "a.b@c.de");
	assert_text(c.notes[1].text, "rebased");
	assert_text(c.body, "[ mutex: no note");
	assert_int_equal(c.ntrailers, 5);
	assert_text(c.trailers[1].who.name, "B, C");
	assert_text(c.trailers[1].who.mail, "b@c");
	assert_text(c.trailers[2].who.name, "Nobody");
	assert_null(c.trailers[2].who.mail.p);
	assert_text(c.trailers[3].who.mail, "list@x.org");
}

static void stable(void **state)
{
	static const struct {
		const char *value;
		bool stable, noautosel;
		const char *versions, *needs;
	} rows[] = {
		{"stable@vger.kernel.org", true, false, "", ""},
		{"stable@vger.kernel.org # v5.10+", true, false, "5.10+ ", ""},
		{"<stable@vger.kernel.org> # 4.19.x", true, false, "4.19 ", ""},
		{"stable <stable@kernel.org> # 5.15, 6.1", true, false, "5.15 6.1 ", ""},
		{"stable@vger.kernel.org #4.4+", true, false, "4.4+ ", ""},
		{"stable@vger.kernel.org [3.19+]", true, false, "3.19+ ", ""},
		{"stable@vger.kernel.org # 6.6.x-", true, false, "6.6+ ", ""},
		{"stable@vger.kernel.org # 3.3.x: a1f84a3: sched: Check for idle", true, false, "3.3 ", "a1f84a3=sched: Check for idle "},
		{"stable@vger.kernel.org # 5.16 869f4cdc73f9", true, false, "5.16 ", "869f4cdc73f9= "},
		{"stable@vger.kernel.org # since next-20250418, 6.1+", true, false, "6.1+ ", ""},
		{"stable@vger.kernel.org # after -rc3", true, false, "", ""},
		{"stable+noautosel@kernel.org # reason", false, true, "", ""},
		{"unstable@vger.kernel.org # 5.10", false, false, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096), needs = KD_BUF_INIT(4096);
		struct kd_view text = kd_arena_printf(&a, "s\n\nCc: %s\nSigned-off-by: A <a@b>\n", rows[i].value);
		struct kd_commit c = parse(&a, text.p);

		for (size_t k = 0; k < c.nstable_versions; k++)
			kd_buf_printf(&b, "%.*s%s ", KD_VARG(c.stable_versions[k].version), c.stable_versions[k].later ? "+" : "");
		for (size_t k = 0; k < c.nrelations; k++)
			if (c.relations[k].kind == KD_REL_DEPENDS)
				kd_buf_printf(&needs, "%.*s=%.*s ", KD_VARG(c.relations[k].oid), KD_VARG(c.relations[k].title));
		assert_int_equal(c.stable, rows[i].stable);
		assert_int_equal(c.stable_noautosel, rows[i].noautosel);
		assert_text(kd_buf_view(&b), rows[i].versions);
		assert_text(kd_buf_view(&needs), rows[i].needs);
	}
}

static void ids(void **state)
{
	static const struct {
		const char *line, *want;
		int from;
	} rows[] = {
		{"Link: https://lore.kernel.org/r/20240101.1-2-a@b.c", "message_id 20240101.1-2-a@b.c", KD_FROM_LINK},
		{"Link: https://lore.kernel.org/all/x%40y.z/", "message_id x@y.z", KD_FROM_LINK},
		{"Closes: https://lore.kernel.org/linux-mm/x@y.z/#t", "message_id x@y.z", KD_FROM_CLOSES},
		{"Link: https://patch.msgid.link/x@y.z", "message_id x@y.z", KD_FROM_LINK},
		{"Link: http://lkml.kernel.org/r/x@y.z", "message_id x@y.z", KD_FROM_LINK},
		{"Link: https://marc.info/?i=x@y.z", "message_id x@y.z", KD_FROM_LINK},
		{"Message-Id: <x@y.z>", "message_id x@y.z", KD_FROM_LINK},
		{"Link: https://example.org/r/x@y.z", "", 0},
		{"Closes: https://syzkaller.appspot.com/bug?extid=0123456789abcdef0123", "syz_extid 0123456789abcdef0123", KD_FROM_CLOSES},
		{"Link: https://syzkaller.appspot.com/bug?id=" OID, "syz_bug " OID, KD_FROM_LINK},
		{"Reported-by: syzbot+0123456789abcdef0123@syzkaller.appspotmail.com", "syzbot 0123456789abcdef0123", KD_FROM_REPORTED},
		{"BugLink: https://bugs.launchpad.net/bugs/1234567", "launchpad 1234567", KD_FROM_BUG},
		{"BugLink: https://bugs.launchpad.net/ubuntu/+source/linux/+bug/77", "launchpad 77", KD_FROM_BUG},
		{"Bugzilla: https://bugzilla.redhat.com/show_bug.cgi?id=12", "bugzilla 12", KD_FROM_BUG},
		{"See https://bugzilla.kernel.org/show_bug.cgi?id=34.", "bugzilla 34", KD_FROM_TEXT},
		{"It is CVE-2021-12345, not CVE-21-1.", "cve CVE-2021-12345", KD_FROM_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
		struct kd_view text = kd_arena_printf(&a, "s\n\nb\n\n%s\nSigned-off-by: A <a@b>\n", rows[i].line);
		struct kd_commit c = parse(&a, text.p);

		if (c.nids)
			kd_buf_printf(&b, "%s %.*s", kd_commit_id_kind_name(c.ids[0].kind), KD_VARG(c.ids[0].value));
		assert_text(kd_buf_view(&b), rows[i].want);
		assert_true(c.nids <= 1);
		if (c.nids) {
			assert_int_equal(c.ids[0].from, rows[i].from);
			assert_int_equal(c.ids[0].line, 4);
		}
	}
}

static void repeat(struct kd_buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kd_buf_add(b, kd_view_of(s));
}

static void hostile(void **state)
{
	static const struct {
		const char *head, *piece;
		size_t n;
		bool cut;
	} rows[] = {
		{"tree " OID "\n", "parent " OID "\n", 100000, true},
		{"tree " OID "\n", "gpgsig x\n y\n", 200000, false},
		{"tree " OID "\n\n", "\n", 3000000, true},
		{"tree " OID "\n\n", "a", 3000000, true},
		{"tree " OID "\n\ns\n\n", "Signed-off-by: a@b\n", 20000, true},
		{"tree " OID "\n\ns\n\n", "0123456789ab (\"x\") ", 60000, true},
		{"tree " OID "\n\ns\n\n", "Fixes: 0123456789ab (\"never closed\n", 20000, true},
		{"tree " OID "\n\n", "Revert \"", 100000, false},
		{"tree " OID "\n\ns\n\n", "CVE-2021-12345 ://a/", 40000, true},
		{"tree " OID "\n\ns\n\n", "[ 1.1] f+0x1/0x2\n", 40000, true},
		{"tree " OID "\n\ns\n\n", "This reverts commit 0123456789ab, ", 30000, true},
		{"tree " OID "\n\ns\n\n", "\xff\xfe", 400000, false},
		{"tree " OID "\nencoding latin1\n\n", "\xff", 1000000, false},
		{"tree " OID "\nauthor ", "<", 1000000, false},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)16 << 20);
		struct kd_commit c;

		kd_buf_add(&b, kd_view_of(rows[i].head));
		repeat(&b, rows[i].piece, rows[i].n);
		assert_false(b.overflow);
		c = parse_raw(&a, kd_buf_view(&b));
		assert_int_equal(c.cut, rows[i].cut);
		assert_true(c.nlines <= KD_COMMIT_LINES && c.nrelations <= KD_COMMIT_LIST);
	}
}

/* Cut anywhere, and with an arena of any size: an answer or an error, never more. */
static void cut_anywhere(void **state)
{
	static const char text[] = "tree " OID "\nauthor " WHO "\n\nRevert \"x\"\n\nThis reverts commit " OID " (\"y\n z\").\n"
				   "[ Upstream commit " OID " ]\n Call Trace:\n f+0x1/0x2\n g+0x1/0x2\n\nFixes: 0123456789ab (\"a\nb\")\n"
				   "Cc: stable@x # 5.10+: 0123456789ab: t\nLink: https://lore.kernel.org/r/%41@b\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY), small = KD_ARENA_INIT(n * 8);
		struct kd_commit c;

		kd_error_free(kd_commit_parse(&a, kd_view(text, n), &c));
		kd_error_free(kd_commit_parse(&small, kd_view(text, sizeof(text) - 1), &c));
	}
}

static void names(void **state)
{
	(void)state;
	for (unsigned k = 0; k < KD_REL_KINDS; k++)
		assert_non_null(kd_relation_kind_name(k));
	for (unsigned k = 0; k < KD_ID_KINDS; k++)
		assert_non_null(kd_commit_id_kind_name(k));
	assert_null(kd_relation_kind_name(KD_REL_KINDS));
	assert_null(kd_commit_id_kind_name(KD_ID_KINDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers), cmocka_unit_test(missing_fields), cmocka_unit_test(encodings),
		cmocka_unit_test(subjects), cmocka_unit_test(title_keys), cmocka_unit_test(trailers),
		cmocka_unit_test(notes_and_people), cmocka_unit_test(stable), cmocka_unit_test(ids),
		cmocka_unit_test(hostile), cmocka_unit_test(cut_anywhere), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
