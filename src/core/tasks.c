// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tasks.h"

#include <inttypes.h>
#include <stdio.h>

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

/* *why: what cannot be read, and the reason; of several the first. */
static bool read_word(struct kd_kernel *k, uint64_t at, const char *what, uint64_t *ret, char why[KD_TASKS_WHY])
{
	struct kd_space_miss miss;

	if (kd_space_uint(kd_kernel_space(k), at, 8, ret, &miss))
		return true;
	if (!*why)
		snprintf(why, KD_TASKS_WHY, "%s cannot be read at 0x%" PRIx64 ": %s", what, at, kd_space_why(&miss));
	return false;
}

static bool say(char why[KD_TASKS_WHY], const char *what)
{
	if (!*why)
		snprintf(why, KD_TASKS_WHY, "%s", what);
	return false;
}

bool kd_task_regs(struct kd_kernel *k, const struct kd_task *t, struct kd_x86_regs *ret, char why[KD_TASKS_WHY])
{
	struct kd_x86_regs r = {.partial = true};
	struct kd_field sp_field, bp, ip;
	uint64_t sp, size;

	*why = 0;
	if (!kd_kernel_field(k, "task_struct", "thread.sp", &sp_field) || !kd_kernel_sizeof(k, "inactive_task_frame", &size) ||
	    !kd_kernel_field(k, "inactive_task_frame", "bp", &bp) ||
	    !kd_kernel_field(k, "inactive_task_frame", "ret_addr", &ip))
		return say(why, "where tasks leave their stacks is not known (no BTF)");
	if (!read_word(k, t->addr + sp_field.off, "the task", &sp, why) ||
	    !read_word(k, sp + bp.off, "its stack", &r.r[KD_RBP], why) || !read_word(k, sp + ip.off, "its stack", &r.r[KD_RIP], why))
		return false;
	r.r[KD_RSP] = sp + size;
	*ret = r;
	return true;
}

/* --- all tasks --------------------------------------------------------------------------------------- */

struct walk_tasks {
	struct kd_kernel *k;
	bool (*visit)(void *user, uint64_t task);
	void *user;
	char *why;
	size_t budget; /* tasks that may be left */
	bool go;
};

/* Threads of one process: the list in its signal_struct, whose first is the process itself. */
static void walk_threads(struct walk_tasks *w, uint64_t task)
{
	struct kd_field node, head;
	uint64_t signal, end, at;

	if (!kd_kernel_field(w->k, "task_struct", "thread_node", &node) ||
	    !kd_kernel_field(w->k, "signal_struct", "thread_head", &head)) {
		say(w->why, "how threads are chained is not known");
		w->go = w->visit(w->user, task);
		return;
	}
	end = kd_kernel_read(w->k, task, "task_struct", "signal", &signal) ? signal + head.off : 0;
	if (!end || !read_word(w->k, end, "a list of threads", &at, w->why) || at == end) { /* as it is for the idle task */
		w->go = w->visit(w->user, task);
		return;
	}
	while (at != end && w->go) {
		if (!w->budget--) {
			say(w->why, "a list of threads does not end");
			w->go = false;
			return;
		}
		w->go = w->visit(w->user, at - node.off);
		if (!read_word(w->k, at, "a list of threads", &at, w->why))
			return;
	}
}

void kd_tasks_walk(struct kd_kernel *k, bool (*visit)(void *user, uint64_t task), void *user, char why[KD_TASKS_WHY])
{
	struct walk_tasks w = {.k = k, .visit = visit, .user = user, .why = why, .budget = KD_TASKS_MAX, .go = true};
	struct kd_field list;
	uint64_t init, at;

	*why = 0;
	if (!kd_kernel_symbol(k, "init_task", &init) || !kd_kernel_field(k, "task_struct", "tasks", &list)) {
		say(why, "how tasks are chained is not known (no BTF)");
		return;
	}
	for (at = init + list.off; w.go;) {
		walk_threads(&w, at - list.off);
		if (!w.go || !read_word(k, at, "the list of tasks", &at, why) || at == init + list.off)
			return;
		if (!w.budget--) {
			say(why, "the list of tasks does not end");
			return;
		}
	}
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

bool kd_task_by_pid(struct kd_kernel *k, int32_t pid, struct kd_task *ret, char why[KD_TASKS_WHY])
{
	struct wanted w = {.k = k, .pid = (uint32_t)pid};

	kd_tasks_walk(k, is_wanted, &w, why);
	return w.found && kd_task_read(k, w.found, ret);
}
