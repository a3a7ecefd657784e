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

/* Are two titles the same but for the word of an architecture (x86_64, aarch64, …)? Equal ones are not meant. */
bool kd_case_arch_alone(struct kd_view a, struct kd_view b);

/* KD_NOTFOUND: the memory has nothing of that name, or there is none. */
KD_MUST_CHECK struct kd_error *kd_caseinv(struct kd_ctx *ctx, const struct kd_caseinv_request *req, struct kd_casepage **ret);

/* Does it look like the id of a group, an event or an incident? */
bool kd_caseinv_is_id(struct kd_view v);

/* Is there a memory at all? A file that is not there is the usual case, and costs no more than this question. */
bool kd_caseinv_there(const char *memory);

/*
 * What the memory has about a report, a sentence each, in arena. Errors are not told: this is said by the way. All are absent if there is
 * no memory.
 */
struct kd_caseinv_before {
	struct kd_view seen; /* "seen before: g-…, 12 events on 5 hosts, first …; new: release …", or that it was not */
	struct kd_view known; /* "new occurrence of jira:KRN-7 …", its fix, what helps meanwhile; or the ticket of its group */
	struct kd_view refuted; /* what was claimed of its group, and is wrong */
};
struct kd_report;
void kd_caseinv_before(struct kd_ctx *ctx, const char *memory, const struct kd_report *r, struct kd_arena *arena,
		       struct kd_caseinv_before *ret);

#endif
