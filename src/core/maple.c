// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/maple.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/le.h"

/* lib/maple_tree.c: MAPLE_NODE_MASK, MAPLE_NODE_TYPE_SHIFT and _MASK; include/linux/xarray.h: entries that are nodes. */
enum { NODE_MASK = 255, TYPE_SHIFT = 3, TYPE_MASK = 15, INTERNAL = 2, LOW = 4096, NODE_BYTES = 256, SLOTS_MAX = 64, ROOT_BIT = 1 };

struct form { /* of a kind of node */
	unsigned pivot, npivots, slot, nslots; /* bytes; how many */
};

struct walk {
	struct kd_kernel *k;
	bool (*visit)(void *user, const struct kd_maple_entry *e);
	void *user;
	char *why;
	struct form range, arange;
	uint64_t leaf_type, range_type, arange_type; /* enum maple_type */
	uint64_t budget; /* nodes and entries that may be left */
	bool go;
};

static bool refuse(struct walk *w, uint64_t node, const char *what)
{
	if (!*w->why)
		snprintf(w->why, KD_WALK_WHY, "the maple tree's node at 0x%" PRIx64 ": %s", node, what);
	return false;
}

static bool form_of(struct kd_kernel *k, const char *type, struct form *ret)
{
	struct kd_field pivot, slot;

	if (!kd_kernel_field(k, type, "pivot", &pivot) || !kd_kernel_field(k, type, "slot", &slot) ||
	    pivot.off + pivot.size > NODE_BYTES || slot.off + slot.size > NODE_BYTES)
		return false;
	*ret = (struct form){.pivot = (unsigned)pivot.off, .npivots = (unsigned)(pivot.size / 8), .slot = (unsigned)slot.off,
			     .nslots = (unsigned)(slot.size / 8)};
	return ret->nslots && ret->nslots <= ret->npivots + 1;
}

static bool layout(struct walk *w)
{
	return form_of(w->k, "maple_range_64", &w->range) && form_of(w->k, "maple_arange_64", &w->arange) &&
	       kd_kernel_enumerator(w->k, "maple_type", "maple_leaf_64", &w->leaf_type) &&
	       kd_kernel_enumerator(w->k, "maple_type", "maple_range_64", &w->range_type) &&
	       kd_kernel_enumerator(w->k, "maple_type", "maple_arange_64", &w->arange_type);
}

static bool is_node(uint64_t entry)
{
	return (entry & 3) == INTERNAL && entry > LOW;
}

static void give(struct walk *w, uint64_t first, uint64_t last, uint64_t value)
{
	const struct kd_maple_entry e = {.first = first, .last = last, .value = value};

	if (value && (value & 3) != INTERNAL) /* of the tree's own use: reserved places */
		w->go = w->visit(w->user, &e);
}

/* Parent: of the root the tree's address, with its lowest bit set; else the parent's, with bits that say which slot. */
static bool points_back(uint64_t have, uint64_t node, uint64_t parent)
{
	return have != node && (parent & ROOT_BIT ? have == parent : (have & ~(uint64_t)NODE_MASK) == parent);
}

static bool walk_node(struct walk *w, uint64_t entry, uint64_t parent, uint64_t first, uint64_t last, unsigned depth);

/* Behind the pivots that are in use they are zero, and the last slot goes as far as the node. */
static uint64_t end_of(const struct form *f, const uint8_t *raw, unsigned i, uint64_t last)
{
	const uint64_t pivot = i < f->npivots ? kd_le64(raw + f->pivot + 8 * (size_t)i) : 0;

	return i < f->npivots && (pivot || !i) ? pivot : last;
}

static void walk_slots(struct walk *w, uint64_t node, const uint8_t *raw, bool leaf, const struct form *f, uint64_t first, uint64_t last,
		       unsigned depth)
{
	for (unsigned i = 0; i < f->nslots && w->go && w->budget; i++) {
		const uint64_t end = end_of(f, raw, i, last), slot = kd_le64(raw + f->slot + 8 * (size_t)i);

		if (end < first || end > last) {
			refuse(w, node, "its pivots do not rise");
			return;
		}
		w->budget--;
		if (leaf)
			give(w, first, end, slot);
		else if (slot > LOW) /* the root's pointer alone has the bit of an internal entry */
			walk_node(w, slot, node, first, end, depth + 1);
		else if (slot)
			refuse(w, node, "what it leads to is no node");
		if (end == last)
			return;
		first = end + 1;
	}
}

static bool walk_node(struct walk *w, uint64_t entry, uint64_t parent, uint64_t first, uint64_t last, unsigned depth)
{
	const uint64_t node = entry & ~(uint64_t)NODE_MASK, type = entry >> TYPE_SHIFT & TYPE_MASK;
	uint8_t raw[NODE_BYTES];
	struct kd_space_miss miss;

	if (type != w->leaf_type && type != w->range_type && type != w->arange_type)
		return refuse(w, node, "its type is not known");
	if (depth > KD_MAPLE_DEPTH || !w->budget)
		return refuse(w, node, "the tree does not end");
	if (!kd_space_read(kd_kernel_space(w->k), node, raw, sizeof(raw), &miss))
		return refuse(w, node, kd_space_why(&miss));
	if (!points_back(kd_le64(raw), node, parent))
		return refuse(w, node, "it does not point back to its parent");
	walk_slots(w, node, raw, type == w->leaf_type, type == w->arange_type ? &w->arange : &w->range, first, last, depth);
	return true;
}

bool kd_maple_walk(struct kd_kernel *k, uint64_t tree, bool (*visit)(void *user, const struct kd_maple_entry *e), void *user,
		   char why[KD_WALK_WHY])
{
	struct walk w = {.k = k, .visit = visit, .user = user, .why = why, .budget = KD_MAPLE_MAX, .go = true};
	const struct kd_datum root = kd_datum_member(k, tree, "maple_tree", "ma_root");

	*why = 0;
	if (!layout(&w)) {
		snprintf(why, KD_WALK_WHY, "this kernel's maple trees are not laid out as those that are known");
		return false;
	}
	if (root.why) {
		snprintf(why, KD_WALK_WHY, "the maple tree at 0x%" PRIx64 ": %s", tree, root.why);
		return false;
	}
	if (!is_node(root.v)) {
		give(&w, 0, 0, root.v);
		return true;
	}
	return walk_node(&w, root.v, tree | ROOT_BIT, 0, UINT64_MAX, 0);
}
