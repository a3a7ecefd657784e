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
 * hash of named ingredients. With request.engine the grouping engine decides (case/grouper.h): signatures, and
 * likeness of what they were made of; it says for each signature why it joined, which groups may be one bug
 * as well, and which seem to hold two. Without it, reports with the same signature of the level asked for
 * are one group. Groups that differ there but share the looser
 * signature are near misses: the ingredients that keep them apart are named, so that a
 * reader can overrule it. A report without signature is a group of its own.
 */
#ifndef KD_VERB_GROUP_H
#define KD_VERB_GROUP_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "case/grouper.h"
#include "case/overmerge.h"
#include "report/report.h"
#include "verb/input.h"

#define KD_GROUP_MEMBERS_MAX 200000 /* reports compared; more are counted, not grouped */
#define KD_GROUP_NEAR_MAX 1000 /* near misses named */
#define KD_GROUP_DIFF_MAX 16 /* ingredients named per comparison */

struct kd_group_request {
	const char *const *inputs;
	size_t ninputs;
	enum kd_sigtype level; /* set it: KD_SIG_NORMAL is not 0 */
	bool engine; /* level is then KD_SIG_NORMAL */
	const char *field; /* also say how this field's values are spread (kd_field_of()); NULL: none */
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
	/* With the engine. */
	char key[KD_SIG_HEX], group[KD_GROUP_ID];
	struct kd_view access, place, function; /* "read"; "net/x.c:12" and "foo", of the guilty place */
	struct kd_view value; /* of request.field; absent */
	uint32_t boot; /* of its log */
};

/* How a signature came to its group. */
struct kd_group_join {
	const struct kd_member *member, *via; /* the first report with it; via: of the signature through which it joined */
	uint8_t join; /* enum kd_join */
	double score;
	struct kd_reasons reasons;
};

struct kd_group {
	char id[16]; /* "g-" and 12 digits of its signature: the same in every run */
	const struct kd_member **members;
	size_t nmembers, ninputs; /* in so many different logs */
	bool has_signature;
	enum kd_sigtype merged_by; /* the strictest level on which all members agree; KD_NSIG: none */
	const struct kd_group_join **joins; /* all but the founder's */
	size_t njoins;
	const struct kd_overmerge *two; /* seems to hold two bugs; NULL */
	const struct kd_spread_result *values; /* of request.field; NULL: not asked */
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

/* Two groups that may be one bug: a person should decide. */
struct kd_group_possible {
	const struct kd_group *a, *b;
	double score;
	struct kd_reasons reasons;
};

struct kd_group_note { /* a problem, or what was passed over; texts as in verb/input.h */
	struct kd_view name, cls, message, remedy;
	int64_t offset;
	bool is_problem;
};

struct kd_grouping {
	struct kd_arena arena;
	enum kd_sigtype level;
	bool engine;
	struct kd_view field; /* of the request; absent */
	const struct kd_spread_result *values; /* over all members */
	struct kd_group_possible *possible; /* best first */
	size_t npossible;
	uint64_t possible_over_limit;
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

const char *kd_sigtype_word(enum kd_sigtype t); /* "strict" …; KD_NSIG: "no" */

#endif
