// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/elf_reloc.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "format/elfcore.h"

/* What a type does with the place: store, add or subtract symbol + addend. */
enum how { NOTHING, STORE, RELATIVE, ADD, SUB, SET6, SUB6 };

struct rule {
	uint16_t machine, type;
	uint8_t how, bytes;
};

/*
 * Types that compilers use in debug sections: System V ABI supplements x86-64 (table 4.9), i386, ELF
 * for AArch64 (IHI0056), Arm (IHI0044), Power 64-bit ELF v2, s390x, RISC-V ELF psABI, LoongArch.
 */
static const struct rule rules[] = {
	{KD_EM_X86_64, 0, NOTHING, 0},	    {KD_EM_X86_64, 1, STORE, 8},
	{KD_EM_X86_64, 2, RELATIVE, 4},	    {KD_EM_X86_64, 10, STORE, 4},
	{KD_EM_X86_64, 11, STORE, 4},	    {KD_EM_X86_64, 24, RELATIVE, 8},
	{KD_EM_386, 0, NOTHING, 0},	    {KD_EM_386, 1, STORE, 4},
	{KD_EM_386, 2, RELATIVE, 4},	    {KD_EM_AARCH64, 0, NOTHING, 0},
	{KD_EM_AARCH64, 257, STORE, 8},	    {KD_EM_AARCH64, 258, STORE, 4},
	{KD_EM_AARCH64, 259, STORE, 2},	    {KD_EM_AARCH64, 260, RELATIVE, 8},
	{KD_EM_AARCH64, 261, RELATIVE, 4},  {KD_EM_ARM, 0, NOTHING, 0},
	{KD_EM_ARM, 2, STORE, 4},	    {KD_EM_ARM, 3, RELATIVE, 4},
	{KD_EM_PPC64, 0, NOTHING, 0},	    {KD_EM_PPC64, 1, STORE, 4},
	{KD_EM_PPC64, 26, RELATIVE, 4},	    {KD_EM_PPC64, 38, STORE, 8},
	{KD_EM_PPC64, 44, RELATIVE, 8},	    {KD_EM_S390, 0, NOTHING, 0},
	{KD_EM_S390, 4, STORE, 4},	    {KD_EM_S390, 5, RELATIVE, 4},
	{KD_EM_S390, 22, STORE, 8},	    {KD_EM_S390, 23, RELATIVE, 8},
	{KD_EM_RISCV, 0, NOTHING, 0},	    {KD_EM_RISCV, 1, STORE, 4},
	{KD_EM_RISCV, 2, STORE, 8},	    {KD_EM_RISCV, 33, ADD, 1},
	{KD_EM_RISCV, 34, ADD, 2},	    {KD_EM_RISCV, 35, ADD, 4},
	{KD_EM_RISCV, 36, ADD, 8},	    {KD_EM_RISCV, 37, SUB, 1},
	{KD_EM_RISCV, 38, SUB, 2},	    {KD_EM_RISCV, 39, SUB, 4},
	{KD_EM_RISCV, 40, SUB, 8},	    {KD_EM_RISCV, 51, NOTHING, 0}, /* RELAX */
	{KD_EM_RISCV, 52, SUB6, 1},	    {KD_EM_RISCV, 53, SET6, 1},
	{KD_EM_RISCV, 54, STORE, 1},	    {KD_EM_RISCV, 55, STORE, 2},
	{KD_EM_RISCV, 56, STORE, 4},	    {KD_EM_RISCV, 57, RELATIVE, 4},
	{KD_EM_LOONGARCH, 0, NOTHING, 0},   {KD_EM_LOONGARCH, 1, STORE, 4},
	{KD_EM_LOONGARCH, 2, STORE, 8},	    {KD_EM_LOONGARCH, 47, ADD, 1},
	{KD_EM_LOONGARCH, 48, ADD, 2},	    {KD_EM_LOONGARCH, 50, ADD, 4},
	{KD_EM_LOONGARCH, 51, ADD, 8},	    {KD_EM_LOONGARCH, 52, SUB, 1},
	{KD_EM_LOONGARCH, 53, SUB, 2},	    {KD_EM_LOONGARCH, 55, SUB, 4},
	{KD_EM_LOONGARCH, 56, SUB, 8},	    {KD_EM_LOONGARCH, 99, RELATIVE, 4},
	{KD_EM_LOONGARCH, 100, NOTHING, 0}, {KD_EM_LOONGARCH, 105, ADD, 1},
	{KD_EM_LOONGARCH, 106, SUB, 1},
};

static const struct rule *find_rule(uint16_t machine, uint32_t type)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(rules); i++)
		if (rules[i].machine == machine && rules[i].type == type)
			return &rules[i];
	return NULL;
}

bool kd_elf_reloc_next(const struct kd_elf *elf, struct kd_cursor *c, bool addends,
		       struct kd_elf_reloc *ret)
{
	uint64_t info, addend = 0;
	const unsigned w = elf->is64 ? 8 : 4;

	if (!kd_cursor_next_uint(c, w, &ret->place) || !kd_cursor_next_uint(c, w, &info) ||
	    (addends && !kd_cursor_next_uint(c, w, &addend)))
		return false;
	ret->type = elf->is64 ? (uint32_t)info : (uint32_t)(info & 255);
	ret->sym = (uint32_t)(elf->is64 ? info >> 32 : info >> 8);
	ret->addend = elf->is64 ? (int64_t)addend : (int32_t)addend;
	return true;
}

static uint64_t get(const char *p, unsigned n, bool big)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)(unsigned char)p[i] << 8 * (big ? n - 1 - i : i);
	return v;
}

static void put(char *p, unsigned n, bool big, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (char)(v >> 8 * (big ? n - 1 - i : i));
}

static uint64_t result(const struct rule *r, uint64_t old, uint64_t value, uint64_t place)
{
	switch ((enum how)r->how) {
	case RELATIVE:
		return value - place;
	case ADD:
		return old + value;
	case SUB:
		return old - value;
	case SET6:
		return (old & 0xc0) | (value & 0x3f);
	case SUB6:
		return (old & 0xc0) | (((old & 0x3f) - value) & 0x3f);
	case NOTHING:
	case STORE:
	default:
		return value;
	}
}

struct kd_error *kd_elf_relocate(const struct kd_elf_syms *syms, struct kd_view relocs, bool addends,
				 char *data, size_t n)
{
	const struct kd_elf *elf = syms->elf;
	const size_t each = (size_t)(elf->is64 ? 8 : 4) * (addends ? 3 : 2);
	struct kd_cursor c = kd_cursor_of(relocs, 0, elf->big_endian);
	const struct rule *r = NULL;
	struct kd_elf_reloc e;

	for (size_t i = 0; i < relocs.n / each; i++) {
		uint64_t old, value;

		if (!kd_elf_reloc_next(elf, &c, addends, &e))
			return kd_cursor_error(&c, "entry");
		if (!r || r->type != e.type) /* most are of one or two types */
			r = find_rule(elf->machine, e.type);
		if (!r)
			return kd_error_new(KD_UNSUPPORTED, "type %u of machine %u is not known", e.type,
					    elf->machine);
		if (r->how == NOTHING)
			continue;
		if (e.place > n || r->bytes > n - e.place || e.sym >= syms->n)
			return kd_error_at(KD_BADDATA, (int64_t)(i * each),
					   "entry %zu lies outside of the section or of the symbols", i);
		old = get(data + e.place, r->bytes, elf->big_endian);
		value = kd_elf_sym_addr(syms, e.sym) + (addends ? (uint64_t)e.addend : old);
		put(data + e.place, r->bytes, elf->big_endian, result(r, old, value, e.place));
	}
	return NULL;
}
