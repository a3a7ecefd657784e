/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rcustate.h: RCU in a dump: the grace period that runs, and who holds it out.
 *
 *	struct kd_rcu r;
 *	if (!kd_rcu_read(kernel, &arena, &r)) … r.why
 *	r.gp_seq, r.hold[i].cpu, r.cpu[i].callbacks
 *
 * Tree RCU (struct rcu_state, since 4.20). A CPU holds the grace period out when its bit is set in qsmask of its leaf of rcu_node;
 * a task, when it is in blkd_tasks of a node from *gp_tasks on (it was preempted inside of rcu_read_lock()). What gp_state numbers
 * mean is in the kernel's own table of their names (gp_state_names). The low two bits of gp_seq are the phase, 0: none runs
 * (kernel/rcu/rcu.h, RCU_SEQ_STATE_MASK). Times are jiffies.
 */
#ifndef KD_CORE_RCUSTATE_H
#define KD_CORE_RCUSTATE_H

#include "base/arena.h"
#include "core/kernel.h"
#include "core/tasks.h"

enum { KD_RCU_HOLDS = 4096, KD_RCU_NODES = 8192, KD_RCU_TASKS = 4096, KD_RCU_STATE = 24 };

struct kd_rcu_hold {
	bool is_task;
	unsigned cpu; /* no task */
	uint64_t task;
	uint64_t node; /* struct rcu_node */
	uint64_t word, value; /* where its bit, or the pointer to the first such task, is */
	bool expedited; /* of an expedited grace period */
};

struct kd_rcu_cpu {
	unsigned cpu;
	uint64_t addr; /* struct rcu_data; 0: not readable, and nothing behind is */
	uint64_t gp_seq; /* what it has seen of grace periods */
	bool needs_qs; /* the core waits for it */
	bool no_qs; /* it has not passed a quiescent state since the grace period began */
	bool has_callbacks;
	uint64_t callbacks; /* waiting for a grace period or to be called */
	uint64_t ticks; /* ticks_this_gp */
	bool online; /* it has been */
};

struct kd_rcu {
	const char *why; /* NULL: it could be read */
	uint64_t addr;
	uint64_t gp_seq;
	bool running; /* a grace period is */
	bool exp_running;
	char state[KD_RCU_STATE]; /* what the kthread does; empty: not known */
	uint64_t state_number;
	uint64_t kthread; /* task; 0: none */
	bool has_times;
	uint64_t start, activity, stall, now; /* jiffies: when it began, when the kthread last did something, when a stall is told */
	struct kd_rcu_hold *hold;
	size_t nholds;
	bool more_holds;
	struct kd_rcu_cpu *cpu;
	size_t ncpus;
	size_t nodes; /* that were looked at */
	size_t bad_nodes; /* that could not be read */
	size_t bad_lists; /* of blocked tasks that are broken */
};

/* false: why says why not; what is missing of it is 0 and has its flag. KD_LIMIT as why when the arena is full. */
bool kd_rcu_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_rcu *ret);

#endif
