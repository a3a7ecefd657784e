/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_irq.h: interrupts and timers of a dump. Answers for kd_core_ask().
 *
 *	irq:   [NUMBER]
 *	timer: no arguments
 */
#ifndef KD_VERB_CORE_IRQ_H
#define KD_VERB_CORE_IRQ_H

#include "core/walk.h"
#include "verb/core_ask.h"

struct kd_core_irq_options {
	bool softirq; /* softirqs and tasklets instead */
	bool all; /* those without a handler, too */
};

kd_core_answer kd_core_irq; /* options: struct kd_core_irq_options */

struct kd_core_timer_options {
	bool hrtimer; /* hrtimers instead of the wheels */
};

kd_core_answer kd_core_timer; /* options: struct kd_core_timer_options */

/* What a walker says went wrong, as a note; the same is said once. */
void kd_core_note_end(struct kd_sheet *s, const char *what, const struct kd_walk_end *end);

/* kd_dump_need_types(), and a note when the kernel's own symbols do not name its variables. */
KD_MUST_CHECK struct kd_error *kd_core_need_variables(struct kd_dump *d, struct kd_sheet *s);

enum { KD_CORE_CPUS = 8192 };

/* CPUs that may be there, in the sheet's arena; *ret_n of them. NULL: none, or the arena is full. */
const unsigned *kd_core_cpus(struct kd_dump *d, struct kd_sheet *s, size_t *ret_n);

#endif
