// SPDX-License-Identifier: GPL-2.0-or-later
/* A64: Arm ARM (DDI 0487), chapter C6. */
#ifndef KD_NO_CAPSTONE

#include <string.h>

#include "base/alloc.h"
#include "symbol/ext/capstone.h"

/* DWARF number; the zero registers and vectors have none here. */
static uint8_t dwarf(unsigned r)
{
	if (r >= ARM64_REG_X0 && r <= ARM64_REG_X28)
		return (uint8_t)(r - ARM64_REG_X0);
	if (r >= ARM64_REG_W0 && r <= ARM64_REG_W30)
		return (uint8_t)(r - ARM64_REG_W0);
	if (r == ARM64_REG_X29)
		return 29;
	if (r == ARM64_REG_X30)
		return 30;
	if (r == ARM64_REG_SP || r == ARM64_REG_WSP)
		return KD_ARM64_SP;
	return KD_NOREG;
}

struct bank {
	unsigned first, last;
	uint8_t bytes;
};

static unsigned reg_bytes(unsigned r)
{
	static const struct bank banks[] = {
		{ARM64_REG_W0, ARM64_REG_W30, 4},   {ARM64_REG_WZR, ARM64_REG_WZR, 4},
		{ARM64_REG_WSP, ARM64_REG_WSP, 4},  {ARM64_REG_X0, ARM64_REG_X28, 8},
		{ARM64_REG_X29, ARM64_REG_X29, 8},  {ARM64_REG_X30, ARM64_REG_X30, 8},
		{ARM64_REG_XZR, ARM64_REG_XZR, 8},  {ARM64_REG_SP, ARM64_REG_SP, 8},
		{ARM64_REG_B0, ARM64_REG_B31, 1},   {ARM64_REG_H0, ARM64_REG_H31, 2},
		{ARM64_REG_S0, ARM64_REG_S31, 4},   {ARM64_REG_D0, ARM64_REG_D31, 8},
		{ARM64_REG_Q0, ARM64_REG_Q31, 16},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(banks); i++)
		if (r >= banks[i].first && r <= banks[i].last)
			return banks[i].bytes;
	return 0;
}

static uint64_t bit(uint8_t reg)
{
	return reg < 64 ? UINT64_C(1) << reg : 0;
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

struct cls {
	const char *name; /* a trailing '*': the rest is free */
	uint8_t cls;
};

static const struct cls classes[] = {
	{"bl", KD_INSN_CALL},	   {"blr*", KD_INSN_CALL_IND}, {"b", KD_INSN_JUMP},
	{"br*", KD_INSN_JUMP_IND}, {"b.*", KD_INSN_JCC},	{"cbz", KD_INSN_JCC},
	{"cbnz", KD_INSN_JCC},	   {"tbz", KD_INSN_JCC},	{"tbnz", KD_INSN_JCC},
	{"ret*", KD_INSN_RET},	   {"eret*", KD_INSN_RET},	{"svc", KD_INSN_TRAP},
	{"hvc", KD_INSN_TRAP},	   {"smc", KD_INSN_TRAP},	{"hlt", KD_INSN_TRAP},
	{"udf", KD_INSN_TRAP},	   {"nop", KD_INSN_NOP},	{"hint", KD_INSN_NOP},
	{"prfm", KD_INSN_PREFETCH}, {"prfum", KD_INSN_PREFETCH}, {"dc", KD_INSN_SYSTEM},
	{"ic", KD_INSN_SYSTEM},	   {"at", KD_INSN_SYSTEM},	{"tlbi", KD_INSN_SYSTEM},
	{"msr", KD_INSN_SYSTEM},   {"mrs", KD_INSN_SYSTEM},	{"sys*", KD_INSN_SYSTEM},
};

static uint8_t classify(const char *m)
{
	if (!strcmp(m, "brk"))
		return KD_INSN_TRAP;
	for (size_t i = 0; i < KD_ARRAY_LEN(classes); i++) {
		size_t n = strlen(classes[i].name);

		if (classes[i].name[n - 1] == '*' ? !strncmp(m, classes[i].name, n - 1)
						  : !strcmp(m, classes[i].name))
			return classes[i].cls;
	}
	return KD_INSN_OTHER;
}

/* Atomics read and write: LDADD and kin, SWP, CAS (FEAT_LSE). */
static bool atomic(const char *m)
{
	static const char *const op[] = {"add", "clr", "eor", "set", "smax", "smin", "umax", "umin"};

	if (starts(m, "swp") || starts(m, "cas"))
		return true;
	if (!starts(m, "ld") && !starts(m, "st"))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(op); i++)
		if (starts(m + 2, op[i]))
			return true;
	return false;
}

static bool any_start(const char *m, const char *const *with, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (starts(m, with[i]))
			return true;
	return false;
}

/* Bytes that the end of the name tells: 0 without such an end. */
static uint16_t width_by_name(const char *m)
{
	size_t n = strlen(m);

	if (!strcmp(m, "ldpsw"))
		return 8;
	if (n <= 3)
		return 0;
	if (!strcmp(m + n - 2, "sw"))
		return 4;
	return m[n - 1] == 'b' ? 1 : m[n - 1] == 'h' ? 2 : 0;
}

/* Bytes of one access, by the name and the first data register; 0: not known. */
static uint16_t access_width(const cs_insn *in, const cs_arm64 *a)
{
	static const char *const pairs[] = {"ldp", "stp", "ldnp", "stnp", "ldxp", "ldaxp", "stxp", "stlxp", "casp"};
	const char *m = in->mnemonic;
	bool pair = any_start(m, pairs, KD_ARRAY_LEN(pairs));
	/* store exclusive: the first register is the result */
	unsigned data = starts(m, "stx") || starts(m, "stlx") ? 1 : 0, bytes = width_by_name(m);

	if ((starts(m, "ld") || starts(m, "st")) && m[2] >= '1' && m[2] <= '4')
		return 0; /* vectors of structures */
	if (bytes)
		return (uint16_t)bytes;
	if (data >= a->op_count || a->operands[data].type != ARM64_OP_REG)
		return 0;
	bytes = reg_bytes(a->operands[data].reg);
	return (uint16_t)(pair ? 2 * bytes : bytes);
}

static void take_mem(const cs_insn *in, const cs_arm64 *a, const cs_arm64_op *o, struct kd_insn *ret)
{
	const char *m = in->mnemonic;
	struct kd_insn_mem *e;

	if (ret->nmem == KD_INSN_MEM_MAX)
		return;
	e = &ret->mem[ret->nmem++];
	*e = (struct kd_insn_mem){.base = dwarf(o->mem.base), .index = dwarf(o->mem.index)};
	e->addr_bits = 64;
	e->disp = o->mem.disp;
	e->width = access_width(in, a);
	if (o->mem.index != ARM64_REG_INVALID) {
		e->opaque = e->index == KD_NOREG || o->shift.value > 4 ||
			    (o->shift.type != ARM64_SFT_LSL && o->shift.type != ARM64_SFT_INVALID);
		e->scale = e->opaque ? 1 : (uint8_t)(1u << o->shift.value);
		e->ext = o->ext == ARM64_EXT_UXTW ? 0x20 : o->ext == ARM64_EXT_SXTW ? 0xa0 : 0;
	}
	e->opaque |= e->base == KD_NOREG;
	ret->reads |= bit(e->base) | bit(e->index);
	if (a->writeback)
		ret->writes |= bit(e->base);
	if (ret->cls != KD_INSN_OTHER)
		return;
	e->read = starts(m, "ld") || atomic(m);
	e->write = starts(m, "st") || atomic(m);
}

static void take_reg(const cs_arm64_op *o, struct kd_insn *ret)
{
	uint64_t b = bit(dwarf(o->reg));

	/* without a word about the access: both, so that a walk stops here */
	if (o->access & CS_AC_READ || !o->access)
		ret->reads |= b;
	if (o->access & CS_AC_WRITE || !o->access)
		ret->writes |= b;
}

/* ldr x0, label */
static void literal(const cs_arm64 *a, struct kd_insn *ret)
{
	if (a->op_count != 2 || a->operands[1].type != ARM64_OP_IMM)
		return;
	ret->mem[0] = (struct kd_insn_mem){.base = KD_NOREG, .index = KD_NOREG, .addr_bits = 64,
					   .pcrel = true, .read = true,
					   .disp = a->operands[1].imm,
					   .width = (uint16_t)reg_bytes(a->operands[0].reg)};
	ret->nmem = 1;
}

static int64_t shifted(const cs_arm64_op *o)
{
	return (int64_t)((uint64_t)o->imm << (o->shift.value & 63));
}

/* mov of a register, of the zero register, of a number */
static void flow_mov(const cs_arm64_op *o, struct kd_insn *ret)
{
	if (o->type == ARM64_OP_REG) {
		ret->src = dwarf(o->reg);
		ret->flow = ret->src == KD_NOREG ? KD_FLOW_IMM : KD_FLOW_MOVE;
	} else if (o->type == ARM64_OP_IMM) {
		ret->flow = KD_FLOW_IMM;
		ret->imm = shifted(o);
	}
}

/* add, sub, lsr of a register and a number */
static void flow_three(const char *m, const cs_arm64_op *o, struct kd_insn *ret)
{
	bool sub = !strcmp(m, "sub");

	ret->src = dwarf(o[1].reg);
	if (sub || !strcmp(m, "add")) {
		ret->imm = sub ? (int64_t)(0 - (uint64_t)shifted(&o[2])) : shifted(&o[2]);
		ret->flow = KD_FLOW_ADD;
	} else if (!strcmp(m, "lsr")) {
		ret->imm = o[2].imm;
		ret->flow = KD_FLOW_SHR;
	}
}

static void flow(const cs_insn *in, const cs_arm64 *a, struct kd_insn *ret)
{
	const cs_arm64_op *o = a->operands;
	const char *m = in->mnemonic;

	if (!a->op_count || o[0].type != ARM64_OP_REG || dwarf(o[0].reg) == KD_NOREG)
		return;
	ret->dst = dwarf(o[0].reg);
	ret->width = (uint8_t)reg_bytes(o[0].reg);
	if (starts(m, "ld") && ret->nmem && !atomic(m))
		ret->flow = KD_FLOW_LOAD;
	else if (a->op_count == 2 && (!strcmp(m, "adrp") || !strcmp(m, "adr")) && o[1].type == ARM64_OP_IMM)
		flow_mov(&o[1], ret);
	else if (a->op_count == 2 && (!strcmp(m, "mov") || !strcmp(m, "movz")))
		flow_mov(&o[1], ret);
	else if (a->op_count == 3 && o[1].type == ARM64_OP_REG && o[2].type == ARM64_OP_IMM)
		flow_three(m, o, ret);
}

void kd_capstone_arm64(const cs_insn *in, struct kd_insn *ret)
{
	const cs_arm64 *a = &in->detail->arm64;

	ret->cls = classify(in->mnemonic);
	for (unsigned i = 0; i < a->op_count; i++) {
		const cs_arm64_op *o = &a->operands[i];

		if (o->type == ARM64_OP_MEM)
			take_mem(in, a, o, ret);
		else if (o->type == ARM64_OP_REG)
			take_reg(o, ret);
		else if (o->type == ARM64_OP_IMM &&
			 (ret->cls == KD_INSN_CALL || ret->cls == KD_INSN_JUMP || ret->cls == KD_INSN_JCC)) {
			ret->has_target = true; /* the last one: tbz has a bit number before it */
			ret->target = (uint64_t)o->imm;
		} else if (o->type == ARM64_OP_IMM && ret->cls == KD_INSN_TRAP) {
			ret->trap = (uint32_t)o->imm;
		}
	}
	if (!ret->nmem && (!strcmp(in->mnemonic, "ldr") || !strcmp(in->mnemonic, "ldrsw")))
		literal(a, ret);
	if (a->update_flags)
		ret->writes |= UINT64_C(1) << KD_REGBIT_FLAGS;
	if (ret->cls == KD_INSN_CALL || ret->cls == KD_INSN_CALL_IND)
		ret->writes |= bit(30);
	if ((ret->cls == KD_INSN_CALL_IND || ret->cls == KD_INSN_JUMP_IND) && a->op_count &&
	    a->operands[0].type == ARM64_OP_REG)
		ret->branch_reg = dwarf(a->operands[0].reg);
	flow(in, a, ret);
}

#endif
