/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * orc.h: entries of the kernel's ORC unwind tables (x86_64).
 *
 *	enum kd_orc_layout layout = kd_orc_layout_of(sample);     // bytes of some entries
 *	struct kd_orc e;
 *	if (kd_orc_decode(raw, layout, &e)) …
 *
 * How to get from a place in the code to its caller: where the caller's stack pointer is, where its rbp was
 * saved. An entry has 6 bytes: two signed 16-bit offsets, then 16 bits: 4 for the stack pointer's register,
 * 4 for rbp's, then the type. Types were numbered otherwise before 6.4 (2 bits) than since (3 bits), and bit
 * 10 or 11 meant the end of the stack; nothing in memory says which it is, so it is found out from the
 * table: an entry that has a stack pointer is nearly always that of a plain call.
 *
 * Format: Documentation/arch/x86/orc-unwinder.rst, arch/x86/include/asm/orc_types.h of the kernel.
 */
#ifndef KD_FORMAT_ORC_H
#define KD_FORMAT_ORC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum { KD_ORC_BYTES = 6 };

enum kd_orc_layout {
	KD_ORC_UNKNOWN,
	KD_ORC_OLD, /* 4.14 to 6.3 */
	KD_ORC_TYPES, /* since 6.4: types numbered anew */
	KD_ORC_REGS, /* seen in 7.2: registers numbered anew, too */
	KD_ORC_NLAYOUTS
};

enum kd_orc_type {
	KD_ORC_UNDEFINED, /* nothing is known about this place */
	KD_ORC_END, /* the outermost frame */
	KD_ORC_CALL, /* the return address is below the caller's stack pointer */
	KD_ORC_PT_REGS, /* a whole struct pt_regs is there */
	KD_ORC_PT_REGS_PARTIAL, /* what the CPU pushes: ip, cs, flags, sp, ss */
};

/* asm/orc_types.h: ORC_REG_*, of all layouts; the numbers are kdoc's own. */
enum kd_orc_reg {
	KD_ORC_REG_UNDEFINED,
	KD_ORC_REG_PREV_SP,
	KD_ORC_REG_AX,
	KD_ORC_REG_DX,
	KD_ORC_REG_DI,
	KD_ORC_REG_BP,
	KD_ORC_REG_SP,
	KD_ORC_REG_R10,
	KD_ORC_REG_R13,
	KD_ORC_REG_BP_INDIRECT,
	KD_ORC_REG_SP_INDIRECT,
	KD_ORC_NREGS
};

struct kd_orc {
	enum kd_orc_type type;
	enum kd_orc_reg sp_reg, bp_reg;
	int16_t sp_off, bp_off;
	bool signal; /* since 6.4: the address in the frame is no return address */
};

/* At least 64 entries of the table; KD_ORC_UNKNOWN when they fit none. */
enum kd_orc_layout kd_orc_layout_of(struct kd_view entries);

/* "before 6.4", … */
const char *kd_orc_layout_name(enum kd_orc_layout layout);

/* false: no entry of that layout looks like this. */
bool kd_orc_decode(const uint8_t raw[KD_ORC_BYTES], enum kd_orc_layout layout, struct kd_orc *ret);

#endif
