// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/index.h"

#include "base/alloc.h"
#include "base/time.h"

static struct kd_error *one_file(struct kd_ctx *ctx, const struct kd_index_request *req, const char *file,
				 struct kd_kdx **k, struct kd_kdx_stats *stats)
{
	struct kd_error *err;

	if (!req->out)
		return kd_kdx_cached(ctx, file, &req->cache, k, stats);
	err = kd_kdx_build(ctx, file, req->out, &req->cache.build, stats);
	return err ? err : kd_kdx_open(req->out, k);
}

struct kd_error *kd_index_build(struct kd_ctx *ctx, const struct kd_index_request *req, kd_index_fn *fn,
				void *user)
{
	struct kd_error *err = NULL;

	if (req->out && req->nfiles != 1)
		return kd_error_new(KD_INVALID, "--out is for the index of one file; without it the indexes go to "
				    "the cache");
	for (size_t i = 0; !err && i < req->nfiles; i++) {
		kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
		struct kd_index_result r = {.file = req->files[i]};
		const int64_t start = kd_mono_ns();
		kd_auto(kd_error_freep) struct kd_error *problem =
			one_file(ctx, req, r.file, &k, &r.stats);

		r.ms = (kd_mono_ns() - start) / 1000000;
		if (problem && problem->cls == KD_CANCELLED)
			return kd_take(problem);
		r.problem = problem;
		if (k) {
			r.built = r.stats.bytes != 0;
			r.path = kd_kdx_name(k);
			r.bytes = kd_kdx_bytes(k);
			r.ident = kd_kdx_ident(k);
		}
		err = fn(user, &r);
	}
	return err;
}

struct kd_error *kd_index_list(const struct kd_kdx_cache *c,
			       struct kd_error *(*fn)(void *user, const struct kd_kdx_entry *e), void *user)
{
	return kd_kdx_cache_list(c, fn, user);
}

struct kd_error *kd_index_prune(const struct kd_kdx_cache *c, uint64_t *ret_n, uint64_t *ret_bytes)
{
	return kd_kdx_cache_prune(c, ret_n, ret_bytes);
}
