/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lists.h: doubly linked rings (struct list_head) in a dump, walked with suspicion.
 *
 *	struct kd_list_walk w;
 *	kd_list_each(kernel, head, 4096, visit, &me, &w);     // each node but the head, while both links agree
 *	if (w.state != KD_LIST_WHOLE) … w.at, w.to, w.back, kd_list_words(&w, buf)
 *
 *	struct kd_list_check c;
 *	kd_list_check(kernel, head, 1 << 16, &c);             // by next and by prev, each to the break
 *	c.next.n + c.prev.n nodes were reached, c.next.at … c.prev.at is where the ring is broken
 *
 * Each step from a node to its neighbour is believed when the neighbour points back. A ring that runs in a circle
 * without its head shows itself the same way: a node has one predecessor. Sources of the layout and of the poison
 * values: include/linux/types.h, include/linux/poison.h.
 */
#ifndef KD_CORE_LISTS_H
#define KD_CORE_LISTS_H

#include "core/kernel.h"

enum kd_list_state {
	KD_LIST_WHOLE, /* back at the head, both links agree everywhere */
	KD_LIST_BROKEN, /* `at` points to `to`, which points back to `back` */
	KD_LIST_POISON, /* `at` points to a value that list_del() leaves: it, or what was behind it, is deleted */
	KD_LIST_NULL, /* `at` points to 0: never initialised, or overwritten */
	KD_LIST_UNREADABLE, /* `to` cannot be read; miss says why */
	KD_LIST_LONG, /* more nodes than were asked for: the rest was not looked at */
	KD_LIST_STOPPED, /* the visitor said so */
};

struct kd_list_walk {
	enum kd_list_state state;
	size_t n; /* nodes that were reached, the head not counted */
	uint64_t at; /* the last that is good (the head when none is) */
	uint64_t to; /* what its link says */
	uint64_t back; /* what is in to's other link; with BROKEN */
	struct kd_space_miss miss; /* with UNREADABLE */
};

enum { KD_LIST_WORDS = 240 };

/* What is wrong and where, in words, without a full stop: "0x… points to 0x…, whose prev is 0x…". */
const char *kd_list_words(const struct kd_list_walk *w, char buf[KD_LIST_WORDS]);

/* From head by next. visit may be NULL; false from it ends the walk. At most max nodes. */
void kd_list_each(struct kd_kernel *k, uint64_t head, size_t max, bool (*visit)(void *user, uint64_t node), void *user,
		  struct kd_list_walk *ret);

struct kd_list_check {
	bool whole;
	struct kd_list_walk next, prev; /* of a whole ring both have all nodes; of a broken one, each those up to the break */
};

void kd_list_check(struct kd_kernel *k, uint64_t head, size_t max, struct kd_list_check *ret);

#endif
