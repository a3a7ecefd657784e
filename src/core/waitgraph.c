// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/waitgraph.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "core/words.h"

enum { NONE = KD_WG_NONE, HELD_MAX = 1 << 16, DEPTH_MAX = 64 };

struct build {
	struct kd_kernel *k;
	struct kd_waits *w;
	struct kd_arena *arena;
	struct kd_waitgraph *g;
	struct kd_wg_task *task; /* grows */
	size_t n, room;
	struct kd_hashmap index, locks; /* by address */
};

/* --- nodes ------------------------------------------------------------------------------------------- */

static struct kd_error *look(struct build *b, uint64_t addr, bool deep, struct kd_wg_task *n)
{
	*n = (struct kd_wg_task){.lock = NONE, .owner = NONE, .cycle = NONE, .root = NONE};
	if (!kd_task_read(b->k, addr, &n->t))
		n->t = (struct kd_task){.addr = addr, .pid = -1};
	kd_task_state(b->w, addr, &n->state);
	n->running = n->state.on_cpu || n->state.letter == KD_TASK_RUNNING;
	if (n->running || n->state.letter == KD_TASK_DEAD || n->state.letter == KD_TASK_ZOMBIE)
		return NULL;
	return kd_wait_of_task(b->w, &n->t, deep ? KD_WAIT_DEEP : KD_WAIT_QUICK, b->arena, &n->wait);
}

static struct kd_view key_of(const uint64_t *addr)
{
	return kd_view((const char *)addr, sizeof(*addr));
}

static void add(struct build *b, const struct kd_wg_task *n)
{
	struct kd_hashmap_entry *e = b->n < KD_WG_TASKS ? kd_hashmap_add(&b->index, key_of(&n->t.addr), NULL) : NULL;

	if (!e) {
		b->g->cut = true;
		return;
	}
	e->num = b->n;
	if (b->n == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		b->task = kd_xrealloc(b->task, b->room * sizeof(*b->task));
	}
	b->task[b->n] = *n;
	kd_task_age(b->w, n->t.addr, &b->task[b->n].age);
	b->n++;
}

static int32_t index_of(const struct build *b, uint64_t task)
{
	const struct kd_hashmap_entry *e = kd_hashmap_get(&b->index, key_of(&task));

	return e ? (int32_t)e->num : NONE;
}

/* All that are blocked, and all others that wait for a lock. */
static struct kd_error *who_waits(struct build *b)
{
	size_t n;
	const uint64_t *task = kd_waits_tasks(b->w, &n);

	for (size_t i = 0; i < n && !b->g->cut; i++) {
		struct kd_task_state st;
		struct kd_wg_task node;
		struct kd_error *err;

		kd_task_state(b->w, task[i], &st);
		if (st.letter == KD_TASK_RUNNING || st.on_cpu)
			continue;
		err = look(b, task[i], st.letter == KD_TASK_BLOCKED, &node);
		if (err)
			return err;
		b->g->blocked += st.letter == KD_TASK_BLOCKED;
		if (st.letter == KD_TASK_BLOCKED || kd_wait_is_lock(node.wait.kind))
			add(b, &node);
	}
	return NULL;
}

/* --- lockdep ----------------------------------------------------------------------------------------- */

static int by_map(const void *a, const void *b)
{
	const struct kd_held *x = a, *y = b;

	return x->map < y->map ? -1 : x->map > y->map;
}

struct held_words {
	struct kd_word depth, locks, instance, ip;
	uint64_t size;
};

static void held_of(struct build *b, const struct held_words *h, uint64_t task)
{
	uint64_t depth;

	if (!kd_word_get(b->k, task, &h->depth, &depth) || depth > DEPTH_MAX)
		return;
	for (uint64_t i = 0; i < depth && (i + 1) * h->size <= h->locks.whole && b->g->nheld < HELD_MAX; i++) {
		const uint64_t at = task + h->locks.off + i * h->size;
		struct kd_held *one = &b->g->held[b->g->nheld];

		if (kd_word_get(b->k, at, &h->instance, &one->map) && one->map && kd_word_get(b->k, at, &h->ip, &one->ip)) {
			one->task = task;
			b->g->nheld++;
		}
	}
}

static struct kd_error *read_held(struct build *b)
{
	const struct held_words h = {.depth = kd_word_of(b->k, "task_struct", "lockdep_depth"),
				     .locks = kd_word_of(b->k, "task_struct", "held_locks"),
				     .instance = kd_word_of(b->k, "held_lock", "instance"),
				     .ip = kd_word_of(b->k, "held_lock", "acquire_ip"),
				     .size = kd_word_sizeof(b->k, "held_lock")};
	size_t n;
	const uint64_t *task = kd_waits_tasks(b->w, &n);

	b->g->lockdep = h.depth.known && h.locks.known && h.instance.known && h.ip.known && h.size;
	if (!b->g->lockdep)
		return NULL;
	b->g->held = kd_arena_array(b->arena, HELD_MAX, struct kd_held);
	if (!b->g->held)
		return kd_error_new(KD_LIMIT, "no room for the locks that tasks hold");
	for (size_t i = 0; i < n; i++)
		held_of(b, &h, task[i]);
	qsort(b->g->held, b->g->nheld, sizeof(*b->g->held), by_map);
	return NULL;
}

/* Who else holds the lock that this task waits for; 0: nobody, or several (*ret_n). Lockdep counts a lock from before the wait on. */
static uint64_t held_by(struct build *b, const struct kd_wg_task *t, uint32_t *ret_n)
{
	const struct kd_word map = kd_word_of(b->k, t->wait.type ? t->wait.type : "", "dep_map");
	uint64_t found = 0;

	*ret_n = 0;
	for (size_t i = 0; map.known && i < b->g->nheld; i++) {
		const struct kd_held *h = &b->g->held[i];
		const int32_t who = h->map == t->wait.lock + map.off ? index_of(b, h->task) : NONE;

		if (h->map != t->wait.lock + map.off || h->task == t->t.addr || (who != NONE && b->task[who].wait.lock == t->wait.lock))
			continue;
		found = h->task;
		(*ret_n)++;
	}
	return *ret_n == 1 ? found : 0;
}

/* --- edges ------------------------------------------------------------------------------------------- */

static uint64_t owner_of(struct build *b, const struct kd_wg_task *t, enum kd_wg_edge *edge, uint32_t *holders)
{
	uint64_t held;

	*holders = 0;
	*edge = KD_EDGE_NONE;
	if (!t->wait.lock || (!kd_wait_is_lock(t->wait.kind) && t->wait.owner_how != KD_OWNER_WORKER))
		return 0;
	if (t->wait.owner_how == KD_OWNER_STATED || t->wait.owner_how == KD_OWNER_WORKER) {
		*edge = KD_EDGE_STATED;
		return t->wait.owner;
	}
	held = b->g->lockdep ? held_by(b, t, holders) : 0;
	if (held) {
		*edge = KD_EDGE_LOCKDEP;
		return held;
	}
	if (t->wait.owner_how == KD_OWNER_HINT) {
		*edge = KD_EDGE_HINT;
		return t->wait.owner;
	}
	return 0;
}

static int32_t lock_of(struct build *b, const struct kd_wg_task *t)
{
	const uint64_t addr = t->wait.kind == KD_WAIT_FOLIO || t->wait.kind == KD_WAIT_BIT ? t->wait.object : t->wait.lock;
	struct kd_waitgraph *g = b->g;

	struct kd_hashmap_entry *e;
	bool is_new;

	if (!addr)
		return NONE;
	e = kd_hashmap_add(&b->locks, key_of(&addr), &is_new);
	if (!e)
		return NONE;
	if (is_new) {
		e->num = g->nlocks;
		g->lock[g->nlocks++] = (struct kd_wg_lock){.kind = t->wait.kind, .addr = addr, .type = t->wait.type, .first = NONE,
							   .owner = NONE};
	}
	return (int32_t)e->num;
}

/* Owners become nodes, too; of those whose own waits were not looked at closely. */
static struct kd_error *edges(struct build *b)
{
	struct kd_wg_task owner;
	struct kd_error *err;

	for (size_t i = 0; i < b->n; i++) {
		enum kd_wg_edge edge;
		uint32_t holders;
		const uint64_t task = owner_of(b, &b->task[i], &edge, &holders);

		if (!task)
			continue;
		if (index_of(b, task) == NONE) {
			err = look(b, task, true, &owner);
			if (err)
				return err;
			add(b, &owner);
		}
		b->task[i].owner = index_of(b, task); /* NONE: the graph is full */
		b->task[i].edge = edge;
	}
	return NULL;
}

static struct kd_error *locks(struct build *b)
{
	b->g->lock = kd_arena_array(b->arena, b->n + 1, struct kd_wg_lock);
	if (!b->g->lock)
		return kd_error_new(KD_LIMIT, "no room for %zu locks", b->n);
	for (size_t i = 0; i < b->n; i++) {
		struct kd_wg_task *t = &b->task[i];
		struct kd_wg_lock *l;
		enum kd_wg_edge edge;

		t->lock = lock_of(b, t);
		if (t->lock == NONE)
			continue;
		l = &b->g->lock[t->lock];
		l->waiters++;
		if (l->first == NONE)
			l->first = (int32_t)i;
		if (l->owner == NONE)
			l->owner = t->owner;
		(void)owner_of(b, t, &edge, &l->holders);
	}
	return NULL;
}

/* --- cycles, chains ---------------------------------------------------------------------------------- */

static bool edge_is_proven(const struct kd_wg_task *t)
{
	return t->wait.trust == KD_WAIT_PROVEN && (t->edge == KD_EDGE_STATED || t->edge == KD_EDGE_LOCKDEP);
}

static struct kd_error *take_cycle(struct build *b, int32_t from)
{
	struct kd_wg_cycle *c = &b->g->cycle[b->g->ncycles];
	int32_t at = from;

	c->proven = true;
	do {
		c->n++;
		at = b->task[at].owner;
	} while (at != from);
	c->task = kd_arena_array(b->arena, c->n, int32_t);
	if (!c->task)
		return kd_error_new(KD_LIMIT, "no room for a cycle of %zu tasks", c->n);
	for (size_t i = 0; i < c->n; i++, at = b->task[at].owner) {
		c->task[i] = at;
		c->proven &= edge_is_proven(&b->task[at]);
		b->task[at].cycle = (int32_t)b->g->ncycles;
	}
	b->g->ncycles++;
	return NULL;
}

/* Each task has one edge at most: a walk along them ends at a root or comes back to a task of the same walk. */
static struct kd_error *cycles(struct build *b)
{
	kd_auto(kd_freep) uint32_t *walk = kd_xcalloc(b->n + 1, sizeof(*walk));
	struct kd_error *err = NULL;

	b->g->cycle = kd_arena_array(b->arena, b->n / 2 + 2, struct kd_wg_cycle);
	if (!b->g->cycle)
		return kd_error_new(KD_LIMIT, "no room for cycles");
	for (size_t i = 0; !err && i < b->n; i++) {
		const uint32_t number = (uint32_t)i + 1;
		int32_t at = (int32_t)i;

		while (at != NONE && !walk[at]) {
			walk[at] = number;
			at = b->task[at].owner;
		}
		if (at != NONE && walk[at] == number && b->task[at].cycle == NONE)
			err = take_cycle(b, at);
	}
	return err;
}

static void chains(struct build *b)
{
	for (size_t i = 0; i < b->n; i++) {
		int32_t at = b->task[i].owner;
		size_t steps = 0;

		while (at != NONE && at != (int32_t)i && steps++ < b->n) {
			b->task[at].dependents++;
			if (b->task[at].cycle != NONE)
				break; /* the others of the cycle have it, too: counted at the first that it leads to */
			if (b->task[at].owner == NONE)
				b->task[i].root = at;
			at = b->task[at].owner;
		}
	}
	b->g->root = NONE;
	for (size_t i = 0; i < b->n; i++)
		if (b->task[i].owner == NONE && b->task[i].dependents &&
		    (b->g->root == NONE || b->task[i].dependents > b->task[b->g->root].dependents))
			b->g->root = (int32_t)i;
}

static struct kd_error *build(struct build *b)
{
	struct kd_error *err = who_waits(b);

	if (!err)
		err = read_held(b);
	if (!err)
		err = edges(b);
	if (!err)
		err = locks(b);
	if (!err)
		err = cycles(b);
	if (err)
		return err;
	chains(b);
	b->g->task = kd_arena_array(b->arena, b->n + 1, struct kd_wg_task);
	if (!b->g->task)
		return kd_error_new(KD_LIMIT, "no room for %zu tasks that wait", b->n);
	if (b->n)
		memcpy(b->g->task, b->task, b->n * sizeof(*b->task));
	b->g->n = b->n;
	return NULL;
}

struct kd_error *kd_waitgraph_read(struct kd_kernel *k, struct kd_waits *w, struct kd_arena *arena, struct kd_waitgraph *ret)
{
	struct kd_waitgraph g = {.root = NONE};
	struct build b = {.k = k, .w = w, .arena = arena, .g = &g, .index = KD_HASHMAP_INIT(KD_WG_TASKS, arena),
			  .locks = KD_HASHMAP_INIT(KD_WG_TASKS, arena)};
	struct kd_error *err = build(&b);

	kd_free(b.task);
	kd_hashmap_deinit(&b.index);
	kd_hashmap_deinit(&b.locks);
	if (err)
		return err;
	g.exhausted = kd_waits_exhausted(w);
	*ret = g;
	return NULL;
}
