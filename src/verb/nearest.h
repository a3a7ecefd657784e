/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nearest.h: "did you mean …?"
 *
 *	struct kd_nearest n;
 *	kd_nearest_init(&n, "scna");
 *	for each name: kd_nearest_try(&n, name);
 *	if (n.best) …                                // near enough to be worth saying
 */
#ifndef KD_VERB_NEAREST_H
#define KD_VERB_NEAREST_H

#include <stddef.h>

struct kd_nearest {
	const char *word; /* borrowed */
	size_t len;
	const char *best; /* NULL: nothing is near */
	size_t distance;
};

void kd_nearest_init(struct kd_nearest *n, const char *word);

/* Edits: insert, delete, replace, swap two neighbours. Names longer than 31 bytes never match. */
void kd_nearest_try(struct kd_nearest *n, const char *name);

#endif
