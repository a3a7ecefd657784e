// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/casepage.h"
#include "render/html.h"
#include "render/investigate_common.h"

enum { TEXT = 1 << 16 };

static void labelled(struct kd_out *o, const char *before, struct kd_view v, const char *after)
{
	if (!v.n)
		return;
	kd_out_puts(o, before);
	kd_html_text(o, v);
	kd_out_puts(o, after);
}

static void evidence(struct kd_out *o, const struct kd_casepage *p, const struct kd_casestmt *s)
{
	for (size_t i = 0; i < s->nev; i++) {
		size_t k = 0;

		while (k < p->line.n && !kd_view_eq(p->line.v[k].id, s->ev[i]))
			k++;
		if (k < p->line.n)
			kd_out_printf(o, " <a href=\"#e%zu\">E%zu</a>", k + 1, k + 1);
		else
			labelled(o, " <code>", s->ev[i], "</code>");
	}
}

static void body(struct kd_out *o, const struct kd_casepage *p, const struct kd_casestmt *s)
{
	kd_html_text(o, s->text);
	labelled(o, "; ", s->test, "");
	labelled(o, " <span class=\"dim\">confirmed if ", s->confirm, "</span>");
	labelled(o, " <span class=\"dim\">refuted if ", s->refute, "</span>");
	evidence(o, p, s);
	if (kd_view_starts(s->url, KD_V("http://")) || kd_view_starts(s->url, KD_V("https://"))) {
		labelled(o, " <a href=\"", s->url, "\">");
		kd_html_text(o, s->url);
		kd_out_puts(o, "</a>");
	}
}

static void cell(struct kd_out *o, const struct kd_cell *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);

	kd_render_cell_or_why(&b, c);
	kd_html_text(o, kd_buf_view(&b));
}

static void table(struct kd_out *o, const struct kd_table *t)
{
	kd_out_puts(o, "<table><tr>");
	for (size_t i = 0; i < t->ncolumns; i++)
		if (t->column[i].title)
			kd_out_printf(o, "<th>%s</th>", t->column[i].title);
	kd_out_puts(o, "</tr>\n");
	for (size_t r = 0; r < t->row.n; r++) {
		kd_out_puts(o, "<tr>");
		for (size_t i = 0; i < t->ncolumns; i++) {
			if (!t->column[i].title)
				continue;
			kd_out_puts(o, "<td>");
			cell(o, &t->row.v[r][i]);
			kd_out_puts(o, "</td>");
		}
		kd_out_puts(o, "</tr>\n");
	}
	kd_out_puts(o, "</table>\n");
}

static void facts(struct kd_out *o, const struct kd_casepage *p, const struct kd_casepart *x)
{
	kd_out_puts(o, "<dl>\n");
	for (size_t i = 0; i < x->fact.n; i++) {
		if (!x->fact.v[i].title)
			continue;
		kd_out_printf(o, "<dt>%s</dt><dd>", x->fact.v[i].title);
		cell(o, &x->fact.v[i].cell);
		kd_out_puts(o, "</dd>\n");
	}
	for (size_t i = 0; i < x->stmt.n; i++) {
		if (x->stmt.v[i].status == KD_CASE_ACTION)
			continue;
		labelled(o, "<dt>", x->stmt.v[i].topic, "</dt>");
		kd_out_puts(o, "<dd>");
		body(o, p, &x->stmt.v[i]);
		kd_out_puts(o, "</dd>\n");
	}
	kd_out_puts(o, "</dl>\n");
}

static void part(struct kd_out *o, const struct kd_casepage *p, const struct kd_casepart *x)
{
	bool any = false;

	kd_out_printf(o, "<h2>%s</h2>\n", x->title);
	facts(o, p, x);
	for (size_t i = 0; i < x->stmt.n; i++) {
		if (x->stmt.v[i].status != KD_CASE_ACTION)
			continue;
		kd_out_puts(o, any ? "<li>" : "<ol><li>");
		any = true;
		body(o, p, &x->stmt.v[i]);
		kd_out_puts(o, "</li>\n");
	}
	kd_out_puts(o, any ? "</ol>\n" : "");
	for (size_t i = 0; i < x->table.n; i++)
		table(o, x->table.v[i]);
}

static void lines(struct kd_out *o, const struct kd_casepage *p)
{
	if (!p->line.n)
		return;
	labelled(o, "<h2>EVIDENCE</h2>\n<p class=\"dim\">lines of ", p->event, "</p>\n");
	kd_out_puts(o, "<table>\n");
	for (size_t i = 0; i < p->line.n; i++) {
		kd_out_printf(o, "<tr id=\"e%zu\"><td>E%zu</td>", i + 1, i + 1);
		labelled(o, "<td><code>", p->line.v[i].id, "</code></td>");
		kd_out_printf(o, "<td>line %llu</td><td><span class=q>",
			      (unsigned long long)p->line.v[i].line);
		kd_html_text(o, p->line.v[i].quote);
		kd_out_puts(o, "</span></td></tr>\n");
	}
	kd_out_puts(o, "</table>\n");
}

void kd_render_casepage_html(struct kd_out *o, const struct kd_casepage *p)
{
	const char *tier = kd_render_tier(p->tier);

	kd_html_begin(o, p->verdict);
	kd_out_printf(o, "<h1><span class=\"%s\">%s</span> ", tier, tier);
	kd_html_text(o, p->verdict);
	kd_out_puts(o, "</h1>\n");
	for (size_t i = 0; i < p->part.n; i++)
		if (!kd_casepart_empty(&p->part.v[i]))
			part(o, p, &p->part.v[i]);
	lines(o, p);
	if (p->full)
		kd_out_puts(o, "<p>Limits of kdoc were reached: this is not complete.</p>\n");
	kd_out_puts(o, p->next.n ? "<h2>NEXT</h2>\n" : "");
	for (size_t i = 0; i < p->next.n; i++)
		labelled(o, "<pre>", p->next.v[i], "</pre>\n");
	kd_html_end(o);
}
