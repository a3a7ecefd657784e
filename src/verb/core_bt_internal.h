/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_bt_internal.h: what the files of verb/core_bt share. */
#ifndef KD_VERB_CORE_BT_INTERNAL_H
#define KD_VERB_CORE_BT_INTERNAL_H

#include "format/vmcoreinfo.h"
#include "verb/core_bt.h"

/* Puts places in the source to all frames that the debug info knows. KD_LIMIT, KD_CANCELLED. */
KD_MUST_CHECK struct kd_error *kd_core_bt_lines(struct kd_ctx *ctx, const struct kd_core_bt_options *o,
						const struct kd_vmcoreinfo *v, struct kd_arena *arena, struct kd_core_bt *bt);

#endif
