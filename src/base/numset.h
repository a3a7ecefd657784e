/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * numset.h: numbers, each once, with a maximum.
 *
 *	kd_auto(kd_numset_deinit) struct kd_numset s = KD_NUMSET_INIT(1 << 24);
 *	if (kd_numset_add(&s, (uint64_t)host << 32 | group) == KD_NUMSET_NEW)
 *		hosts++;
 *
 * A number costs 11 to 22 bytes and one cache miss; a kd_hashmap has four, for slot, entry, key and value. For numbers that are
 * ours (places in vectors): an input that chooses them could make them collide.
 */
#ifndef KD_BASE_NUMSET_H
#define KD_BASE_NUMSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kd_numset {
	uint64_t *slot; /* number + 1, 0 = free */
	size_t slots; /* a power of two */
	size_t n, max;
};

/* At most max_numbers. */
#define KD_NUMSET_INIT(max_numbers) ((struct kd_numset){.max = (max_numbers)})

enum kd_numset_added { KD_NUMSET_THERE, KD_NUMSET_NEW, KD_NUMSET_FULL };

/* Any number but UINT64_MAX, which is never there: FULL. */
enum kd_numset_added kd_numset_add(struct kd_numset *s, uint64_t number);

/* One after the other, in no order: for (size_t at = 0; kd_numset_next(&s, &at, &number);) … */
bool kd_numset_next(const struct kd_numset *s, size_t *at, uint64_t *number);

void kd_numset_deinit(struct kd_numset *s);

#endif
