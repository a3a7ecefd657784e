// SPDX-License-Identifier: GPL-2.0-or-later
/* error, view, buf, arena and vec: what everything else stands on. */
#include <errno.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "check.h"

static void errors(void **state)
{
	struct kd_error *err = kd_error_at(KD_BADDATA, 7, "bad %d", 1);

	(void)state;
	err = kd_error_wrap(err, "outer %s", "x");
	assert_string_equal(err->msg, "outer x: bad 1");
	assert_int_equal(err->offset, 7);
	assert_false(kd_error_catch(&err, KD_IO));
	assert_true(kd_error_catch(&err, KD_BADDATA));
	assert_null(err);
	assert_false(kd_error_catch(&err, KD_BADDATA));
	assert_null(kd_error_wrap(NULL, "x"));
	assert_error(kd_error_errno(ENOENT, "file"), KD_NOTFOUND, "file: No such file");
	assert_error(kd_error_errno(EACCES, "file"), KD_ACCESS, "file: ");
	assert_error(kd_error_errno(EIO, "file"), KD_IO, "file: ");
	kd_error_free(NULL);
	for (int c = KD_NOMEM; c <= KD_INTERNAL; c++) {
		const struct kd_errclass_info *i = kd_errclass_info((enum kd_errclass)c);

		assert_true(i->name && i->exit_code >= 2 && i->exit_code <= 5);
	}
	assert_string_equal(kd_errclass_info((enum kd_errclass)0)->name, "internal");
	assert_string_equal(kd_errclass_info((enum kd_errclass)99)->name, "internal");
}

static size_t find_naive(struct kd_view v, struct kd_view what)
{
	for (size_t i = 0; i + what.n <= v.n; i++)
		if (!what.n || !memcmp(v.p + i, what.p, what.n))
			return i;
	return KD_NPOS;
}

/* Texts of few letters, each in memory of its exact size: every length and place of a hit. */
static void view_find_random(void **state)
{
	uint32_t seed = 1, found = 0;

	(void)state;
	for (int round = 0; round < 40000; round++) {
		size_t n = (size_t)(round % 120), k, at, want;
		char *text = kd_xmalloc(n ? n : 1), what[24];

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (char)('a' + (seed >> 28) % 3);
		}
		seed = seed * 1664525 + 1013904223;
		k = 1 + (seed >> 20) % 9;
		for (size_t i = 0; i < k; i++) {
			seed = seed * 1664525 + 1013904223;
			what[i] = (char)('a' + (seed >> 28) % 3);
		}
		want = find_naive(kd_view(text, n), kd_view(what, k));
		at = kd_view_find(kd_view(text, n), kd_view(what, k));
		assert_int_equal(at, want);
		found += at != KD_NPOS;
		kd_free(text);
	}
	assert_true(found > 1000 && found < 39000);
}

static void view_search(void **state)
{
	struct kd_view v = KD_V("a.b.c"), w, part;

	(void)state;
	assert_int_equal(kd_view_find(v, KD_V("b.")), 2);
	assert_int_equal(kd_view_find(v, KD_V("x")), KD_NPOS);
	assert_int_equal(kd_view_find(v, KD_V("")), 0);
	assert_int_equal(kd_view_find(KD_VNULL, KD_V("x")), KD_NPOS);
	assert_int_equal(kd_view_rchr(v, '.'), 3);
	assert_int_equal(kd_view_chr(KD_VNULL, 'a'), KD_NPOS);
	assert_true(kd_view_eq(KD_VNULL, KD_V("")));
	assert_true(kd_view_ieq(KD_V("AbZ[@"), KD_V("aBz[@")));
	assert_false(kd_view_ieq(KD_V("@"), KD_V("`")));
	assert_true(kd_view_ends(v, KD_V(".c")));
	assert_view(kd_view_trim(KD_V(" \t\r\n x y \v\f")), "x y");
	assert_view(kd_view_trim(KD_V("  ")), "");
	w = v;
	assert_true(kd_view_take_until(&w, KD_V("."), &part));
	assert_view(part, "a");
	assert_view(w, "b.c");
	assert_false(kd_view_take_until(&w, KD_V("::"), &part));
	assert_view(w, "b.c");
	assert_true(kd_view_take_part(&w, KD_V("."), &part));
	assert_view(part, "b");
	assert_true(kd_view_take_part(&w, KD_V("."), &part));
	assert_view(part, "c");
	assert_false(kd_view_take_part(&w, KD_V("."), &part));
	assert_view(part, "c");
	w = KD_V(".");
	assert_true(kd_view_take_part(&w, KD_V("."), &part));
	assert_view(part, "");
	assert_false(kd_view_take_part(&w, KD_V("."), &part));
	w = KD_V("  one two");
	assert_true(kd_view_take_word(&w, &part));
	assert_view(part, "one");
	assert_true(kd_view_take_word(&w, &part));
	assert_false(kd_view_take_word(&w, &part));
	assert_true(kd_view_cmp(KD_V("a"), KD_V("ab")) < 0);
	assert_true(kd_view_cmp(KD_V("b"), KD_V("ab")) > 0);
	assert_true(kd_view_cmp(KD_VNULL, KD_V("")) == 0);
	assert_view(kd_view_from(v, 99), "");
}

static void view_numbers(void **state)
{
	struct kd_view v;
	uint64_t u = 0;
	int64_t i = 0;

	(void)state;
	assert_true(kd_view_dec(KD_V("18446744073709551615"), &u) && u == UINT64_MAX);
	assert_false(kd_view_dec(KD_V("18446744073709551616"), &u));
	assert_false(kd_view_dec(KD_V(""), &u));
	assert_false(kd_view_dec(KD_V("1x"), &u));
	assert_true(kd_view_hex(KD_V("0xFFFFffffffffffff"), &u) && u == UINT64_MAX);
	assert_false(kd_view_hex(KD_V("10000000000000000"), &u));
	assert_true(kd_view_hex(KD_V("0"), &u) && u == 0);
	v = KD_V("0x");
	assert_true(kd_view_take_hex(&v, &u) && u == 0);
	assert_view(v, "x");
	v = KD_V("-12,");
	assert_true(kd_view_take_int(&v, &i) && i == -12);
	assert_view(v, ",");
	v = KD_V("-");
	assert_false(kd_view_take_int(&v, &i));
	assert_view(v, "-");
}

static void buffers(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(10);

	(void)state;
	assert_true(kd_buf_add(&b, KD_V("12345")));
	assert_true(kd_buf_printf(&b, "%d", 678));
	assert_false(kd_buf_add(&b, KD_V("abc")));
	assert_true(b.overflow);
	assert_view(kd_buf_view(&b), "12345678");
	assert_true(kd_buf_addc(&b, '9') && kd_buf_addc(&b, '0'));
	assert_false(kd_buf_addc(&b, '1'));
	assert_int_equal(b.p[b.n], 0);
	assert_null(kd_buf_reserve(&b, SIZE_MAX));
	kd_buf_drop(&b, 8);
	assert_view(kd_buf_view(&b), "90");
	kd_buf_drop(&b, 99);
	assert_int_equal(b.n, 0);
	kd_buf_clear(&b);
	assert_false(b.overflow);
}

static void arenas(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(100000);
	uint64_t *p, *q;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		p = kd_arena_new(&a, uint64_t);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 8, 0);
		assert_int_equal(*p, 0);
		*p = 1;
		q = kd_arena_array(&a, 5000, uint64_t);
		assert_non_null(q);
		assert_int_equal(q[4999], 0);
		memset(q, 1, 40000);
		assert_null(kd_arena_array(&a, SIZE_MAX / 4, uint64_t));
		assert_null(kd_arena_alloc(&a, SIZE_MAX));
		assert_null(kd_arena_alloc(&a, 90000));
		assert_view(kd_arena_printf(&a, "%s-%d", "x", 3), "x-3");
		assert_view(kd_arena_view(&a, KD_VNULL), "");
		kd_arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
}

static void vectors(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(4096);
	KD_VEC(int) v = {0}, w = {0};
	int sum = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int *p = kd_vec_push(&v, 100);

		assert_non_null(p);
		assert_int_equal(*p, 0);
		*p = i;
	}
	assert_null(kd_vec_push(&v, 100));
	kd_vec_each (p, &v)
		sum += *p;
	assert_int_equal(sum, 4950);
	kd_vec_free(&v);
	assert_null(v.v);
	while (w.n < 100000) {
		int *p = kd_avec_push(&a, &w, SIZE_MAX / 8);

		if (!p)
			break;
		*p = (int)w.n;
	}
	assert_in_range(w.n, 100, 1024); /* the arena's limit */
	assert_int_equal(w.v[w.n - 1], w.n);
}

static void scopes(void **state)
{
	kd_auto(kd_freep) char *s = kd_xstrndup("text", 2);
	char *t = kd_take(s);

	(void)state;
	assert_null(s);
	assert_string_equal(t, "te");
	kd_free(t);
	kd_free(NULL);
}

static void formatted(void **state)
{
	kd_auto(kd_freep) char *path = kd_xprintf("%s/%d", "dir", 7), *none = kd_xprintf("%s", ""), *wide = kd_xprintf("%*d", 100000, 1);

	(void)state;
	assert_string_equal(path, "dir/7");
	assert_string_equal(none, "");
	assert_int_equal(strlen(wide), 100000);
	assert_int_equal(wide[99999], '1');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formatted), cmocka_unit_test(errors),       cmocka_unit_test(view_search),
		cmocka_unit_test(view_numbers), cmocka_unit_test(buffers),
		cmocka_unit_test(arenas),       cmocka_unit_test(vectors),
		cmocka_unit_test(scopes),	cmocka_unit_test(view_find_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
