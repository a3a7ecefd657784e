// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the bad pointer came from. In the function that faulted its register is followed back to what made the value;
 * if that is an argument, the frame above called: when its call is a direct one of this very function, the argument's
 * register at the call is what came in, and is followed back there, and so on upwards. Nothing is taken from
 * registers that a caller may have changed since: the code says where the value came from, the register dump of the
 * fault says what it was.
 */
#include "base/alloc.h"
#include "symbol/relocs.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"

enum { LEVELS_MAX = 8 };

static const uint8_t x86_args[] = {KD_X86_RDI, KD_X86_RSI, KD_X86_RDX, KD_X86_RCX, 8, 9};

/* The argument that the register carries, from 1; 0: none. */
static unsigned argument(enum kd_arch arch, uint8_t reg)
{
	if (arch == KD_ARCH_ARM64)
		return reg < 8 ? reg + 1u : 0;
	for (unsigned i = 0; arch == KD_ARCH_X86_64 && i < KD_ARRAY_LEN(x86_args); i++)
		if (x86_args[i] == reg)
			return i + 1;
	return 0;
}

/* A function on the stack, and the instruction in it that is asked about. */
struct level {
	struct kd_kdx *k;
	struct kd_match m;
	uint64_t pc;
	struct kd_flow *flow;
	struct kd_btf btf;
	struct kd_types *own; /* of btf */
	const struct kd_types *types;
};

struct climb {
	const struct kd_inv_debug *d;
	struct kd_symset *set;
	const struct kd_stack *st;
	size_t next; /* frame of st to look at */
	struct kd_buf text;
	unsigned levels, said;
};

static void close_level(struct level *l)
{
	kd_types_free(l->own);
	kd_btf_deinit(&l->btf);
}

static bool open_level(const struct climb *c, struct level *l)
{
	kd_auto(kd_error_freep) struct kd_error *err = kd_flow_read(l->k, c->d->arch, l->m.lookup, c->d->b->arena, &l->flow);
	kd_auto(kd_error_freep) struct kd_error *no_types = NULL;

	if (err)
		return false;
	no_types = kd_btf_open(kd_kdx_types(l->k), NULL, &l->btf);
	if (!no_types)
		l->types = l->own = kd_types_new(&l->btf, 0);
	return l->types != NULL;
}

static void put_line(struct climb *c, struct kd_kdx *k, uint64_t addr)
{
	struct kd_src at;

	if (kd_line_at(k, addr, &at) && at.name.n)
		kd_buf_printf(&c->text, " at %.*s%s%.*s:%u", KD_VARG(at.dir), at.dir.n ? "/" : "", KD_VARG(at.name), at.line);
}

/* The call in `from` that returns to its frame's address, when it is a direct one of `to`. */
static const struct kd_insn *direct_call(const struct climb *c, const struct level *from, const struct level *to)
{
	for (size_t i = 0; i < from->flow->n; i++) {
		struct kd_insn in = from->flow->v[i];
		struct kd_view name;

		if (in.addr + in.len != from->m.addr || in.cls != KD_INSN_CALL)
			continue;
		if (kd_insn_relocate(from->k, &in, &name) && name.n)
			return from->k != to->k && kd_view_eq(name, to->m.sym.name) ? &from->flow->v[i] : NULL;
		return from->k == to->k && in.has_target && in.target == to->m.sym.addr ? &from->flow->v[i] : NULL;
	}
	(void)c;
	return NULL;
}

/* The next frame that is one of the stack; false: there is none that could have called. */
static bool next_frame(struct climb *c, const struct level *below, struct level *ret)
{
	for (; c->st && c->next < c->st->nframes; c->next++) {
		const struct kd_frame *f = &c->st->frames[c->next];

		if (!f->reliable || f->inlined)
			continue;
		if (f->offset_is_size || !kd_inv_match(c->set, c->d->b->arena, f, &ret->k, &ret->m, NULL) ||
		    kd_symset_unsure(c->set, f->module))
			return false;
		/* some traces begin with the function that faulted */
		if (f->pc == KD_PC_EXACT && ret->m.addr == below->pc)
			continue;
		c->next++;
		return f->pc == KD_PC_RETURN;
	}
	return false;
}

static void put_origin(struct climb *c, const struct level *l, const struct kd_came *o)
{
	const char *there = c->levels ? "; there it " : "it ";

	switch ((enum kd_came_kind)o->kind) {
	case KD_CAME_LOAD:
		kd_buf_printf(&c->text, "%swas read from %.*s", there, KD_VARG(o->text));
		break;
	case KD_CAME_RESULT:
		kd_buf_printf(&c->text, "%swas returned by %.*s", there, KD_VARG(o->text));
		break;
	case KD_CAME_NULL:
		kd_buf_printf(&c->text, "%swas set to NULL", there);
		break;
	case KD_CAME_ADDRESS:
		kd_buf_printf(&c->text, "%sis the address of %.*s", there, KD_VARG(o->text));
		break;
	default:
		return;
	}
	put_line(c, l->k, o->at);
	c->said++;
}

/* The register at l->pc; false: the climb ends here. *reg: at the call above. */
static bool one_level(struct climb *c, struct level *l, uint8_t *reg, struct level *above)
{
	const struct kd_operand_query q = {.k = l->k, .types = l->types, .arch = c->d->arch, .pc = l->pc, .flow = l->flow};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_insn *call;
	struct kd_came o;

	err = kd_operand_came(&q, *reg, c->d->b->arena, &o);
	if (err)
		return false;
	if (o.kind != KD_CAME_ENTRY || !argument(c->d->arch, o.reg)) {
		put_origin(c, l, &o);
		return false;
	}
	if (!next_frame(c, l, above) || !open_level(c, above))
		return false;
	call = direct_call(c, above, l);
	if (!call)
		return false;
	kd_buf_printf(&c->text, "%s argument %u of %.*s, called", c->levels ? "; there it is" : "it is",
		      argument(c->d->arch, o.reg), KD_VARG(l->m.sym.name));
	put_line(c, above->k, call->addr);
	kd_buf_printf(&c->text, " in %.*s", KD_VARG(above->m.sym.name));
	above->pc = call->addr;
	*reg = o.reg;
	c->said++;
	return true;
}

/* l: LEVELS_MAX + 1; the first one's code and types are the caller's. */
static void climb(struct climb *c, struct level *l, uint8_t reg)
{
	bool on = true;

	for (; on && c->levels < LEVELS_MAX; c->levels++)
		on = one_level(c, &l[c->levels], &reg, &l[c->levels + 1]);
	for (unsigned i = 1; i <= c->levels; i++)
		close_level(&l[i]);
}

void kd_inv_origin(const struct kd_inv_debug *d, struct kd_symset *set, const struct kd_match *m,
		   const struct kd_operand *o, const struct kd_fault_reg *base)
{
	struct climb c = {.d = d, .set = set, .st = kd_inv_stack_of(d->b->r, KD_STACK_CRASH), .text = KD_BUF_INIT(KD_INV_TEXT - 300)};
	struct level *l = kd_xcalloc(LEVELS_MAX + 1, sizeof(*l));
	kd_auto(kd_error_freep) struct kd_error *err = kd_flow_read(d->k, d->arch, m->addr, d->b->arena, &l[0].flow);
	struct kd_statement *s;

	l[0].k = d->k;
	l[0].m = *m;
	l[0].pc = m->addr;
	l[0].types = d->types;
	if (!err && d->types && base->known)
		climb(&c, l, base->reg);
	kd_free(l);
	/* what it was read from here is the variable's name already */
	if (c.said > 1 || (c.said && o->v[0].how == KD_OPERAND_VARIABLE)) {
		s = kd_inv_say(d->b, KD_PART_LIKELY, "came from", "%.*s%s%s: %.*s", KD_VARG(o->v[0].base), base->val ? "" : " = ",
			       base->val ? "" : "NULL", KD_VARG(kd_buf_view(&c.text)));
		kd_inv_refuted_by(d->b, s, "the code that ran is not the file's, or a frame between is missing");
		if (c.st)
			kd_inv_at(d->b, s, c.st->line);
	}
	kd_buf_deinit(&c.text);
}
