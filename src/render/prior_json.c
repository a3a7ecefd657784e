// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/prior_json.h"

#include <stdio.h>

#include "base/time.h"

static void date(struct kd_json *j, const char *key, int64_t t)
{
	struct kd_civil c;
	char text[48];

	if (t <= 0)
		return;
	kd_civil_from_ns(t * INT64_C(1000000000), &c);
	snprintf(text, sizeof(text), "%04d-%02d-%02d", c.year, c.month, c.day);
	kd_json_kv_strz(j, key, text);
}

static void kv_view(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void commit(struct kd_json *j, const struct kd_prior *p, const char *key, uint32_t doc)
{
	char hex[2 * KD_SEG_OID + 1];

	if (doc == KD_DOC_NONE)
		return;
	kd_store_hex(p->h->git, doc, hex);
	kd_json_kv_strz(j, key, hex);
}

static void cell(struct kd_json *j, const struct kd_prior *p, const struct kd_prior_candidate *c, size_t r)
{
	const struct kd_bp_cell *in = &c->in[r];
	const bool there = in->state == KD_BP_PRESENT || in->state == KD_BP_PARTLY;
	const char *tag = there && in->by != KD_DOC_NONE ? kd_releases_final(&p->tags, in->by) : NULL;

	kd_json_begin_object(j);
	kd_json_kv_str(j, "release", p->releases.v.v[r].name);
	kd_json_kv_strz(j, "state", kd_bp_state_name(in->state));
	if (in->proof)
		kd_json_kv_strz(j, "proof", kd_bp_proof_name(in->proof));
	kd_json_kv_bool(j, "guessed", in->guessed || (r == p->running && p->running_changed && !there));
	if (there)
		commit(j, p, "by", in->by);
	if (tag)
		kd_json_kv_strz(j, "first_tag", tag);
	commit(j, p, "reverted_by", in->reverted_by);
	if (in->why)
		kd_json_kv_strz(j, "why", in->why);
	kd_json_end_object(j);
}

static void candidate(struct kd_json *j, const struct kd_prior *p, const struct kd_prior_candidate *c)
{
	kd_json_begin_object(j);
	commit(j, p, "commit", c->doc);
	kd_json_kv_str(j, "subject", c->subject);
	date(j, "date", c->date);
	if (c->first)
		kd_json_kv_strz(j, "first_tag", c->first);
	if (c->first_final)
		kd_json_kv_strz(j, "first_release", c->first_final);
	kd_json_key(j, "score");
	kd_json_double(j, c->score);
	kd_json_kv_str(j, "why", c->why);
	kv_view(j, "fixes", c->fixes);
	kd_json_key(j, "in");
	kd_json_begin_array(j);
	for (size_t r = 0; r < p->releases.v.n; r++)
		cell(j, p, c, r);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void posted(struct kd_json *j, const struct kd_prior *p)
{
	kd_json_key(j, "posted");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->nposted; i++) {
		const struct kd_prior_posted *m = &p->posted[i];

		kd_json_begin_object(j);
		kd_json_kv_str(j, "id", m->mid);
		kd_json_kv_str(j, "subject", m->subject);
		kv_view(j, "from", m->from);
		kv_view(j, "date", m->date);
		kd_json_kv_str(j, "why", m->why);
		kv_view(j, "answers_say", m->answers);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kv_view(j, "lists_not_searched", p->mail_why);
}

static void sources(struct kd_json *j, const struct kd_prior *p)
{
	kd_json_key(j, "searched");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->nsources; i++) {
		const struct kd_prior_source *s = &p->sources[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "kind", s->mail ? "list" : "tree");
		kd_json_kv_str(j, "name", s->name);
		kd_json_kv_u64(j, s->mail ? "mails" : "commits", s->number);
		date(j, "newest", s->newest);
		date(j, "indexed", s->indexed);
		kd_json_kv_bool(j, "complete", s->complete);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

void kd_render_prior_json(struct kd_json *j, const struct kd_prior *p)
{
	struct kd_error *shut = kd_prior_gate(p);

	kd_json_begin_object(j);
	kd_json_key(j, "candidates");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->n; i++)
		candidate(j, p, &p->v[i]);
	kd_json_end_array(j);
	kv_view(j, "left_out", p->had);
	if (p->last.func.n) {
		kd_json_key(j, "last_change");
		kd_json_begin_object(j);
		kd_json_kv_str(j, "function", p->last.func);
		kd_json_kv_strz(j, "commit", p->last.id);
		kd_json_kv_str(j, "subject", p->last.subject);
		date(j, "date", p->last.date);
		kd_json_end_object(j);
	}
	if (p->n) {
		kd_json_key(j, "confidence");
		kd_json_double(j, p->confidence);
	}
	kd_json_kv_bool(j, "very_likely_the_fix", p->sure);
	if (p->running != KD_NPOS)
		kd_json_kv_str(j, "kernel", p->releases.v.v[p->running].name);
	else
		kd_json_kv_str(j, "kernel_not_known", p->running_why);
	posted(j, p);
	sources(j, p);
	kd_json_key(j, "draft");
	kd_json_begin_object(j);
	kd_json_kv_bool(j, "allowed", !shut);
	if (shut)
		kd_json_kv_strz(j, "why_not", shut->msg);
	kd_json_end_object(j);
	kd_json_end_object(j);
	kd_error_free(shut);
}
