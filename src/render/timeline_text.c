// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/investigate_common.h"
#include "render/text.h"
#include "render/timeline.h"
#include "verb/incident.h"

enum { TIME = 20, LABEL = 12, AT = TIME + 5, TEXT = 1 << 14 };

static void when(struct kd_out *o, int64_t at)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	kd_case_time(&b, at);
	kd_text_cell(o, kd_buf_view(&b), TIME);
}

static void boot(struct kd_out *o, const struct kd_timeline_row *r)
{
	kd_out_puts(o, "\n");
	when(o, r->at);
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, "═══ ");
	kd_text_wrap(o, r->text, TIME + 4, TIME + 4);
	kd_style(o, KD_STYLE_NONE);
}

static void extra(struct kd_out *o, const char *before, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);

	if (!v.n)
		return;
	kd_buf_printf(&b, "%s%.*s", before, KD_VARG(v));
	kd_text_pad(o, AT);
	kd_style(o, KD_STYLE_DIM);
	kd_text_wrap(o, kd_buf_view(&b), AT, AT);
	kd_style(o, KD_STYLE_NONE);
}

/* "CRIT #2 ← #1 title ×3 · CPU 3 · taint GB · 70000.000000" */
static void event(struct kd_out *o, const struct kd_timeline_row *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT), arrow = KD_BUF_INIT(TEXT);

	when(o, r->at);
	kd_text_cell(o, kd_view_of(kd_render_tier(r->tier)), 5);
	kd_buf_printf(&b, "#%u%s ", r->number, r->unsure ? "?" : "");
	if (r->cause)
		kd_buf_printf(&b, "← #%u%s ", r->cause, r->guess ? "?" : "");
	kd_buf_printf(&b, "%.*s", KD_VARG(r->text));
	if (r->times > 1)
		kd_buf_printf(&b, " ×%u", r->times);
	if (r->first)
		kd_buf_add(&b, KD_V(" (first domino)"));
	kd_text_wrap(o, kd_buf_view(&b), AT, AT);
	kd_buf_clear(&b);
	if (r->has_mono)
		kd_case_clock(&b, r->mono);
	if (r->has_cpu)
		kd_buf_printf(&b, "%sCPU %lld", b.n ? " · " : "", (long long)r->cpu);
	if (r->has_taint)
		kd_buf_printf(&b, "%s%s%s", b.n ? " · " : "",
			      r->taint[0] ? "taint " : "not tainted", r->taint);
	if (r->issue.n)
		kd_buf_printf(&b, "%s%.*s", b.n ? " · " : "", KD_VARG(r->issue));
	kd_buf_printf(&b, "%s%.*s · %.*s", b.n ? " · " : "", KD_VARG(r->grp), KD_VARG(r->id));
	extra(o, "", kd_buf_view(&b));
	if (r->cause)
		kd_buf_printf(&arrow, "%s #%u: ", r->guess ? "may follow from" : "follows from",
			      r->cause);
	kd_buf_add(&arrow, r->why);
	extra(o, "", kd_buf_view(&arrow));
	extra(o, "", r->open);
	extra(o, "the machine ended later with: ", r->fatal);
}

void kd_render_timeline_text(struct kd_out *o, const struct kd_timeline *t)
{
	kd_out_printf(o, "%.*s %.*s: %llu event%s in %llu incident%s, times in UTC\n",
		      KD_VARG(t->what), KD_VARG(t->id), (unsigned long long)t->events,
		      t->events == 1 ? "" : "s", (unsigned long long)t->incidents,
		      t->incidents == 1 ? "" : "s");
	for (size_t i = 0; i < t->n; i++) {
		const struct kd_timeline_row *r = &t->row[i];

		if (r->kind == KD_TIMELINE_BOOT) {
			boot(o, r);
		} else if (r->kind == KD_TIMELINE_RELEASE) {
			when(o, r->at);
			kd_out_puts(o, "──── ");
			kd_out_text(o, r->text);
			kd_out_puts(o, ": first event of this host with it (derived)\n");
		} else {
			event(o, r);
		}
	}
	if (t->left_out)
		kd_out_printf(o, "\n%llu older events or incidents are left out\n",
			      (unsigned long long)t->left_out);
	if (t->cut)
		kd_out_puts(o, "\nLimits of kdoc were reached: this is not complete.\n");
}
