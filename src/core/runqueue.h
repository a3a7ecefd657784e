/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runqueue.h: who runs on each CPU of a dump, and who would like to.
 *
 *	kd_runqueues_each(kernel, &mine, &ops);        // ops.cpu(), then ops.task() for each that waits to run there
 *
 * Fair tasks are those of the red-black tree cfs_rq.tasks_timeline, in its order, groups of tasks opened where they stand; real-time
 * tasks those of rt_rq.active, by priority; deadline ones; the stopper of the CPU (rq.stop), when it is queued. Before 6.6 the tree is ordered by vruntime, since then (EEVDF, which shows
 * itself by sched_entity.deadline) by deadline. The task that runs is in no tree. Every walk is bounded; a tree whose links do
 * not agree is told.
 */
#ifndef KD_CORE_RUNQUEUE_H
#define KD_CORE_RUNQUEUE_H

#include "core/kernel.h"
#include "core/tasks.h"

enum { KD_RQ_TASKS = 1 << 16, KD_RQ_DEPTH = 128, KD_RQ_GROUPS = 32 };

struct kd_rq {
	unsigned cpu;
	uint64_t addr; /* struct rq */
	uint64_t nr_running; /* it says */
	bool has_nr_running;
	uint64_t curr, idle; /* tasks; 0: not known */
	bool has_clock;
	uint64_t clock; /* ns, when it was last looked at */
	bool has_switches;
	uint64_t switches;
	bool eevdf;
};

enum kd_rq_class { KD_RQ_FAIR, KD_RQ_RT, KD_RQ_DEADLINE, KD_RQ_STOP };

struct kd_rq_task {
	uint64_t task;
	enum kd_rq_class cls;
	uint64_t prio; /* RT: 0 is the highest; FAIR: 120 is nice 0 */
	bool has_order;
	uint64_t vruntime, deadline; /* FAIR; deadline: with EEVDF */
	bool has_queued;
	uint64_t queued; /* ns, sched_info.last_queued: of this run queue's clock; 0: it has run since */
	bool delayed; /* it sleeps, and was left in the tree (sched_delayed) */
};

struct kd_rq_end {
	size_t tasks; /* that wait */
	const char *problem; /* what is wrong with a tree or a list; NULL: nothing */
	uint64_t at; /* where */
};

struct kd_rq_ops {
	void (*cpu)(void *user, const struct kd_rq *rq);
	void (*task)(void *user, const struct kd_rq *rq, const struct kd_rq_task *t);
	void (*end)(void *user, const struct kd_rq *rq, const struct kd_rq_end *end);
};

/* NULL, or why there is nothing to tell. */
const char *kd_runqueues_each(struct kd_kernel *k, const struct kd_rq_ops *ops, void *user);

#endif
