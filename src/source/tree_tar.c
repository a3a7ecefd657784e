// SPDX-License-Identifier: GPL-2.0-or-later
/* A tree that is a tarball: a stream, so each question reads it up to what it needs. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/source.h"
#include "format/tar.h"
#include "source/tree_internal.h"

enum { EDGE = 64 << 10 };

/* A file of the archive. */
struct tar_file {
	struct kd_view path; /* below the folder that all lie in; borrowed until the next one */
	uint64_t size;
};

/* "linux-6.1/mm/slub.c": without the folder that all releases of the kernel are packed in. */
static struct kd_view inside(struct kd_view path)
{
	size_t n;

	while (kd_view_skip(&path, KD_V("./")))
		;
	n = kd_view_chr(path, '/');
	return n == KD_NPOS ? KD_VNULL : kd_view_from(path, n + 1);
}

/* fn for each file until it says stop; t->kept is filled by it. */
static struct kd_error *each_member(struct kd_tree *t,
				    struct kd_error *(*fn)(void *user, struct kd_tar *tar,
							   const struct tar_file *m, bool *stop),
				    void *user)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_source_opts o = {.cancel = t->ctx ? t->ctx->cancel : NULL};
	struct kd_tar_member m;
	struct tar_file f;
	struct kd_tar tar;
	bool stop = false;
	struct kd_error *err = kd_source_open_with(t->where, &o, &src);

	if (err)
		return err;
	kd_tar_init(&tar, kd_stream_of_source(src));
	tar.open_end = true;
	while (!stop && !(err = kd_ctx_check(t->ctx)) && !(err = kd_tar_next(&tar, &m)) && m.type) {
		f = (struct tar_file){inside(kd_view_of(m.path)), m.size};
		if (m.type == KD_TAR_FILE && f.path.n)
			err = fn(user, &tar, &f, &stop);
		if (err)
			break;
	}
	kd_tar_deinit(&tar);
	return kd_error_wrap(err, "%s", t->where);
}

struct wanted {
	struct kd_tree *t;
	struct kd_view path;
	size_t max;
	struct kd_buf *ret;
	bool found;
	const struct kd_view *paths; /* exists(): of them the first */
	size_t n, best;
};

static struct kd_error *take(void *user, struct kd_tar *tar, const struct tar_file *m, bool *stop)
{
	struct wanted *w = user;

	if (!kd_view_eq(m->path, w->path))
		return NULL;
	*stop = w->found = true;
	if (m->size > w->max)
		return kd_error_new(KD_LIMIT, "longer than %zu bytes", w->max);
	return kd_tar_read(tar, w->ret);
}

static struct kd_error *tar_read(struct kd_tree *t, struct kd_view path, size_t max, struct kd_buf *ret)
{
	struct wanted w = {.t = t, .path = path, .max = max};
	struct kd_error *err;
	size_t slot = kd_view_eq(path, KD_V("MAINTAINERS")) ? 1 : 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(t->kept); i++)
		if (t->kept_path[i] && kd_view_eq(path, kd_view_of(t->kept_path[i])))
			return kd_buf_add(ret, kd_buf_view(&t->kept[i]))
				       ? NULL
				       : kd_error_new(KD_LIMIT, "longer than %zu bytes", max);
	w.ret = &t->kept[slot];
	kd_buf_clear(w.ret);
	kd_free(t->kept_path[slot]);
	t->kept_path[slot] = NULL;
	err = each_member(t, take, &w);
	if (!err && !w.found)
		err = kd_error_new(KD_NOTFOUND, "the archive has no such file");
	if (err)
		return err;
	t->kept_path[slot] = kd_xstrndup(path.p, path.n);
	return kd_buf_add(ret, kd_buf_view(w.ret)) ? NULL
						    : kd_error_new(KD_LIMIT, "longer than %zu bytes", max);
}

static struct kd_error *is_any(void *user, struct kd_tar *tar, const struct tar_file *m, bool *stop)
{
	struct wanted *w = user;

	(void)tar;
	for (size_t i = 0; i < w->n && i < w->best; i++)
		if (kd_view_eq(m->path, w->paths[i]))
			w->best = i;
	*stop = w->best == 0;
	return NULL;
}

static struct kd_error *tar_exists(struct kd_tree *t, const struct kd_view *paths, size_t n, size_t *ret)
{
	struct wanted w = {.t = t, .paths = paths, .n = n, .best = KD_NPOS};
	struct kd_error *err;

	if (n == 1) { /* reading will tell, and saves a pass over the archive */
		*ret = 0;
		return NULL;
	}
	err = each_member(t, is_any, &w);
	if (!err)
		*ret = w.best;
	return err;
}

struct some {
	const struct kd_view *paths;
	size_t n, seen;
	struct kd_error *(*fn)(void *user, const struct kd_tree_file *f);
	void *user;
	struct kd_hashmap map;
	struct kd_buf text;
};

static struct kd_error *on_some(void *user, struct kd_tar *tar, const struct tar_file *m, bool *stop)
{
	struct some *s = user;
	struct kd_tree_file f;
	struct kd_error *err;

	if (!kd_hashmap_get(&s->map, m->path) || m->size > KD_TREE_FILE_MAX)
		return NULL;
	kd_buf_clear(&s->text);
	f = (struct kd_tree_file){.path = m->path};
	err = kd_tar_read(tar, &s->text);
	if (err)
		return err;
	f.text = s->text.n ? kd_buf_view(&s->text) : KD_V("");
	*stop = ++s->seen == s->map.entries.n;
	return s->fn(s->user, &f);
}

static struct kd_error *tar_many(struct kd_tree *t, const struct kd_view *paths, size_t n,
				 struct kd_error *(*fn)(void *user, const struct kd_tree_file *f), void *user)
{
	struct some s = {.paths = paths, .n = n, .fn = fn, .user = user};
	struct kd_error *err = NULL;

	s.map = KD_HASHMAP_INIT(KD_TREE_FILES_MAX, NULL);
	s.text = KD_BUF_INIT(KD_TREE_FILE_MAX + 2);
	for (size_t i = 0; i < n && !err; i++)
		if (!kd_hashmap_add(&s.map, paths[i], NULL))
			err = kd_error_new(KD_LIMIT, "too many files");
	if (!err)
		err = each_member(t, on_some, &s);
	kd_hashmap_deinit(&s.map);
	kd_buf_deinit(&s.text);
	return err;
}

struct all {
	const struct kd_tree_each *each;
	struct kd_buf text;
};

static struct kd_error *on_member(void *user, struct kd_tar *tar, const struct tar_file *m, bool *stop)
{
	struct all *a = user;
	struct kd_tree_file f = {.path = m->path};
	struct kd_error *err;

	(void)stop;
	if (!a->each->want(a->each->user, m->path))
		return NULL;
	if (m->size <= KD_TREE_FILE_MAX) {
		kd_buf_clear(&a->text);
		err = kd_tar_read(tar, &a->text);
		if (err)
			return err;
		f.text = a->text.n ? kd_buf_view(&a->text) : KD_V("");
	}
	return a->each->file(a->each->user, &f);
}

static struct kd_error *tar_each(struct kd_tree *t, const struct kd_tree_each *each)
{
	struct all a = {.each = each, .text = KD_BUF_INIT(KD_TREE_FILE_MAX + 2)};
	struct kd_error *err = each_member(t, on_member, &a);

	kd_buf_deinit(&a.text);
	return err;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Size, time and both ends: hashing all of it would take longer than the answers. */
static struct kd_error *tar_key(struct kd_tree *t, struct kd_sha256 *h)
{
	kd_auto(close_fd) int fd = open(t->where, O_RDONLY | O_CLOEXEC);
	kd_auto(kd_freep) char *edge = kd_xmalloc(EDGE);
	struct stat st;
	int64_t facts[3];
	ssize_t n;

	if (fd < 0 || fstat(fd, &st))
		return kd_error_errno(errno, "opening %s", t->where);
	facts[0] = st.st_size;
	facts[1] = st.st_mtim.tv_sec;
	facts[2] = st.st_mtim.tv_nsec;
	kd_sha256_update(h, kd_view((const char *)facts, sizeof(facts)));
	for (int i = 0; i < 2; i++) {
		n = pread(fd, edge, EDGE, i && st.st_size > EDGE ? st.st_size - EDGE : 0);
		if (n < 0)
			return kd_error_errno(errno, "reading %s", t->where);
		kd_sha256_update(h, kd_view(edge, (size_t)n));
	}
	return NULL;
}

const struct kd_tree_ops kd_tree_tar_ops = {tar_read, tar_exists, tar_many, tar_each, tar_key};
