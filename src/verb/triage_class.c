// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of the four classes a row is of, and why. What is not proven by the events of one boot is a hint, never a class: a taint flag that
 * was set when something fired ties it to the setter only if that setter's event is of the same boot (traps 12 and 24).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "report/taint.h"
#include "verb/caseinv.h"
#include "verb/triage_internal.h"

enum { ROWS_MAX = 200000, COHORT_HOURS = 48, FEW = 5, SETTERS_MAX = 3 };
#define HOUR_US ((int64_t)3600 * 1000000)

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- what two issues of one group have in common ---- */

struct proof {
	struct kd_triage *t;
	struct kd_view issue, other; /* the row's, and the one that has the ticket */
	struct kd_view strict[2], normal[2], place[2], why;
};

static struct kd_error *proof_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct proof *p = user;
	int i;

	(void)n;
	if (c[0].type != KD_DBTEXT)
		return NULL;
	i = kd_view_eq(c[0].v, p->issue) ? 0 : kd_view_eq(c[0].v, p->other) ? 1 : -1;
	if (i < 0 || p->strict[i].n) /* most events first */
		return NULL;
	p->strict[i] = kd_arena_view(p->t->a, c[1].v);
	p->normal[i] = c[2].type == KD_DBTEXT ? kd_arena_view(p->t->a, c[2].v) : KD_VNULL;
	p->place[i] = c[4].type == KD_DBTEXT ? kd_arena_view(p->t->a, c[4].v) : KD_VNULL;
	if (!i && c[3].type == KD_DBTEXT)
		p->why = kd_arena_view(p->t->a, c[3].v);
	return NULL;
}

/* "same place include/linux/skbuff.h:4609 and the same caller chain". */
static struct kd_view proof_words(struct kd_triage *t, const struct proof *p)
{
	bool place = p->place[0].n && kd_view_eq(p->place[0], p->place[1]);
	const char *chain = "alike enough";

	if (kd_view_eq(p->strict[0], p->strict[1]))
		chain = "the same caller chain (strict signature)";
	else if (p->normal[0].n && kd_view_eq(p->normal[0], p->normal[1]))
		chain = "the same function and nearest callers (normal signature)";
	else if (p->why.n)
		return kd_sheet_text(t->s, "alike: %.*s", KD_VARG(p->why));
	if (place)
		return kd_sheet_text(t->s, "same place %.*s and %s", KD_VARG(p->place[0]), chain);
	return kd_sheet_text(t->s, "%s", chain);
}

static struct kd_error *prove(struct kd_triage *t, const struct kd_census_group *g, struct kd_view issue, struct kd_view other,
			      struct kd_view *ret)
{
	struct proof p = {.t = t, .issue = issue, .other = other};
	struct kd_dbval arg = kd_dbtext(g->id);
	struct kd_error *err = kd_db_query(t->m->db,
					   "SELECT e.issue, s.strict, s.normal, s.why, min(e.place), count(*) FROM sig s JOIN event e ON "
					   "e.sig = s.sig WHERE s.grp = ?1 AND e.issue IS NOT NULL GROUP BY e.issue, s.strict, s.normal, s.why "
					   "ORDER BY 6 DESC, 2",
					   &arg, 1, proof_row, &p);

	if (!err)
		*ret = proof_words(t, &p);
	return err;
}

/* ---- hints ---- */

static void add_text(struct kd_triage *t, struct kd_view *v, struct kd_view more)
{
	*v = v->n ? kd_sheet_text(t->s, "%.*s; %.*s", KD_VARG(*v), KD_VARG(more)) : more;
}

/* "B (bad page)" of the bits. */
static struct kd_view letters(struct kd_triage *t, uint32_t bits)
{
	struct kd_view text = KD_VNULL;

	for (unsigned b = 0; b < KD_NTAINT; b++) {
		const struct kd_taint_info *i = bits >> b & 1 ? kd_taint_bit(b) : NULL;

		if (i)
			text = text.n ? kd_sheet_text(t->s, "%.*s, %c (%s)", KD_VARG(text), i->letter, i->words)
				      : kd_sheet_text(t->s, "%c (%s)", i->letter, i->words);
	}
	return text;
}

static struct kd_view group_ticket(const struct kd_triage *t, const struct kd_census_group *g)
{
	struct kd_view ticket = kd_triage_ticket(t, g->id);

	for (size_t i = 0; i < g->issues.n && !ticket.n; i++)
		ticket = kd_triage_issue_ticket(t, g->issues.v[i].text);
	return ticket;
}

static struct kd_view called(struct kd_triage *t, const struct kd_census_group *g)
{
	struct kd_view ticket = group_ticket(t, g);

	if (ticket.n)
		return kd_sheet_text(t->s, "%.*s (%.*s, %.*s)", KD_VARG(g->id), KD_VARG(ticket), KD_VARG(g->title));
	return kd_sheet_text(t->s, "%.*s (%.*s)", KD_VARG(g->id), KD_VARG(g->title));
}

/* Groups whose kind sets one of these flags, with a ticket first: "g-… (…) or g-… (…)". Absent: none. */
static struct kd_view setters_elsewhere(struct kd_triage *t, const struct kd_census_group *not, uint32_t bits)
{
	struct kd_view text = KD_VNULL;
	uint64_t n = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < t->c->ngroups; i++) {
			const struct kd_census_group *g = &t->c->groups[i];
			bool sets = false;

			for (unsigned b = 0; b < KD_NTAINT && g != not; b++)
				sets |= (bits >> b & 1) && (kd_taint_setter(b, g->kind) == KD_TAINT_ALWAYS ||
							    kd_taint_setter(b, g->family) == KD_TAINT_ALWAYS);
			if (!sets || (group_ticket(t, g).n ? 0 : 1) != pass || n++ >= SETTERS_MAX)
				continue;
			text = text.n ? kd_sheet_text(t->s, "%.*s or %.*s", KD_VARG(text), KD_VARG(called(t, g))) : called(t, g);
		}
	return n > SETTERS_MAX ? kd_sheet_text(t->s, "%.*s or one of %" PRIu64 " more", KD_VARG(text), n - SETTERS_MAX) : text;
}

/* Ties of one boot, and flags that nothing of the boot explains. */
static void hints(struct kd_triage *t, struct kd_triage_row *r)
{
	const struct kd_census *c = t->c;
	uint32_t orphan = c->orphan_bits[r->group];

	if (r->g->unplaced && r->g->events + r->g->followers > 1)
		add_text(t, &r->hint, KD_V(KD_UNPLACED_WORDS));
	for (size_t i = 0; i < c->nties; i++) {
		const struct kd_census_tie *x = &c->ties[i];

		if (x->a == r->group && x->ended && !r->g->fatal)
			add_text(t, &r->hint,
				 kd_sheet_text(t->s, "fatal: %.*s followed from it in %" PRIu64 " log%s, and was the machine's end, which the title hides",
					       KD_VARG(called(t, &c->groups[x->b])), x->ended, plural(x->ended)));
		if (x->b != r->group)
			continue;
		if (x->stated)
			add_text(t, &r->hint,
				 kd_sheet_text(t->s, "followed from %.*s in %" PRIu64 " log%s", KD_VARG(called(t, &c->groups[x->a])),
					       x->stated, plural(x->stated)));
		if (x->taint)
			add_text(t, &r->hint,
				 kd_sheet_text(t->s, "on %" PRIu64 " boot%s after %.*s had set %.*s", x->taint, plural(x->taint),
					       KD_VARG(called(t, &c->groups[x->a])), KD_VARG(letters(t, x->bits))));
	}
	if (orphan) {
		struct kd_view setters = setters_elsewhere(t, r->g, orphan);
		struct kd_view text = kd_sheet_text(t->s,
						    "%.*s was set already when this group fired on %" PRIu64 " boot%s, and no event of such a boot "
						    "says by what",
						    KD_VARG(letters(t, orphan)), c->orphan_boots[r->group],
						    plural(c->orphan_boots[r->group]));

		if (setters.n)
			text = kd_sheet_text(t->s, "%.*s; that it was %.*s is a hypothesis until the log of the boot shows it",
					     KD_VARG(text), KD_VARG(setters));
		add_text(t, &r->hint, text);
	}
}

/* ---- rates ---- */

/* More in the last 24 hours than three standard deviations above what the days before had: of the bug, because a tracker begins a new
 * issue where an old one goes on. */
static void rates(struct kd_triage *t, struct kd_triage_row *r)
{
	int64_t days = (t->until - t->since) / (24 * HOUR_US) - 1;
	double before = 0, mean, spread, today = (double)r->g->day[0];

	r->fresh = r->g->first_ever && r->g->first_ever > t->until - 24 * HOUR_US;
	if (days > KD_CENSUS_DAYS - 1)
		days = KD_CENSUS_DAYS - 1;
	if (days < 1 || r->fresh)
		return;
	for (int64_t d = 1; d <= days; d++)
		before += (double)r->g->day[d];
	mean = before / (double)days;
	for (spread = 1; spread * spread < mean + 1; spread += 0.5)
		;
	r->rising = today >= FEW && today > mean + 3 * spread;
}

/* ---- classes ---- */

static uint8_t tier_of(const struct kd_census_group *g)
{
	uint8_t tier = g->ended_tier > g->tier ? g->ended_tier : g->tier;

	/* Volume and severity of debug builds are not those of production. */
	if (g->events && g->debug == g->events && !g->fatal && !g->ended && tier > KD_TIER_MED)
		tier = KD_TIER_MED;
	return tier;
}

static struct kd_error *possible_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_triage_row *r = ((void **)user)[0];
	struct kd_triage *t = ((void **)user)[1];
	struct kd_view other = kd_dbtext_of(&c[0]), why = kd_dbtext_of(&c[2]);
	struct kd_view ticket = kd_triage_ticket(t, other), title = kd_dbtext_of(&c[3]);

	(void)n;
	add_text(t, &r->hint,
		 kd_sheet_text(t->s, "possibly a duplicate of %.*s%s%.*s (%.*s; score %.2f: %.*s)", KD_VARG(other), ticket.n ? " = " : "",
			       KD_VARG(ticket), KD_VARG(title), c[1].type == KD_DBREAL ? c[1].d : 0.0, KD_VARG(kd_view_head(why, 300))));
	return NULL;
}

static struct kd_error *possible(struct kd_triage *t, struct kd_triage_row *r)
{
	struct kd_dbval arg = kd_dbtext(r->g->id);
	void *user[] = {r, t};

	return kd_db_query(t->m->db,
			   "SELECT p.grp, max(p.score), min(p.why), min(g.title) FROM possible p JOIN sig s ON s.sig = p.sig JOIN grp g ON g.id "
			   "= p.grp WHERE s.grp = ?1 AND p.grp <> ?1 GROUP BY p.grp ORDER BY 2 DESC, 1 LIMIT 2",
			   &arg, 1, possible_row, user);
}


/* "aarch64" here, "x86-64" there: two strict signatures of what is likely one bug. */
static void other_arch(struct kd_triage *t, struct kd_triage_row *r)
{
	for (size_t i = 0; i < t->c->ngroups; i++) {
		const struct kd_census_group *g = &t->c->groups[i];

		if (i != r->group && kd_case_arch_alone(g->title, r->g->title))
			add_text(t, &r->hint,
				 kd_sheet_text(t->s, "likely one bug with %.*s%s%.*s: the titles differ in the architecture's word alone",
					       KD_VARG(g->issues.n ? g->issues.v[0].text : KD_VNULL), g->issues.n ? ", " : "",
					       KD_VARG(called(t, g))));
	}
}

/* Other candidates of the same group: one bug, to be opened once. */
static void same_bug(struct kd_triage *t, struct kd_triage_row *r)
{
	struct kd_view others = KD_VNULL;

	for (size_t i = 0; i < r->g->nparts; i++) {
		const struct kd_census_part *p = &r->g->parts[i];

		if (p == r->part)
			continue;
		if (others.n > 200)
			return add_text(t, &r->hint, kd_sheet_text(t->s, "one bug with %.*s and others (same group)", KD_VARG(others)));
		others = kd_sheet_text(t->s, "%.*s%s%.*s", KD_VARG(others), others.n ? ", " : "",
				       KD_VARG(p->issue.n ? p->issue : KD_V("events without an issue")));
	}
	if (others.n)
		add_text(t, &r->hint, kd_sheet_text(t->s, "one bug with %.*s (same group)", KD_VARG(others)));
}

static void candidate(struct kd_triage_row *r)
{
	r->cls = KD_TR_CANDIDATE;
	r->reason = KD_V("no ticket of this group, of its issues or of a known issue");
	r->action = KD_V("investigate, then open a ticket");
	if (r->part && r->part->debug == r->events)
		r->hint = KD_V("seen on debug builds alone: not a rate of production");
}

/* Has another issue of the group a ticket? The one with most events. */
static struct kd_view ticketed_issue(const struct kd_triage *t, const struct kd_triage_row *r)
{
	for (size_t i = 0; i < r->g->issues.n; i++) {
		struct kd_view other = r->g->issues.v[i].text;

		if (!kd_view_eq(other, r->issue) && kd_triage_issue_ticket(t, other).n)
			return other;
	}
	return KD_VNULL;
}

struct older {
	const struct kd_triage *t;
	const struct kd_triage_row *r;
	struct kd_view issue;
};

static struct kd_error *older_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct older *o = user;

	(void)n;
	if (!o->issue.n && c[0].type == KD_DBTEXT && !kd_view_eq(c[0].v, o->r->issue) && kd_triage_issue_ticket(o->t, c[0].v).n)
		o->issue = kd_arena_view(o->t->a, c[0].v);
	return NULL;
}

/* The same of issues whose events are outside of the window: a bug does not lose its ticket by being silent for a week. */
static struct kd_error *older_issue(const struct kd_triage *t, const struct kd_triage_row *r, struct kd_view *ret)
{
	struct older o = {t, r, KD_VNULL};
	struct kd_dbval grp = kd_dbtext(r->g->id);
	struct kd_error *err = NULL;

	if (t->tickets.entries.n)
		err = kd_db_query(t->m->db,
				  "SELECT DISTINCT e.issue FROM sig s JOIN event e ON e.sig = s.sig WHERE s.grp = ?1 AND e.issue IS NOT NULL "
				  "ORDER BY e.issue",
				  &grp, 1, older_row, &o);
	*ret = o.issue;
	return err;
}

/* Does the tracker call all events of the row machine checks? */
static struct kd_error *marked_mce(struct kd_triage *t, const struct kd_triage_row *r, bool *ret)
{
	struct kd_dbval issue = kd_dbtext(r->issue);
	int64_t n = 0;
	struct kd_error *err = NULL;

	*ret = false;
	if (!r->g->marks.n)
		return NULL;
	if (r->issue.n)
		err = kd_db_number(t->m->db, "SELECT count(*) FROM event WHERE issue = ?1 AND mark IS NULL", &issue, 1, &n);
	else
		n = (int64_t)(r->g->events - r->g->marks.v[0].n);
	*ret = !err && !n;
	return err;
}

/* Which group's events its own followed from; of several the one that most did. */
static struct kd_view follows(struct kd_triage *t, const struct kd_triage_row *r)
{
	const struct kd_census_tie *most = NULL;

	for (size_t i = 0; i < t->c->nties; i++) {
		const struct kd_census_tie *x = &t->c->ties[i];

		if (x->b == r->group && x->stated && (!most || x->stated > most->stated))
			most = x;
	}
	if (!most)
		return KD_V("each of its events followed from another one of the same boot");
	return kd_sheet_text(t->s, "each of its events followed from another one of the same boot, %" PRIu64 " from %.*s", most->stated,
			     KD_VARG(called(t, &t->c->groups[most->a])));
}

static void ticketed(struct kd_triage *t, struct kd_triage_row *r, struct kd_view ticket, struct kd_view other)
{
	r->cls = KD_TR_TICKETED;
	r->action = KD_V("already ticketed");
	r->ticket = ticket;
	if (ticket.n) {
		r->reason = kd_sheet_text(t->s, "%s is linked to it",
					  r->issue.n && kd_triage_issue_ticket(t, r->issue).n ? "the issue" : "its group");
		return;
	}
	r->ticket = kd_triage_issue_ticket(t, other);
	r->reason = kd_sheet_text(t->s, "issue %.*s of its group is linked to it; these events name no issue", KD_VARG(other));
}

static struct kd_error *duplicate(struct kd_triage *t, struct kd_triage_row *r, struct kd_view other)
{
	struct kd_error *err = prove(t, r->g, r->issue, other, &r->reason);

	r->cls = KD_TR_DUPLICATE;
	r->other = other;
	r->ticket = kd_triage_issue_ticket(t, other);
	r->action = kd_sheet_text(t->s, "group with %.*s (%.*s)", KD_VARG(r->ticket), KD_VARG(other));
	if (!err)
		r->reason = kd_sheet_text(t->s, "duplicate of %.*s: %.*s", KD_VARG(other), KD_VARG(r->reason));
	return err;
}

/* Not for who fixes kernels, or not the first of its boot: true. mce: the tracker says so. */
static bool filter(struct kd_triage *t, struct kd_triage_row *r, bool mce)
{
	if (r->g->owner == KD_OWNER_HARDWARE || mce) {
		r->hardware = true;
		r->reason = mce ? KD_V("the tracker marks it as a machine check: no candidate for a fix of the kernel")
				: KD_V("reported by the hardware: no candidate for a fix of the kernel");
		r->action = KD_V("hardware queue");
	} else if (kd_view_eq(r->g->kind, KD_V("message"))) {
		r->unread = true;
		r->reason = KD_V("no kernel report in its text: what it is nobody has read");
		r->action = KD_V("read it");
	} else if (!r->g->events) { /* only followers */
		r->reason = follows(t, r);
		r->action = KD_V("none: see the first one");
	} else {
		return false;
	}
	r->cls = KD_TR_FILTERED;
	return true;
}

static struct kd_error *class_of(struct kd_triage *t, struct kd_triage_row *r)
{
	struct kd_view own = r->issue.n ? kd_triage_issue_ticket(t, r->issue) : KD_VNULL, other;
	struct kd_view group = kd_triage_ticket(t, r->g->id);
	bool mce = false;
	struct kd_error *err = marked_mce(t, r, &mce);

	if (err)
		return err;
	if (filter(t, r, mce)) {
		r->ticket = r->hardware ? (own.n ? own : group) : KD_VNULL;
		return NULL;
	}
	other = own.n ? KD_VNULL : ticketed_issue(t, r);
	if (!own.n && !other.n && !group.n)
		err = older_issue(t, r, &other);
	if (err)
		return err;
	if (own.n || (group.n && !other.n) || (other.n && !r->issue.n))
		ticketed(t, r, own.n ? own : group, other);
	else if (other.n)
		err = duplicate(t, r, other);
	else
		candidate(r);
	return err;
}

/* ---- rows ---- */

static struct kd_error *add_row(struct kd_triage *t, size_t group, const struct kd_census_part *part)
{
	const struct kd_census_group *g = &t->c->groups[group];
	struct kd_triage_row *r = kd_vec_push(&t->rows, ROWS_MAX);

	if (!r)
		return kd_error_new(KD_LIMIT, "more than %d issues in the window: take a shorter one", ROWS_MAX);
	*r = (struct kd_triage_row){.g = g, .group = group, .events = g->events ? g->events : g->followers, .first = g->first,
				    .last = g->last, .title = g->title, .tier = tier_of(g), .part = part};
	if (part) {
		r->issue = part->issue;
		r->events = part->events;
		r->first = part->first;
		r->last = part->last;
	}
	rates(t, r);
	return class_of(t, r);
}

/* A row is called as the tracker calls its issue, unless that holds several groups: then its title says nothing of which. */
static void name_rows(struct kd_triage *t)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap rows = KD_HASHMAP_INIT(ROWS_MAX, NULL);

	for (size_t i = 0; i < t->rows.n; i++)
		if (t->rows.v[i].issue.n)
			kd_hashmap_add(&rows, t->rows.v[i].issue, NULL)->num++;
	for (size_t i = 0; i < t->rows.n; i++) {
		struct kd_triage_row *r = &t->rows.v[i];
		const struct kd_hashmap_entry *e = r->issue.n ? kd_hashmap_get(&t->issue_titles, r->issue) : NULL;

		if (e && kd_hashmap_get(&rows, r->issue)->num == 1)
			r->title = t->names.v[e->num];
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct kd_triage_row *x = a, *y = b;

	if (x->tier != y->tier)
		return x->tier < y->tier ? 1 : -1;
	if ((x->cls == KD_TR_CANDIDATE) != (y->cls == KD_TR_CANDIDATE))
		return x->cls == KD_TR_CANDIDATE ? -1 : 1;
	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	return x->issue.n || y->issue.n ? kd_view_cmp(x->issue, y->issue) : kd_view_cmp(x->g->id, y->g->id);
}

/* ---- boot noise ---- */

/* Releases that came up within the window, as far as events say: their first event. */
static struct kd_view rolled_out(struct kd_triage *t, int64_t from, int64_t to)
{
	struct kd_view text = KD_VNULL;

	for (size_t i = 0; i < t->c->releases.n; i++) {
		const struct kd_tally *r = &t->c->releases.v[i];

		if (r->first > from - COHORT_HOURS * HOUR_US && r->first <= to)
			text = text.n ? kd_sheet_text(t->s, "%.*s, %.*s", KD_VARG(text), KD_VARG(r->text)) : r->text;
	}
	return text;
}

static struct kd_view range(struct kd_triage *t, struct kd_view first, struct kd_view last, uint64_t n)
{
	if (!first.n)
		return kd_sheet_text(t->s, "%" PRIu64 " kind%s", n, plural(n));
	return n == 1 ? first : kd_sheet_text(t->s, "%" PRIu64 " issues, %.*s … %.*s", n, KD_VARG(first), KD_VARG(last));
}

/* All messages of boots and probes are one line, with the roll-out that they fall together with. */
static bool noise(struct kd_triage *t)
{
	struct kd_view first = KD_VNULL, last = KD_VNULL, releases;
	uint64_t events = 0, issues = 0;
	int64_t from = INT64_MAX, to = 0;
	struct kd_cohort *c;

	for (size_t i = 0; i < t->c->ngroups; i++) {
		const struct kd_census_group *g = &t->c->groups[i];

		if (!g->infra || !g->events)
			continue;
		events += g->events;
		issues += g->issues.n ? g->issues.n : 1;
		from = g->first < from ? g->first : from;
		to = g->last > to ? g->last : to;
		for (size_t k = 0; k < g->issues.n; k++) {
			struct kd_view key = g->issues.v[k].text;

			if (!first.n || kd_view_cmp(key, first) < 0)
				first = key;
			if (!last.n || kd_view_cmp(key, last) > 0)
				last = key;
		}
	}
	t->noise_events = events;
	if (!events)
		return true;
	releases = rolled_out(t, from, to);
	c = kd_vec_push(&t->cohorts, 64);
	if (!c)
		return false;
	c->text = kd_sheet_text(t->s, "%" PRIu64 " boot and driver messages (%.*s), %.*s to %.*s: ", events,
				KD_VARG(range(t, first, last, issues)), KD_VARG(kd_moment_text(t->s, from)), KD_VARG(kd_moment_text(t->s, to)));
	c->text = releases.n ? kd_sheet_text(t->s, "%.*stogether with the first events of %.*s: boot noise of a roll-out, no crashes",
					     KD_VARG(c->text), KD_VARG(releases))
			     : kd_sheet_text(t->s, "%.*sno release is new in that time; no crashes", KD_VARG(c->text));
	return true;
}

/* Which rows are shown; of these, what may tie them to others. */
static struct kd_error *choose(struct kd_triage *t)
{
	uint64_t candidates = t->o->candidates ? t->o->candidates : KD_TRIAGE_CANDIDATES, others = KD_TRIAGE_OTHERS;
	struct kd_error *err = NULL;

	for (size_t i = 0; i < t->rows.n && !err; i++) {
		struct kd_triage_row *r = &t->rows.v[i];
		uint64_t *left = r->cls == KD_TR_CANDIDATE ? &candidates : &others;

		if (r->cls == KD_TR_FILTERED || !*left)
			continue;
		--*left;
		r->shown = true;
		if (r->cls == KD_TR_CANDIDATE) {
			same_bug(t, r);
			other_arch(t, r);
			err = possible(t, r);
		}
		hints(t, r);
	}
	return err;
}

struct kd_error *kd_triage_classify(struct kd_triage *t)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < t->c->ngroups && !err; i++) {
		const struct kd_census_group *g = &t->c->groups[i];

		if (g->infra)
			continue;
		for (size_t k = 0; k < g->nparts && !err; k++)
			err = add_row(t, i, &g->parts[k]);
		if (!err && !g->nparts)
			err = add_row(t, i, NULL);
	}
	name_rows(t);
	if (!err && !noise(t))
		err = kd_error_new(KD_LIMIT, "too many roll-outs for one answer");
	if (t->rows.n)
		qsort(t->rows.v, t->rows.n, sizeof(*t->rows.v), by_rank);
	return err ? err : choose(t);
}
