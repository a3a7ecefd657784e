// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions and inlined calls of one unit. */
#include <stdio.h>

#include "base/alloc.h"
#include "symbol/build_internal.h"

enum { DEPTH_MAX = 512, CHAIN_MAX = 8, UNIT_RANGES_MAX = 1 << 20 };

/* A subprogram of the unit, with or without code: who is inlined points at one. */
struct abstract {
	uint64_t off, next; /* next: what it refers to for its name, 0: nothing */
	struct kd_view name, linkage;
	uint64_t file, line;
	uint32_t id; /* origin + 1; 0: not made yet */
};

/* What is around the entry that is being read. */
struct level {
	bool func; /* the entry that opened it is the function with code */
	bool node; /* … an inlined call */
	bool scope; /* … one of these, or a block */
	uint32_t id; /* of the scope */
	bool abstract; /* a function without code, or in one */
};

struct pass {
	struct build_worker *w;
	const struct build *b;
	struct kd_dwarf_unit u;
	struct build_names names;
	KD_VEC(struct abstract) abstract;
	struct level level[DEPTH_MAX];
	unsigned depth; /* open entries */
	unsigned node_depth, scope_depth; /* inlined calls, scopes among them */
	struct build_vars vars;
	bool in_func;
	uint64_t language;
	/* origins as offsets until the whole unit was read: an inlined function may come later */
	uint32_t first_func, first_node;
	KD_VEC(uint64_t) func_refs;
	KD_VEC(uint64_t) node_refs;
};

/* --- names -------------------------------------------------------------------------------- */

static struct kd_view text(const struct pass *p, const struct kd_dwarf_unit *u,
			   const struct kd_dwarf_entry *e, enum kd_dwarf_attr a)
{
	return kd_dwarf_has(e, a) ? kd_dwarf_text(&p->b->dw, u, &e->a[a]) : KD_VNULL;
}

static void describe(const struct pass *p, const struct kd_dwarf_unit *u,
		     const struct kd_dwarf_entry *e, struct abstract *a)
{
	*a = (struct abstract){.off = e->off,
			       .name = text(p, u, e, KD_DWA_NAME),
			       .linkage = text(p, u, e, KD_DWA_LINKAGE_NAME),
			       .file = kd_dwarf_number(e, KD_DWA_DECL_FILE),
			       .line = kd_dwarf_number(e, KD_DWA_DECL_LINE)};
	if (kd_dwarf_has(e, KD_DWA_ABSTRACT_ORIGIN) && e->a[KD_DWA_ABSTRACT_ORIGIN].kind == KD_DWV_REF)
		a->next = e->a[KD_DWA_ABSTRACT_ORIGIN].u;
	else if (kd_dwarf_has(e, KD_DWA_SPECIFICATION) && e->a[KD_DWA_SPECIFICATION].kind == KD_DWV_REF)
		a->next = e->a[KD_DWA_SPECIFICATION].u;
}

static struct abstract *find_abstract(struct pass *p, uint64_t off)
{
	size_t lo = 0, hi = p->abstract.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->abstract.v[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->abstract.n && p->abstract.v[lo].off == off ? &p->abstract.v[lo] : NULL;
}

const struct kd_dwarf_unit *kd_build_far_unit(const struct build *b, uint64_t off)
{
	size_t lo = 0, hi = b->units.n;
	const struct kd_dwarf_unit *u;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->units.v[mid].u.off <= off)
			lo = mid;
		else
			hi = mid;
	}
	u = hi ? &b->units.v[lo].u : NULL;
	return u && off >= u->entries && off < u->end ? u : NULL;
}

const struct kd_dwarf_unit *kd_build_far_entry(struct build_worker *w, uint64_t off, struct kd_dwarf_entry *e)
{
	const struct kd_dwarf *dw = &w->b->dw;
	const struct kd_dwarf_unit *u = kd_build_far_unit(w->b, off);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_cursor c;

	if (!u)
		return NULL;
	err = kd_dwarf_abbrevs_read(dw, u, &w->foreign);
	kd_build_steps(w, w->foreign.nspec);
	if (err || w->full)
		return NULL;
	c = kd_dwarf_entries_at(dw, u, off);
	return kd_dwarf_next(dw, u, &w->foreign, &c, e) && e->tag ? u : NULL;
}

/* An entry of another unit (link-time optimisation, dwz, Rust): its name, without its file. */
static bool foreign(struct pass *p, uint64_t off, struct abstract *ret)
{
	struct kd_dwarf_entry e;
	const struct kd_dwarf_unit *u = kd_build_far_entry(p->w, off, &e);

	if (!u)
		return false;
	describe(p, u, &e, ret);
	ret->file = 0;
	return true;
}

static uint32_t origin_id(struct build_worker *w, const struct build_origin *o)
{
	/* texts of .debug_str are the same bytes wherever they are named: the place tells them apart */
	const struct { const char *name, *linkage; uint64_t place; } key = {
		o->name.p, o->linkage.p, (uint64_t)o->file << 32 | o->line};
	struct kd_hashmap_entry *e;
	struct build_origin *to;
	bool is_new;

	e = kd_hashmap_add(&w->origin_ids, kd_view((const char *)&key, sizeof(key)), &is_new);
	if (!e) {
		w->full = true;
		return 0;
	}
	if (is_new) {
		to = kd_vec_push(&w->origins, BUILD_ORIGINS_MAX);
		if (!to) {
			w->full = true;
			return 0;
		}
		*to = *o;
		e->num = w->origins.n - 1;
	}
	return (uint32_t)e->num;
}

/* Follow the references to the first name, place and linkage name. */
static uint32_t resolve(struct pass *p, uint64_t off)
{
	struct abstract far, *a = find_abstract(p, off), *first = a;
	struct build_origin o = {.file = 0};
	bool own = a != NULL;

	if (first && first->id)
		return first->id - 1;
	for (int i = 0; i < CHAIN_MAX; i++) {
		if (!a) {
			own = false;
			if (!foreign(p, off, &far))
				break;
			a = &far;
		}
		if (!o.name.p)
			o.name = a->name;
		if (!o.linkage.p)
			o.linkage = a->linkage;
		if (!o.line && a->line) {
			o.line = a->line > UINT32_MAX ? 0 : (uint32_t)a->line;
			o.file = own ? kd_build_file(p->w, &p->names, a->file) : 0;
		}
		off = a->next;
		if (!off || (o.name.p && o.line))
			break;
		a = find_abstract(p, off);
	}
	if (first)
		first->id = origin_id(p->w, &o) + 1;
	return first ? first->id - 1 : origin_id(p->w, &o);
}

/* --- ranges ------------------------------------------------------------------------------- */

static void add_range(struct pass *p, uint64_t start, uint64_t end, uint32_t *n)
{
	struct build_range r, *to;

	if (!kd_build_code(p->b, start, end, &r.start, &r.len))
		return;
	to = kd_vec_push(&p->w->ranges, BUILD_RANGES_MAX);
	if (!to) {
		p->w->full = true;
		return;
	}
	*to = r;
	++*n;
}

/* The entry's code; false when it has none in this file. *low: of its entry. */
static bool add_ranges(struct pass *p, const struct kd_dwarf_entry *e, uint32_t *first, uint32_t *n,
		       uint64_t *low)
{
	struct kd_dwarf_list l;
	uint64_t start, end;

	*first = (uint32_t)p->w->ranges.n;
	*n = 0;
	if (kd_dwarf_has(e, KD_DWA_RANGES)) {
		if (!kd_dwarf_ranges(&p->b->dw, &p->u, &e->a[KD_DWA_RANGES], &l))
			return false;
		for (int i = 0; i < UNIT_RANGES_MAX && kd_dwarf_list_next(&l, &start, &end, NULL); i++) {
			kd_build_steps(p->w, 1);
			if (p->w->full)
				return false;
			if (!i)
				*low = start;
			add_range(p, start, end, n);
		}
		if (l.c.failed)
			kd_build_damage(p->w, &p->u, "a list of ranges");
		return *n > 0;
	}
	if (!kd_dwarf_has(e, KD_DWA_LOW_PC) || !kd_dwarf_has(e, KD_DWA_HIGH_PC) ||
	    !kd_dwarf_address(&p->b->dw, &p->u, &e->a[KD_DWA_LOW_PC], &start))
		return false;
	if (kd_dwarf_uint(&e->a[KD_DWA_HIGH_PC], &end))
		end += start; /* since DWARF 4 a length */
	else if (!kd_dwarf_address(&p->b->dw, &p->u, &e->a[KD_DWA_HIGH_PC], &end))
		return false;
	*low = start;
	add_range(p, start, end, n);
	return *n > 0;
}

/* --- entries ------------------------------------------------------------------------------ */

static uint64_t origin_of(const struct kd_dwarf_entry *e)
{
	if (kd_dwarf_has(e, KD_DWA_ABSTRACT_ORIGIN) && e->a[KD_DWA_ABSTRACT_ORIGIN].kind == KD_DWV_REF)
		return e->a[KD_DWA_ABSTRACT_ORIGIN].u;
	return e->off;
}

/* A scope for the variables in it. */
static bool add_scope(struct pass *p, struct build_scope s, uint32_t *ret)
{
	struct build_scope *to = kd_vec_push(&p->w->scopes, BUILD_SCOPES_MAX);

	if (!to) {
		p->w->full = true;
		return false;
	}
	s.depth = p->scope_depth;
	*to = s;
	*ret = (uint32_t)p->w->scopes.n - 1;
	return true;
}

/* true: it has code, what is in it belongs to it. */
static bool function(struct pass *p, const struct kd_dwarf_entry *e)
{
	struct abstract *a = kd_vec_push(&p->abstract, BUILD_ABSTRACT_MAX);
	struct build_func f = {.off = e->off, .flags = (uint32_t)p->language << 8};
	struct build_func *to;
	uint64_t low = 0, *ref;
	uint32_t len;

	if (a)
		describe(p, &p->u, e, a);
	else
		p->w->full = true;
	if (p->in_func || !add_ranges(p, e, &f.range, &f.nranges, &low))
		return false;
	if (!kd_build_code(p->b, low, low + 1, &f.low, &len))
		f.low = p->w->ranges.v[f.range].start;
	f.node = (uint32_t)p->w->nodes.n;
	f.scope = (uint32_t)p->w->scopes.n;
	f.var = (uint32_t)p->w->vars.n;
	ref = kd_vec_push(&p->func_refs, BUILD_FUNCS_MAX);
	to = ref ? kd_vec_push(&p->w->funcs, BUILD_FUNCS_MAX) : NULL;
	if (!to) {
		p->w->full = true;
		return false;
	}
	*to = f;
	*ref = e->off;
	p->w->frame_base = kd_build_frame_base(e);
	return true;
}

static bool inlined(struct pass *p, const struct kd_dwarf_entry *e)
{
	struct build_node n = {.depth = p->node_depth}, *to;
	uint64_t low = 0, *ref;

	if (!p->in_func || !add_ranges(p, e, &n.range, &n.nranges, &low))
		return false;
	n.file = kd_build_file(p->w, &p->names, kd_dwarf_number(e, KD_DWA_CALL_FILE));
	n.line = (uint32_t)kd_dwarf_number(e, KD_DWA_CALL_LINE);
	n.column = (uint32_t)kd_dwarf_number(e, KD_DWA_CALL_COLUMN);
	ref = kd_vec_push(&p->node_refs, BUILD_NODES_MAX);
	to = ref ? kd_vec_push(&p->w->nodes, BUILD_NODES_MAX) : NULL;
	if (!to) {
		p->w->full = true;
		return false;
	}
	*to = n;
	*ref = origin_of(e);
	return true;
}

static bool dull(uint32_t tag)
{
	switch (tag) {
	case KD_DWT_STRUCT:
	case KD_DWT_UNION:
	case KD_DWT_ENUM:
	case KD_DWT_ARRAY:
	case KD_DWT_SUBROUTINE_TYPE:
	case KD_DWT_GNU_CALL_SITE:
	case KD_DWT_CALL_SITE:
		return true;
	default:
		return false;
	}
}

static void open_level(struct pass *p, struct level l)
{
	p->level[p->depth++] = l;
	if (l.func)
		p->in_func = true;
	if (l.node)
		p->node_depth++;
	if (l.scope)
		p->scope_depth++;
}

static void close_level(struct pass *p)
{
	struct level l;

	if (!p->depth)
		return;
	l = p->level[--p->depth];
	if (l.node)
		p->node_depth--;
	if (l.scope)
		p->scope_depth--;
	if (l.func) {
		struct build_func *f = &p->w->funcs.v[p->w->funcs.n - 1];

		f->nnodes = (uint32_t)p->w->nodes.n - f->node;
		f->nscopes = (uint32_t)p->w->scopes.n - f->scope;
		f->nvars = (uint32_t)p->w->vars.n - f->var;
		p->in_func = false;
	}
}

/* Past the entry's children when it says where they end, and nothing in them is of use. */
static bool skip_children(const struct pass *p, const struct kd_dwarf_entry *e, struct kd_cursor *c)
{
	uint64_t next;

	if (!kd_dwarf_has(e, KD_DWA_SIBLING) || e->a[KD_DWA_SIBLING].kind != KD_DWV_REF)
		return false;
	next = e->a[KD_DWA_SIBLING].u;
	return next > c->pos && next <= p->u.end && kd_cursor_seek(c, (size_t)next);
}

/* The scope that the entry opens, if it does. */
static void open_scope(struct pass *p, const struct kd_dwarf_entry *e, struct level *l)
{
	struct build_scope s = {.kind = BUILD_SCOPE_FUNC};
	uint64_t low;

	if (l->node) {
		s.kind = BUILD_SCOPE_INLINED;
		s.node = (uint32_t)p->w->nodes.n - 1 - p->w->funcs.v[p->w->funcs.n - 1].node;
	} else if (!l->func) {
		s.kind = BUILD_SCOPE_BLOCK;
		/* a block that has ranges, but none in this file's code, has no scope to speak of */
		if (!add_ranges(p, e, &s.range, &s.nranges, &low) &&
		    (kd_dwarf_has(e, KD_DWA_RANGES) || kd_dwarf_has(e, KD_DWA_LOW_PC)))
			return;
	}
	l->scope = add_scope(p, s, &l->id);
}

static void variable(struct pass *p, const struct kd_dwarf_entry *e)
{
	const struct level *around = p->depth ? &p->level[p->depth - 1] : NULL;

	if (e->tag == KD_DWT_VARIABLE)
		kd_build_global(p->w, &p->u, e);
	if (around && around->scope)
		kd_build_var(p->w, &p->u, e, around->id, &p->vars);
	else if (around && (around->abstract || p->depth == 1))
		kd_build_abstract_var(p->w, &p->u, e, &p->vars);
}

static struct level look_at(struct pass *p, const struct kd_dwarf_entry *e)
{
	struct level l = {.abstract = p->depth && p->level[p->depth - 1].abstract};

	switch (e->tag) {
	case KD_DWT_SUBPROGRAM:
		l.func = function(p, e);
		l.abstract = !l.func;
		break;
	case KD_DWT_INLINED:
		l.node = inlined(p, e);
		break;
	case KD_DWT_PARAMETER:
	case KD_DWT_VARIABLE:
		variable(p, e);
		return l;
	default:
		break;
	}
	if (l.func || l.node || (e->tag == KD_DWT_LEXICAL_BLOCK && p->in_func))
		open_scope(p, e, &l);
	return l;
}

static void one_entry(struct pass *p, const struct kd_dwarf_entry *e, struct kd_cursor *c)
{
	const struct level l = look_at(p, e);
	struct build_func *f = l.func ? &p->w->funcs.v[p->w->funcs.n - 1] : NULL;

	if (!e->children) {
		if (f) /* nothing is in it */
			f->nnodes = f->nscopes = f->nvars = 0;
		return;
	}
	/* what is inside of a declaration is of no use; C++ and Rust nest functions in types */
	if ((dull(e->tag) && (p->language <= 0x0c || p->language == 0x1d || p->in_func)) ||
	    (e->tag == KD_DWT_SUBPROGRAM && !l.func && kd_dwarf_has(e, KD_DWA_DECLARATION)))
		if (skip_children(p, e, c))
			return;
	if (p->depth == DEPTH_MAX) {
		kd_build_damage(p->w, &p->u, "entries are nested too deeply");
		c->pos = c->data.n;
		return;
	}
	open_level(p, l);
}

static void first_entry(struct pass *p, const struct build_unit *unit, const struct kd_dwarf_entry *e)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct build *b = p->b;

	kd_dwarf_unit_bases(&b->dw, e, &p->u);
	p->language = kd_dwarf_number(e, KD_DWA_LANGUAGE);
	p->names.comp_dir = text(p, &p->u, e, KD_DWA_COMP_DIR);
	if (!p->names.comp_dir.n)
		p->names.comp_dir = unit->comp_dir; /* a split unit: its skeleton's */
	if (!unit->has_lines)
		return;
	err = kd_dwarf_lines(&b->dw, &p->u, unit->stmt_list, p->names.comp_dir, &p->w->unit_arena,
			     &p->names.lines);
	if (!err)
		p->names.ids = kd_arena_array(&p->w->unit_arena, p->names.lines.nfiles + 1, uint32_t);
	if (err || !p->names.ids) {
		kd_build_damage(p->w, &p->u, err ? err->msg : "too many files");
		return;
	}
	memset(p->names.ids, 0xff, (p->names.lines.nfiles + 1) * sizeof(uint32_t));
	p->names.has = true;
}

/* The origins, now that all entries of the unit are known. */
static void settle(struct pass *p)
{
	if (p->w->full) /* the last one may have a reference, and no place */
		return;
	for (size_t i = 0; i < p->func_refs.n; i++)
		p->w->funcs.v[p->first_func + i].origin = resolve(p, p->func_refs.v[i]);
	for (size_t i = 0; i < p->node_refs.n; i++)
		p->w->nodes.v[p->first_node + i].origin = resolve(p, p->node_refs.v[i]);
	kd_build_vars_settle(p->w, &p->vars);
}

static void entries(struct pass *p, const struct build_unit *unit)
{
	const struct kd_dwarf *dw = &p->b->dw;
	struct kd_dwarf_entry *e = &p->w->entry;
	struct kd_cursor c = kd_dwarf_entries(dw, &p->u);
	bool first = true;

	while (kd_dwarf_next(dw, &p->u, &p->w->abbrevs, &c, e)) {
		if (!e->tag) {
			close_level(p);
			continue;
		}
		if (first) {
			first_entry(p, unit, e);
			c.data.n = (size_t)p->u.end;
		}
		first = false;
		one_entry(p, e, &c);
	}
	if (c.failed)
		kd_build_damage(p->w, &p->u, "an entry");
	while (p->depth)
		close_level(p);
}

void kd_build_unit(struct build_worker *w, const struct build_unit *unit)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct pass *p = kd_xcalloc(1, sizeof(*p));

	p->w = w;
	p->b = w->b;
	p->u = unit->u;
	p->first_func = (uint32_t)w->funcs.n;
	p->first_node = (uint32_t)w->nodes.n;
	p->vars.first_var = (uint32_t)w->vars.n;
	p->vars.first_global = (uint32_t)w->globals.n;
	kd_arena_reset(&w->unit_arena);
	err = kd_dwarf_abbrevs_read(&w->b->dw, &p->u, &w->abbrevs);
	kd_build_steps(w, w->abbrevs.nspec);
	if (err) {
		kd_build_damage(w, &p->u, err->msg);
	} else {
		entries(p, unit);
		settle(p);
		if (p->names.has && unit->lines && !w->full)
			kd_build_rows(w, &p->u, &p->names);
	}
	kd_vec_free(&p->abstract);
	kd_vec_free(&p->func_refs);
	kd_vec_free(&p->node_refs);
	kd_vec_free(&p->vars.abstract);
	kd_vec_free(&p->vars.refs);
	kd_free(p);
}

void kd_build_steps(struct build_worker *w, uint64_t n)
{
	w->steps += n;
	w->full |= w->steps > BUILD_STEPS_MAX;
}

void kd_build_damage(struct build_worker *w, const struct kd_dwarf_unit *u, const char *what)
{
	if (!w->damaged++)
		snprintf(w->damage, sizeof(w->damage), "unit at %#jx: %.120s", (uintmax_t)u->off, what);
}
