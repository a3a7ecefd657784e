/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regs.h: the registers of a place in a call chain, as far as they are known.
 *
 *	if (kd_core_regs_has(r, KD_RBX))
 *		value = r->r[KD_RBX];
 *
 * A register's number is DWARF's of its machine (System V psABI of x86-64, table 3.36; "DWARF for the Arm 64-bit
 * Architecture", 4.1), so that an expression of debug info finds it; what DWARF does not number is behind these.
 * What is not known is not 0: its bit is not set, and the value means nothing.
 */
#ifndef KD_CORE_REGS_H
#define KD_CORE_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kd_x86_reg { KD_RAX, KD_RDX, KD_RCX, KD_RBX, KD_RSI, KD_RDI, KD_RBP, KD_RSP, KD_R8, KD_R9, KD_R10, KD_R11, KD_R12,
		  KD_R13, KD_R14, KD_R15, KD_RIP };

/* x0 to x30 are 0 to 30 */
enum kd_arm64_reg { KD_X29 = 29, KD_X30 = 30, KD_A64_SP = 31, KD_A64_PC = 32 };

/* Not DWARF's. ORIG: orig_rax, orig_x0. FLAGS: rflags, pstate. */
enum kd_other_reg { KD_REG_FLAGS = 33, KD_REG_ORIG, KD_REG_CS, KD_REG_SS, KD_NREGS };

struct kd_core_regs {
	uint64_t r[KD_NREGS];
	uint64_t known; /* bit i: r[i] is */
};

static inline bool kd_core_regs_has(const struct kd_core_regs *r, unsigned reg)
{
	return r->known >> reg & 1;
}

static inline void kd_core_regs_set(struct kd_core_regs *r, unsigned reg, uint64_t value)
{
	r->r[reg] = value;
	r->known |= (uint64_t)1 << reg;
}

/* The words of struct pt_regs of x86_64 (asm/ptrace.h), which is also the beginning of user_regs_struct. */
enum { KD_X86_PT_REGS = 21, KD_X86_PT_IRET = 16 /* the first that the CPU itself saves: rip, cs, rflags, rsp, ss */ };
extern const uint8_t kd_x86_pt_regs[KD_X86_PT_REGS];

/* Where instructions and the stack are on that machine (KD_EM_X86_64, KD_EM_AARCH64). */
unsigned kd_core_pc(uint16_t machine);
unsigned kd_core_sp(uint16_t machine);

/* Are these registers of a program, not of the kernel? false also when nothing tells. */
bool kd_core_regs_user(uint16_t machine, const struct kd_core_regs *r);

/* One register's names: as the kernel prints it, and in JSON. In the order in which the kernel prints them. */
struct kd_reg_name {
	uint8_t reg;
	const char *name, *key;
};

/* General registers; without pc, sp, flags, segments and ORIG. */
const struct kd_reg_name *kd_core_reg_names(uint16_t machine, size_t *ret_n);

#endif
