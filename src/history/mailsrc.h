/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailsrc.h: where mails come from: an archive of public-inbox, an mbox, a Maildir, one message.
 *
 *	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *s = NULL;
 *	err = kd_mailsrc_open(ctx, "/lore/linux-mm", &s);            // what it is, is found out
 *	struct kd_mailsrc_read r = {.since = stored, .fn = on_mail, .user = &t, .position = &buf};
 *	err = kd_mailsrc_read(s, &r);                                // store buf as text: the next `since`
 *
 * Reading is incremental: the position is a few lines of text that say how far it came and how to see that the part
 * before is still the same. When it is not (an epoch that was rewritten to take a mail out, an mbox that was packed
 * anew), all is given again, which r.restarted says; ids tell what is known already.
 *
 * Formats: public-inbox-v2-format(5) and public-inbox-v1-format(5); mbox: RFC 4155 and the four dialects of
 * https://www.loc.gov/preservation/digital/formats/fdd/fdd000383.shtml (mboxo, mboxrd, mboxcl, mboxcl2);
 * Maildir: https://cr.yp.to/proto/maildir.html.
 */
#ifndef KD_HISTORY_MAILSRC_H
#define KD_HISTORY_MAILSRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

enum kd_mailsrc_kind {
	KD_MAILSRC_V2, /* a folder with git/0.git, git/1.git … */
	KD_MAILSRC_EPOCH, /* one such repository */
	KD_MAILSRC_V1, /* a repository with a file per message */
	KD_MAILSRC_MBOX, /* perhaps packed */
	KD_MAILSRC_MAILDIR,
	KD_MAILSRC_ONE, /* a file with one message */
};

#define KD_MAILSRC_MESSAGE_MAX ((size_t)16 << 20) /* bytes; a longer one is given as lost */
#define KD_MAILSRC_EPOCHS_MAX 1000
#define KD_MAILSRC_COMMITS_MAX 4000000 /* of one repository, of one call */

struct kd_mailsrc_mail {
	struct kd_view id; /* stable: a blob's id, "mbox:OFFSET", a Maildir name, "file" */
	struct kd_view bytes; /* as in the archive, quoted From_ lines of an mbox restored; absent when lost */
	bool deleted; /* the archive took this message out later */
	const char *lost; /* why there are no bytes: "longer than 16 MiB" */
};

struct kd_mailsrc;

struct kd_mailsrc_read {
	struct kd_view since; /* absent: from the beginning */
	/* Views are borrowed. An error ends the reading, and position is of the last message that was taken. */
	struct kd_error *(*fn)(void *user, const struct kd_mailsrc_mail *m);
	bool (*known)(void *user, struct kd_view id); /* true: not read, not given; may be NULL */
	void *user;
	struct kd_buf *position; /* replaced; ≤ 128 KiB */
	bool restarted; /* out */
	uint64_t given, skipped, lost; /* out; lost ones are given as well */
	const char *note; /* out: static text about the end ("the mbox ends inside a message"), or NULL */
};

/* KD_NOTFOUND; KD_BADDATA: it is nothing that holds mail. */
KD_MUST_CHECK struct kd_error *kd_mailsrc_open(struct kd_ctx *ctx, const char *path, struct kd_mailsrc **ret);
void kd_mailsrc_close(struct kd_mailsrc *s); /* NULL is fine */
void kd_mailsrc_closep(struct kd_mailsrc **s);

enum kd_mailsrc_kind kd_mailsrc_kind(const struct kd_mailsrc *s);
const char *kd_mailsrc_word(enum kd_mailsrc_kind k);

KD_MUST_CHECK struct kd_error *kd_mailsrc_read(struct kd_mailsrc *s, struct kd_mailsrc_read *r);

#endif
