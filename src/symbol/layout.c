// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/layout.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "symbol/types_internal.h"

enum { DECL_MAX = 4096, DEPTH_MAX = 32 };

struct layout {
	const struct kd_types *ts;
	const struct kd_layout_opts *opts;
	struct kd_arena *arena;
	KD_VEC(struct kd_layout_row) rows;
	uint64_t line; /* the last cache line that was marked */
	uint32_t line_size, closed;
	bool full, limited;
};

struct gaps {
	uint32_t holes;
	uint64_t hole_bits, padding_bits;
};

struct sorted {
	struct kd_type_member m;
	uint32_t index;
};

static struct kd_layout_row *row(struct layout *l, enum kd_layout_what what, int depth, uint64_t off, uint64_t size)
{
	struct kd_layout_row *r;

	if (l->rows.n >= KD_LAYOUT_ROWS_MAX) {
		l->limited = true;
		return NULL;
	}
	r = kd_avec_push(l->arena, &l->rows, KD_LAYOUT_ROWS_MAX);
	if (!r) {
		l->full = true;
		return NULL;
	}
	*r = (struct kd_layout_row){.what = (uint8_t)what, .depth = (uint8_t)depth, .off = off, .size = size};
	return r;
}

static struct kd_view declared(struct layout *l, uint32_t type, struct kd_view name)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(DECL_MAX);
	struct kd_view v;

	kd_types_declare(l->ts, type, name, &b);
	if (b.overflow)
		kd_buf_add(&b, KD_V("…"));
	v = kd_arena_view(l->arena, kd_buf_view(&b));
	l->full |= !v.p;
	return v;
}

/* Cache lines that have begun since the last row. */
static void mark_line(struct layout *l, int depth, uint64_t off)
{
	const uint64_t now = off / l->line_size;

	if (now <= l->line)
		return;
	l->line = now;
	row(l, KD_LAYOUT_LINE, depth, now * l->line_size, off - now * l->line_size);
}

static int by_offset(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->m.bit_off != y->m.bit_off)
		return x->m.bit_off < y->m.bit_off ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/* Members in the order of their offsets; compilers for C give them so, others may not. */
static struct sorted *sort_members(struct layout *l, const struct kd_btf_type *t)
{
	struct sorted *s = kd_xcalloc(t->n ? t->n : 1, sizeof(*s));
	bool in_order = true;

	for (uint32_t i = 0; i < t->n; i++) {
		s[i] = (struct sorted){.m = kd_types_nth(l->ts, t, i), .index = i};
		in_order &= !i || s[i - 1].m.bit_off <= s[i].m.bit_off;
	}
	if (!in_order)
		qsort(s, t->n, sizeof(*s), by_offset);
	return s;
}

static void gap(struct layout *l, enum kd_layout_what what, int depth, uint64_t base, uint64_t from, uint64_t bits)
{
	struct kd_layout_row *r = row(l, what, depth, base + from / 8, bits / 8);

	if (r) {
		r->bits = bits % 8;
		r->bit = from % 8;
	}
}

static void members(struct layout *l, const struct kd_btf_type *t, uint64_t base, int depth, struct gaps *g);

/* The struct or union that a member is, through arrays. */
static bool inside(const struct layout *l, uint32_t id, bool typedefs, struct kd_btf_type *t)
{
	for (int i = 0; i < DEPTH_MAX; i++) {
		id = kd_btf_strip(l->ts->btf, id, typedefs);
		if (id == KD_BTF_NONE || !kd_btf_type(l->ts->btf, id, t))
			return false;
		if (t->kind != KD_BTF_ARRAY)
			break;
		id = t->type;
	}
	return kd_type_is_composite(t);
}

/* Anonymous ones, and with `expand` all. */
static bool opens(struct layout *l, const struct kd_type_member *m, bool anonymous, struct kd_btf_type *t)
{
	if (l->opts->expand)
		return inside(l, m->type, true, t);
	if (inside(l, m->type, false, t) && (anonymous || !t->name.n))
		return true;
	l->closed += inside(l, m->type, true, t);
	return false;
}

/* "name[4]": what stands behind the closing brace. */
static struct kd_view behind_brace(struct layout *l, uint32_t type, struct kd_view name)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(DECL_MAX);
	struct kd_btf_type t;
	struct kd_view v;

	kd_buf_add(&b, name);
	for (int i = 0; i < DEPTH_MAX; i++) {
		const uint32_t id = kd_types_strip(l->ts, type);

		if (id == KD_BTF_NONE || !kd_btf_type(l->ts->btf, id, &t) || t.kind != KD_BTF_ARRAY)
			break;
		if (kd_btf_array(l->ts->btf, &t).n)
			kd_buf_printf(&b, "[%u]", kd_btf_array(l->ts->btf, &t).n);
		else
			kd_buf_add(&b, KD_V("[]"));
		type = t.type;
	}
	v = b.n ? kd_arena_view(l->arena, kd_buf_view(&b)) : KD_VNULL;
	l->full |= b.n && !v.p;
	return v;
}

static void member(struct layout *l, const struct kd_btf_type *t, const struct sorted *s, uint64_t base, int depth)
{
	const struct kd_view name = kd_btf_member(l->ts->btf, t, s->index).name;
	const uint64_t off = base + s->m.bit_off / 8;
	const uint64_t touched = s->m.bits ? (s->m.bit_off % 8 + s->m.bits + 7) / 8 : s->m.size;
	struct kd_layout_row *r;
	struct kd_btf_type in;
	struct gaps unused = {0};

	mark_line(l, depth, off);
	if (!s->m.bits && depth < DEPTH_MAX && opens(l, &s->m, !name.n, &in)) {
		r = row(l, KD_LAYOUT_OPEN, depth, off, s->m.size);
		if (r)
			*r = (struct kd_layout_row){.what = r->what, .depth = r->depth, .off = off, .size = r->size,
						    .type = s->m.type, .name = name,
						    .decl = in.name.n ? declared(l, in.id, KD_VNULL) :
							    in.kind == KD_BTF_UNION ? KD_V("union") : KD_V("struct")};
		members(l, &in, off, depth + 1, &unused);
		r = row(l, KD_LAYOUT_CLOSE, depth, off, s->m.size);
		if (r)
			*r = (struct kd_layout_row){.what = r->what, .depth = r->depth, .off = off, .size = r->size,
						    .type = s->m.type, .name = name,
						    .decl = behind_brace(l, s->m.type, name)};
		return;
	}
	l->limited |= depth >= DEPTH_MAX;
	r = row(l, KD_LAYOUT_MEMBER, depth, off, touched);
	if (!r)
		return;
	r->type = s->m.type;
	r->name = name;
	r->bits = (uint8_t)(s->m.bits < 255 ? s->m.bits : 255);
	r->bit = s->m.bit_off % 8;
	r->decl = declared(l, s->m.type, name);
}

static void members(struct layout *l, const struct kd_btf_type *t, uint64_t base, int depth, struct gaps *g)
{
	struct sorted *s = sort_members(l, t);
	const bool in_struct = t->kind == KD_BTF_STRUCT;
	const uint64_t all = 8 * (uint64_t)t->size;
	uint64_t end = 0;

	for (uint32_t i = 0; i < t->n && !l->full && !l->limited; i++) {
		const uint64_t at = s[i].m.bit_off;
		const uint64_t bits = s[i].m.bits ? s[i].m.bits : 8 * s[i].m.size;

		if (in_struct && at > end) {
			g->holes += at - end >= 8;
			g->hole_bits += at - end;
			gap(l, KD_LAYOUT_HOLE, depth, base, end, at - end);
		}
		member(l, t, &s[i], base, depth);
		if (at + bits > end)
			end = at + bits;
	}
	kd_free(s);
	if (in_struct && end < all && !l->limited) {
		g->padding_bits = all - end;
		gap(l, KD_LAYOUT_PADDING, depth, base, end, all - end);
	}
}

struct kd_error *kd_layout_of(const struct kd_types *ts, uint32_t id, const struct kd_layout_opts *opts,
			      struct kd_arena *arena, struct kd_layout *ret)
{
	struct layout l = {.ts = ts, .opts = opts, .arena = arena,
			   .line_size = opts->line_size ? opts->line_size : 64};
	struct gaps g = {0};
	struct kd_btf_type t;

	if (!kd_btf_type(ts->btf, kd_types_strip(ts, id), &t) || !kd_type_is_composite(&t))
		return kd_error_new(KD_INVALID, "it is no struct or union");
	members(&l, &t, 0, 0, &g);
	if (l.full)
		return kd_error_new(KD_LIMIT, "no room for the members of %.*s", KD_VARG(kd_view_head(t.name, 64)));
	*ret = (struct kd_layout){.kind = t.kind, .name = t.name, .size = t.size, .rows = l.rows.v,
				  .nrows = l.rows.n, .members = t.n, .holes = g.holes,
				  .hole_bits = g.hole_bits, .padding_bits = g.padding_bits,
				  .line_size = l.line_size, .closed = l.closed, .limited = l.limited};
	return NULL;
}
