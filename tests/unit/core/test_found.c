// SPDX-License-Identifier: GPL-2.0-or-later
/* VMCOREINFO found in memory; what a page was that the dump left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/findinfo.h"
#include "core/space.h"
#include "format/diskdump.h"
#include "machine.h"

static void refused_with(struct kd_error *err, const char *words)
{
	assert_non_null(err);
	if (!strstr(err->msg, words))
		fail_msg("'%s' lacks '%s'", err->msg, words);
	kd_error_free(err);
}

static struct kd_pages *open_machine(const struct machine *m, bool elf, struct kd_buf *dump)
{
	struct kd_pages *p = NULL;

	if (elf)
		machine_elf(m, dump);
	else
		machine_kdump(m, KD_DD_ZLIB, 0, 0, dump);
	assert_null(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(dump), "dump"), &p));
	return p;
}

/* --- VMCOREINFO ---------------------------------------------------------------------------------------- */

/* The text on a page of its own, as a note when asked; `from` in it is replaced by `to`. */
static void put_text(struct machine *m, const struct kd_buf *info, bool note, const char *from, const char *to, const char *more)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	const struct kd_view v = kd_buf_view(info);
	const size_t i = from ? kd_view_find(v, kd_view_of(from)) : v.n;
	unsigned char *page = machine_at(m, machine_page(m));

	assert_true(i != KD_NPOS);
	kd_buf_add(&b, kd_view_head(v, i));
	if (from) {
		kd_buf_add(&b, kd_view_of(to));
		kd_buf_add(&b, kd_view_from(v, i + strlen(from)));
	}
	kd_buf_add(&b, kd_view_of(more));
	if (note) {
		put_le(page, 11, 4);
		put_le(page + 4, b.n, 4);
		memcpy(page + 12, "VMCOREINFO", 11);
	}
	assert_true(b.n < m->page - 24);
	memcpy(page + (note ? 24 : 0), b.p, b.n);
}

/* A machine whose dump has no note; info gets its text. The lines that real ones have more of make it long enough. */
static void without_note(struct machine *m, const struct machine_kind *kind, struct kd_buf *info)
{
	machine_init(m, kind);
	for (int i = 0; i < 8; i++)
		machine_say(m, "OFFSET(struct%d.member)=%d\n", i, i);
	*info = m->info;
	m->info = KD_BUF_INIT(64 << 10);
}

static void found(void **state)
{
	static const struct machine_kind *const kinds[] = {&machine_x86, &machine_x86_5, &machine_arm64_4k, &machine_arm64_16k,
							   &machine_arm64_64k};

	(void)state;
	for (size_t i = 0; i < 4 * KD_ARRAY_LEN(kinds); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0), info;
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		const bool note = i & 1, elf = i & 2;
		struct machine m;

		without_note(&m, kinds[i / 4], &info);
		memcpy(machine_at(&m, machine_page(&m)), "OSRELEASE=no more than a line\n", 30);
		put_text(&m, &info, false, "SYMBOL(swapper_pg_dir)=ff", "SYMBOL(swapper_pg_dir)=fe", ""); /* of another boot */
		put_text(&m, &info, note, NULL, NULL, "");
		put_text(&m, &info, false, NULL, NULL, "CRASHTIME=77\n"); /* the copy that the crash went on with */
		p = open_machine(&m, elf, &dump);
		assert_null(kd_space_new(p, &s));
		assert_non_null(strstr(kd_pages_info(p)->vmcoreinfo_from, "memory"));
		assert_int_equal(kd_pages_info(p)->vmcoreinfo_rivals, 0);
		assert_true(kd_vmcoreinfo_get(kd_space_vmcoreinfo(s), KD_V("CRASHTIME")).n > 0);
		assert_int_equal(kd_pages_info(p)->page_size, m.page);
		machine_deinit(&m);
	}
}

static void rivals(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0), info;
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	struct machine m;

	(void)state;
	without_note(&m, &machine_x86, &info);
	put_text(&m, &info, false, NULL, NULL, "");
	put_text(&m, &info, false, "OFFSET(struct3.member)=3", "OFFSET(struct3.member)=4", "");
	p = open_machine(&m, true, &dump);
	assert_null(kd_space_new(p, &s));
	assert_int_equal(kd_pages_info(p)->vmcoreinfo_rivals, 1);
	assert_true(kd_vmcoreinfo_get(kd_space_vmcoreinfo(s), KD_V("OFFSET(struct3.member)")).p[0] == '3');
	machine_deinit(&m);
}

static bool any(void *user, struct kd_view text)
{
	(void)text;
	return ++*(int *)user > 0;
}

static void not_found(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0), info;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_vmcoreinfo_found f;
	struct kd_space *s = NULL;
	struct machine m;
	int asked = 0;

	(void)state;
	without_note(&m, &machine_x86, &info);
	put_text(&m, &info, false, "OSRELEASE=6.1.0-test", "OSRELEASE=6.1.0-tesx", "");
	put_text(&m, &info, false, NULL, NULL, "no line");
	put_text(&m, &info, false, "PAGESIZE", "PAGE\001SIZE", "");
	p = open_machine(&m, true, &dump);
	refused_with(kd_space_new(p, &s), "of 1 texts in its memory that look like it none fits");
	assert_null(kd_vmcoreinfo_find(p, any, &asked, &arena, &f));
	assert_int_equal(asked, 1);
	assert_int_equal(f.seen, 1);
	assert_false(f.stopped);
	assert_int_equal(f.looked_at, MACHINE_PAGES * m.page);
	machine_deinit(&m);
}

static bool stop(void *user, uint64_t done, uint64_t total)
{
	(void)done, (void)total;
	return ++*(int *)user < 1;
}

/* A limit, somebody who says stop, and a search that is not wanted. */
static void not_all(void **state)
{
	char name[] = "/tmp/kdoc-found-XXXXXX";
	struct kd_buf dump, info;
	struct machine m;
	int asked = 0;
	FILE *file;

	(void)state;
	without_note(&m, &machine_x86, &info);
	put_text(&m, &info, false, NULL, NULL, "");
	machine_elf(&m, &dump);
	file = fdopen(mkstemp(name), "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(dump.p, 1, dump.n, file), dump.n);
	fclose(file);
	for (int i = 0; i < 4; i++) {
		const struct kd_pages_options o = {.no_search = i == 0, .search_max = i == 1 ? 2 * 4096 : 0,
						   .progress = i == 2 ? stop : NULL, .user = &asked};
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		struct kd_error *err;

		assert_null(kd_pages_open_with(name, &o, &p));
		err = kd_space_new(p, &s);
		if (i == 3)
			assert_null(err);
		else
			refused_with(err, i == 0 ? "no VMCOREINFO: addresses" : "not all of it was looked at");
	}
	assert_int_equal(asked, 1);
	remove(name);
	kd_buf_deinit(&dump);
	kd_buf_deinit(&info);
	machine_deinit(&m);
}

/* --- pages that were left out --------------------------------------------------------------------------- */

#define MEMMAP 0xffffea0000000000u

enum { PAGE_STRUCT = 64, FLAGS = 0, HEAD = 8, MAPPING = 24, PRIVATE = 40, MAPCOUNT = 48, LRU = 4, PRIV = 13, SLAB = 9, BUDDY = -129,
       FIRST = MACHINE_PADDR / 4096, MEM = 60 };

static unsigned char *struct_page(struct machine *m, size_t page)
{
	return machine_virt(m, MEMMAP + (FIRST + page) * PAGE_STRUCT);
}

static void make_memmap(struct machine *m)
{
	const uint64_t roots = machine_page(m), sections = machine_page(m);

	machine_say(m, "SYMBOL(mem_section)=ffff888000000000\nLENGTH(mem_section)=2048\nSIZE(mem_section)=16\n"
		    "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\n");
	machine_say(m, "SIZE(page)=%d\nOFFSET(page.flags)=%d\nOFFSET(page.mapping)=%d\nOFFSET(page._mapcount)=%d\n"
		    "OFFSET(page.private)=%d\nOFFSET(page.compound_head)=%d\n", PAGE_STRUCT, FLAGS, MAPPING, MAPCOUNT, PRIVATE, HEAD);
	machine_say(m, "NUMBER(PG_lru)=%d\nNUMBER(PG_private)=%d\nNUMBER(PG_slab)=%d\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=%d\n", LRU,
		    PRIV, SLAB, BUDDY);
	machine_map(m, 0xffff888000000000, roots);
	machine_map(m, 0xffff888000001000, sections);
	put_le(machine_at(m, roots), 0xffff888000001000, 8);
	put_le(machine_at(m, sections), MEMMAP | 3, 8);
	for (uint64_t at = MEMMAP + FIRST * PAGE_STRUCT; at < MEMMAP + (FIRST + MACHINE_PAGES) * PAGE_STRUCT; at += m->page)
		machine_map(m, at, machine_page(m));
	for (size_t i = 0; i < MACHINE_PAGES; i++)
		put_le(struct_page(m, i) + MAPCOUNT, 0xffffffff, 4);
}

static const struct {
	size_t page;
	uint64_t flags, mapping, private, head;
	int32_t mapcount;
	enum kd_left_out was;
	const char *words;
} pages[] = {
	{MEM + 0, 1 << LRU, 0xffff888000012340, 0, 0, -1, KD_LEFT_CACHE, "page cache, contents of a file (dump levels without 2"},
	{MEM + 1, 1 << LRU | 1 << PRIV, 0xffff888000012340, 0, 0, -1, KD_LEFT_CACHE_PRIVATE, "file system (dump levels without 4"},
	{MEM + 2, 1 << LRU, 0xffff888000012341, 0, 0, 0, KD_LEFT_USER, "memory of a process (dump levels without 8"},
	{MEM + 3, 0, 0xff11888000012341, 0, 0, 0, KD_LEFT_USER, "memory of a process"}, /* not on a list yet */
	{MEM + 4, 0, 0, 2, 0, BUDDY, KD_LEFT_FREE, "a free page (dump levels without 16"},
	{MEM + 5, 0, 0, 0, 0, -1, KD_LEFT_FREE, "a free page"}, /* of the block of four that begins before it */
	{MEM + 7, 0, 0, 0, 0, -1, KD_LEFT_FREE, "a free page"},
	{MEM + 8, 0, 0, 0, 0, -1, KD_LEFT_UNKNOWN, "left it out"}, /* behind it */
	{MEM + 9, 1 << SLAB | 1 << LRU, 0xffff888000012341, 0, 0, -1, KD_LEFT_UNKNOWN, "left it out"},
	{MEM + 10, 0, 0x400, 0, MEMMAP + (FIRST + MEM + 2) * PAGE_STRUCT + 1, -1, KD_LEFT_USER, "memory of a process"}, /* tail */
	{MEM + 11, 0, 0, 0, 0x4141414141414141, -1, KD_LEFT_UNKNOWN, "left it out"}, /* of nothing */
	{MEM + 12, 0, 0, 999, 0, BUDDY, KD_LEFT_UNKNOWN, "left it out"}, /* no order is so large */
};

static void make_left_out(struct machine *m)
{
	machine_init(m, &machine_x86);
	make_memmap(m);
	assert_true(m->used < MEM);
	for (size_t i = 0; i < KD_ARRAY_LEN(pages); i++) {
		unsigned char *p = struct_page(m, pages[i].page);

		put_le(p + FLAGS, pages[i].flags, 8);
		put_le(p + HEAD, pages[i].head, 8);
		put_le(p + MAPPING, pages[i].mapping, 8);
		put_le(p + PRIVATE, pages[i].private, 8);
		put_le(p + MAPCOUNT, (uint32_t)pages[i].mapcount, 4);
		m->left_out[pages[i].page] = true;
		machine_map(m, 0xffff888000100000 + i * m->page, MACHINE_PADDR + pages[i].page * m->page);
	}
}

static void left_out(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	struct kd_space_miss miss;
	struct machine m;
	uint64_t v;

	(void)state;
	make_left_out(&m);
	p = open_machine(&m, false, &dump);
	assert_null(kd_space_new(p, &s));
	for (size_t i = 0; i < KD_ARRAY_LEN(pages); i++) {
		const uint64_t paddr = MACHINE_PADDR + pages[i].page * m.page;

		assert_false(kd_space_uint(s, 0xffff888000100000 + i * m.page + 8, 8, &v, &miss));
		assert_int_equal(miss.left_out, pages[i].was);
		if (!strstr(kd_space_why(&miss), pages[i].words))
			fail_msg("page %zu: '%s' lacks '%s'", i, kd_space_why(&miss), pages[i].words);
		assert_false(kd_space_read_physical(s, paddr + 8, &v, 8, &miss));
		assert_int_equal(miss.left_out, pages[i].was);
		assert_int_equal(miss.addr, paddr + 8);
	}
	assert_true(kd_space_read_physical(s, MACHINE_PADDR, &v, 8, &miss));
	assert_false(kd_space_read_physical(s, 0x100, &v, 8, &miss));
	assert_int_equal(miss.state, KD_PAGE_ABSENT);
	machine_deinit(&m);
}

/* A dump whose level keeps such pages lacks them for another reason. */
static void not_by_that_level(void **state)
{
	static const int levels[] = {1, 2, 4, 8, 16, 31};

	(void)state;
	for (size_t k = 0; k < KD_ARRAY_LEN(levels); k++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		struct machine m;

		make_left_out(&m);
		machine_kdump(&m, 0, 0, 0, &dump);
		put_le((unsigned char *)dump.p + m.page + KD_DDS_DUMP_LEVEL, (uint64_t)levels[k], 4);
		assert_null(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(&dump), "dump"), &p));
		assert_null(kd_space_new(p, &s));
		for (size_t i = 0; i < KD_ARRAY_LEN(pages); i++) {
			const int by = pages[i].was == KD_LEFT_CACHE ? 6 : (int)pages[i].was;

			assert_int_equal(kd_left_out_of(s, MACHINE_PADDR + pages[i].page * m.page),
					 levels[k] & by ? pages[i].was : KD_LEFT_UNKNOWN);
		}
		machine_deinit(&m);
	}
}

/* struct page itself may be what is missing, or VMCOREINFO may not tell where it is. */
static void nothing_to_know(void **state)
{
	static const char *const lines[] = {NULL, "SIZE(page)", "NUMBER(PG_lru)", "SYMBOL(mem_section)", "NUMBER(SECTION_SIZE_BITS)=27"};

	(void)state;
	for (size_t k = 0; k < KD_ARRAY_LEN(lines); k++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		struct machine m;

		make_left_out(&m);
		if (lines[k]) {
			size_t at = kd_view_find(kd_buf_view(&m.info), kd_view_of(lines[k]));

			assert_true(at != KD_NPOS);
			m.info.p[at + strlen(lines[k]) - 2] = '7'; /* another name, or 77 bits */
		} else {
			m.left_out[(size_t)(machine_virt(&m, MEMMAP + FIRST * PAGE_STRUCT) - m.mem) / m.page] = true;
		}
		p = open_machine(&m, false, &dump);
		assert_null(kd_space_new(p, &s));
		assert_int_equal(kd_left_out_of(s, MACHINE_PADDR + MEM * m.page), KD_LEFT_UNKNOWN);
		machine_deinit(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),    cmocka_unit_test(rivals),		 cmocka_unit_test(not_found), cmocka_unit_test(not_all),
		cmocka_unit_test(left_out), cmocka_unit_test(not_by_that_level), cmocka_unit_test(nothing_to_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
