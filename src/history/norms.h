/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * norms.h: how long each commit is as a vector of its parts of names: what its share in a query is divided by.
 *
 *	err = kd_norms_write(store);                  // after each run of the indexer
 *	err = kd_norms_open(store, &n);               // n.v[doc], n.hint[doc]
 *
 * sqrt(sum of (level weight * ln(1 + N / documents with the part))^2) over the KD_FIELD_PART words of a commit, 1 for one
 * without any. Beside it what bounds the rest of a commit's score without its row of statics: see KD_HINT_DAYS.
 *
 * A file "norms-DDDDDDDD" beside the segments: "kdocKDN2", u32 documents, u32 kd_check32 of the rest, f32 each, u16 each.
 */
#ifndef KD_HISTORY_NORMS_H
#define KD_HISTORY_NORMS_H

#include "history/store.h"

/* A hint: days of the author's date since 1970 by KD_HINT_DAYS in the low 14 bits, the kd_static_flag bits above. */
#define KD_HINT_DAYS 4
#define KD_HINT_DATES (1u << 14)

struct kd_norms {
	const float *v; /* per document */
	const uint16_t *hint;
	void *map;
	size_t size;
	float *own; /* made now: there was no file that fits */
	uint16_t *own_hint;
};

KD_MUST_CHECK struct kd_error *kd_norms_write(const struct kd_store *st);
/* Of a file, or made anew when there is none that fits the store. */
KD_MUST_CHECK struct kd_error *kd_norms_open(const struct kd_store *st, struct kd_norms *ret);
void kd_norms_close(struct kd_norms *n);

#endif
