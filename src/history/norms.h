/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * norms.h: how long each commit is as a vector of its parts of names: what its share in a query is divided by.
 *
 *	err = kd_norms_write(store);                  // after each run of the indexer
 *	err = kd_norms_open(store, &n);               // n.v[doc]
 *
 * sqrt(sum of (level weight * ln(1 + N / documents with the part))^2) over the KD_FIELD_PART words of a commit, 1 for one
 * without any. A file "norms-DDDDDDDD" beside the segments: "kdocKDN\n", u32 documents, u32 kd_check32 of the rest, f32 each.
 */
#ifndef KD_HISTORY_NORMS_H
#define KD_HISTORY_NORMS_H

#include "history/store.h"

struct kd_norms {
	const float *v; /* per document */
	void *map;
	size_t size;
	float *own; /* made now: there was no file that fits */
};

KD_MUST_CHECK struct kd_error *kd_norms_write(const struct kd_store *st);
/* Of a file, or made anew when there is none that fits the store. */
KD_MUST_CHECK struct kd_error *kd_norms_open(const struct kd_store *st, struct kd_norms *ret);
void kd_norms_close(struct kd_norms *n);

#endif
