// SPDX-License-Identifier: GPL-2.0-or-later
/* Pointers with something in their low bits. All of it is guessed: the word does not say what it is. */
#include <inttypes.h>
#include <string.h>

#include "core/ident_internal.h"

enum { MAPLE_MASK = 0xff, MAPLE_TYPE_SHIFT = 3, MAPLE_TYPE_MASK = 0xf, OWNER_MASK = 7, XA_INTERNAL_MAX = 4096 };

/* The name of a maple node's type; enum maple_type. */
static struct kd_view maple_type(struct kd_ident *id, unsigned type)
{
	const struct kd_types *ts = kd_kernel_types(id->k);
	struct kd_btf_type t;
	uint32_t e;

	if (!ts || !kd_types_first(ts, KD_TYPES_ENUM, KD_V("maple_type"), &e) || !kd_btf_type(kd_types_btf(ts), e, &t))
		return KD_VNULL;
	for (uint32_t i = 0; i < t.n; i++) {
		const struct kd_btf_enumerator v = kd_btf_enumerator(kd_types_btf(ts), &t, i);

		if (v.value == type)
			return v.name;
	}
	return KD_VNULL;
}

static bool in_cache(struct kd_ident *id, uint64_t addr, const char *name, struct kd_object *o)
{
	const char *why;
	struct kd_slub *s = kd_ident_slub(id, &why);

	return s && kd_object_at(s, addr, o) && (!name || !strcmp(o->cache->name, name));
}

/*
 * In a node the first word is its parent: with bit 0 the tree, else the node above with the number of the slot that it hangs in
 * (MAPLE_PARENT_RANGE64: 6 and the slot from bit 3 on). The child in that slot has to say so.
 */
static bool parent_of(struct ident_answer *a, uint64_t node, unsigned slot)
{
	static const char *const kinds[] = {"mr64.slot", "ma64.slot"};
	struct kd_space *s = kd_mem_space(a->id->m);

	for (size_t i = 0; i < 2; i++) {
		struct kd_field f;
		uint64_t child, up;

		if (!kd_kernel_field(a->id->k, "maple_node", kinds[i], &f) || 8 * (slot + 1ul) > f.size ||
		    !kd_space_uint(s, node + f.off + 8 * slot, 8, &child, NULL) || !(child >> 63) ||
		    !kd_space_uint(s, child & ~(uint64_t)MAPLE_MASK, 8, &up, NULL) || up != a->value)
			continue;
		kd_ident_add(a, KD_FACT_TAG, false, node, 0,
			     "slot %u of the maple tree node 0x%" PRIx64 ", as the node that hangs in it names its parent: 0x%" PRIx64 " does",
			     slot, node, child & ~(uint64_t)MAPLE_MASK);
		return true;
	}
	return false;
}

/* MA_ROOT_PARENT: the parent of a root is its tree. */
static bool maple_root(struct ident_answer *a)
{
	const uint64_t tree = a->value - 1;
	struct kd_space *s = kd_mem_space(a->id->m);
	struct kd_field root;
	uint64_t node, up;

	if ((a->value & 7) != 1 || !kd_kernel_field(a->id->k, "maple_tree", "ma_root", &root) || !kd_space_uint(s, tree + root.off, 8, &node, NULL) ||
	    !(node >> 63) || (node & 2) == 0 || !kd_space_uint(s, node & ~(uint64_t)MAPLE_MASK, 8, &up, NULL) || up != a->value)
		return false;
	kd_ident_add(a, KD_FACT_TAG, false, tree, 0, "maple tree 0x%" PRIx64 ", as its root names it: 0x%" PRIx64 " does", tree,
		     node & ~(uint64_t)MAPLE_MASK);
	return true;
}

/* include/linux/maple_tree.h, mte_to_node(): type in bits 3 to 6, bit 2 with a node without NULL slots, bit 1: a root. */
static bool maple(struct ident_answer *a)
{
	const uint64_t node = a->value & ~(uint64_t)MAPLE_MASK;
	const unsigned low = a->value & MAPLE_MASK;
	struct kd_view type;
	struct kd_object o;
	uint64_t up;

	if (!low || low & 1 || !in_cache(a->id, node, "maple_node", &o) || o.off)
		return false;
	type = maple_type(a->id, low >> MAPLE_TYPE_SHIFT & MAPLE_TYPE_MASK);
	if (!type.n)
		return false;
	if ((low & 6) == 6 && parent_of(a, node, low >> MAPLE_TYPE_SHIFT))
		return true;
	if (low & 2 && kd_space_uint(kd_mem_space(a->id->m), node, 8, &up, NULL) && !(up & 1)) {
		kd_ident_add(a, KD_FACT_TAG, true, node, o.cache->object_size,
			     "slot %u of the maple tree node 0x%" PRIx64 ", as a node names its parent; another one hangs in it now",
			     low >> MAPLE_TYPE_SHIFT, node);
		return true;
	}
	kd_ident_add(a, KD_FACT_TAG, true, node, o.cache->object_size,
		     "maple tree node 0x%" PRIx64 " of type %.*s%s, as %s to it", node, KD_VARG(type),
		     low & 2 ? ", root" : "", low & 2 ? "a tree points" : "the node above it points");
	return true;
}

/* include/linux/xarray.h: below XA_CHUNK_SIZE (64, 16 with CONFIG_BASE_SMALL) siblings, XA_RETRY_ENTRY, XA_ZERO_ENTRY. */
static void internal(struct ident_answer *a, uint64_t n)
{
	if (n < 64)
		kd_ident_add(a, KD_FACT_TAG, true, 0, 0, "in an xarray: the same entry as in slot %" PRIu64 " of the node (sibling)", n);
	else if (n == 256 || n == 257)
		kd_ident_add(a, KD_FACT_TAG, true, 0, 0, "in an xarray: %s", n == 256 ? "retry entry (the walk starts again)" : "zero entry (the index is taken, nothing is in it)");
	else
		kd_ident_add(a, KD_FACT_TAG, true, 0, 0, "in an xarray: internal entry %" PRIu64, n);
}

/* XA_BITS: 2 in the low two bits is internal: a node, or a number below 1024 that stands for retry, zero, a sibling. */
static bool xarray(struct ident_answer *a)
{
	const uint64_t node = a->value - 2;
	struct kd_object o;

	if ((a->value & 3) != 2)
		return false;
	if (a->value < XA_INTERNAL_MAX) {
		internal(a, a->value >> 2);
		return true;
	}
	if (!in_cache(a->id, node, "radix_tree_node", &o) || o.off)
		return false;
	kd_ident_add(a, KD_FACT_TAG, true, node, o.cache->object_size,
		     "xarray node 0x%" PRIx64 ", as the slot above it points to it", node);
	return true;
}

static bool page_tail(struct ident_answer *a)
{
	uint64_t pfn, off;

	if ((a->value & 3) != 1 || !kd_mem_pfn_of_page(a->id->m, a->value - 1, &pfn, &off) || off)
		return false;
	kd_ident_add(a, KD_FACT_TAG, true, a->value - 1, kd_mem_struct_page(a->id->m),
		     "struct page of pfn 0x%" PRIx64 ", as compound_head of a tail page", pfn);
	return true;
}

/*
 * Since 7.0, where struct page is a power of two: a tail page has no address but what to keep of its own to have the head's, and
 * bit 0 (include/linux/page-flags.h, compound_info).
 */
static bool page_mask(struct ident_answer *a)
{
	const uint64_t bytes = kd_mem_struct_page(a->id->m), low = ~(a->value - 1);
	struct kd_field f;
	unsigned order = 0;

	if (!(a->value & 1) || !bytes || low & (low + 1) || low + 1 < 2 * bytes || (low + 1) >> 40 || !kd_kernel_field(a->id->k, "page", "compound_info", &f))
		return false;
	while (bytes << order < low + 1)
		order++;
	if (bytes << order != low + 1)
		return false;
	kd_ident_add(a, KD_FACT_TAG, true, 0, 0, "compound_info of a tail page of order %u: what to keep of its address to have its head's", order);
	return true;
}

/* include/net/netmem.h: bit 0 says that it is no page; the area that the net_iov names has it among its own. */
static bool netmem(struct ident_answer *a)
{
	static const char *const areas[] = {"net_iov_area", "dmabuf_genpool_chunk_owner"};
	struct kd_space *s = kd_mem_space(a->id->m);
	const uint64_t iov = a->value - 1;
	struct kd_field owner, first, count;
	uint64_t size, area, niovs, n;

	if ((a->value & 7) != 1 || !kd_kernel_sizeof(a->id->k, "net_iov", &size) || !size || !kd_kernel_field(a->id->k, "net_iov", "owner", &owner) ||
	    !kd_space_uint(s, iov + owner.off, 8, &area, NULL) || !(area >> 63))
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (!kd_kernel_field(a->id->k, areas[i], "niovs", &first) || !kd_kernel_field(a->id->k, areas[i], "num_niovs", &count) ||
		    !count.size || count.size > 8 || !kd_space_uint(s, area + first.off, 8, &niovs, NULL) || !kd_space_uint(s, area + count.off, (unsigned)count.size, &n, NULL) ||
		    iov < niovs || (iov - niovs) % size || (iov - niovs) / size >= n)
			continue;
		kd_ident_add(a, KD_FACT_TAG, false, iov, size, "net_iov 0x%" PRIx64 ", number %" PRIu64 " of %" PRIu64 " of its area, as a netmem", iov,
			     (iov - niovs) / size, n);
		return true;
	}
	return false;
}

static bool owner(struct ident_answer *a)
{
	const uint64_t task = a->value & ~(uint64_t)OWNER_MASK;
	const struct ident_task *t = a->value & OWNER_MASK ? kd_ident_task_of(a->id, task) : NULL;

	if (!t || t->addr != task)
		return false;
	kd_ident_add(a, KD_FACT_TAG, true, t->addr, a->id->task_size,
		     "task_struct of pid %d (%s) with flags 0x%x, as mutexes and rwsems keep their owner", t->pid, t->comm,
		     (unsigned)(a->value & OWNER_MASK));
	return true;
}

/* The parent's address and the node's own colour (1: black): one of that parent's children says so. */
static bool rb_parent(struct ident_answer *a)
{
	static const char *const ways[] = {"rb_left", "rb_right"};
	struct kd_space *s = kd_mem_space(a->id->m);
	const uint64_t p = a->value & ~(uint64_t)3;
	struct kd_field f, up;

	if ((a->value & 7) != 1 || !kd_kernel_field(a->id->k, "rb_node", "__rb_parent_color", &up))
		return false;
	for (size_t i = 0; i < 2; i++) {
		uint64_t child, word;

		if (!kd_kernel_field(a->id->k, "rb_node", ways[i], &f) || !kd_space_uint(s, p + f.off, 8, &child, NULL) || !(child >> 63) ||
		    child & 7 || !kd_space_uint(s, child + up.off, 8, &word, NULL) || word != a->value)
			continue;
		kd_ident_add(a, KD_FACT_TAG, false, p, 0, "rb node 0x%" PRIx64 ", as the parent of a black node: of its %s 0x%" PRIx64, p, ways[i], child);
		return true;
	}
	return false;
}

/* PAGE_MAPPING_ANON, PAGE_MAPPING_KSM; the parent's colour in rb nodes. */
static void other_low_bits(struct ident_answer *a)
{
	const unsigned low = a->value & 3;
	const uint64_t p = a->value & ~(uint64_t)3;
	struct kd_object o;

	if (!low || low == 2 || !in_cache(a->id, p, NULL, &o) || o.outside)
		return;
	if (!strcmp(o.cache->name, "anon_vma") && !o.off)
		kd_ident_add(a, KD_FACT_TAG, true, p, o.cache->object_size,
			     "anon_vma 0x%" PRIx64 ", as page->mapping of anonymous memory", p);
	else if (low == 3 && !strcmp(o.cache->name, "ksm_stable_node") && !o.off)
		kd_ident_add(a, KD_FACT_TAG, true, p, o.cache->object_size, "KSM's node 0x%" PRIx64 ", as page->mapping of a merged page", p);
	else if (low == 1 && !(p & 7))
		kd_ident_add(a, KD_FACT_TAG, true, p, 0, "rb node 0x%" PRIx64 " (in %s), as parent of a black node", p,
			     o.cache->name);
}

void kd_ident_tags(struct ident_answer *a)
{
	if (a->brief || !(a->value & MAPLE_MASK))
		return;
	if (maple(a) || maple_root(a) || xarray(a) || page_tail(a) || page_mask(a) || owner(a) || netmem(a) || rb_parent(a))
		return;
	other_low_bits(a);
	/* A value entry is any odd number: it is said where nothing else explains the bit. */
	if (a->value & 1 && a->plain && a->f->n == 1)
		kd_ident_add(a, KD_FACT_TAG, true, 0, 0, "in an xarray: value entry %" PRIu64, a->value >> 1);
}
