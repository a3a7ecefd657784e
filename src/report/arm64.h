/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64.h: what the numbers in an arm64 report mean.
 *
 *	struct kd_esr e;
 *	kd_esr_decode(0x96000004, &e);
 *	// e.ec_words "DABT (current EL)", e.is_abort, !e.write, e.fsc_words
 *	// "level 0 translation fault"
 *
 * Sources: Arm ARM (DDI 0487) D24.2.40 ESR_EL1; arch/arm64/include/asm/esr.h;
 * arch/arm64/kernel/traps.c (esr_class_str); arch/arm64/mm/fault.c (fault_info,
 * mem_abort_decode); arch/arm64/include/asm/brk-imm.h; arch/arm64/kernel/process.c
 * (print_pstate); Documentation/arch/arm64/pointer-authentication.rst.
 */
#ifndef KD_REPORT_ARM64_H
#define KD_REPORT_ARM64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

struct kd_esr {
	uint64_t raw;
	uint8_t ec;		/* exception class, bits 31…26 */
	const char *ec_words;	/* as the kernel prints it: "DABT (current EL)" */
	bool il;		/* the instruction was 32 bits long */
	uint32_t iss;		/* bits 24…0 */
	uint32_t iss2;		/* bits 36…32 */
	bool is_abort;		/* data or instruction abort: the fields below count */
	bool is_data;
	bool user;		/* taken from a lower exception level */
	bool write;		/* WnR; only meaningful for data aborts and not with cm */
	bool cm;		/* cache maintenance or address translation instruction */
	bool s1ptw;		/* fault on a stage 2 walk */
	bool fnv;		/* FAR is not valid: ignore the address */
	uint8_t set;		/* synchronous error type, only with fsc 0x10 */
	bool ea;		/* external abort type */
	bool isv;		/* syndrome of the access is given: size, register */
	uint8_t access_size;	/* bytes; 0 without isv */
	uint8_t srt;		/* register number of the access; valid with isv */
	uint8_t fsc;		/* fault status code, 6 bits */
	const char *fsc_words;	/* "level 1 translation fault" */
	int8_t level;		/* of the page table walk, -2 … 3; -128: none */
	bool is_brk;
	uint16_t brk;		/* immediate */
	const char *brk_words;
	bool is_serror;
	const char *serror_words; /* class of the SError, as far as the syndrome says */
};

void kd_esr_decode(uint64_t esr, struct kd_esr *ret);

/* Immediate of a brk instruction: "BUG() or WARN()", "KASAN (software tags)" … or NULL. */
const char *kd_brk_words(uint16_t imm);
/* What the low byte of a KASAN_SW_TAGS brk says (arch/arm64/kernel/traps.c). */
struct kd_brk_kasan {
	bool recover, write, sized;
	uint32_t size; /* bytes, when sized */
};
bool kd_brk_kasan(uint16_t imm, struct kd_brk_kasan *ret);
/* UBSAN check of a 0x55xx immediate (lib/ubsan.h, enum ubsan_checks); NULL: unknown. */
const char *kd_brk_ubsan(uint16_t imm);

/*
 * Lines of "Mem abort info:" / "Data abort info:" and "swapper pgtable: …"; they add up
 * in ret, which the caller zeroes. False: none of them. The older spellings too.
 */
struct kd_mem_abort {
	bool has_esr, has_ec, has_fsc, has_iss, has_write, has_cm, has_pgtable;
	bool write, cm, user_pgtable;
	uint64_t esr, ec, fsc, iss;
	struct kd_view ec_text, fsc_text; /* borrowed from the line */
	unsigned page_kb; /* 4, 16, 64; 0 unknown */
	unsigned va_bits; /* 0 unknown */
};
bool kd_mem_abort_line(struct kd_view line, struct kd_mem_abort *ret);
/* Static words for a contradiction between the lines and the decoded ESR; NULL: none. */
const char *kd_mem_abort_conflict(const struct kd_mem_abort *m, const struct kd_esr *e);

struct kd_pstate {
	bool n, z, c, v, d, a, i, f, pan, uao, tco, dit, ssbs, btype_set, aarch32;
	uint8_t el; /* exception level, 0 … 3 */
	bool sp_el0; /* …t rather than …h */
};
void kd_pstate_decode(uint64_t pstate, struct kd_pstate *ret);

/*
 * Without pointer authentication code and tag. mask: the kernel's KERNELPACMASK
 * (VMCOREINFO), 0: derived from va_bits (48 when 0). User addresses keep bit 55 clear.
 */
uint64_t kd_arm64_strip(uint64_t ptr, uint64_t mask, unsigned va_bits);

/* Is there a tag or an authentication code: do bits differ that a plain address has equal? */
bool kd_arm64_has_pac(uint64_t ptr, unsigned va_bits);

#endif
