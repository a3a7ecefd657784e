/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind.h: the call chain of a stack in a dump (x86_64, arm64).
 *
 *	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = NULL;
 *	err = kd_unwinder_new(kernel, &modules, &u);          // both outlive it
 *	struct kd_core_stack st;
 *	struct kd_unwind_from from = {.regs = &regs, .exact = true, .stack = t.stack, .stack_end = t.stack_end};
	kd_unwind(u, &from, &arena, &st);
 *	for (i = 0; i < st.n; i++) … st.v[i].pc, .how, .guessed
 *
 * The way from a frame to its caller is, on x86_64, the kernel's own ORC table, of the kernel proper and of each
 * module; without one, call frame information of debug info, if there is any (kd_unwinder_cfi()), then frame pointers of functions
 * that by their code set them up. On arm64 it is frame records; call frame information where an exception came into a
 * function that had not made one, and where they break.
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
#include "core/cfi.h"
#include "core/kernel.h"
#include "core/modules.h"
#include "core/regs.h"

enum kd_frame_how {
	KD_FRAME_START, /* the registers that unwinding began with */
	KD_FRAME_ORC, /* return address where the table says */
	KD_FRAME_TRAP, /* where an exception or interrupt came in: registers that were saved */
	KD_FRAME_TOP, /* guessed: the word at the stack pointer, after a jump to where no code is */
	KD_FRAME_FP, /* guessed: rbp taken as a frame pointer */
	KD_FRAME_SCAN, /* guessed: a word on the stack that is an address behind a call */
	KD_FRAME_RECORD, /* frame record: x29 of arm64; rbp, of a function that begins with setting it up */
	KD_FRAME_CFI, /* where call frame information of the debug info says */
	KD_FRAME_NONE_YET, /* where all registers are known, and the function has no frame (yet): x30; without ORC the word on top */
};

struct kd_core_frame {
	uint64_t pc;
	uint64_t sp; /* stack pointer in this frame; arm64, without regs and but for CFI: the frame record that led here */
	uint64_t slot; /* where pc was read; 0: from the registers it began with */
	enum kd_frame_how how;
	bool guessed;
	bool exact; /* pc is the instruction itself, not a return address */
	bool has_cfa;
	uint64_t cfa; /* the canonical frame address, by call frame information alone */
	const struct kd_core_regs *regs; /* with KD_FRAME_TRAP: what was saved; and START when there are any */
	/*
	 * What is known of registers at this place, pc and sp among them; of a caller those that calls leave alone, as
	 * far as they were found. NULL unless kd_unwinder_keep_regs() was asked for.
	 */
	const struct kd_core_regs *at;
};

enum kd_stack_end {
	KD_STACK_USER, /* the border to user space */
	KD_STACK_OUTERMOST, /* the outermost frame of a kernel thread, or of an idle CPU */
	KD_STACK_BROKEN, /* why says what could not be gone on with */
	KD_STACK_LIMIT, /* more frames than any stack has */
};

enum { KD_STACK_FRAMES = 512, KD_STACK_GUESSES = 64 };

struct kd_core_stack {
	struct kd_core_frame *v; /* innermost first; the arena's */
	size_t n;
	enum kd_stack_end end;
	char why[160];
	const struct kd_core_regs *user; /* with USER: of the process, NULL when they are not there */
	bool more_guesses; /* the rest of the stack was not scanned: there were enough */
};

struct kd_unwinder;

/* KD_UNSUPPORTED: another architecture; KD_BADDATA: the ORC tables are damaged. Without any all callers are guessed. */
KD_MUST_CHECK struct kd_error *kd_unwinder_new(struct kd_kernel *k, const struct kd_modules *mods, struct kd_unwinder **ret);
void kd_unwinder_free(struct kd_unwinder *u);
void kd_unwinder_freep(struct kd_unwinder **u);

/* Which of its layouts the table has: kd_orc_layout_name(). NULL: the architecture has no tables. */
const char *kd_unwinder_layout(const struct kd_unwinder *u);

/* Why there is no table; NULL: there is one, or none is needed. */
const char *kd_unwinder_no_table(const struct kd_unwinder *u);

/* Each frame shall have its registers (kd_core_frame.at); some 300 bytes each. */
void kd_unwinder_keep_regs(struct kd_unwinder *u, bool keep);

/* Call frame information, from now on; what find() needs outlives u. Registers of callers are then those that it says. */
void kd_unwinder_cfi(struct kd_unwinder *u, const struct kd_cfi_source *from);

/* It counts before ORC tables and frame records, where it says anything. */
void kd_unwinder_cfi_first(struct kd_unwinder *u, bool first);

/* Is it in code of the kernel or a module? */
bool kd_unwinder_is_text(const struct kd_unwinder *u, uint64_t addr);

/* What the call in front of this return address calls, when the instruction itself says it; 0: it does not. */
uint64_t kd_unwinder_callee(struct kd_unwinder *u, uint64_t return_address);

/* Where a stack begins. */
struct kd_unwind_from {
	const struct kd_core_regs *regs;
	bool exact; /* their pc is the instruction itself, not a return address */
	uint64_t stack, stack_end; /* of the task, when they are known; else 0 */
	bool on_cpu; /* it runs, on this one: it may be on a stack of the CPU */
	unsigned cpu;
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_unwind(struct kd_unwinder *u, const struct kd_unwind_from *from, struct kd_arena *arena,
					 struct kd_core_stack *ret);

#endif
