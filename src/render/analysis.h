/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis.h: an analysis of a dump as text, Markdown, JSON (docs/schema/analyze-dump.json). */
#ifndef KD_RENDER_ANALYSIS_H
#define KD_RENDER_ANALYSIS_H

#include "base/json.h"
#include "render/out.h"
#include "verb/core_analyze.h"

void kd_render_analysis_text(struct kd_out *o, const struct kd_core_analysis *a);

/* For a ticket or a file: what comes from the dump is in blocks of code. */
void kd_render_analysis_markdown(struct kd_out *o, const char *path, const struct kd_core_analysis *a);

void kd_render_analysis_json(struct kd_json *j, const char *path, const struct kd_core_analysis *a);

#endif
