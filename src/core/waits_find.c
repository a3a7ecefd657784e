// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiters on a stack, and the rings that they are on. */
#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "core/lists.h"
#include "core/waits_internal.h"

uint64_t kd_waits_stack_word(const struct stack_view *st, size_t at)
{
	return kd_le64(st->p + at);
}

void kd_waits_fact(struct kd_wait *r, uint64_t addr, unsigned size, uint64_t value, const char *type, const char *member)
{
	struct kd_wait_fact *f;

	if (r->nfacts == KD_WAIT_FACTS)
		return;
	f = &r->fact[r->nfacts++];
	*f = (struct kd_wait_fact){.addr = addr, .value = value, .size = size};
	snprintf(f->what, sizeof(f->what), "%s.%s", type, member);
}

/* --- rings ------------------------------------------------------------------------------------------- */

struct ring_walk {
	struct kd_waits *w;
	enum shape_id id;
	const struct shape *s;
	uint64_t head;
	size_t waiters, heads;
};

static bool is_text(struct kd_waits *w, uint64_t addr)
{
	return w->u ? kd_unwinder_is_text(w->u, addr) : kd_kernel_is_text(w->k, addr);
}

/* A waiter names a task and lies on its stack; an entry of a wait queue has a function. The head of a list has neither. */
static bool is_waiter(const struct ring_walk *r, uint64_t node)
{
	struct kd_waits *w = r->w;
	const uint64_t base = node - r->s->list;
	uint64_t task, stack, func;

	if (r->id == SHAPE_QUEUE)
		return kd_word_get(w->k, base, &w->func, &func) && is_text(w, func);
	return kd_word_at(w->k, base + r->s->task, &task) && kd_waits_is_task(w, task) && kd_word_get(w->k, task, &w->stack, &stack) &&
	       base - stack < w->stack_size;
}

static bool ring_node(void *user, uint64_t node)
{
	struct ring_walk *r = user;

	if (!r->w->steps) {
		r->w->exhausted = true;
		return false;
	}
	r->w->steps--;
	if (is_waiter(r, node)) {
		r->waiters++;
		return true;
	}
	r->heads++;
	r->head = node;
	return r->heads == 1;
}

static bool follow(struct kd_waits *w, enum shape_id id, uint64_t base, struct ring *ret)
{
	struct ring_walk r = {.w = w, .id = id, .s = &w->shape[id], .waiters = 1};
	struct kd_list_walk walk;

	kd_list_each(w->k, base + r.s->list, WAITS_RING, ring_node, &r, &walk);
	if (walk.state != KD_LIST_WHOLE || r.heads != !r.s->headless)
		return false;
	*ret = (struct ring){.base = base, .head = r.head, .n = r.waiters};
	return true;
}

bool kd_waits_ring(struct kd_waits *w, const struct stack_view *st, enum shape_id id, const struct kd_task *t, size_t *at, struct ring *ret)
{
	const struct shape *s = &w->shape[id];

	if (!s->known)
		return false;
	for (; *at + 8 <= st->n; *at += 8) {
		const uint64_t base = st->sp + *at - s->task;

		if (kd_waits_stack_word(st, *at) != t->addr || *at < s->task || *at - s->task + s->size > st->n)
			continue;
		if (!follow(w, id, base, ret))
			continue;
		*at += 8;
		return true;
	}
	return false;
}

/* --- locks without a list head ------------------------------------------------------------------------ */

struct member {
	const struct shape *s;
	uint64_t base, slot; /* a waiter; where its address was read */
	bool found, inside; /* it is on the ring; slot is part of a waiter there */
};

static bool compare(void *user, uint64_t node)
{
	struct member *m = user;

	m->found |= node - m->s->list == m->base;
	m->inside |= m->slot - (node - m->s->list) < m->s->size;
	return !m->inside;
}

/*
 * Does the word at lock + head point to a waiter on the ring of the one at base? Waiters point to each other, too: a word inside of one
 * is no lock's.
 */
static bool points_to_ring(struct kd_waits *w, const struct shape *s, uint64_t lock, uint64_t base)
{
	struct member m = {.s = s, .slot = lock + s->head};
	struct kd_list_walk walk;

	if (!(lock >> 63) || lock & 7 || !kd_word_at(w->k, m.slot, &m.base) || !m.base || m.base & 7)
		return false;
	if (!compare(&m, base + s->list))
		return false;
	kd_list_each(w->k, base + s->list, WAITS_RING, compare, &m, &walk);
	return m.found && !m.inside;
}

/* What the task says itself: blocked_on (a mutex), blocker (with a kind in its low bits). */
static bool said(struct kd_waits *w, const struct kd_task *t, const struct kd_word *word, uint64_t mask, const struct shape *s,
		 uint64_t base, uint64_t *ret)
{
	uint64_t v;

	if (!kd_word_get(w->k, t->addr, word, &v) || !points_to_ring(w, s, v & ~mask, base))
		return false;
	*ret = v & ~mask;
	return true;
}

bool kd_waits_headless(struct kd_waits *w, const struct stack_view *st, enum shape_id id, const struct kd_task *t, uint64_t base,
		       uint64_t *ret)
{
	const struct shape *s = &w->shape[id];
	uint64_t found = 0;

	if (id == SHAPE_MUTEX && said(w, t, &w->blocked_on, 0, s, base, ret))
		return true;
	if (said(w, t, &w->blocker, 3, s, base, ret))
		return true;
	for (size_t at = 0; at + 8 <= st->n; at += 8) {
		const uint64_t v = kd_waits_stack_word(st, at);

		if (v == found || !points_to_ring(w, s, v, base))
			continue;
		if (found)
			return false; /* two of them: neither is certain */
		found = v;
	}
	*ret = found;
	return found;
}
