// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/elf.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/pack.h"
#include "format/elf_reloc.h"
#include "format/elfcore.h"

enum { EHDR64 = 64, EHDR32 = 52, SHDR64 = 64, SHDR32 = 40, SYM64 = 24, SYM32 = 16 };
enum { ELFCLASS64 = 2, ELFDATA2MSB = 2, SHN_LORESERVE = 0xff00, SHN_XINDEX = 0xffff };
enum { SHT_SYMTAB_SHNDX = 18, NT_GNU_BUILD_ID = 3 };
enum { NAMES_MAX = 64 << 20, NOTES_MAX = 1 << 20, BUILD_ID_MAX = 64 };

static bool next_word(struct kd_cursor *c, const struct kd_elf *elf, uint64_t *ret)
{
	return kd_cursor_next_uint(c, elf->is64 ? 8 : 4, ret);
}

static struct kd_error *load_unpacked(const struct kd_elf *elf, const struct kd_elf_section *s,
				      size_t max, struct kd_elf_data *ret) KD_MUST_CHECK;

/* --- headers ------------------------------------------------------------------------------ */

struct shdrs {
	uint64_t at; /* of the table */
	uint16_t each, num, names; /* e_shentsize, e_shnum, e_shstrndx */
};

static struct kd_error *read_ident(struct kd_cursor *c, struct kd_elf *elf)
{
	uint8_t class = 0, data = 0;

	if (!kd_view_starts(c->data, KD_V("\177ELF")))
		return kd_error_at(KD_BADDATA, 0, "%s is no ELF file", kd_bytes_name(elf->bytes));
	(void)(kd_cursor_skip(c, 4) && kd_cursor_next_u8(c, &class) && kd_cursor_next_u8(c, &data));
	if (class < 1 || class > ELFCLASS64 || data < 1 || data > ELFDATA2MSB)
		return kd_error_at(KD_BADDATA, 4, "%s: ELF class %u and byte order %u do not exist",
				   kd_bytes_name(elf->bytes), class, data);
	elf->is64 = class == ELFCLASS64;
	elf->big_endian = c->big_endian = data == ELFDATA2MSB;
	return NULL;
}

static struct kd_error *read_header(struct kd_elf *elf, struct shdrs *sh)
{
	char head[EHDR64] = "";
	const size_t n = kd_bytes_size(elf->bytes) < EHDR64 ? (size_t)kd_bytes_size(elf->bytes) : EHDR64;
	struct kd_cursor c = kd_cursor_of(kd_view(head, n), 0, false);
	uint64_t phoff;
	struct kd_error *err = kd_bytes_read(elf->bytes, 0, n, head);

	if (!err)
		err = read_ident(&c, elf);
	if (err)
		return err;
	if (!kd_cursor_seek(&c, 16) || !kd_cursor_next_u16(&c, &elf->type) ||
	    !kd_cursor_next_u16(&c, &elf->machine) || !kd_cursor_skip(&c, 4) ||
	    !next_word(&c, elf, &elf->entry) || !next_word(&c, elf, &phoff) ||
	    !next_word(&c, elf, &sh->at) || !kd_cursor_skip(&c, 10) ||
	    !kd_cursor_next_u16(&c, &sh->each) || !kd_cursor_next_u16(&c, &sh->num) ||
	    !kd_cursor_next_u16(&c, &sh->names))
		return kd_cursor_error(&c, "ELF header");
	if (sh->at && sh->each != (elf->is64 ? SHDR64 : SHDR32))
		return kd_error_at(KD_BADDATA, -1, "%s: section headers of %u bytes",
				   kd_bytes_name(elf->bytes), sh->each);
	return NULL;
}

static bool read_section(struct kd_cursor *c, const struct kd_elf *elf, uint32_t *name,
			 struct kd_elf_section *s)
{
	return kd_cursor_next_u32(c, name) && kd_cursor_next_u32(c, &s->type) &&
	       next_word(c, elf, &s->flags) && next_word(c, elf, &s->addr) &&
	       next_word(c, elf, &s->off) && next_word(c, elf, &s->size) &&
	       kd_cursor_next_u32(c, &s->link) && kd_cursor_next_u32(c, &s->info) &&
	       next_word(c, elf, &s->align) && next_word(c, elf, &s->entsize);
}

/* With 65280 sections or more their number and the names' index are in header 0 (gABI). */
static struct kd_error *real_numbers(const struct kd_elf *elf, const struct shdrs *sh, uint64_t *num,
				     uint64_t *names)
{
	struct kd_elf_section zero = {.type = 0};
	char raw[SHDR64] = "";
	struct kd_cursor c = kd_cursor_of(kd_view(raw, sh->each), sh->at, elf->big_endian);
	uint32_t unused;
	struct kd_error *err;

	*num = sh->num;
	*names = sh->names;
	if (!sh->at || (sh->num && sh->names != SHN_XINDEX))
		return NULL;
	err = kd_bytes_read(elf->bytes, sh->at, sh->each, raw);
	if (err)
		return err;
	if (!read_section(&c, elf, &unused, &zero))
		return kd_cursor_error(&c, "section header");
	if (!sh->num)
		*num = zero.size;
	if (sh->names == SHN_XINDEX)
		*names = zero.link;
	return NULL;
}

static struct kd_view name_at(struct kd_view names, uint32_t at)
{
	struct kd_view v = kd_view_from(names, at);
	size_t end = kd_view_chr(v, '\0');

	return end == KD_NPOS ? KD_VNULL : kd_view_head(v, end);
}

static struct kd_error *name_sections(struct kd_elf *elf, struct kd_arena *arena, uint64_t names,
				      const uint32_t *at)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err;
	struct kd_view all;

	if (!names || names >= elf->nsec)
		return NULL;
	err = load_unpacked(elf, &elf->sec[names], NAMES_MAX, &d);
	if (err)
		return kd_error_wrap(err, "names of sections");
	all = kd_arena_view(arena, d.v);
	if (d.v.n && !all.p)
		return kd_error_new(KD_LIMIT, "no room for the names of %zu sections", elf->nsec);
	for (size_t i = 0; i < elf->nsec; i++)
		elf->sec[i].name = name_at(all, at[i]);
	return NULL;
}

/* Addresses for the sections of a relocatable file; see elf.h. */
static void place_sections(struct kd_elf *elf)
{
	uint64_t at = KD_ELF_REL_BASE;

	for (size_t i = 1; i < elf->nsec; i++) {
		struct kd_elf_section *s = &elf->sec[i];
		uint64_t align = s->align && !(s->align & (s->align - 1)) && s->align <= 1 << 20 ? s->align : 1;

		if (!(s->flags & KD_SHF_ALLOC))
			continue;
		at = (at + align - 1) & -align;
		s->addr = at;
		at += s->size < (uint64_t)1 << 32 ? s->size : 0;
	}
}

static struct kd_error *read_sections(struct kd_elf *elf, struct kd_arena *arena,
				      const struct shdrs *sh)
{
	uint64_t num, names;
	struct kd_error *err = real_numbers(elf, sh, &num, &names);
	kd_auto(kd_freep) char *raw = NULL;
	kd_auto(kd_freep) uint32_t *at = NULL;
	struct kd_cursor c;

	if (err || !sh->at || !num)
		return err;
	if (num > KD_ELF_SECTIONS_MAX)
		return kd_error_new(KD_LIMIT, "%s: %ju sections; %d are read at most",
				    kd_bytes_name(elf->bytes), (uintmax_t)num, KD_ELF_SECTIONS_MAX);
	if (num > kd_bytes_size(elf->bytes) / sh->each)
		return kd_error_at(KD_BADDATA, -1, "%s: %ju sections are more than its bytes hold",
				   kd_bytes_name(elf->bytes), (uintmax_t)num);
	raw = kd_xmalloc((size_t)num * sh->each);
	at = kd_xcalloc((size_t)num, sizeof(*at));
	err = kd_bytes_read(elf->bytes, sh->at, (size_t)num * sh->each, raw);
	if (err)
		return kd_error_wrap(err, "section headers");
	elf->sec = kd_arena_array(arena, (size_t)num, struct kd_elf_section);
	if (!elf->sec)
		return kd_error_new(KD_LIMIT, "no room for %ju sections", (uintmax_t)num);
	c = kd_cursor_of(kd_view(raw, (size_t)num * sh->each), sh->at, elf->big_endian);
	for (; elf->nsec < num; elf->nsec++) {
		elf->sec[elf->nsec].index = (uint32_t)elf->nsec;
		if (!read_section(&c, elf, &at[elf->nsec], &elf->sec[elf->nsec]))
			return kd_cursor_error(&c, "section header");
	}
	if (elf->type == KD_ET_REL)
		place_sections(elf);
	return name_sections(elf, arena, names, at);
}

struct kd_error *kd_elf_open(const struct kd_bytes *bytes, struct kd_arena *arena,
			     struct kd_elf *ret)
{
	struct kd_elf elf = {.bytes = bytes};
	struct shdrs sh = {0};
	struct kd_error *err = read_header(&elf, &sh);

	if (!err)
		err = read_sections(&elf, arena, &sh);
	if (!err)
		*ret = elf;
	return err;
}

const struct kd_elf_section *kd_elf_find(const struct kd_elf *elf, struct kd_view name)
{
	for (size_t i = 1; i < elf->nsec; i++) {
		struct kd_view have = elf->sec[i].name;

		if (kd_view_eq(have, name) ||
		    (kd_view_starts(have, KD_V(".zdebug_")) && kd_view_starts(name, KD_V(".debug_")) &&
		     kd_view_eq(kd_view_from(have, 2), kd_view_from(name, 1))))
			return &elf->sec[i];
	}
	return NULL;
}

/* --- contents ----------------------------------------------------------------------------- */

/* The bytes as they lie in the file. */
static struct kd_error *load_raw(const struct kd_elf *elf, const struct kd_elf_section *s, size_t max,
				 struct kd_elf_data *ret)
{
	struct kd_elf_data d = {.own = NULL};
	struct kd_error *err;

	if (s->type == KD_SHT_NOBITS || !s->size) {
		*ret = d;
		return NULL;
	}
	if (s->size > max)
		return kd_error_new(KD_LIMIT, "section %.*s has %ju bytes; %zu are read at most",
				    KD_VARG(kd_view_head(s->name, 64)), (uintmax_t)s->size, max);
	d.v = kd_bytes_peek(elf->bytes, s->off, (size_t)s->size);
	if (!d.v.p) {
		if (s->off > kd_bytes_size(elf->bytes) || s->size > kd_bytes_size(elf->bytes) - s->off)
			return kd_error_at(KD_BADDATA, -1, "section %.*s reaches past the file's end",
					   KD_VARG(kd_view_head(s->name, 64)));
		d.own = kd_xmalloc((size_t)s->size);
		d.v = kd_view(d.own, (size_t)s->size);
		err = kd_bytes_read(elf->bytes, s->off, d.v.n, d.own);
		if (err) {
			kd_free(d.own);
			return err;
		}
	}
	*ret = d;
	return NULL;
}

struct packed {
	bool zstd;
	uint64_t size; /* unpacked */
	struct kd_view in;
};

static struct kd_error *packed_header(const struct kd_elf *elf, const struct kd_elf_section *s,
				      struct kd_view v, struct packed *ret)
{
	struct kd_cursor c = kd_cursor_of(v, s->off, elf->big_endian);
	uint32_t type = 1, pad;
	uint64_t align;

	if (kd_view_starts(s->name, KD_V(".zdebug_"))) {
		if (!kd_view_starts(v, KD_V("ZLIB")) || !kd_cursor_skip(&c, 4) ||
		    !kd_cursor_next_u64be(&c, &ret->size))
			return kd_error_at(KD_BADDATA, (int64_t)s->off, "section %.*s is not packed as its name says",
					   KD_VARG(kd_view_head(s->name, 64)));
	} else if (!kd_cursor_next_u32(&c, &type) || (elf->is64 && !kd_cursor_next_u32(&c, &pad)) ||
		   !next_word(&c, elf, &ret->size) || !next_word(&c, elf, &align)) {
		return kd_cursor_error(&c, "header of a packed section");
	}
	if (type != 1 && type != 2) /* ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD */
		return kd_error_at(KD_UNSUPPORTED, (int64_t)s->off, "section %.*s: packing %u is not known",
				   KD_VARG(kd_view_head(s->name, 64)), type);
	ret->zstd = type == 2;
	ret->in = kd_view_from(v, c.pos);
	return NULL;
}

static struct kd_error *unpack(const struct kd_elf *elf, const struct kd_elf_section *s, size_t max,
			       struct kd_elf_data *d)
{
	struct packed p = {.size = 0};
	struct kd_error *err = packed_header(elf, s, d->v, &p);
	char *out;
	bool good;

	if (err)
		return err;
	/* a zlib byte unpacks to 1032 at most, a zstd block of 4 bytes to 128 KiB */
	if (p.size / (p.zstd ? 65536 : 1100) > p.in.n)
		return kd_error_at(KD_BADDATA, (int64_t)s->off,
				   "section %.*s says %ju bytes when unpacked, more than its %zu can be",
				   KD_VARG(kd_view_head(s->name, 64)), (uintmax_t)p.size, p.in.n);
	if (p.size > max)
		return kd_error_new(KD_LIMIT, "section %.*s has %ju bytes when unpacked; %zu are read at most",
				    KD_VARG(kd_view_head(s->name, 64)), (uintmax_t)p.size, max);
	if (p.zstd ? !kd_pack_has_zstd() : !kd_pack_has_zlib())
		return kd_error_new(KD_UNSUPPORTED, "section %.*s is packed with %s, which is not in this build",
				    KD_VARG(kd_view_head(s->name, 64)), p.zstd ? "zstd" : "zlib");
	out = kd_xmalloc((size_t)p.size);
	good = (p.zstd ? kd_unpack_zstd : kd_unpack_zlib)(p.in, (unsigned char *)out, (size_t)p.size);
	kd_free(d->own);
	*d = (struct kd_elf_data){.v = kd_view(out, (size_t)p.size), .own = out};
	return good ? NULL
		    : kd_error_at(KD_BADDATA, (int64_t)s->off, "section %.*s: its packed data is damaged",
				  KD_VARG(kd_view_head(s->name, 64)));
}

static struct kd_error *load_unpacked(const struct kd_elf *elf, const struct kd_elf_section *s,
				      size_t max, struct kd_elf_data *ret)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err = load_raw(elf, s, max, &d);

	if (!err && d.v.n &&
	    (s->flags & KD_SHF_COMPRESSED || kd_view_starts(s->name, KD_V(".zdebug_"))))
		err = unpack(elf, s, max, &d);
	if (err)
		return err;
	*ret = d;
	d.own = NULL;
	return NULL;
}

static void own_copy(struct kd_elf_data *d)
{
	if (!d->own && d->v.n) {
		d->own = kd_xmalloc(d->v.n);
		memcpy(d->own, d->v.p, d->v.n);
		d->v.p = d->own;
	}
}

static const struct kd_elf_section *reloc_section(const struct kd_elf *elf,
						  const struct kd_elf_section *s)
{
	for (size_t i = 1; i < elf->nsec; i++)
		if ((elf->sec[i].type == KD_SHT_RELA || elf->sec[i].type == KD_SHT_REL) &&
		    elf->sec[i].info == s->index)
			return &elf->sec[i];
	return NULL;
}

static struct kd_error *relocate(const struct kd_elf *elf, const struct kd_elf_section *s, size_t max,
				 struct kd_elf_data *d)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data relocs = {.own = NULL};
	kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
	const struct kd_elf_section *r = reloc_section(elf, s);
	struct kd_error *err;

	if (!r || !r->size)
		return NULL;
	err = load_unpacked(elf, r, max, &relocs); /* not kd_elf_load(): these are never relocated */
	if (!err)
		err = kd_elf_symbols(elf, max, &syms);
	if (!err) {
		own_copy(d);
		err = kd_elf_relocate(&syms, relocs.v, r->type == KD_SHT_RELA, d->own, d->v.n);
	}
	return kd_error_wrap(err, "relocations of %.*s", KD_VARG(kd_view_head(s->name, 64)));
}

/* Relocations, symbols and names are what they are; a crafted file could make each wait for the other. */
static bool wants_relocation(const struct kd_elf *elf, const struct kd_elf_section *s)
{
	return elf->type == KD_ET_REL && s->type != KD_SHT_RELA && s->type != KD_SHT_REL &&
	       s->type != KD_SHT_SYMTAB && (kd_view_has(s->name, KD_V("debug_")) || kd_view_eq(s->name, KD_V(".eh_frame")));
}

struct kd_error *kd_elf_load(const struct kd_elf *elf, const struct kd_elf_section *s, size_t max,
			     struct kd_elf_data *ret)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err = load_unpacked(elf, s, max, &d);

	if (!err && wants_relocation(elf, s))
		err = relocate(elf, s, max, &d);
	if (err)
		return err;
	*ret = d;
	d.own = NULL;
	return NULL;
}

void kd_elf_data_deinit(struct kd_elf_data *d)
{
	kd_free(d->own);
	*d = (struct kd_elf_data){.own = NULL};
}

/* --- symbols ------------------------------------------------------------------------------ */

static const struct kd_elf_section *wide_indexes(const struct kd_elf *elf,
						 const struct kd_elf_section *table)
{
	for (size_t i = 1; i < elf->nsec; i++)
		if (elf->sec[i].type == SHT_SYMTAB_SHNDX && elf->sec[i].link == table->index)
			return &elf->sec[i];
	return NULL;
}

struct kd_error *kd_elf_symbols(const struct kd_elf *elf, size_t max, struct kd_elf_syms *ret)
{
	struct kd_elf_syms s = {.elf = elf};
	const struct kd_elf_section *table = NULL, *wide;
	struct kd_error *err;

	for (size_t i = 1; !table && i < elf->nsec; i++)
		if (elf->sec[i].type == KD_SHT_SYMTAB)
			table = &elf->sec[i];
	if (!table)
		return kd_error_new(KD_NOTFOUND, "%s has no symbol table", kd_bytes_name(elf->bytes));
	wide = wide_indexes(elf, table);
	err = load_unpacked(elf, table, max, &s.table);
	if (!err && table->link && table->link < elf->nsec)
		err = load_unpacked(elf, &elf->sec[table->link], max, &s.names);
	if (!err && wide)
		err = load_unpacked(elf, wide, max, &s.wide);
	if (err) {
		kd_elf_syms_deinit(&s);
		return kd_error_wrap(err, "symbol table");
	}
	s.n = s.table.v.n / (elf->is64 ? SYM64 : SYM32);
	*ret = s;
	return NULL;
}

void kd_elf_syms_deinit(struct kd_elf_syms *s)
{
	kd_elf_data_deinit(&s->table);
	kd_elf_data_deinit(&s->names);
	kd_elf_data_deinit(&s->wide);
	s->n = 0;
}

/* A field of an entry: reading one is most of the time of relocating, a cursor would double it. */
static uint64_t field(const struct kd_elf *elf, const char *entry, size_t at, size_t n)
{
	const unsigned char *p = (const unsigned char *)entry + at;
	uint64_t v = 0;

	for (size_t k = 0; k < n; k++)
		v |= (uint64_t)p[k] << 8 * (elf->big_endian ? n - 1 - k : k);
	return v;
}

static uint32_t section_of(const struct kd_elf_syms *s, size_t i, uint32_t index)
{
	if (index == SHN_XINDEX && (i + 1) * 4 <= s->wide.v.n)
		return (uint32_t)field(s->elf, s->wide.v.p + i * 4, 0, 4);
	return index >= SHN_LORESERVE ? index | 0xffff0000u : index;
}

static struct kd_elf_sym symbol_at(const struct kd_elf_syms *s, size_t i)
{
	const struct kd_elf *elf = s->elf;
	const char *p = s->table.v.p + i * (elf->is64 ? SYM64 : SYM32);
	struct kd_elf_sym sym = {.addr = field(elf, p, elf->is64 ? 8 : 4, elf->is64 ? 8 : 4)};

	sym.section = section_of(s, i, (uint32_t)field(elf, p, elf->is64 ? 6 : 14, 2));
	if (elf->type == KD_ET_REL && sym.section && sym.section < elf->nsec &&
	    elf->sec[sym.section].flags & KD_SHF_ALLOC)
		sym.addr += elf->sec[sym.section].addr;
	return sym;
}

uint64_t kd_elf_sym_addr(const struct kd_elf_syms *s, size_t i)
{
	return symbol_at(s, i).addr;
}

struct kd_elf_sym kd_elf_sym(const struct kd_elf_syms *s, size_t i)
{
	const struct kd_elf *elf = s->elf;
	const char *p = s->table.v.p + i * (elf->is64 ? SYM64 : SYM32);
	struct kd_elf_sym sym = symbol_at(s, i);
	const uint8_t info = (uint8_t)p[elf->is64 ? 4 : 12];

	sym.size = field(elf, p, elf->is64 ? 16 : 8, elf->is64 ? 8 : 4);
	sym.type = info & 15;
	sym.bind = info >> 4;
	sym.name = name_at(s->names.v, (uint32_t)field(elf, p, 0, 4));
	return sym;
}

/* --- identity ----------------------------------------------------------------------------- */

static struct kd_view build_id_in(struct kd_view notes, bool big_endian)
{
	struct kd_elfnote note;
	size_t at = 0;

	while (kd_elfnote_next(notes, big_endian, &at, &note))
		if (note.type == NT_GNU_BUILD_ID && kd_view_eq(note.name, KD_V("GNU")) && note.desc.n &&
		    note.desc.n <= BUILD_ID_MAX)
			return note.desc;
	return KD_VNULL;
}

struct kd_view kd_elf_build_id(const struct kd_elf *elf, struct kd_arena *arena)
{
	for (size_t i = 1; i < elf->nsec; i++) {
		kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
		kd_auto(kd_error_freep) struct kd_error *err = NULL;
		struct kd_view id;

		if (elf->sec[i].type != KD_SHT_NOTE)
			continue;
		err = kd_elf_load(elf, &elf->sec[i], NOTES_MAX, &d);
		id = err ? KD_VNULL : build_id_in(d.v, elf->big_endian);
		if (id.n)
			return kd_arena_view(arena, id);
	}
	return KD_VNULL;
}
