// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers of ELF cores: both classes and byte orders, cut ones, ones that contradict themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "format/elfcore.h"

struct image {
	unsigned char p[1024];
	size_t n;
	bool big, is64;
};

static void put(struct image *m, size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		m->p[at + i] = (unsigned char)(value >> 8 * (m->big ? bytes - 1 - i : i));
	if (m->n < at + bytes)
		m->n = at + bytes;
}

/* A core with a note and two pieces of memory; program headers at phoff. */
static void make(struct image *m, bool is64, bool big, size_t phoff)
{
	static const uint64_t segs[3][6] = {
		{KD_ELF_NOTE, 0x300, 0, 0, 0x40, 0},
		{KD_ELF_LOAD, 0x1000, 0xc0000000, 0x100000, 0x2000, 0x2000},
		{KD_ELF_LOAD, 0x3000, 0xc0200000, 0x200000, 0x1000, 0x4000}};
	size_t w = is64 ? 8 : 4;

	*m = (struct image){.big = big, .is64 = is64};
	memcpy(m->p, "\177ELF", 4);
	m->p[4] = is64 ? 2 : 1;
	m->p[5] = big ? 2 : 1;
	put(m, 16, 4, 2);
	put(m, 18, is64 ? KD_EM_X86_64 : KD_EM_ARM, 2);
	put(m, 24 + w, phoff, w);
	put(m, 24 + 3 * w + 6, is64 ? 56 : 32, 2);
	put(m, 24 + 3 * w + 8, 3, 2);
	for (size_t i = 0; i < 3; i++) {
		size_t at = phoff + i * (is64 ? 56 : 32) + (is64 ? 8 : 4);

		put(m, at - (is64 ? 8 : 4), segs[i][0], 4);
		for (size_t k = 1; k < 6; k++)
			put(m, at + (k - 1) * w, segs[i][k], w);
	}
	m->n = phoff + (size_t)3 * (is64 ? 56 : 32);
}

static struct kd_error *parse(const struct image *m, size_t n, struct kd_arena *a,
			      struct kd_elfcore *core)
{
	char *exact = kd_xmalloc(n ? n : 1); /* the sanitizer sees a read past its end */
	struct kd_error *err;

	memcpy(exact, m->p, n);
	err = kd_elfcore_parse(kd_view(exact, n), a, core);
	kd_free(exact);
	return err;
}

static void good(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);

	(void)state;
	for (int i = 0; i < 8; i++) {
		bool is64 = i & 1, big = i & 2;
		size_t phoff = i & 4 ? 192 : is64 ? 64 : 52;
		struct kd_elfcore core;
		struct image m;

		make(&m, is64, big, phoff);
		assert_null(parse(&m, m.n, &a, &core));
		assert_int_equal(core.is64, is64);
		assert_int_equal(core.big_endian, big);
		assert_int_equal(core.nseg, 3);
		assert_int_equal(core.phoff, phoff);
		assert_int_equal(core.seg[0].type, KD_ELF_NOTE);
		assert_int_equal(core.seg[2].paddr, 0x200000);
		assert_int_equal(core.seg[2].filesz, 0x1000);
		assert_int_equal(core.seg[2].memsz, 0x4000);
		assert_int_equal(core.end, 0x4000);
	}
}

static void cut_anywhere(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_elfcore core;
	struct kd_error *err;
	struct image m;

	(void)state;
	make(&m, true, false, 64);
	for (size_t n = 0; n < m.n; n++) {
		err = parse(&m, n, &a, &core);
		assert_non_null(err);
		assert_int_equal(err->cls, n >= 58 ? KD_LIMIT : KD_BADDATA); /* e_phnum ends there */
		if (n >= 58)
			assert_int_equal(err->offset, m.n);
		kd_error_free(err);
	}
}

static void refuse(struct image *m, enum kd_errclass cls)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_elfcore core;
	struct kd_error *err = parse(m, m->n, &a, &core);

	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	kd_error_free(err);
}

static void contradictions(void **state)
{
	struct image m;

	(void)state;
	make(&m, true, false, 64);
	put(&m, 16, 2, 2); /* a program */
	refuse(&m, KD_BADDATA);
	make(&m, true, false, 64);
	put(&m, 54, 55, 2); /* odd size of program headers */
	refuse(&m, KD_BADDATA);
	make(&m, true, false, 64);
	put(&m, 56, 0, 2); /* none */
	refuse(&m, KD_BADDATA);
	make(&m, true, false, 64);
	put(&m, 32, UINT64_MAX - 8, 8); /* they end past all offsets */
	refuse(&m, KD_BADDATA);
	make(&m, true, false, 64);
	put(&m, 64 + 8, UINT64_MAX - 8, 8); /* a segment does */
	refuse(&m, KD_BADDATA);
	make(&m, true, false, 64);
	put(&m, 56, 0xffff, 2); /* the number is in section header 0 … */
	put(&m, 40, 512, 8);
	put(&m, 512 + 44, 70000, 4); /* … and over the limit */
	refuse(&m, KD_LIMIT);
	make(&m, true, false, 64);
	m.p[5] = 3;
	refuse(&m, KD_BADDATA);
}

static void many_segments(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_elfcore core;
	struct image m;

	(void)state;
	make(&m, true, false, 64);
	put(&m, 56, 0xffff, 2);
	put(&m, 40, 512, 8);
	put(&m, 512 + 44, 3, 4);
	assert_null(parse(&m, m.n, &a, &core));
	assert_int_equal(core.nseg, 3);
}

static void notes(void **state)
{
	static const char v[] = "\5\0\0\0\3\0\0\0\1\0\0\0CORE\0\0\0\0abc\0"
				"\13\0\0\0\4\0\0\0\0\0\0\0VMCOREINFO\0\0A=1\n"
				"\5\0\0\0\377\377\377\377\1\0\0\0CORE\0\0\0\0";
	struct kd_view all = kd_view(v, sizeof(v) - 1);
	struct kd_elfnote note;
	size_t at = 0;

	(void)state;
	assert_true(kd_elfnote_next(all, false, &at, &note));
	assert_true(kd_view_eq(note.name, KD_V("CORE")) && kd_view_eq(note.desc, KD_V("abc")));
	assert_true(kd_elfnote_next(all, false, &at, &note));
	assert_true(kd_view_eq(note.name, KD_V("VMCOREINFO")) && kd_view_eq(note.desc, KD_V("A=1\n")));
	assert_false(kd_elfnote_next(all, false, &at, &note)); /* longer than what is there */
	for (size_t n = 0; n < all.n; n++)
		for (at = 0; kd_elfnote_next(kd_view_head(all, n), false, &at, &note);)
			assert_true(at <= n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),		  cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(contradictions), cmocka_unit_test(many_segments),
		cmocka_unit_test(notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
