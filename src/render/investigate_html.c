/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"
#include "render/html.h"
#include "render/investigate_common.h"

/* "[E1]" links into the evidence of finding n. */
static void refs(struct kd_out *o, uint32_t n, const uint16_t *ev, size_t nev)
{
	for (size_t i = 0; i < nev; i++)
		kd_out_printf(o, " <a href=\"#r%u-e%u\">E%u</a>", n, ev[i] + 1u, ev[i] + 1u);
}

static void statement(struct kd_out *o, const struct kd_finding *f, const struct kd_statement *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf topic = KD_BUF_INIT(256);

	if (s->part == KD_PART_NEXT) {
		kd_out_puts(o, "<pre>");
		kd_html_text(o, s->text);
		kd_out_puts(o, "</pre>\n");
		return;
	}
	kd_out_puts(o, "<dt>");
	kd_render_topic(&topic, s->topic);
	kd_html_text(o, kd_buf_view(&topic));
	kd_out_puts(o, "</dt><dd>");
	kd_html_text(o, s->text);
	if (s->refute.n) {
		kd_out_puts(o, " <span class=\"dim\">refuted if ");
		kd_html_text(o, s->refute);
		kd_out_puts(o, "</span>");
	}
	refs(o, f->number, s->ev, s->nev);
	kd_out_puts(o, "</dd>\n");
}

static void part(struct kd_out *o, const struct kd_finding *f, enum kd_part p)
{
	bool any = false;

	for (size_t i = 0; i < f->nst; i++) {
		if (f->st[i].part != p)
			continue;
		if (!any) {
			kd_out_printf(o, "<h2>%s</h2>\n", kd_part_heading(p));
			kd_out_puts(o, p == KD_PART_NEXT ? "" : "<dl>\n");
		}
		any = true;
		statement(o, f, &f->st[i]);
	}
	kd_out_puts(o, any && p != KD_PART_NEXT ? "</dl>\n" : "");
}

static void state(struct kd_out *o, const struct kd_finding *f)
{
	if (!f->nregs && !f->nstacks)
		return;
	kd_out_puts(o, "<h2>STATE</h2>\n<dl>\n");
	for (size_t i = 0; i < f->nregs; i++) {
		const struct kd_inv_reg *x = &f->regs[i];
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(4096);

		if (!kd_render_reg_names(&t, f, i))
			continue;
		kd_out_puts(o, "<dt><code>");
		kd_html_text(o, kd_buf_view(&t));
		kd_out_printf(o, "</code></dt><dd><code>%016llx</code> %s",
			      (unsigned long long)x->val, x->cls);
		kd_out_puts(o, x->note.n ? ": " : "");
		kd_html_text(o, x->note);
		if (x->ev != UINT16_MAX)
			refs(o, f->number, &x->ev, 1);
		kd_out_puts(o, "</dd>\n");
	}
	for (size_t i = 0; i < f->nstacks; i++) {
		const struct kd_inv_stack *s = &f->stacks[i];

		kd_out_printf(o, "<dt>%s</dt><dd><code>", s->role);
		kd_html_text(o, s->text);
		kd_out_printf(o, "</code> <span class=\"dim\">%s%s</span>",
			      s->cut ? "more frames follow in the log; " : "",
			      kd_render_stack_ctx(s));
		if (s->ev != UINT16_MAX)
			refs(o, f->number, &s->ev, 1);
		kd_out_puts(o, "</dd>\n");
	}
	kd_out_puts(o, "</dl>\n");
}

static void evidence(struct kd_out *o, const struct kd_finding *f)
{
	kd_out_puts(o, "<h2>EVIDENCE</h2>\n<table>\n");
	for (size_t i = 0; i < f->nev; i++) {
		const struct kd_inv_evidence *e = &f->ev[i];

		kd_out_printf(o, "<tr id=\"r%u-e%zu\"><td>E%zu</td><td><code>%s</code></td><td>line %llu",
			      f->number, i + 1, i + 1, e->e.id, (unsigned long long)e->line);
		if (e->line_end != e->line)
			kd_out_printf(o, "–%llu", (unsigned long long)e->line_end);
		kd_out_printf(o, "<br><span class=\"dim\">bytes %llu–%llu</span></td><td><span class=q>",
			      (unsigned long long)e->off, (unsigned long long)e->end);
		kd_html_text(o, e->quote);
		kd_out_puts(o, "</span></td></tr>\n");
	}
	kd_out_puts(o, "</table>\n");
}

static void finding(struct kd_out *o, const struct kd_finding *f)
{
	static const enum kd_part after[] = {KD_PART_LIKELY, KD_PART_KNOWN, KD_PART_FIX, KD_PART_UNKNOWN,
					     KD_PART_SETTLE, KD_PART_DO,    KD_PART_NEXT};
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(4096);
	const char *tier = kd_render_tier(f->r->tier);

	kd_out_printf(o, "<section id=\"r%u\"><h1><span class=\"%s\">%s %s</span> ", f->number, tier,
		      tier, f->outcome);
	kd_render_verdict(&t, f);
	kd_html_text(o, kd_buf_view(&t));
	kd_out_puts(o, "</h1>\n");
	part(o, f, KD_PART_CONTEXT);
	part(o, f, KD_PART_PROVEN);
	state(o, f);
	for (size_t i = 0; i < KD_ARRAY_LEN(after); i++)
		part(o, f, after[i]);
	evidence(o, f);
	kd_out_puts(o, f->limited ? "<p>Limits of kdoc were reached: not complete.</p></section>\n"
				  : "</section>\n");
}

static void table(struct kd_out *o, const struct kd_investigation *inv)
{
	size_t left = 0;

	if (inv->nrows < 2)
		return;
	kd_out_puts(o, "<h2>REPORTS IN THIS LOG</h2>\n<table><tr><th>#</th><th>line</th>"
		       "<th>severity</th><th>report</th></tr>\n");
	for (size_t i = 0; i < inv->nrows; i++) {
		const struct kd_inv_row *row = &inv->rows[i];
		const char *tier = kd_render_tier(row->r->tier);
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);

		if (!kd_render_row_shown(inv, i, &left))
			continue;
		if (row->full)
			kd_out_printf(o, "<tr><td><a href=\"#r%u\">%u</a>", row->number, row->number);
		else
			kd_out_printf(o, "<tr><td>%u", row->number);
		kd_out_printf(o, "</td><td>%u</td><td class=\"%s\">%s</td><td>", row->line, tier, tier);
		kd_render_row(&t, row);
		kd_html_text(o, kd_buf_view(&t));
		kd_out_puts(o, "</td></tr>\n");
	}
	kd_out_puts(o, "</table>\n");
	if (left)
		kd_out_printf(o, "<p>%zu more; <code>kdoc scan</code> lists all.</p>\n", left);
}

void kd_render_investigation_html(struct kd_out *o, const struct kd_investigation *inv, struct kd_view memory)
{
	kd_html_begin(o, inv->nfindings ? inv->findings[0].kind : inv->input);
	if (memory.n) {
		kd_out_puts(o, "<h2>By the memory of the dump</h2>\n<pre>");
		kd_html_text(o, memory);
		kd_out_puts(o, "</pre>\n");
	}
	for (size_t i = 0; i < inv->nfindings; i++)
		finding(o, &inv->findings[i]);
	if (!inv->nfindings) {
		kd_out_puts(o, "<p>No kernel report in ");
		kd_html_text(o, inv->input);
		kd_out_puts(o, inv->damaged.n ? "; " : "");
		kd_html_text(o, inv->damaged);
		kd_out_puts(o, ".</p>\n");
	}
	table(o, inv);
	kd_html_end(o);
}
