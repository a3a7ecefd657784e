/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segwrite.h: making segments (seg.h).
 *
 *	struct kd_newdoc d;                                   // by whoever reads documents, in any thread
 *	kd_newdoc_init(&d);
 *	d.oid = …; kd_newdoc_word(&d, KD_FIELD_FUNC, name, 0); kd_newdoc_rel(&d, KD_REL_FIXES, hex); …
 *
 *	struct kd_segw *w = kd_segw_new(first);
 *	err = kd_segw_add(w, &d, parents, n);                 // it is document first + i now
 *	err = kd_segw_write(w, path);                         // in one piece, synced, renamed
 *
 *	err = kd_seg_merge(segs, n, path);                    // neighbours become one; numbers stay
 */
#ifndef KD_HISTORY_SEGWRITE_H
#define KD_HISTORY_SEGWRITE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "history/seg.h"
#include "history/term.h"

#define KD_NEWDOC_WORDS_MAX 20000u /* of one document; what comes later is not indexed: KD_DOC_TEXT_CUT */
#define KD_NEWDOC_RELS_MAX 256u
#define KD_NEWDOC_PARENTS_MAX 66u /* git itself made none with more */

struct kd_newrel {
	uint64_t id;
	uint8_t kind, digits;
};

struct kd_newword {
	uint64_t term;
	uint8_t level;
};

struct kd_newpair {
	uint64_t func, path;
	uint32_t text, size; /* of the path, in the document's paths */
};

struct kd_newdoc {
	uint8_t oid[KD_SEG_OID];
	int64_t date, commit_date; /* what is not in 1970 … 2106 is stored as the nearest */
	uint32_t flags, lines;
	uint32_t files;
	uint64_t subject, author, patch_id;
	uint8_t parent[KD_NEWDOC_PARENTS_MAX][KD_SEG_OID];
	size_t nparents;
	struct kd_buf text;
	struct kd_seg_static statics; /* date and files are taken from the above */
	KD_VEC(struct kd_newword) words;
	KD_VEC(uint64_t) keys;
	KD_VEC(struct kd_newrel) rels;
	KD_VEC(struct kd_newpair) pairs;
	struct kd_buf paths;
};

void kd_newdoc_init(struct kd_newdoc *d);
/* Empty, the memory stays. */
void kd_newdoc_clear(struct kd_newdoc *d);
void kd_newdoc_deinit(struct kd_newdoc *d);

/* Of a word that comes again the higher level counts. */
void kd_newdoc_word(struct kd_newdoc *d, enum kd_word_field field, struct kd_view word, unsigned level);
/* A file, and a function that is in it (absent: none). */
void kd_newdoc_pair(struct kd_newdoc *d, struct kd_view func, struct kd_view path);
void kd_newdoc_key(struct kd_newdoc *d, uint64_t key);
/* Hex digits, 7 to 40; others are ignored. */
void kd_newdoc_rel(struct kd_newdoc *d, uint8_t kind, struct kd_view hex);
/* Sort the words: kd_segw_add() needs it, a worker can do it. */
void kd_newdoc_seal(struct kd_newdoc *d);

struct kd_segw;

struct kd_segw *kd_segw_new(uint32_t first);
void kd_segw_free(struct kd_segw *w);
void kd_segw_freep(struct kd_segw **w);

uint32_t kd_segw_docs(const struct kd_segw *w);
/* Bytes of memory, about. */
size_t kd_segw_memory(const struct kd_segw *w);

/* parents: documents, KD_DOC_MISSING. KD_LIMIT: the segment is full. */
KD_MUST_CHECK struct kd_error *kd_segw_add(struct kd_segw *w, const struct kd_newdoc *d, const uint32_t *parents, size_t n);

KD_MUST_CHECK struct kd_error *kd_segw_write(struct kd_segw *w, const char *path);

/* Segments that follow each other, the first first. Memory does not depend on their size. */
KD_MUST_CHECK struct kd_error *kd_seg_merge(struct kd_seg *const *segs, size_t n, const char *path);

/*
 * The same without some documents: number[doc of the store] is what each becomes, ascending without gaps over those that stay, and
 * KD_DOC_NONE for those that do not. Files of functions stay as they were counted. KD_INVALID: none stays.
 */
KD_MUST_CHECK struct kd_error *kd_seg_merge_some(struct kd_seg *const *segs, size_t n, const char *path, const uint32_t *number);

#endif
