/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group_eval.h: the figures of `kdoc group --eval`, as text and as JSON (kdoc.group-eval/1). */
#ifndef KD_RENDER_GROUP_EVAL_H
#define KD_RENDER_GROUP_EVAL_H

#include "base/json.h"
#include "render/out.h"
#include "verb/group_eval.h"

void kd_render_group_eval_text(struct kd_out *o, const struct kd_group_eval *e);
void kd_render_group_eval_json(struct kd_json *j, const struct kd_group_eval *e);

#endif
