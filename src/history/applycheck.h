/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applycheck.h: would a patch apply to these files? As `git apply --check --cached` answers, without running it, and hunk
 * by hunk; and the other way round: is it there already?
 *
 *	struct kd_apply_file f;
 *	err = kd_apply_file(&patch, i, bytes, &arena, &f);      // bytes: the file's; absent: there is none
 *	for (size_t k = 0; k < f.nhunks; k++)
 *		if (f.hunks[k].state == KD_APPLY_CONFLICT) …
 *
 * The rules are those of git's apply (git-apply(1); apply.c of git 2.39): all context lines have to be there; the place is
 * where the hunk says or the nearest one, later lines first; a hunk that begins at line 1 fits at the beginning only, one without
 * context behind it at the end only; lines that an earlier hunk put there match no later one; no fuzz, white space counts.
 */
#ifndef KD_HISTORY_APPLYCHECK_H
#define KD_HISTORY_APPLYCHECK_H

#include "format/patch.h"

#define KD_APPLY_LINES_MAX ((size_t)4 << 20) /* of a file */

enum kd_apply_state {
	KD_APPLY_OK,
	KD_APPLY_CONFLICT,
};

enum kd_apply_why {
	KD_APPLY_FITS,
	KD_APPLY_NO_MATCH, /* its lines are not in the file in this order */
	KD_APPLY_ALREADY, /* they are not, and what it makes of them is */
	KD_APPLY_NO_FILE, /* the release has no such file */
	KD_APPLY_EXISTS, /* the patch makes a file that there is */
	KD_APPLY_LEFT_OVER, /* the patch deletes a file that has more in it */
	KD_APPLY_BINARY,
	KD_APPLY_DAMAGED, /* the hunk is not what its head says */
	KD_APPLY_GIVEN_UP, /* its lines fit half in too many places */
};

struct kd_apply_hunk {
	uint8_t state, why; /* enum kd_apply_state, kd_apply_why */
	uint32_t line; /* from 1: where it fits in the file as it is then; 0: nowhere */
	int64_t offset; /* lines from where it says */
	bool before, after; /* somewhere in the untouched file: what it takes away with context; what it makes of it */
};

struct kd_apply_file {
	uint8_t state, why; /* of the whole; of a file without hunks, too */
	struct kd_apply_hunk *hunks;
	size_t nhunks;
};

/* i < p->nfiles. KD_LIMIT: too many lines, or the arena is full. Binary: why is KD_APPLY_BINARY. */
KD_MUST_CHECK struct kd_error *kd_apply_file(const struct kd_patch *p, size_t i, struct kd_view bytes, struct kd_arena *a,
					     struct kd_apply_file *ret);

const char *kd_apply_why_text(unsigned why) __attribute__((returns_nonnull));

#endif
