// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_list.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/expr.h"
#include "core/lists.h"
#include "core/maple.h"
#include "core/rbtree.h"
#include "core/xarray.h"
#include "verb/core_p.h"

enum { ENTRIES_MAX = 1 << 22, FIELDS_MAX = KD_COLUMNS_MAX - 2, FIRST_FIELD = 2 };

struct listing {
	struct kd_values *vs;
	struct kd_kernel *k;
	struct kd_sheet *s;
	const struct kd_core_list_options *o;
	int kind; /* enum kd_core_list_kind */
	uint64_t start;
	struct kd_vtype type; /* of what entries are parts of, or point to */
	bool has_type;
	uint64_t off; /* of the node in it, bytes */
	struct kd_view field[FIELDS_MAX];
	size_t nfields;
	struct kd_table *t;
	struct kd_error *err;
};

/* --- one entry --------------------------------------------------------------------------------------- */

static struct kd_cell field_cell(struct listing *l, uint64_t addr, struct kd_view name)
{
	const struct kd_value whole = kd_value_at(l->type, addr);
	const struct kd_show how = {.depth = 1, .elements = 1, .hex = l->o->hex};
	struct kd_node node = {0};
	struct kd_value v;

	l->err = kd_value_member(l->vs, &whole, name, &v);
	if (l->err)
		return kd_cell_none(NULL);
	kd_value_show(l->vs, &v, &how, l->s, &node);
	return node.braces ? kd_cell_none("it has parts: name them, as in se.vruntime") : node.value;
}

static bool add_entry(struct listing *l, uint64_t index, uint64_t addr)
{
	const bool wanted = kd_table_wants(l->t);
	struct kd_cell *row = kd_table_row(l->t);

	if (!wanted)
		return true; /* counted */
	row[0] = kd_cell_uint(index);
	row[1] = kd_cell_hex(addr);
	for (size_t i = 0; i < l->nfields && !l->err; i++)
		row[FIRST_FIELD + i] = field_cell(l, addr, l->field[i]);
	return !l->err;
}

static bool node_entry(void *user, uint64_t index, uint64_t node)
{
	struct listing *l = user;

	return add_entry(l, index, node - l->off);
}

static bool maple_entry(void *user, const struct kd_maple_entry *e)
{
	struct listing *l = user;

	return e->value ? add_entry(l, e->first, e->value) : true;
}

/* --- both ways --------------------------------------------------------------------------------------- */

/* Where one way ends, with the two words that do not agree. */
static void one_way(struct listing *l, const struct kd_list_walk *w, const char *link, uint64_t off, const char *other, uint64_t other_off)
{
	char words[KD_LIST_WORDS];
	struct kd_assertion *st;

	if (w->state == KD_LIST_WHOLE)
		return;
	st = kd_sheet_statement(l->s, KD_STATEMENT_VERIFIED, "by %s %zu good entr%s, then %s", link, w->n, w->n == 1 ? "y" : "ies",
				kd_list_words(w, words));
	kd_dump_prove(kd_values_dump(l->vs), l->s, st, w->at + off, 8, link);
	if (w->state == KD_LIST_BROKEN)
		kd_dump_prove(kd_values_dump(l->vs), l->s, st, w->to + other_off, 8, other);
}

static void both_ways(struct listing *l)
{
	struct kd_list_check c;

	kd_list_check(l->k, l->start, ENTRIES_MAX, &c);
	if (c.whole)
		kd_sheet_say(l->s, "the list is whole: %zu entr%s by next and by prev", c.next.n, c.next.n == 1 ? "y" : "ies");
	else
		kd_sheet_say(l->s, "the list is broken");
	one_way(l, &c.next, "next", 0, "prev", 8);
	one_way(l, &c.prev, "prev", 8, "next", 0);
}

/* --- walks ------------------------------------------------------------------------------------------- */

static void broken(struct listing *l, const char *why)
{
	if (!l->err && why[0])
		kd_sheet_note(l->s, "not all of it was found: %s", why);
}

static void maple(struct listing *l)
{
	char why[KD_WALK_WHY] = "";

	(void)kd_maple_walk(l->k, l->start, maple_entry, l, why);
	broken(l, why);
}

/* Of an llist_head or a pointer: what is behind it; the link is the first word of llist_node. */
static void chain(struct listing *l)
{
	struct kd_walk_end end = {0};
	struct kd_type_member m = {0};
	uint64_t first = l->start;

	if (l->kind == KD_CORE_LIST_CHAIN)
		l->err = kd_types_member(kd_values_types(l->vs), l->type.id, kd_view_of(l->o->next), &m);
	else if (!kd_walk_word(l->k, l->start, "the head", &first, &end))
		broken(l, end.why);
	if (!l->err && !end.why[0])
		kd_walk_chain(l->k, first, m.bit_off / 8, ENTRIES_MAX, node_entry, l, &end);
	broken(l, end.why);
}

static void walk(struct listing *l)
{
	struct kd_walk_end end = {0};

	switch (l->kind) {
	case KD_CORE_LIST_RING:
		if (!l->o->member || add_entry(l, 0, l->start - l->off))
			kd_walk_list(l->k, l->start, ENTRIES_MAX, node_entry, l, &end);
		break;
	case KD_CORE_LIST_HLIST:
		kd_walk_hlist(l->k, l->start, ENTRIES_MAX, node_entry, l, &end);
		break;
	case KD_CORE_LIST_RBTREE:
		kd_rbtree_walk(l->k, l->start, ENTRIES_MAX, node_entry, l, &end);
		break;
	case KD_CORE_LIST_XARRAY:
		kd_xarray_walk(l->k, l->start, ENTRIES_MAX, node_entry, l, &end);
		break;
	case KD_CORE_LIST_IDR:
		kd_idr_walk(l->k, l->start, ENTRIES_MAX, node_entry, l, &end);
		break;
	case KD_CORE_LIST_MAPLE:
		maple(l);
		break;
	default:
		chain(l);
	}
	broken(l, end.why);
}

/* --- what is asked for ------------------------------------------------------------------------------- */

static const struct {
	const char *type;
	enum kd_core_list_kind kind;
} kinds[] = {
	{"list_head", KD_CORE_LIST_RING}, {"hlist_head", KD_CORE_LIST_HLIST}, {"hlist_nulls_head", KD_CORE_LIST_HLIST}, {"llist_head", KD_CORE_LIST_LLIST},
	{"rb_root", KD_CORE_LIST_RBTREE}, {"rb_root_cached", KD_CORE_LIST_RBTREE}, {"timerqueue_head", KD_CORE_LIST_RBTREE},
	{"xarray", KD_CORE_LIST_XARRAY}, {"idr", KD_CORE_LIST_IDR}, {"maple_tree", KD_CORE_LIST_MAPLE},
};

static struct kd_error *find_kind(struct listing *l, const struct kd_value *v)
{
	struct kd_btf_type b = {0};
	struct kd_vtype t = v->type;

	l->kind = l->o->next ? KD_CORE_LIST_CHAIN : l->o->kind;
	if (l->kind != KD_CORE_LIST_BY_TYPE)
		return NULL;
	if (kd_vtype_kind(l->vs, t, &b) == KD_BTF_PTR && kd_vtype_target(l->vs, t, &t))
		(void)kd_vtype_kind(l->vs, t, &b);
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++)
		if (kd_view_eq(b.name, kd_view_of(kinds[i].type)))
			l->kind = (int)kinds[i].kind;
	if (l->kind != KD_CORE_LIST_BY_TYPE)
		return NULL;
	return kd_error_new(KD_INVALID, "what it is does not show from its type; say --kind (list, hlist, rbtree, xarray, …)");
}

static struct kd_error *find_start(struct listing *l, const char *text)
{
	struct kd_value v;
	struct kd_error *err = kd_core_place(l->vs, text, &v);

	if (!err)
		err = find_kind(l, &v);
	if (err)
		return err;
	if (v.in_memory && (v.untyped || kd_vtype_kind(l->vs, v.type, NULL) != KD_BTF_PTR)) {
		l->start = v.addr;
		return NULL;
	}
	return kd_value_number(l->vs, &v, &l->start);
}

static struct kd_error *find_type(struct listing *l, struct kd_view text)
{
	const size_t dot = kd_view_chr(text, '.');
	struct kd_type_member m;
	struct kd_error *err = kd_expr_type(l->vs, dot == KD_NPOS ? text : kd_view_head(text, dot), &l->type);

	l->has_type = !err;
	if (err || dot == KD_NPOS)
		return err;
	err = kd_types_member(kd_values_types(l->vs), l->type.id, kd_view_from(text, dot + 1), &m);
	if (!err)
		l->off = m.bit_off / 8;
	return err;
}

static struct kd_error *find_fields(struct listing *l)
{
	struct kd_view rest = l->o->fields ? kd_view_of(l->o->fields) : KD_VNULL;

	if (rest.n && !l->has_type)
		return kd_error_new(KD_INVALID, "fields of what? say TYPE.MEMBER behind the start");
	while (rest.n) {
		const size_t comma = kd_view_chr(rest, ',');

		if (l->nfields == FIELDS_MAX)
			return kd_error_new(KD_LIMIT, "more than %d fields", FIELDS_MAX);
		l->field[l->nfields++] = kd_view_trim(comma == KD_NPOS ? rest : kd_view_head(rest, comma));
		rest = comma == KD_NPOS ? KD_VNULL : kd_view_from(rest, comma + 1);
	}
	return NULL;
}

/* The index is worth a column where it means something. */
static struct kd_error *make_table(struct listing *l)
{
	struct kd_column *c = kd_arena_array(l->s->arena, FIRST_FIELD + l->nfields, struct kd_column);
	const bool keyed = l->kind == KD_CORE_LIST_XARRAY || l->kind == KD_CORE_LIST_IDR || l->kind == KD_CORE_LIST_MAPLE;

	if (!c)
		return kd_error_new(KD_LIMIT, "no room for a table");
	c[0] = (struct kd_column){"index", keyed ? "INDEX" : NULL};
	c[1] = (struct kd_column){"address", "ADDRESS"};
	for (size_t i = 0; i < l->nfields; i++) {
		const char *name = kd_arena_view(l->s->arena, l->field[i]).p;

		if (!name)
			return kd_error_new(KD_LIMIT, "no room for a table");
		c[FIRST_FIELD + i] = (struct kd_column){name, name};
	}
	l->t = kd_sheet_table(l->s, "entries", c, FIRST_FIELD + l->nfields);
	return NULL;
}

struct kd_error *kd_core_list(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_values_freep) struct kd_values *vs = NULL;
	struct listing l = {.s = s, .o = options};
	struct kd_error *err = kd_values_new(d, &vs);

	if (!err && (nargs < 1 || nargs > 2))
		err = kd_error_new(KD_INVALID, "list takes a start, and a TYPE.MEMBER");
	if (err)
		return err;
	l.vs = vs;
	l.k = kd_dump_kernel(d);
	err = find_start(&l, args[0]);
	if (!err && l.o->check && l.kind != KD_CORE_LIST_RING)
		err = kd_error_new(KD_INVALID, "--check is for lists of list_heads");
	if (!err && nargs == 2)
		err = find_type(&l, kd_view_of(args[1]));
	if (!err && l.o->next && !l.has_type)
		err = kd_error_new(KD_INVALID, "--next takes a TYPE behind the start");
	if (!err)
		err = find_fields(&l);
	if (!err && l.o->check)
		both_ways(&l);
	if (!err)
		err = make_table(&l);
	if (err)
		return err;
	walk(&l);
	if (l.err)
		return l.err;
	kd_sheet_say(s, "%" PRIu64 " entr%s", l.t->total, l.t->total == 1 ? "y" : "ies");
	s->none = !l.t->total;
	return NULL;
}
