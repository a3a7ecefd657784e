// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/casepage.h"
#include "render/head.h"
#include "render/investigate_common.h"

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void statement(struct kd_json *j, const struct kd_casestmt *s)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "topic", s->topic);
	kd_json_kv_strz(j, "status", kd_case_status_key(s->status));
	kd_json_kv_str(j, "text", s->text);
	text(j, "test", s->test);
	text(j, "confirmed_if", s->confirm);
	text(j, "refuted_if", s->refute);
	text(j, "url", s->url);
	kd_json_key(j, "evidence");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->nev; i++)
		kd_json_str(j, s->ev[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void part(struct kd_json *j, const struct kd_casepart *x)
{
	kd_json_key(j, x->key);
	kd_json_begin_object(j);
	kd_json_key(j, "facts");
	kd_json_begin_object(j);
	for (size_t i = 0; i < x->fact.n; i++)
		kd_render_cell_json(j, x->fact.v[i].key, &x->fact.v[i].cell);
	kd_json_end_object(j);
	kd_json_key(j, "statements");
	kd_json_begin_array(j);
	for (size_t i = 0; i < x->stmt.n; i++)
		statement(j, &x->stmt.v[i]);
	kd_json_end_array(j);
	kd_json_key(j, "tables");
	kd_json_begin_object(j);
	for (size_t i = 0; i < x->table.n; i++)
		kd_render_table_json(j, x->table.v[i]);
	kd_json_end_object(j);
	kd_json_end_object(j);
}

static void lines(struct kd_json *j, const struct kd_casepage *p)
{
	kd_json_key(j, "evidence");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->line.n; i++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "id", p->line.v[i].id);
		kd_json_kv_str(j, "locator", p->line.v[i].locator);
		kd_json_kv_u64(j, "line", p->line.v[i].line);
		kd_json_kv_str(j, "text", p->line.v[i].quote);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

void kd_render_casepage_json(struct kd_json *j, const struct kd_casepage *p)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, p->schema);
	kd_json_kv_str(j, "id", p->id);
	kd_json_kv_str(j, "what", p->what);
	kd_json_kv_strz(j, "severity", kd_render_tier(p->tier));
	kd_json_kv_str(j, "verdict", p->verdict);
	text(j, "event", p->event);
	kd_json_key(j, "parts");
	kd_json_begin_object(j);
	for (size_t i = 0; i < p->part.n; i++)
		part(j, &p->part.v[i]);
	kd_json_end_object(j);
	lines(j, p);
	kd_json_key(j, "next");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->next.n; i++)
		kd_json_str(j, p->next.v[i]);
	kd_json_end_array(j);
	kd_json_kv_bool(j, "cut", p->full);
	kd_json_end_object(j);
}
