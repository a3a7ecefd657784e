// SPDX-License-Identifier: GPL-2.0-or-later
/* What an id is of, and the parts in their order. */
#include "verb/caseinv.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "report/taint.h"
#include "verb/caseinv_internal.h"
#include "verb/incident.h"
#include "verb/memory.h"
#include "verb/priorart.h"

#define PAGE_MAX ((size_t)64 << 20)
enum { NAMED = 8, KEPT = 20000 };

bool kd_caseinv_is_id(struct kd_view v)
{
	return kd_view_starts(v, KD_V("g-")) || kd_view_starts(v, KD_V("ev-")) ||
	       kd_view_starts(v, KD_V("inc-"));
}

struct kd_view kd_case_ev(struct kd_caseinv *ci, struct kd_evkey k)
{
	char id[KD_EVENT_ID];

	kd_event_id(k, id);
	return kd_casepage_copy(ci->page, kd_view_of(id));
}

struct kd_view kd_case_day(struct kd_caseinv *ci, int64_t us)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	kd_case_time(&b, us);
	return kd_casepage_copy(ci->page, kd_buf_view(&b));
}

const char *kd_case_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- what the id is of ---- */

struct groups {
	struct kd_caseinv *ci;
	char best[KD_GROUP_ID];
	struct kd_buf also;
	unsigned n;
};

/* The first row counts: what follows from nothing else, then what has most events. The others are named. */
static struct kd_error *on_group(void *user, const struct kd_dbval *col, size_t n)
{
	struct groups *g = user;

	(void)n;
	if (col[0].type != KD_DBTEXT)
		return NULL;
	if (!g->n++)
		snprintf(g->best, sizeof(g->best), "%.*s", KD_VARG(col[0].v));
	else if (g->n <= NAMED + 1)
		kd_buf_printf(&g->also, "%s%.*s", g->also.n ? ", " : "", KD_VARG(col[0].v));
	return NULL;
}

static struct kd_error *found_groups(struct groups *g, const char *as)
{
	snprintf(g->ci->grp, sizeof(g->ci->grp), "%s", g->best);
	g->ci->asked_as = kd_view_of(as);
	if (g->also.n)
		g->ci->also = kd_casepage_copy(g->ci->page, kd_buf_view(&g->also));
	return NULL;
}

static struct kd_error *by_issue(struct kd_caseinv *ci, struct kd_view id, bool *ret)
{
	struct kd_dbval arg = kd_dbtext(id);
	struct groups g = {.ci = ci, .also = KD_BUF_INIT(1024)};
	struct kd_error *err = kd_db_query(ci->db,
					   "SELECT sig.grp, COUNT(*) FROM event JOIN sig ON "
					   "sig.sig = event.sig WHERE event.issue = ?1 "
					   "GROUP BY sig.grp ORDER BY MAX(CASE WHEN "
					   "event.cause_dig IS NULL THEN 1 ELSE 0 END) DESC, "
					   "COUNT(*) DESC, sig.grp",
					   &arg, 1, on_group, &g);

	*ret = !err && g.n;
	if (*ret) {
		err = found_groups(&g, "issue");
		ci->asked_issue = kd_casepage_copy(ci->page, id);
	}
	kd_buf_deinit(&g.also);
	return err;
}

static struct kd_error *resolve(struct kd_caseinv *ci, struct kd_view id);

struct subject {
	struct kd_caseinv *ci;
	char id[64];
	unsigned n;
};

static struct kd_error *on_subject(void *user, const struct kd_dbval *col, size_t n)
{
	struct subject *s = user;

	(void)n;
	if (!s->n++ && col[0].type == KD_DBTEXT && col[0].v.n < sizeof(s->id))
		snprintf(s->id, sizeof(s->id), "%.*s", KD_VARG(col[0].v));
	return NULL;
}

/* A ticket: what of ours it was linked to. */
static struct kd_error *by_link(struct kd_caseinv *ci, struct kd_view id)
{
	struct kd_dbval arg = kd_dbtext(id);
	struct subject s = {.ci = ci};
	struct kd_view subject;
	struct kd_error *err = kd_db_query(
		ci->db, "SELECT subject FROM link WHERE key = ?1 ORDER BY made, subject", &arg, 1,
		on_subject, &s);
	bool found = false;

	subject = kd_view_of(s.id);
	if (!err && kd_view_skip(&subject, KD_V("issue:")))
		err = by_issue(ci, subject, &found);
	else if (!err && kd_caseinv_is_id(subject))
		err = resolve(ci, kd_casepage_copy(ci->page, subject));
	else if (!err)
		err = kd_error_new(
			KD_NOTFOUND,
			"%.*s is no group, event, incident, issue or linked ticket of this memory",
			KD_VARG(id));
	if (!err)
		ci->asked_as = KD_V("ticket");
	return err;
}

static struct kd_error *group_of_sig(struct kd_caseinv *ci, int64_t sig)
{
	struct kd_siginfo s = {0};
	struct kd_error *err = kd_siginfo_get(ci->db, sig, ci->a, &s);

	if (!err)
		snprintf(ci->grp, sizeof(ci->grp), "%.*s", KD_VARG(s.grp));
	return err;
}

static struct kd_error *load_incident(struct kd_caseinv *ci, struct kd_view id)
{
	struct kd_error *err = kd_incident_named(ci->db, id, ci->a, &ci->incident);

	ci->has_incident = !err;
	return err;
}

static struct kd_error *resolve(struct kd_caseinv *ci, struct kd_view id)
{
	struct kd_error *err;
	struct kd_event e;
	bool found = false;

	if (kd_view_starts(id, KD_V("ev-"))) {
		ci->asked_as = KD_V("event");
		if (!kd_event_id_parse(id, &ci->event))
			return kd_error_new(KD_INVALID,
					    "%.*s is no id of an event: ev- and 29 hex digits",
					    KD_VARG(id));
		err = kd_event_get(ci->db, ci->event, ci->a, &e);
		ci->has_event = true;
		if (!err)
			err = group_of_sig(ci, e.sig);
		return err ? err : load_incident(ci, id);
	}
	if (kd_view_starts(id, KD_V("inc-"))) {
		ci->asked_as = KD_V("incident");
		err = load_incident(ci, id);
		if (err)
			return err;
		ci->event = ci->incident.v[ci->incident.first].e.key;
		ci->has_event = true;
		return group_of_sig(ci, ci->incident.v[ci->incident.first].e.sig);
	}
	if (kd_view_starts(id, KD_V("g-"))) {
		ci->asked_as = KD_V("group");
		return kd_groups_find(ci->db, id, ci->grp);
	}
	err = by_issue(ci, id, &found);
	return err || found ? err : by_link(ci, id);
}

static struct kd_error *on_sig(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_caseinv *ci = user;
	struct kd_siginfo *s = kd_avec_push(ci->a, &ci->sig, KD_CASE_SIGS);

	(void)n;
	if (!s)
		return NULL;
	*s = (struct kd_siginfo){0};
	kd_siginfo_read(col, s);
	if (!kd_siginfo_keep(s, ci->a))
		ci->page->full = true;
	return NULL;
}

static struct kd_error *signatures(struct kd_caseinv *ci)
{
	struct kd_dbval arg = kd_dbtext(kd_view_of(ci->grp));
	struct kd_error *err = kd_db_query(
		ci->db, "SELECT " KD_SIGINFO_COLUMNS " FROM sig WHERE grp = ?1 ORDER BY made, sig",
		&arg, 1, on_sig, ci);

	if (!err && !ci->sig.n)
		err = kd_error_new(KD_NOTFOUND, "group %s has no events", ci->grp);
	return err;
}

/* ---- parts that are short ---- */

static void proven(struct kd_caseinv *ci)
{
	kd_casepage_part(ci->page, "proven", "PROVEN");
	if (ci->f)
		kd_case_take(ci, ci->inv, KD_PART_PROVEN, NULL, KD_CASE_PROVEN, NULL);
	else
		kd_casepage_say(ci->page, KD_CASE_UNKNOWN, "text",
				"no text of any event was kept: what it says is not here");
}

/* Where it came in the boot of the event that was asked for. */
static void chain(struct kd_caseinv *ci)
{
	const struct kd_incident *inc = &ci->incident;
	struct kd_casestmt *s;

	if (!ci->has_incident)
		return;
	kd_casepage_part(ci->page, "incident", "INCIDENT");
	for (size_t i = 0; i < inc->n; i++) {
		const struct kd_incident_event *x = &inc->v[i];
		kd_auto(kd_buf_deinit) struct kd_buf open = KD_BUF_INIT(4096),
						     t = KD_BUF_INIT(4096);

		if (x->repeat_of >= 0)
			continue;
		kd_buf_printf(&t, "#%zu %.*s", i + 1, KD_VARG(x->sig->title));
		if (x->repeats)
			kd_buf_printf(&t, ", %u messages", x->repeats + 1);
		if (x->cause >= 0)
			kd_buf_printf(&t, " ← #%td: %.*s", x->cause + 1, KD_VARG(x->why));
		kd_incident_say_open(inc, i, &open);
		if (open.n)
			kd_buf_printf(&t, "; %.*s", KD_VARG(kd_buf_view(&open)));
		if (x->e.fatal.n)
			kd_buf_printf(&t, "; the machine ended later with \"%.*s\"",
				      KD_VARG(kd_view_head(x->e.fatal, 300)));
		s = kd_casepage_say(ci->page,
				    x->tie == KD_INCIDENT_MAYBE ? KD_CASE_HYPOTHESIS : KD_CASE_SAID,
				    i == inc->first && !inc->first_open ? "first" : "then", "%.*s",
				    KD_VARG(kd_buf_view(&t)));
		kd_casepage_ev(ci->page, s, kd_case_ev(ci, x->e.key));
	}
}

static void not_known(struct kd_caseinv *ci)
{
	kd_casepage_part(ci->page, "not_known", "NOT KNOWN");
	if (ci->f)
		kd_case_take(ci, ci->inv, KD_PART_UNKNOWN, NULL, KD_CASE_UNKNOWN, NULL);
	if (ci->no_host)
		kd_casepage_say(ci->page, KD_CASE_UNKNOWN, "hosts",
				"%llu of %llu events do not name their host",
				(unsigned long long)ci->no_host, (unsigned long long)ci->events);
	if (ci->no_boot)
		kd_casepage_say(ci->page, KD_CASE_UNKNOWN, "boots",
				"%llu of %llu events come without a boot id: counted as one boot "
				"each, or one where less than 15 minutes lie between",
				(unsigned long long)ci->no_boot, (unsigned long long)ci->events);
	if (ci->no_time)
		kd_casepage_say(ci->page, KD_CASE_UNKNOWN, "times",
				"%llu of %llu events state no time",
				(unsigned long long)ci->no_time, (unsigned long long)ci->events);
}

static void fixes(struct kd_caseinv *ci)
{
	kd_casepage_part(ci->page, "fix", "FIX");
	if (ci->f)
		kd_case_take(ci, ci->inv, KD_PART_FIX, NULL, KD_CASE_SAID, NULL);
}

static void verdict(struct kd_caseinv *ci)
{
	const struct kd_siginfo *s = &ci->sig.v[0];
	uint64_t hosts = 0;

	for (size_t i = 0; i < ci->dim[KD_DIM_HOST].v.n; i++)
		hosts += ci->dim[KD_DIM_HOST].v.v[i].bug > 0;
	ci->page->tier = ci->f ? ci->f->r->tier : s->tier;
	ci->page->verdict = kd_casepage_text(
		ci->page, "%.*s: %llu event%s, %llu boot%s, %llu host%s, since %.*s  (%s)",
		KD_VARG(s->title), (unsigned long long)ci->events, kd_case_s(ci->events),
		(unsigned long long)ci->boots, kd_case_s(ci->boots), (unsigned long long)hosts,
		kd_case_s(hosts), KD_VARG(kd_case_day(ci, ci->first)), ci->grp);
}

static void next(struct kd_caseinv *ci)
{
	struct kd_casepage *p = ci->page;

	if (ci->has_incident)
		kd_casepage_next(p, "kdoc timeline %s", ci->incident.sum.id);
	kd_casepage_next(p, "kdoc timeline %s", ci->grp);
	if (ci->has_rep)
		kd_casepage_next(p, "kdoc route %.*s", KD_VARG(p->event));
	kd_casepage_next(p, "kdoc investigate --save %.*s", KD_VARG(p->id));
}

static void all_values(struct kd_caseinv *ci, enum kd_case_dim d, struct kd_views *ret)
{
	for (size_t i = 0; i < ci->dim[d].v.n; i++) {
		struct kd_view *v = ci->dim[d].v.v[i].bug ? kd_avec_push(ci->a, ret, KEPT) : NULL;

		if (v)
			*v = ci->dim[d].v.v[i].name;
	}
}

/* For the case's folder. */
static void seen(struct kd_caseinv *ci)
{
	struct kd_casepage *p = ci->page;
	const struct kd_prior *prior = ci->f ? ci->f->prior : NULL;
	struct kd_view *v;

	all_values(ci, KD_DIM_HOST, &p->seen.hosts);
	all_values(ci, KD_DIM_RELEASE, &p->seen.releases);
	all_values(ci, KD_DIM_ARCH, &p->seen.arches);
	for (size_t i = 0; i < ci->issue.n; i++) {
		v = kd_avec_push(ci->a, &p->seen.issues, KEPT);
		if (v)
			*v = ci->issue.v[i];
	}
	for (size_t i = 0; prior && i < prior->n; i++) {
		v = kd_avec_push(ci->a, &p->seen.commits, KEPT);
		if (v)
			*v = kd_casepage_copy(p, kd_view_of(prior->v[i].id));
	}
	p->seen.events = ci->events;
	p->seen.boots = ci->boots;
	p->seen.last = ci->last;
	p->seen.looked = ci->now;
	if (ci->req->keep_log && ci->inv)
		p->log = kd_casepage_copy(p, kd_buf_view(&ci->inv->raw));
}

/* The id in full: what a beginning of it stands for. */
static struct kd_view full_id(struct kd_caseinv *ci)
{
	struct kd_view id = kd_view_of(ci->req->id);

	if (kd_view_eq(ci->asked_as, KD_V("group")))
		id = kd_view_of(ci->grp);
	else if (kd_view_eq(ci->asked_as, KD_V("incident")))
		id = kd_view_of(ci->incident.sum.id);
	return kd_casepage_copy(ci->page, id);
}

static struct kd_error *parts(struct kd_caseinv *ci)
{
	struct kd_error *err = kd_case_classification(ci);

	proven(ci);
	chain(ci);
	if (!err)
		err = kd_case_status(ci);
	if (!err)
		err = kd_case_exposure(ci);
	if (!err)
		err = kd_case_change(ci);
	if (!err)
		err = kd_case_explain(ci);
	if (!err)
		err = kd_case_claims(ci);
	fixes(ci);
	if (!err)
		err = kd_case_stacks(ci);
	if (!err)
		err = kd_case_near(ci);
	not_known(ci);
	if (!err)
		err = kd_case_actions(ci);
	kd_case_excluded(ci);
	if (!err)
		err = kd_case_sources(ci);
	return err;
}

static struct kd_error *answer(struct kd_caseinv *ci)
{
	struct kd_view id = kd_view_of(ci->req->id);
	struct kd_error *err = resolve(ci, id);

	if (!err)
		err = signatures(ci);
	if (!err)
		err = kd_case_count(ci);
	if (!err)
		err = kd_case_represent(ci);
	if (err)
		return err;
	ci->page->schema = "kdoc.case-investigation/1";
	ci->page->id = full_id(ci);
	ci->page->what = ci->asked_as;
	if (ci->has_rep)
		ci->page->event = kd_case_ev(ci, ci->rep.key);
	verdict(ci);
	err = parts(ci);
	next(ci);
	seen(ci);
	return err;
}

static void release(struct kd_caseinv *ci)
{
	for (unsigned d = 0; d < KD_DIMS; d++) {
		kd_hashmap_deinit(&ci->dim[d].map);
		kd_vec_free(&ci->dim[d].v);
	}
	kd_vec_free(&ci->boot);
	kd_investigation_free(ci->inv);
}

struct kd_error *kd_caseinv(struct kd_ctx *ctx, const struct kd_caseinv_request *req,
			    struct kd_casepage **ret)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_config_freep) struct kd_config *config = kd_config_new();
	kd_auto(kd_casepage_freep) struct kd_casepage *page = kd_casepage_new(PAGE_MAX);
	struct kd_caseinv *ci = kd_xcalloc(1, sizeof(*ci));
	struct kd_error *err = kd_config_load(config, ".");

	*ci = (struct kd_caseinv){
		.ctx = ctx, .req = req, .config = config, .page = page, .a = &page->arena};
	if (!err)
		err = kd_memory_now(config, &ci->now);
	if (!err)
		err = kd_memory_open(ctx, req->memory, KD_DB_READ, &db);
	ci->db = db;
	if (!err)
		err = answer(ci);
	release(ci);
	kd_free(ci);
	if (!err)
		*ret = kd_take(page);
	return err;
}
