// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that is no longer ours, was never ours, or is none. */
#include "kdoc_crash.h"

#include <linux/gfp.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

/* Allocated when the module is loaded, so that addresses are known before the crash. */
static struct kmem_cache *kdoc_stale_cache;
static struct kdoc_victim *kdoc_stale_object;
static u8 *kdoc_guarded;	/* two pages; the page behind is vmalloc's guard */
static u8 *kdoc_unmapped;	/* freed by its case */

#define KDOC_GUARDED_SIZE	(2 * PAGE_SIZE)

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
	u8 *object = kzalloc(128, GFP_KERNEL); /* arm64 has no smaller cache */

	if (!object)
		return -ENOMEM;
	kdoc_hide(object)[128] = 0x5a;
	kfree(object);					/* fault: redzone */
	return 0;
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

/*
 * Content that survived: SLUB keeps its own pointer in the middle of a free
 * object, next stands behind that.  Off with init_on_free, poisoning, KASAN.
 */
static noinline int kdoc_uaf_stale(void)
{
	struct kdoc_victim *victim = kdoc_stale_object;
	struct kdoc_victim *next;

	if (!victim)
		return -EBUSY;
	kdoc_stale_object = NULL;
	kmem_cache_free(kdoc_stale_cache, victim);
	next = READ_ONCE(kdoc_hide(victim)->next);
	return READ_ONCE(next->field) == 42;		/* fault: uaf_stale */
}

static noinline int kdoc_vmalloc_guard(void)
{
	return READ_ONCE(kdoc_hide(kdoc_guarded)[KDOC_GUARDED_SIZE]); /* fault: vmalloc_guard */
}

static noinline int kdoc_vmalloc_freed(void)
{
	u8 *area = kdoc_hide(kdoc_unmapped);

	kdoc_unmapped = NULL;
	if (!area)
		return -EBUSY;
	vfree(area);
	/* Unmapped pages may stay in the TLB until they are purged. */
	vm_unmap_aliases();
	return READ_ONCE(area[0]);			/* fault: vmalloc_freed */
}

static noinline int kdoc_alloc_failure(void)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	/* Not retried, so nobody is killed for it. */
	for (;;) {
		page = alloc_pages(GFP_KERNEL | __GFP_NORETRY, 9); /* fault: alloc_failure */
		if (!page)
			break;
		list_add(&page->lru, &pages);
	}
	list_for_each_entry_safe(page, next, &pages, lru)
		__free_pages(page, 9);
	return 0;
}

/*
 * What the register had is not what memory holds any more when the dump is taken: a worker of another
 * CPU (if there is one) puts a good pointer into the slot after the fault.
 */
static struct kdoc_victim kdoc_changed_good;
static struct kdoc_victim *kdoc_changed_slot = &kdoc_changed_good;

static void kdoc_changed_fn(struct work_struct *work)
{
	WRITE_ONCE(kdoc_changed_slot, &kdoc_changed_good);
}

static DECLARE_DELAYED_WORK(kdoc_changed_work, kdoc_changed_fn);

static noinline int kdoc_changed_pointer(void)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	struct kdoc_victim *victim;

	WRITE_ONCE(kdoc_changed_slot, (struct kdoc_victim *)KDOC_NON_CANONICAL);
	schedule_delayed_work_on(cpu < nr_cpu_ids ? cpu : 0, &kdoc_changed_work, HZ / 4);
	victim = READ_ONCE(kdoc_changed_slot);
	return READ_ONCE(victim->field) == 42;		/* fault: changed_pointer */
}

/* A constructor keeps the cache from being merged with others. */
static void kdoc_stale_ctor(void *object)
{
	memset(object, 0, sizeof(struct kdoc_victim));
}

int kdoc_memory_init(void)
{
	kdoc_stale_cache = kmem_cache_create("kdoc_stale", sizeof(struct kdoc_victim), 0, 0,
					     kdoc_stale_ctor);
	if (!kdoc_stale_cache)
		return -ENOMEM;
	kdoc_stale_object = kmem_cache_alloc(kdoc_stale_cache, GFP_KERNEL);
	kdoc_guarded = vmalloc(KDOC_GUARDED_SIZE);
	kdoc_unmapped = vmalloc(PAGE_SIZE);
	if (!kdoc_stale_object || !kdoc_guarded || !kdoc_unmapped)
		return -ENOMEM;
	memset(kdoc_stale_object->head, 0x5a, sizeof(kdoc_stale_object->head));
	kdoc_stale_object->field = 0x0123456789abcdefULL;
	kdoc_stale_object->next = (struct kdoc_victim *)KDOC_NON_CANONICAL;
	return 0;
}

void kdoc_memory_truth(struct seq_file *seq)
{
	seq_printf(seq, "case.paging.address 0x%lx\n", KDOC_UNMAPPED + KDOC_FIELD_OFFSET);
	seq_printf(seq, "case.uaf_stale.object 0x%px\n", kdoc_stale_object);
	seq_printf(seq, "case.changed_pointer.slot 0x%px\n", &kdoc_changed_slot);
	seq_printf(seq, "case.changed_pointer.loaded 0x%lx\n", (unsigned long)KDOC_NON_CANONICAL);
	seq_printf(seq, "case.changed_pointer.now 0x%px\n", &kdoc_changed_good);
	seq_printf(seq, "case.vmalloc_guard.address 0x%px\n", kdoc_guarded + KDOC_GUARDED_SIZE);
	if (kdoc_unmapped) /* gone once the case has run */
		seq_printf(seq, "case.vmalloc_freed.address 0x%px\n", kdoc_unmapped);
}

const struct kdoc_case kdoc_memory_cases[] = {
	{ "use_after_free",		kdoc_use_after_free },
	{ "double_free",		kdoc_double_free },
	{ "redzone",			kdoc_redzone },
	{ "bad_page",			kdoc_bad_page },
	{ "oom",			kdoc_oom },
	{ "uaf_stale",			kdoc_uaf_stale },
	{ "vmalloc_guard",		kdoc_vmalloc_guard },
	{ "vmalloc_freed",		kdoc_vmalloc_freed },
	{ "alloc_failure",		kdoc_alloc_failure },
	{ "changed_pointer",		kdoc_changed_pointer },
	{ }
};
