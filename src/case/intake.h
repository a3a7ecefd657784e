/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intake.h: events into the database, many at a time.
 *
 *	struct kd_intake_opts o = {.ack = ack, .user = &state};
 *	kd_auto(kd_intake_freep) struct kd_intake *in = kd_intake_new(db, &o);
 *	err = kd_intake_text(in, raw_text, &where);             // once for a text, however many reports it has
 *	for each report of it
 *		err = kd_intake_report(in, r, &from, &where, NULL, &key);
 *	…
 *	err = kd_intake_finish(in);
 *
 * A batch is one transaction. ack() is called after its commit: what it was told of survives the end of the process at any
 * moment (and, of a database that was opened with KD_DB_DURABLE, of the machine). An event that is there already
 * changes nothing. Memory is bounded by the size of a batch; texts are kept in packed blocks of 4 MiB, several for a batch.
 */
#ifndef KD_CASE_INTAKE_H
#define KD_CASE_INTAKE_H

#include "case/event.h"
#include "case/groups.h"

struct kd_intake;

struct kd_intake_counts {
	uint64_t events; /* handed in and committed or known */
	uint64_t added;	 /* of these, new */
	uint64_t signatures; /* new strict signatures */
	uint64_t batches;
	uint64_t raw_bytes, packed_bytes; /* of blocks that were written */
};

struct kd_intake_opts {
	size_t batch_events; /* 0: 8192 */
	size_t batch_bytes; /* of raw text; 0: 32 MiB */
	void (*ack)(void *user, const struct kd_intake_counts *all); /* may be NULL */
	void *user;
};

/* Where a text lies that was handed in; good until the next kd_intake_text(). */
struct kd_intake_where {
	int64_t off, len;
	bool has;
};

/* An event that another one follows from. */
struct kd_cause {
	struct kd_evkey key;
	struct kd_view why;
};

struct kd_intake *kd_intake_new(struct kd_db *db, const struct kd_intake_opts *o);
void kd_intake_free(struct kd_intake *in); /* what was not finished is dropped; NULL is fine */
void kd_intake_freep(struct kd_intake **in);

/* At most KD_INTAKE_TEXT bytes; a longer one is cut, which shows in its length. */
#define KD_INTAKE_TEXT ((size_t)16 << 20)
KD_MUST_CHECK struct kd_error *kd_intake_text(struct kd_intake *in, struct kd_view raw, struct kd_intake_where *ret);

/* cause and fatal (line of the crash that the machine ended with) may be absent. *ret: its key; may be NULL. */
KD_MUST_CHECK struct kd_error *kd_intake_report(struct kd_intake *in, const struct kd_report *r, const struct kd_event_from *from,
						const struct kd_intake_where *where, const struct kd_cause *cause,
						struct kd_evkey *ret);

/* A message without a report, see kd_event_of_message(). */
KD_MUST_CHECK struct kd_error *kd_intake_message(struct kd_intake *in, struct kd_view text, bool noise, const struct kd_event_from *from,
						 const struct kd_intake_where *where);

/* Was this signature seen? Then nothing but its events is needed of a report. */
bool kd_intake_knows(const struct kd_intake *in, int64_t sig);

/* Forget the last n reports that were handed in since the last kd_intake_text(). */
void kd_intake_drop(struct kd_intake *in, size_t n);

/* Write what is left. */
KD_MUST_CHECK struct kd_error *kd_intake_finish(struct kd_intake *in);

const struct kd_intake_counts *kd_intake_counts(const struct kd_intake *in);

/* The raw text of an event, appended to ret. KD_NOTFOUND: none was kept; KD_BADDATA: its block is damaged. */
KD_MUST_CHECK struct kd_error *kd_event_text(struct kd_db *db, const struct kd_event *e, struct kd_buf *ret);

/* Texts lie in blocks of some MiB: for who reads those of many events, in the order of blocks. {.has = false} before the first. */
struct kd_textblock {
	int64_t id;
	char *bytes;
	size_t n;
	bool has;
};

/* The same; borrowed from b until the next call. */
KD_MUST_CHECK struct kd_error *kd_event_text_in(struct kd_db *db, const struct kd_event *e, struct kd_textblock *b, struct kd_view *ret);
void kd_textblock_deinit(struct kd_textblock *b);

#endif
