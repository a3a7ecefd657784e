/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups_internal.h: between groups.c (places) and groups_decide.c (people, and everything anew). */
#ifndef KD_CASE_GROUPS_INTERNAL_H
#define KD_CASE_GROUPS_INTERNAL_H

#include "case/groups.h"

struct kd_db *kd_groups_db(const struct kd_groups *g);

/* The engine with all signatures of the database in it, and its constraints. */
KD_MUST_CHECK struct kd_error *kd_groups_engine(struct kd_groups *g, struct kd_grouper **ret);
KD_MUST_CHECK struct kd_error *kd_groups_constraints(struct kd_db *db, struct kd_grouper *engine);
/* Forget the engine: it may hold what was rolled back. */
void kd_groups_forget(struct kd_groups *g);

/* Put a row of "SELECT strict, normal, loose, traits, grp …" into an engine; keep: its group is taken, not decided. */
KD_MUST_CHECK struct kd_error *kd_groups_add_row(struct kd_grouper *engine, const struct kd_dbval *col, bool keep,
						 struct kd_decision *ret);

#endif
