/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.h: how far a group's follow-up is: unseen → known → fix posted vN → merged → in stable → in my build → deployed → verified;
 * beside it wontfix, duplicate, regressed.
 *
 *	struct kd_states st;
 *	err = kd_states_of(db, "g-…", &arena, &st);            // what people said, oldest first
 *	struct kd_state_facts f = {0};
 *	err = kd_state_facts(db, "g-…", &arena, &f);           // what follows from the database; verb/state.h adds the history's
 *	struct kd_state_now now;
 *	kd_state_judge(&st, &f, &now);                          // now.state, now.derived
 *
 *	struct kd_state_step to = {.state = KD_STATE_POSTED, .version = 2, .ref = KD_V("2026…@x.org"), .who = …, .at = now};
 *	err = kd_state_set(db, "g-…", now.state, &to);         // KD_CONFLICT: not from there, with what is possible
 *
 * What people say is stored, each step with who, when, why and a reference. What follows from data is never stored as if somebody had
 * said it: it is told with where it comes from. The one that is further counts; wontfix, duplicate and regressed are people's word, and
 * end what is derived until they are left again.
 *
 * Steps of groups that were merged into a group count as its own.
 */
#ifndef KD_CASE_STATE_H
#define KD_CASE_STATE_H

#include "base/arena.h"
#include "base/vec.h"
#include "case/db.h"

enum kd_state {
	KD_STATE_UNSEEN,
	KD_STATE_KNOWN,
	KD_STATE_POSTED,
	KD_STATE_MERGED,
	KD_STATE_STABLE,
	KD_STATE_BUILT,
	KD_STATE_DEPLOYED,
	KD_STATE_VERIFIED,
	KD_STATE_WONTFIX,
	KD_STATE_DUPLICATE,
	KD_STATE_REGRESSED,
	KD_STATES
};

/* What a step has to say. */
enum kd_state_needs { KD_STATE_NEEDS_NOTHING, KD_STATE_NEEDS_REF, KD_STATE_NEEDS_WHY, KD_STATE_NEEDS_EITHER };

struct kd_state_info {
	const char *name; /* "posted" */
	const char *words; /* "fix posted" */
	uint32_t to; /* bits of the states that may follow */
	uint8_t needs; /* enum kd_state_needs: to come into it */
	const char *ref; /* what its reference is; NULL: anything */
	const char *next; /* what is to be done in it; NULL: nothing */
	const char *who; /* by whom */
	bool open; /* somebody has something to do */
};

const struct kd_state_info *kd_state_info(unsigned s) __attribute__((returns_nonnull));

/* "posted", "posted-v2". false: there is none of that name. */
bool kd_state_by_name(struct kd_view name, uint8_t *ret, uint32_t *version_ret);
/* "fix posted v2" */
struct kd_view kd_state_words(uint8_t state, uint32_t version, struct kd_arena *a);

struct kd_state_step {
	uint8_t state; /* enum kd_state */
	uint32_t version; /* of a posted fix; 0: not said */
	int64_t at; /* microseconds since 1970 */
	struct kd_view ref, who, why, subject; /* subject: the group that it was said of */
};

struct kd_states {
	struct kd_state_step *v;
	size_t n, cap;
};

#define KD_STATE_STEPS_MAX 1000
#define KD_STATE_TEXT_MAX 2000 /* bytes of a reference, a reason */

KD_MUST_CHECK struct kd_error *kd_states_of(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_states *ret);

/* Something that data says; why absent: it does not say so. */
struct kd_state_fact {
	bool holds;
	struct kd_view why; /* what says so, or why nobody knows */
	int64_t since; /* 0: not known */
};

struct kd_state_facts {
	struct kd_state_fact fact[KD_STATES]; /* of KNOWN, MERGED, STABLE, BUILT, DEPLOYED, REGRESSED */
	int64_t events, hosts, first_event, last_event;
};

/* KNOWN, and the counts. The others are for who has an index of the history. */
KD_MUST_CHECK struct kd_error *kd_state_facts(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_state_facts *ret);

struct kd_state_now {
	uint8_t state;
	uint32_t version;
	bool derived; /* nobody said it: fact[state].why */
	int64_t since; /* 0: not known */
	const struct kd_state_step *step; /* the last that somebody said; NULL: none */
};
void kd_state_judge(const struct kd_states *st, const struct kd_state_facts *f, struct kd_state_now *ret);

/* May `to` follow `from`? KD_CONFLICT with what may; KD_INVALID: a reference or reason is missing or is none. */
KD_MUST_CHECK struct kd_error *kd_state_may(const struct kd_state_now *from, const struct kd_state_step *to);

/*
 * A step, in a transaction of its own; facts as for kd_state_judge(), for whom states may be further than anybody said. The stored steps are
 * read again in the transaction: of two people who do it at a time the second sees the first one's.
 */
KD_MUST_CHECK struct kd_error *kd_state_set(struct kd_db *db, const char *grp, const struct kd_state_facts *f, const struct kd_state_step *to);

/* ---- what the verbs ask for more ---- */

/* Releases with events of the group since a moment. */
typedef struct kd_error *kd_state_release_fn(void *user, struct kd_view release, int64_t count, int64_t first, int64_t last);
KD_MUST_CHECK struct kd_error *kd_state_releases_since(struct kd_db *db, const char *grp, int64_t since, kd_state_release_fn *fn, void *user);
/* Releases that hosts run or ran (table exposure): count is hosts, first and last are since and until. */
KD_MUST_CHECK struct kd_error *kd_state_exposed(struct kd_db *db, kd_state_release_fn *fn, void *user);
/* What a group is called; absent: there is no such group. */
KD_MUST_CHECK struct kd_error *kd_state_title(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_view *ret);
/* Fix commits that known issues of the group name. */
KD_MUST_CHECK struct kd_error *kd_state_known_fixes(struct kd_db *db, const char *grp, kd_state_release_fn *fn, void *user);

/* Groups that somebody has something to do with: a step, a link, a known issue. In full, each once; an error of fn ends it. */
typedef struct kd_error *kd_state_group_fn(void *user, const char *grp, struct kd_view title);
KD_MUST_CHECK struct kd_error *kd_state_each(struct kd_db *db, bool all, kd_state_group_fn *fn, void *user);

#endif
