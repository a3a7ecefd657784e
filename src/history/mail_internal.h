/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail_internal.h: what the files of history/mail*.c share.
 */
#ifndef KD_HISTORY_MAIL_INTERNAL_H
#define KD_HISTORY_MAIL_INTERNAL_H

#include "base/buf.h"
#include "base/vec.h"
#include "history/mail.h"

struct kd_mail_field {
	struct kd_view name, value; /* unfolded: line ends taken out; borrowed from the arena */
};

struct kd_mail_header {
	struct kd_mail_field *v;
	size_t n;
	struct kd_view body; /* raw, behind the empty line */
};

/* The header of a message. Adds to *damage. KD_LIMIT, KD_BADDATA. */
KD_MUST_CHECK struct kd_error *kd_mail_header_read(struct kd_view bytes, struct kd_arena *a,
						   struct kd_mail_header *ret, unsigned *damage);

/* The i-th field of that name (any case); absent when there is none. */
struct kd_view kd_mail_header_get(const struct kd_mail_header *h, const char *name, size_t i);

/* Fills ids, addresses, dates, subject from the header. */
KD_MUST_CHECK struct kd_error *kd_mail_fields(const struct kd_gmime *g, const struct kd_mail_header *h,
					      struct kd_view bytes, struct kd_arena *a, struct kd_mail *m);

/* Fills body, parts. */
KD_MUST_CHECK struct kd_error *kd_mail_body(const struct kd_gmime *g, struct kd_view bytes, struct kd_arena *a,
					    struct kd_mail *m);

/* Joins the lines of format=flowed (RFC 3676, 4.1…4.5). */
void kd_mail_unflow(struct kd_view text, bool delsp, struct kd_buf *out);
/* Text of HTML, crude: tags out, block ends as line breaks, the usual entities. */
void kd_mail_unhtml(struct kd_view html, struct kd_buf *out);

/* Fills spans, message_n, diff_*: what each line of the body is. */
KD_MUST_CHECK struct kd_error *kd_mail_divide(struct kd_arena *a, struct kd_mail *m);

/* Fills trailers, signs, commits, change_id, base_commit, author. */
KD_MUST_CHECK struct kd_error *kd_mail_signs(struct kd_arena *a, struct kd_mail *m);

/* A line off the front, without its end; false when nothing is left. */
static inline bool kd_mail_line(struct kd_view *rest, struct kd_view *line)
{
	if (!rest->n)
		return false;
	if (kd_view_take_until(rest, KD_V("\n"), line))
		return true;
	*line = *rest;
	*rest = kd_view_from(*rest, rest->n);
	return true;
}

#endif
