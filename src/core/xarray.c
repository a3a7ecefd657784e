// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/xarray.h"

#include <inttypes.h>

#include "base/le.h"

/* Of include/linux/xarray.h: internal entries are a number << 2 | 2; up to 255 siblings, 256 retry, 257 zero; above 4096 a node. */
enum { SLOTS_MAX = 64, DEPTH_MAX = 17, SHIFT_MAX = 64, INTERNAL_MAX = 4096, RETRY = 256 << 2 | 2, ZERO = 257 << 2 | 2, SIBLINGS = 64 << 2 | 2 };

struct layout {
	struct kd_field head, shift, offset, parent, slots;
	unsigned nslots, bits; /* of a node; bits of an index that it takes */
};

struct node {
	uint64_t addr, index; /* of its first slot */
	unsigned shift, next; /* the slot to look at */
	uint64_t slot[SLOTS_MAX];
};

struct walk {
	struct kd_kernel *k;
	struct layout lay;
	struct kd_walk_end *end;
	uint64_t max;
	kd_walk_visit *visit;
	void *user;
	struct node node[DEPTH_MAX];
	unsigned depth;
};

static bool is_node(uint64_t entry)
{
	return (entry & 3) == 2 && entry > INTERNAL_MAX;
}

static bool is_layout(struct kd_kernel *k, struct layout *l)
{
	if (!kd_kernel_field(k, "xarray", "xa_head", &l->head) || !kd_kernel_field(k, "xa_node", "shift", &l->shift) ||
	    !kd_kernel_field(k, "xa_node", "offset", &l->offset) || !kd_kernel_field(k, "xa_node", "parent", &l->parent) ||
	    !kd_kernel_field(k, "xa_node", "slots", &l->slots))
		return false;
	l->nslots = (unsigned)(l->slots.size / 8);
	l->bits = l->nslots == 64 ? 6 : l->nslots == 16 ? 4 : 0; /* XA_CHUNK_SHIFT, CONFIG_BASE_SMALL */
	return l->bits != 0;
}

/* Its head, when the layout is known. */
static bool begin(struct kd_kernel *k, uint64_t addr, struct layout *l, uint64_t *head, struct kd_walk_end *end)
{
	*end = (struct kd_walk_end){0};
	if (is_layout(k, l))
		return kd_walk_word(k, addr + l->head.off, "an xarray", head, end);
	kd_walk_wrong(end, "how an xarray is laid out is not known (no BTF)");
	return false;
}

/* The node that an entry is, of which the parent has to be (parent, at) and the shift this; 0 as parent: the top. */
static bool read_node(struct walk *w, uint64_t entry, uint64_t parent, unsigned at, int shift, struct node *n)
{
	struct kd_space *s = kd_kernel_space(w->k);
	uint64_t sh, off, up;
	unsigned char slots[SLOTS_MAX * 8];
	struct kd_space_miss miss;

	n->addr = entry - 2;
	n->next = 0;
	if (!kd_space_uint(s, n->addr + w->lay.shift.off, 1, &sh, &miss) || !kd_space_uint(s, n->addr + w->lay.offset.off, 1, &off, &miss) ||
	    !kd_space_uint(s, n->addr + w->lay.parent.off, 8, &up, &miss) ||
	    !kd_space_read(s, n->addr + w->lay.slots.off, slots, (size_t)w->lay.nslots * 8, &miss)) {
		kd_walk_wrong(w->end, "a node of an xarray cannot be read at 0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
		return false;
	}
	if (sh >= SHIFT_MAX || sh % w->lay.bits || (shift >= 0 && sh != (unsigned)shift)) {
		kd_walk_wrong(w->end, "the node of an xarray at 0x%" PRIx64 " has the shift %" PRIu64, n->addr, sh);
		return false;
	}
	if (up != parent || (parent && off != at)) {
		kd_walk_wrong(w->end, "the node of an xarray at 0x%" PRIx64 " says its parent is 0x%" PRIx64 "[%" PRIu64 "], it is in 0x%" PRIx64 "[%u]",
			      n->addr, up, off, parent, at);
		return false;
	}
	n->shift = (unsigned)sh;
	for (unsigned i = 0; i < w->lay.nslots; i++)
		n->slot[i] = kd_le64(slots + 8 * (size_t)i);
	return true;
}

/* false: it was the last. */
static bool leaf(struct walk *w, uint64_t index, uint64_t entry)
{
	if (!entry || entry == RETRY || ((entry & 3) == 2 && entry < SIBLINGS))
		return true;
	if (entry == ZERO) {
		w->end->reserved++;
		return true;
	}
	if ((entry & 3) == 2) {
		kd_walk_wrong(w->end, "index %" PRIu64 " of an xarray holds 0x%" PRIx64 ", which is no entry", index, entry);
		return true;
	}
	return kd_walk_take(w->end, w->max, w->visit, w->user, index, entry);
}

static void down(struct walk *w, const struct node *n, unsigned at, uint64_t index)
{
	struct node *child = &w->node[w->depth];

	if (w->depth == DEPTH_MAX || !n->shift) {
		kd_walk_wrong(w->end, "the node of an xarray at 0x%" PRIx64 " has a node below it where entries are", n->addr);
		return;
	}
	if (!read_node(w, n->slot[at], n->addr, at, (int)(n->shift - w->lay.bits), child))
		return;
	child->index = index;
	w->depth++;
}

void kd_xarray_walk(struct kd_kernel *k, uint64_t addr, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct walk w = {.k = k, .end = end, .max = max, .visit = visit, .user = user};
	uint64_t head;

	if (!begin(k, addr, &w.lay, &head, end))
		return;
	if (!is_node(head)) {
		leaf(&w, 0, head);
		return;
	}
	if (!read_node(&w, head, 0, 0, -1, &w.node[0]))
		return;
	w.node[0].index = 0;
	for (w.depth = 1; w.depth;) {
		struct node *n = &w.node[w.depth - 1];
		const unsigned at = n->next++;
		uint64_t index;

		if (at == w.lay.nslots) {
			w.depth--;
			continue;
		}
		index = n->index + ((uint64_t)at << n->shift);
		if (is_node(n->slot[at]))
			down(&w, n, at, index);
		else if (!leaf(&w, index, n->slot[at]))
			return;
	}
}

bool kd_xarray_at(struct kd_kernel *k, uint64_t addr, uint64_t index, uint64_t *ret)
{
	struct kd_walk_end end;
	struct walk w = {.k = k, .end = &end};
	uint64_t entry, parent = 0;
	unsigned at = 0;
	int shift = -1;

	if (!begin(k, addr, &w.lay, &entry, &end))
		return false;
	if (!is_node(entry) && index)
		return false;
	while (is_node(entry)) {
		struct node *n = &w.node[0];

		if (!read_node(&w, entry, parent, at, shift, n))
			return false;
		if (shift < 0 && n->shift + w.lay.bits < 64 && index >> (n->shift + w.lay.bits))
			return false;
		at = (unsigned)(index >> n->shift) & (w.lay.nslots - 1);
		entry = n->slot[at];
		if ((entry & 3) == 2 && entry < SIBLINGS) { /* where its entry is */
			at = (unsigned)(entry >> 2) & (w.lay.nslots - 1);
			entry = n->slot[at];
		}
		parent = n->addr;
		shift = (int)(n->shift - w.lay.bits);
		if (is_node(entry) && !n->shift)
			return false;
	}
	*ret = entry;
	return entry && (entry & 3) != 2;
}

/* --- IDR ---------------------------------------------------------------------------------------------- */

struct based {
	kd_walk_visit *visit;
	void *user;
	uint64_t base;
};

static bool add_base(void *user, uint64_t index, uint64_t entry)
{
	const struct based *b = user;

	return b->visit(b->user, index + b->base, entry);
}

void kd_idr_walk(struct kd_kernel *k, uint64_t addr, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct based b = {.visit = visit, .user = user};
	struct kd_field rt;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "idr", "idr_rt", &rt)) {
		kd_walk_wrong(end, "how an IDR is laid out is not known (no BTF)");
		return;
	}
	if (!kd_kernel_read(k, addr, "idr", "idr_base", &b.base)) /* since 4.16 */
		b.base = 0;
	kd_xarray_walk(k, addr + rt.off, max, add_base, &b, end);
}
