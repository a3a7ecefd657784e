/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waitgraph.h: who waits for whom in a dump: cycles, chains, and the task at the end of each.
 *
 *	struct kd_waitgraph g;
 *	err = kd_waitgraph_read(kernel, waits, &arena, &g);     // waits: core/waits.h
 *	g.cycle[0].task[…], g.task[g.cycle[0].task[0]].wait.lock
 *
 * Nodes are the tasks in D, all others that wait for a lock (killable or interruptible), and whoever holds what one of them
 * waits for. An edge leads from who waits to the owner: that the lock itself stores, or that lockdep has among the locks a task holds
 * (task_struct.held_locks, where the kernel has it), or to the worker that has the work in hand that somebody flushes. A hint (the last reader of an rwsem) is an edge that is marked as one.
 *
 * A cycle is named only when each of its edges is proven: the wait proven (waits.h), the owner stated by the lock or by lockdep. Others
 * are said to look like one.
 */
#ifndef KD_CORE_WAITGRAPH_H
#define KD_CORE_WAITGRAPH_H

#include "core/waits.h"

enum { KD_WG_TASKS = 1 << 16, KD_WG_NONE = -1 };

enum kd_wg_edge {
	KD_EDGE_NONE,
	KD_EDGE_STATED, /* the lock's own word; the worker whose list the barrier is in */
	KD_EDGE_LOCKDEP, /* lockdep: the only other task that holds it */
	KD_EDGE_HINT, /* the last reader, the last holder */
};

struct kd_wg_task {
	struct kd_task t;
	struct kd_task_state state;
	struct kd_task_age age;
	struct kd_wait wait; /* of one that runs or could run: kind UNKNOWN */
	bool running; /* on a CPU, or runnable */
	int32_t lock; /* index of the lock that it waits for; NONE */
	int32_t owner; /* index of the task that the edge leads to; NONE */
	enum kd_wg_edge edge;
	int32_t cycle; /* index; NONE */
	int32_t root; /* index of the task at the end of its chain; NONE: a cycle, or itself */
	uint32_t dependents; /* tasks that wait for this one, directly or not */
};

struct kd_wg_lock {
	enum kd_wait_kind kind;
	uint64_t addr; /* of the lock; a folio, a word */
	const char *type;
	uint32_t waiters; /* tasks of the graph */
	int32_t first; /* a task that waits for it */
	int32_t owner; /* of the graph; NONE */
	uint32_t holders; /* that lockdep knows; 0 also when there is no lockdep */
};

struct kd_wg_cycle {
	int32_t *task; /* each waits for the next, the last for the first */
	size_t n;
	bool proven;
};

/* A lock that a task has, by lockdep. */
struct kd_held {
	uint64_t task, map; /* struct lockdep_map */
	uint64_t ip; /* where it was taken */
};

struct kd_waitgraph {
	struct kd_wg_task *task;
	size_t n;
	struct kd_wg_lock *lock;
	size_t nlocks;
	struct kd_wg_cycle *cycle;
	size_t ncycles;
	int32_t root; /* the task that most others wait for, and that waits for no lock itself; NONE */
	size_t blocked; /* tasks in D */
	bool lockdep; /* the kernel says who holds what */
	struct kd_held *held; /* by map */
	size_t nheld;
	bool cut; /* there were more than KD_WG_TASKS */
	bool exhausted; /* rings were too long to look at all */
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_waitgraph_read(struct kd_kernel *k, struct kd_waits *w, struct kd_arena *arena,
						 struct kd_waitgraph *ret);

#endif
