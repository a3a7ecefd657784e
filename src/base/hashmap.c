// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hashmap.h"

#include <sys/auxv.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { FIRST_SLOTS = 32 };

/*
 * The kernel's 16 random bytes of this process: inputs cannot know the order of slots. In libFuzzer's programs (meson.build
 * defines the macro there) always the same: one input takes one way.
 */
static uint64_t process_seed(void)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	return 1;
#else
	const void *p = (const void *)getauxval(AT_RANDOM);
	uint64_t x = 1;

	if (p)
		memcpy(&x, p, sizeof(x));
	return x;
#endif
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* The slot of this key, or the free slot where it belongs. */
static struct kd_hashmap_slot *find_slot(const struct kd_hashmap *m, struct kd_view key, uint64_t hash)
{
	size_t mask = m->slots - 1;
	uint32_t tag = tag_of(hash);

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct kd_hashmap_slot *s = &m->slot[i];

		if (!s->place || (s->tag == tag && m->entries.v[s->place - 1].hash == hash && kd_view_eq(m->entries.v[s->place - 1].key, key)))
			return s;
	}
}

/* All keys are different: the first free slot from theirs on is the place of this one. */
static void settle(struct kd_hashmap *m, uint32_t place, uint64_t hash)
{
	size_t mask = m->slots - 1, i = hash & mask;

	while (m->slot[i].place)
		i = (i + 1) & mask;
	m->slot[i] = (struct kd_hashmap_slot){place, tag_of(hash)};
}

struct kd_hashmap_entry *kd_hashmap_get(const struct kd_hashmap *m, struct kd_view key)
{
	const struct kd_hashmap_slot *s;

	if (!m->slots)
		return NULL;
	s = find_slot(m, key, kd_hash64(key, m->seed));
	return s->place ? &m->entries.v[s->place - 1] : NULL;
}

/* At most 3/4 full. */
static void grow(struct kd_hashmap *m)
{
	size_t slots = m->slots ? m->slots * 2 : FIRST_SLOTS;

	if (!m->slots)
		m->seed = process_seed();
	else if (m->entries.n < m->slots / 4 * 3)
		return;
	kd_free(m->slot);
	m->slot = kd_xcalloc(slots, sizeof(*m->slot));
	m->slots = slots;
	for (size_t i = 0; i < m->entries.n; i++)
		settle(m, (uint32_t)i + 1, m->entries.v[i].hash);
}

struct kd_hashmap_entry *kd_hashmap_add(struct kd_hashmap *m, struct kd_view key, bool *is_new)
{
	struct kd_hashmap_entry *e;
	struct kd_hashmap_slot *s;
	uint64_t hash;

	grow(m);
	hash = kd_hash64(key, m->seed);
	s = find_slot(m, key, hash);
	if (is_new)
		*is_new = !s->place;
	if (s->place)
		return &m->entries.v[s->place - 1];
	if (m->entries.n >= m->max || m->entries.n >= INT32_MAX)
		return NULL;
	if (m->keys) {
		struct kd_view copy = kd_arena_view(m->keys, key);

		if (!copy.p)
			return NULL;
		key = copy;
	}
	e = kd_vec_push(&m->entries, m->max);
	e->key = key;
	e->hash = hash;
	*s = (struct kd_hashmap_slot){(uint32_t)m->entries.n, tag_of(hash)};
	return e;
}

void kd_hashmap_clear(struct kd_hashmap *m)
{
	m->entries.n = 0;
	if (m->slots)
		memset(m->slot, 0, m->slots * sizeof(*m->slot));
}

void kd_hashmap_deinit(struct kd_hashmap *m)
{
	kd_vec_free(&m->entries);
	kd_free(m->slot);
	m->slot = NULL;
	m->slots = 0;
}
