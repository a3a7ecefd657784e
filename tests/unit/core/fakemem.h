/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakemem.h: the memory management of the made kernel (fake.h): struct pages, one cache with three slabs, areas of
 * vmalloc, counters.
 *
 *	struct fakemem x = {.encoding = FAKEMEM_SWAB};
 *	struct fake f;
 *	fakemem_init(&x, &f);                                // change what you like with fake_put()
 *	fake_open(&f);
 */
#ifndef KD_TESTS_CORE_FAKEMEM_H
#define KD_TESTS_CORE_FAKEMEM_H

#include "fake.h"

enum fakemem_encoding { FAKEMEM_PLAIN, FAKEMEM_XOR, FAKEMEM_SWAB };

struct fakemem {
	enum fakemem_encoding encoding;
	bool sheaves; /* instead of per-CPU slabs */
	bool typed; /* page_type has values, no PG_slab; heads are found by a mask */
	bool nodes; /* vmap_nodes, else vmap_area_list */
	bool no_list; /* no symbol slab_caches */
	bool alone; /* no symbols of data: caches, areas, per-CPU offsets have to be found */
	bool debug; /* slub_debug=ZP: red zone of 8 bytes behind each object, poison in free ones */
	bool kasan; /* object 5 of the third slab is in its quarantine, 6 has a red zone in it */
	const struct fake_more *more; /* types and symbols of the test itself, besides; NULL: none */
	uint64_t slab[4]; /* struct pages: CPU 0's, partly used, full; CPU 0's of other, which has no objects */
	uint64_t base[4]; /* memory of each */
	uint64_t cache; /* struct kmem_cache of fake_object */
	uint64_t other; /* of other */
	uint64_t area; /* vmap_area of task 1's stack */
};

#define FAKEMEM_VMEMMAP 0xffffea0000000000u
#define FAKEMEM_DIRECT 0xffff888000000000u
#define FAKEMEM_DATA (FAKE_IMAGE + 0x70000) /* heads of lists, and others' */
#define FAKEMEM_NODE (FAKEMEM_DATA + 0x200)
#define FAKEMEM_NAME (FAKEMEM_DATA + 0x440) /* "fake_object" */
#define FAKEMEM_SHEAF (FAKEMEM_DATA + 0x800)

enum { FAKEMEM_SIZE = 256, FAKEMEM_OBJECT = 192, FAKEMEM_OBJECTS = 16, FAKEMEM_OFFSET = 64 };

void fakemem_init(struct fakemem *x, struct fake *f);

/* Object i of slab s. */
uint64_t fakemem_object(const struct fakemem *x, unsigned s, unsigned i);
/* The pointer to the next free object in that one, as the kernel keeps it. */
void fakemem_link(struct fakemem *x, struct fake *f, uint64_t object, uint64_t next);
/* The struct page of that physical address. */
uint64_t fakemem_page(uint64_t paddr);

#endif
