// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debug info that lies in other files: split units (-gsplit-dwarf: .dwo files, or many of them in one .dwp; DWARF 5, 7.3 and
 * appendix F; for DWARF 4 gcc.gnu.org/wiki/DebugFission, and DebugFissionDWP for its package), and what dwz -m takes out
 * of several files into one (.gnu_debugaltlink; DWARF 5, 7.3.6 has the same as "supplementary"). Their sections are put behind
 * the file's own, and their units behind its units, which then say where their numbers count from (kd_dwarf_moved):
 * whoever reads units sees no difference. A file that is not there, or of another build, is said and counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "symbol/build_internal.h"

#define JOINED_MAX ((uint64_t)4 << 30)

enum { INFO, ABBREV, STR, LINE_STR, STR_OFFSETS, LINE, LOC, LOCLISTS, RANGES, RNGLISTS, SECTIONS };
enum { FILES_MAX = 1 << 16, UNPACK_MAX = 1 << 30, INDEX_COLUMNS = 16, PATH_BYTES = 8192 };

static const char *const names[SECTIONS] = {
	[INFO] = ".debug_info",	      [ABBREV] = ".debug_abbrev",   [STR] = ".debug_str",
	[LINE_STR] = ".debug_line_str", [STR_OFFSETS] = ".debug_str_offsets", [LINE] = ".debug_line",
	[LOC] = ".debug_loc",	      [LOCLISTS] = ".debug_loclists", [RANGES] = ".debug_ranges",
	[RNGLISTS] = ".debug_rnglists"};

/* Another file. */
struct far_file {
	char *path;
	struct kd_bytes *bytes;
	struct kd_arena arena;
	struct kd_elf elf;
	struct kd_elf_data data[SECTIONS];
	uint64_t at[SECTIONS]; /* where its sections lie in the joined ones */
	bool dwo; /* its sections are called ….dwo */
};

/* A unit of one. */
struct far_unit {
	size_t skeleton; /* of b->units */
	size_t file;
	uint64_t begin[SECTIONS]; /* of what belongs to it, in the file's sections */
	uint64_t off; /* of the unit, in the file's INFO */
};

struct build_split {
	struct build *b;
	const char *path; /* of the file that is indexed */
	KD_VEC(struct far_file *) files;
	KD_VEC(struct far_unit) units;
	size_t alt; /* files.n when there is none */
	bool has_alt, asked_dwp, has_dwp;
	size_t dwp;
	struct kd_elf_data index; /* .debug_cu_index of the .dwp */
	char *joined[SECTIONS];
};

static struct kd_view *section(struct kd_dwarf *dw, int s)
{
	struct kd_view *const v[SECTIONS] = {&dw->info, &dw->abbrev, &dw->str,	  &dw->line_str, &dw->str_offsets,
					     &dw->line, &dw->loc,    &dw->loclists, &dw->ranges,   &dw->rnglists};

	return v[s];
}

/* --- files -------------------------------------------------------------------------------- */

static void close_file(struct far_file *f)
{
	for (int i = 0; i < SECTIONS; i++)
		kd_elf_data_deinit(&f->data[i]);
	kd_bytes_close(f->bytes);
	kd_arena_deinit(&f->arena);
	kd_free(f->path);
	kd_free(f);
}

static struct kd_error *load(struct far_file *f, size_t max)
{
	struct kd_error *err = kd_bytes_open(f->path, UNPACK_MAX, &f->bytes);
	char name[64];

	if (!err)
		err = kd_elf_open(f->bytes, &f->arena, &f->elf);
	for (int i = 0; i < SECTIONS && !err; i++) {
		const struct kd_elf_section *s;

		snprintf(name, sizeof(name), "%s%s", names[i], f->dwo ? ".dwo" : "");
		s = kd_elf_find(&f->elf, kd_view_of(name));
		err = s ? kd_elf_load(&f->elf, s, max, &f->data[i]) : NULL;
	}
	return err;
}

/* *ret_file: its number; one that was opened before is not opened again. */
static struct kd_error *open_file(struct build_split *s, const char *path, bool dwo, size_t *ret)
{
	const size_t max = s->b->o && s->b->o->section_max ? s->b->o->section_max : JOINED_MAX;
	struct far_file *f, **to;
	struct kd_error *err;

	for (size_t i = 0; i < s->files.n; i++) {
		if (!strcmp(s->files.v[i]->path, path)) {
			*ret = i;
			return NULL;
		}
	}
	f = kd_xcalloc(1, sizeof(*f));
	f->path = kd_xstrndup(path, strlen(path));
	f->arena = KD_ARENA_INIT((size_t)64 << 20);
	f->dwo = dwo;
	err = load(f, max);
	to = err ? NULL : kd_vec_push(&s->files, FILES_MAX);
	if (!to) {
		close_file(f);
		return err ? err : kd_error_new(KD_LIMIT, "more than %d files with debug info", FILES_MAX);
	}
	*to = f;
	*ret = s->files.n - 1;
	return NULL;
}

/* A view of one file alone. */
static struct kd_dwarf alone(const struct far_file *f)
{
	struct kd_dwarf dw = {.big_endian = f->elf.big_endian};

	for (int i = 0; i < SECTIONS; i++)
		*section(&dw, i) = f->data[i].v;
	return dw;
}

/* --- split units -------------------------------------------------------------------------- */

static uint64_t id_of_entry(struct build_split *s, const struct kd_dwarf *dw, const struct kd_dwarf_unit *u)
{
	struct build_worker *w = &s->b->w[0];
	kd_auto(kd_dwarf_abbrevs_deinit) struct kd_dwarf_abbrevs a = {.n = 0};
	kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_abbrevs_read(dw, u, &a);
	struct kd_cursor c = kd_dwarf_entries(dw, u);
	uint64_t id;

	kd_build_steps(w, a.nspec);
	if (err || !kd_dwarf_next(dw, u, &a, &c, &w->entry) || !kd_dwarf_has(&w->entry, KD_DWA_DWO_ID) ||
	    !kd_dwarf_uint(&w->entry.a[KD_DWA_DWO_ID], &id))
		return 0;
	return id;
}

/* The unit of that id among a file's. */
static bool find_id(struct build_split *s, const struct far_file *f, uint64_t id, uint64_t *ret)
{
	const struct kd_dwarf dw = alone(f);

	for (uint64_t off = 0; off < dw.info.n && !s->b->w[0].full;) {
		struct kd_dwarf_unit u;
		kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_unit(&dw, off, &u);

		if (u.end <= off)
			return false;
		kd_build_steps(&s->b->w[0], 1);
		if (!err && u.type != KD_DWU_SPLIT_TYPE &&
		    (u.version >= 5 ? u.dwo_id : id_of_entry(s, &dw, &u)) == id) {
			*ret = off;
			return true;
		}
		off = u.end;
	}
	return false;
}

/* The i-th number of 4 bytes behind `at`. */
static bool word(struct kd_cursor *c, uint64_t at, uint64_t i, uint32_t *ret)
{
	uint64_t pos;

	return !__builtin_mul_overflow(i, 4, &pos) && !__builtin_add_overflow(pos, at, &pos) && pos <= c->data.n &&
	       kd_cursor_seek(c, (size_t)pos) && kd_cursor_next_u32(c, ret);
}

/* DW_SECT_… (DWARF 5, 7.3.5.3; version 2: DebugFissionDWP) → section here; -1: not used. */
static int column_section(unsigned version, uint32_t id)
{
	static const int8_t v5[] = {-1, INFO, -1, ABBREV, LINE, LOCLISTS, STR_OFFSETS, -1, RNGLISTS};
	static const int8_t v2[] = {-1, INFO, -1, ABBREV, LINE, LOC, STR_OFFSETS, -1, -1};

	if (id >= KD_ARRAY_LEN(v5))
		return -1;
	return version >= 5 ? v5[id] : v2[id];
}

/* The row of that id in the index's hash table, from 1; 0: none. */
static uint32_t row_of(struct kd_cursor *c, uint32_t slots, uint64_t id)
{
	uint64_t found = 0;
	uint32_t row = 0;

	for (uint32_t i = 0; i < slots; i++)
		if (kd_cursor_seek(c, 16 + (size_t)i * 8) && kd_cursor_next_u64(c, &found) && found == id &&
		    word(c, 16 + (uint64_t)slots * 8, i, &row) && row)
			return row;
	return 0;
}

/* .debug_cu_index: counts, a hash table of ids, rows of offsets (DWARF 5, 7.3.5.3). */
static bool in_index(const struct build_split *s, uint64_t id, struct far_unit *ret)
{
	struct kd_cursor c = kd_cursor_of(s->index.v, 0, s->b->elf.big_endian);
	uint32_t version, columns, units, slots, row, sect, off;
	uint64_t rows;

	if (!kd_cursor_next_u32(&c, &version) || !kd_cursor_next_u32(&c, &columns) || !kd_cursor_next_u32(&c, &units) ||
	    !kd_cursor_next_u32(&c, &slots) || columns > INDEX_COLUMNS || (uint64_t)slots * 12 > s->index.v.n)
		return false;
	version = version > 0xffff && s->b->elf.big_endian ? version >> 16 : version & 0xffff;
	row = row_of(&c, slots, id);
	if (!row || row > units)
		return false;
	rows = 16 + (uint64_t)slots * 12;
	for (uint32_t i = 0; i < columns; i++) {
		if (!word(&c, rows, i, &sect) || !word(&c, rows, (uint64_t)row * columns + i, &off))
			return false;
		if (column_section(version, sect) >= 0)
			ret->begin[column_section(version, sect)] = off;
	}
	ret->off = ret->begin[INFO];
	return true;
}

/* FILE.dwp, opened once. */
static bool from_dwp(struct build_split *s, uint64_t id, struct far_unit *ret)
{
	const struct kd_elf_section *sec;
	char path[PATH_BYTES];

	if (!s->asked_dwp) {
		kd_auto(kd_error_freep) struct kd_error *err = NULL;

		s->asked_dwp = true;
		snprintf(path, sizeof(path), "%s.dwp", s->path);
		err = open_file(s, path, true, &s->dwp);
		sec = err ? NULL : kd_elf_find(&s->files.v[s->dwp]->elf, KD_V(".debug_cu_index"));
		if (sec)
			err = kd_elf_load(&s->files.v[s->dwp]->elf, sec, UNPACK_MAX, &s->index);
		s->has_dwp = sec && !err;
	}
	if (!s->has_dwp || !in_index(s, id, ret))
		return false;
	ret->file = s->dwp;
	return true;
}

static struct kd_view folder(const char *path)
{
	struct kd_view v = kd_view_of(path);
	size_t slash = kd_view_rchr(v, '/');

	return slash == KD_NPOS ? KD_V(".") : kd_view_head(v, slash);
}

static struct kd_view last_part(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/');

	return slash == KD_NPOS ? path : kd_view_from(path, slash + 1);
}

static bool join_path(char *to, struct kd_view dir, struct kd_view name)
{
	const int n = kd_view_starts(name, KD_V("/")) ? snprintf(to, PATH_BYTES, "%.*s", KD_VARG(name))
						      : snprintf(to, PATH_BYTES, "%.*s/%.*s", KD_VARG(dir), KD_VARG(name));

	return n > 0 && n < PATH_BYTES;
}

/* Where it was compiled; beside the file that is indexed, by its path and by its name alone. */
static bool from_dwo(struct build_split *s, const struct build_unit *unit, struct far_unit *ret, bool *other)
{
	const struct { struct kd_view dir, name; } places[] = {{unit->comp_dir, unit->dwo},
							       {folder(s->path), unit->dwo},
							       {folder(s->path), last_part(unit->dwo)}};
	char path[PATH_BYTES];

	for (size_t i = 0; i < KD_ARRAY_LEN(places); i++) {
		kd_auto(kd_error_freep) struct kd_error *err = NULL;

		if (!join_path(path, places[i].dir, places[i].name))
			continue;
		err = open_file(s, path, true, &ret->file);
		if (!err && find_id(s, s->files.v[ret->file], unit->u.dwo_id, &ret->off))
			return true;
		*other |= !err;
	}
	return false;
}

/* The first one is remembered with its place. */
static void missing(struct build *b, struct kd_view dir, struct kd_view name, const char *why)
{
	char path[PATH_BYTES];

	if (b->missing++ || !join_path(path, dir, name))
		return;
	b->missing_file = kd_arena_view(&b->arena, kd_view_of(path));
	b->missing_what = kd_arena_printf(&b->arena, "%s, which is %s", path, why);
}

static void find_split(struct build_split *s, size_t i)
{
	struct build_unit *unit = &s->b->units.v[i];
	struct far_unit u = {.skeleton = i}, *to;
	bool other = false;

	if (from_dwp(s, unit->u.dwo_id, &u) || from_dwo(s, unit, &u, &other)) {
		to = kd_vec_push(&s->units, BUILD_UNITS_MAX);
		if (to) {
			*to = u;
			unit->read = false;
			return;
		}
	}
	/* its lines are in this file */
	unit->read = true;
	missing(s->b, unit->comp_dir, unit->dwo,
		other ? "of another build" : "not there");
}

/* --- dwz ---------------------------------------------------------------------------------- */

/* .gnu_debugaltlink: a path, a NUL, the build-id of the file. */
static bool alt_at(struct build_split *s, const char *path, struct kd_view want)
{
	kd_auto(kd_error_freep) struct kd_error *err = open_file(s, path, false, &s->alt);
	struct kd_view id;

	if (err)
		return false;
	id = kd_elf_build_id(&s->files.v[s->alt]->elf, &s->b->arena);
	return kd_view_eq(id, want);
}

static void find_alt(struct build_split *s)
{
	const struct kd_elf_section *sec = kd_elf_find(&s->b->elf, KD_V(".gnu_debugaltlink"));
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	kd_auto(kd_error_freep) struct kd_error *err = sec ? kd_elf_load(&s->b->elf, sec, PATH_BYTES, &d) : NULL;
	struct kd_view rest = d.v, name;
	char path[PATH_BYTES], hex[2 * KD_SHA256_LEN + 1] = "";

	if (!sec)
		return;
	if (err || !kd_view_take_until(&rest, kd_view("", 1), &name) || !name.n || !rest.n || rest.n > KD_SHA256_LEN) {
		missing(s->b, KD_V("."), KD_V(".gnu_debugaltlink"), "damaged");
		return;
	}
	kd_hex((const uint8_t *)rest.p, rest.n, hex);
	s->has_alt = join_path(path, folder(s->path), name) && alt_at(s, path, rest);
	if (!s->has_alt) {
		snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%.2s/%s.debug", hex, hex + 2);
		s->has_alt = alt_at(s, path, rest);
	}
	if (!s->has_alt && join_path(path, KD_V("/usr/lib/debug/.dwz"), last_part(name)))
		s->has_alt = alt_at(s, path, rest);
	if (!s->has_alt)
		missing(s->b, folder(s->path), name, "not there, or of another build");
}

/* --- joining ------------------------------------------------------------------------------ */

static struct kd_error *join(struct build_split *s, int i)
{
	struct kd_view *own = section(&s->b->dw, i);
	uint64_t size = own->n;
	char *to;

	for (size_t f = 0; f < s->files.n; f++) {
		s->files.v[f]->at[i] = size;
		size += s->files.v[f]->data[i].v.n;
	}
	if (size > JOINED_MAX)
		return kd_error_new(KD_LIMIT, "%s of all files have more than %ju GiB", names[i],
				    (uintmax_t)(JOINED_MAX >> 30));
	if (size == own->n)
		return NULL;
	to = kd_xmalloc((size_t)size);
	if (own->n)
		memcpy(to, own->p, own->n);
	for (size_t f = 0; f < s->files.n; f++) {
		struct kd_elf_data *d = &s->files.v[f]->data[i];

		if (d->v.n)
			memcpy(to + s->files.v[f]->at[i], d->v.p, d->v.n);
		kd_elf_data_deinit(d);
		d->v = KD_VNULL;
	}
	s->joined[i] = to;
	*own = kd_view(to, (size_t)size);
	return NULL;
}

/* Its numbers count from where its file's parts lie now; what only the skeleton has is taken from there. */
static void add_split(struct build_split *s, const struct far_unit *f)
{
	const struct far_file *file = s->files.v[f->file];
	struct build_unit skeleton = s->b->units.v[f->skeleton], unit = skeleton, *to;
	kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_unit(&s->b->dw, file->at[INFO] + f->off, &unit.u);
	const uint64_t loc = file->at[LOC] + f->begin[LOC];

	if (err || unit.u.version != skeleton.u.version) {
		kd_build_damage(&s->b->w[0], &skeleton.u, err ? err->msg : "its split unit is of another version");
		s->b->units.v[f->skeleton].read = true; /* its lines, at least */
		return;
	}
	unit.u.abbrev += file->at[ABBREV] + f->begin[ABBREV];
	unit.u.type = KD_DWU_SPLIT;
	unit.u.str_offsets_base += file->at[STR_OFFSETS] + f->begin[STR_OFFSETS];
	unit.u.rnglists_base += file->at[RNGLISTS] + f->begin[RNGLISTS];
	unit.u.loclists_base += file->at[LOCLISTS] + f->begin[LOCLISTS];
	unit.u.addr_base = skeleton.u.addr_base;
	unit.u.low_pc = skeleton.u.low_pc;
	unit.u.moved = (struct kd_dwarf_moved){.info = file->at[INFO], .str = file->at[STR]};
	unit.u.moved.ranges = unit.u.version < 5 ? skeleton.u.rnglists_base : file->at[RNGLISTS] + f->begin[RNGLISTS];
	unit.u.moved.loc = unit.u.version < 5 ? loc : file->at[LOCLISTS] + f->begin[LOCLISTS];
	unit.read = true;
	unit.dwo = KD_VNULL;
	to = kd_vec_push(&s->b->units, BUILD_UNITS_MAX);
	if (to)
		*to = unit;
	s->b->stats.units += to != NULL;
}

static void add_alt_units(struct build_split *s, size_t own_units)
{
	const struct far_file *file = s->files.v[s->alt];
	const uint64_t end = s->alt + 1 < s->files.n ? s->files.v[s->alt + 1]->at[INFO] : s->b->dw.info.n;
	const struct kd_dwarf_moved moved = {.info = file->at[INFO], .str = file->at[STR],
					     .line_str = file->at[LINE_STR], .ranges = file->at[RANGES],
					     .loc = file->at[LOC]};

	for (size_t i = 0; i < own_units; i++) {
		s->b->units.v[i].u.moved.alt_info = file->at[INFO];
		s->b->units.v[i].u.moved.alt_str = file->at[STR];
		s->b->units.v[i].u.moved.has_alt = true;
	}
	for (uint64_t off = file->at[INFO]; off < end;) {
		struct build_unit *unit;
		struct kd_dwarf_unit u;
		kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_unit(&s->b->dw, off, &u);

		if (u.end <= off)
			break;
		off = u.end;
		unit = err ? NULL : kd_vec_push(&s->b->units, BUILD_UNITS_MAX);
		if (!unit)
			continue;
		s->b->stats.units++;
		unit->u = u;
		unit->u.abbrev += file->at[ABBREV];
		unit->u.moved = moved;
		kd_build_look_at_unit(s->b, &s->b->w[0], unit);
		unit->stmt_list += file->at[LINE];
	}
}

/* Units lie in the order of their offsets: whoever looks for one by an offset relies on it. */
static int by_place(const void *a, const void *b)
{
	const struct build_unit *x = a, *y = b;

	return x->u.off < y->u.off ? -1 : x->u.off > y->u.off;
}

struct kd_error *kd_build_split(struct build *b, const char *path)
{
	struct build_split *s = kd_xcalloc(1, sizeof(*s));
	const size_t own_units = b->units.n;
	struct kd_error *err = NULL;

	b->split = s;
	s->b = b;
	s->path = path;
	find_alt(s);
	for (size_t i = 0; i < own_units && !err; i++) {
		if (b->units.v[i].dwo.n)
			find_split(s, i);
		err = kd_ctx_check(b->ctx);
	}
	if (err || !(s->has_alt || s->units.n))
		return err;
	for (int i = 0; i < SECTIONS && !err; i++)
		err = join(s, i);
	if (err)
		return err;
	if (s->has_alt)
		add_alt_units(s, own_units);
	for (size_t i = 0; i < s->units.n; i++)
		add_split(s, &s->units.v[i]);
	qsort(b->units.v, b->units.n, sizeof(*b->units.v), by_place);
	return NULL;
}

void kd_build_split_free(struct build_split *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->files.n; i++)
		close_file(s->files.v[i]);
	for (int i = 0; i < SECTIONS; i++)
		kd_free(s->joined[i]);
	kd_elf_data_deinit(&s->index);
	kd_vec_free(&s->files);
	kd_vec_free(&s->units);
	kd_free(s);
}
