/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_fact.h: facts (core/datum.h) and paths as cells, and which tasks an argument means.
 *
 *	row[3] = kd_core_cell(info.rss, KD_CELL_BYTES);         // or why it is not known
 *	err = kd_core_pick(d, s, args, nargs, &all, &tasks);
 */
#ifndef KD_VERB_CORE_CELL_H
#define KD_VERB_CORE_CELL_H

#include "core/dump.h"
#include "core/path.h"
#include "core/taskinfo.h"

struct kd_cell kd_core_cell(struct kd_datum f, enum kd_cell_kind kind);
struct kd_cell kd_core_path_cell(struct kd_sheet *s, const struct kd_path *p);
/* A copy; empty: not known. */
struct kd_cell kd_core_text_cell(struct kd_sheet *s, const char *text);

/* Does the argument (a number, 0x… or a command) mean this task? */
bool kd_core_is_task(const char *arg, const struct kd_task *t);

/*
 * The one task that an argument means: of a command the one with the lowest number. KD_NOTFOUND: none; KD_INVALID: several
 * commands are called so (the message lists them). No argument: the task that panicked; without one KD_INVALID. Errors of
 * kd_dump_need_types().
 */
KD_MUST_CHECK struct kd_error *kd_core_one_task(struct kd_dump *d, const char *arg, struct kd_task *ret);

/* "PID 101  COMMAND x  TASK 0x…": what the answer below is about. */
void kd_core_say_task(struct kd_sheet *s, const struct kd_task *t);

#endif
