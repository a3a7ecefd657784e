// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/census.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/numset.h"
#include "case/groups.h"
#include "report/kind.h"
#include "report/relate.h"
#include "report/release.h"

enum { ARENA = 1 << 30, TEXTS_MAX = 1 << 24, TALLIES_MAX = 100000, SIGS_MAX = 1 << 22 };
#define DAY_US ((int64_t)86400 * 1000000)

/* What is counted apart for each group, and behind that for each part of one. */
enum attr { RELEASE, ISSUE, ARCH, HARDWARE, PLACE, ACCESS, MARK, SIGNATURE, GROUPS_ATTRS, PART_RELEASE = GROUPS_ATTRS };

struct sig {
	uint32_t group;
	const struct kd_kind *kind; /* NULL: not of this kdoc */
};

/* An event, for what came before what on a boot. */
struct moment {
	uint32_t boot, group;
	int64_t when; /* kernel time if it has one, else its time */
	uint32_t taint;
	const struct kd_kind *kind;
};

/* An event that follows from another one. */
struct effect {
	struct kd_evkey cause;
	uint32_t group;
	bool fatal;
	uint8_t tier;
};

/* The events of a group by one issue. */
struct part {
	uint32_t group;
	struct kd_census_part p;
};

struct counter { /* of (attribute, group or part, text) */
	uint32_t attr, group, text;
	uint64_t n;
	int64_t first, last;
};

struct text {
	struct kd_view v;
	bool host, boot; /* it was one of an event */
};

struct take {
	struct kd_ctx *ctx;
	struct kd_census *c;
	struct kd_arena keys; /* of the maps: gone when the census is taken */
	struct kd_hashmap texts, counters, sigs, groups, parts, ties;
	struct kd_numset group_hosts, group_boots, part_hosts, part_boots; /* number of the group or part, and text */
	KD_VEC(struct text) text;
	KD_VEC(struct counter) counter;
	KD_VEC(struct sig) sig;
	KD_VEC(struct kd_census_group) group;
	KD_VEC(struct part) part;
	KD_VEC(struct moment) moment;
	KD_VEC(struct effect) effect;
	KD_VEC(struct kd_census_tie) tie;
	bool series_all;
	bool full;
	uint64_t rows;
};

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "the window holds more than can be counted at a time: take a shorter one");
}

static struct kd_view keep(struct take *t, struct kd_view v)
{
	struct kd_view k = v.n ? kd_arena_view(&t->c->arena, v) : KD_VNULL;

	t->full |= v.n && !k.p;
	return k;
}

/* ---- texts and counters ---- */

static uint32_t text_id(struct take *t, struct kd_view v)
{
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&t->texts, v, &is_new);
	struct text *slot;

	if (!e) {
		t->full = true;
		return 0;
	}
	if (is_new) {
		slot = kd_vec_push(&t->text, TEXTS_MAX);
		if (slot)
			slot->v = keep(t, v);
		t->full |= !slot;
		e->num = t->text.n - 1;
	}
	return (uint32_t)e->num;
}

/* true: the first of its kind */
static bool count(struct take *t, enum attr a, uint32_t group, uint32_t text, int64_t when)
{
	uint32_t key[3] = {a, group, text};
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&t->counters, kd_view((const char *)key, sizeof(key)), &is_new);
	struct counter *c;

	if (!e) {
		t->full = true;
		return false;
	}
	if (is_new) {
		c = kd_vec_push(&t->counter, TEXTS_MAX);
		if (!c) {
			t->full = true;
			return false;
		}
		*c = (struct counter){a, group, text, 0, when, when};
		e->num = t->counter.n - 1;
	}
	c = &t->counter.v[e->num];
	c->n++;
	if (when < c->first)
		c->first = when;
	if (when > c->last)
		c->last = when;
	return is_new;
}

/* ---- signatures and groups ---- */

static uint32_t group_of(struct take *t, struct kd_view id)
{
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&t->groups, id, &is_new);
	struct kd_census_group *g;

	if (!e) {
		t->full = true;
		return 0;
	}
	if (is_new) {
		g = kd_vec_push(&t->group, SIGS_MAX);
		t->full |= !g;
		if (g)
			*g = (struct kd_census_group){.id = keep(t, id), .unplaced = true};
		e->num = t->group.n - 1;
	}
	return (uint32_t)e->num;
}

static struct kd_error *sig_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct take *t = user;
	int64_t number = kd_dbint_of(&c[0], 0);
	struct kd_hashmap_entry *e = kd_hashmap_add(&t->sigs, kd_view((const char *)&number, sizeof(number)), NULL);
	struct sig *s = e ? kd_vec_push(&t->sig, SIGS_MAX) : NULL;
	struct kd_census_group *g;

	(void)n;
	if (!s || t->full)
		return no_room();
	e->num = t->sig.n - 1;
	*s = (struct sig){group_of(t, kd_dbtext_of(&c[1])), kd_kind_by_name(kd_dbtext_of(&c[2]))};
	if (t->full)
		return no_room();
	g = &t->group.v[s->group];
	g->unplaced &= kd_dbint_of(&c[11], 0) != 0;
	if (!g->kind.n || kd_dbint_of(&c[9], 0)) { /* the founder speaks for its group */
		g->kind = keep(t, kd_dbtext_of(&c[2]));
		g->family = keep(t, kd_dbtext_of(&c[3]));
		g->title = keep(t, kd_dbtext_of(&c[4]));
		g->subsystem = keep(t, kd_dbtext_of(&c[5]));
		g->func = keep(t, kd_dbtext_of(&c[6]));
		g->place = keep(t, kd_dbtext_of(&c[7]));
		g->owner = (uint8_t)kd_dbint_of(&c[8], 0);
		g->infra = kd_dbint_of(&c[10], 0) != 0;
	}
	return t->full ? no_room() : NULL;
}

/* ---- events ---- */

static bool series_fits(struct take *t, struct kd_view release)
{
	char series[KD_SERIES_LEN];
	struct kd_release r;

	if (t->series_all)
		return true;
	if (kd_view_eq(release, t->c->o.series))
		return true;
	if (!release.n || !kd_release_parse(release, &r))
		return false;
	kd_release_series(&r, series);
	return kd_view_eq(kd_view_of(series), t->c->o.series);
}

enum column { AT, DIG, SIG, SEEN, HOSTNAME, BOOTID, REL, MACHINE, HW, TAINT, TIER, OUTCOME, DEBUG, ISSUE_KEY, ACC, WHERE, CAUSE_AT, CAUSE_DIG,
	      MONO, MARKED };

static const char events_sql[] =
	"SELECT at, dig, sig, seen, host, boot, release, arch, hardware, taint, tier, outcome, debug, issue, access, place, cause_at, "
	"cause_dig, mono, mark FROM event WHERE (at >= ?1 AND at < ?2 AND at > 0)";
static const char untimed_sql[] =
	"SELECT at, dig, sig, seen, host, boot, release, arch, hardware, taint, tier, outcome, debug, issue, access, place, cause_at, "
	"cause_dig, mono, mark FROM event WHERE at = 0 AND seen >= ?1 AND seen < ?2";

static void count_text(struct take *t, enum attr a, uint32_t group, const struct kd_dbval *v, int64_t when, uint64_t *unknown)
{
	struct kd_view s = kd_dbtext_of(v);

	if (s.n)
		count(t, a, group, text_id(t, s), when);
	else if (unknown)
		++*unknown;
}

static void count_day(const struct kd_census *c, struct kd_census_group *g, int64_t when)
{
	int64_t day = (c->o.until - 1 - when) / DAY_US;

	if (day >= 0 && day < KD_CENSUS_DAYS)
		g->day[day]++;
}

/* The boot of an event as a number from 1; 0: not known. */
static uint32_t boot_id(struct take *t, const struct kd_dbval *c)
{
	struct kd_view host = kd_dbtext_of(&c[HOSTNAME]), boot = kd_dbtext_of(&c[BOOTID]);
	char key[512];
	uint32_t id;

	if (!boot.n || host.n + boot.n + 1 > sizeof(key))
		return 0;
	if (host.n)
		memcpy(key, host.p, host.n);
	key[host.n] = '\n';
	memcpy(key + host.n + 1, boot.p, boot.n);
	id = text_id(t, kd_view(key, host.n + boot.n + 1));
	if (t->full)
		return 0;
	t->c->boots += !t->text.v[id].boot;
	t->text.v[id].boot = true;
	return id + 1;
}

/* The same of its host. */
static uint32_t host_id(struct take *t, const struct kd_dbval *c)
{
	struct kd_view host = kd_dbtext_of(&c[HOSTNAME]);
	uint32_t id;

	if (!host.n)
		return 0;
	id = text_id(t, host);
	if (t->full)
		return 0;
	t->c->hosts += !t->text.v[id].host;
	t->text.v[id].host = true;
	return id + 1;
}

/* true: the first time that this group, part or cluster has it */
static bool first_of(struct take *t, struct kd_numset *s, uint32_t owner, uint32_t text)
{
	enum kd_numset_added added = kd_numset_add(s, (uint64_t)owner << 32 | text);

	t->full |= added == KD_NUMSET_FULL;
	return added == KD_NUMSET_NEW;
}

/* NULL: no room */
static struct part *part_of(struct take *t, uint32_t group, struct kd_view issue, int64_t when)
{
	uint32_t key[2] = {group, issue.n ? text_id(t, issue) + 1 : 0};
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&t->parts, kd_view((const char *)key, sizeof(key)), &is_new);
	struct part *p = NULL;

	if (e && is_new) {
		p = kd_vec_push(&t->part, TEXTS_MAX);
		if (p)
			*p = (struct part){group, {.issue = key[1] ? t->text.v[key[1] - 1].v : KD_VNULL, .first = when, .last = when}};
		e->num = t->part.n - 1;
	} else if (e) {
		p = &t->part.v[e->num];
	}
	t->full |= !p;
	return p;
}

static void count_part(struct take *t, uint32_t group, const struct kd_dbval *c, int64_t when, uint32_t host, uint32_t boot)
{
	struct part *x = part_of(t, group, kd_dbtext_of(&c[ISSUE_KEY]), when);
	struct kd_census_part *p = x ? &x->p : NULL;
	uint32_t n;

	if (!p)
		return;
	n = (uint32_t)(x - t->part.v);
	p->events++;
	p->fatal += kd_dbint_of(&c[OUTCOME], 0) == KD_OUT_FATAL;
	p->debug += kd_dbint_of(&c[DEBUG], 0) != 0;
	p->first = when < p->first ? when : p->first;
	p->last = when > p->last ? when : p->last;
	if (host)
		p->hosts += first_of(t, &t->part_hosts, n, host);
	else
		p->no_host++;
	if (boot)
		p->boots += first_of(t, &t->part_boots, n, boot);
	else
		p->no_boot++;
	count_text(t, PART_RELEASE, n, &c[REL], when, &p->releases.unknown);
}

static void own_event(struct take *t, uint32_t group, const struct kd_dbval *c, int64_t when, uint32_t host, uint32_t boot)
{
	struct kd_census_group *g = &t->group.v[group];
	uint8_t tier = (uint8_t)kd_dbint_of(&c[TIER], 0);

	if (!g->events || when < g->first)
		g->first = when;
	if (!g->events || when >= g->last) {
		g->last = when;
		g->rep = (struct kd_evkey){c[AT].i, c[DIG].i};
	}
	g->events++;
	g->fatal += kd_dbint_of(&c[OUTCOME], 0) == KD_OUT_FATAL;
	g->debug += kd_dbint_of(&c[DEBUG], 0) != 0;
	g->tier = tier > g->tier ? tier : g->tier;
	if (host)
		g->hosts += first_of(t, &t->group_hosts, group, host);
	else
		g->no_host++;
	if (boot)
		g->boots += first_of(t, &t->group_boots, group, boot);
	else
		g->no_boot++;
	count_text(t, RELEASE, group, &c[REL], when, &g->releases.unknown);
	count_text(t, ISSUE, group, &c[ISSUE_KEY], when, &g->issues.unknown);
	count_text(t, ARCH, group, &c[MACHINE], when, &g->arches.unknown);
	count_text(t, HARDWARE, group, &c[HW], when, &g->hardware.unknown);
	count_text(t, PLACE, group, &c[WHERE], when, &g->places.unknown);
	count_text(t, ACCESS, group, &c[ACC], when, &g->accesses.unknown);
	count_text(t, MARK, group, &c[MARKED], when, NULL);
	if (c[AT].i) /* when it was ingested says nothing about a rate */
		count_day(t->c, g, when);
	count_part(t, group, c, when, host, boot);
}

static struct kd_error *event_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct take *t = user;
	int64_t when = c[AT].i ? c[AT].i : c[SEEN].i, number = kd_dbint_of(&c[SIG], 0);
	struct kd_hashmap_entry *e = kd_hashmap_get(&t->sigs, kd_view((const char *)&number, sizeof(number)));
	struct kd_census_group *g;
	struct moment *m;
	uint32_t host, boot;
	struct sig *s;

	(void)n;
	if (!(++t->rows & 0xfff) && kd_ctx_cancelled(t->ctx))
		return kd_error_new(KD_CANCELLED, "stopped");
	if (!e)
		return NULL;
	if (!series_fits(t, kd_dbtext_of(&c[REL]))) {
		t->c->other_series++;
		return NULL;
	}
	s = &t->sig.v[e->num];
	g = &t->group.v[s->group];
	t->c->events++;
	t->c->untimed += !c[AT].i;
	g->taints |= (uint64_t)kd_dbint_of(&c[TAINT], 0);
	boot = boot_id(t, c);
	host = host_id(t, c);
	g->signatures += count(t, SIGNATURE, s->group, (uint32_t)e->num, when);
	if (c[CAUSE_DIG].type == KD_DBINT) {
		struct effect *x = kd_vec_push(&t->effect, TEXTS_MAX);

		if (!x)
			return no_room();
		*x = (struct effect){{kd_dbint_of(&c[CAUSE_AT], 0), c[CAUSE_DIG].i}, s->group,
				     kd_dbint_of(&c[OUTCOME], 0) == KD_OUT_FATAL, (uint8_t)kd_dbint_of(&c[TIER], 0)};
		g->followers++;
	} else {
		own_event(t, s->group, c, when, host, boot);
	}
	if (boot) {
		m = kd_vec_push(&t->moment, TEXTS_MAX);
		if (!m)
			return no_room();
		*m = (struct moment){boot, s->group, kd_dbint_of(&c[MONO], when), (uint32_t)kd_dbint_of(&c[TAINT], 0), s->kind};
	}
	return t->full ? no_room() : NULL;
}

/* ---- what came before what on a boot ---- */

static int by_boot(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

static struct kd_census_tie *tie_of(struct take *t, uint32_t a, uint32_t b)
{
	uint32_t key[2] = {a, b};
	bool is_new = false;
	struct kd_hashmap_entry *e = kd_hashmap_add(&t->ties, kd_view((const char *)key, sizeof(key)), &is_new);
	struct kd_census_tie *x;

	if (!e)
		return NULL;
	if (is_new) {
		x = kd_vec_push(&t->tie, TALLIES_MAX);
		if (!x)
			return NULL;
		*x = (struct kd_census_tie){.a = a, .b = b};
		e->num = t->tie.n - 1;
	}
	return &t->tie.v[e->num];
}

/* Flags that tell of an event, of an event that did not set them itself before it printed. */
static uint32_t asking_bits(const struct moment *m)
{
	uint32_t bits = 0;

	for (unsigned b = 0; b < KD_NTAINT; b++) {
		const struct kd_taint_info *i = kd_taint_bit(b);

		if ((m->taint >> b & 1) && i && (i->flags & KD_TF_EVENT) && !(m->kind && kd_relate_own_flag(m->kind, b)))
			bits |= 1u << b;
	}
	return bits;
}

static void look_back(struct take *t, const struct moment *first, const struct moment *m, uint32_t *orphan_boot)
{
	uint32_t bits = asking_bits(m), open = bits;

	for (const struct moment *e = m; bits && e-- > first;) {
		uint32_t set = 0;

		for (unsigned b = 0; b < KD_NTAINT && e->kind; b++)
			if ((bits >> b & 1) && kd_relate_sets(e->kind, e->kind->oops, b) != KD_TAINT_NO)
				set |= 1u << b;
		if (!set)
			continue;
		open &= ~set;
		if (e->group != m->group) {
			struct kd_census_tie *x = tie_of(t, e->group, m->group);

			if (x) { /* boots in their order: each is counted once */
				x->taint += x->last_boot != m->boot;
				x->last_boot = m->boot;
				x->bits |= set;
			}
		}
		bits &= ~set;
	}
	if (open) {
		t->c->orphan_bits[m->group] |= open;
		t->c->orphan_boots[m->group] += orphan_boot[m->group] != m->boot;
		orphan_boot[m->group] = m->boot;
	}
}

static bool find_ties(struct take *t)
{
	uint32_t *orphan_boot;

	t->c->orphan_bits = kd_arena_array(&t->c->arena, t->group.n + 1, uint32_t);
	t->c->orphan_boots = kd_arena_array(&t->c->arena, t->group.n + 1, uint64_t);
	if (!t->c->orphan_bits || !t->c->orphan_boots)
		return false;
	orphan_boot = kd_xcalloc(t->group.n + 1, sizeof(*orphan_boot));
	if (t->moment.n)
		qsort(t->moment.v, t->moment.n, sizeof(*t->moment.v), by_boot);
	for (size_t i = 0, first = 0; i < t->moment.n; i++) {
		if (t->moment.v[i].boot != t->moment.v[first].boot)
			first = i;
		if (t->moment.v[i].taint)
			look_back(t, &t->moment.v[first], &t->moment.v[i], orphan_boot);
	}
	kd_free(orphan_boot);
	return true;
}

struct cause {
	struct take *t;
	const struct effect *effect;
};

static struct kd_error *cause_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct cause *x = user;
	int64_t number = kd_dbint_of(&c[0], 0);
	struct kd_hashmap_entry *e = kd_hashmap_get(&x->t->sigs, kd_view((const char *)&number, sizeof(number)));
	uint32_t to = x->effect->group, group = e ? x->t->sig.v[e->num].group : to;
	struct kd_census_tie *tie = group != to ? tie_of(x->t, group, to) : NULL;

	(void)n;
	if (!tie)
		return NULL;
	tie->stated++;
	if (x->effect->fatal) {
		tie->ended++;
		tie->ended_tier = x->effect->tier > tie->ended_tier ? x->effect->tier : tie->ended_tier;
	}
	return NULL;
}

/* What logs say that followed from what: the causes' groups, one look-up each. */
static struct kd_error *stated_ties(struct take *t, struct kd_db *db)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < t->effect.n && !err; i++) {
		const struct effect *x = &t->effect.v[i];
		const struct kd_dbval key[] = {kd_dbint(x->cause.at), kd_dbint(x->cause.dig)};
		struct cause c = {t, x};

		err = kd_db_query(db, "SELECT sig FROM event WHERE at = ?1 AND dig = ?2", key, 2, cause_row, &c);
	}
	return err;
}

static bool has_noise(const struct take *t)
{
	for (size_t i = 0; i < t->group.n; i++)
		if (t->group.v[i].infra && t->group.v[i].events)
			return true;
	return false;
}

/* ---- the result ---- */

static int by_count(const void *a, const void *b)
{
	const struct kd_tally *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return kd_view_cmp(x->text, y->text);
}

static struct kd_tallies *tallies_of(struct take *t, const struct counter *c)
{
	struct kd_census_group *g = c->attr < GROUPS_ATTRS ? &t->group.v[c->group] : NULL;

	switch (c->attr) {
	case PART_RELEASE:
		return &t->part.v[c->group].p.releases;
	case RELEASE:
		return &g->releases;
	case ISSUE:
		return &g->issues;
	case ARCH:
		return &g->arches;
	case HARDWARE:
		return &g->hardware;
	case PLACE:
		return &g->places;
	case ACCESS:
		return &g->accesses;
	case MARK:
		return &g->marks;
	default:
		return NULL;
	}
}

static bool make_tallies(struct take *t)
{
	for (size_t i = 0; i < t->counter.n; i++) {
		struct kd_tallies *x = tallies_of(t, &t->counter.v[i]);

		if (x)
			x->n++;
	}
	for (size_t i = 0; i < t->counter.n; i++) { /* the first of each makes the room, and begins to count anew */
		const struct counter *c = &t->counter.v[i];
		struct kd_tallies *x = tallies_of(t, c);

		if (x && !x->v) {
			x->v = kd_arena_array(&t->c->arena, x->n, struct kd_tally);
			x->n = 0;
			if (!x->v)
				return false;
		}
		if (x)
			x->v[x->n++] = (struct kd_tally){t->text.v[c->text].v, c->n, c->first, c->last};
	}
	for (size_t i = 0; i < t->counter.n; i++) {
		struct kd_tallies *x = tallies_of(t, &t->counter.v[i]);

		if (x && !x->sorted) {
			qsort(x->v, x->n, sizeof(*x->v), by_count);
			x->sorted = true;
		}
	}
	return true;
}

static int by_part(const void *a, const void *b)
{
	const struct kd_census_part *x = a, *y = b;

	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	return kd_view_cmp(x->issue, y->issue);
}

/* Each group's parts, behind one another. */
static bool make_parts(struct take *t)
{
	for (size_t i = 0; i < t->part.n; i++)
		t->group.v[t->part.v[i].group].nparts++;
	for (size_t i = 0; i < t->part.n; i++) {
		struct kd_census_group *g = &t->group.v[t->part.v[i].group];

		if (!g->parts) {
			g->parts = kd_arena_array(&t->c->arena, g->nparts, struct kd_census_part);
			g->nparts = 0;
			if (!g->parts)
				return false;
		}
		g->parts[g->nparts++] = t->part.v[i].p;
	}
	for (size_t i = 0; i < t->group.n; i++)
		if (t->group.v[i].nparts)
			qsort(t->group.v[i].parts, t->group.v[i].nparts, sizeof(*t->group.v[i].parts), by_part);
	return true;
}

static struct kd_error *release_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct take *t = user;
	struct kd_tallies *x = &t->c->releases;

	(void)n;
	if (x->n < TALLIES_MAX && c[0].type == KD_DBTEXT)
		x->v[x->n++] = (struct kd_tally){keep(t, c[0].v), (uint64_t)kd_dbint_of(&c[1], 0), kd_dbint_of(&c[2], 0), kd_dbint_of(&c[3], 0)};
	return NULL;
}

struct first {
	struct take *t;
	uint32_t group;
};

static struct kd_error *first_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct first *f = user;
	struct kd_census_group *g = &f->t->group.v[f->group];

	(void)n;
	if (c[0].type == KD_DBINT && (!g->first_ever || c[0].i < g->first_ever))
		g->first_ever = c[0].i;
	return NULL;
}

/* When its signatures were first seen: one look into an index for each. */
static struct kd_error *first_seen(struct take *t, struct kd_db *db)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < t->counter.n && !err; i++) {
		const struct counter *c = &t->counter.v[i];
		struct first f = {t, c->group};
		struct kd_dbval sig;
		int64_t number;

		if (c->attr != SIGNATURE)
			continue;
		memcpy(&number, t->sigs.entries.v[c->text].key.p, sizeof(number));
		sig = kd_dbint(number);
		err = kd_db_query(db, "SELECT min(at) FROM event WHERE sig = ?1 AND at > 0", &sig, 1, first_row, &f);
	}
	return err;
}

struct order {
	const struct kd_census_group *g;
	uint32_t from;
};

static int by_weight(const void *a, const void *b)
{
	const struct kd_census_group *x = ((const struct order *)a)->g, *y = ((const struct order *)b)->g;

	if (x->tier != y->tier)
		return x->tier < y->tier ? 1 : -1;
	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	return kd_view_cmp(x->id, y->id);
}

/* ---- clusters: groups that ties hold together ---- */

static size_t root_of(struct kd_census_group *g, size_t i)
{
	while (g[i].cluster != i)
		i = g[i].cluster = g[g[i].cluster].cluster;
	return i;
}

/* `to`: the new numbers of groups */
static void make_clusters(struct take *t, const uint32_t *to)
{
	struct kd_census *c = t->c;
	kd_auto(kd_numset_deinit) struct kd_numset hosts = KD_NUMSET_INIT(TEXTS_MAX);
	uint64_t pair;

	for (size_t i = 0; i < c->ngroups; i++)
		c->groups[i].cluster = i;
	for (size_t i = 0; i < c->nties; i++) {
		size_t a = root_of(c->groups, c->ties[i].a), b = root_of(c->groups, c->ties[i].b);

		c->groups[b].cluster = a; /* what came first names it */
	}
	for (size_t i = 0; i < c->ngroups; i++)
		c->groups[i].cluster = root_of(c->groups, i);
	for (size_t at = 0; c->nties && kd_numset_next(&t->group_hosts, &at, &pair);) {
		uint32_t cluster = (uint32_t)c->groups[to[pair >> 32]].cluster;

		c->groups[cluster].cluster_hosts += first_of(t, &hosts, cluster, (uint32_t)pair);
	}
}

/* Groups that have something in the window, in order; ties by their new numbers. */
static bool finish(struct take *t)
{
	struct kd_census *c = t->c;
	size_t n = t->group.n;
	struct order *o = kd_xcalloc(n + 1, sizeof(*o));
	uint32_t *to = kd_xcalloc(n + 1, sizeof(*to)), *bits = kd_arena_array(&c->arena, n + 1, uint32_t);
	uint64_t *boots = kd_arena_array(&c->arena, n + 1, uint64_t);
	bool ok;

	for (size_t i = 0; i < n; i++)
		o[i] = (struct order){&t->group.v[i], (uint32_t)i};
	if (n)
		qsort(o, n, sizeof(*o), by_weight);
	c->groups = kd_arena_array(&c->arena, n + 1, struct kd_census_group);
	c->ties = kd_arena_array(&c->arena, t->tie.n + 1, struct kd_census_tie);
	ok = c->groups && c->ties && bits && boots;
	for (size_t i = 0; ok && i < n; i++) {
		if (!o[i].g->events && !o[i].g->followers)
			continue;
		to[o[i].from] = (uint32_t)c->ngroups;
		bits[c->ngroups] = c->orphan_bits[o[i].from];
		boots[c->ngroups] = c->orphan_boots[o[i].from];
		c->groups[c->ngroups++] = *o[i].g;
	}
	for (size_t i = 0; ok && i < t->tie.n; i++) {
		struct kd_census_tie x = t->tie.v[i];

		if (!t->group.v[x.a].events && !t->group.v[x.a].followers)
			continue;
		if (!t->group.v[x.b].events && !t->group.v[x.b].followers)
			continue;
		x.a = to[x.a];
		x.b = to[x.b];
		c->groups[x.a].ended += x.ended;
		if (x.ended_tier > c->groups[x.a].ended_tier)
			c->groups[x.a].ended_tier = x.ended_tier;
		c->ties[c->nties++] = x;
	}
	c->orphan_bits = bits;
	c->orphan_boots = boots;
	if (ok)
		make_clusters(t, to);
	kd_free(o);
	kd_free(to);
	return ok && !t->full;
}

static struct kd_error *fill(struct take *t, struct kd_db *db)
{
	struct kd_census *c = t->c;
	const struct kd_dbval window[] = {kd_dbint(c->o.since), kd_dbint(c->o.until)};
	int64_t all = 0;
	struct kd_error *err = kd_db_query(db,
					   "SELECT s.sig, s.grp, s.kind, s.family, s.title, s.subsystem, s.func, s.place, s.owner, "
					   "CASE WHEN g.founder = s.sig THEN 1 ELSE 0 END, s.infra, "
					   "CASE WHEN " KD_SIG_UNPLACED " THEN 1 ELSE 0 END FROM sig s LEFT JOIN grp g ON g.id = s.grp",
					   NULL, 0, sig_row, t);

	if (!err)
		err = kd_db_query(db, events_sql, window, 2, event_row, t);
	if (!err)
		err = kd_db_query(db, untimed_sql, window, 2, event_row, t);
	if (!err && !find_ties(t))
		err = no_room();
	if (!err)
		err = stated_ties(t, db);
	c->releases.v = kd_arena_array(&c->arena, TALLIES_MAX, struct kd_tally);
	if (!err && !c->releases.v)
		err = no_room();
	/* Roll-outs explain noise; without any, nobody asks for them. */
	if (!err && has_noise(t))
		err = kd_db_query(db,
				  "SELECT release, count(*), min(at), max(at) FROM event WHERE release IS NOT NULL AND at > 0 GROUP BY "
				  "release ORDER BY release",
				  NULL, 0, release_row, t);
	if (!err)
		err = kd_db_number(db, "SELECT count(*) FROM event", NULL, 0, &all);
	if (!err)
		err = first_seen(t, db);
	c->outside = (uint64_t)all - c->events - c->other_series;
	if (!err && (!make_tallies(t) || !make_parts(t)))
		err = no_room();
	return !err && (t->full || !finish(t)) ? no_room() : err;
}

struct kd_error *kd_census_take(struct kd_ctx *ctx, struct kd_db *db, const struct kd_census_opts *o, struct kd_census **ret)
{
	kd_auto(kd_census_freep) struct kd_census *c = kd_xcalloc(1, sizeof(*c));
	struct take t = {.ctx = ctx, .c = c, .keys = KD_ARENA_INIT(ARENA), .series_all = !o->series.n};
	struct kd_hashmap *const maps[] = {&t.texts, &t.counters, &t.sigs, &t.groups, &t.parts, &t.ties};
	struct kd_numset *const sets[] = {&t.group_hosts, &t.group_boots, &t.part_hosts, &t.part_boots};
	struct kd_error *err;

	c->arena = KD_ARENA_INIT(ARENA);
	c->o = *o;
	for (size_t i = 0; i < KD_ARRAY_LEN(maps); i++)
		*maps[i] = KD_HASHMAP_INIT(TEXTS_MAX, &t.keys);
	for (size_t i = 0; i < KD_ARRAY_LEN(sets); i++)
		*sets[i] = KD_NUMSET_INIT(TEXTS_MAX);
	err = fill(&t, db);
	for (size_t i = 0; i < KD_ARRAY_LEN(sets); i++)
		kd_numset_deinit(sets[i]);
	for (size_t i = 0; i < KD_ARRAY_LEN(maps); i++)
		kd_hashmap_deinit(maps[i]);
	kd_vec_free(&t.text);
	kd_vec_free(&t.counter);
	kd_vec_free(&t.sig);
	kd_vec_free(&t.group);
	kd_vec_free(&t.part);
	kd_vec_free(&t.moment);
	kd_vec_free(&t.effect);
	kd_vec_free(&t.tie);
	kd_arena_deinit(&t.keys);
	if (!err)
		*ret = kd_take(c);
	return err;
}

void kd_census_free(struct kd_census *c)
{
	if (!c)
		return;
	kd_arena_deinit(&c->arena);
	kd_free(c);
}

void kd_census_freep(struct kd_census **c)
{
	kd_census_free(*c);
}
