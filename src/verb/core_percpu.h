/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_percpu.h: per-CPU variables, and who waits in a wait queue. Answers for kd_core_ask().
 *
 *	percpu: SYMBOL|EXPRESSION      EXPRESSION: a pointer into per-CPU memory
 *	waitq:  ADDRESS|EXPRESSION     of a struct wait_queue_head
 */
#ifndef KD_VERB_CORE_PERCPU_H
#define KD_VERB_CORE_PERCPU_H

#include "verb/core_ask.h"

struct kd_core_percpu_options {
	const char *cpus; /* "0,2-3"; NULL: all */
	bool hex;
};

kd_core_answer kd_core_percpu; /* options: struct kd_core_percpu_options */

struct kd_core_waitq_options {
	bool simple; /* it is a struct swait_queue_head */
};

kd_core_answer kd_core_waitq; /* options: struct kd_core_waitq_options */

#endif
