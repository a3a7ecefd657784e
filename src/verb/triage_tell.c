// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "verb/trackurl.h"
#include "verb/triage_internal.h"

enum { MEMBERS_MAX = 8, RELEASES_MAX = 5 };

static const char *const tiers[] = {"-", "LOW", "MED", "HIGH", "CRIT"};
static const char *const classes[] = {"ticketed", "duplicate", "candidate", "filtered"};

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static struct kd_view id_of(struct kd_triage *t, const struct kd_triage_row *r)
{
	return kd_sheet_text(t->s, "%.*s", KD_VARG(r->issue.n ? r->issue : r->g->id)); /* the census does not live as long */
}

static bool all_debug(const struct kd_triage_row *r)
{
	return r->part && r->part->debug == r->events;
}

static struct kd_view marks(struct kd_triage *t, const struct kd_triage_row *r)
{
	const char *when = r->rising ? "rising" : r->fresh ? "new" : "";
	bool fatal = (r->part && r->part->fatal) || r->g->ended;

	return kd_sheet_text(t->s, "%s%s%s%s%s", when, *when && fatal ? " " : "", fatal ? "fatal" : "",
			     (*when || fatal) && all_debug(r) ? " " : "", all_debug(r) ? "debug build" : "");
}

/* The first ones of a row's releases. */
static struct kd_view releases_of(struct kd_triage *t, const struct kd_tallies *x)
{
	struct kd_view text = KD_VNULL;

	for (size_t k = 0; k < x->n && k < RELEASES_MAX; k++)
		text = kd_sheet_text(t->s, "%.*s%s%.*s", KD_VARG(text), k ? ", " : "", KD_VARG(x->v[k].text));
	return x->n > RELEASES_MAX ? kd_sheet_text(t->s, "%.*s … %zu in all", KD_VARG(text), x->n) : text;
}

static void main_table(struct kd_triage *t)
{
	static const struct kd_column columns[] = {{"rank", "#"},	  {"tier", "TIER"},	  {"id", "ID"},		{"group", NULL},
						   {"title", "TITLE"},	  {"events", "EVENTS"},	  {"hosts", "HOSTS"},	{"boots", NULL},
						   {"ticket", "TICKET"},  {"class", NULL},	  {"marks", "MARKS"},	{"action", "ACTION"},
						   {"reason", NULL},	  {"first_seen", NULL},	  {"last_seen", NULL},	{"first_ever", NULL},
						   {"fatal_events", NULL}, {"debug_events", NULL}, {"releases", NULL},	{"hint", NULL}};
	static const struct kd_census_part none;
	struct kd_table *table = kd_sheet_table(t->s, "rows", columns, KD_ARRAY_LEN(columns));
	uint64_t rank = 0;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct kd_triage_row *r = &t->rows.v[i];
		const struct kd_census_part *p = r->part ? r->part : &none;
		struct kd_cell *c;

		if (!r->shown)
			continue;
		c = kd_table_row(table);
		c[0] = kd_cell_uint(++rank);
		c[1] = kd_cell_text(kd_view_of(tiers[r->tier <= KD_TIER_CRIT ? r->tier : 0]));
		c[2] = kd_cell_text(id_of(t, r));
		c[3] = kd_sheet_cell(t->s, r->g->id);
		c[4] = kd_sheet_cell(t->s, r->title);
		c[5] = kd_cell_uint(r->events);
		c[6] = !p->hosts ? kd_cell_none("no event names its machine") : kd_cell_uint(p->hosts);
		c[7] = !p->boots ? kd_cell_none("no event names its boot") : kd_cell_uint(p->boots);
		c[8] = r->ticket.n ? kd_sheet_cell(t->s, r->ticket) : kd_cell_text(KD_V("-"));
		c[9] = kd_cell_text(kd_view_of(classes[r->cls]));
		c[10] = kd_cell_text(marks(t, r));
		c[11] = kd_sheet_cell(t->s, r->action);
		c[12] = kd_sheet_cell(t->s, r->reason);
		c[13] = kd_cell_text(kd_moment_text(t->s, r->first));
		c[14] = kd_cell_text(kd_moment_text(t->s, r->last));
		c[15] = kd_cell_text(kd_moment_text(t->s, r->g->first_ever));
		c[16] = kd_cell_uint(p->fatal);
		c[17] = kd_cell_uint(p->debug);
		c[18] = kd_cell_text(releases_of(t, &p->releases));
		c[19] = r->hint.n ? kd_sheet_cell(t->s, r->hint) : kd_cell_none("nothing ties it to another group");
	}
}

/* "2026-05-11 20:00Z to 2026-05-12 11:00Z; 3 hosts, 30 boots; 6.18.25-…; 3 of 30 events on debug builds". */
static struct kd_view seen(struct kd_triage *t, const struct kd_triage_row *r)
{
	const struct kd_census_part *p = r->part;
	struct kd_view from = kd_moment_text(t->s, r->first), to = kd_moment_text(t->s, r->last), more;
	struct kd_view text = kd_view_eq(from, to) ? from : kd_sheet_text(t->s, "%.*s to %.*s", KD_VARG(from), KD_VARG(to));

	if (r->g->first_ever && r->g->first_ever < r->first)
		text = kd_sheet_text(t->s, "%.*s, the group first %.*s", KD_VARG(text), KD_VARG(kd_moment_text(t->s, r->g->first_ever)));
	if (!r->g->first_ever)
		text = kd_sheet_text(t->s, "no event states its time; ingested %.*s", KD_VARG(text));
	if (!p)
		return text;
	if (p->hosts)
		text = kd_sheet_text(t->s, "%.*s; %" PRIu64 " host%s", KD_VARG(text), p->hosts, plural(p->hosts));
	if (p->boots)
		text = kd_sheet_text(t->s, "%.*s%s %" PRIu64 " boot%s", KD_VARG(text), p->hosts ? "," : ";", p->boots, plural(p->boots));
	more = releases_of(t, &p->releases);
	if (more.n)
		text = kd_sheet_text(t->s, "%.*s; %.*s", KD_VARG(text), KD_VARG(more));
	if (p->debug)
		text = kd_sheet_text(t->s, "%.*s; %" PRIu64 " of %" PRIu64 " event%s on debug builds", KD_VARG(text), p->debug, p->events,
				     plural(p->events));
	return text;
}

/* The rows of one class, a few lines each. */
static void details(struct kd_triage *t, enum kd_triage_class cls, const char *title)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct kd_triage_row *r = &t->rows.v[i];

		if (r->cls != cls || !r->shown)
			continue;
		if (!n++)
			kd_sheet_head(t->s, kd_view_of(title));
		kd_sheet_item(t->s, NULL, "%.*s  %.*s: %" PRIu64 " event%s%s%s", KD_VARG(id_of(t, r)), KD_VARG(r->title), r->events,
			      plural(r->events), r->rising ? ", rising today" : r->fresh ? ", new today" : "",
			      (r->part && r->part->fatal) || r->g->ended ? ", fatal" : "");
		kd_sheet_item(t->s, "why", "%.*s", KD_VARG(r->reason));
		kd_sheet_item(t->s, "seen", "%.*s", KD_VARG(seen(t, r)));
		if (r->hint.n)
			kd_sheet_item(t->s, "see", "%.*s", KD_VARG(r->hint));
		kd_sheet_item(t->s, "action", "%.*s", KD_VARG(r->action));
	}
}

static void ticketed(struct kd_triage *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct kd_triage_row *r = &t->rows.v[i];

		if (r->cls != KD_TR_TICKETED || !r->shown)
			continue;
		if (!n++)
			kd_sheet_head(t->s, KD_V("TICKETED"));
		kd_sheet_item(t->s, NULL, "%.*s  %.*s: %.*s; %.*s", KD_VARG(id_of(t, r)), KD_VARG(r->ticket), KD_VARG(r->reason),
			      KD_VARG(seen(t, r)));
	}
}

struct newest {
	struct kd_triage *t;
	struct kd_view host;
};

static struct kd_error *host_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct newest *x = user;

	(void)n;
	if (c[0].type == KD_DBTEXT)
		x->host = kd_sheet_text(x->t->s, "%.*s", KD_VARG(c[0].v));
	return NULL;
}

/* The machine of the group's youngest event: where somebody looks first. Absent: it names none. */
static struct kd_error *newest_on(struct kd_triage *t, const struct kd_census_group *g, struct kd_view *ret)
{
	const struct kd_dbval key[] = {kd_dbint(g->rep.at), kd_dbint(g->rep.dig)};
	struct newest x = {t, KD_VNULL};
	struct kd_error *err = kd_db_query(t->m->db, "SELECT host FROM event WHERE at = ?1 AND dig = ?2", key, 2, host_row, &x);

	*ret = x.host;
	return err;
}

static struct kd_error *filtered(struct kd_triage *t)
{
	static const struct kd_column columns[] = {{"id", "ID"},	     {"title", "TITLE"}, {"events", "EVENTS"}, {"newest_on", "NEWEST ON"},
						   {"platform", "PLATFORM"}, {"queue", "QUEUE"}, {"reason", "WHY"}};
	struct kd_table *table = kd_sheet_table(t->s, "filtered", columns, KD_ARRAY_LEN(columns));
	struct kd_view host;
	struct kd_error *err = NULL;

	table->title = "FILTERED";
	for (size_t i = 0; i < t->rows.n && !err; i++) {
		const struct kd_triage_row *r = &t->rows.v[i];
		struct kd_cell *c;

		if (r->cls != KD_TR_FILTERED)
			continue;
		err = newest_on(t, r->g, &host);
		c = kd_table_row(table);
		c[0] = kd_cell_text(id_of(t, r));
		c[1] = kd_sheet_cell(t->s, r->title);
		c[2] = kd_cell_uint(r->events);
		c[3] = host.n ? kd_cell_text(host) : kd_cell_none("its newest event names no machine");
		c[4] = r->g->hardware.n ? kd_sheet_cell(t->s, r->g->hardware.v[0].text) : kd_cell_none("no event names its hardware");
		c[5] = kd_cell_text(r->hardware ? KD_V("hardware") : r->unread ? KD_V("unread") : KD_V("follows"));
		c[6] = kd_sheet_cell(t->s, r->reason);
	}
	return err;
}

/* ---- clusters ---- */

/* What a group is called here: by its issue, where no group before it is called so. */
static struct kd_view name_of(const struct kd_triage *t, size_t group)
{
	const struct kd_census_group *v = t->c->groups, *g = &v[group];

	if (!g->issues.n)
		return g->id;
	for (size_t i = 0; i < group; i++)
		if (v[i].cluster == g->cluster && v[i].issues.n && kd_view_eq(v[i].issues.v[0].text, g->issues.v[0].text))
			return g->id;
	return g->issues.v[0].text;
}

static struct kd_view members(struct kd_triage *t, size_t root)
{
	struct kd_view text = KD_VNULL;
	uint64_t n = 0;

	for (size_t i = 0; i < t->c->ngroups; i++) {
		const struct kd_census_group *g = &t->c->groups[i];
		struct kd_view ticket;

		if (g->cluster != root || n++ >= MEMBERS_MAX)
			continue;
		ticket = kd_triage_ticket(t, g->id);
		for (size_t k = 0; k < g->issues.n && !ticket.n; k++)
			ticket = kd_triage_issue_ticket(t, g->issues.v[k].text);
		text = kd_sheet_text(t->s, "%.*s%s%.*s%s%.*s%s", KD_VARG(text), text.n ? ", " : "",
				     KD_VARG(name_of(t, i)), ticket.n ? " (" : "", KD_VARG(ticket),
				     ticket.n ? ")" : "");
	}
	return n > MEMBERS_MAX ? kd_sheet_text(t->s, "%.*s … %" PRIu64 " in all", KD_VARG(text), n) : text;
}

/* What the groups of a cluster ran. */
static struct kd_view cluster_releases(struct kd_triage *t, size_t root)
{
	struct kd_view text = KD_VNULL;
	uint64_t n = 0;

	for (size_t i = 0; i < t->c->ngroups; i++) {
		const struct kd_census_group *g = &t->c->groups[i];

		for (size_t k = 0; k < g->releases.n && g->cluster == root; k++)
			if (!kd_view_has(text, g->releases.v[k].text) && n++ < RELEASES_MAX)
				text = kd_sheet_text(t->s, "%.*s%s%.*s", KD_VARG(text), text.n ? ", " : "", KD_VARG(g->releases.v[k].text));
	}
	return n > RELEASES_MAX ? kd_sheet_text(t->s, "%.*s …", KD_VARG(text)) : text;
}

/* Groups whose events met on the same boots, with a tie that the log or a taint flag shows. */
static void clusters(struct kd_triage *t)
{
	static const struct kd_column columns[] = {{"name", "CLUSTER"},	   {"groups", "GROUPS"},     {"hosts", "HOSTS"},
						   {"members", "MEMBERS"}, {"releases", "RELEASES"}, {"basis", NULL}};
	const struct kd_census *c = t->c;
	struct kd_table *table = kd_sheet_table(t->s, "clusters", columns, KD_ARRAY_LEN(columns));
	size_t *size = kd_xcalloc(c->ngroups + 1, sizeof(*size));

	table->title = "CLUSTERS (of the same boots)";
	for (size_t i = 0; i < c->ngroups; i++)
		size[c->groups[i].cluster]++;
	for (size_t i = 0; i < c->ngroups; i++) {
		struct kd_cell *cell;

		if (size[i] < 2)
			continue;
		cell = kd_table_row(table);
		cell[0] = kd_sheet_cell(t->s, c->groups[i].title);
		cell[1] = kd_cell_uint(size[i]);
		cell[2] = kd_cell_uint(c->groups[i].cluster_hosts);
		cell[3] = kd_cell_text(members(t, i));
		cell[4] = kd_cell_text(cluster_releases(t, i));
		cell[5] = kd_cell_text(KD_V("causes stated in logs, or a taint flag with its setter in the same boot"));
	}
	kd_free(size);
}

/* ---- what to know, what to do ---- */

static void remarks(struct kd_triage *t)
{
	const struct kd_census *c = t->c;
	const struct kd_census_group *top = NULL;

	for (size_t i = 0; i < c->ngroups; i++)
		if (!c->groups[i].infra && (!top || c->groups[i].events > top->events))
			top = &c->groups[i];
	if (top && top->events && top->debug == top->events)
		kd_sheet_note(t->s, "%.*s has the most events (%" PRIu64 "), all on debug builds: that is no volume of production",
			      KD_VARG(top->issues.n ? top->issues.v[0].text : top->id), top->events);
	for (size_t i = 0; i < t->cohorts.n; i++)
		kd_sheet_note(t->s, "%.*s", KD_VARG(t->cohorts.v[i].text));
	if (c->untimed)
		kd_sheet_note(t->s, "%" PRIu64 " event%s without a time of %s own: counted by when they were ingested", c->untimed,
			      plural(c->untimed), c->untimed == 1 ? "its" : "their");
	if (c->outside || c->other_series)
		kd_sheet_note(t->s, "not looked at: %" PRIu64 " event%s outside of the window, %" PRIu64 " of other series", c->outside,
			      plural(c->outside), c->other_series);
}

/* What the tracker's interface cannot be asked for from here: a link that opens both issues. */
static struct kd_error *by_hand(struct kd_triage *t)
{
	struct kd_view url;
	struct kd_error *err = NULL;
	uint64_t n = 0;

	if (!kd_config_get(t->m->config, "tracker.url", &url) || !url.n)
		return NULL;
	for (size_t i = 0; i < t->rows.n && !err; i++) {
		const struct kd_triage_row *r = &t->rows.v[i];
		kd_auto(kd_buf_deinit) struct kd_buf to = KD_BUF_INIT(8192);
		const struct kd_view both[] = {r->issue, r->other};

		if (r->cls != KD_TR_DUPLICATE || !r->issue.n || !r->other.n || !r->shown)
			continue;
		err = kd_track_issues(url, both, 2, &to);
		if (!err && !n++)
			kd_sheet_head(t->s, KD_V("IN THE TRACKER, BY HAND"));
		if (!err)
			kd_sheet_item(t->s, NULL, "merge %.*s into %.*s: %.*s", KD_VARG(r->issue), KD_VARG(r->other), KD_VARG(kd_buf_view(&to)));
	}
	return kd_error_wrap(err, "tracker.url");
}

static void next(struct kd_triage *t)
{
	uint64_t candidates = 0, links = 0;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct kd_triage_row *r = &t->rows.v[i];

		if (r->cls == KD_TR_DUPLICATE && r->issue.n && links++ < 3)
			kd_sheet_next(t->s, "kdoc link issue:%.*s ticket:%.*s --kind=ticket   # %.*s", KD_VARG(r->issue), KD_VARG(r->ticket),
				      KD_VARG(r->action));
		if (r->cls == KD_TR_CANDIDATE && candidates++ < 3)
			kd_sheet_next(t->s, "kdoc investigate %.*s", KD_VARG(id_of(t, r)));
	}
}

struct kd_error *kd_triage_tell(struct kd_triage *t)
{
	uint64_t n[4] = {0}, max = t->o->candidates ? t->o->candidates : KD_TRIAGE_CANDIDATES, left = 0;
	const struct kd_census *c = t->c;
	struct kd_sheet *s = t->s;
	struct kd_error *err;

	for (size_t i = 0; i < t->rows.n; i++)
		n[t->rows.v[i].cls]++;
	kd_sheet_say(s, "%" PRIu64 " candidate%s without a ticket, %" PRIu64 " duplicate%s, %" PRIu64 " ticketed, %" PRIu64
			" filtered; %" PRIu64 " events, %" PRIu64 " hosts, %" PRIu64 " boots",
		     n[KD_TR_CANDIDATE], plural(n[KD_TR_CANDIDATE]), n[KD_TR_DUPLICATE], plural(n[KD_TR_DUPLICATE]), n[KD_TR_TICKETED],
		     n[KD_TR_FILTERED], c->events, c->hosts, c->boots);
	kd_sheet_say(s, "window %.*s to %.*s%s%s%s: what is not in it was not looked at", KD_VARG(kd_moment_text(t->s, t->since)),
		     KD_VARG(kd_moment_text(t->s, t->until)), t->default_window ? " (the default, 7 days)" : "", t->o->series ? ", series " : "",
		     t->o->series ? t->o->series : "");
	kd_sheet_field(s, "since", NULL, kd_cell_text(kd_moment_text(t->s, t->since)));
	kd_sheet_field(s, "until", NULL, kd_cell_text(kd_moment_text(t->s, t->until)));
	kd_sheet_field(s, "events", NULL, kd_cell_uint(c->events));
	kd_sheet_field(s, "hosts", NULL, kd_cell_uint(c->hosts));
	kd_sheet_field(s, "boots", NULL, kd_cell_uint(c->boots));
	kd_sheet_field(s, "candidates", NULL, kd_cell_uint(n[KD_TR_CANDIDATE]));
	kd_sheet_field(s, "duplicates", NULL, kd_cell_uint(n[KD_TR_DUPLICATE]));
	kd_sheet_field(s, "ticketed", NULL, kd_cell_uint(n[KD_TR_TICKETED]));
	kd_sheet_field(s, "filtered_rows", NULL, kd_cell_uint(n[KD_TR_FILTERED]));
	kd_sheet_field(s, "boot_noise_events", NULL, kd_cell_uint(t->noise_events));
	main_table(t);
	details(t, KD_TR_CANDIDATE, "UNTICKETED");
	details(t, KD_TR_DUPLICATE, "DUPLICATES");
	ticketed(t);
	err = filtered(t);
	if (err)
		return err;
	clusters(t);
	left = n[KD_TR_CANDIDATE] > max ? n[KD_TR_CANDIDATE] - max : 0;
	if (left)
		kd_sheet_note(s, "%" PRIu64 " more candidate%s: kdoc triage %" PRIu64, left, plural(left), n[KD_TR_CANDIDATE]);
	if (n[KD_TR_TICKETED] + n[KD_TR_DUPLICATE] > KD_TRIAGE_OTHERS)
		kd_sheet_note(s, "of ticketed and duplicate rows the first %d are shown", KD_TRIAGE_OTHERS);
	remarks(t);
	err = by_hand(t);
	if (err)
		return err;
	next(t);
	s->none = !n[KD_TR_CANDIDATE];
	return NULL;
}
