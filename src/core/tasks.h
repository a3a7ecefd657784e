/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks.h: tasks and CPUs of a dump, and where their stacks begin (x86_64, arm64).
 *
 *	struct kd_cpus cpus;
 *	err = kd_cpus_read(kernel, notes, &arena, &cpus);
 *	cpus.v[i].task, .regs, .panicked
 *	struct kd_task t;
 *	if (kd_task_by_pid(kernel, 1, &t, why)) …
 *
 * Registers of CPUs are NT_PRSTATUS notes, in the order of the CPUs: of kdump only those that answered
 * the crashing one. When there are as many as CPUs, they are theirs; else a note belongs to the CPU whose
 * task's stack its stack pointer is in, and what fits nowhere is told. Layouts are the BTF's.
 */
#ifndef KD_CORE_TASKS_H
#define KD_CORE_TASKS_H

#include "base/arena.h"
#include "core/kernel.h"
#include "core/unwind.h"

enum { KD_TASK_COMM = 64, KD_TASKS_MAX = 1 << 22, KD_CPUS_MAX = 8192 };

struct kd_task {
	uint64_t addr; /* of struct task_struct */
	int32_t pid, tgid; /* of the initial namespace */
	char comm[KD_TASK_COMM]; /* empty: not readable */
	uint64_t stack, stack_end; /* [stack, stack_end); 0: not known */
};

/* The task at addr; false: how tasks are laid out is not known, or it cannot be read. */
bool kd_task_read(struct kd_kernel *k, uint64_t addr, struct kd_task *ret);

enum { KD_TASKS_WHY = 160 };

/*
 * Tasks and their threads, from init_task on (which is first); false from visit ends it. why: empty, or why not
 * all of them were there: then the list was followed from its other end, too, and of one that runs in a circle some tasks
 * come more than once.
 */
void kd_tasks_walk(struct kd_kernel *k, bool (*visit)(void *user, uint64_t task), void *user, char why[KD_TASKS_WHY]);

/* The task of that process (or thread) id; why: empty, or why not all were looked at. */
bool kd_task_by_pid(struct kd_kernel *k, int32_t pid, struct kd_task *ret, char why[KD_TASKS_WHY]);

/* What a task that does not run goes on with, as far as switching kept it. false: why says why. */
bool kd_task_regs(struct kd_kernel *k, const struct kd_task *t, struct kd_core_regs *ret, char why[KD_TASKS_WHY]);

struct kd_cpu {
	unsigned cpu;
	bool has_task;
	struct kd_task task; /* that runs there */
	const struct kd_core_regs *regs; /* NULL: the dump has none of it */
	bool panicked; /* it is the one that the kernel says panicked (panic_cpu, crashing_cpu) */
};

struct kd_cpus {
	struct kd_cpu *v; /* the arena's */
	size_t n;
	size_t lost_notes; /* register sets of which it is not known whose they are */
	bool panicked; /* one of them did */
	bool by_notes; /* the symbols do not name them: numbers are places among the notes, and idle tasks are not known */
};

/* KD_LIMIT: the arena is full; KD_NOTFOUND: no CPU is known. */
KD_MUST_CHECK struct kd_error *kd_cpus_read(struct kd_kernel *k, struct kd_view notes, struct kd_arena *arena,
					    struct kd_cpus *ret);

/* Where its stack begins; with c->regs. */
struct kd_unwind_from kd_cpu_stack(const struct kd_cpu *c);
/* The same of a task that does not run, with what kd_task_regs() gave; regs is borrowed. */
struct kd_unwind_from kd_task_stack(const struct kd_task *t, const struct kd_core_regs *regs);

/* The CPU that this task runs on; NULL: none. */
const struct kd_cpu *kd_cpus_of_task(const struct kd_cpus *c, uint64_t task);

#endif
