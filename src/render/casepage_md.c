// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/casepage.h"
#include "render/investigate_common.h"
#include "render/markdown.h"

enum { TEXT = 1 << 16 };

static void labelled(struct kd_out *o, const char *before, struct kd_view v, const char *after)
{
	if (!v.n)
		return;
	kd_out_puts(o, before);
	kd_md_text(o, v);
	kd_out_puts(o, after);
}

static void statement(struct kd_out *o, const struct kd_casestmt *s, size_t number)
{
	if (number)
		kd_out_printf(o, "%zu. ", number);
	else
		labelled(o, "- **", s->topic, "**: ");
	kd_md_text(o, s->text);
	labelled(o, "; ", s->test, "");
	labelled(o, " *(confirmed if ", s->confirm, ")*");
	labelled(o, " *(refuted if ", s->refute, ")*");
	for (size_t i = 0; i < s->nev; i++) {
		kd_out_puts(o, i ? " " : " — ");
		kd_md_code(o, s->ev[i]);
	}
	if (s->url.n) {
		kd_out_puts(o, " <");
		kd_out_text(o, s->url);
		kd_out_puts(o, ">");
	}
	kd_out_puts(o, "\n");
}

static void cell(struct kd_out *o, const struct kd_cell *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);

	if (c->kind == KD_CELL_NONE)
		kd_buf_printf(&b, "not known%s%.*s", c->text.n ? ": " : "", KD_VARG(c->text));
	else
		kd_render_cell(&b, c);
	kd_md_text(o, kd_buf_view(&b));
}

static void table(struct kd_out *o, const struct kd_table *t)
{
	kd_out_puts(o, "\n|");
	for (size_t i = 0; i < t->ncolumns; i++)
		if (t->column[i].title)
			kd_out_printf(o, " %s |", t->column[i].title);
	kd_out_puts(o, "\n|");
	for (size_t i = 0; i < t->ncolumns; i++)
		kd_out_puts(o, t->column[i].title ? "---|" : "");
	kd_out_puts(o, "\n");
	for (size_t r = 0; r < t->row.n; r++) {
		kd_out_puts(o, "|");
		for (size_t i = 0; i < t->ncolumns; i++) {
			if (!t->column[i].title)
				continue;
			kd_out_puts(o, " ");
			cell(o, &t->row.v[r][i]);
			kd_out_puts(o, " |");
		}
		kd_out_puts(o, "\n");
	}
}

static void part(struct kd_out *o, const struct kd_casepart *x)
{
	size_t actions = 0;

	kd_out_printf(o, "\n## %s\n\n", x->title);
	for (size_t i = 0; i < x->fact.n; i++) {
		if (!x->fact.v[i].title)
			continue;
		kd_out_printf(o, "- **%s**: ", x->fact.v[i].title);
		cell(o, &x->fact.v[i].cell);
		kd_out_puts(o, "\n");
	}
	for (size_t i = 0; i < x->stmt.n; i++)
		statement(o, &x->stmt.v[i], x->stmt.v[i].status == KD_CASE_ACTION ? ++actions : 0);
	for (size_t i = 0; i < x->table.n; i++)
		table(o, x->table.v[i]);
}

void kd_render_casepage_markdown(struct kd_out *o, const struct kd_casepage *p)
{
	kd_out_printf(o, "# %s ", kd_render_tier(p->tier));
	kd_md_text(o, p->verdict);
	kd_out_puts(o, "\n");
	for (size_t i = 0; i < p->part.n; i++)
		if (!kd_casepart_empty(&p->part.v[i]))
			part(o, &p->part.v[i]);
	if (p->line.n)
		kd_out_puts(o, "\n## EVIDENCE\n\n");
	for (size_t i = 0; i < p->line.n; i++) {
		kd_out_puts(o, "- ");
		kd_md_code(o, p->line.v[i].id);
		kd_out_printf(o, " line %llu: ", (unsigned long long)p->line.v[i].line);
		kd_md_code(o, p->line.v[i].quote);
		kd_out_puts(o, "\n");
	}
	if (p->full)
		kd_out_puts(o, "\nLimits of kdoc were reached: this is not complete.\n");
	if (p->next.n)
		kd_out_puts(o, "\n## NEXT\n\n");
	for (size_t i = 0; i < p->next.n; i++) {
		kd_out_puts(o, "- ");
		kd_md_code(o, p->next.v[i]);
		kd_out_puts(o, "\n");
	}
}
