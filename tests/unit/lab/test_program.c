// SPDX-License-Identifier: GPL-2.0-or-later
/* What an ELF file needs: made-up ones, cut at each byte, and this very program. */
#include "../base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/program.h"

enum { SIZE = 0x300, PH = 64, INTERP = 0x180, DYN = 0x200, STR = 0x280 };

static void le(char *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(v >> 8 * i & 0xff);
}

static void header(char *p, size_t i, uint32_t type, uint64_t off, uint64_t vaddr, uint64_t size)
{
	p += PH + i * 56;
	le(p, type, 4);
	le(p + 8, off, 8);
	le(p + 16, vaddr, 8);
	le(p + 32, size, 8);
}

/* A program for x86-64 that needs liba.so.1 and libb.so; loaded at 0x10000. */
static void make(char p[SIZE])
{
	static const uint64_t dyn[][2] = {{1, 1}, {5, 0x10000 + STR}, {1, 11}, {0, 0}};

	memset(p, 0, SIZE);
	memcpy(p, "\177ELF\2\1\1", 7);
	le(p + 18, 62, 2);
	le(p + 32, PH, 8);
	le(p + 54, 56, 2);
	le(p + 56, 3, 2);
	header(p, 0, 1, 0, 0x10000, SIZE);
	header(p, 1, 3, INTERP, 0x10000 + INTERP, 12);
	header(p, 2, 2, DYN, 0x10000 + DYN, sizeof(dyn));
	memcpy(p + INTERP, "/lib/ld.so.1", 13);
	le(p + PH + 56 + 32, 13, 8);
	for (size_t i = 0; i < KD_ARRAY_LEN(dyn); i++) {
		le(p + DYN + i * 16, dyn[i][0], 8);
		le(p + DYN + i * 16 + 8, dyn[i][1], 8);
	}
	memcpy(p + STR, "\0liba.so.1\0libb.so", 19);
}

static void needs(void **state)
{
	struct kd_program_needs n;
	char p[SIZE];

	(void)state;
	make(p);
	assert_null(kd_program_needs(kd_view(p, SIZE), KD_ARCH_X86_64, &n));
	assert_view(n.interp, "/lib/ld.so.1");
	assert_int_equal(n.nlibs, 2);
	assert_view(n.lib[0], "liba.so.1");
	assert_view(n.lib[1], "libb.so");
}

static void refuse(const char p[SIZE], enum kd_lab_arch arch, const char *words)
{
	struct kd_program_needs n;
	struct kd_error *err = kd_program_needs(kd_view(p, SIZE), arch, &n);

	assert_non_null(err);
	if (!strstr(err->msg, words))
		fail_msg("%s, expected %s", err->msg, words);
	kd_error_free(err);
}

static void damaged(void **state)
{
	struct kd_program_needs n;
	char p[SIZE];

	(void)state;
	make(p);
	refuse(p, KD_ARCH_ARM64, "not for arm64");
	refuse(p, KD_ARCH_I386, "i386");
	p[STR + 1] = '/'; /* a library is a name, never a path */
	refuse(p, KD_ARCH_X86_64, "library is damaged");
	make(p);
	le(p + DYN + 8, SIZE, 8);
	refuse(p, KD_ARCH_X86_64, "library is damaged");
	make(p);
	p[INTERP] = 'x';
	refuse(p, KD_ARCH_X86_64, "loader is damaged");
	make(p);
	le(p + 32, UINT64_MAX, 8);
	refuse(p, KD_ARCH_X86_64, "program headers");
	make(p);
	for (size_t cut = 0; cut < SIZE; cut++) {
		char *copy = malloc(cut ? cut : 1);
		struct kd_error *err;

		memcpy(copy, p, cut);
		err = kd_program_needs(kd_view(copy, cut), KD_ARCH_X86_64, &n);
		assert_non_null(err);
		kd_error_free(err);
		free(copy);
	}
}

static bool has(const struct kd_program_file *v, size_t n, const char *to)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].to, to))
			return true;
	return false;
}

/* In two roots: the first has the program, the second one of its libraries, none the other. */
static void found(void **state)
{
	static const char *const dirs[] = {"a", "a/usr", "a/usr/sbin", "a/usr/lib", "b", "b/lib"};
	static const char *const files[] = {"a/usr/sbin/prog", "a/usr/lib/liba.so.1", "b/lib/libb.so",
					    "b/lib/ld.so.1"};
	char root[] = "/tmp/kdoc-program-XXXXXX", path[2][128], at[128], elf[SIZE], lib[SIZE];
	const char *roots[] = {path[0], path[1]};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	struct kd_program_file v[KD_PROGRAM_FILES_MAX];
	struct kd_error *err;
	size_t n = 0;

	(void)state;
	assert_non_null(mkdtemp(root));
	make(elf);
	make(lib);
	le(lib + 56, 1, 2); /* needs nothing */
	for (size_t i = 0; i < KD_ARRAY_LEN(dirs); i++) {
		snprintf(at, sizeof(at), "%s/%s", root, dirs[i]);
		assert_int_equal(mkdir(at, 0700), 0);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(files); i++) {
		snprintf(at, sizeof(at), "%s/%s", root, files[i]);
		assert_null(kd_fs_write_atomic(at, kd_view(i ? lib : elf, SIZE), 0644));
	}
	snprintf(path[0], sizeof(path[0]), "%s/a", root);
	snprintf(path[1], sizeof(path[1]), "%s/b", root);
	assert_null(kd_program_find(roots, 2, "prog", KD_ARCH_X86_64, &arena, v, &n));
	assert_int_equal(n, 4);
	assert_true(has(v, n, "/usr/sbin/prog") && has(v, n, "/lib/ld.so.1"));
	assert_true(has(v, n, KD_PROGRAM_LIBS "/liba.so.1") && has(v, n, KD_PROGRAM_LIBS "/libb.so"));
	n = 0;
	err = kd_program_find(roots, 1, "prog", KD_ARCH_X86_64, &arena, v, &n);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_NOTFOUND);
	assert_non_null(strstr(err->msg, "ld.so.1"));
	kd_error_free(err);
	n = 0;
	err = kd_program_find(roots, 2, "prog", KD_ARCH_ARM64, &arena, v, &n);
	assert_non_null(err);
	assert_non_null(strstr(err->msg, "no program prog for arm64"));
	kd_error_free(err);
	for (size_t i = 0; i < KD_ARRAY_LEN(files); i++) {
		snprintf(at, sizeof(at), "%s/%s", root, files[i]);
		unlink(at);
	}
	for (size_t i = KD_ARRAY_LEN(dirs); i-- > 0;) {
		snprintf(at, sizeof(at), "%s/%s", root, dirs[i]);
		rmdir(at);
	}
	assert_int_equal(rmdir(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needs),
		cmocka_unit_test(damaged),
		cmocka_unit_test(found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
