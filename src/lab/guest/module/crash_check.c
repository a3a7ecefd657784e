// SPDX-License-Identifier: GPL-2.0-or-later
/* What every kernel checks by itself: lists, counters, copies. */
#include "kdoc_crash.h"

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uaccess.h>

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
	return refcount_read(&count) == 0;
}

static noinline int kdoc_refcount_saturated(void)
{
	refcount_t count = REFCOUNT_INIT(INT_MAX);

	refcount_inc(&count);				/* fault: refcount_saturated */
	return refcount_read(&count) == 0;
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
	/* More than the 128 bytes that arm64 makes of 64. */
	left = copy_to_user((void __user *)kdoc_user_buffer, kdoc_hide(object), kdoc_hide(256UL)); /* fault: usercopy */
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

const struct kdoc_case kdoc_check_cases[] = {
	{ "list_del",		kdoc_list_del },
	{ "list_add",		kdoc_list_add },
	{ "refcount_zero",	kdoc_refcount_zero },
	{ "refcount_saturated",	kdoc_refcount_saturated },
	{ "refcount_underflow",	kdoc_refcount_underflow },
	{ "usercopy",		kdoc_usercopy },
	{ "copy_overflow",	kdoc_copy_overflow },
	{ "fortify",		kdoc_fortify },
	{ }
};
