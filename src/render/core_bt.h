/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_bt.h: backtraces out of a dump, as text and JSON (docs/schema/core-bt.json). */
#ifndef KD_RENDER_CORE_BT_H
#define KD_RENDER_CORE_BT_H

#include "base/json.h"
#include "render/out.h"
#include "verb/core_bt.h"

/* raw: with the stack pointer of each frame and where its address was read. */
void kd_render_core_bt_text(struct kd_out *o, const struct kd_core_bt *bt, bool raw);
void kd_render_core_bt_json(struct kd_json *j, const char *path, const struct kd_core_bt *bt);

#endif
