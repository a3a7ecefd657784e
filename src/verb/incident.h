/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * incident.h: what happened to one machine at a time: which incidents there are, and one of them in full.
 *
 *	struct kd_incident_options o = {.host = "db7"};
 *	err = kd_memory_ask(ctx, store, KD_DB_READ, kd_incident_list, &o, NULL, 0, &sheet);
 *	err = kd_memory_ask(ctx, store, KD_DB_READ, kd_incident_show, &o, args, 1, &sheet);
 *
 * Who shows an incident in another way (verb/timeline.h, verb/caseinv.h) gets it from kd_incident_named().
 */
#ifndef KD_VERB_INCIDENT_H
#define KD_VERB_INCIDENT_H

#include "base/buf.h"
#include "case/incident.h"
#include "verb/memory.h"

struct kd_incident_options {
	const char *host; /* of list: only this one's; NULL: all */
	bool several; /* of list: only those with more than one event */
};

kd_memory_answer kd_incident_list, kd_incident_show;

/*
 * An incident by its id, by an event's id, or by the host if it has only one. KD_NOTFOUND; KD_INVALID: the host has several (the
 * message names them).
 */
KD_MUST_CHECK struct kd_error *kd_incident_named(struct kd_db *db, struct kd_view name, struct kd_arena *a, struct kd_incident *ret);

/* Sentences about it that several answers have; each fills b. */
void kd_incident_say_whole(const struct kd_incident *inc, struct kd_buf *b);
void kd_incident_say_first(const struct kd_incident *inc, struct kd_buf *b);
/* What is not known of event i: flags without a setter, oopses that are missing; empty: nothing. */
void kd_incident_say_open(const struct kd_incident *inc, size_t i, struct kd_buf *b);

/* "2026-05-12 11:24:03", UTC; "not stated" for 0. b.n grows. */
void kd_case_time(struct kd_buf *b, int64_t us);
struct kd_cell kd_case_time_cell(struct kd_sheet *s, int64_t us);
/* "1234.567890" */
void kd_case_clock(struct kd_buf *b, int64_t us);
const char *kd_case_tier(uint8_t tier); /* "CRIT" … "-" */

#endif
