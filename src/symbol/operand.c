// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/operand_internal.h"

#include "base/alloc.h"
#include "symbol/relocs.h"

/* --- small things ------------------------------------------------------------------------- */

struct kd_view kd_op_printed(struct search *s, const struct kd_buf *b)
{
	return kd_arena_view(s->arena, kd_buf_view(b));
}

static void step(struct search *s, uint64_t addr, struct kd_view text)
{
	if (s->nsteps < STEPS_MAX && text.p)
		s->steps[s->nsteps++] = (struct kd_operand_step){addr, text};
}

const char *kd_op_reg_name(const struct search *s, uint8_t reg)
{
	const char *name = kd_dwarf_reg_name(s->q->arch, reg);

	return name ? name : "a register";
}

struct kd_view kd_op_type_name(struct search *s, uint32_t type)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	if (!type)
		return KD_VNULL;
	kd_types_declare(s->q->types, type, KD_VNULL, &b);
	return kd_op_printed(s, &b);
}

/* What a pointer type points to; 0: it is none, or points to void. */
static uint32_t pointee_of(const struct kd_types *ts, uint32_t type)
{
	struct kd_btf_type t;

	type = kd_types_strip(ts, type);
	if (!type || !kd_btf_type(kd_types_btf(ts), type, &t) || t.kind != KD_BTF_PTR)
		return 0;
	return t.type;
}

bool kd_op_is_composite(const struct kd_types *ts, uint32_t type)
{
	enum kd_btf_kind k = kd_btf_kind_of(kd_types_btf(ts), kd_types_strip(ts, type));

	return k == KD_BTF_STRUCT || k == KD_BTF_UNION;
}

bool kd_op_internal_name(struct kd_view name)
{
	return kd_view_starts(name, KD_V("__")) || kd_view_starts(name, KD_V("_"));
}

/* --- memory: base + offset → expression --------------------------------------------------- */

static bool useful(const struct kd_type_reading *r)
{
	return r->path.n && (r->how == KD_READ_EXACT || r->how == KD_READ_PART || r->how == KD_READ_BITS ||
			     r->how == KD_READ_ACROSS);
}

static bool join(struct search *s, const struct kd_type_readings *r, uint64_t off, struct member *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);

	for (size_t i = 0; i < r->n; i++) {
		/* in one reading it is a hole; or members behind each other, which are no alternatives */
		if (!useful(&r->v[i]) || r->v[i].off > off || off - r->v[i].off >= r->v[i].size)
			return false;
		kd_buf_printf(&text, "%s%.*s", i ? "|" : "{", KD_VARG(r->v[i].path));
		if (i && r->v[i].type != r->v[0].type)
			ret->type = 0;
		ret->whole &= r->v[i].how == KD_READ_EXACT;
	}
	kd_buf_addc(&text, '}');
	ret->path = kd_op_printed(s, &text);
	return !text.overflow && ret->path.p;
}

/* false: none is named, or too many. */
bool kd_op_find_member(struct search *s, uint32_t type, int64_t off, uint64_t width, struct member *ret)
{
	struct kd_type_readings r = {.n = 0};
	kd_auto(kd_error_freep) struct kd_error *err =
		kd_types_at(s->q->types, type, off, width, s->arena, &r);

	if (err || !r.n || r.beyond || r.n > UNION_MAX || r.limited || !useful(&r.v[0]))
		return false;
	/* a pair of registers is loaded from two members that are not known to be meant both */
	if (width > 8 && (r.n > 1 || r.v[0].how != KD_READ_EXACT))
		return false;
	*ret = (struct member){.path = r.v[0].path, .type = r.v[0].type, .one = r.n == 1,
			       .whole = r.v[0].how == KD_READ_EXACT};
	if (r.n == 1)
		return r.v[0].how != KD_READ_ACROSS;
	return join(s, &r, (uint64_t)off, ret);
}

bool kd_op_is_array(const struct kd_types *ts, uint32_t type)
{
	return kd_btf_kind_of(kd_types_btf(ts), kd_types_strip(ts, type)) == KD_BTF_ARRAY;
}

/* p[3] of a pointer to something that is no struct; a variable of no struct itself. */
static bool element(struct search *s, const struct value *base, int64_t off, uint64_t width,
		    struct kd_buf *text)
{
	uint64_t size;

	if (!base->pointee || kd_op_is_composite(s->q->types, base->pointee) ||
	    !kd_types_size(s->q->types, base->pointee, &size) || !size || off < 0 ||
	    (uint64_t)off % size || (width && width != size))
		return false;
	if (base->address_of)
		kd_buf_add(text, base->text);
	else if (!off)
		kd_buf_printf(text, "*%.*s", KD_VARG(base->text));
	else
		kd_buf_printf(text, "%.*s[%ju]", KD_VARG(base->text), (uintmax_t)((uint64_t)off / size));
	return !base->address_of || !off;
}

void kd_op_begin_path(struct search *s, const struct value *base, int64_t off, struct kd_operand_path *p)
{
	*p = (struct kd_operand_path){.base = base->text, .scope = base->scope, .how = base->how, .from = base->from,
				      .base_type = kd_op_type_name(s, base->type), .off = (uint64_t)off};
}

/* "sk->a.b", "init_task.comm", "table[3].x" */
void kd_op_put_member(const struct value *base, struct kd_view path, struct kd_buf *text)
{
	const char *how = kd_view_starts(path, KD_V("[")) ? "" : base->address_of ? "." : "->";

	kd_buf_printf(text, "%.*s%s%.*s", KD_VARG(base->text), how, KD_VARG(path));
}

/* Type of the memory that the path is, in *type. false: the base's type does not say. */
static bool memory_path(struct search *s, const struct value *base, int64_t disp, uint64_t width,
			struct kd_operand_path *p, uint32_t *type)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	const int64_t off = base->add + disp;
	struct member r;

	*type = 0;
	kd_op_begin_path(s, base, off, p);
	if (base->pointee && (kd_op_is_composite(s->q->types, base->pointee) ||
			      (base->address_of && kd_op_is_array(s->q->types, base->pointee)))) {
		if (!kd_op_find_member(s, base->pointee, off, width, &r))
			return false;
		p->owner = kd_op_type_name(s, base->pointee);
		p->member = r.path;
		p->whole = r.whole;
		p->one_of = !r.one;
		*type = r.whole ? r.type : 0;
		kd_op_put_member(base, r.path, &text);
	} else if (element(s, base, off, width, &text)) {
		p->whole = true;
		*type = base->pointee;
	} else {
		return false;
	}
	p->text = kd_op_printed(s, &text);
	return p->text.p != NULL;
}

/* --- registers → expressions -------------------------------------------------------------- */

static bool from_code(struct search *s, uint64_t pc, uint8_t reg, int depth, struct value *ret);
static bool written(struct search *s, const struct kd_insn *in, uint8_t reg, int depth, struct value *ret);

static struct kd_view scope_name(struct search *s, uint64_t pc, uint32_t inlined, uint32_t links)
{
	struct kd_chain chain;

	if (!kd_chain_at(s->q->k, pc, s->arena, &chain) || inlined > links || links - inlined >= chain.n)
		return KD_VNULL;
	return chain.v[links - inlined].func;
}

static void from_variable(struct search *s, uint64_t pc, const struct kd_var *var, uint32_t links,
			  struct value *ret)
{
	*ret = (struct value){.text = var->name, .type = var->type, .how = KD_OPERAND_VARIABLE,
			      .pointee = pointee_of(s->q->types, var->type),
			      .scope = scope_name(s, pc, var->inlined, links)};
	/* its value is reg + off: the register is it - off */
	if (var->place.kind == KD_PLACE_VALUE)
		ret->add = -var->place.off;
}

/* Instructions of the function that write the register, but for the end, where it gets the caller's value back. */
static size_t count_writers(const struct kd_flow *f, uint8_t reg)
{
	size_t n = 0;

	for (size_t i = 0; i < f->total; i++)
		n += f->v[i].writes >> reg & 1 && f->v[i].cls != KD_INSN_CALL && f->v[i].cls != KD_INSN_CALL_IND &&
		     !(f->v[i].nmem && f->v[i].mem[0].stack && f->v[i].mem[0].read);
	return n;
}

/*
 * A register that is said to hold the variable wherever its scope is, without a list of addresses: gcc 12 writes that
 * for some whose register is used for other things, too. It is believed where the code says that the
 * register still has it: as it came in, or written by the only instruction that writes it, or by one that
 * gives a value of the variable's type.
 */
static bool believed(struct search *s, uint64_t pc, const struct kd_var *var)
{
	struct kd_flow_def d[KD_FLOW_DEFS];
	const uint8_t reg = (uint8_t)var->place.reg;
	bool ok = reg < 64 && kd_op_need_flow(s) && s->doubts < DEPTH_MAX && s->budget;
	size_t n;

	if (!ok)
		return false;
	s->doubts++;
	s->budget--;
	n = kd_flow_writers(s->flow, kd_flow_find(s->flow, pc), reg, d, KD_FLOW_DEFS);
	ok = n > 0;
	for (size_t i = 0; ok && i < n; i++) {
		struct value v;

		if (d[i].end == KD_FLOW_ENTRY)
			ok = var->param;
		else if (d[i].end == KD_FLOW_WRITER)
			ok = count_writers(s->flow, reg) == 1 ||
			     (written(s, &s->flow->v[d[i].at], reg, 1, &v) && v.type && !v.add &&
			      kd_types_strip(s->q->types, v.type) == kd_types_strip(s->q->types, var->type));
		else
			ok = d[i].end == KD_FLOW_CALL && !count_writers(s->flow, reg) && !var->param;
	}
	s->doubts--;
	return ok;
}

/* Variables whose value is the register, or the register and a constant; innermost first. */
size_t kd_op_from_variables(struct search *s, uint64_t pc, uint8_t reg, struct value *v, size_t max)
{
	struct kd_vars vars;
	size_t n = 0;

	if (!kd_vars_at(s->q->k, pc, s->arena, &vars))
		return 0;
	for (size_t i = 0; i < vars.n && n < max; i++) {
		const struct kd_place *p = &vars.v[i].place;

		if (vars.v[i].name.n && p->reg == reg && (p->kind == KD_PLACE_REG || p->kind == KD_PLACE_VALUE) &&
		    (vars.v[i].by_address || believed(s, pc, &vars.v[i])))
			from_variable(s, pc, &vars.v[i], vars.links, &v[n++]);
	}
	return n;
}

bool kd_op_need_flow(struct search *s)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	if (s->flow || s->no_flow)
		return s->flow != NULL;
	err = kd_flow_read(s->q->k, s->q->arch, s->q->pc, s->arena, &s->flow);
	s->no_flow = err != NULL;
	return !err;
}

/* The value of a register before the instruction at pc: the best variable, else what the code says. */
bool kd_op_value_of(struct search *s, uint64_t pc, uint8_t reg, int depth, struct value *ret)
{
	struct value v[NAMES_MAX];
	size_t n = kd_op_from_variables(s, pc, reg, v, NAMES_MAX), best = 0;

	if (!s->budget) {
		s->why = "there are too many ways back";
		return false;
	}
	s->budget--;
	if (!n)
		return from_code(s, pc, reg, depth, ret);
	/* one that was declared by people, and points to something, says the most */
	for (size_t i = 1; i < n; i++)
		if ((kd_op_internal_name(v[best].text) || !v[best].pointee) && !kd_op_internal_name(v[i].text) && v[i].pointee)
			best = i;
	*ret = v[best];
	return true;
}

bool kd_op_global_value(struct search *s, uint64_t addr, struct value *ret)
{
	struct kd_symbol sym;
	struct kd_global g;

	if (!kd_symbol_at(s->q->k, addr, &sym))
		return false;
	*ret = (struct value){.text = sym.name, .how = KD_OPERAND_GLOBAL, .address_of = true,
			      .add = (int64_t)(addr - sym.addr)};
	/* the variable of the debug info has the type; its name is shorter than that of a static one's symbol */
	if (kd_global_at(s->q->k, s->q->types, addr, sym.name, &g) && g.addr >= sym.addr) {
		ret->text = g.name;
		ret->type = ret->pointee = g.type;
		ret->add = (int64_t)(addr - g.addr);
	}
	return true;
}

/* A constant as the variable that lies where the access goes to. false: none does. */
bool kd_op_settle(struct search *s, struct value *v, int64_t disp)
{
	const uint64_t from = v->from;

	if (!v->constant)
		return true;
	if (!kd_op_global_value(s, (uint64_t)(v->add + disp), v))
		return false;
	v->add -= disp;
	v->from = from;
	return true;
}

/* Memory of a symbol, or of this CPU's copy of it. */
static bool symbol_memory(struct search *s, const struct kd_insn_mem *m, struct value *ret)
{
	if (m->index != KD_NOREG || m->base != KD_NOREG || m->opaque || !kd_op_global_value(s, (uint64_t)m->disp, ret))
		return false;
	if (m->seg)
		ret->text = kd_arena_printf(s->arena, "this CPU's %.*s", KD_VARG(ret->text));
	return ret->text.p != NULL;
}

/* What a load of a pointer gives: the path of its operand, as a value. */
bool kd_op_loaded(struct search *s, const struct kd_insn *in, int depth, struct value *ret)
{
	const struct kd_insn_mem *m = &in->mem[0];
	struct kd_operand_path p;
	struct value base;
	uint32_t type;
	bool ok;

	if (in->nmem != 1 || m->index != KD_NOREG || m->opaque || m->width != 8)
		return false;
	if (m->base == KD_NOREG || m->pcrel)
		ok = symbol_memory(s, m, &base) && memory_path(s, &base, 0, m->width, &p, &type);
	else
		ok = !m->seg && kd_op_value_of(s, in->addr, m->base, depth + 1, &base) && kd_op_settle(s, &base, m->disp) &&
		     memory_path(s, &base, m->disp, m->width, &p, &type);
	if (!ok || !type)
		return false;
	*ret = (struct value){.text = p.text, .type = type, .pointee = pointee_of(s->q->types, type),
			      .scope = base.scope, .how = KD_OPERAND_DERIVED};
	return true;
}

bool kd_op_result_of(struct search *s, const struct kd_insn *call, struct value *ret)
{
	struct kd_insn copy = *call;
	struct kd_view name;
	struct kd_symbol sym;

	if (kd_insn_relocate(s->q->k, &copy, &name) && name.n && call->cls == KD_INSN_CALL &&
	    !kd_view_starts(name, KD_V("__x86_indirect"))) { /* of another file */
		*ret = (struct value){.text = kd_arena_printf(s->arena, "%.*s()", KD_VARG(name)), .how = KD_OPERAND_RESULT};
		return ret->text.p != NULL;
	}
	if (!call->has_target || !kd_symbol_at(s->q->k, call->target, &sym) || sym.addr != call->target ||
	    kd_view_starts(sym.name, KD_V("__x86_indirect")))
		return false;
	*ret = (struct value){.text = kd_arena_printf(s->arena, "%.*s()", KD_VARG(sym.name)),
			      .how = KD_OPERAND_RESULT};
	return ret->text.p != NULL;
}

static bool written(struct search *s, const struct kd_insn *in, uint8_t reg, int depth, struct value *ret)
{
	struct value v;

	if (in->dst != reg || (in->flow != KD_FLOW_IMM && in->width != 8))
		return false;
	switch (in->flow) {
	case KD_FLOW_MOVE:
		if (!kd_op_value_of(s, in->addr, in->src, depth + 1, &v))
			return false;
		break;
	case KD_FLOW_LOAD:
		if (!kd_op_loaded(s, in, depth, &v))
			return false;
		break;
	case KD_FLOW_LEA:
		if (in->mem[0].index != KD_NOREG || in->mem[0].base == KD_NOREG || in->mem[0].pcrel ||
		    !kd_op_value_of(s, in->addr, in->mem[0].base, depth + 1, &v))
			return false;
		v.add += in->mem[0].disp;
		break;
	case KD_FLOW_ADD:
		if (!kd_op_value_of(s, in->addr, in->src == KD_NOREG ? reg : in->src, depth + 1, &v))
			return false;
		v.add += in->imm;
		break;
	case KD_FLOW_IMM:
		if (!in->imm)
			v = (struct value){.text = KD_V("NULL"), .how = KD_OPERAND_DERIVED, .null = true};
		else
			v = (struct value){.how = KD_OPERAND_GLOBAL, .constant = true, .add = in->imm};
		break;
	default:
		return false;
	}
	if (v.how == KD_OPERAND_VARIABLE)
		v.how = KD_OPERAND_DERIVED;
	v.from = in->addr;
	*ret = v;
	return true;
}

/* Nobody wrote it since the function was entered: the parameter that came in it. */
static bool at_entry(struct search *s, uint8_t reg, struct value *ret)
{
	struct value v[NAMES_MAX];
	size_t n;

	if (s->flow->entry >= s->flow->total)
		return false;
	n = kd_op_from_variables(s, s->flow->v[s->flow->entry].addr, reg, v, NAMES_MAX);
	if (!n || v[n - 1].add) /* the function's own comes last */
		return false;
	*ret = v[n - 1];
	ret->how = KD_OPERAND_DERIVED;
	return true;
}

/* --- ways that meet ----------------------------------------------------------------------- */

static bool one_way(struct search *s, const struct kd_flow_def *d, uint8_t reg, int depth, struct value *ret)
{
	const struct kd_insn *in = &s->flow->v[d->at];
	bool found = false;

	if (d->end == KD_FLOW_WRITER)
		found = written(s, in, reg, depth, ret);
	else if (d->end == KD_FLOW_CALL)
		found = kd_op_result_of(s, in, ret);
	else if (d->end == KD_FLOW_ENTRY)
		found = at_entry(s, reg, ret);
	if (found)
		ret->from = in->addr;
	return found;
}

static size_t ways(struct search *s, size_t at, uint8_t reg, int depth, struct value *v, size_t max);

/* A register that stays, or takes another value: the values of both. */
static size_t chosen(struct search *s, const struct kd_insn *in, uint8_t reg, int depth, struct value *v, size_t max)
{
	struct value other;
	size_t n;
	bool ok;

	if (in->flow != KD_FLOW_CHOOSE || in->dst != reg || in->width != 8 || max < 2 || depth >= DEPTH_MAX || !s->budget)
		return 0;
	s->budget--;
	ok = in->src == KD_NOREG ? kd_op_loaded(s, in, depth, &other) : kd_op_value_of(s, in->addr, in->src, depth + 1, &other);
	n = ok ? ways(s, kd_flow_find(s->flow, in->addr), reg, depth + 1, v, max - 1) : 0;
	if (!n)
		return 0;
	other.from = in->addr;
	v[n++] = other;
	return n;
}

static bool same_value(const struct value *a, const struct value *b)
{
	return kd_view_eq(a->text, b->text) && a->add == b->add && a->address_of == b->address_of &&
	       a->null == b->null && a->constant == b->constant && kd_view_eq(a->scope, b->scope);
}

/* All values that the register may have before v[at], each once. 0: one of the ways is not known. */
static size_t ways(struct search *s, size_t at, uint8_t reg, int depth, struct value *v, size_t max)
{
	struct kd_flow_def d[KD_FLOW_DEFS];
	const size_t nd = kd_flow_writers(s->flow, at, reg, d, KD_FLOW_DEFS);
	size_t n = 0;

	for (size_t i = 0; i < nd; i++) {
		struct value some[NAMES_MAX];
		size_t nsome = one_way(s, &d[i], reg, depth, &some[0]);

		if (!nsome && d[i].end == KD_FLOW_WRITER)
			nsome = chosen(s, &s->flow->v[d[i].at], reg, depth, some, NAMES_MAX);
		if (!nsome) {
			if (nd > 1)
				s->why = "ways meet before the register was written, and one of them cannot be followed";
			return 0;
		}
		for (size_t j = 0; j < nsome; j++) {
			bool known = false;

			for (size_t k = 0; k < n; k++)
				known |= same_value(&v[k], &some[j]);
			if (!known && n == max)
				return 0;
			if (!known)
				v[n++] = some[j];
		}
	}
	if (!nd && !s->why)
		s->why = "ways meet before the register was written: they are too many, or not all known";
	return n;
}

static bool from_ways(struct search *s, size_t at, uint8_t reg, int depth, struct value *ret)
{
	struct value v[NAMES_MAX];
	const size_t n = ways(s, at, reg, depth, v, NAMES_MAX);

	if (n > 1)
		s->why = "ways meet before the register was written: several values are possible";
	if (n != 1 || v[0].null)
		return false;
	*ret = v[0];
	return true;
}

/* What made the register's value, in words. */
static void tell(struct search *s, const struct kd_flow_def *d, uint64_t pc, uint8_t reg, const struct value *v)
{
	const char *name = kd_op_reg_name(s, reg);
	const int n = (int)v->text.n;

	switch (d->end) {
	case KD_FLOW_WRITER:
		step(s, s->flow->v[d->at].addr, kd_arena_printf(s->arena, "%s is written here: %.*s", name, n, v->text.p));
		break;
	case KD_FLOW_CALL:
		step(s, s->flow->v[d->at].addr,
		     kd_arena_printf(s->arena, "%s is the result of this call: %.*s", name, n, v->text.p));
		break;
	case KD_FLOW_JOIN:
		step(s, pc, kd_arena_printf(s->arena, "%s is the same on all ways to here: %.*s", name, n, v->text.p));
		break;
	default:
		step(s, s->flow->v[d->at].addr, kd_arena_printf(s->arena, "%s came in as %.*s", name, n, v->text.p));
		break;
	}
}

/* The value that this end of the way back gives; else s->why. */
static bool from_def(struct search *s, const struct kd_flow_def *d, size_t at, uint8_t reg, int depth, struct value *ret)
{
	const struct kd_insn *in = &s->flow->v[d->at < s->flow->total ? d->at : at];

	switch (d->end) {
	case KD_FLOW_WRITER:
		if (written(s, in, reg, depth, ret) && !ret->null)
			return true;
		s->why = "the instruction that wrote the register is none that can be followed";
		return false;
	case KD_FLOW_CALL:
		s->why = "it is the result of an indirect call";
		return kd_op_result_of(s, in, ret);
	case KD_FLOW_JOIN:
		return from_ways(s, at, reg, depth, ret);
	case KD_FLOW_CLOBBER:
		s->why = "a call lies between, which may change the register";
		return false;
	case KD_FLOW_ENTRY:
		s->why = "nothing wrote the register since the function began";
		return at_entry(s, reg, ret);
	default:
		s->why = s->flow->table ? "a jump goes through a table: it may come from anywhere"
					: "the instruction that wrote the register may have been replaced";
		return false;
	}
}

static bool from_code(struct search *s, uint64_t pc, uint8_t reg, int depth, struct value *ret)
{
	struct kd_flow_def d;
	size_t at;

	if (depth >= DEPTH_MAX || !kd_op_need_flow(s)) {
		s->why = depth >= DEPTH_MAX ? "the way back is too long" : "the function's code is not at hand";
		return false;
	}
	at = kd_flow_find(s->flow, pc);
	if (at == s->flow->total) {
		s->why = "no instruction begins there";
		return false;
	}
	d = at < s->flow->n ? kd_flow_writer(s->flow, at, reg) : (struct kd_flow_def){KD_FLOW_JOIN, at};
	if (!from_def(s, &d, at, reg, depth, ret))
		return false;
	s->why = NULL;
	tell(s, &d, pc, reg, ret);
	return true;
}

/* --- the operand -------------------------------------------------------------------------- */

static bool have_text(const struct kd_operand *o, struct kd_view text)
{
	for (size_t i = 0; i < o->n; i++)
		if (kd_view_eq(o->v[i].text, text))
			return true;
	return false;
}

static void add_path(struct search *s, struct kd_operand *o, const struct value *base, uint64_t width)
{
	struct kd_operand_path p;
	uint32_t type;

	if (o->n < PATHS_MAX && memory_path(s, base, s->q->mem->disp, width, &p, &type) &&
	    !have_text(o, p.text))
		o->v[o->n++] = p;
}

/* One that people declared goes first. */
static void prefer_people(struct kd_operand *o)
{
	for (size_t i = 1; i < o->n && kd_op_internal_name(o->v[0].base); i++)
		if (!kd_op_internal_name(o->v[i].base)) {
			struct kd_operand_path x = o->v[0];

			o->v[0] = o->v[i];
			o->v[i] = x;
		}
}

/* The value alone, when its type does not say what lies there. */
static bool bare(struct search *s, const struct value *v, int64_t disp, struct kd_operand *o)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	const int64_t off = v->add + disp;

	/* a struct that has no such member contradicts: then nothing is said */
	if (v->pointee && kd_op_is_composite(s->q->types, v->pointee))
		return false;
	/* so far away it is an array's address, and the variable an index into it */
	if (!v->address_of && (off > BARE_MAX || off < -BARE_MAX))
		return false;
	if (off)
		kd_buf_printf(&text, "%s%.*s %c 0x%jx%s", v->address_of ? "" : "*(", KD_VARG(v->text), off < 0 ? '-' : '+',
			      (uintmax_t)(off < 0 ? -(uint64_t)off : (uint64_t)off), v->address_of ? "" : ")");
	else
		kd_buf_printf(&text, "%s%.*s", v->address_of ? "" : "*", KD_VARG(v->text));
	o->v[0] = (struct kd_operand_path){.text = kd_op_printed(s, &text), .base = v->text, .scope = v->scope,
					   .how = v->how, .base_type = kd_op_type_name(s, v->type)};
	o->n = 1;
	return true;
}

/* A way that sets the pointer to NULL has no type: it is that of the others. */
static bool give_types(struct search *s, struct value *v, size_t *n)
{
	const struct value *typed = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (v[i].pointee)
			typed = &v[i];
	for (size_t i = 0; i < *n; i++) {
		if (!v[i].null) {
			v[kept++] = v[i];
			continue;
		}
		if ((s->q->has_base && s->q->base) || !typed) /* it holds something else */
			continue;
		v[i].pointee = typed->pointee;
		v[i].type = typed->type;
		v[kept++] = v[i];
	}
	*n = kept;
	return typed != NULL;
}

/* Several ways lead here, and each has a value: all of them. */
static void alternatives(struct search *s, struct kd_operand *o)
{
	const struct kd_insn_mem *m = s->q->mem;
	const size_t at = s->flow ? kd_flow_find(s->flow, s->q->pc) : 0;
	struct value v[NAMES_MAX];
	size_t n;

	if (!s->flow || at == s->flow->total)
		return;
	s->nsteps = 0;
	n = ways(s, at, m->base, 0, v, NAMES_MAX);
	if (!n || !give_types(s, v, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct kd_operand_path p;
		uint32_t type;

		/* one of them that is not known makes the others worth nothing */
		if (!kd_op_settle(s, &v[i], m->disp) || !memory_path(s, &v[i], m->disp, m->width, &p, &type)) {
			o->n = 0;
			s->why = "ways meet before the register was written, and what one of them has is of another type";
			return;
		}
		if (!have_text(o, p.text))
			o->v[o->n++] = p;
	}
	o->alternatives = o->n > 1;
	for (size_t i = 0; i < n; i++)
		step(s, v[i].from, kd_arena_printf(s->arena, "one way to here: %s is %.*s", kd_op_reg_name(s, m->base),
						   KD_VARG(v[i].text)));
}

static void from_base(struct search *s, struct kd_operand *o)
{
	const struct kd_insn_mem *m = s->q->mem;
	struct value v[NAMES_MAX];
	size_t n = kd_op_from_variables(s, s->q->pc, m->base, v, NAMES_MAX);

	for (size_t i = 0; i < n; i++)
		add_path(s, o, &v[i], m->width);
	prefer_people(o);
	if (o->n) {
		step(s, s->q->pc, kd_arena_printf(s->arena, "%s holds %.*s here, by the location lists",
						  kd_op_reg_name(s, m->base), KD_VARG(o->v[0].base)));
		return;
	}
	if (!n && from_code(s, s->q->pc, m->base, 0, &v[0]) && kd_op_settle(s, &v[0], m->disp)) {
		add_path(s, o, &v[0], m->width);
		n = 1;
	}
	if (!o->n && !n)
		alternatives(s, o);
	if (!o->n && n && !bare(s, &v[0], m->disp, o))
		s->why = "the variable's type has no member of that width there";
	else if (!o->n && !s->why)
		s->why = "no variable is known to live in the register";
}

static void from_symbol(struct search *s, struct kd_operand *o)
{
	struct value v;
	struct kd_operand_path p;
	uint32_t type;

	if (!symbol_memory(s, s->q->mem, &v)) {
		s->why = "no symbol is at the address";
		return;
	}
	if (v.pointee && memory_path(s, &v, 0, s->q->mem->width, &p, &type))
		o->v[o->n++] = p;
	else
		v.pointee = 0;
	if (!o->n)
		(void)bare(s, &v, 0, o);
}

/* --- the question -------------------------------------------------------------------------- */

/* A pointer to memory that each CPU has a copy of. */
static void of_this_cpu(struct search *s, struct kd_operand *o)
{
	for (size_t i = 0; i < o->n; i++) {
		o->v[i].text = kd_arena_printf(s->arena, "this CPU's %.*s", KD_VARG(o->v[i].text));
		if (!o->v[i].text.p)
			o->n = i;
	}
}

static struct kd_error *begin(struct search *s, struct kd_operand *o, struct kd_arena *arena)
{
	s->arena = arena;
	*o = (struct kd_operand){.n = 0};
	o->v = kd_arena_array(arena, PATHS_MAX, struct kd_operand_path);
	return o->v ? NULL : kd_error_new(KD_LIMIT, "no room for an operand");
}

static struct kd_error *finish(struct search *s, struct kd_operand *o)
{
	o->steps = kd_arena_array(s->arena, s->nsteps + 1, struct kd_operand_step);
	if (!o->steps)
		return kd_error_new(KD_LIMIT, "no room for an operand");
	memcpy(o->steps, s->steps, s->nsteps * sizeof(*s->steps));
	o->nsteps = s->nsteps;
	o->why = o->n ? NULL : s->why ? s->why : "nothing is known about the operand";
	return NULL;
}

struct kd_error *kd_operand(const struct kd_operand_query *q, struct kd_arena *arena,
			    struct kd_operand *ret)
{
	struct search s = {.q = q, .flow = q->flow, .budget = BUDGET};
	struct kd_operand o;
	struct kd_error *err = begin(&s, &o, arena);

	if (err)
		return err;
	if (q->mem->opaque)
		s.why = "its address is not made of registers";
	else if (q->mem->base == KD_NOREG && q->mem->index == KD_NOREG)
		from_symbol(&s, &o);
	else if (q->mem->seg && q->mem->index != KD_NOREG)
		s.why = "it is relative to a segment";
	else if (q->mem->index != KD_NOREG)
		kd_op_from_index(&s, &o);
	else if (!kd_op_array_address(&s, &o))
		from_base(&s, &o);
	if (q->mem->seg && q->mem->base != KD_NOREG)
		of_this_cpu(&s, &o);
	err = finish(&s, &o);
	if (!err)
		*ret = o;
	return err;
}

struct kd_error *kd_operand_value(const struct kd_operand_query *q, uint8_t reg, struct kd_arena *arena,
				  struct kd_operand *ret)
{
	struct search s = {.q = q, .flow = q->flow, .budget = BUDGET};
	struct kd_operand o;
	struct value v;
	struct kd_error *err = begin(&s, &o, arena);

	if (err)
		return err;
	if (kd_op_value_of(&s, q->pc, reg, 0, &v) && kd_op_settle(&s, &v, 0) && !v.add) {
		o.v[0] = (struct kd_operand_path){.text = v.text, .base = v.text, .scope = v.scope, .how = v.how,
						  .base_type = kd_op_type_name(&s, v.type)};
		o.n = 1;
	}
	err = finish(&s, &o);
	if (!err)
		*ret = o;
	return err;
}
