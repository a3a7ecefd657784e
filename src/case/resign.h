/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resign.h: signatures made anew from the texts, when this kdoc makes others than the one that ingested.
 *
 *	err = kd_signatures_check(db, true);           // KD_CONFLICT: they are of another version
 *	err = kd_signatures_again(ctx, db, &r);        // … then this, once
 *
 * Events keep their ids, groups their ids and members, decisions, known issues and links what they are about; only the
 * signatures change. An event without its text keeps its old signature, and is counted.
 */
#ifndef KD_CASE_RESIGN_H
#define KD_CASE_RESIGN_H

#include "base/ctx.h"
#include "case/db.h"

/* The version is kept in table meta. write: an empty memory gets this kdoc's. KD_CONFLICT. */
KD_MUST_CHECK struct kd_error *kd_signatures_check(struct kd_db *db, bool write);

struct kd_resigned {
	uint64_t events, changed; /* looked at; with another signature now */
	uint64_t without_text, not_found; /* kept their old one: no text; the report is not in its text any more */
	uint64_t signatures; /* new ones */
};

/* One transaction: it is done or it is not. */
KD_MUST_CHECK struct kd_error *kd_signatures_again(struct kd_ctx *ctx, struct kd_db *db, struct kd_resigned *ret);

#endif
