/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * admin.h: the team's memory as a thing to look after: what is in it, whether it is sound, what is too old.
 *
 *	err = kd_case_check(db, on_complaint, &state, &complaints);
 *	err = kd_case_expire(db, before_us, false, &e);        // what would go
 */
#ifndef KD_CASE_ADMIN_H
#define KD_CASE_ADMIN_H

#include "case/db.h"

/* A sentence about one thing that is not as it has to be. */
typedef void kd_complaint_fn(void *user, struct kd_view line);

#define KD_COMPLAINTS_EACH 100 /* of one kind; more are counted as one more */

/*
 * Is the database itself sound (kd_db_check), and do its tables agree: each event has its signature and each signature its group,
 * raw texts unpack and hold what events say, what is named is there. All of it as of one moment, while others write.
 * *ret: complaints. An error: it could not be looked at.
 */
KD_MUST_CHECK struct kd_error *kd_case_check(struct kd_ctx *ctx, struct kd_db *db, kd_complaint_fn *fn, void *user, uint64_t *ret);

struct kd_expiry {
	uint64_t events, blocks, months; /* that go (went); months: whole partitions of PostgreSQL */
	uint64_t undated; /* events that state no time: they stay */
};

/*
 * Events of before that time, and raw texts that no event has any more. Signatures, groups, decisions and links stay: they are what was
 * learned. really: do it. The time is kept in meta 'expired', so that kd_case_check() does not miss what went.
 */
KD_MUST_CHECK struct kd_error *kd_case_expire(struct kd_ctx *ctx, struct kd_db *db, int64_t before_us, bool really,
					      struct kd_expiry *ret);

#endif
