/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk.h: what all walkers of a dump's structures have in common, and those of its chains.
 *
 *	static bool visit(void *user, uint64_t index, uint64_t entry) { …; return true; }      // false: enough
 *	struct kd_walk_end end;
 *	kd_walk_list(k, head, 1 << 20, visit, &me, &end);          // entry: address of each list_head but the head
 *	if (*end.why) … "3 were there, then: 0x… points to 0x…, which does not point back"
 *
 * A walker visits what it can prove to belong there, at most `max` entries, and ends whatever the memory holds. What is
 * wrong is told with its place, and what hangs behind it is left out; walkers of trees go on beside it.
 *
 * Layouts: include/linux/types.h (list_head, hlist_head, hlist_node), include/linux/list_nulls.h (a chain that ends with an odd
 * word), include/linux/llist.h.
 */
#ifndef KD_CORE_WALK_H
#define KD_CORE_WALK_H

#include "core/kernel.h"

enum { KD_WALK_WHY = 200 };

struct kd_walk_end {
	uint64_t count; /* entries that were visited */
	uint64_t broken; /* places that are wrong; why is about the first */
	uint64_t reserved; /* of an xarray: indices that are taken and hold nothing */
	bool stopped; /* the visitor had enough */
	char why[KD_WALK_WHY]; /* empty: everything was there and right */
};

/* index: the number of the entry, from 0 on, or what the walker says; entry: what the walker says. false: enough. */
typedef bool kd_walk_visit(void *user, uint64_t index, uint64_t entry);

/* A ring of list_head: the address of each but the head. A neighbour that does not point back ends it. */
void kd_walk_list(struct kd_kernel *k, uint64_t head, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/*
 * An hlist_head or hlist_nulls_head at `head`: the address of each node. Each node's pprev has to be the address of the
 * word that led to it.
 */
void kd_walk_hlist(struct kd_kernel *k, uint64_t head, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/* Structs of which the word at +next leads to the next one, 0 ends them; first is the first of them. A circle is found. */
void kd_walk_chain(struct kd_kernel *k, uint64_t first, uint64_t next, uint64_t max, kd_walk_visit *visit, void *user,
		   struct kd_walk_end *end);

/* ---- for walkers ---- */

/* One more place that is wrong; the first is kept in words. */
void kd_walk_wrong(struct kd_walk_end *end, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A word at addr; else it is told: "WHAT cannot be read at 0x…: …". */
bool kd_walk_word(struct kd_kernel *k, uint64_t addr, const char *what, uint64_t *ret, struct kd_walk_end *end);

/* Visits an entry: false when the visitor, or max, ends the walk (the latter is told). */
bool kd_walk_take(struct kd_walk_end *end, uint64_t max, kd_walk_visit *visit, void *user, uint64_t index, uint64_t entry);

#endif
