// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AT&T text as GNU objdump 2.40 writes it (checked against it: tests/run/insn). Zydis has an
 * AT&T formatter, too, but other names (jnz), suffixes and spacing than kernel people read.
 */
#ifndef KD_NO_ZYDIS

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "symbol/ext/zydis.h"

struct out {
	char *p;
	size_t n, max;
};

static void put(struct out *o, const char *s)
{
	size_t n = strlen(s);

	if (n > o->max - o->n - 1)
		n = o->max - o->n - 1;
	memcpy(o->p + o->n, s, n);
	o->n += n;
	o->p[o->n] = 0;
}

static void put_hex(struct out *o, const char *before, uint64_t v)
{
	char t[40];

	snprintf(t, sizeof(t), "%s%#llx", before, (unsigned long long)v);
	if (!v)
		snprintf(t, sizeof(t), "%s0x0", before);
	put(o, t);
}

struct name {
	ZydisMnemonic mnemonic;
	const char *att;
};

/* Where AT&T, or objdump, has another word than Intel's manual. */
static const struct name names[] = {
	{ZYDIS_MNEMONIC_JZ, "je"},	  {ZYDIS_MNEMONIC_JNZ, "jne"},
	{ZYDIS_MNEMONIC_JNBE, "ja"},	  {ZYDIS_MNEMONIC_JNB, "jae"},
	{ZYDIS_MNEMONIC_JNL, "jge"},	  {ZYDIS_MNEMONIC_JNLE, "jg"},
	{ZYDIS_MNEMONIC_SETZ, "sete"},	  {ZYDIS_MNEMONIC_SETNZ, "setne"},
	{ZYDIS_MNEMONIC_SETNBE, "seta"},  {ZYDIS_MNEMONIC_SETNB, "setae"},
	{ZYDIS_MNEMONIC_SETNL, "setge"},  {ZYDIS_MNEMONIC_SETNLE, "setg"},
	{ZYDIS_MNEMONIC_CMOVZ, "cmove"},  {ZYDIS_MNEMONIC_CMOVNZ, "cmovne"},
	{ZYDIS_MNEMONIC_CMOVNBE, "cmova"}, {ZYDIS_MNEMONIC_CMOVNB, "cmovae"},
	{ZYDIS_MNEMONIC_CMOVNL, "cmovge"}, {ZYDIS_MNEMONIC_CMOVNLE, "cmovg"},
	{ZYDIS_MNEMONIC_CBW, "cbtw"},	  {ZYDIS_MNEMONIC_CWDE, "cwtl"},
	{ZYDIS_MNEMONIC_CDQE, "cltq"},	  {ZYDIS_MNEMONIC_CWD, "cwtd"},
	{ZYDIS_MNEMONIC_CDQ, "cltd"},	  {ZYDIS_MNEMONIC_CQO, "cqto"},
	{ZYDIS_MNEMONIC_PUSHFQ, "pushf"}, {ZYDIS_MNEMONIC_POPFQ, "popf"},
	{ZYDIS_MNEMONIC_PUSHFD, "pushf"}, {ZYDIS_MNEMONIC_POPFD, "popf"},
	{ZYDIS_MNEMONIC_PUSHAD, "pusha"}, {ZYDIS_MNEMONIC_POPAD, "popa"},
	{ZYDIS_MNEMONIC_IRETD, "iret"},
};

/* Mnemonics that get b, w, l or q when no register operand tells the width. */
static bool takes_suffix(ZydisMnemonic m)
{
	static const ZydisMnemonic with[] = {
		ZYDIS_MNEMONIC_MOV, ZYDIS_MNEMONIC_ADD, ZYDIS_MNEMONIC_OR,  ZYDIS_MNEMONIC_ADC,
		ZYDIS_MNEMONIC_SBB, ZYDIS_MNEMONIC_AND, ZYDIS_MNEMONIC_SUB, ZYDIS_MNEMONIC_XOR,
		ZYDIS_MNEMONIC_CMP, ZYDIS_MNEMONIC_TEST, ZYDIS_MNEMONIC_INC, ZYDIS_MNEMONIC_DEC,
		ZYDIS_MNEMONIC_NEG, ZYDIS_MNEMONIC_NOT, ZYDIS_MNEMONIC_MUL, ZYDIS_MNEMONIC_IMUL,
		ZYDIS_MNEMONIC_DIV, ZYDIS_MNEMONIC_IDIV, ZYDIS_MNEMONIC_SHL, ZYDIS_MNEMONIC_SHR,
		ZYDIS_MNEMONIC_SAR, ZYDIS_MNEMONIC_ROL, ZYDIS_MNEMONIC_ROR, ZYDIS_MNEMONIC_RCL,
		ZYDIS_MNEMONIC_RCR, ZYDIS_MNEMONIC_BT,	ZYDIS_MNEMONIC_BTS, ZYDIS_MNEMONIC_BTR,
		ZYDIS_MNEMONIC_BTC, ZYDIS_MNEMONIC_NOP,
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(with); i++)
		if (with[i] == m)
			return true;
	return false;
}

static char suffix_of(unsigned bits)
{
	return bits == 8 ? 'b' : bits == 16 ? 'w' : bits == 32 ? 'l' : 'q';
}

static bool is_shift(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_SHL || m == ZYDIS_MNEMONIC_SHR || m == ZYDIS_MNEMONIC_SAR ||
	       m == ZYDIS_MNEMONIC_ROL || m == ZYDIS_MNEMONIC_ROR || m == ZYDIS_MNEMONIC_RCL ||
	       m == ZYDIS_MNEMONIC_RCR;
}

static bool shown(const struct kd_zydis_insn *z, unsigned i)
{
	const ZydisDecodedOperand *o = &z->ops[i];

	if (o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN || i >= z->in.operand_count_visible)
		return false;
	/* of a wide nop only the address is shown */
	if (z->in.mnemonic == ZYDIS_MNEMONIC_NOP)
		return o->type == ZYDIS_OPERAND_TYPE_MEMORY;
	/* k0 stands for no mask */
	if (o->type == ZYDIS_OPERAND_TYPE_REGISTER && o->reg.value == ZYDIS_REGISTER_K0 &&
	    o->encoding == ZYDIS_OPERAND_ENCODING_MASK)
		return false;
	/* "shr %rax": the 1 is in the opcode */
	return !(is_shift(z->in.mnemonic) && o->visibility == ZYDIS_OPERAND_VISIBILITY_IMPLICIT &&
		 o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE);
}

static bool needs_suffix(const struct kd_zydis_insn *z)
{
	if (!takes_suffix(z->in.mnemonic) || !z->in.operand_count_visible)
		return false;
	for (unsigned i = 0; i < z->in.operand_count_visible; i++) {
		/* a shift's count in %cl says nothing about the width */
		if (i && is_shift(z->in.mnemonic))
			break;
		if (shown(z, i) && z->ops[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
			return false;
	}
	return z->ops[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
}

/* "movzbl", "movslq" */
static bool extending(const struct kd_zydis_insn *z, struct out *o)
{
	char t[8] = "movzbl";

	switch (z->in.mnemonic) {
	case ZYDIS_MNEMONIC_MOVZX:
		break;
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
		t[3] = 's';
		break;
	default:
		return false;
	}
	t[4] = suffix_of(z->ops[1].size);
	t[5] = suffix_of(z->ops[0].size);
	put(o, t);
	return true;
}

static bool is_movabs(const struct kd_zydis_insn *z)
{
	if (z->in.mnemonic != ZYDIS_MNEMONIC_MOV)
		return false;
	/* a 64-bit immediate, or the offset forms a0 … a3 */
	return (z->ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && z->in.raw.imm[0].size == 64) ||
	       (z->in.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT && z->in.opcode >= 0xa0 && z->in.opcode <= 0xa3 &&
		z->in.address_width == 64);
}

static void mnemonic(const struct kd_zydis_insn *z, struct out *o)
{
	const char *far = z->in.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? "l" : "";
	char suffix[2] = {suffix_of(z->in.operand_width), 0};
	const char *s = NULL;

	if (extending(z, o))
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (names[i].mnemonic == z->in.mnemonic)
			s = names[i].att;
	if (is_movabs(z))
		s = "movabs";
	if (!s)
		s = z->api->mnemonic(z->in.mnemonic);
	if (z->in.meta.category == ZYDIS_CATEGORY_CALL || z->in.meta.category == ZYDIS_CATEGORY_UNCOND_BR ||
	    z->in.mnemonic == ZYDIS_MNEMONIC_RET)
		put(o, far);
	put(o, s ? s : "(bad)");
	if (z->in.mnemonic == ZYDIS_MNEMONIC_SYSRET || (*far && z->in.mnemonic == ZYDIS_MNEMONIC_RET))
		put(o, z->in.operand_width == 64 ? "q" : z->in.mnemonic == ZYDIS_MNEMONIC_SYSRET ? "l" : "");
	if (needs_suffix(z))
		put(o, suffix);
}

/* --- operands ------------------------------------------------------------------------------ */

static void put_reg(const struct kd_zydis_insn *z, struct out *o, ZydisRegister r)
{
	const char *s = z->api->reg_string(r);
	char t[12];

	/* st(0) is %st, control and debug registers of objdump are cr0 and db0 */
	if (z->api->reg_class(r) == ZYDIS_REGCLASS_X87 && r == ZYDIS_REGISTER_ST0)
		s = "st";
	put(o, "%");
	if (s && z->api->reg_class(r) == ZYDIS_REGCLASS_DEBUG) {
		snprintf(t, sizeof(t), "db%s", s + 2);
		s = t;
	}
	put(o, s ? s : "?");
}

static bool is_seg_prefix(uint8_t b)
{
	return b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e || b == 0x64 || b == 0x65;
}

/* Is there a segment prefix that counts for the operand? */
static bool seg_named(const struct kd_zydis_insn *z)
{
	for (unsigned i = 0; i < z->in.raw.prefix_count; i++)
		if (is_seg_prefix(z->in.raw.prefixes[i].value) &&
		    z->in.raw.prefixes[i].type == ZYDIS_PREFIX_TYPE_EFFECTIVE)
			return true;
	return false;
}

static void put_disp(const struct kd_zydis_insn *z, struct out *o, const ZydisDecodedOperandMem *m)
{
	uint64_t v = (uint64_t)m->disp.value;
	bool bare = m->base == ZYDIS_REGISTER_NONE && m->index == ZYDIS_REGISTER_NONE;

	if (!bare && !z->in.raw.disp.size)
		return;
	if (bare) {
		if (z->in.address_width == 32)
			v &= UINT32_MAX;
		put_hex(o, "", v);
	} else if (m->disp.value < 0) {
		put_hex(o, "-", 0 - v);
	} else {
		put_hex(o, "", v);
	}
}

static void put_mem(const struct kd_zydis_insn *z, struct out *o, const ZydisDecodedOperandMem *m)
{
	char t[8];

	if (seg_named(z)) {
		put_reg(z, o, m->segment);
		put(o, ":");
	}
	put_disp(z, o, m);
	if (m->base == ZYDIS_REGISTER_NONE && m->index == ZYDIS_REGISTER_NONE)
		return;
	put(o, "(");
	if (m->base != ZYDIS_REGISTER_NONE)
		put_reg(z, o, m->base);
	if (m->index != ZYDIS_REGISTER_NONE) {
		put(o, ",");
		put_reg(z, o, m->index);
		snprintf(t, sizeof(t), ",%u", m->scale ? m->scale : 1u);
		put(o, t);
	}
	put(o, ")");
}

static void put_imm(const struct kd_zydis_insn *z, struct out *o, const ZydisDecodedOperand *op)
{
	uint64_t v = op->imm.value.u;
	unsigned width = z->in.operand_width;

	if (op->imm.is_relative) {
		v += z->addr + z->in.length;
		if (z->in.machine_mode != ZYDIS_MACHINE_MODE_LONG_64)
			v &= UINT32_MAX;
		put_hex(o, "", v);
		return;
	}
	/* an immediate of 8 bits that is extended is shown in the operand's width */
	if (op->imm.is_signed && width < 64)
		v &= (UINT64_C(1) << width) - 1;
	put_hex(o, "$", v);
}

/* A move to a segment register names the general one in 32 bits. */
static void put_reg_operand(const struct kd_zydis_insn *z, struct out *o, ZydisRegister r)
{
	bool segment = z->in.mnemonic == ZYDIS_MNEMONIC_MOV && z->in.opcode == 0x8e;

	if (segment && z->api->reg_class(r) == ZYDIS_REGCLASS_GPR16)
		r = ZYDIS_REGISTER_EAX + (r - ZYDIS_REGISTER_AX);
	put_reg(z, o, r);
}

static void put_operand(const struct kd_zydis_insn *z, struct out *o, const ZydisDecodedOperand *op)
{
	bool indirect = (z->in.meta.category == ZYDIS_CATEGORY_CALL ||
			 z->in.meta.category == ZYDIS_CATEGORY_UNCOND_BR) &&
			op->type != ZYDIS_OPERAND_TYPE_IMMEDIATE && op->type != ZYDIS_OPERAND_TYPE_POINTER;

	if (indirect)
		put(o, "*");
	switch (op->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		/* the port of in and out: (%dx) */
		if (z->in.meta.category == ZYDIS_CATEGORY_IO && op->reg.value == ZYDIS_REGISTER_DX) {
			put(o, "(%dx)");
			return;
		}
		put_reg_operand(z, o, op->reg.value);
		return;
	case ZYDIS_OPERAND_TYPE_MEMORY:
		put_mem(z, o, &op->mem);
		return;
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		put_imm(z, o, op);
		return;
	case ZYDIS_OPERAND_TYPE_POINTER:
		put_hex(o, "$", op->ptr.segment);
		put_hex(o, ",$", op->ptr.offset);
		return;
	default:
		put(o, "?");
	}
}

/* --- string instructions: their operands are written, though the opcode holds them --------- */

struct string_op {
	ZydisMnemonic mnemonic;
	const char *name, *ops; /* @: accumulator, D: %es:(%rdi), S: %ds:(%rsi) */
};

static const struct string_op strings[] = {
	{ZYDIS_MNEMONIC_MOVSB, "movsb", "S,D"},	  {ZYDIS_MNEMONIC_MOVSW, "movsw", "S,D"},
	{ZYDIS_MNEMONIC_MOVSD, "movsl", "S,D"},	  {ZYDIS_MNEMONIC_MOVSQ, "movsq", "S,D"},
	{ZYDIS_MNEMONIC_STOSB, "stos", "%al,D"},  {ZYDIS_MNEMONIC_STOSW, "stos", "%ax,D"},
	{ZYDIS_MNEMONIC_STOSD, "stos", "%eax,D"}, {ZYDIS_MNEMONIC_STOSQ, "stos", "%rax,D"},
	{ZYDIS_MNEMONIC_LODSB, "lods", "S,%al"},  {ZYDIS_MNEMONIC_LODSW, "lods", "S,%ax"},
	{ZYDIS_MNEMONIC_LODSD, "lods", "S,%eax"}, {ZYDIS_MNEMONIC_LODSQ, "lods", "S,%rax"},
	{ZYDIS_MNEMONIC_SCASB, "scas", "D,%al"},  {ZYDIS_MNEMONIC_SCASW, "scas", "D,%ax"},
	{ZYDIS_MNEMONIC_SCASD, "scas", "D,%eax"}, {ZYDIS_MNEMONIC_SCASQ, "scas", "D,%rax"},
	{ZYDIS_MNEMONIC_CMPSB, "cmpsb", "D,S"},	  {ZYDIS_MNEMONIC_CMPSW, "cmpsw", "D,S"},
	{ZYDIS_MNEMONIC_CMPSD, "cmpsl", "D,S"},	  {ZYDIS_MNEMONIC_CMPSQ, "cmpsq", "D,S"},
	{ZYDIS_MNEMONIC_INSB, "insb", "(%dx),D"}, {ZYDIS_MNEMONIC_INSW, "insw", "(%dx),D"},
	{ZYDIS_MNEMONIC_INSD, "insl", "(%dx),D"}, {ZYDIS_MNEMONIC_OUTSB, "outsb", "S,(%dx)"},
	{ZYDIS_MNEMONIC_OUTSW, "outsw", "S,(%dx)"}, {ZYDIS_MNEMONIC_OUTSD, "outsl", "S,(%dx)"},
};

static const struct string_op *string_op(const struct kd_zydis_insn *z)
{
	/* SSE2 has a cmpsd and a movsd, too */
	if (z->in.meta.category != ZYDIS_CATEGORY_STRINGOP && z->in.meta.category != ZYDIS_CATEGORY_IOSTRINGOP)
		return NULL;
	for (size_t i = 0; i < KD_ARRAY_LEN(strings); i++)
		if (strings[i].mnemonic == z->in.mnemonic)
			return &strings[i];
	return NULL;
}

static void put_string(const struct kd_zydis_insn *z, struct out *o, const char *ops)
{
	const char *wide = z->in.address_width == 64 ? "r" : z->in.address_width == 32 ? "e" : "";
	char t[24];

	for (; *ops; ops++) {
		if (*ops == 'D')
			snprintf(t, sizeof(t), "%%es:(%%%sdi)", wide);
		else if (*ops == 'S')
			snprintf(t, sizeof(t), "%%%s:(%%%ssi)",
				 z->in.attributes & ZYDIS_ATTRIB_HAS_SEGMENT_GS	  ? "gs"
				 : z->in.attributes & ZYDIS_ATTRIB_HAS_SEGMENT_FS ? "fs"
										  : "ds",
				 wide);
		else
			snprintf(t, sizeof(t), "%c", *ops);
		put(o, t);
	}
}

/* --- prefixes ------------------------------------------------------------------------------ */

static const char *seg_name(uint8_t b)
{
	switch (b) {
	case 0x26:
		return "es ";
	case 0x2e:
		return "cs ";
	case 0x36:
		return "ss ";
	case 0x3e:
		return "ds ";
	case 0x64:
		return "fs ";
	default:
		return "gs ";
	}
}

static void ignored_prefix(struct out *o, uint8_t b)
{
	if (is_seg_prefix(b))
		put(o, seg_name(b));
	else if (b == 0x66)
		put(o, "data16 ");
	else if (b == 0x67)
		put(o, "addr32 ");
	else if (b == 0xf2)
		put(o, "repnz ");
	else if (b == 0xf3)
		put(o, "repz ");
	else if (b == 0xf0)
		put(o, "lock ");
	else if (b == 0x48)
		put(o, "rex.W ");
	else if (b == 0x40)
		put(o, "rex ");
}

static void prefixes(const struct kd_zydis_insn *z, struct out *o)
{
	uint64_t a = z->in.attributes;
	bool two = z->in.meta.category == ZYDIS_CATEGORY_STRINGOP &&
		   (z->in.attributes & (ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE));

	for (unsigned i = 0; i < z->in.raw.prefix_count; i++)
		if (z->in.raw.prefixes[i].type == ZYDIS_PREFIX_TYPE_IGNORED)
			ignored_prefix(o, z->in.raw.prefixes[i].value);
	if (a & ZYDIS_ATTRIB_HAS_NOTRACK)
		put(o, "notrack ");
	if (a & ZYDIS_ATTRIB_HAS_BND)
		put(o, "bnd ");
	if (a & ZYDIS_ATTRIB_HAS_XACQUIRE)
		put(o, "xacquire ");
	if (a & ZYDIS_ATTRIB_HAS_XRELEASE)
		put(o, "xrelease ");
	if (a & ZYDIS_ATTRIB_HAS_LOCK)
		put(o, "lock ");
	if (two)
		put(o, a & ZYDIS_ATTRIB_HAS_REPE ? "repz " : "repnz ");
	else if (a & ZYDIS_ATTRIB_HAS_REP)
		put(o, "rep ");
}

/* enter, bound and the like keep Intel's order. */
static bool intel_order(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_ENTER || m == ZYDIS_MNEMONIC_BOUND;
}

static void operands(const struct kd_zydis_insn *z, struct out *o)
{
	unsigned n = z->in.operand_count_visible;
	bool any = false;

	for (unsigned k = 0; k < n; k++) {
		unsigned i = intel_order(z->in.mnemonic) ? k : n - 1 - k;

		if (!shown(z, i))
			continue;
		if (any)
			put(o, ",");
		any = true;
		put_operand(z, o, &z->ops[i]);
	}
}

void kd_zydis_text(const struct kd_zydis_insn *z, struct kd_insn *ret)
{
	struct out m = {ret->mnemonic, 0, sizeof(ret->mnemonic)};
	struct out o = {ret->text, 0, sizeof(ret->text)};
	const struct string_op *s = string_op(z);
	char args[KD_INSN_TEXT_MAX] = "";
	struct out a = {args, 0, sizeof(args)};

	/* 66 90 is written as what it was before it was called nop */
	if (z->in.mnemonic == ZYDIS_MNEMONIC_NOP && z->in.opcode == 0x90 && z->in.operand_width == 16) {
		put(&m, "xchg");
		put(&o, "xchg   %ax,%ax");
		return;
	}
	if (s)
		put(&m, s->name);
	else
		mnemonic(z, &m);
	prefixes(z, &o);
	put(&o, ret->mnemonic);
	if (z->in.attributes & ZYDIS_ATTRIB_HAS_BRANCH_NOT_TAKEN) /* kvm's vmread asks for it */
		put(&o, ",pn");
	else if (z->in.attributes & ZYDIS_ATTRIB_HAS_BRANCH_TAKEN)
		put(&o, ",pt");
	if (s)
		put_string(z, &a, s->ops);
	else
		operands(z, &a);
	if (!*args)
		return;
	while (o.n < 6)
		put(&o, " ");
	put(&o, " ");
	put(&o, args);
}

#endif
