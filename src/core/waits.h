/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waits.h: what a sleeping task of a dump waits for, and who holds that.
 *
 *	kd_auto(kd_waits_freep) struct kd_waits *w = NULL;
 *	err = kd_waits_new(kernel, unwinder, &w);            // unwinder: NULL without one; both outlive it
 *	struct kd_wait wait;
 *	err = kd_wait_of_task(w, &task, KD_WAIT_DEEP, &arena, &wait);
 *	wait.kind, wait.lock, wait.owner, wait.trust, wait.fact[…]
 *
 * No debug info. A task that waits has a waiter structure on its own stack (struct mutex_waiter, rwsem_waiter,
 * semaphore_waiter, swait_queue, wait_queue_entry, process_timer …), which is linked into what it waits for. So the words
 * of its stack are searched for its own address; around each, every link has to lead back; on the ring there has to be
 * exactly one node that is no waiter, the list head inside of the lock; and the words of the lock have to say that somebody
 * waits. Since 7.x locks have no list head, but a pointer to the first waiter: then the lock is the one word on the stack
 * (or in the task) that points to a lock whose first waiter is on that ring.
 *
 * Trust: PROVEN when all that holds and the call chain, without a guess, stands in a function that waits for this kind of
 * thing; INFERRED when one of them is missing (`why` says which); UNKNOWN: only where it sleeps can be said.
 *
 * Owners are what a lock itself stores: mutexes and rt_mutexes their owner, an rwsem its writer. The word of an rwsem that readers
 * have names the last reader: a hint. Completions, semaphores (before 6.16), wait queues, folios, bits, percpu-rwsems, qspinlocks
 * store none. Who flushes a work has put a barrier (struct wq_barrier, on its stack, with a completion in it) behind that work: when this
 * is in the list of a worker, that worker has to come to it.
 *
 * Layouts are the BTF's, by the presence of members. What BTF cannot say is fixed by the kernel's sources: the low bits of
 * mutex.owner (kernel/locking/mutex.h: 1 = there are waiters, 7 = all flags), of rw_semaphore.count and .owner
 * (kernel/locking/rwsem.c since 5.3: count 1 = a writer, 2 = waiters, from bit 8 on readers; owner 1 = readers), of
 * rt_mutex.owner (1 = waiters), of task.blocker (include/linux/hung_task.h: 3 = kind), the states of tasks
 * (include/linux/sched.h).
 */
#ifndef KD_CORE_WAITS_H
#define KD_CORE_WAITS_H

#include "base/arena.h"
#include "core/clock.h"
#include "core/kernel.h"
#include "core/tasks.h"
#include "core/unwind.h"

struct kd_waits;

/* unwinder may be NULL: then nothing is proven. KD_LIMIT: more tasks than can be. */
KD_MUST_CHECK struct kd_error *kd_waits_new(struct kd_kernel *k, struct kd_unwinder *u, struct kd_waits **ret);
void kd_waits_free(struct kd_waits *w);
void kd_waits_freep(struct kd_waits **w);

/* Addresses of all tasks, in ascending order. */
const uint64_t *kd_waits_tasks(const struct kd_waits *w, size_t *ret_n);
const char *kd_waits_tasks_why(const struct kd_waits *w); /* why not all tasks were found; empty */
bool kd_waits_is_task(const struct kd_waits *w, uint64_t addr);
bool kd_waits_exhausted(const struct kd_waits *w); /* lists of waiters were too long to look at all */

/* --- states ------------------------------------------------------------------------------------------ */

enum kd_task_letter { KD_TASK_RUNNING = 'R', KD_TASK_SLEEPS = 'S', KD_TASK_BLOCKED = 'D', KD_TASK_STOPPED = 'T', KD_TASK_TRACED = 't',
		      KD_TASK_DEAD = 'X', KD_TASK_ZOMBIE = 'Z', KD_TASK_PARKED = 'P', KD_TASK_IDLES = 'I', KD_TASK_STATE_UNKNOWN = '?' };

struct kd_task_state {
	char letter; /* as the kernel's task_state_to_char() */
	uint64_t bits; /* task_struct.__state (.state before 5.14) */
	bool killable; /* D, but a fatal signal ends it */
	bool has_cpu, on_cpu; /* on_cpu: it runs just now; of has_cpu */
	unsigned cpu; /* where it runs or last ran; with has_cpu */
	bool in_iowait; /* io_schedule() */
};

void kd_task_state(struct kd_waits *w, uint64_t task, struct kd_task_state *ret);

struct kd_task_age {
	bool known;
	uint64_t ns; /* for about so long it has not run */
	const char *from; /* by which words */
	bool has_least; /* the detector of hung tasks saw it not run for so many jiffies */
	uint64_t least; /* jiffies */
};

/*
 * By the clock of the run queues: the newest of all CPUs' rq.clock, against task.se.exec_start, which stands still when a task
 * leaves its CPU (it is of rq.clock_task, whose distance from rq.clock is added).
 */
void kd_task_age(struct kd_waits *w, uint64_t task, struct kd_task_age *ret);

const struct kd_clock *kd_waits_clock(const struct kd_waits *w);

/* --- waits ------------------------------------------------------------------------------------------- */

enum kd_wait_kind {
	KD_WAIT_UNKNOWN,
	KD_WAIT_MUTEX,
	KD_WAIT_RWSEM_READ,
	KD_WAIT_RWSEM_WRITE,
	KD_WAIT_RTMUTEX,
	KD_WAIT_SEMAPHORE,
	KD_WAIT_PERCPU_RWSEM,
	KD_WAIT_COMPLETION,
	KD_WAIT_FOLIO, /* a bit of a folio or page: object, bit */
	KD_WAIT_BIT, /* a bit in a word: object, bit */
	KD_WAIT_QUEUE,
	KD_WAIT_SWAIT, /* a simple wait queue that is no completion's */
	KD_WAIT_FUTEX, /* a program's lock */
	KD_WAIT_POLL, /* events of several files */
	KD_WAIT_TIMER, /* only time: expires */
	KD_WAIT_KINDS
};

const char *kd_wait_kind_words(enum kd_wait_kind kind); /* "mutex", "rw_semaphore, to read" … */
bool kd_wait_is_lock(enum kd_wait_kind kind); /* somebody holds it, and gives it back */

enum kd_wait_trust { KD_WAIT_NOT_KNOWN, KD_WAIT_INFERRED, KD_WAIT_PROVEN };
const char *kd_wait_trust_words(enum kd_wait_trust trust);

enum kd_wait_owner {
	KD_OWNER_NOT_STORED, /* such a thing has no owner, or does not say whom */
	KD_OWNER_NOBODY, /* it is free, about to be handed over */
	KD_OWNER_STATED, /* the lock's own word says so, and it is a task */
	KD_OWNER_HINT, /* the last reader, or the last holder: it may have given it back */
	KD_OWNER_GONE, /* the word names what is no task (any more) */
	KD_OWNER_WORKER, /* a completion of flush_work(): the worker that has the work before it in hand */
};

enum { KD_WAIT_FACTS = 10, KD_WAIT_WHAT = 56, KD_WAIT_FUNC = 64, KD_WAIT_STACK_MAX = 128 << 10 };

/* A word of the dump that the answer stands on. */
struct kd_wait_fact {
	uint64_t addr, value;
	unsigned size; /* bytes */
	char what[KD_WAIT_WHAT]; /* "mutex_waiter.task" */
};

struct kd_wait {
	enum kd_wait_kind kind;
	enum kd_wait_trust trust;
	const char *why; /* why it is not proven; NULL */
	uint64_t lock; /* 0: which one is not known */
	const char *type; /* of what is at lock: "mutex"; NULL */
	uint64_t waiter; /* on the task's stack; 0: none was found */
	const char *waiter_type;
	size_t waiters; /* on the same ring, this one included; 0: not counted */
	enum kd_wait_owner owner_how;
	uint64_t owner; /* a task; with STATED, HINT, WORKER; GONE: what the word says */
	uint64_t readers; /* of an rwsem that readers have */
	uint64_t stack_of; /* the lock lies on this task's stack; 0: on none */
	uint64_t object; /* FOLIO: the folio; BIT: the word */
	uint64_t bit;
	uint64_t expires; /* TIMER: in jiffies; 0: not known */
	bool never; /* TIMER: without a timer, until somebody wakes it */
	struct kd_wait_fact fact[KD_WAIT_FACTS];
	size_t nfacts;
	char function[KD_WAIT_FUNC]; /* that waits, of the chain; empty: none of those that are known */
	bool has_stack;
	char no_stack[160]; /* why not */
	struct kd_core_stack stack; /* its call chain */
	size_t caller; /* index in the chain of the first function that is not the scheduler's or the lock's; stack.n: none */
};

enum kd_wait_depth {
	KD_WAIT_QUICK, /* only tasks that wait for a lock are looked at closely: of others kind may stay UNKNOWN, without a chain */
	KD_WAIT_DEEP,
};

/*
 * For a task that does not run. KD_LIMIT: the arena is full.
 */
KD_MUST_CHECK struct kd_error *kd_wait_of_task(struct kd_waits *w, const struct kd_task *task, enum kd_wait_depth depth,
					       struct kd_arena *arena, struct kd_wait *ret);

#endif
