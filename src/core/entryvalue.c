// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/entryvalue.h"

#include "base/alloc.h"
#include "core/code.h"

enum { REGS = 16 };

/* What calls leave alone (System V psABI of x86-64, figure 3.4). */
#define KEPT (1u << KD_RBX | 1u << KD_RBP | 1u << KD_RSP | 1u << KD_R12 | 1u << KD_R13 | 1u << KD_R14 | 1u << KD_R15)

/* A value: register reg plus add, cut to so many bytes, before the instruction in hand. */
struct wanted {
	unsigned reg;
	uint64_t add;
	bool half; /* its low 32 bits, zero-extended */
};

struct search {
	const struct kd_code *c;
	uint64_t value[REGS]; /* what is known before the instruction in hand */
	uint32_t known;
	struct wanted w;
};

enum step { STEP_ON, STEP_KNOWN, STEP_LOST };

static uint64_t result(const struct wanted *w, uint64_t v)
{
	v += w->add;
	return w->half ? (uint32_t)v : v;
}

/* The wanted register is written by this instruction: from what? */
static enum step written(struct search *s, const struct kd_insn *in, uint64_t *ret)
{
	if (in->dst != s->w.reg || (in->width != 8 && in->width != 4) || (in->width == 4 && s->w.add))
		return STEP_LOST;
	s->w.half |= in->width == 4;
	switch (in->flow) {
	case KD_FLOW_IMM:
		*ret = result(&s->w, (uint64_t)in->imm);
		return STEP_KNOWN;
	case KD_FLOW_MOVE:
		s->w.reg = in->src;
		break;
	case KD_FLOW_ADD:
		if (in->src != KD_NOREG)
			return STEP_LOST;
		s->w.add += (uint64_t)in->imm;
		break;
	case KD_FLOW_LEA:
		if (in->mem[0].pcrel) {
			*ret = result(&s->w, (uint64_t)in->mem[0].disp);
			return STEP_KNOWN;
		}
		if (in->mem[0].index != KD_NOREG || in->mem[0].seg != KD_SEG_NONE)
			return STEP_LOST;
		s->w.reg = in->mem[0].base;
		s->w.add += (uint64_t)in->mem[0].disp;
		break;
	default:
		return STEP_LOST;
	}
	return s->w.reg < REGS ? STEP_ON : STEP_LOST;
}

/* Over one instruction, backwards. */
static enum step back(struct search *s, const struct kd_insn *in, uint64_t *ret)
{
	const bool call = in->cls == KD_INSN_CALL || in->cls == KD_INSN_CALL_IND;
	const uint32_t writes = ((uint32_t)in->writes & 0xffff) | (call ? 0xffffu & ~KEPT : 0);

	if (writes >> s->w.reg & 1) {
		const enum step step = call ? STEP_LOST : written(s, in, ret);

		if (step != STEP_ON)
			return step;
	}
	s->known &= ~writes;
	if (!(s->known >> s->w.reg & 1))
		return STEP_ON;
	*ret = result(&s->w, s->value[s->w.reg]);
	return STEP_KNOWN;
}

/* The call that returns to frame i + 1, when it is a direct one of the function that frame i is in; n: it is not. */
static size_t call_of(const struct kd_entries *e, size_t i, const struct kd_code *c)
{
	const struct kd_core_frame *f = &e->st->v[i];
	struct kd_ksym callee;

	if (!kd_code_symbol(e->k, e->mods, f->exact ? f->pc : f->pc - 1, &callee))
		return c->n;
	for (size_t at = 0; at < c->n; at++)
		if (c->v[at].addr + c->v[at].len == f[1].pc)
			return c->v[at].cls == KD_INSN_CALL && c->v[at].target == callee.addr ? at : c->n;
	return c->n;
}

/* In the caller of frame i. on: the value is what *reg held at the caller's own entry. */
static enum step in_caller(const struct kd_entries *e, size_t i, struct wanted *w, uint64_t *ret)
{
	kd_auto(kd_code_deinit) struct kd_code c = {.n = 0};
	const struct kd_core_frame *caller = &e->st->v[i + 1];
	struct search s = {.c = &c, .w = *w};
	size_t at;

	if (kd_code_read(e->k, e->mods, e->disasm, caller->pc - 1, &c) || c.indirect)
		return STEP_LOST;
	at = call_of(e, i, &c);
	if (at == c.n)
		return STEP_LOST;
	for (unsigned reg = 0; reg < REGS; reg++)
		if (KEPT >> reg & 1 && kd_core_regs_has(caller->at, reg)) {
			s.value[reg] = caller->at->r[reg];
			s.known |= 1u << reg;
		}
	for (; at && !c.join[at] && kd_code_falls_through(&c.v[at - 1]); at--) {
		const enum step step = back(&s, &c.v[at - 1], ret);

		if (step != STEP_ON)
			return step;
	}
	*w = s.w;
	return at || c.join[0] ? STEP_LOST : STEP_ON;
}

bool kd_entry_value(const struct kd_entries *e, size_t i, unsigned reg, uint64_t *ret)
{
	struct wanted w = {.reg = reg};

	if (!e->disasm || reg >= REGS || reg == KD_RSP)
		return false;
	for (unsigned levels = 0; levels < KD_ENTRY_LEVELS && i + 1 < e->st->n; levels++, i++) {
		const struct kd_core_frame *f = &e->st->v[i];
		enum step step;

		if (f->guessed || f[1].guessed || (f[1].how != KD_FRAME_ORC && f[1].how != KD_FRAME_CFI) || f[1].exact || !f[1].at)
			return false;
		step = in_caller(e, i, &w, ret);
		if (step == STEP_KNOWN)
			return true;
		if (step == STEP_LOST || w.reg == KD_RSP)
			return false;
	}
	return false;
}
