/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline.h: events by time (verb/timeline.h) as text, JSON (docs/schema/timeline.json) and self-contained HTML. */
#ifndef KD_RENDER_TIMELINE_H
#define KD_RENDER_TIMELINE_H

#include "base/json.h"
#include "render/out.h"
#include "verb/timeline.h"

void kd_render_timeline_text(struct kd_out *o, const struct kd_timeline *t);
void kd_render_timeline_json(struct kd_json *j, const struct kd_timeline *t);
void kd_render_timeline_html(struct kd_out *o, const struct kd_timeline *t);

#endif
