// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPUs of a dump: which task runs there, which registers are whose. */
#include <string.h>

#include "base/le.h"
#include "core/tasks.h"
#include "format/elfcore.h"

/* struct elf_prstatus of x86_64 (include/linux/elfcore.h): pr_reg at 112, 27 registers of user_regs_struct. */
enum { NT_PRSTATUS = 1, PR_REG = 112, PR_NREGS = 27, NOTES_MAX = KD_CPUS_MAX };

static bool current_task(struct kd_kernel *k, unsigned cpu, uint64_t *ret)
{
	uint64_t at;

	if (kd_kernel_percpu(k, "pcpu_hot", cpu, &at)) /* 6.2 to 6.14 */
		return kd_kernel_read(k, at, "pcpu_hot", "current_task", ret) && *ret;
	return kd_kernel_percpu(k, "current_task", cpu, &at) && kd_space_uint(kd_kernel_space(k), at, 8, ret, NULL) && *ret;
}

/* --- registers --------------------------------------------------------------------------------------- */

static bool read_note(struct kd_view desc, struct kd_x86_regs *ret)
{
	if (desc.n < PR_REG + 8 * PR_NREGS)
		return false;
	*ret = (struct kd_x86_regs){0};
	for (size_t i = 0; i < KD_X86_NREGS; i++)
		ret->r[i] = kd_le64((const uint8_t *)desc.p + PR_REG + 8 * i);
	return ret->r[KD_RIP] || ret->r[KD_RSP];
}

static size_t read_notes(struct kd_view notes, struct kd_arena *arena, struct kd_x86_regs **ret)
{
	struct kd_elfnote note;
	size_t at = 0, n = 0, max = 0;

	while (kd_elfnote_next(notes, false, &at, &note) && max < NOTES_MAX)
		max += kd_view_eq(note.name, KD_V("CORE")) && note.type == NT_PRSTATUS;
	*ret = kd_arena_array(arena, max, struct kd_x86_regs);
	for (at = 0; *ret && n < max && kd_elfnote_next(notes, false, &at, &note);)
		if (kd_view_eq(note.name, KD_V("CORE")) && note.type == NT_PRSTATUS)
			n += read_note(note.desc, *ret + n);
	return n;
}

/* Whose task's stack is rsp on? NULL: nobody's, or of several (never seen). */
static struct kd_cpu *owner(struct kd_cpus *c, const struct kd_x86_regs *r)
{
	struct kd_cpu *found = NULL;

	for (size_t i = 0; i < c->n; i++) {
		struct kd_cpu *cpu = &c->v[i];

		if (cpu->has_task && !cpu->regs && cpu->task.stack && r->r[KD_RSP] - cpu->task.stack <= cpu->task.stack_end - cpu->task.stack) {
			if (found)
				return NULL;
			found = cpu;
		}
	}
	return found;
}

static void give_registers(struct kd_cpus *c, struct kd_x86_regs *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kd_cpu *cpu = n == c->n ? &c->v[i] : owner(c, &r[i]);

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

struct kd_error *kd_cpus_read(struct kd_kernel *k, struct kd_view notes, struct kd_arena *arena, struct kd_cpus *ret)
{
	unsigned *numbers = kd_arena_array(arena, KD_CPUS_MAX, unsigned);
	struct kd_x86_regs *regs;
	struct kd_cpus c = {0};
	size_t n;

	if (!numbers)
		return kd_error_new(KD_LIMIT, "no room for %d CPUs", KD_CPUS_MAX);
	c.n = kd_kernel_cpus(k, numbers, KD_CPUS_MAX);
	if (!c.n)
		return kd_error_new(KD_NOTFOUND, "the dump's kernel says of no CPU that it may be there");
	c.v = kd_arena_array(arena, c.n, struct kd_cpu);
	if (!c.v)
		return kd_error_new(KD_LIMIT, "no room for %zu CPUs", c.n);
	for (size_t i = 0; i < c.n; i++) {
		uint64_t task;

		c.v[i].cpu = numbers[i];
		c.v[i].has_task = current_task(k, numbers[i], &task) && kd_task_read(k, task, &c.v[i].task);
	}
	n = read_notes(notes, arena, &regs);
	give_registers(&c, regs, n);
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
