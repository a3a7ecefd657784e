// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/triage_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { NAMES_MAX = 1 << 20 };

/* ---- the window ---- */

static struct kd_error *window_of(struct kd_triage *t)
{
	const struct kd_triage_options *o = t->o;
	int64_t span = kd_span_of(o->window ? o->window : "7d");
	struct kd_error *err = NULL;

	if (!span)
		return kd_error_new(KD_INVALID, "'%s' is no window: 24h, 7d, 4w", o->window);
	t->default_window = !o->window && !o->since;
	t->until = t->m->now;
	if (o->until)
		err = kd_moment_of(o->until, &t->until);
	t->since = t->until - span;
	if (!err && o->since)
		err = kd_moment_of(o->since, &t->since);
	if (!err && t->since >= t->until)
		err = kd_error_new(KD_INVALID, "the window ends before it begins");
	return err;
}

/* ---- what links say ---- */

static struct kd_error *add_name(struct kd_triage *t, struct kd_hashmap *map, struct kd_view key, struct kd_view text)
{
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(map, key, &is_new);
	struct kd_view *slot, old;

	if (!e)
		return kd_error_new(KD_LIMIT, "too many links for one answer");
	if (is_new) {
		slot = kd_vec_push(&t->names, NAMES_MAX);
		if (!slot)
			return kd_error_new(KD_LIMIT, "too many links for one answer");
		*slot = kd_arena_view(t->a, text);
		e->num = t->names.n - 1;
		return NULL;
	}
	old = t->names.v[e->num];
	if (!kd_view_has(old, text))
		t->names.v[e->num] = kd_arena_printf(t->a, "%.*s, %.*s", KD_VARG(old), KD_VARG(text));
	return NULL;
}

static struct kd_view name_in(const struct kd_triage *t, const struct kd_hashmap *map, struct kd_view key)
{
	const struct kd_hashmap_entry *e = kd_hashmap_get(map, key);

	return e ? t->names.v[e->num] : KD_VNULL;
}

static struct kd_error *link_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_triage *t = user;
	struct kd_error *err = NULL;

	(void)n;
	if (c[2].type == KD_DBTEXT && kd_view_eq(c[2].v, KD_V("ticket")))
		err = add_name(t, &t->tickets, c[0].v, c[1].v);
	return err;
}

static struct kd_error *title_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_triage *t = user;

	(void)n;
	return c[0].type == KD_DBTEXT && c[1].type == KD_DBTEXT ? add_name(t, &t->issue_titles, c[0].v, c[1].v) : NULL;
}

static struct kd_error *into_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_triage *t = user;
	struct kd_view ticket = name_in(t, &t->tickets, c[0].v);

	(void)n;
	/* a group that was merged hands its tickets on */
	return ticket.n ? add_name(t, &t->tickets, c[1].v, ticket) : NULL;
}

/* A known issue's ticket is SYSTEM:KEY, a link's is its key: they are shown, and compared, by the key. */
static struct kd_error *known_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_triage *t = user;
	size_t colon = c[1].type == KD_DBTEXT ? kd_view_find(c[1].v, KD_V(":")) : KD_NPOS;

	(void)n;
	if (c[0].type != KD_DBTEXT || c[1].type != KD_DBTEXT)
		return NULL;
	return add_name(t, &t->tickets, c[0].v, colon != KD_NPOS ? kd_view_from(c[1].v, colon + 1) : c[1].v);
}

struct kd_error *kd_triage_load(struct kd_triage *t)
{
	struct kd_db *db = t->m->db;
	struct kd_error *err =
		kd_db_query(db, "SELECT subject, key, kind FROM link ORDER BY subject, key", NULL, 0, link_row, t);

	if (!err)
		err = kd_db_query(db, "SELECT substr(subject, 7), title FROM link WHERE subject LIKE 'issue:%' AND title IS NOT NULL", NULL,
				  0, title_row, t);
	if (!err)
		err = kd_db_query(db, "SELECT id, into_grp FROM grp WHERE into_grp IS NOT NULL ORDER BY made", NULL, 0, into_row, t);
	/* known issues with a ticket: by group, or by a signature of it */
	if (!err)
		err = kd_db_query(db, "SELECT m.value, k.ticket FROM knownmatch m JOIN known k ON k.id = m.known WHERE m.how = 'group' AND k.ticket IS NOT NULL", NULL, 0,
				  known_row, t);
	return err ? err
		   : kd_db_query(db,
				 "SELECT DISTINCT s.grp, k.ticket FROM known k JOIN knownmatch m ON m.known = k.id JOIN sig s ON (m.how = 'strict' AND "
				 "s.strict = m.value) OR (m.how = 'normal' AND s.normal = m.value) WHERE k.ticket IS NOT NULL",
				 NULL, 0, known_row, t);
}

struct kd_view kd_triage_ticket(const struct kd_triage *t, struct kd_view subject)
{
	return name_in(t, &t->tickets, subject);
}

struct kd_view kd_triage_issue_ticket(const struct kd_triage *t, struct kd_view issue)
{
	char key[300];

	if (issue.n > 256)
		return KD_VNULL;
	snprintf(key, sizeof(key), "issue:%.*s", KD_VARG(issue));
	return name_in(t, &t->tickets, kd_view_of(key));
}

/* ---- the whole ---- */

struct kd_error *kd_triage(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct kd_triage t = {.m = m, .o = options, .s = s, .a = s->arena, .keys = KD_ARENA_INIT((size_t)256 << 20)};
	kd_auto(kd_census_freep) struct kd_census *c = NULL;
	struct kd_census_opts co = {0};
	struct kd_hashmap *const maps[] = {&t.tickets, &t.issue_titles, &t.group_into};
	struct kd_error *err = window_of(&t);

	(void)args;
	(void)nargs;
	for (size_t i = 0; i < KD_ARRAY_LEN(maps); i++)
		*maps[i] = KD_HASHMAP_INIT(NAMES_MAX, &t.keys);
	co = (struct kd_census_opts){.since = t.since, .until = t.until, .series = kd_view_of(t.o->series)};
	if (!err)
		err = kd_census_take(m->ctx, m->db, &co, &c);
	t.c = c;
	if (!err)
		err = kd_triage_load(&t);
	if (!err)
		err = kd_triage_classify(&t);
	if (!err)
		err = kd_triage_tell(&t);
	for (size_t i = 0; i < KD_ARRAY_LEN(maps); i++)
		kd_hashmap_deinit(maps[i]);
	kd_vec_free(&t.names);
	kd_vec_free(&t.rows);
	kd_vec_free(&t.cohorts);
	kd_arena_deinit(&t.keys);
	return err;
}
