// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad pointers, statements that stop the kernel, traps. Not instrumented: see the Makefile. */
#include "kdoc_crash.h"

const u64 kdoc_read_only = 1;
u64 kdoc_data[8];

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

noinline int kdoc_null_write(void)
{
	struct kdoc_victim *victim = kdoc_hide((struct kdoc_victim *)NULL);

	WRITE_ONCE(victim->field, 42);			/* fault: null_write */
	return 0;
}

noinline int kdoc_null_read(void)
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

noinline int kdoc_bug(void)
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

const struct kdoc_case kdoc_pointer_cases[] = {
	{ "null_write",	kdoc_null_write },
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
	{ }
};
