// SPDX-License-Identifier: GPL-2.0-or-later
/* core kmem: counters, caches, zones, areas of vmalloc. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/ident.h"
#include "core/meminfo.h"
#include "verb/core_mem.h"
#include "verb/core_mem_internal.h"

enum { HUGE_MAX = 16, ORDERS_SHOWN = 12 };

/* --- summary ----------------------------------------------------------------------------------------- */

static void info(struct kd_ident *id, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {
		{"key", NULL}, {"name", "MEMORY"}, {"bytes", "BYTES"}, {"percent", "%"}, {"counter", "COUNTER"}};
	static const struct kd_column huge[] = {{"name", "HUGE PAGES"}, {"bytes", "SIZE"},        {"pages", "PAGES"},
						{"free", "FREE"},       {"reserved", "RESERVED"}, {"surplus", "SURPLUS"}};
	struct kd_table *t = kd_sheet_table(s, "memory", columns, KD_ARRAY_LEN(columns));
	struct kd_hugepages h[HUGE_MAX];
	struct kd_mem *m = kd_ident_mem(id);
	struct kd_meminfo i;
	size_t n;

	kd_meminfo_read(m, &i);
	for (size_t j = 0; j < i.n; j++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_view_of(i.v[j].key));
		row[1] = kd_cell_text(kd_view_of(i.v[j].title));
		row[2] = i.v[j].known ? kd_cell_bytes(i.v[j].bytes) : kd_cell_none(i.v[j].why);
		row[3] = i.v[j].known && i.v[0].known && i.v[0].bytes && i.v[j].bytes <= i.v[0].bytes
				 ? kd_cell_uint(i.v[j].bytes * 100 / i.v[0].bytes)
				 : kd_cell_none(NULL);
		row[4] = kd_cell_text(kd_view_of(i.v[j].what));
	}
	n = kd_hugepages_read(m, h, HUGE_MAX);
	t = n ? kd_sheet_table(s, "huge_pages", huge, KD_ARRAY_LEN(huge)) : NULL;
	for (size_t j = 0; j < n; j++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(s, kd_view_of(h[j].name));
		row[1] = kd_cell_bytes(kd_mem_page_bytes(m) << h[j].order);
		row[2] = kd_cell_uint(h[j].pages);
		row[3] = kd_cell_uint(h[j].free);
		row[4] = kd_cell_uint(h[j].reserved);
		row[5] = kd_cell_uint(h[j].surplus);
	}
}

/* --- zones ------------------------------------------------------------------------------------------- */

static void zones(struct kd_ident *id, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {
		{"node", "NODE"},  {"name", "ZONE"},       {"address", NULL},      {"start_pfn", "START PFN"},
		{"spanned", NULL}, {"present", "PRESENT"}, {"managed", "MANAGED"}, {"free", "FREE"},
		{"min", "MIN"},    {"low", "LOW"},         {"high", "HIGH"},       {"on_cpus", "ON CPUS"},
	};
	static const struct kd_column blocks[] = {
		{"zone", "ZONE"}, {"order", "ORDER"}, {"bytes", "SIZE"}, {"blocks", "FREE BLOCKS"}};
	struct kd_table *t = kd_sheet_table(s, "zones", columns, KD_ARRAY_LEN(columns)), *b;
	struct kd_zones z;

	kd_zones_read(kd_ident_mem(id), s->arena, &z);
	for (size_t i = 0; i < z.n; i++) {
		const struct kd_zone *o = &z.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_uint(o->node);
		row[1] = kd_sheet_cell(s, kd_view_of(o->name));
		row[2] = kd_cell_hex(o->addr);
		row[3] = kd_cell_hex(o->start_pfn);
		row[4] = kd_cell_uint(o->spanned);
		row[5] = kd_cell_uint(o->present);
		row[6] = kd_cell_uint(o->managed);
		row[7] = kd_cell_uint(o->free);
		for (unsigned w = 0; w < 3; w++)
			row[8 + w] = o->has_watermark ? kd_cell_uint(o->watermark[w]) : kd_cell_none(NULL);
		row[11] = o->has_on_cpus ? kd_cell_uint(o->on_cpus) : kd_cell_none(NULL);
	}
	b = kd_sheet_table(s, "free_blocks", blocks, KD_ARRAY_LEN(blocks));
	for (size_t i = 0; i < z.n; i++)
		for (unsigned order = 0; order < z.v[i].norders; order++) {
			struct kd_cell *row;

			if (!z.v[i].blocks[order])
				continue;
			row = kd_table_row(b);
			row[0] = kd_sheet_cell(s, kd_view_of(z.v[i].name));
			row[1] = kd_cell_uint(order);
			row[2] = kd_cell_bytes(kd_mem_page_bytes(kd_ident_mem(id)) << order);
			row[3] = kd_cell_uint(z.v[i].blocks[order]);
		}
	if (z.why)
		kd_sheet_note(s, "%s", z.why);
	s->none = !z.n;
}

/* --- pages ------------------------------------------------------------------------------------------- */

static void page_uses(struct kd_ident *id, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"use", "PAGES USED FOR"}, {"pages", "PAGES"}, {"bytes", "BYTES"}};
	struct kd_table *t = kd_sheet_table(s, "uses", columns, KD_ARRAY_LEN(columns));
	uint64_t count[KD_PAGE_USES], missing;

	kd_page_count(kd_ident_pages(id), count, &missing);
	for (unsigned i = 0; i < KD_PAGE_USES; i++) {
		struct kd_cell *row;

		if (!count[i])
			continue;
		row = kd_table_row(t);
		row[0] = kd_cell_text(kd_view_of(kd_page_use_words((enum kd_page_use)i)));
		row[1] = kd_cell_uint(count[i]);
		row[2] = kd_cell_bytes(count[i] * kd_mem_page_bytes(kd_ident_mem(id)));
	}
	if (kd_pageinfo_why(kd_ident_pages(id)))
		kd_sheet_note(s, "pages are not looked at: %s", kd_pageinfo_why(kd_ident_pages(id)));
	if (missing)
		kd_sheet_note(s, "%" PRIu64 " struct pages cannot be read, or are too many", missing);
}

/* --- vmalloc ----------------------------------------------------------------------------------------- */

static void areas(struct kd_dump *d, struct kd_ident *id, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {
		{"start", "START"},   {"end", "END"},     {"size", "SIZE"},    {"pages", "PAGES"},  {"flags", "FLAGS"},
		{"caller", "CALLER"}, {"physical", NULL}, {"vm_struct", NULL}, {"vmap_area", NULL},
	};
	const struct kd_vmaps *v = kd_ident_vmaps(id);
	struct kd_table *t = kd_sheet_table(s, "areas", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < v->n; i++) {
		const struct kd_vmap *a = &v->v[i];
		kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(256);
		struct kd_cell *row = kd_table_row(t);

		kd_vmap_flags(a->flags, &flags);
		row[0] = kd_cell_hex(a->start);
		row[1] = kd_cell_hex(a->end);
		row[2] = kd_cell_bytes(a->end - a->start);
		row[3] = a->vm ? kd_cell_uint(a->pages) : kd_cell_none("no vm_struct");
		row[4] = a->vm ? kd_sheet_cell(s, kd_buf_view(&flags)) : kd_cell_none("no vm_struct");
		row[5] = a->vm ? kd_cell_text(kd_dump_name_text(d, a->caller, s->arena)) : kd_cell_none("no vm_struct");
		row[6] = a->phys ? kd_cell_hex(a->phys) : kd_cell_none(NULL);
		row[7] = a->vm ? kd_cell_hex(a->vm) : kd_cell_none(NULL);
		row[8] = kd_cell_hex(a->addr);
	}
	if (v->why[0])
		kd_sheet_note(s, "not all areas: %s", v->why);
	s->none = !v->n;
}

/* --- caches ------------------------------------------------------------------------------------------ */

static const struct kd_column cache_columns[] = {
	{"cache", "CACHE"},
	{"object_size", "OBJSIZE"},
	{"allocated", "ALLOCATED"},
	{"total", "TOTAL"},
	{"slabs", "SLABS"},
	{"slab_bytes", "SSIZE"},
	{"memory", "MEMORY"},
	{"name", "NAME"},
	{"size", NULL},
	{"align", NULL},
	{"free_node", NULL},
	{"free_cpu", NULL},
	{"free_partial", NULL},
	{"parked", NULL},
	{"flags", NULL},
	{"ctor", NULL},
	{"type", NULL},
};

static void cache_row(struct kd_dump *d, struct kd_slub *sl, const struct kd_cache *c, const struct kd_cache_usage *u,
		      struct kd_table *t, struct kd_sheet *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(1024);
	struct kd_cell *row = kd_table_row(t);
	const uint64_t bytes = kd_cache_slab_bytes(sl, c);
	const char *untold = "the kernel counts no slabs (CONFIG_SLUB_DEBUG is off)";

	kd_cache_flags(sl, c, &flags);
	row[0] = kd_cell_hex(c->addr);
	row[1] = kd_cell_uint(c->object_size);
	row[2] = u->totals && !u->why[0] ? kd_cell_uint(kd_cache_allocated(u))
					 : kd_cell_none(u->why[0] ? kd_sheet_text(s, "%s", u->why).p : untold);
	row[3] = u->totals ? kd_cell_uint(u->objects) : kd_cell_none(untold);
	row[4] = u->totals ? kd_cell_uint(u->slabs) : kd_cell_none(untold);
	row[5] = bytes ? kd_cell_bytes(bytes) : kd_cell_none("the cache's numbers make no sense");
	row[6] = u->totals ? kd_cell_bytes(u->slabs * bytes) : kd_cell_none(untold);
	row[7] = kd_sheet_cell(s, kd_view_of(c->name));
	row[8] = kd_cell_uint(c->size);
	row[9] = kd_cell_uint(c->align);
	row[10] = kd_cell_uint(u->free_node);
	row[11] = kd_cell_uint(u->free_cpu);
	row[12] = kd_cell_uint(u->free_partial);
	row[13] = kd_cell_uint(u->parked);
	row[14] = kd_sheet_cell(s, kd_buf_view(&flags));
	row[15] = c->ctor ? kd_dump_addr_cell(d, s, c->ctor) : kd_cell_none(NULL);
	row[16] = c->type ? kd_sheet_cell(s, kd_view_of(c->name)) : kd_cell_none(NULL);
	row[16].guessed = c->type;
}

struct used {
	const struct kd_cache *c;
	struct kd_cache_usage u;
	uint64_t bytes;
};

static int by_memory(const void *a, const void *b)
{
	const struct used *x = a, *y = b;

	return x->bytes > y->bytes ? -1 : x->bytes < y->bytes;
}

static struct kd_error *no_cache(const char *name)
{
	return kd_error_new(KD_NOTFOUND,
			    "the kernel has no cache \"%s\" (several may share one: kdoc core kmem --slab lists them)", name);
}

/* A name, or the address of a struct kmem_cache. */
const struct kd_cache *kd_core_cache_arg(struct kd_slub *sl, const char *text)
{
	struct kd_view v = kd_view_of(text);
	const struct kd_cache *c = kd_slub_by_name(sl, v);
	uint64_t addr;

	if (c)
		return c;
	(void)kd_view_skip(&v, KD_V("0x"));
	return kd_view_hex(v, &addr) ? kd_slub_by_addr(sl, addr) : NULL;
}

static struct kd_error *caches(struct kd_dump *d, struct kd_slub *sl, const struct kd_core_kmem_options *o,
			       const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct kd_table *t = kd_sheet_table(s, "caches", cache_columns, KD_ARRAY_LEN(cache_columns));
	const size_t n = nargs ? nargs : kd_slub_ncaches(sl);
	struct used *all = kd_xcalloc(n + 1, sizeof(*all));
	struct kd_error *err = NULL;
	uint64_t memory = 0, unsure = 0;

	for (size_t i = 0; !err && i < n; i++) {
		all[i].c = nargs ? kd_core_cache_arg(sl, args[i]) : kd_slub_cache(sl, i);
		if (!all[i].c) {
			err = no_cache(args[i]);
			break;
		}
		kd_cache_usage(sl, all[i].c, &all[i].u);
		all[i].bytes = all[i].u.slabs * kd_cache_slab_bytes(sl, all[i].c);
		memory += all[i].bytes;
		if (all[i].u.why[0] && unsure++ < 5 && (!i || strcmp(all[i].u.why, all[i - 1].u.why) != 0))
			kd_sheet_note(s, "%s: %s", all[i].c->name, all[i].u.why);
	}
	if (!err && o->by_memory)
		qsort(all, n, sizeof(*all), by_memory);
	for (size_t i = 0; !err && i < n; i++)
		cache_row(d, sl, all[i].c, &all[i].u, t, s);
	kd_free(all);
	if (err)
		return err;
	kd_sheet_field(s, "caches_memory", "memory", kd_cell_bytes(memory));
	kd_sheet_field(s, "free_pointers", "pointers", kd_cell_text(kd_view_of(kd_slub_encoding(sl))));
	if (unsure > 1)
		kd_sheet_note(s, "of %" PRIu64 " caches in all it is not known how many objects are allocated", unsure);
	if (kd_slub_why(sl))
		kd_sheet_note(s, "not all caches: %s", kd_slub_why(sl));
	return NULL;
}

/* --- all of it --------------------------------------------------------------------------------------- */

static struct kd_error *of_slub(struct kd_dump *d, struct kd_ident *id, const struct kd_core_kmem_options *o,
				const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const char *why;
	struct kd_slub *sl = kd_ident_slub(id, &why);

	if (!sl)
		return kd_error_new(KD_NOTFOUND, "%s", why);
	return o->objects ? kd_core_kmem_objects(sl, args, nargs, s) : caches(d, sl, o, args, nargs, s);
}

static struct kd_error *check_options(const struct kd_core_kmem_options *o, const char *const *args, size_t nargs)
{
	const bool of_caches = o->slab || o->objects, others = o->info || o->zones || o->vmalloc || o->pages;

	if (others && !of_caches && nargs)
		return kd_error_new(KD_INVALID, "\"%s\": --info, --zones, --vmalloc and --pages take no arguments", args[0]);
	if (o->objects && !nargs)
		return kd_error_new(KD_INVALID, "--objects needs the name of a cache");
	return NULL;
}

struct kd_error *kd_core_kmem(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_kmem_options *o = options;
	const bool of_caches = o->slab || o->objects, any = of_caches || o->info || o->zones || o->vmalloc || o->pages;
	kd_auto(kd_ident_freep) struct kd_ident *id = NULL;
	struct kd_error *err = check_options(o, args, nargs);

	if (!err)
		err = kd_dump_need_types(d);
	if (!err)
		err = kd_ident_new(d, &id);
	if (err)
		return err;
	if (!any && nargs)
		return kd_core_what_facts(d, id, false, args, nargs, s);
	if (o->info || !any)
		info(id, s);
	if (o->zones)
		zones(id, s);
	if (o->pages)
		page_uses(id, s);
	if (o->vmalloc)
		areas(d, id, s);
	return of_caches ? of_slub(d, id, o, args, nargs, s) : NULL;
}
