/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouper.h: signatures come in one at a time, groups come out, with reasons.
 *
 *	struct kd_grouper *g = kd_grouper_new(&(struct kd_grouper_limits){0});
 *	err = kd_grouper_never(g, strict_a, strict_b);                  // decisions of people, before or between
 *	struct kd_grouper_item it = {.strict = hex, .normal = hex2, .loose = hex3, .traits = t};
 *	struct kd_decision d;
 *	err = kd_grouper_add(g, &it, &d);
 *	// d.group "g-0123456789ab", d.is_new, d.level …; d.possible[0 … d.npossible-1]
 *
 * What is grouped are strict signatures: events with the same one are one bug by definition and need no
 * question here. A signature joins a group because people said so, because the group has its normal
 * signature and nothing speaks against it, or because it is similar enough to the members of the group
 * ("same" to the one, and no "different" among the others that it is compared with); never through a chain
 * of pairs that are each just alike enough.
 *
 * Decisions of people come first: what was merged stays together, what was told never to be together stays
 * apart, and no automatic decision contradicts. They are kept by strict signature, so that they mean the
 * same after another algorithm has grouped everything anew.
 *
 * Promised: the same calls in the same order give the same answer on every machine. Groups are not a
 * function of the set alone: rarity and members are what they are when a signature comes in. What does not
 * depend on the order: signatures with equal normal signature and traits come together, and constraints
 * hold. A group once given is kept by the caller: pass it as item.group, the engine then only files it there.
 *
 * Texts of items are copied. Those of decisions are valid until the next call.
 */
#ifndef KD_CASE_GROUPER_H
#define KD_CASE_GROUPER_H

#include "case/similar.h"

#define KD_GROUP_ID 16 /* "g-", 12 digits, NUL */
#define KD_SIG_HEX 33
#define KD_POSSIBLE_MAX 5

struct kd_grouper;

/* Zero members mean the defaults. */
struct kd_grouper_limits {
	size_t max_signatures; /* 200,000 */
	size_t max_bytes; /* 1 GiB; measured: docs/case-grouping.md */
};

struct kd_grouper_item {
	const char *strict; /* 32 hex digits; the key */
	const char *normal, *loose; /* "": none */
	const struct kd_traits *traits;
	const char *group; /* known from a database: it is taken, not decided; NULL: decide */
};

/* On what a decision rests. */
enum kd_join {
	KD_JOIN_FOUNDED, /* a new group */
	KD_JOIN_STRICT, /* this signature is known */
	KD_JOIN_NORMAL, /* the normal signature of a member */
	KD_JOIN_SIMILAR, /* "same" by likeness */
	KD_JOIN_PEOPLE, /* somebody decided it */
	KD_JOIN_GIVEN, /* item.group said so */
};

struct kd_possible {
	char group[KD_GROUP_ID];
	char via[KD_SIG_HEX]; /* its member that is most alike */
	double score;
	bool never; /* people said that they are two: shown, not offered again */
	struct kd_reasons reasons;
};

struct kd_decision {
	char group[KD_GROUP_ID];
	bool is_new; /* founds the group */
	uint8_t join; /* enum kd_join */
	uint8_t verdict; /* enum kd_verdict, of the pair (this, via) */
	double score; /* of that pair; 1 for strict and people, 0 for a founder */
	char via[KD_SIG_HEX]; /* the member through which it joined; "" for a founder */
	struct kd_reasons reasons;
	struct kd_possible possible[KD_POSSIBLE_MAX]; /* groups it may belong to as well, best first */
	size_t npossible;
};

struct kd_grouper *kd_grouper_new(const struct kd_grouper_limits *limits); /* NULL: defaults */
void kd_grouper_free(struct kd_grouper *g); /* NULL is fine */
void kd_grouper_freep(struct kd_grouper **g);

/*
 * KD_LIMIT: full; KD_INVALID: a signature that is none; KD_CONFLICT: item.group contradicts where the
 * signature is already.
 */
struct kd_error *kd_grouper_add(struct kd_grouper *g, const struct kd_grouper_item *it, struct kd_decision *ret) KD_MUST_CHECK;

/*
 * Decisions of people, by strict signature; signatures that were not added yet are remembered.
 * KD_CONFLICT: it contradicts an earlier one, which the message names; nothing has changed then.
 */
struct kd_error *kd_grouper_must(struct kd_grouper *g, const char *strict_a, const char *strict_b) KD_MUST_CHECK;
struct kd_error *kd_grouper_never(struct kd_grouper *g, const char *strict_a, const char *strict_b) KD_MUST_CHECK;

/* Takes back what was decided about these two, either way. KD_NOTFOUND: nothing was. */
struct kd_error *kd_grouper_withdraw(struct kd_grouper *g, const char *strict_a, const char *strict_b) KD_MUST_CHECK;

/*
 * The same about groups that are there. merge: all of b go to a, whose id stays. KD_CONFLICT when a pair of
 * theirs is held apart. split: takes the signatures out of their common group into one of their own, holds
 * them apart from those that stay, takes back earlier merges between the two sides, and says the new id.
 * KD_NOTFOUND, KD_INVALID (nothing would stay). must() merges groups in the same way.
 */
struct kd_error *kd_grouper_merge(struct kd_grouper *g, const char *a, const char *b) KD_MUST_CHECK;
struct kd_error *kd_grouper_split(struct kd_grouper *g, const char *const *strict, size_t n,
				  char ret_group[KD_GROUP_ID]) KD_MUST_CHECK;

/* The group of a signature; NULL: not added. Valid until the next call that changes something. */
const char *kd_grouper_group_of(const struct kd_grouper *g, const char *strict);

/* All signatures in the order in which they were added, with where they are. */
struct kd_grouper_row {
	const char *strict, *normal, *loose, *group;
	uint8_t join; /* enum kd_join */
	double score;
	const char *via; /* "" for a founder */
};
size_t kd_grouper_size(const struct kd_grouper *g);
void kd_grouper_row(const struct kd_grouper *g, size_t i, struct kd_grouper_row *ret);

/* All constraints, as given: for who stores them, or groups anew. */
struct kd_constraint {
	const char *a, *b;
	bool never;
};
size_t kd_grouper_constraints(const struct kd_grouper *g);
struct kd_constraint kd_grouper_constraint(const struct kd_grouper *g, size_t i);

size_t kd_grouper_bytes(const struct kd_grouper *g);

/* Compare two signatures that were added; why may be NULL. KD_NOTFOUND. */
struct kd_error *kd_grouper_compare(const struct kd_grouper *g, const char *strict_a, const char *strict_b,
				    struct kd_likeness *ret, struct kd_arena *arena, struct kd_reasons *why) KD_MUST_CHECK;

/*
 * The key to give as item.strict when one signature may be two bugs: the strict signature, mixed with the era
 * of a mainline tree under development (struct kd_traits.vintage); else the strict signature itself.
 */
void kd_grouper_key(const char *strict, const struct kd_traits *t, char ret[KD_SIG_HEX]);

const char *kd_join_word(uint8_t join); /* "founded", "strict" … */

#endif
