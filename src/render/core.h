/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core.h: what a dump is, as text and JSON (docs/schema/core-check.json). */
#ifndef KD_RENDER_CORE_H
#define KD_RENDER_CORE_H

#include "base/json.h"
#include "render/out.h"
#include "verb/core.h"

void kd_render_core_check_text(struct kd_out *o, const char *path, const struct kd_core_check *c);
void kd_render_core_check_json(struct kd_json *j, const char *path, const struct kd_core_check *c);

/* The log's lines and what it lacks (docs/schema/core-log.json). */
void kd_render_core_log_json(struct kd_json *j, const char *path, struct kd_view text, const struct kd_klog *log);

/* What the log lacks, in one or two lines; nothing when it is whole. */
void kd_render_core_log_text(struct kd_out *o, const struct kd_klog *log);

#endif
