// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Back from the faulting instruction, over the straight line of certain instructions before
 * it: which pointer a KASAN check was about, and which instruction made the base register.
 *
 * A jump from elsewhere may enter that line, so what is found is a reading of the code
 * unless the registers themselves confirm it by arithmetic (trap 5).
 */
#include "base/alloc.h"
#include "report/poison.h"
#include "symbol/fault_internal.h"

static bool leaves(const struct kd_insn *in)
{
	switch (in->cls) {
	case KD_INSN_CALL:
	case KD_INSN_CALL_IND:
	case KD_INSN_JUMP:
	case KD_INSN_JUMP_IND:
	case KD_INSN_RET:
	case KD_INSN_TRAP:
		return true;
	default:
		return false;
	}
}

static bool has(uint64_t set, uint8_t reg)
{
	return reg < 64 && set >> reg & 1;
}

/*
 * Index of the last instruction before `from` that writes reg, on the straight line;
 * SIZE_MAX: none is to be seen there.
 */
static size_t last_writer(const struct kd_code_listing *l, size_t from, uint8_t reg)
{
	for (size_t i = from; i-- > 0;) {
		const struct kd_code_line *x = &l->v[i];

		if (x->how == KD_CODE_ONE_OF || leaves(&x->insn))
			return SIZE_MAX;
		if (has(x->insn.writes, reg))
			return i;
	}
	return SIZE_MAX;
}

/* Is reg what it was behind instruction `at`, up to the faulting one? */
static bool unchanged_since(const struct kd_code_listing *l, size_t at, uint8_t reg)
{
	for (size_t i = at + 1; i < l->at; i++)
		if (has(l->v[i].insn.writes, reg))
			return false;
	return true;
}

/* --- KASAN ----------------------------------------------------------------------------------- */

/* The pointer of `lea disp(base),ptr`, when base still holds what it held. */
static void find_field(struct kd_fault_ctx *c, size_t copied_at)
{
	const struct kd_code_listing *l = &c->f->list;
	struct kd_fault_shadow *s = &c->f->shadow;
	size_t i = last_writer(l, copied_at, s->ptr.reg);
	const struct kd_insn *in;
	struct kd_fault_reg base;
	int64_t disp;

	if (i == SIZE_MAX)
		return;
	in = &l->v[i].insn;
	if (in->flow == KD_FLOW_LEA && in->mem[0].index == KD_NOREG && !in->mem[0].seg && in->width == 8) {
		base = kd_fault_register(c, in->mem[0].base);
		disp = in->mem[0].disp;
	} else {
		return;
	}
	if (!base.known || base.reg == s->ptr.reg || !unchanged_since(l, i, base.reg) ||
	    base.val + (uint64_t)disp != s->ptr.val)
		return;
	s->has_field = true;
	s->field = base;
	s->disp = disp;
}

/* mov ptr,x; shr $3,x; load (x,offset): the pointer, confirmed by arithmetic. */
static void find_pointer(struct kd_fault_ctx *c, uint8_t granule_reg, uint64_t offset)
{
	const struct kd_code_listing *l = &c->f->list;
	struct kd_fault_shadow *s = &c->f->shadow;
	size_t shift = last_writer(l, l->at, granule_reg), copy;
	const struct kd_insn *in;

	if (shift == SIZE_MAX || l->v[shift].insn.flow != KD_FLOW_SHR || l->v[shift].insn.imm != 3 ||
	    l->v[shift].insn.width != 8)
		return;
	copy = last_writer(l, shift, granule_reg);
	if (copy == SIZE_MAX)
		return;
	in = &l->v[copy].insn;
	if (in->flow != KD_FLOW_MOVE || in->width != 8 || !unchanged_since(l, copy, in->src))
		return;
	s->ptr = kd_fault_register(c, in->src);
	if (!s->ptr.known || (s->ptr.val >> 3) + offset != c->f->op[c->f->which].ea)
		return;
	s->exact = true;
	find_field(c, copy);
}

void kd_fault_shadow(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;
	struct kd_fault_op *o;
	uint64_t offset;
	uint8_t granule = KD_NOREG;

	if (f->which < 0 || (f->state != KD_FAULT_PROVEN && f->state != KD_FAULT_FITS) ||
	    !kd_kasan_offset(f->arch, &offset))
		return;
	o = &f->op[f->which];
	if (o->mem.seg || !o->mem.read || o->mem.write)
		return;
	/* base and index: one of them is the offset, the other the address >> 3 */
	if (o->base.used && o->index.used && o->mem.scale == 1) {
		if (o->base.val == offset)
			granule = o->index.reg;
		else if (o->index.val == offset)
			granule = o->base.reg;
	}
	/* shadow of user space and of NULL: nothing else lies there */
	if (granule == KD_NOREG && !(f->arch == KD_ARCH_X86_64 && o->ea >> 40 == offset >> 40))
		return;
	f->shadow.is = true;
	f->shadow.inline_check = granule != KD_NOREG;
	f->shadow.first = kd_kasan_mem(o->ea, offset, KD_KASAN_GENERIC);
	if (granule != KD_NOREG && !o->mem.disp && o->mem.width == 1)
		find_pointer(c, granule, offset);
}

/* --- where the base came from ----------------------------------------------------------------- */

void kd_fault_origin(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;
	const struct kd_fault_op *o;
	size_t i;

	if (f->which < 0 || f->shadow.is || (f->state != KD_FAULT_PROVEN && f->state != KD_FAULT_FITS))
		return;
	o = &f->op[f->which];
	if (!o->base.used || o->mem.stack)
		return;
	i = last_writer(&f->list, f->list.at, o->base.reg);
	if (i == SIZE_MAX)
		return;
	switch ((enum kd_insn_flow)f->list.v[i].insn.flow) {
	case KD_FLOW_LOAD:
	case KD_FLOW_MOVE:
	case KD_FLOW_IMM:
	case KD_FLOW_LEA:
		break;
	default:
		return;
	}
	if (f->list.v[i].insn.dst != o->base.reg)
		return;
	f->origin.known = true;
	f->origin.line = i;
	f->origin.distance = (unsigned)(f->list.at - i);
}
