/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h: reports of many logs, put together by signature, with the reasons.
 *
 *	struct kd_group_request req = {.inputs = names, .ninputs = n};
 *	kd_auto(kd_grouping_freep) struct kd_grouping *g = NULL;
 *	err = kd_group(ctx, &req, &g);
 *	for (size_t i = 0; i < g->ngroups; i++) …
 *
 * A report has three signatures (struct kd_signature): strict, normal, loose, each a
 * hash of named ingredients. Reports with the same signature of the level asked for
 * (normal unless stated) are one group. Groups that differ there but share the looser
 * signature are near misses: the ingredients that keep them apart are named, so that a
 * reader can overrule it. A report without signature is a group of its own.
 */
#ifndef KD_VERB_GROUP_H
#define KD_VERB_GROUP_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "report/report.h"
#include "verb/input.h"

#define KD_GROUP_MEMBERS_MAX 200000 /* reports compared; more are counted, not grouped */
#define KD_GROUP_NEAR_MAX 1000 /* near misses named */
#define KD_GROUP_DIFF_MAX 16 /* ingredients named per comparison */

struct kd_group_request {
	const char *const *inputs;
	size_t ninputs;
	enum kd_sigtype level; /* set it: KD_SIG_NORMAL is not 0 */
	bool infrastructure;
	void (*progress)(void *user, const struct kd_input *in); /* optional */
	void *user;
};

struct kd_member {
	struct kd_view input;
	uint64_t start_line, end_line;
	uint32_t number; /* of the report in its log, from 1 */
	struct kd_view title, release, host;
	uint8_t outcome, tier;
	const struct kd_kind *kind;
	struct kd_signature sig[KD_NSIG];
};

struct kd_group {
	char id[16]; /* "g-" and 12 digits of its signature: the same in every run */
	const struct kd_member **members;
	size_t nmembers, ninputs; /* in so many different logs */
	bool has_signature;
	enum kd_sigtype merged_by; /* the strictest level on which all members agree */
	uint8_t tier; /* the worst of its members */
	/* Ingredients of the next stricter level in which members differ. */
	struct kd_view varies[KD_GROUP_DIFF_MAX];
	size_t nvaries;
};

/* Two groups that look alike and were kept apart. */
struct kd_near_miss {
	const struct kd_group *a, *b;
	enum kd_sigtype alike; /* the level on which they agree */
	struct kd_view only_a[KD_GROUP_DIFF_MAX], only_b[KD_GROUP_DIFF_MAX];
	size_t nonly_a, nonly_b;
};

struct kd_group_note { /* a problem, or what was passed over; texts as in verb/input.h */
	struct kd_view name, cls, message, remedy;
	int64_t offset;
	bool is_problem;
};

struct kd_grouping {
	struct kd_arena arena;
	enum kd_sigtype level;
	struct kd_group *groups; /* most members first */
	size_t ngroups, nmembers, ninputs;
	struct kd_near_miss *near;
	size_t nnear;
	struct kd_group_note *notes;
	size_t nnotes, nproblems;
	uint64_t infrastructure; /* left out */
	uint64_t over_limit; /* reports not grouped because of KD_GROUP_MEMBERS_MAX */
	uint64_t near_over_limit, notes_over_limit;
};

struct kd_error *kd_group(struct kd_ctx *ctx, const struct kd_group_request *req,
			  struct kd_grouping **ret) KD_MUST_CHECK;

void kd_grouping_free(struct kd_grouping *g); /* NULL is fine */
void kd_grouping_freep(struct kd_grouping **g);

const char *kd_sigtype_word(enum kd_sigtype t); /* "strict" … */

#endif
