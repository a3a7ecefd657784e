// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "core/taskmore.h"
#include "verb/core_cell.h"
#include "verb/core_ps.h"

struct one {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_taskinfo info;
	struct kd_taskmore more;
};

static struct kd_cell with(struct kd_cell c, struct kd_view text)
{
	if (c.kind != KD_CELL_NONE)
		c.text = text;
	return c;
}

static void field(struct one *o, const char *key, const char *title, struct kd_datum f, enum kd_cell_kind kind)
{
	kd_sheet_field(o->s, key, title, kd_core_cell(f, kind));
}

static void say_state(struct one *o)
{
	const struct kd_taskinfo *t = &o->info;
	const struct kd_datum now = kd_task_now(o->k);
	const char letter[] = {t->state.letter, 0};
	char text[256];

	kd_sheet_field(o->s, "state", "STATE",
		       t->raw_state.why ? kd_cell_none(t->raw_state.why) :
					  kd_cell_text(kd_sheet_text(o->s, "%s (%s, %s)%s", letter, kd_task_state_crash(t->state.letter),
								     kd_task_state_words(t->state.letter), t->state.killable ? ", a fatal signal wakes it" : "")));
	field(o, "state_bits", NULL, t->raw_state, KD_CELL_HEX);
	field(o, "exit_state", NULL, t->exit_state, KD_CELL_HEX);
	kd_task_flags(t->flags.v, text, sizeof(text));
	kd_sheet_field(o->s, "flags", "FLAGS", with(kd_core_cell(t->flags, KD_CELL_HEX), kd_sheet_text(o->s, "%s", text)));
	field(o, "cpu", "CPU", t->cpu, KD_CELL_UINT);
	kd_sheet_field(o->s, "active", "RUNS", kd_cell_bool(t->active));
	if (!t->active && !now.why && !t->last_ran.why && t->last_ran.v)
		kd_sheet_field(o->s, "since", "LAST RAN", with(kd_cell_nsec(now.v > t->last_ran.v ? now.v - t->last_ran.v : 0),
							       kd_sheet_text(o->s, "ago, by %s", t->last_from)));
}

static void say_schedule(struct one *o)
{
	const struct kd_taskmore *m = &o->more;
	const char *policy = m->policy.why ? NULL : kd_task_policy(m->policy.v);

	kd_sheet_field(o->s, "policy", "POLICY", policy ? kd_cell_text(kd_view_of(policy)) : kd_core_cell(m->policy, KD_CELL_UINT));
	field(o, "prio", "PRIO", m->prio, KD_CELL_INT);
	field(o, "static_prio", NULL, m->static_prio, KD_CELL_INT);
	field(o, "rt_priority", NULL, m->rt_priority, KD_CELL_UINT);
	field(o, "on_rq", NULL, m->on_rq, KD_CELL_UINT);
	field(o, "on_cpu", NULL, m->on_cpu, KD_CELL_UINT);
	field(o, "user_time", "USER TIME", m->utime, KD_CELL_NSEC);
	field(o, "system_time", "SYSTEM TIME", m->stime, KD_CELL_NSEC);
	field(o, "start_time", "STARTED AT", m->start, KD_CELL_NSEC);
	field(o, "voluntary_switches", "SWITCHES, OWN WILL", m->nvcsw, KD_CELL_UINT);
	field(o, "involuntary_switches", "SWITCHES, OTHERS", m->nivcsw, KD_CELL_UINT);
}

static void say_memory(struct one *o)
{
	struct kd_datum rss = o->info.rss;
	struct kd_mm_threads threads;
	int64_t own;

	if (!o->info.mm.why && !o->info.mm.v) {
		kd_sheet_field(o->s, "mm", "MM", kd_cell_none(o->info.kthread ? "a kernel thread has none of its own" : "it has given it back"));
		return;
	}
	field(o, "mm", "MM", o->info.mm, KD_CELL_HEX);
	kd_mm_threads_read(o->k, o->info.mm.v, &threads);
	own = (int64_t)rss.v + (threads.pages[0] + threads.pages[1] + threads.pages[3]) * (int64_t)kd_page_bytes(o->k);
	rss.v = own < 0 ? 0 : (uint64_t)own;
	field(o, "vsz", "VSZ", o->info.vsz, KD_CELL_BYTES);
	field(o, "rss", "RSS", rss, KD_CELL_BYTES);
}

static void signals(struct one *o, const char *key, const char *title, struct kd_datum set)
{
	char text[512];

	kd_task_signals(set.v, text, sizeof(text));
	kd_sheet_field(o->s, key, title, with(kd_core_cell(set, KD_CELL_HEX), *text ? kd_sheet_text(o->s, "%s", text) : KD_VNULL));
}

static void say_rights(struct one *o)
{
	const struct kd_taskmore *m = &o->more;

	field(o, "uid", "UID", m->uid, KD_CELL_UINT);
	field(o, "euid", "EUID", m->euid, KD_CELL_UINT);
	field(o, "gid", "GID", m->gid, KD_CELL_UINT);
	field(o, "egid", "EGID", m->egid, KD_CELL_UINT);
	signals(o, "pending", "SIGNALS PENDING", m->pending);
	signals(o, "shared_pending", "PENDING, PROCESS", m->shared);
	signals(o, "blocked", "BLOCKED", m->blocked);
	kd_sheet_field(o->s, "cgroup", "CGROUP", m->cgroup_why ? kd_cell_none(m->cgroup_why) : kd_core_text_cell(o->s, m->cgroup));
}

/* --- the stack --------------------------------------------------------------------------------------- */

/* Does the first task's stack have the mark? Then this kernel has it where it is looked for. */
static bool has_marks(struct one *o)
{
	struct kd_taskmore first;
	struct kd_task t;
	uint64_t init;

	if (!kd_kernel_symbol(o->k, "init_task", &init) || !kd_task_read(o->k, init, &t))
		return false;
	kd_taskmore_read(o->k, &t, &first);
	return !first.magic.why && first.magic.v == KD_STACK_MAGIC;
}

static void say_end(struct one *o)
{
	const struct kd_taskmore *m = &o->more;
	struct kd_assertion *st;

	if (m->magic.why) {
		kd_sheet_field(o->s, "stack_end_mark", "STACK'S END", kd_cell_none(m->magic.why));
		return;
	}
	if (m->magic.v != KD_STACK_MAGIC && !has_marks(o)) {
		kd_sheet_field(o->s, "stack_end_mark", "STACK'S END", kd_cell_none("the first task's stack has no mark where it is looked for, either"));
		return;
	}
	kd_sheet_field(o->s, "stack_end_mark", "STACK'S END",
		       with(kd_cell_hex(m->magic.v), m->magic.v == KD_STACK_MAGIC ? KD_V("the mark is there") : KD_V("the mark is NOT there")));
	if (m->magic.v == KD_STACK_MAGIC)
		return;
	st = kd_sheet_statement(o->s, KD_STATEMENT_SUPPORTED,
				"the end of the stack of PID %d was overwritten: the mark 0x%x is gone, as after a stack overflow", (int)o->info.t.pid,
				KD_STACK_MAGIC);
	kd_dump_prove(o->d, o->s, st, m->magic_at, 8, "end of the stack (STACK_END_MAGIC)");
}

/* The first return address on its stack that is not in the scheduler's own code. */
static void say_wait(struct one *o)
{
	uint64_t from = 0, to = 0;
	struct kd_unwinder *u;
	struct kd_core_regs regs;
	struct kd_unwind_from start;
	struct kd_core_stack st;
	char why[KD_TASKS_WHY];
	struct kd_error *err;

	if (o->info.active)
		return;
	err = kd_dump_unwinder(o->d, &u);
	if (!err && !kd_task_regs(o->k, &o->info.t, &regs, why)) {
		kd_sheet_field(o->s, "waits_in", "WAITS IN", kd_cell_none(kd_sheet_text(o->s, "%s", why).p));
		return;
	}
	start = kd_task_stack(&o->info.t, &regs);
	if (!err)
		err = kd_unwind(u, &start, o->s->arena, &st);
	if (err) {
		kd_sheet_field(o->s, "waits_in", "WAITS IN", kd_cell_none(kd_sheet_text(o->s, "%s", err->msg).p));
		kd_error_free(err);
		return;
	}
	kd_kernel_symbol(o->k, "__sched_text_start", &from);
	kd_kernel_symbol(o->k, "__sched_text_end", &to);
	for (size_t i = 0; i < st.n; i++) {
		struct kd_cell c = kd_dump_addr_cell(o->d, o->s, st.v[i].pc);

		if (st.v[i].pc > from && st.v[i].pc <= to)
			continue;
		c.guessed = st.v[i].guessed || !from || !to;
		kd_sheet_field(o->s, "waits_in", "WAITS IN", c);
		return;
	}
}

static void say_stack(struct one *o)
{
	const struct kd_task *t = &o->info.t;
	const struct kd_datum sp = o->more.wchan_sp;

	kd_sheet_field(o->s, "stack", "STACK", t->stack ? kd_cell_hex(t->stack) : kd_cell_none("where its stack is is not known"));
	kd_sheet_field(o->s, "stack_end", NULL, t->stack_end ? kd_cell_hex(t->stack_end) : kd_cell_none(NULL));
	if (t->stack)
		kd_sheet_field(o->s, "stack_size", "STACK SIZE", kd_cell_bytes(t->stack_end - t->stack));
	if (!o->info.active && !sp.why && t->stack && sp.v >= t->stack && sp.v < t->stack_end)
		kd_sheet_field(o->s, "stack_used", "IN USE", kd_cell_bytes(t->stack_end - sp.v));
	else if (!o->info.active && !sp.why && t->stack)
		kd_sheet_note(o->s, "its stack pointer 0x%" PRIx64 " is outside of its stack", sp.v);
	say_end(o);
	say_wait(o);
}

static void say_spaces(struct one *o)
{
	static const struct kd_column columns[] = {{"namespace", "NAMESPACE"}, {"address", "ADDRESS"}, {"inum", "INODE"}, {"initial", "INITIAL"}};
	struct kd_table *table = kd_sheet_table(o->s, "namespaces", columns, sizeof(columns) / sizeof(*columns));
	struct kd_taskmore first;
	struct kd_task init;
	uint64_t addr;
	const bool have = kd_kernel_symbol(o->k, "init_task", &addr) && kd_task_read(o->k, addr, &init);

	if (have)
		kd_taskmore_read(o->k, &init, &first);
	for (size_t i = 0; i < o->more.nspaces; i++) {
		struct kd_cell *row = kd_table_row(table);

		row[0] = kd_cell_text(kd_view_of(o->more.space[i].name));
		row[1] = kd_core_cell(o->more.space[i].addr, KD_CELL_HEX);
		row[2] = kd_core_cell(o->more.space[i].inum, KD_CELL_UINT);
		row[3] = have && i < first.nspaces && !o->more.space[i].addr.why && !first.space[i].addr.why ?
				 kd_cell_bool(o->more.space[i].addr.v == first.space[i].addr.v) :
				 kd_cell_none(NULL);
	}
}

static void find_active(struct one *o)
{
	uint64_t running;

	if (!kd_kernel_symbol(o->k, "runqueues", &running))
		o->info.active = !o->info.on_cpu.why && o->info.on_cpu.v;
	else
		o->info.active = !o->info.cpu.why && o->info.cpu.v < KD_CPUS_MAX && kd_task_running(o->k, (unsigned)o->info.cpu.v, &running) &&
			 running == o->info.t.addr;
}

struct kd_error *kd_core_task(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct one o = {.d = d, .s = s};
	struct kd_error *err;
	struct kd_task t;

	(void)options;
	err = kd_core_one_task(d, nargs ? args[0] : NULL, &t);
	if (err)
		return err;
	o.k = kd_dump_kernel(d);
	if (!kd_taskinfo_read(o.k, t.addr, &o.info))
		return kd_error_new(KD_NOTFOUND, "the task at 0x%" PRIx64 " cannot be read", t.addr);
	kd_taskmore_read(o.k, &o.info.t, &o.more);
	find_active(&o);
	kd_core_say_task(s, &o.info.t);
	kd_sheet_field(s, "tgid", "PROCESS", kd_cell_int(o.info.t.tgid));
	kd_sheet_field(s, "ppid", "PARENT", o.info.ppid_why ? kd_cell_none(o.info.ppid_why) : kd_cell_int(o.info.ppid));
	say_state(&o);
	say_schedule(&o);
	say_memory(&o);
	say_rights(&o);
	say_stack(&o);
	say_spaces(&o);
	kd_dump_next(d, s, "bt", "%d", (int)o.info.t.pid);
	return NULL;
}
