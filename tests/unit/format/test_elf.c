// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections, symbols and relocations of ELF files made here; tests/run/elf asks readelf about real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "elfimage.h"
#include "format/elf.h"
#include "format/elfcore.h"

#define ROOM ((size_t)64 << 20)

struct opened {
	struct kd_bytes *bytes;
	char *copy; /* as long as the file: the sanitizer sees a read past its end */
	struct kd_arena arena;
	struct kd_elf elf;
};

static struct kd_error *open_prefix(const struct elfimage *m, size_t n, struct opened *o)
{
	*o = (struct opened){.arena = KD_ARENA_INIT(ROOM), .copy = kd_xmalloc(n ? n : 1)};
	memcpy(o->copy, m->p, n);
	o->bytes = kd_bytes_of_view(kd_view(o->copy, n), "test");
	return kd_elf_open(o->bytes, &o->arena, &o->elf);
}

static void open_image(const struct elfimage *m, struct opened *o)
{
	assert_null(open_prefix(m, m->n, o));
}

static void done(struct opened *o)
{
	kd_bytes_close(o->bytes);
	kd_arena_deinit(&o->arena);
	kd_free(o->copy);
}

static void assert_error(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	if (err->cls != cls)
		fail_msg("%s", err->msg);
	kd_error_free(err);
}

static void assert_section(struct opened *o, const char *name, const void *p, size_t n)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	const struct kd_elf_section *s = kd_elf_find(&o->elf, kd_view_of(name));

	assert_non_null(s);
	assert_null(kd_elf_load(&o->elf, s, ROOM, &d));
	assert_int_equal(d.v.n, n);
	assert_memory_equal(d.v.p, p, n);
}

static void load_fails(struct opened *o, const char *name, size_t max, enum kd_errclass cls)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	const struct kd_elf_section *s = kd_elf_find(&o->elf, kd_view_of(name));

	assert_non_null(s);
	assert_error(kd_elf_load(&o->elf, s, max, &d), cls);
}

/* .text, .note with a build-id, .bss, symbols main (in .text) and gone (whose name lies outside) */
static void usual(struct elfimage *m, bool is64, bool big, uint16_t type)
{
	size_t table;

	image_begin(m, is64, big, type, KD_EM_X86_64);
	image_section(m, ".text", 1, KD_SHF_ALLOC | KD_SHF_EXEC, "\x90\x90\xc3", 3);
	m->sec[1].addr = type == KD_ET_REL ? 0 : 0x1000;
	m->sec[1].align = 64;
	image_open(m, ".note.gnu.build-id", KD_SHT_NOTE, KD_SHF_ALLOC);
	image_put(m, 4, 4);
	image_put(m, 6, 4);
	image_put(m, 3, 4);
	image_bytes(m, "GNU\0abcdef\0\0", 12);
	image_close(m);
	image_section(m, ".bss", KD_SHT_NOBITS, KD_SHF_ALLOC, "", 0);
	m->sec[3].size = 0x5000;
	image_section(m, ".strtab", 3, 0, "\0main\0", 6);
	table = image_open(m, ".symtab", KD_SHT_SYMTAB, 0);
	image_symbol(m, 0, 0, 0, 0, 0);
	image_symbol(m, 1, 0x12, 1, type == KD_ET_REL ? 1 : 0x1001, 2);
	image_symbol(m, 1000, 0x01, 0xfff1, 77, 0);
	image_close(m);
	m->sec[table].link = (uint32_t)table - 1;
	image_end(m);
}

static void classes_and_orders(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		const uint16_t type = i & 4 ? KD_ET_REL : KD_ET_EXEC;
		kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
		struct kd_elf_sym sym;
		struct elfimage m;
		struct opened o;

		usual(&m, i & 1, i & 2, type);
		open_image(&m, &o);
		assert_int_equal(o.elf.is64, i & 1);
		assert_int_equal(o.elf.big_endian, (i & 2) != 0);
		assert_int_equal(o.elf.type, type);
		assert_int_equal(o.elf.machine, KD_EM_X86_64);
		assert_int_equal(o.elf.nsec, 7);
		assert_section(&o, ".text", "\x90\x90\xc3", 3);
		assert_section(&o, ".bss", "", 0);
		assert_int_equal(kd_elf_find(&o.elf, KD_V(".bss"))->size, 0x5000);
		assert_null(kd_elf_find(&o.elf, KD_V(".data")));
		assert_true(kd_view_eq(kd_elf_build_id(&o.elf, &o.arena), KD_V("abcdef")));
		assert_null(kd_elf_symbols(&o.elf, ROOM, &syms));
		assert_int_equal(syms.n, 3);
		sym = kd_elf_sym(&syms, 1);
		assert_true(kd_view_eq(sym.name, KD_V("main")));
		assert_int_equal(sym.addr, type == KD_ET_REL ? KD_ELF_REL_BASE + 1 : 0x1001);
		assert_int_equal(kd_elf_sym_addr(&syms, 1), sym.addr);
		assert_int_equal(sym.size, 2);
		assert_int_equal(sym.type, KD_STT_FUNC);
		assert_int_equal(sym.bind, KD_STB_GLOBAL);
		assert_int_equal(sym.section, 1);
		sym = kd_elf_sym(&syms, 2);
		assert_null(sym.name.p);
		assert_int_equal(sym.section, KD_SHN_ABS);
		assert_int_equal(sym.addr, 77);
		assert_int_equal(kd_elf_sym(&syms, 0).section, KD_SHN_UNDEF);
		done(&o);
		image_free(&m);
	}
}

static void cut_anywhere(void **state)
{
	struct elfimage m;

	(void)state;
	for (int i = 0; i < 4; i++) {
		usual(&m, i & 1, i & 2, KD_ET_EXEC);
		for (size_t n = 0; n < m.n; n++) { /* the section headers are last: none may be missing */
			struct opened o;

			assert_error(open_prefix(&m, n, &o), KD_BADDATA);
			done(&o);
		}
		image_free(&m);
	}
}

/* Every byte of the headers set to something else: an error, or an answer that stays inside. */
static void bent_anywhere(void **state)
{
	static const unsigned char odd[] = {0, 1, 2, 0x7f, 0x80, 0xff};
	struct elfimage m;

	(void)state;
	for (int i = 0; i < 4; i++) {
		usual(&m, i & 1, i & 2, KD_ET_REL);
		for (size_t at = 0; at < m.n * sizeof(odd); at++) {
			const char before = m.p[at / sizeof(odd)];
			struct kd_elf_syms syms = {.n = 0};
			struct kd_error *err;
			struct opened o;

			m.p[at / sizeof(odd)] = (char)odd[at % sizeof(odd)];
			err = open_prefix(&m, m.n, &o);
			for (size_t k = 0; !err && k < o.elf.nsec; k++) {
				struct kd_elf_data d = {.own = NULL};

				kd_error_free(kd_elf_load(&o.elf, &o.elf.sec[k], 1 << 20, &d));
				kd_elf_data_deinit(&d);
			}
			if (!err)
				err = kd_elf_symbols(&o.elf, 1 << 20, &syms);
			for (size_t k = 0; !err && k < syms.n; k++)
				(void)kd_elf_sym(&syms, k);
			if (!err)
				kd_elf_syms_deinit(&syms);
			kd_error_free(err);
			done(&o);
			m.p[at / sizeof(odd)] = before;
		}
		image_free(&m);
	}
}

static void headers_that_lie(void **state)
{
	struct elfimage m;
	struct opened o;

	(void)state;
	usual(&m, true, false, KD_ET_EXEC);
	m.p[4] = 3;
	assert_error(open_prefix(&m, m.n, &o), KD_BADDATA);
	done(&o);
	m.p[4] = 2;
	image_set(&m, 58, 63, 2); /* e_shentsize */
	assert_error(open_prefix(&m, m.n, &o), KD_BADDATA);
	done(&o);
	image_set(&m, 58, 64, 2);
	image_set(&m, 60, 2000, 2); /* e_shnum: more than there are bytes */
	assert_error(open_prefix(&m, m.n, &o), KD_BADDATA);
	done(&o);
	image_set(&m, 60, 0, 2);
	image_set(&m, m.n - 7 * 64 + 32, (uint64_t)1 << 40, 8); /* header 0: so many */
	assert_error(open_prefix(&m, m.n, &o), KD_LIMIT);
	done(&o);
	image_set(&m, 40, 0, 8); /* no section headers at all: a stripped image */
	open_image(&m, &o);
	assert_int_equal(o.elf.nsec, 0);
	assert_null(kd_elf_find(&o.elf, KD_V(".text")));
	assert_null(kd_elf_build_id(&o.elf, &o.arena).p);
	done(&o);
	image_free(&m);
}

static void sections_out_of_the_file(void **state)
{
	struct elfimage m;
	struct opened o;

	(void)state;
	image_begin(&m, true, false, KD_ET_EXEC, KD_EM_X86_64);
	image_section(&m, ".one", 1, 0, "1234", 4);
	m.sec[1].off = UINT64_MAX - 1;
	image_section(&m, ".two", 1, 0, "1234", 4);
	m.sec[2].size = UINT64_MAX;
	image_section(&m, ".three", 1, 0, "1234", 4);
	m.sec[3].size = 1 << 20;
	image_end(&m);
	open_image(&m, &o);
	load_fails(&o, ".one", ROOM, KD_BADDATA);
	load_fails(&o, ".two", ROOM, KD_LIMIT);
	load_fails(&o, ".three", ROOM, KD_BADDATA);
	load_fails(&o, ".three", 1000, KD_LIMIT);
	done(&o);
	image_free(&m);
}

/* gABI: with 0xff00 sections or more, e_shnum is 0 and e_shstrndx 0xffff. */
static void many_sections(void **state)
{
	enum { N = 65400 };
	kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
	struct elfimage m;
	struct opened o;
	size_t table;

	(void)state;
	image_begin(&m, true, false, KD_ET_REL, KD_EM_X86_64);
	for (size_t i = 1; i < N; i++)
		image_section(&m, "", 1, KD_SHF_ALLOC, "x", 1);
	image_section(&m, ".last", 1, KD_SHF_ALLOC, "last", 4);
	table = image_open(&m, ".symtab", KD_SHT_SYMTAB, 0);
	image_symbol(&m, 0, 0, 0, 0, 0);
	image_symbol(&m, 0, 0, 0xffff, 2, 0); /* in .last */
	image_symbol(&m, 0, 0, 0xfff1, 3, 0);
	image_symbol(&m, 0, 0, 0xffff, 4, 0); /* in a section whose number also means ABS */
	image_symbol(&m, 0, 0, 0xffff, 5, 0); /* its number is missing */
	image_close(&m);
	image_open(&m, ".symtab_shndx", 18, 0);
	image_put(&m, 0, 4);
	image_put(&m, N, 4);
	image_put(&m, 0, 4);
	image_put(&m, 0xff35, 4);
	image_close(&m);
	m.sec[table + 1].link = (uint32_t)table;
	image_end(&m);
	open_image(&m, &o);
	assert_int_equal(o.elf.nsec, N + 4);
	assert_section(&o, ".last", "last", 4);
	assert_int_equal(kd_elf_find(&o.elf, KD_V(".last"))->index, N);
	assert_null(kd_elf_symbols(&o.elf, ROOM, &syms));
	assert_int_equal(kd_elf_sym(&syms, 1).section, N);
	assert_int_equal(kd_elf_sym(&syms, 1).addr, KD_ELF_REL_BASE + N - 1 + 2);
	assert_int_equal(kd_elf_sym(&syms, 2).section, KD_SHN_ABS);
	assert_int_equal(kd_elf_sym(&syms, 2).addr, 3);
	assert_int_equal(kd_elf_sym(&syms, 3).section, 0xff35);
	assert_int_equal(kd_elf_sym(&syms, 3).addr, KD_ELF_REL_BASE + 0xff35 - 1 + 4);
	assert_int_equal(kd_elf_sym(&syms, 4).section, KD_SHN_XINDEX);
	done(&o);
	image_free(&m);
}

static void too_many_sections(void **state)
{
	struct elfimage m;
	struct opened o;

	(void)state;
	image_begin(&m, false, true, KD_ET_REL, KD_EM_386);
	image_section(&m, ".a", 1, 0, "x", 1);
	m.sec[0].size = KD_ELF_SECTIONS_MAX + 1;
	image_end(&m);
	image_set(&m, 48, 0, 2);
	assert_error(open_prefix(&m, m.n, &o), KD_LIMIT);
	done(&o);
	image_free(&m);
}

/* A section packed the way `type` says: 1 zlib, 2 zstd, 0 the old .zdebug_ names, else nothing known. */
static void packed(struct elfimage *m, uint32_t type, uint64_t says, const char *plain, size_t n)
{
	unsigned char out[4096];
	size_t used = 0;

	assert_true((type == 2 ? kd_pack_zstd : kd_pack_zlib)(kd_view(plain, n), out, sizeof(out), &used));
	image_open(m, type ? ".debug_x" : ".zdebug_x", 1, type ? KD_SHF_COMPRESSED : 0);
	if (type) {
		image_put(m, type, 4);
		if (m->is64)
			image_put(m, 0, 4);
		image_word(m, says);
		image_word(m, 1);
	} else {
		image_bytes(m, "ZLIB", 4);
		for (int i = 7; i >= 0; i--) /* big endian in any file */
			image_put(m, says >> 8 * i & 255, 1);
	}
	image_bytes(m, out, used);
	image_close(m);
}

static void packed_sections(void **state)
{
	char plain[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (char)(i * i / 7);
	for (uint32_t i = 0; i < 12; i++) {
		const uint32_t type = i % 3;
		struct elfimage m;
		struct opened o;

		if (type == 2 ? !kd_pack_has_zstd() : !kd_pack_has_zlib())
			continue;
		image_begin(&m, i / 3 & 1, i / 6, KD_ET_EXEC, KD_EM_X86_64);
		packed(&m, type, sizeof(plain), plain, sizeof(plain));
		image_end(&m);
		open_image(&m, &o);
		assert_section(&o, ".debug_x", plain, sizeof(plain));
		load_fails(&o, ".debug_x", sizeof(plain) - 1, KD_LIMIT);
		done(&o);
		image_free(&m);
	}
}

static void packed_badly(void **state)
{
	char plain[3000] = "";
	struct {
		uint32_t type;
		uint64_t says;
		size_t bend; /* bytes from the end that is changed, 0: none */
		enum kd_errclass cls;
	} rows[] = {
		{1, 2999, 0, KD_BADDATA}, {1, 3001, 0, KD_BADDATA}, {1, 3000, 1, KD_BADDATA},
		{0, 2999, 0, KD_BADDATA}, {0, 3001, 0, KD_BADDATA}, {1, (uint64_t)1 << 62, 0, KD_BADDATA},
		{2, 2999, 0, KD_BADDATA}, {2, 3001, 0, KD_BADDATA}, {2, (uint64_t)1 << 62, 0, KD_BADDATA},
		{3, 3000, 0, KD_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct elfimage m;
		struct opened o;

		image_begin(&m, true, false, KD_ET_EXEC, KD_EM_X86_64);
		packed(&m, rows[i].type, rows[i].says, plain, sizeof(plain));
		if (rows[i].bend)
			m.p[m.n - rows[i].bend] ^= 0x55;
		image_section(&m, ".debug_short", 1, KD_SHF_COMPRESSED, "\1\0\0", 3);
		image_section(&m, ".zdebug_other", 1, 0, "no ZLIB at the beginning", 24);
		image_end(&m);
		open_image(&m, &o);
		load_fails(&o, ".debug_x", ROOM, rows[i].cls);
		load_fails(&o, ".debug_short", ROOM, KD_BADDATA);
		load_fails(&o, ".debug_other", ROOM, KD_BADDATA);
		done(&o);
		image_free(&m);
	}
}

struct reloc {
	uint64_t place;
	uint32_t type, sym;
	int64_t addend;
};

/* .text, .debug_x of n bytes, .rel[a].debug_x; symbol 1 = .text + 0x10, symbol 2 = 0x1234 absolute */
static void relocatable(struct elfimage *m, uint16_t machine, bool addends, const char *data, size_t n,
			const struct reloc *r, size_t nr)
{
	size_t table;

	image_section(m, ".text", 1, KD_SHF_ALLOC, "0123456789abcdef0123456789abcdef", 32);
	image_section(m, ".debug_x", 1, 0, data, n);
	table = image_open(m, ".symtab", KD_SHT_SYMTAB, 0);
	image_symbol(m, 0, 0, 0, 0, 0);
	image_symbol(m, 0, 0, 1, 0x10, 0);
	image_symbol(m, 0, 0, 0xfff1, 0x1234, 0);
	image_close(m);
	image_open(m, addends ? ".rela.debug_x" : ".rel.debug_x", addends ? KD_SHT_RELA : KD_SHT_REL, 0);
	for (size_t i = 0; i < nr; i++) {
		image_word(m, r[i].place);
		image_word(m, m->is64 ? (uint64_t)r[i].sym << 32 | r[i].type : r[i].sym << 8 | r[i].type);
		if (addends)
			image_word(m, (uint64_t)r[i].addend);
	}
	image_close(m);
	m->sec[m->nsec - 1].link = (uint32_t)table;
	m->sec[m->nsec - 1].info = 2;
	m->machine = machine;
	image_end(m);
}

static uint64_t number(struct kd_view v, size_t at, size_t n, bool big)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)(unsigned char)v.p[at + i] << 8 * (big ? n - 1 - i : i);
	return x;
}

/* What the psABI of each machine says S + A, S + A - P, V + S + A and V - S - A come to. */
static void relocations(void **state)
{
	static const struct {
		uint16_t machine, type;
		bool is64, big, addends;
		uint8_t bytes;
		uint32_t sym;
		int64_t addend;
		uint64_t before, after;
	} rows[] = {
		{KD_EM_X86_64, 1, true, false, true, 8, 1, 4, 0x99, KD_ELF_REL_BASE + 0x14},
		{KD_EM_X86_64, 10, true, false, true, 4, 2, -4, 0x99, 0x1230},
		{KD_EM_X86_64, 2, true, false, true, 4, 2, 0, 0, 0x1234 - 8},
		{KD_EM_X86_64, 0, true, false, true, 4, 2, 0, 0x77, 0x77},
		{KD_EM_386, 1, false, false, false, 4, 1, 0, 6, KD_ELF_REL_BASE + 0x16},
		{KD_EM_AARCH64, 257, true, false, true, 8, 1, 8, 0, KD_ELF_REL_BASE + 0x18},
		{KD_EM_AARCH64, 258, true, true, true, 4, 2, 1, 0, 0x1235},
		{KD_EM_ARM, 2, false, true, false, 4, 2, 0, 0xfffffffc, 0x1230},
		{KD_EM_S390, 22, true, true, true, 8, 2, 0, 0, 0x1234},
		{KD_EM_PPC64, 38, true, false, true, 8, 1, 0, 0, KD_ELF_REL_BASE + 0x10},
		{KD_EM_RISCV, 35, true, false, true, 4, 2, 0, 1, 0x1235},
		{KD_EM_RISCV, 39, true, false, true, 4, 2, 0, 0x2000, 0x2000 - 0x1234},
		{KD_EM_RISCV, 53, true, false, true, 1, 2, 0, 0xc0, 0xf4},
		{KD_EM_RISCV, 52, true, false, true, 1, 2, 0, 0xff, 0xcb},
		{KD_EM_LOONGARCH, 50, true, false, true, 4, 2, 0, 1, 0x1235},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		const struct reloc r = {8, rows[i].type, rows[i].sym, rows[i].addend};
		kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
		char data[24] = "";
		struct elfimage m;
		struct opened o;
		uint64_t got;

		for (size_t k = 0; k < rows[i].bytes; k++)
			data[8 + k] = (char)(rows[i].before >>
					     8 * (rows[i].big ? rows[i].bytes - 1 - k : k));
		image_begin(&m, rows[i].is64, rows[i].big, KD_ET_REL, 0);
		relocatable(&m, rows[i].machine, rows[i].addends, data, sizeof(data), &r, 1);
		open_image(&m, &o);
		assert_null(kd_elf_load(&o.elf, &o.elf.sec[2], ROOM, &d));
		got = number(d.v, 8, rows[i].bytes, rows[i].big);
		if (got != rows[i].after)
			fail_msg("row %zu: %#jx instead of %#jx", i, (uintmax_t)got,
				 (uintmax_t)rows[i].after);
		assert_int_equal(number(d.v, 0, 8, false), 0);
		assert_int_equal(number(d.v, 16, 8, false), 0);
		done(&o);
		image_free(&m);
	}
}

static void relocations_that_lie(void **state)
{
	static const struct {
		struct reloc r;
		enum kd_errclass cls;
	} rows[] = {
		{{UINT64_MAX, 1, 1, 0}, KD_BADDATA}, {{17, 1, 1, 0}, KD_BADDATA},
		{{0, 1, 3, 0}, KD_BADDATA}, {{0, 1, UINT32_MAX, 0}, KD_BADDATA},
		{{0, 999, 1, 0}, KD_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct elfimage m;
		struct opened o;

		image_begin(&m, true, false, KD_ET_REL, 0);
		relocatable(&m, KD_EM_X86_64, true, "0123456789abcdef01234567", 24, &rows[i].r, 1);
		open_image(&m, &o);
		load_fails(&o, ".debug_x", ROOM, rows[i].cls);
		done(&o);
		image_free(&m);
	}
}

/* Relocation sections that relocate each other, a symbol table that is to be relocated by itself. */
static void relocations_in_a_circle(void **state)
{
	struct elfimage m;
	struct opened o;
	struct kd_elf_data d = {.own = NULL};

	(void)state;
	image_begin(&m, true, false, KD_ET_REL, KD_EM_X86_64);
	image_section(&m, ".rela.debug_a", KD_SHT_RELA, 0, "0123456789abcdef01234567", 24);
	image_section(&m, ".rela.debug_b", KD_SHT_RELA, 0, "0123456789abcdef01234567", 24);
	image_section(&m, ".debug_symtab", KD_SHT_SYMTAB, 0, "0123456789abcdef01234567", 24);
	image_section(&m, ".rela.debug_c", KD_SHT_RELA, 0, "0123456789abcdef01234567", 24);
	image_section(&m, ".debug_str", 3, 0, "0123456789abcdef01234567", 24);
	m.sec[1].info = 2;
	m.sec[2].info = 1;
	m.sec[3].link = 5;
	m.sec[4].info = 3;
	image_end(&m);
	open_image(&m, &o);
	for (size_t i = 1; i < o.elf.nsec; i++) {
		kd_error_free(kd_elf_load(&o.elf, &o.elf.sec[i], ROOM, &d));
		kd_elf_data_deinit(&d);
	}
	assert_section(&o, ".rela.debug_a", "0123456789abcdef01234567", 24);
	assert_section(&o, ".debug_symtab", "0123456789abcdef01234567", 24);
	done(&o);
	image_free(&m);
}

static void no_symbols(void **state)
{
	struct kd_elf_syms syms = {.n = 0};
	struct elfimage m;
	struct opened o;

	(void)state;
	image_begin(&m, true, false, KD_ET_EXEC, KD_EM_X86_64);
	image_section(&m, ".text", 1, KD_SHF_ALLOC, "x", 1);
	image_end(&m);
	open_image(&m, &o);
	assert_error(kd_elf_symbols(&o.elf, ROOM, &syms), KD_NOTFOUND);
	done(&o);
	image_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_and_orders),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(bent_anywhere),
		cmocka_unit_test(headers_that_lie),
		cmocka_unit_test(sections_out_of_the_file),
		cmocka_unit_test(many_sections),
		cmocka_unit_test(too_many_sections),
		cmocka_unit_test(packed_sections),
		cmocka_unit_test(packed_badly),
		cmocka_unit_test(relocations),
		cmocka_unit_test(relocations_that_lie),
		cmocka_unit_test(relocations_in_a_circle),
		cmocka_unit_test(no_symbols),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
