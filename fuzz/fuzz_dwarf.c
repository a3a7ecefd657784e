// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sections of debug info, cut from the input: a byte of flags, eleven little-endian u16 lengths, then the bytes
 * of each. Everything is read: units, entries, values, lists, line programs, and what they give keeps to what
 * the headers promise. With flag 2 the sections become an ELF file, its index is built and asked.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "format/dwarf.h"
#include "format/dwarf_line.h"
#include "fuzz.h"
#include "symbol/build.h"
#include "symbol/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The work on one input. */
enum { SECTIONS = 11, UNITS_MAX = 64, ENTRIES_MAX = 2000, LIST_MAX = 500, ROWS_MAX = 5000 };
enum { FLAG_BIG = 1, FLAG_BUILD = 2 };
enum { TEXT = 0x1000, TEXT_BYTES = 0x2000, HEADER = 64, SHDR = 64 };

static const char *const names[SECTIONS] = {".debug_info", ".debug_abbrev", ".debug_line", ".debug_str",
					    ".debug_line_str", ".debug_str_offsets", ".debug_addr", ".debug_ranges",
					    ".debug_rnglists", ".debug_loc", ".debug_loclists"};

static void inside(struct kd_view whole, struct kd_view v)
{
	check(!v.n || (v.p >= whole.p && v.p + v.n <= whole.p + whole.n));
}

/* --- reading ------------------------------------------------------------------------------ */

static void list(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u, const struct kd_dwarf_value *v,
		 bool location)
{
	struct kd_dwarf_list l;
	struct kd_view expr = KD_VNULL;
	uint64_t start, end;

	if (!(location ? kd_dwarf_locations(dw, u, v, &l) : kd_dwarf_ranges(dw, u, v, &l)))
		return;
	for (int i = 0; i < LIST_MAX && kd_dwarf_list_next(&l, &start, &end, &expr); i++) {
		check(end > start);
		if (location)
			inside(u->version < 5 ? dw->loc : dw->loclists, expr);
	}
}

static void lines(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u, uint64_t off)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_dwarf_lines p;
	struct kd_dwarf_row row;

	err = kd_dwarf_lines(dw, u, off, KD_V("/comp"), &arena, &p);
	if (err)
		return;
	for (size_t i = 0; i < p.nfiles; i++) {
		check(p.files[i].md5.n == 0 || p.files[i].md5.n == 16);
		check(!p.files[i].name.n || p.files[i].name.p[0]);
	}
	for (int i = 0; i < ROWS_MAX && kd_dwarf_lines_next(&p, &row); i++)
		check(p.c.pos <= p.c.data.n);
}

static void values(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e)
{
	uint64_t x;

	for (unsigned a = 0; a < KD_DWA_N; a++) {
		if (!kd_dwarf_has(e, a))
			continue;
		if (e->a[a].kind == KD_DWV_BLOCK || e->a[a].kind == KD_DWV_STRING)
			inside(dw->info, e->a[a].v);
		(void)kd_dwarf_text(dw, u, &e->a[a]);
		(void)kd_dwarf_uint(&e->a[a], &x);
		(void)kd_dwarf_address(dw, u, &e->a[a], &x);
	}
	if (kd_dwarf_has(e, KD_DWA_RANGES))
		list(dw, u, &e->a[KD_DWA_RANGES], false);
	if (kd_dwarf_has(e, KD_DWA_LOCATION))
		list(dw, u, &e->a[KD_DWA_LOCATION], true);
	if (kd_dwarf_has(e, KD_DWA_STMT_LIST) && kd_dwarf_uint(&e->a[KD_DWA_STMT_LIST], &x))
		lines(dw, u, x);
}

static void read_all(const struct kd_dwarf *dw)
{
	struct kd_dwarf_abbrevs t = {.n = 0};
	struct kd_dwarf_entry *e = kd_xcalloc(1, sizeof(*e));
	uint64_t off = 0;
	int entries = 0;

	for (int i = 0; i < UNITS_MAX && off < dw->info.n; i++) {
		struct kd_dwarf_unit u;
		kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_unit(dw, off, &u);
		struct kd_cursor c;
		bool first = true;

		check(u.end <= dw->info.n);
		if (u.end <= off)
			break;
		off = u.end;
		if (!err)
			err = kd_dwarf_abbrevs_read(dw, &u, &t);
		if (err)
			continue;
		c = kd_dwarf_entries(dw, &u);
		while (entries++ < ENTRIES_MAX && kd_dwarf_next(dw, &u, &t, &c, e)) {
			check(e->off >= u.entries && e->off < u.end && c.pos > e->off && c.pos <= u.end);
			if (first)
				kd_dwarf_unit_bases(dw, e, &u);
			first = false;
			values(dw, &u, e);
		}
	}
	kd_dwarf_abbrevs_deinit(&t);
	kd_free(e);
}

/* --- building ----------------------------------------------------------------------------- */

static void put(struct kd_buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		kd_buf_addc(b, (char)(v >> 8 * i));
}

static void section(struct kd_buf *b, uint64_t name, uint64_t type, uint64_t flags, uint64_t addr, uint64_t off,
		    uint64_t size)
{
	put(b, name, 4);
	put(b, type, 4);
	put(b, flags, 8);
	put(b, addr, 8);
	put(b, off, 8);
	put(b, size, 8);
	put(b, 0, 8);
	put(b, 1, 8);
	put(b, 0, 8);
}

/* Header, .text without bytes, the sections, their names, the table of sections. */
static void elf_of(const struct kd_view *sec, struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(4096), table = KD_BUF_INIT(8192);
	uint64_t at = HEADER;

	kd_buf_addc(&text, '\0');
	section(&table, 0, 0, 0, 0, 0, 0);
	section(&table, text.n, 8, 6, TEXT, HEADER, TEXT_BYTES);
	kd_buf_add(&text, kd_view(".text", 6));
	for (int i = 0; i < SECTIONS; i++) {
		section(&table, text.n, 1, 0, 0, at, sec[i].n);
		kd_buf_add(&text, kd_view(names[i], strlen(names[i]) + 1));
		at += sec[i].n;
	}
	section(&table, text.n, 3, 0, 0, at, text.n + 10);
	kd_buf_add(&text, kd_view(".shstrtab", 10));
	kd_buf_add(b, kd_view("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0\1\0\0\0", 24));
	put(b, TEXT, 8);
	put(b, 0, 8);
	put(b, at + text.n, 8);
	put(b, 0, 4);
	put(b, HEADER, 2);
	put(b, 0, 4);
	put(b, SHDR, 2);
	put(b, SECTIONS + 3, 2);
	put(b, SECTIONS + 2, 2);
	for (int i = 0; i < SECTIONS; i++)
		kd_buf_add(b, sec[i]);
	kd_buf_add(b, kd_buf_view(&text));
	kd_buf_add(b, kd_buf_view(&table));
}

static void ask(struct kd_kdx *k)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	struct kd_kdx_ident id = kd_kdx_ident(k);

	check(id.text_base == TEXT && id.text_end == TEXT + TEXT_BYTES && !kd_kdx_damage(k));
	for (uint64_t a = TEXT - 1; a <= TEXT + TEXT_BYTES; a += 37) {
		struct kd_chain chain;

		kd_arena_reset(&arena);
		if (!kd_chain_at(k, a, &arena, &chain))
			continue;
		check(chain.n && a >= TEXT && a < TEXT + TEXT_BYTES && !chain.v[chain.n - 1].inlined);
		for (size_t i = 0; i < chain.n; i++)
			(void)kd_src_path(&arena, &chain.v[i].at);
	}
}

static void build(const struct kd_view *sec)
{
	kd_auto(kd_buf_deinit) struct kd_buf elf = KD_BUF_INIT(1 << 20);
	const struct kd_kdx_options o = {.workers = 1};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_ctx ctx;
	char in[64], out[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	elf_of(sec, &elf);
	snprintf(in, sizeof(in), "/proc/self/fd/%d", fd);
	snprintf(out, sizeof(out), "/dev/shm/kdoc-fuzz-%ld.kdx", (long)getpid());
	kd_ctx_init(&ctx);
	if (fd >= 0 && write(fd, elf.p, elf.n) == (ssize_t)elf.n) {
		err = kd_kdx_build(&ctx, in, out, &o, NULL);
		check(!err || err->cls != KD_INTERNAL);
		if (!err)
			err = kd_kdx_open(out, &k);
		if (k)
			ask(k);
		unlink(out);
	}
	kd_ctx_deinit(&ctx);
	if (fd >= 0)
		close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kd_view rest = kd_view((const char *)data, n), sec[SECTIONS];
	struct kd_dwarf dw = {.big_endian = false};
	struct kd_view *const to[SECTIONS] = {&dw.info, &dw.abbrev, &dw.line, &dw.str, &dw.line_str, &dw.str_offsets,
					      &dw.addr, &dw.ranges, &dw.rnglists, &dw.loc, &dw.loclists};

	if (n < 1 + 2 * SECTIONS)
		return 0;
	rest = kd_view_from(rest, 1 + 2 * SECTIONS);
	for (int i = 0; i < SECTIONS; i++) {
		sec[i] = kd_view_head(rest, data[1 + 2 * i] | (size_t)data[2 + 2 * i] << 8);
		rest = kd_view_from(rest, sec[i].n);
		*to[i] = sec[i];
	}
	dw.big_endian = data[0] & FLAG_BIG;
	read_all(&dw);
	if (data[0] & FLAG_BUILD && !dw.big_endian)
		build(sec);
	return 0;
}
