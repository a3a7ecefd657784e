/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workqueue.h: worker pools of a dump: what their workers do, and what waits for them.
 *
 *	why = kd_pools_each(kernel, &ops, &mine);    // ops.pool(), ops.worker(), ops.work(), ops.end()
 *
 * Pools are those of CPUs (cpu_worker_pools, and bh_worker_pools since 6.9) and the unbound ones (unbound_pool_hash). Each has a list of
 * workers and one of pending work. Which workqueue a work is of says its pool_workqueue: the address in work_struct.data, which is
 * believed when what is there names this pool. Works that wait because their queue's max_active is reached are in the lists of
 * the pool_workqueues of all queues (kd_inactive_each()).
 */
#ifndef KD_CORE_WORKQUEUE_H
#define KD_CORE_WORKQUEUE_H

#include "core/kernel.h"
#include "core/tasks.h"

enum { KD_WQ_WORKERS = 1 << 16, KD_WQ_WORKS = 1 << 16, KD_WQ_NAME = 64, KD_WQ_POOLS = 1 << 14 };

struct kd_pool {
	uint64_t addr; /* struct worker_pool */
	int64_t id, cpu; /* cpu -1: unbound */
	bool bh; /* its works run in softirqs */
	uint64_t flags;
	int64_t nice;
	bool has_nice;
	uint64_t workers, idle, running; /* as it says */
	bool has_progress;
	uint64_t progress; /* jiffies when work was last begun (watchdog_ts, last_progress_ts) */
	uint64_t manager; /* struct worker that makes a new worker; 0: none */
};

struct kd_worker {
	uint64_t addr, task;
	uint64_t work, func; /* that it does; 0: none, it is idle */
	bool has_start;
	uint64_t start; /* jiffies when it began it (current_start, since 7.x) */
	bool has_at;
	uint64_t at; /* sum_exec_runtime when it began it (current_at) */
	char desc[KD_WQ_NAME]; /* what it says about itself; empty */
	char queue[KD_WQ_NAME]; /* workqueue of its work; empty: not known */
	uint64_t scheduled; /* works that were given to it behind this one */
};

struct kd_work {
	uint64_t addr, func;
	char queue[KD_WQ_NAME];
	bool barrier; /* a flush that waits, no work of anybody (its function is wq_barrier_func) */
	uint64_t waiter; /* BARRIER: the task that flushes; 0: not known */
};

struct kd_pool_end {
	uint64_t pending;
	const char *problem; /* a list that is broken, cannot be read or is longer than any; NULL: none */
	uint64_t at;
};

struct kd_pool_ops {
	void (*pool)(void *user, const struct kd_pool *p);
	void (*worker)(void *user, const struct kd_pool *p, const struct kd_worker *w);
	void (*work)(void *user, const struct kd_pool *p, const struct kd_work *w); /* pending, or scheduled for a worker */
	void (*end)(void *user, const struct kd_pool *p, const struct kd_pool_end *e);
};

/* NULL, or why there are none. */
const char *kd_pools_each(struct kd_kernel *k, const struct kd_pool_ops *ops, void *user);

struct kd_inactive {
	uint64_t queue, pwq; /* struct workqueue_struct, pool_workqueue */
	char name[KD_WQ_NAME];
	uint64_t active, max_active;
	uint64_t works; /* that wait behind them */
	uint64_t first; /* function of the first; 0: not known */
};

/* Of queues that have works waiting so. NULL, or why not all could be looked at. */
const char *kd_inactive_each(struct kd_kernel *k, void (*visit)(void *user, const struct kd_inactive *i), void *user);

#endif
