/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracker.h: what kdoc asks of an error tracker (Sentry and its like, syzbot, a folder). Implemented in link/, opened by link/tracker.h.
 *
 * Everything that comes from a tracker is hostile input: texts are borrowed during a callback, are of any bytes but NUL, and bounded by
 * KD_TRACKER_TEXT and KD_TRACKER_EVENT. Reading never changes anything there. What changes something is called only after the user has
 * seen what it would do and has said yes; whoever calls reads back.
 */
#ifndef KD_CASE_TRACKER_H
#define KD_CASE_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

#define KD_TRACKER_TEXT ((size_t)4096) /* of a key, title, address */
#define KD_TRACKER_EVENT ((size_t)32 << 20) /* of an event as JSON */
#define KD_TRACKER_ISSUES 1000000 /* of one listing */

struct kd_tracker_issue {
	struct kd_view key; /* its name in the tracker: never empty */
	struct kd_view title, url, status, ticket; /* may be absent */
	int64_t count; /* events, as the tracker counts them; -1: it does not say */
	int64_t first, last; /* microseconds since 1970; 0: it does not say */
};

/* Where it is and what of it is wanted. Borrowed during open(). */
struct kd_tracker_config {
	struct kd_view address; /* "dir:/srv/issues", a folder */
	int64_t since; /* only issues with events since then; 0: all. What a tracker cannot filter it may give. */
};

/* An event as JSON, as 'kdoc ingest' takes it. */
typedef struct kd_error *kd_tracker_event_fn(void *user, struct kd_view json);
typedef struct kd_error *kd_tracker_issue_fn(void *user, const struct kd_tracker_issue *issue);

/*
 * One kind of tracker. To add one: a file in link/, a row in the table of link/tracker.c, a contract test in tests/unit/link.
 * All errors: KD_NETWORK, KD_AUTH, KD_TIMEOUT, KD_ACCESS, KD_IO of the way there; KD_BADDATA: it answers what nobody can understand;
 * KD_NOTFOUND: no such issue; KD_UNSUPPORTED: this tracker has no such thing.
 */
struct kd_tracker_ops {
	const char *name; /* "dir": also the system of links to its issues */
	bool (*claims)(struct kd_view address); /* rows are asked in order */
	struct kd_error *(*open)(struct kd_ctx *ctx, const struct kd_tracker_config *c, void **ret);
	void (*close)(void *conn);
	/* In an order that is the same each time. An issue that cannot be read is told by bad() (may be NULL), and passed over. */
	struct kd_error *(*list)(void *conn, kd_tracker_issue_fn *fn, void *user, void (*bad)(void *user, struct kd_view key, const char *why));
	struct kd_error *(*get)(void *conn, struct kd_view key, kd_tracker_issue_fn *fn, void *user);
	/* Its events, newest first, at most `max` (0: all). */
	struct kd_error *(*events)(void *conn, struct kd_view key, size_t max, kd_tracker_event_fn *fn, void *user);
	/* The same text again changes nothing. */
	struct kd_error *(*comment)(void *conn, struct kd_view key, struct kd_view text);
	struct kd_error *(*link_ticket)(void *conn, struct kd_view key, struct kd_view ticket, struct kd_view url);
	struct kd_error *(*merge)(void *conn, struct kd_view key, struct kd_view into);
};

#endif
