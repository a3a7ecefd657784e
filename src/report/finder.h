/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finder.h: where in a block of bytes does any of some words begin?
 *
 *	struct kd_finder *f = kd_finder_new(words, n);
 *	size_t at = kd_finder_next(f, block, 0, NULL); // KD_NPOS: none of them
 *	kd_finder_free(f);
 *
 * Used to pass over ordinary log text at memory speed. The method is that of
 * "packed" string search (Teddy of the Hyperscan library): four bytes of each word
 * make a fingerprint, and two shuffles for each of the four tell for 16, 32 or 64 text
 * positions at a time whether one of eight groups of fingerprints could stand there.
 * What is left is compared byte by byte.
 */
#ifndef KD_REPORT_FINDER_H
#define KD_REPORT_FINDER_H

#include "base/view.h"

struct kd_finder;

#define KD_WORD_MIN 3
#define KD_WORDS_MAX 256

struct kd_word {
	const char *text;
	uint8_t anchor; /* its fingerprint: 3 or better 4 bytes from here that are rare */
	uint8_t bucket; /* 0 … 7: shared with words whose fingerprints let little through together */
};

/* words must stay valid as long as the finder. At most KD_WORDS_MAX. */
struct kd_finder *kd_finder_new(const struct kd_word *words, size_t n);

/*
 * Where a word begins at from or later, or KD_NPOS; of several the one whose fingerprint
 * comes first. which may be NULL; else it gets the index of (one of) the words there.
 */
size_t kd_finder_next(const struct kd_finder *f, struct kd_view text, size_t from, size_t *which);

/* A set of words, by their indices. */
struct kd_wordset {
	uint64_t bits[KD_WORDS_MAX / 64];
};

/* All words that stand anywhere in the text. false: none. */
bool kd_finder_all(const struct kd_finder *f, struct kd_view text, struct kd_wordset *ret);

/*
 * Search with this method: "avx512", "avx2", "ssse3", "neon", "plain". false: not on this machine.
 * A new finder has the fastest; this is for tests.
 */
bool kd_finder_use(struct kd_finder *f, const char *method);

void kd_finder_free(struct kd_finder *f);

/* How many bytes of text are c. */
size_t kd_count_byte(struct kd_view text, char c);

#endif
