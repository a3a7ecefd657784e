/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan_rows.h: the rows of one log, folded with their repeats, for scan.c only.
 *
 *	kd_rows_init(&rows, true);
 *	err = kd_rows_add(&rows, report);        // for each report
 *	err = kd_rows_each(&rows, fn, user);     // at the end of the log
 *	kd_rows_reset(&rows);                    // for the next log
 */
#ifndef KD_VERB_SCAN_ROWS_H
#define KD_VERB_SCAN_ROWS_H

#include "base/arena.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "verb/scan.h"
#include "verb/spool.h"

struct kd_row_fold {
	uint64_t count, last_line;
};

struct kd_rows {
	bool fold;
	struct kd_spool spool;
	struct kd_arena keys;
	struct kd_hashmap seen; /* identity of a report → index into folds */
	KD_VEC(struct kd_row_fold) folds; /* of row i; rows past its end stand for themselves */
	uint64_t n, unfolded;
};

void kd_rows_init(struct kd_rows *r, bool fold);
void kd_rows_deinit(struct kd_rows *r);
void kd_rows_reset(struct kd_rows *r);

/* *new_ret: it got a row of its own (it is no repeat). */
struct kd_error *kd_rows_add(struct kd_rows *r, const struct kd_report *rep,
			     bool *new_ret) KD_MUST_CHECK;
struct kd_error *kd_rows_each(struct kd_rows *r,
			      struct kd_error *(*fn)(void *user, const struct kd_scan_row *row),
			      void *user) KD_MUST_CHECK;

/* A report as a row; views are borrowed from the report. */
void kd_row_of(const struct kd_report *rep, struct kd_scan_row *ret);

#endif
