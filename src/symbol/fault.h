/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault.h: the instruction at the pc of a report, and its operand against the address that
 * the kernel stated. From the text alone: Code: bytes and the register set of the event.
 *
 *	struct kd_fault *f;
 *	err = kd_fault_read(report, arena, &f);
 *	if (f->state == KD_FAULT_PROVEN)
 *		… f->op[f->which]: base, index, their values, the address
 *
 * What is said and what not:
 * - The pc's class decides (kd_pcclass): operands only where the instruction at the pc is
 *   the one that could not be executed. Sampled and imprecise ones are only shown.
 * - An operand is blamed when its address, computed from the registers, covers the
 *   reported one and its direction fits. The header's address counts; CR2 is read when the
 *   registers are printed and can be of another fault, so agreement with it alone is
 *   "fits". FAR with FnV set does not count at all.
 * - None agrees: that is the finding, and no operand is blamed.
 * - A general protection fault states no address. An operand whose address is not
 *   canonical fits; with an address that the kernel decoded, it must be the same.
 * - %gs and %fs operands have the base that the log prints, or none is known; never 0.
 * - Repeated string instructions have advanced their registers: the address lies in what
 *   is left, from the present value on.
 *
 * Sources: Intel SDM volume 3, 6.15 (exceptions 0, 6, 12, 13, 14), volume 1, 7.3.9 (strings);
 * Arm ARM DDI 0487, ESR_ELx; include/linux/kasan.h and mm/kasan/kasan.h (shadow);
 * arch/x86/kernel/traps.c (get_kernel_gp_address: the address of a #GP is of the operand).
 */
#ifndef KD_SYMBOL_FAULT_H
#define KD_SYMBOL_FAULT_H

#include "report/kind.h"
#include "report/regval.h"
#include "report/report.h"
#include "symbol/code.h"

enum kd_fault_state {
	KD_FAULT_NONE,	     /* nothing can be said about an operand; why says why, or is NULL */
	KD_FAULT_PROVEN,     /* op[which] covers the address that the kernel stated */
	KD_FAULT_FITS,	     /* op[which] explains the fault, but no address was stated */
	KD_FAULT_SEVERAL,    /* more than one operand covers it */
	KD_FAULT_DISAGREES,  /* all addresses are known, and none is the reported one */
	KD_FAULT_DIRECTION,  /* op[which] covers it, but reads where a write was reported, or so */
	KD_FAULT_VALUES,     /* a register that the operand needs is not in the report */
	KD_FAULT_FETCH,	     /* the instruction itself could not be fetched: no operand */
	KD_FAULT_TRAP,	     /* a deliberate trap: ud2, brk … */
	KD_FAULT_EXECUTED,   /* int3 stands before the pc */
	KD_FAULT_DIVIDE,     /* division: divisor is known, see divisor */
	KD_FAULT_BRANCH,     /* a jump or call to a non-canonical address in branch_reg */
	KD_FAULT_INVALID,    /* the bytes at the pc are no instruction */
	KD_FAULT_SYSTEM,     /* privileged: refused for other reasons than an address */
};

/* A register of an operand, and what the report says that it held. */
struct kd_fault_reg {
	bool used, known;
	uint8_t reg; /* DWARF number */
	const char *name;
	uint64_t val; /* as it goes into the address, after extension */
	int32_t line; /* of the report */
	struct kd_val cls;
};

struct kd_fault_op {
	struct kd_insn_mem mem;
	struct kd_fault_reg base, index;
	bool seg_known;	   /* value of the segment's base */
	uint64_t seg_base;
	int32_t seg_line;
	bool has_ea;
	uint64_t ea;
	bool covers;	   /* the reported address lies in it */
	bool noncanonical;
	char text[64];	   /* "0x28(%rax)", "[x0, #0x28]" */
};

enum kd_fault_addr { KD_FADDR_NONE, KD_FADDR_HEADER, KD_FADDR_KERNEL_GP, KD_FADDR_CR2 };

/* KASAN: the faulting load is of shadow memory; what it was about. */
struct kd_fault_shadow {
	bool is;
	bool inline_check;	 /* the compiler's own code: the access itself comes next */
	uint64_t first;		 /* of the 8 bytes that one byte of shadow stands for */
	bool exact;		 /* the checked address is in a register … */
	struct kd_fault_reg ptr; /* … this one */
	bool has_field;		 /* ptr was made by lea disp(field) */
	struct kd_fault_reg field;
	int64_t disp;
};

/* Where the base register's value came from, in a straight line of certain instructions. */
struct kd_fault_origin {
	bool known;
	size_t line; /* index into list.v */
	unsigned distance; /* instructions before the faulting one */
};

struct kd_fault {
	uint8_t state;	 /* enum kd_fault_state */
	const char *why; /* static words */
	const struct kd_regset *set; /* of the report; NULL without one */
	enum kd_arch arch;
	struct kd_code code;
	struct kd_code_listing list; /* empty without a decoder */
	struct kd_view no_decoder;   /* why there is none; else absent */
	bool installable;	     /* … and a library would help */
	bool has_insn;
	struct kd_insn insn; /* at the pc */
	int32_t code_line;
	size_t nop;
	struct kd_fault_op op[KD_INSN_MEM_MAX];
	int which; /* -1 */
	bool without_disp; /* the kernel's own address of a #GP lacks the operand's displacement */
	bool recognised;   /* TRAP: the kernel itself took it for one of its checks */
	uint8_t addr_from; /* enum kd_fault_addr */
	uint64_t addr;
	int32_t addr_line;
	struct kd_fault_reg divisor; /* DIVIDE: of a register; cut to the operand's width */
	bool overflow;	 /* DIVIDE: the quotient does not fit: shown by the registers */
	struct kd_fault_reg branch, count; /* count: of a repeated string instruction */
	bool backwards;	 /* string instruction with the direction flag set */
	struct kd_fault_shadow shadow;
	struct kd_fault_origin origin;
};

/*
 * Never NULL in *ret on success, whatever the report lacks. KD_LIMIT: the arena is full.
 * The report must outlive the result.
 */
KD_MUST_CHECK struct kd_error *kd_fault_read(const struct kd_report *r, struct kd_arena *arena,
					     struct kd_fault **ret);

/*
 * The same with these bytes instead of those of the text, which has none: from the kernel's file, in the order
 * of memory, the first one at the pc. What ran may have been patched: nothing that comes of it is proven.
 */
KD_MUST_CHECK struct kd_error *kd_fault_read_bytes(const struct kd_report *r, struct kd_view bytes,
						   struct kd_arena *arena, struct kd_fault **ret);

const char *kd_fault_state_name(uint8_t state); /* "proven" …; for JSON */

#endif
