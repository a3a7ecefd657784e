// SPDX-License-Identifier: GPL-2.0-or-later
/* For KASAN, KFENCE, UBSAN, KCSAN and kmemleak: harmless or unnoticed without them. */
#include "kdoc_crash.h"

#if __has_include(<linux/kfence.h>)
#include <linux/kfence.h>
#endif

/* ---- KASAN ---- */

static u8 kdoc_global_array[40];

static noinline int kdoc_kasan_uaf(void)
{
	u64 *object = kmalloc(128, GFP_KERNEL);
	int value;

	if (!object)
		return -ENOMEM;
	memset(object, 0x5a, 128);
	kfree(object);
	value = READ_ONCE(kdoc_hide(object)[2]) == 42;	/* fault: kasan_uaf */
	return value;
}

static noinline int kdoc_kasan_uaf_write(void)
{
	u32 *object = kmalloc(128, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	WRITE_ONCE(kdoc_hide(object)[3], 42);		/* fault: kasan_uaf_write */
	return 0;
}

static noinline int kdoc_kasan_slab_oob(void)
{
	u8 *object = kmalloc(100, GFP_KERNEL);
	int value;

	if (!object)
		return -ENOMEM;
	value = READ_ONCE(kdoc_hide(object)[100]);	/* fault: kasan_slab_oob */
	kfree(object);
	return value == 42;
}

static noinline int kdoc_kasan_stack_oob(void)
{
	u8 array[24] = { 0 };

	return READ_ONCE(kdoc_hide(&array[0])[24]) == 42; /* fault: kasan_stack_oob */
}

static noinline int kdoc_kasan_global_oob(void)
{
	return READ_ONCE(kdoc_hide(&kdoc_global_array[0])[43]) == 42; /* fault: kasan_global_oob */
}

static noinline int kdoc_kasan_double_free(void)
{
#ifdef CONFIG_KASAN
	void *object = kmalloc(200, GFP_KERNEL);

	kfree(object);
	kfree(kdoc_hide(object));			/* fault: kasan_double_free */
	return 0;
#else
	return -EOPNOTSUPP;	/* the free list would be broken unnoticed */
#endif
}

/* ---- KFENCE ---- */

#ifdef CONFIG_KFENCE
/* It guards one allocation now and then: wait for one. */
static void *kdoc_kfence_alloc(void)
{
	unsigned long end = jiffies + 20 * HZ;
	void *object;

	while (time_before(jiffies, end)) {
		object = kmalloc(72, GFP_KERNEL);
		if (is_kfence_address(object))
			return object;
		kfree(object);
		cond_resched();
	}
	return NULL;
}
#else
static void *kdoc_kfence_alloc(void)
{
	return NULL;
}
#endif

/* Its neighbour is an object's guard page, on the right or, half the time, on the left. */
static noinline int kdoc_kfence_oob(void)
{
	u8 *object = kdoc_kfence_alloc();
	int value;

	if (!object)
		return -EOPNOTSUPP;
	value = READ_ONCE(*(u8 *)(((unsigned long)object & PAGE_MASK) - 8)); /* fault: kfence_oob */
	kfree(object);
	return value == 42;
}

static noinline int kdoc_kfence_uaf(void)
{
	u8 *object = kdoc_kfence_alloc();

	if (!object)
		return -EOPNOTSUPP;
	kfree(object);
	return READ_ONCE(kdoc_hide(object)[8]) == 42;	/* fault: kfence_uaf */
}

/* ---- UBSAN ---- */

struct kdoc_bounded {
	int values[8];
	int behind;
};

static struct kdoc_bounded kdoc_bounded;

static noinline int kdoc_ubsan_shift(void)
{
	int shift = kdoc_hide(40);

	return 1 << shift;				/* fault: ubsan_shift */
}

static noinline int kdoc_ubsan_bounds(void)
{
	int index = kdoc_hide(8);

	return kdoc_bounded.values[index] == 42;	/* fault: ubsan_bounds */
}

static noinline int kdoc_ubsan_bool(void)
{
	u8 byte = kdoc_hide(77);
	bool value = *(bool *)kdoc_hide(&byte);		/* fault: ubsan_bool */

	return value;
}

/* ---- KCSAN ---- */

static u64 kdoc_raced;

/* Not with kcsan_ in its name: KCSAN leaves such frames out (get_stack_skipnr() of its report.c). */
static noinline int kdoc_racer(void *data)
{
	unsigned long end = jiffies + 5 * HZ;

	while (time_before(jiffies, end) && !kthread_should_stop()) {
		kdoc_raced++;				/* fault: kcsan_race */
		barrier();
		cond_resched();
	}
	return 0;
}

static int kdoc_run_kcsan_race(void)
{
	struct task_struct *one = kthread_run(kdoc_racer, NULL, "kdoc-race");
	struct task_struct *two = kthread_run(kdoc_racer, NULL, "kdoc-race");

	msleep(5500);
	return IS_ERR(one) || IS_ERR(two) ? -ENOMEM : 0;
}

/* ---- kmemleak ---- */

static noinline int kdoc_kmemleak(void)
{
	int i;

	/* The last pointer may stay in a register or on the stack. */
	for (i = 0; i < 8; i++)
		memset(kdoc_hide(kmalloc(600, GFP_KERNEL | __GFP_NOFAIL)), 0x5a, 600); /* fault: kmemleak */
	return 0;
}

const struct kdoc_case kdoc_sanitize_cases[] = {
	{ "kasan_uaf",			kdoc_kasan_uaf },
	{ "kasan_uaf_write",		kdoc_kasan_uaf_write },
	{ "kasan_slab_oob",		kdoc_kasan_slab_oob },
	{ "kasan_stack_oob",		kdoc_kasan_stack_oob },
	{ "kasan_global_oob",		kdoc_kasan_global_oob },
	{ "kasan_double_free",		kdoc_kasan_double_free },
	{ "kfence_oob",			kdoc_kfence_oob },
	{ "kfence_uaf",			kdoc_kfence_uaf },
	{ "ubsan_shift",		kdoc_ubsan_shift },
	{ "ubsan_bounds",		kdoc_ubsan_bounds },
	{ "ubsan_bool",			kdoc_ubsan_bool },
	{ "kcsan_race",			kdoc_run_kcsan_race },
	{ "kmemleak",			kdoc_kmemleak },
	{ }
};
