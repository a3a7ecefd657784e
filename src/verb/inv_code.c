/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instruction at the pc and its operand, from the Code: bytes and the register dump
 * (symbol/fault.h). PROVEN is what decoding and arithmetic give; which object the base
 * register meant is a reading, and its origin in the code is LIKELY: a jump may enter
 * between (trap 5).
 */
#include "base/alloc.h"
#include "verb/codewords.h"
#include "verb/inv.h"

static void at_reg(struct kd_inv_build *b, struct kd_statement *s, const struct kd_fault_reg *r)
{
	if (r->used && r->known)
		kd_inv_at(b, s, r->line);
}

/* The lines that the verdict stands on: bytes, registers, address. */
static void cite(struct kd_inv_build *b, struct kd_statement *s)
{
	const struct kd_fault *f = b->f->fault;

	kd_inv_at(b, s, f->code_line);
	for (size_t i = 0; i < f->nop; i++) {
		if (f->which >= 0 && (size_t)f->which != i)
			continue;
		at_reg(b, s, &f->op[i].base);
		at_reg(b, s, &f->op[i].index);
		if (f->op[i].seg_known)
			kd_inv_at(b, s, f->op[i].seg_line);
	}
	at_reg(b, s, &f->divisor);
	at_reg(b, s, &f->branch);
	if (f->insn.rep)
		at_reg(b, s, &f->count);
	at_reg(b, s, &f->shadow.ptr);
	at_reg(b, s, &f->shadow.field);
	if (f->addr_from && f->nop)
		kd_inv_at(b, s, f->addr_line);
}

static enum kd_part part_of(const struct kd_fault *f)
{
	if (f->state == KD_FAULT_VALUES)
		return KD_PART_UNKNOWN;
	/* CR2 alone proves nothing (trap 2) */
	return f->state == KD_FAULT_FITS && f->addr_from == KD_FADDR_CR2 ? KD_PART_LIKELY : KD_PART_PROVEN;
}

static const char *topic_of(const struct kd_fault *f)
{
	switch ((enum kd_fault_state)f->state) {
	case KD_FAULT_TRAP:
	case KD_FAULT_EXECUTED:
		return "trap";
	case KD_FAULT_DIVIDE:
		return "division";
	case KD_FAULT_BRANCH:
		return "target";
	case KD_FAULT_INVALID:
		return "opcode";
	case KD_FAULT_SYSTEM:
		return "refused";
	default:
		return "operand";
	}
}

/* The instruction, and what it is or does where that needs no line of its own. */
static void say_instruction(struct kd_inv_build *b, struct kd_view sentence)
{
	const struct kd_fault *f = b->f->fault;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);
	struct kd_statement *s;

	kd_code_insn_words(&f->insn, &t);
	if (sentence.n)
		s = kd_inv_say(b, KD_PART_PROVEN, topic_of(f), "%.*s stands at the pc and %.*s",
			       KD_VARG(kd_buf_view(&t)), KD_VARG(sentence));
	else
		s = kd_inv_say(b, KD_PART_PROVEN, "instruction", "%.*s stands at the pc",
			       KD_VARG(kd_buf_view(&t)));
	kd_inv_at(b, s, f->code_line);
	kd_inv_at(b, s, f->set->line);
	if (sentence.n)
		cite(b, s);
}

static void say_verdict(struct kd_inv_build *b)
{
	const struct kd_fault *f = b->f->fault;
	kd_auto(kd_buf_deinit) struct kd_buf w = KD_BUF_INIT(1024);
	enum kd_part part = part_of(f);
	bool said = kd_code_sentence(f, &w);
	bool one = said && kd_code_of_itself(f);
	struct kd_statement *s;

	if (f->has_insn && f->state != KD_FAULT_EXECUTED && f->state != KD_FAULT_FETCH)
		say_instruction(b, one ? kd_buf_view(&w) : KD_VNULL);
	if (!said || one)
		return;
	s = kd_inv_say(b, part, topic_of(f), "%.*s", KD_VARG(kd_buf_view(&w)));
	if (part == KD_PART_LIKELY)
		kd_inv_refuted_by(b, s, "CR2 was overwritten by a later fault before it was printed");
	cite(b, s);
}

/* Where the base register got its value, when straight code before the fault shows it. */
static void say_origin(struct kd_inv_build *b)
{
	const struct kd_fault *f = b->f->fault;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(256);
	const struct kd_insn *in;
	struct kd_statement *s;

	if (!f->origin.known)
		return;
	in = &f->list.v[f->origin.line].insn;
	kd_code_insn_words(in, &t);
	s = kd_inv_say(b, KD_PART_LIKELY, "origin", "%s was %s by %.*s, %u instruction%s before",
		       f->op[f->which].base.name,
		       in->flow == KD_FLOW_LOAD	 ? "loaded"
		       : in->flow == KD_FLOW_IMM ? "set"
		       : in->flow == KD_FLOW_LEA ? "computed"
						 : "copied",
		       KD_VARG(kd_buf_view(&t)), f->origin.distance, f->origin.distance == 1 ? "" : "s");
	kd_inv_refuted_by(b, s, "a jump enters the code between the two");
	kd_inv_at(b, s, f->code_line);
}

static void say_misplaced(struct kd_inv_build *b)
{
	const struct kd_fault *f = b->f->fault;
	struct kd_statement *s;

	if (!f->list.misplaced)
		return;
	s = kd_inv_say(b, KD_PART_UNKNOWN, "boundary",
		       "why the bytes from the function's start to the pc make no whole instructions: they were "
		       "patched (kprobe), or the pc or a bit of them is damaged");
	kd_inv_at(b, s, f->code_line);
	kd_inv_at(b, s, f->set->line);
}

void kd_inv_code(struct kd_inv_build *b)
{
	const struct kd_fault *f = b->f->fault;
	uint8_t cls = b->r->kind ? b->r->kind->pcclass : KD_PCC_NONE;

	if (cls != KD_PCC_FAULTING && cls != KD_PCC_TRAP && cls != KD_PCC_EXECUTED)
		return;
	if (!f->has_insn && f->state != KD_FAULT_INVALID && f->state != KD_FAULT_EXECUTED)
		return;
	say_verdict(b);
	say_origin(b);
	say_misplaced(b);
}
