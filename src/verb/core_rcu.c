// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "base/alloc.h"
#include "core/rcustate.h"
#include "verb/core_hangs_internal.h"

struct job {
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_rcu r;
	const struct kd_cpus *cpus;
	unsigned hz;
};

static struct kd_view holder(struct job *j, const struct kd_rcu_hold *h)
{
	if (h->is_task)
		return kd_hang_task_at(j->d, j->s, h->task);
	for (size_t i = 0; i < j->cpus->n; i++)
		if (j->cpus->v[i].cpu == h->cpu && j->cpus->v[i].has_task) {
			const struct kd_view t = kd_hang_task(j->s, &j->cpus->v[i].task);

			return kd_sheet_text(j->s, "CPU %u, which runs %.*s", h->cpu, (int)t.n, t.p);
		}
	return kd_sheet_text(j->s, "CPU %u", h->cpu);
}

static struct kd_cell since(struct job *j, uint64_t then)
{
	return j->r.has_times && then && then <= j->r.now ? kd_hang_jiffies(j->s, j->r.now - then, j->hz) : kd_cell_none("jiffies are not known, or before it");
}

static void say(struct job *j)
{
	const struct kd_rcu *r = &j->r;
	const struct kd_cell age = since(j, r->start);
	size_t n = 0;

	if (!r->running)
		kd_sheet_say(j->s, "no grace period runs%s", r->exp_running ? ", but an expedited one" : "");
	else
		kd_sheet_say(j->s, "a grace period runs (gp_seq %" PRId64 ")%s", (int64_t)r->gp_seq,
			     r->has_times && r->stall && (int64_t)(r->now - r->stall) > 0 && age.kind == KD_CELL_NSEC ?
				     ", for longer than a stall is told after" : "");
	for (size_t i = 0; i < r->nholds; i++) {
		const struct kd_rcu_hold *h = &r->hold[i];
		const struct kd_view who = holder(j, h);
		struct kd_assertion *st;

		if (n++ == 16)
			break;
		st = kd_sheet_statement(j->s, KD_STATEMENT_VERIFIED, "%.*s holds %s grace period out%s", (int)who.n, who.p,
					h->expedited ? "an expedited" : "the", h->is_task ? ": it was preempted in a read-side section" : "");
		kd_dump_prove(j->d, j->s, st, h->word, 8, h->is_task ? "rcu_node.gp_tasks" : h->expedited ? "rcu_node.expmask" : "rcu_node.qsmask");
	}
	if (r->running && !r->nholds)
		kd_sheet_say(j->s, "nobody holds it out any more: its kthread has to end it%s", r->bad_nodes ? " (not all nodes could be read)" : "");
	if (r->more_holds)
		kd_sheet_note(j->s, "more than %d hold it out: the rest is not told", KD_RCU_HOLDS);
}

static void fields(struct job *j)
{
	const struct kd_rcu *r = &j->r;

	kd_sheet_field(j->s, "gp_seq", "grace period", kd_cell_hex(r->gp_seq));
	kd_sheet_field(j->s, "running", "runs", kd_cell_bool(r->running));
	kd_sheet_field(j->s, "gp_state", "its kthread is in", r->state[0] ? kd_sheet_cell(j->s, kd_view_of(r->state)) : kd_cell_uint(r->state_number));
	kd_sheet_field(j->s, "gp_kthread", "kthread",
		       r->kthread ? kd_cell_text(kd_hang_task_at(j->d, j->s, r->kthread)) : kd_cell_none("there is none"));
	kd_sheet_field(j->s, "since_start", "since its beginning", since(j, r->start));
	kd_sheet_field(j->s, "since_activity", "since the kthread did something", since(j, r->activity));
	kd_sheet_field(j->s, "nodes", NULL, kd_cell_uint(r->nodes));
	if (r->bad_nodes)
		kd_sheet_note(j->s, "%zu of the nodes could not be read", r->bad_nodes);
	if (r->bad_lists)
		kd_sheet_note(j->s, "%zu lists of blocked tasks are broken, or not in the dump", r->bad_lists);
}

static bool holds(const struct job *j, unsigned cpu)
{
	for (size_t i = 0; i < j->r.nholds; i++)
		if (!j->r.hold[i].is_task && j->r.hold[i].cpu == cpu)
			return true;
	return false;
}

static void table(struct job *j)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"},	     {"holds", "HOLDS OUT"}, {"gp_seq", "HAS SEEN"}, {"core_needs_qs", "WANTED"},
						   {"no_qs", "NO QS YET"}, {"callbacks", "CALLBACKS"}, {"ticks", NULL},      {"rcu_data", NULL}};
	struct kd_table *t = kd_sheet_table(j->s, "cpus", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < j->r.ncpus; i++) {
		const struct kd_rcu_cpu *c = &j->r.cpu[i];
		const char *why = "its rcu_data cannot be read";
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_uint(c->cpu);
		row[1] = kd_cell_bool(holds(j, c->cpu));
		row[2] = c->addr ? kd_cell_hex(c->gp_seq) : kd_cell_none(why);
		row[3] = c->addr ? kd_cell_bool(c->needs_qs) : kd_cell_none(why);
		row[4] = c->addr ? kd_cell_bool(c->no_qs) : kd_cell_none(why);
		row[5] = c->has_callbacks ? kd_cell_uint(c->callbacks) : kd_cell_none(why);
		row[6] = c->addr ? kd_cell_uint(c->ticks) : kd_cell_none(why);
		row[7] = c->addr ? kd_cell_hex(c->addr) : kd_cell_none(why);
	}
}

struct kd_error *kd_core_rcu(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct job j = {.d = d, .s = s};
	struct kd_error *err = kd_dump_need_types(d);

	(void)options;
	(void)args;
	(void)nargs;
	if (!err)
		err = kd_dump_cpus(d, &j.cpus);
	if (err)
		return err;
	if (!kd_rcu_read(kd_dump_kernel(d), s->arena, &j.r))
		return kd_error_new(KD_NOTFOUND, "%s: %s", kd_dump_path(d), j.r.why);
	j.hz = kd_hang_hz(d, s);
	say(&j);
	fields(&j);
	table(&j);
	kd_dump_next(d, s, "lockup", "%s", "");
	kd_dump_next(d, s, "bt", "--all");
	return NULL;
}
