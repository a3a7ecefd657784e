/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockup.h: what each CPU of a dump was at, and whether it would have come back.
 *
 *	err = kd_lockup_read(kernel, unwinder, &cpus, &arena, &l);   // unwinder may be NULL
 *	l.cpu[i].role, .stack.v[l.cpu[i].at], .silent_for
 *
 * A role is what can be told from the functions of the chain, and no more: one stack is one sample. A CPU that detected a
 * lockup is not the one that is locked up; who waits for a spin lock or for other CPUs to answer is a victim; one without
 * registers did not answer, and may be the culprit (its stack is then not shown, whatever else is).
 *
 * Sources: kernel/watchdog.c (watchdog_touch_ts, watchdog_report_ts in units of 2^30 ns, about seconds; hrtimer_interrupts), include/linux/
 * preempt.h (preempt_count: 8 bits of preempt_disable(), 8 of softirqs, 4 of hard interrupts, 4 of NMIs; x86 keeps "a reschedule is needed"
 * inverted in the topmost), include/asm-generic/qspinlock_types.h (byte 0: locked, byte 1: pending, from bit 18 on the last
 * waiter's CPU + 1). A qspinlock does not store who has it.
 */
#ifndef KD_CORE_LOCKUP_H
#define KD_CORE_LOCKUP_H

#include "core/tasks.h"
#include "core/unwind.h"

enum kd_cpu_role {
	KD_CPU_UNKNOWN, /* nothing of its chain is known */
	KD_CPU_IDLE,
	KD_CPU_USER, /* it ran a program */
	KD_CPU_RUNS, /* in the kernel; by one sample no more can be said */
	KD_CPU_STUCK, /* its own watchdog found it not to come back (soft lockup) */
	KD_CPU_DETECTOR, /* it told of a lockup or stall of another, or of RCU, where its stack is the teller's */
	KD_CPU_WAITS_LOCK, /* it spins for a lock: a victim */
	KD_CPU_WAITS_CPUS, /* it waits for other CPUs to answer: a victim */
	KD_CPU_PANICS, /* it crashed for another reason */
	KD_CPU_SILENT, /* the dump has no registers of it */
	KD_CPU_ROLES
};

const char *kd_cpu_role_words(enum kd_cpu_role role);

enum { KD_LOCKUP_WHY = 64 };

struct kd_lockup_cpu {
	unsigned cpu;
	bool panicked, has_task;
	struct kd_task task;
	enum kd_cpu_role role;
	char by[KD_LOCKUP_WHY]; /* the function that the role is known by; empty */
	bool has_stack;
	struct kd_core_stack stack;
	size_t at; /* frame of what it was at: the innermost, or that a detector interrupted; stack.n: none */
	bool has_irqs, irqs_on; /* at that place, by the flags that were saved there */
	bool has_preempt;
	uint64_t preempt; /* preempt_count as it is */
	unsigned preempt_depth, softirqs, hardirqs, nmis;
	bool need_resched_known, need_resched;
	bool has_touch;
	uint64_t touch, report; /* about seconds; UINT64_MAX: a touch was asked for */
	bool has_silence;
	uint64_t silence; /* about seconds since its watchdog thread ran, by the newest clock; with has_touch and a clock */
	bool has_interrupts;
	uint64_t interrupts, saved; /* of the watchdog's timer; equal: none since the last check */
	bool has_clock;
	uint64_t clock, behind; /* ns: rq.clock, and how far it is behind the newest of all CPUs */
	bool has_lock;
	uint64_t lock; /* with WAITS_LOCK: what was in rdi; a guess: the function may have reused it */
	bool has_value;
	uint64_t value; /* of the 4 bytes there */
	uint64_t slot; /* where the return address of the frame `at` was read; 0: in registers */
};

struct kd_lockup {
	struct kd_lockup_cpu *cpu;
	size_t n;
	bool has_threshold;
	uint64_t threshold; /* watchdog_thresh, seconds: soft lockups are told after twice this */
	bool has_now;
	uint64_t now; /* ns: the newest rq.clock */
	size_t silent; /* CPUs without registers */
	const char *no_chains; /* NULL */
};

KD_MUST_CHECK struct kd_error *kd_lockup_read(struct kd_kernel *k, struct kd_unwinder *u, const struct kd_cpus *cpus,
					      struct kd_arena *arena, struct kd_lockup *ret);

#endif
