// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/casepage.h"
#include "render/investigate_common.h"
#include "render/text.h"

enum { LABEL = 12, TEXT = 1 << 16 };

static void words(struct kd_buf *b, const char *before, struct kd_view v)
{
	if (v.n)
		kd_buf_printf(b, "%s%.*s", before, KD_VARG(v));
}

/* Evidence of the representative's log by its number there: "E3". */
static void evidence(struct kd_buf *b, const struct kd_casepage *p, const struct kd_casestmt *s)
{
	for (size_t i = 0; i < s->nev; i++) {
		size_t k = 0;

		while (k < p->line.n && !kd_view_eq(p->line.v[k].id, s->ev[i]))
			k++;
		kd_buf_printf(b, "%s", i ? " " : "  [");
		if (k < p->line.n)
			kd_buf_printf(b, "E%zu", k + 1);
		else
			kd_buf_add(b, s->ev[i]);
	}
	kd_buf_printf(b, "%s", s->nev ? "]" : "");
}

static void label(struct kd_out *o, struct kd_view topic)
{
	kd_out_puts(o, " ");
	kd_style(o, KD_STYLE_DIM);
	kd_text_clip(o, topic, 40);
	kd_style(o, KD_STYLE_NONE);
	if (topic.n < LABEL - 2)
		kd_text_pad(o, LABEL - 1 - topic.n);
	else
		kd_out_puts(o, " ");
}

static void statement(struct kd_out *o, const struct kd_casepage *p, const struct kd_casestmt *s,
		      size_t number)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);
	size_t at = s->topic.n < LABEL - 2 ? LABEL : s->topic.n + 2;

	if (number) {
		kd_out_printf(o, " %2zu. ", number);
		at = 5;
	} else {
		label(o, s->topic);
	}
	words(&b, "", s->text);
	words(&b, "; ", s->test);
	evidence(&b, p, s);
	kd_text_wrap(o, kd_buf_view(&b), at, number ? 5 : LABEL);
	kd_buf_clear(&b);
	words(&b, "confirmed if ", s->confirm);
	words(&b, s->confirm.n ? "; refuted if " : "refuted if ", s->refute);
	if (b.n) {
		kd_text_pad(o, LABEL);
		kd_style(o, KD_STYLE_DIM);
		kd_text_wrap(o, kd_buf_view(&b), LABEL, LABEL);
		kd_style(o, KD_STYLE_NONE);
	}
	if (s->url.n) { /* on a line of its own, whole: to be clicked on */
		kd_text_pad(o, number ? 5 : LABEL);
		kd_out_text(o, s->url);
		kd_out_puts(o, "\n");
	}
}

static void fact(struct kd_out *o, const struct kd_casefact *f)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);

	if (!f->title)
		return;
	label(o, kd_view_of(f->title));
	kd_render_cell_or_why(&b, &f->cell);
	kd_text_wrap(o, kd_buf_view(&b),
		     strlen(f->title) < LABEL - 2 ? LABEL : strlen(f->title) + 2, LABEL);
}

static void part(struct kd_out *o, const struct kd_casepage *p, const struct kd_casepart *x)
{
	size_t actions = 0;

	kd_style(o, KD_STYLE_BOLD);
	kd_out_printf(o, "%s\n", x->title);
	kd_style(o, KD_STYLE_NONE);
	for (size_t i = 0; i < x->fact.n; i++)
		fact(o, &x->fact.v[i]);
	for (size_t i = 0; i < x->stmt.n; i++)
		statement(o, p, &x->stmt.v[i],
			  x->stmt.v[i].status == KD_CASE_ACTION ? ++actions : 0);
	for (size_t i = 0; i < x->table.n; i++)
		kd_render_table_text(o, x->table.v[i]);
}

void kd_render_casepage_text(struct kd_out *o, const struct kd_casepage *p)
{
	const char *tier = kd_render_tier(p->tier);

	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, tier);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "  ");
	kd_text_wrap(o, p->verdict, strlen(tier) + 2, LABEL);
	for (size_t i = 0; i < p->part.n; i++)
		if (!kd_casepart_empty(&p->part.v[i]))
			part(o, p, &p->part.v[i]);
	if (p->full)
		kd_out_puts(o, "Limits of kdoc were reached: this is not complete.\n");
	kd_out_puts(o, "\n");
	for (size_t i = 0; i < p->next.n; i++)
		kd_text_next(o, i == 0, p->next.v[i], NULL);
}
