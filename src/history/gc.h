/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gc.h: the store without what nothing needs any more.
 *
 *	struct kd_gc_result r;
 *	err = kd_store_gc(store, (const char *[]){"old-vendor-tree"}, 1, &r);       // store opened for writing
 *
 * Left out are the trees that are named, then commits that no ref of the other trees reaches (those of rewritten branches, of dropped
 * trees, and those that a run which was cut off has read), then files that the list does not name. Small parts become larger
 * ones. Whoever has the store open keeps what it has mapped; new files get new names, the list is replaced as a whole, and only then
 * old files go: a run that is killed leaves the store as it was, or as it should be.
 */
#ifndef KD_HISTORY_GC_H
#define KD_HISTORY_GC_H

#include "history/dag.h"
#include "history/mailstore.h"

struct kd_gc_result {
	uint64_t commits; /* left out; of mails: mails */
	size_t trees; /* the same */
	size_t parts_before, parts_after;
	uint64_t bytes_before, bytes_after; /* of the files of the store */
};

/* KD_NOTFOUND: no tree has such a name, and nothing was done. */
KD_MUST_CHECK struct kd_error *kd_store_gc(struct kd_store *st, const char *const *drop, size_t ndrop, struct kd_gc_result *ret);

/* Mails that their archives took out, with their patches, and what no list names; opened for writing. The counts are those of both stores. */
KD_MUST_CHECK struct kd_error *kd_mailstore_gc(struct kd_mailstore *ms, struct kd_gc_result *ret);

#endif
