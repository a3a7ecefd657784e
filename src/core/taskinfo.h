/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskinfo.h: what is known about the tasks of a dump: states, parents, memory, when they ran last.
 *
 *	struct kd_taskinfos all;
 *	err = kd_taskinfos_read(k, &arena, &all);               // all tasks; all.why: empty, or why not all are there
 *	for (i = 0; i < all.n; i++) all.v[i].comm, all.v[i].state.letter
 *	struct kd_taskinfo one;
 *	kd_taskinfo_read(k, addr, &one)
 *
 * Sources: fs/proc/array.c (states), include/linux/sched.h (bits of the state and of the flags that have kept their
 * place since 4.14), include/linux/mm_types_task.h (counters of an mm). Memory counters are struct mm_rss_stat and, behind
 * it, what each thread keeps for itself (up to 6.1), or a percpu_counter (since 6.2): by what the kernel has.
 */
#ifndef KD_CORE_TASKINFO_H
#define KD_CORE_TASKINFO_H

#include "base/arena.h"
#include "core/datum.h"
#include "core/tasks.h"

struct kd_task_state {
	char letter; /* as ps(1): R S D T t X Z P I; '?': not known */
	bool asleep; /* it waits for somebody to wake it: S, D, I, T, t, P */
	bool killable; /* D, and a fatal signal wakes it */
	bool is_new; /* it never ran */
};

struct kd_taskinfo {
	struct kd_task t;
	struct kd_datum raw_state, exit_state, flags;
	struct kd_task_state state;
	struct kd_datum cpu; /* on which it runs, or ran last */
	int32_t ppid; /* of the process that is its parent; with ppid_why NULL */
	uint64_t parent; /* real_parent: struct task_struct */
	const char *ppid_why;
	struct kd_datum mm; /* 0: it has none: a kernel thread, or it has ended */
	bool kthread; /* PF_KTHREAD */
	struct kd_datum on_cpu; /* it says itself whether a CPU runs it */
	bool active; /* a CPU runs it: by the run queues, or where these are not known by on_cpu */
	struct kd_datum vsz, rss; /* bytes */
	struct kd_datum arrived; /* when it last began to run; nanoseconds of the scheduler's clock */
	struct kd_datum last_ran; /* the latest time of which it is known that it ran */
	struct kd_datum queued; /* since when it waits for a CPU; 0: it does not */
	const char *last_from; /* which member last_ran is from */
};

struct kd_taskinfos {
	struct kd_taskinfo *v; /* in the order of kd_tasks_walk(); then the idle tasks of further CPUs */
	size_t n, cap;
	struct kd_datum now; /* the latest clock of a run queue, nanoseconds */
	bool now_guessed; /* no run queue is known: the latest time at which a task is known to have run */
	char why[KD_TASKS_WHY];
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_taskinfos_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_taskinfos *ret);

/* Without active; rss as in struct kd_mm_counts. false: it cannot be read. */
bool kd_taskinfo_read(struct kd_kernel *k, uint64_t addr, struct kd_taskinfo *ret);

/* The state that ps(1) shows, by task_struct.__state (or state) and exit_state. */
struct kd_task_state kd_task_state_of(uint64_t state, uint64_t exit_state);
/* "uninterruptible sleep"; crash's two letters "UN". */
const char *kd_task_state_words(char letter);
const char *kd_task_state_crash(char letter);

/* Names of those bits of task_struct.flags that have not changed their meaning since 4.18: "KTHREAD NOFREEZE 0x10000". */
void kd_task_flags(uint64_t flags, char *ret, size_t max);

/* The task that this CPU's run queue says is running. */
bool kd_task_running(struct kd_kernel *k, unsigned cpu, uint64_t *ret);

/* The latest clock of all run queues. */
struct kd_datum kd_task_now(struct kd_kernel *k);

/* ---- memory of a process ---- */

struct kd_mm_counts {
	/* Bytes, signed: without what threads keep for themselves each may be too small, even below zero. */
	struct kd_datum file, anon, swap, shmem;
	struct kd_datum rss; /* file + anon + shmem */
};

void kd_mm_counts_read(struct kd_kernel *k, uint64_t mm, struct kd_mm_counts *ret);

/* What a thread keeps for itself (SPLIT_RSS_COUNTING): pages of file, anon, swap, shmem; false: this kernel's do not. */
bool kd_task_rss_cache(struct kd_kernel *k, uint64_t task, int64_t pages[4]);

struct kd_mm_threads {
	int64_t pages[4]; /* that all threads of an mm keep for themselves: file, anon, swap, shmem */
	size_t n; /* threads */
	char why[KD_TASKS_WHY]; /* empty, or why not all tasks were looked at */
};

void kd_mm_threads_read(struct kd_kernel *k, uint64_t mm, struct kd_mm_threads *ret);

uint64_t kd_page_bytes(struct kd_kernel *k);

#endif
