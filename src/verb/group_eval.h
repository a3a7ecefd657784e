/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_eval.h: how well the grouping engine groups reports whose bugs are known.
 *
 *	struct kd_group_eval_request req = {.path = "dedup.jsonl.zst"};
 *	kd_auto(kd_group_eval_freep) struct kd_group_eval *e = NULL;
 *	err = kd_group_eval(ctx, &req, &e);
 *
 * The file has one JSON object a line with "report" (text of a log) and "cluster" (equal: one bug); other
 * members are ignored, except "bug_id", by which a report is named. Each report goes into the engine in the
 * order of the file. Merges are counted after closure: all pairs of members of a group, however they came
 * together. A report in which kdoc sees nothing is a group of its own and counts.
 */
#ifndef KD_VERB_GROUP_EVAL_H
#define KD_VERB_GROUP_EVAL_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

#define KD_EVAL_REPORTS_MAX 20000
#define KD_EVAL_BINS 10
#define KD_EVAL_CURVE 8
#define KD_EVAL_WRONG_MAX 200

struct kd_group_eval_request {
	const char *path;
	void (*pair)(void *user, size_t a, size_t b, bool same, double score, const float *feature); /* optional */
	void *user;
};

/* Pairs that some rule calls one bug. */
struct kd_eval_pairs {
	const char *name; /* "strict signature", "groups" … */
	uint64_t right, wrong;
};

struct kd_eval_wrong { /* two reports that were merged and are two bugs, or a pair that is one bug and got a low score */
	size_t a, b;
	double score;
};

struct kd_group_eval {
	struct kd_arena arena;
	size_t reports, unseen; /* unseen: nothing was found in them */
	size_t clusters, groups;
	uint64_t pairs, positive;
	double auc; /* of kd_similar()'s score over all pairs */
	double auc_baseline; /* of the cosine of stacks by nearness and rarity alone */
	struct kd_eval_pairs rule[4]; /* strict, normal and loose signature; groups of the engine */
	double bcubed_precision, bcubed_recall, bcubed_f1, rand_adjusted;
	struct {
		uint64_t positive, all; /* pairs with such a score */
	} bin[KD_EVAL_BINS]; /* by score, tenths */
	struct {
		double score, precision, recall; /* pairs with at least that score */
	} curve[KD_EVAL_CURVE];
	struct kd_view *name, *title; /* of each report */
	uint32_t *cluster; /* its bug, as the file says: numbers from 0 */
	struct kd_eval_wrong *wrong; /* merged wrongly */
	size_t nwrong;
	uint64_t nwrong_all;
};

struct kd_error *kd_group_eval(struct kd_ctx *ctx, const struct kd_group_eval_request *req, struct kd_group_eval **ret) KD_MUST_CHECK;

void kd_group_eval_free(struct kd_group_eval *e); /* NULL is fine */
void kd_group_eval_freep(struct kd_group_eval **e);

#endif
