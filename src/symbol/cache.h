/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache.h: where indexes are kept, so that a file's debug info is read once.
 *
 *	err = kd_kdx_cached(ctx, "vmlinux", &options, &k, &built);
 *
 * The cache is <XDG cache>/kdoc/kdx/. A file with a build-id has the index ab/cdef….kdx there; one
 * without is known by its place, size, time and its first and last 64 KiB. What does not fit KD_KDX_VERSION or
 * is damaged is built again (what is found damaged late: the next time), and so is one of symbols alone when the
 * file has DWARF: a stripped file and its debug file share a build-id.
 *
 * Policy: whenever an index was made, and with kd_kdx_cache_prune(), the indexes go that were not used for longer than
 * an age, and then, when all of it together is larger than a limit, those that were not used for the longest time (time
 * of last use: the file's mtime). The one that was used last stays. Limits: the caller's; or symbol.cache-max (bytes,
 * with k, m, g) and symbol.cache-age (days) of the configuration; or 4 GiB and no age.
 */
#ifndef KD_SYMBOL_CACHE_H
#define KD_SYMBOL_CACHE_H

#include "symbol/build.h"
#include "symbol/kdx.h"

#define KD_KDX_CACHE_BYTES ((uint64_t)4 << 30)

struct kd_kdx_cache {
	const char *dir; /* NULL: the XDG folder */
	uint64_t max_bytes; /* 0: the configuration's, or KD_KDX_CACHE_BYTES */
	uint64_t max_days; /* 0: the configuration's, or any age */
	struct kd_kdx_options build;
};

/*
 * The index of an ELF file, from the cache or made now (*ret_stats.bytes != 0 then). An index (.kdx)
 * is opened as it is. Errors of kd_kdx_build() and kd_kdx_open(). c, ret_stats may be NULL.
 */
KD_MUST_CHECK struct kd_error *kd_kdx_cached(struct kd_ctx *ctx, const char *file,
					     const struct kd_kdx_cache *c, struct kd_kdx **ret,
					     struct kd_kdx_stats *ret_stats);

/* The index of that build-id (hex) if it is there and usable; *ret NULL without. Nothing is made. */
KD_MUST_CHECK struct kd_error *kd_kdx_cache_find(const struct kd_kdx_cache *c, struct kd_view build_id,
						 struct kd_kdx **ret);

/* One of them. */
struct kd_kdx_entry {
	const char *path; /* borrowed during the call */
	uint64_t bytes;
	int64_t used; /* seconds since 1970 */
};

/* All of them, in order of their names. */
KD_MUST_CHECK struct kd_error *
kd_kdx_cache_list(const struct kd_kdx_cache *c,
		  struct kd_error *(*fn)(void *user, const struct kd_kdx_entry *e), void *user);

/* What counts: max_bytes, and max_days (0: any). KD_INVALID: a setting of the configuration is none. */
KD_MUST_CHECK struct kd_error *kd_kdx_cache_limits(const struct kd_kdx_cache *c, uint64_t *ret_bytes,
						   uint64_t *ret_days);

struct kd_kdx_prune {
	bool dry_run; /* remove nothing */
	/* Told of each that goes, before it does; may be NULL. */
	struct kd_error *(*fn)(void *user, const struct kd_kdx_entry *e);
	void *user;
};

/* Remove what is too much or too old, and what a killed process left behind; how many, and bytes. how may be NULL. */
KD_MUST_CHECK struct kd_error *kd_kdx_cache_prune(const struct kd_kdx_cache *c, const struct kd_kdx_prune *how,
						  uint64_t *ret_n, uint64_t *ret_bytes);

#endif
