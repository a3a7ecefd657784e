/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * framelayout.h: what the words of a stack frame are.
 *
 *	struct kd_frame_layout l;
 *	err = kd_frame_layout(&table, &stack, i, &locals, &arena, &l);
 *	for (k = 0; k < l.n; k++)
 *		l.v[k].addr, .value, .kind
 *
 * From the frame's stack pointer up to where its caller's begins, lowest address first. The return address is
 * where the unwinder read it; registers of the caller are where core/pushes.h finds that they were pushed; variables
 * where their debug info says that they are at this very instruction. What is left over is a value that the compiler
 * put aside, space for alignment, or what an earlier call left there: nothing tells which, so it is KD_SLOT_UNKNOWN and
 * no evidence of anything. Below the stack pointer of the innermost frame all is stale, and is not given.
 */
#ifndef KD_CORE_FRAMELAYOUT_H
#define KD_CORE_FRAMELAYOUT_H

#include "core/locals.h"
#include "core/orctable.h"

enum kd_slot_kind {
	KD_SLOT_UNKNOWN,
	KD_SLOT_RETURN, /* the return address of this frame */
	KD_SLOT_SAVED, /* the caller's register reg */
	KD_SLOT_TRAP, /* register reg, saved by an exception or interrupt */
	KD_SLOT_CANARY, /* what the task's stack_canary is (CONFIG_STACKPROTECTOR) */
	KD_SLOT_VARIABLE, /* bytes of var, from byte off on */
	KD_SLOT_NKINDS
};

/* "unknown", "return_address", …: for JSON. */
const char *kd_slot_kind_name(enum kd_slot_kind k);

struct kd_slot {
	uint64_t addr, value;
	uint8_t kind; /* enum kd_slot_kind */
	uint8_t reg; /* as in struct kd_core_regs */
	bool readable; /* else value is nothing */
	const struct kd_local *var; /* one of locals */
	uint64_t off;
};

enum { KD_LAYOUT_SLOTS = 4096 };

struct kd_frame_layout {
	struct kd_slot *v; /* the arena's */
	size_t n;
	bool cut; /* the frame has more */
	bool guessed; /* where it ends is guessed */
};

/*
 * n == 0: where the frame ends is not known; or it is not x86_64. locals may be NULL, and has to live as long as ret. canary: of the stack's
 * task; 0: not known. KD_LIMIT.
 */
KD_MUST_CHECK struct kd_error *kd_frame_layout(const struct kd_orctable *t, const struct kd_core_stack *st, size_t i,
					       const struct kd_locals *locals, uint64_t canary, struct kd_arena *arena,
					       struct kd_frame_layout *ret);

/* Which frame of the stack an address lies in; st->n: none. */
size_t kd_frame_of(const struct kd_core_stack *st, uint64_t addr);

#endif
