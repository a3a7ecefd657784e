/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btfwrite_internal.h: what btfwrite.c (units) and btfmerge.c (all of them) share. */
#ifndef KD_SYMBOL_BTFWRITE_INTERNAL_H
#define KD_SYMBOL_BTFWRITE_INTERNAL_H

#include "symbol/btfwrite.h"

/* Words that grow; counted in kd_btfw.memory. */
struct kd_words {
	uint32_t *v;
	size_t n, cap;
};

/* Finds what is equal: hash and index of each, open addressing. */
struct kd_btfw_table {
	struct {
		uint32_t hash, at; /* at 0: free */
	} *slot;
	size_t slots, n;
};

enum { KD_BTFW_HEAD = 3 }; /* words before the parts: info as BTF has it, name, size or type */

/*
 * Records are words in a row. Those of a unit: INT +1, ARRAY +3; a member is name, type, bit offset, bits; an
 * enumerator name and two halves of its value; a parameter name, type. Those of all units are as BTF has
 * them, with nodes for ids; a reference by name is a KD_BTF_FWD with the kind as its third word.
 */
struct kd_btfw {
	size_t max, memory, peak;
	bool limited;
	char *strings;
	size_t nstrings, strings_cap;
	struct kd_btfw_table names;
	/* the unit */
	struct kd_words unit, unit_at; /* records; where each id's is, 0: reserved */
	struct kd_words node[2]; /* of each id, behind a pointer or not: + 1; see btfmerge.c */
	uint32_t reserved; /* the number of the next one; 0: a new one */
	size_t open; /* record that takes members */
	/* all */
	struct kd_words rec, rec_at;
	struct kd_words def, used; /* of references by name: the node that defines it; is it asked for? */
	struct kd_words scratch, final;
	struct kd_btfw_table recs;
	struct kd_btfw_stats stats;
};

/* Room for n more words behind v; false: no memory left. */
bool kd_words_room(struct kd_btfw *w, struct kd_words *v, size_t n);
bool kd_words_add(struct kd_btfw *w, struct kd_words *v, uint32_t x);

/* Memory that is used (or given back) beside that. */
bool kd_btfw_account(struct kd_btfw *w, size_t before, size_t now);

/* A larger table when it is more than two thirds full. */
bool kd_btfw_table_room(struct kd_btfw *w, struct kd_btfw_table *t);
void kd_btfw_table_free(struct kd_btfw *w, struct kd_btfw_table *t);

static inline uint32_t kd_rec_kind(uint32_t info)
{
	return info >> 24 & 31;
}

static inline uint32_t kd_rec_n(uint32_t info)
{
	return info & 0xffff;
}

#endif
