// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "base/alloc.h"
#include "core/words.h"
#include "core/workqueue.h"
#include "verb/core_hangs_internal.h"

struct job {
	struct kd_dump *d;
	struct kd_sheet *s;
	const struct kd_core_workqueue_options *o;
	struct kd_table *pools, *workers, *works, *queues;
	uint64_t busy, pending, stuck; /* of this pool: busy; of all: pending; pools with work that begin none */
	uint64_t now; /* jiffies; 0: not known */
	unsigned hz;
	uint64_t all_busy, in_queue;
	bool count; /* only the numbers */
};

static struct kd_cell ago(struct job *j, bool has, uint64_t then)
{
	return has && j->now && then <= j->now ? kd_hang_jiffies(j->s, j->now - then, j->hz) : kd_cell_none("this kernel does not keep it, or jiffies are not known");
}

static struct kd_view pool_name(struct job *j, const struct kd_pool *p)
{
	if (p->cpu < 0)
		return kd_sheet_text(j->s, "unbound %" PRId64, p->id);
	return kd_sheet_text(j->s, "CPU %" PRId64 "%s%s", p->cpu, p->has_nice && p->nice < 0 ? " high" : "", p->bh ? " bh" : "");
}

static void one_pool(void *user, const struct kd_pool *p)
{
	struct job *j = user;

	(void)p;
	j->busy = 0;
}

static void one_worker(void *user, const struct kd_pool *p, const struct kd_worker *w)
{
	struct job *j = user;
	struct kd_cell *row;
	struct kd_task t;
	bool known;

	j->busy += w->work != 0;
	if (j->count || (!w->work && !j->o->all))
		return;
	known = w->task && kd_task_read(kd_dump_kernel(j->d), w->task, &t);
	row = kd_table_row(j->workers);
	row[0] = kd_cell_text(pool_name(j, p));
	row[1] = known ? kd_cell_int(t.pid) : kd_cell_none(w->task ? "its task cannot be read" : "it has no task (bh)");
	row[2] = known ? kd_sheet_cell(j->s, kd_view_of(t.comm)) : kd_cell_none(NULL);
	row[3] = w->work ? kd_cell_text(kd_hang_symbol(j->d, j->s, w->func, true)) : kd_cell_none("it is idle");
	row[4] = w->queue[0] ? kd_sheet_cell(j->s, kd_view_of(w->queue)) : kd_cell_none(NULL);
	row[5] = ago(j, w->has_start, w->start);
	row[6] = kd_cell_uint(w->scheduled);
	row[7] = w->work ? kd_cell_hex(w->work) : kd_cell_none("it is idle");
	row[8] = w->func ? kd_cell_hex(w->func) : kd_cell_none("it is idle");
	row[9] = kd_cell_hex(w->addr);
	row[10] = w->desc[0] ? kd_sheet_cell(j->s, kd_view_of(w->desc)) : kd_cell_none(NULL);
	row[11] = w->has_at ? kd_cell_nsec(w->at) : kd_cell_none(NULL);
}

static void one_work(void *user, const struct kd_pool *p, const struct kd_work *w)
{
	struct job *j = user;
	struct kd_cell *row;

	if (j->count)
		return;
	row = kd_table_row(j->works);
	row[0] = kd_cell_text(pool_name(j, p));
	row[1] = kd_cell_hex(w->addr);
	row[2] = kd_cell_text(kd_hang_symbol(j->d, j->s, w->func, true));
	row[3] = w->queue[0] ? kd_sheet_cell(j->s, kd_view_of(w->queue)) : kd_cell_none("the work does not say so");
	row[4] = w->barrier && w->waiter ? kd_cell_text(kd_hang_task_at(j->d, j->s, w->waiter)) : kd_cell_none(NULL);
	row[5] = kd_cell_hex(w->func);
}

static void end_pool(void *user, const struct kd_pool *p, const struct kd_pool_end *e)
{
	struct job *j = user;
	struct kd_cell *row;

	j->all_busy += j->busy;
	j->pending += e->pending;
	j->stuck += e->pending && p->has_progress && j->now > p->progress && j->hz && j->now - p->progress > 30 * (uint64_t)j->hz;
	if (j->count || (!j->o->all && !j->busy && !e->pending && !e->problem))
		return;
	row = kd_table_row(j->pools);
	row[0] = kd_cell_text(pool_name(j, p));
	row[1] = kd_cell_uint(p->workers);
	row[2] = kd_cell_uint(j->busy);
	row[3] = kd_cell_uint(p->idle);
	row[4] = kd_cell_uint(e->pending);
	row[5] = ago(j, p->has_progress, p->progress);
	row[6] = kd_cell_hex(p->flags);
	row[7] = kd_cell_hex(p->addr);
	row[8] = kd_cell_uint(p->running);
	row[9] = kd_cell_int(p->cpu);
	row[10] = kd_cell_int(p->id);
	if (e->problem) {
		const struct kd_view name = pool_name(j, p);

		kd_sheet_note(j->s, "pool %.*s: %s, at 0x%" PRIx64, (int)name.n, name.p, e->problem, e->at);
	}
}

static void inactive(void *user, const struct kd_inactive *i)
{
	struct job *j = user;
	struct kd_cell *row;

	j->in_queue += i->works;
	if (j->count)
		return;
	row = kd_table_row(j->queues);
	row[0] = i->name[0] ? kd_sheet_cell(j->s, kd_view_of(i->name)) : kd_cell_none(NULL);
	row[1] = kd_cell_uint(i->active);
	row[2] = i->max_active ? kd_cell_uint(i->max_active) : kd_cell_none("it is kept elsewhere since 6.8");
	row[3] = kd_cell_uint(i->works);
	row[4] = i->first ? kd_cell_text(kd_hang_symbol(j->d, j->s, i->first, true)) : kd_cell_none(NULL);
	row[5] = kd_cell_hex(i->queue);
	row[6] = kd_cell_hex(i->pwq);
}

static void tables(struct job *j)
{
	static const struct kd_column pools[] = {{"pool", "POOL"},    {"workers", "WORKERS"}, {"busy", "BUSY"},	    {"idle_workers", "IDLE"},
						 {"pending", "PENDING"}, {"progress", "LAST BEGUN"}, {"flags", "FLAGS"}, {"address", "ADDRESS"},
						 {"nr_running", NULL},	 {"cpu", NULL},		  {"id", NULL}};
	static const struct kd_column workers[] = {{"pool", "POOL"},   {"pid", "PID"},	    {"comm", "COMMAND"}, {"function", "WORKS ON"},
						   {"queue", "OF"},    {"since", "SINCE"},  {"scheduled", NULL}, {"work", "WORK"},
						   {"func", NULL},     {"worker", NULL},    {"desc", NULL},	 {"current_at", NULL}};
	static const struct kd_column works[] = {{"pool", "POOL"}, {"work", "PENDING"}, {"function", "FUNCTION"}, {"queue", "OF"},
						 {"flushed_by", "FLUSHED BY"}, {"func", NULL}};
	static const struct kd_column queues[] = {{"queue", "QUEUE"}, {"active", "ACTIVE"}, {"max_active", "AT MOST"}, {"works", "WAIT"},
						  {"first", "FIRST"}, {"address", NULL},    {"pwq", NULL}};

	j->pools = kd_sheet_table(j->s, "pools", pools, KD_ARRAY_LEN(pools));
	j->workers = kd_sheet_table(j->s, "workers", workers, KD_ARRAY_LEN(workers));
	j->works = kd_sheet_table(j->s, "works", works, KD_ARRAY_LEN(works));
	j->queues = kd_sheet_table(j->s, "queues", queues, KD_ARRAY_LEN(queues));
	j->pools->title = "pools";
	j->workers->title = "workers";
	j->works->title = "works that wait";
	j->queues->title = "work queues";
}

struct kd_error *kd_core_workqueue(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_pool_ops ops = {.pool = one_pool, .worker = one_worker, .work = one_work, .end = end_pool};
	struct job j = {.d = d, .s = s, .o = options, .count = true};
	struct kd_error *err = kd_dump_need_types(d);
	uint64_t jiffies;
	const char *why;

	(void)args;
	(void)nargs;
	if (err)
		return err;
	j.hz = kd_hang_hz(d, s);
	if (kd_kernel_symbol(kd_dump_kernel(d), "jiffies", &jiffies))
		(void)kd_word_at(kd_dump_kernel(d), jiffies, &j.now);
	why = kd_pools_each(kd_dump_kernel(d), &ops, &j);
	if (why && !j.pending && !j.all_busy)
		return kd_error_new(KD_NOTFOUND, "%s: %s", kd_dump_path(d), why);
	(void)kd_inactive_each(kd_dump_kernel(d), inactive, &j);
	kd_sheet_say(s, "%" PRIu64 " worker%s busy, %" PRIu64 " work%s wait%s for a worker, %" PRIu64 " for %s queue", j.all_busy,
		     j.all_busy == 1 ? " is" : "s are", j.pending, j.pending == 1 ? "" : "s", j.pending == 1 ? "s" : "", j.in_queue,
		     j.in_queue == 1 ? "its" : "their");
	if (j.stuck)
		kd_sheet_say(s, "%" PRIu64 " pool%s work and %s begun none for more than 30 s", j.stuck, j.stuck == 1 ? " has" : "s have",
			     j.stuck == 1 ? "has" : "have");
	j.count = false;
	j.all_busy = j.pending = j.stuck = 0;
	tables(&j);
	why = kd_pools_each(kd_dump_kernel(d), &ops, &j);
	if (why)
		kd_sheet_note(s, "%s", why);
	why = kd_inactive_each(kd_dump_kernel(d), inactive, &j);
	if (why)
		kd_sheet_note(s, "%s", why);
	return NULL;
}
