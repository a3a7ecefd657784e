/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event.h: a report at a time on a machine, as the team's memory holds it.
 *
 *	struct kd_event_from from = {.host = KD_V("db7"), .at = us, .source = "sentry"};
 *	struct kd_event e;
 *	kd_event_of(r, &from, &e);                       // borrows from r and from
 *	err = kd_event_send(db, &e);                     // a row; the same event again changes nothing
 *
 * What two events have in common when their strict signatures are equal is in struct kd_sigrow, the rest here.
 *
 * Its id, "ev-" and 29 hex digits: 13 of the time that the event itself states (microseconds since 1970; 0: none) and 16 of a digest over
 * host, boot id, kernel time and the texts of its lines without their prefixes. So it is the same wherever it is made, and
 * the same event out of a serial log and out of the journal is one. A stated time that 13 digits can't hold (from
 * September 2112 on) counts as none, as one from before 1970 does: it is a broken clock's or another number.
 */
#ifndef KD_CASE_EVENT_H
#define KD_CASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "case/db.h"
#include "report/report.h"

#define KD_EVENT_ID 33 /* "ev-", 29 digits, NUL */
#define KD_EVENT_AT_END ((int64_t)1 << 52) /* microseconds since 1970 that an id holds are less */

/* A key of table event. */
struct kd_evkey {
	int64_t at, dig;
};

struct kd_event {
	struct kd_evkey key;
	int64_t sig; /* first 64 bits of the strict signature */
	int64_t seen; /* when it was ingested; microseconds since 1970, as all times here */
	struct kd_view host, boot, release, arch, hardware, comm, access, place, cause, fatal, source, input, issue, extid, mark;
	bool has_cpu, has_pid, has_taint, has_mono, has_oops;
	int64_t cpu, pid, taint, mono, oops;
	uint8_t tier, outcome; /* kd_tier, kd_outcome */
	bool debug; /* its release is of a debug or sanitizer build */
	bool has_cause;
	struct kd_evkey cause_of; /* the event that it follows from */
	bool has_raw;
	int64_t block, off, len; /* its raw text: bytes of an unpacked block */
	uint32_t number; /* of the report in that text, from 1 */
	char own[160]; /* texts made here: access, place */
};

/* What equal strict signatures have in common. */
struct kd_sigrow {
	int64_t sig;
	struct kd_view strict, normal, loose; /* hex */
	struct kd_view kind, family, title, syz, func, place, subsystem;
	uint8_t owner, tier; /* kd_owner, kd_tier */
	bool infra;
};

/* What came with the report from outside; absent and 0: the report's own, if it says so. */
struct kd_event_from {
	struct kd_view host, boot, release, arch;
	int64_t at; /* microseconds since 1970; 0: not stated; so it counts, too, where an id can't hold it */
	int64_t seen;
	const char *source; /* "log", "event", "sentry", "syzbot", "lkp" */
	struct kd_view input; /* name of the file, without folders */
	struct kd_view issue, extid;
	struct kd_view issue_title, issue_url, ticket; /* of the issue, as the tracker has them */
	struct kd_view mark; /* "mce": the tracker says that it is a machine check */
};

void kd_event_of(const struct kd_report *r, const struct kd_event_from *from, struct kd_event *ret);
void kd_sigrow_of(const struct kd_report *r, struct kd_sigrow *ret);

/*
 * A message of a tracker that holds no kernel report: kind "message", its signature made of its first line without numbers. noise: of
 * a boot or of a driver's start. room: for the signature's digits, KD_MESSAGE_ROOM bytes that live as long as the row.
 */
#define KD_MESSAGE_ROOM 400
void kd_event_of_message(struct kd_view text, bool noise, const struct kd_event_from *from, struct kd_event *ret,
			 struct kd_sigrow *row_ret, char *room);

void kd_event_id(struct kd_evkey k, char ret[KD_EVENT_ID]);
bool kd_event_id_parse(struct kd_view id, struct kd_evkey *ret);

/* A row, sent; one that is there stays. In a transaction. */
KD_MUST_CHECK struct kd_error *kd_event_send(struct kd_db *db, const struct kd_event *e);

/*
 * Reading: "SELECT " KD_EVENT_COLUMNS " FROM event …"; the row function makes an event of its first columns; texts are borrowed
 * from the row.
 */
#define KD_EVENT_COLUMNS                                                                                                       \
	"at, dig, sig, seen, host, boot, release, arch, hardware, cpu, pid, comm, taint, mono, oops, tier, outcome, debug, "    \
	"access, place, cause_at, cause_dig, cause, fatal, source, input, issue, extid, block, off, len, number, mark"
#define KD_EVENT_NCOLUMNS 33
void kd_event_read(const struct kd_dbval *col, struct kd_event *ret);
/* Copies of its texts. false: the arena is full. */
bool kd_event_keep(struct kd_event *e, struct kd_arena *a);

/* KD_NOTFOUND. Texts in arena. */
KD_MUST_CHECK struct kd_error *kd_event_get(struct kd_db *db, struct kd_evkey k, struct kd_arena *a, struct kd_event *ret);

/* The time that counts: what it states, else when it came. */
static inline int64_t kd_event_time(const struct kd_event *e)
{
	return e->key.at ? e->key.at : e->seen;
}

/* First 16 hex digits of a signature as a number. */
int64_t kd_sig_number(struct kd_view hex);

#endif
