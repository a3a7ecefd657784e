/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exposure.h: which host ran which release when (tables exposure and rollout).
 *
 *	struct kd_exposure e = {.host = KD_V("db7"), .release = KD_V("6.18.5"), .since = a, .until =
 *b, .boots = KD_EXPOSURE_NO_BOOTS}; const char *why = kd_exposure_refuse(&e, now);         // NULL:
 *fine err = kd_exposure_add(ctx, db, v, n, KD_EXPOSURE_GAP, &counts); err = kd_exposure_each(db,
 *since, until, on_span, user);
 *
 * Spans of one host and release that overlap or touch are one. A host that was seen with a release
 *twice, no longer apart than a gap, and with no other in between, is taken to have run it in
 *between: such a span is INFERRED. Longer gaps stay unknown. The same inventory again changes
 *nothing.
 *
 * Times are microseconds since 1970.
 */
#ifndef KD_CASE_EXPOSURE_H
#define KD_CASE_EXPOSURE_H

#include "base/ctx.h"
#include "case/db.h"

#define KD_EXPOSURE_MAX 4000000 /* spans of one call */
#define KD_EXPOSURE_HOST_MAX 10000 /* spans of one host */
#define KD_EXPOSURE_NAME_MAX 255 /* bytes of a host, a release */
#define KD_EXPOSURE_NO_BOOTS (-1)
#define KD_EXPOSURE_GAP ((int64_t)48 * 3600 * 1000000)

enum kd_exposure_basis {
	KD_EXPOSURE_STATED, /* an inventory gives the span */
	KD_EXPOSURE_SEEN, /* from a boot to when it was seen, or a moment */
	KD_EXPOSURE_INFERRED, /* seen twice, taken to have run in between */
	KD_EXPOSURE_BASES
};

struct kd_exposure {
	struct kd_view host, release;
	int64_t since, until; /* until ≥ since; equal: a moment */
	int64_t boots; /* in that time, or KD_EXPOSURE_NO_BOOTS */
	uint8_t basis; /* enum kd_exposure_basis */
};

const char *kd_exposure_basis_name(unsigned basis); /* "stated", "seen", "inferred"; never NULL */

/* Why it can not be true, for people; NULL: it can. Static text. */
const char *kd_exposure_refuse(const struct kd_exposure *e, int64_t now);

/* Spans of one host, in any order: sorted and merged in place; how many are left. n ≤
 * KD_EXPOSURE_HOST_MAX. */
size_t kd_exposure_merge(struct kd_exposure *v, size_t n, int64_t gap);

struct kd_exposure_counts {
	uint64_t given, hosts; /* handed in */
	uint64_t changed; /* hosts about which more is known now */
	uint64_t before, after; /* spans of these hosts in the table */
};

/* v is sorted. One transaction. KD_LIMIT: too many spans, of one host or in all. */
KD_MUST_CHECK struct kd_error *kd_exposure_add(struct kd_ctx *ctx, struct kd_db *db,
					       struct kd_exposure *v, size_t n, int64_t gap,
					       struct kd_exposure_counts *ret);

typedef struct kd_error *kd_exposure_fn(void *user, const struct kd_exposure *e);
/* Spans that overlap [since, until), by host and time; views are good until fn returns. An error of
 * fn ends it. */
KD_MUST_CHECK struct kd_error *kd_exposure_each(struct kd_db *db, int64_t since, int64_t until,
						kd_exposure_fn *fn, void *user);

#endif
