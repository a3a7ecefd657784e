// SPDX-License-Identifier: GPL-2.0-or-later
/* What it is, how it stands, who is exposed, and the other stacks of its incident. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "case/links.h"
#include "verb/caseinv_internal.h"
#include "verb/incident.h"
#include "verb/inv.h"
#include "verb/known.h"
#include "verb/route.h"

typedef unsigned long long ull;
enum { ROWS = 40, STACKS = 5, CLAIMS = 3 };

/* ---- classification ---- */

static struct kd_view whats_type(struct kd_caseinv *ci)
{
	const struct kd_siginfo *s = &ci->sig.v[0];

	if (ci->f)
		return kd_casepage_text(ci->page, "%.*s%s%.*s", KD_VARG(ci->f->kind),
					ci->f->place.n ? " at " : "", KD_VARG(ci->f->place));
	return kd_casepage_text(ci->page, "%.*s", KD_VARG(s->title));
}

static void severity(struct kd_caseinv *ci)
{
	if (!ci->f)
		return;
	kd_case_take(ci, ci->inv, KD_PART_CONTEXT, "severity", KD_CASE_SAID, NULL);
	kd_case_take(ci, ci->inv, KD_PART_CONTEXT, "impact", KD_CASE_SAID, NULL);
	kd_case_take(ci, ci->inv, KD_PART_CONTEXT, "priority", KD_CASE_SAID, NULL);
}

/* A sanitizer's title may hide the crash that ended the machine. */
struct ends {
	struct kd_caseinv *ci;
	struct kd_view last;
};

static struct kd_error *on_fatal(void *user, const struct kd_dbval *col, size_t n)
{
	struct ends *x = user;
	struct kd_caseinv *ci = x->ci;
	struct kd_casestmt *s;

	(void)n;
	if (col[0].type != KD_DBTEXT || !col[0].v.n || col[1].type != KD_DBINT || col[2].type != KD_DBINT ||
	    kd_view_eq(col[0].v, x->last))
		return NULL;
	x->last = kd_casepage_copy(ci->page, col[0].v);
	s = kd_casepage_say(ci->page, KD_CASE_SAID, "fatal",
			    "the machine ended later with \"%.*s\" (%llu event%s): the title does not say so",
			    KD_VARG(kd_view_head(col[0].v, 300)), (ull)kd_dbint_of(&col[3], 0),
			    kd_case_s((uint64_t)kd_dbint_of(&col[3], 0)));
	kd_casepage_ev(ci->page, s, kd_case_ev(ci, (struct kd_evkey){col[1].i, col[2].i}));
	return NULL;
}

static struct kd_error *on_end(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_caseinv *ci = user;
	struct kd_view end = kd_dbtext_of(&col[3]);
	struct kd_casestmt *s;

	(void)n;
	if (col[0].type != KD_DBTEXT || col[1].type != KD_DBINT || col[2].type != KD_DBINT)
		return NULL;
	s = kd_casepage_say(ci->page, KD_CASE_SAID, "fatal",
			    "\"%.*s\" followed from it in the log of %.*s, and was the machine's end%s%.*s%s: the title does not say so",
			    KD_VARG(kd_view_head(col[0].v, 300)), KD_VARG(ci->page->event), end.n ? " (" : "", KD_VARG(kd_view_head(end, 300)),
			    end.n ? ")" : "");
	kd_casepage_ev(ci->page, s, kd_case_ev(ci, (struct kd_evkey){col[1].i, col[2].i}));
	return NULL;
}

/* Other reports of its log that the log ties to it: of the event that stands for all, because there is no index of causes. */
static struct kd_error *followed_by_the_end(struct kd_caseinv *ci)
{
	const int64_t hour = (int64_t)3600 * 1000000;
	const struct kd_dbval args[] = {kd_dbint(ci->rep.key.at), kd_dbint(ci->rep.key.at + hour), kd_dbint(ci->rep.key.dig),
					kd_dbint(KD_OUT_FATAL)};

	if (!ci->has_rep || !ci->rep.key.at)
		return NULL;
	return kd_db_query(ci->db,
			   "SELECT s.title, e.at, e.dig, e.fatal FROM event e JOIN sig s ON s.sig = e.sig WHERE e.at >= ?1 AND e.at < ?2 AND "
			   "e.cause_at = ?1 AND e.cause_dig = ?3 AND e.outcome = ?4 ORDER BY e.at, e.dig LIMIT 3",
			   args, 4, on_end, ci);
}

#define HIDDEN "FROM event WHERE fatal IS NOT NULL AND outcome <> ?2 AND sig IN (SELECT sig FROM sig WHERE grp = ?1)"

/* Each end once, with the first event; a report that is the end itself says so. */
static struct kd_error *fatal_lines(struct kd_caseinv *ci)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(ci->grp)), kd_dbint(KD_OUT_FATAL)};
	struct ends x = {.ci = ci};
	struct kd_error *err = followed_by_the_end(ci);

	if (err)
		return err;
	return kd_db_query(ci->db,
			   "SELECT e.fatal, e.at, e.dig, x.n FROM (SELECT fatal, COUNT(*) AS n, MIN(at) AS first " HIDDEN " GROUP BY fatal) x "
			   "JOIN (SELECT fatal, at, dig " HIDDEN ") e ON e.fatal = x.fatal AND e.at = x.first ORDER BY x.n DESC, e.fatal, e.dig "
			   "LIMIT 3",
			   args, 2, on_fatal, &x);
}

/* Bad memory makes these, and so does software. */
static struct kd_view hardware(const struct kd_caseinv *ci, uint8_t owner)
{
	static const char *const either[] = {"bad_page_state",  "bad_page_map", "slab",
					     "list_corruption", "mce",          "hardware"};

	if (owner == KD_OWNER_HARDWARE)
		return KD_V("yes: the report is the hardware's own, or points at it");
	for (size_t i = 0; ci->f && i < KD_ARRAY_LEN(either); i++)
		if (kd_inv_is(ci->f->r, either[i]))
			return KD_VNULL;
	return owner == KD_OWNER_UNKNOWN ? KD_VNULL
					 : KD_V("no: nothing in the report points at it");
}

struct kd_error *kd_case_classification(struct kd_caseinv *ci)
{
	struct kd_casepage *p = ci->page;
	const struct kd_siginfo *s = &ci->sig.v[0];
	uint8_t owner = ci->f ? ci->f->r->owner : s->owner;
	struct kd_casestmt *st;
	bool unplaced = false;
	struct kd_error *err;
	struct kd_route r;

	kd_casepage_part(p, "classification", "CLASSIFICATION");
	kd_casepage_fact(p, "type", "type", kd_cell_text(whats_type(ci)));
	kd_casepage_fact(p, "kind", NULL, kd_cell_text(s->kind));
	kd_casepage_fact(p, "group", NULL, kd_cell_text(kd_casepage_copy(p, kd_view_of(ci->grp))));
	kd_casepage_fact(p, "subsystem", "subsystem",
			 s->subsystem.n ? kd_cell_text(s->subsystem)
					: kd_cell_none("the text does not tell"));
	kd_casepage_fact(
		p, "hardware", "hardware",
		hardware(ci, owner).n ? kd_cell_text(hardware(ci, owner))
		: owner == KD_OWNER_UNKNOWN
			? kd_cell_none("the text does not tell whose fault it is")
			: kd_cell_none("broken memory makes such reports, and so does software"));
	severity(ci);
	if (ci->f) {
		kd_route_of(ci->f->r, ci->a, &r);
		st = kd_casepage_say(p, KD_CASE_SAID, "owner", "%s%s%.*s%s: %.*s", r.words,
				     r.project.n ? ", " : "", KD_VARG(kd_view_head(r.project, 100)),
				     "", KD_VARG(r.why));
		kd_casepage_ev(p, st, p->event);
		kd_casepage_say(p, KD_CASE_SAID, "fix in", "%s%s", r.fix_in,
				r.kernel_fault || r.owner == KD_OWNER_UNKNOWN
					? ""
					: "; as far as the report tells the kernel's side is "
					  "right: it reports what happened");
		kd_case_take(ci, ci->inv, KD_PART_CONTEXT, "maintainers", KD_CASE_SAID, NULL);
	}
	if (ci->has_rep) {
		st = kd_casepage_say(p, KD_CASE_SAID, "read", "%.*s stands for all: %.*s",
				     KD_VARG(p->event), KD_VARG(ci->rep_why));
		kd_casepage_ev(p, st, p->event);
	}
	if (ci->also.n)
		kd_casepage_say(
			p, KD_CASE_SAID, "also",
			"the id leads to other groups too, which are not counted here: %.*s",
			KD_VARG(ci->also));
	err = kd_groups_unplaced(ci->db, ci->grp, &unplaced);
	if (unplaced && ci->sig.n)
		kd_casepage_say(p, KD_CASE_UNKNOWN, "one bug", KD_UNPLACED_WORDS);
	return err ? err : fatal_lines(ci);
}

/* ---- status ---- */

/* Tickets, issues, fixes: of the group and of all that leads to it. */
static struct kd_error *linked(struct kd_caseinv *ci)
{
	struct kd_links links = {.n = 0};
	struct kd_error *err = kd_links_of_group(ci->db, ci->grp, ci->a, &links);

	for (size_t i = 0; i < links.n && !err; i++) {
		const struct kd_link *l = &links.v[i];
		struct kd_casestmt *s;

		if (kd_view_eq(l->via, KD_V("its events"))) /* told by the issues' names */
			continue;
		s = kd_casepage_put(ci->page, KD_CASE_SAID, l->kind,
				    kd_casepage_text(ci->page, "%.*s %.*s%s%.*s", KD_VARG(l->system), KD_VARG(l->key), l->title.n ? ": " : "",
						     KD_VARG(l->title)));
		s->url = l->url;
		ci->tickets += kd_view_eq(l->kind, KD_V("ticket"));
	}
	return err;
}

static struct kd_error *on_state(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_caseinv *ci = user;
	struct kd_view ref = kd_dbtext_of(&col[2]),
		       why = kd_dbtext_of(&col[3]);

	(void)n;
	if (col[0].type == KD_DBTEXT && col[1].type == KD_DBINT)
		kd_casepage_say(ci->page, KD_CASE_SAID, "state", "%.*s since %.*s%s%.*s%s%.*s",
				KD_VARG(col[0].v), KD_VARG(kd_case_day(ci, col[1].i)),
				ref.n ? ", " : "", KD_VARG(ref), why.n ? ": " : "", KD_VARG(why));
	return NULL;
}

/* By its signatures or its group. */
static struct kd_error *known_issue(struct kd_caseinv *ci)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 17);
	struct kd_known_news news = {0};
	struct kd_known_hit hit = {0};
	struct kd_error *err = kd_known_of_group(ci->db, ci->grp, ci->a, &hit, &news);

	if (err || !hit.found)
		return err;
	kd_case_known_words(&hit, &news, &b);
	kd_casepage_say(ci->page, KD_CASE_SAID, "known", "%.*s: %.*s", KD_VARG(hit.entry.id), KD_VARG(kd_buf_view(&b)));
	return NULL;
}

struct kd_error *kd_case_status(struct kd_caseinv *ci)
{
	struct kd_dbval arg = kd_dbtext(kd_view_of(ci->grp));
	struct kd_casepage *p = ci->page;
	struct kd_error *err;

	kd_casepage_part(p, "status", "STATUS");
	err = linked(ci);
	if (!err)
		err = kd_db_query(ci->db,
				  "SELECT state, made, ref, why FROM state WHERE subject = ?1 "
				  "ORDER BY made DESC LIMIT 1",
				  &arg, 1, on_state, ci);
	if (!err)
		err = known_issue(ci);
	for (size_t i = 0; i < ci->issue.n && i < KD_CASE_ISSUES; i++)
		kd_casepage_say(p, KD_CASE_SAID, "issue",
				"%.*s of the tracker that events came from",
				KD_VARG(ci->issue.v[i]));
	if (!err && !ci->tickets)
		kd_casepage_say(p, KD_CASE_UNKNOWN, "ticket", "none is linked");
	return err;
}

/* ---- exposure ---- */

struct hours {
	double sum;
	uint64_t hosts;
};

static struct kd_error *on_hours(void *user, const struct kd_dbval *col, size_t n)
{
	struct hours *h = user;

	(void)n;
	h->sum = col[0].type == KD_DBINT    ? (double)col[0].i / 3600e6
		 : col[0].type == KD_DBREAL ? col[0].d / 3600e6
					    : 0;
	h->hosts = col[1].type == KD_DBINT ? (uint64_t)col[1].i : 0;
	return NULL;
}

static struct kd_error *hours_of(struct kd_caseinv *ci, struct kd_view release, struct hours *ret)
{
	struct kd_dbval arg = kd_dbtext(release);

	*ret = (struct hours){0};
	return kd_db_query(
		ci->db,
		"SELECT SUM(until - since), COUNT(DISTINCT host) FROM exposure WHERE release = ?1",
		&arg, 1, on_hours, ret);
}

static int by_first(const void *pa, const void *pb)
{
	const struct kd_casevalue *const *a = pa, *const *b = pb;

	if ((*a)->bug_first != (*b)->bug_first)
		return (*a)->bug_first < (*b)->bug_first ? -1 : 1;
	return kd_view_cmp((*a)->name, (*b)->name);
}

static bool is_debug(struct kd_view release)
{
	struct kd_release r;

	return kd_release_parse(release, &r) &&
	       r.flavour & (KD_FLAVOUR_KASAN | KD_FLAVOUR_DEBUG | KD_FLAVOUR_SANITIZER);
}

static struct kd_error *release_row(struct kd_caseinv *ci, struct kd_table *t,
				    const struct kd_casevalue *v)
{
	struct kd_sheet *s = &ci->page->sheet;
	struct kd_cell *c = kd_table_row(t);
	struct hours h;
	struct kd_error *err = hours_of(ci, v->name, &h);

	c[0] = kd_cell_text(v->name);
	c[1] = kd_cell_text(is_debug(v->name) ? KD_V("debug") : KD_V("production"));
	c[2] = kd_cell_uint(v->bug);
	c[3] = kd_cell_uint(v->events);
	c[4] = kd_cell_uint(v->other);
	c[5] = h.sum > 0 ? kd_sheet_cell(s, kd_sheet_text(s, "%.0f", h.sum))
			 : kd_cell_none("table exposure has nothing of it");
	c[6] = kd_case_time_cell(s, v->bug_first);
	c[7] = kd_case_time_cell(s, v->bug_last);
	return err;
}

/* Pointers to the values with the bug, in the order of time. *n: so many. */
static const struct kd_casevalue **with_bug(const struct kd_casedim *d, size_t *n)
{
	const struct kd_casevalue **v = kd_xcalloc(d->v.n + 1, sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < d->v.n; i++)
		if (d->v.v[i].bug)
			v[(*n)++] = &d->v.v[i];
	if (*n)
		qsort(v, *n, sizeof(*v), by_first);
	return v;
}

static struct kd_error *releases(struct kd_caseinv *ci)
{
	static const struct kd_column columns[] = {{"release", "RELEASE"},
						   {"build", "BUILD"},
						   {"boots", "BOOTS"},
						   {"events", "MESSAGES"},
						   {"other_boots", "OTHER BOOTS"},
						   {"host_hours", "HOST-HOURS"},
						   {"first", "FIRST (UTC)"},
						   {"last", "LAST (UTC)"}};
	size_t n;
	const struct kd_casevalue **v = with_bug(&ci->dim[KD_DIM_RELEASE], &n);
	struct kd_table *t =
		kd_casepage_table(ci->page, "releases", NULL, columns, KD_ARRAY_LEN(columns));
	struct kd_error *err = NULL;

	for (size_t i = 0; i < n && i < ROWS && !err; i++)
		err = release_row(ci, t, v[i]);
	if (n > ROWS)
		kd_casepage_say(ci->page, KD_CASE_SAID, "releases", "%zu more are not in the table",
				n - ROWS);
	kd_free(v);
	return err;
}

static struct kd_view names(struct kd_caseinv *ci, enum kd_case_dim d, size_t max, uint64_t *ret_n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 14);
	size_t n;
	const struct kd_casevalue **v = with_bug(&ci->dim[d], &n);

	for (size_t i = 0; i < n && i < max; i++)
		kd_buf_printf(&b, "%s%.*s", i ? ", " : "", KD_VARG(kd_view_head(v[i]->name, 100)));
	if (n > max)
		kd_buf_printf(&b, " and %zu more", n - max);
	*ret_n = n;
	kd_free(v);
	return b.n ? kd_casepage_copy(ci->page, kd_buf_view(&b)) : KD_VNULL;
}

static void named(struct kd_caseinv *ci, enum kd_case_dim d, const char *key, const char *title,
		  size_t max)
{
	uint64_t n;
	struct kd_view text = names(ci, d, max, &n);
	struct kd_cell c = n ? kd_cell_uint(n) : kd_cell_none("no event states it");

	if (n)
		c.text = kd_casepage_text(ci->page, "(%.*s)", KD_VARG(text));
	kd_casepage_fact(ci->page, key, title, c);
}

/* What was asked for is an issue: its share of the group. */
static struct kd_error *of_issue(struct kd_caseinv *ci)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(ci->grp)), kd_dbtext(ci->asked_issue)};
	int64_t n = 0;
	struct kd_error *err = NULL;

	if (ci->asked_issue.n)
		err = kd_db_number(ci->db, "SELECT COUNT(*) FROM event WHERE issue = ?2 AND sig IN (SELECT sig FROM sig WHERE grp = ?1)", args, 2, &n);
	if (!err && ci->asked_issue.n && (uint64_t)n != ci->events)
		kd_casepage_say(ci->page, KD_CASE_SAID, "issue", "%llu of these %llu messages came by %.*s; counted is the group", (ull)n,
				(ull)ci->events, KD_VARG(ci->asked_issue));
	return err;
}

struct kd_error *kd_case_exposure(struct kd_caseinv *ci)
{
	struct kd_casepage *p = ci->page;
	struct kd_casestmt *s;
	struct kd_error *err;
	struct kd_cell c = kd_cell_uint(ci->boots);

	kd_casepage_part(p, "exposure", "EXPOSURE");
	c.text = kd_casepage_text(
		p,
		"(%llu of production builds, %llu of debug builds: these say nothing about volume)",
		(ull)(ci->boots - ci->debug_boots), (ull)ci->debug_boots);
	kd_casepage_fact(p, "boots", "boots", c);
	kd_casepage_fact(p, "debug_boots", NULL, kd_cell_uint(ci->debug_boots));
	c = kd_cell_uint(ci->events);
	c.text = KD_V("(messages are no events: one boot may print many)");
	kd_casepage_fact(p, "events", "messages", c);
	kd_casepage_fact(p, "debug_events", NULL, kd_cell_uint(ci->debug_events));
	named(ci, KD_DIM_HOST, "hosts", "hosts", 12);
	named(ci, KD_DIM_ARCH, "arches", "arches", 8);
	kd_casepage_fact(p, "first", "first", kd_case_time_cell(&p->sheet, ci->first));
	kd_casepage_fact(p, "last", "last", kd_case_time_cell(&p->sheet, ci->last));
	if (ci->first) {
		s = kd_casepage_say(p, KD_CASE_SAID, "span", "first and last event");
		kd_casepage_ev(p, s, kd_case_ev(ci, ci->first_ev));
		kd_casepage_ev(p, s, kd_case_ev(ci, ci->last_ev));
	}
	if (ci->debug_boots && ci->debug_events > (ci->events - ci->debug_events))
		kd_casepage_say(p, KD_CASE_SAID, "debug",
				"most messages (%llu of %llu) are of debug builds: that volume is "
				"not production's",
				(ull)ci->debug_events, (ull)ci->events);
	err = of_issue(ci);
	return err ? err : releases(ci);
}

/* ---- the other stacks of the incident ---- */

static struct kd_error *one_stack(struct kd_caseinv *ci, const struct kd_incident_event *x)
{
	struct kd_investigation *inv = NULL;
	struct kd_error *err = kd_case_investigate(ci, &x->e, &inv);
	struct kd_view id = kd_case_ev(ci, x->e.key);
	struct kd_casestmt *s;
	size_t said = 0;

	if (err || !inv || !inv->nfindings) {
		kd_investigation_free(inv);
		return err;
	}
	s = kd_casepage_say(ci->page, KD_CASE_SAID, "report", "%.*s%s%.*s",
			    KD_VARG(inv->findings[0].kind), inv->findings[0].place.n ? " at " : "",
			    KD_VARG(inv->findings[0].place));
	kd_casepage_ev(ci->page, s, id);
	for (size_t i = 0; i < inv->findings[0].nst && said < CLAIMS; i++) {
		const struct kd_statement *y = &inv->findings[0].st[i];

		if (y->part != KD_PART_PROVEN && y->part != KD_PART_LIKELY)
			continue;
		s = kd_casepage_put(ci->page,
				    y->part == KD_PART_PROVEN ? KD_CASE_PROVEN : KD_CASE_HYPOTHESIS,
				    kd_casepage_text(ci->page, "%s", y->topic),
				    kd_casepage_copy(ci->page, y->text));
		s->refute = kd_casepage_copy(ci->page, y->refute);
		kd_casepage_ev(ci->page, s, id);
		said++;
	}
	kd_investigation_free(inv);
	return NULL;
}

struct kd_error *kd_case_stacks(struct kd_caseinv *ci)
{
	const struct kd_incident *inc = &ci->incident;
	struct kd_error *err = NULL;
	size_t n = 0, left = 0;

	kd_casepage_part(ci->page, "stacks", "OTHER REPORTS OF THE INCIDENT");
	for (size_t i = 0; ci->has_incident && i < inc->n && !err; i++) {
		const struct kd_incident_event *x = &inc->v[i];

		if (x->repeat_of >= 0 || !ci->has_rep || x->e.sig == ci->rep.sig)
			continue;
		if (n++ < STACKS)
			err = one_stack(ci, x);
		else
			left++;
	}
	if (left)
		kd_casepage_say(ci->page, KD_CASE_SAID, "more",
				"%zu are left out here; kdoc incident show %s lists them", left,
				inc->sum.id);
	return err;
}
