// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What upstream has about this: candidates for the fix with their reasons, where they are, what was searched. A candidate
 * is called the fix only from the confidence on at which that was measured to be right; one that the kernel has
 * already cannot be what is missing. Without an index nothing is said here, inv_next.c names the command.
 */
#include "base/alloc.h"
#include "base/shellword.h"
#include "verb/inv.h"
#include "verb/priorart.h"

enum { NAMED = 8 };

static void say_candidate(struct kd_inv_build *b, const struct kd_prior *p, size_t i)
{
	static const char *const topics[KD_PRIOR_CANDIDATES] = {"#1", "#2", "#3"};
	const struct kd_prior_candidate *c = &p->v[i];
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	struct kd_statement *s;

	kd_buf_printf(&t, "%s \"%.*s\", ", c->id, KD_VARG(kd_view_head(c->subject, 300)));
	kd_prior_day(&t, c->date);
	if (c->first)
		kd_buf_printf(&t, ", first in %s", c->first);
	else
		kd_buf_add(&t, KD_V(", in no tag of the index"));
	kd_buf_printf(&t, ": %.*s", KD_VARG(c->why));
	s = kd_inv_say(b, KD_PART_FIX, topics[i], "%.*s", KD_VARG(kd_buf_view(&t)));
	kd_inv_at(b, s, kd_inv_header(b->r));
}

static void say_sure(struct kd_inv_build *b, const struct kd_prior *p)
{
	if (p->sure)
		kd_inv_say(b, KD_PART_FIX, "sure", "#1 is very likely the fix (confidence %.2f; from .80 on it was wrong in 2 of 100)",
			   p->confidence);
	else
		kd_inv_say(b, KD_PART_FIX, "sure", "none is called the fix (confidence of #1: %.2f): candidates to read", p->confidence);
}

/* Releases of one state in one line, NAMED of them by name. */
static void say_state(struct kd_inv_build *b, const struct kd_prior *p, uint8_t state)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	size_t n = 0;

	for (size_t r = 0; r < p->releases.v.n; r++) {
		if (r == p->running || p->v[0].in[r].state != state)
			continue;
		if (n++ >= NAMED)
			continue;
		kd_buf_printf(&t, "%s%.*s ", n > 1 ? " · " : "", KD_VARG(p->releases.v.v[r].name));
		kd_prior_cell(p, 0, r, &t);
	}
	if (n > NAMED)
		kd_buf_printf(&t, " · and %zu more", n - NAMED);
	if (n)
		kd_inv_say(b, KD_PART_FIX, "where", "#1: %.*s", KD_VARG(kd_buf_view(&t)));
}

static void say_posted(struct kd_inv_build *b, const struct kd_prior *p)
{
	for (size_t i = 0; i < p->nposted && i < KD_PRIOR_CANDIDATES; i++) {
		const struct kd_prior_posted *m = &p->posted[i];
		struct kd_statement *s = kd_inv_say(b, KD_PART_FIX, "posted", "%.*s \"%.*s\" by %.*s, not merged as far as is indexed: %.*s%s%.*s",
						    KD_VARG(m->date), KD_VARG(kd_view_head(m->subject, 300)), KD_VARG(kd_view_head(m->from, 100)),
						    KD_VARG(m->why), m->answers.n ? "; answers say: " : "", KD_VARG(m->answers));

		kd_inv_at(b, s, kd_inv_header(b->r));
	}
	if (p->nposted)
		kd_inv_say(b, KD_PART_NEXT, "posted", "kdoc thread %.*s", KD_VARG(kd_shell_word(b->arena, p->posted[0].mid)));
}

/* What this kernel has of it: no fix, but where it may come from. */
static void say_had(struct kd_inv_build *b, const struct kd_prior *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(256);
	struct kd_statement *s;

	if (p->had.n)
		kd_inv_say(b, KD_PART_FIX, "left out", "this kernel has them already: %.*s", KD_VARG(p->had));
	if (!p->last.func.n)
		return;
	kd_prior_day(&t, p->last.date);
	s = kd_inv_say(b, KD_PART_FIX, "origin", "the last change of %.*s that this kernel has: %s \"%.*s\", %.*s%s", KD_VARG(p->last.func),
		       p->last.id, KD_VARG(kd_view_head(p->last.subject, 300)), KD_VARG(kd_buf_view(&t)),
		       p->n && p->v[0].fixes.n && kd_view_starts(kd_view_of(p->last.id), p->v[0].fixes) ? "; it is what #1 says that it fixes" : "");
	kd_inv_at(b, s, kd_inv_header(b->r));
}

static void say_where(struct kd_inv_build *b, const struct kd_prior *p)
{
	static const uint8_t states[] = {KD_BP_PRESENT, KD_BP_PARTLY, KD_BP_ABSENT, KD_BP_NOT_NEEDED, KD_BP_UNKNOWN};
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);

	if (p->running != KD_NPOS) {
		for (size_t i = 0; i < p->n; i++) {
			kd_buf_printf(&t, "%s#%zu ", i ? " · " : "", i + 1);
			kd_prior_cell(p, i, p->running, &t);
		}
		kd_inv_say(b, KD_PART_FIX, "here", "this kernel (%.*s%s): %.*s", KD_VARG(kd_view_head(b->r->release, 100)),
			   p->running_changed ? ", with changes that the index does not have" : "", KD_VARG(kd_buf_view(&t)));
	} else {
		kd_inv_say(b, KD_PART_FIX, "here", "whether this kernel has them is not known: %.*s", KD_VARG(p->running_why));
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(states); i++)
		say_state(b, p, states[i]);
}

static void say_sources(struct kd_inv_build *b, const struct kd_prior *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	bool mail = false;

	for (size_t i = 0; i < p->nsources; i++) {
		const struct kd_prior_source *s = &p->sources[i];

		mail |= s->mail;
		kd_buf_printf(&t, "%s%.*s (%ju %s up to ", i ? ", " : "", KD_VARG(s->name), (uintmax_t)s->number, s->mail ? "mails" : "commits");
		kd_prior_day(&t, s->newest);
		kd_buf_add(&t, KD_V(", indexed "));
		kd_prior_day(&t, s->indexed);
		kd_buf_printf(&t, "%s)", s->complete ? "" : ", incomplete");
	}
	kd_inv_say(b, KD_PART_FIX, "searched", "%.*s%s%.*s", KD_VARG(kd_buf_view(&t)),
		   mail ? "" : p->mail_why.n ? "; mails were not: " : "; no mailing list is indexed", KD_VARG(p->mail_why));
}

/* The first tag of each branch that has #1. */
static void say_upgrade(struct kd_inv_build *b, const struct kd_prior *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);

	for (size_t r = 0; r < p->releases.v.n; r++) {
		const struct kd_bp_cell *cell = &p->v[0].in[r];
		const char *tag;

		if (r == p->running || cell->state != KD_BP_PRESENT || cell->by == KD_DOC_NONE)
			continue;
		tag = kd_releases_final(&p->tags, cell->by);
		if (!tag)
			kd_buf_printf(&t, "%sthe next one of %.*s", t.n ? ", " : "", KD_VARG(p->releases.v.v[r].name));
		else if (!kd_view_has(kd_buf_view(&t), kd_view_of(tag)))
			kd_buf_printf(&t, "%s%s", t.n ? ", " : "", tag);
	}
	if (t.n)
		kd_inv_say(b, KD_PART_DO, "fix", "upgrade to a release that has %s (first ones: %.*s), or take the patch over: kdoc backport-check "
			   "says whether it applies", p->v[0].id, KD_VARG(kd_buf_view(&t)));
	else
		kd_inv_say(b, KD_PART_DO, "fix", "no release of the index has %s: take the patch over; kdoc backport-check says whether it applies",
			   p->v[0].id);
}

static void recommend(struct kd_inv_build *b, const struct kd_prior *p)
{
	kd_auto(kd_error_freep) struct kd_error *shut = kd_prior_gate(p);

	if (p->sure && p->n)
		say_upgrade(b, p);
	else if (p->n)
		kd_inv_say(b, KD_PART_DO, "fix", "read the candidates; what none of them explains needs a search of its own (kdoc search --fixes)");
	else
		kd_inv_say(b, KD_PART_DO, "fix", "no commit of the index has anything in common with this");
	if (shut)
		kd_inv_say(b, KD_PART_DO, "patch", "none is to be written yet: %s", shut->msg);
	if (p->n) {
		kd_inv_say(b, KD_PART_NEXT, "candidate", "kdoc show %s", p->v[0].id);
		kd_inv_say(b, KD_PART_NEXT, "presence", "kdoc backport-check %s", p->v[0].id);
	}
}

bool kd_inv_fix(struct kd_inv_build *b, struct kd_ctx *ctx, const char *store)
{
	const struct kd_report *r = b->r;
	struct kd_prior_request req = {.release = r->release, .store = store};
	struct kd_error *err = NULL;

	if (r->end_off > r->off && r->end_off <= b->inv->raw.n)
		req.text = kd_view_head(kd_view_from(kd_buf_view(&b->inv->raw), r->off), r->end_off - r->off);
	err = kd_prior_search(ctx, &req, &b->f->prior);
	if (kd_error_catch(&err, KD_NOTFOUND))
		return false;
	if (err) {
		kd_inv_say(b, KD_PART_FIX, "searched", "nothing, because the index cannot be used: %s", err->msg);
		kd_error_free(err);
		return false;
	}
	for (size_t i = 0; i < b->f->prior->n; i++)
		say_candidate(b, b->f->prior, i);
	if (b->f->prior->n) {
		say_sure(b, b->f->prior);
		say_where(b, b->f->prior);
	} else {
		kd_inv_say(b, KD_PART_FIX, "none", "no commit of the index has anything in common with this");
	}
	say_posted(b, b->f->prior);
	say_had(b, b->f->prior);
	say_sources(b, b->f->prior);
	recommend(b, b->f->prior);
	return true;
}
