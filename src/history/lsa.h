/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lsa.h: a vector of each commit, in a space that was learned from the indexed commits themselves (latent semantic analysis
 * of parts of names and words): commits that speak of the same things with other words lie near each other.
 *
 *	err = kd_lsa_write(store);                        // after each run of the indexer
 *	err = kd_lsa_open(store, &v);                     // !v.docs: there is no file that fits the store
 *	kd_lsa_query_add(&q, &v, term, weight); …         // the query's words
 *	kd_lsa_query_end(&q);
 *	float near = kd_lsa_near(&v, &q, doc);            // -1 … 1
 *
 * The model: for up to KD_LSA_WORDS_MAX words the first KD_LSA_DIMS right singular vectors, about, of the matrix of commits and
 * words (level weight * ln(1 + N / documents), rows of length 1), from up to KD_LSA_LEARN commits at equal distances, by subspace
 * iteration from a start that depends on the words alone: the same commits give the same model. A commit's vector is its row
 * times the model.
 *
 * It is learned once; commits of later runs get their vectors by the same model, merges of segments do not touch it. When a
 * store has four times the commits that its model was learned from, a new one is learned and all vectors are made anew: the
 * file holds one model and the vectors by it, and is replaced as a whole.
 *
 * A file "vectors-DDDDDDDD" beside the segments, little endian: "kdocKDV\n", u32 version, u32 dimensions, u32 words, u32 commits
 * that it was learned from, u32 commits, u32 kd_check32 of everything behind the header (model), u64 object ids' heads of
 * KD_LSA_WITNESSES commits at equal distances; then u64 words, ascending; f32 per word: what its numbers are multiplied by; i8
 * per word and dimension; i8 per commit and dimension (length 1 is 127).
 */
#ifndef KD_HISTORY_LSA_H
#define KD_HISTORY_LSA_H

#include "history/store.h"

#define KD_LSA_VERSION 1u
#define KD_LSA_DIMS 64u
#define KD_LSA_WORDS_MAX 65536u
#define KD_LSA_LEARN 60000u
#define KD_LSA_LEAST 64u /* commits: fewer have no model */
#define KD_LSA_WITNESSES 8u

struct kd_lsa {
	uint32_t docs, words, learned; /* docs 0: there is none */
	uint32_t model; /* check of the model: its name */
	const uint8_t *word, *scale; /* u64, f32 per word */
	const int8_t *of_word, *of_doc; /* KD_LSA_DIMS each */
	void *map;
	size_t size;
};

struct kd_lsa_query {
	float sum[KD_LSA_DIMS];
	int8_t v[KD_LSA_DIMS];
	bool any;
};

KD_MUST_CHECK struct kd_error *kd_lsa_write(struct kd_store *st);
/* Nothing that fits is no error. */
void kd_lsa_open(const struct kd_store *st, struct kd_lsa *ret);
void kd_lsa_close(struct kd_lsa *v);

/* A KD_FIELD_PART word; one that the model does not know adds nothing. */
void kd_lsa_query_add(struct kd_lsa_query *q, const struct kd_lsa *v, uint64_t term, double weight);
void kd_lsa_query_end(struct kd_lsa_query *q);

/* doc < v->docs. */
static inline float kd_lsa_near(const struct kd_lsa *v, const struct kd_lsa_query *q, uint32_t doc)
{
	const int8_t *d = v->of_doc + (size_t)doc * KD_LSA_DIMS;
	int32_t sum = 0;

	for (unsigned i = 0; i < KD_LSA_DIMS; i++)
		sum += (int32_t)(int16_t)(d[i] * q->v[i]);
	return (float)sum / (127.0f * 127.0f);
}

#endif
