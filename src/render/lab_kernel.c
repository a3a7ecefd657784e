// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/lab_kernel.h"

#include "base/time.h"
#include "render/text.h"

enum { COL = 12 };

/* ---- text ---- */

static void row(struct kd_out *o, const char *name, const char *value)
{
	kd_text_cell(o, kd_view_of(name), COL);
	if (value) {
		kd_out_text(o, kd_view_of(value));
	} else {
		kd_style(o, KD_STYLE_DIM);
		kd_out_puts(o, "not found");
		kd_style(o, KD_STYLE_NONE);
	}
	kd_out_puts(o, "\n");
}

/* It is there, but of no use. */
static void missing(struct kd_out *o, const char *name, const char *why)
{
	kd_text_cell(o, kd_view_of(name), COL);
	kd_style(o, KD_STYLE_MED);
	kd_out_puts(o, "not usable yet: ");
	kd_out_text(o, kd_view_of(why));
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void kernel_text(struct kd_out *o, const struct kd_lab_kernel *k)
{
	kd_text_cell(o, KD_V("kernel"), COL);
	kd_style(o, KD_STYLE_BOLD);
	kd_out_text(o, kd_view_of(k->release ? k->release : "release not known"));
	kd_style(o, KD_STYLE_NONE);
	kd_out_printf(o, "  %s\n", kd_lab_arch_word(k->arch));
	row(o, "version", k->version);
	row(o, "image", k->image);
	if (k->modules_problem)
		missing(o, "modules", k->modules_problem);
	else
		row(o, "modules", k->modules);
	row(o, "vmlinux", k->vmlinux);
	if (k->vmlinux) {
		kd_text_pad(o, COL);
		kd_out_puts(o, k->dwarf ? "with debug info" : "without debug info");
		if (k->build_id) {
			kd_out_puts(o, ", build id ");
			kd_out_text(o, kd_view_of(k->build_id));
		}
		kd_out_puts(o, "\n");
	}
	row(o, "headers", k->headers);
	row(o, "config", k->config);
	if (k->tree)
		row(o, "tree", k->tree);
}

static void fetch_text(struct kd_out *o, const struct kd_lab_fetch *f)
{
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM];

	row(o, "mirror", f->mirror);
	for (size_t i = 0; i < f->package.n; i++) {
		const struct kd_lab_fetched *p = &f->package.v[i];

		kd_text_cell(o, kd_view_of(i ? "" : "packages"), COL);
		kd_out_text(o, kd_view_of(p->name));
		kd_out_puts(o, " ");
		kd_out_text(o, kd_view_of(p->version));
		if (!p->was_there)
			kd_out_printf(o, " (%s, unpacked %s)\n",
				      kd_text_bytes(p->download_bytes, a),
				      kd_text_bytes(p->unpacked_bytes, b));
		else
			kd_out_puts(o, " (was there)\n");
	}
	if (f->compiler)
		row(o, "compiler", f->compiler);
	if (f->source)
		row(o, "source", f->source);
}

static void build_text(struct kd_out *o, const struct kd_lab_build *b)
{
	char took[KD_CIVIL_LEN];

	kd_duration_format(b->ms * 1000000, took);
	row(o, "compiler", b->compiler);
	row(o, "sandbox", kd_sandbox_word(b->sandbox));
	kd_text_cell(o, KD_V("built"), COL);
	kd_out_printf(o, "%llu steps in %s%s\n", (unsigned long long)b->compiled, took,
		      b->incremental ? ", going on from an earlier build" : "");
	row(o, "log", b->log);
	for (size_t i = 0; i < b->refused.n; i++) {
		kd_text_cell(o, kd_view_of(i ? "" : "refused"), COL);
		kd_out_text(o, kd_view_of(b->refused.v[i]));
		kd_out_puts(o, i ? "\n" : "  (asked for, and this tree's Kconfig says otherwise)\n");
	}
}

void kd_render_labkernel_text(struct kd_out *o, const struct kd_labkernel_answer *a)
{
	const struct kd_lab_kernel *k = kd_labkernel_of(a);

	if (k->image || k->vmlinux)
		kernel_text(o, k);
	if (a->what == KD_LABKERNEL_FETCH)
		fetch_text(o, &a->fetch);
	else if (a->what == KD_LABKERNEL_BUILD)
		build_text(o, &a->build);
	if (a->next[0])
		kd_out_puts(o, "\n");
	for (size_t i = 0; i < KD_LABKERNEL_NEXT && a->next[i]; i++)
		kd_text_next(o, !i, kd_view_of(a->next[i]), a->next_what[i]);
}

/* ---- JSON ---- */

/* What is not there is left out. */
static void member(struct kd_json *j, const char *key, const char *value)
{
	if (value)
		kd_json_kv_str(j, key, kd_view_of(value));
}

static void kernel_json(struct kd_json *j, const struct kd_lab_kernel *k)
{
	kd_json_key(j, "kernel");
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "arch", kd_lab_arch_word(k->arch));
	member(j, "release", k->release);
	member(j, "version", k->version);
	member(j, "image", k->image);
	member(j, "modules", k->modules);
	member(j, "modules_problem", k->modules_problem);
	member(j, "vmlinux", k->vmlinux);
	member(j, "build_id", k->build_id);
	if (k->vmlinux)
		kd_json_kv_bool(j, "debug_info", k->dwarf);
	member(j, "headers", k->headers);
	member(j, "config", k->config);
	member(j, "tree", k->tree);
	kd_json_end_object(j);
}

static void fetch_json(struct kd_json *j, const struct kd_lab_fetch *f)
{
	kd_json_key(j, "fetched");
	kd_json_begin_object(j);
	member(j, "mirror", f->mirror);
	member(j, "compiler", f->compiler);
	member(j, "source", f->source);
	kd_json_kv_u64(j, "estimated_bytes", f->needed_bytes);
	kd_json_key(j, "packages");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->package.n; i++) {
		const struct kd_lab_fetched *p = &f->package.v[i];

		kd_json_begin_object(j);
		member(j, "name", p->name);
		member(j, "version", p->version);
		member(j, "arch", p->arch);
		kd_json_kv_bool(j, "was_there", p->was_there);
		kd_json_kv_u64(j, "download_bytes", p->download_bytes);
		kd_json_kv_u64(j, "unpacked_bytes", p->unpacked_bytes);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void build_json(struct kd_json *j, const struct kd_lab_build *b)
{
	kd_json_key(j, "built");
	kd_json_begin_object(j);
	member(j, "compiler", b->compiler);
	kd_json_kv_strz(j, "sandbox", kd_sandbox_word(b->sandbox));
	kd_json_kv_bool(j, "incremental", b->incremental);
	kd_json_kv_u64(j, "steps", b->compiled);
	kd_json_kv_i64(j, "ms", b->ms);
	member(j, "log", b->log);
	kd_json_key(j, "refused");
	kd_json_begin_array(j);
	for (size_t i = 0; i < b->refused.n; i++)
		kd_json_str(j, kd_view_of(b->refused.v[i]));
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_render_labkernel_json(struct kd_json *j, const struct kd_labkernel_answer *a)
{
	const struct kd_lab_kernel *k = kd_labkernel_of(a);

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.lab-kernel/1");
	if (k->image || k->vmlinux)
		kernel_json(j, k);
	if (a->what == KD_LABKERNEL_FETCH)
		fetch_json(j, &a->fetch);
	else if (a->what == KD_LABKERNEL_BUILD)
		build_json(j, &a->build);
	kd_json_key(j, "next");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_LABKERNEL_NEXT && a->next[i]; i++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "command", kd_view_of(a->next[i]));
		kd_json_kv_strz(j, "what", a->next_what[i]);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}
