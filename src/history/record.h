/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h: what is kept of a commit besides the words: the text of its document in a segment.
 *
 *	kd_record_write(&buf, &r);
 *	err = kd_record_parse(&arena, kd_buf_view(&buf), &r);      // views into the text
 *
 * Layout, lines: "author NAME <MAIL>", "committer NAME <MAIL>", "patch-id HEX" (if there is a diff), "parent HEX" for
 * each parent, "file S ADDED REMOVED PATH", then for each function changed in it "func NAME" (after its file),
 * "cut WHAT" for what was left out, an empty line, the message as UTF-8. Line breaks in names and paths become blanks.
 */
#ifndef KD_HISTORY_RECORD_H
#define KD_HISTORY_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct kd_record_file {
	char status; /* as git's --name-status: A C D M R T */
	uint32_t added, removed;
	struct kd_view path;
	uint32_t func, nfuncs; /* of the record's functions */
};

struct kd_record {
	struct kd_view author, committer; /* "Name <mail>" */
	struct kd_view patch_id; /* 40 hex digits; absent: no diff */
	const struct kd_view *parents; /* hex */
	size_t nparents;
	const struct kd_record_file *files;
	size_t nfiles;
	const struct kd_view *funcs;
	size_t nfuncs;
	struct kd_view cut; /* absent: nothing was */
	struct kd_view message;
};

void kd_record_write(struct kd_buf *b, const struct kd_record *r);
/* KD_LIMIT when the arena is full; lines that are not understood are passed over. */
KD_MUST_CHECK struct kd_error *kd_record_parse(struct kd_arena *a, struct kd_view text, struct kd_record *ret);

#endif
