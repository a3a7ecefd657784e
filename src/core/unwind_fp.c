// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64 without ORC tables: frame pointers. rbp is believed where the function begins with "push %rbp; mov %rsp,%rbp" and is behind
 * it; in front of it the caller's address is on top of the stack, and rbp is the caller's. Entries of exceptions put the address of
 * struct pt_regs plus 1 into rbp, system calls and the first function of a CPU clear it (ENCODE_FRAME_POINTER of
 * arch/x86/include/asm/frame.h; arch/x86/kernel/unwind_frame.c).
 */
#include <string.h>

#include "base/alloc.h"
#include "core/unwind_internal.h"

enum { CODE_MAX = 32 << 10, RET = 0xc3, PUSH_RBP = 0x55, BETWEEN = 32, PT_REGS_SIZE = 8 * KD_X86_PT_REGS, KERNEL_CS = 0x10, KERNEL_DS = 0x18,
       FLAGS_ONE = 2, FLAGS_FIXED = 0x802a /* bits of rflags that are always the same: 1 is, 3, 5 and 15 are not */ };

enum place { NO_FRAME, NOT_YET, PUSHED, SET };

/* Code of the kernel's start, which is thrown away once it has run. */
static bool gone(struct kd_unwinder *u, uint64_t at)
{
	uint64_t byte;

	return kd_kernel_is_text(u->k, at) && !kd_space_uint(u->s, at, 1, &byte, NULL);
}

/*
 * Where "push %rbp" and "mov %rsp,%rbp" are in the code; false: nowhere. Compilers may do other things first, and between them;
 * of the bytes that look like the push the nearest is taken.
 */
static bool find_prologue(const uint8_t *code, size_t n, size_t *pushed, size_t *set)
{
	const size_t at = kd_view_find(kd_view((const char *)code, n), kd_view("\x48\x89\xe5", 3));

	if (at == KD_NPOS)
		return false;
	*set = at + 3;
	for (size_t back = 0; back < BETWEEN && back < at; back++)
		if (code[at - back - 1] == PUSH_RBP) {
			*pushed = at - back;
			return true;
		}
	return false;
}

static enum place place_of(struct unwind_walk *w)
{
	const uint64_t at = w->ip - !w->exact;
	kd_auto(kd_freep) uint8_t *code = NULL;
	size_t pushed, set;
	struct kd_ksym sym;

	if (!kd_unwind_symbol(w->u, at, &sym) || !sym.size || sym.size > CODE_MAX)
		return NO_FRAME;
	code = kd_xmalloc((size_t)sym.size);
	if (!kd_space_read(w->u->s, sym.addr, code, (size_t)sym.size, NULL))
		return gone(w->u, at) ? SET : NO_FRAME; /* as the rest of such a kernel */
	if (!find_prologue(code, (size_t)sym.size, &pushed, &set))
		return NO_FRAME;
	if (!w->exact)
		return SET; /* no call without a frame: objtool sees to that */
	if (w->ip - sym.addr < pushed || code[w->ip - sym.addr] == RET)
		return NOT_YET;
	return w->ip - sym.addr < set ? PUSHED : SET;
}

/* Is rbp on this stack, or on the one that this was changed for, whose rsp is on top (call_on_stack of asm/irq_stack.h)? */
static bool is_near(struct unwind_walk *w)
{
	uint64_t from = w->sp;

	if (w->bp % 8)
		return false;
	if (w->bp >= from && w->bp - from <= STACK_SCAN_MAX)
		return true;
	return kd_space_uint(w->u->s, w->sp, 8, &from, NULL) && w->bp >= from && w->bp - from <= STACK_SCAN_MAX;
}

/* Where the return address is, and the caller's rbp; false: not there. */
static bool caller(struct unwind_walk *w, enum place place, uint64_t *slot, uint64_t *bp)
{
	*slot = w->sp;
	*bp = w->bp;
	if (place == NOT_YET)
		return true;
	if (place == SET && !is_near(w))
		return false;
	*slot = (place == SET ? w->bp : w->sp) + 8;
	return kd_space_uint(w->u->s, *slot - 8, 8, bp, NULL);
}

/* The code that a CPU begins with; behind a guess rbp alone does not prove the end. */
static bool is_first(struct unwind_walk *w)
{
	struct kd_ksym sym;

	return kd_unwind_symbol(w->u, w->ip - 1, &sym) && !strncmp(sym.name, "secondary_startup", 17);
}

/*
 * Of a kernel without frame pointers, whose frames came by call frame information, rbp is any register: registers of an exception are
 * believed where the entry code has them, by what is in them.
 */
static bool are_regs(struct unwind_walk *w, uint64_t regs)
{
	uint64_t from, end, ip, cs, flags, ss;

	return kd_kernel_symbol(w->u->k, "__entry_text_start", &from) && kd_kernel_symbol(w->u->k, "__entry_text_end", &end) &&
	       w->ip >= from && w->ip < end && kd_space_uint(w->u->s, regs + 8 * KD_X86_PT_IRET, 8, &ip, NULL) &&
	       kd_space_uint(w->u->s, regs + 8 * (KD_X86_PT_IRET + 1), 8, &cs, NULL) &&
	       kd_space_uint(w->u->s, regs + 8 * (KD_X86_PT_IRET + 2), 8, &flags, NULL) &&
	       kd_space_uint(w->u->s, regs + 8 * (KD_X86_PT_IRET + 4), 8, &ss, NULL) && (cs & 0xffff) == KERNEL_CS &&
	       ((ss & 0xffff) == KERNEL_DS || !(ss & 0xffff)) && (flags & FLAGS_FIXED) == FLAGS_ONE && kd_unwinder_is_text(w->u, ip);
}

/* The registers that an exception left at regs, as kd_unwind_x86_regs(): whether there is a frame, which is then pushed. */
static bool by_regs(struct unwind_walk *w, uint64_t regs)
{
	if (!kd_unwind_x86_regs(w, regs, false))
		return false;
	w->bp = w->full->r[KD_RBP];
	w->bp_known = true;
	return kd_unwind_push(w, KD_FRAME_TRAP, regs + 8 * KD_X86_PT_IRET);
}

/* Does rbp say that the stack ends, where regs (or what would be) lie? */
static bool is_end(struct unwind_walk *w, uint64_t regs)
{
	const uint64_t end = w->from->stack_end;
	const bool on_top = end >= regs && end - regs <= 2 * PT_REGS_SIZE;

	if (w->exact)
		return false;
	if (w->bp)
		return !end || on_top;
	if (w->st->v[w->st->n - 1].how == KD_FRAME_CFI)
		return (on_top && !w->guessing) || is_first(w);
	return !w->guessing || is_first(w);
}

/* rbp in code that sets up no frame. */
static bool marked(struct unwind_walk *w, bool *go)
{
	const bool cfi = w->st->v[w->st->n - 1].how == KD_FRAME_CFI;
	const uint64_t regs = w->bp & 1 ? w->bp - 1 : w->sp;
	uint64_t cs;

	if (w->bp && !(w->bp & 1))
		return false;
	if (!kd_unwinder_is_text(w->u, w->ip - !w->exact))
		return false;
	*go = false;
	if (kd_space_uint(w->u->s, regs + 8 * (KD_X86_PT_IRET + 1), 8, &cs, NULL)) {
		cs &= 0xffff;
		if ((cs & 3) == 3 || (w->bp && cs == KERNEL_CS) || (cfi && are_regs(w, regs))) {
			*go = by_regs(w, regs);
			return true;
		}
	}
	if (!is_end(w, regs))
		return false;
	w->st->end = KD_STACK_OUTERMOST;
	return true;
}

bool kd_unwind_x86_frame(struct unwind_walk *w, bool *go)
{
	const enum place place = place_of(w);
	uint64_t slot, bp, ip;

	if (place == NO_FRAME || (!w->bp && !w->exact))
		return marked(w, go);
	if (!caller(w, place, &slot, &bp) || !kd_space_uint(w->u->s, slot, 8, &ip, NULL) ||
	    (!kd_unwind_behind_call(w->u, ip) && !gone(w->u, ip - 1) && (bp || !kd_kernel_is_text(w->u->k, ip))))
		return false; /* the first function of a CPU is not called, but returned to: there rbp is 0 */
	kd_unwind_x86_caller(w, slot + 8);
	kd_unwind_take_call(w, ip, slot + 8);
	w->bp = bp;
	w->bp_known = true;
	*go = kd_unwind_push(w, place == SET ? KD_FRAME_RECORD : KD_FRAME_NONE_YET, slot);
	return true;
}
