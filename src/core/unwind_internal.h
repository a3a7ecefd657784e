/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind_internal.h: what architectures' ways through a stack share.
 *
 * How to add one: an ops table, named in unwind.c; its registers in regs.h; pages of it in space_*.c; where a task that
 * does not run left its registers, and the layout of its notes, in tasks.c and cpus.c.
 */
#ifndef KD_CORE_UNWIND_INTERNAL_H
#define KD_CORE_UNWIND_INTERNAL_H

#include "core/orctable.h"
#include "core/unwind.h"

struct unwind_walk;

struct unwind_ops {
	uint16_t machine; /* KD_EM_… */
	/* Once; NULL: nothing is to be done. KD_BADDATA: tables that are needed are damaged. */
	struct kd_error *(*open)(struct kd_unwinder *u);
	/*
	 * From the frame that the walk stands at to the next: pushed, true; or false, and w->st->end says why. Behind
	 * KD_STACK_BROKEN the rest of the stack is scanned.
	 */
	bool (*step)(struct unwind_walk *w);
	/* As kd_unwinder_callee(). */
	uint64_t (*callee)(struct kd_unwinder *u, uint64_t addr);
	/* Is addr, in code, behind an instruction that calls? */
	bool (*behind_call)(struct kd_unwinder *u, uint64_t addr);
};

extern const struct unwind_ops kd_unwind_x86, kd_unwind_arm64;

enum { STACK_PIECES = 5, STACK_SCAN_MAX = 16 << 10 };

struct kd_unwinder {
	const struct unwind_ops *ops;
	struct kd_kernel *k;
	struct kd_space *s;
	const struct kd_modules *mods;
	bool keep_regs;
	struct kd_cfi_source cfi; /* find NULL: there is none */
	bool cfi_first;
	struct kd_orctable orc; /* x86_64 */
	char no_table[160];
	uint64_t pac; /* arm64: bits of an address that may be a signature */
	uint64_t stackframe; /* arm64: where in struct pt_regs the frame record is; 0: not known */
	struct kd_core_frame room[KD_STACK_FRAMES]; /* of the stack that is being unwound */
};

/* Where unwinding stands. */
struct unwind_walk {
	struct kd_unwinder *u;
	struct kd_arena *arena;
	struct kd_core_stack *st;
	const struct kd_unwind_from *from;
	uint64_t ip, sp; /* arm64: sp is the frame record's address, of frames that were left by a call */
	uint64_t bp; /* frame pointer: rbp, x29 */
	bool exact, bp_known;
	const struct kd_core_regs *regs; /* of this frame when it has some; NULL */
	const struct kd_core_regs *full; /* that tell of callee-saved and other registers here; NULL */
	struct kd_core_regs now; /* what is known of others than ip, sp and bp */
	bool guessing; /* behind a guess */
	bool no_room;
	struct {
		uint64_t lo, hi;
	} piece[STACK_PIECES]; /* arm64: stacks that frames may be on */
	size_t npieces, on; /* the piece that it is on; npieces: none yet */
	bool looked, known_pieces; /* they were looked for; they are all */
};

/* The place that w stands at as a frame; false: there are enough, or it was there before. */
bool kd_unwind_push(struct unwind_walk *w, enum kd_frame_how how, uint64_t slot);

/* The end: "WHAT 0xADDR". */
void kd_unwind_broken(struct unwind_walk *w, const char *what, uint64_t addr);

/* A word of the stack; false: it cannot be read, which is the end. */
bool kd_unwind_word(struct unwind_walk *w, uint64_t addr, uint64_t *ret);

/* The caller by a return address, and what is known there; the rest of registers is not. */
void kd_unwind_take_call(struct unwind_walk *w, uint64_t ip, uint64_t sp);
/* The same; it is a guess, and what comes behind it. */
void kd_unwind_guess_call(struct unwind_walk *w, uint64_t ip, uint64_t sp);

/* Is addr, in code of the kernel or a module, behind an instruction that calls? */
bool kd_unwind_behind_call(struct kd_unwinder *u, uint64_t addr);

/* The function that addr is in. */
bool kd_unwind_symbol(const struct kd_unwinder *u, uint64_t addr, struct kd_ksym *ret);

/* --- unwind_cfi.c --- */

/*
 * What call frame information says of the place that w stands at, which is the last frame; its CFA is noted there. cfa: as
 * kd_cfi_caller(). false: nothing.
 */
bool kd_unwind_cfi(struct unwind_walk *w, const uint64_t *cfa, struct kd_cfi_caller *ret);

/* To the caller that it gives: pushed, true; or it is not one. */
bool kd_unwind_take_cfi(struct unwind_walk *w, const struct kd_cfi_caller *c);

/* --- x86_64: unwind_x86.c, unwind_fp.c --- */

/*
 * The registers that an exception left at addr, as those of the frame that it came into. false: they are a program's, which is
 * the end; or cannot be read.
 */
bool kd_unwind_x86_regs(struct unwind_walk *w, uint64_t addr, bool partial);

/* Of registers that calls leave alone what the caller had, whose stack pointer is frame; of others nothing is known. */
void kd_unwind_x86_caller(struct unwind_walk *w, uint64_t frame);

/*
 * By the frame pointer, if the function that w is in sets it up, or if what is in rbp marks an exception or the end. false: it does
 * not say. go: a frame was pushed; else the stack has ended.
 */
bool kd_unwind_x86_frame(struct unwind_walk *w, bool *go);

#endif
