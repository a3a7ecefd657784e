// SPDX-License-Identifier: GPL-2.0-or-later
/* Crashes in interrupts, timers, workers, kernel threads; sleeping where that is forbidden. */
#include "kdoc_crash.h"

#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>

static struct hrtimer kdoc_hrtimer;
static struct timer_list kdoc_timer;
static struct tasklet_struct kdoc_tasklet;
static struct work_struct kdoc_work;
static struct workqueue_struct *kdoc_workqueue;

static enum hrtimer_restart kdoc_hrtimer_fn(struct hrtimer *timer)
{
	kdoc_null_write();
	return HRTIMER_NORESTART;
}

static void kdoc_timer_fn(struct timer_list *timer)
{
	kdoc_null_read();
}

static void kdoc_tasklet_fn(struct tasklet_struct *tasklet)
{
	kdoc_bug();
}

static void kdoc_work_fn(struct work_struct *work)
{
	kdoc_null_write();
}

static int kdoc_kthread_fn(void *data)
{
	kdoc_null_write();
	return 0;
}

static int kdoc_run_hardirq(void)
{
	hrtimer_start(&kdoc_hrtimer, ms_to_ktime(50), HRTIMER_MODE_REL_HARD);
	msleep(1000);
	return 0;
}

static int kdoc_run_softirq_timer(void)
{
	mod_timer(&kdoc_timer, jiffies + HZ / 20);
	msleep(1000);
	return 0;
}

static int kdoc_run_softirq_tasklet(void)
{
	tasklet_schedule(&kdoc_tasklet);
	msleep(1000);
	return 0;
}

static int kdoc_run_workqueue(void)
{
	queue_work(kdoc_workqueue, &kdoc_work);
	msleep(1000);	/* no flush: the worker does not come back */
	return 0;
}

static int kdoc_run_kthread(void)
{
	struct task_struct *task = kthread_run(kdoc_kthread_fn, NULL, "kdoc-worker/%d", 3);

	if (IS_ERR(task))
		return PTR_ERR(task);
	msleep(1000);
	return 0;
}

static noinline int kdoc_atomic(void)
{
	preempt_disable();
	msleep(20);					/* fault: atomic */
	/* No preempt_enable(): __schedule_bug() has reset the count already. */
	return 0;
}

static noinline int kdoc_sleep_in_atomic(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();					/* fault: sleep_in_atomic */
	spin_unlock(&lock);
	return 0;
}

static noinline int kdoc_preemptible(void)
{
	return smp_processor_id() < 0;			/* fault: preemptible */
}

int kdoc_context_init(void)
{
	kdoc_workqueue = alloc_workqueue("kdoc_wq", WQ_UNBOUND, 0);
	if (!kdoc_workqueue)
		return -ENOMEM;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&kdoc_hrtimer, kdoc_hrtimer_fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&kdoc_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	kdoc_hrtimer.function = kdoc_hrtimer_fn;
#endif
	timer_setup(&kdoc_timer, kdoc_timer_fn, 0);
	tasklet_setup(&kdoc_tasklet, kdoc_tasklet_fn);
	INIT_WORK(&kdoc_work, kdoc_work_fn);
	return 0;
}

const struct kdoc_case kdoc_context_cases[] = {
	{ "hardirq",			kdoc_run_hardirq },
	{ "softirq_timer",		kdoc_run_softirq_timer },
	{ "softirq_tasklet",		kdoc_run_softirq_tasklet },
	{ "workqueue",			kdoc_run_workqueue },
	{ "kthread",			kdoc_run_kthread },
	{ "atomic",			kdoc_atomic },
	{ "sleep_in_atomic",		kdoc_sleep_in_atomic },
	{ "preemptible",		kdoc_preemptible },
	{ }
};
