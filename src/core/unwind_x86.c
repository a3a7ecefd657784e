// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64: the kernel's ORC tables; where there is none, frame pointers (unwind_fp.c). How a stack ends and how exceptions are left:
 * arch/x86/kernel/unwind_orc.c of the kernel.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/le.h"
#include "core/pushes.h"
#include "core/unwind_internal.h"
#include "format/elfcore.h"

enum { CALL_MAX = 7 };

static struct kd_error *open_tables(struct kd_unwinder *u)
{
	struct kd_error *err = kd_orctable_open(u->k, u->mods, &u->orc);

	if (!err || err->cls != KD_NOTFOUND)
		return err;
	snprintf(u->no_table, sizeof(u->no_table), "%s", err->msg);
	kd_error_free(err);
	return NULL;
}

/* The length of an indirect call (FF /2) that begins at p, 0: it is none. */
static size_t indirect_call(const uint8_t *p, size_t n)
{
	const size_t rex = (p[0] & 0xf0) == 0x40;
	size_t len = rex + 2;
	unsigned mod, rm;

	if (n < len || p[rex] != 0xff || (p[rex + 1] >> 3 & 7) != 2)
		return 0;
	mod = p[rex + 1] >> 6;
	rm = p[rex + 1] & 7;
	if (mod != 3 && rm == 4) {
		if (n <= len)
			return 0;
		rm = p[len] & 7;
		len++;
		if (mod == 0 && rm != 5)
			rm = 0;
	}
	if (mod == 0 && rm == 5)
		len += 4;
	return len + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static bool behind_call(struct kd_unwinder *u, uint64_t addr)
{
	uint8_t b[CALL_MAX];

	if (!kd_unwinder_is_text(u, addr - CALL_MAX) || !kd_space_read(u->s, addr - CALL_MAX, b, sizeof(b), NULL))
		return false;
	if (b[CALL_MAX - 5] == 0xe8)
		return true;
	for (size_t n = 2; n <= CALL_MAX; n++)
		if (indirect_call(b + CALL_MAX - n, n) == n)
			return true;
	return false;
}

static uint64_t callee(struct kd_unwinder *u, uint64_t addr)
{
	uint8_t b[5];
	uint32_t rel;

	if (!kd_space_read(u->s, addr - sizeof(b), b, sizeof(b), NULL) || b[0] != 0xe8)
		return 0;
	rel = kd_le32(b + 1);
	return addr + (uint64_t)(int64_t)(int32_t)rel;
}

/* --- registers ---------------------------------------------------------------------------------------- */

bool kd_unwind_x86_regs(struct unwind_walk *w, uint64_t addr, bool partial)
{
	const size_t first = partial ? KD_X86_PT_IRET : 0;
	struct kd_core_regs *r = kd_arena_new(w->arena, struct kd_core_regs);

	if (!r) {
		w->no_room = true;
		return false;
	}
	for (size_t i = first; i < KD_X86_PT_REGS; i++) {
		uint64_t value;

		if (!kd_unwind_word(w, addr + 8 * (i - first), &value))
			return false;
		kd_core_regs_set(r, kd_x86_pt_regs[i], value);
	}
	r->r[KD_REG_CS] &= 0xffff; /* with FRED the words have more in them */
	r->r[KD_REG_SS] &= 0xffff;
	if (kd_core_regs_user(KD_EM_X86_64, r)) {
		w->st->end = KD_STACK_USER;
		w->st->user = r;
		return false;
	}
	w->ip = r->r[KD_RIP];
	w->sp = r->r[KD_RSP];
	w->regs = r;
	w->now = *r;
	if (!partial)
		w->full = r;
	w->exact = true;
	return true;
}

void kd_unwind_x86_caller(struct unwind_walk *w, uint64_t frame)
{
	struct kd_cfi_caller c;
	const uint64_t at = w->exact ? w->ip : w->ip - 1;
	struct kd_core_regs r = {0};
	struct kd_pushes p;
	struct kd_ksym sym;

	if (w->u->keep_regs && kd_unwind_cfi(w, &frame, &c)) {
		w->now = c.regs;
		return;
	}
	if (w->u->keep_regs && !kd_kernel_is_init(w->u->k, at) && kd_unwind_symbol(w->u, at, &sym) && kd_pushes_at(&w->u->orc, &sym, at, &p))
		for (unsigned i = 0; i < KD_PUSHES_NREGS; i++) {
			uint64_t value;

			if (p.state[i] == KD_PUSH_KEPT && kd_core_regs_has(&w->now, i))
				kd_core_regs_set(&r, i, w->now.r[i]);
			else if (p.state[i] == KD_PUSH_SAVED && kd_space_uint(w->u->s, frame - p.below[i], 8, &value, NULL))
				kd_core_regs_set(&r, i, value);
		}
	w->now = r;
}

/* --- guesses ----------------------------------------------------------------------------------------- */

/* After a call of an address that holds no code: its return address is on top. */
static bool guess_top(struct unwind_walk *w)
{
	const uint64_t slot = w->sp;
	uint64_t ip;

	if (!w->exact || !kd_space_uint(w->u->s, slot, 8, &ip, NULL) || !kd_unwind_behind_call(w->u, ip))
		return false;
	kd_unwind_guess_call(w, ip, slot + 8);
	return kd_unwind_push(w, KD_FRAME_TOP, slot);
}

/* Code that was made at run time has frame pointers. */
static bool guess_fp(struct unwind_walk *w)
{
	const uint64_t slot = w->bp + 8;
	uint64_t ip, bp;

	if (w->bp < w->sp || w->bp - w->sp > STACK_SCAN_MAX || w->bp % 8 || !kd_space_uint(w->u->s, slot, 8, &ip, NULL) ||
	    !kd_space_uint(w->u->s, w->bp, 8, &bp, NULL) || !kd_unwind_behind_call(w->u, ip))
		return false;
	kd_unwind_guess_call(w, ip, slot + 8);
	w->bp = bp;
	return kd_unwind_push(w, KD_FRAME_FP, slot);
}

/* --- by the table ------------------------------------------------------------------------------------- */

/* A register that code near the kernel's entries uses to find its frame. */
static bool saved(struct unwind_walk *w, enum kd_orc_reg which, uint64_t *ret)
{
	static const uint8_t index[KD_ORC_NREGS] = {[KD_ORC_REG_AX] = KD_RAX, [KD_ORC_REG_DX] = KD_RDX, [KD_ORC_REG_DI] = KD_RDI,
						    [KD_ORC_REG_R10] = KD_R10, [KD_ORC_REG_R13] = KD_R13};

	if (!w->full) {
		kd_unwind_broken(w, "a register that nobody saved would lead out of", w->ip);
		return false;
	}
	*ret = w->full->r[index[which]];
	return true;
}

/* The caller's stack pointer, or where the saved registers are. */
static bool frame_address(struct unwind_walk *w, const struct kd_orc *o, uint64_t *ret)
{
	const uint64_t off = (uint64_t)(int64_t)o->sp_off;
	uint64_t base = 0;

	switch (o->sp_reg) {
	case KD_ORC_REG_SP:
		base = w->sp;
		break;
	case KD_ORC_REG_BP:
		base = w->bp;
		break;
	case KD_ORC_REG_SP_INDIRECT:
		if (!kd_unwind_word(w, w->sp, &base))
			return false;
		break;
	case KD_ORC_REG_BP_INDIRECT:
		return kd_unwind_word(w, w->bp + off, ret);
	case KD_ORC_REG_AX:
	case KD_ORC_REG_DX:
	case KD_ORC_REG_DI:
	case KD_ORC_REG_R10:
	case KD_ORC_REG_R13:
		if (!saved(w, o->sp_reg, &base))
			return false;
		break;
	default:
		kd_unwind_broken(w, "the unwind table has no way out of", w->ip);
		return false;
	}
	*ret = base + off;
	return true;
}

static bool saved_bp(struct unwind_walk *w, const struct kd_orc *o, uint64_t frame, uint64_t *ret)
{
	const uint64_t off = (uint64_t)(int64_t)o->bp_off;

	switch (o->bp_reg) {
	case KD_ORC_REG_PREV_SP:
		w->bp_known = true;
		return kd_unwind_word(w, frame + off, ret);
	case KD_ORC_REG_BP:
		return kd_unwind_word(w, w->bp + off, ret);
	default:
		*ret = w->bp;
		return true;
	}
}

/* Inside of a frame that has an entry: to its caller. false: the stack ends, or breaks. */
static bool by_table(struct unwind_walk *w, const struct kd_orc *o)
{
	uint64_t frame, bp, ip;

	if (o->type == KD_ORC_END) {
		w->st->end = KD_STACK_OUTERMOST;
		return false;
	}
	if (o->type == KD_ORC_UNDEFINED) {
		kd_unwind_broken(w, "the unwind table knows no way out of", w->ip);
		return false;
	}
	if (!frame_address(w, o, &frame) || !saved_bp(w, o, frame, &bp))
		return false;
	if (o->type == KD_ORC_CALL) {
		if (!kd_unwind_word(w, frame - 8, &ip))
			return false;
		kd_unwind_x86_caller(w, frame);
		kd_unwind_take_call(w, ip, frame);
		w->bp = bp;
		w->exact = o->signal;
		return kd_unwind_push(w, KD_FRAME_ORC, frame - 8);
	}
	if (!kd_unwind_x86_regs(w, frame, o->type == KD_ORC_PT_REGS_PARTIAL))
		return false;
	w->bp = o->bp_reg == KD_ORC_REG_UNDEFINED && w->full ? w->full->r[KD_RBP] : bp;
	w->bp_known |= o->type == KD_ORC_PT_REGS;
	return kd_unwind_push(w, KD_FRAME_TRAP, o->type == KD_ORC_PT_REGS ? frame + 8 * KD_X86_PT_IRET : frame);
}

/* Out of a place without an entry; false: no way is likely enough, and the rest is scanned. */
static bool step_without(struct unwind_walk *w)
{
	bool go;

	if (kd_unwind_x86_frame(w, &go))
		return go;
	if (guess_top(w) || guess_fp(w))
		return true;
	if (!*w->st->why)
		kd_unwind_broken(w, kd_unwinder_is_text(w->u, w->ip) ? "no unwind table has an entry for" : "no code of the kernel or a module is at",
		       w->ip);
	return false;
}

/*
 * In the midst of a function that calls on the CPU's stack for interrupts (call_on_irqstack() of asm/irq_stack.h) the table knows
 * where the old stack is, call frame information does not: its pointer is on top of the new one.
 */
static bool old_stack(struct unwind_walk *w, uint64_t *ret)
{
	struct kd_kernel *k = w->u->k;
	uint64_t var, top = 0;
	bool known;

	if (!w->from->on_cpu)
		return false;
	if (kd_kernel_percpu(k, "hardirq_stack_ptr", w->from->cpu, &var))
		known = kd_space_uint(w->u->s, var, 8, &top, NULL);
	else /* 6.2 to 6.14 */
		known = kd_kernel_percpu(k, "pcpu_hot", w->from->cpu, &var) && kd_kernel_read(k, var, "pcpu_hot", "hardirq_stack_ptr", &top);
	return known && top == w->sp && kd_space_uint(w->u->s, top, 8, ret, NULL) && *ret % 8 == 0;
}

/* By call frame information; false: it says nothing that holds. */
static bool by_cfi(struct unwind_walk *w, struct kd_cfi_caller *c)
{
	const uint64_t sp = w->sp;

	*c = (struct kd_cfi_caller){.has_cfa = false};
	if (!kd_unwind_cfi(w, NULL, c))
		return false;
	if (kd_unwind_take_cfi(w, c))
		return true;
	if (!old_stack(w, &w->sp) || !kd_unwind_cfi(w, NULL, c) || !kd_unwind_take_cfi(w, c)) {
		w->sp = sp;
		return false;
	}
	return true;
}

static bool step(struct unwind_walk *w)
{
	struct kd_cfi_caller c;
	struct kd_orc o;
	const bool has = kd_orctable_find(&w->u->orc, w->exact ? w->ip : w->ip - 1, &o);

	/* where an exception came in the table alone knows it */
	if ((!has || o.type == KD_ORC_UNDEFINED || (w->u->cfi_first && o.type == KD_ORC_CALL))) {
		if (by_cfi(w, &c))
			return true;
		if (c.outermost && !has) {
			w->st->end = KD_STACK_OUTERMOST;
			return false;
		}
	}
	return has ? by_table(w, &o) : step_without(w);
}

const struct unwind_ops kd_unwind_x86 = {.machine = KD_EM_X86_64, .open = open_tables, .step = step, .callee = callee, .behind_call = behind_call};
