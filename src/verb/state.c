// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "case/links.h"
#include "verb/fixwatch.h"
#include "verb/know.h"

/* ---- one group ---- */

static void tell_steps(struct kd_memory *m, const struct kd_states *st, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"state", "STATE"}, {"at", "AT"},	  {"lasted", "LASTED"}, {"lasted_seconds", NULL},
						   {"who", "WHO"},     {"ref", "REFERENCE"}, {"why", "WHY"},	    {"group", NULL}};
	struct kd_table *t = kd_sheet_table(s, "steps", columns, KD_ARRAY_LEN(columns));

	t->title = "STEPS";
	for (size_t i = 0; i < st->n; i++) {
		const struct kd_state_step *x = &st->v[i];
		const int64_t until = i + 1 < st->n ? st->v[i + 1].at : m->now;
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(s, kd_state_words(x->state, x->version, s->arena));
		row[1] = kd_know_when(s, x->at);
		row[2] = kd_know_age(s, x->at, until);
		row[3] = kd_know_seconds(x->at, until);
		row[4] = kd_know_text(s, x->who);
		row[5] = kd_know_text(s, x->ref);
		row[6] = kd_know_text(s, x->why);
		row[7] = kd_sheet_cell(s, x->subject);
	}
}

static void tell_facts(const struct kd_state_facts *f, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"state", "STATE"}, {"holds", "HOLDS"}, {"since", "SINCE"}, {"why", "BECAUSE"}};
	static const uint8_t shown[] = {KD_STATE_KNOWN, KD_STATE_MERGED, KD_STATE_STABLE, KD_STATE_BUILT, KD_STATE_DEPLOYED, KD_STATE_REGRESSED};
	struct kd_table *t = kd_sheet_table(s, "facts", columns, KD_ARRAY_LEN(columns));

	t->title = "WHAT DATA SAYS";
	for (size_t i = 0; i < KD_ARRAY_LEN(shown); i++) {
		const struct kd_state_fact *x = &f->fact[shown[i]];
		struct kd_cell *row = kd_table_row(t);
		const bool unknown = kd_view_starts(x->why, KD_V("not checked"));

		row[0] = kd_cell_text(kd_view_of(kd_state_info(shown[i])->words));
		row[1] = unknown ? kd_cell_none("not checked") : kd_cell_bool(x->holds);
		row[2] = x->since ? kd_know_when(s, x->since) : kd_cell_text(KD_V(""));
		row[3] = kd_know_text(s, x->why.n ? x->why : shown[i] == KD_STATE_KNOWN ? KD_V("no ticket, no known issue") : KD_VNULL);
	}
}

static void tell(struct kd_memory *m, const char *grp, const struct kd_states *st, const struct kd_state_facts *f, struct kd_sheet *s)
{
	struct kd_state_now now;
	const struct kd_state_info *i;

	kd_state_judge(st, f, &now);
	i = kd_state_info(now.state);
	kd_sheet_say(s, "%s is %.*s%s", grp, KD_VARG(kd_state_words(now.state, now.version, s->arena)),
		     now.derived ? " (follows from data, nobody said it)" : "");
	kd_sheet_field(s, "group", "GROUP", kd_sheet_cell(s, kd_view_of(grp)));
	kd_sheet_field(s, "state", "STATE", kd_sheet_cell(s, kd_state_words(now.state, now.version, s->arena)));
	kd_sheet_field(s, "derived", NULL, kd_cell_bool(now.derived));
	if (now.derived)
		kd_sheet_field(s, "because", "BECAUSE", kd_know_text(s, f->fact[now.state].why));
	kd_sheet_field(s, "since", "SINCE", kd_know_when(s, now.since));
	kd_sheet_field(s, "age", "AGE", kd_know_age(s, now.since, m->now));
	if (i->next)
		kd_sheet_field(s, "todo", "NEXT", kd_sheet_text(s, "%s (%s)", i->next, i->who).p ? kd_cell_text(kd_sheet_text(s, "%s (%s)", i->next, i->who))
												  : kd_cell_none(NULL));
	tell_steps(m, st, s);
	tell_facts(f, s);
	for (size_t k = 0; k < KD_STATES; k++)
		if (i->to & 1u << k)
			kd_sheet_next(s, "kdoc state %s %s%s", grp, kd_state_info(k)->name,
				      kd_state_info(k)->needs == KD_STATE_NEEDS_NOTHING ? "" : kd_state_info(k)->needs == KD_STATE_NEEDS_REF ? " --ref=…" : " --why=…");
}

struct kd_error *kd_state_ask(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_state_options *o = options;
	kd_auto(kd_fixwatch_closep) struct kd_fixwatch *w = NULL;
	struct kd_state_step to = {.at = m->now, .ref = kd_view_of(o->ref), .why = kd_view_of(o->why), .who = kd_view_of(m->who)};
	struct kd_state_facts f;
	struct kd_states st;
	char grp[KD_GROUP_ID];
	struct kd_error *err = kd_groups_find(m->db, kd_view_of(args[0]), grp);

	if (!err && nargs > 1 && !kd_state_by_name(kd_view_of(args[1]), &to.state, &to.version))
		err = kd_error_new(KD_INVALID, "'%s' is no state: unseen, known, posted[-vN], merged, stable, built, deployed, verified, wontfix, "
					       "duplicate, regressed", args[1]);
	if (!err && nargs < 2 && (o->ref || o->why))
		err = kd_error_new(KD_INVALID, "--ref and --why go with a state");
	if (!err)
		err = kd_fixwatch_open(m->ctx, o->index, &w);
	if (!err)
		err = kd_states_of(m->db, grp, s->arena, &st);
	if (!err)
		err = kd_fixwatch_facts(w, m->db, grp, &st, s->arena, &f);
	if (!err && nargs > 1) {
		err = kd_state_set(m->db, grp, &f, &to);
		if (!err)
			err = kd_states_of(m->db, grp, s->arena, &st);
		if (!err)
			err = kd_fixwatch_facts(w, m->db, grp, &st, s->arena, &f);
	}
	if (!err)
		tell(m, grp, &st, &f, s);
	return err;
}

/* ---- the queue ---- */

struct open_one {
	struct kd_view grp, title, ticket, because;
	struct kd_state_now now;
	int64_t events, since_then, last;
};

struct queue {
	struct kd_memory *m;
	const struct kd_follow_options *o;
	struct kd_fixwatch *w;
	struct kd_sheet *s;
	struct {
		struct open_one *v;
		size_t n, cap;
	} rows;
	uint64_t closed;
};

struct keyed {
	struct kd_view grp, title;
};

struct groups {
	struct kd_sheet *s;
	struct {
		struct keyed *v;
		size_t n, cap;
	} list;
};

static struct kd_error *on_group(void *user, const char *grp, struct kd_view title)
{
	struct groups *g = user;
	struct keyed *k = kd_avec_push(g->s->arena, &g->list, 1 << 20);

	if (!k)
		return kd_error_new(KD_LIMIT, "more groups than fit into memory");
	k->grp = kd_arena_view(g->s->arena, kd_view_of(grp));
	k->title = kd_arena_view(g->s->arena, title);
	return NULL;
}

static struct kd_error *count_events(void *user, struct kd_view release, int64_t n, int64_t first, int64_t last)
{
	int64_t *sum = user;

	(void)release, (void)first, (void)last;
	*sum += n;
	return NULL;
}

static struct kd_error *look_at(struct queue *q, const struct keyed *g)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	struct kd_links links = {.n = 0};
	const struct kd_link *ticket;
	struct kd_state_facts f;
	struct kd_state_now now;
	struct kd_states st;
	struct open_one *r;
	struct kd_error *err = kd_states_of(q->m->db, g->grp.p, &a, &st);

	if (!err)
		err = kd_fixwatch_facts(q->w, q->m->db, g->grp.p, &st, &a, &f);
	if (err)
		return err;
	kd_state_judge(&st, &f, &now);
	if (!kd_state_info(now.state)->open && !q->o->all) {
		q->closed++;
		return NULL;
	}
	err = kd_links_of_group(q->m->db, g->grp.p, &a, &links);
	if (err)
		return err;
	r = kd_avec_push(q->s->arena, &q->rows, 1 << 20);
	if (!r)
		return kd_error_new(KD_LIMIT, "more groups than fit into memory");
	ticket = kd_links_ticket(&links);
	*r = (struct open_one){.grp = g->grp, .title = g->title, .now = now, .events = f.events, .last = f.last_event};
	r->now.step = NULL;
	if (ticket)
		r->ticket = kd_arena_printf(q->s->arena, "%.*s:%.*s", KD_VARG(ticket->system), KD_VARG(ticket->key));
	if (now.derived)
		r->because = kd_arena_view(q->s->arena, f.fact[now.state].why);
	return now.since ? kd_state_releases_since(q->m->db, g->grp.p, now.since, count_events, &r->since_then) : NULL;
}

/* Oldest first; those of which nobody knows since when, at the end. */
static int by_age(const void *x, const void *y)
{
	const struct open_one *a = x, *b = y;

	if (a->now.since != b->now.since)
		return !a->now.since ? 1 : !b->now.since ? -1 : a->now.since < b->now.since ? -1 : 1;
	return kd_view_cmp(a->grp, b->grp);
}

static void tell_queue(struct queue *q)
{
	static const struct kd_column columns[] = {{"group", "GROUP"},	 {"state", "STATE"},	   {"age", "AGE"},	   {"since", NULL},
						   {"age_seconds", NULL}, {"todo", "NEXT"},	   {"who", "WHO"},	   {"events", NULL},
						   {"events_since", "EVENTS SINCE"}, {"last_event", "LAST EVENT"}, {"derived", NULL},
						   {"because", NULL}, {"title", "TITLE"}};
	struct kd_table *t = kd_sheet_table(q->s, "open", columns, KD_ARRAY_LEN(columns));
	struct kd_sheet *s = q->s;

	for (size_t i = 0; i < q->rows.n; i++) {
		const struct open_one *r = &q->rows.v[i];
		const struct kd_state_info *info = kd_state_info(r->now.state);
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(r->grp);
		row[1] = kd_sheet_cell(s, kd_state_words(r->now.state, r->now.version, s->arena));
		row[2] = kd_know_age(s, r->now.since, q->m->now);
		row[3] = kd_know_when(s, r->now.since);
		row[4] = kd_know_seconds(r->now.since, q->m->now);
		row[5] = kd_cell_text(info->next ? kd_view_of(info->next) : KD_V(""));
		row[6] = kd_cell_text(r->ticket.n ? r->ticket : info->who ? kd_view_of(info->who) : KD_V(""));
		row[7] = kd_cell_int(r->events);
		row[8] = r->now.since ? kd_cell_int(r->since_then) : kd_cell_none(NULL);
		row[9] = kd_know_when(s, r->last);
		row[10] = kd_cell_bool(r->now.derived);
		row[11] = kd_know_text(s, r->because);
		row[12] = kd_know_text(s, r->title);
	}
}

struct kd_error *kd_follow(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_follow_options *o = options;
	kd_auto(kd_fixwatch_closep) struct kd_fixwatch *w = NULL;
	struct queue q = {.m = m, .o = o, .s = s};
	struct groups g = {.s = s};
	struct kd_error *err = kd_fixwatch_open(m->ctx, o->index, &w);

	(void)args, (void)nargs;
	q.w = w;
	if (!err)
		err = kd_state_each(m->db, o->all, on_group, &g);
	for (size_t i = 0; i < g.list.n && !err; i++) {
		err = look_at(&q, &g.list.v[i]);
		if (!err)
			err = kd_ctx_check(m->ctx);
	}
	if (err)
		return err;
	if (q.rows.n)
		qsort(q.rows.v, q.rows.n, sizeof(*q.rows.v), by_age);
	kd_sheet_say(s, "%zu follow-up%s %s", q.rows.n, q.rows.n == 1 ? "" : "s", o->all ? "on record" : "open");
	tell_queue(&q);
	if (q.closed)
		kd_sheet_note(s, "%" PRIu64 " closed: --all shows them", q.closed);
	if (kd_fixwatch_why_not(w))
		kd_sheet_note(s, "what became of the fixes was not checked: %s", kd_fixwatch_why_not(w));
	s->none = !q.rows.n;
	if (q.rows.n)
		kd_sheet_next(s, "kdoc state %.*s", KD_VARG(q.rows.v[0].grp));
	return NULL;
}
