/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caseinv_internal.h: what the parts of a case's investigation share. kd_caseinv() resolves the id, counts, picks an event, and asks the
 * parts in the order of reading; each adds to ci->page.
 */
#ifndef KD_VERB_CASEINV_INTERNAL_H
#define KD_VERB_CASEINV_INTERNAL_H

#include "base/buf.h"
#include "base/config.h"
#include "base/hashmap.h"
#include "case/groups.h"
#include "case/incident.h"
#include "case/known.h"
#include "case/ledger.h"
#include "case/siginfo.h"
#include "report/release.h"
#include "verb/caseinv.h"
#include "verb/investigate.h"

#define KD_CASE_SIGS 4096 /* signatures of one group that are looked at */
#define KD_CASE_BOOTS 200000
#define KD_CASE_ISSUES 64
#define KD_CASE_NEAR 8

/* What a boot is compared by. */
enum kd_case_dim { KD_DIM_BUILD, KD_DIM_HOST, KD_DIM_HARDWARE, KD_DIM_ARCH, KD_DIM_SERIES, KD_DIM_RELEASE, KD_DIM_COMM, KD_DIM_PRIOR, KD_DIMS };

/* One value of a dimension: so many boots had it, with the bug and without. */
struct kd_casevalue {
	struct kd_view name;
	uint64_t bug, other; /* boots */
	uint64_t events; /* of the bug */
	int64_t first; /* of any event, 0: no time stated */
	int64_t bug_first, bug_last;
	struct kd_evkey ev[3]; /* of the bug */
	unsigned nev;
};

struct kd_casedim {
	struct kd_hashmap map;
	KD_VEC(struct kd_casevalue) v;
};

/* A boot with the bug. */
struct kd_caseboot {
	struct kd_view host, release, arch, hardware, comm;
	struct kd_evkey ev; /* its first event of the bug */
	uint64_t events;
	int64_t mono; /* of that event; -1 */
	int64_t cpu; /* -1: not stated or several */
	bool debug, real; /* real: it has a boot id */
};

struct kd_caseinv {
	struct kd_ctx *ctx;
	const struct kd_caseinv_request *req;
	struct kd_config *config;
	struct kd_db *db;
	int64_t now;
	struct kd_casepage *page;
	struct kd_arena *a; /* the page's */
	/* what it is about */
	struct kd_view asked_as; /* "group", "event", "incident", "issue", "ticket" */
	char grp[KD_GROUP_ID];
	struct kd_view asked_issue; /* of the tracker, if that was asked for; else absent */
	struct kd_view also; /* other groups that the id leads to */
	KD_VEC(struct kd_siginfo) sig;
	bool has_event; /* the id names one */
	struct kd_evkey event;
	bool has_incident;
	struct kd_incident incident;
	/* all its events */
	uint64_t events, debug_events, no_host, no_boot, no_time;
	uint64_t boots, debug_boots, other_boots, store_events;
	int64_t first, last;
	struct kd_evkey first_ev, last_ev;
	KD_VEC(struct kd_caseboot) boot;
	struct kd_casedim dim[KD_DIMS];
	KD_VEC(struct kd_view) issue;
	/* the event that stands for them */
	bool has_rep;
	struct kd_event rep;
	struct kd_view rep_why;
	struct kd_investigation *inv;
	const struct kd_finding *f; /* of inv; NULL: its text was not kept or holds no report */
	uint64_t tickets; /* that are linked */
};

/* caseinv_count.c */
KD_MUST_CHECK struct kd_error *kd_case_count(struct kd_caseinv *ci);
const struct kd_casevalue *kd_case_value(const struct kd_caseinv *ci, enum kd_case_dim d, struct kd_view name); /* NULL: none */
/* caseinv_rep.c */
KD_MUST_CHECK struct kd_error *kd_case_represent(struct kd_caseinv *ci);
/* Investigate one event's text; *ret NULL: nothing of it was kept, or its report is not found in it. */
KD_MUST_CHECK struct kd_error *kd_case_investigate(struct kd_caseinv *ci, const struct kd_event *e, struct kd_investigation **ret);
/* The statements of a part of the finding, into the current part. topic NULL: all. */
void kd_case_take(struct kd_caseinv *ci, const struct kd_investigation *inv, enum kd_part part, const char *topic, enum kd_case_status status,
		  const char *event);
/* What people claimed about it, refuted first. caseinv_claims.c */
KD_MUST_CHECK struct kd_error *kd_case_claims(struct kd_caseinv *ci);
/* "refuted 2026-05-12 by person:x because …: do not try it again: TEXT (c…)", or "TEXT (c…), said by …, 2 pieces of evidence". */
void kd_case_claim_words(const struct kd_claimrow *c, struct kd_buf *ret);
/* kd_known_words(), with status, fix, and what helps meanwhile. */
void kd_case_known_words(const struct kd_known_hit *hit, const struct kd_known_news *news, struct kd_buf *ret);
/* the parts */
KD_MUST_CHECK struct kd_error *kd_case_classification(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_status(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_exposure(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_change(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_explain(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_stacks(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_near(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_actions(struct kd_caseinv *ci);
void kd_case_excluded(struct kd_caseinv *ci);
KD_MUST_CHECK struct kd_error *kd_case_sources(struct kd_caseinv *ci);

/* Words. */
struct kd_view kd_case_ev(struct kd_caseinv *ci, struct kd_evkey k);
struct kd_view kd_case_day(struct kd_caseinv *ci, int64_t us); /* "2026-05-12 11:24:00" */
const char *kd_case_s(uint64_t n); /* "s" unless one */

#endif
