// SPDX-License-Identifier: GPL-2.0-or-later
/* x86_64: Intel SDM vol. 3, 4.5; where the kernel's image is mapped: Documentation/arch/x86/x86_64/mm.rst. */
#include "core/space_internal.h"
#include "format/elfcore.h"

#define IMAGE 0xffffffff80000000u /* __START_KERNEL_map */
#define ADDRESS_BITS 0x000ffffffffff000u

enum { PRESENT = 1, LARGE = 0x80 };

/* How far the image was moved in physical memory: VMCOREINFO says it since 4.10, else the kdump header. */
static bool phys_base(const struct walk *w, uint64_t *ret)
{
	const struct kd_pages_info *info = kd_pages_info(w->pages);
	int64_t number;

	if (kd_vmcoreinfo_number(&w->info, "NUMBER", "phys_base", &number)) {
		*ret = (uint64_t)number;
		return true;
	}
	*ret = info->phys_base;
	return info->has_phys_base;
}

static struct kd_error *begin(struct walk *w)
{
	uint64_t root, base;
	int64_t number;

	/* SYMBOL(swapper_pg_dir) is init_top_pgt under the old name. */
	if (!kd_vmcoreinfo_symbol(&w->info, "swapper_pg_dir", &root) &&
	    !kd_vmcoreinfo_symbol(&w->info, "init_top_pgt", &root))
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not name the kernel's page tables (swapper_pg_dir)");
	if (!phys_base(w, &base))
		return kd_error_new(KD_NOTFOUND, "neither VMCOREINFO nor the dump's header has phys_base: where the "
						 "kernel lies in physical memory is not known");
	if (root < IMAGE)
		return kd_error_new(KD_BADDATA, "swapper_pg_dir is said to be at %#jx", (uintmax_t)root);
	w->root = root - IMAGE + base;
	w->levels = kd_vmcoreinfo_number(&w->info, "NUMBER", "pgtable_l5_enabled", &number) && number ? 5 : 4;
	w->bits = w->levels == 5 ? 57 : 48;
	w->mask = ADDRESS_BITS;
	if (kd_vmcoreinfo_number(&w->info, "NUMBER", "sme_mask", &number))
		w->mask &= ~(uint64_t)number; /* memory encryption marks pages by a bit of the address */
	return NULL;
}

static bool walk(struct walk *w, uint64_t addr, uint64_t *ret)
{
	const uint64_t high = ~(uint64_t)0 << (w->bits - 1);
	uint64_t table = w->root;

	if ((addr & high) != high)
		return false; /* not the kernel's half, or not canonical */
	for (unsigned level = w->levels; level; level--) {
		const unsigned shift = 12 + 9 * (level - 1);
		uint64_t entry;

		if (!kd_walk_entry(w, table + (addr >> shift & 511) * 8, &entry))
			return false;
		if (!(entry & PRESENT))
			return false;
		table = entry & w->mask;
		if (level == 1 || (level <= 3 && entry & LARGE)) {
			const uint64_t in = ((uint64_t)1 << shift) - 1;

			*ret = (table & ~in) | (addr & in);
			return true;
		}
	}
	return false;
}

const struct space_ops kd_space_x86_64 = {.machine = KD_EM_X86_64, .begin = begin, .walk = walk};
