/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suspects.h: which commit of a range brought a crash in (docs/history-backport.md, "Suspects").
 *
 *	err = kd_suspects(store, &query, &range, 20, &arena, &v, &n);    // query: kd_fixquery_parse()'s; range: dag.h
 *
 * The ranking of fixes (rank.h) without what speaks of a fix (that it came after the crash, that it guards or checks, that the
 * reporter is syzbot), and with the size of the change: what changes much of the crashing code brings more in than
 * what changes little. A suspect is a suspect: reading it, or a bisection, decides.
 */
#ifndef KD_HISTORY_SUSPECTS_H
#define KD_HISTORY_SUSPECTS_H

#include "history/rank.h"

#define KD_SUSPECTS_READ 400u /* the best by names, functions and files are ranked by size as well */

struct kd_suspect {
	uint32_t doc;
	float score, fit, size; /* score = fit + size */
	uint32_t lines;
};

/* The best first, at most limit. KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_suspects(const struct kd_store *st, struct kd_fixquery *q, const struct kd_bits *range, size_t limit,
					   struct kd_arena *a, struct kd_suspect **ret, size_t *n_ret);

#endif
