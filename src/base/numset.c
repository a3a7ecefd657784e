// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/numset.h"

#include "base/alloc.h"

enum { FIRST_SLOTS = 64 };

/* The slot of this word, or the free one where it belongs. */
static uint64_t *find_slot(const struct kd_numset *s, uint64_t word)
{
	size_t mask = s->slots - 1;
	uint64_t h = word * 0x9e3779b97f4a7c15u; /* 2^64 / phi, odd: its upper bits depend on all of the word's */
	size_t i = (h ^ h >> 32) & mask;

	while (s->slot[i] && s->slot[i] != word)
		i = (i + 1) & mask;
	return &s->slot[i];
}

/* At most 3/4 full. */
static void grow(struct kd_numset *s)
{
	struct kd_numset old = *s;

	if (s->slots && s->n < s->slots / 4 * 3)
		return;
	s->slots = old.slots ? old.slots * 2 : FIRST_SLOTS;
	s->slot = kd_xcalloc(s->slots, sizeof(*s->slot));
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i])
			*find_slot(s, old.slot[i]) = old.slot[i];
	kd_free(old.slot);
}

enum kd_numset_added kd_numset_add(struct kd_numset *s, uint64_t number)
{
	uint64_t *slot;

	if (number == UINT64_MAX)
		return KD_NUMSET_FULL;
	grow(s);
	slot = find_slot(s, number + 1);
	if (*slot)
		return KD_NUMSET_THERE;
	if (s->n >= s->max)
		return KD_NUMSET_FULL;
	*slot = number + 1;
	s->n++;
	return KD_NUMSET_NEW;
}

bool kd_numset_next(const struct kd_numset *s, size_t *at, uint64_t *number)
{
	while (*at < s->slots && !s->slot[*at])
		++*at;
	if (*at == s->slots)
		return false;
	*number = s->slot[(*at)++] - 1;
	return true;
}

void kd_numset_deinit(struct kd_numset *s)
{
	kd_free(s->slot);
	*s = (struct kd_numset){.max = s->max};
}
