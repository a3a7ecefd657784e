// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/analysis.h"

#include "base/alloc.h"
#include "render/head.h"
#include "render/markdown.h"
#include "render/sheet.h"
#include "render/text.h"

static void part_text(struct kd_out *o, const struct kd_analysis_part *p)
{
	if (p->why.n) {
		kd_out_text(o, p->why);
		kd_out_puts(o, "\n");
	}
	if (p->problem.n) {
		kd_out_puts(o, "not answered: ");
		kd_text_wrap(o, p->problem, 14, 14);
	} else {
		kd_render_sheet_text(o, &p->sheet);
	}
}

void kd_render_analysis_text(struct kd_out *o, const struct kd_core_analysis *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (i)
			kd_out_puts(o, "\n");
		kd_style(o, KD_STYLE_BOLD);
		kd_out_printf(o, "== %s (%s) ==\n", a->v[i].title, a->v[i].verb);
		kd_style(o, KD_STYLE_NONE);
		part_text(o, &a->v[i]);
	}
}

void kd_render_analysis_markdown(struct kd_out *o, const char *path, const struct kd_core_analysis *a)
{
	kd_out_puts(o, "# ");
	kd_md_text(o, a->host.n ? a->host : KD_V("a machine without a name"));
	kd_out_puts(o, ", ");
	kd_md_text(o, a->date.n ? a->date : KD_V("date not known"));
	kd_out_puts(o, "\n\nDump ");
	kd_md_code(o, a->dump);
	kd_out_puts(o, ", file ");
	kd_md_code(o, kd_view_of(path));
	kd_out_puts(o, ".\n");
	for (size_t i = 0; i < a->n; i++) {
		kd_auto(kd_out_deinit) struct kd_out part;

		kd_out_init(&part, NULL, NULL);
		part.width = o->width;
		part_text(&part, &a->v[i]);
		kd_out_printf(o, "\n## %s\n\n`kdoc %s`\n\n", a->v[i].title, a->v[i].verb);
		kd_md_block(o, kd_buf_view(&part.buf));
	}
}

void kd_render_analysis_json(struct kd_json *j, const char *path, const struct kd_core_analysis *a)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.analyze-dump/1");
	kd_json_kv_strz(j, "file", path);
	kd_json_kv_str(j, "dump", a->dump);
	if (a->host.n)
		kd_json_kv_str(j, "host", a->host);
	if (a->date.n)
		kd_json_kv_str(j, "date", a->date);
	kd_json_key(j, "parts");
	kd_json_begin_array(j);
	for (size_t i = 0; i < a->n; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "verb", a->v[i].verb);
		kd_json_kv_strz(j, "title", a->v[i].title);
		if (a->v[i].why.n)
			kd_json_kv_str(j, "because", a->v[i].why);
		if (a->v[i].problem.n) {
			kd_json_kv_str(j, "problem", a->v[i].problem);
		} else {
			kd_json_key(j, "answer");
			kd_render_sheet_json_object(j, &a->v[i].sheet);
		}
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}
