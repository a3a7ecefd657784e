/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ledger.h: what was claimed about crashes, by whom, on which evidence, and what became of it. Bad hypotheses are kept, so that nobody
 * tries them again.
 *
 *	struct kd_claimrow c = {.subject = KD_V("g-…"), .text = KD_V("the timer is freed too early"), .origin = KD_V("person:ada"), …};
 *	err = kd_ledger_similar(db, c.text, &arena, &like);        // refuted ones first
 *	err = kd_ledger_add(db, &c, evidence, n, &is_new);         // c.id is set; a hypothesis
 *	err = kd_ledger_evidence(db, id, &evidence_record, …);     // ties evidence to it
 *	err = kd_ledger_set(db, id, KD_CLAIM_REFUTED, who, why, now);
 *
 * Rules: supported needs evidence; verified needs evidence of which each piece was looked at again and was the same (table evcheck, written
 * by `kdoc evidence check`); refuted needs a reason. Words of overclaim.h ("the root cause is", "smoking gun", "definitely" …) are refused in
 * a claim without evidence, unless they are hedged or denied.
 *
 * An id is that of evidence.h, made of text, "origin about subject", and the evidence that it was first made with; it stays when evidence
 * is added later. Texts of what is read are in the arena; times are microseconds since 1970.
 */
#ifndef KD_CASE_LEDGER_H
#define KD_CASE_LEDGER_H

#include "base/arena.h"
#include "base/buf.h"
#include "case/db.h"
#include "case/overclaim.h"
#include "evidence/evidence.h"

#define KD_LEDGER_ROWS 10000 /* of one answer */

struct kd_claimrow {
	char id[KD_EVIDENCE_ID];
	struct kd_view subject; /* in full (subject.h); absent: of the whole */
	struct kd_view text;
	uint8_t status; /* enum kd_claim_status */
	struct kd_view origin; /* "person:ada", "program:investigate", "model:NAME" */
	int64_t made, changed;
	size_t nevidence;
	struct kd_view why, who; /* of its last status; absent: none was given */
	double likeness; /* kd_ledger_similar(): 0 … 1 */
};

struct kd_claimrows {
	struct kd_claimrow *v;
	size_t n, cap;
	bool cut;
};

/* "hypothesis" …, as evidence.h calls them. */
bool kd_claim_status_by_name(struct kd_view name, uint8_t *ret);

/* The first rule of overclaim.h that text breaks; NULL: none. */
KD_MUST_CHECK struct kd_error *kd_ledger_certain(struct kd_view text, const struct kd_overclaim_rule **ret);

/* How much two claims have in common, by their words: 0 … 1. */
double kd_ledger_likeness(struct kd_view a, struct kd_view b);
#define KD_LEDGER_LIKE 0.5 /* from here on it is shown */

/* KD_INVALID: see above; evidence has to be there. c->id is set. *ret_new: it was not there. A transaction of its own. */
KD_MUST_CHECK struct kd_error *kd_ledger_add(struct kd_db *db, struct kd_claimrow *c, const char *const *evidence, size_t n, bool *ret_new);

/* Evidence into the ledger: input says what it was taken from (a file's name, an event's id); may be absent. */
KD_MUST_CHECK struct kd_error *kd_ledger_put_evidence(struct kd_db *db, const struct kd_evidence *e, struct kd_view input, int64_t now);
/* Tie it to a claim. KD_NOTFOUND: no such evidence. */
KD_MUST_CHECK struct kd_error *kd_ledger_tie(struct kd_db *db, const char *claim, const char *evidence);

/* A claim by id (its beginning is enough). KD_NOTFOUND, KD_INVALID: several. */
KD_MUST_CHECK struct kd_error *kd_ledger_get(struct kd_db *db, struct kd_view id, struct kd_arena *a, struct kd_claimrow *ret);

/* Of a subject (absent: all), refuted ones first, then the last changed. */
KD_MUST_CHECK struct kd_error *kd_ledger_list(struct kd_db *db, struct kd_view subject, struct kd_arena *a, struct kd_claimrows *ret);
/* That say about the same, refuted ones first, then the most alike. */
KD_MUST_CHECK struct kd_error *kd_ledger_similar(struct kd_db *db, struct kd_view text, struct kd_arena *a, struct kd_claimrows *ret);

/* KD_INVALID: what is missing for this status. A transaction of its own. */
KD_MUST_CHECK struct kd_error *kd_ledger_set(struct kd_db *db, const char *id, enum kd_claim_status to, struct kd_view who, struct kd_view why,
					     int64_t now);

/* A step of a claim's history. */
struct kd_claimstep {
	uint8_t status;
	int64_t at;
	struct kd_view who, why;
};
typedef struct kd_error *kd_claimstep_fn(void *user, const struct kd_claimstep *s);
KD_MUST_CHECK struct kd_error *kd_ledger_steps(struct kd_db *db, const char *id, kd_claimstep_fn *fn, void *user);

/* ---- evidence of claims ---- */

struct kd_evrow {
	struct kd_evidence e;
	struct kd_view input; /* what it was taken from; absent */
	int64_t made;
	int64_t checked; /* the last time; 0: never */
	struct kd_view verdict, how, who; /* of that; verdict "same" … */
};

struct kd_evrows {
	struct kd_evrow *v;
	size_t n, cap;
};

/* All of a claim; id of a piece of evidence: it alone. KD_BADDATA: a record that does not belong together is left out of the others' sake. */
KD_MUST_CHECK struct kd_error *kd_ledger_evidence(struct kd_db *db, const char *id, struct kd_arena *a, struct kd_evrows *ret, size_t *damaged);

/*
 * Events whose stored texts may hold what evidence of a subject was taken from: the event, or the group's, those of an input of this name
 * first; of another subject those of this input. At most 32.
 */
struct kd_event;
typedef struct kd_error *kd_ledger_event_fn(void *user, const struct kd_event *e);
KD_MUST_CHECK struct kd_error *kd_ledger_events(struct kd_db *db, struct kd_view subject, struct kd_view input, kd_ledger_event_fn *fn,
						void *user);

/* Kinds and titles of what a subject is: of a group's signatures, the commonest first; of an event its own; of others nothing. */
typedef struct kd_error *kd_ledger_kind_fn(void *user, struct kd_view kind, struct kd_view title);
KD_MUST_CHECK struct kd_error *kd_ledger_kinds(struct kd_db *db, struct kd_view subject, kd_ledger_kind_fn *fn, void *user);

/* Verdicts as they are stored. */
#define KD_EVCHECK_SAME "same"
#define KD_EVCHECK_CHANGED "changed"
#define KD_EVCHECK_GONE "gone"
#define KD_EVCHECK_UNREAD "not checked"

/* What a piece of evidence was when it was looked at again; how: where that was read. */
KD_MUST_CHECK struct kd_error *kd_ledger_checked(struct kd_db *db, const char *evidence, const char *verdict, struct kd_view how,
						 struct kd_view who, int64_t now);

#endif
