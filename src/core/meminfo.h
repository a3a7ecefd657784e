/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meminfo.h: how much memory there was and what it was used for, by the kernel's own counters.
 *
 *	uint64_t pages;
 *	if (kd_meminfo_stat(mem, "NR_FREE_PAGES", &pages)) …
 *	struct kd_zones z;
 *	kd_zones_read(mem, &arena, &z);
 *
 * Counters are found by their names in enum zone_stat_item and enum node_stat_item of the BTF. The kernel keeps what
 * each CPU has counted lately aside; it is added, so that a number may differ a little from what /proc/meminfo said.
 */
#ifndef KD_CORE_MEMINFO_H
#define KD_CORE_MEMINFO_H

#include "base/arena.h"
#include "core/mem.h"

/* In pages (or the counter's own unit). false: the kernel has no such counter, or it is not readable. */
bool kd_meminfo_stat(struct kd_mem *m, const char *name, uint64_t *ret);

enum { KD_ORDERS_MAX = 32, KD_ZONES_MAX = 4096 };

struct kd_zone {
	uint64_t addr; /* of struct zone */
	unsigned node;
	char name[24];
	uint64_t start_pfn, spanned, present, managed, free; /* pages; free: with what CPUs counted lately */
	uint64_t watermark[3]; /* min, low, high */
	uint64_t blocks[KD_ORDERS_MAX]; /* free blocks of 1 << i pages */
	unsigned norders;
	uint64_t on_cpus; /* pages on CPUs' lists of free ones; with has_on_cpus */
	bool has_on_cpus, has_watermark;
};

struct kd_zones {
	struct kd_zone *v; /* the arena's; those with pages */
	size_t n;
	const char *why; /* why there are none, or not all; NULL: they are all */
};

void kd_zones_read(struct kd_mem *m, struct kd_arena *arena, struct kd_zones *ret);

struct kd_meminfo_row {
	const char *key, *title; /* of JSON, for people */
	uint64_t bytes;
	bool known;
	const char *why; /* with !known */
	const char *what; /* where the number comes from */
};

enum { KD_MEMINFO_ROWS = 32 };

struct kd_meminfo {
	struct kd_meminfo_row v[KD_MEMINFO_ROWS];
	size_t n;
};

void kd_meminfo_read(struct kd_mem *m, struct kd_meminfo *ret);

struct kd_hugepages {
	char name[32];
	unsigned order;
	uint64_t pages, free, reserved, surplus;
};

/* Sizes of huge pages that the kernel has pools for; how many, at most max. */
size_t kd_hugepages_read(struct kd_mem *m, struct kd_hugepages *ret, size_t max);

#endif
