// SPDX-License-Identifier: GPL-2.0-or-later
/* The event that stands for all: which, why, and what the text of it says. */
#include <stdio.h>

#include "base/alloc.h"
#include "case/intake.h"
#include "report/scan.h"
#include "verb/caseinv_internal.h"

enum { LOOKED_AT = 400, SIGS = 16, FACTS = 9 };
#define TEXT_MAX ((size_t)16 << 20)

struct best {
	struct kd_caseinv *ci;
	struct kd_event e;
	int score;
	unsigned facts;
	uint64_t looked;
};

/* Facts that the event states, of FACTS. */
static unsigned facts_of(const struct kd_event *e)
{
	return (unsigned)((e->access.n > 0) + (e->place.n > 0) + (e->hardware.n > 0) +
			  (e->comm.n > 0) + (e->release.n > 0) + e->has_cpu + e->has_taint +
			  e->has_mono + (e->key.at != 0));
}

/* What it follows from is the better one to look at; a debug build's text is of another kernel;
 * then the newest, which comes first. */
static int score(const struct kd_event *e)
{
	return (e->debug ? 0 : 200) + (e->has_cause ? 0 : 100) + (int)facts_of(e) * 5;
}

static struct kd_error *on_event(void *user, const struct kd_dbval *col, size_t n)
{
	struct best *b = user;
	struct kd_event e;
	int s;

	(void)n;
	kd_event_read(col, &e);
	b->looked++;
	s = score(&e);
	if (s <= b->score)
		return NULL;
	b->score = s;
	b->e = e;
	b->facts = facts_of(&e);
	return kd_event_keep(&b->e, b->ci->a)
		       ? NULL
		       : kd_error_new(KD_LIMIT, "the case needs too much memory");
}

static struct kd_error *pick(struct kd_caseinv *ci)
{
	struct best b = {.ci = ci, .score = -1};
	struct kd_error *err = NULL;

	for (size_t i = 0; i < ci->sig.n && i < SIGS && !err; i++) {
		struct kd_dbval args[] = {kd_dbint(ci->sig.v[i].sig), kd_dbint(LOOKED_AT)};

		err = kd_db_query(ci->db,
				  "SELECT " KD_EVENT_COLUMNS
				  " FROM event WHERE sig = ?1 AND block IS NOT NULL ORDER BY at "
				  "DESC, dig LIMIT ?2",
				  args, 2, on_event, &b);
	}
	if (err || b.score < 0)
		return err;
	ci->has_rep = true;
	ci->rep = b.e;
	ci->rep_why = kd_casepage_text(
		ci->page, "%s, %s, %u of %u facts stated; the newest of the best of %llu event%s",
		b.e.debug ? "a debug build (there is no event of another)" : "a production build",
		b.e.has_cause ? "its log ties it to an earlier event (all are so)"
			      : "its log ties it to nothing earlier",
		b.facts, FACTS, (unsigned long long)b.looked, kd_case_s(b.looked));
	return NULL;
}

/* ---- its text ---- */

struct find {
	int64_t sig;
	uint32_t hint, found; /* numbers from 1; 0: none */
};

static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	struct find *f = user;

	if (kd_sig_number(kd_view_of(r->sig[KD_SIG_STRICT].hex)) != f->sig)
		return NULL;
	if (!f->found || r->index + 1 == f->hint)
		f->found = r->index + 1;
	return NULL;
}

/* Which report of the text is it? Of a long log only the report and what is around it was kept: its
 * number there is another. */
static struct kd_error *number_of(struct kd_caseinv *ci, struct kd_view text,
				  const struct kd_event *e, uint32_t *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_opts o = {.want = KD_WANT_TABLE};
	struct find f = {e->sig, e->number, 0};
	struct kd_scan_log log;
	struct kd_error *err = kd_source_from_memory(text, "event", &src);

	if (!err)
		err = kd_scan(ci->ctx, src, &o, on_report, &f, &log);
	*ret = f.found;
	return err;
}

struct kd_error *kd_case_investigate(struct kd_caseinv *ci, const struct kd_event *e,
				     struct kd_investigation **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	char id[KD_EVENT_ID];
	struct kd_inv_request req = {.name = id,
				     .tree = ci->req->tree,
				     .history = ci->req->history,
				     .store = ci->req->store,
				     .debug = ci->req->debug,
				     .ndebug = ci->req->ndebug,
				     .infrastructure = true};
	struct kd_error *err = kd_event_text(ci->db, e, &text);

	*ret = NULL;
	if (kd_error_catch(&err, KD_NOTFOUND))
		return NULL;
	kd_event_id(e->key, id);
	if (!err)
		err = number_of(ci, kd_buf_view(&text), e, &req.report);
	if (!err && req.report)
		err = kd_source_from_memory(kd_buf_view(&text), id, &src);
	if (!err && req.report)
		err = kd_investigate(ci->ctx, src, &req, ret);
	return err;
}

struct kd_error *kd_case_represent(struct kd_caseinv *ci)
{
	struct kd_error *err = NULL;

	if (ci->has_event) {
		err = kd_event_get(ci->db, ci->event, ci->a, &ci->rep);
		ci->has_rep = !err;
		ci->rep_why = kd_view_eq(ci->asked_as, KD_V("incident"))
				      ? KD_V("the first domino of the incident")
				      : KD_V("the one that was asked for");
	} else {
		err = pick(ci);
	}
	if (!err && ci->has_rep)
		err = kd_case_investigate(ci, &ci->rep, &ci->inv);
	if (!err && ci->inv && ci->inv->nfindings)
		ci->f = &ci->inv->findings[0];
	return err;
}

/* ---- statements of it ---- */

static struct kd_view line_id(struct kd_caseinv *ci, const struct kd_inv_evidence *e)
{
	struct kd_casepage *p = ci->page;
	struct kd_caseline *l;

	for (size_t i = 0; i < p->line.n; i++)
		if (kd_view_eq(p->line.v[i].id, kd_view_of(e->e.id)))
			return p->line.v[i].id;
	l = kd_avec_push(&p->arena, &p->line, 400);
	if (!l) {
		p->full = true;
		return KD_VNULL;
	}
	*l = (struct kd_caseline){.id = kd_casepage_copy(p, kd_view_of(e->e.id)),
				  .locator = kd_casepage_copy(p, kd_view_of(e->e.locator)),
				  .quote = kd_casepage_copy(p, e->quote),
				  .line = e->line};
	return l->id;
}

static struct kd_view topic_of(struct kd_caseinv *ci, const char *topic)
{
	struct kd_view v = kd_casepage_text(ci->page, "%s", topic);

	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '_')
			((char *)(uintptr_t)v.p)[i] = ' ';
	return v;
}

void kd_case_take(struct kd_caseinv *ci, const struct kd_investigation *inv, enum kd_part part,
		  const char *topic, enum kd_case_status status, const char *event)
{
	const struct kd_finding *f = &inv->findings[0];

	for (size_t i = 0; i < f->nst; i++) {
		const struct kd_statement *x = &f->st[i];
		struct kd_casestmt *s;

		if (x->part != part || (topic && strcmp(x->topic, topic) != 0))
			continue;
		if (part == KD_PART_UNKNOWN && !strcmp(x->topic, "kernel") && ci->rep.release.n)
			continue; /* the event came with it */
		s = kd_casepage_put(ci->page, status, topic_of(ci, x->topic),
				    kd_casepage_copy(ci->page, x->text));
		s->refute = kd_casepage_copy(ci->page, x->refute);
		if (event)
			kd_casepage_ev(ci->page, s, kd_view_of(event));
		for (size_t k = 0; k < x->nev && !event; k++)
			kd_casepage_ev(ci->page, s, line_id(ci, &f->ev[x->ev[k]]));
	}
}
