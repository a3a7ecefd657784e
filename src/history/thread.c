// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/thread.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hashmap.h"

struct build {
	const struct kd_thread_mail *mails;
	size_t nmails;
	struct kd_threads t;
	struct kd_hashmap ids; /* id → node */
};

static struct kd_error *too_many(void)
{
	return kd_error_new(KD_LIMIT, "more than %d mails and placeholders in threads", KD_THREAD_MAILS_MAX);
}

/* ---- the tree ---- */

/* Every id that anybody names gets its number; only then is it known how many nodes there are. */
static struct kd_error *number_all(struct build *b)
{
	size_t next = b->nmails;

	for (size_t i = 0; i < b->nmails; i++) {
		bool is_new;
		struct kd_hashmap_entry *e = kd_hashmap_add(&b->ids, b->mails[i].id, &is_new);

		if (!e)
			return too_many();
		if (is_new)
			e->num = i;
	}
	for (size_t i = 0; i < b->nmails; i++)
		for (size_t k = 0; k < b->mails[i].nrefs; k++) {
			bool is_new;
			struct kd_hashmap_entry *e = kd_hashmap_add(&b->ids, b->mails[i].refs[k], &is_new);

			if (!e || next == KD_THREAD_MAILS_MAX)
				return too_many();
			if (is_new)
				e->num = next++;
		}
	b->t.n = next;
	return NULL;
}

static uint32_t node_of(const struct build *b, struct kd_view id)
{
	return (uint32_t)kd_hashmap_get(&b->ids, id)->num;
}

static struct kd_error *make_nodes(struct build *b, struct kd_arena *a)
{
	b->t.node = kd_arena_array(a, b->t.n ? b->t.n : 1, struct kd_thread_node);
	if (!b->t.node)
		return kd_error_new(KD_LIMIT, "%zu mails in threads need too much memory", b->nmails);
	for (size_t i = 0; i < b->t.n; i++)
		b->t.node[i] = (struct kd_thread_node){.parent = KD_THREAD_NONE, .child = KD_THREAD_NONE,
						       .next = KD_THREAD_NONE, .same = (uint32_t)i,
						       .missing = i >= b->nmails};
	kd_vec_each(e, &b->ids.entries)
		b->t.node[e->num].id = e->key;
	for (size_t i = 0; i < b->nmails; i++) {
		b->t.node[i].id = b->mails[i].id;
		b->t.node[i].same = node_of(b, b->mails[i].id);
		b->t.doubles += b->t.node[i].same != i;
	}
	return NULL;
}

/* May child hang below parent? child, until then a root, must not be an ancestor; nor may the depth grow for ever. */
static bool may_link(const struct build *b, uint32_t parent, uint32_t child)
{
	unsigned depth = 0;

	for (uint32_t i = parent; i != KD_THREAD_NONE; i = b->t.node[i].parent)
		if (i == child || ++depth > KD_THREAD_DEPTH_MAX)
			return false;
	return true;
}

/*
 * Cutting a node loose that has a parent is never needed to avoid a cycle through itself: the walk goes up from the new
 * parent, and meets the child if it is below it.
 */
static void link_to(struct build *b, uint32_t parent, uint32_t child, bool over)
{
	struct kd_thread_node *c = &b->t.node[child];

	if (parent == child || c->parent == parent || (c->parent != KD_THREAD_NONE && !over))
		return;
	if (may_link(b, parent, child))
		c->parent = parent;
	else
		c->cut = true;
}

static void link_mail(struct build *b, uint32_t self)
{
	const struct kd_thread_mail *m = &b->mails[self];
	uint32_t before = KD_THREAD_NONE;

	if (b->t.node[self].same != self)
		return;
	for (size_t i = 0; i < m->nrefs; i++) {
		uint32_t n = node_of(b, m->refs[i]);

		/* what others say about an ancestor counts only when nothing is known */
		if (before != KD_THREAD_NONE)
			link_to(b, before, n, false);
		before = n;
	}
	if (before != KD_THREAD_NONE && before != self)
		link_to(b, before, self, true); /* it knows its own parent best */
}

/* ---- subjects ---- */

static int by_date(const void *x, const void *y, void *user)
{
	const struct build *b = user;
	const uint32_t *i = x, *k = y;
	int64_t di = b->mails[*i].date, dk = b->mails[*k].date;

	return di != dk ? (di > dk) - (di < dk) : (*i > *k) - (*i < *k);
}

/* Mails by date; the last mail seen of each subject is what an answer without references may belong to. */
static struct kd_error *guess(struct build *b)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap last = KD_HASHMAP_INIT(KD_THREAD_MAILS_MAX, NULL);
	kd_auto(kd_freep) uint32_t *order = kd_xcalloc(b->nmails ? b->nmails : 1, sizeof(*order));

	for (size_t i = 0; i < b->nmails; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, b->nmails, sizeof(*order), by_date, b);
	for (size_t k = 0; k < b->nmails; k++) {
		const struct kd_thread_mail *m = &b->mails[order[k]];
		struct kd_thread_node *self = &b->t.node[order[k]];
		struct kd_hashmap_entry *e;
		bool is_new;

		if (!m->base.n || self->same != order[k])
			continue;
		e = kd_hashmap_add(&last, m->base, &is_new);
		if (!e)
			return too_many();
		if (!is_new && m->reply && !m->nrefs && self->parent == KD_THREAD_NONE &&
		    m->date - b->mails[e->num].date <= KD_THREAD_NEAR_S && may_link(b, (uint32_t)e->num, order[k])) {
			self->parent = (uint32_t)e->num;
			self->guessed = true;
		}
		/* the first one of a thread stays the place to answer to, until one begins anew */
		if (is_new || !m->reply)
			e->num = order[k];
	}
	return NULL;
}

/* ---- roots, children, order ---- */

/* Roots without walking the same way twice: a path is followed until a node that knows its root. */
static void find_roots(struct kd_threads *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->node[i].root = KD_THREAD_NONE;
	for (size_t i = 0; i < t->n; i++) {
		uint32_t at = (uint32_t)i, root;

		while (t->node[at].root == KD_THREAD_NONE && t->node[at].parent != KD_THREAD_NONE)
			at = t->node[at].parent;
		root = t->node[at].root == KD_THREAD_NONE ? at : t->node[at].root;
		for (uint32_t k = (uint32_t)i; k != at; k = t->node[k].parent)
			t->node[k].root = root;
		t->node[at].root = root;
	}
}

/* The date of a placeholder is that of its first child; nothing depends on it but the order of siblings. */
static int64_t date_of(const struct build *b, uint32_t i)
{
	for (unsigned k = 0; k < 64 && i >= b->nmails; k++) {
		if (b->t.node[i].child == KD_THREAD_NONE)
			return INT64_MAX;
		i = b->t.node[i].child;
	}
	return i < b->nmails ? b->mails[i].date : INT64_MAX;
}

static int by_node_date(const void *x, const void *y, void *user)
{
	const struct build *b = user;
	const uint32_t *i = x, *k = y;
	int64_t di = date_of(b, *i), dk = date_of(b, *k);

	return di != dk ? (di > dk) - (di < dk) : (*i > *k) - (*i < *k);
}

/* Children in lists: nodes from the latest to the earliest, each put in front. */
static void order_children(struct build *b)
{
	kd_auto(kd_freep) uint32_t *order = kd_xcalloc(b->t.n ? b->t.n : 1, sizeof(*order));

	for (int pass = 0; pass < 2; pass++) { /* the second knows the placeholders' children */
		for (size_t i = 0; i < b->t.n; i++)
			order[i] = (uint32_t)i;
		qsort_r(order, b->t.n, sizeof(*order), by_node_date, b);
		for (size_t i = 0; i < b->t.n; i++)
			b->t.node[i].child = b->t.node[i].next = KD_THREAD_NONE;
		for (size_t k = b->t.n; k--;) {
			struct kd_thread_node *n = &b->t.node[order[k]];

			if (n->parent == KD_THREAD_NONE)
				continue;
			n->next = b->t.node[n->parent].child;
			b->t.node[n->parent].child = order[k];
		}
	}
}

static void count(struct kd_threads *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct kd_thread_node *n = &t->node[i];

		t->roots += n->parent == KD_THREAD_NONE && n->same == i;
		t->missing += n->missing;
		t->guessed += n->guessed;
		t->cut += n->cut;
	}
}

struct kd_error *kd_threads_build(const struct kd_thread_mail *mails, size_t n, struct kd_arena *a,
				  struct kd_threads *ret)
{
	struct build b = {.mails = mails, .nmails = n, .t = {.nmails = n},
			  .ids = KD_HASHMAP_INIT(KD_THREAD_MAILS_MAX, NULL)};
	struct kd_error *err;

	if (n > KD_THREAD_MAILS_MAX)
		return too_many();
	err = number_all(&b);
	if (!err)
		err = make_nodes(&b, a);
	for (size_t i = 0; i < n && !err; i++)
		link_mail(&b, (uint32_t)i);
	if (!err)
		err = guess(&b);
	if (!err) {
		order_children(&b);
		find_roots(&b.t);
		count(&b.t);
		*ret = b.t;
	}
	kd_hashmap_deinit(&b.ids);
	return err;
}

void kd_thread_each(const struct kd_threads *t, uint32_t root,
		    bool (*fn)(void *user, uint32_t node, unsigned depth), void *user)
{
	unsigned depth = 0;
	uint32_t i = root;

	for (;;) {
		if (!fn(user, i, depth))
			return;
		if (t->node[i].child != KD_THREAD_NONE) {
			i = t->node[i].child;
			depth++;
			continue;
		}
		while (i != root && t->node[i].next == KD_THREAD_NONE) {
			i = t->node[i].parent;
			depth--;
		}
		if (i == root)
			return;
		i = t->node[i].next;
	}
}
