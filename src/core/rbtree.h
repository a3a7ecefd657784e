/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rbtree.h: the nodes of a red-black tree of the kernel, from left to right.
 *
 *	struct kd_walk_end end;
 *	kd_rbtree_walk(k, root, 1 << 20, visit, &me, &end);        // visit(user, number from 0 on, address of the rb_node)
 *
 * root: address of a struct rb_root; rb_root_cached and timerqueue_head begin with one. A node is believed when its
 * __rb_parent_color, without the two bits of colour, is the node above it: so none is met twice. One that says otherwise is
 * told, and it and what hangs below it are left out. Source: include/linux/rbtree_types.h.
 */
#ifndef KD_CORE_RBTREE_H
#define KD_CORE_RBTREE_H

#include "core/walk.h"

void kd_rbtree_walk(struct kd_kernel *k, uint64_t root, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

#endif
