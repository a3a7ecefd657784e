// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kdoc_crash - break a kernel in a named, well-known way
 *
 * Writing the name of a case to <debugfs>/kdoc_crash/trigger runs it; reading
 * that file lists the cases.  Reading <debugfs>/kdoc_crash/facts gives the
 * run-time addresses a test needs to judge a report of the crash.
 *
 * What a test relies on:
 *  - every faulting function is noinline and named kdoc_<case>, with few
 *    exceptions named in ../cases.list;
 *  - the faulting line carries a "fault: <case>" comment, from which
 *    capture.sh takes the line number;
 *  - bad pointers are constants below, and KDOC_FIELD_OFFSET is the offset of
 *    the accessed member, so the fault address is known beforehand.
 *
 * Load it in throw-away virtual machines only.
 */
#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/poison.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#define KDOC_FIELD_OFFSET	0x48

/* The accessed member sits at a fixed offset, the truth about each access. */
struct kdoc_victim {
	u8 head[KDOC_FIELD_OFFSET];
	u64 field;
	struct kdoc_victim *next;
};

static_assert(offsetof(struct kdoc_victim, field) == KDOC_FIELD_OFFSET);

/* In no mapping of any kernel we boot, but canonical on x86-64 and arm64. */
#define KDOC_UNMAPPED		0xfffff000deadb000UL
/* Bits 48..63 are neither all zero nor all one. */
#define KDOC_NON_CANONICAL	0xdead4ead0000b000UL
/* A user space address nothing is mapped at. */
#define KDOC_USER_ADDRESS	0x0000414141414000UL

static unsigned int spin_seconds = 15;
module_param(spin_seconds, uint, 0644);
MODULE_PARM_DESC(spin_seconds, "how long soft_lockup, rcu_stall and friends keep a CPU busy");

static struct dentry *kdoc_dir;
static const void __user *kdoc_user_buffer;

static const u64 kdoc_read_only = 1;
static u64 kdoc_data[8];

/* Keep the compiler from seeing through a bad pointer or size. */
#define kdoc_hide(value) ({ typeof(value) hidden_ = (value); OPTIMIZER_HIDE_VAR(hidden_); hidden_; })

/* ---- bad pointers ---- */

/*
 * The first function of the module's text: nothing is mapped below it, so the
 * kernel can't print the code bytes before the fault and says so instead.
 */
static noinline int kdoc_user_read(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)KDOC_USER_ADDRESS);

	return READ_ONCE(victim->field) == 42;		/* fault: user_read */
}

static noinline int kdoc_null_write(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)NULL);

	WRITE_ONCE(victim->field, 42);			/* fault: null_write */
	return 0;
}

static noinline int kdoc_null_read(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)NULL);

	return READ_ONCE(victim->field) == 42;		/* fault: null_read */
}

static noinline int kdoc_null_call(void)
{
	int (*function)(void) = kdoc_hide((int (*)(void))NULL);

	return function() + 1;				/* fault: null_call */
}

static noinline int kdoc_gpf(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)KDOC_NON_CANONICAL);

	return READ_ONCE(victim->field) == 42;		/* fault: gpf */
}

static noinline int kdoc_paging(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)KDOC_UNMAPPED);

	return READ_ONCE(victim->field) == 42;		/* fault: paging */
}

/* The member's offset carries the address past zero: it looks like NULL. */
static noinline int kdoc_err_ptr(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)ERR_PTR(-ENOMEM));

	return READ_ONCE(victim->field) == 42;		/* fault: err_ptr */
}

static noinline int kdoc_err_ptr_head(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)ERR_PTR(-ENOMEM));

	return READ_ONCE(victim->head[0]) == 42;	/* fault: err_ptr_head */
}

static noinline int kdoc_ro_write(void)
{
	u64 *value = kdoc_hide((u64 *)&kdoc_read_only);

	WRITE_ONCE(*value, 42);				/* fault: ro_write */
	return 0;
}

static noinline int kdoc_exec_nx(void)
{
	int (*function)(void) = kdoc_hide((int (*)(void))kdoc_data);

	return function() + 1;				/* fault: exec_nx */
}

/* ---- statements that stop the kernel ---- */

static noinline int kdoc_bug(void)
{
	BUG();						/* fault: bug */
	return 0;
}

static noinline int kdoc_warn(void)
{
	return WARN(kdoc_hide(1), "kdoc: %d of %s went wrong\n", 7, "these things"); /* fault: warn */
}

static noinline int kdoc_warn_on(void)
{
	return WARN_ON(kdoc_hide(1));			/* fault: warn_on */
}

static noinline int kdoc_panic(void)
{
	panic("kdoc: requested panic, code %d", kdoc_hide(42)); /* fault: panic */
	return 0;
}

static noinline int kdoc_divide(void)
{
#ifdef CONFIG_X86
	unsigned int high = 0, low = 42;

	asm volatile("divl %2" : "+d" (high), "+a" (low) : "r" (kdoc_hide(0))); /* fault: divide */
	return low;
#else
	return -EOPNOTSUPP;	/* other CPUs don't trap */
#endif
}

static noinline int kdoc_invalid_opcode(void)
{
#if defined(CONFIG_X86)
	/* UD0 %eax,%eax: unlike ud2, neither BUG() nor a dead end to objtool. */
	asm volatile(".byte 0x0f, 0xff, 0xc0");		/* fault: invalid_opcode */
#elif defined(CONFIG_ARM64)
	asm volatile(".inst 0x00000000");
#endif
	return 0;
}

/* ---- stacks ---- */

static noinline int kdoc_stack_overflow(int depth)
{
	volatile u8 frame[256];

	frame[depth & 255] = depth;
	if (kdoc_hide(depth) < 0)
		return 0;
	return kdoc_stack_overflow(depth + 1) + frame[0];
}

static int kdoc_run_stack_overflow(void)
{
	return kdoc_stack_overflow(0);
}

static noinline int kdoc_stack_protector(void)
{
	u8 buffer[32] = { 0 };
	volatile u8 *byte = kdoc_hide(&buffer[0]);
	int i;

	/* Only the canary is lost: the check runs when the function returns. */
	for (i = 0; i < kdoc_hide(40); i++)
		byte[i] = 0x5a;
	return byte[3];					/* fault: stack_protector */
}

/* ---- checked data structures and copies ---- */

static noinline int kdoc_list_del(void)
{
	struct list_head entry;
	LIST_HEAD(list);

	list_add(&entry, &list);
	list_del(&entry);
	list_del(kdoc_hide(&entry));			/* fault: list_del */
	return 0;
}

static noinline int kdoc_list_add(void)
{
	struct list_head entry, stray;
	LIST_HEAD(list);

	INIT_LIST_HEAD(&stray);
	list.next = kdoc_hide(&stray);
	list_add(&entry, &list);			/* fault: list_add */
	return 0;
}

static noinline int kdoc_refcount_zero(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);				/* fault: refcount_zero */
	return refcount_read(&count);
}

static noinline int kdoc_refcount_saturated(void)
{
	refcount_t count = REFCOUNT_INIT(INT_MAX);

	refcount_inc(&count);				/* fault: refcount_saturated */
	return refcount_read(&count);
}

static noinline int kdoc_refcount_underflow(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	return refcount_dec_and_test(&count);		/* fault: refcount_underflow */
}

static noinline int kdoc_usercopy(void)
{
	void *object = kzalloc(64, GFP_KERNEL);
	unsigned long left;

	if (!object)
		return -ENOMEM;
	left = copy_to_user((void __user *)kdoc_user_buffer, kdoc_hide(object), kdoc_hide(128UL)); /* fault: usercopy */
	kfree(object);
	return left != 0;
}

/* The compiler knows the object's size here, so a check comes before usercopy's. */
static noinline int kdoc_copy_overflow(void)
{
	u8 buffer[16] = { 0 };

	return copy_to_user((void __user *)kdoc_user_buffer, buffer, kdoc_hide(32UL)) != 0; /* fault: copy_overflow */
}

static noinline int kdoc_fortify(void)
{
	u8 buffer[16];

	memcpy(buffer, kdoc_data, kdoc_hide(32UL));	/* fault: fortify */
	return kdoc_hide(&buffer[0])[5];
}

/* ---- memory that is no longer ours ---- */

/* Boot with init_on_free=1 (next reads as NULL) or slub_debug=P (0x6b bytes). */
static noinline int kdoc_use_after_free(void)
{
	struct kdoc_victim *victim = kzalloc(sizeof(*victim), GFP_KERNEL);
	struct kdoc_victim *next;

	if (!victim)
		return -ENOMEM;
	victim->next = victim;
	kfree(victim);
	next = READ_ONCE(kdoc_hide(victim)->next);
	return READ_ONCE(next->field) == 42;		/* fault: use_after_free */
}

static noinline int kdoc_double_free(void)
{
	void *object = kzalloc(96, GFP_KERNEL);

	kfree(object);
	kfree(kdoc_hide(object));			/* fault: double_free */
	return 0;
}

static noinline int kdoc_redzone(void)
{
	u8 *object = kzalloc(96, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kdoc_hide(object)[96] = 0x5a;
	kfree(object);					/* fault: redzone */
	return 0;
}

static noinline int kdoc_out_of_bounds(void)
{
	u8 *object = kzalloc(96, GFP_KERNEL);
	int value;

	if (!object)
		return -ENOMEM;
	value = READ_ONCE(kdoc_hide(object)[100]);	/* fault: out_of_bounds */
	kfree(object);
	return value;
}

/* A large order bypasses the per-CPU lists, whose checks come much later. */
static noinline int kdoc_bad_page(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 5);

	if (!page)
		return -ENOMEM;
	atomic_set(&page->_mapcount, 5);
	__free_pages(page, 5);				/* fault: bad_page */
	return 0;
}

static noinline int kdoc_oom(void)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	while (!fatal_signal_pending(current)) {
		page = alloc_page(GFP_KERNEL);		/* fault: oom */
		if (!page)
			break;
		list_add(&page->lru, &pages);
	}
	list_for_each_entry_safe(page, next, &pages, lru)
		__free_page(page);
	return 0;
}

/* ---- contexts ---- */

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

/* ---- lockups and stalls ---- */

static noinline void kdoc_spin(void)
{
	unsigned long end = jiffies + spin_seconds * HZ;

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
	for (i = 0; i < spin_seconds * 1000; i++)
		mdelay(1);				/* fault: irqs_off */
	local_irq_restore(flags);
	return 0;
}

static DEFINE_MUTEX(kdoc_mutex_a);
static DEFINE_MUTEX(kdoc_mutex_b);
static DECLARE_COMPLETION(kdoc_a_held);
static DECLARE_COMPLETION(kdoc_b_held);

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
	mutex_lock(&kdoc_mutex_a);
	mutex_unlock(&kdoc_mutex_a);
	mutex_unlock(&kdoc_mutex_b);
	return 0;
}

static int kdoc_run_hung_task(void)
{
	struct task_struct *task = kthread_run(kdoc_lock_ab, NULL, "kdoc-ab");

	if (IS_ERR(task))
		return PTR_ERR(task);
	task = kthread_run(kdoc_lock_ba, NULL, "kdoc-ba");
	return PTR_ERR_OR_ZERO(task);
}

/* ---- the trigger file ---- */

struct kdoc_case {
	const char *name;
	int (*run)(void);
};

static const struct kdoc_case kdoc_cases[] = {
	{ "null_write",		kdoc_null_write },
	{ "null_read",		kdoc_null_read },
	{ "null_call",		kdoc_null_call },
	{ "gpf",		kdoc_gpf },
	{ "paging",		kdoc_paging },
	{ "err_ptr",		kdoc_err_ptr },
	{ "err_ptr_head",	kdoc_err_ptr_head },
	{ "user_read",		kdoc_user_read },
	{ "ro_write",		kdoc_ro_write },
	{ "exec_nx",		kdoc_exec_nx },
	{ "bug",		kdoc_bug },
	{ "warn",		kdoc_warn },
	{ "warn_on",		kdoc_warn_on },
	{ "panic",		kdoc_panic },
	{ "divide",		kdoc_divide },
	{ "invalid_opcode",	kdoc_invalid_opcode },
	{ "stack_overflow",	kdoc_run_stack_overflow },
	{ "stack_protector",	kdoc_stack_protector },
	{ "list_del",		kdoc_list_del },
	{ "list_add",		kdoc_list_add },
	{ "refcount_zero",	kdoc_refcount_zero },
	{ "refcount_saturated",	kdoc_refcount_saturated },
	{ "refcount_underflow",	kdoc_refcount_underflow },
	{ "usercopy",		kdoc_usercopy },
	{ "copy_overflow",	kdoc_copy_overflow },
	{ "fortify",		kdoc_fortify },
	{ "use_after_free",	kdoc_use_after_free },
	{ "double_free",	kdoc_double_free },
	{ "redzone",		kdoc_redzone },
	{ "out_of_bounds",	kdoc_out_of_bounds },
	{ "bad_page",		kdoc_bad_page },
	{ "oom",		kdoc_oom },
	{ "hardirq",		kdoc_run_hardirq },
	{ "softirq_timer",	kdoc_run_softirq_timer },
	{ "softirq_tasklet",	kdoc_run_softirq_tasklet },
	{ "workqueue",		kdoc_run_workqueue },
	{ "kthread",		kdoc_run_kthread },
	{ "atomic",		kdoc_atomic },
	{ "sleep_in_atomic",	kdoc_sleep_in_atomic },
	{ "soft_lockup",	kdoc_soft_lockup },
	{ "rcu_stall",		kdoc_rcu_stall },
	{ "irqs_off",		kdoc_irqs_off },
	{ "hung_task",		kdoc_run_hung_task },
};

static const struct kdoc_case *kdoc_case_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdoc_cases); i++)
		if (!strcmp(kdoc_cases[i].name, name))
			return &kdoc_cases[i];
	return NULL;
}

static ssize_t kdoc_trigger_write(struct file *file, const char __user *buffer,
				  size_t size, loff_t *offset)
{
	const struct kdoc_case *found;
	char name[32];
	int ret;

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buffer, size))
		return -EFAULT;
	name[size] = '\0';

	found = kdoc_case_find(strim(name));
	if (!found)
		return -ENOENT;
	kdoc_user_buffer = buffer;
	ret = found->run();
	return ret < 0 ? ret : size;
}

static int kdoc_trigger_show(struct seq_file *seq, void *data)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdoc_cases); i++)
		seq_printf(seq, "%s\n", kdoc_cases[i].name);
	return 0;
}

static int kdoc_trigger_open(struct inode *inode, struct file *file)
{
	return single_open(file, kdoc_trigger_show, NULL);
}

static const struct file_operations kdoc_trigger_fops = {
	.owner	 = THIS_MODULE,
	.open	 = kdoc_trigger_open,
	.read	 = seq_read,
	.write	 = kdoc_trigger_write,
	.llseek	 = seq_lseek,
	.release = single_release,
};

static int kdoc_facts_show(struct seq_file *seq, void *data)
{
	seq_printf(seq, "field_offset 0x%x\n", KDOC_FIELD_OFFSET);
	seq_printf(seq, "read_only 0x%px\n", &kdoc_read_only);
	seq_printf(seq, "data 0x%px\n", kdoc_data);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kdoc_facts);

static void kdoc_contexts_init(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&kdoc_hrtimer, kdoc_hrtimer_fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&kdoc_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	kdoc_hrtimer.function = kdoc_hrtimer_fn;
#endif
	timer_setup(&kdoc_timer, kdoc_timer_fn, 0);
	tasklet_setup(&kdoc_tasklet, kdoc_tasklet_fn);
	INIT_WORK(&kdoc_work, kdoc_work_fn);
}

static int __init kdoc_init(void)
{
	kdoc_workqueue = alloc_workqueue("kdoc_wq", WQ_UNBOUND, 0);
	if (!kdoc_workqueue)
		return -ENOMEM;
	kdoc_contexts_init();

	kdoc_dir = debugfs_create_dir("kdoc_crash", NULL);
	debugfs_create_file("trigger", 0600, kdoc_dir, NULL, &kdoc_trigger_fops);
	debugfs_create_file("facts", 0400, kdoc_dir, NULL, &kdoc_facts_fops);
	return 0;
}

/* No exit function: after a crash nothing of this module may go away. */
module_init(kdoc_init);

MODULE_DESCRIPTION("Triggers well-known kernel crashes on demand");
MODULE_LICENSE("GPL");
