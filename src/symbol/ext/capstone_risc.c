// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm, ppc64 and mips: memory operands of the usual loads and stores; the other
 * instructions have text, length and class only, and stop any walk (all registers count
 * as written).
 */
#ifndef KD_NO_CAPSTONE

#include <string.h>

#include "base/alloc.h"
#include "symbol/ext/capstone.h"

/* Nothing is known about its registers. */
static void opaque(struct kd_insn *ret)
{
	ret->reads = ret->writes = UINT64_MAX;
}

struct width {
	unsigned id;
	uint8_t bytes;
	bool write;
};

static bool width_of(const struct width *t, size_t n, unsigned id, struct kd_insn_mem *m)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].id == id) {
			m->width = t[i].bytes;
			m->read = !t[i].write;
			m->write = t[i].write;
			return true;
		}
	return false;
}

static const struct width arm_widths[] = {
	{ARM_INS_LDR, 4, false},  {ARM_INS_LDRB, 1, false},  {ARM_INS_LDRH, 2, false},
	{ARM_INS_LDRSB, 1, false}, {ARM_INS_LDRSH, 2, false}, {ARM_INS_LDRD, 8, false},
	{ARM_INS_LDREX, 4, false}, {ARM_INS_STR, 4, true},    {ARM_INS_STRB, 1, true},
	{ARM_INS_STRH, 2, true},  {ARM_INS_STRD, 8, true},   {ARM_INS_STREX, 4, true},
};

static uint8_t arm_dwarf(unsigned r)
{
	if (r >= ARM_REG_R0 && r <= ARM_REG_R12)
		return (uint8_t)(r - ARM_REG_R0);
	return r == ARM_REG_SP ? 13 : r == ARM_REG_LR ? 14 : r == ARM_REG_PC ? 15 : KD_NOREG;
}

void kd_capstone_arm(const cs_insn *in, struct kd_insn *ret)
{
	const cs_arm *a = &in->detail->arm;
	struct kd_insn_mem *m = &ret->mem[0];

	opaque(ret);
	for (unsigned i = 0; i < a->op_count; i++) {
		const cs_arm_op *o = &a->operands[i];

		if (o->type != ARM_OP_MEM)
			continue;
		*m = (struct kd_insn_mem){.base = arm_dwarf(o->mem.base), .index = arm_dwarf(o->mem.index),
					  .addr_bits = 32, .disp = o->mem.disp};
		if (!width_of(arm_widths, KD_ARRAY_LEN(arm_widths), in->id, m))
			return;
		/* a post-indexed access goes to the base itself */
		if (a->writeback && i + 1 < a->op_count) {
			m->disp = 0;
			m->index = KD_NOREG;
		}
		m->scale = m->index == KD_NOREG ? 0 : 1;
		m->opaque = m->base == 15 || m->base == KD_NOREG ||
			    (m->scale && (o->subtracted || o->shift.type != ARM_SFT_INVALID));
		if (o->subtracted && m->disp > 0)
			m->disp = -m->disp;
		ret->nmem = 1;
		return;
	}
}

static const struct width ppc_widths[] = {
	{PPC_INS_LBZ, 1, false}, {PPC_INS_LBZU, 1, false}, {PPC_INS_LHZ, 2, false},
	{PPC_INS_LHZU, 2, false}, {PPC_INS_LHA, 2, false}, {PPC_INS_LWZ, 4, false},
	{PPC_INS_LWZU, 4, false}, {PPC_INS_LWA, 4, false}, {PPC_INS_LD, 8, false},
	{PPC_INS_LDU, 8, false}, {PPC_INS_STB, 1, true},   {PPC_INS_STBU, 1, true},
	{PPC_INS_STH, 2, true},	 {PPC_INS_STHU, 2, true},  {PPC_INS_STW, 4, true},
	{PPC_INS_STWU, 4, true}, {PPC_INS_STD, 8, true},   {PPC_INS_STDU, 8, true},
};

void kd_capstone_ppc(const cs_insn *in, struct kd_insn *ret)
{
	const cs_ppc *a = &in->detail->ppc;
	struct kd_insn_mem *m = &ret->mem[0];

	opaque(ret);
	for (unsigned i = 0; i < a->op_count; i++) {
		const cs_ppc_op *o = &a->operands[i];

		if (o->type != PPC_OP_MEM || o->mem.base < PPC_REG_R0 || o->mem.base > PPC_REG_R31)
			continue;
		/* register 0 as base stands for the number 0 (Power ISA 3.3.2) */
		*m = (struct kd_insn_mem){.base = o->mem.base == PPC_REG_R0
							  ? KD_NOREG
							  : (uint8_t)(o->mem.base - PPC_REG_R0),
					  .index = KD_NOREG, .addr_bits = 64, .disp = o->mem.disp};
		if (width_of(ppc_widths, KD_ARRAY_LEN(ppc_widths), in->id, m))
			ret->nmem = 1;
		return;
	}
}

static const struct width mips_widths[] = {
	{MIPS_INS_LB, 1, false}, {MIPS_INS_LBU, 1, false}, {MIPS_INS_LH, 2, false},
	{MIPS_INS_LHU, 2, false}, {MIPS_INS_LW, 4, false}, {MIPS_INS_LWU, 4, false},
	{MIPS_INS_LD, 8, false}, {MIPS_INS_LL, 4, false},  {MIPS_INS_LLD, 8, false},
	{MIPS_INS_SB, 1, true},	 {MIPS_INS_SH, 2, true},   {MIPS_INS_SW, 4, true},
	{MIPS_INS_SD, 8, true},	 {MIPS_INS_SC, 4, true},   {MIPS_INS_SCD, 8, true},
};

void kd_capstone_mips(const cs_insn *in, struct kd_insn *ret)
{
	const cs_mips *a = &in->detail->mips;
	struct kd_insn_mem *m = &ret->mem[0];

	opaque(ret);
	for (unsigned i = 0; i < a->op_count; i++) {
		const cs_mips_op *o = &a->operands[i];

		if (o->type != MIPS_OP_MEM || o->mem.base < MIPS_REG_0 || o->mem.base > MIPS_REG_31)
			continue;
		*m = (struct kd_insn_mem){.base = (uint8_t)(o->mem.base - MIPS_REG_0), .index = KD_NOREG,
					  .addr_bits = 64, .disp = o->mem.disp};
		if (width_of(mips_widths, KD_ARRAY_LEN(mips_widths), in->id, m))
			ret->nmem = 1;
		return;
	}
}

#endif
