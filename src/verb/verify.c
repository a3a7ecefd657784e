// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/exposure.h"
#include "case/groups.h"
#include "verb/inventory.h"
#include "verb/verify_internal.h"

/* ---- what the memory holds ---- */

static struct kd_error *too_many(const char *what)
{
	return kd_error_new(KD_LIMIT, "too many %s for one answer: --since narrows it", what);
}

static bool is_debug(const struct kd_release *r)
{
	return r->flavour & (KD_FLAVOUR_KASAN | KD_FLAVOUR_DEBUG | KD_FLAVOUR_SANITIZER);
}

/* Of the class of builds and the series that was asked for? */
static bool is_apart(const struct kd_vfy *w, struct kd_view text)
{
	char series[KD_SERIES_LEN];
	struct kd_release r;

	if (!kd_release_parse(text, &r))
		return w->o->debug || w->o->series;
	kd_release_series(&r, series);
	return is_debug(&r) != w->o->debug || (w->o->series && strcmp(series, w->o->series) != 0);
}

struct kd_error *kd_vfy_release_of(struct kd_vfy *w, struct kd_view text, uint32_t *ret)
{
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&w->release_at, text, &is_new);
	struct kd_vfy_release *r =
		e && is_new ? kd_vec_push(&w->releases, KD_VFY_RELEASES_MAX) : NULL;

	if (!e || (is_new && !r))
		return too_many("releases");
	if (is_new) {
		*r = (struct kd_vfy_release){
			.text = e->key, .side = KD_VFY_UNKNOWN, .apart = is_apart(w, e->key)};
		e->num = w->releases.n - 1;
	}
	*ret = (uint32_t)e->num;
	return NULL;
}

static struct kd_error *host_of(struct kd_vfy *w, struct kd_view name, uint32_t *ret)
{
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&w->host_at, name, &is_new);
	struct kd_view *h = e && is_new ? kd_vec_push(&w->hosts, KD_RATE_HOSTS_MAX) : NULL;

	if (!e || (is_new && !h))
		return too_many("hosts");
	if (is_new) {
		*h = e->key;
		e->num = w->hosts.n - 1;
	}
	*ret = (uint32_t)e->num;
	return NULL;
}

/* A boot is named by its host and its id. */
static struct kd_error *boot_of(struct kd_vfy *w, uint32_t host, struct kd_view id, uint32_t *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf key = KD_BUF_INIT(1 << 16);
	struct kd_hashmap_entry *e;
	bool is_new = false;

	kd_buf_add_le32(&key, host);
	kd_buf_add(&key, id);
	e = kd_hashmap_add(&w->boot_at, kd_buf_view(&key), &is_new);
	if (!e)
		return too_many("boots");
	if (is_new)
		e->num = w->boot_at.entries.n - 1;
	*ret = (uint32_t)e->num;
	return NULL;
}

static bool has_text(const struct kd_dbval *c)
{
	return c->type == KD_DBTEXT && c->v.n;
}

/* at, dig, seen, debug, host, boot, release */
static struct kd_error *event_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_vfy *w = user;
	struct kd_vfy_event *e = kd_vec_push(&w->events, KD_VFY_EVENTS_MAX);
	struct kd_error *err = e ? NULL : too_many("events");

	(void)n;
	if (err)
		return err;
	*e = (struct kd_vfy_event){.key = {c[0].i, c[1].i},
				   .time = c[0].i ? c[0].i : c[2].i,
				   .untimed = !c[0].i,
				   .debug = c[3].type == KD_DBINT && c[3].i,
				   .host = KD_VFY_NONE,
				   .boot = KD_VFY_NONE,
				   .release = KD_VFY_NONE};
	if (has_text(&c[4]))
		err = host_of(w, c[4].v, &e->host);
	if (!err && has_text(&c[5]))
		err = boot_of(w, e->host, c[5].v, &e->boot);
	if (!err && has_text(&c[6]))
		err = kd_vfy_release_of(w, c[6].v, &e->release);
	return err;
}

static struct kd_error *on_span(void *user, const struct kd_exposure *e)
{
	struct kd_vfy *w = user;
	struct kd_vfy_span *x = kd_vec_push(&w->spans, KD_VFY_SPANS_MAX);
	struct kd_error *err = x ? NULL : too_many("spans of the inventory");

	if (err)
		return err;
	*x = (struct kd_vfy_span){
		.since = e->since, .until = e->until, .boots = e->boots, .basis = e->basis};
	err = host_of(w, e->host, &x->host);
	return err ? err : kd_vfy_release_of(w, e->release, &x->release);
}

static int by_time(const void *a, const void *b)
{
	const struct kd_vfy_event *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->key.dig > y->key.dig) - (x->key.dig < y->key.dig);
}

static struct kd_error *title_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_vfy *w = user;

	(void)n;
	if (has_text(&c[0]))
		w->title = kd_arena_view(w->a, c[0].v);
	return NULL;
}

/* Spans from the first of the group's events on; of which there may be none. */
struct kd_error *kd_vfy_load(struct kd_vfy *w)
{
	struct kd_dbval a = kd_dbtext(kd_view_of(w->group));
	struct kd_db *db = w->m->db;
	int64_t from = w->until - 90 * KD_VFY_DAY;
	struct kd_error *err =
		kd_db_query(db, "SELECT title FROM grp WHERE id = ?1", &a, 1, title_row, w);

	if (!err)
		err = kd_db_query(db,
				  "SELECT e.at, e.dig, e.seen, e.debug, e.host, e.boot, e.release "
				  "FROM event e JOIN sig s ON s.sig = e.sig "
				  "WHERE s.grp = ?1 AND e.cause_dig IS NULL",
				  &a, 1, event_row, w);
	if (err)
		return err;
	if (w->events.n) {
		qsort(w->events.v, w->events.n, sizeof(*w->events.v), by_time);
		from = w->events.v[0].time;
	}
	if (w->o->since)
		from = w->since;
	return kd_exposure_each(db, from, w->until, on_span, w);
}

/* ---- the question ---- */

static struct kd_error *read_options(struct kd_vfy *w)
{
	struct kd_error *err = NULL;

	if (!w->o->fix == !w->o->release)
		return kd_error_new(KD_INVALID, "one of --fix=COMMIT and --release=RELEASE says "
						"which kernels have the fix");
	if (w->o->before && !kd_span_of(w->o->before))
		return kd_error_new(KD_INVALID, "'%s' is no time span: 24h, 30d, 8w", w->o->before);
	w->until = w->m->now;
	if (w->o->until)
		err = kd_moment_of(w->o->until, &w->until);
	if (!err && w->o->since)
		err = kd_moment_of(w->o->since, &w->since);
	if (!err && w->o->since && w->since >= w->until)
		err = kd_error_new(KD_INVALID, "the window ends before it begins");
	return err;
}

static struct kd_error *compare(struct kd_vfy *w, struct kd_rate *r)
{
	struct kd_rate_input in = {.host = w->host,
				   .n = w->hosts.n,
				   .unplaced_before = w->unplaced[KD_VFY_WITHOUT],
				   .unplaced_after = w->unplaced[KD_VFY_WITH],
				   .hours_per_day = w->hours_per_day};

	return kd_rate_compare(&in, w->a, r);
}

static struct kd_error *verify(struct kd_vfy *w, const char *group)
{
	struct kd_rate r;
	struct kd_error *err = read_options(w);

	w->asked = kd_view_of(group);
	if (!err)
		err = kd_groups_find(w->m->db, w->asked, w->group);
	if (!err)
		err = kd_vfy_load(w);
	if (!err)
		err = kd_vfy_classify(&w->fix, w->releases.v, w->releases.n);
	if (!err)
		err = kd_vfy_count(w);
	if (!err)
		err = compare(w, &r);
	if (!err)
		kd_vfy_tell(w, &r);
	return err;
}

struct kd_error *kd_verify(struct kd_memory *m, const void *options, const char *const *args,
			   size_t nargs, struct kd_sheet *s)
{
	const struct kd_verify_options *o = options;
	struct kd_vfy w = {.m = m,
			   .o = o,
			   .s = s,
			   .a = s->arena,
			   .first = SIZE_MAX,
			   .keys = KD_ARENA_INIT((size_t)512 << 20),
			   .fix = {.commit = o->fix,
				   .release = o->release,
				   .ctx = m->ctx,
				   .store = o->history}};
	struct kd_error *err;

	if (o->regressions)
		return kd_vfy_regressions(m, o, nargs ? args[0] : NULL, s);
	if (!nargs)
		return kd_error_new(KD_INVALID, "which group? 'kdoc triage' lists them");
	w.release_at = KD_HASHMAP_INIT(KD_VFY_RELEASES_MAX, &w.keys);
	w.host_at = KD_HASHMAP_INIT(KD_RATE_HOSTS_MAX, &w.keys);
	w.boot_at = KD_HASHMAP_INIT(KD_VFY_EVENTS_MAX, &w.keys);
	err = verify(&w, args[0]);
	kd_hashmap_deinit(&w.release_at);
	kd_hashmap_deinit(&w.host_at);
	kd_hashmap_deinit(&w.boot_at);
	kd_vec_free(&w.releases);
	kd_vec_free(&w.hosts);
	kd_vec_free(&w.events);
	kd_vec_free(&w.spans);
	kd_vec_free(&w.after);
	kd_free(w.host);
	kd_arena_deinit(&w.keys);
	kd_history_close(w.fix.history);
	return err;
}
