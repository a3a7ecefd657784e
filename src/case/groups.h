/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups.h: the grouping engine (grouper.h) with the database behind it.
 *
 *	kd_auto(kd_groups_freep) struct kd_groups *g = kd_groups_new(db);
 *	if (!kd_groups_knows(g, sig)) …                    // no question to the database for what was seen before
 *	err = kd_groups_place(g, &new_signature, &d);      // in a transaction: finds its group, writes the rows
 *	err = kd_groups_merge(g, "g-…", "g-…", &who);      // a decision of people; a transaction of its own
 *
 * A signature is placed once, when it is first seen; later events of it need nothing. The engine is filled from the
 * database when the first new signature comes, and from then on with what others have placed in the meantime.
 *
 * Decisions of people are rows of table decision, by the events that signatures were first seen with, so that they hold
 * when signatures change with their algorithm. kd_groups_again() groups everything anew under them.
 */
#ifndef KD_CASE_GROUPS_H
#define KD_CASE_GROUPS_H

#include "case/event.h"
#include "case/grouper.h"

struct kd_groups;

/* SQL: is row s of table sig one of those that kd_signature_unplaced() tells? */
#define KD_SIG_UNPLACED "s.func IS NULL AND s.place IS NULL AND s.traits LIKE '%\"frames\":[]%'"

/* A signature to be placed. */
struct kd_newsig {
	struct kd_sigrow row;
	const struct kd_traits *traits;
	struct kd_evkey rep; /* the event that it was seen with */
	int64_t now; /* microseconds since 1970 */
	const char *group; /* where it belongs already; NULL: to be decided */
};

/* Who decides, when and why. */
struct kd_decider {
	struct kd_view who; /* "person:ada", "program:triage" */
	struct kd_view why; /* may be absent */
	int64_t now;
};

struct kd_groups *kd_groups_new(struct kd_db *db); /* db has to outlive it */
void kd_groups_free(struct kd_groups *g); /* NULL is fine */
void kd_groups_freep(struct kd_groups **g);

/* Was this signature placed already, as far as this process knows? */
bool kd_groups_knows(const struct kd_groups *g, int64_t sig);

/* Are all signatures of this group unplaced, see above? */
KD_MUST_CHECK struct kd_error *kd_groups_unplaced(struct kd_db *db, const char *group, bool *ret);

/* Place it unless the database has it. In a transaction. *ret_new: it was not there. */
KD_MUST_CHECK struct kd_error *kd_groups_place(struct kd_groups *g, const struct kd_newsig *n, bool *ret_new);

/*
 * The id of a group that was given by a user: it, what it was merged into, or the only one that begins with it.
 * KD_NOTFOUND, KD_INVALID (several).
 */
KD_MUST_CHECK struct kd_error *kd_groups_find(struct kd_db *db, struct kd_view id, char ret[KD_GROUP_ID]);

/*
 * Decisions; each is one transaction. KD_CONFLICT: an earlier decision says the opposite; the message names it.
 * merge: b's signatures go to a. split: the signature of an event leaves its group for one of its own. never: both stay apart for ever.
 * undo: a decision does not count any more; what follows from it is told by kd_groups_again().
 */
KD_MUST_CHECK struct kd_error *kd_groups_merge(struct kd_groups *g, const char *a, const char *b, const struct kd_decider *who);
KD_MUST_CHECK struct kd_error *kd_groups_split(struct kd_groups *g, int64_t sig, const struct kd_decider *who,
					       char ret_group[KD_GROUP_ID]);
KD_MUST_CHECK struct kd_error *kd_groups_never(struct kd_groups *g, const char *a, const char *b, const struct kd_decider *who);
KD_MUST_CHECK struct kd_error *kd_groups_undo(struct kd_db *db, struct kd_view decision, int64_t now);

/* What kd_groups_again() changed. */
struct kd_regrouped {
	uint64_t signatures, moved, groups_before, groups_after, decisions;
};
/* Group all signatures anew, in the order in which they came, under the decisions that count. One transaction. */
KD_MUST_CHECK struct kd_error *kd_groups_again(struct kd_db *db, struct kd_regrouped *ret);

#endif
