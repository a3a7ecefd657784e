/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86.h: what the numbers in an x86 report mean.
 *
 *	struct kd_x86_pf pf;
 *	kd_x86_pf_decode(0x0002, &pf);     // write, not present, supervisor
 *	if (kd_x86_pf_line(KD_V("#PF: supervisor write access in kernel mode"), &said))
 *		why = kd_x86_pf_conflict(&pf, &said);   // NULL: they agree
 *
 * Sources: arch/x86/include/asm/trap_pf.h (page fault bits) and arch/x86/mm/fault.c,
 * show_fault_oops() ("#PF:" lines); arch/x86/kernel/traps.c (general protection);
 * arch/x86/include/uapi/asm/processor-flags.h (EFLAGS, CR0, CR4); arch/x86/include/asm/
 * segment.h; arch/x86/include/asm/trapnr.h; Intel SDM volume 3, chapter 6.13 (selector
 * error codes).
 */
#ifndef KD_REPORT_X86_H
#define KD_REPORT_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* One bit of a flags word. */
struct kd_bit {
	uint8_t bit;
	const char *name;  /* "RSVD" */
	const char *set;   /* words when set, NULL: not worth saying */
	const char *clear; /* words when clear, NULL: not worth saying */
};

/* A table of bits; lowest first. Unknown bits are in none. */
struct kd_bits {
	const struct kd_bit *v;
	size_t n;
};

extern const struct kd_bits kd_x86_pf_bits;    /* page fault error code */
extern const struct kd_bits kd_x86_flags_bits; /* EFLAGS */
extern const struct kd_bits kd_x86_cr0_bits;
extern const struct kd_bits kd_x86_cr4_bits;

/* Bits that the table does not know. */
uint64_t kd_bits_unknown(const struct kd_bits *t, uint64_t value);
/* Row of a bit, or NULL. */
const struct kd_bit *kd_bits_find(const struct kd_bits *t, unsigned bit);

/* Error code bits of a page fault. */
#define KD_X86_PF_P	(1u << 0)  /* the page was present: a protection violation */
#define KD_X86_PF_W	(1u << 1)
#define KD_X86_PF_U	(1u << 2)  /* the access was made as user */
#define KD_X86_PF_RSVD	(1u << 3)
#define KD_X86_PF_I	(1u << 4)  /* instruction fetch */
#define KD_X86_PF_PK	(1u << 5)
#define KD_X86_PF_SS	(1u << 6)
#define KD_X86_PF_SGX	(1u << 15)
#define KD_X86_PF_RMP	(1u << 31) /* AMD SEV-SNP */

struct kd_x86_pf {
	bool present, write, user, rsvd, instr, pkey, shstk, sgx, rmp;
	uint64_t unknown;  /* bits without a name */
	const char *words; /* "supervisor write to a page that is not present" */
};

void kd_x86_pf_decode(uint64_t code, struct kd_x86_pf *ret);

/*
 * What the "#PF:" lines say: "#PF: supervisor read access in kernel mode",
 * "#PF: error_code(0x0000) - not-present page", and the older "#PF error: [WRITE]".
 * Lines add up in ret, which the caller zeroes first. False: no such line.
 */
struct kd_x86_pf_said {
	bool has_code, has_access, has_mode, has_cause;
	uint64_t code;
	bool user;	/* "user … access": the U bit */
	bool write, instr;
	bool user_mode; /* "in user mode": user_mode(regs) */
	const char *cause; /* "not-present page", "permissions violation" …: static words */
};

bool kd_x86_pf_line(struct kd_view line, struct kd_x86_pf_said *ret);

/* Static words for the first contradiction, NULL when they agree. */
const char *kd_x86_pf_conflict(const struct kd_x86_pf *pf, const struct kd_x86_pf_said *said);

/* Error code of #GP, #TS, #NP, #SS: 0 or a selector. */
struct kd_x86_selector {
	bool zero;     /* no selector: e.g. a non-canonical address */
	bool external; /* EXT: the event was outside of the program */
	const char *table; /* "GDT", "IDT", "LDT" */
	uint16_t index;	   /* of the descriptor; IDT: the vector */
	bool beyond;	   /* bits above 15 are set: not a selector error code */
};

void kd_x86_gp_decode(uint64_t code, struct kd_x86_selector *ret);

/* Whose mode do CS (and, for 32 bits, EFLAGS.VM) say? Requested privilege level: 3 is user. */
bool kd_x86_cs_user(uint64_t cs, uint64_t eflags);

/* 64 bits (0x33), 32 bits (0x23) on an x86_64 kernel, or 0x73/0x7b of i386. */
enum kd_x86_csmode { KD_X86_CS_OTHER, KD_X86_CS_KERNEL, KD_X86_CS_USER64, KD_X86_CS_USER32 };
enum kd_x86_csmode kd_x86_cs_mode(uint64_t cs, bool kernel_is_64);

/* Were interrupts on (EFLAGS.IF)? */
static inline bool kd_x86_irqs_on(uint64_t eflags)
{
	return eflags >> 9 & 1;
}

struct kd_x86_exception {
	uint8_t vector;
	const char *mnemonic; /* "#PF" */
	const char *name;     /* "page fault" */
	const char *signature; /* what die() prints for it: "general protection fault", or NULL */
	bool has_code;
	char cls; /* 'f' fault, 't' trap, 'a' abort, 'i' interrupt: where RIP points */
};

/* NULL past vector 31 and for reserved ones. */
const struct kd_x86_exception *kd_x86_exception(unsigned vector);
/* By the text that starts an oops line: "general protection fault, probably for …". */
const struct kd_x86_exception *kd_x86_exception_line(struct kd_view line);

#endif
