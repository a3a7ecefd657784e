/* SPDX-License-Identifier: GPL-2.0-or-later */
/* triage_internal.h: between triage.c (asks), triage_class.c (decides) and triage_tell.c (says). */
#ifndef KD_VERB_TRIAGE_INTERNAL_H
#define KD_VERB_TRIAGE_INTERNAL_H

#include "base/hashmap.h"
#include "base/vec.h"
#include "case/census.h"
#include "verb/triage.h"

enum kd_triage_class { KD_TR_TICKETED, KD_TR_DUPLICATE, KD_TR_CANDIDATE, KD_TR_FILTERED };

#define KD_TRIAGE_CANDIDATES 5 /* shown, if nothing else is asked for */
#define KD_TRIAGE_OTHERS 20

struct kd_triage_row {
	const struct kd_census_group *g;
	size_t group; /* its number in the census */
	const struct kd_census_part *part; /* what it is of the group; NULL: the group has followers alone */
	struct kd_view issue; /* absent: the row is the group, or what of it came without an issue */
	uint64_t events;
	int64_t first, last;
	uint8_t cls; /* enum kd_triage_class */
	uint8_t tier;
	struct kd_view ticket; /* its own, or that of what it is a duplicate of */
	struct kd_view other; /* the issue that it is a duplicate of; absent */
	struct kd_view reason; /* why it is of this class */
	struct kd_view action;
	struct kd_view hint; /* what may tie it to something else, as a hypothesis; absent */
	struct kd_view title; /* the tracker's, if it is known, else the group's */
	bool rising, fresh; /* rate of the last day; not seen before it */
	bool shown; /* in the table */
	bool hardware;
	bool unread; /* a message without a report */
};

/* Boot banners, probes of drivers and the like, around a roll-out. */
struct kd_cohort {
	struct kd_view text;
};

struct kd_triage {
	struct kd_memory *m;
	const struct kd_triage_options *o;
	struct kd_census *c;
	struct kd_sheet *s;
	struct kd_arena *a;
	int64_t since, until;
	bool default_window;
	struct kd_hashmap tickets; /* subject → text in `names` */
	struct kd_hashmap issue_titles, group_into;
	struct kd_arena keys;
	KD_VEC(struct kd_view) names;
	KD_VEC(struct kd_triage_row) rows;
	KD_VEC(struct kd_cohort) cohorts;
	uint64_t noise_events;
};

/* Tickets, titles: what links and known issues say. */
KD_MUST_CHECK struct kd_error *kd_triage_load(struct kd_triage *t);
/* Rows and their classes. */
KD_MUST_CHECK struct kd_error *kd_triage_classify(struct kd_triage *t);
/* Fill the sheet. */
KD_MUST_CHECK struct kd_error *kd_triage_tell(struct kd_triage *t);

/* The ticket of a subject ("g-…", "issue:KEY"); absent: none is known. */
struct kd_view kd_triage_ticket(const struct kd_triage *t, struct kd_view subject);
struct kd_view kd_triage_issue_ticket(const struct kd_triage *t, struct kd_view issue);

#endif
