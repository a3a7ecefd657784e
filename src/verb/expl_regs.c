/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes for RIP (pc), Code: and the registers. */
#include "base/alloc.h"
#include "report/regval.h"
#include "report/syscalls.h"
#include "report/x86.h"
#include "verb/codewords.h"
#include "verb/expl.h"
#include "verb/inv.h"

static const char *ip_words(uint8_t pcclass)
{
	switch ((enum kd_pcclass)pcclass) {
	case KD_PCC_FAULTING:
		return "the instruction that faulted; its address is exact";
	case KD_PCC_EXECUTED:
		return "the instruction behind the one that was executed";
	case KD_PCC_TRAP:
		return "the trap instruction of the check itself";
	case KD_PCC_SAMPLED:
		return "where the CPU happened to be: one sample";
	case KD_PCC_IMPRECISE:
		return "where the CPU was when the error arrived, not where it came from";
	case KD_PCC_REPORTER:
	case KD_PCC_NONE:
		break;
	}
	return "where the CPU was";
}

static void set_notes(struct kd_expl_build *b, const struct kd_regset *s)
{
	uint8_t cls = b->r->kind ? b->r->kind->pcclass : KD_PCC_NONE;

	if (s->user) {
		kd_expl_note(b, s->line, KD_NOTE_SAYS,
			     "the registers of the program when it entered the kernel (code segment "
			     "0033 or 0023 on x86), not the state at the fault");
		if (b->r->call.known && b->r->call.line == s->line && b->r->call.nargs)
			kd_expl_note(b, s->line, KD_NOTE_SAYS,
				     "system call %.*s (number %llu, %s ABI); its arguments are the "
				     "first ones of %s, %s, %s, %s, %s, %s",
				     KD_VARG(kd_view_head(b->r->syscall, 64)),
				     (unsigned long long)b->r->call.nr, kd_sysabi_name(b->r->call.abi),
				     b->r->call.args[0].reg, b->r->call.args[1].reg,
				     b->r->call.args[2].reg, b->r->call.args[3].reg,
				     b->r->call.args[4].reg, b->r->call.args[5].reg);
		return;
	}
	if (s->label == KD_REGS_REPEAT) {
		kd_expl_note(b, s->line, KD_NOTE_SAYS, "the first register set once more");
		return;
	}
	if (s->label == KD_REGS_INTERRUPTED) {
		kd_expl_note(b, s->line, KD_NOTE_SAYS,
			     "what an exception or interrupt interrupted: the address is exact, and "
			     "the frames below belong to another story than those above");
		return;
	}
	if (s->has_ip && s->ip.func.n && s->ip.has_offset)
		kd_expl_note(b, s->line, KD_NOTE_SAYS,
			     "%s: byte %#llx of function %.*s, which is %#llx bytes long", ip_words(cls),
			     (unsigned long long)s->ip.offset, KD_VARG(kd_view_head(s->ip.func, 100)),
			     (unsigned long long)s->ip.size);
	else if (s->has_ip)
		kd_expl_note(b, s->line, KD_NOTE_SAYS, "%s", ip_words(cls));
	if (cls == KD_PCC_FAULTING && s->has_ip && s->ip.func.n && s->ip.has_offset)
		kd_expl_note(b, s->line, KD_NOTE_NEXT,
			     "file and line: symbol value plus offset in %.*s%s of this build "
			     "(scripts/faddr2line FILE %.*s+%#llx/%#llx); do not look the bare offset "
			     "up", KD_VARG(s->ip.module.n ? kd_view_head(s->ip.module, 64)
							  : KD_V("vmlinux")),
			     s->ip.module.n ? ".ko" : "", KD_VARG(kd_view_head(s->ip.func, 100)),
			     (unsigned long long)s->ip.offset, (unsigned long long)s->ip.size);
}

#define SHOWN 5 /* instructions before and behind the pc */

static void add_insns(const struct kd_fault *f, size_t from, size_t to, struct kd_buf *t)
{
	for (size_t i = from; i < to; i++) {
		if (i > from)
			kd_buf_add(t, KD_V("; "));
		kd_code_insn_words(&f->list.v[i].insn, t);
	}
}

/* The nearest instructions before the pc whose boundaries are certain. */
static size_t certain_from(const struct kd_fault *f)
{
	size_t i = f->list.at;

	while (i > 0 && f->list.at - i < SHOWN && f->list.v[i - 1].how != KD_CODE_ONE_OF)
		i--;
	return i;
}

static void listing_notes(struct kd_expl_build *b)
{
	const struct kd_fault *f = b->fault;
	size_t at = f->list.at, first = certain_from(f), last = at + 1 + SHOWN;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024), w = KD_BUF_INIT(1024);

	if (first < at) {
		add_insns(f, first, at, &t);
		kd_expl_note(b, f->code_line, KD_NOTE_SAYS, "before the pc: %.*s", KD_VARG(kd_buf_view(&t)));
	}
	if (f->has_insn) {
		kd_buf_clear(&t);
		kd_code_insn_words(&f->insn, &t);
		kd_expl_note(b, f->code_line, KD_NOTE_SAYS, "at the pc: %.*s", KD_VARG(kd_buf_view(&t)));
	}
	if (kd_code_sentence(f, &w))
		kd_expl_note(b, f->code_line, KD_NOTE_SAYS, "%s%.*s",
			     kd_code_of_itself(f) || (f->nop && !f->why) ? "it " : "", KD_VARG(kd_buf_view(&w)));
	if (at + 1 < f->list.n) {
		kd_buf_clear(&t);
		add_insns(f, at + 1, last < f->list.n ? last : f->list.n, &t);
		kd_expl_note(b, f->code_line, KD_NOTE_SAYS, "behind it: %.*s", KD_VARG(kd_buf_view(&t)));
	}
}

static void code_notes(struct kd_expl_build *b, const struct kd_regset *s)
{
	if (!s->code.n || s->user)
		return;
	kd_expl_note(b, s->code_line, KD_NOTE_SAYS,
		     kd_view_chr(s->code, '<') != KD_NPOS || kd_view_chr(s->code, '(') != KD_NPOS
			     ? "the machine code around the pc; the marked byte is where it points"
			     : "the machine code at the pc");
	if (s == b->fault->set && b->fault->list.n)
		listing_notes(b);
	else if (!b->fault->list.n)
		kd_expl_note(b, s->code_line, KD_NOTE_NEXT,
			     "disassemble it (scripts/decodecode) to learn which register was the pointer");
	if (s == b->fault->set && b->fault->no_decoder.n && b->fault->installable)
		kd_expl_note(b, s->code_line, KD_NOTE_NEXT, "kdoc could do that, but %.*s (kdoc setup check)",
			     KD_VARG(b->fault->no_decoder));
}

/* Values that say something; the dictionary of patterns is regval.h's. */
static void value_notes(struct kd_expl_build *b, const struct kd_regset *s)
{
	bool fault = b->r->kind && b->r->kind->pcclass == KD_PCC_FAULTING;

	for (size_t i = 0; i < s->nregs; i++) {
		const struct kd_reg *x = &s->regs[i];

		if (kd_view_eq(x->name, KD_V("cr2")) && !s->user) {
			kd_expl_note(b, x->line, KD_NOTE_NOT,
				     fault && kd_inv_is(b->r, "page_fault")
					     ? "the address of the fault: CR2 is read when this is "
					       "printed; use the header's address"
					     : "anything here: CR2 is left over from an earlier page "
					       "fault");
			continue;
		}
		if ((x->cls == KD_VAL_POISON || x->cls == KD_VAL_ERRPTR || x->cls == KD_VAL_ASCII) &&
		    s->label == KD_REGS_FAULT)
			kd_expl_note(b, x->line, KD_NOTE_SAYS, "%.*s = %#llx looks like %s%s%s",
				     KD_VARG(x->name), (unsigned long long)x->val,
				     kd_valclass_words(x->cls), x->note ? ": " : "",
				     x->note ? x->note : "");
	}
	if (s->nregs && s->label == KD_REGS_FAULT && kd_expl_first(b, KD_EXPL_REGS))
		kd_expl_note(b, s->regs[0].line, KD_NOTE_NOT,
			     "the arguments of the function: registers are reused as it runs");
}

static void flags_notes(struct kd_expl_build *b, const struct kd_regset *s)
{
	const struct kd_reg *f = kd_inv_reg(s, "eflags");

	if (!f)
		f = kd_inv_reg(s, "rflags");
	if (f && s->label == KD_REGS_FAULT)
		kd_expl_note(b, f->line, KD_NOTE_SAYS, "flags %#llx: interrupts were %s",
			     (unsigned long long)f->val, kd_x86_irqs_on(f->val) ? "on" : "off");
}

void kd_expl_regs(struct kd_expl_build *b)
{
	for (size_t i = 0; i < b->r->nregsets; i++) {
		const struct kd_regset *s = &b->r->regsets[i];

		set_notes(b, s);
		code_notes(b, s);
		flags_notes(b, s);
		value_notes(b, s);
	}
}
