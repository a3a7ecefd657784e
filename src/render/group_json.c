// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/group_json.h"

#include "render/head.h"
#include "report/kind.h"
#include "verb/scan.h"

static void texts(struct kd_json *j, const char *key, const struct kd_view *v, size_t n)
{
	kd_json_key(j, key);
	kd_json_begin_array(j);
	for (size_t i = 0; i < n; i++)
		kd_json_str(j, v[i]);
	kd_json_end_array(j);
}

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void member(struct kd_json *j, const struct kd_member *m)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "input", m->input);
	kd_json_kv_u64(j, "number", m->number);
	kd_json_kv_u64(j, "start_line", m->start_line);
	kd_json_kv_u64(j, "end_line", m->end_line);
	if (m->kind)
		kd_json_kv_strz(j, "kind", m->kind->name);
	kd_json_kv_str(j, "title", m->title);
	kd_json_kv_strz(j, "outcome", kd_outcome_word(m->outcome));
	kd_json_kv_strz(j, "severity", kd_tier_word(m->tier));
	text(j, "release", m->release);
	text(j, "host", m->host);
	for (unsigned t = 0; t < KD_NSIG; t++)
		if (m->sig[t].hex[0])
			kd_json_kv_strz(j, kd_sigtype_word(t), m->sig[t].hex);
	kd_json_end_object(j);
}

static void group(struct kd_json *j, const struct kd_grouping *g, const struct kd_group *x)
{
	const struct kd_signature *s = &x->members[0]->sig[x->merged_by];

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "id", x->id);
	kd_json_kv_str(j, "title", x->members[0]->title);
	kd_json_kv_u64(j, "reports", x->nmembers);
	kd_json_kv_u64(j, "logs", x->ninputs);
	kd_json_kv_strz(j, "severity", kd_tier_word(x->tier));
	kd_json_kv_bool(j, "has_signature", x->has_signature);
	if (x->has_signature) {
		kd_json_kv_strz(j, "signature", x->members[0]->sig[g->level].hex);
		kd_json_kv_strz(j, "agree_on", kd_sigtype_word(x->merged_by));
		texts(j, "ingredients", s->parts, s->nparts);
		texts(j, "varying_ingredients", x->varies, x->nvaries);
	}
	kd_json_key(j, "members");
	kd_json_begin_array(j);
	for (size_t i = 0; i < x->nmembers; i++)
		member(j, x->members[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void near_miss(struct kd_json *j, const struct kd_near_miss *m)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "a", m->a->id);
	kd_json_kv_strz(j, "b", m->b->id);
	kd_json_kv_strz(j, "alike_on", kd_sigtype_word(m->alike));
	texts(j, "only_a", m->only_a, m->nonly_a);
	texts(j, "only_b", m->only_b, m->nonly_b);
	kd_json_end_object(j);
}

static void note(struct kd_json *j, const struct kd_group_note *n)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "input", n->name);
	kd_json_kv_str(j, "class", n->cls);
	kd_json_kv_str(j, "message", n->message);
	kd_json_kv_str(j, "remedy", n->remedy);
	if (n->offset >= 0)
		kd_json_kv_i64(j, "offset", n->offset);
	kd_json_end_object(j);
}

static void notes(struct kd_json *j, const struct kd_grouping *g, const char *key, bool problems)
{
	kd_json_key(j, key);
	kd_json_begin_array(j);
	for (size_t i = 0; i < g->nnotes; i++)
		if (g->notes[i].is_problem == problems)
			note(j, &g->notes[i]);
	kd_json_end_array(j);
}

void kd_render_group_json(struct kd_json *j, const struct kd_grouping *g)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.group/1");
	kd_json_kv_strz(j, "level", kd_sigtype_word(g->level));
	kd_json_kv_u64(j, "reports", g->nmembers);
	kd_json_kv_u64(j, "logs", g->ninputs);
	kd_json_kv_u64(j, "infrastructure_hidden", g->infrastructure);
	kd_json_kv_u64(j, "over_limit", g->over_limit);
	kd_json_key(j, "groups");
	kd_json_begin_array(j);
	for (size_t i = 0; i < g->ngroups; i++)
		group(j, g, &g->groups[i]);
	kd_json_end_array(j);
	kd_json_key(j, "near_misses");
	kd_json_begin_array(j);
	for (size_t i = 0; i < g->nnear; i++)
		near_miss(j, &g->near[i]);
	kd_json_end_array(j);
	kd_json_kv_u64(j, "near_misses_over_limit", g->near_over_limit);
	notes(j, g, "errors", true);
	notes(j, g, "notes", false);
	kd_json_end_object(j);
}
