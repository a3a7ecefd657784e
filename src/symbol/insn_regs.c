// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers of registers in DWARF and their names in kernel logs; sources in insn.h. */
#include "symbol/insn.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const char *const x86_64[] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
				     "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip"};
static const char *const i386[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"};
static const char *const arm64[] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",	 "x7",	"x8",  "x9",  "x10",
	"x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
	"x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp"};
/* show_regs of arch/arm prints r0 … r10, then these */
static const char *const arm[] = {"r0", "r1", "r2", "r3",  "r4", "r5", "r6", "r7",
				  "r8", "r9", "r10", "fp", "ip", "sp", "lr", "pc"};
/* kernel/report name GPR00, $ 0 and the rows of s390 "r0" … "r31": src/report/regs.c */
static const char *const numbered[] = {
	"r0",  "r1",  "r2",  "r3",  "r4",  "r5",  "r6",	 "r7",	"r8",  "r9",  "r10",
	"r11", "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21",
	"r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31"};
/* RISC-V ELF psABI: x0 … x31 by their calling-convention names */
static const char *const riscv[] = {
	"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
	"a1",	"a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5",
	"s6",	"s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

struct table {
	const char *const *v;
	size_t n;
};

#define T(t) {t, KD_ARRAY_LEN(t)}

static const struct table tables[KD_ARCH_N] = {
	[KD_ARCH_X86_64] = T(x86_64),	  [KD_ARCH_I386] = T(i386),	[KD_ARCH_ARM64] = T(arm64),
	[KD_ARCH_ARM] = T(arm),		  [KD_ARCH_PPC64] = T(numbered), [KD_ARCH_MIPS] = T(numbered),
	[KD_ARCH_RISCV64] = T(riscv),	  [KD_ARCH_S390X] = {numbered, 16},
};

const char *kd_dwarf_reg_name(enum kd_arch arch, unsigned reg)
{
	const struct table *t = &tables[(unsigned)arch < KD_ARCH_N ? arch : 0];

	return reg < t->n ? t->v[reg] : NULL;
}

unsigned kd_dwarf_reg_by_name(enum kd_arch arch, struct kd_view name)
{
	const struct table *t = &tables[(unsigned)arch < KD_ARCH_N ? arch : 0];

	for (unsigned i = 0; i < t->n; i++)
		if (kd_view_eq(name, kd_view_of(t->v[i])))
			return i;
	if (arch == KD_ARCH_ARM64 && kd_view_eq(name, KD_V("lr")))
		return 30;
	return KD_NOREG;
}
