// SPDX-License-Identifier: GPL-2.0-or-later
/* Variables and parameters of a unit: names, types, places. */
#include <stdlib.h>

#include "base/alloc.h"
#include "symbol/build_internal.h"
#include "symbol/kdx_format.h"

enum { CHAIN_MAX = 4, LOCS_OF_ONE_MAX = 1 << 16, EXPR_MAX = 512 };
enum { OP_ADDR = 0x03, OP_ADDRX = 0xa1, OP_BREG0 = 0x70, OP_CONSTS = 0x11, OP_FBREG = 0x91, OP_CALL_FRAME_CFA = 0x9c,
       OP_REG0 = 0x50, OP_STACK_VALUE = 0x9f, OP_LO_USER = 0xe0 };

static uint64_t ref(const struct kd_dwarf_entry *e, enum kd_dwarf_attr a)
{
	return kd_dwarf_has(e, a) && e->a[a].kind == KD_DWV_REF ? e->a[a].u : 0;
}

static struct build_abstract_var describe(const struct build_worker *w, const struct kd_dwarf_unit *u,
					  const struct kd_dwarf_entry *e)
{
	return (struct build_abstract_var){
		.off = e->off,
		.next = ref(e, KD_DWA_ABSTRACT_ORIGIN) ? ref(e, KD_DWA_ABSTRACT_ORIGIN)
						       : ref(e, KD_DWA_SPECIFICATION),
		.type = ref(e, KD_DWA_TYPE),
		.name = kd_dwarf_has(e, KD_DWA_NAME) ? kd_dwarf_text(&w->b->dw, u, &e->a[KD_DWA_NAME]) : KD_VNULL,
		.line = (uint32_t)kd_dwarf_number(e, KD_DWA_DECL_LINE),
		.param = e->tag == KD_DWT_PARAMETER,
	};
}

void kd_build_abstract_var(struct build_worker *w, const struct kd_dwarf_unit *u,
			   const struct kd_dwarf_entry *e, struct build_vars *v)
{
	struct build_abstract_var *to = kd_vec_push(&v->abstract, BUILD_ABSTRACT_MAX);

	if (to)
		*to = describe(w, u, e);
	else
		w->full = true;
}

/* --- places ------------------------------------------------------------------------------- */

int kd_build_frame_base(const struct kd_dwarf_entry *e)
{
	const struct kd_dwarf_value *v = &e->a[KD_DWA_FRAME_BASE];
	uint8_t op;

	if (!kd_dwarf_has(e, KD_DWA_FRAME_BASE) || v->kind != KD_DWV_BLOCK || v->v.n != 1)
		return BUILD_BASE_OTHER;
	op = (uint8_t)v->v.p[0];
	if (op == OP_CALL_FRAME_CFA)
		return BUILD_BASE_CFA;
	return op >= OP_REG0 && op < OP_REG0 + 32 ? op - OP_REG0 : BUILD_BASE_OTHER;
}

/*
 * In an index DW_OP_fbreg counts from the CFA. clang's frames have a register as their base: an expression that
 * begins with it counts from that register then. Any other one that may have it becomes an operation that nobody
 * knows: its place is not known.
 */
static void put_expr(struct build_worker *w, struct kd_view expr)
{
	const bool first = (uint8_t)expr.p[0] == OP_FBREG;
	char op;

	if (w->frame_base == BUILD_BASE_CFA || kd_view_chr(expr, (char)OP_FBREG) == KD_NPOS) {
		w->full |= !kd_buf_add(&w->exprs, expr);
		return;
	}
	op = (char)(first && w->frame_base >= 0 ? OP_BREG0 + w->frame_base : OP_LO_USER);
	expr = kd_view_from(expr, 1);
	if (kd_view_chr(expr, (char)OP_FBREG) != KD_NPOS)
		op = (char)OP_LO_USER;
	w->full |= !kd_buf_addc(&w->exprs, op) || !kd_buf_add(&w->exprs, expr);
}

/* An index into .debug_addr, which an index does not have: as the address. What is behind it in the expression. */
static struct kd_view put_addrx(struct build_worker *w, const struct kd_dwarf_unit *u, struct kd_view expr)
{
	struct kd_cursor c = kd_cursor_of(kd_view_from(expr, 1), 0, w->b->elf.big_endian);
	struct kd_dwarf_value v = {.kind = KD_DWV_ADDRX};
	uint64_t addr;

	if (!kd_cursor_next_uleb128(&c, &v.u) || !kd_dwarf_address(&w->b->dw, u, &v, &addr))
		return expr;
	w->full |= !kd_buf_addc(&w->exprs, (char)OP_ADDR);
	for (unsigned i = 0; i < 8; i++)
		w->full |= !kd_buf_addc(&w->exprs, (char)(addr >> (w->b->elf.big_endian ? 56 - 8 * i : 8 * i)));
	return kd_view_from(expr, 1 + c.pos);
}

static void add_loc(struct build_worker *w, const struct kd_dwarf_unit *u, struct build_var *v, uint32_t start, uint32_t len,
		    struct kd_view expr)
{
	struct build_loc *to;
	size_t from;

	if (expr.n > EXPR_MAX || !expr.n) /* empty: it has no place there */
		return;
	to = kd_vec_push(&w->locs, BUILD_LOCS_MAX);
	if (!to || w->exprs.n > UINT32_MAX) {
		w->full = true;
		return;
	}
	from = w->exprs.n;
	if ((uint8_t)expr.p[0] == OP_ADDRX)
		expr = put_addrx(w, u, expr);
	if (expr.n)
		put_expr(w, expr);
	*to = (struct build_loc){start, len, (uint32_t)from, (uint16_t)(w->exprs.n - from)};
	v->nlocs++;
}

static void list(struct build_worker *w, const struct kd_dwarf_unit *u, const struct kd_dwarf_value *value,
		 struct build_var *v)
{
	struct kd_dwarf_list l;
	uint64_t start, end;
	struct kd_view expr;

	v->flags |= BUILD_VAR_LIST;
	if (!kd_dwarf_locations(&w->b->dw, u, value, &l))
		return;
	for (int i = 0; i < LOCS_OF_ONE_MAX && kd_dwarf_list_next(&l, &start, &end, &expr); i++) {
		uint32_t from, len;

		if (!start && end == UINT64_MAX)
			add_loc(w, u, v, 0, 0, expr);
		else if (kd_build_code(w->b, start, end, &from, &len))
			add_loc(w, u, v, from, len, expr);
	}
	if (l.c.failed)
		kd_build_damage(w, u, "a list of locations");
}

/* A constant, as the expression that gives it. */
static void constant(struct build_worker *w, const struct kd_dwarf_unit *u, const struct kd_dwarf_value *value, struct build_var *v)
{
	char expr[16];
	size_t n = 0;
	int64_t x = (int64_t)value->u;
	bool more = true;

	if (value->kind != KD_DWV_UINT && value->kind != KD_DWV_SINT)
		return;
	expr[n++] = OP_CONSTS;
	while (more) {
		unsigned bits = (unsigned)x & 0x7f;

		x >>= 7;
		more = !((!x && !(bits & 0x40)) || (x == -1 && bits & 0x40));
		expr[n++] = (char)(bits | (more ? 0x80 : 0));
	}
	expr[n++] = (char)OP_STACK_VALUE;
	add_loc(w, u, v, 0, 0, kd_view(expr, n));
}

void kd_build_var(struct build_worker *w, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e,
		  uint32_t scope, struct build_vars *vars)
{
	const struct build_abstract_var a = describe(w, u, e);
	struct build_var v = {.name = a.name, .type = a.type, .line = a.line, .scope = scope,
			      .flags = a.param ? BUILD_VAR_PARAM : 0, .loc = (uint32_t)w->locs.n};
	struct build_var *to;
	uint64_t *origin;

	if (kd_dwarf_has(e, KD_DWA_DECLARATION))
		return;
	if (kd_dwarf_has(e, KD_DWA_LOCATION)) {
		if (e->a[KD_DWA_LOCATION].kind == KD_DWV_BLOCK)
			add_loc(w, u, &v, 0, 0, e->a[KD_DWA_LOCATION].v);
		else
			list(w, u, &e->a[KD_DWA_LOCATION], &v);
	} else if (kd_dwarf_has(e, KD_DWA_CONST_VALUE)) {
		constant(w, u, &e->a[KD_DWA_CONST_VALUE], &v);
	}
	origin = kd_vec_push(&vars->refs, BUILD_VARS_MAX);
	to = origin ? kd_vec_push(&w->vars, BUILD_VARS_MAX) : NULL;
	if (!to) {
		w->full = true;
		return;
	}
	*to = v;
	*origin = a.next;
	w->scopes.v[scope].nvars++;
}

void kd_build_global(struct build_worker *w, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e)
{
	const struct kd_view expr = kd_dwarf_has(e, KD_DWA_LOCATION) && e->a[KD_DWA_LOCATION].kind == KD_DWV_BLOCK
					    ? e->a[KD_DWA_LOCATION].v : KD_VNULL;
	struct kd_cursor c = kd_cursor_of(kd_view_from(expr, 1), 0, w->b->elf.big_endian);
	struct build_abstract_var a;
	struct build_global *to;
	uint64_t addr;

	if (!expr.n)
		return;
	if ((uint8_t)expr.p[0] == OP_ADDRX) {
		struct kd_dwarf_value v = {.kind = KD_DWV_ADDRX};

		if (!kd_cursor_next_uleb128(&c, &v.u) || kd_cursor_left(&c) || !kd_dwarf_address(&w->b->dw, u, &v, &addr))
			return;
	} else if (expr.p[0] != OP_ADDR || !kd_cursor_next_uint(&c, w->b->elf.is64 ? 8 : 4, &addr) || kd_cursor_left(&c)) {
		return;
	}
	a = describe(w, u, e);
	to = kd_vec_push(&w->globals, BUILD_GLOBALS_MAX);
	if (to)
		*to = (struct build_global){addr, a.type, a.next, a.name};
	else
		w->full = true;
}

static const struct build_abstract_var *find_abstract(const struct build_vars *v, uint64_t off)
{
	size_t lo = 0, hi = v->abstract.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->abstract.v[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < v->abstract.n && v->abstract.v[lo].off == off ? &v->abstract.v[lo] : NULL;
}

/* One in another unit. */
static bool far_var(struct build_worker *w, uint64_t off, struct build_abstract_var *ret)
{
	struct kd_dwarf_entry e;
	const struct kd_dwarf_unit *u = kd_build_far_entry(w, off, &e);

	if (!u || (e.tag != KD_DWT_VARIABLE && e.tag != KD_DWT_PARAMETER))
		return false;
	*ret = describe(w, u, &e);
	return true;
}

void kd_build_vars_settle(struct build_worker *w, struct build_vars *vars)
{
	for (size_t i = 0; i < vars->refs.n; i++) {
		struct build_var *v = &w->vars.v[vars->first_var + i];
		uint64_t off = vars->refs.v[i];

		for (int k = 0; off && k < CHAIN_MAX; k++) {
			const struct build_abstract_var *a = find_abstract(vars, off);
			struct build_abstract_var other;

			if (!a && far_var(w, off, &other))
				a = &other;
			if (!a)
				break;
			if (!v->name.n)
				v->name = a->name;
			if (!v->type)
				v->type = a->type;
			if (!v->line)
				v->line = a->line;
			off = a->next;
		}
	}
	for (size_t i = vars->first_global; i < w->globals.n; i++) {
		struct build_global *g = &w->globals.v[i];
		const struct build_abstract_var *a = g->ref ? find_abstract(vars, g->ref) : NULL;

		for (int k = 0; a && k < CHAIN_MAX; k++) {
			if (!g->name.n)
				g->name = a->name;
			if (!g->type)
				g->type = a->type;
			a = a->next ? find_abstract(vars, a->next) : NULL;
		}
	}
}

static int by_global(const void *a, const void *b)
{
	const struct build_global *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return kd_view_cmp(x->name, y->name);
}

struct kd_error *kd_build_put_globals(struct build *b, struct build_out *o)
{
	KD_VEC(struct build_global) all = {0};

	for (unsigned k = 0; k < b->nw; k++)
		for (size_t i = 0; i < b->w[k].globals.n; i++) {
			const struct build_global *g = &b->w[k].globals.v[i];
			struct build_global *to = g->name.n && g->type ? kd_vec_push(&all, BUILD_GLOBALS_MAX) : NULL;

			if (to)
				*to = *g;
		}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_global);
	for (size_t i = 0; i < all.n; i++) {
		uint8_t raw[KD_KDX_GLOBAL_BYTES];

		if (i && !by_global(&all.v[i - 1], &all.v[i]))
			continue;
		kd_put_le64(raw, all.v[i].addr);
		kd_put_le32(raw + 8, kd_build_text(o, all.v[i].name));
		kd_put_le32(raw + 12, kd_build_type_id(b->types, all.v[i].type));
		kd_buf_add(&o->globals, kd_view((char *)raw, sizeof(raw)));
	}
	kd_vec_free(&all);
	return o->globals.overflow ? kd_error_new(KD_LIMIT, "too many variables") : NULL;
}

/* --- encoded ------------------------------------------------------------------------------ */

static void put_loc(const struct build_worker *w, const struct build_loc *l, uint32_t *at, struct kd_buf *to)
{
	kd_build_varint(to, l->len);
	if (l->len) {
		kd_build_varint(to, kd_zigzag((int64_t)l->start - *at));
		*at = l->start + l->len;
	}
	kd_build_varint(to, l->nexpr);
	kd_buf_add(to, kd_view(w->exprs.p + l->expr, l->nexpr));
}

static void put_var(struct build *b, struct build_out *o, const struct build_worker *w,
		    const struct build_func *f, const struct build_var *v, struct kd_buf *to)
{
	uint32_t at = f->low;

	kd_build_varint(to, v->flags);
	kd_build_varint(to, kd_build_text(o, v->name));
	kd_build_varint(to, v->type ? kd_build_type_id(b->types, v->type) : 0);
	kd_build_varint(to, v->line);
	kd_build_varint(to, v->nlocs);
	for (uint32_t i = 0; i < v->nlocs; i++)
		put_loc(w, &w->locs.v[v->loc + i], &at, to);
}

static void put_scope(const struct build_worker *w, const struct build_func *f, const struct build_scope *s,
		      struct kd_buf *to)
{
	int64_t at = f->low;

	kd_build_varint(to, s->depth);
	kd_build_varint(to, s->kind);
	if (s->kind == BUILD_SCOPE_INLINED)
		kd_build_varint(to, s->node);
	if (s->kind == BUILD_SCOPE_BLOCK) {
		kd_build_varint(to, s->nranges);
		for (uint32_t i = 0; i < s->nranges; i++) {
			const struct build_range *r = &w->ranges.v[s->range + i];

			kd_build_varint(to, kd_zigzag((int64_t)r->start - at));
			kd_build_varint(to, r->len);
			at = (int64_t)r->start + r->len;
		}
	}
	kd_build_varint(to, s->nvars);
}

void kd_build_put_vars(struct build *b, struct build_out *o, unsigned worker, const struct build_func *f,
		       struct kd_buf *to)
{
	const struct build_worker *w = &b->w[worker];
	uint32_t *order = kd_xcalloc(f->nvars + 1, sizeof(*order));
	uint32_t *next = kd_xcalloc(f->nscopes + 1, sizeof(*next));
	uint32_t sum = 0;

	/* variables by scope, in their order: scopes and variables come interleaved */
	for (uint32_t i = 0; i < f->nscopes; i++) {
		next[i] = sum;
		sum += w->scopes.v[f->scope + i].nvars;
	}
	for (uint32_t i = 0; i < f->nvars; i++)
		order[next[w->vars.v[f->var + i].scope - f->scope]++] = f->var + i;
	sum = 0;
	for (uint32_t i = 0; i < f->nscopes; i++) {
		const struct build_scope *s = &w->scopes.v[f->scope + i];

		put_scope(w, f, s, to);
		for (uint32_t k = 0; k < s->nvars; k++)
			put_var(b, o, w, f, &w->vars.v[order[sum++]], to);
	}
	kd_free(order);
	kd_free(next);
}
