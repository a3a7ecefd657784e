/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailsrc_internal.h: what the files of history/mailsrc*.c share.
 *
 * To add a kind: a row in the table of mailsrc.c. probe() says whether it is one (no mistakes: the first that says so is
 * taken), read() gives the messages.
 */
#ifndef KD_HISTORY_MAILSRC_INTERNAL_H
#define KD_HISTORY_MAILSRC_INTERNAL_H

#include "history/mailsrc.h"

struct kd_mailsrc {
	struct kd_ctx *ctx;
	char *path;
	const struct kd_mailsrc_ops *ops;
};

struct kd_mailsrc_ops {
	enum kd_mailsrc_kind kind;
	const char *word;
	bool (*probe)(struct kd_ctx *ctx, const char *path);
	struct kd_error *(*read)(struct kd_mailsrc *s, struct kd_mailsrc_read *r);
};

bool kd_mailsrc_is_v2(struct kd_ctx *ctx, const char *path);
bool kd_mailsrc_is_epoch(struct kd_ctx *ctx, const char *path);
bool kd_mailsrc_is_v1(struct kd_ctx *ctx, const char *path);
bool kd_mailsrc_is_mbox(struct kd_ctx *ctx, const char *path);
bool kd_mailsrc_is_maildir(struct kd_ctx *ctx, const char *path);
bool kd_mailsrc_is_one(struct kd_ctx *ctx, const char *path);

struct kd_error *kd_mailsrc_read_v2(struct kd_mailsrc *s, struct kd_mailsrc_read *r);
struct kd_error *kd_mailsrc_read_git(struct kd_mailsrc *s, struct kd_mailsrc_read *r);
struct kd_error *kd_mailsrc_read_mbox(struct kd_mailsrc *s, struct kd_mailsrc_read *r);
struct kd_error *kd_mailsrc_read_maildir(struct kd_mailsrc *s, struct kd_mailsrc_read *r);
struct kd_error *kd_mailsrc_read_one(struct kd_mailsrc *s, struct kd_mailsrc_read *r);

/* Calls fn and counts; with a cancel check. */
KD_MUST_CHECK struct kd_error *kd_mailsrc_give(struct kd_mailsrc *s, struct kd_mailsrc_read *r,
					       const struct kd_mailsrc_mail *m);

/* Is it known already? Then it is counted as skipped. */
bool kd_mailsrc_skip(struct kd_mailsrc_read *r, struct kd_view id);

#endif
