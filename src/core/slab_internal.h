/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slab_internal.h: what slab.c, slab_free.c and slab_usage.c share. */
#ifndef KD_CORE_SLAB_INTERNAL_H
#define KD_CORE_SLAB_INTERNAL_H

#include "core/slab.h"

enum { SLAB_PAGE_BYTES = 256, SLAB_LIST_MAX = 1 << 22 };

enum encoding { ENC_UNTRIED, ENC_PLAIN, ENC_XOR, ENC_SWAB, ENC_UNKNOWN };

struct slab_layout {
	const char *slab; /* "slab" or "page" */
	struct kd_field freelist, cache, list; /* of a slab; list: on a node */
	struct kd_field next; /* on a CPU's partial list; has_next */
	struct kd_bits inuse, objects, frozen;
	struct kd_field c_name, c_list, c_object_size, c_size, c_align, c_inuse, c_offset, c_left, c_oo, c_flags, c_ctor, c_random, c_nodes,
		c_cpu, c_sheaves;
	struct kd_field cpu_freelist, cpu_slab, cpu_partial; /* struct kmem_cache_cpu */
	struct kd_field n_partial, n_slabs, n_objects; /* struct kmem_cache_node */
	bool has_next, has_left, has_align, has_ctor, has_random, has_cpu, has_cpu_partial, has_sheaves, has_totals, has_frozen;
	uint64_t node_step, node_off, barn_off; /* per_node[]: a struct with both; node[]: pointers */
	bool has_barn, node_has_barn; /* beside the node's pointer; in struct kmem_cache_node (6.18) */
};

struct kd_slub {
	struct kd_pageinfo *pi;
	struct kd_mem *m;
	struct kd_kernel *k;
	struct kd_space *s;
	struct slab_layout l;
	struct kd_arena arena;
	struct kd_cache *cache; /* in the order of their list */
	uint32_t *by_addr; /* indexes, by address */
	size_t ncaches;
	char why[KD_SLAB_WHY];
	uint64_t nodes;
	enum encoding encoding;
	uint64_t kfence; /* its pool; 0: none. How large it is, is not known */
	bool has_shadow; /* of generic KASAN */
	uint64_t shadow;
	/* objects in sheaves of one cache, by address */
	const struct kd_cache *sheaf_of;
	struct {
		uint64_t *v;
		size_t n, cap;
	} sheaf;
	char sheaf_why[KD_SLAB_WHY];
	uint8_t seen[KD_SLAB_OBJECTS_MAX + 1], state[KD_SLAB_OBJECTS_MAX + 1];
};

/* Is it one of KFENCE's pages, which say that they are slabs of one object? */
bool kd_slab_is_kfence(const struct kd_slub *s, uint64_t base, unsigned objects, const struct kd_cache *c);

/* Of several the first is kept. */
void kd_slab_say(char why[KD_SLAB_WHY], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The address of struct kmem_cache_node (or of its barn); 0: none. */
uint64_t kd_slab_node(const struct kd_slub *s, const struct kd_cache *c, uint64_t node, bool barn);

/* c->cpu_slab on that CPU: slab and list of free objects; false: none. */
struct slab_cpu {
	uint64_t freelist, slab, partial;
};
bool kd_slab_cpu(const struct kd_slub *s, const struct kd_cache *c, unsigned cpu, struct slab_cpu *ret);

/* Marks the objects of a list of free ones with `mark` in state; how many. why gets what is broken. */
size_t kd_slab_walk(struct kd_slub *s, const struct kd_slab *slab, uint64_t head, uint8_t *state, uint8_t mark, bool *whole,
		    char why[KD_SLAB_WHY]);

/* slab_seek.c: the head of a list of which one node (in a slab) is known: the first that lies outside of the map of memory. 0: none. */
uint64_t kd_slab_list_head(const struct kd_slub *s, uint64_t node);
/* Looks for the table of per-CPU offsets, and tells kd_mem. */
void kd_slab_seek_cpus(struct kd_slub *s);

/* Loads s->sheaf of this cache. */
void kd_slab_load_sheaves(struct kd_slub *s, const struct kd_cache *c);

#endif
