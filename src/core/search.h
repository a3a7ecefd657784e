/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search.h: where a value is in the memory of a dump.
 *
 *	const struct kd_search_what w = {.value = task, .mask = ~0ull, .size = 8};
 *	err = kd_search(ctx, mem, pages, &w, &range, found, user, &stats);
 *
 * All stored pages of physical memory are looked at, one after the other; memory use does not grow. Numbers are
 * sought at multiples of their size. Text and bytes are found across the border of two pages that follow each other in
 * physical memory.
 */
#ifndef KD_CORE_SEARCH_H
#define KD_CORE_SEARCH_H

#include "base/ctx.h"
#include "core/mem.h"

enum { KD_SEARCH_BYTES_MAX = 256 };

struct kd_search_what {
	uint64_t value, mask; /* a number: (word & mask) == (value & mask) */
	uint64_t until; /* with range: value ≤ word < until */
	unsigned size; /* of the number, bytes: 1, 2, 4, 8; 0: `bytes` instead */
	bool range;
	struct kd_view bytes; /* 1 … KD_SEARCH_BYTES_MAX */
};

struct kd_search_stats {
	uint64_t looked; /* bytes of memory */
	uint64_t missing; /* bytes that the machine had and the dump has not */
	uint64_t hits;
};

/*
 * start, end: physical addresses. found: false ends the search. KD_CANCELLED, KD_INVALID.
 */
KD_MUST_CHECK struct kd_error *kd_search(struct kd_ctx *ctx, struct kd_mem *m, struct kd_pages *pages,
					 const struct kd_search_what *w, uint64_t start, uint64_t end,
					 bool (*found)(void *user, uint64_t paddr, uint64_t value), void *user,
					 struct kd_search_stats *ret);

/* The same in virtual memory: mapped pages of [start, end), which has to be of a sensible size. */
KD_MUST_CHECK struct kd_error *kd_search_virtual(struct kd_ctx *ctx, struct kd_mem *m, const struct kd_search_what *w,
						 uint64_t start, uint64_t end,
						 bool (*found)(void *user, uint64_t addr, uint64_t value), void *user,
						 struct kd_search_stats *ret);

#endif
