// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "base/alloc.h"
#include "core/lockup.h"
#include "verb/core_hangs_internal.h"

enum { CPUS_SAID = 16, PROVEN_STACK = 8 };

struct job {
	struct kd_dump *d;
	struct kd_sheet *s;
	const struct kd_lockup *l;
};

static struct kd_view place(struct job *j, const struct kd_lockup_cpu *c)
{
	return c->has_stack && c->at < c->stack.n ? kd_hang_function(j->d, j->s, &c->stack.v[c->at]) : KD_VNULL;
}

static bool overdue(const struct job *j, const struct kd_lockup_cpu *c)
{
	return c->has_silence && j->l->has_threshold && j->l->threshold && c->silence > 2 * j->l->threshold;
}

/* "CPU 0 (kdoc-trigger (154)) is stuck in kdoc_spin [kdoc_crash]": on what it stands. */
static void state_cpu(struct job *j, const struct kd_lockup_cpu *c, enum kd_statement_status status, const char *verb)
{
	const struct kd_view at = place(j, c), task = c->has_task ? kd_hang_task(j->s, &c->task) : KD_V("?");
	struct kd_assertion *st = kd_sheet_statement(j->s, status, "CPU %u, which ran %.*s, %s%s%.*s", c->cpu, (int)task.n, task.p, verb,
						     at.n ? " in " : "", (int)at.n, at.n ? at.p : "");

	if (c->slot)
		kd_dump_prove(j->d, j->s, st, c->slot, PROVEN_STACK, "the saved instruction pointer");
	if (c->has_lock && c->has_value)
		kd_dump_prove(j->d, j->s, st, c->lock, 4, "qspinlock, if rdi still had its address");
}

static void say_cpu(struct job *j, const struct kd_lockup_cpu *c)
{
	const struct kd_view at = place(j, c), task = c->has_task ? kd_hang_task(j->s, &c->task) : KD_V("?"), lock = c->has_lock ? kd_hang_symbol(j->d, j->s, c->lock, true) : KD_VNULL;

	switch (c->role) {
	case KD_CPU_STUCK:
		kd_sheet_say(j->s, "CPU %u is stuck in %.*s (%.*s): its own watchdog (%s) interrupted it there", c->cpu, at.n ? (int)at.n : 1,
			     at.n ? at.p : "?", (int)task.n, task.p, c->by);
		state_cpu(j, c, KD_STATEMENT_VERIFIED, "was interrupted by its watchdog");
		break;
	case KD_CPU_DETECTOR:
		kd_sheet_say(j->s, "CPU %u told of it (%s): its stack is the teller's%s%.*s", c->cpu, c->by, at.n ? ", which interrupted " : "",
			     at.n ? (int)at.n : 0, at.n ? at.p : "");
		break;
	case KD_CPU_WAITS_LOCK:
		kd_sheet_say(j->s, "CPU %u spins for a lock in %s%s%.*s (%.*s): a victim; a spin lock does not store who has it", c->cpu, c->by,
			     lock.n ? ", probably " : "", lock.n ? (int)lock.n : 0, lock.n ? lock.p : "", (int)task.n, task.p);
		state_cpu(j, c, KD_STATEMENT_SUPPORTED, "spins for a lock");
		break;
	case KD_CPU_WAITS_CPUS:
		kd_sheet_say(j->s, "CPU %u waits in %s for other CPUs to answer (%.*s): a victim", c->cpu, c->by, (int)task.n, task.p);
		state_cpu(j, c, KD_STATEMENT_SUPPORTED, "waits for other CPUs");
		break;
	case KD_CPU_SILENT:
		kd_sheet_say(j->s, "the dump has no registers of CPU %u (it ran %.*s): it did not answer, and may be the culprit, which is then not shown",
			     c->cpu, (int)task.n, task.p);
		break;
	default:
		if (overdue(j, c))
			kd_sheet_say(j->s, "the watchdog of CPU %u has not run for about %" PRIu64 " s (%.*s, in %.*s)", c->cpu, c->silence,
				     (int)task.n, task.p, at.n ? (int)at.n : 1, at.n ? at.p : "?");
		break;
	}
}

static struct kd_cell preempt_cell(struct job *j, const struct kd_lockup_cpu *c)
{
	struct kd_cell cell;

	if (!c->has_preempt)
		return kd_cell_none("this kernel does not keep it per CPU, or it cannot be read");
	cell = kd_cell_hex(c->preempt);
	cell.text = kd_sheet_text(j->s, "preempt %u, softirq %u, hardirq %u, nmi %u%s", c->preempt_depth, c->softirqs, c->hardirqs, c->nmis,
				  c->need_resched ? ", wants to reschedule" : "");
	return cell;
}

static struct kd_cell touch_cell(struct kd_sheet *s, const struct kd_lockup_cpu *c, uint64_t v)
{
	struct kd_cell cell;

	if (!c->has_touch)
		return kd_cell_none("this kernel has no watchdog_touch_ts (CONFIG_SOFTLOCKUP_DETECTOR)");
	if (v != UINT64_MAX)
		return kd_cell_uint(v);
	cell = kd_cell_hex(v);
	cell.text = kd_sheet_text(s, "told to begin again");
	return cell;
}

static void row(struct job *j, struct kd_table *table, const struct kd_lockup_cpu *c)
{
	struct kd_cell *r = kd_table_row(table);

	r[0] = kd_cell_uint(c->cpu);
	r[1] = kd_cell_text(kd_view_of(kd_cpu_role_words(c->role)));
	r[2] = c->has_task ? kd_cell_int(c->task.pid) : kd_cell_none("the task that runs there is not known");
	r[3] = c->has_task ? kd_sheet_cell(j->s, kd_view_of(c->task.comm)) : kd_cell_none(NULL);
	r[4] = kd_cell_text(place(j, c));
	if (!r[4].text.n)
		r[4] = kd_cell_none("it runs in a program, or its stack is not there");
	r[4].guessed = c->has_stack && c->at < c->stack.n && c->stack.v[c->at].guessed;
	r[5] = c->has_irqs ? kd_cell_bool(c->irqs_on) : kd_cell_none("no flags were saved there");
	r[6] = c->has_silence ? kd_cell_nsec(c->silence * 1000000000) : kd_cell_none("its watchdog's time or the clock is not known");
	r[7] = preempt_cell(j, c);
	r[8] = touch_cell(j->s, c, c->touch);
	r[9] = touch_cell(j->s, c, c->report);
	r[10] = c->has_interrupts ? kd_cell_uint(c->interrupts) : kd_cell_none("this kernel does not count them");
	r[11] = c->has_interrupts ? kd_cell_uint(c->saved) : kd_cell_none(NULL);
	r[12] = c->has_clock ? kd_cell_nsec(c->behind) : kd_cell_none("its run queue cannot be read");
	r[13] = c->has_lock ? kd_dump_addr_cell(j->d, j->s, c->lock) : kd_cell_none(NULL);
	r[13].guessed = c->has_lock;
	r[14] = c->has_value ? kd_cell_hex(c->value) : kd_cell_none(NULL);
	if (c->has_value && c->value >> 18)
		r[14].text = kd_sheet_text(j->s, "the last that waits is CPU %" PRIu64, (c->value >> 18) - 1);
	r[15] = c->by[0] ? kd_sheet_cell(j->s, kd_view_of(c->by)) : kd_cell_none(NULL);
	r[16] = kd_cell_bool(c->panicked);
}

static void table(struct job *j)
{
	static const struct kd_column columns[] = {
		{"cpu", "CPU"},		       {"role", "ROLE"},	   {"pid", "PID"},	   {"comm", "COMMAND"},
		{"function", "AT"},	       {"irqs_on", "IRQS"},	   {"watchdog_silent", "SILENT"}, {"preempt_count", "PREEMPT COUNT"},
		{"watchdog_touch_ts", NULL},   {"watchdog_report_ts", NULL}, {"hrtimer_interrupts", NULL},  {"hrtimer_interrupts_saved", NULL},
		{"clock_behind", NULL},	       {"lock", NULL},		   {"lock_value", NULL},	   {"by", NULL},
		{"panicked", NULL},
	};
	struct kd_table *t = kd_sheet_table(j->s, "cpus", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < j->l->n; i++)
		row(j, t, &j->l->cpu[i]);
}

struct kd_error *kd_core_lockup(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct kd_unwinder *u = NULL;
	const struct kd_cpus *cpus;
	struct kd_lockup l;
	struct job j = {.d = d, .s = s, .l = &l};
	struct kd_error *err = kd_dump_need_types(d);
	size_t said = 0;

	(void)options;
	(void)args;
	(void)nargs;
	if (!err)
		err = kd_hang_unwinder(d, s, &u);
	if (!err)
		err = kd_dump_cpus(d, &cpus);
	if (!err)
		err = kd_lockup_read(kd_dump_kernel(d), u, cpus, s->arena, &l);
	if (err)
		return err;
	for (size_t i = 0; i < l.n && s->block.n < CPUS_SAID * 2; i++) {
		const size_t before = s->block.n;

		say_cpu(&j, &l.cpu[i]);
		said += s->block.n > before;
	}
	s->none = !said;
	if (!said)
		kd_sheet_say(s, "no CPU looks stuck: none was interrupted by its watchdog, none spins for a lock or waits for another CPU, and all have registers");
	table(&j);
	if (cpus->lost_notes)
		kd_sheet_note(s, "%zu sets of registers belong to no CPU that is known", cpus->lost_notes);
	kd_sheet_note(s, "AT is one sample; who waits for a lock or for other CPUs is a victim. SILENT: since the watchdog's thread last ran there, by the newest clock of the run queues");
	if (l.has_threshold)
		kd_sheet_field(s, "watchdog_thresh", NULL, kd_cell_uint(l.threshold));
	kd_dump_next(d, s, "bt", "--all");
	kd_dump_next(d, s, "rcu", "%s", "");
	return NULL;
}
