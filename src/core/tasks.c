// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tasks.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "format/elfcore.h"

/* --- one task ---------------------------------------------------------------------------------------- */

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
	if (kd_kernel_read(k, addr, "task_struct", "stack", &t.stack) && kd_kernel_stack_size(k, &size))
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

/* x86_64: struct inactive_task_frame at thread.sp, which __switch_to_asm left. */
static bool inactive_x86(struct kd_kernel *k, const struct kd_task *t, struct kd_core_regs *ret, char why[KD_TASKS_WHY])
{
	static const struct {
		const char *member;
		unsigned reg;
	} others[] = {{"bx", KD_RBX}, {"r12", KD_R12}, {"r13", KD_R13}, {"r14", KD_R14}, {"r15", KD_R15}};
	struct kd_core_regs r = {0};
	struct kd_field sp_field, bp, ip;
	uint64_t sp, size;

	if (!kd_kernel_field(k, "task_struct", "thread.sp", &sp_field) || !kd_kernel_sizeof(k, "inactive_task_frame", &size) ||
	    !kd_kernel_field(k, "inactive_task_frame", "bp", &bp) ||
	    !kd_kernel_field(k, "inactive_task_frame", "ret_addr", &ip))
		return say(why, "where tasks leave their stacks is not known (no BTF)");
	if (!read_word(k, t->addr + sp_field.off, "the task", &sp, why) ||
	    !read_word(k, sp + bp.off, "its stack", &r.r[KD_RBP], why) || !read_word(k, sp + ip.off, "its stack", &r.r[KD_RIP], why))
		return false;
	r.known |= (uint64_t)1 << KD_RBP | (uint64_t)1 << KD_RIP;
	kd_core_regs_set(&r, KD_RSP, sp + size);
	for (size_t i = 0; i < KD_ARRAY_LEN(others); i++) {
		uint64_t value;

		if (kd_kernel_read(k, sp, "inactive_task_frame", others[i].member, &value))
			kd_core_regs_set(&r, others[i].reg, value);
	}
	*ret = r;
	return true;
}

/* arm64: thread.cpu_context, where cpu_switch_to put x19 to x28, x29 (fp), sp and its return address (pc). */
static bool inactive_arm64(struct kd_kernel *k, const struct kd_task *t, struct kd_core_regs *ret, char why[KD_TASKS_WHY])
{
	static const struct {
		const char *member;
		unsigned reg;
	} saved[] = {{"pc", KD_A64_PC}, {"sp", KD_A64_SP}, {"fp", KD_X29}, {"x19", 19}, {"x20", 20}, {"x21", 21}, {"x22", 22},
		     {"x23", 23},	{"x24", 24},	   {"x25", 25},	   {"x26", 26},	{"x27", 27}, {"x28", 28}};
	struct kd_core_regs r = {0};
	struct kd_field context, f;

	if (!kd_kernel_field(k, "task_struct", "thread.cpu_context", &context))
		return say(why, "where tasks leave their stacks is not known (no BTF)");
	for (size_t i = 0; i < KD_ARRAY_LEN(saved); i++) {
		uint64_t value;

		if (!kd_kernel_field(k, "cpu_context", saved[i].member, &f))
			return say(why, "what tasks leave on switching is not known (no such member in the BTF)");
		if (!read_word(k, t->addr + context.off + f.off, "the task", &value, why))
			return false;
		kd_core_regs_set(&r, saved[i].reg, value);
	}
	*ret = r;
	return true;
}

bool kd_task_regs(struct kd_kernel *k, const struct kd_task *t, struct kd_core_regs *ret, char why[KD_TASKS_WHY])
{
	*why = 0;
	return kd_space_machine(kd_kernel_space(k)) == KD_EM_AARCH64 ? inactive_arm64(k, t, ret, why) : inactive_x86(k, t, ret, why);
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

/* A list that runs in a circle without its head comes by a place that it was at (R. P. Brent, 1980). */
struct turtle {
	uint64_t at;
	size_t steps, power;
};

static bool in_circle(struct turtle *t, uint64_t at)
{
	if (t->at == at)
		return true;
	if (t->steps++ == t->power)
		*t = (struct turtle){.at = at, .power = 2 * t->power + 1};
	return false;
}

/* Threads of one process: the list in its signal_struct, whose first is the process itself. */
static void walk_threads(struct walk_tasks *w, uint64_t task)
{
	struct turtle turtle = {0};
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
		if (!w->budget) {
			say(w->why, "a list of threads does not end");
			w->go = false;
			return;
		}
		w->budget--;
		if (in_circle(&turtle, at)) {
			say(w->why, "a list of threads does not end");
			return;
		}
		w->go = w->visit(w->user, at - node.off);
		if (!read_word(w->k, at, "a list of threads", &at, w->why))
			return;
	}
}

/* The list's other end, backwards to the task behind which it cannot be followed, or to the next such one. */
static void walk_back(struct walk_tasks *w, uint64_t head, uint64_t until, uint64_t off)
{
	struct turtle turtle = {0};
	uint64_t at = head, back;

	while (w->go && read_word(w->k, at + 8, "the list of tasks", &at, w->why) && at != head && at != until) {
		if (!w->budget || in_circle(&turtle, at)) {
			say(w->why, "the list of tasks does not end");
			return;
		}
		w->budget--;
		if (!kd_space_uint(kd_kernel_space(w->k), at, 8, &back, NULL)) /* what cannot be read is no task */
			return;
		walk_threads(w, at - off);
	}
}

void kd_tasks_walk(struct kd_kernel *k, bool (*visit)(void *user, uint64_t task), void *user, char why[KD_TASKS_WHY])
{
	struct walk_tasks w = {.k = k, .visit = visit, .user = user, .why = why, .budget = KD_TASKS_MAX, .go = true};
	struct turtle turtle = {0};
	struct kd_field list;
	uint64_t init, at;

	*why = 0;
	if (!kd_kernel_symbol(k, "init_task", &init) || !kd_kernel_field(k, "task_struct", "tasks", &list)) {
		say(why, "how tasks are chained is not known (no BTF)");
		return;
	}
	for (at = init + list.off; w.go;) {
		walk_threads(&w, at - list.off);
		if (!w.go)
			return;
		if (!read_word(k, at, "the list of tasks", &at, why)) {
			walk_back(&w, init + list.off, at, list.off);
			return;
		}
		if (at == init + list.off)
			return;
		if (in_circle(&turtle, at)) {
			say(why, "the list of tasks does not end");
			walk_back(&w, init + list.off, at, list.off);
			return;
		}
		if (!w.budget) {
			say(why, "the list of tasks does not end");
			return;
		}
		w.budget--;
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
