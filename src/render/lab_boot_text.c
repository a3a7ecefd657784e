// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/lab_boot.h"

#include <stdio.h>

#include "base/alloc.h"
#include "render/text.h"

enum { COL = 10, REPORTS_SHOWN = 10, OUTPUT_SHOWN = 20 };

static void label(struct kd_out *o, const char *name)
{
	kd_text_cell(o, kd_view_of(name), COL);
}

static enum kd_style style_of(enum kd_lab_verdict v)
{
	return kd_lab_verdict_good(v)                              ? KD_STYLE_GOOD
	       : v == KD_LAB_STOPPED || v == KD_LAB_CANCELLED      ? KD_STYLE_MED
	       : v == KD_LAB_SURVIVED || v == KD_LAB_STEP_TIMEOUT ? KD_STYLE_HIGH
								   : KD_STYLE_CRIT;
}

static void heading(struct kd_out *o, const struct kd_lab_run *run)
{
	label(o, "verdict");
	kd_style(o, style_of(run->verdict));
	kd_out_puts(o, kd_lab_verdict_word(run->verdict));
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
	label(o, "because");
	kd_text_wrap(o, kd_view_of(run->why), COL, COL);
}

static void at_time(struct kd_out *o, const char *what, int64_t ms, bool *first)
{
	if (ms < 0)
		return;
	kd_out_printf(o, "%s%s %.1f s", *first ? "" : ", ", what, (double)ms / 1000);
	*first = false;
}

static void machine(struct kd_out *o, const struct kd_labboot_answer *a)
{
	const struct kd_lab_run *run = a->run;
	bool first = true;

	label(o, "kernel");
	kd_out_text(o, kd_view_of(run->release[0]      ? run->release
				  : a->kernel.release ? a->kernel.release
						      : "release not known"));
	kd_out_printf(o, " (%s%s)\n", kd_lab_arch_word(a->kernel.arch),
		      run->release[0] ? ", by its own banner" : "");
	label(o, "machine");
	kd_out_printf(o, "%s, %s", run->backend, run->accel == KD_ACCEL_KVM ? "KVM" : "TCG");
	if (run->accel_why[0]) {
		kd_out_puts(o, ": ");
		kd_out_text(o, kd_view_of(run->accel_why));
	}
	kd_out_puts(o, "\n");
	label(o, "times");
	at_time(o, "first byte", run->first_byte_ms, &first);
	at_time(o, "ready", run->ready_ms, &first);
	at_time(o, "end", run->end_ms, &first);
	kd_out_printf(o, "; %u %s, %u %s\n", run->boots, run->boots == 1 ? "boot" : "boots",
		      run->resets, run->resets == 1 ? "reset" : "resets");
}

static void output(struct kd_out *o, const struct kd_lab_done *d)
{
	struct kd_view v = kd_buf_view(&d->output), line;
	size_t n = 0;

	if (d->op != KD_LAB_RUN)
		return;
	while (kd_view_take_until(&v, KD_V("\n"), &line)) {
		if (n++ < OUTPUT_SHOWN) {
			kd_text_pad(o, COL + 2);
			kd_text_clip(o, line, KD_OUT_COLUMNS - COL - 2);
			kd_out_puts(o, "\n");
		}
	}
	if (n > OUTPUT_SHOWN || d->output_cut) {
		kd_text_pad(o, COL + 2);
		kd_out_printf(o, "… %zu lines in all%s\n", n,
			      d->output_cut ? ", and more that was not kept" : "");
	}
}

static void step(struct kd_out *o, const struct kd_lab_done *d)
{
	label(o, d->op == KD_LAB_RUN ? "run" : d->op == KD_LAB_GET ? "get" : "wait");
	if (d->command)
		kd_text_clip(o, kd_view_of(d->command), 50);
	if (d->error)
		kd_out_printf(o, ": %s", d->error);
	else if (d->file) {
		kd_out_puts(o, " → ");
		kd_out_text(o, kd_view_of(d->file));
	} else if (!d->begun)
		kd_out_puts(o, ": never begun");
	else if (!d->ended)
		kd_out_puts(o, ": not ended");
	else if (d->status < 0)
		kd_out_puts(o, ": ended without a status");
	else
		kd_out_printf(o, ": status %d, %.1f s", d->status,
			      (double)(d->end_ms - d->start_ms) / 1000);
	kd_out_puts(o, "\n");
	output(o, d);
}

static void reports(struct kd_out *o, const struct kd_lab_run *run)
{
	size_t n = 0;

	for (size_t i = 0; run->reports && i < run->reports->n; i++) {
		const struct kd_report *r = run->reports->v[i];

		if (r->infrastructure || n++ >= REPORTS_SHOWN)
			continue;
		label(o, n == 1 ? "reports" : "");
		kd_text_clip(o, r->title, KD_OUT_COLUMNS - COL - 16);
		kd_out_printf(o, " (line %llu)\n", (unsigned long long)r->start_line);
	}
	if (n > REPORTS_SHOWN) {
		label(o, "");
		kd_out_printf(o, "… %zu in all\n", n);
	}
	if (run->reports && run->reports->log.skipped_reports) {
		label(o, "");
		kd_out_printf(o, "%llu more were not kept\n",
			      (unsigned long long)run->reports->log.skipped_reports);
	}
}

static void module_facts(struct kd_out *o, const struct kd_lab_run *run)
{
	for (size_t i = 0; i < run->nfacts; i++) {
		if (!kd_view_eq(kd_view_of(run->facts[i].key), KD_V("module_failed")))
			continue;
		label(o, "module");
		kd_out_puts(o, "not loaded: ");
		kd_text_wrap(o, kd_view_of(run->facts[i].value), COL + 12, COL);
	}
}

static void last_lines(struct kd_out *o, const struct kd_lab_run *run)
{
	kd_out_puts(o, run->nlast ? "\nlast lines of the console\n" : "\nthe console is empty\n");
	for (size_t i = 0; i < run->nlast; i++) {
		kd_out_puts(o, "  ");
		kd_text_clip(o, run->last[i], KD_OUT_COLUMNS - 2);
		kd_out_puts(o, "\n");
	}
	if (run->vm_words) {
		kd_out_puts(o, "\nwhat the machine's program said\n  ");
		kd_text_wrap(o, kd_view_head(kd_view_of(run->vm_words), 600), 2, 2);
	}
}

void kd_render_labboot_text(struct kd_out *o, const struct kd_labboot_answer *a)
{
	const struct kd_lab_run *run = a->run;

	heading(o, run);
	machine(o, a);
	module_facts(o, run);
	for (size_t i = 0; i < run->nsteps; i++)
		step(o, &run->steps[i]);
	reports(o, run);
	if (!kd_lab_verdict_good(run->verdict))
		last_lines(o, run);
	if (run->console_path) {
		kd_out_puts(o, "\n");
		label(o, "console");
		kd_out_text(o, kd_view_of(run->console_path));
		kd_out_puts(o, "\n");
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(a->next) && a->next[i]; i++)
		kd_text_next(o, i == 0, kd_view_of(a->next[i]), a->next_what[i]);
}
