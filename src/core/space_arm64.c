// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64: Arm ARM D8.3 (descriptors), Documentation/arch/arm64/memory.rst. The upper half only (TTBR1): the
 * kernel's.
 */
#include "core/space_internal.h"
#include "format/elfcore.h"

enum { VALID = 1, TABLE = 2 };

static unsigned levels(const struct walk *w, unsigned bits)
{
	return (bits - w->page_shift + (w->page_shift - 3) - 1) / (w->page_shift - 3);
}

/* VA_BITS is what the kernel was built for, TCR_EL1_T1SZ (since 5.11) what the machine runs with, which may be less. */
static bool take_bits(struct walk *w)
{
	int64_t number;
	unsigned built = 0, runs = 0;

	if (kd_vmcoreinfo_number(&w->info, "NUMBER", "VA_BITS", &number) && number >= 25 && number <= 52)
		built = (unsigned)number;
	if (kd_vmcoreinfo_number(&w->info, "NUMBER", "TCR_EL1_T1SZ", &number) && number >= 12 && number <= 39)
		runs = 64 - (unsigned)number;
	if (!built && !runs)
		return false;
	w->bits = runs ? runs : built;
	w->levels = levels(w, w->bits);
	/*
	 * A kernel for 52 bits on a machine with 48 keeps its topmost table and uses the end of it, as long as that makes no
	 * level less (arch/arm64/include/asm/pgtable-hwdef.h, TTBR1_BADDR_4852_OFFSET): the bits above are all ones.
	 */
	w->top_bits = built > w->bits && levels(w, built) == w->levels ? built : w->bits;
	return true;
}

static struct kd_error *begin(struct walk *w)
{
	uint64_t root, voffset;
	int64_t number;

	if (!kd_vmcoreinfo_symbol(&w->info, "swapper_pg_dir", &root))
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not name the kernel's page tables (swapper_pg_dir)");
	if (!kd_vmcoreinfo_number(&w->info, "NUMBER", "kimage_voffset", &number))
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO has no kimage_voffset: where the kernel lies in physical "
						 "memory is not known");
	voffset = (uint64_t)number;
	w->root = root - voffset;
	if (!take_bits(w))
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO says neither TCR_EL1_T1SZ nor VA_BITS");
	return NULL;
}

/*
 * The address in a descriptor. With pages of 64 KiB bits 51-48 of it stand in bits 15-12 (zero when the
 * machine has fewer). Pages of 4 and 16 KiB with more than 48 bits (LPA2) keep bits 51-50 in 9-8.
 */
static uint64_t address(const struct walk *w, uint64_t entry)
{
	uint64_t at = entry & (((uint64_t)1 << 48) - 1) & ~(((uint64_t)1 << w->page_shift) - 1);

	if (w->page_shift == 16)
		return at | (entry >> 12 & 15) << 48;
	if (w->bits > 48)
		return at | (entry & (uint64_t)3 << 48) | (entry >> 8 & 3) << 50;
	return at;
}

static bool walk(struct walk *w, uint64_t addr, uint64_t *ret)
{
	const unsigned per_level = w->page_shift - 3;
	const uint64_t high = ~(uint64_t)0 << w->bits & (((uint64_t)1 << 56) - 1);
	uint64_t table = w->root;

	if ((addr & high) != high || !(addr >> 55 & 1)) /* the top byte may be a tag */
		return false;
	for (unsigned level = w->levels; level; level--) {
		const unsigned shift = w->page_shift + per_level * (level - 1);
		const unsigned bits = level == w->levels ? w->top_bits - shift : per_level;
		uint64_t entry;

		if (!kd_walk_entry(w, table + (addr >> shift & (((uint64_t)1 << bits) - 1)) * 8, &entry))
			return false;
		if (!(entry & VALID) || (level == 1 && !(entry & TABLE)))
			return false;
		table = address(w, entry);
		if (level == 1 || !(entry & TABLE)) {
			const uint64_t in = ((uint64_t)1 << shift) - 1;

			*ret = (table & ~in) | (addr & in);
			return true;
		}
	}
	return false;
}

const struct space_ops kd_space_arm64 = {.machine = KD_EM_AARCH64, .begin = begin, .walk = walk};
