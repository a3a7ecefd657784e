/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab.h: the kernel's caches of objects (SLUB), their slabs, and what became of one object.
 *
 *	kd_auto(kd_slub_freep) struct kd_slub *s = NULL;
 *	err = kd_slub_new(pageinfo, &s);                     // pageinfo outlives it
 *	for (i = 0; i < kd_slub_ncaches(s); i++)
 *		kd_cache_usage(s, kd_slub_cache(s, i), &usage);
 *	struct kd_object o;
 *	if (kd_object_at(s, addr, &o) && o.state == KD_OBJECT_FREE) … o.cache->name, o.start, o.where
 *
 * Layouts are the BTF's: a slab is a struct slab (since 5.17) or a struct page; per-CPU slabs (to 6.18) and sheaves
 * (since 6.18) are read where struct kmem_cache has them. Objects are chained through themselves, by pointers that
 * CONFIG_SLAB_FREELIST_HARDENED mixes with a random number and their own address, whose bytes newer kernels (and those
 * that were patched) swap: which of it is so, is found out by trying on the dump's own lists (mm/slub.c,
 * freelist_ptr_encode()). Where none comes out right, what is free is not known, and that is said.
 *
 * With generic KASAN, objects that were freed wait in its quarantine, and are allocated for SLUB: the shadow of their first bytes tells
 * (mm/kasan/kasan.h, KASAN_SLAB_FREE; where the shadow is: report/poison.h).
 *
 * Every list has a bound; one that leads elsewhere, or back, ends there, and `why` says where. Caches live as
 * long as the kd_slub. SLAB and SLOB are told apart and refused.
 */
#ifndef KD_CORE_SLAB_H
#define KD_CORE_SLAB_H

#include "base/buf.h"
#include "core/page.h"

enum { KD_CACHE_NAME = 80, KD_CACHES_MAX = 16384, KD_SLAB_WHY = 200, KD_SLAB_OBJECTS_MAX = 32767 };

struct kd_slub;

/*
 * KD_NOTFOUND: where caches are or how they are laid out is not known; KD_UNSUPPORTED: SLAB or SLOB.
 */
KD_MUST_CHECK struct kd_error *kd_slub_new(struct kd_pageinfo *pi, struct kd_slub **ret);
void kd_slub_free(struct kd_slub *s);
void kd_slub_freep(struct kd_slub **s);

struct kd_cache {
	uint64_t addr; /* of struct kmem_cache */
	char name[KD_CACHE_NAME];
	uint32_t object_size; /* that was asked for, bytes */
	uint32_t size; /* from one object to the next */
	uint32_t align, inuse, offset, left; /* inuse: bytes before what SLUB keeps; left: red zone in front */
	unsigned order, per_slab; /* pages of a slab: 1 << order; objects in it, when there is memory */
	uint64_t flags, ctor, random;
	uint64_t cpu_slab, cpu_sheaves; /* per-CPU pointers; 0: none */
	uint32_t type; /* struct in the BTF of this name and size; 0: none. A guess: KMEM_CACHE() names caches so */
	bool sane; /* its numbers make sense; else nothing but its name is to be believed */
};

struct kd_pageinfo *kd_slub_pages(const struct kd_slub *s);
/* Bytes of a slab; 0: the cache's numbers make no sense. */
uint64_t kd_cache_slab_bytes(const struct kd_slub *s, const struct kd_cache *c);

size_t kd_slub_ncaches(const struct kd_slub *s);
const struct kd_cache *kd_slub_cache(const struct kd_slub *s, size_t i);
const struct kd_cache *kd_slub_by_name(const struct kd_slub *s, struct kd_view name);
const struct kd_cache *kd_slub_by_addr(const struct kd_slub *s, uint64_t addr);
/* Why not all caches are there; NULL: they are. */
const char *kd_slub_why(const struct kd_slub *s);
/* How freelist pointers are kept, in words; "… unknown" when no way leads along them. */
const char *kd_slub_encoding(struct kd_slub *s);
/* "RED_ZONE|POISON". */
void kd_cache_flags(const struct kd_slub *s, const struct kd_cache *c, struct kd_buf *out);
/* Has it the flag of that name ("POISON", "STORE_USER", "TYPESAFE_BY_RCU")? */
bool kd_cache_has(const struct kd_slub *s, const struct kd_cache *c, const char *flag);

struct kd_cache_usage {
	bool totals; /* slabs and objects are known (kernels count them with CONFIG_SLUB_DEBUG) */
	uint64_t slabs, objects;
	uint64_t partial; /* slabs on the nodes' lists of partly used ones */
	uint64_t free_node, free_cpu, free_partial; /* free ones: in those, on CPUs' lists, in CPUs' partial slabs */
	uint64_t parked; /* in sheaves: the slabs count them as used, nobody has them */
	char why[KD_SLAB_WHY]; /* not empty: the first thing that could not be read or is broken; numbers are too low */
};

void kd_cache_usage(struct kd_slub *s, const struct kd_cache *c, struct kd_cache_usage *ret);
/* Objects that somebody has. */
uint64_t kd_cache_allocated(const struct kd_cache_usage *u);

struct kd_slab {
	uint64_t addr; /* of struct slab or page */
	uint64_t base; /* where its memory begins, virtual */
	const struct kd_cache *cache;
	uint64_t freelist;
	unsigned objects, inuse;
	bool frozen;
};

/* The slab whose (head) page is at addr; false: it is of none, or of no known cache, or makes no sense. */
bool kd_slab_read(struct kd_slub *s, uint64_t page, struct kd_slab *ret);

enum kd_object_state {
	KD_OBJECT_ALLOCATED, /* on no list of free ones */
	KD_OBJECT_FREE, /* on its slab's list */
	KD_OBJECT_CPU, /* free, on the list of a CPU */
	KD_OBJECT_SHEAF, /* free, in a sheaf */
	KD_OBJECT_QUARANTINE, /* freed, and KASAN keeps it from SLUB: by its shadow (x86_64) */
	KD_OBJECT_UNKNOWN, /* a list is broken or not readable before it was met */
};

const char *kd_object_state_words(enum kd_object_state state);

/*
 * The state of each object of a slab: state[i], i < slab->objects. cpu: whose list KD_OBJECT_CPU is of, -1: none.
 * why: empty, or what is broken.
 */
void kd_slab_states(struct kd_slub *s, const struct kd_slab *slab, uint8_t state[KD_SLAB_OBJECTS_MAX], int *cpu,
		    char why[KD_SLAB_WHY]);
/* Where object i begins. */
uint64_t kd_slab_object(const struct kd_slab *slab, unsigned i);

struct kd_object {
	const struct kd_cache *cache;
	struct kd_slab slab;
	uint64_t start; /* of the object */
	int64_t off; /* of the address in it; negative: in front, in the red zone or padding */
	unsigned index;
	enum kd_object_state state;
	int cpu; /* with KD_OBJECT_CPU; else -1 */
	bool outside; /* the address is in what SLUB keeps around the object, or behind the last */
	char why[KD_SLAB_WHY]; /* what is broken; empty: nothing */
};

/* The object that addr (of the kernel's map of memory) is in; false: it is in no slab. */
bool kd_object_at(struct kd_slub *s, uint64_t addr, struct kd_object *ret);

/*
 * Is what SLUB's debugging wrote around it and into it still there? out: empty when it is, or the cache has no such flags, or the
 * object's state is not known.
 */
void kd_object_damage(struct kd_slub *s, const struct kd_object *o, char out[KD_SLAB_WHY]);

/* All slabs, by their struct pages: visits until false is returned. missing: struct pages that cannot be read. */
void kd_slub_each_slab(struct kd_slub *s, bool (*visit)(void *user, const struct kd_slab *slab), void *user, uint64_t *missing);

/*
 * The head of the list that the objects of a cache are on (by a struct list_head at off in each): for kernels whose symbols do
 * not name it. Lists of several heads (vmap_nodes) give one of them. 0: none is found.
 */
uint64_t kd_slub_list_of(struct kd_slub *s, const char *cache, uint64_t off);

enum { KD_TRACK_FRAMES = 64 };

/* Who allocated or freed an object last: caches with STORE_USER, or what generic KASAN keeps (mm/kasan/kasan.h). */
struct kd_track {
	uint64_t at, size; /* where it lies */
	bool kasan; /* KASAN's: it has no caller (addr is 0), CPU and time, but the stack */
	uint64_t addr; /* of the caller; 0: nobody yet */
	uint32_t cpu;
	int32_t pid;
	uint64_t when; /* jiffies */
	uint64_t stack[KD_TRACK_FRAMES];
	size_t n;
	const char *no_stack; /* why there is none; NULL: it is there */
};

/* alloc: who allocated it, else who freed it. false: the cache keeps none, or it cannot be read. */
bool kd_object_track(struct kd_slub *s, const struct kd_object *o, bool alloc, struct kd_track *ret);

#endif
