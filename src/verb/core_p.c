// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_p.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/expr.h"
#include "verb/core_hops.h"
#include "verb/core_rd.h"

enum { MEMBERS_MAX = 64, COUNT_MAX = 100000 };

static struct kd_show how_of(const struct kd_core_p_options *o, const struct kd_sheet *s)
{
	return (struct kd_show){.depth = o->depth > 1000 ? 1000 : (unsigned)o->depth,
				.elements = o->elements ? o->elements : s->limit ? 0 : UINT64_MAX,
				.hex = o->hex};
}

/* The arguments as the shell took them apart. */
static struct kd_view joined(struct kd_sheet *s, const char *const *args, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_EXPR_MAX + 1);

	for (size_t i = 0; i < n; i++) {
		if (i)
			kd_buf_addc(&b, ' ');
		kd_buf_add(&b, kd_view_of(args[i]));
	}
	return kd_arena_view(s->arena, kd_buf_view(&b));
}

/* --- p ----------------------------------------------------------------------------------------------- */

static void put_untyped(struct kd_values *vs, const struct kd_value *v, struct kd_sheet *s, struct kd_node *node)
{
	node->value = kd_dump_addr_cell(kd_values_dump(vs), s, v->addr);
	node->type = KD_V("address");
	kd_sheet_note(s, "the type of this variable is not in the dump's BTF: its address is shown; its value with --debug, or as "
			 "*(TYPE *)&NAME");
}

static struct kd_node *put_value(struct kd_values *vs, const struct kd_value *v, const struct kd_core_p_options *o, struct kd_sheet *s)
{
	const struct kd_show how = how_of(o, s);
	struct kd_node *node = kd_sheet_tree(s, "value", KD_VNULL);

	if (v->untyped && v->in_memory)
		put_untyped(vs, v, s, node);
	else
		kd_value_show(vs, v, &how, s, node);
	return node;
}

static bool nothing_read(const struct kd_node *n)
{
	return !n->braces && n->value.kind == KD_CELL_NONE;
}

static struct kd_error *of_all_cpus(struct kd_values *vs, struct kd_view name, const struct kd_core_p_options *o, struct kd_sheet *s)
{
	unsigned cpu[KD_CPUS_MAX];
	const size_t n = kd_kernel_cpus(kd_dump_kernel(kd_values_dump(vs)), cpu, KD_CPUS_MAX);
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < n; i++) {
		struct kd_value v;

		err = kd_value_symbol(vs, name, (int)cpu[i], &v);
		if (!err)
			put_value(vs, &v, o, s)->name = kd_sheet_text(s, "CPU %u", cpu[i]);
	}
	return err;
}

struct kd_error *kd_core_p(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_p_options *o = options;
	const struct kd_view text = joined(s, args, nargs);
	kd_auto(kd_values_freep) struct kd_values *vs = NULL;
	struct kd_value v;
	bool ended = false;
	struct kd_error *err = kd_values_new(d, &vs);

	if (!err && !text.n)
		err = kd_error_new(KD_INVALID, "p needs an expression");
	if (err)
		return err;
	if (o->cpus)
		return of_all_cpus(vs, text, o, s);
	err = kd_expr(vs, text, &v);
	if (!err && o->path)
		err = kd_core_hops(vs, &v, text, kd_view_of(o->path), s, &ended);
	if (!err)
		s->none = ended || nothing_read(put_value(vs, &v, o, s));
	return err;
}

/* --- struct ------------------------------------------------------------------------------------------ */

static const struct kd_column layout_columns[] = {{"offset", "OFFSET"}, {"size", "SIZE"}, {"bits", NULL}, {"member", NULL},
						  {"declaration", "MEMBER"}};

/* Members one level deep; anonymous ones as they are. */
static struct kd_error *layout(struct kd_values *vs, struct kd_vtype type, struct kd_sheet *s)
{
	const struct kd_types *ts = kd_values_types(vs);
	struct kd_table *t;
	struct kd_btf_type b;
	uint64_t size;

	if (kd_vtype_kind(vs, type, &b) != KD_BTF_STRUCT && b.kind != KD_BTF_UNION)
		return kd_error_new(KD_INVALID, "it is no struct or union");
	kd_sheet_field(s, "type", "TYPE", kd_cell_text(kd_vtype_text(vs, type, KD_VNULL, s->arena)));
	if (kd_vtype_size(vs, type, &size))
		kd_sheet_field(s, "size", "SIZE", kd_cell_uint(size));
	t = kd_sheet_table(s, "members", layout_columns, KD_ARRAY_LEN(layout_columns));
	for (uint32_t i = 0; i < b.n; i++) {
		const struct kd_type_member m = kd_types_nth(ts, &b, i);
		const struct kd_view name = kd_btf_member(kd_types_btf(ts), &b, i).name;
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_uint(m.bit_off / 8);
		row[1] = m.size ? kd_cell_uint(m.size) : kd_cell_none(NULL);
		row[2] = m.bits ? kd_cell_uint(m.bits) : kd_cell_none(NULL);
		row[3] = kd_sheet_cell(s, name);
		row[4] = kd_cell_text(kd_vtype_text(vs, (struct kd_vtype){.id = m.type}, name, s->arena));
		if (m.bits)
			row[4].text = kd_sheet_text(s, "%.*s : %u", (int)row[4].text.n, row[4].text.p, m.bits);
	}
	kd_dump_next(kd_values_dump(vs), s, "struct", "'%.*s' ADDRESS", (int)s->block.v[0].cell.text.n, s->block.v[0].cell.text.p);
	return NULL;
}

static struct kd_error *members(struct kd_values *vs, const struct kd_value *v, struct kd_view list, const struct kd_core_p_options *o,
				struct kd_sheet *s)
{
	const struct kd_show how = how_of(o, s);
	struct kd_node *node = kd_sheet_tree(s, "value", kd_vtype_text(vs, v->type, KD_VNULL, s->arena));
	struct kd_error *err = NULL;

	node->braces = true;
	node->addr = v->addr;
	node->has_addr = true;
	for (size_t n = 0; !err && list.n && n < MEMBERS_MAX; n++) {
		const size_t comma = kd_view_chr(list, ',');
		const struct kd_view name = kd_view_trim(comma == KD_NPOS ? list : kd_view_head(list, comma));
		struct kd_value m;

		list = comma == KD_NPOS ? KD_VNULL : kd_view_from(list, comma + 1);
		err = kd_value_member(vs, v, name, &m);
		if (!err)
			kd_value_show(vs, &m, &how, s, kd_node_add(s, node, kd_arena_view(s->arena, name)));
	}
	return err;
}

/* "sock.sk_prot,sk_state" → type and members; struct and union may stand in front. */
static struct kd_error *split(struct kd_values *vs, struct kd_view text, struct kd_vtype *type, struct kd_view *list)
{
	const size_t dot = kd_view_chr(text, '.');

	*list = dot == KD_NPOS ? KD_VNULL : kd_view_from(text, dot + 1);
	return kd_expr_type(vs, dot == KD_NPOS ? text : kd_view_head(text, dot), type);
}

struct kd_error *kd_core_place(struct kd_values *vs, const char *text, struct kd_value *ret)
{
	struct kd_view whole = kd_view_of(text);
	struct kd_error *err, *e;
	uint64_t addr;

	if (whole.n >= 8 && kd_view_hex(whole, &addr)) {
		*ret = kd_value_plain(addr, false);
		return NULL;
	}
	err = kd_expr(vs, whole, ret);
	if (!err)
		return NULL;
	e = kd_dump_address(kd_values_dump(vs), whole, &addr);
	if (e) { /* the expression's own error says more */
		kd_error_free(e);
		return err;
	}
	kd_error_free(err);
	*ret = kd_value_at((struct kd_vtype){0}, addr);
	ret->untyped = true;
	return NULL;
}

/* Where it is: a pointer's or number's value, the address of what is in memory. */
static struct kd_error *where(struct kd_values *vs, const char *text, uint64_t *ret)
{
	struct kd_value v;
	struct kd_error *err = kd_core_place(vs, text, &v);

	if (err)
		return err;
	if (v.in_memory && (v.untyped || kd_vtype_kind(vs, v.type, NULL) != KD_BTF_PTR)) {
		*ret = v.addr;
		return NULL;
	}
	return kd_value_number(vs, &v, ret);
}

static struct kd_error *embedded(struct kd_values *vs, struct kd_vtype type, const char *member, uint64_t *addr)
{
	struct kd_type_member m;
	struct kd_error *err;

	if (!member)
		return NULL;
	err = kd_types_member(kd_values_types(vs), type.id, kd_view_of(member), &m);
	if (!err)
		*addr -= m.bit_off / 8;
	return err;
}

static struct kd_error *structs(struct kd_values *vs, const struct kd_core_p_options *o, const char *const *args, size_t nargs,
				struct kd_sheet *s)
{
	struct kd_vtype type;
	struct kd_view list;
	uint64_t addr, size, count = 1;
	struct kd_error *err = split(vs, kd_view_of(args[0]), &type, &list);

	if (!err && nargs < 2)
		return layout(vs, type, s);
	if (!err)
		err = where(vs, args[1], &addr);
	if (!err)
		err = embedded(vs, type, o->embedded, &addr);
	if (!err && nargs > 2)
		err = kd_core_number_arg(args[2], "how many", &count);
	if (!err && (count < 1 || count > COUNT_MAX || !kd_vtype_size(vs, type, &size)))
		err = kd_error_new(KD_INVALID, "from 1 to %d of a type with a size", COUNT_MAX);
	for (uint64_t i = 0; !err && i < count && !s->full; i++) {
		const struct kd_value v = kd_value_at(type, addr + i * size);

		if (list.n)
			err = members(vs, &v, list, o, s);
		else
			put_value(vs, &v, o, s);
	}
	return err;
}

struct kd_error *kd_core_struct(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_values_freep) struct kd_values *vs = NULL;
	struct kd_error *err = kd_values_new(d, &vs);

	if (!err && !nargs)
		err = kd_error_new(KD_INVALID, "struct needs a type");
	return err ? err : structs(vs, options, args, nargs, s);
}

/* --- whatis ------------------------------------------------------------------------------------------ */

static void enumerators(struct kd_values *vs, const struct kd_btf_type *t, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"value", "VALUE"}, {"name", "NAME"}};
	struct kd_table *table = kd_sheet_table(s, "enumerators", columns, KD_ARRAY_LEN(columns));

	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(kd_types_btf(kd_values_types(vs)), t, i);
		struct kd_cell *row = kd_table_row(table);

		row[0] = kd_cell_int((int64_t)e.value);
		row[1] = kd_sheet_cell(s, e.name);
	}
}

static struct kd_error *describe(struct kd_values *vs, struct kd_vtype type, struct kd_sheet *s)
{
	struct kd_btf_type t;
	const enum kd_btf_kind kind = kd_vtype_kind(vs, type, &t);
	uint64_t size;

	if (kind == KD_BTF_STRUCT || kind == KD_BTF_UNION)
		return layout(vs, type, s);
	kd_sheet_field(s, "type", "TYPE", kd_cell_text(kd_vtype_text(vs, type, KD_VNULL, s->arena)));
	if (t.id && t.id != type.id && !type.ptr)
		kd_sheet_field(s, "is", "IS", kd_cell_text(kd_vtype_text(vs, (struct kd_vtype){.id = t.id}, KD_VNULL, s->arena)));
	if (kd_vtype_size(vs, type, &size))
		kd_sheet_field(s, "size", "SIZE", kd_cell_uint(size));
	if (kind == KD_BTF_ENUM || kind == KD_BTF_ENUM64)
		enumerators(vs, &t, s);
	return NULL;
}

struct kd_error *kd_core_whatis(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_view text = joined(s, args, nargs);
	kd_auto(kd_values_freep) struct kd_values *vs = NULL;
	struct kd_vtype type;
	struct kd_value v;
	struct kd_error *err = kd_values_new(d, &vs);

	(void)options;
	if (err)
		return err;
	err = kd_expr_type(vs, text, &type);
	if (!err)
		return describe(vs, type, s);
	if (kd_view_starts(text, KD_V("struct ")) || kd_view_starts(text, KD_V("union ")) || kd_view_starts(text, KD_V("enum ")))
		return err; /* it is no expression either, and that would be about a symbol "struct" */
	kd_error_free(err);
	err = kd_expr(vs, text, &v);
	if (err)
		return err;
	if (v.in_memory)
		kd_sheet_field(s, "address", "ADDRESS", kd_dump_addr_cell(d, s, v.addr));
	if (v.untyped) {
		kd_sheet_field(s, "type", "TYPE", kd_cell_none("the dump's BTF has no types of variables: --debug"));
		return NULL;
	}
	return describe(vs, v.type, s);
}
