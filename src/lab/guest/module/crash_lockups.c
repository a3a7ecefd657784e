// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs that do not come back for kdoc_spin_seconds. */
#include "kdoc_crash.h"

#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

noinline void kdoc_spin(void)
{
	unsigned long end = jiffies + kdoc_spin_seconds * HZ;

	while (time_before(jiffies, end))
		cpu_relax();				/* fault: soft_lockup */
}

static noinline int kdoc_soft_lockup(void)
{
	preempt_disable();
	kdoc_spin();
	preempt_enable();
	return 0;
}

static noinline int kdoc_rcu_stall(void)
{
	rcu_read_lock();
	kdoc_spin();
	rcu_read_unlock();
	return 0;
}

/* jiffies stand still if this CPU keeps them, so count milliseconds. */
static noinline int kdoc_irqs_off(void)
{
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	for (i = 0; i < kdoc_spin_seconds * 1000; i++)
		mdelay(1);				/* fault: irqs_off */
	local_irq_restore(flags);
	return 0;
}

static struct rcu_head kdoc_asked_head;
static int kdoc_asked;

static void kdoc_answered(struct rcu_head *head)
{
	WRITE_ONCE(kdoc_asked, 0);
}

/* Always awake, always waits for a grace period. */
static int kdoc_ask(void *data)
{
	while (!kthread_should_stop()) {
		if (!READ_ONCE(kdoc_asked)) {
			WRITE_ONCE(kdoc_asked, 1);
			call_rcu(&kdoc_asked_head, kdoc_answered);
		}
		cpu_relax();
		cond_resched();
	}
	rcu_barrier();
	return 0;
}

/*
 * An idle guest has no grace period that could stall, and its jiffies stand still together with
 * the CPU that keeps them, then no stall is noticed.  So another CPU does not sleep and asks for
 * grace periods; while this one sleeps for a moment, the other one gets the jiffies.
 */
static noinline int kdoc_rcu_stall_irqs_off(void)
{
	unsigned int here = raw_smp_processor_id(), other;
	struct task_struct *task;

	set_cpus_allowed_ptr(current, cpumask_of(here));
	other = cpumask_any_but(cpu_online_mask, here);
	if (other >= nr_cpu_ids)
		return kdoc_irqs_off();
	task = kthread_create(kdoc_ask, NULL, "kdoc-ask");
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, other);
	wake_up_process(task);
	msleep(100);
	kdoc_irqs_off();
	kthread_stop(task);
	return 0;
}

static void kdoc_hog_fn(struct work_struct *work)
{
	kdoc_spin();					/* fault: workqueue_lockup */
}

static void kdoc_starved_fn(struct work_struct *work)
{
}

static DECLARE_WORK(kdoc_hog, kdoc_hog_fn);
static DECLARE_WORK(kdoc_starved, kdoc_starved_fn);

/* Two works of one CPU's pool: the second waits for the first, which never sleeps. */
static noinline int kdoc_workqueue_lockup(void)
{
	queue_work_on(0, system_highpri_wq, &kdoc_hog);
	queue_work_on(0, system_highpri_wq, &kdoc_starved);
	msleep(kdoc_spin_seconds * 1000);
	return 0;
}

const struct kdoc_case kdoc_lockup_cases[] = {
	{ "soft_lockup",		kdoc_soft_lockup },
	{ "rcu_stall",			kdoc_rcu_stall },
	{ "irqs_off",			kdoc_rcu_stall_irqs_off },
	{ "hard_lockup",		kdoc_irqs_off },
	{ "workqueue_lockup",		kdoc_workqueue_lockup },
	{ }
};
