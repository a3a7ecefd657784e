// SPDX-License-Identifier: GPL-2.0-or-later
/* The stack itself. Not instrumented: see the Makefile. */
#include "kdoc_crash.h"

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
	unsigned long buffer[4] = { 0 };
	volatile unsigned long *word = kdoc_hide(&buffer[0]);
	int i = 4;

	/*
	 * Only the canary is lost: the check runs when the function returns. gcc has it right above
	 * the buffer, clang where its frame ends.
	 */
#ifdef CONFIG_STACKPROTECTOR
	while (i < 8 && word[i] != current->stack_canary)
		i++;
#endif
	word[i] = 0x5a5a5a5a5a5a5a5aUL;
	return word[3];					/* fault: stack_protector */
}

const struct kdoc_case kdoc_stack_cases[] = {
	{ "stack_overflow",	kdoc_run_stack_overflow },
	{ "stack_protector",	kdoc_stack_protector },
	{ }
};
