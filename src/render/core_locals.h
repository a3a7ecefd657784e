/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_locals.h: parameters and local variables of a frame, and what its words are. */
#ifndef KD_RENDER_CORE_LOCALS_H
#define KD_RENDER_CORE_LOCALS_H

#include "base/json.h"
#include "render/out.h"
#include "verb/core_bt.h"

/* Those of one of the frame's places, innermost first. */
void kd_render_locals_text(struct kd_out *o, const struct kd_core_bt_frame *f, size_t place);
void kd_render_locals_json(struct kd_json *j, const struct kd_core_bt_frame *f);

/* A line a word, lowest address first. */
void kd_render_layout_text(struct kd_out *o, const struct kd_core_bt_frame *f);
void kd_render_layout_json(struct kd_json *j, const struct kd_core_bt_frame *f);

#endif
