/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h: the answer of `kdoc source` as text and as JSON.
 *
 *	kd_render_source_text(cli->out, answer);
 *	kd_render_source_json(&j, answer);         // schema kdoc.source/1
 */
#ifndef KD_RENDER_SOURCE_H
#define KD_RENDER_SOURCE_H

#include "base/json.h"
#include "render/out.h"
#include "verb/source.h"

void kd_render_source_text(struct kd_out *o, const struct kd_source_answer *a);
void kd_render_source_json(struct kd_json *j, const struct kd_source_answer *a);

/* One row of --list: name, file, first line, line of the name, last line; tabs between. */
void kd_render_source_row(struct kd_out *o, struct kd_view name, const struct kd_srcindex_def *d);

/* The same as JSON: begin, rows, end. */
void kd_render_source_list_begin(struct kd_json *j);
void kd_render_source_list_row(struct kd_json *j, struct kd_view name, const struct kd_srcindex_def *d);
void kd_render_source_list_end(struct kd_json *j, uint64_t count);

#endif
