// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/index.h"

#include "render/text.h"

void kd_render_index_text(struct kd_out *o, const struct kd_index_result *r)
{
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM], c[KD_TEXT_NUM], d[KD_TEXT_NUM];
	const struct kd_kdx_stats *s = &r->stats;

	kd_out_text(o, kd_view_of(r->file));
	if (r->problem) {
		kd_out_puts(o, "\n    ");
		kd_out_text(o, kd_view_of(r->problem->msg));
		kd_out_puts(o, "\n");
		return;
	}
	kd_out_puts(o, "\n    ");
	kd_out_text(o, kd_view_of(r->path));
	kd_out_printf(o, "\n    %s, %s", r->built ? "built now" : "was there", kd_text_bytes(r->bytes, a));
	if (r->built && s->debug_bytes)
		kd_out_printf(o, " = %.1f %% of %s of debug info, %.1f s", 100.0 * (double)r->bytes / (double)s->debug_bytes,
			      kd_text_bytes(s->debug_bytes, b), (double)r->ms / 1000);
	kd_out_puts(o, "\n");
	if (r->built)
		kd_out_printf(o, "    %s symbols, %s functions, %s inlined calls, %s lines\n",
			      kd_text_count(s->symbols, a), kd_text_count(s->functions, b),
			      kd_text_count(s->inlined, c), kd_text_count(s->rows, d));
	if (r->built && s->patched)
		kd_out_printf(o, "    %s places that the kernel patches at run time\n", kd_text_count(s->patched, a));
	if (r->built && s->bad_frames)
		kd_out_printf(o, "    %s entries of call frame information could not be read\n", kd_text_count(s->bad_frames, a));
	if (!r->ident.dwarf)
		kd_out_puts(o, "    the file has no DWARF: symbols alone, no lines\n");
	if (r->ident.missing_files) {
		kd_out_printf(o, "    debug info of it is in %s more file%s, the first is ", kd_text_count(r->ident.missing_files, a),
			      r->ident.missing_files == 1 ? "" : "s");
		kd_out_text(o, r->ident.missing);
		kd_out_puts(o, ": what is in them is left out\n");
	}
	if (r->built && s->damaged) {
		kd_out_printf(o, "    %s of %s units are damaged and left out in whole or in part: ",
			      kd_text_count(s->damaged, a), kd_text_count(s->units, b));
		kd_out_text(o, kd_view_of(s->damage));
		kd_out_puts(o, "\n");
	}
}

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

void kd_render_index_json(struct kd_json *j, const struct kd_index_result *r)
{
	const struct kd_kdx_stats *s = &r->stats;

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "file", r->file);
	if (r->problem) {
		kd_json_kv_strz(j, "problem", r->problem->msg);
		kd_json_end_object(j);
		return;
	}
	kd_json_kv_strz(j, "index", r->path);
	kd_json_kv_bool(j, "built", r->built);
	kd_json_kv_u64(j, "bytes", r->bytes);
	text(j, "build_id", r->ident.build_id);
	text(j, "release", r->ident.release);
	text(j, "module", r->ident.module);
	kd_json_kv_bool(j, "dwarf", r->ident.dwarf);
	kd_json_kv_u64(j, "units", r->ident.units);
	kd_json_kv_u64(j, "damaged_units", r->ident.damaged_units);
	if (r->ident.missing_files)
		kd_json_kv_u64(j, "missing_files", r->ident.missing_files);
	text(j, "missing", r->ident.missing);
	if (r->built) {
		kd_json_kv_u64(j, "debug_bytes", s->debug_bytes);
		kd_json_kv_u64(j, "symbols", s->symbols);
		kd_json_kv_u64(j, "functions", s->functions);
		kd_json_kv_u64(j, "inlined_calls", s->inlined);
		kd_json_kv_u64(j, "lines", s->rows);
		kd_json_kv_u64(j, "patched_places", s->patched);
		kd_json_kv_u64(j, "call_frames", s->frames);
		kd_json_kv_u64(j, "damaged_call_frames", s->bad_frames);
		kd_json_kv_i64(j, "ms", r->ms);
	}
	kd_json_end_object(j);
}

void kd_render_index_info_text(struct kd_out *o, const struct kd_index_info *i)
{
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM];

	kd_out_text(o, kd_view_of(i->file));
	kd_out_puts(o, "\n");
	if (i->problem) {
		kd_out_puts(o, "    ");
		kd_out_text(o, kd_view_of(i->problem->msg));
		kd_out_puts(o, "\n");
		return;
	}
	kd_out_printf(o, "    %s, %s, ", kd_text_bytes(i->bytes, a),
		      i->kernels && i->modules ? "a kernel and its modules" : i->kernels ? "a kernel" : "modules");
	kd_out_printf(o, "%s indexes\n", kd_text_count(i->kernels + i->modules, b));
	if (i->ident.release.n) {
		kd_out_puts(o, "    release ");
		kd_out_text(o, i->ident.release);
		kd_out_puts(o, "\n");
	}
	if (i->ident.build_id.n) {
		kd_out_puts(o, "    build-id ");
		kd_out_text(o, i->ident.build_id);
		kd_out_puts(o, "\n");
	}
	if (i->base.n) {
		kd_out_puts(o, "    holds what differs from ");
		kd_out_text(o, i->base);
		kd_out_puts(o, ", which is there\n");
	}
}

void kd_render_index_info_json(struct kd_json *j, const struct kd_index_info *i)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "file", i->file);
	if (i->problem) {
		kd_json_kv_strz(j, "problem", i->problem->msg);
		kd_json_end_object(j);
		return;
	}
	kd_json_kv_u64(j, "bytes", i->bytes);
	kd_json_kv_u64(j, "kernels", i->kernels);
	kd_json_kv_u64(j, "modules", i->modules);
	text(j, "build_id", i->ident.build_id);
	text(j, "release", i->ident.release);
	text(j, "module", i->ident.module);
	text(j, "base", i->base);
	kd_json_end_object(j);
}
