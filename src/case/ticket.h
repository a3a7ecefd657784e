/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticket.h: what kdoc asks of a ticket system. Implemented in link/, opened by link/ticket.h.
 *
 * Nothing is written without the user's yes: plan() says in a sentence what a change would do, the verb shows it, and only with --yes
 * calls create(), comment() or link(). Each change carries a marker, which the ticket keeps ("kdoc:…"): with a marker that is there already
 * nothing is written and *existed is true, so that a run that was cut off can simply be made again. Whoever calls reads back (get()).
 *
 * Texts from a ticket system are hostile input, borrowed during a callback, at most KD_TICKET_TEXT bytes.
 */
#ifndef KD_CASE_TICKET_H
#define KD_CASE_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

#define KD_TICKET_TEXT ((size_t)4 << 20)
#define KD_TICKET_TITLE 300 /* bytes */
#define KD_TICKET_MARKER 64 /* bytes: letters, digits, '-', ':' */
#define KD_TICKET_KEY 64

struct kd_ticket {
	struct kd_view key, title, status, url, created; /* created: RFC 3339, as the system says it */
	struct kd_view text; /* body and comments, Markdown */
	size_t comments;
};

enum kd_ticket_verb { KD_TICKET_CREATE, KD_TICKET_COMMENT, KD_TICKET_LINK };

/* A change. */
struct kd_ticket_change {
	uint8_t verb; /* enum kd_ticket_verb */
	struct kd_view key; /* COMMENT, LINK; of CREATE absent */
	struct kd_view title; /* CREATE */
	struct kd_view text; /* CREATE: the body; COMMENT; LINK: "SYSTEM:KEY" or an address */
	struct kd_view marker;
	struct kd_view who, when; /* when: RFC 3339 */
};

struct kd_ticket_config {
	struct kd_view address; /* "dir:/srv/tickets", a folder */
	struct kd_view project; /* of new tickets: "KRN" → KRN-1; absent: "T" */
};

typedef struct kd_error *kd_ticket_fn(void *user, const struct kd_ticket *t);

/* One kind of ticket system. To add one: a file in link/, a row in the table of link/ticket.c, a contract test in tests/unit/link. */
struct kd_ticket_ops {
	const char *name;
	bool (*claims)(struct kd_view address); /* rows are asked in order */
	struct kd_error *(*open)(struct kd_ctx *ctx, const struct kd_ticket_config *c, void **ret);
	void (*close)(void *conn);
	/* Tickets that have all of these words, of either case, in title or text; no words: all. In the order of their keys. */
	struct kd_error *(*search)(void *conn, struct kd_view words, kd_ticket_fn *fn, void *user);
	struct kd_error *(*get)(void *conn, struct kd_view key, kd_ticket_fn *fn, void *user); /* KD_NOTFOUND */
	/* The ticket that a CREATE with this marker made; "" : none. */
	struct kd_error *(*find)(void *conn, struct kd_view marker, char ret_key[KD_TICKET_KEY]);
	/* What a change would do, one sentence. Checks it as the change itself does; changes nothing. */
	struct kd_error *(*plan)(void *conn, const struct kd_ticket_change *c, struct kd_buf *ret);
	/* Does it: all of it or nothing. ret_key: the ticket. */
	struct kd_error *(*change)(void *conn, const struct kd_ticket_change *c, char ret_key[KD_TICKET_KEY], bool *existed);
};

#endif
