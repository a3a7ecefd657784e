/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store.h: everything that is known of git (or of mail): a folder with segments (seg.h) and the list of what they
 * were made from.
 *
 *	kd_auto(kd_store_closep) struct kd_store *st = NULL;
 *	err = kd_store_open(dir, false, &st);          // KD_NOTFOUND: nothing was indexed there
 *	uint32_t doc;
 *	switch (kd_store_find(st, KD_V("be6e843fc51a"), &doc)) { case 0: … not there; case 1: … }
 *	struct kd_seg_doc d;
 *	kd_store_doc(st, doc, &d);
 *
 * Files: index.json (which segments, trees, refs; replaced as a whole), NNNNNNNN-NNNNNNNN.kdh (first document and
 * number of documents), lock. Whoever writes holds the lock; readers need none: segments are never changed, and
 * a segment that is no longer named stays mapped for those who have it open.
 *
 * A store belongs to one thread.
 */
#ifndef KD_HISTORY_STORE_H
#define KD_HISTORY_STORE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "history/seg.h"
#include "history/term.h"

#define KD_STORE_SEGMENTS_MAX 4096u
#define KD_STORE_TREES_MAX 256u
#define KD_STORE_REFS_MAX 200000u

struct kd_store_ref {
	const char *name; /* "refs/tags/v6.1" */
	const char *oid; /* of the commit, in hex */
	int64_t date; /* of the commit, s since 1970 UTC */
};

struct kd_store_tree {
	const char *name, *path;
	KD_VEC(struct kd_store_ref) refs;
	int64_t indexed; /* when, s since 1970 UTC */
	int64_t newest; /* commit date of the newest commit */
	bool complete; /* false: the run was cut off; what is there can be used */
	bool shallow, partial;
	uint64_t commits; /* reachable from the refs */
	uint64_t no_diff; /* of these without their diff though they have one: objects missing */
};

struct kd_store {
	char *dir;
	int lock; /* -1: reading */
	struct kd_arena arena; /* of the trees */
	KD_VEC(struct kd_seg *) segs;
	KD_VEC(char *) files; /* their names */
	KD_VEC(struct kd_store_tree) trees;
	uint32_t docs;
};

/*
 * write: takes the lock and makes the folder. KD_NOTFOUND, KD_IO, KD_BADDATA, KD_UNSUPPORTED; KD_CONFLICT: somebody
 * else writes.
 */
KD_MUST_CHECK struct kd_error *kd_store_open(const char *dir, bool write, struct kd_store **ret);
void kd_store_close(struct kd_store *st);
void kd_store_closep(struct kd_store **st);

/* doc < st->docs. */
struct kd_seg *kd_store_seg(const struct kd_store *st, uint32_t doc);
void kd_store_doc(const struct kd_store *st, uint32_t doc, struct kd_seg_doc *ret);
KD_MUST_CHECK struct kd_error *kd_store_text(const struct kd_store *st, uint32_t doc, struct kd_buf *ret);

/* 4 to 40 hex digits: how many commits begin so (2: two or more), the first of them. */
unsigned kd_store_find(const struct kd_store *st, struct kd_view hex, uint32_t *doc_ret);
/* The whole id; false: not there. */
bool kd_store_has(const struct kd_store *st, const uint8_t oid[KD_SEG_OID], uint32_t *doc_ret);
void kd_store_hex(const struct kd_store *st, uint32_t doc, char ret[2 * KD_SEG_OID + 1]);

/* Documents that have a word: of all segments. */
uint32_t kd_store_df(const struct kd_store *st, uint64_t term);

/* In ascending order; fn returns false to stop. */
void kd_store_keys(const struct kd_store *st, uint64_t key, bool (*fn)(void *user, uint32_t doc), void *user);

/* Everything that names this commit: relations whose id fits it in all digits that they have. */
void kd_store_rels(const struct kd_store *st, const uint8_t oid[KD_SEG_OID],
		   bool (*fn)(void *user, const struct kd_seg_rel *r), void *user);

struct kd_store_tree *kd_store_tree(const struct kd_store *st, const char *name);

/* ---- writing ---- */

/* A written segment, whose first document is st->docs; file: its name in the folder. */
KD_MUST_CHECK struct kd_error *kd_store_append(struct kd_store *st, const char *file);
/* Where a segment of so many documents is to be written: *file_ret is its name, both on the heap. */
char *kd_store_new_path(const struct kd_store *st, uint32_t first, uint32_t docs, char **file_ret);
/* Neighbours of like size become one, until few are left. */
KD_MUST_CHECK struct kd_error *kd_store_compact(struct kd_store *st);
/* The list of segments and trees: what is in memory becomes what the next reader finds. Removes files that are not named. */
KD_MUST_CHECK struct kd_error *kd_store_save(struct kd_store *st);
/* Is a file of this name in the folder made by this: a part, tables beside them, what a killed run left of them? */
bool kd_store_is_own_file(struct kd_view name);
/* A tree of this name, made when there was none. NULL: too many. */
struct kd_store_tree *kd_store_add_tree(struct kd_store *st, const char *name, const char *path);

#endif
