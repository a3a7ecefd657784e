/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_bt_internal.h: what the files of verb/core_bt share. */
#ifndef KD_VERB_CORE_BT_INTERNAL_H
#define KD_VERB_CORE_BT_INTERNAL_H

#include "format/vmcoreinfo.h"
#include "verb/core_bt.h"

/* Puts places in the source to all frames that the debug info knows, and variables if asked to. KD_LIMIT, KD_CANCELLED. */
KD_MUST_CHECK struct kd_error *kd_core_bt_lines(struct kd_dump *d, const struct kd_core_bt_options *o, struct kd_arena *arena,
						struct kd_core_bt *bt);

/* What the words of all frames are. KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_core_bt_layout(struct kd_kernel *k, const struct kd_modules *mods, struct kd_arena *arena,
						 struct kd_core_bt *bt);

/* ---- core_bt_group.c ---- */

struct kd_core_bt_groups {
	struct kd_core_bt *bt;
	struct kd_arena *arena; /* of the answer */
	size_t cap; /* of bt->v */
	uint32_t *slot; /* index + 1 by hash; 0: none */
	size_t nslots;
};

void kd_core_bt_groups_deinit(struct kd_core_bt_groups *g);

/*
 * Takes a stack, of which nothing is kept but copies: as another of a group (false), or by itself (true): it is the last of
 * bt->v then. st NULL: why says why there is none. KD_LIMIT.
 */
KD_MUST_CHECK struct kd_error *kd_core_bt_groups_take(struct kd_core_bt_groups *g, const struct kd_core_bt_who *who, bool panicked,
						      const struct kd_core_stack *st, struct kd_view why, bool *is_new);

/* Leaves those from offset on, at most limit of them (0: all). */
void kd_core_bt_groups_slice(struct kd_core_bt *bt, uint64_t offset, uint64_t limit);

#endif
