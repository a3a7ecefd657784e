/* SPDX-License-Identifier: GPL-2.0-or-later */
/* waits_internal.h: what the files of core/waits share. */
#ifndef KD_CORE_WAITS_INTERNAL_H
#define KD_CORE_WAITS_INTERNAL_H

#include "core/clock.h"
#include "core/waits.h"
#include "core/words.h"

enum { WAITS_RING = 1 << 14, WAITS_STEPS = 1 << 22 };

/* A structure on the stack of who waits, and where its ring's head is. */
enum shape_id { SHAPE_MUTEX, SHAPE_RWSEM, SHAPE_SEMAPHORE, SHAPE_SWAIT, SHAPE_QUEUE, SHAPES };

struct shape {
	bool known; /* the BTF has all of it */
	bool headless; /* the lock has a pointer to the first waiter */
	const char *waiter, *lock; /* names of the structs */
	uint64_t size, list, task; /* of the waiter, bytes */
	uint64_t head; /* of the list head (or the pointer) in the lock */
};

struct kd_waits {
	struct kd_kernel *k;
	struct kd_space *s;
	struct kd_unwinder *u;
	uint64_t *task; /* ascending */
	size_t ntasks, task_room;
	char why[KD_TASKS_WHY];
	struct shape shape[SHAPES];
	struct kd_word state, exit_state, on_cpu, cpu, iowait, stack, sp, exec_start, switches[2], last_count, last_time;
	struct kd_word pi_blocked_on, blocked_on, blocker; /* of a task: what it says itself */
	struct kd_word mutex_owner, rwsem_count, rwsem_owner, rwsem_type, sem_count, sem_holder, rt_lock, rt_task, rt_owner;
	struct kd_word done, completion_wait, func, percpu_waiters, percpu_block;
	struct kd_word page_wait, page_folio, page_bit, bit_entry, bit_word, bit_nr;
	struct kd_word bar_done, bar_entry, bar_task, worker_scheduled, worker_task, worker_work;
	struct kd_word timer_task, timer_func, timer_expires, sleeper_task, sleeper_func;
	uint64_t timer_size, sleeper_size;
	uint64_t wake_page, wake_bit, wake_percpu, process_timeout, hrtimer_wakeup; /* functions; 0: not known */
	uint64_t stack_size;
	struct stack_of {
		uint64_t stack, task;
	} *owner; /* by stack, ascending, ntasks of them; NULL: not looked at yet */
	struct kd_clock clock;
	struct {
		bool known;
		uint64_t irq; /* rq.clock - rq.clock_task */
	} *rq; /* by CPU, KD_CPUS_MAX of them; NULL: not known */
	unsigned char *room; /* of a stack, KD_WAIT_STACK_MAX bytes */
	size_t steps; /* on rings that may still be made */
	bool exhausted;
};

/* A stack from the task's stack pointer on. */
struct stack_view {
	const unsigned char *p;
	uint64_t sp; /* address of p[0] */
	size_t n; /* bytes that could be read */
	bool cut; /* there are more, that could not */
};

/* What a chain says: kind UNKNOWN: nothing that is known. */
struct chain_says {
	enum kd_wait_kind kind;
	bool guessed; /* by words of the stack, or frames that are guesses */
	bool sleeps; /* with kind UNKNOWN or TIMER: the scheduler is all that is known of it */
};

/* waits_layout.c */
void kd_waits_layout(struct kd_waits *w);

/* waits_chain.c: fills function, caller; the frames are r->stack's. Without a stack by the words of st. */
void kd_waits_chain(struct kd_waits *w, const struct stack_view *st, struct kd_wait *r, struct chain_says *ret);

/* waits_find.c */
uint64_t kd_waits_stack_word(const struct stack_view *st, size_t at);
void kd_waits_fact(struct kd_wait *r, uint64_t addr, unsigned size, uint64_t value, const char *type, const char *member);

struct ring {
	uint64_t base; /* of the waiter */
	uint64_t head; /* of the list head; 0: it has none */
	size_t n; /* waiters on it, this one included */
};

/* The next waiter of that shape, from *at on, that is on a ring; *at: behind it. */
bool kd_waits_ring(struct kd_waits *w, const struct stack_view *st, enum shape_id id, const struct kd_task *t, size_t *at,
		   struct ring *ret);
/* The lock whose first waiter is on the ring of the waiter at base; false: none, or several. */
bool kd_waits_headless(struct kd_waits *w, const struct stack_view *st, enum shape_id id, const struct kd_task *t, uint64_t base,
		       uint64_t *ret);

/* waits_lock.c: a linked waiter of that kind; false: there is none. Fills kind, lock, waiter, owner, facts of r. */
bool kd_waits_lock(struct kd_waits *w, const struct stack_view *st, const struct kd_task *t, enum kd_wait_kind kind, struct kd_wait *r);

#endif
