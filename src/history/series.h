/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * series.h: patches that were posted together, and the versions of the same work.
 *
 *	struct kd_series_mail in[n] = {{.node = …, .subject = &m.subject, .author = …, .date = …, …}, …};
 *	err = kd_series_build(&threads, in, n, &arena, &s);
 *	s.posting[i].patch[k]    // the mail of patch k+1, or KD_SERIES_NONE: it is missing
 *	s.posting[i].work        // postings of the same work have the same number
 *
 * One posting: patches [PATCH vN i/M] of one author with the same N, M and words that hang together: below the same
 * cover letter or first patch, or, when no thread ties them, sent within an hour. A [PATCH] without number is a posting
 * of one. The same work, strongest tie first (how says which): b4's change-id; an equal title of the cover letter (of
 * the patch where there is one only); half of the patches' titles, which is marked as guessed.
 */
#ifndef KD_HISTORY_SERIES_H
#define KD_HISTORY_SERIES_H

#include "history/mail.h"
#include "history/thread.h"

enum {
	KD_SERIES_NEAR_S = 3600,
	KD_SERIES_PATCHES_MAX = 1000, /* of one posting; a larger i/M is no patch of a series */
	KD_SERIES_WORK_S = 400 * 86400, /* postings of one work follow each other within this time */
};

#define KD_SERIES_NONE UINT32_MAX

struct kd_series_mail {
	uint32_t node; /* of kd_threads */
	const struct kd_mail_subject *subject;
	struct kd_view author; /* the sender's address, lower case: who posts, not who wrote */
	struct kd_view change_id; /* absent: none */
	int64_t date;
	bool has_diff;
};

enum kd_series_how { KD_SERIES_FIRST, KD_SERIES_CHANGE_ID, KD_SERIES_TITLE, KD_SERIES_PATCHES /* guessed */ };

struct kd_posting {
	uint32_t cover; /* index into the mails, or KD_SERIES_NONE */
	uint32_t *patch; /* total of them, or KD_SERIES_NONE: missing */
	unsigned total, have;
	unsigned version; /* as said; 1 when nothing is said */
	bool rfc, resend;
	struct kd_view author, title; /* of the cover letter, or of the first patch that is there */
	int64_t date; /* of its first mail */
	uint32_t work;
	enum kd_series_how how; /* tied to the earlier postings of the work */
	bool newest; /* of its work */
	uint32_t previous; /* the posting before it in the same work, or KD_SERIES_NONE */
};

struct kd_series {
	struct kd_posting *posting; /* by date */
	size_t n, works;
};

/* KD_LIMIT: the arena's. Answers ("Re:") among the mails are passed over, and what is no patch. */
KD_MUST_CHECK struct kd_error *kd_series_build(const struct kd_threads *t, const struct kd_series_mail *mails, size_t n,
					       struct kd_arena *a, struct kd_series *ret);

#endif
