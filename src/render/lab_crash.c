// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/lab_crash.h"

#include "base/alloc.h"
#include "render/text.h"

enum { WORD = 5, NAME = 22, INDENT = WORD + NAME };

/* --- text --------------------------------------------------------------------------------- */

static void cores(struct kd_out *o, const struct kd_crash_result *r)
{
	for (size_t i = 0; i < r->ncores; i++) {
		const struct kd_core_file *f = &r->cores[i];

		kd_text_pad(o, INDENT);
		kd_out_printf(o, "%s  %.1f MB by %s", f->name, (double)f->bytes / 1e6, f->by);
		if (f->problem) {
			kd_out_puts(o, ": ");
			kd_out_text(o, kd_view_of(f->problem));
		}
		kd_out_puts(o, "\n");
	}
	if (r->core_problem) {
		kd_text_pad(o, INDENT);
		kd_out_puts(o, "no core: ");
		kd_text_wrap(o, kd_view_of(r->core_problem), INDENT + 9, INDENT);
	}
}

static void wrong(struct kd_out *o, const struct kd_crash_result *r)
{
	for (size_t i = 0; i < r->nchecks; i++) {
		const struct kd_crash_check *c = &r->checks[i];

		if (c->good)
			continue;
		kd_text_pad(o, INDENT);
		kd_out_printf(o, "%s: ", c->what);
		kd_out_text(o, kd_view_of(c->want ? c->want : "nothing"));
		kd_out_puts(o, " is true, ");
		kd_out_text(o, kd_view_of(c->got ? c->got : "nothing"));
		kd_out_puts(o, " was found\n");
	}
	if (!r->good) {
		kd_text_pad(o, INDENT);
		kd_text_wrap(o, kd_view_of(r->why ? r->why : ""), INDENT, INDENT);
	}
}

static void word(struct kd_out *o, const char *text, enum kd_style style)
{
	kd_style(o, style);
	kd_text_cell(o, kd_view_of(text), WORD);
	kd_style(o, KD_STYLE_NONE);
}

void kd_render_labcrash_text(struct kd_out *o, const struct kd_crash_result *r)
{
	size_t good = 0;

	word(o, r->skipped ? "skip" : r->good ? "ok" : "BAD",
	     r->skipped ? KD_STYLE_MED : r->good ? KD_STYLE_GOOD : KD_STYLE_CRIT);
	kd_text_cell(o, kd_view_of(r->c->name), NAME);
	if (r->skipped) {
		kd_text_wrap(o, kd_view_of(r->skipped), INDENT, INDENT);
		kd_out_flush(o);
		return;
	}
	if (r->not_triggered) {
		kd_out_puts(o, "not triggered, the guest did not come up: ");
		kd_text_wrap(o, kd_view_of(r->not_triggered), INDENT + 42, INDENT);
		kd_out_flush(o);
		return;
	}
	for (size_t i = 0; i < r->nchecks; i++)
		good += r->checks[i].good;
	kd_out_printf(o, "%s · %zu of %zu facts · %.1f s%s\n", r->c->kind ? r->c->kind : "no report",
		      good, r->nchecks, (double)r->ms / 1000, r->restored ? ", kept state" : "");
	wrong(o, r);
	cores(o, r);
	kd_out_flush(o);
}

void kd_render_labcrash_text_end(struct kd_out *o, const struct kd_labcrash_summary *sum,
				 const char *dir)
{
	kd_out_printf(o, "\n%zu tried, %zu good, %zu skipped in %.0f s\n", sum->tried, sum->good,
		      sum->skipped, (double)sum->ms / 1000);
	kd_out_puts(o, "kernel    ");
	kd_out_text(o, kd_view_of(sum->kernel.release ? sum->kernel.release : "release not known"));
	kd_out_printf(o, " (%s)\n", kd_lab_arch_word(sum->kernel.arch));
	if (sum->kernel.modules_problem) {
		kd_out_puts(o, "note      the kernel's own modules could not be loaded, so that its cores may have no VMCOREINFO: ");
		kd_text_wrap(o, kd_view_of(sum->kernel.modules_problem), 10, 10);
	}
	if (sum->other_compiler) {
		kd_out_puts(o, "note      the kernel was built by another compiler than the module: ");
		kd_text_wrap(o, kd_view_of(sum->other_compiler), 10, 10);
	}
	if (!sum->tried)
		return;
	kd_out_puts(o, "NEXT      kdoc scan ");
	kd_out_text(o, kd_view_of(dir));
	kd_out_puts(o, "\n          kdoc investigate ");
	kd_out_text(o, kd_view_of(dir));
	kd_out_puts(o, "/CASE/console.log\n");
}

/* --- JSON --------------------------------------------------------------------------------- */

static void json_checks(struct kd_json *j, const struct kd_crash_result *r)
{
	kd_json_key(j, "checks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nchecks; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "what", r->checks[i].what);
		kd_json_kv_bool(j, "good", r->checks[i].good);
		kd_json_kv_strz(j, "want", r->checks[i].want);
		kd_json_kv_strz(j, "got", r->checks[i].got);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void json_cores(struct kd_json *j, const struct kd_crash_result *r)
{
	kd_json_key(j, "cores");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->ncores; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "path", r->cores[i].path);
		kd_json_kv_u64(j, "bytes", r->cores[i].bytes);
		kd_json_kv_strz(j, "by", r->cores[i].by);
		if (r->cores[i].problem)
			kd_json_kv_strz(j, "problem", r->cores[i].problem);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	if (r->core_problem)
		kd_json_kv_strz(j, "core_problem", r->core_problem);
}

void kd_render_labcrash_json_begin(struct kd_json *j)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.lab-crash/1");
	kd_json_key(j, "cases");
	kd_json_begin_array(j);
}

void kd_render_labcrash_json(struct kd_json *j, const struct kd_crash_result *r)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "case", r->c->name);
	if (r->skipped) {
		kd_json_kv_strz(j, "skipped", r->skipped);
		kd_json_end_object(j);
		return;
	}
	kd_json_kv_bool(j, "good", r->good);
	kd_json_kv_strz(j, "verdict", kd_lab_verdict_word(r->verdict));
	kd_json_kv_strz(j, "why", r->why);
	if (r->not_triggered)
		kd_json_kv_strz(j, "not_triggered", r->not_triggered);
	kd_json_kv_bool(j, "restored", r->restored);
	kd_json_kv_i64(j, "ms", r->ms);
	kd_json_kv_i64(j, "boot_ms", r->boot_ms);
	json_checks(j, r);
	json_cores(j, r);
	kd_json_kv_strz(j, "console", r->console);
	kd_json_kv_strz(j, "manifest", r->manifest);
	kd_json_end_object(j);
}

void kd_render_labcrash_json_end(struct kd_json *j, const struct kd_labcrash_summary *sum)
{
	kd_json_end_array(j);
	kd_json_kv_strz(j, "release", sum->kernel.release);
	kd_json_kv_strz(j, "arch", kd_lab_arch_word(sum->kernel.arch));
	if (sum->kernel.modules_problem)
		kd_json_kv_strz(j, "modules_problem", sum->kernel.modules_problem);
	if (sum->compiler)
		kd_json_kv_strz(j, "module_compiler", sum->compiler);
	if (sum->other_compiler)
		kd_json_kv_strz(j, "kernel_compiler", sum->other_compiler);
	kd_json_kv_u64(j, "tried", sum->tried);
	kd_json_kv_u64(j, "good", sum->good);
	kd_json_kv_u64(j, "skipped", sum->skipped);
	kd_json_kv_i64(j, "ms", sum->ms);
	kd_json_end_object(j);
}

/* --- the table ---------------------------------------------------------------------------- */

void kd_render_labcases_text(struct kd_out *o)
{
	size_t n;
	const struct kd_lab_case *c = kd_lab_cases(&n);

	for (size_t i = 0; i < n; i++) {
		kd_text_cell(o, kd_view_of(c[i].name), NAME);
		kd_text_wrap(o, kd_view_of(c[i].what), NAME, NAME);
		if (!c[i].needs && !c[i].fatal)
			continue;
		kd_text_pad(o, NAME);
		kd_out_printf(o, "%s%s%s%s\n", c[i].fatal ? "ends the guest" : "",
			      c[i].fatal && c[i].needs ? "; " : "", c[i].needs ? "needs " : "",
			      c[i].needs ? c[i].needs : "");
	}
}

void kd_render_labcases_json(struct kd_json *j)
{
	size_t n;
	const struct kd_lab_case *c = kd_lab_cases(&n);

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.lab-crash/1");
	kd_json_key(j, "known");
	kd_json_begin_array(j);
	for (size_t i = 0; i < n; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "case", c[i].name);
		kd_json_kv_strz(j, "what", c[i].what);
		kd_json_kv_strz(j, "kind", c[i].kind);
		kd_json_kv_bool(j, "fatal", c[i].fatal);
		kd_json_kv_strz(j, "needs", c[i].needs);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}
