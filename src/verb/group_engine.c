// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups by the engine of case/grouper.h: why signatures came together, and what a person should look at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "case/traits.h"
#include "report/token.h"
#include "verb/group_internal.h"

enum { TRAITS_BYTES = 1 << 20, JOINS_MAX = 200000 };

struct pair { /* a signature and a group that it may belong to */
	const struct kd_member *member;
	char group[KD_GROUP_ID];
	double score;
	struct kd_reasons reasons;
};

struct kd_group_engine {
	struct kd_grouping *g;
	struct kd_grouper *grouper;
	struct kd_arena traits; /* of the report at hand */
	struct kd_hashmap first; /* key → the first member with it */
	KD_VEC(struct kd_group_join *) joins;
	KD_VEC(struct pair *) pairs;
};

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "the groups need more memory than one answer may have; give "
				      "fewer logs at a time");
}

struct kd_group_engine *kd_group_engine_new(struct kd_grouping *g)
{
	struct kd_group_engine *e = kd_xcalloc(1, sizeof(*e));

	e->g = g;
	e->grouper = kd_grouper_new(&(struct kd_grouper_limits){.max_signatures = KD_GROUP_MEMBERS_MAX});
	e->traits = KD_ARENA_INIT(TRAITS_BYTES);
	e->first = KD_HASHMAP_INIT(KD_GROUP_MEMBERS_MAX, NULL);
	return e;
}

void kd_group_engine_free(struct kd_group_engine *e)
{
	if (!e)
		return;
	kd_grouper_free(e->grouper);
	kd_arena_deinit(&e->traits);
	kd_hashmap_deinit(&e->first);
	kd_vec_free(&e->joins);
	kd_vec_free(&e->pairs);
	kd_free(e);
}

static struct kd_view keep(struct kd_group_engine *e, struct kd_view v)
{
	return v.n ? kd_arena_view(&e->g->arena, v) : KD_VNULL;
}

static void keep_reasons(struct kd_group_engine *e, const struct kd_reasons *from, struct kd_reasons *to)
{
	*to = *from;
	for (size_t i = 0; i < to->n; i++)
		to->v[i].words = keep(e, from->v[i].words);
}

static struct kd_error *keep_decision(struct kd_group_engine *e, const struct kd_member *m, const struct kd_decision *d)
{
	struct kd_hashmap_entry *via = d->via[0] ? kd_hashmap_get(&e->first, kd_view_of(d->via)) : NULL;

	if (!d->is_new) {
		struct kd_group_join *j = kd_arena_new(&e->g->arena, struct kd_group_join), **slot = kd_vec_push(&e->joins, JOINS_MAX);

		if (!j || !slot)
			return no_room();
		*j = (struct kd_group_join){.member = m, .via = via ? via->ptr : NULL, .join = d->join, .score = d->score};
		keep_reasons(e, &d->reasons, &j->reasons);
		*slot = j;
	}
	for (size_t i = 0; i < d->npossible; i++) {
		struct pair *p = kd_arena_new(&e->g->arena, struct pair), **slot = kd_vec_push(&e->pairs, JOINS_MAX);

		if (!p || !slot)
			return no_room();
		p->member = m;
		p->score = d->possible[i].score;
		memcpy(p->group, d->possible[i].group, sizeof(p->group));
		keep_reasons(e, &d->possible[i].reasons, &p->reasons);
		*slot = p;
	}
	return NULL;
}

static void facts_of(struct kd_group_engine *e, const struct kd_report *r, const struct kd_traits *t, struct kd_member *m)
{
	if (r->access.has_dir)
		m->access = r->access.write ? KD_V("write") : r->access.exec ? KD_V("execute") : KD_V("read");
	m->function = keep(e, t->func);
	if (t->file.n && t->line)
		m->place = kd_arena_printf(&e->g->arena, "%.*s:%u", KD_VARG(t->file), t->line);
	else if (r->has_guilty && r->guilty.has_offset) /* the place in a build; builds are told apart by their release */
		m->place = kd_arena_printf(&e->g->arena, "%.*s+0x%" PRIx64 "/0x%" PRIx64, KD_VARG(r->guilty.func), r->guilty.offset,
					   r->guilty.size);
}

struct kd_error *kd_group_engine_add(struct kd_group_engine *e, const struct kd_report *r, struct kd_member *m)
{
	struct kd_hashmap_entry *first;
	struct kd_decision d;
	struct kd_traits *t;
	struct kd_error *err;
	bool is_new;

	if (!m->sig[KD_SIG_STRICT].hex[0])
		return NULL; /* nothing to compare: alone */
	kd_arena_reset(&e->traits);
	err = kd_traits_of(r, &e->traits, &t);
	if (err)
		return err;
	facts_of(e, r, t, m);
	kd_grouper_key(m->sig[KD_SIG_STRICT].hex, t, m->key);
	first = kd_hashmap_add(&e->first, kd_view_of(m->key), &is_new);
	if (!first)
		return no_room();
	if (!is_new)
		return NULL;
	first->ptr = m;
	err = kd_grouper_add(e->grouper,
			     &(struct kd_grouper_item){m->key, m->sig[KD_SIG_NORMAL].hex, m->sig[KD_SIG_LOOSE].hex, t, NULL}, &d);
	return err ? err : keep_decision(e, m, &d);
}

void kd_group_engine_assign(struct kd_group_engine *e, const struct kd_member_list *members)
{
	for (size_t i = 0; i < members->n; i++) {
		struct kd_member *m = members->v[i];

		if (m->key[0])
			snprintf(m->group, sizeof(m->group), "%s", kd_grouper_group_of(e->grouper, m->key));
	}
}

/* ---- what is said about groups ---- */

static struct kd_error *give_joins(struct kd_group_engine *e, struct kd_hashmap *by_id)
{
	struct kd_grouping *g = e->g;

	kd_vec_each(j, &e->joins)
		((struct kd_group *)kd_hashmap_get(by_id, kd_view_of((*j)->member->group))->ptr)->njoins++;
	for (size_t i = 0; i < g->ngroups; i++) {
		struct kd_group *x = &g->groups[i];

		if (!x->njoins)
			continue;
		x->joins = kd_arena_array(&g->arena, x->njoins, const struct kd_group_join *);
		if (!x->joins)
			return no_room();
		x->njoins = 0;
	}
	kd_vec_each(j, &e->joins) {
		struct kd_group *x = kd_hashmap_get(by_id, kd_view_of((*j)->member->group))->ptr;

		x->joins[x->njoins++] = *j;
	}
	return NULL;
}

static int by_score(const void *x, const void *y)
{
	const struct kd_group_possible *a = x, *b = y;
	int d;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	d = strcmp(a->a->id, b->a->id);
	return d ? d : strcmp(a->b->id, b->b->id);
}

/* Pairs of groups, each once, with the best score. */
static struct kd_error *give_pairs(struct kd_group_engine *e, struct kd_hashmap *by_id)
{
	struct kd_hashmap seen = KD_HASHMAP_INIT(JOINS_MAX, &e->traits);
	struct kd_grouping *g = e->g;
	struct kd_error *err = NULL;

	g->possible = kd_arena_array(&g->arena, KD_GROUP_NEAR_MAX, struct kd_group_possible);
	if (!g->possible)
		return no_room();
	kd_vec_each(it, &e->pairs) {
		const struct pair *p = *it;
		bool first = strcmp(p->member->group, p->group) < 0, is_new;
		char key[2 * KD_GROUP_ID];
		struct kd_hashmap_entry *x = kd_hashmap_get(by_id, kd_view_of(p->member->group)),
					*y = kd_hashmap_get(by_id, kd_view_of(p->group)), *k;

		if (!x || !y || x == y)
			continue;
		snprintf(key, sizeof(key), "%s %s", first ? p->member->group : p->group, first ? p->group : p->member->group);
		k = kd_hashmap_add(&seen, kd_view_of(key), &is_new);
		if (!k) {
			err = no_room();
			break;
		}
		if (is_new && g->npossible >= KD_GROUP_NEAR_MAX) {
			g->possible_over_limit++;
			k->num = SIZE_MAX;
		} else if (is_new) {
			k->num = g->npossible++;
		}
		if (k->num != SIZE_MAX && (is_new || g->possible[k->num].score < p->score))
			g->possible[k->num] = (struct kd_group_possible){y->ptr, x->ptr, p->score, p->reasons};
	}
	kd_hashmap_deinit(&seen);
	if (g->npossible)
		qsort(g->possible, g->npossible, sizeof(*g->possible), by_score);
	return err;
}

/* A pair that is offered as possible is not named again as kept apart. */
static void drop_near(struct kd_grouping *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->nnear; i++) {
		const struct kd_near_miss *m = &g->near[i];
		bool offered = false;

		for (size_t k = 0; k < g->npossible && !offered; k++)
			offered = (g->possible[k].a == m->a && g->possible[k].b == m->b) ||
				  (g->possible[k].a == m->b && g->possible[k].b == m->a);
		if (!offered)
			g->near[n++] = *m;
	}
	g->nnear = n;
}

static struct kd_error *look_for_two(struct kd_group_engine *e, struct kd_group *x)
{
	kd_auto(kd_freep) struct kd_om_event *ev = kd_xcalloc(x->nmembers, sizeof(*ev));
	struct kd_overmerge *two = kd_arena_new(&e->g->arena, struct kd_overmerge);
	struct kd_error *err;

	if (!two)
		return no_room();
	kd_arena_reset(&e->traits);
	for (size_t i = 0; i < x->nmembers; i++) {
		const struct kd_member *m = x->members[i];

		ev[i] = (struct kd_om_event){
			.strict = kd_view_of(m->sig[KD_SIG_STRICT].hex),
			.boot = kd_arena_printf(&e->traits, "%.*s %u", KD_VARG(m->input), m->boot),
			.release = m->release,
			.access = m->access,
			.place = m->place,
			.stack = m->function,
		};
		if (!ev[i].boot.p)
			return NULL; /* more logs than are looked at */
	}
	err = kd_overmerge_find(ev, x->nmembers, &e->g->arena, two);
	if (!err && two->nfindings)
		x->two = two;
	return err;
}

struct kd_error *kd_group_engine_explain(struct kd_group_engine *e)
{
	struct kd_hashmap by_id = KD_HASHMAP_INIT(KD_GROUP_MEMBERS_MAX, NULL);
	struct kd_grouping *g = e->g;
	struct kd_error *err = NULL;

	e->traits.limit = (size_t)64 << 20;
	kd_arena_reset(&e->traits);
	for (size_t i = 0; i < g->ngroups && !err; i++) {
		struct kd_hashmap_entry *x = kd_hashmap_add(&by_id, kd_view_of(g->groups[i].id), NULL);

		if (!x)
			err = no_room();
		else
			x->ptr = &g->groups[i];
		if (!err && g->groups[i].nmembers >= 2 * KD_OM_MIN_BOOTS)
			err = look_for_two(e, &g->groups[i]);
	}
	if (!err)
		err = give_joins(e, &by_id);
	if (!err)
		err = give_pairs(e, &by_id);
	if (!err)
		drop_near(g);
	kd_hashmap_deinit(&by_id);
	return err;
}

/* ---- values of a field ---- */

static struct kd_error *values_of(struct kd_grouping *g, const struct kd_member *const *m, size_t n, struct kd_spread *all,
				  const struct kd_spread_result **ret)
{
	struct kd_spread_result *res = kd_arena_new(&g->arena, struct kd_spread_result);
	struct kd_spread *d = kd_spread_new();
	struct kd_error *err;

	for (size_t i = 0; i < n; i++) {
		if (m[i]->value.p) {
			kd_spread_add(d, m[i]->value);
			kd_spread_add(all, m[i]->value);
		} else {
			kd_spread_add_absent(d);
			kd_spread_add_absent(all);
		}
	}
	err = res ? kd_spread_result(d, &g->arena, res) : no_room();
	kd_spread_free(d);
	*ret = res;
	return err;
}

struct kd_error *kd_group_values(struct kd_grouping *g)
{
	struct kd_spread *all = kd_spread_new();
	struct kd_spread_result *res = kd_arena_new(&g->arena, struct kd_spread_result);
	struct kd_error *err = res ? NULL : no_room();

	for (size_t i = 0; i < g->ngroups && !err; i++)
		err = values_of(g, g->groups[i].members, g->groups[i].nmembers, all, &g->groups[i].values);
	if (!err)
		err = kd_spread_result(all, &g->arena, res);
	g->values = res;
	kd_spread_free(all);
	return err;
}
