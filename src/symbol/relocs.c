// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/relocs.h"

#include "symbol/kdx_format.h"
#include "symbol/resolve_internal.h"

/* Relative to the place: x86-64 PC32, PLT32; AArch64 CONDBR19, JUMP26, CALL26 (the psABIs). */
/* An address in two instructions: its page (ADR_PREL_PG_HI21), and the rest of it added or as a displacement. */
enum { A64_PAGE = 275, A64_PAGE_NC = 276, A64_ADD_LO12 = 277, A64_LDST8_LO12 = 278, A64_LDST16_LO12 = 284, A64_LDST32_LO12 = 285,
       A64_LDST64_LO12 = 286, A64_LDST128_LO12 = 299 };
enum { X86_PC32 = 2, X86_PLT32 = 4, A64_TSTBR14 = 279, A64_CONDBR19 = 280, A64_JUMP26 = 282, A64_CALL26 = 283 };

struct site {
	uint32_t at, name, type;
	uint64_t value;
};

/* The first relocation at `from` or behind it. */
static bool find(struct kd_kdx *k, uint32_t from, struct site *ret)
{
	size_t i = from ? kd_kdx_last_up_to(k, KD_KDX_RELOCS, KD_KDX_RELOC_BYTES, from - 1) : KD_NPOS;
	const uint8_t *p = kd_kdx_at(k, KD_KDX_RELOCS, (uint64_t)(i + 1) * KD_KDX_RELOC_BYTES, KD_KDX_RELOC_BYTES);

	if (p)
		*ret = (struct site){kd_le32(p), kd_le32(p + 4), kd_le32(p + 16), kd_le64(p + 8)};
	return p != NULL;
}

static bool relative_to_place(const struct site *s, unsigned len)
{
	if (len == 4 && (s->type == A64_CALL26 || s->type == A64_JUMP26 || s->type == A64_CONDBR19 ||
			 s->type == A64_TSTBR14))
		return true;
	return s->type == X86_PC32 || s->type == X86_PLT32;
}

/* Halves of an address; false: it is none. */
static bool half(const struct site *s, struct kd_insn *in)
{
	const int64_t low = (int64_t)(s->value & 0xfff);

	switch (s->type) {
	case A64_PAGE:
	case A64_PAGE_NC:
		in->imm = (int64_t)s->value - low;
		break;
	case A64_ADD_LO12:
		in->imm = low;
		break;
	case A64_LDST8_LO12:
	case A64_LDST16_LO12:
	case A64_LDST32_LO12:
	case A64_LDST64_LO12:
	case A64_LDST128_LO12:
		if (in->nmem)
			in->mem[0].disp = low;
		break;
	default:
		return false;
	}
	if (s->name) {
		in->flow = KD_FLOW_OTHER;
		if (in->nmem)
			in->mem[0].opaque = true;
	}
	return true;
}

bool kd_insn_relocate(struct kd_kdx *k, struct kd_insn *in, struct kd_view *ret_name)
{
	struct site s;
	uint32_t rel;
	uint64_t value;

	*ret_name = KD_VNULL;
	if (!kd_kdx_size(k, KD_KDX_RELOCS) || !kd_kdx_relative(k, in->addr, &rel) || !find(k, rel, &s) ||
	    s.at - rel >= in->len)
		return false;
	*ret_name = kd_kdx_text(k, s.name);
	if (in->len == 4 && half(&s, in))
		return true;
	value = s.value;
	if (s.type == X86_PC32 || s.type == X86_PLT32) /* counted from the place, used from the end */
		value += in->len - (s.at - rel);
	if (in->has_target || in->cls == KD_INSN_CALL || in->cls == KD_INSN_JUMP || in->cls == KD_INSN_JCC) {
		in->has_target = !s.name && relative_to_place(&s, in->len);
		in->target = value;
	}
	for (unsigned i = 0; i < in->nmem; i++) {
		if (!in->mem[i].pcrel && in->mem[i].base != KD_NOREG)
			continue;
		in->mem[i].opaque = s.name != 0;
		in->mem[i].disp = (int64_t)value;
	}
	if (in->flow == KD_FLOW_IMM) {
		in->imm = (int64_t)value;
		if (s.name)
			in->flow = KD_FLOW_OTHER;
	}
	if (in->flow == KD_FLOW_ADD)
		in->flow = KD_FLOW_OTHER;
	return true;
}
