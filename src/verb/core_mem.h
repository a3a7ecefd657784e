/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_mem.h: memory of a dump's kernel: how much, what for, whose. Answers for kd_core_ask().
 *
 *	kmem:   [CACHE…] with slab or objects, else [ADDRESS…]; without any: the summary
 *	what:   ADDRESS|SYMBOL…
 *	search: VALUE
 */
#ifndef KD_VERB_CORE_MEM_H
#define KD_VERB_CORE_MEM_H

#include "verb/core_ask.h"

struct kd_core_kmem_options {
	bool info, slab, objects, zones, vmalloc, pages; /* which of them; none: info, or addresses */
	bool by_memory; /* slab: the largest first, else in the kernel's order */
};

kd_core_answer kd_core_kmem; /* options: struct kd_core_kmem_options */

struct kd_core_what_options {
	bool stacks; /* of who allocated and freed an object */
};

kd_core_answer kd_core_what; /* options: struct kd_core_what_options */

struct kd_core_search_options {
	const char *mask; /* bits that count; NULL: all */
	const char *until; /* VALUE ≤ word < this; NULL */
	const char *start, *end; /* addresses; NULL: all stored memory */
	bool physical; /* start and end are physical */
	bool string; /* VALUE is text */
	int size; /* of a word: enum kd_core_search_size */
};

enum kd_core_search_size { KD_SEARCH_8, KD_SEARCH_4, KD_SEARCH_2, KD_SEARCH_1 };

kd_core_answer kd_core_search; /* options: struct kd_core_search_options */

#endif
