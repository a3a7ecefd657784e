/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find_temp.h: a file out of a package, an image or the network, for as long as its index is made. It lies in the
 * cache's folder, for it may be large, and has no name there: a process that is killed leaves nothing behind but
 * a folder with one link in the folder for temporary files.
 *
 *	kd_auto(find_temp_close) struct find_temp t = FIND_TEMP_NONE;
 *	err = find_temp_open(&o.cache, "vmlinux-6.1.0", &t);
 *	err = find_temp_add(&t, bytes, n);
 *	… t.path                                  // can be opened and read until it is closed
 */
#ifndef KD_SYMBOL_FIND_TEMP_H
#define KD_SYMBOL_FIND_TEMP_H

#include "base/hash.h"
#include "symbol/cache.h"

struct find_temp {
	int fd;
	char *dir, *path;
	uint64_t bytes, max;
};

#define FIND_TEMP_NONE ((struct find_temp){.fd = -1})
#define FIND_TEMP_MAX ((uint64_t)4 << 30)

/* name: what the file is called, for its index. KD_IO, KD_ACCESS. */
KD_MUST_CHECK struct kd_error *find_temp_open(const struct kd_kdx_cache *c, struct kd_view name,
					      struct find_temp *ret);
/* KD_LIMIT beyond t->max; KD_IO: no room. */
KD_MUST_CHECK struct kd_error *find_temp_add(struct find_temp *t, const void *p, size_t n);
void find_temp_close(struct find_temp *t);

/* The cache's folder, with "/" and rel behind it, on the heap; it is made when it is not there. */
KD_MUST_CHECK struct kd_error *find_cache_path(const struct kd_kdx_cache *c, const char *rel, char **ret);

/* Which file it is: its place, size, time, and a digest of its first and last 64 KiB. "" when it cannot be read. */
void find_file_key(const char *path, char ret[2 * KD_SHA256_LEN + 1]);

#endif
