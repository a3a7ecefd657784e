// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/group_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/vec.h"

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "the groups need more memory than one answer may have; give "
				      "fewer logs at a time");
}

static struct kd_view hex(const struct kd_member *m, enum kd_sigtype t)
{
	return kd_view_of(m->sig[t].hex);
}

static bool has_part(const struct kd_signature *s, struct kd_view part)
{
	for (size_t i = 0; i < s->nparts; i++)
		if (kd_view_eq(s->parts[i], part))
			return true;
	return false;
}

/* Ingredients of a that b does not have. */
static size_t parts_only(const struct kd_signature *a, const struct kd_signature *b,
			 struct kd_view *ret, size_t n, size_t max)
{
	for (size_t i = 0; i < a->nparts && n < max; i++) {
		bool known = has_part(b, a->parts[i]);

		for (size_t k = 0; k < n && !known; k++)
			known = kd_view_eq(ret[k], a->parts[i]);
		if (!known)
			ret[n++] = a->parts[i];
	}
	return n;
}

static bool all_agree(const struct kd_group *g, enum kd_sigtype t)
{
	for (size_t i = 1; i < g->nmembers; i++)
		if (!kd_view_eq(hex(g->members[i], t), hex(g->members[0], t)))
			return false;
	return hex(g->members[0], t).n > 0;
}

static void find_reason(struct kd_group *g, enum kd_sigtype level, bool engine)
{
	const struct kd_member *first = g->members[0];
	enum kd_sigtype t = level;

	while (engine && t < KD_NSIG && !all_agree(g, t))
		t++;
	while (t > KD_SIG_STRICT && all_agree(g, t - 1))
		t--;
	g->merged_by = t;
	if (t == KD_SIG_STRICT)
		return;
	for (size_t i = 1; i < g->nmembers; i++) {
		const struct kd_signature *a = &first->sig[t - 1], *b = &g->members[i]->sig[t - 1];

		g->nvaries = parts_only(a, b, g->varies, g->nvaries, KD_GROUP_DIFF_MAX);
		g->nvaries = parts_only(b, a, g->varies, g->nvaries, KD_GROUP_DIFF_MAX);
	}
}

/* Members are in the order of reading: those of one log stand together. */
static void count_group(struct kd_group *g)
{
	for (size_t i = 0; i < g->nmembers; i++) {
		const struct kd_member *m = g->members[i];

		g->ninputs += !i || !kd_view_eq(m->input, g->members[i - 1]->input);
		if (m->tier > g->tier)
			g->tier = m->tier;
	}
}

static int by_size(const void *a, const void *b)
{
	const struct kd_group *x = a, *y = b;

	if (x->nmembers != y->nmembers)
		return x->nmembers < y->nmembers ? 1 : -1;
	if (x->tier != y->tier)
		return x->tier < y->tier ? 1 : -1;
	return strcmp(x->id, y->id);
}

/* Which group each member is in, by signature; a member without one is alone. */
static struct kd_error *assign(struct kd_grouping *g, const struct kd_member_list *members,
			       struct kd_hashmap *map, size_t *of)
{
	for (size_t i = 0; i < members->n; i++) {
		const struct kd_member *m = members->v[i];
		struct kd_view key = g->engine ? kd_view_of(m->group) : hex(m, g->level);
		struct kd_hashmap_entry *e = NULL;
		bool is_new = true;

		if (key.n) {
			e = kd_hashmap_add(map, key, &is_new);
			if (!e)
				return no_room();
		}
		if (is_new) {
			of[i] = g->ngroups++;
			if (e)
				e->num = of[i];
		} else {
			of[i] = e->num;
		}
	}
	return NULL;
}

static struct kd_error *fill(struct kd_grouping *g, const struct kd_member_list *members,
			     const size_t *of)
{
	g->groups = kd_arena_array(&g->arena, g->ngroups, struct kd_group);
	if (!g->groups)
		return no_room();
	for (size_t i = 0; i < members->n; i++)
		g->groups[of[i]].nmembers++;
	for (size_t i = 0; i < g->ngroups; i++) {
		struct kd_group *x = &g->groups[i];

		x->members = kd_arena_array(&g->arena, x->nmembers, const struct kd_member *);
		if (!x->members)
			return no_room();
		x->nmembers = 0;
	}
	for (size_t i = 0; i < members->n; i++) {
		struct kd_group *x = &g->groups[of[i]];

		x->members[x->nmembers++] = members->v[i];
	}
	for (size_t i = 0; i < g->ngroups; i++) {
		struct kd_group *x = &g->groups[i];
		const struct kd_member *m = x->members[0];

		x->has_signature = hex(m, g->level).n > 0;
		if (g->engine && m->group[0])
			snprintf(x->id, sizeof(x->id), "%s", m->group);
		else
			snprintf(x->id, sizeof(x->id), "g-%.12s", x->has_signature ? m->sig[g->level].hex : "none");
		find_reason(x, g->level, g->engine);
		count_group(x);
	}
	qsort(g->groups, g->ngroups, sizeof(*g->groups), by_size);
	return NULL;
}

/* ---- near misses: same looser signature, different group ---- */

struct pair {
	const struct kd_group *a, *b;
};

struct pairs {
	struct pair *v;
	size_t n, cap;
};

/*
 * Each group is compared with the first (largest) of its looser signature, so that
 * the number of pairs stays below the number of groups.
 */
static struct kd_error *find_pairs(struct kd_grouping *g, enum kd_sigtype loose,
				   struct kd_hashmap *map, struct pairs *pairs)
{
	for (size_t i = 0; i < g->ngroups; i++) {
		const struct kd_group *x = &g->groups[i];
		struct kd_view key = hex(x->members[0], loose);
		struct kd_hashmap_entry *e;
		struct pair *p;
		bool is_new;

		if (!key.n || !x->has_signature)
			continue;
		e = kd_hashmap_add(map, key, &is_new);
		if (!e)
			return no_room();
		if (is_new) {
			e->num = i;
			continue;
		}
		p = kd_vec_push(pairs, KD_GROUP_NEAR_MAX);
		if (p)
			*p = (struct pair){&g->groups[e->num], x};
		else
			g->near_over_limit++;
	}
	return NULL;
}

static struct kd_error *near_misses(struct kd_grouping *g, enum kd_sigtype loose,
				    const struct pairs *pairs)
{
	g->near = kd_arena_array(&g->arena, pairs->n ? pairs->n : 1, struct kd_near_miss);
	if (!g->near)
		return no_room();
	for (size_t i = 0; i < pairs->n; i++) {
		struct kd_near_miss *m = &g->near[g->nnear++];
		const struct kd_signature *a, *b;

		*m = (struct kd_near_miss){pairs->v[i].a, pairs->v[i].b, .alike = loose};
		a = &m->a->members[0]->sig[g->level];
		b = &m->b->members[0]->sig[g->level];
		m->nonly_a = parts_only(a, b, m->only_a, 0, KD_GROUP_DIFF_MAX);
		m->nonly_b = parts_only(b, a, m->only_b, 0, KD_GROUP_DIFF_MAX);
	}
	return NULL;
}

static struct kd_error *find_near(struct kd_grouping *g)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap map =
		KD_HASHMAP_INIT(KD_GROUP_MEMBERS_MAX, NULL);
	enum kd_sigtype loose = g->level + 1;
	struct pairs pairs = {0};
	struct kd_error *err;

	if (g->level == KD_SIG_LOOSE || !g->ngroups)
		return NULL;
	err = find_pairs(g, loose, &map, &pairs);
	if (!err)
		err = near_misses(g, loose, &pairs);
	kd_vec_free(&pairs);
	return err;
}

struct kd_error *kd_group_merge(struct kd_grouping *g, const struct kd_member_list *members)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap map =
		KD_HASHMAP_INIT(KD_GROUP_MEMBERS_MAX, NULL);
	kd_auto(kd_freep) size_t *of = kd_xcalloc(members->n + 1, sizeof(*of));
	struct kd_error *err;

	if (!members->n)
		return NULL;
	err = assign(g, members, &map, of);
	if (!err)
		err = fill(g, members, of);
	return err ? err : find_near(g);
}
