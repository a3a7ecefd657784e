// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/casepage.h"
#include "render/investigate_common.h"
#include "render/markdown.h"
#include "render/sheet_md.h"

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

static void part(struct kd_out *o, const struct kd_casepart *x)
{
	size_t actions = 0;

	kd_out_printf(o, "\n## %s\n\n", x->title);
	for (size_t i = 0; i < x->fact.n; i++) {
		if (!x->fact.v[i].title)
			continue;
		kd_out_printf(o, "- **%s**: ", x->fact.v[i].title);
		kd_md_cell(o, &x->fact.v[i].cell, kd_render_cell_or_why);
		kd_out_puts(o, "\n");
	}
	for (size_t i = 0; i < x->stmt.n; i++)
		statement(o, &x->stmt.v[i], x->stmt.v[i].status == KD_CASE_ACTION ? ++actions : 0);
	for (size_t i = 0; i < x->table.n; i++) {
		kd_out_puts(o, "\n");
		kd_md_table(o, x->table.v[i], kd_render_cell_or_why);
	}
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
