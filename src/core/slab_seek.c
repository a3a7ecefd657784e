// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel whose symbols are those of functions alone (CONFIG_KALLSYMS_ALL=n): lists and the table of per-CPU offsets, found by
 * what they look like.
 */
#include "base/alloc.h"
#include "base/le.h"
#include "core/slab.h"
#include "core/slab_internal.h"

enum { PAGE = 4096, REACH = 8 << 20, CACHES_TRIED = 24, CPUS_MAX = 8192, NODES_MAX = 1 << 20, OBJECTS_TRIED = 64 };

/* --- heads of lists ---------------------------------------------------------------------------------- */

uint64_t kd_slab_list_head(const struct kd_slub *s, uint64_t node)
{
	uint64_t next, prev, phys;

	for (unsigned i = 0; i < NODES_MAX; i++) {
		if (!kd_space_uint(s->s, node, 8, &next, NULL) || !kd_space_uint(s->s, next + 8, 8, &prev, NULL) || prev != node)
			return 0;
		if (!kd_mem_phys_of_direct(s->m, next, &phys))
			return next;
		node = next;
	}
	return 0;
}

struct seek {
	struct kd_slub *s;
	const struct kd_cache *c;
	uint64_t off, head;
	unsigned left; /* objects that may be tried */
};

static bool try_slab(void *user, const struct kd_slab *slab)
{
	struct seek *k = user;

	if (slab->cache != k->c)
		return true;
	for (unsigned i = 0; i < slab->objects && !k->head && k->left; i++, k->left--)
		k->head = kd_slab_list_head(k->s, kd_slab_object(slab, i) + k->off);
	return !k->head && k->left;
}

uint64_t kd_slub_list_of(struct kd_slub *s, const char *cache, uint64_t off)
{
	struct seek k = {.s = s, .c = kd_slub_by_name(s, kd_view_of(cache)), .off = off, .left = OBJECTS_TRIED};
	uint64_t missing;

	if (k.c && k.c->sane && off < k.c->object_size)
		kd_slub_each_slab(s, try_slab, &k, &missing);
	return k.head;
}

/* --- per-CPU offsets --------------------------------------------------------------------------------- */

/* With that offset, do caches' per-CPU parts name slabs of theirs? Of two at least, and no other's. */
static bool is_offset(struct kd_slub *s, uint64_t off)
{
	unsigned good = 0, tried = 0;
	struct kd_slab slab;
	uint64_t phys, page;

	for (size_t i = 0; i < s->ncaches && tried < CACHES_TRIED; i++) {
		const struct kd_cache *c = &s->cache[i];

		if (!c->sane || !c->cpu_slab)
			continue;
		tried++;
		if (!kd_mem_phys_of_direct(s->m, c->cpu_slab + off, &phys) ||
		    !kd_space_uint(s->s, c->cpu_slab + off + s->l.cpu_slab.off, 8, &page, NULL))
			return false;
		if (!page)
			continue;
		if (!kd_slab_read(s, page, &slab) || slab.cache != c)
			return false;
		good++;
	}
	return good >= 2;
}

/* How many offsets follow each other from addr on. */
static size_t count_offsets(struct kd_slub *s, uint64_t addr)
{
	uint64_t off;
	size_t n = 0;

	while (n < CPUS_MAX && kd_space_uint(s->s, addr + 8 * n, 8, &off, NULL) && is_offset(s, off))
		n++;
	return n;
}

void kd_slab_seek_cpus(struct kd_slub *s)
{
	uint64_t middle, best = 0;
	size_t n = 0;
	uint8_t page[PAGE];

	if (!s->l.has_cpu || !kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(s->s), "init_uts_ns", &middle))
		return;
	middle &= ~(uint64_t)(PAGE - 1);
	for (uint64_t at = middle - REACH; at < middle + REACH; at += PAGE) {
		if (!kd_space_read(s->s, at, page, sizeof(page), NULL))
			continue;
		for (unsigned i = 0; i < PAGE; i += 8) {
			const uint64_t off = kd_le64(page + i);
			size_t here;

			if (!off || (best && at + i < best + 8 * n) || !is_offset(s, off))
				continue;
			here = count_offsets(s, at + i);
			if (here > n) {
				best = at + i;
				n = here;
			}
		}
	}
	if (n)
		kd_mem_set_cpus(s->m, best, n);
}
