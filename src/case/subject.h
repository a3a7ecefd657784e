/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * subject.h: what a link, a state or a claim is about.
 *
 *	struct kd_subject s;
 *	err = kd_subject_find(db, KD_V("g-1a2b"), &s);      // s.id: the whole id, of what it was merged into
 *
 * Written: a group g-… (its beginning is enough), an event ev-…, an incident inc-…, a claim c…, an issue of a tracker
 * issue:KEY, a ticket ticket:SYSTEM:KEY.
 */
#ifndef KD_CASE_SUBJECT_H
#define KD_CASE_SUBJECT_H

#include "case/event.h"

#define KD_SUBJECT_MAX 232 /* with its NUL */

enum kd_subject_kind {
	KD_SUBJECT_GROUP,
	KD_SUBJECT_EVENT,
	KD_SUBJECT_INCIDENT,
	KD_SUBJECT_CLAIM,
	KD_SUBJECT_ISSUE,
	KD_SUBJECT_TICKET,
};

struct kd_subject {
	uint8_t kind; /* enum kd_subject_kind */
	char id[KD_SUBJECT_MAX]; /* in full */
	struct kd_evkey event; /* of an event */
};

/* Its form only. KD_INVALID says which forms there are. */
KD_MUST_CHECK struct kd_error *kd_subject_parse(struct kd_view text, struct kd_subject *ret);

/* Also: groups, events and claims have to be there. KD_NOTFOUND, KD_INVALID. */
KD_MUST_CHECK struct kd_error *kd_subject_find(struct kd_db *db, struct kd_view text, struct kd_subject *ret);

/* The group of an event. KD_NOTFOUND. */
#define KD_SUBJECT_GROUP_ID 16 /* as KD_GROUP_ID */
KD_MUST_CHECK struct kd_error *kd_subject_group_of(struct kd_db *db, struct kd_evkey k, char ret[KD_SUBJECT_GROUP_ID]);

#endif
