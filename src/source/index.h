/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index.h: which files of a tree define a function, and which ones mention it.
 *
 *	kd_auto(kd_srcindex_freep) struct kd_srcindex *x = NULL;
 *	err = kd_srcindex_open(ctx, tree, NULL, &x);         // from the cache, or built now
 *	err = kd_srcindex_defs(x, KD_V("kfree"), &arena, &defs, &n);
 *	err = kd_srcindex_mentions(x, KD_V("kfree"), &arena, &files, &n);
 *
 * Built once for a tree's content (kd_tree_key), kept in the user's cache as source/<key>.kdsi:
 *
 *	header       256 bytes: magic, version, byte order, key, counts, where the parts lie, CRC-32
 *	files        nfiles + 1 × u32 into the names of files, sorted
 *	names        nnames + 1 × { u32 text, first definition, first mention byte }, sorted
 *	definitions  ndefs × { u32 file, start, line, open, close, flags }, in order of the names
 *	mentions     of each name: file numbers as LEB128 differences, ascending
 *	checks       CRC-32 (ISO 3309) of each 64 KiB block before it
 *
 * All numbers little endian, offsets from the start of the file. A reader loads and checks only
 * the blocks that an answer needs. A file that is damaged, of another version or of another tree
 * is built again; it is written beside and renamed, so nobody sees half of it.
 *
 * Mentions come from identifiers outside comments and strings, in macros too, kept as 32-bit hashes
 * while the index is built: a file may be named that only holds another word of the same hash.
 * Whoever shows lines looks at the file (refs.h).
 */
#ifndef KD_SOURCE_INDEX_H
#define KD_SOURCE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"
#include "source/body.h"
#include "source/tree.h"

#define KD_SRCINDEX_DEFS_MAX 8000000
#define KD_SRCINDEX_KEPT 12 /* indexes in the cache; the ones built longest ago go */
#define KD_SRCINDEX_MENTIONS_MAX 60000000 /* identifier and file, while building */

/* Zero members mean the default. */
struct kd_srcindex_opts {
	const char *cache; /* folder; default: kdoc/source below the user's cache */
	bool no_cache; /* neither read nor write it */
	bool rebuild; /* do not read it: a lookup found it damaged (KD_BADDATA) */
	unsigned workers; /* default: processors, at most 8 */
	/* Files read so far; from one thread at a time, not always the same. */
	void (*progress)(void *user, uint64_t files);
	void *user;
};

struct kd_srcindex_info {
	uint32_t files, names, defs;
	uint32_t unread; /* files that could not be read */
	bool built; /* now, not found in the cache */
	bool cut; /* a limit was reached: not everything is in it */
	const char *cache_problem; /* why it was built, or is not kept; NULL: nothing to say */
};

struct kd_srcindex_def {
	struct kd_view file; /* in the arena */
	uint32_t start, line, open, close, flags; /* as struct kd_body */
};

struct kd_srcindex;

/* Errors of the tree; KD_LIMIT. A cache that cannot be written is no error. */
KD_MUST_CHECK struct kd_error *kd_srcindex_open(struct kd_ctx *ctx, struct kd_tree *tree,
						const struct kd_srcindex_opts *opts,
						struct kd_srcindex **ret);
void kd_srcindex_free(struct kd_srcindex *x);
void kd_srcindex_freep(struct kd_srcindex **x);

const struct kd_srcindex_info *kd_srcindex_info(const struct kd_srcindex *x);

/* Definitions of a name as kd_body_key() has it; n = 0: none. KD_BADDATA: the index is damaged. */
KD_MUST_CHECK struct kd_error *kd_srcindex_defs(struct kd_srcindex *x, struct kd_view name,
						struct kd_arena *a, struct kd_srcindex_def **ret, size_t *n_ret);

/* Files that may mention a name which some file defines; sorted. */
KD_MUST_CHECK struct kd_error *kd_srcindex_mentions(struct kd_srcindex *x, struct kd_view name,
						    struct kd_arena *a, struct kd_view **ret, size_t *n_ret);

/* All definitions, by name. */
KD_MUST_CHECK struct kd_error *
kd_srcindex_each(struct kd_srcindex *x,
		 struct kd_error *(*fn)(void *user, struct kd_view name, const struct kd_srcindex_def *d),
		 void *user);

/* An image from memory, for tests: the bytes stay the caller's. */
KD_MUST_CHECK struct kd_error *kd_srcindex_from_memory(struct kd_view image, struct kd_srcindex **ret);

#endif
