// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the words lie that core/waits reads: once, by the presence of members. */
#include <string.h>

#include "base/alloc.h"
#include "core/waits_internal.h"

enum { WAITER_MAX = 512 };

static struct shape shape(struct kd_kernel *k, const char *waiter, const char *list, const char *task, const char *lock, const char *head,
			  const char *first)
{
	struct shape s = {.waiter = waiter, .lock = lock, .size = kd_word_sizeof(k, waiter)};
	const struct kd_word l = kd_word_of(k, waiter, list), t = kd_word_of(k, waiter, task), h = kd_word_of(k, lock, head);
	const struct kd_word f = first ? kd_word_of(k, lock, first) : (struct kd_word){0};

	if (!s.size || s.size > WAITER_MAX || !l.known || !t.known || (!h.known && !f.known))
		return s;
	s.known = true;
	s.headless = !h.known;
	s.list = l.off;
	s.task = t.off;
	s.head = h.known ? h.off : f.off;
	return s;
}

static void of_tasks(struct kd_waits *w)
{
	struct kd_kernel *k = w->k;

	w->state = kd_word_of(k, "task_struct", "__state|state");
	w->exit_state = kd_word_of(k, "task_struct", "exit_state");
	w->on_cpu = kd_word_of(k, "task_struct", "on_cpu");
	w->cpu = kd_word_of(k, "task_struct", "thread_info.cpu|cpu");
	w->iowait = kd_word_of(k, "task_struct", "in_iowait");
	w->stack = kd_word_of(k, "task_struct", "stack");
	w->sp = kd_word_of(k, "task_struct", "thread.sp|thread.cpu_context.sp"); /* x86_64; arm64 */
	w->exec_start = kd_word_of(k, "task_struct", "se.exec_start");
	w->switches[0] = kd_word_of(k, "task_struct", "nvcsw");
	w->switches[1] = kd_word_of(k, "task_struct", "nivcsw");
	w->last_count = kd_word_of(k, "task_struct", "last_switch_count");
	w->last_time = kd_word_of(k, "task_struct", "last_switch_time");
	w->pi_blocked_on = kd_word_of(k, "task_struct", "pi_blocked_on");
	w->blocked_on = kd_word_of(k, "task_struct", "blocked_on");
	w->blocker = kd_word_of(k, "task_struct", "blocker");
}

static void of_locks(struct kd_waits *w)
{
	struct kd_kernel *k = w->k;

	w->shape[SHAPE_MUTEX] = shape(k, "mutex_waiter", "list", "task", "mutex", "wait_list", "first_waiter");
	w->shape[SHAPE_RWSEM] = shape(k, "rwsem_waiter", "list", "task", "rw_semaphore", "wait_list", "first_waiter");
	w->shape[SHAPE_SEMAPHORE] = shape(k, "semaphore_waiter", "list", "task", "semaphore", "wait_list", "first_waiter");
	w->shape[SHAPE_SWAIT] = shape(k, "swait_queue", "task_list", "task", "swait_queue_head", "task_list", NULL);
	w->shape[SHAPE_QUEUE] = shape(k, "wait_queue_entry", "entry", "private", "wait_queue_head", "head", NULL);
	w->mutex_owner = kd_word_of(k, "mutex", "owner");
	w->rwsem_count = kd_word_of(k, "rw_semaphore", "count");
	w->rwsem_owner = kd_word_of(k, "rw_semaphore", "owner");
	w->rwsem_type = kd_word_of(k, "rwsem_waiter", "type");
	w->sem_count = kd_word_of(k, "semaphore", "count");
	w->sem_holder = kd_word_of(k, "semaphore", "last_holder");
	w->done = kd_word_of(k, "completion", "done");
	w->completion_wait = kd_word_of(k, "completion", "wait");
	w->rt_lock = kd_word_of(k, "rt_mutex_waiter", "lock");
	w->rt_task = kd_word_of(k, "rt_mutex_waiter", "task");
	w->rt_owner = kd_word_of(k, "rt_mutex_base", "owner");
	if (!w->rt_owner.known)
		w->rt_owner = kd_word_of(k, "rt_mutex", "owner"); /* before 5.15 */
}

static void of_queues(struct kd_waits *w)
{
	struct kd_kernel *k = w->k;

	w->func = kd_word_of(k, "wait_queue_entry", "func");
	w->percpu_waiters = kd_word_of(k, "percpu_rw_semaphore", "waiters");
	w->percpu_block = kd_word_of(k, "percpu_rw_semaphore", "block");
	w->page_wait = kd_word_of(k, "wait_page_queue", "wait");
	w->page_folio = kd_word_of(k, "wait_page_queue", "folio|page");
	w->page_bit = kd_word_of(k, "wait_page_queue", "bit_nr");
	w->bit_entry = kd_word_of(k, "wait_bit_queue_entry", "wq_entry");
	w->bit_word = kd_word_of(k, "wait_bit_queue_entry", "key.flags");
	w->bit_nr = kd_word_of(k, "wait_bit_queue_entry", "key.bit_nr");
	w->bar_done = kd_word_of(k, "wq_barrier", "done");
	w->bar_entry = kd_word_of(k, "wq_barrier", "work.entry");
	w->bar_task = kd_word_of(k, "wq_barrier", "task");
	w->worker_scheduled = kd_word_of(k, "worker", "scheduled");
	w->worker_task = kd_word_of(k, "worker", "task");
	w->worker_work = kd_word_of(k, "worker", "current_work");
	w->timer_task = kd_word_of(k, "process_timer", "task");
	w->timer_func = kd_word_of(k, "process_timer", "timer.function");
	w->timer_expires = kd_word_of(k, "process_timer", "timer.expires");
	w->timer_size = kd_word_sizeof(k, "process_timer");
	w->sleeper_task = kd_word_of(k, "hrtimer_sleeper", "task");
	w->sleeper_func = kd_word_of(k, "hrtimer_sleeper", "timer.function");
	w->sleeper_size = kd_word_sizeof(k, "hrtimer_sleeper");
}

/* --- clocks ------------------------------------------------------------------------------------------ */

static void run_queues(struct kd_waits *w, uint64_t base)
{
	const struct kd_word clock = kd_word_of(w->k, "rq", "clock"), clock_task = kd_word_of(w->k, "rq", "clock_task");
	kd_auto(kd_freep) unsigned *cpu = kd_xcalloc(KD_CPUS_MAX, sizeof(*cpu));
	size_t n = kd_kernel_cpus(w->k, cpu, KD_CPUS_MAX);

	w->rq = kd_xcalloc(KD_CPUS_MAX, sizeof(*w->rq));
	for (size_t i = 0; i < n && i < KD_CPUS_MAX; i++) {
		uint64_t at, now, task;

		if (!kd_word_percpu(w->k, base, cpu[i], &at) || !kd_word_get(w->k, at, &clock, &now) ||
		    !kd_word_get(w->k, at, &clock_task, &task) || task > now)
			continue;
		w->rq[cpu[i]].known = true;
		w->rq[cpu[i]].irq = now - task;
	}
}

void kd_waits_layout(struct kd_waits *w)
{
	static const char *const names[] = {"wake_page_function", "wake_bit_function", "percpu_rwsem_wake_function", "process_timeout",
					    "hrtimer_wakeup", "runqueues"};
	uint64_t addr[KD_ARRAY_LEN(names)];

	kd_word_symbols(w->k, names, KD_ARRAY_LEN(names), addr);
	w->wake_page = addr[0];
	w->wake_bit = addr[1];
	w->wake_percpu = addr[2];
	w->process_timeout = addr[3];
	w->hrtimer_wakeup = addr[4];
	of_tasks(w);
	of_locks(w);
	of_queues(w);
	kd_clock_read(w->k, &w->clock);
	if (addr[5])
		run_queues(w, addr[5]);
}
