/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * census.h: the events of a window, counted by group: how many, on how many machines and boots, which releases, which issues of a
 * tracker, how many each day, and which group's events came before which on the same boot.
 *
 *	struct kd_census_opts o = {.since = a, .until = b, .series = KD_V("6.18")};
 *	kd_auto(kd_census_freep) struct kd_census *c = NULL;
 *	err = kd_census_take(ctx, db, &o, &c);
 *	for (size_t i = 0; i < c->ngroups; i++) …
 *
 * Numbers are of what is in the memory; a kernel prints many things once a boot, so boots say more than events. An
 * event that follows from another one (cause) is counted apart, at the group that it is of. Texts are borrowed from the census.
 */
#ifndef KD_CASE_CENSUS_H
#define KD_CASE_CENSUS_H

#include "base/arena.h"
#include "base/ctx.h"
#include "case/event.h"

#define KD_CENSUS_DAYS 64 /* of the histogram: the window's last ones */

struct kd_census_opts {
	int64_t since, until; /* microseconds since 1970; [since, until) */
	struct kd_view series; /* "6.18", or a whole release; absent: all */
};

/* A text with how often it was seen. */
struct kd_tally {
	struct kd_view text;
	uint64_t n;
	int64_t first, last;
};

struct kd_tallies {
	struct kd_tally *v; /* most first */
	size_t n;
	uint64_t unknown; /* events that do not say */
	bool sorted; /* while they are made */
};

/* What of a group's own events came by one issue of a tracker. */
struct kd_census_part {
	struct kd_view issue; /* absent: events that name none */
	uint64_t events, fatal, debug;
	uint64_t hosts, boots; /* events without a host or a boot id are in no_host, no_boot */
	uint64_t no_host, no_boot;
	int64_t first, last;
	struct kd_tallies releases;
};

struct kd_census_group {
	struct kd_view id, title, kind, family, subsystem, func, place;
	uint8_t owner, tier; /* tier: the worst of its own events */
	bool infra;
	bool unplaced; /* KD_SIG_UNPLACED of all its signatures */
	uint64_t events; /* its own, without those that follow from another */
	uint64_t followers; /* events that follow from another one */
	uint64_t fatal, debug; /* of its own: with the machine's end; on debug and sanitizer builds */
	uint64_t hosts, boots; /* of its own; events without a host or a boot id are in no_host, no_boot */
	uint64_t no_host, no_boot;
	int64_t first, last; /* in the window */
	int64_t first_ever; /* in the memory; 0: no event of it states a time */
	uint64_t day[KD_CENSUS_DAYS]; /* of events that state a time. [0]: the last 24 hours of the window, [1]: those before … */
	struct kd_tallies releases, issues, arches, hardware, places, accesses, marks;
	uint64_t taints; /* or of all */
	struct kd_evkey rep; /* one of its events: the youngest */
	uint64_t signatures; /* strict ones, in the window */
	struct kd_census_part *parts; /* most events first; none, if it has followers alone */
	size_t nparts;
	uint64_t ended; /* events of other groups that followed from its own, and were the machine's end */
	uint8_t ended_tier; /* the worst of these */
	size_t cluster; /* the group that names its cluster: itself, if nothing ties it to another one */
	uint64_t cluster_hosts; /* on how many machines the cluster's groups were seen; of the one that names it */
};

/* Events of group b came after those of group a on the same boot. */
struct kd_census_tie {
	size_t a, b;
	uint64_t stated; /* events of b whose log says that they follow from one of a */
	uint64_t ended; /* of these: the machine's end */
	uint8_t ended_tier;
	uint64_t taint; /* boots where a's kind sets a taint flag that was set when b's fired */
	uint32_t bits; /* which flags */
	uint32_t last_boot; /* that was counted */
};

struct kd_census {
	struct kd_arena arena;
	struct kd_census_opts o;
	struct kd_census_group *groups; /* by tier, then events, then id */
	size_t ngroups;
	struct kd_census_tie *ties;
	size_t nties;
	uint64_t events, outside, other_series; /* in the window; not in it; in it, of another series */
	uint64_t untimed; /* counted by when they were ingested: they state no time */
	uint64_t hosts, boots;
	struct kd_tallies releases; /* of the whole memory, if there is noise in the window; else none */
	/* taint flags that were set when events of a group fired, and that nothing of the same boot set */
	uint32_t *orphan_bits; /* by group */
	uint64_t *orphan_boots; /* on how many boots */
};

KD_MUST_CHECK struct kd_error *kd_census_take(struct kd_ctx *ctx, struct kd_db *db, const struct kd_census_opts *o,
					      struct kd_census **ret);
void kd_census_free(struct kd_census *c); /* NULL is fine */
void kd_census_freep(struct kd_census **c);

#endif
