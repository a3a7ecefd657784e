// SPDX-License-Identifier: GPL-2.0-or-later
/* The members at an offset, and the structs around a member. */
#include "base/alloc.h"
#include "base/vec.h"
#include "symbol/types_internal.h"

enum { PATH_MAX_BYTES = 8192 };
#define STEPS_MAX (1u << 15) /* members looked at for one answer */
#define SEARCH_MAX (1u << 21) /* for all containers together; a kernel has 100,000 members */

struct walk {
	const struct kd_types *ts;
	struct kd_arena *arena;
	struct kd_buf path;
	uint64_t from, to; /* the access: bytes [from, to) of the outermost type */
	bool no_width;
	unsigned steps;
	bool flexible, full; /* below an array without length; the arena is full */
	KD_VEC(struct kd_type_reading) out;
	bool limited;
};

/* What is being looked into: a type at bytes [off, off + size) of the outermost one. */
struct place {
	uint32_t type;
	uint64_t off, size;
	bool last; /* nothing lies behind it: an array without length may go on */
	int depth;
};

static void walk_place(struct walk *w, const struct place *p);

static struct kd_view keep(struct walk *w, struct kd_view v)
{
	struct kd_view got = v.n ? kd_arena_view(w->arena, v) : KD_VNULL;

	if (v.n && !got.p)
		w->full = true;
	return got;
}

static struct kd_type_reading *emit(struct walk *w, enum kd_reading_how how, uint32_t type, uint64_t off, uint64_t size)
{
	struct kd_type_reading *r;

	if (w->out.n >= KD_TYPE_READINGS_MAX) {
		w->limited = true;
		return NULL;
	}
	r = kd_avec_push(w->arena, &w->out, KD_TYPE_READINGS_MAX);
	if (!r) {
		w->full = true;
		return NULL;
	}
	*r = (struct kd_type_reading){.how = (uint8_t)how, .type = type, .off = off, .size = size,
				 .bit_off = 8 * off, .flexible = w->flexible,
				 .path = keep(w, kd_buf_view(&w->path)),
				 .part = w->from > off ? w->from - off : 0};
	return r;
}

/* The name of a member behind the path so far; the return value undoes it. */
static size_t path_add(struct walk *w, struct kd_view name)
{
	const size_t before = w->path.n;

	if (name.n && before)
		kd_buf_addc(&w->path, '.');
	kd_buf_add(&w->path, name);
	return before;
}

static void path_cut(struct walk *w, size_t n)
{
	w->path.n = n;
}

static bool whole(const struct walk *w, const struct place *p)
{
	return !w->no_width && w->from == p->off && w->to == p->off + p->size;
}

/* A type without members: how much of it. */
static void leaf(struct walk *w, const struct place *p)
{
	enum kd_reading_how how = KD_READ_PART;

	if (w->from == p->off && (w->no_width || w->to == p->off + p->size))
		how = KD_READ_EXACT;
	else if (w->from < p->off || w->to > p->off + p->size)
		how = KD_READ_ACROSS;
	emit(w, how, p->type, p->off, p->size);
}

/* An array: the element, if it is one. */
static void walk_array(struct walk *w, const struct place *p, const struct kd_btf_type *t)
{
	const struct kd_btf_array a = kd_btf_array(w->ts->btf, t);
	struct place in = {.type = a.type, .depth = p->depth + 1};
	const size_t before = w->path.n;
	const bool was_flexible = w->flexible;
	uint64_t i;

	if (!kd_types_size(w->ts, a.type, &in.size) || !in.size || w->from < p->off) {
		leaf(w, p);
		return;
	}
	i = (w->from - p->off) / in.size;
	in.off = p->off + i * in.size;
	if (a.n && (i >= a.n || (whole(w, p) && a.n > 1))) {
		leaf(w, p);
		return;
	}
	w->flexible |= !a.n;
	kd_buf_printf(&w->path, "[%ju]", (uintmax_t)i);
	if (w->to > in.off + in.size)
		leaf(w, &in); /* more than this element */
	else
		walk_place(w, &in);
	path_cut(w, before);
	w->flexible = was_flexible;
}

/* --- struct and union --------------------------------------------------------------------------- */

struct hit {
	struct kd_type_member m;
	struct kd_view name;
	uint64_t off, end; /* bytes of the outermost type that it touches */
	bool last;
};

static bool is_flexible(const struct kd_types *ts, const struct kd_type_member *m)
{
	struct kd_btf_type t;

	return !m->size && !m->bits && kd_btf_type(ts->btf, kd_types_strip(ts, m->type), &t) &&
	       t.kind == KD_BTF_ARRAY && !kd_btf_array(ts->btf, &t).n;
}

/* Does the access touch the i-th member? */
static bool touches(struct walk *w, const struct place *p, const struct kd_btf_type *t, uint32_t i, struct hit *h)
{
	const bool last = p->last && (t->kind == KD_BTF_UNION || i + 1 == t->n);

	h->m = kd_types_nth(w->ts, t, i);
	h->name = kd_btf_member(w->ts->btf, t, i).name;
	h->off = p->off + h->m.bit_off / 8;
	h->end = h->m.bits ? p->off + (h->m.bit_off + h->m.bits + 7) / 8 : h->off + h->m.size;
	h->last = last;
	if (last && is_flexible(w->ts, &h->m))
		return w->from >= h->off;
	if (last && h->end < w->from && w->from >= p->off + t->size)
		return true; /* an array without length may be inside */
	return h->off < w->to && h->end > w->from;
}

static void emit_bits(struct walk *w, const struct place *p, const struct hit *h)
{
	struct kd_type_reading *r = emit(w, KD_READ_BITS, h->m.type, h->off, h->end - h->off);

	if (!r)
		return;
	r->bits = h->m.bits;
	r->bit_off = 8 * p->off + h->m.bit_off;
}

static void enter(struct walk *w, const struct place *p, const struct hit *h, bool alone)
{
	const size_t before = path_add(w, h->name);
	struct place in = {.type = h->m.type, .off = h->off, .size = h->m.size, .last = h->last,
			   .depth = p->depth + 1};

	if (h->m.bits)
		emit_bits(w, p, h);
	else if (alone && w->from >= h->off && (w->to <= h->end || h->last))
		walk_place(w, &in);
	else
		emit(w, KD_READ_ACROSS, h->m.type, h->off, h->m.size);
	path_cut(w, before);
}

static struct kd_view name_or_words(const struct kd_view name)
{
	return name.n ? name : KD_V("(anonymous)");
}

/* No member: between which two? */
static void padding(struct walk *w, const struct place *p, const struct kd_btf_type *t)
{
	uint64_t from = p->off, to = p->off + p->size;
	struct kd_view after = KD_VNULL, before = KD_VNULL;
	struct kd_type_reading *r;

	for (uint32_t i = 0; i < t->n; i++) {
		struct hit h;

		(void)touches(w, p, t, i, &h);
		if (h.end <= w->from && h.end >= from && h.end > h.off) {
			from = h.end;
			after = name_or_words(h.name);
		}
		if (h.off >= w->to && h.off < to) {
			to = h.off;
			before = name_or_words(h.name);
		}
	}
	r = emit(w, KD_READ_PADDING, p->type, from, to - from);
	if (r) {
		r->after = after;
		r->before = before;
	}
}

/* How many members the access touches, and the first of them. */
static uint32_t count_hits(struct walk *w, const struct place *p, const struct kd_btf_type *t, struct hit *first)
{
	struct hit h;
	uint32_t hits = 0;

	for (uint32_t i = 0; i < t->n && w->steps; i++) {
		w->steps--;
		if (touches(w, p, t, i, &h) && !hits++)
			*first = h;
	}
	w->limited |= !w->steps;
	return hits;
}

static void enter_all(struct walk *w, const struct place *p, const struct kd_btf_type *t, bool alone)
{
	struct hit h;

	for (uint32_t i = 0; i < t->n && w->steps; i++)
		if (touches(w, p, t, i, &h))
			enter(w, p, &h, alone);
}

static void walk_composite(struct walk *w, const struct place *p, const struct kd_btf_type *t)
{
	const size_t before_n = w->out.n;
	struct hit first;
	const uint32_t hits = count_hits(w, p, t, &first);

	if (t->kind == KD_BTF_UNION)
		enter_all(w, p, t, true);
	else if (hits == 1)
		enter(w, p, &first, true);
	else if (hits > 1 && whole(w, p))
		leaf(w, p);
	else if (hits > 1)
		enter_all(w, p, t, false);
	if (w->out.n == before_n && !w->limited && !w->full)
		padding(w, p, t);
}

static void walk_place(struct walk *w, const struct place *p)
{
	const uint32_t id = kd_types_strip(w->ts, p->type);
	struct kd_btf_type t;

	if (!w->steps || p->depth > KD_TYPES_DEPTH) {
		w->limited = true;
		return;
	}
	w->steps--;
	if (!kd_btf_type(w->ts->btf, id, &t))
		return;
	if (kd_type_is_composite(&t))
		walk_composite(w, p, &t);
	else if (t.kind == KD_BTF_ARRAY)
		walk_array(w, p, &t);
	else
		leaf(w, p);
}

/* Behind the end only an array without length goes on. */
static void keep_flexible(struct walk *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->out.n; i++)
		if (w->out.v[i].flexible)
			w->out.v[n++] = w->out.v[i];
	w->out.n = n;
}

static void outside(struct walk *w, uint32_t id, int64_t off, uint64_t size)
{
	struct kd_type_reading *r = emit(w, off < 0 ? KD_READ_BEFORE : KD_READ_BEYOND, id, 0, size);

	if (r)
		r->part = off < 0 ? -(uint64_t)off : (uint64_t)off;
}

struct kd_error *kd_types_at(const struct kd_types *ts, uint32_t id, int64_t off, uint64_t width,
			     struct kd_arena *arena, struct kd_type_readings *ret)
{
	struct walk w = {.ts = ts, .arena = arena, .path = KD_BUF_INIT(PATH_MAX_BYTES), .steps = STEPS_MAX,
			 .no_width = !width, .from = (uint64_t)off};
	struct place p = {.type = id, .last = true};

	if (!kd_types_size(ts, id, &p.size))
		return kd_error_new(KD_INVALID, "the type has no size: it is not defined here, or a function");
	if (off >= 0 && !__builtin_add_overflow(w.from, width ? width : 1, &w.to))
		walk_place(&w, &p);
	if (off < 0 || (uint64_t)off >= p.size)
		keep_flexible(&w);
	if (!w.out.n && (off < 0 || (uint64_t)off >= p.size)) {
		path_cut(&w, 0);
		outside(&w, id, off, p.size);
	}
	kd_buf_deinit(&w.path);
	if (w.full)
		return kd_error_new(KD_LIMIT, "no room for the members at offset %jd", (intmax_t)off);
	*ret = (struct kd_type_readings){.v = w.out.v, .n = w.out.n, .limited = w.limited};
	if (w.out.n && w.out.v[0].how < KD_READ_BEYOND && !w.out.v[0].flexible && w.to > p.size)
		ret->beyond = w.to - p.size;
	return NULL;
}

/* --- container_of --------------------------------------------------------------------------------- */

struct search {
	struct walk w;
	uint32_t target;
	uint64_t back;
	uint32_t outer;
	struct kd_container *ret;
	size_t max, n;
};

static void look_inside(struct search *s, uint32_t type, uint64_t off, int depth);

static void found(struct search *s, uint64_t off)
{
	if (off < s->back)
		return;
	if (s->n < s->max)
		s->ret[s->n] = (struct kd_container){.type = s->outer, .off = off,
						     .path = keep(&s->w, kd_buf_view(&s->w.path))};
	s->n++;
}

static void look_at_member(struct search *s, const struct kd_type_member *m, uint64_t off, int depth)
{
	uint32_t id = kd_types_strip(s->w.ts, m->type);
	const size_t before = s->w.path.n;
	struct kd_btf_type t;

	while (kd_btf_type(s->w.ts->btf, id, &t) && t.kind == KD_BTF_ARRAY && id != s->target && s->w.steps) {
		s->w.steps--;
		kd_buf_add(&s->w.path, KD_V("[0]"));
		id = kd_types_strip(s->w.ts, t.type);
	}
	if (id == s->target)
		found(s, off);
	else
		look_inside(s, id, off, depth - 1);
	path_cut(&s->w, before);
}

static void look_inside(struct search *s, uint32_t type, uint64_t off, int depth)
{
	struct kd_btf_type t;

	if (!depth || !kd_btf_type(s->w.ts->btf, type, &t) || !kd_type_is_composite(&t))
		return;
	for (uint32_t i = 0; i < t.n && s->w.steps; i++) {
		const struct kd_type_member m = kd_types_nth(s->w.ts, &t, i);
		size_t before;

		s->w.steps--;
		if (m.bits)
			continue;
		before = path_add(&s->w, kd_btf_member(s->w.ts->btf, &t, i).name);
		look_at_member(s, &m, off + m.bit_off / 8, depth);
		path_cut(&s->w, before);
	}
}

struct kd_error *kd_types_containers(const struct kd_types *ts, uint32_t id, uint64_t back, struct kd_arena *arena,
				     struct kd_container *ret, size_t max, size_t *ret_n)
{
	unsigned left = SEARCH_MAX;
	struct search s = {.w = {.ts = ts, .arena = arena, .path = KD_BUF_INIT(PATH_MAX_BYTES)},
			   .target = kd_types_strip(ts, id), .back = back, .ret = ret, .max = max};

	for (s.outer = 1; s.outer < ts->btf->end; s.outer++) {
		const unsigned most = left < STEPS_MAX ? left : STEPS_MAX; /* of each */

		s.w.steps = most;
		if (kd_btf_name_of(ts->btf, s.outer).n)
			look_inside(&s, s.outer, 0, KD_TYPES_DEPTH);
		left -= most - s.w.steps;
		s.w.limited |= !s.w.steps;
	}
	kd_buf_deinit(&s.w.path);
	if (s.w.full || s.w.limited)
		return kd_error_new(KD_LIMIT, "%s", s.w.full ? "no room for the structs around a member"
							     : "structs contain too many structs to search all");
	*ret_n = s.n;
	return NULL;
}
