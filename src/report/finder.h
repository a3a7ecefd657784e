/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finder.h: where in a block of bytes does any of some words begin?
 *
 *	struct kd_finder *f = kd_finder_new(words, n);
 *	size_t at = kd_finder_next(f, block, 0, NULL); // KD_NPOS: none of them
 *	kd_finder_free(f);
 *
 * Used to pass over ordinary log text at memory speed. The method is that of
 * "packed" string search: three bytes of each word make a fingerprint, and one
 * shuffle per byte position tells for 16 or 32 text positions at a time which of
 * eight groups of words could begin there. What is left is compared byte by byte.
 */
#ifndef KD_REPORT_FINDER_H
#define KD_REPORT_FINDER_H

#include "base/view.h"

struct kd_finder;

struct kd_word {
	const char *text; /* at least 3 bytes */
	uint8_t anchor;	  /* offset of its three rarest bytes: the fingerprint */
};

/* words must stay valid as long as the finder. At most 256. */
struct kd_finder *kd_finder_new(const struct kd_word *words, size_t n);

/*
 * The lowest position >= from where a word begins, or KD_NPOS. which may be NULL;
 * else it gets the index of (one of) the words found there.
 */
size_t kd_finder_next(const struct kd_finder *f, struct kd_view text, size_t from, size_t *which);

void kd_finder_free(struct kd_finder *f);

/* How many bytes of text are c. */
size_t kd_count_byte(struct kd_view text, char c);

#endif
