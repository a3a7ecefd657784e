/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskmore.h: one task in detail: policy, credentials, times, signals, control group, namespaces, stack.
 *
 *	struct kd_taskmore m;
 *	kd_taskmore_read(k, &info.t, &m);                       // facts, each known or with its reason
 *
 * Sources: include/linux/sched.h, include/linux/cred.h, include/linux/nsproxy.h, include/linux/kernfs.h; the mark at the end of
 * a stack: include/uapi/linux/magic.h, STACK_END_MAGIC.
 */
#ifndef KD_CORE_TASKMORE_H
#define KD_CORE_TASKMORE_H

#include "core/path.h"
#include "core/tasks.h"

enum { KD_TASK_SPACES = 8, KD_STACK_MAGIC = 0x57ac6e9d };

struct kd_taskmore {
	struct kd_datum policy, prio, static_prio, rt_priority, on_rq, on_cpu;
	struct kd_datum uid, euid, gid, egid;
	struct kd_datum utime, stime, start; /* nanoseconds; start: since boot */
	struct kd_datum nvcsw, nivcsw; /* switches of its own will, and others */
	struct kd_datum pending, shared, blocked; /* signals, bit n-1 for signal n */
	struct kd_datum wchan_sp; /* its stack pointer when it left the CPU */
	struct kd_datum magic; /* what is at the end of its stack */
	uint64_t magic_at;
	bool stack_shared; /* thread_info lies at the end of the stack (not in the task): magic_at is behind it */
	char cgroup[512]; /* path in the unified hierarchy; empty: cgroup_why */
	const char *cgroup_why;
	struct {
		const char *name; /* "mnt", "pid" … */
		struct kd_datum addr, inum;
	} space[KD_TASK_SPACES];
	size_t nspaces;
};

void kd_taskmore_read(struct kd_kernel *k, const struct kd_task *t, struct kd_taskmore *ret);

/* "SCHED_NORMAL"; NULL. */
const char *kd_task_policy(uint64_t policy);

/* "SIGTERM SIGKILL 40" of a set of signals, as x86 and arm64 number them. */
void kd_task_signals(uint64_t set, char *ret, size_t max);

#endif
