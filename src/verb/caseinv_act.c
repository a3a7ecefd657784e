// SPDX-License-Identifier: GPL-2.0-or-later
/* What to do, what was left out on purpose, and what was asked. */
#include <stdio.h>

#include "base/alloc.h"
#include "verb/caseinv_internal.h"
#include "verb/incident.h"
#include "verb/priorart.h"
#include "verb/route.h"
#include "verb/trackurl.h"

typedef unsigned long long ull;
enum { URL = 8192, TITLE_WORDS = 80 };

/* ---- actions ---- */

static struct kd_casestmt *action(struct kd_caseinv *ci, const char *topic, struct kd_view text)
{
	return kd_casepage_put(ci->page, KD_CASE_ACTION, kd_view_of(topic), text);
}

/* The word to look for in a tracker: what follows the last "lavd_cgroup_init: -12"-like name, else
 * the function. */
static struct kd_view search_word(const struct kd_caseinv *ci)
{
	return ci->sig.v[0].func.n ? ci->sig.v[0].func : ci->sig.v[0].title;
}

static struct kd_error *tracker(struct kd_caseinv *ci)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(URL);
	struct kd_view url;
	struct kd_casestmt *s;
	struct kd_error *err = NULL;
	bool has = kd_config_get(ci->config, "tracker.url", &url) && url.n;

	if (ci->issue.n > 1) {
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(2048);

		for (size_t i = 0; i < ci->issue.n; i++)
			kd_buf_printf(&t, "%s%.*s", i ? ", " : "", KD_VARG(ci->issue.v[i]));
		s = action(ci, "merge",
			   kd_casepage_text(ci->page,
					    "merge %.*s in the tracker: their events are one group",
					    KD_VARG(kd_buf_view(&t))));
		if (has)
			err = kd_track_issues(url, ci->issue.v, ci->issue.n, &b);
		if (!err && has && !b.overflow)
			s->url = kd_casepage_copy(ci->page, kd_buf_view(&b));
	}
	if (err || !has)
		return err;
	kd_buf_clear(&b);
	err = kd_track_message(url, search_word(ci), &b);
	if (err || b.overflow)
		return err;
	s = action(
		ci, "search",
		kd_casepage_text(ci->page,
				 "look for \"%.*s\" in the tracker: events that were not ingested",
				 KD_VARG(kd_view_head(search_word(ci), TITLE_WORDS))));
	s->url = kd_casepage_copy(ci->page, kd_buf_view(&b));
	return NULL;
}

/* Tickets of groups that are near, and who has them. */
static struct kd_error *on_related(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_buf *b = user;

	(void)n;
	if (col[0].type == KD_DBTEXT)
		kd_buf_printf(b, "%s%.*s", b->n ? ", " : "", KD_VARG(col[0].v));
	return NULL;
}

static struct kd_error *ticket(struct kd_caseinv *ci)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024);
	struct kd_dbval arg = kd_dbtext(kd_view_of(ci->grp));
	struct kd_error *err;

	if (ci->tickets) {
		action(ci, "ticket",
		       KD_V("add this occurrence to the linked ticket: what is new stands under "
			    "EXPOSURE"));
		return NULL;
	}
	err = kd_db_query(ci->db,
			  "SELECT DISTINCT key FROM link WHERE kind = 'ticket' AND subject IN "
			  "(SELECT grp FROM possible WHERE sig IN (SELECT sig FROM sig "
			  "WHERE grp = ?1) UNION SELECT grp FROM sig WHERE loose IN (SELECT loose "
			  "FROM sig WHERE grp = ?1)) ORDER BY key LIMIT 8",
			  &arg, 1, on_related, &b);
	if (!err)
		action(ci, "ticket",
		       kd_casepage_text(
			       ci->page,
			       "create a ticket for %s%s%.*s, and link it: kdoc link %s SYSTEM:KEY",
			       ci->grp, b.n ? ", related and not the same: " : "",
			       KD_VARG(kd_buf_view(&b)), ci->grp));
	return err;
}

static void owner(struct kd_caseinv *ci)
{
	struct kd_route r;

	if (!ci->f)
		return;
	kd_route_of(ci->f->r, ci->a, &r);
	kd_route_people(ci->ctx, ci->f->r, ci->req->tree, ci->a, &r);
	if (r.owner == KD_OWNER_UNKNOWN)
		action(ci, "owner",
		       kd_casepage_text(ci->page, "find out whose it is: %.*s", KD_VARG(r.why)));
	else if (r.people.n)
		action(ci, "owner",
		       kd_casepage_text(ci->page, "to %.*s%s%.*s (%.*s, by MAINTAINERS for %.*s)",
					KD_VARG(r.people), r.lists.n ? "; lists " : "",
					KD_VARG(r.lists), KD_VARG(r.section), KD_VARG(r.file)));
	else
		action(ci, "owner",
		       kd_casepage_text(ci->page, "to %s%s%.*s%s%.*s; no name: %.*s", r.to,
					r.project.n ? " " : "",
					KD_VARG(kd_view_head(r.project, 100)),
					r.kernel_fault && r.subsystem.n ? ", subsystem " : "",
					KD_VARG(r.kernel_fault ? r.subsystem : KD_VNULL),
					KD_VARG(r.people_why_not)));
}

/* A sanitizer that ran would have told of memory misuse before it. */
static void debug_builds(struct kd_caseinv *ci)
{
	const struct kd_casedim *d = &ci->dim[KD_DIM_PRIOR];
	struct kd_casestmt *s = NULL;

	if (!ci->debug_boots || ci->debug_boots == ci->boots)
		return;
	for (size_t i = 0; i < d->v.n; i++)
		if (d->v.v[i].bug)
			return; /* EXPLANATIONS has it */
	s = action(ci, "debug",
		   kd_casepage_text(
			   ci->page,
			   "read the whole log of a debug build's boot: no report came before it "
			   "in the %llu of them in this memory, and a "
			   "sanitizer would have told of misused memory, if its log is complete",
			   (ull)ci->debug_boots));
	for (size_t i = 0; i < ci->boot.n; i++)
		if (ci->boot.v[i].debug)
			kd_casepage_ev(ci->page, s, kd_case_ev(ci, ci->boot.v[i].ev));
}

/* A candidate for the fix that an index of git knows. */
static void commits(struct kd_caseinv *ci)
{
	const struct kd_prior *p = ci->f ? ci->f->prior : NULL;

	for (size_t i = 0; p && i < p->n && i < KD_PRIOR_CANDIDATES; i++) {
		const struct kd_prior_candidate *c = &p->v[i];
		struct kd_casestmt *s =
			action(ci, "commit",
			       kd_casepage_text(ci->page, "read %s (\"%.*s\"), first in %s: %.*s",
						c->id, KD_VARG(kd_view_head(c->subject, 200)),
						c->first ? c->first : "no release",
						KD_VARG(kd_view_head(c->why, 200))));

		kd_casepage_ev(ci->page, s, kd_view_of(c->id));
	}
}

struct kd_error *kd_case_actions(struct kd_caseinv *ci)
{
	struct kd_error *err;

	kd_casepage_part(ci->page, "actions", "RECOMMENDED");
	err = ticket(ci);
	if (!err)
		err = tracker(ci);
	owner(ci);
	commits(ci);
	if (ci->f) {
		kd_case_take(ci, ci->inv, KD_PART_SETTLE, NULL, KD_CASE_ACTION, NULL);
		kd_case_take(ci, ci->inv, KD_PART_DO, NULL, KD_CASE_ACTION, NULL);
	}
	debug_builds(ci);
	return err;
}

/* ---- what was left out ---- */

void kd_case_excluded(struct kd_caseinv *ci)
{
	struct kd_casepage *p = ci->page;

	kd_casepage_part(p, "excluded", "EXCLUDED");
	kd_casepage_say(p, KD_CASE_SAID, "messages",
			"%llu messages of %llu boots: repeats in one boot count as one",
			(ull)ci->events, (ull)ci->boots);
	if (ci->debug_boots)
		kd_casepage_say(
			p, KD_CASE_SAID, "debug",
			"%llu boot%s of debug builds: counted apart, no measure of production",
			(ull)ci->debug_boots, kd_case_s(ci->debug_boots));
	if (ci->f && ci->f->r->owner != KD_OWNER_KERNEL && ci->f->r->owner != KD_OWNER_UNKNOWN)
		kd_casepage_say(p, KD_CASE_SAID, "kernel",
				"a fix in the kernel: the report points elsewhere (CLASSIFICATION "
				"says why)");
	if (ci->f && ci->f->r->owner != KD_OWNER_HARDWARE)
		kd_casepage_say(p, KD_CASE_SAID, "hardware",
				"not excluded: nothing in the report points at it, and a log alone "
				"cannot rule it out");
	if (ci->boot.n == KD_CASE_BOOTS)
		kd_casepage_say(p, KD_CASE_SAID, "limit",
				"uptimes and CPUs of boots beyond the first %d", KD_CASE_BOOTS);
}

/* ---- sources ---- */

static struct kd_error *stamp(struct kd_caseinv *ci)
{
	int64_t newest = 0;
	struct kd_error *err =
		kd_db_number(ci->db, "SELECT MAX(seen) FROM event", NULL, 0, &newest);

	if (!err)
		kd_casepage_say(ci->page, KD_CASE_SAID, "memory",
				"%llu events; the last came in %.1f hours before now",
				(ull)ci->store_events,
				(double)(ci->now - newest) / 3600e6 > 0
					? (double)(ci->now - newest) / 3600e6
					: 0.0);
	return err;
}

static struct kd_error *exposure(struct kd_caseinv *ci)
{
	int64_t n = 0, rollouts = 0;
	struct kd_error *err = kd_db_number(ci->db, "SELECT COUNT(*) FROM exposure", NULL, 0, &n);

	if (!err)
		err = kd_db_number(ci->db, "SELECT COUNT(*) FROM rollout", NULL, 0, &rollouts);
	if (err)
		return err;
	if (n)
		kd_casepage_say(ci->page, KD_CASE_SAID, "exposure",
				"%lld rows of which host ran what when", (long long)n);
	else
		kd_casepage_say(
			ci->page, KD_CASE_UNKNOWN, "exposure",
			"not used: nobody told which host ran what when, so there are no rates");
	kd_casepage_say(ci->page, KD_CASE_SAID, "rollouts",
			rollouts ? "as table rollout has them"
				 : "derived: a release's first event of any kind");
	return NULL;
}

static void history(struct kd_caseinv *ci)
{
	const struct kd_prior *p = ci->f ? ci->f->prior : NULL;

	if (!p) {
		kd_casepage_say(
			ci->page, KD_CASE_UNKNOWN, "history", "not used: %s",
			!ci->req->history ? "--no-history"
			: !ci->f          ? "there is no text to search with"
				 : "no tree is indexed (kdoc index git), or it cannot be read");
		return;
	}
	for (size_t i = 0; i < p->nsources; i++) {
		const struct kd_prior_source *x = &p->sources[i];
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

		kd_prior_day(&b, x->newest);
		kd_casepage_say(ci->page, KD_CASE_SAID, x->mail ? "mail" : "git",
				"%.*s: %llu %s up to %.*s%s", KD_VARG(x->name), (ull)x->number,
				x->mail ? "mails" : "commits", KD_VARG(kd_buf_view(&b)),
				x->complete ? "" : ", not complete");
	}
}

struct kd_error *kd_case_sources(struct kd_caseinv *ci)
{
	struct kd_casepage *p = ci->page;
	struct kd_casestmt *s;
	struct kd_error *err;

	kd_casepage_part(p, "sources", "SOURCES");
	if (ci->f) {
		s = kd_casepage_say(
			p, KD_CASE_SAID, "report", "the text of one event, %.*s%.*s",
			KD_VARG(ci->rep.source.n ? ci->rep.source : KD_V("log")),
			KD_VARG(ci->rep.input.n
					? kd_casepage_text(p, ", %.*s", KD_VARG(ci->rep.input))
					: KD_VNULL));
		kd_casepage_ev(p, s, p->event);
	} else {
		kd_casepage_say(p, KD_CASE_UNKNOWN, "report",
				"not used: no text of an event was kept");
	}
	err = stamp(ci);
	if (!err)
		err = exposure(ci);
	history(ci);
	kd_casepage_say(
		p, KD_CASE_UNKNOWN, "dump",
		"not used: a dump is asked with kdoc investigate FILE or kdoc analyze-dump");
	kd_casepage_say(p, KD_CASE_UNKNOWN, "metrics",
			"not used: kdoc has no source of server metrics");
	return err;
}
