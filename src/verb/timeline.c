// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "verb/incident.h"
#include "verb/memory.h"

#define RESULT_MAX ((size_t)256 << 20)
enum { TEXT = 4096, HOSTS = 5000 };

struct build {
	struct kd_db *db;
	struct kd_timeline *t;
	char grp[KD_GROUP_ID]; /* "": no group was asked for */
	KD_VEC(struct kd_incident_sum) sum;
	uint32_t events;
};

static struct kd_view keep(struct build *b, struct kd_view v)
{
	return v.n ? kd_arena_view(&b->t->arena, v) : KD_VNULL;
}

static struct kd_timeline_row *add(struct build *b, enum kd_timeline_kind kind,
				   const struct kd_incident_sum *s)
{
	struct kd_timeline_row *r = NULL;

	if (b->t->n < KD_TIMELINE_ROWS) {
		struct {
			struct kd_timeline_row *v;
			size_t n, cap;
		} vec = {b->t->row, b->t->n, b->t->cap};

		r = kd_avec_push(&b->t->arena, &vec, KD_TIMELINE_ROWS);
		b->t->row = vec.v;
		b->t->n = vec.n;
		b->t->cap = vec.cap;
	}
	if (!r) {
		b->t->cut = true;
		return NULL;
	}
	*r = (struct kd_timeline_row){.kind = (uint8_t)kind, .host = s->host, .boot = s->boot};
	return r;
}

/* ---- rows of one incident ---- */

static void boot_row(struct build *b, const struct kd_incident *inc)
{
	struct kd_timeline_row *r = add(b, KD_TIMELINE_BOOT, &inc->sum);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT);

	if (!r)
		return;
	kd_incident_say_whole(inc, &text);
	r->at = inc->sum.from;
	r->id = keep(b, kd_view_of(inc->sum.id));
	r->text = keep(b, kd_buf_view(&text));
}

/* A release that is new in this timeline, with the time of the host's first event with it. */
static struct kd_error *release_row(struct build *b, const struct kd_incident *inc,
				    const struct kd_event *e)
{
	struct kd_dbval args[] = {kd_dbtext(inc->sum.host), kd_dbtext(e->release)};
	struct kd_timeline_row *r;

	if (!e->release.n)
		return NULL;
	for (size_t i = 0; i < b->t->n; i++)
		if (b->t->row[i].kind == KD_TIMELINE_RELEASE &&
		    kd_view_eq(b->t->row[i].host, inc->sum.host) &&
		    kd_view_eq(b->t->row[i].text, e->release))
			return NULL;
	r = add(b, KD_TIMELINE_RELEASE, &inc->sum);
	if (!r)
		return NULL;
	r->at = e->key.at;
	r->text = keep(b, e->release);
	/* that event may be of an incident which is not shown */
	return inc->sum.host.n ? kd_db_number(b->db,
					      "SELECT MIN(at) FROM event WHERE host = ?1 AND "
					      "release = ?2 AND at > 0",
					      args, 2, &r->at)
			       : NULL;
}

static void event_row(struct build *b, const struct kd_incident *inc, size_t i,
		      const uint32_t *number)
{
	const struct kd_incident_event *x = &inc->v[i];
	kd_auto(kd_buf_deinit) struct kd_buf open = KD_BUF_INIT(TEXT);
	struct kd_timeline_row *r = add(b, KD_TIMELINE_EVENT, &inc->sum);
	char id[KD_EVENT_ID];

	if (!r)
		return;
	kd_event_id(x->e.key, id);
	kd_incident_say_open(inc, i, &open);
	r->at = x->e.key.at;
	r->number = number[i];
	r->cause = x->cause >= 0 ? number[x->cause] : 0;
	r->guess = x->tie == KD_INCIDENT_MAYBE;
	r->unsure = x->unsure;
	r->why = x->why;
	r->open = keep(b, kd_buf_view(&open));
	r->text = x->sig->title.n ? x->sig->title : KD_V("(its signature is not known)");
	r->id = keep(b, kd_view_of(id));
	r->grp = x->sig->grp;
	r->issue = x->e.issue;
	r->fatal = x->e.fatal;
	r->has_taint = x->e.has_taint;
	kd_taint_letters((uint32_t)x->e.taint, r->taint);
	r->has_cpu = x->e.has_cpu;
	r->cpu = x->e.cpu;
	r->has_mono = x->e.has_mono;
	r->mono = x->e.mono;
	r->tier = x->e.tier;
	r->first = i == inc->first && !inc->first_open && inc->n > 1;
	r->ours = b->grp[0] && kd_view_eq(x->sig->grp, kd_view_of(b->grp));
	r->times = x->repeats + 1;
	b->t->events++;
}

static struct kd_error *rows_of(struct build *b, const struct kd_incident_sum *sum)
{
	struct kd_incident inc;
	struct kd_error *err = kd_incident_load(b->db, sum, &b->t->arena, &inc);
	uint32_t *number;

	if (err)
		return err;
	number = kd_arena_array(&b->t->arena, inc.n, uint32_t);
	if (!number)
		return kd_error_new(KD_LIMIT, "the timeline needs too much memory");
	for (size_t i = 0; i < inc.n; i++)
		number[i] = inc.v[i].repeat_of >= 0 ? number[inc.v[i].repeat_of] : ++b->events;
	boot_row(b, &inc);
	for (size_t i = 0; i < inc.n && !err; i++) {
		if (inc.v[i].repeat_of >= 0)
			continue;
		err = release_row(b, &inc, &inc.v[i].e);
		event_row(b, &inc, i, number);
	}
	b->t->incidents++;
	return err;
}

/* ---- which incidents ---- */

static struct kd_error *push(struct build *b, const struct kd_incident_sum *s)
{
	struct kd_incident_sum *x = kd_vec_push(&b->sum, 100000);

	if (!x)
		return kd_error_new(KD_LIMIT,
				    "too many incidents for one timeline: ask for a host");
	*x = *s;
	x->host = keep(b, s->host);
	x->boot = keep(b, s->boot);
	return NULL;
}

static struct kd_error *on_host(void *user, const struct kd_incident_sum *s)
{
	return push(user, s);
}

struct group_event {
	struct build *b;
	KD_VEC(struct kd_event) v;
};

static struct kd_error *on_group(void *user, const struct kd_dbval *col, size_t n)
{
	struct group_event *g = user;
	struct kd_event *e = kd_vec_push(&g->v, HOSTS);

	(void)n;
	if (!e)
		return NULL; /* counted below by its incident's absence: the newest come first */
	kd_event_read(col, e);
	return kd_event_keep(e, &g->b->t->arena)
		       ? NULL
		       : kd_error_new(KD_LIMIT, "the timeline needs too much memory");
}

static bool there(const struct build *b, const char *id)
{
	for (size_t i = 0; i < b->sum.n; i++)
		if (!strcmp(b->sum.v[i].id, id))
			return true;
	return false;
}

/* The incidents that events of the group lie in, the newest first. */
static struct kd_error *of_group(struct build *b)
{
	struct group_event g = {.b = b};
	struct kd_dbval args[] = {kd_dbtext(kd_view_of(b->grp))};
	struct kd_error *err =
		kd_db_query(b->db,
			    "SELECT " KD_EVENT_COLUMNS
			    " FROM event WHERE sig IN (SELECT sig FROM sig WHERE grp = ?1) "
			    "ORDER BY at DESC, dig LIMIT 5000",
			    args, 1, on_group, &g);

	for (size_t i = 0; i < g.v.n && !err; i++) {
		struct kd_incident_sum s;

		err = kd_incident_of(b->db, &g.v.v[i], &b->t->arena, &s);
		if (!err && !there(b, s.id) && b->sum.n < KD_TIMELINE_INCIDENTS)
			err = push(b, &s);
		else if (!err && !there(b, s.id))
			b->t->left_out++;
	}
	kd_vec_free(&g.v);
	return err;
}

static struct kd_error *choose(struct build *b, struct kd_view name)
{
	struct kd_incident inc;
	struct kd_error *err;

	if (kd_view_starts(name, KD_V("g-"))) {
		b->t->what = KD_V("group");
		err = kd_groups_find(b->db, name, b->grp);
		return err ? err : of_group(b);
	}
	if (kd_view_starts(name, KD_V("inc-")) || kd_view_starts(name, KD_V("ev-"))) {
		b->t->what = KD_V("incident");
		err = kd_incident_named(b->db, name, &b->t->arena, &inc);
		return err ? err : push(b, &inc.sum);
	}
	b->t->what = KD_V("host");
	err = kd_incident_each(b->db, name, on_host, b);
	if (!err && !b->sum.n)
		err = kd_error_new(KD_NOTFOUND,
				   "%.*s is no incident, event, group or host with events; kdoc incident list and group list name them",
				   KD_VARG(name));
	return err;
}

/* Those without a time come first: nobody knows where they belong. */
static int oldest(const void *pa, const void *pb)
{
	const struct kd_incident_sum *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return strcmp(a->id, b->id);
}

static struct kd_error *build(struct build *b, struct kd_view name)
{
	struct kd_error *err = choose(b, name);
	size_t from = 0;

	if (!err && b->sum.n)
		qsort(b->sum.v, b->sum.n, sizeof(*b->sum.v), oldest);
	if (b->sum.n > KD_TIMELINE_INCIDENTS) {
		from = b->sum.n - KD_TIMELINE_INCIDENTS;
		b->t->left_out += from;
	}
	for (size_t i = from; i < b->sum.n && !err; i++)
		err = rows_of(b, &b->sum.v[i]);
	return err;
}

struct kd_error *kd_timeline(struct kd_ctx *ctx, const char *memory, const char *name,
			     struct kd_timeline **ret)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_timeline_freep) struct kd_timeline *t = kd_xcalloc(1, sizeof(*t));
	struct build b = {.t = t};
	struct kd_error *err = kd_memory_open(ctx, memory, KD_DB_READ, &db);

	t->arena = KD_ARENA_INIT(RESULT_MAX);
	b.db = db;
	t->id = keep(&b, kd_view_of(name));
	if (!err)
		err = build(&b, t->id);
	kd_vec_free(&b.sum);
	if (!err)
		*ret = kd_take(t);
	return err;
}

void kd_timeline_free(struct kd_timeline *t)
{
	if (!t)
		return;
	kd_arena_deinit(&t->arena);
	kd_free(t);
}

void kd_timeline_freep(struct kd_timeline **t)
{
	kd_timeline_free(*t);
}
