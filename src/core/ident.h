/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ident.h: what a word of a dump is: a pointer to what, or what else.
 *
 *	kd_auto(kd_ident_freep) struct kd_ident *id = NULL;
 *	err = kd_ident_new(dump, &id);                        // dump outlives it
 *	struct kd_ident_facts f;
 *	kd_ident_word(id, value, &arena, &f);
 *	for (i = 0; i < f.n; i++) … f.v[i].text               // the most telling first
 *
 * Each fact is read from the dump, or marked as guessed: what a value looks like (poison, error pointer, text),
 * what its low bits would mean, which struct a cache of this name holds. What follows from a rule of the kernel's source
 * and not from its types says so in its text. Sources of patterns: report/poison.h; of tags: include/linux/xarray.h,
 * include/linux/maple_tree.h, include/linux/rbtree.h, include/linux/page-flags.h, include/net/netmem.h,
 * kernel/locking/mutex.c.
 *
 * Caches, areas, tasks are loaded when the first word needs them.
 */
#ifndef KD_CORE_IDENT_H
#define KD_CORE_IDENT_H

#include "core/dump.h"
#include "core/mem.h"
#include "core/page.h"
#include "core/rcuwait.h"
#include "core/slab.h"
#include "core/vmap.h"

enum kd_fact_kind {
	KD_FACT_VALUE, /* by its value alone: NULL, error pointer, poison, user space … */
	KD_FACT_SYMBOL, /* in a symbol of the kernel or a module */
	KD_FACT_TASK, /* in a struct task_struct */
	KD_FACT_STACK, /* on a stack */
	KD_FACT_PERCPU, /* in a CPU's area */
	KD_FACT_SLAB, /* in or at an object of a cache */
	KD_FACT_TYPE, /* the member of a struct there */
	KD_FACT_CALLER, /* who allocated or freed it */
	KD_FACT_STRUCT_PAGE, /* in a struct page */
	KD_FACT_SECTION, /* part of the image or of a module */
	KD_FACT_VMAP, /* in an area of vmalloc */
	KD_FACT_PAGE, /* its page of memory */
	KD_FACT_MEMORY, /* where it is mapped to, or why it is not there */
	KD_FACT_RCU, /* it waits for a grace period */
	KD_FACT_REGION, /* of a range that has a purpose: fixmap, a CPU's entry area, interrupt descriptors */
	KD_FACT_TAG, /* what it would be without its low bits */
};

const char *kd_fact_kind_name(enum kd_fact_kind kind); /* "slab", for JSON */

struct kd_ident_fact {
	uint8_t kind; /* enum kd_fact_kind */
	bool guessed;
	struct kd_view text; /* the arena's */
	uint64_t start, size; /* of what it is in; 0: nothing with bounds */
};

enum { KD_FACTS_MAX = 24 };

struct kd_ident_facts {
	struct kd_ident_fact v[KD_FACTS_MAX];
	size_t n;
	struct kd_object object; /* with has_object */
	bool has_object;
	struct kd_page page; /* with has_page */
	bool has_page;
};

struct kd_ident;

/* Errors of kd_dump_need_kernel(). */
KD_MUST_CHECK struct kd_error *kd_ident_new(struct kd_dump *d, struct kd_ident **ret);
void kd_ident_free(struct kd_ident *id);
void kd_ident_freep(struct kd_ident **id);

/* All that is known; texts live in the arena. */
void kd_ident_word(struct kd_ident *id, uint64_t value, struct kd_arena *arena, struct kd_ident_facts *ret);

/* The first fact alone, for lists of many words: cheaper. false: a plain number, or nothing is known. */
bool kd_ident_brief(struct kd_ident *id, uint64_t value, struct kd_arena *arena, struct kd_ident_fact *ret);

/*
 * The address by which the kernel itself would name this physical one: in its image, in an area of vmalloc (stacks,
 * modules), else in the map of all memory. false: none is known.
 */
bool kd_ident_virtual(struct kd_ident *id, uint64_t paddr, uint64_t *ret);

/*
 * "allocated by f+0x12, pid 3, CPU 0, jiffies 4294893692": who that was; of KASAN's the first of its stack that is none of the
 * allocator's own functions (by their names). Absent: nobody yet.
 */
struct kd_view kd_ident_track(struct kd_dump *d, const struct kd_track *t, bool alloc, struct kd_arena *arena);
/*
 * KASAN keeps who freed an object in the object itself, where a write after free overwrites it: a stack in which nothing is freed (by the
 * names of its functions) is not believed. true for all other records.
 */
bool kd_ident_track_believed(struct kd_dump *d, const struct kd_track *t, bool alloc, struct kd_arena *arena);
/* Does a name ("kmem_cache_free+0x12") begin as the allocator's and KASAN's own functions do? */
bool kd_ident_allocator(struct kd_view name);

/* What it stands on. */
struct kd_mem *kd_ident_mem(struct kd_ident *id);
struct kd_pageinfo *kd_ident_pages(struct kd_ident *id);
struct kd_slub *kd_ident_slub(struct kd_ident *id, const char **why); /* NULL: *why says why */
const struct kd_vmaps *kd_ident_vmaps(struct kd_ident *id);
const struct kd_rcuwaits *kd_ident_rcuwaits(struct kd_ident *id);

#endif
