/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_crash.h: cases as they end, as text and JSON (docs/schema/lab-crash.json).
 *
 *	kd_render_labcrash_text(&out, result);           // for each, then
 *	kd_render_labcrash_text_end(&out, &summary, "OUT");
 *
 *	kd_render_labcrash_json_begin(&j);
 *	kd_render_labcrash_json(&j, result);
 *	kd_render_labcrash_json_end(&j, &summary);
 */
#ifndef KD_RENDER_LAB_CRASH_H
#define KD_RENDER_LAB_CRASH_H

#include "base/json.h"
#include "render/out.h"
#include "verb/lab_crash.h"

void kd_render_labcrash_text(struct kd_out *o, const struct kd_crash_result *r);
void kd_render_labcrash_text_end(struct kd_out *o, const struct kd_labcrash_summary *sum,
				 const char *dir);

void kd_render_labcrash_json_begin(struct kd_json *j);
void kd_render_labcrash_json(struct kd_json *j, const struct kd_crash_result *r);
void kd_render_labcrash_json_end(struct kd_json *j, const struct kd_labcrash_summary *sum);

/* The table of cases. */
void kd_render_labcases_text(struct kd_out *o);
void kd_render_labcases_json(struct kd_json *j);

#endif
