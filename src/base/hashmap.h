/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hashmap.h: text → pointer or number, with a maximum.
 *
 *	kd_auto(kd_hashmap_deinit) struct kd_hashmap m = KD_HASHMAP_INIT(100000, NULL);
 *	bool is_new;
 *	struct kd_hashmap_entry *e = kd_hashmap_add(&m, key, &is_new);
 *	if (!e) …                                  // the maximum was reached
 *	e->num++;
 *	if ((e = kd_hashmap_get(&m, KD_V("foo")))) …
 *	kd_vec_each(it, &m.entries) …              // in order of insertion
 *
 * Keys are borrowed, or copied when an arena for them is given. Pointers to
 * entries are good until the next kd_hashmap_add(). Nothing is ever removed.
 */
#ifndef KD_BASE_HASHMAP_H
#define KD_BASE_HASHMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/view.h"

struct kd_hashmap_entry {
	struct kd_view key;
	uint64_t hash;
	union {
		void *ptr;
		size_t num;
	};
};

/* A part of the hash stands beside the place: another key's entry, a cache miss of its own, is hardly ever looked at. */
struct kd_hashmap_slot {
	uint32_t place; /* index + 1 into entries, 0 = free */
	uint32_t tag; /* the hash's upper half */
};

struct kd_hashmap {
	KD_VEC(struct kd_hashmap_entry) entries;
	struct kd_hashmap_slot *slot;
	size_t slots; /* a power of two */
	size_t max;
	uint64_t seed;
	struct kd_arena *keys;
};

/* At most max_entries (< 2^31); keys are copied into key_arena unless it is NULL. */
#define KD_HASHMAP_INIT(max_entries, key_arena)                                                    \
	((struct kd_hashmap){.max = (max_entries), .keys = (key_arena)})

/* NULL when there is none. */
struct kd_hashmap_entry *kd_hashmap_get(const struct kd_hashmap *m, struct kd_view key);

/*
 * The entry of this key, made (zeroed) when there was none. is_new may be NULL.
 * NULL at the maximum of the map or of the key arena.
 */
struct kd_hashmap_entry *kd_hashmap_add(struct kd_hashmap *m, struct kd_view key, bool *is_new);

/* Forget all entries; or free the memory as well. Key arena and values stay the caller's. */
void kd_hashmap_clear(struct kd_hashmap *m);
void kd_hashmap_deinit(struct kd_hashmap *m);

#endif
