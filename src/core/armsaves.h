/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * armsaves.h: what an arm64 function has done with its caller's registers, by its instructions.
 *
 *	if (kd_armframe_at(space, start, pc) == KD_ARMFRAME_NONE)
 *		the caller's address is in x30
 *	struct kd_armsaves s;
 *	if (kd_armsaves_find(space, start, size, pc, &s) && s.reg[19 - KD_ARMSAVES_FIRST].state == KD_ARMSAVE_SAVED)
 *		x19 of the caller is at the frame record + s.reg[…].off
 *
 * Compilers begin a function with "stp x29, x30, [sp, #-n]!" (or "sub sp", then "stp"), "mov x29, sp", and stores of the
 * registers from x19 on beside it. What is stored later than that, on some of the ways through the function, is not known.
 * Encodings: Arm ARM C6.2 (STP, STR, LDP, ADD, SUB, branches).
 */
#ifndef KD_CORE_ARMSAVES_H
#define KD_CORE_ARMSAVES_H

#include "core/space.h"

enum kd_armframe {
	KD_ARMFRAME_UNKNOWN, /* its code cannot be read, or it is past an epilogue in some way */
	KD_ARMFRAME_NONE, /* no record made yet, or none any more */
	KD_ARMFRAME_MADE,
};

/* At the instruction pc, in the order in which the code stands. */
enum kd_armframe kd_armframe_at(struct kd_space *s, uint64_t start, uint64_t pc);

enum { KD_ARMSAVES_FIRST = 19, KD_ARMSAVES_LAST = 28 };

/* Registers that calls leave alone: x19 to x28. */
#define KD_ARM64_KEPT ((uint64_t)0x3ff << KD_ARMSAVES_FIRST)

enum kd_armsave_state { KD_ARMSAVE_UNKNOWN, KD_ARMSAVE_KEPT /* the function leaves it alone */, KD_ARMSAVE_SAVED };

struct kd_armsaves {
	struct kd_armsave {
		enum kd_armsave_state state;
		int32_t off; /* with SAVED: from the frame record, bytes */
	} reg[KD_ARMSAVES_LAST - KD_ARMSAVES_FIRST + 1];
	bool has_cfa;
	int32_t cfa; /* the caller's sp, from the frame record */
};

/* For a place in [start, start + size) behind which pc is; false: not read, or it makes no record as they all do. */
bool kd_armsaves_find(struct kd_space *s, uint64_t start, uint64_t size, uint64_t pc, struct kd_armsaves *ret);

#endif
