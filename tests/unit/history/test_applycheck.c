// SPDX-License-Identifier: GPL-2.0-or-later
/* A patch on the files of a release, and the patterns of releases. tests/run/backport holds the first against git apply --check. */
#include "history/applycheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "history/relset.h"

#define HEAD "diff --git a/f b/f\n--- a/f\n+++ b/f\n"
#define MIDDLE HEAD "@@ -2,5 +2,5 @@\n b\n c\n-d\n+D\n e\n f\n"

static struct kd_apply_file apply(struct kd_arena *a, const char *patch, struct kd_view bytes)
{
	struct kd_patch p;
	struct kd_apply_file f = {.state = KD_APPLY_CONFLICT, .why = KD_APPLY_DAMAGED};

	assert_null(kd_patch_parse(kd_view_of(patch), a, NULL, &p));
	assert_int_equal(p.nfiles, 1);
	assert_null(kd_apply_file(&p, 0, bytes, a, &f));
	return f;
}

struct example {
	const char *patch, *file; /* file NULL: there is none */
	uint8_t state, why;
	uint32_t line; /* of the first hunk */
	int offset;
};

static const struct example examples[] = {
	{MIDDLE, "a\nb\nc\nd\ne\nf\ng\n", KD_APPLY_OK, KD_APPLY_FITS, 2, 0},
	{MIDDLE, "0\n1\na\nb\nc\nd\ne\nf\ng\n", KD_APPLY_OK, KD_APPLY_FITS, 4, 2},
	{MIDDLE, "b\nc\nd\ne\nf\ng\n", KD_APPLY_OK, KD_APPLY_FITS, 1, -1},
	{MIDDLE, "a\nb\nc \nd\ne\nf\ng\n", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 0, 0},
	{MIDDLE, "a\nb\nc\nD\ne\nf\ng\n", KD_APPLY_CONFLICT, KD_APPLY_ALREADY, 0, 0},
	{MIDDLE, NULL, KD_APPLY_CONFLICT, KD_APPLY_NO_FILE, 0, 0},
	{MIDDLE, "", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 0, 0},
	/* two places as near: the later one */
	{HEAD "@@ -3 +3 @@\n-x\n+y\n", "a\nx\nb\nx\n", KD_APPLY_OK, KD_APPLY_FITS, 4, 1},
	/* at the beginning, and at the end, alone */
	{HEAD "@@ -1,2 +1,3 @@\n+0\n a\n b\n", "z\na\nb\n", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 0, 0},
	{HEAD "@@ -2,2 +2,3 @@\n a\n b\n+c\n", "a\nb\nz\na\nb\n", KD_APPLY_OK, KD_APPLY_FITS, 4, 2},
	{HEAD "@@ -2,2 +2,3 @@\n a\n b\n+c\n", "a\nb\nz\n", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 0, 0},
	/* without a newline at the end */
	{HEAD "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n", "a", KD_APPLY_OK, KD_APPLY_FITS, 1, 0},
	{HEAD "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n", "a\n", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 0, 0},
	/* a hunk never fits on what the one before put there */
	{HEAD "@@ -1 +1 @@\n-a\n+x\n@@ -5 +5 @@\n-x\n+y\n", "a\n", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 1, 0},
	{"diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n", NULL, KD_APPLY_OK, KD_APPLY_FITS, 1, 0},
	{"diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n", "a\n", KD_APPLY_CONFLICT, KD_APPLY_EXISTS, 0, 0},
	{"diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "a\n", KD_APPLY_OK, KD_APPLY_FITS, 1, 0},
	{"diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "a\nb\n", KD_APPLY_CONFLICT, KD_APPLY_NO_MATCH, 0, 0},
	/* shorter than its head says */
	{HEAD "@@ -1,9 +1,9 @@\n a\n-b\n+c\n", "a\nb\n", KD_APPLY_CONFLICT, KD_APPLY_DAMAGED, 0, 0},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(examples); i++) {
		const struct example *e = &examples[i];
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
		const struct kd_apply_file f = apply(&a, e->patch, kd_view_of(e->file));

		if (f.state != e->state || f.why != e->why || f.hunks[0].line != e->line || f.hunks[0].offset != e->offset)
			fail_msg("example %zu: state %u, why %u, line %u, offset %d", i, f.state, f.why, f.hunks[0].line,
				 (int)f.hunks[0].offset);
	}
}

static void test_sides(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_apply_file f = apply(&a, MIDDLE, KD_V("b\nc\nd\ne\nf\n"));

	(void)state;
	assert_true(f.hunks[0].before && !f.hunks[0].after);
	f = apply(&a, MIDDLE, KD_V("0\nb\nc\nD\ne\nf\n"));
	assert_true(!f.hunks[0].before && f.hunks[0].after);
	f = apply(&a, MIDDLE, KD_V("b\nc\nd\ne\nf\nb\nc\nD\ne\nf\n"));
	assert_true(f.hunks[0].before && f.hunks[0].after);
}

static void test_limit(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(4096), small = KD_ARENA_INIT(64);
	struct kd_patch p;
	struct kd_apply_file f;
	struct kd_error *err;

	(void)state;
	assert_null(kd_patch_parse(kd_view_of(MIDDLE), &a, NULL, &p));
	err = kd_apply_file(&p, 0, KD_V("a\nb\nc\nd\ne\nf\n"), &small, &f);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_LIMIT);
	kd_error_free(err);
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
		const char *one, *two;
	} all[] = {
		{"6.1.0-*-cloud-amd64", "6.1.0-56-cloud-amd64", true, "56", ""}, {"6.1.0-*-cloud-amd64", "6.1.0-56-amd64", false, "", ""},
		{"*", "", true, "", ""},	    {"*", "anything", true, "anything", ""},
		{"a*b*c", "axxbyyc", true, "xx", "yy"}, {"a*b*c", "abbc", true, "", "b"},
		{"a", "a", true, "", ""},	    {"a", "ab", false, "", ""},
		{"", "", true, "", ""},		    {"", "a", false, "", ""},
		{"a*", "b", false, "", ""},	    {"*-*", "1-2-3", true, "1", "2-3"},
		{"**", "ab", true, "", "ab"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++) {
		struct kd_view star[9];
		const bool fits = kd_relset_match(kd_view_of(all[i].pattern), kd_view_of(all[i].name), star);

		if (fits != all[i].fits || (fits && (!kd_view_eq(star[0], kd_view_of(all[i].one)) || !kd_view_eq(star[1], kd_view_of(all[i].two)))))
			fail_msg("pattern %zu: %d, '%.*s', '%.*s'", i, fits, KD_VARG(star[0]), KD_VARG(star[1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
