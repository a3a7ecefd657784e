// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that wait for each other, or for nothing.  Whoever hangs is a kernel
 * thread with a known name in a known function; the truth file has their ids
 * and the addresses of the locks.
 */
#include "kdoc_crash.h"

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

static DEFINE_MUTEX(kdoc_mutex_a);
static DEFINE_MUTEX(kdoc_mutex_b);
static DECLARE_RWSEM(kdoc_rwsem);
static DECLARE_COMPLETION(kdoc_a_held);
static DECLARE_COMPLETION(kdoc_b_held);
static DECLARE_COMPLETION(kdoc_rwsem_held);
static DECLARE_COMPLETION(kdoc_never);

/* Who was started, by name; ids stay known after a thread has ended. */
#define KDOC_WAITERS_MAX	8
static struct kdoc_waiter {
	const char *name;
	struct task_struct *task;
	pid_t tid;
} kdoc_waiters[KDOC_WAITERS_MAX];
static unsigned int kdoc_nwaiters;

static int kdoc_start(int (*fn)(void *), const char *name)
{
	struct task_struct *task;

	if (kdoc_nwaiters == KDOC_WAITERS_MAX)
		return -EBUSY;
	task = kthread_run(fn, NULL, "%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kdoc_waiters[kdoc_nwaiters].name = name;
	kdoc_waiters[kdoc_nwaiters].task = task;
	kdoc_waiters[kdoc_nwaiters].tid = task->pid;
	kdoc_nwaiters++;
	return 0;
}

/* ---- AB-BA ---- */

static noinline int kdoc_lock_ab(void *data)
{
	mutex_lock(&kdoc_mutex_a);
	complete(&kdoc_a_held);
	wait_for_completion(&kdoc_b_held);
	mutex_lock(&kdoc_mutex_b);			/* fault: hung_task */
	mutex_unlock(&kdoc_mutex_b);
	mutex_unlock(&kdoc_mutex_a);
	return 0;
}

static noinline int kdoc_lock_ba(void *data)
{
	mutex_lock(&kdoc_mutex_b);
	complete(&kdoc_b_held);
	wait_for_completion(&kdoc_a_held);
	mutex_lock(&kdoc_mutex_a);			/* fault: deadlock */
	mutex_unlock(&kdoc_mutex_a);
	mutex_unlock(&kdoc_mutex_b);
	return 0;
}

/* Holds nothing: a victim of the two. */
static noinline int kdoc_lock_third(void *data)
{
	mutex_lock(&kdoc_mutex_a);
	mutex_unlock(&kdoc_mutex_a);
	return 0;
}

static int kdoc_run_hung_task(void)
{
	int ret = kdoc_start(kdoc_lock_ab, "kdoc-ab");

	return ret ? ret : kdoc_start(kdoc_lock_ba, "kdoc-ba");
}

static int kdoc_run_deadlock(void)
{
	int ret = kdoc_run_hung_task();

	if (ret)
		return ret;
	msleep(500);
	return kdoc_start(kdoc_lock_third, "kdoc-third");
}

/* ---- an owner that sleeps, an event that does not come ---- */

/* Not reported itself: it sleeps interruptibly. */
static noinline int kdoc_rwsem_owner(void *data)
{
	down_write(&kdoc_rwsem);
	complete(&kdoc_rwsem_held);
	schedule_timeout_interruptible(kdoc_hang_seconds * HZ);
	up_write(&kdoc_rwsem);
	return 0;
}

static noinline int kdoc_rwsem_reader(void *data)
{
	wait_for_completion(&kdoc_rwsem_held);
	down_read(&kdoc_rwsem);				/* fault: rwsem_hang */
	up_read(&kdoc_rwsem);
	return 0;
}

static int kdoc_run_rwsem_hang(void)
{
	int ret = kdoc_start(kdoc_rwsem_owner, "kdoc-owner");

	return ret ? ret : kdoc_start(kdoc_rwsem_reader, "kdoc-reader");
}

static noinline int kdoc_completion_wait(void *data)
{
	wait_for_completion(&kdoc_never);		/* fault: completion_hang */
	return 0;
}

static noinline int kdoc_completion_late(void *data)
{
	schedule_timeout_interruptible(kdoc_hang_seconds * HZ);
	complete(&kdoc_never);
	return 0;
}

static int kdoc_run_completion_hang(void)
{
	int ret = kdoc_start(kdoc_completion_wait, "kdoc-waiter");

	return ret ? ret : kdoc_start(kdoc_completion_late, "kdoc-late");
}

void kdoc_lock_truth(struct seq_file *seq)
{
	unsigned int i;

	seq_printf(seq, "lock.mutex_a 0x%px\n", &kdoc_mutex_a);
	seq_printf(seq, "lock.mutex_b 0x%px\n", &kdoc_mutex_b);
	seq_printf(seq, "lock.rwsem 0x%px\n", &kdoc_rwsem);
	seq_printf(seq, "lock.completion 0x%px\n", &kdoc_never);
	for (i = 0; i < kdoc_nwaiters; i++) {
		seq_printf(seq, "task.%s.tid %d\n", kdoc_waiters[i].name, kdoc_waiters[i].tid);
		seq_printf(seq, "task.%s.address 0x%px\n", kdoc_waiters[i].name,
			   kdoc_waiters[i].task);
	}
}

const struct kdoc_case kdoc_lock_cases[] = {
	{ "hung_task",			kdoc_run_hung_task },
	{ "deadlock",			kdoc_run_deadlock },
	{ "rwsem_hang",			kdoc_run_rwsem_hang },
	{ "completion_hang",		kdoc_run_completion_hang },
	{ }
};
