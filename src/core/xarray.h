/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xarray.h: the entries of an XArray, which since 4.20 is what a radix tree and an IDR consist of, too.
 *
 *	struct kd_walk_end end;
 *	kd_xarray_walk(k, map_idr, 1 << 20, visit, &me, &end);    // visit(user, index, entry)
 *	if (kd_xarray_at(k, irq_desc_tree, 24, &entry)) …
 *	if (kd_xa_is_value(entry)) … kd_xa_value(entry)
 *
 * The address is that of a struct xarray (radix_tree_root is its other name); of a struct idr that of its idr_rt, which is its
 * first member: kd_idr_walk() asks the BTF, and adds idr_base. Entries are as they are in memory: a pointer (low bits 0), or a
 * value (bit 0). Of an entry at several indices (a sibling) the first is visited. An index that is only reserved (a zero entry) is
 * counted, a slot that is being changed (a retry entry) is none.
 *
 * Nodes have the low bits 10 (include/linux/xarray.h). One is believed when its parent and place are those that lead to it and its
 * shift is the next lower one: so none is met twice, and the walk ends. BTF has to know xarray and xa_node.
 */
#ifndef KD_CORE_XARRAY_H
#define KD_CORE_XARRAY_H

#include "core/walk.h"

void kd_xarray_walk(struct kd_kernel *k, uint64_t addr, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/* By struct idr; indices count from its idr_base. */
void kd_idr_walk(struct kd_kernel *k, uint64_t addr, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/* The entry there; false: none, or what leads to it is broken or not readable. */
bool kd_xarray_at(struct kd_kernel *k, uint64_t addr, uint64_t index, uint64_t *ret);

static inline bool kd_xa_is_value(uint64_t entry)
{
	return entry & 1;
}

static inline uint64_t kd_xa_value(uint64_t entry)
{
	return entry >> 1;
}

#endif
