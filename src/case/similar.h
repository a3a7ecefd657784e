/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * similar.h: how likely two reports are one bug, and why.
 *
 *	struct kd_vocab *v = kd_vocab_new(&limits);
 *	struct kd_profile *a, *b;
 *	err = kd_profile_make(v, traits_a, &a);         // counts a's words: rarity comes from these
 *	err = kd_profile_make(v, traits_b, &b);
 *	struct kd_likeness l;
 *	kd_similar(v, a, b, &l);                        // l.score, l.verdict
 *	kd_similar_reasons(v, a, b, &l, &arena, &why);  // words for people, only when asked for
 *
 * A vocabulary knows how many profiles have a function, file, directory or word: what few reports have
 * says more than what all have. Nothing of it is built in; it is of the reports that are grouped.
 *
 * The score is a probability as a logistic regression sees it (weights and their meaning: similar_model.h;
 * measured: docs/case-grouping.md). The verdict takes more than a score: "same" also asks that nothing
 * speaks against it, see kd_similar().
 *
 * Profiles belong to their vocabulary and live as long as it does.
 */
#ifndef KD_CASE_SIMILAR_H
#define KD_CASE_SIMILAR_H

#include "case/traits.h"

struct kd_vocab;
struct kd_profile;

enum kd_verdict { KD_VERDICT_DIFFERENT, KD_VERDICT_POSSIBLE, KD_VERDICT_SAME };

/* What is compared; the order is that of the table in similar_model.h. */
#define KD_FEATURES_MAX 32

struct kd_likeness {
	double score; /* 0 … 1 */
	uint8_t verdict; /* enum kd_verdict */
	float feature[KD_FEATURES_MAX];
};

/* One reason, in a few words. */
struct kd_reason {
	const char *ingredient; /* "stack", "place", "access" … */
	bool against; /* speaks for two bugs */
	struct kd_view words;
};

#define KD_REASONS_MAX 12

struct kd_reasons {
	struct kd_reason v[KD_REASONS_MAX];
	size_t n;
};

struct kd_vocab *kd_vocab_new(size_t max_bytes); /* 0: 1 GiB */
void kd_vocab_free(struct kd_vocab *v); /* NULL is fine; its profiles go with it */
size_t kd_vocab_bytes(const struct kd_vocab *v);
size_t kd_vocab_profiles(const struct kd_vocab *v);

/* KD_LIMIT: the vocabulary is full. */
struct kd_error *kd_profile_make(struct kd_vocab *v, const struct kd_traits *t, struct kd_profile **ret) KD_MUST_CHECK;

/* Symmetric; the same two profiles in the same vocabulary give the same answer. */
void kd_similar(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b, struct kd_likeness *ret);

/* Words live in arena; the strongest first. What no longer fits the arena is left out. */
void kd_similar_reasons(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b,
			const struct kd_likeness *l, struct kd_arena *arena, struct kd_reasons *ret);

const char *kd_verdict_word(uint8_t verdict); /* "same", "possible", "different" */

/* Names of the features, for tables; NULL past the last. */
const char *kd_feature_name(size_t i);

#endif
