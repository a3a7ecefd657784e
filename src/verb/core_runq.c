// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "base/alloc.h"
#include "core/runqueue.h"
#include "verb/core_hangs_internal.h"

struct job {
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_table *cpus, *tasks;
	uint64_t waiting, delayed; /* of all CPUs */
	uint64_t here; /* of this one, that are not delayed */
	bool eevdf;
};

static void one_cpu(void *user, const struct kd_rq *rq)
{
	struct job *j = user;

	j->here = 0;
	j->eevdf |= rq->eevdf;
}

static void one_task(void *user, const struct kd_rq *rq, const struct kd_rq_task *t)
{
	static const char *const classes[] = {[KD_RQ_FAIR] = "fair", [KD_RQ_RT] = "real-time", [KD_RQ_DEADLINE] = "deadline",
					 [KD_RQ_STOP] = "stop"};
	struct job *j = user;
	struct kd_cell *row = kd_table_row(j->tasks);
	struct kd_task task;
	const bool known = kd_task_read(kd_dump_kernel(j->d), t->task, &task);

	/* the one that runs stays in the lists of its class, but of the fair one */
	j->here += t->task != rq->curr && !t->delayed;
	row[0] = kd_cell_uint(rq->cpu);
	row[1] = known ? kd_cell_int(task.pid) : kd_cell_none("the task cannot be read");
	row[2] = known ? kd_sheet_cell(j->s, kd_view_of(task.comm)) : kd_cell_none("the task cannot be read");
	row[3] = kd_cell_text(kd_view_of(classes[t->cls]));
	row[4] = kd_cell_uint(t->prio);
	row[5] = t->has_queued && t->queued && rq->has_clock && t->queued <= rq->clock ? kd_cell_nsec(rq->clock - t->queued) :
										 kd_cell_none("when it was queued is not kept (CONFIG_SCHED_INFO)");
	row[6] = t->has_order ? kd_cell_uint(t->vruntime) : kd_cell_none(NULL);
	row[7] = t->has_order && rq->eevdf ? kd_cell_uint(t->deadline) : kd_cell_none(NULL);
	row[8] = kd_cell_bool(t->delayed);
	row[9] = kd_cell_hex(t->task);
	row[10] = kd_cell_bool(t->task == rq->curr);
}

static struct kd_cell task_cell(struct job *j, uint64_t task)
{
	return task ? kd_cell_text(kd_hang_task_at(j->d, j->s, task)) : kd_cell_none("the run queue cannot be read");
}

/* Before the tables: the numbers of the sentence above them. */
static void count_task(void *user, const struct kd_rq *rq, const struct kd_rq_task *t)
{
	struct job *j = user;

	j->waiting += t->task != rq->curr && !t->delayed;
	j->delayed += t->delayed;
}

static void count_end(void *user, const struct kd_rq *rq, const struct kd_rq_end *end)
{
	(void)user;
	(void)rq;
	(void)end;
}

static void end_cpu(void *user, const struct kd_rq *rq, const struct kd_rq_end *end)
{
	struct job *j = user;
	struct kd_cell *row = kd_table_row(j->cpus);

	row[0] = kd_cell_uint(rq->cpu);
	row[1] = task_cell(j, rq->curr);
	row[2] = rq->has_nr_running ? kd_cell_uint(rq->nr_running) : kd_cell_none("the run queue cannot be read");
	row[3] = kd_cell_uint(j->here);
	row[4] = rq->has_clock ? kd_cell_nsec(rq->clock) : kd_cell_none("the run queue cannot be read");
	row[5] = rq->has_switches ? kd_cell_uint(rq->switches) : kd_cell_none(NULL);
	row[6] = kd_cell_hex(rq->addr);
	row[7] = kd_cell_bool(rq->curr && rq->curr == rq->idle);
	if (rq->has_nr_running && !end->problem && !j->delayed && rq->nr_running != j->here + (rq->curr != rq->idle))
		kd_sheet_note(j->s, "CPU %u says that %" PRIu64 " tasks run or wait, and %" PRIu64 " were found", rq->cpu, rq->nr_running,
			      j->here + (rq->curr != rq->idle));
	if (end->problem)
		kd_sheet_note(j->s, "CPU %u: %s, at 0x%" PRIx64, rq->cpu, end->problem, end->at);
}

struct kd_error *kd_core_runq(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column cpu_columns[] = {{"cpu", "CPU"},	     {"curr", "RUNS"},	     {"nr_running", "NR_RUNNING"}, {"waiting", "WAIT"},
						       {"clock", "CLOCK"}, {"nr_switches", NULL}, {"rq", "RUN QUEUE"},	   {"idle", NULL}};
	static const struct kd_column task_columns[] = {{"cpu", "CPU"},	   {"pid", "PID"},	    {"comm", "COMMAND"},   {"class", "CLASS"},
							{"prio", "PRIO"},  {"waited", "WAITED"},    {"vruntime", NULL},	   {"deadline", NULL},
							{"delayed", NULL}, {"task", "TASK"},	    {"running", NULL}};
	static const struct kd_rq_ops ops = {.cpu = one_cpu, .task = one_task, .end = end_cpu};
	static const struct kd_rq_ops counting = {.cpu = one_cpu, .task = count_task, .end = count_end};
	struct job j = {.d = d, .s = s};
	struct kd_error *err = kd_dump_need_types(d);
	const char *why;

	(void)options;
	(void)args;
	(void)nargs;
	if (err)
		return err;
	why = kd_runqueues_each(kd_dump_kernel(d), &counting, &j);
	if (why)
		return kd_error_new(KD_NOTFOUND, "%s: %s", kd_dump_path(d), why);
	kd_sheet_say(s, "%" PRIu64 " task%s wait%s to run", j.waiting, j.waiting == 1 ? "" : "s", j.waiting == 1 ? "s" : "");
	j.cpus = kd_sheet_table(s, "cpus", cpu_columns, KD_ARRAY_LEN(cpu_columns));
	j.tasks = kd_sheet_table(s, "tasks", task_columns, KD_ARRAY_LEN(task_columns));
	j.cpus->title = "run queues";
	j.tasks->title = "tasks that wait to run";
	(void)kd_runqueues_each(kd_dump_kernel(d), &ops, &j);
	if (j.delayed)
		kd_sheet_note(s, "%" PRIu64 " sleep and were left in the tree (delayed dequeue); NR_RUNNING may count them", j.delayed);
	kd_sheet_field(s, "scheduler", NULL, kd_cell_text(j.eevdf ? KD_V("EEVDF") : KD_V("CFS")));
	kd_sheet_field(s, "waiting", NULL, kd_cell_uint(j.waiting));
	return NULL;
}
