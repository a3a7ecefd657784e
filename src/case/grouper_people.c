// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decisions of people: pairs that must be together make classes (union-find over the signatures that were
 * spoken about); pairs that must not are looked up by class.
 */
#include <string.h>

#include "base/alloc.h"
#include "case/grouper_internal.h"

uint32_t kd_grouper_root(struct kd_grouper *g, uint32_t node)
{
	while (g->nodes.v[node].up != node) {
		g->nodes.v[node].up = g->nodes.v[g->nodes.v[node].up].up;
		node = g->nodes.v[node].up;
	}
	return node;
}

uint32_t kd_grouper_node(const struct kd_grouper *g, const char *strict)
{
	struct kd_hashmap_entry *e = kd_hashmap_get(&g->by_node, kd_view_of(strict));

	return e ? (uint32_t)e->num + 1 : 0;
}

bool kd_grouper_held(struct kd_grouper *g, uint32_t node, uint32_t group)
{
	uint32_t root = kd_grouper_root(g, node);

	if (!g->nodes.v[root].held)
		return false;
	kd_vec_each(p, &g->pairs) {
		uint32_t a, b, other;

		if (!p->never || p->gone)
			continue;
		a = kd_grouper_root(g, p->a);
		b = kd_grouper_root(g, p->b);
		if (a != root && b != root)
			continue;
		other = a == root ? b : a;
		for (uint32_t i = 0; i < g->nodes.n; i++)
			if (g->nodes.v[i].row != KD_NO_ROW && g->rows.v[g->nodes.v[i].row].group == group &&
			    kd_grouper_root(g, i) == other)
				return true;
	}
	return false;
}

uint32_t kd_grouper_must_row(struct kd_grouper *g, uint32_t node)
{
	uint32_t root = kd_grouper_root(g, node);

	for (uint32_t i = 0; i < g->nodes.n; i++)
		if (g->nodes.v[i].row != KD_NO_ROW && kd_grouper_root(g, i) == root)
			return g->nodes.v[i].row;
	return KD_NO_ROW;
}

/* The pair that holds two classes apart; NULL: none. */
static const struct kd_gpair *between(struct kd_grouper *g, uint32_t a, uint32_t b)
{
	kd_vec_each(p, &g->pairs) {
		uint32_t x, y;

		if (!p->never || p->gone)
			continue;
		x = kd_grouper_root(g, p->a);
		y = kd_grouper_root(g, p->b);
		if ((x == a && y == b) || (x == b && y == a))
			return p;
	}
	return NULL;
}

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "too many decisions of people: at most %d", KD_CONSTRAINTS_MAX);
}

/* Index of the node, made when there is none. */
static struct kd_error *node_of(struct kd_grouper *g, const char *strict, uint32_t *ret)
{
	struct kd_hashmap_entry *e, *row;
	struct kd_gnode *n;
	bool is_new;

	if (!kd_grouper_valid(strict))
		return kd_error_new(KD_INVALID, "a signature has 32 hex digits");
	e = kd_hashmap_add(&g->by_node, kd_view_of(strict), &is_new);
	if (!e)
		return no_room();
	if (is_new) {
		n = kd_vec_push(&g->nodes, 2 * (size_t)KD_CONSTRAINTS_MAX);
		if (!n)
			return no_room();
		e->num = g->nodes.n - 1;
		row = kd_hashmap_get(&g->by_strict, kd_view_of(strict));
		memcpy(n->strict, strict, KD_SIG_HEX);
		n->up = (uint32_t)e->num;
		n->row = row ? (uint32_t)row->num : KD_NO_ROW;
		if (row)
			g->rows.v[row->num].node = (uint32_t)e->num + 1;
	}
	*ret = (uint32_t)e->num;
	return NULL;
}

static struct kd_error *keep_pair(struct kd_grouper *g, uint32_t a, uint32_t b, bool never)
{
	struct kd_gpair *p = kd_vec_push(&g->pairs, KD_CONSTRAINTS_MAX);

	if (!p)
		return no_room();
	*p = (struct kd_gpair){.a = a, .b = b, .never = never};
	if (never) {
		g->nodes.v[kd_grouper_root(g, a)].held = g->nodes.v[kd_grouper_root(g, b)].held = true;
	} else {
		uint32_t x = kd_grouper_root(g, a), y = kd_grouper_root(g, b);

		g->nodes.v[x].held |= g->nodes.v[y].held;
		g->nodes.v[y].up = x;
	}
	return NULL;
}

/* Everything once more, for what was taken back. */
static void rebuild(struct kd_grouper *g)
{
	for (uint32_t i = 0; i < g->nodes.n; i++) {
		g->nodes.v[i].up = i;
		g->nodes.v[i].held = false;
	}
	kd_vec_each(p, &g->pairs)
		if (!p->never && !p->gone)
			g->nodes.v[kd_grouper_root(g, p->b)].up = kd_grouper_root(g, p->a);
	kd_vec_each(p, &g->pairs)
		if (p->never && !p->gone)
			g->nodes.v[kd_grouper_root(g, p->a)].held = g->nodes.v[kd_grouper_root(g, p->b)].held = true;
}

static struct kd_error *conflict(const struct kd_grouper *g, const struct kd_gpair *p)
{
	return kd_error_new(KD_CONFLICT, "it contradicts an earlier decision: %s and %s are never one bug", g->nodes.v[p->a].strict,
			    g->nodes.v[p->b].strict);
}

/* All rows of group b into group a. */
static struct kd_error *join_groups(struct kd_grouper *g, uint32_t a, uint32_t b)
{
	while (a != b && g->groups.v[b].member.n) {
		uint32_t row = g->groups.v[b].member.v[0];

		if (!kd_grouper_move(g, row, a))
			return no_room();
		g->rows.v[row].join = KD_JOIN_PEOPLE;
		g->rows.v[row].via = g->groups.v[a].member.v[0];
		g->rows.v[row].score = 1;
	}
	return NULL;
}

/* A pair of members of the two groups that is held apart; NULL: none. */
static const struct kd_gpair *held_groups(struct kd_grouper *g, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < g->groups.v[a].member.n; i++)
		for (size_t k = 0; k < g->groups.v[b].member.n; k++) {
			uint32_t x = g->rows.v[g->groups.v[a].member.v[i]].node, y = g->rows.v[g->groups.v[b].member.v[k]].node;
			const struct kd_gpair *p = x && y ? between(g, kd_grouper_root(g, x - 1), kd_grouper_root(g, y - 1)) : NULL;

			if (p)
				return p;
		}
	return NULL;
}

struct kd_error *kd_grouper_must(struct kd_grouper *g, const char *strict_a, const char *strict_b)
{
	uint32_t a, b, ra, rb;
	const struct kd_gpair *p;
	struct kd_error *err = node_of(g, strict_a, &a);

	if (!err)
		err = node_of(g, strict_b, &b);
	if (err)
		return err;
	p = between(g, kd_grouper_root(g, a), kd_grouper_root(g, b));
	ra = g->nodes.v[a].row;
	rb = g->nodes.v[b].row;
	if (!p && ra != KD_NO_ROW && rb != KD_NO_ROW && g->rows.v[ra].group != g->rows.v[rb].group)
		p = held_groups(g, g->rows.v[ra].group, g->rows.v[rb].group);
	if (p)
		return conflict(g, p);
	err = keep_pair(g, a, b, false);
	if (!err && ra != KD_NO_ROW && rb != KD_NO_ROW)
		err = join_groups(g, g->rows.v[ra].group, g->rows.v[rb].group);
	return err;
}

struct kd_error *kd_grouper_never(struct kd_grouper *g, const char *strict_a, const char *strict_b)
{
	uint32_t a, b, ra, rb, group;
	struct kd_error *err = node_of(g, strict_a, &a);

	if (!err)
		err = node_of(g, strict_b, &b);
	if (err)
		return err;
	if (kd_grouper_root(g, a) == kd_grouper_root(g, b))
		return kd_error_new(KD_CONFLICT, "it contradicts an earlier decision: %s and %s are one bug", strict_a, strict_b);
	err = keep_pair(g, a, b, true);
	ra = g->nodes.v[a].row;
	rb = g->nodes.v[b].row;
	if (err || ra == KD_NO_ROW || rb == KD_NO_ROW || g->rows.v[ra].group != g->rows.v[rb].group)
		return err;
	/* they are together: b, and what belongs to b by decision, leaves */
	group = kd_grouper_new_group(g, g->rows.v[rb].normal, g->rows.v[rb].strict, NULL);
	for (uint32_t i = 0; i < g->nodes.n && group != KD_NO_ROW; i++) {
		uint32_t row = g->nodes.v[i].row;

		if (row == KD_NO_ROW || kd_grouper_root(g, i) != kd_grouper_root(g, b))
			continue;
		if (!kd_grouper_move(g, row, group))
			return no_room();
		g->rows.v[row].join = KD_JOIN_PEOPLE;
		g->rows.v[row].via = KD_NO_ROW;
	}
	return group == KD_NO_ROW ? no_room() : NULL;
}

struct kd_error *kd_grouper_withdraw(struct kd_grouper *g, const char *strict_a, const char *strict_b)
{
	uint32_t a = kd_grouper_node(g, strict_a), b = kd_grouper_node(g, strict_b);
	bool any = false;

	kd_vec_each(p, &g->pairs)
		if (!p->gone && a && b && ((p->a == a - 1 && p->b == b - 1) || (p->a == b - 1 && p->b == a - 1)))
			any = p->gone = true;
	if (!any)
		return kd_error_new(KD_NOTFOUND, "nothing was decided about %s and %s", strict_a, strict_b);
	rebuild(g);
	return NULL;
}

static struct kd_error *group_at(const struct kd_grouper *g, const char *id, uint32_t *ret)
{
	struct kd_hashmap_entry *e = kd_hashmap_get(&g->by_id, kd_view_of(id));

	if (!e || !g->groups.v[e->num].member.n)
		return kd_error_new(KD_NOTFOUND, "there is no group %s", id);
	*ret = (uint32_t)e->num;
	return NULL;
}

/* must() of the first row and each other one. */
static struct kd_error *tie_all(struct kd_grouper *g, uint32_t first, const uint32_t *rows, size_t n)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < n && !err; i++) {
		uint32_t a, b;

		if (rows[i] == first)
			continue;
		err = node_of(g, g->rows.v[first].strict, &a);
		if (!err)
			err = node_of(g, g->rows.v[rows[i]].strict, &b);
		if (!err && kd_grouper_root(g, a) != kd_grouper_root(g, b))
			err = keep_pair(g, a, b, false);
	}
	return err;
}

struct kd_error *kd_grouper_merge(struct kd_grouper *g, const char *id_a, const char *id_b)
{
	uint32_t a, b, first;
	const struct kd_gpair *p;
	struct kd_error *err = group_at(g, id_a, &a);

	if (!err)
		err = group_at(g, id_b, &b);
	if (err || a == b)
		return err;
	p = held_groups(g, a, b);
	if (p)
		return conflict(g, p);
	first = g->groups.v[a].member.v[0];
	err = join_groups(g, a, b);
	return err ? err : tie_all(g, first, g->groups.v[a].member.v, g->groups.v[a].member.n);
}

/* Rows of the signatures, all of one group that has more. */
static struct kd_error *split_rows(const struct kd_grouper *g, const char *const *strict, size_t n, uint32_t *rows)
{
	for (size_t i = 0; i < n; i++) {
		struct kd_hashmap_entry *e = kd_hashmap_get(&g->by_strict, kd_view_of(strict[i]));

		if (!e)
			return kd_error_new(KD_NOTFOUND, "signature %s is not known", strict[i]);
		rows[i] = (uint32_t)e->num;
		for (size_t k = 0; k < i; k++)
			if (rows[k] == rows[i])
				return kd_error_new(KD_INVALID, "signature %s is given twice", strict[i]);
		if (g->rows.v[rows[i]].group != g->rows.v[rows[0]].group)
			return kd_error_new(KD_INVALID, "%s and %s are not in one group", strict[0], strict[i]);
	}
	if (!n || g->groups.v[g->rows.v[rows[0]].group].member.n <= n)
		return kd_error_new(KD_INVALID, "nothing would stay in the group");
	return NULL;
}

/* Earlier merges between the new group and the old one no longer count. */
static void untie(struct kd_grouper *g, uint32_t from, uint32_t to)
{
	kd_vec_each(p, &g->pairs) {
		uint32_t a = g->nodes.v[p->a].row, b = g->nodes.v[p->b].row;

		if (p->never || p->gone || a == KD_NO_ROW || b == KD_NO_ROW)
			continue;
		a = g->rows.v[a].group;
		b = g->rows.v[b].group;
		p->gone = (a == from && b == to) || (a == to && b == from);
	}
	rebuild(g);
}

struct kd_error *kd_grouper_split(struct kd_grouper *g, const char *const *strict, size_t n, char ret_group[KD_GROUP_ID])
{
	kd_auto(kd_freep) uint32_t *rows = kd_xcalloc(n + 1, sizeof(*rows));
	struct kd_error *err = split_rows(g, strict, n, rows);
	uint32_t from, to, a, b;

	if (err)
		return err;
	from = g->rows.v[rows[0]].group;
	to = kd_grouper_new_group(g, g->rows.v[rows[0]].normal, g->rows.v[rows[0]].strict, NULL);
	if (to == KD_NO_ROW)
		return no_room();
	for (size_t i = 0; i < n; i++) {
		if (!kd_grouper_move(g, rows[i], to))
			return no_room();
		g->rows.v[rows[i]].join = KD_JOIN_PEOPLE;
		g->rows.v[rows[i]].via = i ? rows[0] : KD_NO_ROW;
	}
	untie(g, from, to);
	err = tie_all(g, rows[0], rows, n);
	for (size_t i = 0; i < g->groups.v[from].member.n && !err; i++) {
		err = node_of(g, g->rows.v[rows[0]].strict, &a);
		if (!err)
			err = node_of(g, g->rows.v[g->groups.v[from].member.v[i]].strict, &b);
		if (!err)
			err = keep_pair(g, a, b, true);
	}
	if (!err)
		memcpy(ret_group, g->groups.v[to].id, KD_GROUP_ID);
	return err;
}

size_t kd_grouper_constraints(const struct kd_grouper *g)
{
	size_t n = 0;

	kd_vec_each(p, &g->pairs)
		n += !p->gone;
	return n;
}

struct kd_constraint kd_grouper_constraint(const struct kd_grouper *g, size_t i)
{
	kd_vec_each(p, &g->pairs)
		if (!p->gone && !i--)
			return (struct kd_constraint){g->nodes.v[p->a].strict, g->nodes.v[p->b].strict, p->never};
	return (struct kd_constraint){"", "", false};
}
