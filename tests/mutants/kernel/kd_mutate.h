/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A variable that becomes bad in one task, when that task says so.
 *
 * prctl(PR_SET_TIMERSLACK, KD_MUTATE_BASE + n) arms mutant n for the calling task and its children; no other task
 * sees it.  The bad value is kd_mutate_value (/sys/module/kd_mutate/parameters/value).  Two instructions without a
 * jump, in one asm: the compiler knows nothing of the value, keeps nothing alive for it but the variable itself,
 * and no basic block begins or ends there.
 */
#ifndef KD_MUTATE_H
#define KD_MUTATE_H

#include <linux/sched.h>

#define KD_MUTATE_BASE 7000000

extern unsigned long kd_mutate_value;

#define KD_MUTATE(n, v)                                                                                      \
	do {                                                                                                 \
		if (sizeof(v) == 8)                                                                          \
			asm volatile("cmpl %2, %1\n\tcmoveq kd_mutate_value(%%rip), %q0"                     \
				     : "+r"(v)                                                               \
				     : "m"(current->timer_slack_ns), "i"(KD_MUTATE_BASE + (n))               \
				     : "cc");                                                                \
		else                                                                                         \
			asm volatile("cmpl %2, %1\n\tcmovel kd_mutate_value(%%rip), %k0"                     \
				     : "+r"(v)                                                               \
				     : "m"(current->timer_slack_ns), "i"(KD_MUTATE_BASE + (n))               \
				     : "cc");                                                                \
	} while (0)

/*
 * The same for a pointer in memory, m = p->a: it is written only when the mutant is armed, and the compiler
 * reads it again.  The jump is inside of the asm, before that read.
 */
#define KD_MUTATE_MEMORY(n, m)                                                                               \
	do {                                                                                                 \
		unsigned long kd_scratch;                                                                    \
		asm volatile("cmpl %3, %2\n\tjne 771f\n\tmovq kd_mutate_value(%%rip), %1\n\t"               \
			     "movq %1, %0\n771:"                                                             \
			     : "+m"(*(void **)&(m)), "=&r"(kd_scratch)                                       \
			     : "m"(current->timer_slack_ns), "i"(KD_MUTATE_BASE + (n))                       \
			     : "cc");                                                                        \
	} while (0)

#endif
