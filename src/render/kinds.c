// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/kinds.h"

#include "render/text.h"
#include "report/kind.h"
#include "verb/scan.h"

enum { W_NAME = 26, W_FAMILY = 18 };

void kd_render_kinds_text(struct kd_out *o)
{
	kd_style(o, KD_STYLE_DIM);
	kd_text_cell(o, KD_V("kind"), W_NAME);
	kd_text_cell(o, KD_V("family"), W_FAMILY);
	kd_out_puts(o, "means\n");
	kd_style(o, KD_STYLE_NONE);
	for (const struct kd_kind *k = kd_kinds(); k->name; k++) {
		kd_text_cell(o, kd_view_of(k->name), W_NAME - 1);
		kd_out_puts(o, " ");
		kd_text_cell(o, kd_view_of(k->family), W_FAMILY - 1);
		kd_out_puts(o, " ");
		kd_text_clip(o, kd_view_of(k->words), o->width - W_NAME - W_FAMILY);
		kd_out_puts(o, "\n");
	}
}

void kd_render_kinds_json(struct kd_json *j)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.kinds/1");
	kd_json_key(j, "kinds");
	kd_json_begin_array(j);
	for (const struct kd_kind *k = kd_kinds(); k->name; k++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "name", k->name);
		kd_json_kv_strz(j, "family", k->family);
		kd_json_kv_strz(j, "words", k->words);
		kd_json_kv_strz(j, "severity", kd_tier_word(k->tier));
		kd_json_kv_bool(j, "infrastructure", k->infrastructure);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}
