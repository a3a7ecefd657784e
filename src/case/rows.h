/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows.h: cells of a row of the database, kept. For the files of case/ that read small tables whole. */
#ifndef KD_CASE_ROWS_H
#define KD_CASE_ROWS_H

#include "base/arena.h"
#include "case/db.h"

/* A copy of a text; absent: the cell has none, or the arena is full. */
static inline struct kd_view kd_row_text(struct kd_arena *a, const struct kd_dbval *v)
{
	return v->type == KD_DBTEXT ? kd_arena_view(a, v->v) : KD_VNULL;
}

/* 0 without a number. */
static inline int64_t kd_row_int(const struct kd_dbval *v)
{
	return v->type == KD_DBINT ? v->i : v->type == KD_DBREAL ? (int64_t)v->d : 0;
}

/* Absent text, and empty text, as NULL. */
static inline struct kd_dbval kd_row_put(struct kd_view v)
{
	return v.n ? kd_dbtext(v) : kd_dbnull();
}

/* The group ?1 and all that were merged into it, as table fam (id). To be put in front of a statement. */
#define KD_ROWS_FAMILY                                                                                                         \
	"WITH RECURSIVE fam (id) AS (SELECT CAST(?1 AS TEXT) UNION SELECT g.id FROM grp g JOIN fam f ON g.into_grp = f.id) "

#endif
