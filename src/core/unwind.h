/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind.h: the call chain of a stack in a dump (x86_64).
 *
 *	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = NULL;
 *	err = kd_unwinder_new(kernel, &modules, &u);          // both outlive it
 *	struct kd_stack st;
 *	kd_unwind(u, &regs, true, stack_end, &arena, &st);
 *	for (i = 0; i < st.n; i++) … st.v[i].pc, .how, .guessed
 *
 * The way from a frame to its caller is the kernel's own ORC table, of the kernel proper and of each module.
 * Frames of an exception or interrupt are left by the registers that were saved there. Where the table has no
 * entry (a jump to nowhere, code made at run time) the caller is looked for where it is likely, and marked as
 * guessed, as is all behind it until the chain ends where chains end: at the border to user space, or at the
 * outermost frame. A chain that breaks is followed by what on the rest of the stack looks like return
 * addresses: guessed, too.
 *
 * Source of what the ORC types mean: arch/x86/kernel/unwind_orc.c of the kernel. Bounded: KD_STACK_FRAMES.
 */
#ifndef KD_CORE_UNWIND_H
#define KD_CORE_UNWIND_H

#include "base/arena.h"
#include "core/kernel.h"
#include "core/modules.h"

/* In the order of struct pt_regs of x86_64 (asm/ptrace.h), which is also that of user_regs_struct. */
enum kd_x86_reg { KD_R15, KD_R14, KD_R13, KD_R12, KD_RBP, KD_RBX, KD_R11, KD_R10, KD_R9, KD_R8, KD_RAX, KD_RCX, KD_RDX,
		  KD_RSI, KD_RDI, KD_ORIG_RAX, KD_RIP, KD_CS, KD_RFLAGS, KD_RSP, KD_SS, KD_X86_NREGS };

struct kd_x86_regs {
	uint64_t r[KD_X86_NREGS];
	bool partial; /* rip, cs, rflags, rsp, ss alone */
};

static inline bool kd_x86_user(const struct kd_x86_regs *r)
{
	return r->r[KD_CS] & 3;
}

enum kd_frame_how {
	KD_FRAME_START, /* the registers that unwinding began with */
	KD_FRAME_ORC, /* return address where the table says */
	KD_FRAME_TRAP, /* where an exception or interrupt came in: registers that were saved */
	KD_FRAME_TOP, /* guessed: the word at the stack pointer, after a jump to where no code is */
	KD_FRAME_FP, /* guessed: rbp taken as a frame pointer */
	KD_FRAME_SCAN, /* guessed: a word on the stack that is an address behind a call */
};

struct kd_core_frame {
	uint64_t pc;
	uint64_t sp; /* stack pointer in this frame */
	uint64_t slot; /* where pc was read; 0: from the registers it began with */
	enum kd_frame_how how;
	bool guessed;
	bool exact; /* pc is the instruction itself, not a return address */
	const struct kd_x86_regs *regs; /* with KD_FRAME_TRAP; and START when there are any */
};

enum kd_stack_end {
	KD_STACK_USER, /* the border to user space */
	KD_STACK_OUTERMOST, /* the outermost frame of a kernel thread, or of an idle CPU */
	KD_STACK_BROKEN, /* why says what could not be gone on with */
	KD_STACK_LIMIT, /* more frames than any stack has */
};

enum { KD_STACK_FRAMES = 512, KD_STACK_GUESSES = 64 };

struct kd_stack {
	struct kd_core_frame *v; /* innermost first; the arena's */
	size_t n;
	enum kd_stack_end end;
	char why[160];
	const struct kd_x86_regs *user; /* with USER: of the process, NULL when they are not there */
	bool more_guesses; /* the rest of the stack was not scanned: there were enough */
};

struct kd_unwinder;

/* KD_UNSUPPORTED: another architecture; KD_BADDATA: the ORC tables are damaged. Without any all callers are guessed. */
KD_MUST_CHECK struct kd_error *kd_unwinder_new(struct kd_kernel *k, const struct kd_modules *mods, struct kd_unwinder **ret);
void kd_unwinder_free(struct kd_unwinder *u);
void kd_unwinder_freep(struct kd_unwinder **u);

/* Which of its layouts the table has: kd_orc_layout_name(). */
const char *kd_unwinder_layout(const struct kd_unwinder *u);

/* Why there is no table; NULL: there is one. */
const char *kd_unwinder_no_table(const struct kd_unwinder *u);

/* Is it in code of the kernel or a module? */
bool kd_unwinder_is_text(const struct kd_unwinder *u, uint64_t addr);

/*
 * From registers on. exact: rip is the instruction itself, not a return address. stack_end: address behind
 * the stack when it is known, else 0. KD_LIMIT: the arena is full.
 */
KD_MUST_CHECK struct kd_error *kd_unwind(struct kd_unwinder *u, const struct kd_x86_regs *start, bool exact, uint64_t stack_end,
					 struct kd_arena *arena, struct kd_stack *ret);

#endif
