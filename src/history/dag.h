/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dag.h: which commits are in which: the graph of a store.
 *
 *	struct kd_bits b;
 *	kd_dag_reach(st, tips, n, &b);                  // everything that is reachable from these documents
 *	if (kd_bits_has(&b, doc)) …
 *	kd_bits_deinit(&b);
 *
 * A parent has a lower number than its children (build.c adds them in this order), so that one pass from the
 * highest to the lowest does it: some 10 ms for a million commits.
 */
#ifndef KD_HISTORY_DAG_H
#define KD_HISTORY_DAG_H

#include "history/store.h"

struct kd_bits {
	uint64_t *v;
	uint32_t n;
};

static inline bool kd_bits_has(const struct kd_bits *b, uint32_t i)
{
	return i < b->n && b->v[i / 64] >> i % 64 & 1;
}

void kd_bits_deinit(struct kd_bits *b);

/* fn(user, parent) for each that is a document. */
void kd_dag_parents(const struct kd_store *st, uint32_t doc, void (*fn)(void *user, uint32_t parent), void *user);

void kd_dag_reach(const struct kd_store *st, const uint32_t *tips, size_t n, struct kd_bits *ret);

/* Everything that has this document in its history, and itself: which branches contain it. */
void kd_dag_above(const struct kd_store *st, uint32_t doc, struct kd_bits *ret);

/*
 * Labels: each commit gets the least of the labels of all commits that it is reachable from. `label` has st->docs
 * elements, UINT32_MAX where nothing was put. With tags in the order of their release it is the first release that
 * contains a commit.
 */
void kd_dag_least(const struct kd_store *st, uint32_t *label);

#endif
