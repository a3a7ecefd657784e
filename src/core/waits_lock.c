// SPDX-License-Identifier: GPL-2.0-or-later
/* What is around a waiter: locks, what their words say, who has them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "core/lists.h"
#include "core/waits_internal.h"

/* Low bits, by the kernel's sources (see waits.h). */
enum { LOCK_FLAGS = 7, MUTEX_WAITERS = 1, RWSEM_WRITER = 1, RWSEM_WAITERS = 2, RWSEM_READERS_AT = 8, RWSEM_BY_READER = 1, RT_WAITERS = 1 };

struct look {
	struct kd_waits *w;
	const struct stack_view *st;
	const struct kd_task *t;
	struct kd_wait *r;
};

static bool get(struct look *l, uint64_t lock, const struct kd_word *word, const char *type, const char *member, uint64_t *ret)
{
	if (!kd_word_get(l->w->k, lock, word, ret))
		return false;
	kd_waits_fact(l->r, lock + word->off, word->size, *ret, type, member);
	return true;
}

static void owned_by(struct look *l, uint64_t task, enum kd_wait_owner how)
{
	l->r->owner = task;
	l->r->owner_how = !task ? KD_OWNER_NOBODY : kd_waits_is_task(l->w, task) ? how : KD_OWNER_GONE;
}

/* --- locks: false when their words do not say that somebody waits --------------------------------------- */

static bool mutex(struct look *l, uint64_t lock)
{
	uint64_t owner;

	if (!get(l, lock, &l->w->mutex_owner, "mutex", "owner", &owner) || !(owner & MUTEX_WAITERS))
		return false;
	owned_by(l, owner & ~(uint64_t)LOCK_FLAGS, KD_OWNER_STATED);
	return true;
}

static bool rwsem(struct look *l, uint64_t lock)
{
	uint64_t count, owner;

	if (!get(l, lock, &l->w->rwsem_count, "rw_semaphore", "count", &count) || !(count & RWSEM_WAITERS))
		return false;
	if (!get(l, lock, &l->w->rwsem_owner, "rw_semaphore", "owner", &owner))
		return true;
	if (count & RWSEM_WRITER) {
		owned_by(l, owner & RWSEM_BY_READER ? 0 : owner & ~(uint64_t)LOCK_FLAGS, KD_OWNER_STATED);
	} else if ((int64_t)count >> RWSEM_READERS_AT > 0) {
		l->r->readers = count >> RWSEM_READERS_AT;
		owned_by(l, owner & RWSEM_BY_READER ? owner & ~(uint64_t)LOCK_FLAGS : 0, KD_OWNER_HINT);
		if (!l->r->owner)
			l->r->owner_how = KD_OWNER_NOT_STORED;
	} else {
		l->r->owner_how = KD_OWNER_NOBODY;
	}
	return true;
}

static bool semaphore(struct look *l, uint64_t lock)
{
	uint64_t count, holder;

	if (!get(l, lock, &l->w->sem_count, "semaphore", "count", &count) || count)
		return false;
	if (get(l, lock, &l->w->sem_holder, "semaphore", "last_holder", &holder) && holder)
		owned_by(l, holder, KD_OWNER_HINT);
	return true;
}

static const struct locker {
	enum kd_wait_kind kind;
	enum shape_id shape;
	bool (*words)(struct look *l, uint64_t lock);
} lockers[] = {
	{KD_WAIT_MUTEX, SHAPE_MUTEX, mutex},
	{KD_WAIT_RWSEM_READ, SHAPE_RWSEM, rwsem},
	{KD_WAIT_RWSEM_WRITE, SHAPE_RWSEM, rwsem},
	{KD_WAIT_SEMAPHORE, SHAPE_SEMAPHORE, semaphore},
};

/* --- waiters ------------------------------------------------------------------------------------------ */

/* The links of the waiter and its task as facts, once it is known to be one. */
static void take_waiter(struct look *l, enum shape_id id, const struct ring *ring)
{
	const struct shape *s = &l->w->shape[id];
	uint64_t v;

	l->r->waiter = ring->base;
	l->r->waiter_type = s->waiter;
	l->r->waiters = ring->n;
	kd_waits_fact(l->r, ring->base + s->task, 8, l->t->addr, s->waiter, "task");
	if (kd_word_at(l->w->k, ring->base + s->list, &v))
		kd_waits_fact(l->r, ring->base + s->list, 8, v, s->waiter, "list.next");
	if (kd_word_at(l->w->k, ring->base + s->list + 8, &v))
		kd_waits_fact(l->r, ring->base + s->list + 8, 8, v, s->waiter, "list.prev");
}

static int by_stack(const void *a, const void *b)
{
	const struct stack_of *x = a, *y = b;

	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* The task whose stack addr is on; 0: nobody's. */
static uint64_t stack_of(struct kd_waits *w, uint64_t addr)
{
	size_t lo = 0, hi = w->ntasks;

	if (!w->owner) {
		w->owner = kd_xcalloc(w->ntasks + 1, sizeof(*w->owner));
		for (size_t i = 0; i < w->ntasks; i++) {
			w->owner[i].task = w->task[i];
			(void)kd_word_get(w->k, w->task[i], &w->stack, &w->owner[i].stack);
		}
		qsort(w->owner, w->ntasks, sizeof(*w->owner), by_stack);
	}
	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (w->owner[mid].stack <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && w->owner[lo - 1].stack && addr - w->owner[lo - 1].stack < w->stack_size ? w->owner[lo - 1].task : 0;
}

static void at_lock(struct look *l, uint64_t lock, const char *type)
{
	l->r->lock = lock;
	l->r->type = type;
	l->r->stack_of = stack_of(l->w, lock);
}

static bool find_lock(struct look *l, const struct locker *k)
{
	const struct shape *s = &l->w->shape[k->shape];
	struct ring ring;
	size_t at = 0;

	while (kd_waits_ring(l->w, l->st, k->shape, l->t, &at, &ring)) {
		uint64_t lock = ring.head - s->head;

		l->r->nfacts = 0;
		if (s->headless && !kd_waits_headless(l->w, l->st, k->shape, l->t, ring.base, &lock))
			continue;
		take_waiter(l, k->shape, &ring);
		if (!k->words(l, lock))
			continue;
		at_lock(l, lock, s->lock);
		return true;
	}
	return false;
}

/* The lock of task_struct.pi_blocked_on. */
static bool rt_mutex(struct look *l)
{
	uint64_t waiter, task, lock, owner;

	if (!get(l, l->t->addr, &l->w->pi_blocked_on, "task_struct", "pi_blocked_on", &waiter) || !waiter ||
	    !get(l, waiter, &l->w->rt_task, "rt_mutex_waiter", "task", &task) || task != l->t->addr ||
	    !get(l, waiter, &l->w->rt_lock, "rt_mutex_waiter", "lock", &lock) ||
	    !get(l, lock, &l->w->rt_owner, "rt_mutex", "owner", &owner) || !(owner & RT_WAITERS))
		return false;
	l->r->waiter = waiter;
	l->r->waiter_type = "rt_mutex_waiter";
	owned_by(l, owner & ~(uint64_t)RT_WAITERS, KD_OWNER_STATED);
	at_lock(l, lock, "rt_mutex");
	return true;
}

struct hands {
	struct kd_waits *w;
	uint64_t worker;
	size_t n;
};

/* The head of a worker's list: what is around it names a task, and a work in hand. Works in the list do not. */
static bool in_hands(void *user, uint64_t node)
{
	struct hands *h = user;
	const uint64_t worker = node - h->w->worker_scheduled.off;
	uint64_t task, work;

	if (kd_word_get(h->w->k, worker, &h->w->worker_task, &task) && kd_waits_is_task(h->w, task) &&
	    kd_word_get(h->w->k, worker, &h->w->worker_work, &work) && work) {
		h->worker = worker;
		h->n++;
	}
	return true;
}

/* Is the completion that of a barrier that this task put behind a work? Then the worker that has it in hand has to come to it. */
static void barrier(struct look *l, uint64_t done)
{
	const uint64_t bar = done - l->w->bar_done.off;
	struct hands h = {.w = l->w};
	struct kd_list_walk walk;
	uint64_t task, v;

	if (!l->w->bar_done.known || !l->w->bar_entry.known || !l->w->worker_scheduled.known || bar - l->t->stack >= l->w->stack_size ||
	    !kd_word_get(l->w->k, bar, &l->w->bar_task, &task) || task != l->t->addr)
		return;
	kd_list_each(l->w->k, bar + l->w->bar_entry.off, WAITS_RING, in_hands, &h, &walk);
	if (walk.state != KD_LIST_WHOLE || h.n != 1)
		return;
	(void)get(l, bar, &l->w->bar_task, "wq_barrier", "task", &v);
	(void)get(l, h.worker, &l->w->worker_work, "worker", "current_work", &v);
	if (get(l, h.worker, &l->w->worker_task, "worker", "task", &v))
		owned_by(l, v, KD_OWNER_WORKER);
}

/* completion.wait is a simple queue since 5.7, a wait queue before. */
static bool completion(struct look *l)
{
	const bool simple = l->w->shape[SHAPE_SWAIT].known && l->w->completion_wait.whole == kd_word_sizeof(l->w->k, "swait_queue_head");
	const enum shape_id id = simple ? SHAPE_SWAIT : SHAPE_QUEUE;
	struct ring ring;
	size_t at = 0;

	if (!l->w->completion_wait.known)
		return false;
	while (kd_waits_ring(l->w, l->st, id, l->t, &at, &ring)) {
		const uint64_t lock = ring.head - l->w->shape[id].head - l->w->completion_wait.off;
		uint64_t done;

		l->r->nfacts = 0;
		take_waiter(l, id, &ring);
		if (!get(l, lock, &l->w->done, "completion", "done", &done) || done)
			continue;
		at_lock(l, lock, "completion");
		barrier(l, lock);
		return true;
	}
	return false;
}

/* --- wait queues -------------------------------------------------------------------------------------- */

static void take_queue(struct look *l, const struct ring *ring, uint64_t func)
{
	l->r->nfacts = 0;
	take_waiter(l, SHAPE_QUEUE, ring);
	kd_waits_fact(l->r, ring->base + l->w->func.off, 8, func, "wait_queue_entry", "func");
	at_lock(l, ring->head - l->w->shape[SHAPE_QUEUE].head, "wait_queue_head");
}

/* The structure around the entry, when its function is the one that such structures have. */
static bool folio(struct look *l, const struct ring *ring)
{
	const uint64_t around = ring->base - l->w->page_wait.off;

	return l->w->page_wait.known && get(l, around, &l->w->page_folio, "wait_page_queue", "folio", &l->r->object) &&
	       get(l, around, &l->w->page_bit, "wait_page_queue", "bit_nr", &l->r->bit) && l->r->object;
}

static bool bit(struct look *l, const struct ring *ring)
{
	const uint64_t around = ring->base - l->w->bit_entry.off;

	return l->w->bit_entry.known && get(l, around, &l->w->bit_word, "wait_bit_queue_entry", "key.flags", &l->r->object) &&
	       get(l, around, &l->w->bit_nr, "wait_bit_queue_entry", "key.bit_nr", &l->r->bit) && l->r->object;
}

static bool percpu(struct look *l, const struct ring *ring)
{
	const uint64_t head = ring->head - l->w->shape[SHAPE_QUEUE].head;
	uint64_t block;

	if (!l->w->percpu_waiters.known ||
	    !get(l, head - l->w->percpu_waiters.off, &l->w->percpu_block, "percpu_rw_semaphore", "block", &block))
		return false;
	at_lock(l, head - l->w->percpu_waiters.off, "percpu_rw_semaphore");
	return true;
}

static bool plain(struct look *l, const struct ring *ring)
{
	(void)l;
	return ring->head != 0;
}

static bool find_queue(struct look *l, uint64_t func, bool (*around)(struct look *l, const struct ring *ring))
{
	struct ring ring;
	size_t at = 0;

	while (kd_waits_ring(l->w, l->st, SHAPE_QUEUE, l->t, &at, &ring)) {
		uint64_t f;

		if (!kd_word_get(l->w->k, ring.base, &l->w->func, &f) || (func && f != func))
			continue;
		take_queue(l, &ring, f);
		if (around(l, &ring))
			return true;
	}
	return false;
}

static bool find_swait(struct look *l)
{
	struct ring ring;
	size_t at = 0;

	if (!kd_waits_ring(l->w, l->st, SHAPE_SWAIT, l->t, &at, &ring))
		return false;
	take_waiter(l, SHAPE_SWAIT, &ring);
	at_lock(l, ring.head - l->w->shape[SHAPE_SWAIT].head, "swait_queue_head");
	return true;
}

/* --- timers ------------------------------------------------------------------------------------------- */

static bool sleeper(struct look *l, uint64_t size, const struct kd_word *task, const struct kd_word *func, uint64_t want, uint64_t *ret)
{
	uint64_t f;

	if (!size || !want || !task->known)
		return false;
	for (size_t at = task->off & 7; at + 8 <= l->st->n; at += 8) {
		const uint64_t base = l->st->sp + at - task->off;

		if (at < task->off || kd_waits_stack_word(l->st, at) != l->t->addr || !kd_word_get(l->w->k, base, func, &f) || f != want)
			continue;
		*ret = base;
		return true;
	}
	return false;
}

static bool timer(struct look *l)
{
	uint64_t base, v;

	if (sleeper(l, l->w->timer_size, &l->w->timer_task, &l->w->timer_func, l->w->process_timeout, &base)) {
		l->r->waiter_type = "process_timer";
		(void)get(l, base, &l->w->timer_task, "process_timer", "task", &v);
		(void)get(l, base, &l->w->timer_func, "process_timer", "timer.function", &v);
		(void)get(l, base, &l->w->timer_expires, "process_timer", "timer.expires", &l->r->expires);
	} else if (sleeper(l, l->w->sleeper_size, &l->w->sleeper_task, &l->w->sleeper_func, l->w->hrtimer_wakeup, &base)) {
		l->r->waiter_type = "hrtimer_sleeper";
		(void)get(l, base, &l->w->sleeper_task, "hrtimer_sleeper", "task", &v);
		(void)get(l, base, &l->w->sleeper_func, "hrtimer_sleeper", "timer.function", &v);
	} else {
		return false;
	}
	l->r->waiter = base;
	return true;
}

/* --- by kind ------------------------------------------------------------------------------------------ */

static bool of_kind(struct look *l, enum kd_wait_kind kind)
{
	switch (kind) {
	case KD_WAIT_RTMUTEX:
		return rt_mutex(l);
	case KD_WAIT_COMPLETION:
		return completion(l);
	case KD_WAIT_PERCPU_RWSEM:
		return l->w->wake_percpu && find_queue(l, l->w->wake_percpu, percpu);
	case KD_WAIT_FOLIO:
		return l->w->wake_page && find_queue(l, l->w->wake_page, folio);
	case KD_WAIT_BIT:
		return l->w->wake_bit && find_queue(l, l->w->wake_bit, bit);
	case KD_WAIT_QUEUE:
	case KD_WAIT_POLL:
		return find_queue(l, 0, plain);
	case KD_WAIT_SWAIT:
		return find_swait(l);
	case KD_WAIT_TIMER:
		return timer(l);
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(lockers) / sizeof(*lockers); i++)
		if (lockers[i].kind == kind)
			return find_lock(l, &lockers[i]);
	return false;
}

bool kd_waits_lock(struct kd_waits *w, const struct stack_view *st, const struct kd_task *t, enum kd_wait_kind kind, struct kd_wait *r)
{
	const struct kd_wait before = *r;
	struct look l = {.w = w, .st = st, .t = t, .r = r};

	r->nfacts = 0;
	r->kind = kind;
	if (of_kind(&l, kind))
		return true;
	*r = before;
	return false;
}
