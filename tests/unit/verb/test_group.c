// SPDX-License-Identifier: GPL-2.0-or-later
/* Grouping by signature with its reasons, on hand-made members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "verb/group_internal.h"

static void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

/* A member whose signatures are made of kind, function and caller: loose, normal, strict. */
struct made {
	struct kd_member m;
	struct kd_view parts[KD_NSIG][3];
};

static void make(struct made *x, const char *input, const char *kind, const char *func,
		 const char *caller)
{
	const char *words[3] = {kind, func, caller};

	memset(x, 0, sizeof(*x));
	x->m.input = kd_view_of(input);
	x->m.title = kd_view_of(func);
	for (size_t t = 0; t < KD_NSIG; t++) {
		size_t n = 3 - t;

		for (size_t i = 0; i < n; i++)
			x->parts[t][i] = kd_view_of(words[i]);
		x->m.sig[t].parts = x->parts[t];
		x->m.sig[t].nparts = n;
		/* Not a hash, but equal when and only when the words are. */
		snprintf(x->m.sig[t].hex, sizeof(x->m.sig[t].hex), "%.8s%.12s%.12s", kind,
			 n > 1 ? func : "", n > 2 ? caller : "");
	}
}

static struct kd_grouping *merge(struct made *x, size_t n, enum kd_sigtype level)
{
	struct kd_grouping *g = kd_xcalloc(1, sizeof(*g));
	struct kd_member_list list = {0};

	g->arena = KD_ARENA_INIT(16 << 20);
	g->level = level;
	for (size_t i = 0; i < n; i++)
		*kd_vec_push(&list, 1000) = &x[i].m;
	g->nmembers = n;
	ok(kd_group_merge(g, &list));
	kd_vec_free(&list);
	return g;
}

static void reasons(void **state)
{
	struct made x[6];
	kd_auto(kd_grouping_freep) struct kd_grouping *g = NULL;

	(void)state;
	make(&x[0], "a.log", "warn", "foo", "read");
	make(&x[1], "a.log", "warn", "foo", "write");
	make(&x[2], "b.log", "warn", "bar", "read");
	make(&x[3], "c.log", "oops", "baz", "read");
	make(&x[4], "c.log", "oops", "baz", "read");
	make(&x[5], "c.log", "warn", "foo", "read");
	g = merge(x, 6, KD_SIG_NORMAL);
	assert_int_equal(g->ngroups, 3);

	assert_int_equal(g->groups[0].nmembers, 3); /* foo: the largest comes first */
	assert_int_equal(g->groups[0].ninputs, 2);
	assert_int_equal(g->groups[0].merged_by, KD_SIG_NORMAL);
	assert_int_equal(g->groups[0].nvaries, 2);
	assert_true(kd_view_eq(g->groups[0].varies[0], KD_V("read")));
	assert_true(kd_view_eq(g->groups[0].varies[1], KD_V("write")));

	assert_int_equal(g->groups[1].nmembers, 2); /* baz: agree on everything */
	assert_int_equal(g->groups[1].merged_by, KD_SIG_STRICT);
	assert_int_equal(g->groups[1].nvaries, 0);

	assert_int_equal(g->nnear, 1); /* foo and bar are both warnings */
	assert_int_equal(g->near[0].alike, KD_SIG_LOOSE);
	assert_ptr_equal(g->near[0].a, &g->groups[0]);
	assert_ptr_equal(g->near[0].b, &g->groups[2]);
	assert_int_equal(g->near[0].nonly_a, 1);
	assert_true(kd_view_eq(g->near[0].only_a[0], KD_V("foo")));
	assert_true(kd_view_eq(g->near[0].only_b[0], KD_V("bar")));
}

static void levels(void **state)
{
	struct made x[3];
	kd_auto(kd_grouping_freep) struct kd_grouping *strict = NULL, *loose = NULL;

	(void)state;
	make(&x[0], "a", "warn", "foo", "read");
	make(&x[1], "b", "warn", "foo", "write");
	make(&x[2], "c", "warn", "bar", "read");
	strict = merge(x, 3, KD_SIG_STRICT);
	assert_int_equal(strict->ngroups, 3);
	assert_int_equal(strict->nnear, 1);
	loose = merge(x, 3, KD_SIG_LOOSE);
	assert_int_equal(loose->ngroups, 1);
	assert_int_equal(loose->nnear, 0);
}

static void without_signature(void **state)
{
	struct made x[3];
	kd_auto(kd_grouping_freep) struct kd_grouping *g = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(&x[i], "a", "warn", "foo", "read");
		memset(x[i].m.sig, 0, sizeof(x[i].m.sig));
	}
	g = merge(x, 3, KD_SIG_NORMAL);
	assert_int_equal(g->ngroups, 3); /* knowing nothing of two is no reason to call them one */
	assert_false(g->groups[0].has_signature);
	assert_int_equal(g->nnear, 0);
}

static void nothing(void **state)
{
	kd_auto(kd_grouping_freep) struct kd_grouping *g = merge(NULL, 0, KD_SIG_NORMAL);

	(void)state;
	assert_int_equal(g->ngroups, 0);
}

/* The order of the inputs changes neither groups nor ids. */
static void order(void **state)
{
	struct made x[4], y[4];
	kd_auto(kd_grouping_freep) struct kd_grouping *a = NULL, *b = NULL;
	static const char *const funcs[] = {"foo", "bar", "foo", "baz"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		make(&x[i], "a", "warn", funcs[i], "read");
		make(&y[3 - i], "a", "warn", funcs[i], "read");
	}
	a = merge(x, 4, KD_SIG_NORMAL);
	b = merge(y, 4, KD_SIG_NORMAL);
	assert_int_equal(a->ngroups, b->ngroups);
	for (size_t i = 0; i < a->ngroups; i++) {
		assert_string_equal(a->groups[i].id, b->groups[i].id);
		assert_int_equal(a->groups[i].nmembers, b->groups[i].nmembers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons),
		cmocka_unit_test(levels),
		cmocka_unit_test(without_signature),
		cmocka_unit_test(nothing),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
