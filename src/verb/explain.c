/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verb/explain.h"

#include <stdio.h>

#include "base/alloc.h"
#include "report/kind.h"
#include "verb/expl.h"
#include "verb/investigate.h"

const char *kd_note_words(enum kd_note_type t)
{
	return t == KD_NOTE_SAYS ? "says" : t == KD_NOTE_NOT ? "does not prove" : "look at next";
}

const char *kd_note_key(enum kd_note_type t)
{
	return t == KD_NOTE_SAYS ? "says" : t == KD_NOTE_NOT ? "does_not_prove" : "next";
}

void kd_explanation_free(struct kd_explanation *e)
{
	if (!e)
		return;
	kd_reports_free(e->reports);
	kd_arena_deinit(&e->arena);
	kd_free(e);
}

void kd_explanation_freep(struct kd_explanation **e)
{
	kd_explanation_free(*e);
}

bool kd_expl_first(struct kd_expl_build *b, enum kd_expl_topic topic)
{
	bool first = !b->given[topic];

	b->given[topic] = true;
	return first;
}

void kd_expl_note(struct kd_expl_build *b, int32_t line, enum kd_note_type type, const char *fmt,
		  ...)
{
	struct kd_expl_line *l;
	char text[1200];
	va_list ap;
	int n;

	if (line < 0 || (size_t)line >= b->e->nlines)
		return;
	l = &b->e->lines[line];
	if (!l->notes)
		l->notes = kd_arena_array(&b->e->arena, KD_EXPL_NOTES, struct kd_note);
	if (!l->notes || l->nnotes == KD_EXPL_NOTES) {
		b->e->limited = true;
		return;
	}
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	l->notes[l->nnotes].type = (uint8_t)type;
	l->notes[l->nnotes++].text = kd_arena_view(
		&b->e->arena, kd_view(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

static struct kd_error *make_lines(struct kd_explanation *e)
{
	e->lines = kd_arena_array(&e->arena, e->r->nlines ? e->r->nlines : 1, struct kd_expl_line);
	if (!e->lines)
		return kd_error_new(KD_LIMIT, "the report is too long to be explained");
	e->nlines = e->r->nlines;
	for (size_t i = 0; i < e->nlines; i++) {
		e->lines[i].no = e->r->lines[i].no;
		e->lines[i].text = e->r->lines[i].text;
		e->lines[i].role = e->r->lines[i].role;
	}
	return NULL;
}

static struct kd_error *annotate(struct kd_explanation *e)
{
	struct kd_expl_build b = {.e = e, .r = e->r};
	struct kd_error *err = make_lines(e);
	struct kd_fault *fault;

	if (!err)
		err = kd_fault_read(e->r, &e->arena, &fault);
	if (err)
		return err;
	b.fault = fault;
	kd_expl_header(&b);
	kd_expl_machine(&b);
	kd_expl_regs(&b);
	kd_expl_stacks(&b);
	kd_expl_family(&b);
	kd_expl_rest(&b);
	if (e->r->kind)
		e->playbook = kd_playbook_for(e->r->kind->name, e->r->kind->family);
	kd_expl_general(&b);
	return NULL;
}

/* The first domino, as kd_investigate() chooses it. */
static struct kd_error *pick(struct kd_explanation *e, const struct kd_explain_request *req)
{
	const struct kd_reports *rs = e->reports;

	e->r = req->report ? NULL : kd_first_domino(rs, false);
	for (size_t i = 0; req->report && i < rs->n; i++)
		if (rs->v[i]->index + 1 == req->report)
			e->r = rs->v[i];
	if (req->report && !e->r)
		return kd_error_new(KD_NOTFOUND, "there is no report %u: the log holds %zu",
				    req->report, rs->n);
	e->total = rs->n ? rs->v[rs->n - 1]->index + 1 : 0; /* numbers count infrastructure too */
	e->number = e->r ? e->r->index + 1 : 0;
	return NULL;
}

struct kd_error *kd_explain(struct kd_ctx *ctx, struct kd_source *src,
			    const struct kd_explain_request *req, struct kd_explanation **ret)
{
	kd_auto(kd_explanation_freep) struct kd_explanation *e = kd_xcalloc(1, sizeof(*e));
	struct kd_scan_opts opts = {0};
	struct kd_error *err;

	e->arena = KD_ARENA_INIT(ctx->limits.result_memory);
	e->input = kd_arena_view(&e->arena, kd_input_basename(req->name));
	e->arg = kd_input_quoted(&e->arena, req->name);
	err = kd_scan_all(ctx, src, &opts, ctx->limits.log_reports, &e->reports);
	if (!err && kd_source_diag(src))
		e->damaged = kd_arena_view(&e->arena, kd_view_of(kd_source_diag(src)));
	if (!err)
		err = pick(e, req);
	if (!err && e->r)
		err = annotate(e);
	if (err)
		return err;
	*ret = kd_take(e);
	return NULL;
}
