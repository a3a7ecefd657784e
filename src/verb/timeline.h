/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline.h: events by time, for an incident, a host or a group: boots, releases, taint, and what follows from what.
 *
 *	kd_auto(kd_timeline_freep) struct kd_timeline *t = NULL;
 *	err = kd_timeline(ctx, NULL, "db7", &t);
 *	for (size_t i = 0; i < t->n; i++) … t->row[i]
 *
 * Arrows are those of incident.h: within one boot only. A release is shown where a host's first event with it stands: derived, since nobody told
 * when it was installed. Times are microseconds; `at` since 1970 (0: not stated), `mono` since boot.
 */
#ifndef KD_VERB_TIMELINE_H
#define KD_VERB_TIMELINE_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/vec.h"
#include "case/incident.h"
#include "report/taint.h"

#define KD_TIMELINE_INCIDENTS 300 /* the newest; more are counted */
#define KD_TIMELINE_ROWS 5000

enum kd_timeline_kind {
	KD_TIMELINE_BOOT, /* the first event of a boot stands below it */
	KD_TIMELINE_RELEASE, /* the first event of this host with this release stands below it */
	KD_TIMELINE_EVENT,
};

struct kd_timeline_row {
	uint8_t kind; /* enum kd_timeline_kind */
	int64_t at; /* 0: not stated */
	struct kd_view host, boot, text; /* text: title of an event, release; of a boot: how it is known */
	/* of an event */
	uint32_t number, cause; /* in this timeline, from 1; cause 0: none */
	bool guess; /* the arrow is a hypothesis */
	bool unsure; /* its place in the order is */
	struct kd_view why; /* of the arrow */
	struct kd_view open; /* what is missing before it */
	struct kd_view id, grp, issue, fatal;
	char taint[KD_TAINT_LETTERS];
	bool has_taint, has_cpu, has_mono, first, ours; /* first: the first domino; ours: of the group that was asked for */
	int64_t cpu, mono;
	uint8_t tier;
	uint32_t times; /* messages of its signature in this boot */
};

struct kd_timeline {
	struct kd_arena arena;
	struct kd_view id, what; /* as asked for; "incident", "host", "group" */
	struct kd_timeline_row *row;
	size_t n, cap;
	uint64_t incidents, events; /* that are shown */
	uint64_t left_out; /* incidents beyond the limit */
	bool cut; /* rows did not fit */
};

/* name: an incident, an event (its incident), a group, or a host. memory: NULL: as configured. KD_NOTFOUND. */
KD_MUST_CHECK struct kd_error *kd_timeline(struct kd_ctx *ctx, const char *memory, const char *name, struct kd_timeline **ret);
void kd_timeline_free(struct kd_timeline *t);
void kd_timeline_freep(struct kd_timeline **t);

#endif
