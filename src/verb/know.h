/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * know.h: cells that the verbs of what a team knows have in common. Times are microseconds since 1970.
 *
 *	row[2] = kd_know_when(s, step->at);         // "2026-05-12T12:00:00Z"
 *	row[3] = kd_know_age(s, step->at, m->now);  // "12 d"
 */
#ifndef KD_VERB_KNOW_H
#define KD_VERB_KNOW_H

#include "base/sheet.h"

struct kd_cell kd_know_when(struct kd_sheet *s, int64_t at); /* 0: not known */
struct kd_cell kd_know_age(struct kd_sheet *s, int64_t from, int64_t to); /* "5 h", "12 d"; from 0: not known */
struct kd_cell kd_know_seconds(int64_t from, int64_t to); /* the same as a number */
/* A text, or "" for an absent one: a cell that has nothing to say, not one that is not known. */
struct kd_cell kd_know_text(struct kd_sheet *s, struct kd_view v);

/* The file that an argument names, without its folders. */
struct kd_view kd_know_base(const char *path);

#endif
