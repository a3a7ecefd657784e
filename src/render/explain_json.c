/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/explain_json.h"

#include "render/head.h"
#include "report/kind.h"

static void begin(struct kd_json *j)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.explain/1");
}

static void section(struct kd_json *j, const struct kd_playbook_section *s, struct kd_view why)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "heading", s->heading);
	if (why.p)
		kd_json_kv_str(j, "because", why);
	kd_json_kv_bool(j, "ordered", s->numbered);
	kd_json_key(j, "items");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->nitems; i++)
		kd_json_strz(j, s->items[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void playbook(struct kd_json *j, const struct kd_playbook *p)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "name", p->name);
	kd_json_kv_strz(j, "title", p->title);
	kd_json_key(j, "kinds");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->nkinds; i++)
		kd_json_strz(j, p->kinds[i]);
	kd_json_end_array(j);
	kd_json_key(j, "sections");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->nsections; i++)
		section(j, &p->sections[i], KD_VNULL);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void line(struct kd_json *j, const struct kd_expl_line *l)
{
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "line", l->no);
	kd_json_kv_str(j, "text", l->text);
	kd_json_key(j, "notes");
	kd_json_begin_array(j);
	for (size_t i = 0; i < l->nnotes; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "type", kd_note_key((enum kd_note_type)l->notes[i].type));
		kd_json_kv_str(j, "text", l->notes[i].text);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_render_explanation_json(struct kd_json *j, const struct kd_explanation *e)
{
	begin(j);
	kd_json_kv_str(j, "input", e->input);
	kd_json_kv_u64(j, "report", e->number);
	kd_json_kv_u64(j, "reports", e->reports->n);
	if (e->r)
		kd_json_kv_strz(j, "kind", e->r->kind ? e->r->kind->name : "unknown");
	if (e->r && e->r->title.p)
		kd_json_kv_str(j, "title", e->r->title);
	kd_json_key(j, "lines");
	kd_json_begin_array(j);
	for (size_t i = 0; i < e->nlines; i++)
		line(j, &e->lines[i]);
	kd_json_end_array(j);
	kd_json_key(j, "playbooks");
	kd_json_begin_array(j);
	if (e->playbook)
		playbook(j, e->playbook);
	kd_json_end_array(j);
	kd_json_key(j, "general");
	kd_json_begin_array(j);
	for (size_t i = 0; i < e->ngeneral; i++)
		section(j, e->general[i].body, e->general[i].why);
	kd_json_end_array(j);
	kd_json_kv_bool(j, "complete", !e->limited);
	kd_json_end_object(j);
}

void kd_render_playbooks_json(struct kd_json *j, const struct kd_playbook *p, size_t n)
{
	begin(j);
	kd_json_key(j, "playbooks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		playbook(j, &p[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}
