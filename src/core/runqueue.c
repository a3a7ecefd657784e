// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/runqueue.h"

#include "base/alloc.h"
#include "core/lists.h"
#include "core/words.h"

enum { RT_QUEUES_MAX = 256, PARENT = 0, RIGHT = 8, LEFT = 16, COLOUR = 3 };

struct job {
	struct kd_kernel *k;
	const struct kd_rq_ops *ops;
	void *user;
	const struct kd_rq *rq;
	struct kd_rq_end *end;
	struct kd_word nr_running, curr, idle, clock, switches, cfs, rt, dl, timeline, my_q, run_node, se, vruntime, deadline, delayed, prio,
		queued, queues, run_list, rt_entity, dl_root, dl_node, dl_entity, stop, on_rq;
	unsigned groups; /* that are open */
};

static void words(struct job *j)
{
	struct kd_kernel *k = j->k;

	j->nr_running = kd_word_of(k, "rq", "nr_running");
	j->curr = kd_word_of(k, "rq", "curr");
	j->idle = kd_word_of(k, "rq", "idle");
	j->clock = kd_word_of(k, "rq", "clock");
	j->switches = kd_word_of(k, "rq", "nr_switches");
	j->cfs = kd_word_of(k, "rq", "cfs");
	j->rt = kd_word_of(k, "rq", "rt");
	j->dl = kd_word_of(k, "rq", "dl");
	j->timeline = kd_word_of(k, "cfs_rq", "tasks_timeline.rb_root.rb_node");
	j->my_q = kd_word_of(k, "sched_entity", "my_q");
	j->run_node = kd_word_of(k, "sched_entity", "run_node");
	j->vruntime = kd_word_of(k, "sched_entity", "vruntime");
	j->deadline = kd_word_of(k, "sched_entity", "deadline");
	j->delayed = kd_word_of(k, "sched_entity", "sched_delayed");
	j->se = kd_word_of(k, "task_struct", "se");
	j->prio = kd_word_of(k, "task_struct", "prio");
	j->queued = kd_word_of(k, "task_struct", "sched_info.last_queued");
	j->queues = kd_word_of(k, "rt_rq", "active.queue");
	j->run_list = kd_word_of(k, "sched_rt_entity", "run_list");
	j->rt_entity = kd_word_of(k, "task_struct", "rt");
	j->dl_root = kd_word_of(k, "dl_rq", "root.rb_root.rb_node");
	j->dl_node = kd_word_of(k, "sched_dl_entity", "rb_node");
	j->stop = kd_word_of(k, "rq", "stop");
	j->on_rq = kd_word_of(k, "task_struct", "on_rq");
	j->dl_entity = kd_word_of(k, "task_struct", "dl");
}

static bool wrong(struct job *j, const char *what, uint64_t at)
{
	if (!j->end->problem) {
		j->end->problem = what;
		j->end->at = at;
	}
	return false;
}

/* --- trees ------------------------------------------------------------------------------------------- */

/* The left child of a node, which has to name the one above it as its parent (the root: 0). */
static bool go_down(struct job *j, uint64_t node, uint64_t above, uint64_t *left)
{
	uint64_t parent;

	if (!kd_word_at(j->k, node + PARENT, &parent) || !kd_word_at(j->k, node + LEFT, left))
		return wrong(j, "a node of a tree cannot be read", node);
	return (parent & ~(uint64_t)COLOUR) == above || wrong(j, "a node of a tree has another parent", node);
}

/* In order, without recursion. */
static void tree(struct job *j, uint64_t root_at, bool (*visit)(struct job *j, uint64_t node))
{
	uint64_t stack[KD_RQ_DEPTH], node, above = 0, left;
	size_t depth = 0;

	if (!kd_word_at(j->k, root_at, &node)) {
		wrong(j, "a tree cannot be read", root_at);
		return;
	}
	while (node || depth) {
		for (; node; above = node, node = left) {
			if (depth == KD_RQ_DEPTH) {
				wrong(j, "a tree is deeper than any", node);
				return;
			}
			if (!go_down(j, node, above, &left))
				return;
			stack[depth++] = node;
		}
		above = stack[--depth];
		if (!visit(j, above))
			return;
		if (!kd_word_at(j->k, above + RIGHT, &node)) {
			wrong(j, "a node of a tree cannot be read", above);
			return;
		}
	}
}

/* --- tasks ------------------------------------------------------------------------------------------- */

static bool tell(struct job *j, struct kd_rq_task *t)
{
	if (j->end->tasks == KD_RQ_TASKS)
		return wrong(j, "more tasks than are looked at wait to run", t->task);
	if (!kd_word_get(j->k, t->task, &j->prio, &t->prio))
		return wrong(j, "a task that waits to run cannot be read", t->task);
	t->has_queued = kd_word_get(j->k, t->task, &j->queued, &t->queued);
	j->end->tasks++;
	j->ops->task(j->user, j->rq, t);
	return true;
}

static bool fair_node(struct job *j, uint64_t node);

static bool group(struct job *j, uint64_t cfs)
{
	if (j->groups == KD_RQ_GROUPS)
		return wrong(j, "groups of tasks are nested deeper than any", cfs);
	j->groups++;
	tree(j, cfs + j->timeline.off, fair_node);
	j->groups--;
	return !j->end->problem;
}

static bool fair_node(struct job *j, uint64_t node)
{
	const uint64_t entity = node - j->run_node.off;
	struct kd_rq_task t = {.task = entity - j->se.off, .cls = KD_RQ_FAIR};
	uint64_t own = 0, delayed;

	if (j->my_q.known && !kd_word_get(j->k, entity, &j->my_q, &own))
		return wrong(j, "a node of a tree cannot be read", node);
	if (own)
		return group(j, own);
	t.has_order = kd_word_get(j->k, entity, &j->vruntime, &t.vruntime) &&
		      (!j->rq->eevdf || kd_word_get(j->k, entity, &j->deadline, &t.deadline));
	t.delayed = kd_word_get(j->k, entity, &j->delayed, &delayed) && delayed;
	return tell(j, &t);
}

static bool dl_node(struct job *j, uint64_t node)
{
	struct kd_rq_task t = {.task = node - j->dl_node.off - j->dl_entity.off, .cls = KD_RQ_DEADLINE};

	return tell(j, &t);
}

static bool rt_node(void *user, uint64_t node)
{
	struct job *j = user;
	struct kd_rq_task t = {.task = node - j->run_list.off - j->rt_entity.off, .cls = KD_RQ_RT};

	return tell(j, &t);
}

static void real_time(struct job *j)
{
	const uint64_t base = j->rq->addr + j->rt.off + j->queues.off;

	if (!j->rt.known || !j->queues.known || !j->run_list.known || !j->rt_entity.known)
		return;
	for (uint64_t i = 0; i < j->queues.whole / 16 && i < RT_QUEUES_MAX; i++) {
		struct kd_list_walk w;

		kd_list_each(j->k, base + 16 * i, KD_RQ_TASKS, rt_node, j, &w);
		if (w.state != KD_LIST_WHOLE && w.state != KD_LIST_STOPPED)
			wrong(j, "a list of real-time tasks is broken", w.at);
	}
}

/* It is in no queue: above all others there is this task alone. */
static void stopper(struct job *j)
{
	struct kd_rq_task t = {.cls = KD_RQ_STOP};
	uint64_t on;

	if (kd_word_get(j->k, j->rq->addr, &j->stop, &t.task) && t.task && kd_word_get(j->k, t.task, &j->on_rq, &on) && on == 1)
		(void)tell(j, &t);
}

static void one_queue(struct job *j, unsigned cpu, uint64_t base)
{
	struct kd_rq_end end = {0};
	struct kd_rq rq = {.cpu = cpu, .eevdf = j->deadline.known};

	if (!kd_word_percpu(j->k, base, cpu, &rq.addr)) {
		end.problem = "where its run queue is is not known";
	} else {
		rq.has_nr_running = kd_word_get(j->k, rq.addr, &j->nr_running, &rq.nr_running);
		(void)kd_word_get(j->k, rq.addr, &j->curr, &rq.curr);
		(void)kd_word_get(j->k, rq.addr, &j->idle, &rq.idle);
		rq.has_clock = kd_word_get(j->k, rq.addr, &j->clock, &rq.clock);
		rq.has_switches = kd_word_get(j->k, rq.addr, &j->switches, &rq.switches);
	}
	j->rq = &rq;
	j->end = &end;
	j->ops->cpu(j->user, &rq);
	if (rq.addr) {
		stopper(j);
		if (j->dl.known && j->dl_root.known && j->dl_node.known && j->dl_entity.known)
			tree(j, rq.addr + j->dl.off + j->dl_root.off, dl_node);
		real_time(j);
		if (j->cfs.known && j->timeline.known && j->run_node.known && j->se.known)
			tree(j, rq.addr + j->cfs.off + j->timeline.off, fair_node);
		else
			wrong(j, "how fair tasks are queued is not known", rq.addr);
	}
	j->ops->end(j->user, &rq, &end);
}

const char *kd_runqueues_each(struct kd_kernel *k, const struct kd_rq_ops *ops, void *user)
{
	kd_auto(kd_freep) unsigned *cpu = kd_xcalloc(KD_CPUS_MAX, sizeof(*cpu));
	const size_t n = kd_kernel_cpus(k, cpu, KD_CPUS_MAX);
	struct job j = {.k = k, .ops = ops, .user = user};
	uint64_t base;

	if (!kd_kernel_symbol(k, "runqueues", &base))
		return "the kernel's symbols name no run queues (CONFIG_KALLSYMS_ALL is off)";
	words(&j);
	if (!j.curr.known)
		return "how run queues are laid out is not known";
	for (size_t i = 0; i < n && i < KD_CPUS_MAX; i++)
		one_queue(&j, cpu[i], base);
	return NULL;
}
