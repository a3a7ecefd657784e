// SPDX-License-Identifier: GPL-2.0-or-later
/* The index file: header, checks, lookup; and where it is kept. */
#include "source/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/fs.h"
#include "base/vec.h"
#include "source/index_internal.h"

enum { KEPT_SEEN = 1000 };

struct kd_srcindex {
	struct kd_srcindex_head h;
	struct kd_srcindex_info info;
	int fd; /* -1: all of it is in memory */
	char *own; /* the file's bytes, filled block by block */
	struct kd_view bytes;
	uint8_t *loaded; /* of each block; NULL: all */
	uint32_t *checks;
	char problem[256];
};

/* ---- header ---- */

uint32_t kd_srcindex_crc(struct kd_view v)
{
	uint32_t table[256], crc = 0xffffffffu;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; i < v.n; i++)
		crc = table[(crc ^ (unsigned char)v.p[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* The numbers of the header in their order, behind magic, version, byte order and key. */
static void numbers_of(struct kd_srcindex_head *h, uint32_t **n)
{
	uint32_t *const all[] = {
		&h->nfiles,	   &h->nnames,	       &h->ndefs,    &h->unread,   &h->cut,
		&h->files_off, &h->file_text_off, &h->names_off, &h->name_text_off, &h->defs_off,
		&h->mentions_off, &h->checks_off, &h->end,
	};

	memcpy(n, all, sizeof(all));
}

enum { NUMBERS = 13, KEY_AT = 16, NUMBERS_AT = 48, CRC_AT = KD_SRCINDEX_HEADER - 4 };

static void put(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i);
}

void kd_srcindex_head_write(const struct kd_srcindex_head *h, char out[KD_SRCINDEX_HEADER])
{
	struct kd_srcindex_head copy = *h;
	uint32_t *n[NUMBERS];

	memset(out, 0, KD_SRCINDEX_HEADER);
	memcpy(out, KD_SRCINDEX_MAGIC, 8);
	put(out + 8, KD_SRCINDEX_VERSION);
	put(out + 12, KD_SRCINDEX_ORDER);
	memcpy(out + KEY_AT, h->key, KD_SHA256_LEN);
	numbers_of(&copy, n);
	for (int i = 0; i < NUMBERS; i++)
		put(out + NUMBERS_AT + 4 * i, *n[i]);
	put(out + CRC_AT, kd_srcindex_crc(kd_view(out, CRC_AT)));
}

/* Do the parts follow each other, and is each as long as its count says? */
static bool parts_fit(const struct kd_srcindex_head *h)
{
	uint64_t nfiles = h->nfiles, nnames = h->nnames, ndefs = h->ndefs;
	uint64_t blocks = ((uint64_t)h->checks_off + KD_SRCINDEX_BLOCK - 1) / KD_SRCINDEX_BLOCK;

	return h->files_off == KD_SRCINDEX_HEADER && h->files_off + 4 * (nfiles + 1) == h->file_text_off &&
	       h->file_text_off <= h->names_off &&
	       h->names_off + KD_SRCINDEX_NAME_BYTES * (nnames + 1) == h->name_text_off &&
	       h->name_text_off <= h->defs_off &&
	       h->defs_off + KD_SRCINDEX_DEF_BYTES * ndefs == h->mentions_off &&
	       h->mentions_off <= h->checks_off && h->checks_off + 4 * blocks == h->end &&
	       h->end <= KD_SRCINDEX_FILE_MAX;
}

struct kd_error *kd_srcindex_head_read(struct kd_view bytes, struct kd_srcindex_head *ret)
{
	struct kd_cursor c = kd_cursor_of(kd_view_head(bytes, KD_SRCINDEX_HEADER), 0, false);
	struct kd_srcindex_head h = {0};
	uint32_t version = 0, order = 0, crc = 0, *n[NUMBERS];
	struct kd_view magic, key;
	bool ok;

	if (bytes.n < KD_SRCINDEX_HEADER)
		return kd_error_new(KD_BADDATA, "shorter than its header");
	ok = kd_cursor_next_bytes(&c, 8, &magic) && kd_cursor_next_u32le(&c, &version) &&
	     kd_cursor_next_u32le(&c, &order) && kd_cursor_next_bytes(&c, KD_SHA256_LEN, &key);
	if (!ok || !kd_view_eq(magic, kd_view(KD_SRCINDEX_MAGIC, 8)))
		return kd_error_new(KD_BADDATA, "no index of sources");
	if (version != KD_SRCINDEX_VERSION || order != KD_SRCINDEX_ORDER)
		return kd_error_new(KD_BADDATA, "of another version (%u)", version);
	memcpy(h.key, key.p, KD_SHA256_LEN);
	numbers_of(&h, n);
	for (int i = 0; i < NUMBERS; i++)
		ok = ok && kd_cursor_next_u32le(&c, n[i]);
	ok = ok && kd_cursor_seek(&c, CRC_AT) && kd_cursor_next_u32le(&c, &crc);
	if (!ok || crc != kd_srcindex_crc(kd_view_head(bytes, CRC_AT)) || !parts_fit(&h))
		return kd_error_new(KD_BADDATA, "its header is damaged");
	*ret = h;
	return NULL;
}

/* ---- bytes ---- */

static struct kd_error *damaged(void)
{
	return kd_error_new(KD_BADDATA, "the index of sources is damaged: remove it, it is built again");
}

static struct kd_error *load_block(struct kd_srcindex *x, size_t i)
{
	size_t at = i * KD_SRCINDEX_BLOCK, n = x->h.checks_off - at;

	if (n > KD_SRCINDEX_BLOCK)
		n = KD_SRCINDEX_BLOCK;
	for (size_t got = 0; x->fd >= 0 && got < n;) {
		ssize_t r = pread(x->fd, x->own + at + got, n - got, (off_t)(at + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return kd_error_errno(errno, "reading the index of sources");
		if (!r)
			return damaged();
		got += (size_t)r;
	}
	if (kd_srcindex_crc(kd_view(x->bytes.p + at, n)) != x->checks[i])
		return damaged();
	x->loaded[i] = 1;
	return NULL;
}

/* n bytes at an offset, before the checks. */
static struct kd_error *get(struct kd_srcindex *x, uint64_t off, uint64_t n, struct kd_view *ret)
{
	struct kd_error *err = NULL;

	if (off > x->h.checks_off || n > x->h.checks_off - off)
		return damaged();
	for (size_t i = off / KD_SRCINDEX_BLOCK; !err && n && i <= (off + n - 1) / KD_SRCINDEX_BLOCK; i++)
		if (!x->loaded[i])
			err = load_block(x, i);
	*ret = kd_view(x->bytes.p + off, (size_t)n);
	return err;
}

static struct kd_error *get_u32s(struct kd_srcindex *x, uint64_t off, uint32_t *v, size_t n)
{
	struct kd_view bytes;
	struct kd_error *err = get(x, off, 4 * n, &bytes);
	struct kd_cursor c;

	if (err)
		return err;
	c = kd_cursor_of(bytes, off, false);
	for (size_t i = 0; i < n; i++)
		if (!kd_cursor_next_u32le(&c, &v[i]))
			return damaged();
	return NULL;
}

static struct kd_error *text_between(struct kd_srcindex *x, uint32_t base, uint32_t end, uint32_t from,
				     uint32_t to, struct kd_view *ret)
{
	if (from > to || to > end - base)
		return damaged();
	return get(x, (uint64_t)base + from, to - from, ret);
}

static struct kd_error *name_at(struct kd_srcindex *x, uint32_t i, struct kd_view *ret, uint32_t v[6])
{
	struct kd_error *err =
		get_u32s(x, x->h.names_off + (uint64_t)KD_SRCINDEX_NAME_BYTES * i, v, 6);

	return err ? err : text_between(x, x->h.name_text_off, x->h.defs_off, v[0], v[3], ret);
}

static struct kd_error *file_at(struct kd_srcindex *x, uint32_t i, struct kd_view *ret)
{
	uint32_t v[2];
	struct kd_error *err;

	if (i >= x->h.nfiles)
		return damaged();
	err = get_u32s(x, x->h.files_off + (uint64_t)4 * i, v, 2);
	return err ? err : text_between(x, x->h.file_text_off, x->h.names_off, v[0], v[1], ret);
}

/* ---- lookup ---- */

/* v: the name's row and the next one's. *found = false: no such name. */
static struct kd_error *find_name(struct kd_srcindex *x, struct kd_view name, uint32_t v[6], bool *found)
{
	uint32_t lo = 0, hi = x->h.nnames;

	*found = false;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct kd_view at;
		struct kd_error *err = name_at(x, mid, &at, v);
		int c;

		if (err)
			return err;
		c = kd_view_cmp(name, at);
		if (!c) {
			*found = true;
			return NULL;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static struct kd_error *def_at(struct kd_srcindex *x, uint32_t i, struct kd_srcindex_def *ret)
{
	uint32_t v[6];
	struct kd_error *err;

	if (i >= x->h.ndefs)
		return damaged();
	err = get_u32s(x, x->h.defs_off + (uint64_t)KD_SRCINDEX_DEF_BYTES * i, v, 6);
	if (err)
		return err;
	*ret = (struct kd_srcindex_def){
		.start = v[1], .line = v[2], .open = v[3], .close = v[4], .flags = v[5]};
	return file_at(x, v[0], &ret->file);
}

struct kd_error *kd_srcindex_defs(struct kd_srcindex *x, struct kd_view name, struct kd_arena *a,
				  struct kd_srcindex_def **ret, size_t *n_ret)
{
	uint32_t v[6];
	bool found;
	struct kd_error *err = find_name(x, name, v, &found);
	struct kd_srcindex_def *d;

	*n_ret = 0;
	*ret = NULL;
	if (err || !found)
		return err;
	if (v[1] > v[4] || v[4] > x->h.ndefs)
		return damaged();
	d = kd_arena_array(a, v[4] - v[1], struct kd_srcindex_def);
	if (!d)
		return kd_error_new(KD_LIMIT, "too many definitions of one name");
	for (uint32_t i = v[1]; i < v[4]; i++) {
		struct kd_srcindex_def *to = &d[i - v[1]];

		err = def_at(x, i, to);
		if (err)
			return err;
		to->file = kd_arena_view(a, to->file);
		if (!to->file.p)
			return kd_error_new(KD_LIMIT, "too many definitions of one name");
	}
	*ret = d;
	*n_ret = v[4] - v[1];
	return NULL;
}

struct kd_error *kd_srcindex_mentions(struct kd_srcindex *x, struct kd_view name, struct kd_arena *a,
				      struct kd_view **ret, size_t *n_ret)
{
	uint32_t v[6], file = 0;
	bool found;
	struct kd_error *err = find_name(x, name, v, &found);
	struct kd_view bytes, *files, path;
	struct kd_cursor c;
	uint64_t step;
	size_t n = 0;

	*n_ret = 0;
	*ret = NULL;
	if (err || !found)
		return err;
	if (v[2] > v[5])
		return damaged();
	err = get(x, (uint64_t)x->h.mentions_off + v[2], v[5] - v[2], &bytes);
	if (err)
		return err;
	files = kd_arena_array(a, bytes.n, struct kd_view); /* at least a byte each */
	if (!files && bytes.n)
		return kd_error_new(KD_LIMIT, "too many mentions of one name");
	c = kd_cursor_of(bytes, 0, false);
	while (kd_cursor_left(&c)) {
		if (!kd_cursor_next_uleb128(&c, &step) || step > x->h.nfiles)
			return damaged();
		file += (uint32_t)step;
		err = file_at(x, file, &path);
		if (err)
			return err;
		files[n] = kd_arena_view(a, path);
		if (!files[n++].p)
			return kd_error_new(KD_LIMIT, "too many mentions of one name");
	}
	*ret = files;
	*n_ret = n;
	return NULL;
}

struct kd_error *kd_srcindex_each(struct kd_srcindex *x,
				  struct kd_error *(*fn)(void *user, struct kd_view name,
							 const struct kd_srcindex_def *d),
				  void *user)
{
	struct kd_error *err = NULL;

	for (uint32_t i = 0; i < x->h.nnames && !err; i++) {
		struct kd_srcindex_def d;
		struct kd_view name;
		uint32_t v[6];

		err = name_at(x, i, &name, v);
		for (uint32_t k = v[1]; !err && k < v[4]; k++) {
			err = def_at(x, k, &d);
			if (!err)
				err = fn(user, name, &d);
		}
	}
	return err;
}

/* ---- where it is kept ---- */

static void set_info(struct kd_srcindex *x)
{
	x->info.files = x->h.nfiles;
	x->info.names = x->h.nnames;
	x->info.defs = x->h.ndefs;
	x->info.unread = x->h.unread;
	x->info.cut = x->h.cut != 0;
}

/* The checks of a header that was read; bytes are there or come block by block. */
static struct kd_error *take_checks(struct kd_srcindex *x, struct kd_view bytes)
{
	size_t n = (x->h.end - x->h.checks_off) / 4;
	struct kd_cursor c = kd_cursor_of(bytes, 0, false);

	x->checks = kd_xcalloc(n + 1, sizeof(uint32_t));
	x->loaded = kd_xcalloc(n + 1, 1);
	for (size_t i = 0; i < n; i++)
		if (!kd_cursor_next_u32le(&c, &x->checks[i]))
			return damaged();
	set_info(x);
	return NULL;
}

struct kd_error *kd_srcindex_from_memory(struct kd_view image, struct kd_srcindex **ret)
{
	kd_auto(kd_srcindex_freep) struct kd_srcindex *x = kd_xcalloc(1, sizeof(*x));
	struct kd_error *err = kd_srcindex_head_read(image, &x->h);

	x->fd = -1;
	x->bytes = image;
	if (!err && x->h.end != image.n)
		err = damaged();
	if (!err)
		err = take_checks(x, kd_view_from(image, x->h.checks_off));
	if (err)
		return err;
	*ret = kd_take(x);
	return NULL;
}

static struct kd_error *read_exactly(int fd, char *p, size_t n, uint64_t off)
{
	while (n) {
		ssize_t r = pread(fd, p, n, (off_t)off);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r ? kd_error_errno(errno, "reading") : kd_error_new(KD_BADDATA, "cut off");
		p += r;
		n -= (size_t)r;
		off += (size_t)r;
	}
	return NULL;
}

static struct kd_error *from_file(const char *path, const uint8_t key[KD_SHA256_LEN], struct kd_srcindex **ret)
{
	kd_auto(kd_srcindex_freep) struct kd_srcindex *x = kd_xcalloc(1, sizeof(*x));
	char head[KD_SRCINDEX_HEADER];
	struct stat st;
	struct kd_error *err;

	x->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (x->fd < 0 || fstat(x->fd, &st))
		return kd_error_errno(errno, "opening");
	err = read_exactly(x->fd, head, sizeof(head), 0);
	if (!err)
		err = kd_srcindex_head_read(kd_view(head, sizeof(head)), &x->h);
	if (!err && (memcmp(x->h.key, key, KD_SHA256_LEN) || (uint64_t)st.st_size != x->h.end))
		err = kd_error_new(KD_BADDATA, "of another tree, or cut off");
	if (err)
		return err;
	x->own = kd_xcalloc(x->h.end, 1); /* pages that are not touched cost nothing */
	x->bytes = kd_view(x->own, x->h.end);
	err = read_exactly(x->fd, x->own + x->h.checks_off, x->h.end - x->h.checks_off, x->h.checks_off);
	if (!err)
		err = take_checks(x, kd_view(x->own + x->h.checks_off, x->h.end - x->h.checks_off));
	if (err)
		return err;
	*ret = kd_take(x);
	return NULL;
}

static struct kd_error *cache_path(const struct kd_srcindex_opts *o, const uint8_t key[KD_SHA256_LEN],
				   char **dir_ret, char **path_ret)
{
	char hex[2 * KD_SHA256_LEN + 1];
	struct kd_error *err = NULL;
	size_t n;

	if (o->cache)
		*dir_ret = kd_xstrndup(o->cache, strlen(o->cache));
	else
		err = kd_fs_xdg_path(KD_XDG_CACHE, "source", dir_ret);
	if (err)
		return err;
	kd_hex(key, 16, hex);
	n = strlen(*dir_ret) + sizeof(hex) + 16;
	*path_ret = kd_xmalloc(n);
	snprintf(*path_ret, n, "%s/%s.kdsi", *dir_ret, hex);
	return NULL;
}

/* ---- old ones ---- */

struct kept {
	char *path;
	int64_t mtime;
};

struct keep {
	KD_VEC(struct kept) v;
};

static struct kd_error *on_kept(void *user, const struct kd_fs_entry *e)
{
	struct keep *k = user;
	struct kept *to;

	if (!kd_view_ends(kd_view_of(e->name), KD_V(".kdsi")))
		return NULL;
	to = kd_vec_push(&k->v, KEPT_SEEN);
	if (to)
		*to = (struct kept){kd_xstrndup(e->path, strlen(e->path)), e->mtime};
	return NULL;
}

static int by_age(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return x->mtime > y->mtime ? -1 : x->mtime < y->mtime;
}

/* The KD_SRCINDEX_KEPT latest stay. */
static void prune(const char *dir)
{
	struct kd_fs_walk_opts o = {.max_entries = KEPT_SEEN, .max_depth = 1};
	struct keep k = {0};

	kd_error_free(kd_fs_walk(dir, &o, on_kept, &k));
	if (k.v.n)
		qsort(k.v.v, k.v.n, sizeof(*k.v.v), by_age);
	for (size_t i = 0; i < k.v.n; i++) {
		if (i >= KD_SRCINDEX_KEPT)
			unlink(k.v.v[i].path);
		kd_free(k.v.v[i].path);
	}
	kd_vec_free(&k.v);
}

static void problem(struct kd_srcindex *x, const char *what, struct kd_error *err)
{
	if (err) {
		snprintf(x->problem, sizeof(x->problem), "%s: %s", what, err->msg);
		x->info.cache_problem = x->problem;
	}
	kd_error_free(err);
}

static struct kd_error *build(struct kd_ctx *ctx, struct kd_tree *tree, const struct kd_srcindex_opts *o,
			      const uint8_t key[KD_SHA256_LEN], struct kd_buf *image, struct kd_srcindex **ret)
{
	struct kd_error *err = kd_srcindex_build(ctx, tree, o, key, image);

	if (!err)
		err = kd_srcindex_from_memory(kd_buf_view(image), ret);
	if (err)
		return err;
	(*ret)->own = kd_take(image->p); /* the buffer's memory is the index's now */
	image->n = image->cap = 0;
	(*ret)->info.built = true;
	return NULL;
}

struct kd_error *kd_srcindex_open(struct kd_ctx *ctx, struct kd_tree *tree,
				  const struct kd_srcindex_opts *opts, struct kd_srcindex **ret)
{
	const struct kd_srcindex_opts none = {0}, *o = opts ? opts : &none;
	kd_auto(kd_buf_deinit) struct kd_buf image = KD_BUF_INIT(KD_SRCINDEX_FILE_MAX);
	kd_auto(kd_freep) char *dir = NULL;
	kd_auto(kd_freep) char *path = NULL;
	kd_auto(kd_error_freep) struct kd_error *old = NULL, *where = NULL;
	uint8_t key[KD_SHA256_LEN];
	struct kd_error *err = kd_tree_key(tree, key);

	if (err)
		return err;
	if (!o->no_cache)
		where = cache_path(o, key, &dir, &path);
	if (path && !o->rebuild) {
		old = from_file(path, key, ret);
		if (!old)
			return NULL;
	}
	err = build(ctx, tree, o, key, &image, ret);
	if (err)
		return err;
	if (old && old->cls != KD_NOTFOUND)
		problem(*ret, "the index in the cache was not used", kd_take(old));
	if (path) {
		err = kd_fs_mkdirs(dir, 0700);
		if (!err)
			err = kd_fs_write_atomic(path, (*ret)->bytes, 0600);
		if (!err)
			prune(dir);
		problem(*ret, "the index is not kept", err);
	} else if (where) {
		problem(*ret, "the index is not kept", kd_take(where));
	}
	return NULL;
}

const struct kd_srcindex_info *kd_srcindex_info(const struct kd_srcindex *x)
{
	return &x->info;
}

void kd_srcindex_free(struct kd_srcindex *x)
{
	if (!x)
		return;
	if (x->fd >= 0)
		close(x->fd);
	kd_free(x->own);
	kd_free(x->loaded);
	kd_free(x->checks);
	kd_free(x);
}

void kd_srcindex_freep(struct kd_srcindex **x)
{
	kd_srcindex_free(*x);
	*x = NULL;
}
