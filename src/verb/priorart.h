/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priorart.h: what upstream has about a crash already, and whether enough was searched to write something new.
 *
 *	struct kd_prior_request req = {.text = report, .release = KD_V("6.6.9")};
 *	kd_auto(kd_prior_freep) struct kd_prior *p = NULL;
 *	err = kd_prior_search(ctx, &req, &p);            // KD_NOTFOUND: nothing was indexed
 *	err = kd_prior_gate(p);                          // before a patch is drafted
 *
 * Whoever drafts a patch, or asks a model to, calls kd_prior_gate() with what kd_prior_search() found about the same
 * report, and hands kd_prior_text() on with the draft: work that upstream has done is not done again, and what was not searched
 * is said. There is no other way to make a struct kd_prior.
 */
#ifndef KD_VERB_PRIORART_H
#define KD_VERB_PRIORART_H

#include "history/backport.h"
#include "history/releases.h"
#include "verb/history.h"

#define KD_PRIOR_CANDIDATES 3u
#define KD_PRIOR_LOOKED_AT 24u /* hits of the search that are held to the releases */
#define KD_PRIOR_MAX_AGE_DAYS 7u /* older than that and the gate stays shut; history.max-age of the configuration */

struct kd_prior_candidate {
	uint32_t doc;
	char id[13]; /* 12 digits */
	struct kd_view subject, why;
	struct kd_view fixes; /* id of its first Fixes: line; absent */
	int64_t date; /* author's, s since 1970 UTC */
	const char *first, *first_final; /* tags; NULL: no tag contains it */
	double score;
	const struct kd_bp_cell *in; /* one for each release */
};

/* What the kernel that crashed has of the crashing function: the last commit that changed it. */
struct kd_prior_change {
	struct kd_view func, subject; /* func absent: not known */
	char id[13];
	int64_t date;
};

struct kd_prior_source {
	struct kd_view name;
	bool mail; /* a list; else a tree of git */
	uint64_t number; /* of commits or mails */
	int64_t newest, indexed; /* s since 1970 UTC */
	bool complete;
};

/* A patch on a list that is no commit of the index (kd_mail_pending()). */
struct kd_prior_posted {
	struct kd_view date, from, subject, why, answers, mid; /* texts; answers: "nak"; may be absent */
};

struct kd_prior_request {
	struct kd_view text; /* the report */
	struct kd_view release; /* of the kernel that crashed; absent: not known */
	const char *store; /* see struct kd_history_question */
	int64_t now; /* s since 1970 UTC; 0: the clock's */
};

struct kd_prior {
	struct kd_arena arena;
	struct kd_history *h;
	struct kd_relset releases;
	struct kd_releases tags;
	struct kd_prior_candidate *v; /* the best first, without those that the kernel that crashed has */
	size_t n;
	struct kd_view had; /* ids of those; absent: none */
	struct kd_prior_change last;
	double confidence; /* that the first is the fix: kd_rank_confidence() */
	bool sure; /* it is KD_RANK_SURE or more */
	size_t running; /* release of the kernel that crashed, KD_NPOS: it is not in the index */
	bool running_changed; /* with something on top that the index does not have */
	struct kd_view running_why; /* why it is not in the index */
	struct kd_prior_posted *posted; /* the best first */
	size_t nposted;
	struct kd_view mail_why; /* why the lists could not be searched though there are some; absent */
	struct kd_prior_source *sources;
	size_t nsources;
	int64_t now;
	unsigned max_age_days;
};

KD_MUST_CHECK struct kd_error *kd_prior_search(struct kd_ctx *ctx, const struct kd_prior_request *req, struct kd_prior **ret);
void kd_prior_free(struct kd_prior *p);
void kd_prior_freep(struct kd_prior **p);

/*
 * NULL: a patch may be drafted; who does it has to look at `posted` first. KD_CONFLICT: the first candidate is very likely the fix. KD_NOTFOUND: a tree or a list, of which one each is needed, was not searched, not to its end, or not lately.
 */
KD_MUST_CHECK struct kd_error *kd_prior_gate(const struct kd_prior *p);

/* Lines of text for who reads the draft: what was searched, candidates, where they are. */
void kd_prior_text(const struct kd_prior *p, struct kd_buf *ret);

/* "2026-11-22", UTC. */
void kd_prior_day(struct kd_buf *b, int64_t t);

/* "absent", "present (upstream line, v6.1.103)", marked where it is a guess: candidate c in release r. */
void kd_prior_cell(const struct kd_prior *p, size_t c, size_t r, struct kd_buf *ret);

#endif
