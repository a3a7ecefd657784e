// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For lockdep and the object debugger: orders and contexts that would be wrong
 * one day, but do not deadlock now.  Lockdep says one thing per boot.
 */
#include "kdoc_crash.h"

#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static DEFINE_MUTEX(kdoc_order_a);
static DEFINE_MUTEX(kdoc_order_b);
static DEFINE_SPINLOCK(kdoc_irq_lock);
static DEFINE_SPINLOCK(kdoc_irq_outer);
static DEFINE_SPINLOCK(kdoc_irq_inner);
static spinlock_t kdoc_twins[2];
static DEFINE_MUTEX(kdoc_kept);

static noinline int kdoc_lockdep_order(void)
{
	mutex_lock(&kdoc_order_a);
	mutex_lock(&kdoc_order_b);
	mutex_unlock(&kdoc_order_b);
	mutex_unlock(&kdoc_order_a);

	mutex_lock(&kdoc_order_b);
	mutex_lock(&kdoc_order_a);			/* fault: lockdep_order */
	mutex_unlock(&kdoc_order_a);
	mutex_unlock(&kdoc_order_b);
	return 0;
}

/* Two locks of one class: lockdep can't tell them from one lock taken twice. */
static noinline int kdoc_lockdep_recursive(void)
{
	int i;

	for (i = 0; i < 2; i++)
		spin_lock_init(&kdoc_twins[i]);
	spin_lock(&kdoc_twins[0]);
	spin_lock(&kdoc_twins[1]);			/* fault: lockdep_recursive */
	spin_unlock(&kdoc_twins[1]);
	spin_unlock(&kdoc_twins[0]);
	return 0;
}

/* Runs in softirq context, where it takes a lock. */
static void kdoc_lock_tasklet_fn(struct tasklet_struct *tasklet)
{
	spin_lock(&kdoc_irq_lock);
	spin_unlock(&kdoc_irq_lock);
}

static DECLARE_TASKLET(kdoc_lock_tasklet, kdoc_lock_tasklet_fn);

static noinline int kdoc_lockdep_inconsistent(void)
{
	tasklet_schedule(&kdoc_lock_tasklet);
	msleep(500);
	spin_lock(&kdoc_irq_lock);			/* fault: lockdep_inconsistent */
	spin_unlock(&kdoc_irq_lock);
	return 0;
}

static void kdoc_outer_tasklet_fn(struct tasklet_struct *tasklet)
{
	spin_lock(&kdoc_irq_outer);
	spin_unlock(&kdoc_irq_outer);
}

static DECLARE_TASKLET(kdoc_outer_tasklet, kdoc_outer_tasklet_fn);

/* A lock that is safe in softirqs depends on one that is not. */
static noinline int kdoc_lockdep_inversion(void)
{
	tasklet_schedule(&kdoc_outer_tasklet);
	msleep(500);
	spin_lock(&kdoc_irq_inner);
	spin_unlock(&kdoc_irq_inner);

	spin_lock_bh(&kdoc_irq_outer);
	spin_lock(&kdoc_irq_inner);			/* fault: lockdep_inversion */
	spin_unlock(&kdoc_irq_inner);
	spin_unlock_bh(&kdoc_irq_outer);
	return 0;
}

static noinline int kdoc_lockdep_unlock(void)
{
#ifdef CONFIG_PROVE_LOCKING
	/* The lock's word says locked, its class says that nobody holds it. */
	spin_lock(&kdoc_irq_lock);
	lock_release(&kdoc_irq_lock.rlock.dep_map, _THIS_IP_);
	spin_unlock(&kdoc_irq_lock);			/* fault: lockdep_unlock */
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

/* The task goes back to user space with it. */
static noinline int kdoc_lockdep_held(void)
{
	mutex_lock(&kdoc_kept);				/* fault: lockdep_held */
	return 0;
}

struct kdoc_with_timer {
	u64 before;
	struct timer_list timer;
};

static void __maybe_unused kdoc_late_fn(struct timer_list *timer)
{
}

static noinline int kdoc_debug_objects(void)
{
#if defined(CONFIG_DEBUG_OBJECTS_FREE) && defined(CONFIG_DEBUG_OBJECTS_TIMERS)
	struct kdoc_with_timer *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	timer_setup(&object->timer, kdoc_late_fn, 0);
	mod_timer(&object->timer, jiffies + 60 * HZ);
	kfree(object);					/* fault: debug_objects */
	return 0;
#else
	return -EOPNOTSUPP;	/* the timer would run in freed memory */
#endif
}

const struct kdoc_case kdoc_lockdep_cases[] = {
	{ "lockdep_order",		kdoc_lockdep_order },
	{ "lockdep_recursive",		kdoc_lockdep_recursive },
	{ "lockdep_inconsistent",	kdoc_lockdep_inconsistent },
	{ "lockdep_inversion",		kdoc_lockdep_inversion },
	{ "lockdep_unlock",		kdoc_lockdep_unlock },
	{ "lockdep_held",		kdoc_lockdep_held },
	{ "debug_objects",		kdoc_debug_objects },
	{ }
};
