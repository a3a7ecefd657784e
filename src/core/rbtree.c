// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/rbtree.h"

#include <inttypes.h>

/* A red-black tree of 2^48 nodes is at most 96 deep. */
enum { DEPTH_MAX = 128, COLOUR = 3 };

struct node {
	uint64_t addr, right;
};

struct walk {
	struct kd_kernel *k;
	struct kd_walk_end *end;
	uint64_t left, right, parent; /* offsets */
	struct node stack[DEPTH_MAX];
	unsigned depth;
};

/* The node, and its children down to the left. */
static void go_left(struct walk *w, uint64_t addr, uint64_t above)
{
	while (addr) {
		uint64_t up, left, right;

		if (!kd_walk_word(w->k, addr + w->parent, "a node of a tree", &up, w->end) ||
		    !kd_walk_word(w->k, addr + w->left, "a node of a tree", &left, w->end) ||
		    !kd_walk_word(w->k, addr + w->right, "a node of a tree", &right, w->end))
			return;
		if ((up & ~(uint64_t)COLOUR) != above) {
			kd_walk_wrong(w->end, "the node of a tree at 0x%" PRIx64 " has the parent 0x%" PRIx64 ", but it is below 0x%" PRIx64, addr,
				      up & ~(uint64_t)COLOUR, above);
			return;
		}
		if (w->depth == DEPTH_MAX) {
			kd_walk_wrong(w->end, "the tree is more than %d deep at 0x%" PRIx64, DEPTH_MAX, addr);
			return;
		}
		w->stack[w->depth++] = (struct node){.addr = addr, .right = right};
		above = addr;
		addr = left;
	}
}

void kd_rbtree_walk(struct kd_kernel *k, uint64_t root, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct walk w = {.k = k, .end = end};
	struct kd_field top, left, right, parent;
	uint64_t first;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "rb_root", "rb_node", &top) || !kd_kernel_field(k, "rb_node", "rb_left", &left) ||
	    !kd_kernel_field(k, "rb_node", "rb_right", &right) || !kd_kernel_field(k, "rb_node", "__rb_parent_color", &parent)) {
		kd_walk_wrong(end, "how a tree is laid out is not known (no BTF)");
		return;
	}
	w.left = left.off;
	w.right = right.off;
	w.parent = parent.off;
	if (!kd_walk_word(k, root + top.off, "the root of a tree", &first, end))
		return;
	go_left(&w, first, 0);
	while (w.depth) {
		const struct node n = w.stack[--w.depth];

		if (!kd_walk_take(end, max, visit, user, end->count, n.addr))
			return;
		go_left(&w, n.right, n.addr);
	}
}
