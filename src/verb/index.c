// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/index.h"

#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "symbol/kdxbase.h"
#include "symbol/kdxpack.h"

static struct kd_error *one_file(struct kd_ctx *ctx, const struct kd_index_request *req, const char *file,
				 struct kd_kdx **k, struct kd_kdx_stats *stats)
{
	struct kd_error *err;

	if (!req->out || req->nfiles > 1 || req->base)
		return kd_kdx_cached(ctx, file, &req->cache, k, stats);
	err = kd_kdx_build(ctx, file, req->out, &req->cache.build, stats);
	return err ? err : kd_kdx_open(req->out, k);
}

/* One file's result; *path: of its index, on the heap, NULL when there is none. */
static struct kd_error *one(struct kd_ctx *ctx, const struct kd_index_request *req, const char *file,
			    kd_index_fn *fn, void *user, char **path)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_index_result r = {.file = file};
	const int64_t start = kd_mono_ns();
	kd_auto(kd_error_freep) struct kd_error *problem = one_file(ctx, req, file, &k, &r.stats);

	r.ms = (kd_mono_ns() - start) / 1000000;
	if (problem && problem->cls == KD_CANCELLED)
		return kd_take(problem);
	r.problem = problem;
	if (k) {
		r.built = r.stats.bytes != 0;
		r.path = kd_kdx_name(k);
		r.bytes = kd_kdx_bytes(k);
		r.ident = kd_kdx_ident(k);
		*path = kd_xstrndup(r.path, strlen(r.path));
	}
	return fn(user, &r);
}

static struct kd_error *pack(struct kd_ctx *ctx, const struct kd_index_request *req, char **paths, size_t n)
{
	const struct kd_kdxpack_how how = {.base = req->base, .workers = req->cache.build.workers,
					   .progress = req->cache.build.progress, .user = req->cache.build.user};

	return kd_kdxpack_write(ctx, req->out, (const char *const *)paths, n, &how);
}

struct kd_error *kd_index_build(struct kd_ctx *ctx, const struct kd_index_request *req, kd_index_fn *fn,
				void *user)
{
	char **paths = kd_xcalloc(req->nfiles + 1, sizeof(*paths));
	struct kd_error *err = NULL;
	size_t n = 0;

	for (size_t i = 0; !err && i < req->nfiles; i++) {
		err = one(ctx, req, req->files[i], fn, user, &paths[n]);
		n += paths[n] != NULL;
	}
	if (!err && req->out && (req->nfiles > 1 || req->base)) {
		if (n < req->nfiles) /* half a build is none */
			err = kd_error_new(KD_BADDATA, "%s is not written: %zu of %zu files have no index", req->out,
					   req->nfiles - n, req->nfiles);
		else
			err = pack(ctx, req, paths, n);
	}
	for (size_t i = 0; i < n; i++)
		kd_free(paths[i]);
	kd_free(paths);
	return err;
}

struct kd_error *kd_index_list(const struct kd_kdx_cache *c,
			       struct kd_error *(*fn)(void *user, const struct kd_kdx_entry *e), void *user)
{
	return kd_kdx_cache_list(c, fn, user);
}

struct kd_error *kd_index_limits(const struct kd_kdx_cache *c, uint64_t *ret_bytes, uint64_t *ret_days)
{
	return kd_kdx_cache_limits(c, ret_bytes, ret_days);
}

struct kd_error *kd_index_prune(const struct kd_kdx_cache *c, const struct kd_kdx_prune *how, uint64_t *ret_n,
				uint64_t *ret_bytes)
{
	return kd_kdx_cache_prune(c, how, ret_n, ret_bytes);
}

/* --- what a file holds --------------------------------------------------------------------- */

/* Of one that can be opened; texts are copied. */
static void describe(struct kd_kdx *k, struct kd_arena *arena, struct kd_index_info *i)
{
	i->ident = kd_kdx_ident(k);
	i->ident.build_id = kd_arena_view(arena, i->ident.build_id);
	i->ident.release = kd_arena_view(arena, i->ident.release);
	i->ident.module = kd_arena_view(arena, i->ident.module);
	i->base = kd_arena_view(arena, kd_kdxbase_file(k));
}

static struct kd_error *look_into(struct kd_ctx *ctx, const char *file, struct kd_arena *arena, struct kd_index_info *i)
{
	struct kd_kdxpack pack = {.n = 0};
	struct kd_error *err = kd_kdxpack_probe(file) ? kd_kdxpack_read(file, arena, &pack) : NULL;
	const size_t n = pack.n ? pack.n : 1;

	for (size_t m = 0; !err && m < n; m++) {
		kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
		bool kernel;

		err = kd_ctx_check(ctx);
		if (!err)
			err = pack.n ? kd_kdx_open_at(file, pack.v[m].off, pack.v[m].size, &k) : kd_kdx_open(file, &k);
		if (err)
			break;
		kernel = pack.n ? !pack.v[m].module.n : !kd_kdx_ident(k).module.n;
		if (kernel || !m)
			describe(k, arena, i);
		i->kernels += kernel;
		i->modules += !kernel;
		i->bytes += kd_kdx_bytes(k);
	}
	return err;
}

struct kd_error *kd_index_info(struct kd_ctx *ctx, const char *const *files, size_t n,
			       struct kd_error *(*fn)(void *user, const struct kd_index_info *i), void *user)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < n; i++) {
		kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT((size_t)64 << 20);
		struct kd_index_info info = {.file = files[i]};
		kd_auto(kd_error_freep) struct kd_error *problem = look_into(ctx, files[i], &arena, &info);

		if (problem && problem->cls == KD_CANCELLED)
			return kd_take(problem);
		info.problem = problem;
		err = fn(user, &info);
	}
	return err;
}
