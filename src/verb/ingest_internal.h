/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ingest_internal.h: what the files of ingest have in common. ingest.c runs it and tells; ingest_input.c reads an input in the shape that
 * ingest_shape.c sees in it; ingest_tracker.c has a tracker's issues; ingest_events.c takes events in JSON, as ingest_json.c reads them;
 * all texts end in ingest_report.c.
 */
#ifndef KD_VERB_INGEST_INTERNAL_H
#define KD_VERB_INGEST_INTERNAL_H

#include "base/jsonflat.h"
#include "base/jsonin.h"
#include "base/vec.h"
#include "case/event.h"
#include "case/intake.h"
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

/* ---- the shape of an input ---- */

enum kd_ingest_shape { KD_INGEST_LOG, KD_INGEST_LINES, KD_INGEST_VALUE };

/* Which of the three begins so? Decided by its first value. whole: there is no more of it. */
enum kd_ingest_shape kd_ingest_shape(struct kd_view text, bool whole);

/* "{" and a name, or "[{", and not a value: somebody meant it to be read as events. */
bool kd_ingest_broken_json(struct kd_view v);

/* Could it be the beginning of a JSON document, whose end decides what it is? */
bool kd_ingest_may_be_value(struct kd_view v);

/* ---- a run ---- */

enum { KD_INGEST_LINE_MAX = 16 << 20 }; /* bytes of a line of JSON */

struct kd_ingest_seen {
	struct kd_evkey key;
	bool has;
};

struct kd_ingest_job {
	struct kd_ctx *ctx;
	const struct kd_ingest_request *req;
	struct kd_sheet *s;
	struct kd_intake *intake;
	struct kd_event_from given;
	int64_t now;
	const struct kd_input *in; /* NULL: the tracker */
	/* of the text that is being scanned */
	struct kd_view text;
	const struct kd_event_from *from;
	bool log; /* it is a whole log, not the text of one event */
	char label[13]; /* of a log that goes on: as it was when it was looked at first */
	struct kd_intake_where shared;
	KD_VEC(struct kd_ingest_seen) seen;
	bool again; /* the quick pass is not enough */
	struct kd_buf room; /* texts of a flat line of JSON */
	const struct kd_tracker_issue *issue; /* that the events at hand are of; NULL: they say it themselves */
	uint64_t inputs, items, reports, infrastructure, empty, messages, bad_items, problems, notes;
	bool fatal; /* an error of the store, not of the input */
};

/* Up to a hundred notes; how many more there were is said at the end. */
void kd_ingest_note(struct kd_ingest_job *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A sign of life to whoever asked for it; user: the job. */
void kd_ingest_tick(void *user);

/* Adds what the request and the tracker say of an event, and which input it is from. */
void kd_ingest_given(struct kd_ingest_job *j, struct kd_event_from *f);

/* One input; user: the job. What is wrong with it alone is a note. */
KD_MUST_CHECK struct kd_error *kd_ingest_input(void *user, struct kd_input *in);

/* All events of the request's tracker. */
KD_MUST_CHECK struct kd_error *kd_ingest_tracker(struct kd_ingest_job *j);

/* An object, an array of them, or one that holds them ("events": […]). */
KD_MUST_CHECK struct kd_error *kd_ingest_value(struct kd_ingest_job *j, struct kd_jval v);

/* The complete lines of a block. *ret: bytes of them; last: what is left is one, too. */
KD_MUST_CHECK struct kd_error *kd_ingest_lines(struct kd_ingest_job *j, struct kd_view text, bool last, uint64_t *no, size_t *ret);

/*
 * All reports of a text. Of the text of an event that has reports of known signatures only, what events differ in is read without what the
 * first of a signature needs (names, owner, call …): half of the time.
 */
KD_MUST_CHECK struct kd_error *kd_ingest_text(struct kd_ingest_job *j, struct kd_view text, const struct kd_event_from *from, bool is_log);

#endif
