/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commitdoc.h: a commit and its diff → a document of a segment: record, words, keys, relations.
 *
 *	struct kd_commitdoc w;                          // one per thread
 *	kd_commitdoc_init(&w);
 *	err = kd_commitdoc(&w, &commit, &doc);          // doc: kd_newdoc_init() before
 *	kd_commitdoc_deinit(&w);
 *
 * Which words of what go into which field is commitdoc.c's; docs/HISTORY.md has the table.
 */
#ifndef KD_HISTORY_COMMITDOC_H
#define KD_HISTORY_COMMITDOC_H

#include "base/arena.h"
#include "history/gitlog.h"
#include "history/segwrite.h"

#define KD_COMMITDOC_FILES_MAX 40u /* of a commit: paths in the index; the record has more */
#define KD_COMMITDOC_RECORD_FILES_MAX 1000u

struct kd_commitdoc {
	struct kd_arena arena;
};

void kd_commitdoc_init(struct kd_commitdoc *w);
void kd_commitdoc_deinit(struct kd_commitdoc *w);

/* Always a document with this id; what could not be read is in its flags and its record. */
KD_MUST_CHECK struct kd_error *kd_commitdoc(struct kd_commitdoc *w, const struct kd_gitlog_commit *c, struct kd_newdoc *ret);

#endif
