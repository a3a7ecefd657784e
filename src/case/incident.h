/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * incident.h: events of one machine's one misfortune, and which of them came first.
 *
 *	struct kd_incident_sum sum;
 *	struct kd_incident inc;
 *	err = kd_incident_find(db, KD_V("inc-0123456789ab"), &arena, &sum);
 *	if (!err)
 *		err = kd_incident_load(db, &sum, &arena, &inc);
 *	… inc.v[inc.first], inc.v[i].cause, inc.v[i].why
 *
 * An incident is all events of one host and one boot. A boot is what the events' source calls one (a boot id), or one boot
 * of one log (the label "~…" that kdoc ingest gives). Events of a host without either are put together by time: those
 * that follow each other within KD_INCIDENT_GAP; that is a guess, and by_time says so. An event without host, or without boot and
 * time, is an incident of its own. Nothing is ever joined over hosts: a taint flag tells that something of the same boot
 * set it, not which bug of which other machine.
 *
 * Its id, "inc-" and 12 hex digits, is made of host and boot, so that it stays when more events come; of one by time it is made
 * of its first event, and changes when an earlier one comes.
 *
 * Order is by [#n] where events have it, else by the kernel's clock, else by the stated time, else by the place in the log. Clocks of
 * CPUs differ: two events of different CPUs within KD_INCIDENT_SKEW are marked unsure.
 *
 * Times are microseconds since 1970, kernel times microseconds since boot.
 */
#ifndef KD_CASE_INCIDENT_H
#define KD_CASE_INCIDENT_H

#include "case/event.h"
#include "case/siginfo.h"

#define KD_INCIDENT_ID 17 /* "inc-", 12 digits, NUL */
#define KD_INCIDENT_GAP ((int64_t)15 * 60 * 1000000)
#define KD_INCIDENT_SKEW 1000
#define KD_INCIDENT_EVENTS 2000 /* that are held; more are counted */
#define KD_INCIDENT_SIGS 64 /* different signatures that a sum counts */

struct kd_incident_sum {
	char id[KD_INCIDENT_ID];
	struct kd_view host, boot; /* either may be absent */
	bool by_time; /* no boot id: put together by time */
	bool made_up; /* the boot is a label of one boot of one log, no boot id */
	int64_t from, until; /* 0: no event states a time */
	uint64_t events;
	unsigned signatures; /* at most KD_INCIDENT_SIGS */
	uint8_t tier; /* the highest */
	bool fatal;
	struct kd_evkey begin; /* the first by time */
};

/* How it is known that one event follows from another. */
enum kd_incident_tie {
	KD_INCIDENT_ROOT, /* nothing here says that it does */
	KD_INCIDENT_LOG, /* the log that both came with ties them (report/relate.h) */
	KD_INCIDENT_FLAG, /* a taint flag was set when it fired, and that event is the only kind here that sets it */
	KD_INCIDENT_MAYBE, /* the same, and events of that kind set it sometimes, or the boot is not known */
};

struct kd_incident_event {
	struct kd_event e;
	const struct kd_siginfo *sig; /* never NULL; may be empty */
	uint8_t tie; /* enum kd_incident_tie */
	ptrdiff_t cause; /* index; -1 */
	struct kd_view why; /* of the tie; absent for a root */
	uint32_t unset; /* flags that were set and of which no event here is the setter */
	uint32_t missing; /* oopses that [#n] counts and that are not here */
	bool unsure; /* it may be that the one before it came later: their clocks are of different CPUs */
	bool elsewhere; /* the event that it follows from is stored with it, but not here */
	uint32_t repeats; /* of the same signature later in the boot; of the first one */
	ptrdiff_t repeat_of; /* index of the first one of its signature; -1 */
};

enum kd_incident_order { KD_INCIDENT_BY_CLOCK, KD_INCIDENT_BY_TIME, KD_INCIDENT_BY_PLACE };

struct kd_incident {
	struct kd_incident_sum sum;
	struct kd_incident_event *v; /* in order */
	size_t n;
	uint64_t left_out; /* beyond KD_INCIDENT_EVENTS */
	size_t worst, first; /* indexes: the most severe, and the first domino that leads to it */
	bool first_open; /* something before the first domino is missing: a flag or an [#n] says so */
	uint8_t order; /* enum kd_incident_order */
	struct kd_view *issue; /* of trackers, without repeats */
	size_t nissues;
};

typedef struct kd_error *kd_incident_fn(void *user, const struct kd_incident_sum *s);

/* All incidents, or those of a host; the sum is valid until fn returns. */
KD_MUST_CHECK struct kd_error *kd_incident_each(struct kd_db *db, struct kd_view host, kd_incident_fn *fn, void *user);

/* By its id, or by the only one that begins so. KD_NOTFOUND, KD_INVALID. Texts in arena. */
KD_MUST_CHECK struct kd_error *kd_incident_find(struct kd_db *db, struct kd_view id, struct kd_arena *a, struct kd_incident_sum *ret);

/* The one that an event belongs to. */
KD_MUST_CHECK struct kd_error *kd_incident_of(struct kd_db *db, const struct kd_event *e, struct kd_arena *a,
					      struct kd_incident_sum *ret);

/* Its events, ordered and tied. KD_NOTFOUND: they are gone. */
KD_MUST_CHECK struct kd_error *kd_incident_load(struct kd_db *db, const struct kd_incident_sum *sum, struct kd_arena *a,
						struct kd_incident *ret);

/* The id that host and boot (or, without boot, the first event) give. */
void kd_incident_id(struct kd_view host, struct kd_view boot, struct kd_evkey begin, char ret[KD_INCIDENT_ID]);

const char *kd_incident_tie_words(uint8_t tie); /* "the log ties them" … */
const char *kd_incident_tie_key(uint8_t tie); /* "log" … for JSON */

#endif
