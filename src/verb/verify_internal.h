/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verify_internal.h: what the files of kdoc verify have in common. */
#ifndef KD_VERB_VERIFY_INTERNAL_H
#define KD_VERB_VERIFY_INTERNAL_H

#include "base/hashmap.h"
#include "case/event.h"
#include "case/grouper.h"
#include "case/rate.h"
#include "report/release.h"
#include "verb/history.h"
#include "verb/verify.h"

enum {
	KD_VFY_EVENTS_MAX = 4000000,
	KD_VFY_SPANS_MAX = 4000000,
	KD_VFY_RELEASES_MAX = 20000,
	KD_VFY_SHOWN = 10, /* events with the fix */
};

#define KD_VFY_HOUR ((int64_t)3600 * 1000000)
#define KD_VFY_DAY (24 * KD_VFY_HOUR)
#define KD_VFY_NONE UINT32_MAX

enum kd_vfy_side { KD_VFY_WITHOUT, KD_VFY_WITH, KD_VFY_UNKNOWN, KD_VFY_SIDES };

struct kd_vfy_release {
	struct kd_view text;
	uint8_t side; /* enum kd_vfy_side */
	bool apart; /* of another class of builds, or another series: not looked at */
	const char *why;
	uint64_t events, hits;
	int64_t us; /* exposure in the window */
};

struct kd_vfy_event {
	struct kd_evkey key;
	int64_t time;
	uint32_t host, boot, release; /* KD_VFY_NONE: not stated */
	bool debug, untimed;
};

struct kd_vfy_span {
	uint32_t host, release;
	int64_t since, until, boots;
	uint8_t basis;
};

/* A fix, and which releases have it. */
struct kd_vfy_fix {
	const char *commit, *release; /* one of both; borrowed */
	struct kd_ctx *ctx;
	const char *store; /* of the index */
	struct kd_history *history; /* opened at need; the owner closes it */
};

struct kd_vfy {
	struct kd_memory *m;
	const struct kd_verify_options *o;
	struct kd_sheet *s;
	struct kd_arena *a;
	struct kd_vfy_fix fix;
	char group[KD_GROUP_ID];
	struct kd_view asked, title;
	struct kd_arena keys;
	struct kd_hashmap release_at, host_at, boot_at;
	KD_VEC(struct kd_vfy_release) releases;
	KD_VEC(struct kd_view) hosts;
	KD_VEC(struct kd_vfy_event) events; /* own ones of the group, by time */
	KD_VEC(struct kd_vfy_span) spans; /* by host and time */
	int64_t since, until; /* the window */
	int64_t fix_since; /* first host or event with the fix; 0: none */
	const char *fix_basis;
	size_t first; /* event that the window begins with, not counted; SIZE_MAX: none */
	struct kd_rate_host *host;
	uint64_t unplaced[2], apart_events, unknown_events, no_release, inferred_release, skipped,
		untimed;
	int64_t contradictory, inferred_us, newest; /* newest: end of the last span */
	double hours_per_day;
	KD_VEC(uint32_t) after; /* first events with the fix, indexes */
	uint64_t after_events;
};

/* Loading; releases come in through here, too. */
KD_MUST_CHECK struct kd_error *kd_vfy_release_of(struct kd_vfy *w, struct kd_view text,
						 uint32_t *ret);
KD_MUST_CHECK struct kd_error *kd_vfy_load(struct kd_vfy *w);

/* Sides of releases [0, n). KD_NOTFOUND: there is no index to ask, with what to do. */
KD_MUST_CHECK struct kd_error *kd_vfy_classify(struct kd_vfy_fix *fix, struct kd_vfy_release *v,
					       size_t n);

/* The window, then events and exposure into cells of hosts. */
KD_MUST_CHECK struct kd_error *kd_vfy_count(struct kd_vfy *w);

void kd_vfy_tell(struct kd_vfy *w, const struct kd_rate *r);

/* verify --regressions */
KD_MUST_CHECK struct kd_error *kd_vfy_regressions(struct kd_memory *m,
						  const struct kd_verify_options *o,
						  const char *group, struct kd_sheet *s);

#endif
