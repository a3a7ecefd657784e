// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events and exposure into cells of hosts.
 *
 * The window begins with the group's first event, if that is no longer ago than what is looked
 * back. A window that was chosen because there was a crash begins with one: that crash, and what
 * the same host had within a day of it, is not counted. A time of which the inventory says that a
 * host ran two kernels at once counts for neither.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/exposure.h"
#include "verb/inventory.h"
#include "verb/verify_internal.h"

#define SLACK                                                                                      \
	KD_VFY_HOUR /* inventories are that exact about ends: a crash ends what a span says        \
		     */

/* ---- the window ---- */

static enum kd_vfy_side side_of(const struct kd_vfy *w, uint32_t release)
{
	return release == KD_VFY_NONE ? KD_VFY_UNKNOWN
				      : (enum kd_vfy_side)w->releases.v[release].side;
}

static bool counts(const struct kd_vfy *w, const struct kd_vfy_event *e)
{
	return e->debug == w->o->debug &&
	       (e->release == KD_VFY_NONE ? !w->o->series : !w->releases.v[e->release].apart);
}

static struct kd_error *given_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_vfy *w = user;
	const struct kd_hashmap_entry *e = kd_hashmap_get(&w->release_at, c[0].v);

	(void)n;
	if (e && c[1].type == KD_DBINT && side_of(w, (uint32_t)e->num) == KD_VFY_WITH &&
	    !w->releases.v[e->num].apart && (!w->fix_since || c[1].i < w->fix_since)) {
		w->fix_since = c[1].i;
		w->fix_basis = "as stated";
	}
	return NULL;
}

/* Stated; else the first host with it; else the first event on it. */
static struct kd_error *find_fix(struct kd_vfy *w)
{
	struct kd_error *err =
		kd_db_query(w->m->db, "SELECT release, since FROM rollout ORDER BY since", NULL, 0,
			    given_row, w);

	if (err || w->fix_since)
		return err;
	kd_vec_each (x, &w->spans)
		if (side_of(w, x->release) == KD_VFY_WITH && !w->releases.v[x->release].apart &&
		    (!w->fix_since || x->since < w->fix_since))
			w->fix_since = x->since;
	w->fix_basis = w->fix_since ? "the first host of the inventory with it" : NULL;
	for (size_t i = 0; i < w->events.n && !w->fix_since; i++)
		if (side_of(w, w->events.v[i].release) == KD_VFY_WITH &&
		    counts(w, &w->events.v[i])) {
			w->fix_since = w->events.v[i].time;
			w->fix_basis =
				"the first event on it: derived, it may have been there before";
		}
	return NULL;
}

static void find_window(struct kd_vfy *w)
{
	const int64_t back = w->o->before ? kd_span_of(w->o->before) : 90 * KD_VFY_DAY;
	size_t i;

	if (w->o->since)
		return;
	w->since = (w->fix_since && w->fix_since < w->until ? w->fix_since : w->until) - back;
	for (i = 0; i < w->events.n && !counts(w, &w->events.v[i]); i++)
		;
	if (i < w->events.n && w->events.v[i].time >= w->since && w->events.v[i].time < w->until) {
		w->since = w->events.v[i].time;
		w->first = i;
	}
}

/* ---- exposure ---- */

struct edge {
	int64_t at;
	uint8_t side;
	bool begin;
};

static int by_at(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

struct host_time {
	int64_t us[KD_VFY_SIDES];
	int64_t contradictory;
};

/* Time in which a host ran kernels of one side, however many spans say so. */
static void sweep(const struct edge *v, size_t n, struct host_time *ret)
{
	int64_t open[KD_VFY_SIDES] = {0};

	for (size_t i = 0; i < n; i++) {
		int sides = 0, side = 0;

		for (int k = 0; i && k < KD_VFY_SIDES; k++)
			if (open[k]) {
				sides++;
				side = k;
			}
		if (sides == 1)
			ret->us[side] += v[i].at - v[i - 1].at;
		else if (sides > 1)
			ret->contradictory += v[i].at - v[i - 1].at;
		open[v[i].side] += v[i].begin ? 1 : -1;
	}
}

static int64_t overlap(const struct kd_vfy_span *x, int64_t since, int64_t until)
{
	const int64_t a = x->since > since ? x->since : since,
		      b = x->until < until ? x->until : until;

	return b > a ? b - a : 0;
}

static struct kd_rate_cell *cell_of(struct kd_vfy *w, uint32_t host, enum kd_vfy_side side)
{
	return side == KD_VFY_WITHOUT ? &w->host[host].before : &w->host[host].after;
}

/* Boots are told only if all of the host's spans of that side are in the window and say how many.
 */
static void add_boots(struct kd_vfy *w, const struct kd_vfy_span *v, size_t n,
		      enum kd_vfy_side side)
{
	uint64_t boots = 0;

	for (size_t i = 0; i < n; i++) {
		const struct kd_vfy_release *r = &w->releases.v[v[i].release];

		if (r->side != side || r->apart)
			continue;
		if (v[i].boots == KD_EXPOSURE_NO_BOOTS || v[i].since < w->since ||
		    v[i].until > w->until)
			return;
		boots += (uint64_t)v[i].boots;
	}
	cell_of(w, v->host, side)->boots = boots;
}

static void host_exposure(struct kd_vfy *w, const struct kd_vfy_span *v, size_t n,
			  struct edge *edge)
{
	struct host_time t = {.contradictory = 0};
	size_t edges = 0;

	for (size_t i = 0; i < n; i++) {
		struct kd_vfy_release *r = &w->releases.v[v[i].release];
		const int64_t us = overlap(&v[i], w->since, w->until);
		const uint8_t side = r->apart ? KD_VFY_UNKNOWN : r->side;

		if (!us)
			continue;
		r->us += us;
		if (side != KD_VFY_UNKNOWN && v[i].basis == KD_EXPOSURE_INFERRED)
			w->inferred_us += us;
		edge[edges++] =
			(struct edge){v[i].since > w->since ? v[i].since : w->since, side, true};
		edge[edges++] =
			(struct edge){v[i].until < w->until ? v[i].until : w->until, side, false};
	}
	qsort(edge, edges, sizeof(*edge), by_at);
	sweep(edge, edges, &t);
	w->contradictory += t.contradictory;
	for (int k = KD_VFY_WITHOUT; k <= KD_VFY_WITH; k++) {
		struct kd_rate_cell *c = cell_of(w, v->host, (enum kd_vfy_side)k);

		c->hours = (double)t.us[k] / KD_VFY_HOUR;
		c->hours_known = true;
		if (!t.contradictory)
			add_boots(w, v, n, (enum kd_vfy_side)k);
	}
}

static struct kd_error *add_exposure(struct kd_vfy *w)
{
	kd_auto(kd_freep) struct edge *edge =
		kd_xcalloc(2 * (size_t)KD_EXPOSURE_HOST_MAX + 2, sizeof(*edge));
	int64_t a_day = 0;

	kd_vec_each (x, &w->spans)
		if (x->until > w->newest)
			w->newest = x->until < w->until ? x->until : w->until;
	for (size_t i = 0, k; i < w->spans.n; i = k) {
		struct kd_error *err = NULL;

		for (k = i; k < w->spans.n && w->spans.v[k].host == w->spans.v[i].host; k++) {
			const struct kd_vfy_release *r = &w->releases.v[w->spans.v[k].release];

			if (r->side == KD_VFY_WITH && !r->apart)
				a_day += overlap(&w->spans.v[k], w->newest - KD_VFY_DAY, w->newest);
		}
		err = k - i > KD_EXPOSURE_HOST_MAX
			      ? kd_error_new(KD_LIMIT, "too many spans of one host")
			      : kd_ctx_check(w->m->ctx);
		if (err)
			return err;
		host_exposure(w, &w->spans.v[i], k - i, edge);
	}
	w->hours_per_day = (double)a_day / KD_VFY_HOUR;
	return NULL;
}

/* ---- events ---- */

/* Spans of each host: [from[h], from[h + 1]) of those that are sorted by host. */
struct places {
	size_t *from, *to; /* by host */
	uint8_t *boot_seen; /* by boot: a bit for each side */
};

static bool covers(const struct kd_vfy *w, const struct places *p, uint32_t host, int64_t time,
		   enum kd_vfy_side side)
{
	for (size_t i = p->from[host]; i < p->to[host]; i++) {
		const struct kd_vfy_span *x = &w->spans.v[i];

		if (!w->releases.v[x->release].apart && w->releases.v[x->release].side == side &&
		    time >= x->since - SLACK && time <= x->until + SLACK)
			return true;
	}
	return false;
}

/* The side of an event that names no release, by what its host ran then. */
static enum kd_vfy_side side_then(const struct kd_vfy *w, const struct places *p,
				  const struct kd_vfy_event *e)
{
	enum kd_vfy_side side = KD_VFY_UNKNOWN;
	size_t found = 0;

	for (size_t i = e->host == KD_VFY_NONE ? 0 : p->from[e->host];
	     e->host != KD_VFY_NONE && i < p->to[e->host]; i++) {
		const struct kd_vfy_span *x = &w->spans.v[i];

		if (e->time < x->since || e->time > x->until)
			continue;
		found++;
		if (w->releases.v[x->release].apart)
			return KD_VFY_UNKNOWN;
		side = (enum kd_vfy_side)w->releases.v[x->release].side;
	}
	return found == 1 ? side : KD_VFY_UNKNOWN;
}

static void add_unplaced(struct kd_vfy *w, const struct places *p, const struct kd_vfy_event *e,
			 enum kd_vfy_side side)
{
	const uint8_t bit = (uint8_t)(1 << side);

	if (e->boot != KD_VFY_NONE && p->boot_seen[e->boot] & bit)
		return;
	if (e->boot != KD_VFY_NONE)
		p->boot_seen[e->boot] |= bit;
	w->unplaced[side]++;
}

static void add_placed(struct kd_vfy *w, const struct places *p, const struct kd_vfy_event *e,
		       enum kd_vfy_side side)
{
	struct kd_rate_cell *c;

	if (e->host == KD_VFY_NONE || e->boot == KD_VFY_NONE) {
		add_unplaced(w, p, e, side);
		return;
	}
	c = cell_of(w, e->host, side);
	/* a host of which the inventory knows that it ran something else then: its hours are not
	 * those of the crash */
	if (c->hours_known && c->hours > 0 && !covers(w, p, e->host, e->time, side)) {
		add_unplaced(w, p, e, side);
		return;
	}
	c->events++;
	if (p->boot_seen[e->boot])
		return;
	p->boot_seen[e->boot] |= (uint8_t)(1 << side);
	c->hit++;
	if (e->release != KD_VFY_NONE)
		w->releases.v[e->release].hits++;
}

static void note_after(struct kd_vfy *w, size_t i)
{
	uint32_t *slot;

	w->after_events++;
	slot = kd_vec_push(&w->after, KD_VFY_SHOWN);
	if (slot)
		*slot = (uint32_t)i;
}

static bool is_first_episode(const struct kd_vfy *w, size_t i)
{
	const struct kd_vfy_event *e = &w->events.v[i],
				  *first = w->first == SIZE_MAX ? NULL : &w->events.v[w->first];

	if (!first)
		return false;
	return i == w->first || (first->boot != KD_VFY_NONE && e->boot == first->boot) ||
	       (first->host != KD_VFY_NONE && e->host == first->host &&
		e->time <= first->time + KD_VFY_DAY);
}

static void add_event(struct kd_vfy *w, const struct places *p, size_t i)
{
	const struct kd_vfy_event *e = &w->events.v[i];
	enum kd_vfy_side side;

	if (e->time < w->since || e->time >= w->until)
		return;
	if (!counts(w, e)) {
		w->apart_events++;
		return;
	}
	w->untimed += e->untimed;
	if (e->release != KD_VFY_NONE)
		w->releases.v[e->release].events++;
	side = side_of(w, e->release);
	if (e->release == KD_VFY_NONE) {
		side = side_then(w, p, e);
		w->inferred_release += side != KD_VFY_UNKNOWN;
	}
	if (side == KD_VFY_WITH)
		note_after(w, i);
	if (is_first_episode(w, i)) {
		w->skipped++;
	} else if (side != KD_VFY_UNKNOWN) {
		add_placed(w, p, e, side);
	} else if (e->release != KD_VFY_NONE) {
		w->unknown_events++;
	} else { /* of either: each end of the interval is that of the worse case */
		w->no_release++;
		add_unplaced(w, p, e, KD_VFY_WITHOUT);
		add_unplaced(w, p, e, KD_VFY_WITH);
	}
}

struct kd_error *kd_vfy_count(struct kd_vfy *w)
{
	kd_auto(kd_freep) size_t *from = NULL, *to = NULL;
	kd_auto(kd_freep) uint8_t *seen = NULL;
	struct places p;
	struct kd_error *err = find_fix(w);

	if (err)
		return err;
	find_window(w);
	w->host = kd_xcalloc(w->hosts.n + 1, sizeof(*w->host));
	for (size_t i = 0; i < w->hosts.n; i++)
		w->host[i].host = w->hosts.v[i];
	p.from = from = kd_xcalloc(w->hosts.n + 1, sizeof(*from));
	p.to = to = kd_xcalloc(w->hosts.n + 1, sizeof(*to));
	p.boot_seen = seen = kd_xcalloc(w->boot_at.entries.n + 1, 1);
	for (size_t i = 0; i < w->spans.n; i++) {
		if (!to[w->spans.v[i].host])
			from[w->spans.v[i].host] = i;
		to[w->spans.v[i].host] = i + 1;
	}
	err = add_exposure(w);
	for (size_t i = 0; i < w->events.n && !err; i++)
		add_event(w, &p, i);
	for (size_t i = 0; i < w->hosts.n && !err; i++) {
		struct kd_rate_host *h = &w->host[i];

		/* inventories count boots late: a number that cannot be is none */
		h->before.boots = h->before.boots < h->before.hit ? 0 : h->before.boots;
		h->after.boots = h->after.boots < h->after.hit ? 0 : h->after.boots;
	}
	return err;
}
