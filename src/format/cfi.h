/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfi.h: call frame information: .debug_frame of DWARF 2 to 5 and .eh_frame. Where, at an instruction, the frame of the
 * function begins (the CFA: canonical frame address), and where the registers of its caller are.
 *
 *	struct kd_cfi_reader r = {.section = {.bytes = …, .machine = KD_EM_X86_64, .address_size = 8}};
 *	struct kd_cfi_fde f;
 *	while (kd_cfi_next(&r, &f)) …                  // r.damaged: entries that were left out; r.why: of the first
 *	struct kd_cfi_row row;
 *	if (kd_cfi_row_at(&f, pc, &row) == KD_CFI_OK)
 *		… row.cfa, row.reg[6].kind == KD_CFI_OFFSET: at the CFA + row.reg[6].off
 *
 * Bytes are borrowed from the section. Registers have DWARF's numbers; rules of those from KD_CFI_REGS on (vectors) are
 * read and not kept. What is said of a register is not said of what the ABI makes of silence: KD_CFI_UNSAID.
 *
 * Source: DWARF 5, 6.4 and 7.24 (numbers: table 7.29); .eh_frame and its pointers: Linux Standard Base 5.0, Core, 10.5
 * and 10.6; DW_CFA_GNU_… and MIPS_advance_loc8: binutils' dwarf2.def; DW_CFA_AARCH64_negate_ra_state and
 * …_with_pc: "DWARF for the Arm 64-bit Architecture", 4.4 (0x2d means SPARC's register windows elsewhere, which are not
 * known here). Hostile input: an entry is inside of its section, a program is run once, states are kept to a depth.
 */
#ifndef KD_FORMAT_CFI_H
#define KD_FORMAT_CFI_H

#include "base/cursor.h"
#include "base/view.h"

enum { KD_CFI_REGS = 48, KD_CFI_DEPTH = 16, KD_CFI_PROGRAM_MAX = 1 << 20 };

struct kd_cfi_section {
	struct kd_view bytes;
	bool eh; /* .eh_frame */
	bool big_endian;
	uint8_t address_size; /* 4 or 8; a CIE of version 4 has its own */
	uint16_t machine; /* KD_EM_… */
	uint64_t addr; /* of .eh_frame: where its first byte is, for what counts from its own place (0: relocated to be so) */
};

struct kd_cfi_cie {
	uint64_t code_align, ra; /* ra: the register that has the return address */
	int64_t data_align;
	struct kd_view init; /* the program that each FDE's begins with */
	uint16_t machine;
	uint8_t address_size, segment_size, encoding; /* DW_EH_PE_… of addresses */
	bool big_endian;
	bool signal; /* the frame was interrupted: its caller's address is no return address ('S') */
	bool sized; /* augmentation data has a length ('z') */
};

struct kd_cfi_fde {
	struct kd_cfi_cie cie;
	uint64_t start, len; /* code */
	struct kd_view program;
	uint64_t section; /* what DW_CFA_set_loc counts from, if it does: address of the section's first byte … */
	const char *first; /* … which lies here */
};

/* Zero but for section at the start. */
struct kd_cfi_reader {
	struct kd_cfi_section section;
	uint64_t pos;
	struct kd_cfi_cie cie; /* the last one that was read, */
	uint64_t cie_off; /* and where it begins */
	bool has_cie;
	uint64_t damaged; /* entries that were left out */
	const char *why; /* of the first of them; NULL: none */
};

/* The next FDE; false: there is no other. One without code (a function that the linker dropped) is left out, and no damage. */
bool kd_cfi_next(struct kd_cfi_reader *r, struct kd_cfi_fde *ret);

/* ---- instructions ---- */

enum kd_cfi_code {
	KD_CFA_NOP, KD_CFA_ADVANCE, KD_CFA_SET_LOC, KD_CFA_DEF_CFA, KD_CFA_DEF_CFA_REGISTER, KD_CFA_DEF_CFA_OFFSET,
	KD_CFA_DEF_CFA_EXPR, KD_CFA_RULE, /* of a register: op.rule */ KD_CFA_RESTORE, KD_CFA_REMEMBER, KD_CFA_RESTORE_STATE,
	KD_CFA_ARGS_SIZE, KD_CFA_NEGATE_RA_STATE,
};

enum kd_cfi_kind {
	KD_CFI_UNSAID,
	KD_CFI_UNDEFINED, /* lost */
	KD_CFI_SAME, /* the caller's still */
	KD_CFI_OFFSET, /* in memory at the CFA + off */
	KD_CFI_VAL_OFFSET, /* it is the CFA + off */
	KD_CFI_REGISTER, /* in register reg */
	KD_CFI_EXPR, /* in memory at what expr says, which begins with the CFA on its stack */
	KD_CFI_VAL_EXPR, /* it is that */
};

struct kd_cfi_rule {
	uint8_t kind; /* enum kd_cfi_kind */
	uint16_t reg;
	int64_t off; /* bytes */
	struct kd_view expr;
};

struct kd_cfi_op {
	uint8_t code; /* enum kd_cfi_code */
	uint64_t reg; /* of RULE, RESTORE, DEF_CFA, DEF_CFA_REGISTER */
	uint64_t n; /* ADVANCE: bytes of code; SET_LOC: address; ARGS_SIZE: bytes */
	struct kd_cfi_rule rule; /* RULE; off of DEF_CFA, DEF_CFA_OFFSET; expr of DEF_CFA_EXPR */
};

enum kd_cfi_why {
	KD_CFI_OK,
	KD_CFI_OUTSIDE, /* the address is not the FDE's */
	KD_CFI_DAMAGED,
	KD_CFI_UNKNOWN, /* an instruction that is not known here: none behind it can be read */
	KD_CFI_LIMIT,
};

/* The next instruction of a program of f: c is over f->cie.init or f->program, and not at its end. */
enum kd_cfi_why kd_cfi_op(const struct kd_cfi_fde *f, struct kd_cursor *c, struct kd_cfi_op *ret);

/* ---- rows ---- */

struct kd_cfi_row {
	uint64_t start, end; /* of the code that it is for */
	struct kd_cfi_rule cfa; /* VAL_OFFSET: register reg + off; VAL_EXPR: what expr says; UNSAID */
	struct kd_cfi_rule reg[KD_CFI_REGS];
	bool ra_signed; /* arm64: the return address has a signature */
};

/* What is so at the instruction at addr. Anything but KD_CFI_OK leaves no row. */
enum kd_cfi_why kd_cfi_row_at(const struct kd_cfi_fde *f, uint64_t addr, struct kd_cfi_row *ret);

#endif
