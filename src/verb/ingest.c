// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/ingest_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "case/resign.h"
#include "case/tracker.h"
#include "verb/memory.h"

enum { NOTES_MAX = 100 };

void kd_ingest_note(struct kd_ingest_job *j, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (j->notes++ >= NOTES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kd_sheet_note(j->s, "%s", text);
}

void kd_ingest_tick(void *user)
{
	const struct kd_ingest_job *j = user;

	if (j->req->progress && j->in)
		j->req->progress(j->req->user, j->in);
}

void kd_ingest_given(struct kd_ingest_job *j, struct kd_event_from *f)
{
	const struct kd_event_from *g = &j->given;

	if (g->host.n)
		f->host = g->host;
	if (g->boot.n)
		f->boot = g->boot;
	if (!f->release.n)
		f->release = g->release;
	if (!f->at)
		f->at = g->at;
	if (j->issue && !f->issue.n)
		f->issue = j->issue->key;
	if (j->issue && !f->issue_title.n)
		f->issue_title = j->issue->title;
	if (j->issue && !f->issue_url.n)
		f->issue_url = j->issue->url;
	if (j->issue && !f->ticket.n)
		f->ticket = j->issue->ticket;
	f->seen = j->now;
	f->input = kd_view_of(j->in ? j->in->name : j->req->tracker);
	if (kd_view_rchr(f->input, '/') != KD_NPOS)
		f->input = kd_view_from(f->input, kd_view_rchr(f->input, '/') + 1);
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	struct kd_ingest_job *j = user;

	j->problems++;
	kd_ingest_note(j, "%s: %s%s%s", p->name, p->message, *p->remedy ? "; " : "", p->remedy);
	return NULL;
}

static struct kd_error *on_skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	char text[256];

	kd_input_skipped_words(s, text, sizeof(text));
	kd_ingest_note(user, "%s: %s", dir, text);
	return NULL;
}

static void on_ack(void *user, const struct kd_intake_counts *c)
{
	const struct kd_ingest_job *j = user;

	if (j->req->ack)
		j->req->ack(j->req->user, c->events);
}

static struct kd_error *given(struct kd_ingest_job *j)
{
	const struct kd_ingest_request *q = j->req;
	struct kd_event_from *f = &j->given;
	struct kd_error *err;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	j->now = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	f->host = kd_view_of(q->host);
	f->boot = kd_view_of(q->boot);
	f->release = kd_view_of(q->release);
	err = q->time ? kd_moment_of(q->time, &f->at) : NULL;
	if (!err && f->at >= KD_EVENT_AT_END)
		err = kd_error_new(KD_INVALID, "'%s' is too late for the id of an event: it can state times until September 2112", q->time);
	return err;
}

static void tell(struct kd_ingest_job *j)
{
	const struct kd_intake_counts *c = kd_intake_counts(j->intake);
	struct kd_sheet *s = j->s;

	kd_sheet_say(s, "%llu event%s from %llu input%s: %llu new, %llu known already; %llu new signature%s",
		     (unsigned long long)c->events, c->events == 1 ? "" : "s", (unsigned long long)j->inputs,
		     j->inputs == 1 ? "" : "s", (unsigned long long)c->added, (unsigned long long)(c->events - c->added),
		     (unsigned long long)c->signatures, c->signatures == 1 ? "" : "s");
	kd_sheet_field(s, "inputs", NULL, kd_cell_uint(j->inputs));
	kd_sheet_field(s, "events", NULL, kd_cell_uint(c->events));
	kd_sheet_field(s, "added", NULL, kd_cell_uint(c->added));
	kd_sheet_field(s, "signatures", NULL, kd_cell_uint(c->signatures));
	kd_sheet_field(s, "objects", NULL, kd_cell_uint(j->items));
	kd_sheet_field(s, "objects_without_report", NULL, kd_cell_uint(j->empty));
	kd_sheet_field(s, "infrastructure", NULL, kd_cell_uint(j->infrastructure));
	kd_sheet_field(s, "raw_bytes", NULL, kd_cell_uint(c->raw_bytes));
	kd_sheet_field(s, "packed_bytes", NULL, kd_cell_uint(c->packed_bytes));
	kd_sheet_field(s, "messages", NULL, kd_cell_uint(j->messages));
	if (j->empty)
		kd_sheet_note(s, "%llu of %llu objects have no kernel report in their texts; %llu of them are issues of a tracker and kept as "
				 "messages",
			      (unsigned long long)j->empty, (unsigned long long)j->items, (unsigned long long)j->messages);
	if (j->infrastructure)
		kd_sheet_note(s, "%llu infrastructure reports left out (--all takes them)", (unsigned long long)j->infrastructure);
	if (j->notes > NOTES_MAX)
		kd_sheet_note(s, "%llu more notes were left out", (unsigned long long)(j->notes - NOTES_MAX));
	s->none = !c->events;
	if (c->events)
		kd_sheet_next(s, "kdoc triage");
	else if (j->inputs && !j->items)
		kd_sheet_note(s, "no kernel report was found in %s; 'kdoc scan --all FILE' shows what a log holds",
			      j->inputs == 1 ? "it" : "any of them");
}

struct kd_error *kd_ingest(struct kd_ctx *ctx, const struct kd_ingest_request *req, struct kd_sheet *s, uint64_t *ret_problems)
{
	static const struct kd_input_ops ops = {.log = kd_ingest_input, .problem = on_problem, .skipped = on_skipped};
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_intake_freep) struct kd_intake *intake = NULL;
	struct kd_ingest_job j = {.ctx = ctx, .req = req, .s = s, .room = KD_BUF_INIT((size_t)KD_INGEST_LINE_MAX + 1)};
	struct kd_intake_opts o = {.ack = on_ack, .user = &j};
	struct kd_error *err = given(&j);

	if (!err)
		err = kd_memory_open(ctx, req->store, KD_DB_WRITE | (req->durable ? KD_DB_DURABLE : 0), &db);
	if (!err)
		err = kd_signatures_check(db, true);
	if (err)
		return err;
	j.intake = intake = kd_intake_new(db, &o);
	err = kd_input_each(ctx, req->inputs, req->ninputs, &ops, &j);
	if (!err && req->tracker)
		err = kd_ingest_tracker(&j);
	if (!err || err->cls == KD_CANCELLED) { /* what was read is kept */
		struct kd_error *last = kd_intake_finish(intake);

		if (err)
			kd_error_free(last);
		else
			err = last;
	}
	kd_vec_free(&j.seen);
	kd_buf_deinit(&j.room);
	if (err)
		return err;
	tell(&j);
	*ret_problems = j.problems;
	return NULL;
}
