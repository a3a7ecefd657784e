// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/lists.h"

enum { WORD = 8 };

void kd_walk_wrong(struct kd_walk_end *end, const char *fmt, ...)
{
	va_list ap;

	if (end->broken++)
		return;
	va_start(ap, fmt);
	vsnprintf(end->why, sizeof(end->why), fmt, ap);
	va_end(ap);
}

bool kd_walk_word(struct kd_kernel *k, uint64_t addr, const char *what, uint64_t *ret, struct kd_walk_end *end)
{
	struct kd_space_miss miss;

	if (kd_space_uint(kd_kernel_space(k), addr, WORD, ret, &miss))
		return true;
	kd_walk_wrong(end, "%s cannot be read at 0x%" PRIx64 ": %s", what, addr, kd_space_why(&miss));
	return false;
}

bool kd_walk_take(struct kd_walk_end *end, uint64_t max, kd_walk_visit *visit, void *user, uint64_t index, uint64_t entry)
{
	if (end->count >= max) {
		kd_walk_wrong(end, "there are more than %" PRIu64 " entries: the others were not looked at", max);
		end->stopped = true;
		return false;
	}
	end->count++;
	if (!visit(user, index, entry))
		end->stopped = true;
	return !end->stopped;
}

struct ring {
	struct kd_walk_end *end;
	uint64_t max;
	kd_walk_visit *visit;
	void *user;
};

static bool ring_node(void *user, uint64_t node)
{
	const struct ring *r = user;

	return kd_walk_take(r->end, r->max, r->visit, r->user, r->end->count, node);
}

void kd_walk_list(struct kd_kernel *k, uint64_t head, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct ring r = {.end = end, .max = max, .visit = visit, .user = user};
	char words[KD_LIST_WORDS];
	struct kd_list_walk w;

	*end = (struct kd_walk_end){0};
	kd_list_each(k, head, SIZE_MAX, ring_node, &r, &w);
	if (w.state != KD_LIST_WHOLE && w.state != KD_LIST_STOPPED)
		kd_walk_wrong(end, "in a list %s", kd_list_words(&w, words));
}

void kd_walk_hlist(struct kd_kernel *k, uint64_t head, uint64_t max, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	uint64_t at = head, next, pprev;

	*end = (struct kd_walk_end){0};
	while (kd_walk_word(k, at, "a hash chain", &next, end)) {
		if (!next || next & 1) /* list_nulls.h: an odd word ends it */
			return;
		if (!kd_walk_word(k, next + WORD, "a hash chain", &pprev, end))
			return;
		if (pprev != at) {
			kd_walk_wrong(end, "0x%" PRIx64 " in a hash chain leads to 0x%" PRIx64 ", whose pprev is 0x%" PRIx64, at, next,
				      pprev);
			return;
		}
		if (!kd_walk_take(end, max, visit, user, end->count, next))
			return;
		at = next; /* next is the first member: its address is that of the word that leads on */
	}
}

void kd_walk_chain(struct kd_kernel *k, uint64_t first, uint64_t next, uint64_t max, kd_walk_visit *visit, void *user,
		   struct kd_walk_end *end)
{
	uint64_t mark = first, steps = 0, power = 1; /* a circle meets the mark, which moves at powers of two (Brent) */

	*end = (struct kd_walk_end){0};
	for (uint64_t at = first; at;) {
		if (!kd_walk_take(end, max, visit, user, end->count, at) || !kd_walk_word(k, at + next, "a chain", &at, end))
			return;
		if (at == mark) {
			kd_walk_wrong(end, "a chain runs in a circle: 0x%" PRIx64 " comes again", at);
			return;
		}
		if (++steps == power) {
			mark = at;
			steps = 0;
			power *= 2;
		}
	}
}
