// SPDX-License-Identifier: GPL-2.0-or-later
/* Forms of cores: their names, the program headers moved, dumps written and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/pack.h"
#include "format/diskdump.h"
#include "format/elfcore.h"
#include "lab/capture.h"
#include "lab/kdump.h"

enum { PAGE = 4096, PHOFF = 192, NOTE_AT = 0x300, DATA_AT = 0x1000, PAGES = 6, FILE_MAX = 1 << 20 };

static char dir[64];

static const char *in_dir(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
	return path;
}

static void le(char *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(value >> 8 * i & 0xff);
}

static uint64_t get(const char *p, size_t n, bool big)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)(unsigned char)p[i] << 8 * (big ? n - 1 - i : i);
	return v;
}

/* What stands in page i of the two segments: text, zeros, a pattern. */
static void fill(char *page, size_t i)
{
	memset(page, 0, PAGE);
	if (i % 3 == 0)
		for (size_t k = 0; k < PAGE; k++)
			page[k] = "page of the core "[(k + i) % 17];
	else if (i % 3 == 2)
		memset(page, (int)i, PAGE);
}

/* As QEMU writes it: a section header first, program headers behind; 3 pages at 1 MiB, 3 at 16 KiB. */
static void make_core(const char *path)
{
	static const char note[] = "\13\0\0\0\60\0\0\0\0\0\0\0VMCOREINFO\0\0"
				   "OSRELEASE=6.1.0-test\nNUMBER(phys_base)=16777216\n";
	static const uint64_t paddr[2] = {0x100000, 0x4000};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX);
	char *p = kd_buf_reserve(&b, DATA_AT + PAGES * PAGE);

	memset(p, 0, DATA_AT);
	memcpy(p, "\177ELF\2\1\1", 7);
	le(p + 16, 4, 2);
	le(p + 18, KD_EM_X86_64, 2);
	le(p + 32, PHOFF, 8);
	le(p + 40, 64, 8);
	le(p + 54, 56, 2);
	le(p + 56, 3, 2);
	le(p + 58, 64, 2);
	le(p + 60, 1, 2);
	le(p + PHOFF, KD_ELF_NOTE, 4);
	le(p + PHOFF + 8, NOTE_AT, 8);
	le(p + PHOFF + 32, sizeof(note) - 1, 8);
	memcpy(p + NOTE_AT, note, sizeof(note) - 1);
	for (size_t i = 0; i < 2; i++) {
		char *ph = p + PHOFF + (i + 1) * 56;

		le(ph, KD_ELF_LOAD, 4);
		le(ph + 8, DATA_AT + i * 3 * PAGE, 8);
		le(ph + 24, paddr[i], 8);
		le(ph + 32, (uint64_t)3 * PAGE, 8);
		le(ph + 40, (uint64_t)3 * PAGE, 8);
	}
	for (size_t i = 0; i < PAGES; i++)
		fill(p + DATA_AT + i * PAGE, i);
	b.n = DATA_AT + (size_t)PAGES * PAGE;
	assert_null(kd_fs_write_atomic(path, kd_buf_view(&b), 0600));
}

static void names_of_forms(void **state)
{
	static const char *const bad[] = {"", "elf,", "kdump", "zlib:32", "zlib:x", "zlib:1:flatt",
					  "qemu-zlib:1", "zlib:-1", "elf:31,,zlib"};
	struct kd_core_form f[64];
	size_t n;

	(void)state;
	assert_null(kd_core_forms_parse("elf,elf:31,zlib,lzo:17:flat,elf,zstd:0", f, 64, &n));
	assert_int_equal(n, 5); /* the second elf is the first */
	assert_int_equal(f[0].level, KD_CORE_LEVEL_NONE);
	assert_int_equal(f[2].level, 0);
	assert_true(f[3].format == KD_CORE_LZO && f[3].level == 17 && f[3].flat);
	assert_null(kd_core_forms_parse("all", f, 64, &n));
	assert_int_equal(n, 26);
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_error *err = kd_core_forms_parse(bad[i], f, 64, &n);

		assert_non_null(err);
		assert_int_equal(err->cls, KD_INVALID);
		kd_error_free(err);
	}
	{
		struct kd_error *err = kd_core_forms_parse("all", f, 3, &n);

		assert_int_equal(err->cls, KD_LIMIT);
		kd_error_free(err);
	}
}

/* As makedumpfile 1.7.2 printed them. */
static void complaints(void **state)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{"Specify '-x' option or '-i' option.\nCommandline parameter is invalid.\n"
		 "Try `makedumpfile --help' for more information.\n\nmakedumpfile Failed.\n",
		 "the core has no VMCOREINFO"},
		{"vtop4_x86_64: Can't get the symbol of init_level4_pgt/init_top_pgt.\n\nmakedumpfile Failed.\n",
		 "vtop4_x86_64: Can't get the symbol"},
		{"\nmakedumpfile Failed.\n", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(t); i++) {
		struct kd_view got = kd_core_complaint(kd_view_of(t[i].text));

		assert_true(kd_view_starts(got, kd_view_of(t[i].want)));
		assert_int_equal(!got.n, !t[i].want[0]);
		assert_true(got.n <= 200);
	}
}

static void read_file(const char *path, struct kd_buf *b)
{
	kd_buf_clear(b);
	assert_null(kd_fs_read_small(path, FILE_MAX, b));
}

static void headers_moved(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf before = KD_BUF_INIT(FILE_MAX);
	kd_auto(kd_buf_deinit) struct kd_buf after = KD_BUF_INIT(FILE_MAX);
	struct kd_elfcore old, new;
	char path[128];

	(void)state;
	make_core(in_dir("core", path));
	read_file(path, &before);
	for (int twice = 0; twice < 2; twice++)
		assert_null(kd_elfcore_straighten(path));
	read_file(path, &after);
	assert_null(kd_elfcore_parse(kd_buf_view(&before), &a, &old));
	assert_null(kd_elfcore_parse(kd_buf_view(&after), &a, &new));
	assert_int_equal(new.phoff, 64);
	assert_int_equal(new.shoff, 0);
	assert_int_equal(new.nseg, old.nseg);
	assert_memory_equal(new.seg, old.seg, old.nseg * sizeof(*old.seg));
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.p + NOTE_AT, after.p + NOTE_AT, before.n - NOTE_AT);
}

/* The stream back into the file that it describes. */
static void reassemble(struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(FILE_MAX);
	char *p = kd_buf_reserve(&out, FILE_MAX);
	size_t at = KD_FLAT_HEADER;

	memset(p, 0, FILE_MAX);
	assert_memory_equal(b->p, KD_FLAT_SIGNATURE, sizeof(KD_FLAT_SIGNATURE));
	assert_int_equal(get(b->p + 16, 8, true), 1);
	for (;;) {
		uint64_t off = get(b->p + at, 8, true), n = get(b->p + at + 8, 8, true);

		at += 16;
		if (off == UINT64_MAX) {
			assert_true(n == UINT64_MAX && at == b->n);
			break;
		}
		assert_true(off + n <= FILE_MAX && at + n <= b->n);
		memcpy(p + off, b->p + at, n);
		at += n;
		if (out.n < off + n)
			out.n = off + n;
	}
	kd_buf_clear(b);
	assert_true(kd_buf_add(b, kd_buf_view(&out)));
}

static void check_page(const char *dump, const char *desc, size_t i, unsigned level)
{
	uint64_t off = get(desc, 8, false), n = get(desc + 8, 4, false);
	char page[PAGE];

	fill(page, i);
	if (!get(desc + 12, 4, false)) {
		assert_int_equal(n, PAGE);
		assert_memory_equal(dump + off, page, PAGE);
	} else {
		assert_true(n < PAGE);
		assert_false(level && i % 3 == 1); /* zeros share a plain page */
	}
}

static void check_dump(const struct kd_buf *b, unsigned level)
{
	/* frames in order: 4, 5, 6 are the second segment's, 256… the first one's */
	static const size_t order[PAGES] = {3, 4, 5, 0, 1, 2};
	const char *p = b->p;
	uint64_t sub = get(p + KD_DDH_SUB_HDR_SIZE, 4, false), bits, desc, info;

	assert_memory_equal(p, KD_DISKDUMP_SIGNATURE, 8);
	assert_int_equal(get(p + KD_DDH_VERSION, 4, false), 6);
	assert_string_equal(p + KD_DDH_UTSNAME, "Linux");
	assert_string_equal(p + KD_DDH_UTSNAME + 130, "6.1.0-test");
	assert_string_equal(p + KD_DDH_UTSNAME + 195, "#1 SMP");
	assert_int_equal(get(p + PAGE + KD_DDS_PHYS_BASE, 8, false), 16777216);
	assert_int_equal(get(p + PAGE + KD_DDS_DUMP_LEVEL, 4, false), level);
	info = get(p + PAGE + KD_DDS_VMCOREINFO, 8, false);
	assert_memory_equal(p + info, "OSRELEASE=6.1.0-test\n", 21);
	bits = (1 + sub) * PAGE;
	assert_int_equal((unsigned char)p[bits], 0x70);
	assert_int_equal((unsigned char)p[bits + 32], 0x07);
	desc = bits + get(p + KD_DDH_BITMAP_BLOCKS, 4, false) * PAGE;
	for (size_t i = 0; i < PAGES; i++)
		check_page(p, p + desc + i * KD_DISKDUMP_DESC, order[i], level);
	if (level) /* both zero pages at one place */
		assert_int_equal(get(p + desc + KD_DISKDUMP_DESC, 8, false),
				 get(p + desc + (size_t)4 * KD_DISKDUMP_DESC, 8, false));
}

static void dumps(void **state)
{
	static const uint8_t formats[] = {KD_CORE_PLAIN, KD_CORE_ZLIB, KD_CORE_SNAPPY, KD_CORE_ZSTD};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX);
	char elf[128], path[128];
	struct kd_ctx ctx;

	(void)state;
	kd_ctx_init(&ctx);
	make_core(in_dir("core", elf));
	for (unsigned i = 0; i < 16; i++) {
		struct kd_core_form f = {formats[i / 4], i & 1, i & 2};

		if (!kd_kdump_can(&f))
			continue;
		assert_null(kd_kdump_write(&ctx, elf, &f, "#1 SMP", in_dir("dump", path)));
		read_file(path, &b);
		if (f.flat)
			reassemble(&b);
		check_dump(&b, f.level);
	}
	kd_ctx_deinit(&ctx);
}

/* A core that ends in its memory gives an error and no dump. */
static void cut_core(void **state)
{
	struct kd_core_form f = {KD_CORE_SNAPPY, 0, false};
	char elf[128], path[128];
	struct kd_error *err;
	struct kd_ctx ctx;

	(void)state;
	kd_ctx_init(&ctx);
	make_core(in_dir("core", elf));
	assert_int_equal(truncate(elf, DATA_AT + 4 * PAGE + 7), 0);
	err = kd_kdump_write(&ctx, elf, &f, NULL, in_dir("dump", path));
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	kd_error_free(err);
	assert_int_not_equal(access(path, F_OK), 0);
	kd_ctx_deinit(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_forms), cmocka_unit_test(complaints), cmocka_unit_test(headers_moved),
		cmocka_unit_test(dumps), cmocka_unit_test(cut_core),
	};
	char path[128];
	int failed;

	snprintf(dir, sizeof(dir), "/tmp/kdoc-cores-XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(in_dir("core", path));
	unlink(in_dir("dump", path));
	rmdir(dir);
	return failed;
}
