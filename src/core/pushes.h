/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pushes.h: where a function of x86_64 keeps the registers of its caller: rbx, rbp, r12 to r15.
 *
 *	struct kd_pushes p;
 *	if (kd_pushes_find(&table, space, start, size, pc, &p))
 *		p.state[KD_RBX]: KD_PUSH_SAVED at the caller's stack pointer less p.below[KD_RBX], KD_PUSH_KEPT, …
 *
 * Debug info would say it; without, the unwind table does for who compares its entries: where its distance to the
 * caller's stack pointer grows by 8, and the instruction that ends there is a push, that register lies there. A
 * register that the function neither pushes nor moves to its stack is the caller's still. What more than one
 * reading is possible for is not known. Of functions that have rbp as a frame pointer the table
 * does not say more than that: there what they push first of all counts.
 */
#ifndef KD_CORE_PUSHES_H
#define KD_CORE_PUSHES_H

#include "core/orctable.h"
#include "core/regs.h"

enum kd_push_state { KD_PUSH_UNKNOWN, KD_PUSH_KEPT, KD_PUSH_SAVED };

enum { KD_PUSHES_NREGS = KD_R15 + 1 };

struct kd_pushes {
	enum kd_push_state state[KD_PUSHES_NREGS]; /* of others than the six: unknown */
	uint16_t below[KD_PUSHES_NREGS]; /* with SAVED: bytes */
};

/* For an instruction at pc of the function [start, start + size). false: its code or table cannot be read. */
bool kd_pushes_find(const struct kd_orctable *t, uint64_t start, uint64_t size, uint64_t pc, struct kd_pushes *ret);

/*
 * The same for a symbol; of NAME.cold, which the compiler moved out of NAME, by what NAME pushes. (Of the kernel proper:
 * a module's symbols are not found by name here.)
 */
bool kd_pushes_at(const struct kd_orctable *t, const struct kd_ksym *sym, uint64_t pc, struct kd_pushes *ret);

#endif
