// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPUs of a dump: which task runs there, which registers are whose. */
#include <string.h>

#include "base/le.h"
#include "core/tasks.h"
#include "format/elfcore.h"

/*
 * struct elf_prstatus (include/linux/elfcore.h), the same of both: pr_reg at 112. x86_64: user_regs_struct; arm64: struct
 * user_pt_regs: x0 to x30, sp, pc, pstate.
 */
enum { NT_PRSTATUS = 1, PR_REG = 112, ARM64_NREGS = 34, NOTES_MAX = KD_CPUS_MAX };

static bool current_task(struct kd_kernel *k, unsigned cpu, uint64_t *ret)
{
	uint64_t at;

	if (kd_kernel_percpu(k, "pcpu_hot", cpu, &at)) /* 6.2 to 6.14 */
		return kd_kernel_read(k, at, "pcpu_hot", "current_task", ret) && *ret;
	return (kd_kernel_percpu(k, "current_task", cpu, &at) || kd_kernel_percpu(k, "__entry_task", cpu, &at)) && kd_space_uint(kd_kernel_space(k), at, 8, ret, NULL) && *ret;
}

/* --- registers --------------------------------------------------------------------------------------- */

static bool read_note(uint16_t machine, struct kd_view desc, struct kd_core_regs *ret)
{
	const bool arm64 = machine == KD_EM_AARCH64;
	const size_t n = arm64 ? ARM64_NREGS : KD_X86_PT_REGS;

	if (desc.n < PR_REG + 8 * n)
		return false;
	*ret = (struct kd_core_regs){0};
	for (size_t i = 0; i < n; i++)
		kd_core_regs_set(ret, !arm64 ? kd_x86_pt_regs[i] : i > KD_A64_PC ? (unsigned)KD_REG_FLAGS : (unsigned)i,
				 kd_le64((const uint8_t *)desc.p + PR_REG + 8 * i));
	return ret->r[kd_core_pc(machine)] || ret->r[kd_core_sp(machine)];
}

static size_t read_notes(uint16_t machine, struct kd_view notes, struct kd_arena *arena, struct kd_core_regs **ret)
{
	struct kd_elfnote note;
	size_t at = 0, n = 0, max = 0;

	while (kd_elfnote_next(notes, false, &at, &note) && max < NOTES_MAX)
		max += kd_view_eq(note.name, KD_V("CORE")) && note.type == NT_PRSTATUS;
	*ret = kd_arena_array(arena, max, struct kd_core_regs);
	for (at = 0; *ret && n < max && kd_elfnote_next(notes, false, &at, &note);)
		if (kd_view_eq(note.name, KD_V("CORE")) && note.type == NT_PRSTATUS)
			n += read_note(machine, note.desc, *ret + n);
	return n;
}

/* Whose task's stack is sp on? NULL: nobody's, or of several (never seen). */
static struct kd_cpu *owner(struct kd_cpus *c, uint64_t sp)
{
	struct kd_cpu *found = NULL;

	for (size_t i = 0; i < c->n; i++) {
		struct kd_cpu *cpu = &c->v[i];

		if (cpu->has_task && !cpu->regs && cpu->task.stack && sp - cpu->task.stack <= cpu->task.stack_end - cpu->task.stack) {
			if (found)
				return NULL;
			found = cpu;
		}
	}
	return found;
}

static void give_registers(uint16_t machine, struct kd_cpus *c, struct kd_core_regs *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kd_cpu *cpu = n == c->n ? &c->v[i] : owner(c, r[i].r[kd_core_sp(machine)]);

		if (cpu)
			cpu->regs = &r[i];
		else
			c->lost_notes++;
	}
}

/* --- the panic ---------------------------------------------------------------------------------------- */

/* panic_cpu of kernel/panic.c; crashing_cpu of arch/x86/kernel, which an oops that goes into kdump sets, too. */
static void find_panic(struct kd_kernel *k, struct kd_cpus *c)
{
	static const char *const names[] = {"panic_cpu", "crashing_cpu"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !c->panicked; i++) {
		uint64_t at, cpu;

		if (!kd_kernel_symbol(k, names[i], &at) || !kd_space_uint(kd_kernel_space(k), at, 4, &cpu, NULL))
			continue;
		for (size_t j = 0; j < c->n; j++)
			if (c->v[j].cpu == cpu)
				c->panicked = c->v[j].panicked = true;
	}
}

struct by_stack {
	struct kd_kernel *k;
	struct kd_cpus *c;
	uint16_t machine;
};

static bool task_of_cpu(void *user, uint64_t addr)
{
	struct by_stack *b = user;
	struct kd_task t;
	size_t left = 0;

	if (!kd_task_read(b->k, addr, &t) || !t.stack)
		return true;
	for (size_t i = 0; i < b->c->n; i++) {
		struct kd_cpu *c = &b->c->v[i];

		/* at its end: nothing is on it, as where the CPU has just come from user space */
		if (!c->has_task && c->regs && c->regs->r[kd_core_sp(b->machine)] - t.stack - 1 < t.stack_end - t.stack) {
			c->has_task = true;
			c->task = t;
		}
		left += !c->has_task && c->regs;
	}
	return left > 0;
}

/* Symbols do not say which CPUs there are, nor what runs on them: as many as register sets, and whose stacks these are on. */
static struct kd_error *by_notes(struct kd_kernel *k, struct kd_core_regs *regs, size_t n, struct kd_arena *arena, struct kd_cpus *c)
{
	struct by_stack b = {.k = k, .c = c, .machine = kd_space_machine(kd_kernel_space(k))};
	char why[KD_TASKS_WHY];

	if (!n)
		return kd_error_new(KD_NOTFOUND, "the kernel's symbols do not name its CPUs, and the dump has no registers of any");
	c->n = n;
	c->v = kd_arena_array(arena, n, struct kd_cpu);
	if (!c->v)
		return kd_error_new(KD_LIMIT, "no room for %zu CPUs", n);
	for (size_t i = 0; i < n; i++)
		c->v[i] = (struct kd_cpu){.cpu = (unsigned)i, .regs = &regs[i]};
	kd_tasks_walk(k, task_of_cpu, &b, why);
	return NULL;
}

static struct kd_error *by_mask(struct kd_kernel *k, struct kd_core_regs *regs, size_t n, struct kd_arena *arena, struct kd_cpus *c)
{
	unsigned *numbers = kd_arena_array(arena, KD_CPUS_MAX, unsigned);

	if (!numbers)
		return kd_error_new(KD_LIMIT, "no room for %d CPUs", KD_CPUS_MAX);
	c->n = kd_kernel_cpus(k, numbers, KD_CPUS_MAX);
	if (!c->n)
		return kd_error_new(KD_NOTFOUND, "the dump's kernel says of no CPU that it may be there");
	c->v = kd_arena_array(arena, c->n, struct kd_cpu);
	if (!c->v)
		return kd_error_new(KD_LIMIT, "no room for %zu CPUs", c->n);
	for (size_t i = 0; i < c->n; i++) {
		uint64_t task;

		c->v[i].cpu = numbers[i];
		c->v[i].has_task = current_task(k, numbers[i], &task) && kd_task_read(k, task, &c->v[i].task);
	}
	give_registers(kd_space_machine(kd_kernel_space(k)), c, regs, n);
	return NULL;
}

struct kd_error *kd_cpus_read(struct kd_kernel *k, struct kd_view notes, struct kd_arena *arena, struct kd_cpus *ret)
{
	struct kd_cpus c = {0};
	struct kd_core_regs *regs;
	const size_t n = read_notes(kd_space_machine(kd_kernel_space(k)), notes, arena, &regs);
	struct kd_error *err;

	c.by_notes = kd_kernel_functions_only(k);
	err = c.by_notes ? by_notes(k, regs, n, arena, &c) : by_mask(k, regs, n, arena, &c);
	if (err)
		return err;
	find_panic(k, &c);
	*ret = c;
	return NULL;
}

const struct kd_cpu *kd_cpus_of_task(const struct kd_cpus *c, uint64_t task)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].has_task && c->v[i].task.addr == task)
			return &c->v[i];
	return NULL;
}

struct kd_unwind_from kd_cpu_stack(const struct kd_cpu *c)
{
	return (struct kd_unwind_from){.regs = c->regs, .exact = true, .on_cpu = true, .cpu = c->cpu,
				       .stack = c->has_task ? c->task.stack : 0,
				       .stack_end = c->has_task ? c->task.stack_end : 0};
}

struct kd_unwind_from kd_task_stack(const struct kd_task *t, const struct kd_core_regs *regs)
{
	return (struct kd_unwind_from){.regs = regs, .stack = t->stack, .stack_end = t->stack_end};
}
