// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/grouper_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "case/similar_model.h"

enum { WORDS_ASKED = 32, POSTING_MAX = 768, CANDIDATES = 48, MEMBERS_ASKED = 16, GROUPS_ASKED = 16, REASON_BYTES = 1 << 18 };

/* Mean score that a newcomer needs over the members that it is compared with. */
#define MEAN_MIN 0.6

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "no more signatures can be grouped: the limit is reached");
}

struct kd_grouper *kd_grouper_new(const struct kd_grouper_limits *limits)
{
	struct kd_grouper *g = kd_xcalloc(1, sizeof(*g));

	if (limits)
		g->limits = *limits;
	if (!g->limits.max_signatures)
		g->limits.max_signatures = KD_SIGNATURES_MAX;
	if (!g->limits.max_bytes)
		g->limits.max_bytes = (size_t)1 << 30;
	g->vocab = kd_vocab_new(g->limits.max_bytes);
	g->keys = KD_ARENA_INIT(g->limits.max_bytes);
	g->words = KD_ARENA_INIT(REASON_BYTES);
	g->by_strict = g->by_normal = KD_HASHMAP_INIT(g->limits.max_signatures, &g->keys);
	g->by_id = KD_HASHMAP_INIT(2 * g->limits.max_signatures, &g->keys);
	g->by_node = KD_HASHMAP_INIT(2 * (size_t)KD_CONSTRAINTS_MAX, &g->keys);
	return g;
}

void kd_grouper_free(struct kd_grouper *g)
{
	if (!g)
		return;
	kd_vec_each(x, &g->groups)
		kd_vec_free(&x->member);
	kd_vec_each(p, &g->postings)
		kd_vec_free(&p->row);
	kd_vec_free(&g->rows);
	kd_vec_free(&g->next_normal);
	kd_vec_free(&g->groups);
	kd_vec_free(&g->nodes);
	kd_vec_free(&g->pairs);
	kd_vec_free(&g->postings);
	kd_vec_free(&g->acc);
	kd_hashmap_deinit(&g->by_strict);
	kd_hashmap_deinit(&g->by_normal);
	kd_hashmap_deinit(&g->by_id);
	kd_hashmap_deinit(&g->by_node);
	kd_vocab_free(g->vocab);
	kd_arena_deinit(&g->keys);
	kd_arena_deinit(&g->words);
	kd_free(g);
}

void kd_grouper_freep(struct kd_grouper **g)
{
	kd_grouper_free(*g);
}

bool kd_grouper_valid(const char *hex)
{
	size_t n = 0;

	while (n < KD_SIG_HEX - 1 && kd_is_xdigit(hex[n]))
		n++;
	return n == KD_SIG_HEX - 1 && !hex[n];
}

/* ---- groups ---- */

/* An id that is not taken: of the normal signature, else of the strict one, else of the strict one and a number. */
static void free_id(const struct kd_grouper *g, const char *normal, const char *strict, char ret[KD_GROUP_ID])
{
	snprintf(ret, KD_GROUP_ID, "g-%.12s", normal[0] ? normal : strict);
	if (!kd_hashmap_get(&g->by_id, kd_view_of(ret)))
		return;
	snprintf(ret, KD_GROUP_ID, "g-%.12s", strict);
	for (unsigned i = 2; kd_hashmap_get(&g->by_id, kd_view_of(ret)); i++) {
		char text[KD_SIG_HEX + 16];
		uint8_t sum[KD_SHA256_LEN];
		char hex[13];

		snprintf(text, sizeof(text), "%s %u", strict, i);
		kd_sha256_of(kd_view_of(text), sum);
		kd_hex(sum, 6, hex);
		snprintf(ret, KD_GROUP_ID, "g-%s", hex);
	}
}

uint32_t kd_grouper_new_group(struct kd_grouper *g, const char *normal, const char *strict, const char *id)
{
	char own[KD_GROUP_ID];
	struct kd_hashmap_entry *e;
	struct kd_ggroup *x;

	if (id)
		snprintf(own, sizeof(own), "%s", id);
	else
		free_id(g, normal, strict, own);
	e = kd_hashmap_add(&g->by_id, kd_view_of(own), NULL);
	x = e ? kd_vec_push(&g->groups, 2 * g->limits.max_signatures) : NULL;
	if (!x)
		return KD_NO_ROW;
	memcpy(x->id, own, sizeof(own));
	e->num = g->groups.n - 1;
	return (uint32_t)e->num;
}

bool kd_grouper_move(struct kd_grouper *g, uint32_t row, uint32_t group)
{
	struct kd_grow *r = &g->rows.v[row];
	uint32_t *slot;

	if (r->group != KD_NO_ROW) {
		struct kd_ggroup *old = &g->groups.v[r->group];
		size_t at = 0;

		while (old->member.v[at] != row)
			at++;
		memmove(old->member.v + at, old->member.v + at + 1, (old->member.n - at - 1) * sizeof(*old->member.v));
		old->member.n--;
	}
	slot = kd_vec_push(&g->groups.v[group].member, g->limits.max_signatures);
	if (!slot)
		return false;
	*slot = row;
	r->group = group;
	return true;
}

/* ---- who may be alike ---- */

struct asked {
	uint32_t id;
	float weight;
};

static int by_rarity(const void *x, const void *y)
{
	const struct asked *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static const int looked_up[] = {KD_PS_CRASH, KD_PS_SIDE, KD_PS_GPART, KD_PS_MARK};

/* The rarest words of the sets that are looked up. */
static size_t words_of(const struct kd_grouper *g, const struct kd_profile *p, struct asked *ret, size_t max)
{
	float base = kd_rarity_base(g->vocab);
	KD_VEC(struct asked) all = {0};
	size_t n;

	for (size_t s = 0; s < KD_ARRAY_LEN(looked_up); s++)
		for (size_t i = 0; i < p->n[looked_up[s]]; i++) {
			struct asked *a = kd_vec_push(&all, 4096);

			if (a)
				*a = (struct asked){p->set[looked_up[s]][i].id, kd_rarity(g->vocab, p->set[looked_up[s]][i].id, base)};
		}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_rarity);
	n = all.n < max ? all.n : max;
	for (size_t i = 0; i < n; i++)
		ret[i] = all.v[i];
	kd_vec_free(&all);
	return n;
}

static bool post(struct kd_grouper *g, uint32_t row)
{
	const struct kd_profile *p = g->rows.v[row].p;

	for (size_t s = 0; s < KD_ARRAY_LEN(looked_up); s++)
		for (size_t i = 0; i < p->n[looked_up[s]]; i++) {
			uint32_t id = p->set[looked_up[s]][i].id, *slot;

			while (g->postings.n <= id)
				if (!kd_vec_push(&g->postings, UINT32_MAX))
					return false;
			if (g->postings.v[id].row.n >= POSTING_MAX) /* so many have it that it finds nothing */
				continue;
			slot = kd_vec_push(&g->postings.v[id].row, POSTING_MAX);
			if (slot)
				*slot = row;
			g->posted++;
		}
	return true;
}

struct found {
	uint32_t row;
	float weight;
};

static int by_weight(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* Rows that have rare words in common with the profile, the most first, at most CANDIDATES. */
static size_t candidates(struct kd_grouper *g, const struct kd_profile *p, const char *normal, struct found ret[CANDIDATES])
{
	struct asked asked[WORDS_ASKED];
	size_t n = words_of(g, p, asked, WORDS_ASKED);
	KD_VEC(struct found) all = {0};
	struct kd_hashmap_entry *e = normal[0] ? kd_hashmap_get(&g->by_normal, kd_view_of(normal)) : NULL;

	for (size_t i = 0; i < n; i++) {
		const struct kd_posting *l = asked[i].id < g->postings.n ? &g->postings.v[asked[i].id] : NULL;

		for (size_t k = 0; l && l->row.n < POSTING_MAX && k < l->row.n; k++) {
			float *acc = &g->acc.v[l->row.v[k]];
			struct found *f = *acc > 0 ? NULL : kd_vec_push(&all, UINT32_MAX);

			if (f)
				f->row = l->row.v[k];
			*acc += asked[i].weight;
		}
	}
	for (uint32_t row = e ? (uint32_t)e->num : KD_NO_ROW, k = 0; row != KD_NO_ROW && k < CANDIDATES; row = g->next_normal.v[row], k++) {
		struct found *f = g->acc.v[row] > 0 ? NULL : kd_vec_push(&all, UINT32_MAX);

		if (f)
			f->row = row;
		g->acc.v[row] += 1000;
	}
	kd_vec_each(f, &all) {
		f->weight = g->acc.v[f->row];
		g->acc.v[f->row] = 0;
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_weight);
	n = all.n < CANDIDATES ? all.n : CANDIDATES;
	if (n)
		memcpy(ret, all.v, n * sizeof(*ret));
	kd_vec_free(&all);
	return n;
}

/* ---- which group ---- */

struct choice { /* a group that the new signature may belong to */
	uint32_t group, best; /* best: row */
	struct kd_likeness likeness; /* with best */
	double mean;
	bool normal, refused, never;
};

/* Is the pair one bug? A common normal signature is enough when nothing speaks against it. */
static bool pair_same(const struct kd_grow *a, const struct kd_grow *b, const struct kd_likeness *l, bool *normal)
{
	*normal = a->normal[0] && !strcmp(a->normal, b->normal) && !kd_profiles_against(a->p, b->p) &&
		  l->feature[KD_F_LEAD] >= KD_MODEL_NORMAL_LEAD;
	return *normal || l->verdict == KD_VERDICT_SAME;
}

/* All members, or the first and the last ones: does one contradict? */
static void ask_members(struct kd_grouper *g, const struct kd_grow *r, struct choice *c)
{
	const struct kd_ggroup *x = &g->groups.v[c->group];
	size_t asked = 0;
	double sum = 0;

	for (size_t i = 0; i < x->member.n; i++) {
		const struct kd_grow *m = &g->rows.v[x->member.v[i]];
		struct kd_likeness l;
		bool normal;

		if (i >= MEMBERS_ASKED / 2 && i + MEMBERS_ASKED / 2 < x->member.n)
			continue;
		kd_similar(g->vocab, r->p, m->p, &l);
		if (pair_same(r, m, &l, &normal) && normal)
			l.score = l.score > KD_MODEL_SAME ? l.score : KD_MODEL_SAME;
		c->refused |= kd_profiles_apart(r->p, m->p);
		sum += l.score;
		asked++;
	}
	c->mean = asked ? sum / (double)asked : 0;
	c->refused |= c->mean < MEAN_MIN;
}

static void note(struct kd_grouper *g, const struct kd_grow *r, uint32_t row, struct choice *c, size_t *n)
{
	const struct kd_grow *m = &g->rows.v[row];
	struct kd_likeness l;
	struct choice *x = NULL;
	bool normal;

	kd_similar(g->vocab, r->p, m->p, &l);
	if (pair_same(r, m, &l, &normal)) {
		l.verdict = KD_VERDICT_SAME;
		l.score = l.score > KD_MODEL_SAME ? l.score : KD_MODEL_SAME;
	}
	if (l.verdict == KD_VERDICT_DIFFERENT)
		return;
	for (size_t i = 0; i < *n && !x; i++)
		x = c[i].group == m->group ? &c[i] : NULL;
	if (!x && *n < GROUPS_ASKED) {
		x = &c[(*n)++];
		*x = (struct choice){.group = m->group, .best = KD_NO_ROW};
	}
	if (x && (x->best == KD_NO_ROW || l.verdict > x->likeness.verdict ||
		  (l.verdict == x->likeness.verdict && l.score > x->likeness.score))) {
		x->best = row;
		x->likeness = l;
		x->normal = normal;
	}
}

static int by_score(const void *x, const void *y)
{
	const struct choice *a = x, *b = y;

	if (a->likeness.verdict != b->likeness.verdict)
		return a->likeness.verdict < b->likeness.verdict ? 1 : -1;
	if (a->likeness.score != b->likeness.score)
		return a->likeness.score < b->likeness.score ? 1 : -1;
	return a->best < b->best ? -1 : a->best > b->best;
}

static void reasons(struct kd_grouper *g, const struct kd_grow *r, const struct choice *c, struct kd_reasons *ret)
{
	kd_similar_reasons(g->vocab, r->p, g->rows.v[c->best].p, &c->likeness, &g->words, ret);
	if (c->normal && ret->n < KD_REASONS_MAX)
		ret->v[ret->n++] = (struct kd_reason){"signature", false, KD_V("the same normal signature")};
	if (c->likeness.verdict == KD_VERDICT_SAME && c->refused && ret->n < KD_REASONS_MAX)
		ret->v[ret->n++] = (struct kd_reason){"group", true, KD_V("other members of the group are less alike")};
}

static void offer(struct kd_grouper *g, const struct kd_grow *r, const struct choice *c, struct kd_decision *d)
{
	struct kd_possible *p;

	if (d->npossible >= KD_POSSIBLE_MAX)
		return;
	p = &d->possible[d->npossible++];
	*p = (struct kd_possible){.score = c->likeness.score, .never = c->never};
	memcpy(p->group, g->groups.v[c->group].id, sizeof(p->group));
	memcpy(p->via, g->rows.v[c->best].strict, sizeof(p->via));
	reasons(g, r, c, &p->reasons);
}

static void accept(struct kd_grouper *g, struct kd_grow *r, const struct choice *c, struct kd_decision *d)
{
	r->group = c->group;
	r->via = c->best;
	r->score = (float)c->likeness.score;
	r->join = c->normal ? KD_JOIN_NORMAL : KD_JOIN_SIMILAR;
	d->verdict = KD_VERDICT_SAME;
	reasons(g, r, c, &d->reasons);
}

/* Fills r->group, join, score, via; the group is KD_NO_ROW when a new one is to be founded. */
static void decide(struct kd_grouper *g, struct kd_grow *r, struct kd_decision *d)
{
	struct found found[CANDIDATES];
	struct choice c[GROUPS_ASKED];
	size_t n = 0, nfound = candidates(g, r->p, r->normal, found);
	uint32_t must = r->node ? kd_grouper_must_row(g, r->node - 1) : KD_NO_ROW;

	r->join = KD_JOIN_FOUNDED;
	r->via = r->group = KD_NO_ROW;
	for (size_t i = 0; i < nfound; i++)
		note(g, r, found[i].row, c, &n);
	if (n)
		qsort(c, n, sizeof(*c), by_score);
	if (must != KD_NO_ROW) {
		r->group = g->rows.v[must].group;
		r->via = must;
		r->join = KD_JOIN_PEOPLE;
		r->score = 1;
		d->verdict = KD_VERDICT_SAME;
		d->reasons.v[d->reasons.n++] = (struct kd_reason){"people", false, KD_V("somebody decided that they are one")};
	}
	for (size_t i = 0; i < n; i++) {
		c[i].never = r->node && kd_grouper_held(g, r->node - 1, c[i].group);
		if (c[i].likeness.verdict == KD_VERDICT_SAME)
			ask_members(g, r, &c[i]);
		if (c[i].group == r->group)
			continue;
		if (r->group == KD_NO_ROW && c[i].likeness.verdict == KD_VERDICT_SAME && !c[i].refused && !c[i].never)
			accept(g, r, &c[i], d);
		else
			offer(g, r, &c[i], d);
	}
}

/* ---- the calls ---- */

static void tell(const struct kd_grouper *g, uint32_t row, struct kd_decision *d)
{
	const struct kd_grow *r = &g->rows.v[row];

	memcpy(d->group, g->groups.v[r->group].id, sizeof(d->group));
	d->join = r->join;
	d->score = (double)r->score;
	if (r->via != KD_NO_ROW)
		memcpy(d->via, g->rows.v[r->via].strict, sizeof(d->via));
}

static struct kd_error *known(struct kd_grouper *g, uint32_t row, const struct kd_grouper_item *it, struct kd_decision *d)
{
	tell(g, row, d);
	if (it->group && strcmp(it->group, d->group))
		return kd_error_new(KD_CONFLICT, "signature %s is in group %s already, not in %s", it->strict, d->group, it->group);
	d->join = KD_JOIN_STRICT;
	d->verdict = KD_VERDICT_SAME;
	d->score = 1;
	memcpy(d->via, g->rows.v[row].strict, sizeof(d->via));
	return NULL;
}

static bool copy_hex(char to[KD_SIG_HEX], const char *from)
{
	if (from && from[0] && !kd_grouper_valid(from))
		return false;
	snprintf(to, KD_SIG_HEX, "%s", from ? from : "");
	return true;
}

/* Into the maps and the index; the row is the last one. */
static struct kd_error *file_row(struct kd_grouper *g)
{
	uint32_t row = (uint32_t)g->rows.n - 1;
	struct kd_grow *r = &g->rows.v[row];
	struct kd_hashmap_entry *e = kd_hashmap_add(&g->by_strict, kd_view_of(r->strict), NULL);
	bool is_new = true;

	if (!e)
		return no_room();
	e->num = row;
	if (r->normal[0]) {
		e = kd_hashmap_add(&g->by_normal, kd_view_of(r->normal), &is_new);
		if (!e)
			return no_room();
		g->next_normal.v[row] = is_new ? KD_NO_ROW : (uint32_t)e->num;
		e->num = row;
	}
	if (r->node)
		g->nodes.v[r->node - 1].row = row;
	return post(g, row) ? NULL : no_room();
}

static struct kd_error *place_row(struct kd_grouper *g, const struct kd_grouper_item *it, struct kd_decision *d)
{
	uint32_t row = (uint32_t)g->rows.n - 1, group;
	struct kd_grow *r = &g->rows.v[row];

	if (it->group) {
		struct kd_hashmap_entry *e = kd_hashmap_get(&g->by_id, kd_view_of(it->group));

		group = e ? (uint32_t)e->num : kd_grouper_new_group(g, r->normal, r->strict, it->group);
		r->join = KD_JOIN_GIVEN;
		r->via = KD_NO_ROW;
		d->verdict = KD_VERDICT_SAME;
	} else {
		decide(g, r, d);
		group = r->group;
		if (group == KD_NO_ROW)
			group = kd_grouper_new_group(g, r->normal, r->strict, NULL);
	}
	r->group = KD_NO_ROW;
	if (group == KD_NO_ROW || !kd_grouper_move(g, row, group))
		return no_room();
	d->is_new = g->groups.v[group].member.n == 1;
	tell(g, row, d);
	return NULL;
}

struct kd_error *kd_grouper_add(struct kd_grouper *g, const struct kd_grouper_item *it, struct kd_decision *ret)
{
	struct kd_hashmap_entry *e;
	struct kd_profile *p;
	struct kd_grow *r;
	struct kd_error *err;
	uint32_t *next;

	memset(ret, 0, sizeof(*ret));
	kd_arena_reset(&g->words);
	if (!kd_grouper_valid(it->strict) || (it->group && (strlen(it->group) >= KD_GROUP_ID || !it->group[0])))
		return kd_error_new(KD_INVALID, "a signature has 32 hex digits, a group at most %d characters", KD_GROUP_ID - 1);
	e = kd_hashmap_get(&g->by_strict, kd_view_of(it->strict));
	if (e)
		return known(g, (uint32_t)e->num, it, ret);
	if (g->rows.n >= g->limits.max_signatures || kd_grouper_bytes(g) >= g->limits.max_bytes)
		return no_room();
	err = kd_profile_make(g->vocab, it->traits, &p);
	if (err)
		return err;
	r = kd_vec_push(&g->rows, g->limits.max_signatures);
	next = kd_vec_push(&g->next_normal, g->limits.max_signatures);
	if (!r || !next || !kd_vec_push(&g->acc, g->limits.max_signatures))
		return no_room();
	*next = KD_NO_ROW;
	r->p = p;
	r->group = KD_NO_ROW;
	if (!copy_hex(r->strict, it->strict) || !copy_hex(r->normal, it->normal) || !copy_hex(r->loose, it->loose)) {
		g->rows.n--, g->next_normal.n--, g->acc.n--;
		return kd_error_new(KD_INVALID, "a signature has 32 hex digits");
	}
	r->node = kd_grouper_node(g, it->strict);
	err = place_row(g, it, ret);
	return err ? err : file_row(g);
}

const char *kd_grouper_group_of(const struct kd_grouper *g, const char *strict)
{
	struct kd_hashmap_entry *e = kd_hashmap_get(&g->by_strict, kd_view_of(strict));

	return e ? g->groups.v[g->rows.v[e->num].group].id : NULL;
}

size_t kd_grouper_size(const struct kd_grouper *g)
{
	return g->rows.n;
}

void kd_grouper_row(const struct kd_grouper *g, size_t i, struct kd_grouper_row *ret)
{
	const struct kd_grow *r = &g->rows.v[i];

	*ret = (struct kd_grouper_row){r->strict, r->normal, r->loose, g->groups.v[r->group].id, r->join, (double)r->score,
				       r->via != KD_NO_ROW ? g->rows.v[r->via].strict : ""};
}

size_t kd_grouper_bytes(const struct kd_grouper *g)
{
	return kd_vocab_bytes(g->vocab) + kd_arena_footprint(&g->keys) + g->rows.cap * (sizeof(*g->rows.v) + 12) +
	       g->groups.cap * sizeof(*g->groups.v) + g->postings.cap * sizeof(*g->postings.v) + 6 * g->posted +
	       (g->by_strict.slots + g->by_normal.slots + g->by_id.slots) * sizeof(uint32_t) +
	       (g->by_strict.entries.cap + g->by_normal.entries.cap + g->by_id.entries.cap) * sizeof(*g->by_id.entries.v);
}

struct kd_error *kd_grouper_compare(const struct kd_grouper *g, const char *strict_a, const char *strict_b, struct kd_likeness *ret,
				    struct kd_arena *arena, struct kd_reasons *why)
{
	struct kd_hashmap_entry *a = kd_hashmap_get(&g->by_strict, kd_view_of(strict_a)),
				*b = kd_hashmap_get(&g->by_strict, kd_view_of(strict_b));

	if (!a || !b)
		return kd_error_new(KD_NOTFOUND, "signature %s is not known", a ? strict_b : strict_a);
	kd_similar(g->vocab, g->rows.v[a->num].p, g->rows.v[b->num].p, ret);
	if (why)
		kd_similar_reasons(g->vocab, g->rows.v[a->num].p, g->rows.v[b->num].p, ret, arena, why);
	return NULL;
}

void kd_grouper_key(const char *strict, const struct kd_traits *t, char ret[KD_SIG_HEX])
{
	char text[KD_SIG_HEX + 24];
	uint8_t sum[KD_SHA256_LEN];

	snprintf(ret, KD_SIG_HEX, "%s", strict);
	if (!t->vintage)
		return;
	snprintf(text, sizeof(text), "%s %u", strict, (t->vintage + 8) / 10);
	kd_sha256_of(kd_view_of(text), sum);
	kd_hex(sum, (KD_SIG_HEX - 1) / 2, ret);
}

const char *kd_join_word(uint8_t join)
{
	static const char *const words[] = {"founded", "strict", "normal", "similar", "people", "given"};

	return words[join];
}
