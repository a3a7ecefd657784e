// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/meminfo.h"

#include <string.h>

#include "base/alloc.h"

enum { NODES_MAX = 1024, NODE_ZONES_MAX = 16, CPU_LIST_MAX = 1 << 20 };

/* --- nodes and zones --------------------------------------------------------------------------------- */

/* struct pglist_data of each node; how many. */
static size_t nodes_of(struct kd_mem *m, uint64_t *ret, size_t max)
{
	uint64_t table, n = 1, at;
	size_t found = 0;

	if (kd_mem_symbol(m, KD_MEM_CONTIG_PAGE_DATA, &at)) {
		ret[0] = at;
		return 1;
	}
	if (!kd_mem_symbol(m, KD_MEM_NODE_DATA, &table))
		return 0;
	if (!kd_mem_value(m, KD_MEM_NR_NODE_IDS, 4, &n) || n > max)
		n = max;
	for (uint64_t i = 0; i < n; i++)
		if (kd_space_uint(kd_mem_space(m), table + 8 * i, 8, &at, NULL) && at)
			ret[found++] = at;
	return found;
}

/* Calls with each zone that was ever set up. */
static bool each_zone(struct kd_mem *m, void (*visit)(void *user, uint64_t zone, unsigned node), void *user)
{
	struct kd_kernel *k = kd_mem_kernel(m);
	uint64_t *nodes = kd_xcalloc(NODES_MAX, sizeof(*nodes)), size;
	const size_t n = nodes_of(m, nodes, NODES_MAX);
	struct kd_field zones;
	const bool known = kd_kernel_field(k, "pglist_data", "node_zones", &zones) && kd_kernel_sizeof(k, "zone", &size) && size;

	for (size_t i = 0; known && i < n; i++)
		for (uint64_t j = 0; j < zones.size / size && j < NODE_ZONES_MAX; j++)
			visit(user, nodes[i] + zones.off + j * size, (unsigned)i);
	kd_free(nodes);
	return known && n;
}

/* --- counters ---------------------------------------------------------------------------------------- */

static int64_t signed_byte(uint64_t v)
{
	return (int8_t)(v & 0xff);
}

/* Sum over the CPUs of entry i of an array of signed bytes at off in what the per-CPU pointer leads to. */
static int64_t drift(struct kd_mem *m, uint64_t pointer, uint64_t off, uint64_t i)
{
	const unsigned *cpus;
	const size_t n = kd_mem_cpus(m, &cpus);
	int64_t sum = 0;
	uint64_t at, v;

	for (size_t j = 0; pointer && j < n; j++)
		if (kd_mem_percpu(m, pointer, cpus[j], &at) && kd_space_uint(kd_mem_space(m), at + off + i, 1, &v, NULL))
			sum += signed_byte(v);
	return sum;
}

struct drifting {
	struct kd_mem *m;
	uint64_t i;
	int64_t sum;
	uint64_t zone; /* this one alone; 0: all */
};

/* per_cpu_zonestats since 5.14, before in struct per_cpu_pageset. */
static void zone_drift(void *user, uint64_t zone, unsigned node)
{
	struct drifting *d = user;
	struct kd_kernel *k = kd_mem_kernel(d->m);
	struct kd_field diff;
	uint64_t p;

	(void)node;
	if (d->zone && d->zone != zone)
		return;
	if (kd_kernel_read(k, zone, "zone", "per_cpu_zonestats", &p) &&
	    kd_kernel_field(k, "per_cpu_zonestat", "vm_stat_diff", &diff))
		d->sum += drift(d->m, p, diff.off, d->i);
	else if (kd_kernel_read(k, zone, "zone", "pageset", &p) && kd_kernel_field(k, "per_cpu_pageset", "vm_stat_diff", &diff))
		d->sum += drift(d->m, p, diff.off, d->i);
}

static int64_t node_drift(struct kd_mem *m, uint64_t i)
{
	struct kd_kernel *k = kd_mem_kernel(m);
	uint64_t *nodes = kd_xcalloc(NODES_MAX, sizeof(*nodes)), p;
	const size_t n = nodes_of(m, nodes, NODES_MAX);
	struct kd_field diff;
	int64_t sum = 0;

	for (size_t j = 0; j < n && kd_kernel_field(k, "per_cpu_nodestat", "vm_node_stat_diff", &diff); j++)
		if (kd_kernel_read(k, nodes[j], "pglist_data", "per_cpu_nodestats", &p))
			sum += drift(m, p, diff.off, i);
	kd_free(nodes);
	return sum;
}

bool kd_meminfo_stat(struct kd_mem *m, const char *name, uint64_t *ret)
{
	struct kd_kernel *k = kd_mem_kernel(m);
	struct drifting d = {.m = m};
	uint64_t table, v;
	int64_t sum;

	if (kd_kernel_enumerator(k, "zone_stat_item", name, &d.i)) {
		if (!kd_mem_symbol(m, KD_MEM_VM_ZONE_STAT, &table) ||
		    !kd_space_uint(kd_mem_space(m), table + 8 * d.i, 8, &v, NULL))
			return false;
		(void)each_zone(m, zone_drift, &d);
		sum = (int64_t)(v + (uint64_t)d.sum);
	} else {
		if (!kd_kernel_enumerator(k, "node_stat_item", name, &d.i) || !kd_mem_symbol(m, KD_MEM_VM_NODE_STAT, &table) ||
		    !kd_space_uint(kd_mem_space(m), table + 8 * d.i, 8, &v, NULL))
			return false;
		sum = (int64_t)(v + (uint64_t)node_drift(m, d.i));
	}
	*ret = sum > 0 ? (uint64_t)sum : 0; /* as the kernel: a counter may be below zero for a while */
	return true;
}

/* --- zones ------------------------------------------------------------------------------------------- */

struct zones {
	struct kd_mem *m;
	struct kd_arena *arena;
	struct kd_zones *ret;
	size_t cap;
};

static void read_blocks(struct kd_kernel *k, struct kd_zone *z)
{
	struct kd_field areas;
	uint64_t size;

	if (!kd_kernel_field(k, "zone", "free_area", &areas) || !kd_kernel_sizeof(k, "free_area", &size) || !size)
		return;
	for (uint64_t i = 0; i < areas.size / size && i < KD_ORDERS_MAX; i++)
		if (kd_kernel_read(k, z->addr + areas.off + i * size, "free_area", "nr_free", &z->blocks[i]))
			z->norders = (unsigned)i + 1;
}

static void read_cpu_lists(struct kd_mem *m, struct kd_zone *z)
{
	struct kd_kernel *k = kd_mem_kernel(m);
	const unsigned *cpus;
	const size_t n = kd_mem_cpus(m, &cpus);
	uint64_t p, at, count;

	if (!kd_kernel_read(k, z->addr, "zone", "per_cpu_pageset", &p) && !kd_kernel_read(k, z->addr, "zone", "pageset", &p))
		return;
	for (size_t i = 0; i < n; i++)
		if (kd_mem_percpu(m, p, cpus[i], &at) && (kd_kernel_read(k, at, "per_cpu_pages", "count", &count)) &&
		    count < CPU_LIST_MAX) {
			z->on_cpus += count;
			z->has_on_cpus = true;
		}
}

static void read_watermarks(struct kd_kernel *k, struct kd_zone *z)
{
	static const char *const paths[] = {"_watermark", "watermark", NULL};
	struct kd_field f;

	z->has_watermark = kd_mem_field(k, "zone", paths, &f) && f.size >= 24;
	for (unsigned i = 0; z->has_watermark && i < 3; i++)
		z->has_watermark = kd_space_uint(kd_kernel_space(k), z->addr + f.off + 8 * i, 8, &z->watermark[i], NULL);
}

static bool read_zone(struct kd_mem *m, struct kd_zone *z)
{
	struct kd_kernel *k = kd_mem_kernel(m);
	struct drifting d = {.m = m, .zone = z->addr};
	struct kd_field stat;
	uint64_t name, v;

	if (!kd_kernel_read(k, z->addr, "zone", "name", &name) || !kd_kernel_text(k, name, sizeof(z->name), z->name) ||
	    !kd_kernel_read(k, z->addr, "zone", "zone_start_pfn", &z->start_pfn) ||
	    !kd_kernel_read(k, z->addr, "zone", "spanned_pages", &z->spanned) ||
	    !kd_kernel_read(k, z->addr, "zone", "present_pages", &z->present) ||
	    !kd_kernel_read(k, z->addr, "zone", "managed_pages", &z->managed))
		return false;
	if (kd_kernel_field(k, "zone", "vm_stat", &stat) && kd_kernel_enumerator(k, "zone_stat_item", "NR_FREE_PAGES", &d.i) &&
	    kd_space_uint(kd_mem_space(m), z->addr + stat.off + 8 * d.i, 8, &v, NULL)) {
		zone_drift(&d, z->addr, z->node);
		v += (uint64_t)d.sum;
		z->free = (int64_t)v > 0 ? v : 0;
	}
	read_watermarks(k, z);
	read_blocks(k, z);
	read_cpu_lists(m, z);
	return true;
}

static void take_zone(void *user, uint64_t addr, unsigned node)
{
	struct zones *z = user;
	struct kd_zone one = {.addr = addr, .node = node};

	if (!kd_kernel_read(kd_mem_kernel(z->m), addr, "zone", "spanned_pages", &one.spanned)) {
		z->ret->why = "a struct zone cannot be read";
		return;
	}
	if (!one.spanned)
		return;
	if (z->ret->n == z->cap) {
		z->ret->why = "there are more zones than are read";
		return;
	}
	if (read_zone(z->m, &one))
		z->ret->v[z->ret->n++] = one;
	else
		z->ret->why = "a struct zone cannot be read";
}

void kd_zones_read(struct kd_mem *m, struct kd_arena *arena, struct kd_zones *ret)
{
	struct zones z = {.m = m, .arena = arena, .ret = ret, .cap = KD_ZONES_MAX};

	*ret = (struct kd_zones){.v = kd_arena_array(arena, KD_ZONES_MAX, struct kd_zone)};
	if (!ret->v)
		ret->why = "no room for zones";
	else if (!each_zone(m, take_zone, &z))
		ret->why = "where nodes of memory are, or how they are laid out, is not known";
}

/* --- summary ----------------------------------------------------------------------------------------- */

static struct kd_meminfo_row *row(struct kd_meminfo *i, const char *key, const char *title, const char *what)
{
	struct kd_meminfo_row *r = &i->v[i->n < KD_MEMINFO_ROWS - 1 ? i->n++ : KD_MEMINFO_ROWS - 1];

	*r = (struct kd_meminfo_row){
		.key = key, .title = title, .what = what, .why = "the kernel has no such counter, or it cannot be read"};
	return r;
}

static void from_stat(struct kd_mem *m, struct kd_meminfo *i, const char *key, const char *title, const char *name,
		      const char *older)
{
	struct kd_meminfo_row *r = row(i, key, title, name);
	uint64_t v;

	if (!kd_meminfo_stat(m, name, &v)) {
		if (!older || !kd_meminfo_stat(m, older, &v))
			return;
		r->what = older;
	}
	r->known = true;
	r->bytes = strstr(r->what, "_KB") ? v << 10 : v << kd_mem_page_shift(m);
}

static void from_symbol(struct kd_mem *m, struct kd_meminfo *i, const char *key, const char *title, enum kd_mem_symbol s,
			const char *name)
{
	struct kd_meminfo_row *r = row(i, key, title, name);
	uint64_t v;

	if (kd_mem_value(m, s, 8, &v)) {
		r->known = true;
		r->bytes = (int64_t)v > 0 ? v << kd_mem_page_shift(m) : 0;
	}
}

/* struct percpu_counter: a sum, and what CPUs have aside. */
static void committed(struct kd_mem *m, struct kd_meminfo *i)
{
	struct kd_meminfo_row *r = row(i, "committed", "committed", "vm_committed_as");
	struct kd_kernel *k = kd_mem_kernel(m);
	const unsigned *cpus;
	const size_t n = kd_mem_cpus(m, &cpus);
	uint64_t at, sum, counters, one, v;

	if (!kd_mem_symbol(m, KD_MEM_VM_COMMITTED_AS, &at) || !kd_kernel_read(k, at, "percpu_counter", "count", &sum))
		return;
	if (kd_kernel_read(k, at, "percpu_counter", "counters", &counters))
		for (size_t j = 0; j < n; j++)
			if (kd_mem_percpu(m, counters, cpus[j], &one) && kd_space_uint(kd_mem_space(m), one, 4, &v, NULL))
				sum += (uint64_t)(int64_t)(int32_t)v;
	r->known = true;
	r->bytes = (int64_t)sum > 0 ? sum << kd_mem_page_shift(m) : 0;
}

static void percpu(struct kd_mem *m, struct kd_meminfo *i)
{
	struct kd_meminfo_row *r = row(i, "percpu", "per-CPU", "pcpu_nr_populated, pcpu_nr_units");
	uint64_t pages, units;

	if (kd_mem_value(m, KD_MEM_PCPU_NR_POPULATED, 8, &pages) && kd_mem_value(m, KD_MEM_NR_PERCPU_UNITS, 4, &units)) {
		r->known = true;
		r->bytes = (pages * units) << kd_mem_page_shift(m);
	}
}

void kd_meminfo_read(struct kd_mem *m, struct kd_meminfo *ret)
{
	struct kd_meminfo_row *vmalloc;
	uint64_t v;

	*ret = (struct kd_meminfo){0};
	from_symbol(m, ret, "total", "total", KD_MEM_TOTALRAM, "_totalram_pages");
	from_stat(m, ret, "free", "free", "NR_FREE_PAGES", NULL);
	from_stat(m, ret, "file", "page cache", "NR_FILE_PAGES", NULL);
	from_stat(m, ret, "dirty", "  dirty", "NR_FILE_DIRTY", NULL);
	from_stat(m, ret, "writeback", "  being written", "NR_WRITEBACK", NULL);
	from_stat(m, ret, "shmem", "  shared memory", "NR_SHMEM", NULL);
	from_stat(m, ret, "mapped", "  mapped", "NR_FILE_MAPPED", NULL);
	from_stat(m, ret, "anon", "anonymous", "NR_ANON_MAPPED", NULL);
	from_stat(m, ret, "unevictable", "unevictable", "NR_UNEVICTABLE", NULL);
	from_stat(m, ret, "slab_reclaimable", "slab, reclaimable", "NR_SLAB_RECLAIMABLE_B", "NR_SLAB_RECLAIMABLE");
	from_stat(m, ret, "slab_unreclaimable", "slab, not reclaimable", "NR_SLAB_UNRECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE");
	from_stat(m, ret, "kernel_stacks", "kernel stacks", "NR_KERNEL_STACK_KB", NULL);
	from_stat(m, ret, "page_tables", "page tables", "NR_PAGETABLE", NULL);
	percpu(m, ret);
	from_stat(m, ret, "vmalloc", "vmalloc", "NR_VMALLOC", NULL);
	vmalloc = &ret->v[ret->n - 1];
	if (!vmalloc->known && kd_mem_value(m, KD_MEM_NR_VMALLOC_PAGES, 8, &v)) {
		vmalloc->known = true;
		vmalloc->what = "nr_vmalloc_pages";
		vmalloc->bytes = v << kd_mem_page_shift(m);
	}
	committed(m, ret);
	from_symbol(m, ret, "reserved", "kept free", KD_MEM_TOTALRESERVE_PAGES, "totalreserve_pages");
	from_symbol(m, ret, "swap_total", "swap, total", KD_MEM_TOTAL_SWAP_PAGES, "total_swap_pages");
	from_symbol(m, ret, "swap_free", "swap, free", KD_MEM_NR_SWAP_PAGES, "nr_swap_pages");
}

size_t kd_hugepages_read(struct kd_mem *m, struct kd_hugepages *ret, size_t max)
{
	struct kd_kernel *k = kd_mem_kernel(m);
	uint64_t n, table, size, order;
	struct kd_field name;
	size_t found = 0;

	if (!kd_mem_value(m, KD_MEM_HUGETLB_MAX_HSTATE, 4, &n) || !kd_mem_symbol(m, KD_MEM_HSTATES, &table) ||
	    !kd_kernel_sizeof(k, "hstate", &size) || !kd_kernel_field(k, "hstate", "name", &name))
		return 0;
	for (uint64_t i = 0; i < n && found < max; i++) {
		const uint64_t at = table + i * size;
		struct kd_hugepages h = {0};

		if (!kd_kernel_text(k, at + name.off, sizeof(h.name), h.name) ||
		    !kd_kernel_read(k, at, "hstate", "order", &order) || order > 40 ||
		    !kd_kernel_read(k, at, "hstate", "nr_huge_pages", &h.pages) ||
		    !kd_kernel_read(k, at, "hstate", "free_huge_pages", &h.free) ||
		    !kd_kernel_read(k, at, "hstate", "resv_huge_pages", &h.reserved) ||
		    !kd_kernel_read(k, at, "hstate", "surplus_huge_pages", &h.surplus))
			continue;
		h.order = (unsigned)order;
		ret[found++] = h;
	}
	return found;
}
