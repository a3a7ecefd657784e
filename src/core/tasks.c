// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tasks.h"

/* --- one task ---------------------------------------------------------------------------------------- */

/* How large stacks are: union thread_union is as large as one. */
static bool stack_size(struct kd_kernel *k, uint64_t *ret)
{
	return kd_kernel_sizeof(k, "thread_union", ret) && *ret >= 4096 && *ret <= 1 << 20;
}

bool kd_task_read(struct kd_kernel *k, uint64_t addr, struct kd_task *ret)
{
	struct kd_task t = {.addr = addr};
	struct kd_field comm;
	uint64_t pid, tgid, size;

	if (!kd_kernel_read(k, addr, "task_struct", "pid", &pid) || !kd_kernel_read(k, addr, "task_struct", "tgid", &tgid))
		return false;
	t.pid = (int32_t)pid;
	t.tgid = (int32_t)tgid;
	if (!kd_kernel_field(k, "task_struct", "comm", &comm) ||
	    !kd_kernel_text(k, addr + comm.off, comm.size < sizeof(t.comm) ? (size_t)comm.size + 1 : sizeof(t.comm), t.comm))
		t.comm[0] = 0;
	if (kd_kernel_read(k, addr, "task_struct", "stack", &t.stack) && stack_size(k, &size))
		t.stack_end = t.stack + size;
	else
		t.stack = 0;
	*ret = t;
	return true;
}

bool kd_task_regs(struct kd_kernel *k, const struct kd_task *t, struct kd_x86_regs *ret)
{
	struct kd_x86_regs r = {.partial = true};
	uint64_t sp, size;

	if (!kd_kernel_read(k, t->addr, "task_struct", "thread.sp", &sp) || !kd_kernel_sizeof(k, "inactive_task_frame", &size) ||
	    !kd_kernel_read(k, sp, "inactive_task_frame", "bp", &r.r[KD_RBP]) ||
	    !kd_kernel_read(k, sp, "inactive_task_frame", "ret_addr", &r.r[KD_RIP]))
		return false;
	r.r[KD_RSP] = sp + size;
	*ret = r;
	return true;
}

/* --- all tasks --------------------------------------------------------------------------------------- */

/* Threads of one process: the list in its signal_struct, whose first is the process itself. */
static const char *walk_threads(struct kd_kernel *k, uint64_t task, size_t *budget, bool (*visit)(void *user, uint64_t task),
				void *user, bool *go)
{
	struct kd_field node, head;
	uint64_t signal, end, at;

	if (!kd_kernel_field(k, "task_struct", "thread_node", &node) ||
	    !kd_kernel_field(k, "signal_struct", "thread_head", &head) ||
	    !kd_kernel_read(k, task, "task_struct", "signal", &signal)) {
		*go = visit(user, task);
		return "how threads are chained is not known";
	}
	end = signal + head.off;
	if (!kd_space_uint(kd_kernel_space(k), end, 8, &at, NULL) || at == end) { /* as it is for the idle task */
		*go = visit(user, task);
		return NULL;
	}
	while (at != end && *go) {
		if (!(*budget)--)
			return "the list of threads does not end";
		*go = visit(user, at - node.off);
		if (!kd_space_uint(kd_kernel_space(k), at, 8, &at, NULL))
			return "a list of threads cannot be read to its end";
	}
	return NULL;
}

const char *kd_tasks_walk(struct kd_kernel *k, bool (*visit)(void *user, uint64_t task), void *user)
{
	size_t budget = KD_TASKS_MAX;
	const char *why = NULL;
	struct kd_field list;
	uint64_t init, at;
	bool go = true;

	if (!kd_kernel_symbol(k, "init_task", &init) || !kd_kernel_field(k, "task_struct", "tasks", &list))
		return "how tasks are chained is not known (no BTF)";
	for (at = init + list.off; go;) {
		const char *threads = walk_threads(k, at - list.off, &budget, visit, user, &go);

		if (threads && !why)
			why = threads;
		if (!kd_space_uint(kd_kernel_space(k), at, 8, &at, NULL))
			return "the list of tasks cannot be read to its end";
		if (at == init + list.off)
			break;
		if (!budget--)
			return "the list of tasks does not end";
	}
	return why;
}

struct wanted {
	struct kd_kernel *k;
	uint64_t pid, found;
};

static bool is_wanted(void *user, uint64_t task)
{
	struct wanted *w = user;
	uint64_t pid;

	if (!kd_kernel_read(w->k, task, "task_struct", "pid", &pid) || pid != w->pid)
		return true;
	w->found = task;
	return false;
}

bool kd_task_by_pid(struct kd_kernel *k, int32_t pid, struct kd_task *ret, const char **ret_why)
{
	struct wanted w = {.k = k, .pid = (uint32_t)pid};

	*ret_why = kd_tasks_walk(k, is_wanted, &w);
	return w.found && kd_task_read(k, w.found, ret);
}
