/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpucodes.h: fault and cause codes of the architectures beside x86 and arm64.
 *
 *	const struct kd_cpucode *c = kd_riscv_cause(13);      // "load page fault"
 *	struct kd_arm_fsr f;
 *	kd_arm_fsr_decode(0x817, false, &f);                  // write, "page translation fault"
 *
 * Sources: arch/arm/mm/fsr-3level.c, fsr-2level.c and arch/arm/mm/fault.h; RISC-V
 * privileged specification 4.1.8 (scause) and arch/riscv/include/asm/csr.h;
 * arch/powerpc/include/asm/reg.h (DSISR), arch/powerpc/include/asm/interrupt.h (trap
 * numbers); z/Architecture Principles of Operation chapter 6 and arch/s390/kernel/
 * traps.c; arch/loongarch/include/asm/loongarch.h; arch/mips/include/asm/
 * mipsregs.h (ExcCode).
 */
#ifndef KD_REPORT_CPUCODES_H
#define KD_REPORT_CPUCODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct kd_cpucode {
	uint32_t code;
	const char *name;  /* mnemonic, "" when there is none */
	const char *words; /* "load page fault" */
	char access;	   /* 'r', 'w', 'x', or 0 when it does not say */
};

struct kd_arm_fsr {
	uint8_t status; /* FS[4:0] (short format) or STATUS[5:0] (LPAE) */
	bool write;	/* WnR; data faults only */
	bool cm;	/* cache maintenance */
	bool external;	/* ExT */
	uint8_t domain; /* short format only */
	const char *words;
	int8_t level; /* of the walk, 1 … 3; -1: none */
};

/*
 * Bit 9 of the register tells the format. "Internal error: Oops: 817 [#1]": the number is
 * the FSR for aborts.
 */
void kd_arm_fsr_decode(uint32_t fsr, bool ifault, struct kd_arm_fsr *ret);

/* RISC-V scause, with the interrupt bit (63 or 31) split off. NULL: not known. */
const struct kd_cpucode *kd_riscv_cause(uint64_t cause);
bool kd_riscv_cause_is_irq(uint64_t cause, unsigned bits);

/* PowerPC trap number ("TRAP: 0300"); low 4 bits are flags and masked. */
const struct kd_cpucode *kd_ppc_trap(uint32_t trap);
/* DSISR bits that matter; row index from 0, NULL at the end. Fill by walking. */
const struct kd_cpucode *kd_ppc_dsisr_bit(size_t i);

/* s390 program interruption code ("0004 ilc:2"); bits 0x80 (PER) masked. */
const struct kd_cpucode *kd_s390_pgm(uint32_t code);

/* LoongArch ESTAT: exception code field 21…16. */
const struct kd_cpucode *kd_loongarch_ecode(uint32_t ecode);
static inline uint32_t kd_loongarch_estat_ecode(uint64_t estat)
{
	return estat >> 16 & 0x3f;
}

/* MIPS cause register: ExcCode field 6…2. */
const struct kd_cpucode *kd_mips_exccode(uint32_t exccode);
static inline uint32_t kd_mips_cause_exccode(uint64_t cause)
{
	return cause >> 2 & 0x1f;
}

#endif
