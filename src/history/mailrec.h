/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailrec.h: what is kept of a mail besides its words: the text of its document in a segment.
 *
 *	kd_mailrec_write(&buf, &mail, "linux-mm", source);
 *	err = kd_mailrec_parse(&arena, kd_buf_view(&buf), &r);      // views into the text
 *	kd_mailrec_fields(&arena, &r, fn, user);                    // its text, field by field, as it was indexed
 *
 * Layout, lines: "mid ID", "date N", "received N" (if known), "from NAME <ADDRESS>", "to …", "cc …" for each address, "ref ID"
 * for each mail that it refers to (the oldest first), "list ID", "box NAME", "source ID", "name FILE" for each named part,
 * "change-id ID", "patch-id HEX", "sign KIND LINE" (kd_mail_sign_word() with - for blanks), "damage BITS", "cut" (not all of the body is here), "subject TEXT", an
 * empty line, the body. Line breaks in values become blanks.
 */
#ifndef KD_HISTORY_MAILREC_H
#define KD_HISTORY_MAILREC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "history/mail.h"
#include "history/term.h"

#define KD_MAILREC_BODY_MAX ((size_t)512 << 10) /* of a body; the rest is not indexed either: cut */

struct kd_mailrec_sign {
	struct kd_view kind, line;
};

struct kd_mailrec {
	struct kd_view mid, list, box, source, subject, change_id, patch_id;
	struct kd_view *from, *to, *cc, *refs, *names;
	size_t nfrom, nto, ncc, nrefs, nnames;
	int64_t date, received; /* 0: not known */
	struct kd_mailrec_sign *signs;
	size_t nsigns;
	unsigned damage;
	bool cut;
	struct kd_view body;
};

/* patch_id: hex digits, or absent. */
void kd_mailrec_write(struct kd_buf *b, const struct kd_mail *m, struct kd_view box, struct kd_view source, struct kd_view patch_id);
/* KD_LIMIT when the arena is full; lines that are not understood are passed over. */
KD_MUST_CHECK struct kd_error *kd_mailrec_parse(struct kd_arena *a, struct kd_view text, struct kd_mailrec *ret);

/* Pieces of text in which a phrase may stand. false of fn ends it. */
typedef bool kd_mailrec_field_fn(void *user, enum kd_word_field field, struct kd_view text);
/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_mailrec_fields(struct kd_arena *a, const struct kd_mailrec *r, kd_mailrec_field_fn *fn, void *user);

#endif
