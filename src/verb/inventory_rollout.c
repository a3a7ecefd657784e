// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a release came to the fleet: stated by people, or derived from the inventory (the first
 * host, half of the fleet, the last), or where there is none from events (the first of the
 * release).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "report/release.h"
#include "verb/inventory.h"

enum { RELEASES_MAX = 100000, FIRSTS_MAX = 4000000 };
#define WEEK_US ((int64_t)7 * 86400 * 1000000)

struct rollout {
	struct kd_view release;
	uint64_t hosts;
	int64_t since, half, last, until; /* 0: not known */
	int64_t event; /* the first one */
	int64_t given_since, given_until;
	struct kd_view note;
	bool given;
};

struct work {
	struct kd_memory *m;
	struct kd_sheet *s;
	struct kd_hashmap at; /* release → index into v */
	KD_VEC(struct rollout) v;
	int64_t fleet;
};

static struct kd_error *slot_of(struct work *w, struct kd_view release, struct rollout **ret)
{
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&w->at, release, &is_new);
	struct rollout *r = e && is_new ? kd_vec_push(&w->v, RELEASES_MAX) : NULL;

	if (!e || (is_new && !r))
		return kd_error_new(KD_LIMIT, "more than %d releases", RELEASES_MAX);
	if (is_new) {
		*r = (struct rollout){.release = e->key};
		e->num = w->v.n - 1;
	}
	*ret = &w->v.v[e->num];
	return NULL;
}

/* release, first moment of a host with it, in the order of both; a row for each host. */
static struct kd_error *host_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct work *w = user;
	struct rollout *r;
	struct kd_error *err = slot_of(w, c[0].v, &r);

	(void)n;
	if (err)
		return err;
	if (!r->hosts++)
		r->since = c[1].i;
	if ((int64_t)r->hosts * 2 >= w->fleet && !r->half)
		r->half = c[1].i;
	r->last = c[1].i;
	if (c[2].i > r->until)
		r->until = c[2].i;
	return NULL;
}

static struct kd_error *event_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct rollout *r;
	struct kd_error *err = slot_of(user, c[0].v, &r);

	(void)n;
	if (!err)
		r->event = c[1].i;
	return err;
}

static struct kd_error *given_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct work *w = user;
	struct rollout *r;
	struct kd_error *err = slot_of(w, c[0].v, &r);

	(void)n;
	if (err)
		return err;
	r->given = true;
	r->given_since = kd_dbint_of(&c[1], 0);
	r->given_until = kd_dbint_of(&c[2], 0);
	r->note = c[3].type == KD_DBTEXT ? kd_arena_view(w->s->arena, c[3].v) : KD_VNULL;
	return NULL;
}

static struct kd_error *load(struct work *w, struct kd_view release)
{
	struct kd_dbval a = kd_dbtext(release.n ? release : KD_V(""));
	struct kd_db *db = w->m->db;
	struct kd_dbval week = kd_dbint(WEEK_US);
	/* hosts that are there no more are no part of the fleet that a release comes to */
	struct kd_error *err = kd_db_number(db,
					    "SELECT COUNT(DISTINCT host) FROM exposure WHERE until "
					    ">= (SELECT MAX(until) FROM exposure) - ?1",
					    &week, 1, &w->fleet);

	if (!err)
		err = kd_db_query(db,
				  "SELECT release, since, until FROM (SELECT release, host, "
				  "MIN(since) AS since, MAX(until) AS until "
				  "FROM exposure WHERE release = ?1 OR ?1 = '' GROUP BY release, "
				  "host) AS t ORDER BY release, since",
				  &a, 1, host_row, w);
	if (!err)
		err = kd_db_query(db,
				  "SELECT release, MIN(at) FROM event WHERE release IS NOT NULL "
				  "AND at > 0 AND (release = ?1 OR ?1 = '') "
				  "GROUP BY release ORDER BY 1",
				  &a, 1, event_row, w);
	return err ? err
		   : kd_db_query(db,
				 "SELECT release, since, until, note FROM rollout WHERE release = "
				 "?1 OR ?1 = '' ORDER BY release",
				 &a, 1, given_row, w);
}

static struct kd_cell when(struct kd_sheet *s, int64_t us, const char *why)
{
	return us ? kd_cell_text(kd_moment_text(s, us)) : kd_cell_none(why);
}

static void tell(struct work *w)
{
	static const struct kd_column columns[] = {
		{"release", "RELEASE"}, {"since", "FIRST HOST"}, {"half", "HALF OF THE FLEET"},
		{"last", "LAST HOST"},  {"until", "SEEN UNTIL"}, {"hosts", "HOSTS"},
		{"basis", "BASIS"},     {"note", NULL}};
	struct kd_table *t;

	kd_sheet_say(w->s, "%zu release%s; the fleet has %lld host%s", w->v.n,
		     w->v.n == 1 ? "" : "s", (long long)w->fleet, w->fleet == 1 ? "" : "s");
	t = kd_sheet_table(w->s, "rollouts", columns, KD_ARRAY_LEN(columns));
	t->title = "ROLLOUTS";
	kd_vec_each (r, &w->v) {
		const bool inventory = r->hosts > 0;
		const int64_t since = r->given && r->given_since ? r->given_since
				      : inventory                ? r->since
								 : r->event;
		const char *basis = r->given    ? "stated"
				    : inventory ? "derived from the inventory"
						: "derived from events";
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(w->s, r->release);
		row[1] = when(w->s, since, NULL);
		row[1].guessed =
			!r->given && !inventory; /* it may have run for long before it crashed */
		row[2] = when(w->s, r->half, inventory ? "less than half had it" : "no inventory");
		row[3] = when(w->s, r->last, "no inventory");
		row[4] = when(w->s, r->given_until ? r->given_until : r->until, "no inventory");
		row[5] = inventory ? kd_cell_uint(r->hosts) : kd_cell_none("no inventory");
		row[6] = kd_cell_text(kd_view_of(basis));
		row[7] = kd_cell_text(r->note);
	}
	kd_sheet_field(w->s, "fleet", NULL, kd_cell_int(w->fleet));
	w->s->none = !w->v.n;
	if (!w->fleet)
		kd_sheet_next(w->s, "kdoc inventory ingest FILE");
}

static struct kd_error *state(struct kd_memory *m, const struct kd_inventory_rollout_options *o,
			      struct kd_view release)
{
	struct kd_release parsed;
	int64_t since, until = 0;
	struct kd_error *err = kd_moment_of(o->since, &since);

	if (!err && o->until)
		err = kd_moment_of(o->until, &until);
	if (!err && until && until < since)
		err = kd_error_new(KD_INVALID, "the rollout ends before it begins");
	if (!err && (!kd_release_parse(release, &parsed) || release.n > 255))
		err = kd_error_new(KD_INVALID, "'%.*s' is no release of a kernel (uname -r)",
				   KD_VARG(release));
	if (!err) {
		struct kd_dbval a[] = {kd_dbtext(release), kd_dbint(since),
				       until ? kd_dbint(until) : kd_dbnull(),
				       kd_dbtext(o->note ? kd_view_of(o->note) : KD_VNULL)};

		err = kd_db_run(
			m->db,
			"INSERT INTO rollout (release, since, until, note) VALUES (?1, ?2, ?3, ?4) "
			"ON CONFLICT (release) DO UPDATE SET "
			"since = excluded.since, until = excluded.until, note = excluded.note",
			a, KD_ARRAY_LEN(a), NULL);
	}
	return err;
}

struct kd_error *kd_inventory_rollout(struct kd_memory *m, const void *options,
				      const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_inventory_rollout_options *o = options;
	struct kd_view release = nargs ? kd_view_of(args[0]) : KD_VNULL;
	struct kd_arena keys = KD_ARENA_INIT((size_t)64 << 20);
	struct work w = {.m = m, .s = s, .at = KD_HASHMAP_INIT(RELEASES_MAX, &keys)};
	struct kd_error *err = NULL;

	if (o->since && !nargs)
		err = kd_error_new(KD_INVALID, "--since goes with a release");
	else if ((o->until || o->note) && !o->since)
		err = kd_error_new(KD_INVALID, "--until and --note go with --since");
	else if (o->since)
		err = state(m, o, release);
	if (!err)
		err = load(&w, release);
	if (!err)
		tell(&w);
	kd_hashmap_deinit(&w.at);
	kd_vec_free(&w.v);
	kd_arena_deinit(&keys);
	return err;
}
