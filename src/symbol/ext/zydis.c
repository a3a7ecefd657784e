// SPDX-License-Identifier: GPL-2.0-or-later
/* x86 through Zydis 4. */
#include "symbol/insn.h"

#ifdef KD_NO_ZYDIS

const struct kd_disasm_ops kd_disasm_zydis = {
	.name = "Zydis", .does = "the Code: bytes of x86 as instructions", .package = "libzydis4.0"};

#else

#include <stdio.h>

#include "base/alloc.h"
#include "base/load.h"
#include "symbol/ext/zydis.h"

/* Structures and numbers belong to one minor version: the one of the headers. */
#define BUILT_MAJOR ((unsigned)ZYDIS_VERSION_MAJOR(ZYDIS_VERSION))
#define BUILT_MINOR ((unsigned)ZYDIS_VERSION_MINOR(ZYDIS_VERSION))

struct state {
	struct kd_zydis_api api;
	void *handle;
	ZydisDecoder decoder;
	bool is64;
};

#define SYM(member, function) {function, offsetof(struct kd_zydis_api, member)}

static const struct kd_sym syms[] = {
	SYM(version, "ZydisGetVersion"),
	SYM(decoder_init, "ZydisDecoderInit"),
	SYM(decode, "ZydisDecoderDecodeFull"),
	SYM(reg_id, "ZydisRegisterGetId"),
	SYM(reg_class, "ZydisRegisterGetClass"),
	SYM(reg_string, "ZydisRegisterGetString"),
	SYM(mnemonic, "ZydisMnemonicGetString"),
};

/* Debian 12 has libZydis.so.4.0, Debian 13 libZydis.so.4.1; the version is looked at below. */
static const char *const sonames[] = {"libZydis.so.4.0", "libZydis.so.4.1", "libZydis.so.4",
				      "libZydis.so", NULL};

static const struct kd_load load_it = {
	.sonames = sonames,
	.syms = syms,
	.nsyms = KD_ARRAY_LEN(syms),
	.what = "x86 instructions need the library Zydis",
	.package = NULL, /* its name holds the version: load_right() */
};

static bool knows(const struct kd_disasm_mode *mode)
{
	return mode->arch == KD_ARCH_X86_64 || mode->arch == KD_ARCH_I386;
}

static bool right_version(const struct kd_zydis_api *api)
{
	uint64_t v = api->version();

	return ZYDIS_VERSION_MAJOR(v) == BUILT_MAJOR && ZYDIS_VERSION_MINOR(v) == BUILT_MINOR;
}

/* Of the libraries that are there, the one of the version that the headers were. */
static struct kd_error *load_right(struct state *s)
{
	const char *one[2] = {NULL, NULL};
	struct kd_load l = load_it;
	char package[32];
	struct kd_error *first = NULL;

	snprintf(package, sizeof(package), "libzydis%u.%u", BUILT_MAJOR, BUILT_MINOR);
	l.package = package;
	l.sonames = one;
	for (size_t i = 0; sonames[i]; i++) {
		struct kd_error *err;

		one[0] = sonames[i];
		err = kd_load(&l, &s->api, &s->handle);
		if (!err && right_version(&s->api)) {
			kd_error_free(first);
			return NULL;
		}
		if (!err) {
			uint64_t v = s->api.version();

			err = kd_error_new(KD_UNSUPPORTED,
					   "%s %u.%u, and %u.%u is installed", load_it.what, BUILT_MAJOR,
					   BUILT_MINOR, (unsigned)ZYDIS_VERSION_MAJOR(v),
					   (unsigned)ZYDIS_VERSION_MINOR(v));
			kd_unload(s->handle);
			s->handle = NULL;
			kd_error_free(first);
			first = err;
		} else if (!first) {
			first = err;
		} else {
			kd_error_free(err);
		}
	}
	return first;
}

static struct kd_error *load(const struct kd_disasm_mode *mode, void **ret)
{
	struct state *s = kd_xcalloc(1, sizeof(*s));
	struct kd_error *err = load_right(s);

	s->is64 = mode->arch == KD_ARCH_X86_64;
	if (!err && !ZYAN_SUCCESS(s->api.decoder_init(
			    &s->decoder, s->is64 ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32,
			    s->is64 ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32)))
		err = kd_error_new(KD_UNSUPPORTED, "Zydis was built without a decoder for this mode");
	if (err) {
		kd_unload(s->handle);
		kd_free(s);
		return err;
	}
	*ret = s;
	return NULL;
}

static void unload(void *state)
{
	struct state *s = state;

	kd_unload(s->handle);
	kd_free(s);
}

static const char *version(void *state, char *buf, size_t n)
{
	const struct state *s = state;
	uint64_t v = s->api.version();

	snprintf(buf, n, "%u.%u", (unsigned)ZYDIS_VERSION_MAJOR(v), (unsigned)ZYDIS_VERSION_MINOR(v));
	return buf;
}

/* DWARF number of a register, of the whole one for a part of it; KD_NOREG for others. */
static uint8_t dwarf(const struct kd_zydis_insn *z, ZydisRegister r)
{
	/* in the order of the instruction encoding: ax cx dx bx sp bp si di */
	static const uint8_t gpr64[] = {0, 2, 1, 3, 7, 6, 4, 5};
	bool is64 = z->in.machine_mode == ZYDIS_MACHINE_MODE_LONG_64;
	int id;

	if (r == ZYDIS_REGISTER_NONE)
		return KD_NOREG;
	id = z->api->reg_id(r);
	switch (z->api->reg_class(r)) {
	case ZYDIS_REGCLASS_GPR8:
		/* ah ch dh bh follow al cl dl bl; then spl … r15b */
		if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH)
			id = (int)(r - ZYDIS_REGISTER_AH);
		else if (r >= ZYDIS_REGISTER_SPL)
			id = (int)(r - ZYDIS_REGISTER_SPL) + 4;
		else
			id = (int)(r - ZYDIS_REGISTER_AL);
		break;
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64:
		break;
	case ZYDIS_REGCLASS_XMM:
	case ZYDIS_REGCLASS_YMM:
	case ZYDIS_REGCLASS_ZMM:
		return id >= 0 && id < (is64 ? 16 : 8) ? (uint8_t)((is64 ? 17 : 21) + id) : KD_NOREG;
	case ZYDIS_REGCLASS_FLAGS:
		return is64 ? 49 : 9;
	case ZYDIS_REGCLASS_IP:
		return is64 ? KD_X86_RIP : KD_I386_EIP;
	default:
		return KD_NOREG;
	}
	if (id < 0 || id > 15)
		return KD_NOREG;
	return is64 && id < 8 ? gpr64[id] : (uint8_t)id;
}

static uint64_t bit(uint8_t reg)
{
	return reg < 64 ? UINT64_C(1) << reg : 0;
}

/* The others are flat in kernels; i386's %fs and %gs hold per-CPU data and the canary. */
static uint8_t segment(ZydisRegister seg)
{
	return seg == ZYDIS_REGISTER_FS ? KD_SEG_FS : seg == ZYDIS_REGISTER_GS ? KD_SEG_GS : KD_SEG_NONE;
}

/* The hidden stack operand of push and call lies below the pointer, that of leave at rbp. */
static void adjust_stack(const struct kd_zydis_insn *z, struct kd_insn_mem *m)
{
	bool is64 = z->in.machine_mode == ZYDIS_MACHINE_MODE_LONG_64;

	m->stack = true;
	m->disp = 0;
	if (z->in.mnemonic == ZYDIS_MNEMONIC_LEAVE)
		m->base = is64 ? KD_X86_RBP : KD_I386_EBP;
	else if (m->write && !m->read)
		m->disp = -(int64_t)m->width;
}

static void take_mem(const struct kd_zydis_insn *z, const ZydisDecodedOperand *o, struct kd_insn *ret)
{
	uint8_t sp = z->in.machine_mode == ZYDIS_MACHINE_MODE_LONG_64 ? KD_X86_RSP : KD_I386_ESP;
	struct kd_insn_mem *m;

	ret->reads |= bit(dwarf(z, o->mem.base)) | bit(dwarf(z, o->mem.index));
	if (ret->nmem == KD_INSN_MEM_MAX)
		return;
	m = &ret->mem[ret->nmem++];
	*m = (struct kd_insn_mem){.base = dwarf(z, o->mem.base), .index = dwarf(z, o->mem.index)};
	m->scale = m->index == KD_NOREG ? 0 : o->mem.scale;
	m->seg = segment(o->mem.segment);
	m->addr_bits = z->in.address_width;
	m->disp = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
	m->width = o->size / 8;
	m->hidden = o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
	if (o->mem.type == ZYDIS_MEMOP_TYPE_MEM && ret->cls != KD_INSN_NOP) {
		m->read = o->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
		m->write = o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
	}
	/* gathers, and bit strings that reach outside of their operand */
	if (o->mem.type == ZYDIS_MEMOP_TYPE_VSIB ||
	    (z->in.meta.category == ZYDIS_CATEGORY_BITBYTE && z->ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	     z->in.mnemonic != ZYDIS_MNEMONIC_BSF && z->in.mnemonic != ZYDIS_MNEMONIC_BSR))
		m->opaque = true;
	if (o->mem.base == ZYDIS_REGISTER_RIP || o->mem.base == ZYDIS_REGISTER_EIP) {
		m->pcrel = true;
		m->base = KD_NOREG;
		m->disp += (int64_t)(z->addr + z->in.length);
	} else if (m->hidden && m->base == sp) {
		adjust_stack(z, m);
	}
}

static void take_reg(const struct kd_zydis_insn *z, const ZydisDecodedOperand *o, struct kd_insn *ret)
{
	uint64_t b = bit(dwarf(z, o->reg.value));

	if (o->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
		ret->reads |= b;
	if (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
		ret->writes |= b;
}

static bool is_div(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_DIV || m == ZYDIS_MNEMONIC_IDIV;
}

static bool is_trap(const ZydisDecodedInstruction *in)
{
	return in->mnemonic == ZYDIS_MNEMONIC_UD0 || in->mnemonic == ZYDIS_MNEMONIC_UD1 ||
	       in->mnemonic == ZYDIS_MNEMONIC_UD2 || in->meta.category == ZYDIS_CATEGORY_INTERRUPT;
}

static uint8_t classify(const struct kd_zydis_insn *z)
{
	bool direct = z->ops[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

	if (is_trap(&z->in))
		return KD_INSN_TRAP;
	if (is_div(z->in.mnemonic))
		return KD_INSN_DIV;
	switch (z->in.meta.category) {
	case ZYDIS_CATEGORY_CALL:
		return direct ? KD_INSN_CALL : KD_INSN_CALL_IND;
	case ZYDIS_CATEGORY_COND_BR:
		return KD_INSN_JCC;
	case ZYDIS_CATEGORY_UNCOND_BR:
		return direct ? KD_INSN_JUMP : KD_INSN_JUMP_IND;
	case ZYDIS_CATEGORY_RET:
		return KD_INSN_RET;
	case ZYDIS_CATEGORY_NOP:
	case ZYDIS_CATEGORY_WIDENOP:
		return KD_INSN_NOP;
	case ZYDIS_CATEGORY_STRINGOP:
		return KD_INSN_STRING;
	case ZYDIS_CATEGORY_PREFETCH:
	case ZYDIS_CATEGORY_PREFETCHWT1:
		return KD_INSN_PREFETCH;
	case ZYDIS_CATEGORY_SYSTEM:
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_SYSRET:
	case ZYDIS_CATEGORY_SEGOP:
	case ZYDIS_CATEGORY_VTX:
	case ZYDIS_CATEGORY_XSAVE:
	case ZYDIS_CATEGORY_XSAVEOPT:
	case ZYDIS_CATEGORY_RDWRFSGS:
	case ZYDIS_CATEGORY_IO:
	case ZYDIS_CATEGORY_IOSTRINGOP:
	case ZYDIS_CATEGORY_CET:
		return KD_INSN_SYSTEM;
	default:
		return KD_INSN_OTHER;
	}
}

static bool gpr(const struct kd_zydis_insn *z, unsigned i)
{
	return z->ops[i].type == ZYDIS_OPERAND_TYPE_REGISTER && dwarf(z, z->ops[i].reg.value) <= 16;
}

static void flow_add(const struct kd_zydis_insn *z, struct kd_insn *ret)
{
	bool minus = z->in.mnemonic == ZYDIS_MNEMONIC_SUB || z->in.mnemonic == ZYDIS_MNEMONIC_DEC;
	bool one = z->in.mnemonic == ZYDIS_MNEMONIC_INC || z->in.mnemonic == ZYDIS_MNEMONIC_DEC;

	if (!one && z->ops[1].type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
		return;
	ret->imm = one ? 1 : z->ops[1].imm.value.s;
	if (minus)
		ret->imm = (int64_t)(0 - (uint64_t)ret->imm);
	ret->flow = KD_FLOW_ADD;
}

static void flow_choose(const struct kd_zydis_insn *z, struct kd_insn *ret)
{
	if (gpr(z, 1))
		ret->src = dwarf(z, z->ops[1].reg.value);
	else if (z->ops[1].type != ZYDIS_OPERAND_TYPE_MEMORY || !ret->nmem)
		return;
	ret->flow = KD_FLOW_CHOOSE;
}

static void flow_mov(const struct kd_zydis_insn *z, struct kd_insn *ret)
{
	const ZydisDecodedOperand *o = &z->ops[1];

	if (gpr(z, 1)) {
		ret->flow = KD_FLOW_MOVE;
		ret->src = dwarf(z, o->reg.value);
	} else if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && ret->nmem) {
		ret->flow = KD_FLOW_LOAD;
	} else if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		ret->flow = KD_FLOW_IMM;
		ret->imm = o->imm.value.s;
	}
}

/* Only whole registers: 32-bit results clear the upper half, 8 and 16-bit ones keep the rest. */
static void flow(const struct kd_zydis_insn *z, struct kd_insn *ret)
{
	ret->width = (uint8_t)(z->in.operand_width / 8);
	if (!z->in.operand_count_visible || !gpr(z, 0) || z->ops[0].size < 32)
		return;
	if (ret->cls == KD_INSN_DIV) {
		ret->src = dwarf(z, z->ops[0].reg.value);
		return;
	}
	ret->dst = dwarf(z, z->ops[0].reg.value);
	switch (z->in.mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		flow_mov(z, ret);
		break;
	case ZYDIS_MNEMONIC_MOVZX:
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
		if (z->ops[1].type == ZYDIS_OPERAND_TYPE_MEMORY)
			ret->flow = KD_FLOW_LOAD;
		break;
	case ZYDIS_MNEMONIC_CMOVB:
	case ZYDIS_MNEMONIC_CMOVBE:
	case ZYDIS_MNEMONIC_CMOVL:
	case ZYDIS_MNEMONIC_CMOVLE:
	case ZYDIS_MNEMONIC_CMOVNB:
	case ZYDIS_MNEMONIC_CMOVNBE:
	case ZYDIS_MNEMONIC_CMOVNL:
	case ZYDIS_MNEMONIC_CMOVNLE:
	case ZYDIS_MNEMONIC_CMOVNO:
	case ZYDIS_MNEMONIC_CMOVNP:
	case ZYDIS_MNEMONIC_CMOVNS:
	case ZYDIS_MNEMONIC_CMOVNZ:
	case ZYDIS_MNEMONIC_CMOVO:
	case ZYDIS_MNEMONIC_CMOVP:
	case ZYDIS_MNEMONIC_CMOVS:
	case ZYDIS_MNEMONIC_CMOVZ:
		flow_choose(z, ret);
		break;
	case ZYDIS_MNEMONIC_LEA:
		ret->flow = KD_FLOW_LEA;
		break;
	case ZYDIS_MNEMONIC_XOR:
		if (gpr(z, 1) && z->ops[0].reg.value == z->ops[1].reg.value)
			ret->flow = KD_FLOW_IMM;
		break;
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
	case ZYDIS_MNEMONIC_INC:
	case ZYDIS_MNEMONIC_DEC:
		flow_add(z, ret);
		break;
	case ZYDIS_MNEMONIC_SHR:
		if (z->ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
			ret->flow = KD_FLOW_SHR;
			ret->imm = z->ops[1].imm.value.s;
		}
		break;
	default:
		break;
	}
}

static void branch(const struct kd_zydis_insn *z, struct kd_insn *ret)
{
	const ZydisDecodedOperand *o = &z->ops[0];

	if (!z->in.operand_count_visible)
		return;
	if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && o->imm.is_relative) {
		ret->has_target = true;
		ret->target = z->addr + z->in.length + o->imm.value.u;
		if (z->in.machine_mode != ZYDIS_MACHINE_MODE_LONG_64)
			ret->target &= UINT32_MAX;
	} else if ((ret->cls == KD_INSN_CALL_IND || ret->cls == KD_INSN_JUMP_IND) && gpr(z, 0)) {
		ret->branch_reg = dwarf(z, o->reg.value);
	} else if (ret->cls == KD_INSN_TRAP && o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		ret->trap = (uint32_t)o->imm.value.u;
	}
}

static bool decode(void *state, const uint8_t *p, size_t n, unsigned flags, struct kd_insn *ret)
{
	struct state *s = state;
	struct kd_zydis_insn z = {.api = &s->api, .addr = ret->addr};

	if (!ZYAN_SUCCESS(s->api.decode(&s->decoder, p, n, &z.in, z.ops)))
		return false;
	ret->len = z.in.length;
	ret->cls = classify(&z);
	for (unsigned i = 0; i < z.in.operand_count; i++)
		if (z.ops[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			take_mem(&z, &z.ops[i], ret);
		else if (z.ops[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
			take_reg(&z, &z.ops[i], ret);
	ret->rep = z.in.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE);
	flow(&z, ret);
	branch(&z, ret);
	if (flags & KD_INSN_TEXT)
		kd_zydis_text(&z, ret);
	return true;
}

const struct kd_disasm_ops kd_disasm_zydis = {
	.name = "Zydis",
	.does = "the Code: bytes of x86 as instructions",
	.package = "libzydis4.0",
	.knows = knows,
	.load = load,
	.unload = unload,
	.decode = decode,
	.version = version,
};

#endif
