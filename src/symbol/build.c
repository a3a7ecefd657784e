// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/build.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "symbol/build_internal.h"
#include "symbol/build_list.h"
#include "symbol/kdx.h"
#include "symbol/kdx_format.h"
#include "symbol/typepack.h"

#define SECTION_MAX ((size_t)4 << 30)
#define PART_MAX ((size_t)1 << 30)
#define UNIT_ARENA ((size_t)256 << 20)

enum { BATCH = 16, TEXTS_MAX = 1 << 24, TEXT_SECTIONS_MAX = 65536, UNPACK_MAX = 1 << 30,
       DEBUG_SECTIONS = 11 };

bool kd_build_code(const struct build *b, uint64_t start, uint64_t end, uint32_t *ret_start,
		   uint32_t *ret_len)
{
	size_t lo = 0, hi = b->text.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->text.v[mid].end <= start)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == b->text.n || start < b->text.v[lo].start || end <= start || end > b->text.v[lo].end ||
	    end - b->base > UINT32_MAX)
		return false;
	*ret_start = (uint32_t)(start - b->base);
	*ret_len = (uint32_t)(end - start);
	return true;
}

/* --- the file ----------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct build_text *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static struct kd_error *find_text(struct build *b)
{
	for (size_t i = 1; i < b->elf.nsec; i++) {
		const struct kd_elf_section *s = &b->elf.sec[i];
		struct build_text *t;

		if (!(s->flags & KD_SHF_ALLOC) || !(s->flags & KD_SHF_EXEC) || !s->size)
			continue;
		t = s->size <= UINT64_MAX - s->addr ? kd_vec_push(&b->text, TEXT_SECTIONS_MAX) : NULL;
		if (!t)
			return kd_error_new(KD_BADDATA, "section %.*s has an impossible size, or there are too many",
					    KD_VARG(kd_view_head(s->name, 64)));
		*t = (struct build_text){s->addr, s->addr + s->size, (uint32_t)i};
	}
	if (!b->text.n && b->elf.type == KD_ET_REL)
		return NULL; /* a module of data alone: types and symbols */
	if (!b->text.n)
		return kd_error_new(KD_BADDATA, "%s has no executable section", kd_bytes_name(b->elf.bytes));
	qsort(b->text.v, b->text.n, sizeof(*b->text.v), by_address);
	b->base = b->text.v[0].start;
	b->end = b->text.v[b->text.n - 1].end;
	return NULL;
}

static struct kd_error *load_debug(struct build *b)
{
	struct kd_dwarf *dw = &b->dw;
	const struct {
		struct kd_view name;
		struct kd_view *to;
	} want[] = {{KD_V(".debug_info"), &dw->info},	     {KD_V(".debug_abbrev"), &dw->abbrev},
		    {KD_V(".debug_str"), &dw->str},	     {KD_V(".debug_line_str"), &dw->line_str},
		    {KD_V(".debug_line"), &dw->line},	     {KD_V(".debug_str_offsets"), &dw->str_offsets},
		    {KD_V(".debug_addr"), &dw->addr},	     {KD_V(".debug_ranges"), &dw->ranges},
		    {KD_V(".debug_rnglists"), &dw->rnglists}, {KD_V(".debug_loc"), &dw->loc},
		    {KD_V(".debug_loclists"), &dw->loclists}};
	const size_t max = b->o && b->o->section_max ? b->o->section_max : SECTION_MAX;

	dw->big_endian = b->elf.big_endian;
	_Static_assert(KD_ARRAY_LEN(want) == DEBUG_SECTIONS, "free_debug() frees so many");
	b->data = kd_xcalloc(KD_ARRAY_LEN(want), sizeof(*b->data));
	for (size_t i = 0; i < KD_ARRAY_LEN(want); i++) {
		const struct kd_elf_section *s = kd_elf_find(&b->elf, want[i].name);
		struct kd_error *err = s ? kd_elf_load(&b->elf, s, max, &b->data[i]) : NULL;

		if (err)
			return err;
		*want[i].to = b->data[i].v;
	}
	for (size_t i = 1; i < b->elf.nsec; i++)
		if (kd_view_starts(b->elf.sec[i].name, KD_V(".debug_")) &&
		    b->elf.sec[i].type != KD_SHT_NOBITS)
			b->stats.debug_bytes += b->elf.sec[i].size;
	return NULL;
}

static void free_debug(struct build *b)
{
	for (size_t i = 0; b->data && i < DEBUG_SECTIONS; i++)
		kd_elf_data_deinit(&b->data[i]);
	kd_free(b->data);
}

/* --- units -------------------------------------------------------------------------------- */

/* The unit's first entry: is it of use, and which line program has it? */
void kd_build_look_at_unit(struct build *b, struct build_worker *w, struct build_unit *unit)
{
	kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_abbrevs_read(&b->dw, &unit->u, &w->abbrevs);
	struct kd_cursor c = kd_dwarf_entries(&b->dw, &unit->u);

	kd_build_steps(w, w->abbrevs.nspec);
	if (err) {
		kd_build_damage(w, &unit->u, err->msg);
		return;
	}
	if (!kd_dwarf_next(&b->dw, &unit->u, &w->abbrevs, &c, &w->entry))
		return;
	unit->read = w->entry.tag == KD_DWT_COMPILE_UNIT || w->entry.tag == KD_DWT_PARTIAL_UNIT;
	unit->has_lines = kd_dwarf_has(&w->entry, KD_DWA_STMT_LIST) &&
			  kd_dwarf_uint(&w->entry.a[KD_DWA_STMT_LIST], &unit->stmt_list);
	/* now, not when the unit is read: entries of other units refer to names in this one */
	kd_dwarf_unit_bases(&b->dw, &w->entry, &unit->u);
	if (!b->comp_dir.n && kd_dwarf_has(&w->entry, KD_DWA_COMP_DIR))
		b->comp_dir = kd_dwarf_text(&b->dw, &unit->u, &w->entry.a[KD_DWA_COMP_DIR]);
	if (!kd_dwarf_has(&w->entry, KD_DWA_DWO_NAME) || unit->u.type == KD_DWU_SPLIT)
		return;
	unit->dwo = kd_dwarf_text(&b->dw, &unit->u, &w->entry.a[KD_DWA_DWO_NAME]);
	if (kd_dwarf_has(&w->entry, KD_DWA_COMP_DIR))
		unit->comp_dir = kd_dwarf_text(&b->dw, &unit->u, &w->entry.a[KD_DWA_COMP_DIR]);
	if (kd_dwarf_has(&w->entry, KD_DWA_DWO_ID))
		(void)kd_dwarf_uint(&w->entry.a[KD_DWA_DWO_ID], &unit->u.dwo_id);
}

static int by_lines(const void *a, const void *b)
{
	const struct build_unit *x = *(const struct build_unit *const *)a;
	const struct build_unit *y = *(const struct build_unit *const *)b;

	if (x->stmt_list != y->stmt_list)
		return x->stmt_list < y->stmt_list ? -1 : 1;
	return x->u.off < y->u.off ? -1 : x->u.off > y->u.off;
}

/* Units may share a line program: the first one reads its rows. */
static void choose_lines(struct build *b)
{
	struct build_unit **sorted = kd_xcalloc(b->units.n + 1, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < b->units.n; i++)
		if (b->units.v[i].read && b->units.v[i].has_lines)
			sorted[n++] = &b->units.v[i];
	qsort(sorted, n, sizeof(struct build_unit *), by_lines);
	for (size_t i = 0; i < n; i++)
		sorted[i]->lines = !i || sorted[i]->stmt_list != sorted[i - 1]->stmt_list;
	kd_free(sorted);
}

static struct kd_error *find_units(struct build *b)
{
	for (uint64_t off = 0; off < b->dw.info.n && !b->w[0].full;) {
		struct kd_dwarf_unit u;
		kd_auto(kd_error_freep) struct kd_error *err = kd_dwarf_unit(&b->dw, off, &u);
		struct build_unit *unit;

		b->stats.units++;
		if (err)
			kd_build_damage(&b->w[0], &u, err->msg);
		if (u.end <= off)
			break;
		off = u.end;
		if (err)
			continue;
		unit = kd_vec_push(&b->units, BUILD_UNITS_MAX);
		if (!unit)
			return kd_error_new(KD_LIMIT, "more than %d units", BUILD_UNITS_MAX);
		unit->u = u;
		kd_build_look_at_unit(b, &b->w[0], unit);
	}
	return NULL;
}

/* The first thing is all the types, which one thread has to do; the others are units. */
static void read_batch(void *user, unsigned worker, size_t i)
{
	struct build *b = user;
	struct build_worker *w = &b->w[worker];

	if (!i) {
		kd_build_types_read(b->types);
		return;
	}
	i--;
	for (size_t k = i * BATCH; k < (i + 1) * BATCH && k < b->units.n; k++) {
		if (kd_ctx_cancelled(b->ctx) || w->full)
			return;
		if (b->units.v[k].read)
			kd_build_unit(w, &b->units.v[k]);
		atomic_fetch_add(&b->done, 1);
	}
	if (!worker && b->o && b->o->progress)
		b->o->progress(b->o->user, atomic_load(&b->done), b->units.n);
}

static void new_workers(struct build *b)
{
	b->nw = kd_parallel_workers(b->o ? b->o->workers : 0);
	b->w = kd_xcalloc(b->nw, sizeof(*b->w));
	for (unsigned i = 0; i < b->nw; i++) {
		struct build_worker *w = &b->w[i];

		w->b = b;
		w->unit_arena = KD_ARENA_INIT(UNIT_ARENA);
		w->arena = KD_ARENA_INIT(PART_MAX);
		w->file_ids = KD_HASHMAP_INIT(BUILD_FILES_MAX, &w->arena);
		w->origin_ids = KD_HASHMAP_INIT(BUILD_ORIGINS_MAX, &w->arena);
		w->exprs = KD_BUF_INIT(BUILD_EXPRS_MAX);
		(void)kd_vec_push(&w->files, BUILD_FILES_MAX);
	}
}

static void free_workers(struct build *b)
{
	for (unsigned i = 0; i < b->nw; i++) {
		struct build_worker *w = &b->w[i];

		kd_dwarf_abbrevs_deinit(&w->abbrevs);
		kd_dwarf_abbrevs_deinit(&w->foreign);
		kd_arena_deinit(&w->unit_arena);
		kd_hashmap_deinit(&w->file_ids);
		kd_hashmap_deinit(&w->origin_ids);
		kd_arena_deinit(&w->arena);
		kd_vec_free(&w->files);
		kd_vec_free(&w->origins);
		kd_vec_free(&w->funcs);
		kd_vec_free(&w->nodes);
		kd_vec_free(&w->ranges);
		kd_vec_free(&w->rows);
		kd_vec_free(&w->seqs);
		kd_vec_free(&w->scopes);
		kd_vec_free(&w->vars);
		kd_vec_free(&w->locs);
		kd_vec_free(&w->globals);
		kd_buf_deinit(&w->exprs);
	}
	kd_free(b->w);
}

static struct kd_error *sum_up(struct build *b)
{
	for (unsigned i = 0; i < b->nw; i++) {
		struct build_worker *w = &b->w[i];

		if (w->full)
			return kd_error_new(KD_LIMIT, "%s has more functions, calls or lines than an index may hold",
					    kd_bytes_name(b->elf.bytes));
		b->stats.damaged += w->damaged;
		if (w->damaged && !b->stats.damage[0])
			memcpy(b->stats.damage, w->damage, sizeof(w->damage));
	}
	return kd_ctx_check(b->ctx);
}

/* --- all of it ---------------------------------------------------------------------------- */

static void new_out(struct build_out *o)
{
	struct kd_buf *all[] = {&o->strings, &o->files, &o->blocks, &o->lines, &o->ranges, &o->funcs,
				&o->origins, &o->trees, &o->sym_addr, &o->syms, &o->sym_names, &o->ident,
				&o->text_blocks, &o->text, &o->types, &o->var_blocks, &o->vars, &o->relocs,
				&o->md5, &o->patch, &o->globals, &o->cies, &o->frame_blocks, &o->frames};

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		*all[i] = KD_BUF_INIT(PART_MAX);
	o->texts = KD_HASHMAP_INIT(TEXTS_MAX, NULL);
}

static void free_out(struct build_out *o)
{
	struct kd_buf *all[] = {&o->strings, &o->files, &o->blocks, &o->lines, &o->ranges, &o->funcs,
				&o->origins, &o->trees, &o->sym_addr, &o->syms, &o->sym_names, &o->ident,
				&o->text_blocks, &o->text, &o->types, &o->var_blocks, &o->vars, &o->relocs,
				&o->md5, &o->patch, &o->globals, &o->cies, &o->frame_blocks, &o->frames};

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		kd_buf_deinit(all[i]);
	kd_hashmap_deinit(&o->texts);
}

static struct kd_error *write_out(struct build *b, const struct build_out *o, const char *out)
{
	uint8_t base[16] = {0};
	const struct kd_kdx_part parts[] = {
		{KD_KDX_BASE, kd_view((char *)base, sizeof(base))},
		{KD_KDX_IDENT, kd_buf_view(&o->ident)},	      {KD_KDX_STRINGS, kd_buf_view(&o->strings)},
		{KD_KDX_SYM_ADDR, kd_buf_view(&o->sym_addr)}, {KD_KDX_SYMS, kd_buf_view(&o->syms)},
		{KD_KDX_SYM_NAMES, kd_buf_view(&o->sym_names)}, {KD_KDX_FILES, kd_buf_view(&o->files)},
		{KD_KDX_LINE_BLOCKS, kd_buf_view(&o->blocks)}, {KD_KDX_LINES, kd_buf_view(&o->lines)},
		{KD_KDX_RANGES, kd_buf_view(&o->ranges)},     {KD_KDX_FUNCS, kd_buf_view(&o->funcs)},
		{KD_KDX_ORIGINS, kd_buf_view(&o->origins)},   {KD_KDX_TREES, kd_buf_view(&o->trees)},
		{KD_KDX_TYPES, kd_buf_view(&o->types)},	      {KD_KDX_VAR_BLOCKS, kd_buf_view(&o->var_blocks)},
		{KD_KDX_VARS, kd_buf_view(&o->vars)},	      {KD_KDX_RELOCS, kd_buf_view(&o->relocs)},
		{KD_KDX_FILE_MD5, kd_buf_view(&o->md5)},      {KD_KDX_PATCH, kd_buf_view(&o->patch)},
		{KD_KDX_GLOBALS, kd_buf_view(&o->globals)},   {KD_KDX_CIES, kd_buf_view(&o->cies)},
		{KD_KDX_FRAME_BLOCKS, kd_buf_view(&o->frame_blocks)}, {KD_KDX_FRAMES, kd_buf_view(&o->frames)},
		{KD_KDX_TEXT_BLOCKS, kd_buf_view(&o->text_blocks)}, {KD_KDX_TEXT, kd_buf_view(&o->text)}};

	kd_put_le64(base, b->base);
	kd_put_le64(base + 8, b->end);
	return kd_kdx_write(out, parts, KD_ARRAY_LEN(parts), &(struct kd_kdx_how){.workers = b->nw}, &b->stats.bytes);
}

static struct kd_error *finish_types(struct build *b, struct build_out *o)
{
	kd_auto(kd_buf_deinit) struct kd_buf blob = KD_BUF_INIT(PART_MAX);
	struct kd_error *err = kd_build_types_finish(b->types, &blob);

	if (!err && blob.n)
		kd_typepack(kd_buf_view(&blob), &o->types);
	if (!err && o->types.overflow)
		err = kd_error_new(KD_LIMIT, "the types need more than %zu bytes", o->types.max);
	return err;
}

static struct kd_error *build_all(struct build *b, const char *file, const char *out)
{
	struct build_out o = {0};
	struct kd_error *err = load_debug(b);

	if (!err)
		err = find_units(b);
	if (!err)
		err = kd_build_split(b, file);
	if (!err) {
		choose_lines(b);
		b->types = kd_build_types_new(b);
		kd_parallel(b->nw, 1 + (b->units.n + BATCH - 1) / BATCH, read_batch, b);
	}
	if (!err)
		err = sum_up(b);
	if (err)
		return err;
	new_out(&o);
	err = finish_types(b, &o);
	if (!err)
		err = kd_build_merge(b, &o);
	if (!err)
		err = kd_build_put_globals(b, &o);
	if (!err)
		err = kd_build_symbols(b, &o);
	if (!err)
		err = kd_build_code_bytes(b, &o);
	if (!err)
		err = kd_build_patch(b, &o);
	if (!err)
		err = kd_build_cfi(b, &o);
	if (!err)
		err = kd_build_ident(b, file, &o);
	if (!err)
		err = write_out(b, &o, out);
	free_out(&o);
	return err;
}

struct kd_error *kd_kdx_build(struct kd_ctx *ctx, const char *file, const char *out,
			      const struct kd_kdx_options *o, struct kd_kdx_stats *stats)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *bytes = NULL;
	struct kd_error *err = kd_bytes_open(file, UNPACK_MAX, &bytes);
	struct build *b;

	if (!err && kd_symlist_is(bytes))
		return kd_symlist_build(bytes, out, o, stats);
	b = kd_xcalloc(1, sizeof(*b));
	b->ctx = ctx;
	b->o = o;
	b->arena = KD_ARENA_INIT((size_t)64 << 20);
	new_workers(b);
	if (!err)
		err = kd_elf_open(bytes, &b->arena, &b->elf);
	if (!err)
		err = find_text(b);
	if (!err)
		err = build_all(b, file, out);
	if (!err && stats)
		*stats = b->stats;
	free_workers(b);
	kd_build_types_free(b->types);
	kd_build_split_free(b->split);
	free_debug(b);
	kd_vec_free(&b->units);
	kd_vec_free(&b->text);
	kd_arena_deinit(&b->arena);
	kd_free(b);
	return kd_error_wrap(err, "index of %s", file);
}
