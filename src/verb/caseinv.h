/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caseinv.h: a bug of the team's memory investigated: the answer of investigate.h for its best event, and what all its
 * events say together.
 *
 *	struct kd_caseinv_request req = {.id = "g-0123456789ab", .memory = NULL};
 *	kd_auto(kd_casepage_freep) struct kd_casepage *page = NULL;
 *	err = kd_caseinv(ctx, &req, &page);
 *
 * ID is a group (g-…), an event (ev-…), an incident (inc-…), the key of an issue as events came with it, or the key of a ticket or
 * issue that something was linked to. What is counted is the group that it leads to; of several the one with most events, which is said.
 *
 * Counts that statements rest on are counts of boots. Comparisons are with boots of the same memory that reported something else: hosts that
 * never report are in no count, unless table exposure has them.
 */
#ifndef KD_VERB_CASEINV_H
#define KD_VERB_CASEINV_H

#include "base/ctx.h"
#include "base/error.h"
#include "verb/casepage.h"

struct kd_caseinv_request {
	const char *id;
	const char *memory; /* the team's memory; NULL: as configured */
	const char *tree; /* source tree; NULL: as configured */
	bool history; /* look for fixes in the index of git and mail */
	const char *store; /* its folder; NULL: as configured */
	bool keep_log; /* page->log */
	const char *const *debug; /* as struct kd_inv_request has it */
	size_t ndebug;
};

/* KD_NOTFOUND: the memory has nothing of that name, or there is none. */
/* Are two titles the same but for the word of an architecture (x86_64, aarch64, …)? Equal ones are not meant. */
bool kd_case_arch_alone(struct kd_view a, struct kd_view b);

KD_MUST_CHECK struct kd_error *kd_caseinv(struct kd_ctx *ctx, const struct kd_caseinv_request *req, struct kd_casepage **ret);

/* Does it look like the id of a group, an event or an incident? */
bool kd_caseinv_is_id(struct kd_view v);

/*
 * What the memory has about the signature of a report in one sentence, in arena: "seen before: g-…, 12 events on 5 hosts, first …;
 * new: release …". Absent: there is no memory, or it has not seen it. Errors are not told: this is said by the way.
 */
struct kd_report;
struct kd_view kd_caseinv_seen(struct kd_ctx *ctx, const char *memory, const struct kd_report *r, struct kd_arena *arena);

#endif
