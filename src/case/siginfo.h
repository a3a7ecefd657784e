/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siginfo.h: what the team's memory holds of a signature: the half of an event that it shares with others.
 *
 *	struct kd_siginfo s;
 *	err = kd_siginfo_get(db, e.sig, &arena, &s);        // KD_NOTFOUND: no such signature
 *	… s.kind, s.title, s.grp
 *
 * Texts live in the arena; absent is absent.
 */
#ifndef KD_CASE_SIGINFO_H
#define KD_CASE_SIGINFO_H

#include "base/arena.h"
#include "case/db.h"

struct kd_siginfo {
	int64_t sig;
	struct kd_view strict, normal, loose; /* hex */
	struct kd_view kind, family, title, syz, func, place, subsystem;
	struct kd_view grp, verdict, why; /* its group, and how it came there */
	uint8_t owner, tier; /* kd_owner, kd_tier */
	bool infra;
};

/* Reading in statements of one's own: the first columns of a row; views are borrowed from it. */
#define KD_SIGINFO_COLUMNS                                                                                             \
	"sig, strict, normal, loose, kind, family, title, syz, func, place, subsystem, grp, verdict, why, owner, tier, infra"
#define KD_SIGINFO_NCOLUMNS 17
void kd_siginfo_read(const struct kd_dbval *col, struct kd_siginfo *ret);
/* Copies of its texts. false: the arena is full. */
bool kd_siginfo_keep(struct kd_siginfo *s, struct kd_arena *a);

KD_MUST_CHECK struct kd_error *kd_siginfo_get(struct kd_db *db, int64_t sig, struct kd_arena *a, struct kd_siginfo *ret);

#endif
