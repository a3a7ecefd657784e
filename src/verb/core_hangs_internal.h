/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_hangs_internal.h: words that the verbs of core_hangs.h share. Texts live as long as the sheet. */
#ifndef KD_VERB_CORE_HANGS_INTERNAL_H
#define KD_VERB_CORE_HANGS_INTERNAL_H

#include "verb/core_hangs.h"

/* "comm (pid)". */
struct kd_view kd_hang_task(struct kd_sheet *s, const struct kd_task *t);
/* The same of the task at that address, or the address. */
struct kd_view kd_hang_task_at(struct kd_dump *d, struct kd_sheet *s, uint64_t task);
/* "name" or "name [module]" of the function or variable at addr; absent: in none. off: with +0x… when it is inside. */
struct kd_view kd_hang_symbol(struct kd_dump *d, struct kd_sheet *s, uint64_t addr, bool off);
/* The function of a frame. */
struct kd_view kd_hang_function(struct kd_dump *d, struct kd_sheet *s, const struct kd_core_frame *f);

/*
 * The unwinder, or NULL with a note: where stacks of this architecture are not unwound, the other facts are told all the same. Other
 * errors are handed on.
 */
KD_MUST_CHECK struct kd_error *kd_hang_unwinder(struct kd_dump *d, struct kd_sheet *s, struct kd_unwinder **ret);

/* A cell of a count of jiffies as a time, when HZ is known; else the jiffies with their name. */
struct kd_cell kd_hang_jiffies(struct kd_sheet *s, uint64_t jiffies, unsigned hz);
/* core/clock.h; a note when it is inferred. 0: not known. */
unsigned kd_hang_hz(struct kd_dump *d, struct kd_sheet *s);

#endif
