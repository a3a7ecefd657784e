/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maple.h: the entries of a maple tree.
 *
 *	static bool see(void *user, const struct kd_maple_entry *e) { … e->first, e->last, e->value; return true; }
 *	char why[KD_WALK_WHY];
 *	kd_maple_walk(k, mm + off_of_mm_mt, see, &x, why);        // in the order of their indexes
 *	if (*why) … not all of the tree could be read
 *
 * Source: include/linux/maple_tree.h and lib/maple_tree.c of the kernel (since 6.1). A pointer to a node has the node's
 * type in bits 3…6, nodes are aligned to 256 bytes; what the types are called is the BTF's, and so is where pivots and
 * slots lie. Each node has to point back to its parent, pivots have to rise; the depth is bounded.
 */
#ifndef KD_CORE_MAPLE_H
#define KD_CORE_MAPLE_H

#include "core/datum.h"
#include "core/walk.h"

enum { KD_MAPLE_DEPTH = 32, KD_MAPLE_MAX = 1 << 22 };

struct kd_maple_entry {
	uint64_t first, last; /* indexes */
	uint64_t value; /* as it is stored: mostly a pointer */
};

/* false from visit ends it. why: empty, or why not all was there. false: the tree could not be begun with. */
bool kd_maple_walk(struct kd_kernel *k, uint64_t tree, bool (*visit)(void *user, const struct kd_maple_entry *e), void *user,
		   char why[KD_WALK_WHY]);

#endif
