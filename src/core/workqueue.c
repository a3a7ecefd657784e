// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/workqueue.h"

#include "base/alloc.h"
#include "core/lists.h"
#include "core/walk.h"
#include "core/words.h"

enum { POOLS_PER_CPU_MAX = 8, HASH_MAX = 4096, QUEUES_MAX = 1 << 16 };

struct job {
	struct kd_kernel *k;
	const struct kd_pool_ops *ops;
	void *user;
	const struct kd_pool *pool;
	struct kd_pool_end *end;
	struct kd_word cpu, id, flags, nice, attrs, nworkers, idle, running, progress, manager, worklist, workers, hash_node;
	struct kd_word node, task, work, func, pwq, start, at, desc, scheduled;
	struct kd_word data, entry, work_func, pwq_pool, pwq_wq, wq_name, bar_work, bar_task;
	uint64_t barrier_func;
	bool scheduled_now; /* works that are visited are of a worker */
	size_t npools;
};

static void words(struct job *j)
{
	struct kd_kernel *k = j->k;

	j->cpu = kd_word_of(k, "worker_pool", "cpu");
	j->id = kd_word_of(k, "worker_pool", "id");
	j->flags = kd_word_of(k, "worker_pool", "flags");
	j->attrs = kd_word_of(k, "worker_pool", "attrs");
	j->nice = kd_word_of(k, "workqueue_attrs", "nice");
	j->nworkers = kd_word_of(k, "worker_pool", "nr_workers");
	j->idle = kd_word_of(k, "worker_pool", "nr_idle");
	j->running = kd_word_of(k, "worker_pool", "nr_running");
	j->progress = kd_word_of(k, "worker_pool", "watchdog_ts|last_progress_ts");
	j->manager = kd_word_of(k, "worker_pool", "manager");
	j->worklist = kd_word_of(k, "worker_pool", "worklist");
	j->workers = kd_word_of(k, "worker_pool", "workers");
	j->hash_node = kd_word_of(k, "worker_pool", "hash_node");
	j->node = kd_word_of(k, "worker", "node");
	j->task = kd_word_of(k, "worker", "task");
	j->work = kd_word_of(k, "worker", "current_work");
	j->func = kd_word_of(k, "worker", "current_func");
	j->pwq = kd_word_of(k, "worker", "current_pwq");
	j->start = kd_word_of(k, "worker", "current_start");
	j->at = kd_word_of(k, "worker", "current_at");
	j->desc = kd_word_of(k, "worker", "desc");
	j->scheduled = kd_word_of(k, "worker", "scheduled");
	j->data = kd_word_of(k, "work_struct", "data");
	j->entry = kd_word_of(k, "work_struct", "entry");
	j->work_func = kd_word_of(k, "work_struct", "func");
	j->pwq_pool = kd_word_of(k, "pool_workqueue", "pool");
	j->pwq_wq = kd_word_of(k, "pool_workqueue", "wq");
	j->wq_name = kd_word_of(k, "workqueue_struct", "name");
	j->bar_work = kd_word_of(k, "wq_barrier", "work");
	j->bar_task = kd_word_of(k, "wq_barrier", "task");
}

static void wrong(struct job *j, const char *what, uint64_t at)
{
	if (!j->end->problem) {
		j->end->problem = what;
		j->end->at = at;
	}
}

static void list_end(struct job *j, const struct kd_list_walk *w, const char *what)
{
	if (w->state != KD_LIST_WHOLE)
		wrong(j, what, w->at);
}

/* --- names of queues --------------------------------------------------------------------------------- */

static void queue_name(struct kd_kernel *k, const struct kd_word *name, uint64_t wq, char ret[KD_WQ_NAME])
{
	const size_t n = name->whole && name->whole < KD_WQ_NAME ? (size_t)name->whole + 1 : KD_WQ_NAME;

	if (!wq || !name->known || !kd_kernel_text(k, wq + name->off, n, ret))
		ret[0] = 0;
}

static bool queue_of_pwq(struct job *j, uint64_t pwq, char ret[KD_WQ_NAME])
{
	uint64_t pool, wq;

	ret[0] = 0;
	if (!pwq || !kd_word_get(j->k, pwq, &j->pwq_pool, &pool) || pool != j->pool->addr || !kd_word_get(j->k, pwq, &j->pwq_wq, &wq))
		return false;
	queue_name(j->k, &j->wq_name, wq, ret);
	return true;
}

/* The low bits of data are flags and a colour; how many has changed: the address is right where what is there names this pool. */
static void queue_of_work(struct job *j, uint64_t data, char ret[KD_WQ_NAME])
{
	for (unsigned bits = 7; bits <= 10; bits++)
		if (queue_of_pwq(j, data >> bits << bits, ret))
			return;
}

/* --- works ------------------------------------------------------------------------------------------- */

static bool one_work(void *user, uint64_t node)
{
	struct job *j = user;
	struct kd_work w = {.addr = node - j->entry.off};
	uint64_t data;

	if (!kd_word_get(j->k, w.addr, &j->work_func, &w.func) || !kd_word_get(j->k, w.addr, &j->data, &data)) {
		wrong(j, "a work cannot be read", w.addr);
		return false;
	}
	queue_of_work(j, data, w.queue);
	w.barrier = j->barrier_func && w.func == j->barrier_func;
	if (w.barrier && j->bar_work.known)
		(void)kd_word_get(j->k, w.addr - j->bar_work.off, &j->bar_task, &w.waiter);
	j->end->pending += !j->scheduled_now;
	j->ops->work(j->user, j->pool, &w);
	return true;
}

static bool count(void *user, uint64_t node)
{
	(void)node;
	++*(uint64_t *)user;
	return true;
}

static bool one_worker(void *user, uint64_t node)
{
	struct job *j = user;
	struct kd_worker w = {.addr = node - j->node.off};
	struct kd_list_walk walk;
	uint64_t pwq;

	if (!kd_word_get(j->k, w.addr, &j->task, &w.task) || !kd_word_get(j->k, w.addr, &j->work, &w.work) ||
	    !kd_word_get(j->k, w.addr, &j->func, &w.func)) {
		wrong(j, "a worker cannot be read", w.addr);
		return false;
	}
	if (w.work && kd_word_get(j->k, w.addr, &j->pwq, &pwq))
		(void)queue_of_pwq(j, pwq, w.queue);
	w.has_start = w.work && kd_word_get(j->k, w.addr, &j->start, &w.start);
	w.has_at = w.work && kd_word_get(j->k, w.addr, &j->at, &w.at);
	queue_name(j->k, &j->desc, w.addr, w.desc);
	if (j->scheduled.known) {
		kd_list_each(j->k, w.addr + j->scheduled.off, KD_WQ_WORKS, count, &w.scheduled, &walk);
		list_end(j, &walk, "the list of a worker's works is broken");
	}
	j->ops->worker(j->user, j->pool, &w);
	if (w.scheduled && j->scheduled.known) {
		j->scheduled_now = true;
		kd_list_each(j->k, w.addr + j->scheduled.off, KD_WQ_WORKS, one_work, j, &walk);
		j->scheduled_now = false;
	}
	return true;
}

/* --- pools ------------------------------------------------------------------------------------------- */

static void one_pool(struct job *j, uint64_t addr, bool bh)
{
	struct kd_pool p = {.addr = addr, .bh = bh, .cpu = -1, .id = -1};
	struct kd_pool_end end = {0};
	struct kd_list_walk walk;
	uint64_t attrs;

	if (j->npools++ == KD_WQ_POOLS)
		return;
	j->pool = &p;
	j->end = &end;
	if (!kd_word_signed(j->k, addr, &j->cpu, &p.cpu) || !kd_word_signed(j->k, addr, &j->id, &p.id))
		wrong(j, "the pool cannot be read", addr);
	(void)kd_word_get(j->k, addr, &j->flags, &p.flags);
	p.has_nice = kd_word_get(j->k, addr, &j->attrs, &attrs) && attrs && kd_word_signed(j->k, attrs, &j->nice, &p.nice);
	(void)kd_word_get(j->k, addr, &j->nworkers, &p.workers);
	(void)kd_word_get(j->k, addr, &j->idle, &p.idle);
	(void)kd_word_get(j->k, addr, &j->running, &p.running);
	p.has_progress = kd_word_get(j->k, addr, &j->progress, &p.progress);
	(void)kd_word_get(j->k, addr, &j->manager, &p.manager);
	j->ops->pool(j->user, &p);
	if (!end.problem && j->workers.known && j->node.known) {
		kd_list_each(j->k, addr + j->workers.off, KD_WQ_WORKERS, one_worker, j, &walk);
		list_end(j, &walk, "the list of its workers is broken");
	}
	if (!end.problem && j->worklist.known && j->entry.known) {
		kd_list_each(j->k, addr + j->worklist.off, KD_WQ_WORKS, one_work, j, &walk);
		list_end(j, &walk, "the list of its works is broken");
	}
	j->ops->end(j->user, &p, &end);
}

/* How many of `size` bytes lie at a per-CPU symbol: up to the next symbol, each naming this CPU (or -1 of BH: this one, too). */
static void pools_of_cpu(struct job *j, uint64_t base, unsigned cpu, uint64_t n, uint64_t size, bool bh)
{
	uint64_t at;

	if (!kd_word_percpu(j->k, base, cpu, &at))
		return;
	for (uint64_t i = 0; i < n; i++) {
		int64_t c;

		if (kd_word_signed(j->k, at + i * size, &j->cpu, &c) && c == (int64_t)cpu)
			one_pool(j, at + i * size, bh);
	}
}

static bool unbound(void *user, uint64_t index, uint64_t node)
{
	struct job *j = user;

	(void)index;
	one_pool(j, node - j->hash_node.off, false);
	return true;
}

static void unbound_pools(struct job *j, uint64_t hash)
{
	struct kd_ksym sym;

	if (!hash || !j->hash_node.known || !kd_ksyms_at(kd_kernel_symbols(j->k), hash, &sym))
		return;
	for (uint64_t i = 0; i < sym.size / 8 && i < HASH_MAX; i++) {
		struct kd_walk_end end;

		kd_walk_hlist(j->k, hash + 8 * i, KD_WQ_POOLS, unbound, j, &end);
	}
}

const char *kd_pools_each(struct kd_kernel *k, const struct kd_pool_ops *ops, void *user)
{
	static const char *const names[] = {"cpu_worker_pools", "bh_worker_pools", "unbound_pool_hash", "wq_barrier_func"};
	kd_auto(kd_freep) unsigned *cpu = kd_xcalloc(KD_CPUS_MAX, sizeof(*cpu));
	const size_t n = kd_kernel_cpus(k, cpu, KD_CPUS_MAX);
	const uint64_t size = kd_word_sizeof(k, "worker_pool");
	struct job j = {.k = k, .ops = ops, .user = user};
	uint64_t addr[KD_ARRAY_LEN(names)];

	kd_word_symbols(k, names, KD_ARRAY_LEN(names), addr);
	words(&j);
	if (!addr[0])
		return "the kernel's symbols name no worker pools (CONFIG_KALLSYMS_ALL is off)";
	if (!size || !j.cpu.known || !j.worklist.known || !j.task.known)
		return "how worker pools are laid out is not known";
	j.barrier_func = addr[3];
	for (size_t i = 0; i < n && i < KD_CPUS_MAX; i++)
		for (size_t b = 0; b < 2; b++) {
			struct kd_ksym sym;
			uint64_t many;

			if (!addr[b] || !kd_ksyms_at(kd_kernel_symbols(k), addr[b], &sym))
				continue;
			many = sym.size / size;
			pools_of_cpu(&j, addr[b], cpu[i], many && many <= POOLS_PER_CPU_MAX ? many : 2, size, b == 1);
		}
	unbound_pools(&j, addr[2]);
	return j.npools > KD_WQ_POOLS ? "there are more pools than are looked at" : NULL;
}

/* --- works that wait for their queue ------------------------------------------------------------------- */

struct inactive {
	struct kd_kernel *k;
	void (*visit)(void *user, const struct kd_inactive *i);
	void *user;
	const char *why;
	struct kd_word list, pwqs, pwqs_node, works, active, max_active, name, entry, func;
	uint64_t wq, first;
};

static bool first_work(void *user, uint64_t node)
{
	struct inactive *j = user;

	if (!j->first)
		j->first = node;
	return true;
}

static bool one_pwq(void *user, uint64_t node)
{
	struct inactive *j = user;
	struct kd_inactive i = {.queue = j->wq, .pwq = node - j->pwqs_node.off};
	struct kd_list_walk walk;

	j->first = 0;
	kd_list_each(j->k, i.pwq + j->works.off, KD_WQ_WORKS, first_work, j, &walk);
	if (walk.state != KD_LIST_WHOLE)
		j->why = "a list of works that wait for their queue is broken or not in the dump";
	if (!walk.n)
		return true;
	i.works = walk.n;
	queue_name(j->k, &j->name, j->wq, i.name);
	(void)kd_word_get(j->k, i.pwq, &j->active, &i.active);
	if (!kd_word_get(j->k, i.pwq, &j->max_active, &i.max_active))
		i.max_active = 0;
	if (j->first)
		(void)kd_word_get(j->k, j->first - j->entry.off, &j->func, &i.first);
	j->visit(j->user, &i);
	return true;
}

static bool one_wq(void *user, uint64_t node)
{
	struct inactive *j = user;
	struct kd_list_walk walk;

	j->wq = node - j->list.off;
	kd_list_each(j->k, j->wq + j->pwqs.off, KD_WQ_POOLS, one_pwq, j, &walk);
	if (walk.state != KD_LIST_WHOLE)
		j->why = "the parts of a workqueue are not all in the dump";
	return true;
}

const char *kd_inactive_each(struct kd_kernel *k, void (*visit)(void *user, const struct kd_inactive *i), void *user)
{
	struct inactive j = {.k = k, .visit = visit, .user = user,
			     .list = kd_word_of(k, "workqueue_struct", "list"), .pwqs = kd_word_of(k, "workqueue_struct", "pwqs"),
			     .pwqs_node = kd_word_of(k, "pool_workqueue", "pwqs_node"),
			     .works = kd_word_of(k, "pool_workqueue", "inactive_works|delayed_works"), /* the second until 5.13 */
			     .active = kd_word_of(k, "pool_workqueue", "nr_active"),
			     .max_active = kd_word_of(k, "pool_workqueue", "max_active"),
			     .name = kd_word_of(k, "workqueue_struct", "name"), .entry = kd_word_of(k, "work_struct", "entry"),
			     .func = kd_word_of(k, "work_struct", "func")};
	struct kd_list_walk walk;
	uint64_t head;

	if (!kd_kernel_symbol(k, "workqueues", &head) || !j.list.known || !j.pwqs.known || !j.pwqs_node.known || !j.works.known || !j.entry.known)
		return "the list of workqueues is not known";
	kd_list_each(k, head, QUEUES_MAX, one_wq, &j, &walk);
	if (walk.state != KD_LIST_WHOLE)
		return "the list of workqueues is broken or not in the dump";
	return j.why;
}
