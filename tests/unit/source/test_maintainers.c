// SPDX-License-Identifier: GPL-2.0-or-later
/* MAINTAINERS: what its patterns mean; and regular expressions in linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "source/maintainers.h"
#include "source/regex.h"

static bool hits(const char *pattern, unsigned flags, const char *text)
{
	kd_auto(kd_regex_freep) struct kd_regex *re = NULL;
	uint64_t budget = 1000000;

	assert_null(kd_regex_compile(kd_view_of(pattern), flags, &re));
	return kd_regex_search(re, kd_view_of(text), &budget);
}

static void test_regex(void **state)
{
	static const struct {
		const char *pattern, *yes, *no;
	} rows[] = {
		{"abc", "xabcx", "ab"},
		{"^abc$", "abc", "abcd"},
		{"a.c", "abc", "a\nc"},
		{"a*b", "b", "c"},
		{"a+b", "aaab", "b"},
		{"^ab?c$", "ac", "abbc"},
		{"[^a-z]at91", "/at91", "sat91"},
		{"[]x]", "]", "y"},
		{"[a-]", "-", "b"},
		{"foo|bar|baz", "a baz", "ba"},
		{"^(foo|ba[rz])+$", "foobarbaz", "foobaq"},
		{"\\bfoo\\b", "a foo.c", "foobar"},
		{"foo\\B", "foobar", "foo"},
		{"\\d{2,3}x", "12x", "1x"},
		{"^a{2}$", "aa", "aaa"},
		{"^a{,2}b", "aab", "caab"},
		{"^a{2,}$", "aaaa", "a"},
		{"a{b", "a{b", "ab"},
		{"(?i:clang|llvm)", "LLVM", "gcc"},
		{"(?i)x", "X", "y"},
		{"x(?:y|z)w", "xzw", "xw"},
		{"\\w+\\.c$", "a/foo.c", "foo.h"},
		{"\\s\\S", "a b", "ab"},
		{"a\\.b", "a.b", "axb"},
		{"a.*?c", "abbc", "ab"},
		{"(a|b|(c|d)e)f", "def", "df"},
		{"[\\d_]+z", "1_z", "az"},
		{"", "anything", NULL},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		assert_true(hits(rows[i].pattern, 0, rows[i].yes));
		if (rows[i].no)
			assert_false(hits(rows[i].pattern, 0, rows[i].no));
	}
	assert_true(hits("a b # c", KD_REGEX_EXTENDED, "ab"));
	assert_true(hits("a\\ b", KD_REGEX_EXTENDED, "a b"));
	assert_false(hits("^b", 0, "a\nb"));
	assert_true(hits("^b", KD_REGEX_LINES, "a\nb"));
}

static void expect_error(const char *pattern, enum kd_errclass cls)
{
	struct kd_regex *re = NULL;
	struct kd_error *err = kd_regex_compile(kd_view_of(pattern), 0, &re);

	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	kd_error_free(err);
}

static void test_regex_errors(void **state)
{
	char deep[201];

	(void)state;
	expect_error("(a", KD_BADDATA);
	expect_error("a)", KD_BADDATA);
	expect_error("[a", KD_BADDATA);
	expect_error("*a", KD_BADDATA);
	expect_error("[z-a]", KD_BADDATA);
	expect_error("a\\", KD_BADDATA);
	expect_error("(?=a)", KD_UNSUPPORTED);
	expect_error("(a)\\1", KD_UNSUPPORTED);
	expect_error("((((a{250}){250}){250}){250})", KD_LIMIT);
	memset(deep, '(', 200);
	deep[200] = 0;
	expect_error(deep, KD_LIMIT);
}

/* What takes others an exponential time; and a budget that is up. */
static void test_regex_time(void **state)
{
	kd_auto(kd_regex_freep) struct kd_regex *re = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 20);
	uint64_t budget = 10000000, small = 100;

	(void)state;
	for (int i = 0; i < 10000; i++)
		kd_buf_addc(&text, 'a');
	assert_null(kd_regex_compile(KD_V("^(a+)+(a|aa)*b"), 0, &re));
	assert_false(kd_regex_search(re, kd_buf_view(&text), &budget));
	assert_true(budget > 0);
	assert_false(kd_regex_search(re, kd_buf_view(&text), &small));
	assert_int_equal(small, 0);
}

static const char file[] =
	"Text at the top\n\tM: *Mail* patches to: a person\n\n"
	"ALPHA\nM:\tAlpha Maintainer <alpha@example.org>\nL:\tlist@example.org (moderated for non-subscribers)\n"
	"S:\tMaintained\nF:\tmm/\nX:\tmm/old/\n\n"
	"BETA\nM:\tBeta Maintainer <beta@example.org>\nR:\tBeta Reviewer <review@example.org>\nS:\tSupported\n"
	"F:\tmm/sl?b*\nF:\tinclude/*/slab.h\n\n"
	"GAMMA\nM:\tGamma Maintainer <gamma@example.org>\nS:\tOdd Fixes\nN:\t[^a-z]at91\n\n"
	"DELTA\nM:\tDelta Maintainer <delta@example.org>\nK:\t\\bdelta_call\\b\n\n"
	"EPSILON\nM:\tEpsilon Maintainer <epsilon@example.org>\nF:\tdrivers/eps\n\n"
	"ZETA\nM:\tZeta Maintainer <zeta@example.org>\nF:\tdir/*\n\n"
	"BROKEN\nM:\tBroken <broken@example.org>\nN:\t(?=look)\n\n"
	"THE REST\nM:\tChief <chief@example.org>\nL:\trest@example.org\nS:\tBuried\nF:\t*\nF:\t*/\n";

/* "ALPHA F mm/; …" and the addresses. */
static void expect(const char *path, const char *content, const char *sections, const char *addresses)
{
	struct kd_maintainers m;
	struct kd_maint_answer a;
	struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	struct kd_buf b = KD_BUF_INIT(65536);
	struct kd_maint_request req = {.path = kd_view_of(path), .content = kd_view_of(content)};

	assert_null(kd_maintainers_parse(kd_view_of(file), &m));
	assert_null(kd_maintainers_for(&m, &req, &arena, &a));
	for (size_t i = 0; i < a.nsections; i++)
		kd_buf_printf(&b, "%s%.*s %c", i ? "; " : "", KD_VARG(a.sections[i].title), a.sections[i].by);
	assert_string_equal(b.p, sections);
	kd_buf_clear(&b);
	for (size_t i = 0; i < a.naddresses; i++)
		kd_buf_printf(&b, "%s%c %.*s", i ? "; " : "", a.addresses[i].role,
			      KD_VARG(a.addresses[i].address));
	assert_string_equal(b.p, addresses);
	assert_int_equal(a.skipped, 1); /* (?=look) is told, not passed over */
	kd_buf_deinit(&b);
	kd_arena_deinit(&arena);
	kd_maintainers_deinit(&m);
}

static void test_patterns(void **state)
{
	(void)state;
	/* both have depth 1: F: dir/ counts its slash, F: file its slashes and one more */
	expect("mm/slub.c", NULL, "BETA F; ALPHA F; THE REST F",
	       "M Beta Maintainer <beta@example.org>; M Alpha Maintainer <alpha@example.org>; "
	       "R Beta Reviewer <review@example.org>; L list@example.org; L rest@example.org");
	expect("mm/deep/slub.c", NULL, "ALPHA F; THE REST F",
	       "M Alpha Maintainer <alpha@example.org>; L list@example.org; L rest@example.org");
	expect("mm/old/a.c", NULL, "THE REST F", "L rest@example.org");
	/* '*' stays in its folder, and a pattern may end before the name does */
	expect("include/linux/slab.h", NULL, "BETA F; THE REST F",
	       "M Beta Maintainer <beta@example.org>; R Beta Reviewer <review@example.org>; L rest@example.org");
	expect("include/a/b/slab.h", NULL, "THE REST F", "L rest@example.org");
	expect("dir/a.c", NULL, "ZETA F; THE REST F",
	       "M Zeta Maintainer <zeta@example.org>; L rest@example.org");
	expect("dir/sub/a.c", NULL, "THE REST F", "L rest@example.org");
	/* a folder without its slash */
	expect("drivers/eps/x/y.c", NULL, "EPSILON F; THE REST F",
	       "M Epsilon Maintainer <epsilon@example.org>; L rest@example.org");
	expect("arch/arm/at91.c", NULL, "GAMMA N; THE REST F",
	       "M Gamma Maintainer <gamma@example.org>; L rest@example.org");
	/* K: only with the text */
	expect("x.c", "a delta_call(b)", "DELTA K; THE REST F",
	       "M Delta Maintainer <delta@example.org>; L rest@example.org");
	expect("x.c", "my_delta_call(b)", "THE REST F", "L rest@example.org");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regex),
		cmocka_unit_test(test_regex_errors),
		cmocka_unit_test(test_regex_time),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
