// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/codewords.h"

#include "report/arm64.h"

#define ULL(x) ((unsigned long long)(x))
#define FIELD_MAX 0x10000 /* beyond it a displacement is an address, not a member */

void kd_code_insn_words(const struct kd_insn *in, struct kd_buf *t)
{
	bool blank = false;

	for (const char *p = in->text; *p; p++) {
		bool now = *p == ' ' || *p == '\t';

		if (!now)
			kd_buf_addc(t, *p);
		else if (!blank)
			kd_buf_addc(t, ' ');
		blank = now;
	}
}

static bool pointer_like(const struct kd_fault_op *o)
{
	return o->base.used && !o->index.used && !o->mem.seg && o->mem.disp < FIELD_MAX &&
	       o->mem.disp > -FIELD_MAX;
}

bool kd_code_base_is_pointer(const struct kd_fault *f)
{
	return f->which >= 0 && pointer_like(&f->op[f->which]);
}

static void class_words(const struct kd_val *v, struct kd_buf *t)
{
	switch ((enum kd_valclass)v->cls) {
	case KD_VAL_PLAIN:
		return;
	case KD_VAL_ASCII:
		kd_buf_printf(t, " (the bytes of the text \"%s\")", v->ascii);
		return;
	case KD_VAL_ERRPTR:
	case KD_VAL_POISON:
		kd_buf_printf(t, " (%s%s)", v->likely ? "likely " : "",
			      v->note ? v->note : kd_valclass_words(v->cls));
		return;
	default:
		kd_buf_printf(t, " (%s%s)", kd_valclass_words(v->cls), v->likely ? ", likely" : "");
	}
}

/* classed: the value counts as a pointer */
static void reg_words(const struct kd_fault_reg *r, bool classed, struct kd_buf *t)
{
	kd_buf_printf(t, "%s = ", r->name);
	if (!r->known) {
		kd_buf_printf(t, "not in the report");
		return;
	}
	kd_buf_printf(t, r->val ? "%#llx" : "%llu", ULL(r->val));
	if (classed)
		class_words(&r->cls, t);
}

static void values(const struct kd_fault_op *o, struct kd_buf *t)
{
	bool pointer = pointer_like(o);

	if (o->base.used) {
		kd_buf_printf(t, "; ");
		/* beside an index a small number is not called NULL: either may be the pointer */
		reg_words(&o->base, pointer || (o->base.known && o->base.cls.cls != KD_VAL_NULL &&
						o->base.cls.cls != KD_VAL_SMALL &&
						o->mem.disp < FIELD_MAX && o->mem.disp > -FIELD_MAX),
			  t);
	}
	if (o->index.used) {
		kd_buf_printf(t, o->base.used ? ", " : "; ");
		reg_words(&o->index, false, t);
	}
	if (o->seg_known)
		kd_buf_printf(t, "%s%%%s base = %#llx", o->base.used || o->index.used ? ", " : "; ",
			      o->mem.seg == KD_SEG_GS ? "gs" : "fs", ULL(o->seg_base));
}

static const char *does(const struct kd_insn_mem *m)
{
	if (m->read && m->write)
		return "reads and writes";
	return m->write ? "writes" : "reads";
}

static void access_words(const struct kd_fault_op *o, struct kd_buf *t)
{
	kd_buf_printf(t, "%s ", does(&o->mem));
	if (o->mem.width)
		kd_buf_printf(t, "%u byte%s ", o->mem.width, o->mem.width == 1 ? "" : "s");
	kd_buf_printf(t, "at %s%s", o->text, o->mem.stack ? ", the stack" : "");
	values(o, t);
}

static void count_words(const struct kd_fault *f, struct kd_buf *t)
{
	if (f->insn.rep && f->count.known)
		kd_buf_printf(t, "; %#llx element%s left (%s)", ULL(f->count.val),
			      f->count.val == 1 ? "" : "s", f->count.name);
}

static const char *whose(uint8_t from)
{
	switch ((enum kd_fault_addr)from) {
	case KD_FADDR_KERNEL_GP:
		return "the one that the kernel decoded, too";
	case KD_FADDR_CR2:
		return "the one in CR2, which is read later and alone proves nothing";
	default:
		return "the one that the header states";
	}
}

static void shadow_words(const struct kd_fault *f, struct kd_buf *t)
{
	const struct kd_fault_shadow *s = &f->shadow;

	kd_buf_printf(t, "; that is KASAN shadow: %s was going to look at ",
		      s->inline_check ? "the compiler's check before the access" : "the check");
	if (!s->exact) {
		kd_buf_printf(t, "an address in [%#llx, %#llx] (8-byte granule; which one is not shown)",
			      ULL(s->first), ULL(s->first + 7));
		return;
	}
	reg_words(&s->ptr, true, t);
	if (s->has_field) {
		kd_buf_printf(t, ", made by lea %s%#llx(%%%s) from ", s->disp < 0 ? "-" : "",
			      ULL(s->disp < 0 ? 0 - (uint64_t)s->disp : (uint64_t)s->disp), s->field.name);
		reg_words(&s->field, true, t);
	}
}

static void match_words(const struct kd_fault *f, struct kd_buf *t)
{
	const struct kd_fault_op *o = &f->op[f->which];

	access_words(o, t);
	if (f->addr_from && f->addr == o->ea)
		kd_buf_printf(t, ": address %#llx, %s", ULL(o->ea), whose(f->addr_from));
	else if (f->without_disp)
		kd_buf_printf(t, ": address %#llx; the kernel printed %#llx, the same without the displacement",
			      ULL(o->ea), ULL(f->addr));
	else if (f->addr_from && f->arch == KD_ARCH_ARM64 && f->addr << 8 == o->ea << 8)
		kd_buf_printf(t, ": address %#llx, but for the top byte, which is no part of it, %s", ULL(o->ea),
			      whose(f->addr_from));
	else if (f->addr_from)
		kd_buf_printf(t, ": from %#llx on, which holds %#llx, %s", ULL(o->ea), ULL(f->addr),
			      whose(f->addr_from));
	else
		kd_buf_printf(t, ": address %#llx, which is not canonical: that explains the fault",
			      ULL(o->ea));
	count_words(f, t);
	if (f->shadow.is)
		shadow_words(f, t);
}

static void each_operand(const struct kd_fault *f, struct kd_buf *t)
{
	for (size_t i = 0; i < f->nop; i++) {
		kd_buf_printf(t, "%s", i ? "; and " : "");
		access_words(&f->op[i], t);
		if (f->op[i].has_ea)
			kd_buf_printf(t, ": address %#llx", ULL(f->op[i].ea));
	}
}

static void disagree_words(const struct kd_fault *f, struct kd_buf *t)
{
	if (f->insn.cls == KD_INSN_DIV && f->divisor.known) {
		kd_buf_printf(t, "divides by %#llx (%s), and the quotient would fit: registers and bytes do not "
				 "belong together",
			      ULL(f->divisor.val), f->divisor.name);
		return;
	}
	each_operand(f, t);
	kd_buf_printf(t, "; the reported address %#llx is %s: registers, bytes and address are not of one moment, "
			 "or damaged; no operand is blamed",
		      ULL(f->addr), f->nop > 1 ? "none of them" : "another");
}

static void trap_words(const struct kd_fault *f, struct kd_buf *t)
{
	const char *brk = f->arch == KD_ARCH_ARM64 ? kd_brk_words((uint16_t)f->insn.trap) : NULL;

	if (!f->recognised && (!strcmp(f->insn.mnemonic, "ud0") || !strcmp(f->insn.mnemonic, "ud1"))) {
		kd_buf_printf(t, "is never valid: a trap of a check (WARN(), UBSAN, CFI), or bytes that are no code");
		return;
	}
	kd_buf_printf(t, "is a trap that was put there on purpose");
	if (brk && !strcmp(f->insn.mnemonic, "brk"))
		kd_buf_printf(t, ": %s", brk);
	else if (!strcmp(f->insn.mnemonic, "ud2"))
		kd_buf_printf(t, ": BUG(), WARN() or code that is never to be reached");
}

static void divide_words(const struct kd_fault *f, struct kd_buf *t)
{
	if (!f->divisor.val)
		kd_buf_printf(t, "divides by zero: %s = 0%s", f->divisor.name,
			      f->insn.width < 8 && f->arch == KD_ARCH_X86_64 ? " in its low half" : "");
	else
		kd_buf_printf(t, "divides by %#llx (%s), which is not zero: the quotient does not fit",
			      ULL(f->divisor.val), f->divisor.name);
}

static void missing_words(const struct kd_fault *f, struct kd_buf *t)
{
	if (f->why) {
		kd_buf_printf(t, "%s", f->why);
		return;
	}
	each_operand(f, t);
	kd_buf_printf(t, "; the address cannot be computed from the report");
}

static void system_words(const struct kd_fault *f, struct kd_buf *t)
{
	kd_buf_printf(t, "was refused for its register, its value or the mode, not for an address");
	for (size_t i = 0; f->set && i < f->set->nregs; i++)
		if (strstr(f->insn.mnemonic, "msr") && f->arch == KD_ARCH_X86_64 &&
		    kd_view_eq(f->set->regs[i].name, KD_V("rcx")))
			kd_buf_printf(t, ": MSR %#x (rcx)", (unsigned)(uint32_t)f->set->regs[i].val);
}

bool kd_code_of_itself(const struct kd_fault *f)
{
	return f->state == KD_FAULT_TRAP || f->state == KD_FAULT_DIVIDE || f->state == KD_FAULT_BRANCH ||
	       f->state == KD_FAULT_SYSTEM;
}

bool kd_code_sentence(const struct kd_fault *f, struct kd_buf *t)
{
	switch ((enum kd_fault_state)f->state) {
	case KD_FAULT_PROVEN:
	case KD_FAULT_FITS:
		match_words(f, t);
		return true;
	case KD_FAULT_SEVERAL:
		each_operand(f, t);
		kd_buf_printf(t, "; more than one of these explains the fault");
		return true;
	case KD_FAULT_DISAGREES:
		disagree_words(f, t);
		return true;
	case KD_FAULT_DIRECTION:
		access_words(&f->op[f->which], t);
		kd_buf_printf(t, ": address %#llx, but the report says the other direction: they do not belong "
				 "together",
			      ULL(f->op[f->which].ea));
		return true;
	case KD_FAULT_VALUES:
		missing_words(f, t);
		return true;
	case KD_FAULT_TRAP:
		trap_words(f, t);
		return true;
	case KD_FAULT_EXECUTED:
		kd_buf_printf(t, "an int3 (byte cc) stands before the pc: it is what was executed");
		return true;
	case KD_FAULT_DIVIDE:
		divide_words(f, t);
		return true;
	case KD_FAULT_BRANCH:
		kd_buf_printf(t, "goes to ");
		reg_words(&f->branch, true, t);
		kd_buf_printf(t, ", which is not canonical: that explains the fault");
		return true;
	case KD_FAULT_INVALID:
		kd_buf_printf(t, "the bytes at the pc are no instruction that the decoder knows");
		return true;
	case KD_FAULT_SYSTEM:
		system_words(f, t);
		return true;
	case KD_FAULT_FETCH:
	case KD_FAULT_NONE:
		return false;
	}
	return false;
}
