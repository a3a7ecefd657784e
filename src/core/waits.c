// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/waits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/waits_internal.h"

/* --- tasks ------------------------------------------------------------------------------------------- */

static bool add_task(void *user, uint64_t task)
{
	struct kd_waits *w = user;

	if (w->ntasks == w->task_room) {
		w->task_room = w->task_room ? 2 * w->task_room : 1024;
		w->task = kd_xrealloc(w->task, w->task_room * sizeof(*w->task));
	}
	w->task[w->ntasks++] = task;
	return true; /* kd_tasks_walk() itself ends at KD_TASKS_MAX */
}

static int by_address(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void all_tasks(struct kd_waits *w)
{
	size_t n = 0;

	kd_tasks_walk(w->k, add_task, w, w->why);
	if (w->ntasks)
		qsort(w->task, w->ntasks, sizeof(*w->task), by_address);
	for (size_t i = 0; i < w->ntasks; i++)
		if (!n || w->task[i] != w->task[n - 1])
			w->task[n++] = w->task[i];
	w->ntasks = n;
	for (size_t i = 0; i < n && !w->stack_size; i++) {
		struct kd_task t;

		if (kd_task_read(w->k, w->task[i], &t) && t.stack)
			w->stack_size = t.stack_end - t.stack;
	}
}

struct kd_error *kd_waits_new(struct kd_kernel *k, struct kd_unwinder *u, struct kd_waits **ret)
{
	struct kd_waits *w = kd_xcalloc(1, sizeof(*w));

	w->k = k;
	w->u = u;
	w->steps = WAITS_STEPS;
	w->room = kd_xmalloc(KD_WAIT_STACK_MAX);
	kd_waits_layout(w);
	all_tasks(w);
	*ret = w;
	return NULL;
}

void kd_waits_free(struct kd_waits *w)
{
	if (!w)
		return;
	kd_free(w->task);
	kd_free(w->rq);
	kd_free(w->owner);
	kd_free(w->room);
	kd_free(w);
}

void kd_waits_freep(struct kd_waits **w)
{
	kd_waits_free(*w);
	*w = NULL;
}

const uint64_t *kd_waits_tasks(const struct kd_waits *w, size_t *ret_n)
{
	*ret_n = w->ntasks;
	return w->task;
}

const char *kd_waits_tasks_why(const struct kd_waits *w)
{
	return w->why;
}

bool kd_waits_is_task(const struct kd_waits *w, uint64_t addr)
{
	return w->ntasks && bsearch(&addr, w->task, w->ntasks, sizeof(addr), by_address);
}

bool kd_waits_exhausted(const struct kd_waits *w)
{
	return w->exhausted;
}

/* --- states ------------------------------------------------------------------------------------------ */

/* TASK_… of include/linux/sched.h. */
enum { INTERRUPTIBLE = 1, UNINTERRUPTIBLE = 2, STOPPED = 4, TRACED = 8, EXIT_DEAD = 16, EXIT_ZOMBIE = 32, PARKED = 64, DEAD = 128,
       WAKEKILL = 256, NOLOAD = 1024, NEW = 2048 };

static char letter(uint64_t bits, uint64_t exit)
{
	static const struct {
		unsigned bit;
		enum kd_task_letter letter;
	} letters[] = {{PARKED, KD_TASK_PARKED}, {TRACED, KD_TASK_TRACED}, {STOPPED, KD_TASK_STOPPED}, {UNINTERRUPTIBLE, KD_TASK_BLOCKED},
		       {INTERRUPTIBLE, KD_TASK_SLEEPS}, {DEAD, KD_TASK_DEAD}};

	if (exit & (EXIT_DEAD | EXIT_ZOMBIE))
		return exit & EXIT_DEAD ? KD_TASK_DEAD : KD_TASK_ZOMBIE;
	if (bits & UNINTERRUPTIBLE && bits & NOLOAD)
		return KD_TASK_IDLES;
	for (size_t i = 0; i < KD_ARRAY_LEN(letters); i++)
		if (bits & letters[i].bit)
			return (char)letters[i].letter;
	return KD_TASK_RUNNING;
}

void kd_task_state(struct kd_waits *w, uint64_t task, struct kd_task_state *ret)
{
	struct kd_task_state s = {.letter = KD_TASK_STATE_UNKNOWN};
	uint64_t exit = 0, v;

	if (kd_word_get(w->k, task, &w->state, &s.bits)) {
		(void)kd_word_get(w->k, task, &w->exit_state, &exit);
		s.letter = letter(s.bits, exit);
		s.killable = s.letter == KD_TASK_BLOCKED && s.bits & WAKEKILL;
	}
	if (kd_word_get(w->k, task, &w->cpu, &v) && v < KD_CPUS_MAX) {
		s.has_cpu = true;
		s.cpu = (unsigned)v;
		s.on_cpu = kd_word_get(w->k, task, &w->on_cpu, &v) && v;
	}
	s.in_iowait = kd_word_get(w->k, task, &w->iowait, &v) && v;
	*ret = s;
}

void kd_task_age(struct kd_waits *w, uint64_t task, struct kd_task_age *ret)
{
	uint64_t start, cpu, count, have[2], since;

	*ret = (struct kd_task_age){0};
	if (w->rq && w->clock.has_now && kd_word_get(w->k, task, &w->exec_start, &start) && start && kd_word_get(w->k, task, &w->cpu, &cpu) &&
	    cpu < KD_CPUS_MAX && w->rq[cpu].known && start + w->rq[cpu].irq <= w->clock.now) {
		ret->known = true;
		ret->ns = w->clock.now - (start + w->rq[cpu].irq);
		ret->from = "the newest rq.clock less task.se.exec_start";
	}
	if (w->clock.has_jiffies && kd_word_get(w->k, task, &w->last_count, &count) && kd_word_get(w->k, task, &w->switches[0], &have[0]) &&
	    kd_word_get(w->k, task, &w->switches[1], &have[1]) && count && count == have[0] + have[1] &&
	    kd_word_get(w->k, task, &w->last_time, &since) && since && since <= w->clock.jiffies) {
		ret->has_least = true;
		ret->least = w->clock.jiffies - since;
	}
}

const struct kd_clock *kd_waits_clock(const struct kd_waits *w)
{
	return &w->clock;
}

/* --- words ------------------------------------------------------------------------------------------- */

const char *kd_wait_kind_words(enum kd_wait_kind kind)
{
	static const char *const words[KD_WAIT_KINDS] = {
		[KD_WAIT_UNKNOWN] = "not known",
		[KD_WAIT_MUTEX] = "mutex",
		[KD_WAIT_RWSEM_READ] = "rwsem, to read",
		[KD_WAIT_RWSEM_WRITE] = "rwsem, to write",
		[KD_WAIT_RTMUTEX] = "rt_mutex",
		[KD_WAIT_SEMAPHORE] = "semaphore",
		[KD_WAIT_PERCPU_RWSEM] = "percpu-rwsem",
		[KD_WAIT_COMPLETION] = "completion",
		[KD_WAIT_FOLIO] = "folio",
		[KD_WAIT_BIT] = "bit",
		[KD_WAIT_QUEUE] = "wait queue",
		[KD_WAIT_SWAIT] = "simple wait queue",
		[KD_WAIT_FUTEX] = "futex",
		[KD_WAIT_POLL] = "poll",
		[KD_WAIT_TIMER] = "timeout",
	};

	return words[kind];
}

bool kd_wait_is_lock(enum kd_wait_kind kind)
{
	return kind >= KD_WAIT_MUTEX && kind <= KD_WAIT_PERCPU_RWSEM;
}

const char *kd_wait_trust_words(enum kd_wait_trust trust)
{
	return trust == KD_WAIT_PROVEN ? "proven" : trust == KD_WAIT_INFERRED ? "inferred" : "unknown";
}

/* --- one task ---------------------------------------------------------------------------------------- */

/* What can be read of the stack from its pointer on. */
static bool read_stack(struct kd_waits *w, const struct kd_task *t, struct stack_view *ret, const char **why)
{
	struct stack_view v = {.p = w->room};
	size_t want;

	if (!t->stack || !w->sp.known) {
		*why = "where its stack is is not known";
		return false;
	}
	if (!kd_word_get(w->k, t->addr, &w->sp, &v.sp)) {
		*why = "its stack pointer is not in the dump";
		return false;
	}
	if (v.sp < t->stack || v.sp >= t->stack_end || v.sp & 7) {
		*why = "its stack pointer is not on its stack";
		return false;
	}
	want = t->stack_end - v.sp < KD_WAIT_STACK_MAX ? (size_t)(t->stack_end - v.sp) : KD_WAIT_STACK_MAX;
	while (v.n < want) {
		const uint64_t at = v.sp + v.n;
		size_t n = (size_t)(4096 - at % 4096);

		n = n < want - v.n ? n : want - v.n;
		if (!kd_space_read(kd_kernel_space(w->k), at, w->room + v.n, n, NULL))
			break;
		v.n += n;
	}
	v.cut = v.n < want;
	*ret = v;
	*why = !v.n ? "its stack is not in the dump" : v.cut ? "part of its stack is not in the dump" : NULL;
	return v.n != 0;
}

static struct kd_error *unwind(struct kd_waits *w, const struct kd_task *t, struct kd_arena *arena, struct kd_wait *r)
{
	struct kd_core_regs regs;
	struct kd_unwind_from from;
	char why[KD_TASKS_WHY];
	struct kd_error *err;

	if (!w->u) {
		snprintf(r->no_stack, sizeof(r->no_stack), "stacks of this dump are not unwound");
		return NULL;
	}
	if (!kd_task_regs(w->k, t, &regs, why)) {
		snprintf(r->no_stack, sizeof(r->no_stack), "%s", why);
		return NULL;
	}
	from = kd_task_stack(t, &regs);
	err = kd_unwind(w->u, &from, arena, &r->stack);
	r->has_stack = !err;
	return err;
}

/* In the order of how much they say. */
static const enum kd_wait_kind lock_kinds[] = {KD_WAIT_RTMUTEX, KD_WAIT_MUTEX, KD_WAIT_RWSEM_READ, KD_WAIT_SEMAPHORE};
static const enum kd_wait_kind other_kinds[] = {KD_WAIT_COMPLETION, KD_WAIT_PERCPU_RWSEM, KD_WAIT_FOLIO, KD_WAIT_BIT, KD_WAIT_SWAIT,
						KD_WAIT_QUEUE};

static bool first_of(struct kd_waits *w, const struct stack_view *st, const struct kd_task *t, const enum kd_wait_kind *kinds, size_t n,
		     struct kd_wait *r)
{
	for (size_t i = 0; i < n; i++)
		if (kd_waits_lock(w, st, t, kinds[i], r))
			return true;
	return false;
}

/* rwsem_waiter.type: RWSEM_WAITING_FOR_WRITE is the first of its enum. */
static void read_or_write(struct kd_waits *w, struct kd_wait *r)
{
	uint64_t type, write = 0;

	if (r->kind != KD_WAIT_RWSEM_READ && r->kind != KD_WAIT_RWSEM_WRITE)
		return;
	(void)kd_kernel_enumerator(w->k, "rwsem_waiter_type", "RWSEM_WAITING_FOR_WRITE", &write);
	if (r->waiter && kd_word_get(w->k, r->waiter, &w->rwsem_type, &type))
		r->kind = type == write ? KD_WAIT_RWSEM_WRITE : KD_WAIT_RWSEM_READ;
}

static void infer(struct kd_wait *r, enum kd_wait_kind kind, const char *why)
{
	r->kind = kind;
	r->trust = KD_WAIT_INFERRED;
	r->why = why;
}

/* Its functions wait for that kind: what is linked on its stack proves it. */
static void by_chain(struct kd_waits *w, const struct stack_view *st, const struct kd_task *t, const struct chain_says *says,
		     struct kd_wait *r)
{
	const enum kd_wait_kind kind = says->kind;

	if (kind == KD_WAIT_FUTEX) {
		infer(r, kind, "which futex is not looked for");
	} else if (kind == KD_WAIT_POLL) {
		infer(r, kind, "which files is not looked for");
	} else if (!kd_waits_lock(w, st, t, kind, r)) {
		infer(r, kind, w->exhausted ? "there are too many waiters to look at all" :
			       st->cut	    ? "part of its stack is not in the dump" :
					      "no waiter that is linked both ways was found on its stack");
	} else if (says->guessed) {
		infer(r, kind, r->has_stack ? "its call chain is guessed" : "there is no call chain");
	} else {
		r->trust = KD_WAIT_PROVEN;
	}
	read_or_write(w, r);
}

/* Time, or until somebody wakes it. */
static void only_time(struct kd_waits *w, const struct stack_view *st, const struct kd_task *t, const struct chain_says *says,
		      struct kd_wait *r)
{
	const bool found = kd_waits_lock(w, st, t, KD_WAIT_TIMER, r);

	r->kind = KD_WAIT_TIMER;
	r->never = !found && w->process_timeout && w->timer_task.known && !st->cut;
	if (says->guessed || (!found && !r->never))
		infer(r, r->kind, says->guessed ? "there is no certain call chain" : "its timer was not found");
	else
		r->trust = KD_WAIT_PROVEN;
}

/*
 * The scheduler alone is known, called by some function: what it is linked into, if anything. Locks are looked for last, and only
 * where the chain is not certain: the words around an entry of a wait queue may look like the waiter of one.
 */
static void by_links(struct kd_waits *w, const struct stack_view *st, const struct kd_task *t, const struct chain_says *says,
		     struct kd_wait *r)
{
	const bool certain = says->sleeps && !says->guessed;

	if (first_of(w, st, t, other_kinds, KD_ARRAY_LEN(other_kinds), r)) {
		if (!certain)
			infer(r, r->kind, "there is no certain call chain");
		else if (r->kind != KD_WAIT_QUEUE && r->kind != KD_WAIT_SWAIT)
			infer(r, r->kind, "no function that waits for it is in its call chain");
		else
			r->trust = KD_WAIT_PROVEN;
	} else if (!certain && first_of(w, st, t, lock_kinds, KD_ARRAY_LEN(lock_kinds), r)) {
		infer(r, r->kind, "no function that waits for such a lock is in its call chain");
		read_or_write(w, r);
	} else if (says->kind == KD_WAIT_TIMER) {
		only_time(w, st, t, says, r);
	} else {
		r->why = "nothing that is linked both ways was found on its stack";
	}
}

/* Stacks are all as large as the one of which it is known. */
static struct kd_task with_stack(struct kd_waits *w, const struct kd_task *task)
{
	struct kd_task t = *task;

	if (!t.stack && w->stack_size && kd_word_get(w->k, t.addr, &w->stack, &t.stack))
		t.stack_end = t.stack + w->stack_size;
	return t;
}

struct kd_error *kd_wait_of_task(struct kd_waits *w, const struct kd_task *task, enum kd_wait_depth depth, struct kd_arena *arena,
				 struct kd_wait *ret)
{
	struct kd_wait r = {.kind = KD_WAIT_UNKNOWN, .trust = KD_WAIT_NOT_KNOWN};
	const struct kd_task known = with_stack(w, task), *t = &known;
	struct chain_says says;
	struct stack_view st;
	struct kd_error *err;

	*ret = r;
	if (!read_stack(w, t, &st, &r.why)) {
		*ret = r;
		return NULL;
	}
	r.why = NULL;
	if (depth == KD_WAIT_QUICK && !first_of(w, &st, t, lock_kinds, KD_ARRAY_LEN(lock_kinds), &r)) {
		*ret = r;
		return NULL;
	}
	r = (struct kd_wait){.kind = KD_WAIT_UNKNOWN};
	err = unwind(w, t, arena, &r);
	if (err)
		return err;
	kd_waits_chain(w, &st, &r, &says);
	if (says.kind != KD_WAIT_UNKNOWN && says.kind != KD_WAIT_TIMER)
		by_chain(w, &st, t, &says, &r);
	else
		by_links(w, &st, t, &says, &r);
	*ret = r;
	return NULL;
}
