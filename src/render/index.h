/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index.h: answers of `kdoc index …`. */
#ifndef KD_RENDER_INDEX_H
#define KD_RENDER_INDEX_H

#include "base/json.h"
#include "render/out.h"
#include "verb/index.h"

void kd_render_index_text(struct kd_out *o, const struct kd_index_result *r);
void kd_render_index_json(struct kd_json *j, const struct kd_index_result *r);
void kd_render_index_info_text(struct kd_out *o, const struct kd_index_info *i);
void kd_render_index_info_json(struct kd_json *j, const struct kd_index_info *i);

#endif
