/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_hangs.h: why a machine hung, out of a dump: who waits for whom, which CPU does not come back, what holds out RCU, who has
 * to run, which work does not end, which I/O does not, who has the memory. Each is a kd_core_answer (verb/core_ask.h) on engines of core/.
 */
#ifndef KD_VERB_CORE_HANGS_H
#define KD_VERB_CORE_HANGS_H

#include "verb/core_ask.h"

struct kd_core_deadlock_options {
	bool all; /* all tasks that sleep, not only those that are blocked or wait for a lock */
};

/* Arguments: tasks, by their ids; none: all that wait. Options: struct kd_core_deadlock_options. */
kd_core_answer kd_core_deadlock;

/* Each CPU: what it was at, and whether it would have come back. No options, no arguments. */
kd_core_answer kd_core_lockup;

/* RCU: the grace period, and who holds it out. No options, no arguments. */
kd_core_answer kd_core_rcu;

/* Who runs on each CPU, and who waits to. No options, no arguments. */
kd_core_answer kd_core_runq;

struct kd_core_workqueue_options {
	bool all; /* idle pools and workers, too */
};

/* Worker pools, what they do, what waits for them. No arguments. */
kd_core_answer kd_core_workqueue;

struct kd_core_memory_options {
	bool all; /* all processes, not only the largest */
};

struct kd_core_block_options {
	bool all; /* queues of which there is nothing to say, too */
};

/* Requests in flight, queues that are held up, tasks that wait for I/O and for which disk. No arguments. */
kd_core_answer kd_core_block;

/* Who has the memory. No arguments. */
kd_core_answer kd_core_memory;

#endif
