// SPDX-License-Identifier: GPL-2.0-or-later
/* core what, the objects of core kmem, core search. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/search.h"
#include "verb/core_mem.h"
#include "verb/core_mem_internal.h"
#include "verb/core_rd.h"

enum { SHOWN_NEXT = 3, KIND_WIDTH = 13, LINE_MAX_ = 82 };

/* --- what -------------------------------------------------------------------------------------------- */

struct whats {
	struct kd_dump *d;
	struct kd_ident *id;
	struct kd_sheet *s;
	struct kd_table *facts, *objects, *pages, *stacks;
	bool objects_asked;
};

static void object_row(struct whats *w, uint64_t value, const struct kd_object *o)
{
	struct kd_cell *row = kd_table_row(w->objects);

	row[0] = kd_cell_hex(value);
	row[1] = kd_sheet_cell(w->s, kd_view_of(o->cache->name));
	row[2] = kd_cell_hex(o->cache->addr);
	row[3] = kd_cell_hex(o->slab.addr);
	row[4] = kd_cell_hex(o->start);
	row[5] = kd_cell_int(o->off);
	row[6] = kd_cell_uint(o->cache->object_size);
	row[7] = kd_cell_text(kd_view_of(kd_object_state_words(o->state)));
	row[7].guessed = o->state == KD_OBJECT_UNKNOWN;
	row[8] = o->cpu >= 0 ? kd_cell_int(o->cpu) : kd_cell_none(NULL);
	row[9] = kd_cell_bool(o->outside);
	row[10] = o->why[0] ? kd_sheet_cell(w->s, kd_view_of(o->why)) : kd_cell_none(NULL);
}

static void page_row(struct whats *w, uint64_t value, const struct kd_page *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(512);
	struct kd_cell *row = kd_table_row(w->pages);
	const bool mapped = kd_page_is_mapped(p);

	kd_page_flags(kd_ident_pages(w->id), p->flags, &flags);
	row[0] = kd_cell_hex(value);
	row[1] = kd_cell_hex(p->addr);
	row[2] = kd_cell_hex(p->pfn);
	row[3] = kd_cell_hex(p->head);
	row[4] = kd_cell_text(kd_view_of(kd_page_use_words(p->use)));
	row[5] = kd_sheet_cell(w->s, kd_buf_view(&flags));
	row[6] = kd_cell_hex(p->flags);
	row[7] = kd_cell_int(p->refs);
	row[8] = mapped && p->mapped >= 0 ? kd_cell_int(p->mapped) : kd_cell_none(NULL);
	row[9] = mapped ? kd_cell_hex(p->mapping) : kd_cell_none(NULL);
	row[10] = mapped ? kd_cell_hex(p->index) : kd_cell_none(NULL);
	row[11] = kd_cell_uint(p->order);
}

static void stack_rows(struct whats *w, uint64_t value, const struct kd_object *o)
{
	const char *why;
	struct kd_slub *sl = kd_ident_slub(w->id, &why);

	for (int alloc = 1; alloc >= 0; alloc--) {
		struct kd_track t;

		if (!kd_object_track(sl, o, alloc, &t) || !t.addr)
			continue;
		if (t.no_stack)
			kd_sheet_note(w->s, "0x%" PRIx64 ", %s: %s", value, alloc ? "allocated" : "freed", t.no_stack);
		for (size_t i = 0; i < t.n; i++) {
			struct kd_cell *row = kd_table_row(w->stacks);

			row[0] = kd_cell_hex(value);
			row[1] = kd_cell_text(alloc ? KD_V("allocated") : KD_V("freed"));
			row[2] = kd_cell_uint(i);
			row[3] = kd_dump_addr_cell(w->d, w->s, t.stack[i]);
		}
	}
}

/* A fact in lines of the text, which has no room for a column of values that are all the same. */
static void fact_lines(struct whats *w, const struct kd_ident_fact *f)
{
	const char *kind = kd_fact_kind_name((enum kd_fact_kind)f->kind);
	struct kd_view v = f->text;

	for (bool first = true; first || v.n; first = false) {
		size_t n = v.n <= LINE_MAX_ ? v.n : kd_view_rchr(kd_view_head(v, LINE_MAX_), ' ');

		if (n == KD_NPOS || !n)
			n = v.n <= LINE_MAX_ ? v.n : LINE_MAX_;
		kd_sheet_line(w->s, NULL, "  %-*s%s%.*s%s", KIND_WIDTH, first ? kind : "", first ? "" : "  ", (int)n, v.p,
			      n == v.n && f->guessed ? "?" : "");
		v = kd_view_trim(kd_view_from(v, n));
	}
}

static void one_word(struct whats *w, uint64_t value, bool stacks)
{
	struct kd_ident_facts f;

	kd_ident_word(w->id, value, w->s->arena, &f);
	kd_sheet_line(w->s, NULL, "0x%" PRIx64 "%s", value, f.n ? "" : "  nothing is known about it");
	for (size_t i = 0; i < f.n; i++) {
		struct kd_cell *row = kd_table_row(w->facts);

		fact_lines(w, &f.v[i]);
		row[0] = kd_cell_hex(value);
		row[1] = kd_cell_text(kd_view_of(kd_fact_kind_name((enum kd_fact_kind)f.v[i].kind)));
		row[2] = kd_cell_text(f.v[i].text);
		row[2].guessed = f.v[i].guessed;
		row[3] = f.v[i].start ? kd_cell_hex(f.v[i].start) : kd_cell_none(NULL);
		row[4] = f.v[i].size ? kd_cell_uint(f.v[i].size) : kd_cell_none(NULL);
	}
	if (f.has_object) {
		object_row(w, value, &f.object);
		if (stacks)
			stack_rows(w, value, &f.object);
	}
	if (f.has_page)
		page_row(w, value, &f.page);
	w->objects_asked |= f.has_object;
	w->s->none &= !f.n;
}

/* A number that is no symbol: any word may be asked for, decimal ones, too. */
static struct kd_error *word_arg(struct kd_dump *d, const char *text, uint64_t *ret)
{
	struct kd_error *err = kd_core_address_arg(d, text, ret);

	if (err && kd_view_dec(kd_view_of(text), ret)) {
		kd_error_free(err);
		return NULL;
	}
	return err;
}

/* What the answer would have, were the dump whole. */
static void what_is_missing(struct kd_ident *id, bool objects, struct kd_sheet *s)
{
	const char *why;
	const struct kd_slub *sl = kd_ident_slub(id, &why);

	if (!sl)
		kd_sheet_note(s, "objects of caches are not told apart: %s", why);
	else if (kd_slub_why(sl))
		kd_sheet_note(s, "not all caches are known: %s", kd_slub_why(sl));
	if (kd_pageinfo_why(kd_ident_pages(id)))
		kd_sheet_note(s, "pages are not looked at: %s", kd_pageinfo_why(kd_ident_pages(id)));
	if (objects && kd_ident_rcuwaits(id)->why[0])
		kd_sheet_note(s, "not all that waits for RCU is known: %s", kd_ident_rcuwaits(id)->why);
	if (kd_ident_vmaps(id)->why[0])
		kd_sheet_note(s, "not all areas of vmalloc are known: %s", kd_ident_vmaps(id)->why);
}

struct kd_error *kd_core_what_facts(struct kd_dump *d, struct kd_ident *id, bool stacks, const char *const *args, size_t nargs,
				    struct kd_sheet *s)
{
	static const struct kd_column facts[] = {
		{"value", NULL}, {"kind", NULL}, {"fact", NULL}, {"start", NULL}, {"size", NULL}};
	static const struct kd_column objects[] = {{"value", NULL},  {"cache", NULL},   {"cache_address", NULL}, {"slab", NULL},
						   {"object", NULL}, {"offset", NULL},  {"object_size", NULL},   {"state", NULL},
						   {"cpu", NULL},    {"outside", NULL}, {"problem", NULL}};
	static const struct kd_column pages[] = {{"value", NULL},  {"page", NULL},    {"pfn", NULL},        {"head", NULL},
						 {"use", NULL},    {"flags", NULL},   {"flags_word", NULL}, {"references", NULL},
						 {"mapped", NULL}, {"mapping", NULL}, {"index", NULL},      {"order", NULL}};
	static const struct kd_column calls[] = {
		{"value", "VALUE"}, {"event", "EVENT"}, {"frame", "FRAME"}, {"address", "ADDRESS"}};
	struct whats w = {.d = d, .id = id, .s = s};
	struct kd_error *err = NULL;
	uint64_t value;

	w.facts = kd_sheet_table(s, "facts", facts, KD_ARRAY_LEN(facts));
	w.objects = kd_sheet_table(s, "objects", objects, KD_ARRAY_LEN(objects));
	w.pages = kd_sheet_table(s, "pages", pages, KD_ARRAY_LEN(pages));
	if (stacks)
		w.stacks = kd_sheet_table(s, "stacks", calls, KD_ARRAY_LEN(calls));
	s->none = true;
	for (size_t i = 0; !err && i < nargs; i++) {
		err = word_arg(d, args[i], &value);
		if (err)
			break;
		one_word(&w, value, stacks);
		if (i < SHOWN_NEXT && !s->none)
			kd_dump_next(d, s, "rd", "0x%" PRIx64 " 16", value & ~(uint64_t)7);
	}
	if (!err)
		what_is_missing(id, w.objects_asked, s);
	return err;
}

struct kd_error *kd_core_what(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_what_options *o = options;
	kd_auto(kd_ident_freep) struct kd_ident *id = NULL;
	struct kd_error *err = nargs ? kd_ident_new(d, &id) : kd_error_new(KD_INVALID, "what needs an address or a symbol");

	return err ? err : kd_core_what_facts(d, id, o->stacks, args, nargs, s);
}

/* --- slabs and objects ------------------------------------------------------------------------------- */

struct listing {
	struct kd_slub *sl;
	struct kd_sheet *s;
	const struct kd_cache *c;
	struct kd_table *slabs, *objects;
	uint8_t state[KD_SLAB_OBJECTS_MAX];
	uint64_t n, allocated, unknown, damaged;
};

static bool one_slab(void *user, const struct kd_slab *slab)
{
	struct listing *l = user;
	char why[KD_SLAB_WHY] = "";
	struct kd_object object;
	struct kd_cell *row;
	int cpu;

	if (slab->cache != l->c)
		return true;
	kd_slab_states(l->sl, slab, l->state, &cpu, why);
	row = kd_table_row(l->slabs);
	row[0] = kd_sheet_cell(l->s, kd_view_of(l->c->name));
	row[1] = kd_cell_hex(slab->addr);
	row[2] = kd_cell_hex(slab->base);
	row[3] = kd_cell_uint(slab->objects);
	row[4] = kd_cell_uint(slab->inuse);
	row[5] = cpu >= 0 ? kd_cell_int(cpu) : kd_cell_none(NULL);
	row[6] = kd_cell_bool(slab->frozen);
	row[7] = why[0] ? kd_sheet_cell(l->s, kd_view_of(why)) : kd_cell_text(KD_V(""));
	for (unsigned i = 0; i < slab->objects; i++) {
		const enum kd_object_state state = (enum kd_object_state)l->state[i];

		l->allocated += state == KD_OBJECT_ALLOCATED;
		l->unknown += state == KD_OBJECT_UNKNOWN;
		object = (struct kd_object){.cache = l->c, .start = kd_slab_object(slab, i), .state = state};
		kd_object_damage(l->sl, &object, why);
		l->damaged += why[0] != 0;
		row = kd_table_row(l->objects);
		row[0] = kd_cell_hex(slab->addr);
		row[1] = kd_cell_hex(object.start);
		row[2] = kd_cell_text(kd_view_of(kd_object_state_words(state)));
		row[3] = state == KD_OBJECT_CPU ? kd_cell_int(cpu) : kd_cell_none(NULL);
		row[4] = why[0] ? kd_sheet_cell(l->s, kd_view_of(why)) : kd_cell_text(KD_V(""));
	}
	l->n++;
	return true;
}

struct kd_error *kd_core_kmem_objects(struct kd_slub *sl, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column slabs[] = {{"cache", "CACHE"},     {"slab", "SLAB"},      {"memory", "MEMORY"},
						 {"objects", "OBJECTS"}, {"in_use", "IN USE"},  {"cpu", "CPU"},
						 {"frozen", NULL},       {"problem", "PROBLEM"}};
	static const struct kd_column objects[] = {{"slab", "SLAB"}, {"object", "OBJECT"}, {"state", "STATE"}, {"cpu", "CPU"}, {"problem", "PROBLEM"}};
	struct listing *l = kd_xcalloc(1, sizeof(*l));
	struct kd_error *err = NULL;
	uint64_t missing = 0;

	*l = (struct listing){.sl = sl, .s = s};
	l->slabs = kd_sheet_table(s, "slabs", slabs, KD_ARRAY_LEN(slabs));
	l->objects = kd_sheet_table(s, "objects", objects, KD_ARRAY_LEN(objects));
	for (size_t i = 0; !err && i < nargs; i++) {
		struct kd_cache_usage u;

		l->c = kd_core_cache_arg(sl, args[i]);
		if (!l->c) {
			err = kd_error_new(KD_NOTFOUND, "the kernel has no cache \"%s\"", args[i]);
			break;
		}
		l->n = l->allocated = l->unknown = l->damaged = 0;
		kd_slub_each_slab(sl, one_slab, l, &missing);
		kd_cache_usage(sl, l->c, &u);
		kd_sheet_say(s, "%s: %" PRIu64 " slabs, %" PRIu64 " objects allocated%s", l->c->name, l->n, l->allocated,
			     l->unknown ? ", of others it is not known" : "");
		if (l->damaged)
			kd_sheet_say(s, "%s: red zone or poison of %" PRIu64 " objects is damaged", l->c->name, l->damaged);
		if (u.totals && u.slabs != l->n)
			kd_sheet_note(s, "%s: the kernel counts %" PRIu64 " slabs, their pages are %" PRIu64, l->c->name, u.slabs,
				      l->n);
	}
	if (missing)
		kd_sheet_note(s, "%" PRIu64 " struct pages cannot be read, or are too many: slabs may be missing", missing);
	kd_free(l);
	return err;
}

/* --- search ------------------------------------------------------------------------------------------ */

struct hits {
	struct kd_ident *id;
	struct kd_sheet *s;
	struct kd_table *t;
	bool virt;
};

static bool one_hit(void *user, uint64_t at, uint64_t value)
{
	struct hits *h = user;
	const bool wanted = kd_table_wants(h->t);
	struct kd_cell *row = kd_table_row(h->t);
	struct kd_ident_fact what;
	uint64_t addr = at, phys = at;
	bool known = true;

	if (!wanted)
		return true;
	if (h->virt)
		known = kd_space_translate(kd_mem_space(kd_ident_mem(h->id)), at, &phys, NULL);
	else
		known = kd_ident_virtual(h->id, at, &addr);
	row[0] = h->virt || known ? kd_cell_hex(addr) : kd_cell_none("the kernel has it mapped nowhere that is known");
	row[1] = !h->virt || known ? kd_cell_hex(phys) : kd_cell_none("not mapped");
	row[2] = kd_cell_hex(value);
	row[3] = kd_cell_none(NULL);
	if ((h->virt || known) && kd_ident_brief(h->id, addr, h->s->arena, &what)) {
		row[3] = kd_cell_text(what.text);
		row[3].guessed = what.guessed;
	}
	return true;
}

static struct kd_error *range_of(struct kd_dump *d, const struct kd_core_search_options *o, uint64_t *start, uint64_t *end)
{
	struct kd_error *err = NULL;

	*start = 0;
	*end = ~(uint64_t)0;
	if ((o->start != NULL) != (o->end != NULL) && !o->physical)
		return kd_error_new(KD_INVALID, "a range has --start and --end");
	if (o->start)
		err = kd_core_address_arg(d, o->start, start);
	if (!err && o->end)
		err = kd_core_address_arg(d, o->end, end);
	return err;
}

static struct kd_error *what_of(struct kd_dump *d, const struct kd_core_search_options *o, const char *text,
				struct kd_search_what *w)
{
	static const unsigned sizes[] = {8, 4, 2, 1};
	struct kd_error *err = NULL;

	*w = (struct kd_search_what){.mask = ~(uint64_t)0};
	if (o->string) {
		w->bytes = kd_view_of(text);
		return w->bytes.n ? NULL : kd_error_new(KD_INVALID, "an empty text is everywhere");
	}
	w->size = sizes[o->size];
	err = word_arg(d, text, &w->value);
	if (!err && o->mask)
		err = kd_core_number_arg(o->mask, "--mask", &w->mask);
	if (!err && o->until) {
		err = word_arg(d, o->until, &w->until);
		w->range = true;
	}
	if (!err && w->size < 8 && w->value >> (8 * w->size))
		err = kd_error_new(KD_INVALID, "0x%" PRIx64 " is no number of %u bytes", w->value, w->size);
	if (!err && w->size < 8)
		w->mask &= ((uint64_t)1 << (8 * w->size)) - 1;
	return err;
}

struct kd_error *kd_core_search(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {
		{"address", "ADDRESS"}, {"physical", NULL}, {"value", "VALUE"}, {"what", "IN"}};
	const struct kd_core_search_options *o = options;
	kd_auto(kd_ident_freep) struct kd_ident *id = NULL;
	struct kd_error *err = nargs == 1 ? kd_ident_new(d, &id) : kd_error_new(KD_INVALID, "search needs one value");
	struct hits h = {.s = s, .virt = o->start && !o->physical};
	struct kd_search_stats stats = {0};
	struct kd_search_what w;
	uint64_t start, end;

	if (!err)
		err = what_of(d, o, args[0], &w);
	if (!err)
		err = range_of(d, o, &start, &end);
	if (err)
		return err;
	h.id = id;
	h.t = kd_sheet_table(s, "hits", columns, KD_ARRAY_LEN(columns));
	err = h.virt ? kd_search_virtual(kd_dump_ctx(d), kd_ident_mem(id), &w, start, end, one_hit, &h, &stats)
		     : kd_search(kd_dump_ctx(d), kd_ident_mem(id), kd_dump_pages(d), &w, start, end, one_hit, &h, &stats);
	if (err)
		return err;
	kd_sheet_field(s, "hits_found", "found", kd_cell_uint(stats.hits));
	kd_sheet_field(s, "searched", "searched", kd_cell_bytes(stats.looked));
	kd_sheet_field(s, "left_out", "not there", kd_cell_bytes(stats.missing));
	s->none = !stats.hits;
	return NULL;
}
