/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail.h: mails in answers: index mail, search --mail, thread, and what the verbs of commits say about mails. See verb/history.h
 * for how they are asked.
 */
#ifndef KD_VERB_MAIL_H
#define KD_VERB_MAIL_H

#include "history/maillink.h"
#include "history/query.h"
#include "verb/history.h"

/* --- index mail --- */

struct kd_index_mail_options {
	const char *store; /* as kd_history_question */
	const char *const *sources; /* folders, files, addresses */
	size_t nsources;
	const char *name; /* of the only one; NULL: the last part of its path */
	unsigned workers;
	bool offline; /* addresses: what is here, without asking the server */
	void (*watch)(void *user, uint64_t done);
	void *user;
};

KD_MUST_CHECK struct kd_error *kd_index_mail(struct kd_ctx *ctx, const struct kd_index_mail_options *o, struct kd_sheet *s);

/* What index status and index verify add about mails. */
void kd_index_mail_status(const struct kd_history *h, struct kd_sheet *s);
KD_MUST_CHECK struct kd_error *kd_index_mail_verify(const struct kd_history *h, struct kd_sheet *s, struct kd_table *t);

/* --- search --mail --- */

struct kd_search_mail_options {
	uint64_t number, offset; /* hits; 0: 20 */
	bool relevance; /* the best first; else the newest */
	bool exact; /* count all hits, also where phrases make that slow */
};

/* args: words of a query, or a file with a report ("-": standard input). */
KD_MUST_CHECK struct kd_error *kd_search_mail(struct kd_history *h, const struct kd_search_mail_options *o, const char *const *args,
					      size_t nargs, struct kd_sheet *s);

/* --- thread --- */

/* args[0]: Message-ID, <Message-ID>, or an address with one in it. */
kd_history_answer kd_thread_ask;

/* --- of commits --- */

/* The table "postings": mails that posted a commit, or that it links to. */
void kd_mail_postings(struct kd_history *h, uint32_t commit, struct kd_sheet *s);

/* The table "pending": patches that fit the report and are no commit of the index. text: of the report. */
KD_MUST_CHECK struct kd_error *kd_mail_pending(struct kd_history *h, struct kd_view text, struct kd_sheet *s);

/* --- parts of it --- */

/* A Message-ID out of what a user gives; in the arena; empty: there is none. */
struct kd_view kd_mail_id_of(struct kd_arena *a, const char *text);
struct kd_cell kd_mail_from_cell(struct kd_sheet *s, const struct kd_mailrec *r);
/* "applied, nak": what answers to the mail, or to the cover letter above it, say; absent: nothing. */
struct kd_view kd_mail_answers(const struct kd_mailstore *ms, const struct kd_mailrec *r, struct kd_sheet *s);

#endif
