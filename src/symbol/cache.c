// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/vec.h"
#include "format/elf.h"
#include "symbol/build_list.h"
#include "symbol/resolve.h"

enum { HEAD = 64 << 10, ENTRIES_MAX = 1 << 20, STALE_S = 3600, UNPACK_MAX = 1 << 30,
       DAY_S = 86400, DAYS_MAX = 1000000 };

/* --- places ------------------------------------------------------------------------------- */

static struct kd_error *folder(const struct kd_kdx_cache *c, char **ret)
{
	if (c && c->dir) {
		*ret = kd_xstrndup(c->dir, strlen(c->dir));
		return NULL;
	}
	return kd_fs_xdg_path(KD_XDG_CACHE, "kdx", ret);
}

static struct kd_error *place(const struct kd_kdx_cache *c, struct kd_view id, char **ret)
{
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_buf path = KD_BUF_INIT(8192);
	struct kd_error *err = folder(c, &dir);

	if (err)
		return err;
	if (id.n < 4 || !kd_buf_printf(&path, "%s/%.2s/%.*s.kdx", dir, id.p, KD_VARG(kd_view_from(id, 2))) ||
	    !path.p) {
		kd_buf_deinit(&path);
		return kd_error_new(KD_INVALID, "'%.*s' is no build-id", KD_VARG(kd_view_head(id, 80)));
	}
	*ret = path.p;
	return NULL;
}

/*
 * Who it is: its build-id, or "x" and a digest. Without a build-id two builds may differ in the middle alone:
 * then the file's place and time are part of it.
 */
static struct kd_error *digest(const char *file, const struct kd_bytes *bytes, struct kd_view module, char *id)
{
	const uint64_t size = kd_bytes_size(bytes);
	const size_t n = size < HEAD ? (size_t)size : HEAD;
	kd_auto(kd_freep) char *head = kd_xmalloc(n);
	struct kd_error *err = NULL;
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];
	struct stat st;
	uint64_t who[6];

	if (stat(file, &st))
		return kd_error_errno(errno, "%s", file);
	who[0] = size;
	who[1] = (uint64_t)st.st_dev;
	who[2] = (uint64_t)st.st_ino;
	who[3] = (uint64_t)st.st_mtim.tv_sec;
	who[4] = (uint64_t)st.st_mtim.tv_nsec;
	who[5] = (uint64_t)st.st_size;
	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view((const char *)who, sizeof(who)));
	kd_sha256_update(&h, module);
	for (int i = 0; !err && i < 2; i++) {
		err = kd_bytes_read(bytes, i ? size - n : 0, n, head);
		if (!err)
			kd_sha256_update(&h, kd_view(head, n));
	}
	if (err)
		return err;
	kd_sha256_final(&h, sum);
	id[0] = 'x';
	kd_hex(sum, sizeof(sum), id + 1);
	return NULL;
}

static struct kd_error *identify(const char *file, const struct kd_kdx_cache *c, char id[2 * KD_SHA256_LEN + 3],
				 bool *dwarf)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *bytes = NULL;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	const struct kd_elf_section *info;
	struct kd_elf elf;
	struct kd_view build_id;
	struct kd_error *err = kd_bytes_open(file, UNPACK_MAX, &bytes);

	if (!err && kd_symlist_is(bytes))
		return digest(file, bytes, kd_view_of(c ? c->build.module : NULL), id);
	if (!err)
		err = kd_symlist_refuse_types(bytes);
	if (!err)
		err = kd_elf_open(bytes, &arena, &elf);
	if (err)
		return err;
	info = kd_elf_find(&elf, KD_V(".debug_info"));
	*dwarf = info && info->type != KD_SHT_NOBITS && info->size;
	build_id = kd_elf_build_id(&elf, &arena);
	if (build_id.n >= 8 && build_id.n <= KD_SHA256_LEN) {
		kd_hex((const uint8_t *)build_id.p, build_id.n, id);
		return NULL;
	}
	return digest(file, bytes, KD_VNULL, id);
}

/* --- one ---------------------------------------------------------------------------------- */

static bool is_kdx(const char *file)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *bytes = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_bytes_open(file, UNPACK_MAX, &bytes);
	char head[8];

	if (err || kd_bytes_size(bytes) < sizeof(head))
		return false;
	err = kd_bytes_read(bytes, 0, sizeof(head), head);
	return !err && !memcmp(head, "kdocKDX\n", sizeof(head));
}

/* Usable: opened, and its time of last use set. Absent or of no use: *ret stays NULL. */
static struct kd_error *open_if_good(const char *path, struct kd_kdx **ret)
{
	struct kd_error *err = path ? kd_kdx_open(path, ret) : kd_error_new(KD_INTERNAL, "an index without a place");

	if (!err && path) {
		kd_kdx_disposable(*ret);
		(void)utimensat(AT_FDCWD, path, NULL, 0);
		return NULL;
	}
	*ret = NULL;
	if (kd_error_catch(&err, KD_NOTFOUND) || kd_error_catch(&err, KD_BADDATA) ||
	    kd_error_catch(&err, KD_UNSUPPORTED))
		return NULL;
	return err;
}

struct kd_error *kd_kdx_cache_find(const struct kd_kdx_cache *c, struct kd_view build_id,
				   struct kd_kdx **ret)
{
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = place(c, build_id, &path);

	*ret = NULL;
	return err ? err : open_if_good(path, ret);
}

/* It was made without another file's part of the debug info, and now that file may be there. */
static bool can_be_better(struct kd_kdx *k, const char *file)
{
	const struct kd_kdx_ident id = kd_kdx_ident(k);
	kd_auto(kd_buf_deinit) struct kd_buf far = KD_BUF_INIT(8192), dwp = KD_BUF_INIT(8192);
	struct stat st;

	return id.missing_files && kd_buf_printf(&far, "%.*s", KD_VARG(id.missing_file)) &&
	       kd_buf_printf(&dwp, "%s.dwp", file) && (!stat(far.p, &st) || !stat(dwp.p, &st));
}

struct kd_error *kd_kdx_cached(struct kd_ctx *ctx, const char *file, const struct kd_kdx_cache *c,
			       struct kd_kdx **ret, struct kd_kdx_stats *ret_stats)
{
	kd_auto(kd_freep) char *path = NULL;
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	char id[2 * KD_SHA256_LEN + 3] = "";
	struct kd_kdx_stats stats = {0};
	struct kd_error *err;
	bool dwarf = false;

	if (ret_stats)
		*ret_stats = stats;
	if (is_kdx(file))
		return kd_kdx_open(file, ret);
	err = identify(file, c, id, &dwarf);
	if (!err)
		err = place(c, kd_view_of(id), &path);
	if (!err)
		err = open_if_good(path, &k);
	if (k && dwarf && (!kd_kdx_ident(k).dwarf || can_be_better(k, file)))
		kd_kdx_closep(&k);
	if (!err && !k) {
		err = kd_kdx_build(ctx, file, path, c ? &c->build : NULL, &stats);
		if (!err)
			err = kd_kdx_open(path, &k);
		if (!err)
			kd_kdx_disposable(k);
		if (!err)
			err = kd_kdx_cache_prune(c, NULL, &(uint64_t){0}, &(uint64_t){0});
	}
	if (err)
		return err;
	if (ret_stats)
		*ret_stats = stats;
	*ret = kd_take(k);
	return NULL;
}

/* --- all of them -------------------------------------------------------------------------- */

struct found {
	char *path;
	uint64_t bytes;
	int64_t used;
	bool tmp;
};

struct list {
	KD_VEC(struct found) v;
};

static struct kd_error *one_file(void *user, const struct kd_fs_entry *e)
{
	struct list *l = user;
	const struct kd_view name = kd_view_of(e->name);
	const bool tmp = kd_view_ends(name, KD_V(".tmp")) && kd_view_has(name, KD_V(".kdx."));
	struct found *f;

	if (!tmp && !kd_view_ends(name, KD_V(".kdx")))
		return NULL;
	f = kd_vec_push(&l->v, ENTRIES_MAX);
	if (!f)
		return kd_error_new(KD_LIMIT, "more than %d indexes in the cache", ENTRIES_MAX);
	*f = (struct found){kd_xstrndup(e->path, strlen(e->path)), e->size, e->mtime, tmp};
	return NULL;
}

static void free_list(struct list *l)
{
	kd_vec_each(f, &l->v)
		kd_free(f->path);
	kd_vec_free(&l->v);
}

static struct kd_error *find_all(const struct kd_kdx_cache *c, struct list *l)
{
	const struct kd_fs_walk_opts o = {.max_entries = ENTRIES_MAX, .max_depth = 3};
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_error *err = folder(c, &dir);

	if (!err)
		err = kd_fs_walk(dir, &o, one_file, l);
	(void)kd_error_catch(&err, KD_NOTFOUND);
	return err;
}

struct kd_error *kd_kdx_cache_list(const struct kd_kdx_cache *c,
				   struct kd_error *(*fn)(void *user, const struct kd_kdx_entry *e),
				   void *user)
{
	kd_auto(free_list) struct list l = {{0}};
	struct kd_error *err = find_all(c, &l);

	for (size_t i = 0; !err && i < l.v.n; i++)
		if (!l.v.v[i].tmp)
			err = fn(user, &(struct kd_kdx_entry){l.v.v[i].path, l.v.v[i].bytes, l.v.v[i].used});
	return err;
}

static int newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->used != y->used)
		return x->used > y->used ? -1 : 1;
	return strcmp(x->path, y->path);
}

struct kd_error *kd_kdx_cache_limits(const struct kd_kdx_cache *c, uint64_t *ret_bytes, uint64_t *ret_days)
{
	kd_auto(kd_config_freep) struct kd_config *conf = NULL;
	struct kd_error *err = NULL;
	int64_t bytes = (int64_t)KD_KDX_CACHE_BYTES, days = 0;

	if (!c || !c->max_bytes || !c->max_days) {
		conf = kd_config_new();
		err = kd_config_load(conf, NULL);
		if (!err)
			err = kd_config_int(conf, "symbol.cache-max", bytes, &bytes);
		if (!err)
			err = kd_config_int(conf, "symbol.cache-age", days, &days);
		if (!err && (bytes < 0 || days < 0 || days > DAYS_MAX))
			err = kd_error_new(KD_INVALID, "symbol.cache-max and symbol.cache-age are sizes and days from 0 on");
	}
	if (err)
		return err;
	*ret_bytes = c && c->max_bytes ? c->max_bytes : (uint64_t)bytes;
	*ret_days = c && c->max_days ? c->max_days : (uint64_t)days;
	return NULL;
}

static struct kd_error *remove_one(const struct found *f, const struct kd_kdx_prune *how)
{
	struct kd_error *err = NULL;

	if (how && how->fn)
		err = how->fn(how->user, &(struct kd_kdx_entry){f->path, f->bytes, f->used});
	if (!err && !(how && how->dry_run) && unlink(f->path) && errno != ENOENT)
		err = kd_error_errno(errno, "removing %s", f->path);
	return err;
}

struct kd_error *kd_kdx_cache_prune(const struct kd_kdx_cache *c, const struct kd_kdx_prune *how, uint64_t *ret_n,
				    uint64_t *ret_bytes)
{
	kd_auto(free_list) struct list l = {{0}};
	const int64_t now = time(NULL);
	uint64_t max = 0, days = 0, sum = 0;
	struct kd_error *err = kd_kdx_cache_limits(c, &max, &days);
	bool first = true;

	*ret_n = *ret_bytes = 0;
	if (!err)
		err = find_all(c, &l);
	if (err || !l.v.n)
		return err;
	qsort(l.v.v, l.v.n, sizeof(*l.v.v), newest_first);
	for (size_t i = 0; i < l.v.n; i++) {
		const struct found *f = &l.v.v[i];
		const bool stale = f->tmp && now - f->used > STALE_S, newest = first && !f->tmp;
		const bool old = days && now - f->used > (int64_t)days * DAY_S;

		sum += f->bytes;
		first &= f->tmp;
		/* the one that was used last stays, however large and old it is */
		if (!stale && (f->tmp || newest || (sum <= max && !old)))
			continue;
		err = remove_one(f, how);
		if (err)
			return err;
		sum -= f->bytes;
		++*ret_n;
		*ret_bytes += f->bytes;
	}
	return NULL;
}
