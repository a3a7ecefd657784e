/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index.h: indexes of debug info: made, listed, thrown away.
 *
 *	err = kd_index_build(ctx, &req, on_file, user);       // each file: into the cache, or to req.out
 */
#ifndef KD_VERB_INDEX_H
#define KD_VERB_INDEX_H

#include "base/ctx.h"
#include "symbol/cache.h"
#include "symbol/resolve.h"

struct kd_index_request {
	const char *const *files;
	size_t nfiles;
	/* NULL: the cache. One file: its index; several: all of them in one (kdxpack.h), through the cache. */
	const char *out;
	/* With out: another build's file, in the same folder, on which it is to stand (kdxpack.h). NULL: none. */
	const char *base;
	struct kd_kdx_cache cache;
};

struct kd_index_result {
	const char *file;
	const struct kd_error *problem; /* NULL: it is there */
	bool built; /* now */
	struct kd_kdx_stats stats; /* with built */
	const char *path; /* of the index */
	uint64_t bytes;
	struct kd_kdx_ident ident;
	int64_t ms;
};

typedef struct kd_error *kd_index_fn(void *user, const struct kd_index_result *r);

/* A file that cannot be read is a result with a problem; the others are still done. */
KD_MUST_CHECK struct kd_error *kd_index_build(struct kd_ctx *ctx, const struct kd_index_request *req,
					      kd_index_fn *fn, void *user);

/* What a file of one or of several indexes holds, and what it needs. */
struct kd_index_info {
	const char *file;
	const struct kd_error *problem; /* NULL: all of it can be used, as far as headers tell */
	uint64_t bytes, kernels, modules;
	struct kd_kdx_ident ident; /* of the kernel, or of the only one */
	struct kd_view base; /* name of the file that has to lie beside it; absent: none */
};

/* Each file's; fn as above. */
KD_MUST_CHECK struct kd_error *
kd_index_info(struct kd_ctx *ctx, const char *const *files, size_t n,
	      struct kd_error *(*fn)(void *user, const struct kd_index_info *i), void *user);

/* What is in the cache: see kd_kdx_cache_list(), kd_kdx_cache_limits(), kd_kdx_cache_prune(). */
KD_MUST_CHECK struct kd_error *kd_index_list(const struct kd_kdx_cache *c,
					      struct kd_error *(*fn)(void *user, const struct kd_kdx_entry *e),
					      void *user);
KD_MUST_CHECK struct kd_error *kd_index_limits(const struct kd_kdx_cache *c, uint64_t *ret_bytes, uint64_t *ret_days);
KD_MUST_CHECK struct kd_error *kd_index_prune(const struct kd_kdx_cache *c, const struct kd_kdx_prune *how,
					      uint64_t *ret_n, uint64_t *ret_bytes);

#endif
