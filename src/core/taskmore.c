// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/taskmore.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

const char *kd_task_policy(uint64_t policy)
{
	static const char *const names[] = {"SCHED_NORMAL", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", NULL, "SCHED_IDLE", "SCHED_DEADLINE",
					    "SCHED_EXT"};

	return policy < KD_ARRAY_LEN(names) ? names[policy] : NULL;
}

void kd_task_signals(uint64_t set, char *ret, size_t max)
{
	static const char *const names[] = {"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
					    "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
					    "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"};
	size_t n = 0;

	*ret = 0;
	for (unsigned i = 0; i < 64 && n < max; i++) {
		if (!(set >> i & 1))
			continue;
		if (i < KD_ARRAY_LEN(names))
			n += (size_t)snprintf(ret + n, max - n, "%sSIG%s", n ? " " : "", names[i]);
		else
			n += (size_t)snprintf(ret + n, max - n, "%s%u", n ? " " : "", i + 1);
	}
}

/* --- control group ----------------------------------------------------------------------------------- */

static bool prepend(char *text, size_t *at, const char *name)
{
	const size_t n = strlen(name);

	if (n + 1 > *at)
		return false;
	*at -= n;
	memcpy(text + *at, name, n);
	text[--*at] = '/';
	return true;
}

/* kernfs_node.parent was renamed to __parent in 6.15. The root has none. */
static const char *cgroup_path(struct kd_kernel *k, uint64_t node, char ret[512])
{
	size_t at = 511;
	char name[256];

	ret[at] = 0;
	for (unsigned i = 0; i < 64; i++) {
		const struct kd_datum up = kd_datum_either(k, node, "kernfs_node", "parent", "__parent"), text = kd_datum_member(k, node, "kernfs_node", "name");

		if (up.why || text.why)
			return up.why ? up.why : text.why;
		if (!up.v) {
			if (at == 511)
				ret[--at] = '/';
			memmove(ret, ret + at, 512 - at);
			return NULL;
		}
		if (!kd_kernel_text(k, text.v, sizeof(name), name) || !prepend(ret, &at, name))
			return "a name on its path cannot be read, or the path is too long";
		node = up.v;
	}
	return "its parents do not end";
}

static void read_cgroup(struct kd_kernel *k, uint64_t task, struct kd_taskmore *ret)
{
	const struct kd_datum set = kd_datum_member(k, task, "task_struct", "cgroups");
	const struct kd_datum group = set.why ? set : kd_datum_member(k, set.v, "css_set", "dfl_cgrp");
	const struct kd_datum node = group.why ? group : kd_datum_member(k, group.v, "cgroup", "kn");

	ret->cgroup_why = node.why ? node.why : cgroup_path(k, node.v, ret->cgroup);
	if (ret->cgroup_why)
		*ret->cgroup = 0;
}

/* --- namespaces -------------------------------------------------------------------------------------- */

static void read_spaces(struct kd_kernel *k, uint64_t task, struct kd_taskmore *ret)
{
	static const struct {
		const char *name, *path, *type;
	} spaces[] = {
		{"uts", "uts_ns", "uts_namespace"}, {"ipc", "ipc_ns", "ipc_namespace"}, {"mnt", "mnt_ns", "mnt_namespace"},
		{"pid", "pid_ns_for_children", "pid_namespace"}, {"net", "net_ns", "net"},
		{"cgroup", "cgroup_ns", "cgroup_namespace"}, {"time", "time_ns", "time_namespace"},
	};
	const struct kd_datum proxy = kd_datum_member(k, task, "task_struct", "nsproxy");

	for (size_t i = 0; i < KD_ARRAY_LEN(spaces) && !proxy.why && proxy.v; i++) {
		const struct kd_datum at = kd_datum_member(k, proxy.v, "nsproxy", spaces[i].path);

		if (!kd_datum_has(k, "nsproxy", spaces[i].path))
			continue;
		ret->space[ret->nspaces].name = spaces[i].name;
		ret->space[ret->nspaces].addr = at;
		ret->space[ret->nspaces++].inum = at.why ? at : kd_datum_member(k, at.v, spaces[i].type, "ns.inum");
	}
}

/* --- all --------------------------------------------------------------------------------------------- */

static void read_cred(struct kd_kernel *k, uint64_t task, struct kd_taskmore *ret)
{
	const struct kd_datum cred = kd_datum_member(k, task, "task_struct", "cred");

	ret->uid = ret->euid = ret->gid = ret->egid = cred;
	if (cred.why)
		return;
	ret->uid = kd_datum_member(k, cred.v, "cred", "uid.val");
	ret->euid = kd_datum_member(k, cred.v, "cred", "euid.val");
	ret->gid = kd_datum_member(k, cred.v, "cred", "gid.val");
	ret->egid = kd_datum_member(k, cred.v, "cred", "egid.val");
}

static void read_stack(struct kd_kernel *k, const struct kd_task *t, struct kd_taskmore *ret)
{
	uint64_t info;

	ret->magic = kd_datum_none("where its stack is is not known");
	if (!t->stack)
		return;
	ret->magic_at = t->stack;
	ret->stack_shared = !kd_datum_has(k, "task_struct", "thread_info");
	if (ret->stack_shared && kd_kernel_sizeof(k, "thread_info", &info))
		ret->magic_at += (info + 7) & ~(uint64_t)7;
	ret->magic = kd_datum_at(k, ret->magic_at, 8);
}

void kd_taskmore_read(struct kd_kernel *k, const struct kd_task *t, struct kd_taskmore *ret)
{
	const char *const type = "task_struct";
	const uint64_t at = t->addr;
	struct kd_datum signal;

	*ret = (struct kd_taskmore){.cgroup_why = NULL};
	ret->policy = kd_datum_member(k, at, type, "policy");
	ret->prio = kd_datum_signed(k, at, type, "prio");
	ret->static_prio = kd_datum_signed(k, at, type, "static_prio");
	ret->rt_priority = kd_datum_member(k, at, type, "rt_priority");
	ret->on_rq = kd_datum_member(k, at, type, "on_rq");
	ret->on_cpu = kd_datum_member(k, at, type, "on_cpu");
	ret->utime = kd_datum_member(k, at, type, "utime");
	ret->stime = kd_datum_member(k, at, type, "stime");
	ret->start = kd_datum_member(k, at, type, "start_time");
	ret->nvcsw = kd_datum_member(k, at, type, "nvcsw");
	ret->nivcsw = kd_datum_member(k, at, type, "nivcsw");
	ret->pending = kd_datum_member(k, at, type, "pending.signal");
	ret->blocked = kd_datum_member(k, at, type, "blocked");
	signal = kd_datum_member(k, at, type, "signal");
	ret->shared = signal.why ? signal : kd_datum_member(k, signal.v, "signal_struct", "shared_pending.signal");
	ret->wchan_sp = kd_datum_either(k, at, type, "thread.sp", "thread.cpu_context.sp");
	read_cred(k, at, ret);
	read_stack(k, t, ret);
	read_cgroup(k, at, ret);
	read_spaces(k, at, ret);
}
