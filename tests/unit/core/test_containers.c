// SPDX-License-Identifier: GPL-2.0-or-later
/* Containers of odd layout, several files, VMCOREINFO from elsewhere, what is refused and with which words. */
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
#include "core/space.h"
#include "format/diskdump.h"
#include "format/elfcore.h"
#include "machine.h"

enum { FIRST = MACHINE_PADDR / 4096, ELF_MAX = 64 << 20 };

/* libkdumpfile 0.5.1 loses the table of a diskdump's pages when it closes it. */
const char *__lsan_default_suppressions(void) __attribute__((visibility("default")));
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so\n";
}

static struct kd_pages *open_view(struct kd_view dump)
{
	struct kd_pages *p = NULL;
	struct kd_error *err = kd_pages_of_bytes(kd_bytes_of_view(dump, "dump"), &p);

	if (err)
		fail_msg("%s", err->msg);
	return p;
}

/* Whose words have to be in the message. */
static void refused_with(struct kd_error *err, const char *words)
{
	if (!err)
		fail_msg("it was not refused ('%s')", words);
	if (!strstr(err->msg, words))
		fail_msg("'%s' lacks '%s'", err->msg, words);
	kd_error_free(err);
}

static void number(struct machine *m, unsigned char *page)
{
	for (size_t i = 0; i < m->page; i += 8)
		put_le(page + i, (uint64_t)(page - m->mem) + i, 8);
}

static void fill(struct machine *m)
{
	for (size_t i = m->used; i < MACHINE_PAGES; i++)
		number(m, m->mem + i * m->page);
}

/* --- ELF cores ------------------------------------------------------------------------------------- */

/* An ELF core put together piece by piece: headers where one likes. */
struct core {
	struct kd_buf b;
	size_t phoff, phnum, nph; /* headers that there is room for, that were written */
};

static unsigned char *at(struct core *c, size_t off, size_t n)
{
	while (c->b.n < off + n)
		kd_buf_addc(&c->b, 0);
	return (unsigned char *)c->b.p + off;
}

static void segment(struct core *c, uint32_t type, uint64_t off, uint64_t vaddr, uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
	unsigned char *p = at(c, c->phoff + c->nph++ * 56, 56);

	put_le(p, type, 4);
	put_le(p + 8, off, 8);
	put_le(p + 16, vaddr, 8);
	put_le(p + 24, paddr, 8);
	put_le(p + 32, filesz, 8);
	put_le(p + 40, memsz, 8);
}

/* shoff 0: no section headers. More than 0xfffe segments are counted in the first of these. */
static void begin(struct core *c, size_t phoff, size_t phnum, size_t shoff)
{
	unsigned char *p;

	*c = (struct core){.b = KD_BUF_INIT(ELF_MAX), .phoff = phoff, .phnum = phnum};
	p = at(c, 0, 64);
	memcpy(p, "\177ELF\2\1\1", 7);
	put_le(p + 16, 4, 2);
	put_le(p + 18, KD_EM_X86_64, 2);
	put_le(p + 32, phoff, 8);
	put_le(p + 40, shoff, 8);
	put_le(p + 54, 56, 2);
	put_le(p + 56, phnum < 0xffff ? phnum : 0xffff, 2);
	put_le(p + 60, shoff != 0, 2);
	if (shoff)
		put_le(at(c, shoff, 64) + 44, phnum, 4);
	at(c, phoff, phnum * 56);
}

static size_t put(struct core *c, const void *p, size_t n)
{
	const size_t off = c->b.n;

	kd_buf_add(&c->b, kd_view(p, n));
	return off;
}

static size_t note(struct core *c, const char *name, uint32_t type, struct kd_view desc)
{
	unsigned char head[12];
	const size_t off = c->b.n;

	put_le(head, strlen(name) + 1, 4);
	put_le(head + 4, desc.n, 4);
	put_le(head + 8, type, 4);
	put(c, head, sizeof(head));
	put(c, name, strlen(name) + 1);
	while ((c->b.n - off) % 4)
		kd_buf_addc(&c->b, 0);
	if (desc.n)
		put(c, desc.p, desc.n);
	while ((c->b.n - off) % 4)
		kd_buf_addc(&c->b, 0);
	return off;
}

static void same_memory(const struct machine *m, struct kd_pages *p)
{
	unsigned char got[8192];

	for (size_t i = 0; i + 1 < MACHINE_PAGES; i++) {
		assert_int_equal(kd_pages_read(p, MACHINE_PADDR + i * m->page + 8, got, m->page, NULL), KD_PAGE_OK);
		assert_memory_equal(got, m->mem + i * m->page + 8, m->page);
	}
}

/* Program headers in front, behind section headers, at the end; notes behind the memory. */
static void headers_anywhere(void **state)
{
	struct machine m;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	for (int i = 0; i < 4; i++) {
		const size_t mem = MACHINE_PAGES * m.page, end = 8192 + mem + 64, phoff = i == 0 ? 64 : i == 1 ? 192 : end;
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		struct core c;
		size_t notes;

		begin(&c, phoff, 2, i == 1 ? 64 : i == 3 ? end + 4096 : 0);
		memcpy(at(&c, 8192, mem), m.mem, mem);
		at(&c, end + 4096 + 64, 0);
		notes = note(&c, "VMCOREINFO", 0, kd_buf_view(&m.info));
		segment(&c, KD_ELF_NOTE, notes, 0, 0, c.b.n - notes, 0);
		segment(&c, KD_ELF_LOAD, 8192, 0, MACHINE_PADDR, mem, mem);
		p = open_view(kd_buf_view(&c.b));
		same_memory(&m, p);
		assert_true(kd_view_starts(kd_pages_info(p)->vmcoreinfo, KD_V("OSRELEASE=")));
		assert_null(kd_pages_info(p)->incomplete);
		kd_buf_deinit(&c.b);
	}
	machine_deinit(&m);
}

/* More than 65,535 segments: their number is in the first section header, which is behind them. */
static void many_segments(void **state)
{
	enum { N = 70000 };
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct core c;
	uint64_t v;

	(void)state;
	begin(&c, 64, N, 64 + 56 * N);
	at(&c, 64 + 56 * N + 64, 8 * 4096);
	for (size_t i = 0; i < 8; i++)
		put_le(at(&c, 64 + 56 * N + 64 + i * 4096, 8), 1000 + i, 8);
	for (size_t i = 0; i < N; i++)
		segment(&c, KD_ELF_LOAD, 64 + 56 * N + 64 + i % 8 * 4096, 0, (uint64_t)i << 13, 4096, 4096);
	p = open_view(kd_buf_view(&c.b));
	for (size_t i = 0; i < N; i += 777) {
		assert_int_equal(kd_pages_read(p, (uint64_t)i << 13, &v, 8, NULL), KD_PAGE_OK);
		assert_int_equal(v, 1000 + i % 8);
		assert_int_equal(kd_pages_read(p, ((uint64_t)i << 13) + 4096, &v, 8, NULL), KD_PAGE_ABSENT);
	}
	kd_buf_deinit(&c.b);
}

/* As QEMU's paging=true: a segment for each virtual range, all of the same memory. */
static void overlapping_segments(void **state)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_pages_survey s;
	struct machine m;
	struct core c;
	size_t mem;

	(void)state;
	machine_init(&m, &machine_x86);
	fill(&m);
	mem = MACHINE_PAGES * m.page;
	begin(&c, 64, 301, 0);
	memcpy(at(&c, 32768, mem), m.mem, mem);
	segment(&c, KD_ELF_LOAD, 32768, 0xffff888001000000, MACHINE_PADDR, mem, mem);
	for (size_t i = 0; i < 300; i++)
		segment(&c, KD_ELF_LOAD, 32768 + i % 90 * m.page, 0xffffc90000000000 + i * m.page,
			MACHINE_PADDR + i % 90 * m.page, m.page, m.page);
	p = open_view(kd_buf_view(&c.b));
	same_memory(&m, p);
	assert_null(kd_pages_survey(p, &s));
	assert_int_equal(s.ram, mem);
	assert_int_equal(s.kept, mem);
	kd_buf_deinit(&c.b);
	machine_deinit(&m);
}

/* /proc/kcore: what is not ordinary memory has no physical address; text and direct map are the same memory. */
static void like_kcore(void **state)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	struct kd_error *err;
	struct machine m;
	struct core c;
	size_t notes, mem;

	(void)state;
	machine_init(&m, &machine_x86);
	mem = MACHINE_PAGES * m.page;
	begin(&c, 64, 4, 0);
	at(&c, 8192 - 1, 1);
	memcpy(at(&c, 8192, mem), m.mem, mem);
	notes = note(&c, "CORE", 1, kd_view("\0\0\0\0", 4));
	note(&c, "CORE", 3, KD_V("vmlinux"));
	note(&c, "VMCOREINFO", 0, kd_buf_view(&m.info));
	segment(&c, KD_ELF_NOTE, notes, 0, 0, c.b.n - notes, 0);
	segment(&c, KD_ELF_LOAD, (uint64_t)1 << 46, 0xffffc90000000000, UINT64_MAX, (uint64_t)1 << 45, (uint64_t)1 << 45);
	segment(&c, KD_ELF_LOAD, 8192, machine_x86.image, m.root, m.page, m.page);
	segment(&c, KD_ELF_LOAD, 8192, 0xffff888001000000, MACHINE_PADDR, mem, mem);
	p = open_view(kd_buf_view(&c.b));
	same_memory(&m, p);
	assert_false(kd_pages_info(p)->live); /* it is a file like others */
	err = kd_space_new(p, &s);
	assert_null(err);
	kd_buf_deinit(&c.b);
	machine_deinit(&m);
}

/* Kernels before 4.10 do not say phys_base: the segment of their image does. */
static void phys_base_of_image(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		const uint64_t vaddr[] = {machine_x86.image, 0xffffffffa0000000, 0xffff888001000000};
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		struct machine m;
		struct core c;
		size_t notes, mem, at_line;

		machine_init(&m, &machine_x86);
		mem = MACHINE_PAGES * m.page;
		at_line = kd_view_find(kd_buf_view(&m.info), KD_V("NUMBER(phys_base)"));
		assert_true(at_line != KD_NPOS);
		m.info.p[at_line] = 'X';
		begin(&c, 64, 2, 0);
		memcpy(at(&c, 8192, mem), m.mem, mem);
		notes = note(&c, "VMCOREINFO", 0, kd_buf_view(&m.info));
		segment(&c, KD_ELF_NOTE, notes, 0, 0, c.b.n - notes, 0);
		segment(&c, KD_ELF_LOAD, 8192, vaddr[i], MACHINE_PADDR, mem, mem);
		p = open_view(kd_buf_view(&c.b));
		if (i)
			refused_with(kd_space_new(p, &s), "phys_base");
		else
			assert_null(kd_space_new(p, &s));
		kd_buf_deinit(&c.b);
		machine_deinit(&m);
	}
}

static void gaps(void **state)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct core c;
	char buf[8];

	(void)state;
	begin(&c, 64, 2, 0);
	at(&c, 4096, 2 * 4096);
	segment(&c, KD_ELF_LOAD, 4096, 0, 0x100000, 4096, 3 * 4096);
	segment(&c, KD_ELF_LOAD, 8192, 0, 0x102000, 4096, 4096); /* and again: the file has it there */
	p = open_view(kd_buf_view(&c.b));
	assert_int_equal(kd_pages_read(p, 0x100ff8, buf, 8, NULL), KD_PAGE_OK);
	assert_int_equal(kd_pages_read(p, 0x101000, buf, 8, NULL), KD_PAGE_GAP);
	assert_non_null(strstr(kd_page_state_words(KD_PAGE_GAP), "zeros"));
	assert_int_equal(kd_pages_read(p, 0x102008, buf, 8, NULL), KD_PAGE_OK);
	assert_int_equal(kd_pages_read(p, 0x103000, buf, 8, NULL), KD_PAGE_ABSENT);
	assert_int_equal(kd_pages_next(p, 0), 0x100000);
	assert_int_equal(kd_pages_next(p, 0x101000), 0x102000);
	assert_int_equal(kd_pages_next(p, 0x103000), UINT64_MAX);
	kd_buf_deinit(&c.b);
}

/* The same memory three times: of one segment the file has lost the end, another has only its place. */
static void one_of_them_has_it(void **state)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_pages_survey s;
	struct core c;
	uint64_t v;

	(void)state;
	begin(&c, 64, 4, 0);
	at(&c, 4096, 4 * 4096);
	put_le(at(&c, 2 * 4096, 8), 22, 8);
	segment(&c, KD_ELF_LOAD, 4 * 4096, 0, 0x100000, 4 * 4096, 4 * 4096); /* of which one page is there */
	segment(&c, KD_ELF_LOAD, 0, 0, 0x101000, 0, 8 * 4096);
	segment(&c, KD_ELF_LOAD, 2 * 4096, 0, 0x102000, 4096, 4096);
	segment(&c, KD_ELF_LOAD, 3 * 4096, 0, 0x102800, 2048, 2048); /* begins in the middle of the one before */
	p = open_view(kd_buf_view(&c.b));
	assert_int_equal(kd_pages_read(p, 0x102000, &v, 8, NULL), KD_PAGE_OK);
	assert_int_equal(v, 22);
	assert_int_equal(kd_pages_read(p, 0x100ff8, &v, 8, NULL), KD_PAGE_OK);
	assert_int_equal(kd_pages_read(p, 0x101000, &v, 8, NULL), KD_PAGE_CUT);
	assert_int_equal(kd_pages_read(p, 0x103000, &v, 8, NULL), KD_PAGE_CUT);
	assert_int_equal(kd_pages_read(p, 0x104000, &v, 8, NULL), KD_PAGE_GAP);
	assert_int_equal(kd_pages_read(p, 0x109000, &v, 8, NULL), KD_PAGE_ABSENT);
	assert_null(kd_pages_survey(p, &s));
	assert_int_equal(s.ram, 9 * 4096);
	assert_int_equal(s.kept, 4 * 4096);
	assert_int_equal(s.cut, 2 * 4096);
	assert_int_equal(s.need, 8 * 4096);
	kd_buf_deinit(&c.b);
}

static void foreign_cores(void **state)
{
	static const struct {
		const char *name;
		uint32_t type;
		const char *words;
	} notes[] = {{"Xen", 0x1000001, "Xen"}, {"CORE", 6, "core of a program"}, {"CORE", 0x46494c45, "core of a program"}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(notes); i++) {
		struct kd_pages *p = NULL;
		struct core c;
		size_t off;

		begin(&c, 64, 2, 0);
		at(&c, 4096, 4096);
		off = note(&c, notes[i].name, notes[i].type, KD_V("something"));
		segment(&c, KD_ELF_NOTE, off, 0, 0, c.b.n - off, 0);
		segment(&c, KD_ELF_LOAD, 4096, 0, 0x100000, 4096, 4096);
		refused_with(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(&c.b), "x"), &p), notes[i].words);
		kd_buf_deinit(&c.b);
	}
}

/* xl dump-core: sections alone. */
static void xen_domain(void **state)
{
	struct kd_pages *p = NULL;
	unsigned char *h;
	struct core c;

	(void)state;
	begin(&c, 64, 0, 128);
	put_le(at(&c, 0, 64) + 60, 2, 2);
	h = at(&c, 128, 128);
	put_le(h, 1, 4); /* section 0 has the names: \0.xen_pages\0 */
	put_le(h + 24, 512, 8);
	put_le(h + 64, 1, 4);
	memcpy(at(&c, 512, 16), "\0.xen_pages", 12);
	refused_with(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(&c.b), "x"), &p), "domain of Xen");
	kd_buf_deinit(&c.b);
}

/* --- files --------------------------------------------------------------------------------------------- */

struct folder {
	char path[64], name[4][96];
};

static void make_folder(struct folder *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/kdoc-containers-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	for (int i = 0; i < 4; i++)
		snprintf(f->name[i], sizeof(f->name[i]), "%s/%d", f->path, i);
}

static void drop_folder(const struct folder *f)
{
	for (int i = 0; i < 4; i++)
		(void)unlink(f->name[i]);
	assert_int_equal(rmdir(f->path), 0);
}

static void write_file(const struct folder *f, int i, struct kd_view bytes)
{
	assert_null(kd_fs_write_atomic(f->name[i], bytes, 0600));
}

static void parts(void **state)
{
	static const size_t edge[] = {0, 30, 61, MACHINE_PAGES};
	struct folder f;
	struct machine m;

	(void)state;
	make_folder(&f);
	machine_init(&m, &machine_x86);
	fill(&m);
	for (int i = 0; i < 3; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump;

		machine_kdump(&m, KD_DD_ZLIB, i ? FIRST + edge[i] : 0, FIRST + edge[i + 1], &dump);
		write_file(&f, i, kd_buf_view(&dump));
	}
	write_file(&f, 3, KD_V("no dump"));
	for (int missing = 0; missing < 3; missing++) {
		const char *others[] = {f.name[1], f.name[2]};
		const struct kd_pages_options o = {.part = others, .nparts = missing ? 1 : 2};
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		struct kd_pages_survey s;
		unsigned char b;

		others[0] = missing == 1 ? f.name[2] : f.name[1];
		assert_null(kd_pages_open_with(f.name[0], &o, &p));
		assert_int_equal(kd_pages_info(p)->parts, o.nparts + 1);
		assert_int_equal(kd_pages_info(p)->incomplete != NULL, missing != 0);
		assert_int_equal(kd_pages_read(p, MACHINE_PADDR + 35 * m.page, &b, 1, NULL),
				 missing == 1 ? KD_PAGE_OTHER_PART : KD_PAGE_OK);
		if (missing)
			continue;
		same_memory(&m, p);
		assert_null(kd_pages_survey(p, &s));
		assert_int_equal(s.kept, MACHINE_PAGES * m.page);
		assert_int_equal(kd_pages_next(p, MACHINE_PADDR + 40 * m.page), MACHINE_PADDR + 40 * m.page);
	}
	{
		const char *wrong[] = {f.name[3]};
		const struct kd_pages_options o = {.part = wrong, .nparts = 1};
		struct kd_pages *p = NULL;

		refused_with(kd_pages_open_with(f.name[0], &o, &p), "no dump");
	}
	machine_deinit(&m);
	drop_folder(&f);
}

static void part_of_another(void **state)
{
	struct kd_buf dump;
	struct folder f;
	struct machine m;
	const char *other[1];
	const struct kd_pages_options o = {.part = other, .nparts = 1};
	struct kd_pages *p = NULL;

	(void)state;
	make_folder(&f);
	other[0] = f.name[1];
	machine_init(&m, &machine_x86);
	machine_kdump(&m, 0, 0, FIRST + 40, &dump);
	write_file(&f, 0, kd_buf_view(&dump));
	kd_buf_deinit(&dump);
	machine_say(&m, "CRASHTIME=5\n");
	machine_kdump(&m, 0, FIRST + 40, FIRST + MACHINE_PAGES, &dump);
	write_file(&f, 1, kd_buf_view(&dump));
	kd_buf_deinit(&dump);
	machine_kdump(&m, 0, 0, 0, &dump);
	write_file(&f, 2, kd_buf_view(&dump));
	kd_buf_deinit(&dump);
	refused_with(kd_pages_open_with(f.name[0], &o, &p), "is no part of");
	refused_with(kd_pages_open_with(f.name[2], &o, &p), "not one part");
	machine_deinit(&m);
	drop_folder(&f);
}

static void vmcoreinfo_of_a_file(void **state)
{
	struct kd_buf dump;
	struct folder f;
	struct machine m;

	(void)state;
	make_folder(&f);
	machine_init(&m, &machine_x86);
	write_file(&f, 1, kd_buf_view(&m.info));
	write_file(&f, 2, KD_V("something=else\n"));
	kd_buf_clear(&m.info);
	machine_elf(&m, &dump);
	write_file(&f, 0, kd_buf_view(&dump));
	for (int i = 1; i < 4; i++) {
		const struct kd_pages_options o = {.vmcoreinfo = f.name[i], .no_search = true};
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		struct kd_error *err = kd_pages_open_with(f.name[0], &o, &p);

		if (i > 1) {
			refused_with(err, i == 2 ? "no line that begins with OSRELEASE=" : "No such file");
			continue;
		}
		assert_null(err);
		assert_null(kd_space_new(p, &s));
		assert_non_null(strstr(kd_pages_info(p)->vmcoreinfo_from, "file"));
	}
	kd_buf_deinit(&dump);
	machine_deinit(&m);
	drop_folder(&f);
}

/* A diskdump is a compressed kdump of another name. */
static void by_library(void **state)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_buf dump;
	struct folder f;
	struct machine m;
	struct kd_error *err;

	(void)state;
	make_folder(&f);
	machine_init(&m, &machine_x86);
	fill(&m);
	machine_kdump(&m, 0, 0, 0, &dump);
	memcpy(dump.p, "DISKDUMP", 8);
	write_file(&f, 0, kd_buf_view(&dump));
	err = kd_pages_open(f.name[0], &p);
	if (err) {
		print_message("libkdumpfile: %s\n", err->msg);
		refused_with(err, "libkdumpfile");
	} else {
		char b;

		assert_string_equal(kd_pages_info(p)->library, "libkdumpfile");
		same_memory(&m, p);
		assert_int_not_equal(kd_pages_read(p, MACHINE_PADDR - 1, &b, 1, NULL), KD_PAGE_OK);
		assert_int_equal(kd_pages_next(p, 0), MACHINE_PADDR);
		assert_int_equal(kd_pages_next(p, MACHINE_PADDR + MACHINE_PAGES * m.page), UINT64_MAX);
	}
	kd_buf_deinit(&dump);
	machine_deinit(&m);
	drop_folder(&f);
}

static void named_and_refused(void **state)
{
	static const struct {
		struct kd_view head;
		const char *words;
	} files[] = {
		{{"\xed\x23\x8f\x61\x73\x01\x19\xa8 and more of it", 24}, "LKCD"},
		{{"\xa8\x19\x01\x73\x61\x8f\x23\xfd and more of it", 24}, "zgetdump"},
		{KD_V("DISKDUMP without a header"), "libkdumpfile"},
		{{"sadump\0\0 and more of it", 23}, "makedumpfile"},
		{KD_V("LibvirtQemudSave and more"), "--memory-only"},
		{KD_V("LibvirtQemudPart and more"), "not finished"},
		{KD_V("QEVM and more of it"), "dump-guest-memory"},
		{KD_V("PAGEDU64 and more of it"), "Windows"},
		{{"\xd2\xbe\xd2\xbe and more of it", 19}, "vmss2core"},
		{KD_V("EMiL and more of it"), "LiME"},
		{KD_V("Xen saved domain, xl format"), "dump-core"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(files); i++) {
		struct kd_pages *p = NULL;

		refused_with(kd_pages_of_bytes(kd_bytes_of_view(files[i].head, "x"), &p), files[i].words);
	}
}

/* --- compressed kdump ---------------------------------------------------------------------------------- */

/* What stands in front of the bitmaps is something, too. */
static void cut_in_bitmaps(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump;
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_pages_survey s;
	struct machine m;
	char b;

	(void)state;
	machine_init(&m, &machine_x86);
	machine_kdump(&m, KD_DD_ZLIB, 0, 0, &dump);
	p = open_view(kd_view(dump.p, 3 * 4096 + 100));
	assert_non_null(strstr(kd_pages_info(p)->incomplete, "bitmaps"));
	assert_true(kd_view_starts(kd_pages_info(p)->vmcoreinfo, KD_V("OSRELEASE=")));
	assert_int_equal(kd_pages_read(p, MACHINE_PADDR, &b, 1, NULL), KD_PAGE_CUT);
	assert_int_equal(kd_pages_next(p, 0), UINT64_MAX);
	assert_null(kd_pages_survey(p, &s));
	assert_true(s.need > 3 * 4096 + 100);
	machine_deinit(&m);
}

/* makedumpfile marks a dump for which there was no room. */
static void marked_incomplete(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump;
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct machine m;

	(void)state;
	machine_init(&m, &machine_x86);
	machine_kdump(&m, KD_DD_ZLIB, 0, 0, &dump);
	put_le((unsigned char *)dump.p + KD_DDH_STATUS, KD_DD_ZLIB | KD_DD_INCOMPLETE, 4);
	p = open_view(kd_buf_view(&dump));
	assert_non_null(strstr(kd_pages_info(p)->incomplete, "marked it as incomplete"));
	same_memory(&m, p);
	machine_deinit(&m);
}

static void next_page(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump;
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct machine m;
	uint64_t got = 0;

	(void)state;
	machine_init(&m, &machine_x86);
	for (size_t i = 0; i < MACHINE_PAGES; i++)
		m.left_out[i] = i % 7 < 4 || (i > 20 && i < 50);
	machine_kdump(&m, KD_DD_ZLIB, 0, 0, &dump);
	p = open_view(kd_buf_view(&dump));
	for (size_t i = 0; i < MACHINE_PAGES; i++) {
		if (m.left_out[i])
			continue;
		got = kd_pages_next(p, got);
		assert_int_equal(got, MACHINE_PADDR + i * m.page);
		assert_int_equal(kd_pages_next(p, got + 17), got + 17); /* inside of one */
		got += m.page;
	}
	assert_int_equal(kd_pages_next(p, got), UINT64_MAX);
	machine_deinit(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_anywhere), cmocka_unit_test(many_segments),	 cmocka_unit_test(overlapping_segments),
		cmocka_unit_test(like_kcore),	    cmocka_unit_test(phys_base_of_image), cmocka_unit_test(gaps), cmocka_unit_test(one_of_them_has_it),		 cmocka_unit_test(foreign_cores),
		cmocka_unit_test(xen_domain),	    cmocka_unit_test(parts),		 cmocka_unit_test(part_of_another),
		cmocka_unit_test(vmcoreinfo_of_a_file), cmocka_unit_test(by_library),	 cmocka_unit_test(named_and_refused),
		cmocka_unit_test(cut_in_bitmaps),   cmocka_unit_test(next_page),
		cmocka_unit_test(marked_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
