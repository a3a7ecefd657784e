// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks that are equal as one: the same addresses, found the same way, with the same end. */
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "verb/core_bt_internal.h"

enum { SLOTS_MIN = 256 };

void kd_core_bt_groups_deinit(struct kd_core_bt_groups *g)
{
	kd_free(g->slot);
	g->slot = NULL;
}

static uint64_t hash_of(const struct kd_core_stack *st, struct kd_view why)
{
	uint64_t h = st ? st->end + 1u : 0;

	for (size_t i = 0; st && i < st->n; i++)
		h = kd_hash64(kd_view((const char *)&st->v[i].pc, sizeof(st->v[i].pc)), h);
	return kd_hash64(why, h);
}

static bool same(const struct kd_core_bt_stack *s, const struct kd_core_stack *st, struct kd_view why)
{
	if (!st)
		return s->none.n && kd_view_eq(s->none, why);
	if (s->none.n || s->stack.n != st->n || s->stack.end != st->end || strcmp(s->stack.why, st->why) != 0)
		return false;
	for (size_t i = 0; i < st->n; i++) {
		const struct kd_core_frame *a = &s->stack.v[i], *b = &st->v[i];

		if (a->pc != b->pc || a->how != b->how || a->guessed != b->guessed || a->exact != b->exact)
			return false;
	}
	return true;
}

/* The slot of that stack: of an equal one, or free. */
static uint32_t *slot_of(struct kd_core_bt_groups *g, uint64_t hash, const struct kd_core_stack *st, struct kd_view why)
{
	size_t i = hash & (g->nslots - 1);

	while (g->slot[i]) {
		const struct kd_core_bt_stack *s = &g->bt->v[g->slot[i] - 1];

		if (s->hash == hash && !s->panicked && same(s, st, why))
			break;
		i = (i + 1) & (g->nslots - 1);
	}
	return &g->slot[i];
}

static void more_slots(struct kd_core_bt_groups *g)
{
	uint32_t *old = g->slot;

	if (g->slot && g->bt->n * 2 < g->nslots)
		return;
	g->nslots = g->nslots ? 2 * g->nslots : SLOTS_MIN;
	g->slot = kd_xcalloc(g->nslots, sizeof(*g->slot));
	for (size_t n = 0; n < g->bt->n; n++) {
		size_t i = g->bt->v[n].hash & (g->nslots - 1);

		while (g->slot[i])
			i = (i + 1) & (g->nslots - 1);
		g->slot[i] = (uint32_t)(n + 1);
	}
	kd_free(old);
}

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "no room for another stack");
}

static struct kd_error *more_stacks(struct kd_core_bt_groups *g)
{
	struct kd_core_bt_stack *v;

	if (g->bt->n < g->cap)
		return NULL;
	g->cap = g->cap ? 2 * g->cap : 16;
	v = kd_arena_array(g->arena, g->cap, struct kd_core_bt_stack);
	if (!v)
		return no_room();
	if (g->bt->n)
		memcpy(v, g->bt->v, g->bt->n * sizeof(*v));
	g->bt->v = v;
	for (size_t i = 0; i < g->bt->n; i++)
		if (v[i].count == 1)
			v[i].last = &v[i].who;
	return NULL;
}

static struct kd_error *join(struct kd_core_bt_groups *g, struct kd_core_bt_stack *s, const struct kd_core_bt_who *who)
{
	struct kd_core_bt_who *w = kd_arena_new(g->arena, struct kd_core_bt_who);

	if (!w)
		return no_room();
	*w = *who;
	s->last->next = w;
	s->last = w;
	s->count++;
	return NULL;
}

static bool copy_regs(struct kd_arena *arena, const struct kd_core_regs **r)
{
	struct kd_core_regs *copy;

	if (!*r)
		return true;
	copy = kd_arena_new(arena, struct kd_core_regs);
	if (!copy)
		return false;
	*copy = **r;
	*r = copy;
	return true;
}

static struct kd_error *copy(struct kd_core_bt_groups *g, const struct kd_core_stack *st, struct kd_core_stack *ret)
{
	struct kd_core_frame *v = kd_arena_array(g->arena, st->n, struct kd_core_frame);
	bool room = v || !st->n;

	*ret = *st;
	ret->v = v;
	if (v)
		memcpy(v, st->v, st->n * sizeof(*v));
	for (size_t i = 0; room && i < st->n; i++)
		room = copy_regs(g->arena, &v[i].regs) && copy_regs(g->arena, &v[i].at);
	return room && copy_regs(g->arena, &ret->user) ? NULL : no_room();
}

struct kd_error *kd_core_bt_groups_take(struct kd_core_bt_groups *g, const struct kd_core_bt_who *who, bool panicked,
					const struct kd_core_stack *st, struct kd_view why, bool *is_new)
{
	const uint64_t hash = hash_of(st, why);
	struct kd_core_bt_stack *s;
	uint32_t *slot = NULL;
	struct kd_error *err;

	g->bt->tasks++;
	*is_new = false;
	if (g->bt->grouped) {
		more_slots(g);
		slot = slot_of(g, hash, st, why);
		if (*slot && !panicked && who->has_task)
			return join(g, &g->bt->v[*slot - 1], who);
	}
	err = more_stacks(g);
	if (err)
		return err;
	s = &g->bt->v[g->bt->n];
	*s = (struct kd_core_bt_stack){.who = *who, .count = 1, .panicked = panicked, .hash = hash};
	s->last = &s->who;
	if (st)
		err = copy(g, st, &s->stack);
	else
		s->none = kd_arena_view(g->arena, why);
	if (err)
		return err;
	g->bt->n++;
	if (slot && !*slot)
		*slot = (uint32_t)g->bt->n;
	*is_new = true;
	return NULL;
}

void kd_core_bt_groups_slice(struct kd_core_bt *bt, uint64_t offset, uint64_t limit)
{
	bt->total = bt->n;
	if (offset > bt->n)
		offset = bt->n;
	if (offset) /* without a stack there is no array */
		bt->v += offset;
	bt->n -= (size_t)offset;
	if (limit && bt->n > limit)
		bt->n = (size_t)limit;
}
