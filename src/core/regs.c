// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/regs.h"

#include "base/alloc.h"
#include "format/elfcore.h"

static const struct kd_reg_name x86[] = {
	{KD_RAX, "RAX", "rax"}, {KD_RBX, "RBX", "rbx"}, {KD_RCX, "RCX", "rcx"}, {KD_RDX, "RDX", "rdx"}, {KD_RSI, "RSI", "rsi"},
	{KD_RDI, "RDI", "rdi"}, {KD_RBP, "RBP", "rbp"}, {KD_R8, "R08", "r8"},	{KD_R9, "R09", "r9"},	{KD_R10, "R10", "r10"},
	{KD_R11, "R11", "r11"}, {KD_R12, "R12", "r12"}, {KD_R13, "R13", "r13"}, {KD_R14, "R14", "r14"}, {KD_R15, "R15", "r15"},
};

static const struct kd_reg_name arm64[] = {
	{30, "x30", "x30"},
	{29, "x29", "x29"}, {28, "x28", "x28"}, {27, "x27", "x27"}, {26, "x26", "x26"}, {25, "x25", "x25"}, {24, "x24", "x24"},
	{23, "x23", "x23"}, {22, "x22", "x22"}, {21, "x21", "x21"}, {20, "x20", "x20"}, {19, "x19", "x19"}, {18, "x18", "x18"},
	{17, "x17", "x17"}, {16, "x16", "x16"}, {15, "x15", "x15"}, {14, "x14", "x14"}, {13, "x13", "x13"}, {12, "x12", "x12"},
	{11, "x11", "x11"}, {10, "x10", "x10"}, {9, "x9 ", "x9"},   {8, "x8 ", "x8"},	{7, "x7 ", "x7"},   {6, "x6 ", "x6"},
	{5, "x5 ", "x5"},   {4, "x4 ", "x4"},	{3, "x3 ", "x3"},   {2, "x2 ", "x2"},	{1, "x1 ", "x1"},   {0, "x0 ", "x0"},
};

const uint8_t kd_x86_pt_regs[KD_X86_PT_REGS] = {
	KD_R15, KD_R14, KD_R13, KD_R12, KD_RBP, KD_RBX, KD_R11, KD_R10, KD_R9, KD_R8, KD_RAX, KD_RCX, KD_RDX, KD_RSI, KD_RDI,
	KD_REG_ORIG, KD_RIP, KD_REG_CS, KD_REG_FLAGS, KD_RSP, KD_REG_SS,
};

unsigned kd_core_pc(uint16_t machine)
{
	return machine == KD_EM_AARCH64 ? (unsigned)KD_A64_PC : (unsigned)KD_RIP;
}

unsigned kd_core_sp(uint16_t machine)
{
	return machine == KD_EM_AARCH64 ? (unsigned)KD_A64_SP : (unsigned)KD_RSP;
}

/* x86: the privilege level of cs. arm64: pstate's exception level, PSR_MODE_EL0t (asm/ptrace.h). */
bool kd_core_regs_user(uint16_t machine, const struct kd_core_regs *r)
{
	if (machine == KD_EM_AARCH64)
		return kd_core_regs_has(r, KD_REG_FLAGS) && !(r->r[KD_REG_FLAGS] & 0xf);
	return kd_core_regs_has(r, KD_REG_CS) && r->r[KD_REG_CS] & 3;
}

const struct kd_reg_name *kd_core_reg_names(uint16_t machine, size_t *ret_n)
{
	*ret_n = machine == KD_EM_AARCH64 ? KD_ARRAY_LEN(arm64) : KD_ARRAY_LEN(x86);
	return machine == KD_EM_AARCH64 ? arm64 : x86;
}
