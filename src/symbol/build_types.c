// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types of all units as one BTF blob (btfwrite.h). Each unit is read twice: its type entries into
 * records, then the records, which know each other by number, into the writer.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "symbol/btfwrite.h"
#include "symbol/build_internal.h"

#define MEMORY_MAX ((size_t)1 << 30)

enum { PARTS_MAX = 1 << 23, DEPTH_MAX = 256, FAR_MAX = 1 << 20, FAR_ROUNDS = 64, FAR_STEPS_MAX = 1 << 28 };
enum { ATE_BOOLEAN = 2, ATE_COMPLEX = 3, ATE_FLOAT = 4, ATE_SIGNED = 5, ATE_SIGNED_CHAR = 6,
       ATE_UNSIGNED_CHAR = 8, ATE_UTF = 0x10 };

/* A type's entry. */
struct record {
	uint64_t off, type; /* type: what it refers to, 0: void */
	struct kd_view name;
	uint64_t size;
	uint32_t tag;
	uint32_t encoding;
	uint32_t first, last; /* parts: a list through their `next`, PART_NONE: empty */
	bool has_size, declaration;
};

/* A member, a value of an enumeration, a parameter, a dimension. */
struct part {
	struct kd_view name;
	uint64_t type;
	uint64_t bit_off, value;
	uint32_t bits, tag, next;
};

#define PART_NONE UINT32_MAX

/* The nodes of one unit: entries [first, first + n) of `map`. */
struct unit_map {
	uint64_t off; /* of the unit */
	size_t first, n;
};

struct build_types {
	struct build *b;
	struct kd_btfw *w;
	struct kd_error *err;
	struct kd_dwarf_abbrevs abbrevs;
	struct kd_dwarf_entry entry;
	KD_VEC(struct record) records;
	KD_VEC(struct part) parts;
	KD_VEC(struct build_type) map;
	KD_VEC(struct unit_map) units;
	/* for each open entry: its record + 1, 0: none */
	uint32_t open[DEPTH_MAX];
	unsigned depth;
	struct kd_dwarf_abbrevs far_abbrevs; /* of another unit */
	KD_VEC(uint64_t) far; /* entries of other units that are wanted */
	uint64_t far_steps; /* entries and abbreviations that were read for them: one for many units is read many times */
};

struct build_types *kd_build_types_new(struct build *b)
{
	struct build_types *t = kd_xcalloc(1, sizeof(*t));

	t->b = b;
	t->w = kd_btfw_new(MEMORY_MAX);
	return t;
}

void kd_build_types_free(struct build_types *t)
{
	if (!t)
		return;
	kd_btfw_free(t->w);
	kd_error_free(t->err);
	kd_dwarf_abbrevs_deinit(&t->abbrevs);
	kd_dwarf_abbrevs_deinit(&t->far_abbrevs);
	kd_vec_free(&t->far);
	kd_vec_free(&t->records);
	kd_vec_free(&t->parts);
	kd_vec_free(&t->map);
	kd_vec_free(&t->units);
	kd_free(t);
}

/* --- entries → records -------------------------------------------------------------------- */

static uint64_t type_of(const struct kd_dwarf_entry *e)
{
	return kd_dwarf_has(e, KD_DWA_TYPE) && e->a[KD_DWA_TYPE].kind == KD_DWV_REF ? e->a[KD_DWA_TYPE].u : 0;
}

static bool is_type(uint32_t tag)
{
	switch (tag) {
	case KD_DWT_ARRAY:
	case KD_DWT_CLASS:
	case KD_DWT_ENUM:
	case KD_DWT_POINTER:
	case KD_DWT_REFERENCE:
	case KD_DWT_STRUCT:
	case KD_DWT_SUBROUTINE_TYPE:
	case KD_DWT_TYPEDEF:
	case KD_DWT_UNION:
	case KD_DWT_BASE_TYPE:
	case KD_DWT_CONST:
	case KD_DWT_VOLATILE:
	case KD_DWT_RESTRICT:
	case KD_DWT_UNSPECIFIED_TYPE:
	case KD_DWT_RVALUE_REFERENCE:
	case KD_DWT_ATOMIC:
		return true;
	default:
		return false;
	}
}

static uint32_t add_record(struct build_types *t, const struct kd_dwarf_unit *u,
			   const struct kd_dwarf_entry *e)
{
	struct record *r = kd_vec_push(&t->records, BUILD_TYPES_MAX);

	if (!r)
		return 0;
	*r = (struct record){.off = e->off, .type = type_of(e), .tag = e->tag,
			     .size = kd_dwarf_number(e, KD_DWA_BYTE_SIZE),
			     .has_size = kd_dwarf_has(e, KD_DWA_BYTE_SIZE),
			     .encoding = (uint32_t)kd_dwarf_number(e, KD_DWA_ENCODING),
			     .declaration = kd_dwarf_has(e, KD_DWA_DECLARATION), .first = PART_NONE};
	if (kd_dwarf_has(e, KD_DWA_NAME))
		r->name = kd_dwarf_text(&t->b->dw, u, &e->a[KD_DWA_NAME]);
	return (uint32_t)t->records.n;
}

/* Where a member begins, in bits; false when that is not a number. */
static bool member_place(const struct build_types *t, const struct kd_dwarf_entry *e, struct part *p)
{
	uint64_t bytes = 0;

	p->bits = (uint32_t)kd_dwarf_number(e, KD_DWA_BIT_SIZE);
	if (kd_dwarf_has(e, KD_DWA_DATA_BIT_OFFSET)) {
		p->bit_off = kd_dwarf_number(e, KD_DWA_DATA_BIT_OFFSET);
		return true;
	}
	if (kd_dwarf_has(e, KD_DWA_MEMBER_LOCATION) &&
	    !kd_dwarf_uint(&e->a[KD_DWA_MEMBER_LOCATION], &bytes))
		return false;
	p->bit_off = bytes * 8;
	if (!kd_dwarf_has(e, KD_DWA_BIT_OFFSET)) /* before DWARF 4: counted from the other end of its storage */
		return true;
	if (t->b->elf.big_endian)
		p->bit_off += kd_dwarf_number(e, KD_DWA_BIT_OFFSET);
	else
		p->bit_off += kd_dwarf_number(e, KD_DWA_BYTE_SIZE) * 8 - kd_dwarf_number(e, KD_DWA_BIT_OFFSET) - p->bits;
	return true;
}

static void add_part(struct build_types *t, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e,
		     uint32_t record)
{
	struct record *r = &t->records.v[record - 1];
	struct part p = {.tag = e->tag, .type = type_of(e), .next = PART_NONE}, *to;

	if (kd_dwarf_has(e, KD_DWA_NAME))
		p.name = kd_dwarf_text(&t->b->dw, u, &e->a[KD_DWA_NAME]);
	if ((e->tag == KD_DWT_MEMBER || e->tag == KD_DWT_INHERITANCE) &&
	    (kd_dwarf_has(e, KD_DWA_EXTERNAL) || !member_place(t, e, &p)))
		return;
	if (e->tag == KD_DWT_ENUMERATOR)
		p.value = kd_dwarf_number(e, KD_DWA_CONST_VALUE);
	if (e->tag == KD_DWT_SUBRANGE) {
		p.value = kd_dwarf_has(e, KD_DWA_COUNT) ? kd_dwarf_number(e, KD_DWA_COUNT) : 0;
		if (kd_dwarf_has(e, KD_DWA_UPPER_BOUND) && kd_dwarf_uint(&e->a[KD_DWA_UPPER_BOUND], &p.value))
			p.value++;
	}
	to = kd_vec_push(&t->parts, PARTS_MAX);
	if (!to)
		return;
	*to = p;
	if (r->first == PART_NONE)
		r->first = (uint32_t)t->parts.n - 1;
	else
		t->parts.v[r->last].next = (uint32_t)t->parts.n - 1;
	r->last = (uint32_t)t->parts.n - 1;
}

static bool is_part(uint32_t tag, uint32_t of)
{
	switch (of) {
	case KD_DWT_STRUCT:
	case KD_DWT_CLASS:
	case KD_DWT_UNION:
		return tag == KD_DWT_MEMBER || tag == KD_DWT_INHERITANCE;
	case KD_DWT_ENUM:
		return tag == KD_DWT_ENUMERATOR;
	case KD_DWT_ARRAY:
		return tag == KD_DWT_SUBRANGE;
	case KD_DWT_SUBROUTINE_TYPE:
		return tag == KD_DWT_PARAMETER || tag == KD_DWT_UNSPECIFIED_PARAMETERS;
	default:
		return false;
	}
}

static void one_entry(struct build_types *t, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e)
{
	const uint32_t around = t->depth ? t->open[t->depth - 1] : 0;
	uint32_t record = 0;

	if (is_type(e->tag))
		record = add_record(t, u, e);
	else if (around && is_part(e->tag, t->records.v[around - 1].tag))
		add_part(t, u, e, around);
	if (e->children)
		t->open[t->depth++] = record;
}

static void read_unit(struct build_types *t, const struct kd_dwarf_unit *u)
{
	const struct kd_dwarf *dw = &t->b->dw;
	struct kd_cursor c = kd_dwarf_entries(dw, u);
	struct kd_dwarf_unit unit = *u;
	bool first = true;

	t->records.n = t->parts.n = t->depth = 0;
	while (t->depth < DEPTH_MAX && kd_dwarf_next(dw, &unit, &t->abbrevs, &c, &t->entry)) {
		if (!t->entry.tag) {
			t->depth -= t->depth > 0;
			continue;
		}
		if (first)
			kd_dwarf_unit_bases(dw, &t->entry, &unit);
		first = false;
		one_entry(t, u, &t->entry);
	}
}

/* --- types of other units ----------------------------------------------------------------- */

/*
 * dwz and link-time optimisation let a unit refer to another unit's types. These, and what they lead to, become
 * records of this unit, too: the writer makes one of equal types.
 */
static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int by_off(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

static uint32_t id_of(const struct build_types *t, uint64_t off);

static void want_far(struct build_types *t, const struct kd_dwarf_unit *u, uint64_t off)
{
	uint64_t *to;

	if (!off || (off >= u->off && off < u->end) || id_of(t, off))
		return;
	to = kd_vec_push(&t->far, FAR_MAX);
	if (to)
		*to = off;
}

/* The entry, and what is in it. */
static void read_far(struct build_types *t, uint64_t off)
{
	const struct kd_dwarf_unit *u = kd_build_far_unit(t->b, off);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_cursor c;

	if (!u)
		return;
	err = kd_dwarf_abbrevs_read(&t->b->dw, u, &t->far_abbrevs);
	t->far_steps += t->far_abbrevs.nspec;
	if (err)
		return;
	c = kd_dwarf_entries_at(&t->b->dw, u, off);
	t->depth = 0;
	do {
		if (t->far_steps++ > FAR_STEPS_MAX) {
			t->err = kd_error_new(KD_LIMIT, "units refer to each other's types too often");
			return;
		}
		if (!kd_dwarf_next(&t->b->dw, u, &t->far_abbrevs, &c, &t->entry))
			return;
		if (t->entry.tag)
			one_entry(t, u, &t->entry);
		else
			t->depth -= t->depth > 0;
	} while (t->depth && t->depth < DEPTH_MAX);
}

/* Ascending, each once: a type may have been read alone and then inside of another. */
static void sort_records(struct build_types *t)
{
	size_t n = 0;

	qsort(t->records.v, t->records.n, sizeof(*t->records.v), by_off);
	for (size_t i = 0; i < t->records.n; i++)
		if (!n || t->records.v[n - 1].off != t->records.v[i].off)
			t->records.v[n++] = t->records.v[i];
	t->records.n = n;
}

static void add_far_types(struct build_types *t, const struct kd_dwarf_unit *u)
{
	size_t from_part = 0, all = 0;

	for (int round = 0; round < FAR_ROUNDS && all < FAR_MAX && !t->err; round++) {
		t->far.n = 0;
		for (size_t i = 0; i < t->records.n; i++)
			want_far(t, u, t->records.v[i].type);
		for (size_t i = from_part; i < t->parts.n; i++)
			want_far(t, u, t->parts.v[i].type);
		if (!t->far.n)
			return;
		from_part = t->parts.n;
		qsort(t->far.v, t->far.n, sizeof(*t->far.v), by_number);
		for (size_t i = 0; i < t->far.n && !t->err; i++)
			if (!i || t->far.v[i] != t->far.v[i - 1])
				read_far(t, t->far.v[i]);
		all += t->far.n;
		sort_records(t);
	}
}

/* --- records → writer --------------------------------------------------------------------- */

/* The number that the writer gave to the entry at off: its record's + 1. */
static uint32_t id_of(const struct build_types *t, uint64_t off)
{
	size_t lo = 0, hi = t->records.n;

	if (!off)
		return 0;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->records.v[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->records.n && t->records.v[lo].off == off ? (uint32_t)lo + 1 : 0;
}

static void write_base(struct build_types *t, const struct record *r)
{
	switch (r->encoding) {
	case ATE_FLOAT:
	case ATE_COMPLEX:
		kd_btfw_float(t->w, r->name, (uint32_t)r->size);
		break;
	case ATE_BOOLEAN:
		kd_btfw_int(t->w, r->name, (uint32_t)r->size, 4);
		break;
	case ATE_SIGNED:
	case ATE_SIGNED_CHAR: /* as pahole has it: char is signed, and no "char" */
		kd_btfw_int(t->w, r->name, (uint32_t)r->size, 1);
		break;
	default:
		kd_btfw_int(t->w, r->name, (uint32_t)r->size, 0);
	}
}

/* a[2][3]: an array of arrays; the first dimension is the outer one and has the record's number. */
static void write_array(struct build_types *t, const struct record *r, uint32_t id)
{
	uint32_t dims[16], n = 0, type = id_of(t, r->type);

	for (uint32_t i = r->first; i != PART_NONE && n < KD_ARRAY_LEN(dims); i = t->parts.v[i].next)
		dims[n++] = t->parts.v[i].value > UINT32_MAX ? 0 : (uint32_t)t->parts.v[i].value;
	while (n > 1)
		type = kd_btfw_array(t->w, type, 0, dims[--n]);
	kd_btfw_at(t->w, id);
	kd_btfw_array(t->w, type, 0, n ? dims[0] : 0);
}

static void write_composite(struct build_types *t, const struct record *r, enum kd_btf_kind kind)
{
	if (r->declaration || !r->has_size) {
		kd_btfw_fwd(t->w, kind, r->name);
		return;
	}
	kd_btfw_composite(t->w, kind, r->name, (uint32_t)r->size);
	for (uint32_t i = r->first; i != PART_NONE; i = t->parts.v[i].next) {
		const struct part *p = &t->parts.v[i];

		kd_btfw_member(t->w, p->name, id_of(t, p->type), p->bit_off, p->bits);
	}
}

static void write_enum(struct build_types *t, const struct record *r)
{
	bool negative = false;

	if (r->declaration) {
		kd_btfw_fwd(t->w, KD_BTF_ENUM, r->name);
		return;
	}
	for (uint32_t i = r->first; i != PART_NONE; i = t->parts.v[i].next)
		negative |= (int64_t)t->parts.v[i].value < 0;
	kd_btfw_enum(t->w, r->name, r->has_size ? (uint32_t)r->size : 4, negative);
	for (uint32_t i = r->first; i != PART_NONE; i = t->parts.v[i].next)
		kd_btfw_enumerator(t->w, t->parts.v[i].name, t->parts.v[i].value);
}

static void write_proto(struct build_types *t, const struct record *r)
{
	kd_btfw_proto(t->w, id_of(t, r->type));
	for (uint32_t i = r->first; i != PART_NONE; i = t->parts.v[i].next)
		kd_btfw_param(t->w, t->parts.v[i].name, id_of(t, t->parts.v[i].type));
}

static void write_one(struct build_types *t, const struct record *r, uint32_t id)
{
	if (r->tag == KD_DWT_ARRAY) {
		write_array(t, r, id);
		return;
	}
	kd_btfw_at(t->w, id);
	switch (r->tag) {
	case KD_DWT_BASE_TYPE:
		write_base(t, r);
		break;
	case KD_DWT_STRUCT:
	case KD_DWT_CLASS:
		write_composite(t, r, KD_BTF_STRUCT);
		break;
	case KD_DWT_UNION:
		write_composite(t, r, KD_BTF_UNION);
		break;
	case KD_DWT_ENUM:
		write_enum(t, r);
		break;
	case KD_DWT_SUBROUTINE_TYPE:
		write_proto(t, r);
		break;
	case KD_DWT_TYPEDEF:
		kd_btfw_ref(t->w, KD_BTF_TYPEDEF, r->name, id_of(t, r->type));
		break;
	case KD_DWT_CONST:
		kd_btfw_ref(t->w, KD_BTF_CONST, KD_VNULL, id_of(t, r->type));
		break;
	case KD_DWT_VOLATILE:
	case KD_DWT_ATOMIC:
		kd_btfw_ref(t->w, KD_BTF_VOLATILE, KD_VNULL, id_of(t, r->type));
		break;
	case KD_DWT_RESTRICT:
		kd_btfw_ref(t->w, KD_BTF_RESTRICT, KD_VNULL, id_of(t, r->type));
		break;
	case KD_DWT_UNSPECIFIED_TYPE:
		kd_btfw_ref(t->w, KD_BTF_TYPEDEF, r->name, 0);
		break;
	default: /* pointers and references */
		kd_btfw_ref(t->w, KD_BTF_PTR, KD_VNULL, id_of(t, r->type));
	}
}

static void keep_nodes(struct build_types *t, const struct kd_dwarf_unit *u, const uint32_t *nodes, size_t n)
{
	struct unit_map *m = kd_vec_push(&t->units, BUILD_UNITS_MAX);

	if (!m)
		return;
	*m = (struct unit_map){.off = u->off, .first = t->map.n};
	for (size_t i = 0; i < t->records.n && i + 1 < n; i++) {
		struct build_type *to;

		if (t->records.v[i].off < u->off || t->records.v[i].off >= u->end)
			continue; /* its own unit keeps it */
		to = kd_vec_push(&t->map, (size_t)1 << 28);

		if (!to)
			return;
		*to = (struct build_type){(uint32_t)(t->records.v[i].off - u->off), nodes[i + 1]};
		m->n++;
	}
}

static void write_unit(struct build_types *t, const struct kd_dwarf_unit *u)
{
	const uint32_t *nodes;
	size_t n;

	kd_btfw_unit_begin(t->w);
	for (size_t i = 0; i < t->records.n; i++)
		(void)kd_btfw_reserve(t->w);
	for (size_t i = 0; i < t->records.n; i++)
		write_one(t, &t->records.v[i], (uint32_t)i + 1);
	t->err = kd_btfw_unit_end(t->w, &nodes, &n);
	if (!t->err)
		keep_nodes(t, u, nodes, n);
}

void kd_build_types_read(struct build_types *t)
{
	const struct build *b = t->b;

	for (size_t i = 0; !t->err && i < b->units.n; i++) {
		const struct kd_dwarf_unit *u = &b->units.v[i].u;
		kd_auto(kd_error_freep) struct kd_error *err = NULL;

		if (kd_ctx_cancelled(b->ctx))
			return;
		err = kd_dwarf_abbrevs_read(&b->dw, u, &t->abbrevs);
		if (err)
			continue; /* who reads the functions counts it */
		read_unit(t, u);
		add_far_types(t, u);
		if (!t->err)
			write_unit(t, u);
	}
}

struct kd_error *kd_build_types_finish(struct build_types *t, struct kd_buf *ret)
{
	if (t->err)
		return kd_error_wrap(kd_take(t->err), "types");
	return kd_btfw_finish(t->w, ret);
}

uint32_t kd_build_type_id(const struct build_types *t, uint64_t off)
{
	const struct build_type *map;
	size_t lo = 0, hi = t->units.n, n;
	uint64_t rel;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->units.v[mid].off <= off)
			lo = mid;
		else
			hi = mid;
	}
	if (!t->units.n || !t->map.n || off < t->units.v[lo].off)
		return 0;
	rel = off - t->units.v[lo].off;
	map = t->map.v + t->units.v[lo].first;
	n = t->units.v[lo].n;
	for (lo = 0, hi = n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (map[mid].off < rel)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && map[lo].off == rel ? kd_btfw_id(t->w, map[lo].node) : 0;
}
