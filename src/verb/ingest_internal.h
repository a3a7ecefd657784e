/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ingest_internal.h: between ingest.c (logs, counts) and ingest_json.c (events in JSON). */
#ifndef KD_VERB_INGEST_INTERNAL_H
#define KD_VERB_INGEST_INTERNAL_H

#include "base/jsonflat.h"
#include "base/jsonin.h"
#include "case/event.h"
#include "verb/ingest.h"

/* What a JSON object says about its event; views into the document, or into own. */
struct kd_ingest_item {
	struct kd_event_from from;
	struct kd_view text; /* the log; absent: it has none */
	bool noise; /* a message of a boot or of a driver's start, if its text holds no report */
	char own[64];
};

/* An object, as a tree or flat. */
struct kd_ingest_object {
	struct kd_jval tree;
	const struct kd_jsonflat *flat; /* NULL: tree */
};

/* Read the members of one object. */
void kd_ingest_item(const struct kd_ingest_object *o, struct kd_ingest_item *ret);

/* Is it a line of a journal or of dmesg --json, which belong to a log? */
bool kd_ingest_is_log_line(const struct kd_ingest_object *o);

/* "2026-11-22T01:02:03Z", or a number of seconds, milliseconds, micro- or nanoseconds → microseconds since 1970. */
bool kd_ingest_time_text(struct kd_view s, int64_t *ret);

#endif
