// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lists.h"

#include <inttypes.h>
#include <stdio.h>

enum { NEXT = 0, PREV = 8 };

/* LIST_POISON1 and 2 are POISON_POINTER_DELTA + 0x100 and + 0x122; the delta is CONFIG_ILLEGAL_POINTER_VALUE, which x86_64 and arm64
 * set to this (arch/x86/Kconfig, arch/arm64/Kconfig). 0x200 was the second until 4.15. */
#define DELTA 0xdead000000000000u

static bool is_poison(uint64_t v)
{
	return v == DELTA + 0x100 || v == DELTA + 0x122 || v == DELTA + 0x200;
}

const char *kd_list_words(const struct kd_list_walk *w, char buf[KD_LIST_WORDS])
{
	switch (w->state) {
	case KD_LIST_WHOLE:
		snprintf(buf, KD_LIST_WORDS, "whole, %zu nodes", w->n);
		break;
	case KD_LIST_BROKEN:
		snprintf(buf, KD_LIST_WORDS, "0x%" PRIx64 " points to 0x%" PRIx64 ", which points back to 0x%" PRIx64, w->at, w->to, w->back);
		break;
	case KD_LIST_POISON:
		snprintf(buf, KD_LIST_WORDS, "0x%" PRIx64 " points to 0x%" PRIx64 ", which list_del() leaves behind", w->at, w->to);
		break;
	case KD_LIST_NULL:
		snprintf(buf, KD_LIST_WORDS, "0x%" PRIx64 " points to 0", w->at);
		break;
	case KD_LIST_UNREADABLE:
		snprintf(buf, KD_LIST_WORDS, "0x%" PRIx64 " points to 0x%" PRIx64 ", which cannot be read: %s", w->at, w->to,
			 kd_space_why(&w->miss));
		break;
	case KD_LIST_LONG:
		snprintf(buf, KD_LIST_WORDS, "more than %zu nodes; the rest was not looked at", w->n);
		break;
	case KD_LIST_STOPPED:
		snprintf(buf, KD_LIST_WORDS, "not walked to its end");
		break;
	}
	return buf;
}

/* From w->at by the link at `on` to the next node, whose link at `from` has to lead back. */
static bool step(struct kd_space *s, struct kd_list_walk *w, unsigned on, unsigned from)
{
	if (!kd_space_uint(s, w->at + on, 8, &w->to, &w->miss)) {
		w->to = w->at; /* only of the head: of the others both words were read */
		w->state = KD_LIST_UNREADABLE;
		return false;
	}
	if (!w->to || is_poison(w->to)) {
		w->state = w->to ? KD_LIST_POISON : KD_LIST_NULL;
		return false;
	}
	if (!kd_space_uint(s, w->to + from, 8, &w->back, &w->miss)) {
		w->state = KD_LIST_UNREADABLE;
		return false;
	}
	if (w->back != w->at) {
		w->state = KD_LIST_BROKEN;
		return false;
	}
	return true;
}

static void walk(struct kd_kernel *k, uint64_t head, unsigned on, size_t max, bool (*visit)(void *, uint64_t), void *user,
		 struct kd_list_walk *ret)
{
	struct kd_list_walk w = {.at = head};

	while (step(kd_kernel_space(k), &w, on, PREV - on)) {
		if (w.to == head)
			break;
		if (w.n == max) {
			w.state = KD_LIST_LONG;
			break;
		}
		w.at = w.to;
		w.n++;
		if (visit && !visit(user, w.at)) {
			w.state = KD_LIST_STOPPED;
			break;
		}
	}
	*ret = w;
}

void kd_list_each(struct kd_kernel *k, uint64_t head, size_t max, bool (*visit)(void *user, uint64_t node), void *user,
		  struct kd_list_walk *ret)
{
	walk(k, head, NEXT, max, visit, user, ret);
}

void kd_list_check(struct kd_kernel *k, uint64_t head, size_t max, struct kd_list_check *ret)
{
	walk(k, head, NEXT, max, NULL, NULL, &ret->next);
	walk(k, head, PREV, max, NULL, NULL, &ret->prev);
	ret->whole = ret->next.state == KD_LIST_WHOLE && ret->prev.state == KD_LIST_WHOLE;
}
