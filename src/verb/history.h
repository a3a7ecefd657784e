/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h: how the verbs that ask the index of git and mail are asked. Such a verb is a function of type
 * kd_history_answer: it reads its options and arguments and fills the sheet. Opening the store, and the coverage that
 * every answer ends with (what was searched, how fresh it is, what was not there to be searched), are the same for all.
 *
 *	struct kd_history_question q = {.answer = kd_show, .options = &o, .args = args, .nargs = n};
 *	err = kd_history_ask(ctx, &q, &sheet);
 */
#ifndef KD_VERB_HISTORY_H
#define KD_VERB_HISTORY_H

#include "base/config.h"
#include "base/ctx.h"
#include "base/sheet.h"
#include "history/mailstore.h"
#include "history/store.h"

struct kd_history {
	struct kd_ctx *ctx;
	struct kd_config *config;
	struct kd_store *git; /* NULL: no tree was indexed (mails_will_do) */
	struct kd_mailstore *mail; /* NULL: no mail was indexed, or it cannot be read: mail_why */
	const char *mail_why; /* the reason; NULL: nothing was indexed */
	char *own_why;
	bool asked_mail; /* answer() searched the mails: for the coverage */
};

typedef struct kd_error *kd_history_answer(struct kd_history *h, const void *options, const char *const *args, size_t nargs,
					   struct kd_sheet *s);

struct kd_history_question {
	const char *store; /* folder; NULL: history.store of the configuration, or kdoc/history in the XDG data folder */
	bool write; /* answer() changes the store */
	bool may_be_empty; /* answer() is asked even if nothing was indexed; h->git is NULL then */
	bool mails_will_do; /* answer() is asked if mails were indexed and no tree; h->git is NULL then */
	kd_history_answer *answer;
	const void *options;
	const char *const *args;
	size_t nargs;
};

KD_MUST_CHECK struct kd_error *kd_history_ask(struct kd_ctx *ctx, const struct kd_history_question *q, struct kd_sheet *s);

/* The folder, on the heap. */
KD_MUST_CHECK struct kd_error *kd_history_folder(const char *store, char **ret);

/* Open, close: for who asks several things (investigate). KD_NOTFOUND: nothing was indexed. */
KD_MUST_CHECK struct kd_error *kd_history_open(struct kd_ctx *ctx, const char *store, bool write, struct kd_history **ret);
/* The same; mails alone are enough. */
KD_MUST_CHECK struct kd_error *kd_history_open_any(struct kd_ctx *ctx, const char *store, struct kd_history **ret);
void kd_history_close(struct kd_history *h);
void kd_history_closep(struct kd_history **h);

/* The tables "searched" and "searched_mail", and notes on what was not searched. */
void kd_history_coverage(const struct kd_history *h, struct kd_sheet *s);

/* Cells and texts that several of these verbs need. */
struct kd_view kd_history_day(struct kd_sheet *s, int64_t t); /* "2026-11-22", UTC; absent for 0 */
struct kd_view kd_history_short(struct kd_sheet *s, const struct kd_history *h, uint32_t doc); /* 12 digits of its id */

/* One commit by id, ref, tag or subject as the user writes it. KD_NOTFOUND, KD_INVALID: several. */
KD_MUST_CHECK struct kd_error *kd_history_commit(const struct kd_history *h, const char *name, uint32_t *doc_ret);

/* Its record; views into buf and arena. */
struct kd_record;
KD_MUST_CHECK struct kd_error *kd_history_record(const struct kd_history *h, uint32_t doc, struct kd_arena *a, struct kd_record *ret);

#endif
