// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/types.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "symbol/types_internal.h"

enum { GROW_STEP = 512, EARLY = 8192 /* types */, LAZY_SHARE = 16 };

static size_t bucket(const struct kd_types *ts, struct kd_view name)
{
	return (size_t)kd_hash64(name, 0) & (ts->buckets - 1);
}

/* `enum x;` is written as an enum without values. */
static bool has_definition(const struct kd_btf_type *t)
{
	return t->n || (t->kind != KD_BTF_ENUM && t->kind != KD_BTF_ENUM64);
}

static bool is_indexed(const struct kd_btf_type *t)
{
	return t->name.n && (KD_TYPES_NAMED >> t->kind & 1) && has_definition(t);
}

/* From the last to the first, so that each chain is in the order of ids. */
static void index_names(struct kd_types *ts)
{
	struct kd_btf_type t;

	for (uint32_t id = ts->btf->end; id-- > 1;) {
		size_t at;

		if (!kd_btf_type(ts->btf, id, &t) || !is_indexed(&t))
			continue;
		at = bucket(ts, t.name);
		ts->next[id] = ts->head[at];
		ts->head[at] = id;
	}
}

/* The names of a lazy BTF's next types: of so many, or all. */
static void grow(const struct kd_types *ts, uint32_t more)
{
	struct kd_types_grown *g = ts->grown;
	struct kd_btf_type t;

	for (; more && kd_btf_has(ts->btf, g->done); more--, g->done++) {
		const enum kd_btf_kind kind = kd_btf_kind_of(ts->btf, g->done); /* most have no name that is asked for */
		size_t at;

		if (!(KD_TYPES_NAMED >> kind & 1) || !kd_btf_type(ts->btf, g->done, &t) || !is_indexed(&t))
			continue;
		at = bucket(ts, t.name);
		if (g->tail[at])
			ts->next[g->tail[at]] = g->done;
		else
			ts->head[at] = g->done;
		g->tail[at] = g->done;
	}
	g->whole = more > 0;
}

/*
 * May a type that is not indexed yet have that name? All strings are fewer bytes than all types, and looking through them is
 * faster than through types: whatever is no string is no name.
 */
static bool may_come(const struct kd_types *ts, struct kd_view name)
{
	const uint64_t hash = kd_hash64(name, 0);
	uint64_t *absent = &ts->grown->absent[hash % KD_TYPES_ABSENT];

	if (!hash || *absent != hash) {
		if (kd_btf_has_string(ts->btf, name))
			return true;
		*absent = hash;
	}
	return false;
}

/* BTF does not say how wide a pointer is; in the kernel it is as wide as a long. */
static unsigned size_of_long(const struct kd_types *ts)
{
	static const char *const names[] = {"long unsigned int", "unsigned long", "long int", "long"};
	struct kd_btf_type t;
	uint32_t id;

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_types_first(ts, 1u << KD_BTF_INT, kd_view_of(names[i]), &id) &&
		    kd_btf_type(ts->btf, id, &t) && (t.size == 4 || t.size == 8))
			return t.size;
	return 8;
}

struct kd_types *kd_types_new(const struct kd_btf *btf, unsigned ptr_size)
{
	struct kd_types *ts = kd_xcalloc(1, sizeof(*ts));

	ts->btf = btf;
	/* of a lazy one few are, and memory that is not touched costs nothing */
	for (ts->buckets = 64; ts->buckets < (btf->lazy ? btf->end / LAZY_SHARE : btf->end); ts->buckets *= 2)
		;
	ts->head = kd_xcalloc(ts->buckets, sizeof(*ts->head));
	ts->next = kd_xcalloc(btf->end, sizeof(*ts->next));
	if (btf->lazy) {
		ts->grown = kd_xcalloc(1, sizeof(*ts->grown));
		ts->grown->done = 1;
		ts->grown->tail = kd_xcalloc(ts->buckets, sizeof(*ts->grown->tail));
	} else {
		index_names(ts);
	}
	ts->ptr_size = ptr_size ? ptr_size : size_of_long(ts);
	return ts;
}

void kd_types_free(struct kd_types *ts)
{
	if (!ts)
		return;
	if (ts->grown)
		kd_free(ts->grown->tail);
	kd_free(ts->grown);
	kd_free(ts->head);
	kd_free(ts->next);
	kd_free(ts);
}

void kd_types_freep(struct kd_types **ts)
{
	kd_types_free(*ts);
	*ts = NULL;
}

const struct kd_btf *kd_types_btf(const struct kd_types *ts)
{
	return ts->btf;
}

unsigned kd_types_ptr_size(const struct kd_types *ts)
{
	return ts->ptr_size;
}

/* Those that are indexed. */
static size_t look_up(const struct kd_types *ts, unsigned kinds, struct kd_view name, uint32_t *ids, size_t max)
{
	size_t n = 0;

	for (uint32_t id = ts->head[bucket(ts, name)]; id; id = ts->next[id]) {
		if (!(kinds >> kd_btf_kind_of(ts->btf, id) & 1) ||
		    !kd_view_eq(kd_btf_name_of(ts->btf, id), name))
			continue;
		if (n < max)
			ids[n] = id;
		n++;
	}
	return n;
}

size_t kd_types_find(const struct kd_types *ts, unsigned kinds, struct kd_view name, uint32_t *ids, size_t max)
{
	if (!name.n)
		return 0;
	if (ts->grown)
		grow(ts, UINT32_MAX);
	return look_up(ts, kinds, name, ids, max);
}

bool kd_types_first(const struct kd_types *ts, unsigned kinds, struct kd_view name, uint32_t *ret)
{
	const struct kd_types_grown *g = ts->grown;
	bool asked = false;

	if (!name.n)
		return false;
	while (!look_up(ts, kinds, name, ret, 1)) {
		if (!g || g->whole)
			return false;
		if (!asked && g->done > EARLY) {
			if (!may_come(ts, name))
				return false;
			asked = true;
		}
		grow(ts, GROW_STEP);
	}
	return true;
}

uint32_t kd_types_strip(const struct kd_types *ts, uint32_t id)
{
	return kd_btf_strip(ts->btf, id, true);
}

bool kd_types_size(const struct kd_types *ts, uint32_t id, uint64_t *ret)
{
	return kd_btf_size(ts->btf, id, ts->ptr_size, ret);
}

bool kd_types_is_signed(const struct kd_types *ts, uint32_t id)
{
	struct kd_btf_type t;

	if (!kd_btf_type(ts->btf, kd_types_strip(ts, id), &t))
		return false;
	return t.kind == KD_BTF_INT ? kd_btf_int(ts->btf, &t).is_signed : (t.kind == KD_BTF_ENUM || t.kind == KD_BTF_ENUM64) && t.flag;
}

/* Without kind_flag a bit field is a member whose INT has fewer bits than its bytes, or an offset in them. */
static void old_bit_field(const struct kd_types *ts, struct kd_type_member *m)
{
	struct kd_btf_type t;
	struct kd_btf_int i;

	if (!kd_btf_type(ts->btf, kd_types_strip(ts, m->type), &t) || t.kind != KD_BTF_INT)
		return;
	i = kd_btf_int(ts->btf, &t);
	if (!i.bits || (!i.bit_off && i.bits == 8 * (uint64_t)t.size && !(m->bit_off & 7)))
		return;
	m->bits = i.bits;
	m->bit_off += i.bit_off;
}

struct kd_type_member kd_types_nth(const struct kd_types *ts, const struct kd_btf_type *t, uint32_t i)
{
	const struct kd_btf_member raw = kd_btf_member(ts->btf, t, i);
	struct kd_type_member m = {.type = raw.type, .bit_off = raw.bit_off, .bits = raw.bits};

	if (!t->flag)
		old_bit_field(ts, &m);
	if (!kd_types_size(ts, m.type, &m.size))
		m.size = 0;
	return m;
}

/* --- by name -------------------------------------------------------------------------------- */

/* Of a struct or union, or of one of its anonymous members; *m: what was found, from its beginning. */
static bool find_member(const struct kd_types *ts, uint32_t id, struct kd_view name, int depth, unsigned *budget,
			struct kd_type_member *m)
{
	struct kd_btf_type t;

	if (!depth || !kd_btf_type(ts->btf, kd_types_strip(ts, id), &t) || !kd_type_is_composite(&t))
		return false;
	for (uint32_t i = 0; i < t.n && *budget; i++) {
		const struct kd_btf_member raw = kd_btf_member(ts->btf, &t, i);
		struct kd_type_member inner;

		--*budget;
		if (raw.name.n ? !kd_view_eq(raw.name, name)
			       : !find_member(ts, raw.type, name, depth - 1, budget, &inner))
			continue;
		*m = kd_types_nth(ts, &t, i);
		if (!raw.name.n) {
			inner.bit_off += m->bit_off;
			*m = inner;
		}
		return true;
	}
	return false;
}

static void spelled(const struct kd_types *ts, uint32_t id, char *buf, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(n);
	struct kd_view v;

	kd_types_declare(ts, id, KD_VNULL, &b);
	v = kd_view_head(kd_buf_view(&b), n - 1);
	if (v.n)
		memcpy(buf, v.p, v.n);
	buf[v.n] = '\0';
}

static struct kd_error *step_name(const struct kd_types *ts, struct kd_view name, struct kd_type_member *m)
{
	unsigned budget = 1u << 20;
	struct kd_type_member in;
	struct kd_btf_type t;
	char type[128];

	spelled(ts, m->type, type, sizeof(type));
	if (!kd_btf_type(ts->btf, kd_types_strip(ts, m->type), &t) || !kd_type_is_composite(&t))
		return kd_error_new(KD_INVALID, "'%s' has no members%s: .%.*s", type,
				    t.kind == KD_BTF_PTR ? " (what a pointer points to is another type)" : "",
				    KD_VARG(kd_view_head(name, 64)));
	if (!find_member(ts, m->type, name, KD_TYPES_DEPTH, &budget, &in))
		return kd_error_new(KD_NOTFOUND, "'%s' has no member '%.*s'", type,
				    KD_VARG(kd_view_head(name, 64)));
	in.bit_off += m->bit_off;
	*m = in;
	return NULL;
}

static struct kd_error *step_index(const struct kd_types *ts, struct kd_view *path, struct kd_type_member *m)
{
	struct kd_btf_type t = {.kind = KD_BTF_VOID};
	struct kd_type_member in = {.bits = 0};
	struct kd_btf_array a;
	uint64_t i, bytes;
	char type[128];

	spelled(ts, m->type, type, sizeof(type));
	if (!(kd_view_starts(*path, KD_V("0x")) ? kd_view_take_hex(path, &i) : kd_view_take_dec(path, &i)) ||
	    !kd_view_skip(path, KD_V("]")))
		return kd_error_new(KD_INVALID, "an index is a number between [ and ]");
	if (!kd_btf_type(ts->btf, kd_types_strip(ts, m->type), &t) || t.kind != KD_BTF_ARRAY)
		return kd_error_new(KD_INVALID, "'%s' is no array", type);
	a = kd_btf_array(ts->btf, &t);
	in.type = a.type;
	if (a.n && i >= a.n)
		return kd_error_new(KD_INVALID, "'%s' has no element %ju", type, (uintmax_t)i);
	if (!kd_types_size(ts, a.type, &in.size) || __builtin_mul_overflow(i, in.size, &bytes) ||
	    bytes > INT64_MAX / 16)
		return kd_error_new(KD_INVALID, "element %ju of '%s' has no offset", (uintmax_t)i, type);
	in.bit_off = m->bit_off + 8 * bytes;
	*m = in;
	return NULL;
}

static struct kd_view take_name(struct kd_view *path)
{
	size_t n = 0;
	struct kd_view name;

	while (n < path->n && (kd_is_word(path->p[n]) || path->p[n] == '$' || path->p[n] & 0x80))
		n++;
	name = kd_view_head(*path, n);
	*path = kd_view_from(*path, n);
	return name;
}

struct kd_error *kd_types_member(const struct kd_types *ts, uint32_t id, struct kd_view path,
				 struct kd_type_member *ret)
{
	struct kd_type_member m = {.type = id};
	struct kd_error *err = NULL;
	bool first = true;

	if (!kd_types_size(ts, id, &m.size))
		m.size = 0;
	if (!path.n)
		return kd_error_new(KD_INVALID, "the name of a member is missing");
	while (!err && path.n) {
		if (kd_view_skip(&path, KD_V("["))) {
			err = step_index(ts, &path, &m);
		} else {
			bool dot = kd_view_skip(&path, KD_V("."));
			struct kd_view name = take_name(&path);

			if (!name.n || (!dot && !first))
				return kd_error_new(KD_INVALID, "a path is written a.b[3].c, not '%.*s'",
						    KD_VARG(kd_view_head(name.n ? name : path, 64)));
			err = step_name(ts, name, &m);
		}
		first = false;
	}
	if (!err)
		*ret = m;
	return err;
}
