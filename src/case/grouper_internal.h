/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grouper_internal.h: between grouper.c (what comes in) and grouper_people.c (what people decide). */
#ifndef KD_CASE_GROUPER_INTERNAL_H
#define KD_CASE_GROUPER_INTERNAL_H

#include "base/hashmap.h"
#include "case/grouper.h"
#include "case/vocab.h"

enum { KD_SIGNATURES_MAX = 200000, KD_CONSTRAINTS_MAX = 1000000 };

#define KD_NO_ROW UINT32_MAX

struct kd_grow { /* a signature */
	char strict[KD_SIG_HEX], normal[KD_SIG_HEX], loose[KD_SIG_HEX];
	const struct kd_profile *p;
	uint32_t group, node; /* node: index + 1 in nodes, 0: nobody decided anything about it */
	uint32_t via; /* row, KD_NO_ROW for a founder */
	float score;
	uint8_t join;
};

struct kd_ggroup {
	char id[KD_GROUP_ID];
	KD_VEC(uint32_t) member; /* rows; none: it was merged away */
};

struct kd_gnode { /* a signature that people spoke about; perhaps not added yet */
	char strict[KD_SIG_HEX];
	uint32_t up, row;
	bool held; /* something is held apart from its class */
};

struct kd_gpair {
	uint32_t a, b; /* nodes */
	bool never, gone;
};

struct kd_posting {
	KD_VEC(uint32_t) row;
};

struct kd_grouper {
	struct kd_grouper_limits limits;
	struct kd_vocab *vocab;
	struct kd_arena keys, words; /* words: reasons of the last decision */
	struct kd_hashmap by_strict, by_normal, by_id, by_node; /* hex → row, first row, group, node */
	KD_VEC(struct kd_grow) rows;
	KD_VEC(uint32_t) next_normal; /* row → the next one with its normal signature, or KD_NO_ROW */
	KD_VEC(struct kd_ggroup) groups;
	KD_VEC(struct kd_gnode) nodes;
	KD_VEC(struct kd_gpair) pairs;
	KD_VEC(struct kd_posting) postings; /* by word */
	KD_VEC(float) acc; /* by row: rarity of the words in common with the one that is being added */
	size_t posted; /* numbers in all postings */
};

/* grouper_people.c */
uint32_t kd_grouper_root(struct kd_grouper *g, uint32_t node);
uint32_t kd_grouper_node(const struct kd_grouper *g, const char *strict); /* index + 1; 0: none */
/* Do people hold the class of this node apart from a member of the group? */
bool kd_grouper_held(struct kd_grouper *g, uint32_t node, uint32_t group);
/* A group that the node's class has to be in; KD_NO_ROW: none. */
uint32_t kd_grouper_must_row(struct kd_grouper *g, uint32_t node);

/* grouper.c */
bool kd_grouper_valid(const char *hex);
uint32_t kd_grouper_new_group(struct kd_grouper *g, const char *normal, const char *strict, const char *id);
bool kd_grouper_move(struct kd_grouper *g, uint32_t row, uint32_t group);

#endif
