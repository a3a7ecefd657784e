// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges with a purpose of their own: fixmap, the entry area of x86_64's CPUs, the interrupt descriptor table. */
#include <inttypes.h>
#include <stdio.h>

#include "base/le.h"
#include "core/ident_internal.h"
#include "format/elfcore.h"

enum { PAGE_SHIFT = 12, GATE = 16, IDT_VECTORS = 256, FDT_BYTES = 2 << 20, MB = 1 << 20, ENUM_MAX = 65536 };

/* Documentation/devicetree of the flattened format: the first word, big-endian. */
#define FDT_MAGIC 0xedfe0dd0u
#define VSYSCALL_ADDR 0xffffffffff600000u /* arch/x86/include/uapi/asm/vsyscall.h */

/* --- fixmap ------------------------------------------------------------------------------------------ */

/* The device tree is mapped from FIX_FDT on for as long as the kernel runs (arch/arm64/mm/mmu.c, fixmap_remap_fdt()). */
static bool has_fdt(struct kd_ident *id, uint64_t at, bool *seen)
{
	uint64_t phys, magic;

	*seen = false;
	if (!kd_space_translate(kd_mem_space(id->m), at, &phys, NULL))
		return false;
	for (uint64_t off = 0; off < FDT_BYTES && !*seen; off += 1 << PAGE_SHIFT)
		*seen = kd_space_uint(kd_mem_space(id->m), at + off, 4, &magic, NULL) && magic == FDT_MAGIC;
	return true;
}

/*
 * arm64 has moved its fixmap (arch/arm64/include/asm/memory.h, fixmap.h): 8 MiB below the end since 6.9, 32 MiB below the struct
 * pages from 5.11 on, before that below the I/O of PCI. The one that has the device tree is it.
 */
static bool top_arm64(struct kd_ident *id, uint64_t page, uint64_t *ret, bool *guessed)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(kd_mem_space(id->m));
	uint64_t fdt, candidate[3] = {-(uint64_t)8 * MB, 0, 0};
	int64_t pages = 0;
	bool seen;

	if (kd_mem_page_shift(id->m) != PAGE_SHIFT || !kd_kernel_enumerator(id->k, "fixed_addresses", "FIX_FDT", &fdt))
		return false;
	if (v && kd_vmcoreinfo_number(v, "NUMBER", "VMEMMAP_START", &pages)) {
		candidate[1] = (uint64_t)pages - 32 * MB;
		candidate[2] = (uint64_t)pages - 20 * MB;
	}
	for (size_t i = 0; i < 3; i++) {
		if (page > candidate[i] || candidate[i] - page > 32 * MB || !has_fdt(id, candidate[i] - (fdt << PAGE_SHIFT), &seen))
			continue;
		*ret = candidate[i];
		*guessed = !seen;
		return true;
	}
	return false;
}

/* x86_64: the page of vsyscall is one of them, and its address is ABI. Without it the top is in the same place. */
static bool top_x86(struct kd_ident *id, uint64_t page, uint64_t *ret, bool *guessed)
{
	uint64_t index, last;

	if (page < VSYSCALL_ADDR - 32 * MB || !kd_kernel_enumerator(id->k, "fixed_addresses", "__end_of_fixed_addresses", &last))
		return false;
	*guessed = !kd_kernel_enumerator(id->k, "fixed_addresses", "VSYSCALL_PAGE", &index);
	*ret = VSYSCALL_ADDR + ((*guessed ? 511 : index) << PAGE_SHIFT);
	return true;
}

struct fix_names {
	struct kd_view at, below, above; /* the slot's own name, else those around it */
	uint64_t lo, hi;
};

static bool is_end(struct kd_view name)
{
	return kd_view_starts(name, KD_V("__end"));
}

static void fix_names(struct kd_ident *id, uint64_t index, struct fix_names *ret)
{
	const struct kd_types *ts = kd_kernel_types(id->k);
	struct kd_btf_type t;
	uint32_t type;

	*ret = (struct fix_names){.lo = 0, .hi = UINT64_MAX};
	if (!ts || !kd_types_find(ts, KD_TYPES_ENUM, KD_V("fixed_addresses"), &type, 1) || !kd_btf_type(kd_types_btf(ts), type, &t))
		return;
	for (uint32_t i = 0; i < t.n && i < ENUM_MAX; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(kd_types_btf(ts), &t, i);
		const uint64_t v = (uint64_t)e.value;

		if (v == index && !is_end(e.name) && !ret->at.n)
			ret->at = e.name;
		if (v < index && (!ret->below.n || v >= ret->lo)) {
			ret->below = e.name;
			ret->lo = v;
		}
		if (v > index && (!ret->above.n || v < ret->hi)) {
			ret->above = e.name;
			ret->hi = v;
		}
	}
}

static void fixmap(struct ident_answer *a)
{
	const bool arm = kd_space_machine(kd_mem_space(a->id->m)) != KD_EM_X86_64;
	uint64_t top, index, end, page = a->value & ~(((uint64_t)1 << PAGE_SHIFT) - 1);
	struct fix_names n;
	bool guessed;

	if (!(arm ? top_arm64(a->id, page, &top, &guessed) : top_x86(a->id, page, &top, &guessed)) || page > top ||
	    !kd_kernel_enumerator(a->id->k, "fixed_addresses", "__end_of_fixed_addresses", &end))
		return;
	index = (top - page) >> PAGE_SHIFT;
	if (index >= end)
		return;
	fix_names(a->id, index, &n);
	if (n.at.n)
		kd_ident_add(a, KD_FACT_REGION, guessed, page, (uint64_t)1 << PAGE_SHIFT, "fixmap, %.*s (slot %" PRIu64 ")", KD_VARG(n.at), index);
	else if (n.below.n && n.above.n && !is_end(n.below))
		kd_ident_add(a, KD_FACT_REGION, guessed, page, (uint64_t)1 << PAGE_SHIFT, "fixmap, slot %" PRIu64 ", between %.*s and %.*s",
			     index, KD_VARG(n.below), KD_VARG(n.above));
	else
		kd_ident_add(a, KD_FACT_REGION, guessed, page, (uint64_t)1 << PAGE_SHIFT, "fixmap, slot %" PRIu64 ", which has no use", index);
}

/* --- entry area and interrupt descriptors of x86_64 -------------------------------------------------- */

static bool entry_area(struct ident_answer *a, unsigned cpu)
{
	const struct kd_types *ts = kd_kernel_types(a->id->k);
	struct kd_field stacks;
	struct kd_view member;
	uint64_t at, size;
	uint32_t type;

	if (!ts || !kd_types_find(ts, KD_TYPES_STRUCT, KD_V("cpu_entry_area"), &type, 1) ||
	    !kd_kernel_sizeof(a->id->k, "cpu_entry_area", &size) || !kd_kernel_field(a->id->k, "cpu_entry_area", "estacks", &stacks) ||
	    !kd_ident_percpu_pointer(a->id, KD_MEM_CEA_EXCEPTION_STACKS, NULL, cpu, &at))
		return false;
	at -= stacks.off;
	if (a->value - at >= size)
		return false;
	member = kd_ident_member(a->id, type, a->value - at, a->arena);
	kd_ident_add(a, KD_FACT_REGION, false, at, size, "entry area of CPU %u, cpu_entry_area+0x%" PRIx64 "%s%.*s", cpu, a->value - at,
		     member.n ? " " : "", KD_VARG(member));
	return true;
}

/* idt_descr is what lidt had: where the table is mapped for the CPUs (read only, in front of the entry areas), and its last byte. */
static bool idt(struct ident_answer *a)
{
	uint64_t descr, at, last, off;
	uint8_t gate[GATE];
	struct kd_view name;

	if (!kd_kernel_symbol(a->id->k, "idt_descr", &descr) || !kd_space_uint(kd_mem_space(a->id->m), descr, 2, &last, NULL) ||
	    !kd_space_uint(kd_mem_space(a->id->m), descr + 2, 8, &at, NULL) || last >= IDT_VECTORS * GATE || a->value - at > last)
		return false;
	off = (a->value - at) / GATE * GATE;
	if (!kd_space_read(kd_mem_space(a->id->m), at + off, gate, GATE, NULL)) {
		kd_ident_add(a, KD_FACT_REGION, false, at, last + 1, "interrupt descriptor table, vector %" PRIu64, off / GATE);
		return true;
	}
	name = kd_dump_name_text(a->id->d, (uint64_t)kd_le16(gate) | (uint64_t)kd_le16(gate + 6) << 16 | (uint64_t)kd_le32(gate + 8) << 32, a->arena);
	kd_ident_add(a, KD_FACT_REGION, false, at, last + 1, "interrupt descriptor table, vector %" PRIu64 ": %.*s", off / GATE,
		     KD_VARG(name.n ? name : KD_V("nothing that has a name")));
	return true;
}

void kd_ident_region(struct ident_answer *a)
{
	const unsigned *cpus;
	const size_t n = kd_mem_cpus(a->id->m, &cpus);

	if (kd_space_machine(kd_mem_space(a->id->m)) == KD_EM_X86_64) {
		if (idt(a))
			return;
		for (size_t i = 0; i < n; i++)
			if (entry_area(a, cpus[i]))
				return;
	}
	fixmap(a);
}
