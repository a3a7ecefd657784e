/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpevent.h: what happened to a commit: the part of backport.h behind it. */
#ifndef KD_HISTORY_BPEVENT_H
#define KD_HISTORY_BPEVENT_H

#include "history/backport.h"
#include "history/commit.h"
#include "history/record.h"

struct kd_bp_event {
	uint32_t doc;
	uint8_t proof; /* of an apply */
	bool apply; /* it is there from here on; else not any more */
	bool partial; /* of a revert */
	bool by_revert; /* it takes back another event: a stronger statement than an upstream line */
	bool guessed;
	const char *why;
};

struct kd_bp_events {
	KD_VEC(struct kd_bp_event) v;
	bool cut, twins; /* twins: other commits of mainline have its subject */
};

/* Commits with a patch id that was asked for; by patch id, then by document. */
struct kd_bp_same {
	uint64_t patch_id;
	uint32_t doc;
};

struct kd_bp_patches {
	KD_VEC(struct kd_bp_same) v;
};

/* A commit's record and message, in the arena. */
struct kd_bp_read {
	struct kd_arena arena;
	struct kd_buf text;
	struct kd_record r;
	struct kd_commit c;
};

#define KD_BP_READ_INIT {.arena = KD_ARENA_INIT((size_t)96 << 20), .text = KD_BUF_INIT(KD_SEG_TEXT_MAX)}
void kd_bp_read_deinit(struct kd_bp_read *r);
/* What was read before is gone. */
KD_MUST_CHECK struct kd_error *kd_bp_read(const struct kd_store *st, uint32_t doc, struct kd_bp_read *ret);

/* One pass over the store for the patch ids of these commits. */
void kd_bp_patches_make(const struct kd_store *st, const struct kd_bp_commit *c, size_t n, struct kd_bp_patches *ret);
void kd_bp_patches_deinit(struct kd_bp_patches *p);

/* By document. ret is emptied first. */
KD_MUST_CHECK struct kd_error *kd_bp_events(const struct kd_relset *r, const struct kd_bp_patches *p, const struct kd_bp_commit *c,
					    struct kd_bp_events *ret);

/* Each relation that names this commit in all digits that both have. */
void kd_bp_rels(const struct kd_store *st, const struct kd_bp_commit *c, bool (*fn)(void *user, const struct kd_seg_rel *r), void *user);

#endif
