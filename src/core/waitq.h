/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waitq.h: who waits in a wait_queue_head, or a swait_queue_head.
 *
 *	kd_waitq_walk(k, head, visit, &me, &end);           // visit(user, number, address of each wait_queue_entry)
 *	struct kd_waiter w;
 *	if (kd_waiter_read(k, entry, &w) && w.is_task) … w.task
 *
 * Sources: include/linux/wait.h, include/linux/swait.h, kernel/sched/wait.c.
 */
#ifndef KD_CORE_WAITQ_H
#define KD_CORE_WAITQ_H

#include "core/tasks.h"
#include "core/walk.h"

enum { KD_WAITERS_MAX = 1 << 20 };

struct kd_waiter {
	uint64_t entry, func, private, flags;
	bool is_task; /* private is a task */
	bool guessed; /* said by what it looks like: the function is none that is known to wake the task in private */
	struct kd_task task; /* with is_task */
};

void kd_waitq_walk(struct kd_kernel *k, uint64_t head, kd_walk_visit *visit, void *user, struct kd_walk_end *end);
bool kd_waiter_read(struct kd_kernel *k, uint64_t entry, struct kd_waiter *ret);
/* Flags in words: "exclusive, bookmark". */
void kd_waiter_flags_text(uint64_t flags, char *ret, size_t n);

/* The same of struct swait_queue_head; entries are struct swait_queue. */
void kd_swaitq_walk(struct kd_kernel *k, uint64_t head, kd_walk_visit *visit, void *user, struct kd_walk_end *end);
bool kd_swaiter_read(struct kd_kernel *k, uint64_t entry, struct kd_waiter *ret);

#endif
