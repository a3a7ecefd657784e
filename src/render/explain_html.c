/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/html.h"

static void section(struct kd_out *o, const struct kd_playbook_section *s)
{
	kd_out_puts(o, "<h2>");
	kd_html_text(o, kd_view_of(s->heading));
	kd_out_puts(o, s->numbered ? "</h2>\n<ol>\n" : "</h2>\n<ul>\n");
	for (size_t i = 0; i < s->nitems; i++) {
		kd_out_puts(o, "<li>");
		kd_html_text(o, kd_view_of(s->items[i]));
		kd_out_puts(o, "</li>\n");
	}
	kd_out_puts(o, s->numbered ? "</ol>\n" : "</ul>\n");
}

static void line(struct kd_out *o, const struct kd_expl_line *l)
{
	kd_out_printf(o, "<div class=q><span class=\"dim\">%llu</span> ", (unsigned long long)l->no);
	kd_html_text(o, l->text);
	kd_out_puts(o, "</div>\n");
	if (!l->nnotes)
		return;
	kd_out_puts(o, "<ul class=n>\n");
	for (size_t i = 0; i < l->nnotes; i++) {
		kd_out_printf(o, "<li><span class=\"dim\">%s:</span> ",
			      kd_note_words((enum kd_note_type)l->notes[i].type));
		kd_html_text(o, l->notes[i].text);
		kd_out_puts(o, "</li>\n");
	}
	kd_out_puts(o, "</ul>\n");
}

void kd_render_explanation_html(struct kd_out *o, const struct kd_explanation *e)
{
	kd_html_begin(o, e->r ? e->r->title : e->input);
	kd_out_puts(o, "<h1>");
	kd_html_text(o, e->r ? e->r->title : e->input);
	kd_out_puts(o, "</h1>\n");
	for (size_t i = 0; i < e->nlines; i++)
		line(o, &e->lines[i]);
	for (size_t i = 0; e->playbook && i < e->playbook->nsections; i++)
		section(o, &e->playbook->sections[i]);
	for (size_t i = 0; i < e->ngeneral; i++)
		section(o, e->general[i].body);
	kd_html_end(o);
}
