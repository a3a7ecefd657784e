/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vocab.h: the words of many traits as numbers, how many have each, and traits made of numbers. Inside of
 * src/case: what is compared (similar.c), explained (similar_words.c) and looked up (grouper.c).
 *
 * A word has a name space of one byte in front: "f" function, "p" path, "d" directory, "s" part of a function's
 * name, "w" word of a message, "m" mark. rarity() of a word is ln((N + KD_RARITY_PRIOR) / (df + 1)): the prior
 * keeps three logs from calling what all kernels have rare.
 */
#ifndef KD_CASE_VOCAB_H
#define KD_CASE_VOCAB_H

#include "base/hashmap.h"
#include "case/similar.h"

#define KD_RARITY_PRIOR 100
#define KD_LN_TABLE 4096

/* The sets that are compared. */
enum kd_pset {
	KD_PS_CRASH, /* functions of the crash's stack, the nearer the heavier */
	KD_PS_SIDE, /* functions of all other stacks */
	KD_PS_ALLOC,
	KD_PS_FREE,
	KD_PS_FILE, /* files of the crash's stack */
	KD_PS_DIR, /* their directories, each level */
	KD_PS_PART, /* parts of names of functions, the nearer the heavier */
	KD_PS_GPART, /* of the guilty function's name */
	KD_PS_WORD, /* of title and messages */
	KD_PS_MARK,
	KD_PSETS
};

struct kd_pterm {
	uint32_t id;
	float weight;
};

struct kd_profile {
	uint32_t kind, family, what, func, file, dir_of, module, subsystem, syscall; /* ids, 0: absent */
	uint32_t line, size, vintage;
	uint8_t dir; /* enum kd_tdir */
	uint8_t cls; /* enum kd_kindclass */
	uint8_t nlead; /* functions in lead */
	uint32_t lead[6]; /* the first ones of the crash's stack, in order */
	uint16_t n[KD_PSETS];
	struct kd_pterm *set[KD_PSETS]; /* each sorted by id */
};

/* Kinds that one bug can show itself as. */
enum kd_kindclass { KD_KC_OTHER, KD_KC_MEMORY, KD_KC_LOCK, KD_KC_HANG, KD_KC_CHECK, KD_KC_RACE, KD_KC_LEAK, KD_KC_UNINIT };

struct kd_vocab {
	struct kd_arena arena;
	struct kd_hashmap words;
	KD_VEC(uint32_t) df; /* by id; id 0 is no word */
	size_t nprofiles;
	float ln[KD_LN_TABLE]; /* ln(i + 1) */
};

float kd_vocab_ln(const struct kd_vocab *v, size_t i); /* ln(i + 1) */

static inline float kd_rarity(const struct kd_vocab *v, uint32_t id, float ln_n)
{
	uint32_t df = v->df.v[id];

	return ln_n - (df < KD_LN_TABLE ? v->ln[df] : kd_vocab_ln(v, df));
}

static inline float kd_rarity_base(const struct kd_vocab *v)
{
	return kd_vocab_ln(v, v->nprofiles + KD_RARITY_PRIOR - 1);
}

/* Mainline trees of which one is much older. */
bool kd_profiles_apart(const struct kd_profile *a, const struct kd_profile *b);

/* Something speaks against one bug, however alike they are: far apart, read and write, another form of access. */
bool kd_profiles_against(const struct kd_profile *a, const struct kd_profile *b);

/* The word without its name space. */
struct kd_view kd_vocab_word(const struct kd_vocab *v, uint32_t id);

#endif
