/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ingest.h: logs and exports of events into the team's memory.
 *
 *	struct kd_ingest_request req = {.inputs = names, .ninputs = n};
 *	err = kd_ingest(ctx, &req, &sheet);
 *
 * An input is a log in any disguise (its reports become events), or JSON: one event an object, on a line each or in an array:
 * kdoc's own form, Sentry events, entries of log stores, syzbot's reports, whatever has a kernel log in one of its texts. Which
 * members are read, and under which names: docs/verbs/ingest.md. The journal as JSON or in its export format is a log.
 */
#ifndef KD_VERB_INGEST_H
#define KD_VERB_INGEST_H

#include "base/ctx.h"
#include "base/sheet.h"
#include "verb/input.h"

struct kd_ingest_request {
	const char *const *inputs;
	size_t ninputs;
	const char *tracker; /* "dir:FOLDER": all events of its issues, too; NULL: none */
	const char *store; /* NULL: as configured */
	/* What the inputs do not say themselves; NULL: nothing. */
	const char *host, *boot, *release, *time; /* time: RFC 3339 with zone */
	bool durable; /* each batch also survives a loss of power */
	bool infrastructure; /* also reboots, fuzzer and user-space panics */
	void (*progress)(void *user, const struct kd_input *in); /* may be NULL */
	void *user;
	/* Called after each commit: so many events are safe; may be NULL. */
	void (*ack)(void *user, uint64_t events);
};

/* s->none: there was no report in any input. *ret_problems: inputs that could not be read; the others were. */
KD_MUST_CHECK struct kd_error *kd_ingest(struct kd_ctx *ctx, const struct kd_ingest_request *req, struct kd_sheet *s,
					 uint64_t *ret_problems);

#endif
