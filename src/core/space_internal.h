/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * space_internal.h: what an architecture has to give for space.c. To add one: a `const struct
 * space_ops` in space_<name>.c, one row in space.c.
 */
#ifndef KD_CORE_SPACE_INTERNAL_H
#define KD_CORE_SPACE_INTERNAL_H

#include "core/pages.h"
#include "core/space.h"
#include "format/vmcoreinfo.h"

struct walk {
	struct kd_pages *pages;
	struct kd_vmcoreinfo info;
	unsigned page_shift;
	uint64_t root; /* physical address of the topmost table */
	unsigned bits; /* of a virtual address that are translated */
	unsigned levels;
	unsigned top_bits; /* of a virtual address down to which the topmost table is indexed; arm64 */
	uint64_t mask; /* x86: of the address bits in an entry */
	enum kd_page_state table_state; /* why a table could not be read; OK: it could */
};

struct space_ops {
	uint16_t machine; /* KD_EM_… */
	/* Fills root, bits, levels, mask from VMCOREINFO and the container's facts. */
	struct kd_error *(*begin)(struct walk *w);
	/* The physical address of the page at addr, which begins one; false: not mapped, or table_state. */
	bool (*walk)(struct walk *w, uint64_t addr, uint64_t *ret);
};

extern const struct space_ops kd_space_x86_64;
extern const struct space_ops kd_space_arm64;

/* An entry of a page table. */
bool kd_walk_entry(struct walk *w, uint64_t paddr, uint64_t *ret);

#endif
