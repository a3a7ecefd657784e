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

static void reasons(struct kd_json *j, const struct kd_reasons *r)
{
	kd_json_key(j, "reasons");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->n; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "ingredient", r->v[i].ingredient);
		kd_json_kv_bool(j, "against", r->v[i].against);
		kd_json_kv_str(j, "words", r->v[i].words);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void place(struct kd_json *j, const char *key, const struct kd_member *m)
{
	kd_json_key(j, key);
	kd_json_begin_object(j);
	kd_json_kv_str(j, "input", m->input);
	kd_json_kv_u64(j, "number", m->number);
	kd_json_end_object(j);
}

static void joins(struct kd_json *j, const struct kd_group *x)
{
	kd_json_key(j, "joins");
	kd_json_begin_array(j);
	for (size_t i = 0; i < x->njoins; i++) {
		const struct kd_group_join *n = x->joins[i];

		kd_json_begin_object(j);
		place(j, "report", n->member);
		if (n->via)
			place(j, "via", n->via);
		kd_json_kv_strz(j, "by", kd_join_word(n->join));
		kd_json_key(j, "score");
		kd_json_double(j, n->score);
		reasons(j, &n->reasons);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void two(struct kd_json *j, const struct kd_overmerge *m)
{
	kd_json_key(j, "two_bugs");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->nfindings; i++) {
		const struct kd_om_finding *f = &m->finding[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "what", f->what);
		kd_json_kv_str(j, "words", f->words);
		kd_json_kv_str(j, "a", f->a);
		kd_json_kv_str(j, "b", f->b);
		kd_json_kv_u64(j, "boots_a", f->boots_a);
		kd_json_kv_u64(j, "boots_b", f->boots_b);
		kd_json_kv_u64(j, "boots_other", f->boots_other);
		texts(j, "only_a", f->only_a, f->nonly_a);
		texts(j, "only_b", f->only_b, f->nonly_b);
		kd_json_kv_u64(j, "mixed", f->mixed);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void number(struct kd_json *j, const char *key, const struct kd_spread_result *d, uint64_t v)
{
	if (d->hex)
		kd_json_kv_hex(j, key, v);
	else
		kd_json_kv_u64(j, key, v);
}

static void values(struct kd_json *j, struct kd_view field, const struct kd_spread_result *d)
{
	kd_json_key(j, "values");
	kd_json_begin_object(j);
	kd_json_kv_str(j, "field", field);
	kd_json_kv_u64(j, "have", d->have);
	kd_json_kv_u64(j, "absent", d->absent);
	kd_json_kv_u64(j, "distinct", d->distinct);
	kd_json_kv_bool(j, "distinct_is_minimum", d->more);
	if (d->numbers) {
		number(j, "min", d, d->min);
		number(j, "median", d, d->median);
		number(j, "max", d, d->max);
	}
	kd_json_key(j, "top");
	kd_json_begin_array(j);
	for (size_t i = 0; i < d->ntop; i++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "value", d->top[i].value);
		kd_json_kv_u64(j, "count", d->top[i].n);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void possible(struct kd_json *j, const struct kd_grouping *g)
{
	kd_json_key(j, "possible");
	kd_json_begin_array(j);
	for (size_t i = 0; i < g->npossible; i++) {
		const struct kd_group_possible *p = &g->possible[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "a", p->a->id);
		kd_json_kv_strz(j, "b", p->b->id);
		kd_json_key(j, "score");
		kd_json_double(j, p->score);
		reasons(j, &p->reasons);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_kv_u64(j, "possible_over_limit", g->possible_over_limit);
}

static void group(struct kd_json *j, const struct kd_grouping *g, const struct kd_group *x)
{
	const struct kd_signature *s = x->merged_by < KD_NSIG ? &x->members[0]->sig[x->merged_by] : NULL;

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "id", x->id);
	kd_json_kv_str(j, "title", x->members[0]->title);
	kd_json_kv_u64(j, "reports", x->nmembers);
	kd_json_kv_u64(j, "logs", x->ninputs);
	kd_json_kv_strz(j, "severity", kd_tier_word(x->tier));
	kd_json_kv_bool(j, "has_signature", x->has_signature);
	kd_json_kv_bool(j, "unplaced", x->has_signature && kd_signature_unplaced(&x->members[0]->sig[KD_SIG_STRICT]));
	if (x->has_signature) {
		kd_json_kv_strz(j, "signature", x->members[0]->sig[g->level].hex);
		if (s) {
			kd_json_kv_strz(j, "agree_on", kd_sigtype_word(x->merged_by));
			texts(j, "ingredients", s->parts, s->nparts);
		}
		texts(j, "varying_ingredients", x->varies, x->nvaries);
	}
	if (g->engine)
		joins(j, x);
	if (x->two)
		two(j, x->two);
	if (x->values)
		values(j, g->field, x->values);
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
	kd_json_kv_strz(j, "level", g->engine ? "engine" : kd_sigtype_word(g->level));
	kd_json_kv_u64(j, "reports", g->nmembers);
	kd_json_kv_u64(j, "logs", g->ninputs);
	kd_json_kv_u64(j, "infrastructure_hidden", g->infrastructure);
	kd_json_kv_u64(j, "over_limit", g->over_limit);
	kd_json_key(j, "groups");
	kd_json_begin_array(j);
	for (size_t i = 0; i < g->ngroups; i++)
		group(j, g, &g->groups[i]);
	kd_json_end_array(j);
	if (g->engine)
		possible(j, g);
	if (g->values)
		values(j, g->field, g->values);
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
