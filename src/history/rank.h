/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rank.h: commits by how well they fit a query (docs/HISTORY.md, "Ranking", has the formulas and what each part of the score adds).
 *
 *	struct kd_rank_req req = {.limit = 10};
 *	err = kd_rank(store, &q, &req, &arena, &hits, &n);     // q: kd_fixquery_parse()'s; it is weighed here
 *
 * One pass over the postings of the query's words, one over all commits. Memory: 12 bytes a commit.
 */
#ifndef KD_HISTORY_RANK_H
#define KD_HISTORY_RANK_H

#include "history/dag.h"
#include "history/embed.h"
#include "history/query.h"
#include "history/store.h"

/* Parts of a score, as they were added. */
enum kd_rank_part {
	KD_RANK_PARTS, /* parts of names in common, as the cosine of the two */
	KD_RANK_NAMES, /* whole names: functions of the report in diff or message */
	KD_RANK_FILES, /* files and folders */
	KD_RANK_CRASHING, /* the crashing function itself */
	KD_RANK_KIND, /* the message speaks of that kind of error */
	KD_RANK_SYZBOT, /* both of syzbot */
	KD_RANK_GUARD, /* the subject says that something is checked, avoided … */
	KD_RANK_DATE, /* from the time of the kernel that crashed */
	KD_RANK_QUOTE, /* the message quotes a trace with the same functions */
	KD_RANK_VECTORS, /* the commit's vector lies near that of the report's words: lsa.h */
	KD_RANK_EMBEDDING, /* the same by a model of the user's: embed.h */
	KD_RANK_NPARTS
};

struct kd_rank_hit {
	uint32_t doc;
	float score, part[KD_RANK_NPARTS];
};

struct kd_rank_req {
	size_t limit;
	int64_t after, before; /* s since 1970 UTC, of the author; 0: none */
	struct kd_view path; /* commits that touch this file or folder; absent: all */
	const struct kd_bits *among; /* commits; NULL: all */
	bool exhaustive; /* every commit is scored in full: for tests of the way that leaves out those without hope */
	const struct kd_bits *except; /* commits that are none; NULL: no such */
	const struct kd_embedded *embedded; /* with the query's vector; NULL: none */
	uint32_t without; /* parts that are left out: bits of enum kd_rank_part, for measuring what they add */
};

/* The best first; of equal ones the later commit. KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_rank(const struct kd_store *st, struct kd_fixquery *q, const struct kd_rank_req *req, struct kd_arena *a,
				       struct kd_rank_hit **ret, size_t *n_ret);

/* How far the first stands out. */
struct kd_rank_standing {
	double gap, gap5; /* to the second and the fifth, scores; 10: there is none */
	double share; /* 1 / sum of exp(score - score of the first) over the first hundred */
	double date; /* 0 … 1: of its date's part */
	double content; /* behind the best in content alone, without syzbot, guard and date; negative: it is the best */
	double quote;
};

/* n should be 100 or more, or all that there are; at least 1. The same patch in another tree (one subject) is no rival. */
void kd_rank_standing(const struct kd_store *st, const struct kd_rank_hit *hits, size_t n, struct kd_rank_standing *ret);

/*
 * How probable it is that the first is the fix: 0 … 1, calibrated on reports with known fixes of which three in ten had theirs
 * left out of the answers.
 */
double kd_rank_confidence(const struct kd_rank_standing *s);

/* From here on "this is the fix" was wrong in 1.7 % of the reports whose fix was not there, in 1.0 % of all. */
#define KD_RANK_SURE 0.80
#define KD_RANK_FOR_CONFIDENCE 101u /* hits that it wants */

const char *kd_rank_part_name(enum kd_rank_part p); /* "parts", "names" …: keys of JSON */

#endif
