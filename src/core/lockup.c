// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lockup.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/funcrow.h"
#include "core/words.h"
#include "format/elfcore.h"

enum { FRAMES = 64, FLAG_IF = 1 << 9 /* of rflags: interrupts may come */, PSTATE_I = 1 << 7 /* of arm64: they are masked */, SECOND_SHIFT = 30, THRESHOLD_MAX = 3600 };
#define NOT_NEEDED 0x80000000u

const char *kd_cpu_role_words(enum kd_cpu_role role)
{
	static const char *const words[KD_CPU_ROLES] = {
		[KD_CPU_UNKNOWN] = "not known",
		[KD_CPU_IDLE] = "idle",
		[KD_CPU_USER] = "in a program",
		[KD_CPU_RUNS] = "runs",
		[KD_CPU_STUCK] = "stuck",
		[KD_CPU_DETECTOR] = "detector",
		[KD_CPU_WAITS_LOCK] = "spins for a lock",
		[KD_CPU_WAITS_CPUS] = "waits for other CPUs",
		[KD_CPU_PANICS] = "panics",
		[KD_CPU_SILENT] = "no registers",
	};

	return words[role];
}

/* --- roles ------------------------------------------------------------------------------------------- */

/* Their words are of enum kd_cpu_role. */
static const struct kd_func_row rows[] = {
	{"watchdog_timer_fn", false, KD_CPU_STUCK},
	{"watchdog_overflow_callback", false, KD_CPU_DETECTOR},
	{"watchdog_hardlockup_check", false, KD_CPU_DETECTOR},
	{"watchdog_buddy_check_hardlockup", false, KD_CPU_DETECTOR},
	{"check_hung_uninterruptible_tasks", true, KD_CPU_DETECTOR},
	{"print_other_cpu_stall", true, KD_CPU_DETECTOR},
	{"print_cpu_stall", true, KD_CPU_DETECTOR},
	{"check_cpu_stall", true, KD_CPU_DETECTOR},
	{"rcu_sched_clock_irq", true, KD_CPU_DETECTOR},
	{"native_queued_spin_lock_slowpath", true, KD_CPU_WAITS_LOCK},
	{"queued_spin_lock_slowpath", true, KD_CPU_WAITS_LOCK},
	{"__pv_queued_spin_lock_slowpath", true, KD_CPU_WAITS_LOCK},
	{"queued_read_lock_slowpath", true, KD_CPU_WAITS_LOCK},
	{"queued_write_lock_slowpath", true, KD_CPU_WAITS_LOCK},
	{"_raw_spin_lock", true, KD_CPU_WAITS_LOCK},
	{"_raw_read_lock", true, KD_CPU_WAITS_LOCK},
	{"_raw_write_lock", true, KD_CPU_WAITS_LOCK},
	{"smp_call_function_many_cond", true, KD_CPU_WAITS_CPUS},
	{"smp_call_function_single", true, KD_CPU_WAITS_CPUS},
	{"csd_lock_wait", true, KD_CPU_WAITS_CPUS},
	{"multi_cpu_stop", true, KD_CPU_WAITS_CPUS},
};

/* Of the innermost frames of the kernel that a CPU may be interrupted in while it goes idle. */
static const char *const idle_names[] = {"default_idle", "mwait_idle", "native_safe_halt", "acpi_idle", "intel_idle", "cpuidle_", "pv_native_safe_halt",
					 "do_idle", "cpu_idle_poll", "arch_cpu_idle", "poll_idle", "acpi_safe_halt", "default_idle_call"};

static const struct kd_func_row *row_of(const char *name)
{
	return kd_func_row(rows, KD_ARRAY_LEN(rows), name);
}

static bool is_idle(const char *name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(idle_names); i++)
		if (!strncmp(name, idle_names[i], strlen(idle_names[i])))
			return true;
	return false;
}

static bool name_at(struct kd_kernel *k, const struct kd_core_frame *f, struct kd_ksym *ret)
{
	const uint64_t at = f->exact ? f->pc : f->pc - 1;

	return kd_kernel_is_text(k, at) && kd_ksyms_at(kd_kernel_symbols(k), at, ret);
}

static void take_role(struct kd_lockup_cpu *c, enum kd_cpu_role role, const char *by)
{
	c->role = role;
	snprintf(c->by, sizeof(c->by), "%.*s", KD_LOCKUP_WHY - 1, by);
}

/* The first frame from i on that an exception or interrupt came into. */
static size_t interrupted(const struct kd_core_stack *st, size_t i, size_t otherwise)
{
	for (; i < st->n; i++)
		if (st->v[i].how == KD_FRAME_TRAP)
			return i;
	return otherwise;
}

/* A detector that interrupted something: that is what the CPU was at. Frames in front of it are the teller's. */
static void detector(struct kd_kernel *k, struct kd_lockup_cpu *c)
{
	struct kd_ksym sym;

	for (size_t i = 0; i < c->stack.n && i < FRAMES; i++) {
		const struct kd_func_row *row = name_at(k, &c->stack.v[i], &sym) ? row_of(sym.name) : NULL;

		if (!row || (row->word != KD_CPU_STUCK && row->word != KD_CPU_DETECTOR))
			continue;
		take_role(c, (enum kd_cpu_role)row->word, sym.name);
		c->at = interrupted(&c->stack, i, c->stack.n);
		return;
	}
}

/* What it was at, by the function there and those that it was called by, up to the next exception. */
static void by_place(struct kd_kernel *k, struct kd_lockup_cpu *c)
{
	struct kd_ksym sym;

	for (size_t i = c->at; i < c->stack.n && i < c->at + 4; i++) {
		const struct kd_func_row *row;

		if ((i > c->at && c->stack.v[i].how == KD_FRAME_TRAP) || !name_at(k, &c->stack.v[i], &sym))
			return;
		row = row_of(sym.name);
		if (row && (row->word == KD_CPU_WAITS_LOCK || row->word == KD_CPU_WAITS_CPUS)) {
			take_role(c, (enum kd_cpu_role)row->word, sym.name);
			return;
		}
		if (is_idle(sym.name)) {
			take_role(c, KD_CPU_IDLE, sym.name);
			return;
		}
	}
}

static void panics(struct kd_kernel *k, struct kd_lockup_cpu *c)
{
	static const char *const names[] = {"panic", "vpanic", "oops_end", "crash_kexec", "__crash_kexec", "die", "do_exit", "make_task_dead"};
	struct kd_ksym sym;

	for (size_t i = 0; i < c->stack.n && i < FRAMES; i++)
		for (size_t n = 0; n < KD_ARRAY_LEN(names) && name_at(k, &c->stack.v[i], &sym); n++)
			if (!strcmp(sym.name, names[n])) {
				take_role(c, KD_CPU_PANICS, sym.name);
				c->at = interrupted(&c->stack, i, i);
				return;
			}
}

/* The CPU that panics stops the others by an interrupt: what it came into is what they were at. */
static void stopped(struct kd_kernel *k, struct kd_lockup_cpu *c)
{
	static const char *const names[] = {"stop_this_cpu", "crash_nmi_callback", "sysvec_reboot", "smp_stop_nmi_callback", "local_cpu_stop",
					    "ipi_cpu_crash_stop", "cpu_park_loop", "kdump_nmi_callback"};
	struct kd_ksym sym;

	for (size_t i = 0; i < c->stack.n && i < FRAMES && c->stack.v[i].how != KD_FRAME_TRAP; i++)
		for (size_t n = 0; n < KD_ARRAY_LEN(names) && name_at(k, &c->stack.v[i], &sym); n++)
			if (!strcmp(sym.name, names[n])) {
				c->at = interrupted(&c->stack, i, i);
				return;
			}
}

static void find_role(struct kd_kernel *k, struct kd_lockup_cpu *c)
{
	if (!c->has_stack) {
		c->role = KD_CPU_SILENT;
		return;
	}
	c->role = c->stack.n ? KD_CPU_RUNS : c->stack.end == KD_STACK_USER ? KD_CPU_USER : KD_CPU_UNKNOWN;
	detector(k, c);
	if (c->role == KD_CPU_RUNS && !c->panicked)
		stopped(k, c);
	if (c->role == KD_CPU_RUNS && c->panicked)
		panics(k, c);
	if (c->role == KD_CPU_RUNS || (c->role == KD_CPU_DETECTOR && c->at < c->stack.n && !c->panicked))
		by_place(k, c);
}

/* --- the place --------------------------------------------------------------------------------------- */

static void registers(struct kd_kernel *k, struct kd_lockup_cpu *c)
{
	const struct kd_core_frame *f = c->has_stack && c->at < c->stack.n ? &c->stack.v[c->at] : NULL;
	const bool arm = kd_space_machine(kd_kernel_space(k)) == KD_EM_AARCH64;
	const unsigned first = arm ? 0 /* x0 */ : KD_RDI; /* the first argument */

	if (!f)
		return;
	c->slot = f->slot;
	if (!f->regs)
		return;
	c->has_irqs = kd_core_regs_has(f->regs, KD_REG_FLAGS);
	c->irqs_on = arm ? !(f->regs->r[KD_REG_FLAGS] & PSTATE_I) : f->regs->r[KD_REG_FLAGS] & FLAG_IF;
	if (c->role != KD_CPU_WAITS_LOCK || !kd_core_regs_has(f->regs, first) || !(f->regs->r[first] >> 63))
		return;
	c->has_lock = true;
	c->lock = f->regs->r[first];
	c->has_value = kd_space_uint(kd_kernel_space(k), c->lock, 4, &c->value, NULL);
}

struct percpu {
	uint64_t touch, report, interrupts, saved, count, hot, runqueues;
	struct kd_word clock, hot_count;
};

static bool at_cpu(struct kd_kernel *k, uint64_t base, unsigned cpu, unsigned size, uint64_t *ret)
{
	uint64_t at;

	return base && kd_word_percpu(k, base, cpu, &at) && kd_space_uint(kd_kernel_space(k), at, size, ret, NULL);
}

static void counters(struct kd_kernel *k, const struct percpu *p, struct kd_lockup_cpu *c)
{
	uint64_t at;

	c->has_touch = at_cpu(k, p->touch, c->cpu, 8, &c->touch);
	if (!c->has_touch || !at_cpu(k, p->report, c->cpu, 8, &c->report))
		c->report = 0;
	c->has_interrupts = at_cpu(k, p->interrupts, c->cpu, 4, &c->interrupts) && at_cpu(k, p->saved, c->cpu, 4, &c->saved);
	c->has_preempt = at_cpu(k, p->count, c->cpu, 4, &c->preempt) ||
			 (p->hot && kd_word_percpu(k, p->hot, c->cpu, &at) && kd_word_get(k, at, &p->hot_count, &c->preempt));
	if (c->has_preempt) {
		c->preempt_depth = (unsigned)(c->preempt & 0xff);
		c->softirqs = (unsigned)(c->preempt >> 8 & 0xff);
		c->hardirqs = (unsigned)(c->preempt >> 16 & 0xf);
		c->nmis = (unsigned)(c->preempt >> 20 & 0xf);
		c->need_resched_known = true;
		c->need_resched = !(c->preempt & NOT_NEEDED);
	}
	c->has_clock = p->runqueues && kd_word_percpu(k, p->runqueues, c->cpu, &at) && kd_word_get(k, at, &p->clock, &c->clock);
}

static void look_up(struct kd_kernel *k, struct percpu *p, struct kd_lockup *l)
{
	static const char *const names[] = {"watchdog_touch_ts", "watchdog_report_ts", "hrtimer_interrupts", "hrtimer_interrupts_saved",
					    "__preempt_count", "pcpu_hot", "runqueues", "watchdog_thresh"};
	uint64_t addr[KD_ARRAY_LEN(names)];

	kd_word_symbols(k, names, KD_ARRAY_LEN(names), addr);
	*p = (struct percpu){.touch = addr[0], .report = addr[1], .interrupts = addr[2], .saved = addr[3], .count = addr[4], .hot = addr[5],
			     .runqueues = addr[6], .clock = kd_word_of(k, "rq", "clock"),
			     .hot_count = kd_word_of(k, "pcpu_hot", "preempt_count")};
	l->has_threshold = addr[7] && kd_space_uint(kd_kernel_space(k), addr[7], 4, &l->threshold, NULL) && l->threshold <= THRESHOLD_MAX;
}

static void clocks(struct kd_lockup *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->cpu[i].has_clock && (!l->has_now || l->cpu[i].clock > l->now)) {
			l->has_now = true;
			l->now = l->cpu[i].clock;
		}
	for (size_t i = 0; i < l->n; i++) {
		struct kd_lockup_cpu *c = &l->cpu[i];
		const uint64_t now = l->now >> SECOND_SHIFT;

		c->behind = c->has_clock ? l->now - c->clock : 0;
		c->has_silence = l->has_now && c->has_touch && c->touch && c->touch <= now;
		c->silence = c->has_silence ? now - c->touch : 0;
	}
}

struct kd_error *kd_lockup_read(struct kd_kernel *k, struct kd_unwinder *u, const struct kd_cpus *cpus, struct kd_arena *arena,
				struct kd_lockup *ret)
{
	struct kd_lockup l = {.n = cpus->n, .no_chains = u ? NULL : "call chains of this dump are not unwound"};
	struct percpu p;

	l.cpu = kd_arena_array(arena, cpus->n + 1, struct kd_lockup_cpu);
	if (!l.cpu)
		return kd_error_new(KD_LIMIT, "no room for %zu CPUs", cpus->n);
	look_up(k, &p, &l);
	for (size_t i = 0; i < cpus->n; i++) {
		const struct kd_cpu *from = &cpus->v[i];
		struct kd_lockup_cpu *c = &l.cpu[i];

		*c = (struct kd_lockup_cpu){.cpu = from->cpu, .panicked = from->panicked, .has_task = from->has_task, .task = from->task};
		l.silent += !from->regs;
		if (u && from->regs) {
			const struct kd_unwind_from start = kd_cpu_stack(from);
			struct kd_error *err = kd_unwind(u, &start, arena, &c->stack);

			if (err)
				return err;
			c->has_stack = true;
		}
		counters(k, &p, c);
		find_role(k, c);
		registers(k, c);
	}
	clocks(&l);
	*ret = l;
	return NULL;
}
