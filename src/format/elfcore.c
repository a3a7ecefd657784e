// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/elfcore.h"

#include "base/cursor.h"

enum { ELFCLASS64 = 2, ELFDATA2MSB = 2, ET_CORE = 4, PN_XNUM = 0xffff };
enum { EHDR64 = 64, EHDR32 = 52, PHDR64 = 56, PHDR32 = 32, SH_INFO64 = 44, SH_INFO32 = 28,
       SHDR64 = 64, SHDR32 = 40, SECTIONS_MAX = 4096 };

/* A number as wide as an address of the file. */
static bool next_word(struct kd_cursor *c, const struct kd_elfcore *core, uint64_t *ret)
{
	return kd_cursor_next_uint(c, core->is64 ? 8 : 4, ret);
}

/* From e_machine to e_phnum. */
static bool next_fields(struct kd_cursor *c, struct kd_elfcore *core)
{
	uint16_t phnum = 0;
	uint64_t entry;

	if (!kd_cursor_next_u16(c, &core->machine) || !kd_cursor_skip(c, 4) || !next_word(c, core, &entry) ||
	    !next_word(c, core, &core->phoff) || !next_word(c, core, &core->shoff) || !kd_cursor_skip(c, 6) ||
	    !kd_cursor_next_u16(c, &core->phentsize) || !kd_cursor_next_u16(c, &phnum))
		return false;
	core->phnum = phnum;
	return true;
}

static struct kd_error *read_header(struct kd_cursor *c, struct kd_elfcore *core)
{
	uint8_t class = 0, data = 0;
	uint16_t type = 0;

	if (!kd_view_starts(c->data, KD_V("\177ELF")))
		return kd_error_at(KD_BADDATA, 0, "it is no ELF file");
	(void)(kd_cursor_skip(c, 4) && kd_cursor_next_u8(c, &class) && kd_cursor_next_u8(c, &data));
	if (class < 1 || class > ELFCLASS64 || data < 1 || data > ELFDATA2MSB)
		return kd_error_at(KD_BADDATA, 4, "ELF class %u and byte order %u do not exist",
				   class, data);
	core->is64 = class == ELFCLASS64;
	core->big_endian = c->big_endian = data == ELFDATA2MSB;
	if (!kd_cursor_seek(c, 16) || !kd_cursor_next_u16(c, &type) || !next_fields(c, core))
		return kd_cursor_error(c, "ELF header");
	if (type != ET_CORE)
		return kd_error_at(KD_BADDATA, 16, "it is an ELF file of type %u, not a core", type);
	(void)(kd_cursor_skip(c, 2) && kd_cursor_next_u16(c, &core->shnum) && kd_cursor_next_u16(c, &core->shstrndx));
	return NULL;
}

static struct kd_error *short_of(uint64_t need, const char *what)
{
	return kd_error_at(KD_LIMIT, need > INT64_MAX ? INT64_MAX : (int64_t)need,
			   "the %s lie beyond the bytes at hand", what);
}

/* e_phnum 0xffff: the number is sh_info of the first section header; where that is. false: it is not so. */
static bool number_elsewhere(const struct kd_elfcore *core, uint64_t *at)
{
	return core->phnum == PN_XNUM && core->shoff &&
	       !__builtin_add_overflow(core->shoff, core->is64 ? SH_INFO64 : SH_INFO32, at) && *at <= INT64_MAX - 4;
}

static struct kd_error *real_number(struct kd_cursor *c, struct kd_elfcore *core)
{
	uint64_t at;

	if (!number_elsewhere(core, &at))
		return NULL;
	if (at + 4 > c->data.n)
		return short_of(at + 4, "section headers");
	kd_cursor_seek(c, (size_t)at);
	(void)kd_cursor_next_u32(c, &core->phnum);
	return NULL;
}

/* Where the program headers end. */
static struct kd_error *headers_end(const struct kd_elfcore *core, uint64_t *ret)
{
	const uint64_t size = (uint64_t)core->phnum * core->phentsize;

	if (core->phnum > KD_ELFCORE_SEGMENTS_MAX)
		return kd_error_at(KD_LIMIT, -1, "%u segments; %d are read at most", core->phnum,
				   KD_ELFCORE_SEGMENTS_MAX);
	if (core->phentsize != (core->is64 ? PHDR64 : PHDR32) || !core->phnum)
		return kd_error_at(KD_BADDATA, core->is64 ? 54 : 42, "%u program headers of %u bytes",
				   core->phnum, core->phentsize);
	if (__builtin_add_overflow(core->phoff, size, ret))
		return kd_error_at(KD_BADDATA, 32, "program headers at %#jx", (uintmax_t)core->phoff);
	return NULL;
}

static bool read_segment(struct kd_cursor *c, const struct kd_elfcore *core,
			 struct kd_elfcore_segment *s)
{
	uint32_t flags;

	if (!kd_cursor_next_u32(c, &s->type) || (core->is64 && !kd_cursor_next_u32(c, &flags)))
		return false;
	return next_word(c, core, &s->off) && next_word(c, core, &s->vaddr) &&
	       next_word(c, core, &s->paddr) && next_word(c, core, &s->filesz) &&
	       next_word(c, core, &s->memsz);
}

/* The program headers, of which the first is at `first` of c. */
static struct kd_error *read_segments(struct kd_cursor *c, uint64_t first, struct kd_arena *arena,
				      struct kd_elfcore *core)
{
	uint64_t end;

	core->seg = kd_arena_array(arena, core->phnum, struct kd_elfcore_segment);
	if (!core->seg)
		return kd_error_new(KD_LIMIT, "no room for %u segments", core->phnum);
	for (; core->nseg < core->phnum; core->nseg++) {
		struct kd_elfcore_segment *s = &core->seg[core->nseg];

		kd_cursor_seek(c, (size_t)(first + core->nseg * core->phentsize));
		if (!read_segment(c, core, s))
			return kd_cursor_error(c, "program header");
		if (__builtin_add_overflow(s->off, s->filesz, &end))
			return kd_error_at(KD_BADDATA, (int64_t)kd_cursor_offset(c),
					   "segment %zu ends past all offsets", core->nseg);
		if (end > core->end)
			core->end = end;
	}
	return NULL;
}

struct kd_error *kd_elfcore_parse(struct kd_view head, struct kd_arena *arena,
				  struct kd_elfcore *ret)
{
	struct kd_cursor c = kd_cursor_of(head, 0, false);
	struct kd_elfcore core = {0};
	struct kd_error *err = read_header(&c, &core);
	uint64_t end;

	if (!err)
		err = real_number(&c, &core);
	if (!err)
		err = headers_end(&core, &end);
	if (!err && end > head.n)
		err = short_of(end, "program headers");
	if (!err)
		err = read_segments(&c, core.phoff, arena, &core);
	if (!err)
		*ret = core;
	return err;
}

/* --- of a file -------------------------------------------------------------------------------- */

static struct kd_error *number_of_file(const struct kd_bytes *file, struct kd_elfcore *core)
{
	struct kd_cursor c;
	struct kd_error *err;
	uint64_t at;
	char raw[4] = {0};

	if (!number_elsewhere(core, &at))
		return NULL;
	err = kd_bytes_read(file, at, sizeof(raw), raw);
	if (err)
		return kd_error_wrap(err, "the number of its segments");
	c = kd_cursor_of(kd_view(raw, sizeof(raw)), at, core->big_endian);
	(void)kd_cursor_next_u32(&c, &core->phnum);
	return NULL;
}

struct kd_error *kd_elfcore_read(const struct kd_bytes *file, struct kd_arena *arena, struct kd_elfcore *ret)
{
	char head[EHDR64], *raw;
	const uint64_t size = kd_bytes_size(file);
	const size_t n = size < sizeof(head) ? (size_t)size : sizeof(head);
	struct kd_error *err = kd_bytes_read(file, 0, n, head);
	struct kd_cursor c = kd_cursor_of(kd_view(head, n), 0, false);
	struct kd_elfcore core = {0};
	uint64_t end;

	if (!err)
		err = read_header(&c, &core);
	if (!err)
		err = number_of_file(file, &core);
	if (!err && !core.phnum && core.shnum) {
		*ret = core;
		return NULL;
	}
	if (!err)
		err = headers_end(&core, &end);
	if (err)
		return err;
	raw = kd_arena_raw(arena, (size_t)(end - core.phoff));
	if (!raw)
		return kd_error_new(KD_LIMIT, "no room for %u program headers", core.phnum);
	err = kd_bytes_read(file, core.phoff, (size_t)(end - core.phoff), raw);
	if (err)
		return kd_error_wrap(err, "its program headers (is it a whole copy?)");
	c = kd_cursor_of(kd_view(raw, (size_t)(end - core.phoff)), core.phoff, core.big_endian);
	err = read_segments(&c, 0, arena, &core);
	if (!err)
		*ret = core;
	return err;
}

/* Fields of the section header of number i that are asked for here. */
static bool section(const struct kd_bytes *file, const struct kd_elfcore *core, uint64_t i, uint32_t *name,
		    uint64_t *off)
{
	char raw[SHDR64] = {0};
	struct kd_cursor c = kd_cursor_of(kd_view(raw, sizeof(raw)), 0, core->big_endian);
	struct kd_error *err;
	uint64_t at;

	if (__builtin_add_overflow(core->shoff, i * (core->is64 ? SHDR64 : SHDR32), &at))
		return false;
	err = kd_bytes_read(file, at, core->is64 ? SHDR64 : SHDR32, raw);
	if (err) {
		kd_error_free(err);
		return false;
	}
	return kd_cursor_next_u32(&c, name) && kd_cursor_seek(&c, core->is64 ? 24 : 16) && next_word(&c, core, off);
}

bool kd_elfcore_has_section(const struct kd_bytes *file, const struct kd_elfcore *core, struct kd_view prefix)
{
	char name[32];
	uint64_t names, off;
	uint32_t at;

	if (!core->shnum || prefix.n > sizeof(name) || !section(file, core, core->shstrndx, &at, &names))
		return false;
	for (uint64_t i = 0; i < core->shnum && i < SECTIONS_MAX; i++) {
		struct kd_error *err;

		if (!section(file, core, i, &at, &off) || __builtin_add_overflow(names, at, &off))
			return false;
		err = kd_bytes_read(file, off, prefix.n, name);
		if (!err && kd_view_eq(kd_view(name, prefix.n), prefix))
			return true;
		kd_error_free(err);
	}
	return false;
}

/* Names and contents are padded to 4 bytes (gABI; the kernel keeps to it for 64-bit cores, too). */
static bool next_padded(struct kd_cursor *c, uint32_t n, struct kd_view *ret)
{
	size_t pad = -(size_t)n & 3;

	if (!kd_cursor_next_bytes(c, n, ret))
		return false;
	return kd_cursor_skip(c, pad < kd_cursor_left(c) ? pad : kd_cursor_left(c));
}

bool kd_elfnote_next(struct kd_view notes, bool big_endian, size_t *at, struct kd_elfnote *ret)
{
	struct kd_cursor c = kd_cursor_of(notes, 0, big_endian);
	struct kd_elfnote note;
	uint32_t namesz, descsz;

	if (*at >= notes.n || !kd_cursor_seek(&c, *at) || !kd_cursor_next_u32(&c, &namesz) ||
	    !kd_cursor_next_u32(&c, &descsz) || !kd_cursor_next_u32(&c, &note.type))
		return false;
	if ((!namesz && !descsz && !note.type) || !next_padded(&c, namesz, &note.name) ||
	    !next_padded(&c, descsz, &note.desc))
		return false;
	while (note.name.n && !note.name.p[note.name.n - 1])
		note.name.n--;
	*at = c.pos;
	*ret = note;
	return true;
}
