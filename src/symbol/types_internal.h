/* SPDX-License-Identifier: GPL-2.0-or-later */
/* types_internal.h: what the files of symbol/types share. */
#ifndef KD_SYMBOL_TYPES_INTERNAL_H
#define KD_SYMBOL_TYPES_INTERNAL_H

#include "symbol/types.h"

enum { KD_TYPES_DEPTH = 64 /* of what lies in what */, KD_TYPES_ABSENT = 128 };

/* How far the names of a lazy BTF are indexed. */
struct kd_types_grown {
	uint32_t done; /* ids below it are */
	uint32_t *tail; /* the last id of each hash */
	bool whole; /* there are no more */
	uint64_t absent[KD_TYPES_ABSENT]; /* hashes of names that no string is, each in its slot; 0: none */
};

struct kd_types {
	const struct kd_btf *btf;
	unsigned ptr_size;
	uint32_t *head; /* first id of each hash of a name, 0: none */
	uint32_t *next; /* the next one with the same hash, by id */
	size_t buckets; /* a power of two */
	struct kd_types_grown *grown; /* NULL: all of it is indexed */
};

static inline bool kd_type_is_composite(const struct kd_btf_type *t)
{
	return t->kind == KD_BTF_STRUCT || t->kind == KD_BTF_UNION;
}

#endif
