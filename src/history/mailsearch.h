/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailsearch.h: mails that fit a query.
 *
 *	struct kd_mailsearch_req req = {.limit = 20};
 *	err = kd_mailsearch(ctx, store, q, &req, &arena, &found);
 *	found.hit[i].doc, found.total                        // total_known false: at most so many
 *
 * Words are sets of documents (a bit each), so that a query costs some passes over the lists of its words. The index has no places
 * of words: a phrase is looked up in the texts of the mails that have all of its words. Where phrases are what all of the
 * query has to have, that is done from the best mail on until `limit` are found; `exact` wants all of them.
 */
#ifndef KD_HISTORY_MAILSEARCH_H
#define KD_HISTORY_MAILSEARCH_H

#include "base/ctx.h"
#include "history/mailquery.h"
#include "history/mailstore.h"

#define KD_MAILSEARCH_STAR_MAX 20000u /* words that a word* may stand for; more: KD_LIMIT */

struct kd_mail_hit {
	uint32_t doc;
	float score; /* 0 when nothing was weighed */
};

struct kd_mailsearch_req {
	size_t limit; /* 0: all */
	size_t offset; /* hits that are passed over */
	bool relevance; /* the best first; else the newest */
	bool exact; /* count them all, too */
	const struct kd_bits *among; /* mails; NULL: all */
};

struct kd_mailsearch {
	struct kd_mail_hit *hit;
	size_t n;
	uint64_t total;
	bool total_known;
};

KD_MUST_CHECK struct kd_error *kd_mailsearch(struct kd_ctx *ctx, const struct kd_mailstore *ms, const struct kd_mq *q,
					     const struct kd_mailsearch_req *req, struct kd_arena *a, struct kd_mailsearch *ret);

#endif
