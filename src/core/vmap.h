/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmap.h: areas of the kernel's vmalloc space: stacks, modules, what was mapped from devices.
 *
 *	struct kd_vmaps v;
 *	kd_vmaps_read(mem, &arena, &v);                       // v.why: they are not all there
 *	const struct kd_vmap *a = kd_vmaps_at(&v, addr);
 *
 * From vmap_area_list (to 6.8) or the busy lists of vmap_nodes (since 6.9), mm/vmalloc.c. Areas are sorted by
 * address.
 */
#ifndef KD_CORE_VMAP_H
#define KD_CORE_VMAP_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/mem.h"

enum { KD_VMAPS_MAX = 1 << 20, KD_VMAPS_WHY = 200 };

struct kd_vmap {
	uint64_t addr; /* of struct vmap_area */
	uint64_t start, end;
	uint64_t vm; /* of struct vm_struct; 0: none (vm_map_ram(), or about to be freed) */
	uint64_t flags, caller, pages, phys; /* of vm; pages: how many it has */
};

struct kd_vmaps {
	struct kd_vmap *v; /* the arena's */
	size_t n;
	char why[KD_VMAPS_WHY]; /* empty: they are all there */
};

void kd_vmaps_read(struct kd_mem *m, struct kd_arena *arena, struct kd_vmaps *ret);

/* The same, from this head of a list on, when no symbol names one. */
void kd_vmaps_read_list(struct kd_mem *m, uint64_t head, struct kd_arena *arena, struct kd_vmaps *ret);

/* The area that addr is in (its guard page included); NULL. */
const struct kd_vmap *kd_vmaps_at(const struct kd_vmaps *v, uint64_t addr);

/* "ioremap", "vmalloc|…": flags of struct vm_struct. */
void kd_vmap_flags(uint64_t flags, struct kd_buf *out);

#endif
