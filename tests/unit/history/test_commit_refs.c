// SPDX-License-Identifier: GPL-2.0-or-later
/* Relations: one made case per spelling, and what must stay a mention. */
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

#define X "0123456789abcdef0123456789abcdef01234567"
#define Y "89abcdef0123456789abcdef0123456789abcdef"
#define S "0123456789ab"
#define T "fedcba987654"

/* in → "kind oid (title) {repo}; …" in the order of the text; ~ partial, ? guessed */
struct row {
	const char *in, *want;
};

static const struct row upstreams[] = {
	{"s\n\ncommit " X " upstream.\n\nb\n", "upstream " X "; "},
	{"s\n\nCommit " X " upstream\n\nb\n", "upstream " X "; "},
	{"s\n\n[ Upstream commit " X " ]\n\nb\n", "upstream " X "; "},
	{"s\n\n[Upstream commit " S "]\n", "upstream " S "; "},
	{"s\n\nUpstream commit " X ".\n", "upstream " X "; "},
	{"s\n\nupstream commit: " X "\n", "upstream " X "; "},
	{"s\n\n[ commit " X " upstream ]\n", "upstream " X "; "},
	{"s\n\n(upstream commit " X ")\n", "upstream " X "; "},
	{"s\n\ncommit " X " in mainline.\n", "upstream " X "; "},
	{"s\n\ncommit " X " in Linus' tree\n", "upstream " X "; "},
	{"s\n\ncommit " X " (\"a title\") upstream.\n", "upstream " X " (a title); "},
	{"s\n\n[ Upstream commits " S " and " T " ]\n", "upstream " S "; upstream " T "; "},
	{"s\n\n[ Upstream commit " X " from linux-next ]\n", "upstream " X "; "},
	{"s\n\nmainline commit " X "\n", "upstream " X "; "},
	{"s\n\nThis is a backport of upstream commit " X ".\n", "upstream " X "; "},
	{"s\n\nBackport of commit " X " upstream.\n", "upstream " X "; "},
	{"s\n\nb\n\nUpstream-commit: " X "\nSigned-off-by: A <a@b>\n", "upstream " X "; "},
	{"s\n\nGit-commit: " X "\nPatch-mainline: v5.4\nReferences: bsc#1\n\nb\n", "upstream " X "; "},
	{"s\n\nUpstream Status: " X "\n\nb\n", "upstream " X "; "},
	{"s\n\nUpstream Status: kernel/git/torvalds/linux.git commit " X "\n\nb\n", "upstream " X "; "},
	{"s\n\nOrigin: upstream, https://git.kernel.org/linus/" X "\n\nb\n", "upstream " X "; "},
	{"s\n\nUpstream-Status: Backport [https://git.kernel.org/x/?id=" X "]\n\nb\n", "upstream " X "; "},
	{"s\n\nmainline inclusion\nfrom mainline-v5.14-rc1\ncommit " X "\ncategory: bugfix\nbugzilla: 5\n\nb\n", "upstream " X "; "},
	{"s\n\nstable inclusion\nfrom stable-v5.10.50\ncommit " X "\ncategory: bugfix\n\nb\n", "cherry_pick " X " {stable}; "},
	{"s\n\ncommit: " X "\n\nb\n", "upstream? " X "; "},
	{"s\n\nJIRA: https://x/1\n\ncommit " X "\nAuthor: A <a@b>\nDate:   Mon\n\n    s\n", "upstream? " X "; "},
	/* no more than mentions */
	{"s\n\nA CVE was fixed by:\n\ncommit " X "\nAuthor: A <a@b>\nDate:   Mon\n\n    t\n\nbut not all.\n", "mentioned " X "; "},
	{"s\n\nBugzilla: https://x/1\nIt goes back to\n\ncommit " X "\nAuthor: A <a@b>\n", "mentioned " X "; "},
	{"s\n\nupstream commit " X " introduced a bug\n", "mentioned " X "; "},
	{"s\n\nUpstream commit " X "\nintroduced a bug\n", "mentioned " X "; "},
	{"s\n\nthis differs from upstream commit " X ".\n", "mentioned " X "; "},
	{"s\n\nNot upstream. See commit " X " for why.\n", "mentioned " X "; "},
	{"s\n\nIt does the same as\ncommit " X " upstream.\n", "mentioned " X "; "},
	{"s\n\nno upstream commit " X " is needed\n", "mentioned " X "; "},
	{"s\n\ncommit " X " upstream has a bug\n", "mentioned " X "; "},
	{"s\n\nbisected:\n\n" X " is the first bad commit\ncommit " X "\nAuthor: A <a@b>\n", "mentioned " X "; mentioned " X "; "},
};

static const struct row picks[] = {
	{"s\n\nb\n\n(cherry picked from commit " X ")\nSigned-off-by: A <a@b>\n", "cherry_pick " X "; "},
	{"s\n\nb\n\n(backported from commit " X ")\n", "cherry_pick " X "; "},
	{"s\n\nb\n\n(cherry picked from commit " X " linux-next)\n", "cherry_pick " X " {linux-next}; "},
	{"s\n\nBugLink: https://bugs.launchpad.net/bugs/1\n\nb\n\n(cherry-picked from commit " S ")\n", "cherry_pick " S "; "},
	{"s\n\nb\n\n(cherry picked from commit\n" X ")\n", "cherry_pick " X "; "},
	{"s\n\nb\n\nBug: 1\n(cherry picked from https://android-review.googlesource.com/q/commit:" X ")\n",
	 "cherry_pick " X " {https://android-review.googlesource.com/q/commit:" X "}; "},
	{"s\n\nb\n\nBug: 1\n(cherry picked from commit " X "\n https://git.kernel.org/ x)\n", "cherry_pick " X "; "},
	{"s\n\nIt could be cherry picked from commit " X ".\n", "mentioned " X "; "},
};

static const struct row fixes[] = {
	{"s\n\nFixes: " S " (\"a: b\")\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: " X " (\"a: b\")\n", "fixes " X " (a: b); "},
	{"s\n\nfixes: " S " (\"a: b\")\nSigned-off-by: A <a@b>\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: 12d4a3b (\"a\")\n", "fixes 12d4a3b (a); "},
	{"s\n\nFixes:" S "(\"a (b)\")\n", "fixes " S " (a (b)); "},
	{"s\n\nFixes: " S " (a: b)\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: " S " \"a: b\"\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: " S ": a: b\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: " S ": (\"a: b\")\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: commit " S " (\"a\")\n", "fixes " S " (a); "},
	{"s\n\nFixes: " S " (\"a)\n", "fixes " S " (a); "},
	{"s\n\nFixes: " S " (\"a\xe2\x80\x9d)\n", "fixes " S " (a); "},
	{"s\n\nFixes: " S " (\"a long\ntitle goes on\")\nSigned-off-by: A <a@b>\n", "fixes " S " (a long title goes on); "},
	{"s\n\nFixes: " S " (\"a long\n title goes on\")\nSigned-off-by: A <a@b>\n", "fixes " S " (a long title goes on); "},
	{"s\n\nFixes: " S " (\"a, b\", 2016-06-02)\n", "fixes " S " (a, b); "},
	{"s\n\nFixes: " S " (a: b, 2022-01-20)\n", "fixes " S " (a: b); "},
	{"s\n\nFixes: " S " (\"a\"), " T " (\"b\")\n", "fixes " S " (a); fixes " T " (b); "},
	{"s\n\nFixes: " S " (\"a\nb\"), " T " (\"c\nd\")\nCc: x@y\n", "fixes " S " (a b); fixes " T " (c d); "},
	{"s\n\nFixes: " S ", " T "\n", "fixes " S "; fixes " T "; "},
	{"s\n\nFixes:\n" S " (\"a\")\n" T " (\"b\")\nSigned-off-by: A <a@b>\n", "fixes " S " (a); fixes " T " (b); "},
	{"s\n\nFixes: " S " (\"a\") # " T ", 111111111111\n", "fixes " S " (a); mentioned " T "; mentioned 111111111111; "},
	{"s\n\nFixes: Yet another trainwreck\n", "fixes? (Yet another trainwreck); "},
	{"s\n\nFixes: (\"a: b\")\nCc: x@y\n", "fixes? (a: b); "},
	{"s\n\nFixes: https://bugzilla.suse.com/show_bug.cgi?id=1211853\n", ""},
	{"s\n\nFixes: #1234\n", ""},
	{"s\n\nIt fixes commit " S " (\"a\").\n", "mentioned " S " (a); "},
	{"s\n\nThis does not fix " S " (\"a\").\n", "mentioned " S " (a); "},
	{"s\n\nb\n\nStable-dep-of: " S " (\"a\")\n", "dep_of " S " (a); "},
	{"s\n\nb\n\nDepends-on: " S " (\"a\")\nDepends-on: Iabc123\n", "depends " S " (a); "},
	{"s\n\nb\n\nOmitted-fix: " X "\nSigned-off-by: A <a@b>\n", "omits " X "; "},
};

static const struct row reverts[] = {
	{"Revert \"a: b\"\n\nThis reverts commit " X ".\n", "reverts? (a: b); reverts " X "; "},
	{"s\n\nThis reverts commit\n" X ".\n", "reverts " X "; "},
	{"s\n\nThis reverts " S " (\"a\").\n", "reverts " S " (a); "},
	{"s\n\nThis partially reverts commit " S " (\"a\").\n", "reverts~ " S " (a); "},
	{"s\n\nThis reverts part of commit " S ".\n", "reverts~ " S "; "},
	{"s\n\nThis reverts commits " X ",\n" Y " and\n" T ".\n", "reverts " X "; reverts " Y "; reverts " T "; "},
	{"s\n\nThis patch reverts commit " S " (\"a long\ntitle\").\n", "reverts " S " (a long title); "},
	{"s\n\nText. This reverts commit " S ".\n", "reverts " S "; "},
	{"s\n\nEssentially this reverts commit " S ".\n", "reverts " S "; "},
	{"s\n\nRevert commit " S " (\"a\").\n", "reverts " S " (a); "},
	{"Revert " S " (\"a: b\")\n", "reverts " S " (a: b); "},
	{"sched/fair: Revert " S " (\"a: b\")\n", "reverts " S " (a: b); "},
	{"x86: Revert \"a b\"\n", "reverts? (a b); "},
	{"UPSTREAM: Revert \"a\"\n", "reverts? (a); "},
	{"Partially revert \"a\"\n", "reverts?~ (a); "},
	{"Revert \"Revert \"a\"\"\n\nThis reverts commit " X ".\n", "reverts? (Revert \"a\"); reapplies? (a); reverts " X "; "},
	{"Revert^2 \"a\"\n", "reapplies? (a); "},
	{"Revert^3 \"a\"\n", "reverts? (a); "},
	{"Reapply \"a\"\n\nThis reverts commit " X ".\n", "reapplies? (a); reverts " X "; "},
	{"Reland \"a\"\n", "reapplies? (a); "},
	{"Revert \"Reapply \"a\"\"\n", "reverts? (Reapply \"a\"); reverts? (a); "},
	{"s\n\nReverts: " S "\nSigned-off-by: A <a@b>\n", "reverts " S "; "},
	{"sched: Revert force wakeup preemption\n", ""},
	{"s\n\nRevert of commit " S " is needed.\n", "mentioned " S "; "},
	{"s\n\nA revert of commit " S " would be needed.\n", "mentioned " S "; "},
	{"s\n\nReverting commit " S " fixes it.\n", "mentioned " S "; "},
	{"s\n\nThis was reverted in commit " S ".\n", "mentioned " S "; "},
	{"s\n\nThis does not revert commit " S ".\n", "mentioned " S "; "},
	{"s\n\nSo commit " S " reverts what that did.\n", "mentioned " S "; "},
};

static const struct row mentions[] = {
	{"s\n\nSince commit " S " (\"a\") it is so.\n", "mentioned " S " (a); "},
	{"s\n\nSince commit\n" S " (\"a\nb\") it is so.\n", "mentioned " S " (a b); "},
	{"s\n\n  " S " (\"a\")\n", "mentioned " S " (a); "},
	{"s\n\n  " S " a: b\n", "mentioned " S "; "},
	{"s\n\nsee https://git.kernel.org/c/?id=" X " there\n", "mentioned " X "; "},
	{"s\n\ncommits 1234567 and " S " (\"a\")\n", "mentioned 1234567; mentioned " S " (a); "},
	{"s\n\nCommits " S " (\"a\nb\") and " T " (\"c in\nd\") changed it.\n", "mentioned " S " (a b); mentioned " T " (c in d); "},
	{"s\n\naddress ffff888012345600 and 0x1234567 and deadbeef\n", ""},
	{"s\n\n1234567 bytes, 0123456789abcdef0123456789\n", ""},
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65536);
		struct kd_commit c;
		struct kd_error *err = kd_commit_parse_message(&a, kd_view_of(rows[i].in), &c);

		assert_null(err);
		assert_false(c.cut);
		for (size_t k = 0; k < c.nrelations; k++) {
			const struct kd_relation *r = &c.relations[k];

			kd_buf_printf(&b, "%s%s%s", kd_relation_kind_name(r->kind), r->guessed ? "?" : "", r->partial ? "~" : "");
			if (r->oid.n)
				kd_buf_printf(&b, " %.*s", KD_VARG(r->oid));
			if (r->title.n)
				kd_buf_printf(&b, " (%.*s)", KD_VARG(r->title));
			if (r->repo.n)
				kd_buf_printf(&b, " {%.*s}", KD_VARG(r->repo));
			kd_buf_printf(&b, "; ");
			assert_non_null(r->form);
			assert_true(r->line + r->nlines <= c.nlines);
		}
		if (!kd_view_eq(kd_buf_view(&b), kd_view_of(rows[i].want)))
			fail_msg("%s\ngot  %.*s\nwant %s", rows[i].in, KD_VARG(kd_buf_view(&b)), rows[i].want);
	}
}

static void test_upstream(void **state)
{
	(void)state;
	check(upstreams, KD_ARRAY_LEN(upstreams));
}

static void test_picks(void **state)
{
	(void)state;
	check(picks, KD_ARRAY_LEN(picks));
}

static void test_fixes(void **state)
{
	(void)state;
	check(fixes, KD_ARRAY_LEN(fixes));
}

static void test_reverts(void **state)
{
	(void)state;
	check(reverts, KD_ARRAY_LEN(reverts));
}

static void test_mentions(void **state)
{
	(void)state;
	check(mentions, KD_ARRAY_LEN(mentions));
}

static void lines_and_conflicts(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
	struct kd_commit c;

	(void)state;
	assert_null(kd_commit_parse_message(&a, KD_V("s\n\nb\n\nFixes: " S " (\"a\nb\")\nSigned-off-by: A <a@b>\n\nConflicts:\n\tx.c\n"), &c));
	assert_int_equal(c.nrelations, 1);
	assert_int_equal(c.relations[0].line, 4);
	assert_int_equal(c.relations[0].nlines, 2);
	assert_int_equal(c.lines[5].role, KD_LINE_TRAILER);
	assert_true(c.conflicts);
	assert_int_equal(c.conflicts_line, 8);
	assert_null(kd_commit_parse_message(&a, KD_V("[PATCH AUTOSEL 6.1] s\n\nconflicts with x\n"), &c));
	assert_false(c.conflicts);
	assert_true(c.autosel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upstream), cmocka_unit_test(test_picks),	 cmocka_unit_test(test_fixes),
		cmocka_unit_test(test_reverts),	 cmocka_unit_test(test_mentions), cmocka_unit_test(lines_and_conflicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
