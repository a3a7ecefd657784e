/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cases.h: the bugs that the lab can trigger, and what is true about each.
 *
 *	const struct kd_lab_case *c = kd_lab_case_find("null_write");
 *	boot a guest with c->append and c->cpus, load the module (guest/module)
 *	for each word of c->triggers: echo WORD > /sys/kernel/debug/kdoc_crash/trigger
 *	c->kind, c->function, c->reports is what a report of the console must say
 *
 * The truth is what the case does, written down here by hand; it is never taken from what kdoc
 * reads on the console. Addresses that only the boot knows stand in the module's truth file.
 *
 * To add a case: a function in guest/module/crash_*.c with a "fault: NAME" comment and a row in
 * that file's table, a row in cases.c.
 */
#ifndef KD_LAB_CASES_H
#define KD_LAB_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/kernel.h"

enum kd_case_context {
	KD_CASE_TASK, /* the task that writes the trigger */
	KD_CASE_KTHREAD, /* a kernel thread of the module, named comm */
	KD_CASE_WORKQUEUE, /* some worker */
	KD_CASE_SOFTIRQ, /* interrupts hit whatever task runs */
	KD_CASE_HARDIRQ,
};

/* What the guest starts as process 1. */
enum kd_case_init {
	KD_CASE_INIT_LAB, /* guest/init, with the module */
	KD_CASE_INIT_EXIT, /* guest/init, told to end at once (kdoc.init=exit) */
	KD_CASE_INIT_GARBAGE, /* a file that is no program, and no shell either */
	KD_CASE_INIT_NONE, /* no archive at all */
};

/* A NULL string: nothing of that, or the default named here. */
struct kd_lab_case {
	const char *name; /* also that of its output folder */
	const char *what; /* what was done, in words that owe nothing to kdoc's kinds */
	const char *triggers; /* names for the module's trigger file, in this order; NULL: none */
	const char *comm; /* of the task at fault; default "kdoc-trigger" */
	const char *kind; /* name of the kind (report/kind.h) of the first report; NULL: no report */
	const char *kind_arm64; /* where that is another one on arm64 */
	const char *function; /* that the report is about; NULL: not said */
	const char *address; /* bad address of the access */
	/* … of a general protection fault as x86 prints it before Linux 5.13: without the
	 * displacement of the instruction, which get_kernel_gp_address() did not decode */
	const char *address_bare;
	const char *address_fact; /* … or the key in the truth file that has it */
	enum kd_case_context context;
	enum kd_case_init init;
	unsigned reports; /* on the console; a panic that only ends one of them does not count */
	bool more; /* … or more: it is said again as time goes by, or in two reports by newer kernels */
	bool more_arm64; /* … there: leaving the dead task's context warns, too (ct_kernel_exit) */
	bool fatal; /* the guest does not come back */
	/* Comes back, but must have its boot for itself: it leaves something behind that is
	 * reported again, or the kernel only looks until the first report (lockdep) or until
	 * the first oops (hung tasks: kernel/hung_task.c asks for TAINT_DIE). */
	bool alone;
	const char *append; /* kernel command line, after the console's */
	const char *setup; /* shell commands before the trigger */
	const char *cleanup; /* … and after it, before the next case of the same boot */
	unsigned settle; /* seconds between the last trigger and the end; default 1 */
	unsigned cpus; /* default 2 */
	const char *machine; /* more options of QEMU's -machine */
	/* Words, all must hold: CONFIG_X and !CONFIG_X of the kernel, nmi (a PMU whose interrupts
	 * cannot be masked: not under TCG). */
	const char *needs;
	enum kd_lab_arch arch; /* only there; KD_ARCH_UNKNOWN: anywhere */
};

/* All; *ret_n is their number. */
const struct kd_lab_case *kd_lab_cases(size_t *ret_n) __attribute__((returns_nonnull));

/* NULL: there is none of that name. */
const struct kd_lab_case *kd_lab_case_find(const char *name);

/* The kind expected on that architecture. */
const char *kd_lab_case_kind(const struct kd_lab_case *c, enum kd_lab_arch arch);

/* May both run in one boot, in any order? Only cases that survive, booted in the same way. */
bool kd_lab_case_together(const struct kd_lab_case *a, const struct kd_lab_case *b);

#endif
