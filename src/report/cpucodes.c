// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/cpucodes.h"

#include "base/alloc.h"

static const struct kd_cpucode *find(const struct kd_cpucode *t, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].code == code)
			return &t[i];
	return NULL;
}

#define FIND(t, code) find(t, KD_ARRAY_LEN(t), code)

struct fsr_row {
	uint8_t code;
	int8_t level;
	const char *words;
};

/* Short-descriptor format; data faults. arch/arm/mm/fsr-2level.c */
static const struct fsr_row fsr_short[] = {
	{0, -1, "vector exception"},
	{1, -1, "alignment fault"},
	{2, -1, "terminal exception"},
	{3, -1, "alignment fault (old cores), section access flag fault"},
	{4, -1, "external abort on line fetch (old cores), cache maintenance fault"},
	{5, 1, "section translation fault"},
	{6, -1, "external abort on line fetch (old cores), page access flag fault"},
	{7, 2, "page translation fault"},
	{8, -1, "external abort, not a line fetch"},
	{9, 1, "section domain fault"},
	{10, -1, "external abort, not a line fetch"},
	{11, 2, "page domain fault"},
	{12, 1, "external abort on a first-level table walk"},
	{13, 1, "section permission fault"},
	{14, 2, "external abort on a second-level table walk"},
	{15, 2, "page permission fault"},
	{20, -1, "lock abort"},
	{22, -1, "imprecise external abort"},
	{24, -1, "data cache parity error"},
};

/* Instruction faults where they differ. */
static const struct fsr_row ifsr_short[] = {
	{2, -1, "debug event"},
	{3, 1, "section access flag fault"},
	{6, 2, "page access flag fault"},
};

/* Long-descriptor format (LPAE). arch/arm/mm/fsr-3level.c */
static const struct fsr_row fsr_lpae[] = {
	{5, 1, "level 1 translation fault"},
	{6, 2, "level 2 translation fault"},
	{7, 3, "level 3 translation fault"},
	{9, 1, "level 1 access flag fault"},
	{10, 2, "level 2 access flag fault"},
	{11, 3, "level 3 access flag fault"},
	{13, 1, "level 1 permission fault"},
	{14, 2, "level 2 permission fault"},
	{15, 3, "level 3 permission fault"},
	{16, -1, "synchronous external abort"},
	{17, -1, "asynchronous external abort"},
	{21, 1, "external abort on a level 1 table walk"},
	{22, 2, "external abort on a level 2 table walk"},
	{23, 3, "external abort on a level 3 table walk"},
	{24, -1, "synchronous parity error"},
	{25, -1, "asynchronous parity error"},
	{33, -1, "alignment fault"},
	{34, -1, "debug event"},
	{52, -1, "implementation fault (lockdown abort)"},
	{58, -1, "implementation fault (coprocessor abort)"},
};

static bool fsr_find(const struct fsr_row *t, size_t n, struct kd_arm_fsr *f)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].code == f->status) {
			f->words = t[i].words;
			f->level = t[i].level;
			return true;
		}
	return false;
}

void kd_arm_fsr_decode(uint32_t fsr, bool ifault, struct kd_arm_fsr *ret)
{
	bool lpae = fsr >> 9 & 1;
	struct kd_arm_fsr f = {
		.write = !ifault && (fsr >> 11 & 1),
		.cm = !ifault && (fsr >> 13 & 1),
		.external = fsr >> 12 & 1,
		.words = "unknown fault status",
		.level = -1,
	};

	if (lpae) {
		f.status = fsr & 0x3f;
		fsr_find(fsr_lpae, KD_ARRAY_LEN(fsr_lpae), &f);
	} else {
		f.status = (uint8_t)((fsr & 0xf) | (fsr >> 6 & 0x10));
		f.domain = ifault ? 0 : fsr >> 4 & 0xf;
		if (!ifault || !fsr_find(ifsr_short, KD_ARRAY_LEN(ifsr_short), &f))
			fsr_find(fsr_short, KD_ARRAY_LEN(fsr_short), &f);
	}
	*ret = f;
}

static const struct kd_cpucode riscv[] = {
	{0, "", "instruction address misaligned", 'x'},
	{1, "", "instruction access fault", 'x'},
	{2, "", "illegal instruction", 'x'},
	{3, "", "breakpoint", 0},
	{4, "", "load address misaligned", 'r'},
	{5, "", "load access fault", 'r'},
	{6, "", "store address misaligned", 'w'},
	{7, "", "store access fault", 'w'},
	{8, "", "system call from user mode", 0},
	{9, "", "system call from supervisor mode", 0},
	{10, "", "system call from virtual supervisor mode", 0},
	{12, "", "instruction page fault", 'x'},
	{13, "", "load page fault", 'r'},
	{15, "", "store page fault", 'w'},
	{18, "", "software check (shadow stack or landing pad)", 0},
	{19, "", "hardware error", 0},
	{20, "", "guest instruction page fault", 'x'},
	{21, "", "guest load page fault", 'r'},
	{22, "", "virtual instruction", 'x'},
	{23, "", "guest store page fault", 'w'},
};

const struct kd_cpucode *kd_riscv_cause(uint64_t cause)
{
	return cause > UINT32_MAX ? NULL : FIND(riscv, (uint32_t)cause);
}

bool kd_riscv_cause_is_irq(uint64_t cause, unsigned bits)
{
	return cause >> (bits == 32 ? 31 : 63) & 1;
}

static const struct kd_cpucode ppc_traps[] = {
	{0x100, "SRESET", "system reset", 0},
	{0x200, "MCE", "machine check", 0},
	{0x260, "PERFMON", "performance monitor (Book E)", 0},
	{0x280, "DOORBELL", "doorbell (Book E)", 0},
	{0x300, "DSI", "data storage: page fault of a load or store", 0},
	{0x380, "DSEG", "data segment: address outside of every segment", 0},
	{0x400, "ISI", "instruction storage: page fault of an instruction fetch", 'x'},
	{0x480, "ISEG", "instruction segment", 'x'},
	{0x500, "EE", "external interrupt", 0},
	{0x600, "ALIGN", "alignment", 0},
	{0x700, "PROGRAM", "program check: trap (BUG, WARN) or illegal instruction", 0},
	{0x800, "FPUNAVAIL", "floating point unavailable", 0},
	{0x900, "DEC", "decrementer (timer)", 0},
	{0x980, "HDEC", "hypervisor decrementer", 0},
	{0xa00, "DOORBELL", "doorbell", 0},
	{0xc00, "SC", "system call", 0},
	{0xd00, "TRACE", "single step", 0},
	{0xe00, "HDSI", "hypervisor data storage", 0},
	{0xe20, "HISI", "hypervisor instruction storage", 'x'},
	{0xe40, "HEMUL", "hypervisor emulation assistance (illegal instruction)", 0},
	{0xe60, "HMI", "hypervisor maintenance", 0},
	{0xe80, "HDOORBELL", "hypervisor doorbell", 0},
	{0xea0, "HVIRT", "hypervisor virtualization", 0},
	{0xf00, "PERFMON", "performance monitor", 0},
	{0xf20, "VMX", "vector unit unavailable", 0},
	{0xf40, "VSX", "vector-scalar unit unavailable", 0},
	{0xf60, "FAC", "facility unavailable", 0},
	{0xf80, "HFAC", "hypervisor facility unavailable", 0},
	{0x1500, "DENORM", "denormalised operand", 0},
	{0x3000, "SCV", "system call (scv)", 0},
};

const struct kd_cpucode *kd_ppc_trap(uint32_t trap)
{
	return FIND(ppc_traps, trap & ~0xfu);
}

static const struct kd_cpucode dsisr[] = {
	{0x40000000, "NOHPTE", "no translation found", 0},
	{0x20000000, "ATTR_CONFLICT", "process and partition attributes conflict", 0},
	{0x10000000, "NOEXEC_OR_G", "not executable or guarded", 0},
	{0x08000000, "PROTFAULT", "protection fault", 0},
	{0x04000000, "BADACCESS", "bad access to cache-inhibited or guarded memory", 0},
	{0x02000000, "ISSTORE", "the access was a store", 'w'},
	{0x00400000, "DABRMATCH", "data breakpoint", 0},
	{0x00200000, "KEYFAULT", "storage key fault, or no segment", 0},
	{0x00080000, "UNSUPP_MMU", "unsupported MMU configuration", 0},
	{0x00040000, "SET_RC", "could not set reference or change bits", 0},
	{0x00020000, "PRTABLE_FAULT", "fault on the process table", 0},
	{0x00000008, "BAD_COPYPASTE", "copy or paste on the wrong kind of memory", 0},
	{0x00000004, "BAD_AMO", "bad atomic memory operation", 0},
	{0x00000002, "BAD_CI_LDST", "bad hypervisor cache-inhibited access", 0},
};

const struct kd_cpucode *kd_ppc_dsisr_bit(size_t i)
{
	return i < KD_ARRAY_LEN(dsisr) ? &dsisr[i] : NULL;
}

static const struct kd_cpucode s390[] = {
	{0x01, "", "operation exception (illegal instruction; BUG and WARN)", 0},
	{0x02, "", "privileged operation", 0},
	{0x03, "", "execute exception", 0},
	{0x04, "", "protection exception", 0},
	{0x05, "", "addressing exception", 0},
	{0x06, "", "specification exception", 0},
	{0x07, "", "data exception", 0},
	{0x08, "", "fixed-point overflow", 0},
	{0x09, "", "fixed-point divide", 0},
	{0x0a, "", "decimal overflow", 0},
	{0x0b, "", "decimal divide", 0},
	{0x0c, "", "hexadecimal floating-point overflow", 0},
	{0x0d, "", "hexadecimal floating-point underflow", 0},
	{0x0e, "", "hexadecimal floating-point significance", 0},
	{0x0f, "", "hexadecimal floating-point divide", 0},
	{0x10, "", "segment translation", 0},
	{0x11, "", "page translation", 0},
	{0x12, "", "translation specification", 0},
	{0x13, "", "special operation", 0},
	{0x15, "", "operand exception", 0},
	{0x18, "", "transaction constraint", 0},
	{0x1b, "", "vector processing", 0},
	{0x1c, "", "space switch", 0},
	{0x1d, "", "hexadecimal floating-point square root", 0},
	{0x38, "", "ASCE type: address above the address space", 0},
	{0x39, "", "region first translation", 0},
	{0x3a, "", "region second translation", 0},
	{0x3b, "", "region third translation", 0},
	{0x3d, "", "secure storage access", 0},
	{0x3e, "", "non-secure storage access", 0},
	{0x3f, "", "secure storage violation", 0},
	{0x40, "", "monitor event", 0},
};

const struct kd_cpucode *kd_s390_pgm(uint32_t code)
{
	return FIND(s390, code & 0x7f);
}

static const struct kd_cpucode loongarch[] = {
	{0, "INT", "interrupt", 0},
	{1, "PIL", "page invalid, load", 'r'},
	{2, "PIS", "page invalid, store", 'w'},
	{3, "PIF", "page invalid, instruction fetch", 'x'},
	{4, "PME", "page modified: store to a page that is not dirty", 'w'},
	{5, "PNR", "page not readable", 'r'},
	{6, "PNX", "page not executable", 'x'},
	{7, "PPI", "page privilege", 0},
	{8, "ADE", "address error", 0},
	{9, "ALE", "unaligned access", 0},
	{10, "BCE", "bounds check", 0},
	{11, "SYS", "system call", 0},
	{12, "BRK", "breakpoint (BUG, WARN)", 0},
	{13, "INE", "instruction does not exist", 'x'},
	{14, "IPE", "instruction privilege", 'x'},
	{15, "FPD", "floating point disabled", 0},
	{16, "SXD", "128-bit vectors disabled", 0},
	{17, "ASXD", "256-bit vectors disabled", 0},
	{18, "FPE", "floating-point exception", 0},
	{19, "WATCH", "watch point", 0},
	{20, "BTD", "binary translation disabled", 0},
	{21, "BTE", "binary translation exception", 0},
	{22, "GSPR", "guest privileged resource", 0},
	{23, "HVC", "hypercall", 0},
	{24, "GCM", "guest control register modified", 0},
};

const struct kd_cpucode *kd_loongarch_ecode(uint32_t ecode)
{
	return FIND(loongarch, ecode);
}

static const struct kd_cpucode mips[] = {
	{0, "Int", "interrupt", 0},
	{1, "Mod", "store to a page that is not dirty", 'w'},
	{2, "TLBL", "no translation for a load or instruction fetch", 'r'},
	{3, "TLBS", "no translation for a store", 'w'},
	{4, "AdEL", "address error on a load or instruction fetch", 'r'},
	{5, "AdES", "address error on a store", 'w'},
	{6, "IBE", "bus error on an instruction fetch", 'x'},
	{7, "DBE", "bus error on a load or store", 0},
	{8, "Sys", "system call", 0},
	{9, "Bp", "breakpoint", 0},
	{10, "RI", "reserved instruction", 'x'},
	{11, "CpU", "coprocessor unusable", 0},
	{12, "Ov", "arithmetic overflow", 0},
	{13, "Tr", "trap instruction (BUG)", 0},
	{14, "MSAFPE", "MSA floating-point exception", 0},
	{15, "FPE", "floating-point exception", 0},
	{19, "TLBRI", "page not readable", 'r'},
	{20, "TLBXI", "page not executable", 'x'},
	{21, "MSADis", "MSA disabled", 0},
	{22, "MDMX", "MDMX unusable", 0},
	{23, "WATCH", "watch address", 0},
	{24, "MCheck", "machine check", 0},
	{25, "Thread", "thread exception", 0},
	{26, "DSPDis", "DSP disabled", 0},
	{27, "GE", "guest exception", 0},
	{30, "CacheErr", "cache parity or ECC error", 0},
};

const struct kd_cpucode *kd_mips_exccode(uint32_t exccode)
{
	return FIND(mips, exccode);
}
