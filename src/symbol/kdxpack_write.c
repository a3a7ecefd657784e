// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hashmap.h"
#include "base/parallel.h"
#include "format/elf.h"
#include "symbol/kdx_format.h"
#include "symbol/kdxbase.h"
#include "symbol/kdxpack.h"
#include "symbol/kdxpack_layout.h"
#include "symbol/resolve.h"

/* Members that are in memory at one time: encoded by several threads, written in order. */
enum { BATCH = 64 };
#define MEMBER_MAX ((size_t)4 << 30)

struct member {
	const char *path;
	struct kd_view module; /* the arena's; absent: the kernel */
	struct kd_buf bytes;
	struct kd_error *err;
};

struct base_file {
	const char *path;
	struct kd_view name; /* its last part */
	struct kd_kdxpack pack; /* n 0: one index alone */
	struct kd_kdx *kernel; /* or the one index that there is; NULL: a pack without a kernel */
	struct kd_view module; /* of the one */
};

struct writer {
	struct kd_ctx *ctx;
	const struct kd_kdxpack_how *how;
	const char *path;
	int fd;
	uint64_t at;
	struct member *m;
	size_t n, first; /* of the batch */
	struct base_file base;
	struct kd_kdx *kernel; /* of this build, as it came */
	struct kd_kdx_ref *kernel_types;
	struct kd_kdxbase on_kernel; /* what its modules say */
	struct kd_buf entries, names;
	struct kd_arena arena;
};

/* --- one member --------------------------------------------------------------------------- */

/* Whose index it is: the module's name; of a kernel absent. */
static struct kd_view module_of(struct kd_kdx *k)
{
	const struct kd_kdx_ident id = kd_kdx_ident(k);
	size_t dot;

	if (id.type != KD_ET_REL || id.module.n)
		return id.module;
	dot = kd_view_chr(id.name, '.'); /* debug info alone: the file's name */
	return kd_view_head(id.name, dot == KD_NPOS ? id.name.n : dot);
}

/* All sections as they were before packing, and what the new one stands on. */
static struct kd_error *encode(struct kd_kdx *k, const struct kd_kdx_ref *ref, const struct kd_kdxbase *on,
			       unsigned workers, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf sibling = KD_BUF_INIT(4096);
	struct kd_kdx_part parts[KD_KDX_NSECTIONS];
	struct kd_view v;
	size_t n = 0;

	for (int i = KD_KDX_IDENT; i < KD_KDX_NSECTIONS; i++) {
		const uint64_t size = kd_kdx_size(k, (enum kd_kdx_section)i);
		const uint8_t *p = kd_kdx_at(k, (enum kd_kdx_section)i, 0, size);

		if (i == KD_KDX_SIBLING) /* of that file, not of what it holds */
			continue;
		if (!p)
			return kd_error_new(KD_BADDATA, "%s: %s", kd_kdx_name(k), kd_kdx_damage(k));
		parts[n++] = (struct kd_kdx_part){(enum kd_kdx_section)i, kd_view((const char *)p, (size_t)size)};
	}
	if (ref) {
		kd_kdxbase_say(&sibling, on);
		v = kd_buf_view(&sibling);
		if (sibling.overflow)
			return kd_error_new(KD_LIMIT, "the name of the base is too long");
		parts[n++] = (struct kd_kdx_part){KD_KDX_SIBLING, v};
	}
	return kd_kdx_encode(parts, n, &(struct kd_kdx_how){.ref = ref, .workers = workers, .small = true}, ret);
}

/* What the base file has of that name; *ret NULL: nothing. */
static struct kd_error *counterpart(const struct writer *w, struct kd_view module, struct kd_kdx **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < w->base.pack.n; i++)
		if (kd_view_eq(w->base.pack.v[i].module, module))
			return kd_kdx_open_at(w->base.path, w->base.pack.v[i].off, w->base.pack.v[i].size, ret);
	if (w->base.path && !w->base.pack.n && kd_view_eq(w->base.module, module))
		return kd_kdx_open(w->base.path, ret);
	return NULL;
}

static struct kd_error *encode_member(struct writer *w, struct member *m)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL, *base = NULL;
	kd_auto(kd_kdx_ref_freep) struct kd_kdx_ref *ref = NULL;
	const unsigned workers = m->module.n ? 1 : w->how->workers;
	struct kd_kdxbase on;
	struct kd_error *err = kd_kdx_open(m->path, &k);

	if (!err)
		err = counterpart(w, m->module, &base);
	if (err)
		return err;
	if (!base && m->module.n && w->kernel_types)
		return encode(k, w->kernel_types, &w->on_kernel, workers, &m->bytes);
	if (!base)
		return encode(k, NULL, NULL, workers, &m->bytes);
	err = kd_kdx_ref_new(base, UINT32_MAX, &ref);
	if (err)
		return err;
	on = (struct kd_kdxbase){.file = w->base.name, .module = m->module, .build_id = kd_kdx_ident(base).build_id};
	kd_kdx_identity(base, on.identity);
	return encode(k, ref, &on, workers, &m->bytes);
}

static void one_member(void *user, unsigned worker, size_t i)
{
	struct writer *w = user;
	struct member *m = &w->m[w->first + i];

	(void)worker;
	if (!m->bytes.n && !kd_ctx_cancelled(w->ctx)) /* the kernel's is there */
		m->err = encode_member(w, m);
}

/* --- the file ----------------------------------------------------------------------------- */

static void put(struct kd_buf *b, uint64_t v, int bytes)
{
	uint8_t raw[8];

	kd_put_le64(raw, v);
	kd_buf_add(b, kd_view((char *)raw, (size_t)bytes));
}

static struct kd_error *write_member(struct writer *w, struct member *m)
{
	struct kd_error *err = kd_fs_write_at(w->fd, w->path, w->at, kd_buf_view(&m->bytes));

	put(&w->entries, w->at, 8);
	put(&w->entries, m->bytes.n, 8);
	put(&w->entries, w->names.n, 4);
	put(&w->entries, m->module.n, 4);
	kd_buf_add(&w->names, m->module);
	w->at = (w->at + m->bytes.n + KD_KDXPACK_ALIGN - 1) / KD_KDXPACK_ALIGN * KD_KDXPACK_ALIGN;
	kd_buf_deinit(&m->bytes);
	return err;
}

static struct kd_error *write_members(struct writer *w)
{
	const unsigned nw = kd_parallel_workers(w->how->workers);
	struct kd_error *err = NULL;

	while (!err && w->first < w->n) {
		const size_t n = w->n - w->first < BATCH ? w->n - w->first : BATCH;

		kd_parallel(nw, n, one_member, w);
		err = kd_ctx_check(w->ctx);
		for (size_t i = 0; i < n; i++) {
			struct member *m = &w->m[w->first + i];

			if (!err)
				err = m->err ? kd_take(m->err) : write_member(w, m);
		}
		w->first += n;
		if (w->how->progress)
			w->how->progress(w->how->user, w->first, w->n);
	}
	return err;
}

static struct kd_error *write_table(struct writer *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf head =
		KD_BUF_INIT(KD_KDXPACK_NAMES_MAX + KD_KDXPACK_MAX * KD_KDXPACK_ENTRY + KD_KDXPACK_HEADER);
	struct kd_error *err;

	kd_buf_add(&head, kd_view(KD_KDXPACK_MAGIC, 8));
	put(&head, KD_KDXPACK_VERSION, 4);
	put(&head, w->n, 4);
	put(&head, w->at, 8);
	put(&head, w->names.n, 4);
	put(&head, 0, 4);
	kd_buf_add(&head, kd_buf_view(&w->entries));
	kd_buf_add(&head, kd_buf_view(&w->names));
	if (head.overflow || w->names.overflow || w->entries.overflow)
		return kd_error_new(KD_LIMIT, "%zu indexes are too many for one file", w->n);
	kd_put_le32((uint8_t *)head.p + 28, kd_check32(kd_view_from(kd_buf_view(&head), KD_KDXPACK_HEADER)));
	err = kd_fs_write_at(w->fd, w->path, 0, kd_buf_view(&head));
	if (!err && (ftruncate(w->fd, (off_t)w->at) || fsync(w->fd)))
		err = kd_error_errno(errno, "writing %s", w->path);
	return err;
}

static struct kd_error *write_pack(struct writer *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf tmp = KD_BUF_INIT(8192);
	struct kd_error *err;
	uint64_t names = 0;

	for (size_t i = 0; i < w->n; i++)
		names += w->m[i].module.n;
	w->at = (KD_KDXPACK_HEADER + w->n * KD_KDXPACK_ENTRY + names + KD_KDXPACK_ALIGN - 1) / KD_KDXPACK_ALIGN *
		KD_KDXPACK_ALIGN;
	if (!kd_buf_printf(&tmp, "%s.%ld.tmp", w->path, (long)getpid()))
		return kd_error_new(KD_LIMIT, "%s: too long a path", w->path);
	w->fd = open(tmp.p, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (w->fd < 0)
		return kd_error_errno(errno, "%s", tmp.p);
	err = write_members(w);
	if (!err)
		err = write_table(w);
	if (close(w->fd) && !err)
		err = kd_error_errno(errno, "writing %s", tmp.p);
	if (!err && rename(tmp.p, w->path))
		err = kd_error_errno(errno, "renaming %s", tmp.p);
	if (err)
		unlink(tmp.p);
	return err;
}

/* --- before it ---------------------------------------------------------------------------- */

static struct kd_error *name_members(struct writer *w, const char *const *indexes)
{
	struct kd_hashmap seen = KD_HASHMAP_INIT(KD_KDXPACK_MAX, &w->arena);
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < w->n; i++) {
		kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
		struct kd_hashmap_entry *e;
		bool is_new = false;

		w->m[i] = (struct member){.path = indexes[i], .bytes = KD_BUF_INIT(MEMBER_MAX)};
		err = kd_kdx_open(indexes[i], &k);
		if (err)
			break;
		w->m[i].module = kd_arena_view(&w->arena, module_of(k));
		e = kd_hashmap_add(&seen, w->m[i].module.n ? w->m[i].module : KD_V("/"), &is_new);
		if (!e)
			err = kd_error_new(KD_LIMIT, "more than %d indexes", KD_KDXPACK_MAX);
		else if (!is_new)
			err = kd_error_new(KD_CONFLICT, "%s and %s are of one module, or both of a kernel", indexes[e->num],
					   indexes[i]);
		else
			e->num = i;
		if (!err && !w->m[i].module.n)
			w->kernel = kd_take(k);
	}
	kd_hashmap_deinit(&seen);
	return err;
}

static struct kd_view last_part(const char *path)
{
	const size_t slash = kd_view_rchr(kd_view_of(path), '/');

	return slash == KD_NPOS ? kd_view_of(path) : kd_view_from(kd_view_of(path), slash + 1);
}

static bool folder_of(const char *path, struct stat *ret)
{
	kd_auto(kd_freep) char *dir = kd_xstrndup(path, strlen(path) - last_part(path).n);

	return !stat(*dir ? dir : ".", ret);
}

/* It is found again by its name in the folder of the new file. */
static struct kd_error *same_folder(const char *a, const char *b)
{
	struct stat x, y;

	if (folder_of(a, &x) && folder_of(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino)
		return NULL;
	return kd_error_new(KD_CONFLICT, "%s has to lie in the folder of %s, where it is looked for", b, a);
}

static struct kd_error *open_base(struct writer *w)
{
	struct base_file *b = &w->base;
	struct kd_error *err;

	if (!w->how->base)
		return NULL;
	b->path = w->how->base;
	b->name = last_part(b->path);
	err = same_folder(w->path, b->path);
	if (!err && kd_kdxpack_probe(b->path))
		err = kd_kdxpack_read(b->path, &w->arena, &b->pack);
	for (size_t i = 0; !err && i < b->pack.n; i++)
		if (!b->pack.v[i].module.n)
			err = kd_kdx_open_at(b->path, b->pack.v[i].off, b->pack.v[i].size, &b->kernel);
	if (!err && !b->pack.n)
		err = kd_kdx_open(b->path, &b->kernel);
	if (!err && !b->pack.n)
		b->module = kd_arena_view(&w->arena, module_of(b->kernel));
	if (!err && b->kernel && kd_kdxbase_file(b->kernel).n)
		err = kd_error_new(KD_CONFLICT, "%s stands on %.*s itself: that one has to be the base", b->path,
				   KD_VARG(kd_view_head(kd_kdxbase_file(b->kernel), 200)));
	return err;
}

/* The kernel goes first: its modules say which one they stand on. */
static struct kd_error *encode_kernel(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct member kernel = w->m[i];
		struct kd_error *err;

		if (kernel.module.n)
			continue;
		w->m[i] = w->m[0];
		w->m[0] = kernel;
		err = encode_member(w, &w->m[0]);
		if (!err)
			err = kd_kdx_ref_new(w->kernel, 1U << KD_KDX_TYPES, &w->kernel_types);
		if (err)
			return err;
		w->on_kernel = (struct kd_kdxbase){.build_id = kd_kdx_ident(w->kernel).build_id};
		kd_kdx_identity_of(kd_buf_view(&w->m[0].bytes), w->on_kernel.identity);
		return NULL;
	}
	return NULL;
}

static struct kd_error *write_it(struct writer *w, const char *const *indexes)
{
	struct kd_error *err = name_members(w, indexes);

	if (!err)
		err = open_base(w);
	if (!err)
		err = encode_kernel(w);
	if (err)
		return err;
	if (w->n > 1)
		return write_pack(w);
	if (!w->kernel)
		err = encode_member(w, &w->m[0]);
	return err ? err : kd_kdx_publish(w->path, kd_buf_view(&w->m[0].bytes));
}

struct kd_error *kd_kdxpack_write(struct kd_ctx *ctx, const char *path, const char *const *indexes, size_t n,
				  const struct kd_kdxpack_how *how)
{
	static const struct kd_kdxpack_how none;
	struct writer w = {.ctx = ctx, .how = how ? how : &none, .path = path, .n = n,
			   .entries = KD_BUF_INIT(KD_KDXPACK_MAX * KD_KDXPACK_ENTRY),
			   .names = KD_BUF_INIT(KD_KDXPACK_NAMES_MAX), .arena = KD_ARENA_INIT((size_t)64 << 20)};
	struct kd_error *err;

	if (!n || n > KD_KDXPACK_MAX)
		return kd_error_new(KD_INVALID, "a build has 1 to %d indexes", KD_KDXPACK_MAX);
	w.m = kd_xcalloc(n, sizeof(*w.m));
	err = write_it(&w, indexes);
	for (size_t i = 0; i < n; i++) {
		kd_buf_deinit(&w.m[i].bytes);
		kd_error_free(w.m[i].err);
	}
	kd_free(w.m);
	kd_kdx_ref_free(w.kernel_types);
	kd_kdx_close(w.kernel);
	kd_kdx_close(w.base.kernel);
	kd_buf_deinit(&w.entries);
	kd_buf_deinit(&w.names);
	kd_arena_deinit(&w.arena);
	return err;
}
