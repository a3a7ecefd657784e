// SPDX-License-Identifier: GPL-2.0-or-later
/* Every container gives the same memory, and says of what it does not have why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/pages.h"
#include "format/diskdump.h"
#include "machine.h"

enum { FIRST = MACHINE_PADDR / 4096 };

static void fill(struct machine *m)
{
	for (size_t i = 8; i < MACHINE_PAGES; i++)
		for (size_t k = 0; k < m->page; k++)
			m->mem[i * m->page + k] = (unsigned char)(i % 3 == 0   ? (size_t)"text that repeats "[k % 18]
								  : i % 3 == 1 ? i
									       : (k * 2654435761u + i) >> 7 & 0xff);
}

static struct kd_pages *open_view(struct kd_view dump)
{
	struct kd_pages *p = NULL;

	assert_null(kd_pages_of_bytes(kd_bytes_of_view(dump, "dump"), &p));
	return p;
}

static void same_memory(const struct machine *m, struct kd_pages *p, size_t from, size_t to)
{
	unsigned char *got = kd_xmalloc(3 * m->page);

	for (size_t i = from; i < to; i++) {
		uint64_t at = MACHINE_PADDR + i * m->page;

		assert_int_equal(kd_pages_read(p, at, got, m->page, NULL), KD_PAGE_OK);
		assert_memory_equal(got, m->mem + i * m->page, m->page);
	}
	for (size_t i = from; i + 3 <= to; i += 5) { /* over the edges of pages */
		size_t off = i * m->page + 77;

		assert_int_equal(kd_pages_read(p, MACHINE_PADDR + off, got, 2 * m->page, NULL), KD_PAGE_OK);
		assert_memory_equal(got, m->mem + off, 2 * m->page);
	}
	kd_free(got);
}

static void surveyed(struct kd_pages *p, uint64_t ram, uint64_t kept, uint64_t cut)
{
	struct kd_pages_survey s;

	assert_null(kd_pages_survey(p, &s));
	assert_int_equal(s.ram, ram);
	assert_int_equal(s.kept, kept);
	assert_int_equal(s.cut, cut);
	assert_int_equal(s.damaged, 0);
}

static void each_container(void **state)
{
	static const uint32_t packings[] = {0, KD_DD_ZLIB, KD_DD_SNAPPY, KD_DD_ZSTD};
	struct machine m;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	for (size_t i = 0; i <= KD_ARRAY_LEN(packings); i++)
		for (int flat = 0; flat < 2; flat++) {
			kd_auto(kd_buf_deinit) struct kd_buf dump, stream = KD_BUF_INIT(0);
			kd_auto(kd_pages_closep) struct kd_pages *p = NULL;

			if (i == KD_ARRAY_LEN(packings))
				machine_elf(&m, &dump);
			else
				machine_kdump(&m, packings[i], 0, 0, &dump);
			if (flat)
				machine_flat(kd_buf_view(&dump), false, &stream);
			p = open_view(kd_buf_view(flat ? &stream : &dump));
			same_memory(&m, p, 0, MACHINE_PAGES);
			surveyed(p, MACHINE_PAGES * m.page, MACHINE_PAGES * m.page, 0);
			assert_int_equal(kd_pages_info(p)->flattened, flat);
			assert_null(kd_pages_info(p)->incomplete);
			assert_true(kd_view_starts(kd_pages_info(p)->vmcoreinfo, KD_V("OSRELEASE=6.1.0-test\n")));
		}
	machine_deinit(&m);
}

static void what_is_not_there(void **state)
{
	struct machine m;
	char buf[8192];
	uint64_t missing;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	m.left_out[MACHINE_PAGES - 1] = m.left_out[MACHINE_PAGES - 2] = true;
	for (int elf = 0; elf < 2; elf++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump;
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		const uint64_t end = MACHINE_PADDR + MACHINE_PAGES * m.page;

		if (elf)
			machine_elf(&m, &dump);
		else
			machine_kdump(&m, KD_DD_ZLIB, 0, 0, &dump);
		p = open_view(kd_buf_view(&dump));
		assert_int_equal(kd_pages_read(p, end - 3 * m.page, buf, 8192, &missing), elf ? KD_PAGE_GAP : KD_PAGE_FILTERED);
		assert_int_equal(missing, end - 2 * m.page);
		assert_int_equal(kd_pages_read(p, end, buf, 1, &missing), KD_PAGE_ABSENT);
		assert_int_equal(kd_pages_read(p, MACHINE_PADDR - 1, buf, 1, NULL), KD_PAGE_ABSENT);
		assert_int_equal(kd_pages_read(p, UINT64_MAX - 2, buf, 8, NULL), KD_PAGE_ABSENT);
		surveyed(p, MACHINE_PAGES * m.page, (MACHINE_PAGES - 2) * m.page, 0);
	}
	machine_deinit(&m);
}

static void one_part_of_two(void **state)
{
	struct machine m;
	char b;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	for (size_t part = 0; part < 2; part++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump;
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		const size_t middle = 41, from = part ? middle : 0, to = part ? MACHINE_PAGES : middle;

		machine_kdump(&m, KD_DD_ZSTD, FIRST + from, FIRST + to, &dump);
		p = open_view(kd_buf_view(&dump));
		assert_true(kd_pages_info(p)->split);
		same_memory(&m, p, from, to);
		assert_int_equal(kd_pages_read(p, MACHINE_PADDR + (part ? middle - 1 : middle) * m.page, &b, 1, NULL),
				 KD_PAGE_OTHER_PART);
	}
	machine_deinit(&m);
}

/* Cut anywhere: an error, or a dump that says that it is not whole; what it gives is right. */
static void cut(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	for (int kind = 0; kind < 3; kind++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump, stream = KD_BUF_INIT(0);
		struct kd_view all;
		unsigned char page[4096];
		size_t opened = 0;

		if (kind == 1)
			machine_elf(&m, &dump);
		else
			machine_kdump(&m, kind ? 0 : KD_DD_ZLIB, 0, 0, &dump);
		if (kind == 2)
			machine_flat(kd_buf_view(&dump), false, &stream);
		all = kd_buf_view(kind == 2 ? &stream : &dump);
		for (size_t n = all.n - 1; n > 4096; n -= n / 11 + 1) {
			kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
			struct kd_error *err = kd_pages_of_bytes(kd_bytes_of_view(kd_view_head(all, n), "cut"), &p);
			struct kd_pages_survey s;

			if (err) {
				kd_error_free(err);
				continue;
			}
			opened++;
			err = kd_pages_survey(p, &s);
			assert_true(err || s.cut || s.damaged || kd_pages_info(p)->incomplete);
			kd_error_free(err);
			for (size_t i = 0; kind != 2 && i < MACHINE_PAGES; i++)
				if (kd_pages_read(p, MACHINE_PADDR + i * m.page, page, m.page, NULL) == KD_PAGE_OK)
					assert_memory_equal(page, m.mem + i * m.page, m.page);
		}
		assert_true(opened > 3);
	}
	machine_deinit(&m);
}

static void refused(void **state)
{
	static const struct {
		const char *head;
		size_t n;
		enum kd_errclass cls;
		const char *words;
	} bad[] = {
		{"", 0, KD_BADDATA, "empty"},
		{"just some text\n", 15, KD_BADDATA, "text"},
		{"KDUMP   ", 8, KD_BADDATA, "inside of the headers"},
		{"makedumpfile\0\0", 14, KD_BADDATA, "flattened"},
		{"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\76\0", 20, KD_BADDATA, "ELF header"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_pages *p = NULL;
		struct kd_error *err = kd_pages_of_bytes(kd_bytes_of_view(kd_view(bad[i].head, bad[i].n), "x"), &p);

		assert_non_null(err);
		assert_int_equal(err->cls, bad[i].cls);
		if (!strstr(err->msg, bad[i].words))
			fail_msg("'%s' lacks '%s'", err->msg, bad[i].words);
		kd_error_free(err);
	}
}

/* A descriptor that points nowhere, or packed data that is none: that page alone is damaged. */
static void damaged_page(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump;
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_pages_survey s;
	unsigned char page[4096], *desc;
	struct machine m;
	uint64_t at = 0;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	machine_kdump(&m, KD_DD_ZSTD, 0, 0, &dump);
	desc = (unsigned char *)dump.p + 2 * 4096 + 4096 + 2 * 4096; /* headers, VMCOREINFO, bitmaps */
	put_le(desc + 9 * KD_DISKDUMP_DESC + 8, 70000, 4);
	for (size_t i = 0; i < 8; i++)
		at |= (uint64_t)desc[12 * KD_DISKDUMP_DESC + i] << 8 * i;
	dump.p[at] ^= 0x55;
	p = open_view(kd_buf_view(&dump));
	assert_int_equal(kd_pages_read(p, MACHINE_PADDR + 9 * m.page, page, 4096, NULL), KD_PAGE_DAMAGED);
	assert_int_equal(kd_pages_read(p, MACHINE_PADDR + 12 * m.page, page, 4096, NULL), KD_PAGE_DAMAGED);
	same_memory(&m, p, 0, 9);
	same_memory(&m, p, 13, MACHINE_PAGES);
	assert_null(kd_pages_survey(p, &s));
	assert_int_equal(s.damaged, 4096);
	machine_deinit(&m);
}

/* The kernel's pages and the blocks of the file need not have one size. */
static void other_page_size(void **state)
{
	static const uint32_t sizes[] = {4096, 16384, 65536};

	(void)state;
	for (size_t i = 0; i < 2 * KD_ARRAY_LEN(sizes); i++) {
		const bool large = i & 1;
		kd_auto(kd_buf_deinit) struct kd_buf dump;
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		struct machine m;
		char b;

		machine_init(&m, large ? &machine_arm64_64k : &machine_x86);
		fill(&m);
		m.left_out[MACHINE_PAGES - 1] = true;
		machine_kdump(&m, KD_DD_ZLIB, 0, 0, &dump);
		p = open_view(kd_buf_view(&dump));
		kd_pages_set_page_size(p, sizes[i / 2]);
		same_memory(&m, p, 0, MACHINE_PAGES - 1);
		assert_int_equal(kd_pages_read(p, MACHINE_PADDR + (MACHINE_PAGES - 1) * m.page, &b, 1, NULL), KD_PAGE_FILTERED);
		machine_deinit(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_container), cmocka_unit_test(what_is_not_there), cmocka_unit_test(one_part_of_two),
		cmocka_unit_test(cut),		  cmocka_unit_test(refused),	       cmocka_unit_test(damaged_page),
		cmocka_unit_test(other_page_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
