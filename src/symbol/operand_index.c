// SPDX-License-Identifier: GPL-2.0-or-later
/* Operands of two registers, or of a register and an array's address: which array, and which of them counts. */
#include "base/alloc.h"
#include "symbol/operand_internal.h"

struct indexed {
	uint8_t reg; /* of the index */
	uint64_t scale;
	struct kd_view name;
};

/* The array that ends in front of path[at], "[0]": its elements are of the scale's size. */
static bool fits_array(struct search *s, uint32_t type, struct kd_view path, size_t at, uint64_t scale, uint64_t *elements)
{
	struct kd_type_member m = {.type = type};
	kd_auto(kd_error_freep) struct kd_error *err =
		at ? kd_types_member(s->q->types, type, kd_view_head(path, at), &m) : NULL;
	struct kd_btf_type t;
	struct kd_btf_array a;
	uint64_t size;

	if (err || !kd_btf_type(kd_types_btf(s->q->types), kd_types_strip(s->q->types, m.type), &t) || t.kind != KD_BTF_ARRAY)
		return false;
	a = kd_btf_array(kd_types_btf(s->q->types), &t);
	*elements = a.n;
	return kd_types_size(s->q->types, a.type, &size) && size == scale && kd_view_starts(kd_view_from(path, at), KD_V("[0]"));
}

/* base->slot[i].x: exactly one array of the path may be the one. */
static bool member_array(struct search *s, const struct value *base, int64_t off, const struct indexed *x,
			 struct kd_operand_path *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(TEXT_MAX), text = KD_BUF_INIT(TEXT_MAX);
	size_t found = KD_NPOS, all = 0;
	uint64_t elements = 0, n;
	struct member r;

	if (!kd_op_find_member(s, base->pointee, off, s->q->mem->width, &r) || !r.one)
		return false;
	for (size_t i = 0; i < r.path.n; i++)
		if (r.path.p[i] == '[' && fits_array(s, base->pointee, r.path, i, x->scale, &n)) {
			found = i;
			elements = n;
			all++;
		}
	if (all != 1)
		return false;
	kd_buf_printf(&path, "%.*s[%.*s]%.*s", KD_VARG(kd_view_head(r.path, found)), KD_VARG(x->name),
		      KD_VARG(kd_view_from(r.path, found + 3)));
	kd_op_put_member(base, kd_buf_view(&path), &text);
	kd_op_begin_path(s, base, off, p);
	p->owner = kd_op_type_name(s, base->pointee);
	p->member = kd_op_printed(s, &path);
	p->whole = r.whole;
	p->elements = elements;
	p->text = kd_op_printed(s, &text);
	return p->text.p && p->member.p;
}

/* p[i], p[i + 2], p[i].x of a pointer whose target is as large as the scale says. */
static bool pointed_array(struct search *s, const struct value *base, int64_t off, const struct indexed *x,
			  struct kd_operand_path *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	const uint64_t width = s->q->mem->width;
	struct member r = {.whole = true};
	uint64_t size;
	int64_t plus;

	if (base->address_of || !kd_types_size(s->q->types, base->pointee, &size) || size != x->scale || !size)
		return false;
	plus = off / (int64_t)size;
	if (kd_op_is_composite(s->q->types, base->pointee)) {
		if (off < 0 || plus || !kd_op_find_member(s, base->pointee, off, width, &r) || !r.one)
			return false;
	} else if (off % (int64_t)size || (width && width != size)) {
		return false;
	}
	kd_buf_printf(&text, "%.*s[%.*s", KD_VARG(base->text), KD_VARG(x->name));
	if (plus)
		kd_buf_printf(&text, " %c %jd", plus < 0 ? '-' : '+', (intmax_t)(plus < 0 ? -plus : plus));
	kd_buf_printf(&text, "]%s%.*s", r.path.n ? "." : "", KD_VARG(r.path));
	kd_op_begin_path(s, base, off, p);
	if (r.path.n) {
		p->owner = kd_op_type_name(s, base->pointee);
		p->member = r.path;
	}
	p->whole = r.whole;
	p->text = kd_op_printed(s, &text);
	return p->text.p != NULL;
}

/* The variable in the index register, when it is a number; else the register's name. */
static void name_index(struct search *s, struct indexed *x)
{
	struct value v[NAMES_MAX];
	const size_t n = kd_op_from_variables(s, s->q->pc, x->reg, v, NAMES_MAX);

	x->name = kd_view_of(kd_op_reg_name(s, x->reg));
	for (size_t i = 0; i < n; i++)
		if (!v[i].add && !v[i].pointee && !kd_op_internal_name(v[i].text)) {
			x->name = v[i].text;
			return;
		}
}

static bool try_index(struct search *s, const struct value *base, int64_t disp, const struct indexed *x, struct kd_operand *o)
{
	struct kd_operand_path p;

	if (!base->pointee || (!pointed_array(s, base, base->add + disp, x, &p) &&
			       !((kd_op_is_composite(s->q->types, base->pointee) || kd_op_is_array(s->q->types, base->pointee)) &&
				 member_array(s, base, base->add + disp, x, &p))))
		return false;
	p.index = x->name;
	p.index_reg = x->reg;
	p.element_size = x->scale;
	o->v[0] = p;
	o->n = 1;
	return true;
}

/* One register is the pointer, the other one the index. */
static bool base_and_index(struct search *s, uint8_t base_reg, uint8_t index_reg, uint64_t scale, struct kd_operand *o)
{
	struct indexed x = {.reg = index_reg, .scale = scale};
	struct value base;

	if (!kd_op_value_of(s, s->q->pc, base_reg, 0, &base) || !kd_op_settle(s, &base, s->q->mem->disp))
		return false;
	name_index(s, &x);
	return try_index(s, &base, s->q->mem->disp, &x, o);
}

void kd_op_from_index(struct search *s, struct kd_operand *o)
{
	const struct kd_insn_mem *m = s->q->mem;
	struct indexed x = {.reg = m->index, .scale = m->scale};
	struct kd_operand other = *o;
	struct value base;
	bool ok = false, swapped = false;

	if (m->base == KD_NOREG) {
		if (kd_op_global_value(s, (uint64_t)m->disp, &base)) {
			name_index(s, &x);
			ok = try_index(s, &base, 0, &x, o);
		}
	} else {
		other.v = kd_arena_array(s->arena, 1, struct kd_operand_path);
		ok = base_and_index(s, m->base, m->index, m->scale, o);
		swapped = other.v && m->scale == 1 && base_and_index(s, m->index, m->base, 1, &other);
	}
	if (ok && swapped) {
		o->n = 0;
		s->why = "either of two registers may be the pointer";
	} else if (swapped) {
		o->v[0] = other.v[0];
		o->n = 1;
	} else if (!ok) {
		s->why = "it has an index, and the type of the pointer has no array there whose elements have that size";
	}
}

/* A displacement that is the address of an array: the register is the index, in bytes. */
bool kd_op_array_address(struct search *s, struct kd_operand *o)
{
	const struct kd_insn_mem *m = s->q->mem;
	struct indexed x = {.reg = m->base, .scale = 1};
	struct value base;

	if ((m->disp <= BARE_MAX && m->disp >= -BARE_MAX) || !kd_op_global_value(s, (uint64_t)m->disp, &base))
		return false;
	name_index(s, &x);
	return try_index(s, &base, 0, &x, o);
}
