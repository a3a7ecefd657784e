// SPDX-License-Identifier: GPL-2.0-or-later
/* Places that the kernel patches: found over a range, and what may stand in them; the log's code beside the file's. */
#include "kdxmake.h"

#include "symbol/compare.h"

enum { BASE = 0x1000 };

/* f: endbr64; call; nop5; jmp; mov $BASE+0x100,%edi as a 32-bit address that moves; ret; padding */
static const uint8_t CODE[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 1, 2, 3, 4, 0x0f, 0x1f, 0x44, 0, 0, 0xe9, 5, 6, 7, 8,
			       0x48, 0xc7, 0xc7, 0x00, 0x11, 0, 0, 0xf0, 0x48, 0xff, 0x07, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};
static const uint8_t REPL[] = {0x0f, 0x01, 0xca};

static struct kd_kdx *new_kdx(void)
{
	struct index *x = kd_xcalloc(1, sizeof(*x));
	struct kd_kdx *k;

	x->base = BASE;
	index_function(x, "f", BASE, sizeof(CODE));
	index_function(x, "repl", BASE + 0x400, sizeof(REPL));
	index_code(x, BASE, CODE, sizeof(CODE));
	index_code(x, BASE + 0x400, REPL, sizeof(REPL));
	index_site(x, BASE, 4, KD_PATCH_ENDBR, 0, 0);
	index_site(x, BASE + 4, 5, KD_PATCH_FTRACE, 0, 0);
	index_site(x, BASE + 9, 5, KD_PATCH_ALTERNATIVE, BASE + 0x400, 3);
	index_site(x, BASE + 9, 5, KD_PATCH_STATIC_BRANCH, BASE + 30, 0);
	index_site(x, BASE + 14, 5, KD_PATCH_RETURN, 0, 0);
	index_site(x, BASE + 26, 1, KD_PATCH_LOCK, 0, 0);
	index_site(x, BASE + 27, 1, KD_PATCH_FIXUP, BASE + 30, 0);
	k = index_open(x);
	kd_free(x);
	return k;
}

static void test_sites(void **state)
{
	struct kd_kdx *k = new_kdx();
	struct kd_patch_site s[8];
	uint64_t counts[KD_PATCH_NKINDS];

	(void)state;
	assert_int_equal(kd_patch_sites(k, BASE, sizeof(CODE), s, 8), 7);
	assert_int_equal(kd_patch_sites(k, BASE, sizeof(CODE), s, 3), 3);
	assert_int_equal(kd_patch_sites(k, BASE + 8, 1, s, 8), 1); /* the last byte of one */
	assert_int_equal(s[0].kind, KD_PATCH_FTRACE);
	assert_int_equal(s[0].target, 0);
	assert_int_equal(kd_patch_sites(k, BASE + 13, 1, s, 8), 2);
	assert_int_equal(s[0].target, BASE + 0x400);
	assert_int_equal(s[1].target, BASE + 30);
	assert_int_equal(kd_patch_sites(k, BASE + 19, 7, s, 8), 0);
	assert_int_equal(kd_patch_sites(k, BASE - 1, 1, s, 8), 0);
	assert_int_equal(kd_patch_sites(k, BASE, 0, s, 8), 0);
	assert_true(kd_patch_count(k, counts));
	assert_int_equal(counts[KD_PATCH_FTRACE], 1);
	assert_int_equal(counts[KD_PATCH_CFI], 0);
	kd_kdx_close(k);
}

static enum kd_patch_fit fit(struct kd_kdx *k, unsigned kind, const char *bytes)
{
	struct kd_patch_site s[8];
	const size_t n = kd_patch_sites(k, BASE, sizeof(CODE), s, 8);

	for (size_t i = 0; i < n; i++)
		if (s[i].kind == kind)
			return kd_patch_fits(k, KD_ARCH_X86_64, &s[i], (const uint8_t *)bytes);
	return KD_PATCH_FIT_UNKNOWN;
}

static void test_fits(void **state)
{
	struct kd_kdx *k = new_kdx();

	(void)state;
	assert_int_equal(fit(k, KD_PATCH_FTRACE, "\x0f\x1f\x44\0\0"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_FTRACE, "\xe8\x9\x9\x9\x9"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_FTRACE, "\xe8\x1\x2\x3\x4"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_FTRACE, "\x48\x89\xc3\x90\x90"), KD_PATCH_FIT_NO);
	assert_int_equal(fit(k, KD_PATCH_STATIC_BRANCH, "\xeb\x10\x0f\x1f\x00"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_STATIC_BRANCH, "\x66\x66\x66\x66\x90"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_STATIC_BRANCH, "\x0f\x1f\x04\0\0"), KD_PATCH_FIT_NO);
	assert_int_equal(fit(k, KD_PATCH_RETURN, "\xc3\xcc\xcc\xcc\xcc"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_RETURN, "\xc3\xcc\xcc\xcc\xcd"), KD_PATCH_FIT_NO);
	assert_int_equal(fit(k, KD_PATCH_LOCK, "\x3e"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_LOCK, "\xf1"), KD_PATCH_FIT_NO);
	assert_int_equal(fit(k, KD_PATCH_ALTERNATIVE, "\x0f\x01\xca\x66\x90"), KD_PATCH_FIT_YES);
	assert_int_equal(fit(k, KD_PATCH_ALTERNATIVE, "\x0f\x01\xcb\x66\x90"), KD_PATCH_FIT_UNKNOWN);
	assert_int_equal(fit(k, KD_PATCH_FIXUP, "\x48"), KD_PATCH_FIT_NO);
	kd_kdx_close(k);
}

static struct kd_compare compare(struct kd_kdx *k, const uint8_t *log, bool has_offset, uint64_t offset)
{
	static struct kd_arena arena;
	const struct kd_compare_query q = {.k = k, .arch = KD_ARCH_X86_64, .addr = BASE, .has_offset = has_offset, .offset = offset,
					   .bytes = kd_view((const char *)log, sizeof(CODE))};
	struct kd_compare c;

	kd_arena_deinit(&arena);
	arena = KD_ARENA_INIT(1 << 20);
	assert_ok(kd_compare_code(&q, &arena, &c));
	return c;
}

/* Every single bit is told, but for those in a site whose forms are open, and none outside is taken for a patch. */
static void test_bits(void **state)
{
	struct kd_kdx *k = new_kdx();
	uint8_t log[sizeof(CODE)];
	struct kd_patch_site s;

	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof(CODE); bit++) {
		struct kd_compare c;
		bool site = kd_patch_sites(k, BASE + bit / 8, 1, &s, 1) && s.kind != KD_PATCH_FIXUP;

		memcpy(log, CODE, sizeof(log));
		log[bit / 8] ^= (uint8_t)(1 << bit % 8);
		c = compare(k, log, true, 0);
		assert_int_equal(c.n, 1);
		assert_int_equal(c.v[0].addr, BASE + bit / 8);
		assert_int_equal(c.v[0].bits, 1);
		if (site)
			assert_true(c.v[0].what == KD_DIFF_SITE || c.v[0].what == KD_DIFF_MISFIT || c.v[0].what == KD_DIFF_UNDECIDED);
		else
			assert_true(c.v[0].what == KD_DIFF_BIT || (c.v[0].what == KD_DIFF_UNDECIDED && log[bit / 8] == 0xcc));
		assert_int_equal(c.v[0].bit, bit % 8);
		assert_false(kd_compare_same(&c, BASE + bit / 8, 1));
		assert_true(kd_compare_same(&c, BASE + (bit / 8 ? 0 : 1), bit / 8 ? bit / 8 : 8));
	}
	kd_kdx_close(k);
}

static void test_same(void **state)
{
	struct kd_kdx *k = new_kdx();
	struct kd_compare c = compare(k, CODE, false, 0);
	struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	const struct kd_compare_query q = {.k = k, .arch = KD_ARCH_X86_64, .addr = BASE + 0x800, .bytes = kd_view("ab", 2)};

	(void)state;
	assert_int_equal(c.n, 0);
	assert_int_equal(c.compared, sizeof(CODE));
	assert_ok(kd_compare_code(&q, &arena, &c));
	assert_int_equal(c.compared, 0);
	assert_false(kd_compare_same(&c, BASE, 1));
	kd_arena_deinit(&arena);
	kd_kdx_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
