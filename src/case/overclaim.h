/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overclaim.h: words that say more than a crash report can know, in text that somebody wrote.
 *
 *	static bool hit(void *user, const struct kd_overclaim *o) { … return true; }
 *	kd_overclaim_find(&prose, hit, user);
 *
 * A table of words (kd_overclaim_rules()), each with its class and what to write instead. They count where something is
 * said (prose.h), unless it is said with a hedge ("may", "hypothesis:"), denied ("not proven"), asked, or stands under a
 * heading of hypotheses. Whether a claim is tied to evidence is the caller's to see: kd_overclaim has the paragraph.
 *
 * Claims can be looked up wherever they are kept (an answer of kdoc, a ledger): struct kd_claim_lookup.
 */
#ifndef KD_CASE_OVERCLAIM_H
#define KD_CASE_OVERCLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "case/prose.h"
#include "evidence/evidence.h"

enum kd_overclaim_class {
	KD_OVERCLAIM_CAUSE, /* "root cause", "caused by" */
	KD_OVERCLAIM_PROOF, /* "confirms", "proves" */
	KD_OVERCLAIM_CERTAINTY, /* "definitely", "clearly" */
	KD_OVERCLAIM_COMPLETE, /* "the complete picture", "the only explanation" */
	KD_OVERCLAIM_FIX, /* "is fixed by", "guaranteed" */
	KD_OVERCLAIM_CLASSES
};

struct kd_overclaim_rule {
	const char *words; /* lower case, one blank between */
	uint8_t cls; /* enum kd_overclaim_class */
	const char *instead; /* NULL: that of its class */
};

struct kd_overclaim {
	const struct kd_overclaim_rule *rule;
	size_t at, n; /* in the text */
	size_t from, to; /* where evidence may stand: its paragraph; of a heading also what follows it */
};

/* In the order of the text. fn returns false to stop. */
void kd_overclaim_find(const struct kd_prose *p, bool (*fn)(void *user, const struct kd_overclaim *o), void *user);

const struct kd_overclaim_rule *kd_overclaim_rules(size_t *n_ret);
const char *kd_overclaim_class_name(enum kd_overclaim_class c); /* "cause" …; never NULL */
const char *kd_overclaim_why(enum kd_overclaim_class c); /* one sentence without full stop; never NULL */
const char *kd_overclaim_instead(const struct kd_overclaim_rule *rule);

/* What is known about a claim with an id. */
struct kd_claim_seen {
	uint8_t status; /* enum kd_claim_status */
	bool checked; /* its evidence was looked at again, and holds */
};

struct kd_claim_lookup {
	bool (*find)(void *user, const char *id, struct kd_claim_seen *ret); /* false: no such claim */
	void *user;
};

#endif
