/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/explain_text.h"

#include <stdio.h>

#include "base/alloc.h"
#include "render/investigate_common.h"
#include "render/text.h"

static void heading(struct kd_out *o, const char *text)
{
	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, text);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void section(struct kd_out *o, const struct kd_playbook_section *s, struct kd_view why)
{
	heading(o, s->heading);
	if (why.n) {
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(512);

		kd_buf_printf(&t, "(here because: %.*s)", KD_VARG(why));
		kd_out_puts(o, "  ");
		kd_text_wrap(o, kd_buf_view(&t), 2, 2);
	}
	for (size_t i = 0; i < s->nitems; i++) {
		if (s->numbered)
			kd_out_printf(o, "  %zu ", i + 1);
		else
			kd_out_puts(o, "  - ");
		kd_text_wrap(o, kd_view_of(s->items[i]), 4, 4);
	}
}

static void footer(struct kd_out *o)
{
	kd_out_puts(o, "-- " KD_RENDER_TOOL);
	kd_render_version(o);
	kd_out_puts(o, "\n");
}

static void playbook(struct kd_out *o, const struct kd_playbook *p)
{
	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, "PLAYBOOK ");
	kd_style(o, KD_STYLE_NONE);
	kd_text_wrap(o, kd_view_of(p->title), 9, 9);
	for (size_t i = 0; i < p->nsections; i++)
		section(o, &p->sections[i], KD_VNULL);
}

/* The line as in the log, cut to the width, then its notes. */
static void line(struct kd_out *o, const struct kd_expl_line *l)
{
	char no[24];
	int n = snprintf(no, sizeof(no), "%5llu  ", (unsigned long long)l->no);

	kd_style(o, KD_STYLE_DIM);
	kd_out_puts(o, no);
	kd_style(o, KD_STYLE_NONE);
	kd_text_clip(o, l->text, o->width > (unsigned)n ? o->width - (unsigned)n : 1);
	kd_out_puts(o, "\n");
	for (size_t i = 0; i < l->nnotes; i++) {
		static const char *const mark[] = {
			[KD_NOTE_SAYS] = "=", [KD_NOTE_NOT] = "!", [KD_NOTE_NEXT] = ">"};

		kd_out_printf(o, "       %s ", mark[l->notes[i].type]);
		kd_text_wrap(o, l->notes[i].text, 9, 9);
	}
}

void kd_render_explanation_text(struct kd_out *o, const struct kd_explanation *e)
{
	if (!e->r) {
		kd_out_puts(o, "no kernel report in ");
		kd_out_text(o, e->input);
		kd_out_puts(o, e->damaged.n ? "; " : "");
		kd_out_text(o, e->damaged);
		kd_out_puts(o, "\n");
		footer(o);
		return;
	}
	kd_out_printf(o, "report #%u of %zu in ", e->number, e->reports->n);
	kd_text_wrap(o, e->input, 24, 2);
	kd_out_puts(o, "= says   ! does not prove   > look at next\n\n");
	for (size_t i = 0; i < e->nlines; i++)
		line(o, &e->lines[i]);
	if (e->playbook)
		playbook(o, e->playbook);
	for (size_t i = 0; i < e->ngeneral; i++)
		section(o, e->general[i].body, e->general[i].why);
	kd_out_puts(o, "\n");
	if (e->limited)
		kd_out_puts(o, "(limits of kdoc were reached: the notes are not complete)\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, "NEXT ");
	kd_style(o, KD_STYLE_CMD);
	kd_out_printf(o, "kdoc investigate --report %u ", e->number);
	kd_out_text(o, e->arg);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
	footer(o);
}

void kd_render_playbook_text(struct kd_out *o, const struct kd_playbook *p)
{
	playbook(o, p);
	footer(o);
}

void kd_render_playbook_list_text(struct kd_out *o)
{
	size_t n;
	const struct kd_playbook *p = kd_playbooks(&n);

	for (size_t i = 0; i < n; i++) {
		kd_text_cell(o, kd_view_of(p[i].name), 20);
		kd_text_wrap(o, kd_view_of(p[i].title), 20, 20);
	}
	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, "NEXT ");
	kd_style(o, KD_STYLE_CMD);
	kd_out_puts(o, "kdoc explain --kind page-fault");
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
	footer(o);
}
