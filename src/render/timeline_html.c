// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/html.h"
#include "render/investigate_common.h"
#include "render/timeline.h"
#include "verb/incident.h"

static void when(struct kd_out *o, int64_t at)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	kd_case_time(&b, at);
	kd_html_text(o, kd_buf_view(&b));
}

static void dim(struct kd_out *o, const char *before, struct kd_view v)
{
	if (!v.n)
		return;
	kd_out_printf(o, "<br><span class=\"dim\">%s", before);
	kd_html_text(o, v);
	kd_out_puts(o, "</span>");
}

static void facts(struct kd_out *o, const struct kd_timeline_row *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	kd_out_puts(o, "</td><td>");
	if (r->has_mono)
		kd_case_clock(&b, r->mono);
	kd_html_text(o, kd_buf_view(&b));
	kd_out_puts(o, "</td><td>");
	if (r->has_cpu)
		kd_out_printf(o, "%lld", (long long)r->cpu);
	kd_out_puts(o, "</td><td><code>");
	kd_html_text(o, r->has_taint ? kd_view_of(r->taint[0] ? r->taint : "none") : KD_V("?"));
	kd_out_puts(o, "</code></td><td>");
}

static void event(struct kd_out *o, const struct kd_timeline_row *r)
{
	const char *tier = kd_render_tier(r->tier);

	kd_out_printf(o, "<tr id=\"n%u\"><td>", r->number);
	when(o, r->at);
	facts(o, r);
	kd_out_printf(o, "<span class=\"%s\">%s</span></td><td>#%u%s ", tier, tier, r->number,
		      r->unsure ? "?" : "");
	if (r->cause)
		kd_out_printf(o, "<a href=\"#n%u\">← #%u%s</a> ", r->cause, r->cause,
			      r->guess ? "?" : "");
	kd_html_text(o, r->text);
	if (r->times > 1)
		kd_out_printf(o, " ×%u", r->times);
	kd_out_puts(o, r->first ? " <strong>first domino</strong>" : "");
	dim(o, r->guess ? "may follow from it: " : "follows from it: ", r->why);
	dim(o, "", r->open);
	dim(o, "the machine ended later with: ", r->fatal);
	dim(o, "", r->issue);
	kd_out_puts(o, "<br><code>");
	kd_html_text(o, r->grp);
	kd_out_puts(o, "</code> <code>");
	kd_html_text(o, r->id);
	kd_out_puts(o, "</code></td></tr>\n");
}

static void band(struct kd_out *o, const struct kd_timeline_row *r)
{
	kd_out_puts(o, "<tr><td>");
	when(o, r->at);
	kd_out_puts(o, r->kind == KD_TIMELINE_BOOT ? "</td><th colspan=\"5\">"
						   : "</td><td colspan=\"5\" class=\"dim\">");
	kd_html_text(o, r->text);
	kd_out_puts(o, r->kind == KD_TIMELINE_BOOT
			       ? "</th></tr>\n"
			       : ": first event of this host with it (derived)</td></tr>\n");
}

void kd_render_timeline_html(struct kd_out *o, const struct kd_timeline *t)
{
	kd_html_begin(o, t->id);
	kd_out_puts(o, "<h1>");
	kd_html_text(o, t->what);
	kd_out_puts(o, " ");
	kd_html_text(o, t->id);
	kd_out_printf(o, "</h1>\n<p>%llu event%s in %llu incident%s, times in UTC</p>\n",
		      (unsigned long long)t->events, t->events == 1 ? "" : "s",
		      (unsigned long long)t->incidents, t->incidents == 1 ? "" : "s");
	kd_out_puts(o, "<table>\n<tr><th>time</th><th>clock</th><th>CPU</th><th>taint</"
		       "th><th>severity</th><th>event</th></tr>\n");
	for (size_t i = 0; i < t->n; i++) {
		if (t->row[i].kind == KD_TIMELINE_EVENT)
			event(o, &t->row[i]);
		else
			band(o, &t->row[i]);
	}
	kd_out_puts(o, "</table>\n");
	if (t->left_out)
		kd_out_printf(o, "<p>%llu older events or incidents are left out.</p>\n",
			      (unsigned long long)t->left_out);
	if (t->cut)
		kd_out_puts(o, "<p>Limits of kdoc were reached: this is not complete.</p>\n");
	kd_html_end(o);
}
