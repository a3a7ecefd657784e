/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/investigate_json.h"

#include "render/code_json.h"
#include "render/head.h"
#include "render/prior_json.h"
#include "render/report_json.h"
#include "report/kind.h"
#include "verb/scan.h"

static void kv_view(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.p)
		kd_json_kv_str(j, key, v);
}

static void row(struct kd_json *j, const struct kd_inv_row *row)
{
	const struct kd_report *r = row->r;

	kd_json_begin_object(j);
	kd_json_kv_u64(j, "number", row->number);
	kd_json_kv_u64(j, "line", row->line);
	kd_json_kv_strz(j, "kind", r->kind ? r->kind->name : "unknown");
	kv_view(j, "title", r->title);
	kd_json_kv_strz(j, "severity", kd_tier_word(r->tier));
	kd_json_kv_strz(j, "outcome", kd_outcome_word(r->outcome));
	kv_view(j, "relation", row->relation);
	kd_json_kv_bool(j, "investigated", row->full);
	kd_json_end_object(j);
}

static void verdict(struct kd_json *j, const struct kd_finding *f)
{
	const struct kd_report *r = f->r;

	kd_json_key(j, "verdict");
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "severity", kd_tier_word(r->tier));
	kd_json_kv_strz(j, "outcome", kd_outcome_word(r->outcome));
	kd_json_kv_strz(j, "kind", r->kind ? r->kind->name : "unknown");
	kd_json_kv_strz(j, "family", r->kind ? r->kind->family : "unknown");
	kv_view(j, "words", f->kind);
	kv_view(j, "place", f->place);
	kv_view(j, "actor", f->actor);
	kd_json_kv_strz(j, "owner", kd_owner_word(r->owner));
	kd_json_kv_bool(j, "hardware", r->owner == KD_OWNER_HARDWARE);
	kd_json_kv_strz(j, "context", kd_context_word(r->ctx));
	kv_view(j, "subsystem", r->subsystem);
	kv_view(j, "syscall", r->syscall);
	kv_view(j, "release", r->release);
	if (r->sig[KD_SIG_NORMAL].hex[0])
		kd_json_kv_strz(j, "signature", r->sig[KD_SIG_NORMAL].hex);
	kd_json_end_object(j);
}

static void statement(struct kd_json *j, const struct kd_finding *f, const struct kd_statement *s)
{
	kd_json_begin_object(j);
	if (s->id[0])
		kd_json_kv_strz(j, "id", s->id);
	kd_json_kv_strz(j, "part", kd_part_key((enum kd_part)s->part));
	kd_json_kv_strz(j, "topic", s->topic);
	kd_json_kv_str(j, "text", s->text);
	if (s->part == KD_PART_PROVEN || s->part == KD_PART_LIKELY || s->part == KD_PART_KNOWN)
		kd_json_kv_strz(j, "status",
				kd_claim_status_name((enum kd_claim_status)s->status));
	kv_view(j, "refuted_if", s->refute);
	kd_json_key(j, "evidence");
	kd_json_begin_array(j);
	for (uint8_t i = 0; i < s->nev; i++)
		kd_json_strz(j, f->ev[s->ev[i]].e.id);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void ref(struct kd_json *j, const struct kd_finding *f, uint16_t ev)
{
	kd_json_key(j, "evidence");
	kd_json_begin_array(j);
	if (ev != UINT16_MAX)
		kd_json_strz(j, f->ev[ev].e.id);
	kd_json_end_array(j);
}

static void state(struct kd_json *j, const struct kd_finding *f)
{
	kd_json_key(j, "registers");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nregs; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "set", f->regs[i].set);
		kd_json_kv_str(j, "name", f->regs[i].name);
		kd_json_kv_hex(j, "value", f->regs[i].val);
		kd_json_kv_strz(j, "class", f->regs[i].cls);
		kv_view(j, "note", f->regs[i].note);
		ref(j, f, f->regs[i].ev);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "stacks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nstacks; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "role", f->stacks[i].role);
		kd_json_kv_strz(j, "context", f->stacks[i].ctx);
		kv_view(j, "name", f->stacks[i].name);
		kd_json_kv_str(j, "frames", f->stacks[i].text);
		kd_json_kv_u64(j, "count", f->stacks[i].nframes);
		kd_json_kv_bool(j, "cut", f->stacks[i].cut);
		ref(j, f, f->stacks[i].ev);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void evidence(struct kd_json *j, const struct kd_inv_evidence *e)
{
	char hex[2 * KD_SHA256_LEN + 1];

	kd_hex(e->e.digest, sizeof(e->e.digest), hex);
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "id", e->e.id);
	kd_json_kv_strz(j, "kind", kd_evidence_kind_name((enum kd_evidence_kind)e->e.kind));
	kd_json_kv_strz(j, "locator", e->e.locator);
	kd_json_kv_strz(j, "digest", hex);
	kd_json_kv_u64(j, "line", e->line);
	kd_json_kv_u64(j, "line_end", e->line_end);
	kd_json_kv_u64(j, "offset", e->off);
	kd_json_kv_u64(j, "offset_end", e->end);
	kd_json_kv_str(j, "quote", e->quote);
	kd_json_kv_strz(j, "recheck", e->e.recheck);
	kd_json_end_object(j);
}

static void finding(struct kd_json *j, const struct kd_finding *f)
{
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "number", f->number);
	verdict(j, f);
	kd_json_key(j, "claims");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nst; i++)
		if (f->st[i].part != KD_PART_NEXT)
			statement(j, f, &f->st[i]);
	kd_json_end_array(j);
	state(j, f);
	kd_json_key(j, "evidence");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nev; i++)
		evidence(j, &f->ev[i]);
	kd_json_end_array(j);
	kd_json_key(j, "next");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nst; i++)
		if (f->st[i].part == KD_PART_NEXT)
			kd_json_str(j, f->st[i].text);
	kd_json_end_array(j);
	if (f->prior) {
		kd_json_key(j, "prior_art");
		kd_render_prior_json(j, f->prior);
	}
	if (f->fault && f->fault->code.state != KD_CODE_ABSENT) {
		kd_json_key(j, "code");
		kd_render_code_json(j, f->fault);
	}
	kd_json_key(j, "report");
	kd_render_report_json(j, f->r);
	kd_json_kv_bool(j, "complete", !f->limited);
	kd_json_end_object(j);
}

void kd_render_investigation_json(struct kd_json *j, const struct kd_investigation *inv, void (*more)(void *user, struct kd_json *j),
				  void *user)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.investigate/1");
	kd_json_kv_str(j, "input", inv->input);
	kd_json_kv_u64(j, "lines", inv->reports->log.lines);
	kd_json_kv_bool(j, "starts_late", inv->reports->log.starts_late);
	kv_view(j, "damaged", inv->damaged);
	kd_json_kv_u64(j, "hidden", inv->hidden);
	kd_json_kv_u64(j, "not_investigated", inv->nrows - inv->nfindings);
	kd_json_key(j, "reports");
	kd_json_begin_array(j);
	for (size_t i = 0; i < inv->nrows; i++)
		row(j, &inv->rows[i]);
	kd_json_end_array(j);
	kd_json_key(j, "findings");
	kd_json_begin_array(j);
	for (size_t i = 0; i < inv->nfindings; i++)
		finding(j, &inv->findings[i]);
	kd_json_end_array(j);
	if (more)
		more(user, j);
	kd_json_end_object(j);
}
