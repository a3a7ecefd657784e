// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/slab.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "base/vec.h"
#include "core/slab_internal.h"
#include "format/elfcore.h"
#include "report/poison.h"

enum { ARENA_MAX = 32 << 20, NODES_MAX = 1024, OBJECT_MAX = 64 << 20, OO_SHIFT = 16, ORDER_MAX = 24 };

void kd_slab_say(char why[KD_SLAB_WHY], const char *fmt, ...)
{
	va_list ap;

	if (*why)
		return;
	va_start(ap, fmt);
	vsnprintf(why, KD_SLAB_WHY, fmt, ap);
	va_end(ap);
}

/* --- layouts ----------------------------------------------------------------------------------------- */

static bool slab_layout(struct kd_kernel *k, struct slab_layout *l)
{
	static const char *const lists[] = {"slab_list", "lru", NULL};
	uint64_t size;

	l->slab = kd_kernel_sizeof(k, "slab", &size) && kd_kernel_field(k, "slab", "slab_cache", &l->cache) ? "slab" : "page";
	l->has_next = kd_kernel_field(k, l->slab, "next", &l->next);
	l->has_frozen = kd_mem_bits(k, l->slab, "frozen", &l->frozen);
	return kd_kernel_field(k, l->slab, "slab_cache", &l->cache) && kd_kernel_field(k, l->slab, "freelist", &l->freelist) &&
	       kd_mem_field(k, l->slab, lists, &l->list) && kd_mem_bits(k, l->slab, "inuse", &l->inuse) &&
	       kd_mem_bits(k, l->slab, "objects", &l->objects);
}

static bool cache_layout(struct kd_kernel *k, struct slab_layout *l)
{
	l->has_align = kd_kernel_field(k, "kmem_cache", "align", &l->c_align);
	l->has_left = kd_kernel_field(k, "kmem_cache", "red_left_pad", &l->c_left);
	l->has_ctor = kd_kernel_field(k, "kmem_cache", "ctor", &l->c_ctor);
	l->has_random = kd_kernel_field(k, "kmem_cache", "random", &l->c_random);
	l->has_cpu = kd_kernel_field(k, "kmem_cache", "cpu_slab", &l->c_cpu);
	l->has_sheaves = kd_kernel_field(k, "kmem_cache", "cpu_sheaves", &l->c_sheaves);
	return kd_kernel_field(k, "kmem_cache", "name", &l->c_name) && kd_kernel_field(k, "kmem_cache", "list", &l->c_list) &&
	       kd_kernel_field(k, "kmem_cache", "object_size", &l->c_object_size) &&
	       kd_kernel_field(k, "kmem_cache", "size", &l->c_size) && kd_kernel_field(k, "kmem_cache", "inuse", &l->c_inuse) &&
	       kd_kernel_field(k, "kmem_cache", "offset", &l->c_offset) && kd_kernel_field(k, "kmem_cache", "oo.x", &l->c_oo) &&
	       kd_kernel_field(k, "kmem_cache", "flags", &l->c_flags);
}

static bool node_layout(struct kd_kernel *k, struct slab_layout *l)
{
	struct kd_field node, barn;

	l->node_step = 8;
	if (kd_kernel_field(k, "kmem_cache", "per_node", &l->c_nodes)) {
		if (!kd_kernel_sizeof(k, "kmem_cache_per_node_ptrs", &l->node_step) || l->node_step < 8 || l->node_step > 64 ||
		    !kd_kernel_field(k, "kmem_cache_per_node_ptrs", "node", &node))
			return false;
		l->node_off = node.off;
		l->has_barn = kd_kernel_field(k, "kmem_cache_per_node_ptrs", "barn", &barn);
		l->barn_off = l->has_barn ? barn.off : 0;
	} else if (!kd_kernel_field(k, "kmem_cache", "node", &l->c_nodes))
		return false;
	if (!l->has_barn && kd_kernel_field(k, "kmem_cache_node", "barn", &barn)) {
		l->node_has_barn = true;
		l->barn_off = barn.off;
	}
	l->has_totals = kd_kernel_field(k, "kmem_cache_node", "nr_slabs", &l->n_slabs) &&
			kd_kernel_field(k, "kmem_cache_node", "total_objects", &l->n_objects);
	return kd_kernel_field(k, "kmem_cache_node", "partial", &l->n_partial);
}

static bool cpu_layout(struct kd_kernel *k, struct slab_layout *l)
{
	static const char *const slabs[] = {"slab", "page", NULL};

	if (!l->has_cpu)
		return true;
	l->has_cpu_partial = l->has_next && kd_kernel_field(k, "kmem_cache_cpu", "partial", &l->cpu_partial);
	return kd_kernel_field(k, "kmem_cache_cpu", "freelist", &l->cpu_freelist) &&
	       kd_mem_field(k, "kmem_cache_cpu", slabs, &l->cpu_slab);
}

static struct kd_error *find_layout(struct kd_kernel *k, struct slab_layout *l)
{
	struct kd_field f;

	if (!kd_kernel_types(k))
		return kd_error_new(KD_NOTFOUND, "how caches are laid out is not known: %s", kd_kernel_no_types(k));
	if (!kd_kernel_field(k, "kmem_cache", "oo", &f))
		return kd_kernel_field(k, "kmem_cache", "num", &f)
			       ? kd_error_new(KD_UNSUPPORTED, "the kernel's allocator is SLAB, which is not read")
			       : kd_error_new(KD_UNSUPPORTED,
					      "the kernel's allocator is neither SLUB nor SLAB (SLOB?): it is not read");
	if (!slab_layout(k, l) || !cache_layout(k, l) || !node_layout(k, l) || !cpu_layout(k, l))
		return kd_error_new(KD_NOTFOUND, "the kernel's types lack members of SLUB that are needed");
	return NULL;
}

/* --- caches ------------------------------------------------------------------------------------------ */

static bool number(const struct kd_slub *s, uint64_t addr, const struct kd_field *f, uint64_t *ret)
{
	return kd_space_uint(s->s, addr + f->off, f->size < 8 ? (unsigned)f->size : 8, ret, NULL);
}

static uint32_t small(const struct kd_slub *s, uint64_t addr, const struct kd_field *f)
{
	uint64_t v;

	return number(s, addr, f, &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* A struct of the cache's name and an object's size. */
static uint32_t type_of(const struct kd_slub *s, const struct kd_cache *c)
{
	const struct kd_types *ts = kd_kernel_types(s->k);
	uint64_t size;
	uint32_t id;

	return kd_types_first(ts, KD_TYPES_STRUCT, kd_view_of(c->name), &id) == 1 && kd_types_size(ts, id, &size) &&
			       size == c->object_size
		       ? id
		       : 0;
}

uint64_t kd_cache_slab_bytes(const struct kd_slub *s, const struct kd_cache *c)
{
	return c->order < ORDER_MAX ? kd_mem_page_bytes(s->m) << c->order : 0;
}

static bool is_sane(const struct kd_slub *s, const struct kd_cache *c)
{
	const uint64_t bytes = kd_cache_slab_bytes(s, c);

	return bytes && c->size >= 8 && c->size <= OBJECT_MAX && c->object_size && c->object_size <= c->size &&
	       c->offset + (uint64_t)8 <= c->size && c->inuse <= c->size && c->left < c->size && c->per_slab &&
	       c->per_slab <= KD_SLAB_OBJECTS_MAX && (uint64_t)c->per_slab * c->size <= bytes;
}

static void read_cache(const struct kd_slub *s, uint64_t addr, struct kd_cache *c)
{
	const struct slab_layout *l = &s->l;
	uint64_t name = 0, oo;

	*c = (struct kd_cache){.addr = addr};
	if (!number(s, addr, &l->c_name, &name) || !kd_kernel_text(s->k, name, sizeof(c->name), c->name))
		snprintf(c->name, sizeof(c->name), "(name not readable)");
	c->object_size = small(s, addr, &l->c_object_size);
	c->size = small(s, addr, &l->c_size);
	c->inuse = small(s, addr, &l->c_inuse);
	c->offset = small(s, addr, &l->c_offset);
	oo = small(s, addr, &l->c_oo);
	c->order = (unsigned)(oo >> OO_SHIFT);
	c->per_slab = (unsigned)(oo & 0xffff);
	c->align = l->has_align ? small(s, addr, &l->c_align) : 0;
	c->left = l->has_left ? small(s, addr, &l->c_left) : 0;
	(void)number(s, addr, &l->c_flags, &c->flags);
	if (l->has_ctor)
		(void)number(s, addr, &l->c_ctor, &c->ctor);
	if (l->has_random)
		(void)number(s, addr, &l->c_random, &c->random);
	if (l->has_cpu)
		(void)number(s, addr, &l->c_cpu, &c->cpu_slab);
	if (l->has_sheaves)
		(void)number(s, addr, &l->c_sheaves, &c->cpu_sheaves);
	c->sane = is_sane(s, c);
	c->type = type_of(s, c);
}

struct found_caches {
	KD_VEC(struct kd_cache) v;
	uint64_t last; /* the list node that was met last */
};

/*
 * Forward, or backward, from the head on; true: all the way around. `stop`: a node that was met from the other side.
 * A node whose neighbour does not point back to it is where a list is broken.
 */
static bool walk_caches(struct kd_slub *s, uint64_t head, bool backward, uint64_t stop, struct found_caches *found)
{
	const uint64_t there = backward ? 8 : 0, back_at = 8 - there;
	uint64_t at, back = head, prev;
	struct kd_space_miss miss;

	found->last = head;
	for (uint64_t from = head;; from = at, back = at) {
		struct kd_cache *c;

		if (!kd_space_uint(s->s, from + there, 8, &at, &miss)) {
			kd_slab_say(s->why, "the list of caches cannot be read at 0x%" PRIx64 ": %s", miss.addr,
				    kd_space_why(&miss));
			return false;
		}
		if (at == head || at == stop)
			return at == head;
		if (!kd_space_uint(s->s, at + back_at, 8, &prev, &miss)) {
			kd_slab_say(s->why, "the list of caches cannot be read at 0x%" PRIx64 ": %s", miss.addr,
				    kd_space_why(&miss));
			return false;
		}
		if (prev != back) {
			kd_slab_say(s->why, "the list of caches is broken: 0x%" PRIx64 " does not point back to 0x%" PRIx64, at,
				    back);
			return false;
		}
		c = kd_avec_push(&s->arena, &found->v, KD_CACHES_MAX);
		if (!c) {
			kd_slab_say(s->why, "there are more than %d caches: the list does not end", KD_CACHES_MAX);
			return false;
		}
		read_cache(s, at - s->l.c_list.off, c);
		found->last = at;
	}
}

static void read_caches(struct kd_slub *s, uint64_t head)
{
	struct found_caches found = {0};

	if (!walk_caches(s, head, false, head, &found) && found.v.n < KD_CACHES_MAX)
		(void)walk_caches(s, head, true, found.last, &found); /* what lies behind the break */
	s->cache = found.v.v;
	s->ncaches = found.v.n;
}

/* --- caches of which only slabs are known ------------------------------------------------------------ */

static bool has_cache(const struct found_caches *f, uint64_t addr)
{
	for (size_t i = f->v.n; i; i--) /* neighbours are often of the same */
		if (f->v.v[i - 1].addr == addr)
			return true;
	return false;
}

struct by_slabs {
	struct kd_slub *s;
	struct found_caches f;
	uint64_t last; /* that was no cache: neighbours are often of one */
};

static bool cache_of_page(void *user, uint64_t page, const void *bytes)
{
	struct by_slabs *b = user;
	struct kd_cache c, *at;
	uint64_t addr;

	if (!kd_page_is_slab(b->s->pi, bytes) || kd_page_head(b->s->pi, page, bytes) != page)
		return true;
	addr = kd_le64((const uint8_t *)bytes + b->s->l.cache.off);
	if (addr == b->last || has_cache(&b->f, addr))
		return true;
	read_cache(b->s, addr, &c);
	b->last = c.sane ? 0 : addr;
	at = c.sane ? kd_avec_push(&b->s->arena, &b->f.v, KD_CACHES_MAX) : NULL;
	if (at)
		*at = c;
	return !c.sane || at;
}

/* Adds the caches that slabs name and the list did not lead to. */
static void caches_of_slabs(struct kd_slub *s)
{
	struct by_slabs b = {.s = s, .f = {.v = {.v = s->cache, .n = s->ncaches, .cap = s->ncaches}}};
	const size_t before = s->ncaches, len = strlen(s->why);
	uint64_t missing;

	if (s->l.cache.off + 8 > kd_mem_struct_page(s->m))
		return;
	kd_page_scan(s->pi, cache_of_page, &b, &missing);
	s->cache = b.f.v.v;
	s->ncaches = b.f.v.n;
	if (s->ncaches > before)
		snprintf(s->why + len, sizeof(s->why) - len, "; %zu were found by their slabs", s->ncaches - before);
}

static bool all_sane(const struct kd_slub *s)
{
	for (size_t i = 0; i < s->ncaches; i++)
		if (!s->cache[i].sane)
			return false;
	return true;
}

/* slab_caches is where the list of a cache that was found comes out of their slabs: with it those without slabs are there, too. */
static void list_of_slabs(struct kd_slub *s)
{
	const uint64_t head = kd_slab_list_head(s, s->cache[0].addr + s->l.c_list.off);
	struct kd_cache *const found = s->cache;
	const size_t n = s->ncaches;
	char why[KD_SLAB_WHY];

	if (!head)
		return;
	memcpy(why, s->why, sizeof(why));
	s->why[0] = 0;
	read_caches(s, head);
	if (!s->why[0] && s->ncaches >= n && all_sane(s))
		return;
	s->cache = found;
	s->ncaches = n;
	memcpy(s->why, why, sizeof(why));
}

struct index_entry {
	uint64_t addr;
	uint32_t i;
};

static int by_addr(const void *a, const void *b)
{
	const uint64_t x = ((const struct index_entry *)a)->addr, y = ((const struct index_entry *)b)->addr;

	return x < y ? -1 : x > y;
}

static bool index_caches(struct kd_slub *s)
{
	struct index_entry *e = kd_xcalloc(s->ncaches + 1, sizeof(*e));

	s->by_addr = kd_arena_array(&s->arena, s->ncaches + 1, uint32_t);
	for (size_t i = 0; i < s->ncaches; i++)
		e[i] = (struct index_entry){s->cache[i].addr, (uint32_t)i};
	qsort(e, s->ncaches, sizeof(*e), by_addr);
	for (size_t i = 0; s->by_addr && i < s->ncaches; i++)
		s->by_addr[i] = e[i].i;
	kd_free(e);
	return s->by_addr;
}

struct kd_error *kd_slub_new(struct kd_pageinfo *pi, struct kd_slub **ret)
{
	kd_auto(kd_slub_freep) struct kd_slub *s = kd_xcalloc(1, sizeof(*s));
	const unsigned *cpus;
	struct kd_error *err;
	uint64_t head;

	s->pi = pi;
	s->m = kd_pageinfo_mem(pi);
	s->k = kd_mem_kernel(s->m);
	s->s = kd_mem_space(s->m);
	s->arena = KD_ARENA_INIT(ARENA_MAX);
	err = find_layout(s->k, &s->l);
	if (err)
		return err;
	if (!kd_mem_value(s->m, KD_MEM_NR_NODE_IDS, 4, &s->nodes) || !s->nodes || s->nodes > NODES_MAX)
		s->nodes = 1; /* without NUMA it is a constant */
	if (s->nodes > s->l.c_nodes.size / s->l.node_step)
		s->nodes = s->l.c_nodes.size / s->l.node_step;
	if (kd_mem_symbol(s->m, KD_MEM_SLAB_CACHES, &head))
		read_caches(s, head);
	else
		kd_slab_say(s->why, "the kernel's symbols do not name slab_caches (CONFIG_KALLSYMS_ALL is off), or name several");
	if (s->why[0])
		caches_of_slabs(s);
	if (!kd_mem_symbol(s->m, KD_MEM_SLAB_CACHES, &head) && s->ncaches)
		list_of_slabs(s);
	if (!s->ncaches && s->why[0])
		return kd_error_new(KD_BADDATA, "%s", s->why);
	if (!kd_mem_value(s->m, KD_MEM_KFENCE_POOL, 8, &s->kfence))
		s->kfence = 0;
	s->has_shadow = kd_mem_symbol(s->m, KD_MEM_KASAN_QUARANTINE, &head) && kd_space_machine(s->s) == KD_EM_X86_64 &&
			kd_kasan_offset(KD_ARCH_X86_64, &s->shadow);
	if (!index_caches(s))
		return kd_error_new(KD_LIMIT, "no room for %zu caches", s->ncaches);
	if (!kd_mem_cpus(s->m, &cpus))
		kd_slab_seek_cpus(s);
	*ret = kd_take(s);
	return NULL;
}

void kd_slub_free(struct kd_slub *s)
{
	if (!s)
		return;
	kd_vec_free(&s->sheaf);
	kd_arena_deinit(&s->arena);
	kd_free(s);
}

void kd_slub_freep(struct kd_slub **s)
{
	kd_slub_free(*s);
	*s = NULL;
}

struct kd_pageinfo *kd_slub_pages(const struct kd_slub *s)
{
	return s->pi;
}

size_t kd_slub_ncaches(const struct kd_slub *s)
{
	return s->ncaches;
}

const struct kd_cache *kd_slub_cache(const struct kd_slub *s, size_t i)
{
	return &s->cache[i];
}

const struct kd_cache *kd_slub_by_name(const struct kd_slub *s, struct kd_view name)
{
	for (size_t i = 0; i < s->ncaches; i++)
		if (kd_view_eq(kd_view_of(s->cache[i].name), name))
			return &s->cache[i];
	return NULL;
}

const struct kd_cache *kd_slub_by_addr(const struct kd_slub *s, uint64_t addr)
{
	size_t lo = 0, hi = s->ncaches;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const struct kd_cache *c = &s->cache[s->by_addr[mid]];

		if (c->addr == addr)
			return c;
		if (c->addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const char *kd_slub_why(const struct kd_slub *s)
{
	return s->why[0] ? s->why : NULL;
}

/* --- flags ------------------------------------------------------------------------------------------- */

/* include/linux/slab.h and mm/slub.c of 4.x to 6.8, where they were macros. Since 6.9: enum _slab_flag_bits. */
static const struct {
	const char *name;
	uint64_t value;
} old_flags[] = {
	{"CONSISTENCY_CHECKS", 0x100},
	{"RED_ZONE", 0x400},
	{"POISON", 0x800},
	{"KMALLOC", 0x1000},
	{"HWCACHE_ALIGN", 0x2000},
	{"CACHE_DMA", 0x4000},
	{"CACHE_DMA32", 0x8000},
	{"STORE_USER", 0x10000},
	{"RECLAIM_ACCOUNT", 0x20000},
	{"PANIC", 0x40000},
	{"TYPESAFE_BY_RCU", 0x80000},
	{"MEM_SPREAD", 0x100000},
	{"TRACE", 0x200000},
	{"DEBUG_OBJECTS", 0x400000},
	{"NOLEAKTRACE", 0x800000},
	{"FAILSLAB", 0x2000000},
	{"ACCOUNT", 0x4000000},
	{"KASAN", 0x8000000},
	{"NO_USER_FLAGS", 0x10000000},
	{"SKIP_KFENCE", 0x20000000},
	{"CMPXCHG_DOUBLE", 0x40000000},
	{"OBJECT_POISON", 0x80000000},
};

/* Calls with each flag's name and bit, until it returns false. */
static void each_flag(const struct kd_slub *s, bool (*visit)(void *user, struct kd_view name, uint64_t value), void *user)
{
	const struct kd_types *ts = kd_kernel_types(s->k);
	struct kd_btf_type t;
	uint32_t id;

	if (!kd_types_first(ts, KD_TYPES_ENUM, KD_V("_slab_flag_bits"), &id) || !kd_btf_type(kd_types_btf(ts), id, &t)) {
		for (size_t i = 0; i < KD_ARRAY_LEN(old_flags); i++)
			if (!visit(user, kd_view_of(old_flags[i].name), old_flags[i].value))
				return;
		return;
	}
	for (uint32_t i = 0; i < t.n; i++) {
		struct kd_btf_enumerator e = kd_btf_enumerator(kd_types_btf(ts), &t, i);

		if (kd_view_skip(&e.name, KD_V("_SLAB_")) && e.value < 64 && !kd_view_eq(e.name, KD_V("FLAGS_LAST_BIT")) &&
		    !visit(user, e.name, (uint64_t)1 << e.value))
			return;
	}
}

struct flags {
	uint64_t left;
	struct kd_buf *out;
	struct kd_view wanted;
	bool any, found;
};

static bool print_flag(void *user, struct kd_view name, uint64_t value)
{
	struct flags *f = user;

	if (f->left & value) {
		kd_buf_printf(f->out, "%s%.*s", f->any ? "|" : "", KD_VARG(name));
		f->left &= ~value;
		f->any = true;
	}
	return true;
}

void kd_cache_flags(const struct kd_slub *s, const struct kd_cache *c, struct kd_buf *out)
{
	struct flags f = {.left = c->flags, .out = out};

	each_flag(s, print_flag, &f);
	if (f.left)
		kd_buf_printf(out, "%s0x%" PRIx64, f.any ? "|" : "", f.left);
	else if (!f.any)
		kd_buf_add(out, KD_V("none"));
}

static bool find_flag(void *user, struct kd_view name, uint64_t value)
{
	struct flags *f = user;

	if (!kd_view_eq(name, f->wanted))
		return true;
	f->found = f->left & value;
	return false;
}

bool kd_cache_has(const struct kd_slub *s, const struct kd_cache *c, const char *flag)
{
	struct flags f = {.left = c->flags, .wanted = kd_view_of(flag)};

	each_flag(s, find_flag, &f);
	return f.found;
}
