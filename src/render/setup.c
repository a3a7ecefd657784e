// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/setup.h"

#include <string.h>

#include "render/text.h"

enum { W_STATE = 10, W_NAME = 20, COL = W_STATE + W_NAME + 2 };

static enum kd_style state_style(unsigned state)
{
	return state == KD_SETUP_OK        ? KD_STYLE_GOOD
	       : state == KD_SETUP_MISSING ? KD_STYLE_CRIT
					   : KD_STYLE_MED;
}

static void item(struct kd_out *o, const struct kd_setup_item *it)
{
	kd_out_puts(o, "  ");
	kd_style(o, state_style(it->state));
	kd_text_cell(o, kd_view_of(kd_setup_state_word(it->state)), W_STATE);
	kd_style(o, KD_STYLE_NONE);
	kd_text_cell(o, kd_view_of(it->name), W_NAME);
	kd_text_wrap(o, kd_view_of(it->needed), COL, COL);
	if (it->detail[0]) {
		kd_text_pad(o, COL);
		kd_text_wrap(o, kd_view_of(it->detail), COL, COL);
	}
	if (it->get[0]) {
		kd_text_pad(o, COL);
		kd_out_puts(o, "→ ");
		kd_text_wrap(o, kd_view_of(it->get), COL + 2, COL + 2);
	}
}

void kd_render_setup_text(struct kd_out *o, const struct kd_setup_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!i || strcmp(r->item[i].area, r->item[i - 1].area)) {
			kd_style(o, KD_STYLE_BOLD);
			kd_out_printf(o, "%s%s\n", i ? "\n" : "", r->item[i].area);
			kd_style(o, KD_STYLE_NONE);
		}
		item(o, &r->item[i]);
	}
	if (r->missing)
		kd_out_printf(o, "\n%zu %s missing.\n", r->missing,
			      r->missing == 1 ? "thing is" : "things are");
	else
		kd_out_printf(o, "\nEverything that kdoc needs is there%s.\n",
			      r->optional ? "; what is optional would make more possible" : "");
	kd_out_puts(o, "\n");
	kd_text_next(o, true, KD_V("kdoc scan LOG"), "which crashes are in a log");
}

void kd_render_setup_json(struct kd_json *j, const struct kd_setup_result *r)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.setup/1");
	kd_json_kv_bool(j, "ok", !r->missing);
	kd_json_kv_u64(j, "missing", r->missing);
	kd_json_kv_u64(j, "optional", r->optional);
	kd_json_key(j, "items");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->n; i++) {
		const struct kd_setup_item *it = &r->item[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "area", it->area);
		kd_json_kv_strz(j, "name", it->name);
		kd_json_kv_strz(j, "state", kd_setup_state_word(it->state));
		kd_json_kv_strz(j, "needed_for", it->needed);
		kd_json_kv_strz(j, "how_to_get", it->get);
		if (it->detail[0])
			kd_json_kv_str(j, "found", kd_view_of(it->detail));
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_render_version_text(struct kd_out *o, const struct kd_version *v)
{
	kd_out_printf(o, "kdoc %s\nbuilt   %s, %s%s%s\n", v->version, v->compiler, v->arch,
		      v->optimised ? ", optimised" : "", v->sanitized ? ", sanitizers" : "");
	kd_out_puts(o, "unpacks");
	for (size_t i = 0; i < v->nfeatures; i++)
		if (v->feature[i].on)
			kd_out_printf(o, " %s", v->feature[i].name);
	kd_out_puts(o, "\n");
	for (size_t i = 0; i < v->nfeatures; i++)
		if (!v->feature[i].on)
			kd_out_printf(o, "without %s (%s)\n", v->feature[i].name,
				      v->feature[i].library);
	kd_out_printf(o, "knows   %zu kinds of reports\n", v->nkinds);
}

void kd_render_version_json(struct kd_json *j, const struct kd_version *v)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.version/1");
	kd_json_kv_strz(j, "version", v->version);
	kd_json_kv_strz(j, "compiler", v->compiler);
	kd_json_kv_strz(j, "arch", v->arch);
	kd_json_kv_bool(j, "optimised", v->optimised);
	kd_json_kv_bool(j, "sanitizers", v->sanitized);
	kd_json_kv_u64(j, "report_kinds", v->nkinds);
	kd_json_key(j, "features");
	kd_json_begin_array(j);
	for (size_t i = 0; i < v->nfeatures; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "name", v->feature[i].name);
		kd_json_kv_strz(j, "library", v->feature[i].library);
		kd_json_kv_bool(j, "built_in", v->feature[i].on);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}
