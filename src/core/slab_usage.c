// SPDX-License-Identifier: GPL-2.0-or-later
/* How much of a cache is used; who allocated and freed an object last. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/slab.h"
#include "core/slab_internal.h"

enum { OLD_TRACK_ADDRS = 16, DEPOT_ALIGN = 4, POOLS_MAX = 1 << 20, DEPOT_BITS = 26 /* without the caller's own */ };

/* --- usage ------------------------------------------------------------------------------------------- */

static void count_node(struct kd_slub *s, const struct kd_cache *c, uint64_t node, struct kd_cache_usage *u)
{
	const uint64_t head = node + s->l.n_partial.off;
	uint64_t at, back = head, prev;
	struct kd_slab slab;

	if (!kd_space_uint(s->s, head, 8, &at, NULL)) {
		kd_slab_say(u->why, "the list of partly used slabs at 0x%" PRIx64 " cannot be read", head);
		return;
	}
	for (unsigned n = 0; at != head; n++) {
		if (n == SLAB_LIST_MAX) {
			kd_slab_say(u->why, "the list of partly used slabs at 0x%" PRIx64 " does not end", head);
			return;
		}
		if (!kd_space_uint(s->s, at + 8, 8, &prev, NULL) || prev != back) {
			kd_slab_say(u->why,
				    "the list of partly used slabs is broken: 0x%" PRIx64 " does not point back to 0x%" PRIx64,
				    at, back);
			return;
		}
		if (!kd_slab_read(s, at - s->l.list.off, &slab) || slab.cache != c) {
			kd_slab_say(u->why,
				    "the list of partly used slabs leads to 0x%" PRIx64 ", which is no slab of this cache",
				    at - s->l.list.off);
			return;
		}
		u->partial++;
		u->free_node += slab.objects - slab.inuse;
		back = at;
		if (!kd_space_uint(s->s, at, 8, &at, NULL)) {
			kd_slab_say(u->why, "the list of partly used slabs cannot be read at 0x%" PRIx64, at);
			return;
		}
	}
}

static void count_cpu_partial(struct kd_slub *s, const struct kd_cache *c, uint64_t first, struct kd_cache_usage *u)
{
	struct kd_slab slab;

	for (unsigned n = 0; first; n++) {
		if (n == SLAB_LIST_MAX || !kd_slab_read(s, first, &slab) || slab.cache != c) {
			kd_slab_say(u->why,
				    "a CPU's list of partly used slabs leads to 0x%" PRIx64 ", which is no slab of this cache",
				    first);
			return;
		}
		u->free_partial += slab.objects - slab.inuse;
		if (!kd_space_uint(s->s, first + s->l.next.off, 8, &first, NULL))
			return;
	}
}

static void count_cpu(struct kd_slub *s, const struct kd_cache *c, unsigned cpu, struct kd_cache_usage *u)
{
	struct slab_cpu here;
	struct kd_slab slab;
	bool whole;

	if (!kd_slab_cpu(s, c, cpu, &here)) {
		kd_slab_say(u->why, "what CPU %u has of it cannot be read", cpu);
		return;
	}
	if (s->l.has_cpu_partial)
		count_cpu_partial(s, c, here.partial, u);
	if (!here.slab)
		return;
	if (!kd_slab_read(s, here.slab, &slab) || slab.cache != c) {
		kd_slab_say(u->why, "CPU %u's slab 0x%" PRIx64 " is none of this cache", cpu, here.slab);
		return;
	}
	memset(s->seen, 0, slab.objects);
	u->free_cpu += kd_slab_walk(s, &slab, here.freelist, s->seen, 1, &whole, u->why);
	u->free_cpu += slab.objects - slab.inuse; /* other CPUs gave them back meanwhile */
}

void kd_cache_usage(struct kd_slub *s, const struct kd_cache *c, struct kd_cache_usage *ret)
{
	struct kd_cache_usage u = {.totals = s->l.has_totals};
	const unsigned *cpus;
	const size_t ncpus = kd_mem_cpus(s->m, &cpus);
	uint64_t slabs, objects;

	for (uint64_t i = 0; i < s->nodes && c->sane; i++) {
		const uint64_t node = kd_slab_node(s, c, i, false);

		if (!node)
			continue; /* a node without memory */
		if (u.totals && kd_space_uint(s->s, node + s->l.n_slabs.off, 8, &slabs, NULL) &&
		    kd_space_uint(s->s, node + s->l.n_objects.off, 8, &objects, NULL)) {
			u.slabs += slabs;
			u.objects += objects;
		} else if (u.totals)
			kd_slab_say(u.why, "node %" PRIu64 "'s part of it cannot be read", i);
		count_node(s, c, node, &u);
	}
	if (!c->sane)
		kd_slab_say(u.why, "the numbers of struct kmem_cache at 0x%" PRIx64 " make no sense", c->addr);
	if (!ncpus && c->cpu_slab)
		kd_slab_say(u.why, "where CPUs have their own slabs is not known (no __per_cpu_offset)");
	for (size_t i = 0; i < ncpus && c->sane && c->cpu_slab; i++)
		count_cpu(s, c, cpus[i], &u);
	if (c->sane) {
		kd_slab_load_sheaves(s, c);
		u.parked = s->sheaf.n;
		if (s->sheaf_why[0])
			kd_slab_say(u.why, "%s", s->sheaf_why);
	}
	*ret = u;
}

uint64_t kd_cache_allocated(const struct kd_cache_usage *u)
{
	const uint64_t unused = u->free_node + u->free_cpu + u->free_partial + u->parked;

	return unused < u->objects ? u->objects - unused : 0;
}

/* --- who allocated, who freed ------------------------------------------------------------------------ */

/* Behind the object and, where it cannot lie in it, the pointer to the next free one: mm/slub.c, get_track(). */
static uint64_t tracks_at(const struct kd_object *o)
{
	const struct kd_cache *c = o->cache;

	return o->start + (c->offset >= c->inuse ? c->inuse + 8 : c->inuse);
}

/* Part of a handle, by one of the names that it has had. */
static bool part(struct kd_slub *s, const char *const *names, const void *handle, uint64_t *ret)
{
	struct kd_bits b;

	for (; *names; names++)
		if (kd_mem_bits(s->k, "handle_parts", *names, &b))
			return kd_bits_of(&b, handle, 8, ret);
	return false;
}

/* Is there a record of this stack at `table`? It has its own handle in it, which differs in the extra bits at most. */
static bool record_at(struct kd_slub *s, uint64_t table, uint64_t pool, uint64_t off, uint32_t handle, uint64_t *ret)
{
	uint64_t base, found;

	if (!kd_space_uint(s->s, table + 8 * pool, 8, &base, NULL) || !base ||
	    !kd_kernel_read(s->k, base + (off << DEPOT_ALIGN), "stack_record", "handle", &found) ||
	    (found ^ handle) & (((uint32_t)1 << DEPOT_BITS) - 1))
		return false;
	*ret = base + (off << DEPOT_ALIGN);
	return true;
}

/* lib/stackdepot.c: the handle says in which pool, and where there, a record of the stack is. */
static const char *find_record(struct kd_slub *s, uint32_t handle, uint64_t *ret)
{
	static const char *const pools[] = {"pool_index", "slabindex", "slab_index", NULL};
	static const char *const plus_one[] = {"pool_index_plus_1", NULL};
	static const char *const offsets[] = {"offset", NULL};
	uint8_t bytes[8] = {0};
	uint64_t table, pool, off, through;

	kd_put_le32(bytes, handle);
	if (part(s, plus_one, bytes, &pool))
		pool--;
	else if (!part(s, pools, bytes, &pool))
		return "how the stack depot is laid out is not known";
	if (!part(s, offsets, bytes, &off))
		return "how the stack depot is laid out is not known";
	if (!kd_mem_symbol(s->m, KD_MEM_STACK_POOLS, &table) && !kd_mem_symbol(s->m, KD_MEM_STACK_SLABS, &table))
		return "the kernel's symbols do not name the stack depot's memory";
	if (pool > POOLS_MAX)
		return "the stack's number makes no sense";
	if (record_at(s, table, pool, off, handle, ret) || /* an array; or, sized at boot, a pointer to one */
	    (kd_space_uint(s->s, table, 8, &through, NULL) && record_at(s, through, pool, off, handle, ret)))
		return NULL;
	return "the stack depot has no such stack, or cannot be read";
}

static const char *read_depot(struct kd_slub *s, uint32_t handle, struct kd_track *t)
{
	struct kd_field entries;
	const char *why = handle ? NULL : "no stack was kept";
	uint64_t record, n;

	if (!why)
		why = find_record(s, handle, &record);
	if (why)
		return why;
	if (!kd_kernel_field(s->k, "stack_record", "entries", &entries) ||
	    !kd_kernel_read(s->k, record, "stack_record", "size", &n) || n > KD_TRACK_FRAMES)
		return "the stack depot cannot be read";
	for (uint64_t i = 0; i < n; i++)
		if (!kd_space_uint(s->s, record + entries.off + 8 * i, 8, &t->stack[t->n++], NULL))
			return "the stack depot cannot be read";
	return NULL;
}

/* Before 5.18 addresses of the callers were in the track itself. */
static const char *read_addrs(struct kd_slub *s, uint64_t at, struct kd_track *t)
{
	struct kd_field f;

	if (!kd_kernel_field(s->k, "track", "addrs", &f))
		return "the kernel keeps no stacks (CONFIG_STACKDEPOT, CONFIG_STACKTRACE)";
	for (uint64_t i = 0; i < f.size / 8 && i < OLD_TRACK_ADDRS; i++) {
		if (!kd_space_uint(s->s, at + f.off + 8 * i, 8, &t->stack[t->n], NULL) || !t->stack[t->n])
			break;
		t->n++;
	}
	return t->n ? NULL : "no stack was kept";
}

/*
 * KASAN: behind the object who allocated it; who freed it in the object itself, which is valid while its shadow says so
 * (KASAN_SLAB_FREETRACK, which a state of quarantine stands for), or behind it (INT_MAX: nowhere).
 */
static bool kasan_track(struct kd_slub *s, const struct kd_object *o, bool alloc, struct kd_track *ret)
{
	struct kd_track t = {.kasan = true};
	struct kd_field info, off, track, pid, handle;
	uint64_t where, n, h;

	if (!s->has_shadow || (!alloc && o->state != KD_OBJECT_QUARANTINE) || !kd_kernel_field(s->k, "kmem_cache", "kasan_info", &info) ||
	    !kd_kernel_field(s->k, "kasan_cache", alloc ? "alloc_meta_offset" : "free_meta_offset", &off) ||
	    !kd_kernel_field(s->k, alloc ? "kasan_alloc_meta" : "kasan_free_meta", alloc ? "alloc_track" : "free_track", &track) ||
	    !kd_kernel_field(s->k, "kasan_track", "pid", &pid) || !kd_kernel_field(s->k, "kasan_track", "stack", &handle))
		return false;
	if (!kd_space_uint(s->s, o->cache->addr + info.off + off.off, 4, &where, NULL) || where >= o->cache->size ||
	    (alloc && !where)) /* no room was left for it */
		return false;
	t.at = o->start + where + track.off;
	t.size = track.size;
	if (!kd_space_uint(s->s, t.at + pid.off, 4, &n, NULL) || !kd_space_uint(s->s, t.at + handle.off, 4, &h, NULL) || !h)
		return false;
	t.pid = (int32_t)n;
	t.no_stack = read_depot(s, (uint32_t)h, &t);
	*ret = t;
	return true;
}

bool kd_object_track(struct kd_slub *s, const struct kd_object *o, bool alloc, struct kd_track *ret)
{
	struct kd_track t = {0};
	uint64_t size, at = tracks_at(o), cpu = 0, pid = 0, handle;

	if (!kd_cache_has(s, o->cache, "STORE_USER") || !kd_kernel_sizeof(s->k, "track", &size))
		return kasan_track(s, o, alloc, ret);
	if (!alloc) /* enum track_item: TRACK_ALLOC, TRACK_FREE */
		at += size;
	if (!kd_kernel_read(s->k, at, "track", "addr", &t.addr) || !kd_kernel_read(s->k, at, "track", "when", &t.when) ||
	    !kd_kernel_read(s->k, at, "track", "cpu", &cpu) || !kd_kernel_read(s->k, at, "track", "pid", &pid))
		return false;
	t.at = at;
	t.size = size;
	t.cpu = (uint32_t)cpu;
	t.pid = (int32_t)pid;
	if (kd_kernel_read(s->k, at, "track", "handle", &handle))
		t.no_stack = read_depot(s, (uint32_t)handle, &t);
	else
		t.no_stack = read_addrs(s, at, &t);
	*ret = t;
	return true;
}
