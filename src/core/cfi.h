/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfi.h: from a frame to its caller by the call frame information of debug info.
 *
 *	const struct kd_cfi_source source = {.user = fd, .find = …};       // where entries are got from
 *	struct kd_cfi_caller c;
 *	if (kd_cfi_caller(&source, space, pc, &regs, NULL, &c) && c.has_cfa)
 *		… c.cfa, c.has_ra, c.ra, c.regs
 *
 * A row (format/cfi.h) is worked out with the registers and the memory at hand: what takes a register or a word that is
 * not known is not known. A register of which the row says nothing is the caller's still if the ABI has functions
 * keep it (System V psABI of x86-64, figure 3.4; AAPCS64, 6.1.1), else it is lost; the caller's stack pointer is the CFA.
 */
#ifndef KD_CORE_CFI_H
#define KD_CORE_CFI_H

#include "core/regs.h"
#include "core/space.h"
#include "format/cfi.h"

struct kd_cfi_source {
	void *user;
	/*
	 * The entry of the code at pc, an address in the dump (of a call: of its last byte); ret_at: the same place in the
	 * addresses of the entry. false: there is none.
	 */
	bool (*find)(void *user, uint64_t pc, struct kd_cfi_fde *ret, uint64_t *ret_at);
};

struct kd_cfi_caller {
	bool has_cfa, has_ra;
	bool outermost; /* the row says that there is no caller */
	bool exact; /* ra is the instruction itself: this frame is the kernel's, of something that was interrupted */
	uint64_t cfa;
	uint64_t ra, ra_slot; /* slot: where it was read; 0: it is in a register still */
	struct kd_core_regs regs; /* of the caller: what calls leave alone, and its stack pointer */
	bool has_bp_slot;
	int64_t bp_off; /* from the CFA: where the caller's rbp or x29 is */
};

/*
 * regs are those at pc (the frame's; its stack pointer among them if it is known). cfa: what it is when the registers do not say
 * it, NULL: nothing else does. false: no row is for pc, or its CFA is not the one that is given.
 */
bool kd_cfi_caller(const struct kd_cfi_source *from, struct kd_space *s, uint64_t pc, const struct kd_core_regs *regs, const uint64_t *cfa,
		   struct kd_cfi_caller *ret);

#endif
