// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait and cannot be interrupted: what a kernel that hangs is full of. */
#include "base/alloc.h"
#include "core/taskinfo.h"
#include "verb/core_triage_internal.h"

enum { TASKS_MAX = 16, SKIP_MAX = 10 };

struct waiting {
	struct triage *t;
	struct kd_table *table; /* NULL: no row yet */
	size_t n;
};

/* The place that waits: the first frame that is none of the scheduler's own. */
static struct kd_view waits_in(struct triage *t, const struct kd_task *task)
{
	static const char *const scheduler[] = {"__switch_to+", "__schedule+", "schedule+", "schedule_timeout+", "schedule_preempt_disabled+", "io_schedule+"};
	char why[KD_TASKS_WHY];
	struct kd_core_regs regs;
	struct kd_unwind_from from;
	struct kd_core_stack st = {.n = 0};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view name = KD_VNULL;

	if (!kd_task_regs(t->k, task, &regs, why))
		return KD_VNULL;
	from = kd_task_stack(task, &regs);
	err = kd_unwind(t->u, &from, &t->scratch, &st);
	for (size_t i = 0; !err && i < st.n && i < SKIP_MAX; i++) {
		bool own = false;

		name = kd_dump_name_text(t->d, st.v[i].pc, t->arena);
		for (size_t k = 0; k < KD_ARRAY_LEN(scheduler); k++)
			own |= kd_view_starts(name, kd_view_of(scheduler[k]));
		if (!own)
			break;
	}
	kd_arena_reset(&t->scratch);
	return name;
}

static void add(struct waiting *w, const struct kd_taskinfo *info)
{
	static const struct kd_column columns[] = {{"pid", "PID"}, {"command", "COMMAND"}, {"task", "TASK"}, {"where", "WAITS IN"}};
	struct triage *t = w->t;
	const struct kd_view where = waits_in(t, &info->t);
	struct kd_cell *row;

	if (!w->table) {
		kd_sheet_head(t->s, KD_V("tasks that wait and cannot be interrupted (D)"));
		w->table = kd_sheet_table(t->s, "waiting", columns, KD_ARRAY_LEN(columns));
	}
	row = kd_table_row(w->table);
	row[0] = kd_cell_int(info->t.pid);
	row[1] = kd_sheet_cell(t->s, kd_view_of(info->t.comm));
	row[2] = kd_cell_hex(info->t.addr);
	row[3] = where.n ? kd_cell_text(where) : kd_cell_none("its stack cannot be read");
}

static bool one(void *user, uint64_t addr)
{
	struct waiting *w = user;
	struct kd_taskinfo info;

	if (!kd_taskinfo_read(w->t->k, addr, &info) || info.state.letter != 'D')
		return true;
	if (w->n++ < TASKS_MAX)
		add(w, &info);
	return true;
}

struct kd_error *kd_triage_tasks(struct triage *t)
{
	struct waiting w = {.t = t};
	char why[KD_TASKS_WHY];

	kd_tasks_walk(t->k, one, &w, why);
	if (w.n > TASKS_MAX)
		kd_sheet_note(t->s, "%zu more tasks wait and cannot be interrupted: kdoc core bt --state=D", w.n - TASKS_MAX);
	if (why[0])
		kd_sheet_note(t->s, "not all tasks were looked at: %s", why);
	return kd_ctx_check(kd_dump_ctx(t->d));
}
