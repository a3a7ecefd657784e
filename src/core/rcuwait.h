/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rcuwait.h: memory that is handed over to RCU: somebody frees it when a grace period is over, or calls back.
 *
 *	struct kd_rcuwaits w;
 *	kd_rcuwaits_read(k, &w);                              // always gives something to free
 *	const struct kd_rcuwait *x = kd_rcuwaits_in(&w, start, end);    // of what lies in [start, end): an object
 *	if (x) … x->how, x->cpu, x->func
 *	kd_rcuwaits_deinit(&w);
 *
 * Read are kfree_rcu()'s batches of each CPU (struct kfree_rcu_cpu: objects that come with an rcu_head, and pages of
 * pointers, chained by `next` up to 6.2 and as a list since), and the callbacks of call_rcu() (rcu_data.cblist, nocb_bypass).
 * Sources: kernel/rcu/tree.c and mm/slab_common.c (krc), kernel/rcu/rcu_segcblist.h. Members are the BTF's.
 */
#ifndef KD_CORE_RCUWAIT_H
#define KD_CORE_RCUWAIT_H

#include "core/walk.h"

enum { KD_RCUWAITS_MAX = 1 << 20 };

enum kd_rcuwait_how {
	KD_RCUWAIT_NEW, /* kfree_rcu(), its batch is being filled */
	KD_RCUWAIT_BATCH, /* kfree_rcu(), its batch waits for a grace period */
	KD_RCUWAIT_CALL, /* call_rcu(): func will be called */
};

struct kd_rcuwait {
	uint64_t at; /* of kfree_rcu(): what is to be freed; of call_rcu(): its struct rcu_head */
	uint64_t func; /* of call_rcu() */
	unsigned cpu;
	uint8_t how; /* enum kd_rcuwait_how */
};

struct kd_rcuwaits {
	struct kd_rcuwait *v; /* by at */
	size_t n;
	char why[KD_WALK_WHY]; /* empty; why none, or not all, are known */
};

void kd_rcuwaits_read(struct kd_kernel *k, struct kd_rcuwaits *ret);
void kd_rcuwaits_deinit(struct kd_rcuwaits *w);

/* The first of them in [start, end); NULL: none. */
const struct kd_rcuwait *kd_rcuwaits_in(const struct kd_rcuwaits *w, uint64_t start, uint64_t end);

#endif
