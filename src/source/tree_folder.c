// SPDX-License-Identifier: GPL-2.0-or-later
/* A tree that is a folder. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "source/tree_internal.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Opened below the folder: no link leads out of it (Linux 5.6; before: the file itself is none). */
static int open_below(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd < 0 && errno == ENOSYS)
		fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	return fd;
}

static struct kd_error *read_fd(int fd, size_t max, struct kd_buf *ret)
{
	struct stat st;
	char *p;
	ssize_t n;

	if (fstat(fd, &st))
		return kd_error_errno(errno, "reading");
	if (!S_ISREG(st.st_mode))
		return kd_error_new(KD_NOTFOUND, "no regular file");
	if ((uint64_t)st.st_size > max)
		return kd_error_new(KD_LIMIT, "longer than %zu bytes", max);
	p = kd_buf_reserve(ret, (size_t)st.st_size + 1);
	for (size_t left = (size_t)st.st_size; p && left;) {
		n = read(fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kd_error_errno(errno, "reading");
		if (!n)
			break;
		p += n;
		left -= (size_t)n;
		ret->n += (size_t)n;
	}
	return p ? NULL : kd_error_new(KD_LIMIT, "longer than %zu bytes", ret->max);
}

static struct kd_error *read_at(int dir, const char *path, size_t max, struct kd_buf *ret)
{
	kd_auto(close_fd) int fd = open_below(dir, path);

	if (fd < 0 && (errno == EXDEV || errno == ELOOP))
		return kd_error_new(KD_NOTFOUND, "a link that leads out of the tree");
	if (fd < 0)
		return kd_error_errno(errno, "opening");
	return read_fd(fd, max, ret);
}

static struct kd_error *folder_read(struct kd_tree *t, struct kd_view path, size_t max, struct kd_buf *ret)
{
	kd_auto(kd_freep) char *name = kd_xstrndup(path.p, path.n);
	kd_auto(close_fd) int dir = open(t->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return kd_error_errno(errno, "opening %s", t->where);
	return read_at(dir, name, max, ret);
}

static struct kd_error *folder_exists(struct kd_tree *t, const struct kd_view *paths, size_t n, size_t *ret)
{
	kd_auto(close_fd) int dir = open(t->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return kd_error_errno(errno, "opening %s", t->where);
	for (size_t i = 0; i < n; i++) {
		kd_auto(kd_freep) char *name = kd_xstrndup(paths[i].p, paths[i].n);
		kd_auto(close_fd) int fd = open_below(dir, name);
		struct stat st;

		if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
			*ret = i;
			return NULL;
		}
	}
	return NULL;
}

static struct kd_error *folder_many(struct kd_tree *t, const struct kd_view *paths, size_t n,
				    struct kd_error *(*fn)(void *user, const struct kd_tree_file *f), void *user)
{
	kd_auto(close_fd) int dir = open(t->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_TREE_FILE_MAX + 2);
	struct kd_error *err = dir < 0 ? kd_error_errno(errno, "opening %s", t->where) : NULL;

	for (size_t i = 0; i < n && !err; i++) {
		kd_auto(kd_freep) char *name = kd_xstrndup(paths[i].p, paths[i].n);
		struct kd_tree_file f = {.path = paths[i]};

		if (kd_ctx_cancelled(t->ctx))
			return kd_error_new(KD_CANCELLED, "cancelled");
		kd_buf_clear(&b);
		err = read_at(dir, name, KD_TREE_FILE_MAX, &b);
		if (err) {
			kd_error_free(err);
			err = NULL;
			continue;
		}
		f.text = b.n ? kd_buf_view(&b) : KD_V("");
		err = fn(user, &f);
	}
	return err;
}

/* ---- all of it ---- */

struct walk {
	struct kd_tree *t;
	const struct kd_tree_each *each;
	struct kd_arena names;
	KD_VEC(const char *) paths; /* relative */
	struct kd_buf text[KD_TREE_WORKERS_MAX];
	struct kd_sha256 *hash;
	size_t root;
	int dir;
};

static struct kd_error *on_entry(void *user, const struct kd_fs_entry *e)
{
	struct walk *w = user;
	struct kd_view path = kd_view_from(kd_view_of(e->path), w->root);
	struct kd_view copy;
	const char **p;

	if (kd_ctx_cancelled(w->t->ctx))
		return kd_error_new(KD_CANCELLED, "cancelled");
	if (w->hash) {
		uint64_t facts[2] = {e->size, (uint64_t)e->mtime};

		kd_sha256_update(w->hash, path);
		kd_sha256_update(w->hash, kd_view((const char *)facts, sizeof(facts)));
		return NULL;
	}
	if (!w->each->want(w->each->user, path))
		return NULL;
	copy = kd_arena_view(&w->names, path);
	p = copy.p ? kd_vec_push(&w->paths, KD_TREE_FILES_MAX) : NULL;
	if (!p)
		return kd_error_new(KD_LIMIT, "more than %d source files", KD_TREE_FILES_MAX);
	*p = copy.p;
	return NULL;
}

static struct kd_error *walk(struct walk *w)
{
	struct kd_fs_walk_opts o = {.max_entries = (size_t)4 * KD_TREE_FILES_MAX, .max_depth = 48};
	size_t n = strlen(w->t->where);

	/* entries are "<root>/…"; the root may end with a slash already */
	w->root = n && w->t->where[n - 1] == '/' ? n : n + 1;
	return kd_fs_walk(w->t->where, &o, on_entry, w);
}

static struct kd_error *one_file(void *user, size_t i, unsigned worker)
{
	struct walk *w = user;
	struct kd_buf *b = &w->text[worker];
	struct kd_tree_file f = {.path = kd_view_of(w->paths.v[i]), .worker = worker};
	struct kd_error *err;

	if (kd_ctx_cancelled(w->t->ctx))
		return kd_error_new(KD_CANCELLED, "cancelled");
	kd_buf_clear(b);
	err = read_at(w->dir, w->paths.v[i], KD_TREE_FILE_MAX, b);
	if (!err)
		f.text = b->n ? kd_buf_view(b) : KD_V("");
	kd_error_free(err); /* the absent text says it */
	return w->each->file(w->each->user, &f);
}

static struct kd_error *folder_each(struct kd_tree *t, const struct kd_tree_each *each)
{
	struct walk w = {.t = t, .each = each, .names = KD_ARENA_INIT((size_t)256 << 20)};
	struct kd_error *err;

	for (size_t i = 0; i < KD_TREE_WORKERS_MAX; i++)
		w.text[i] = KD_BUF_INIT(KD_TREE_FILE_MAX + 2);
	w.dir = open(t->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = w.dir < 0 ? kd_error_errno(errno, "opening %s", t->where) : walk(&w);
	if (!err)
		err = kd_tree_parallel(each->workers, w.paths.n, one_file, &w);
	close_fd(&w.dir);
	kd_vec_free(&w.paths);
	kd_arena_deinit(&w.names);
	for (size_t i = 0; i < KD_TREE_WORKERS_MAX; i++)
		kd_buf_deinit(&w.text[i]);
	return err;
}

static struct kd_error *folder_key(struct kd_tree *t, struct kd_sha256 *h)
{
	struct walk w = {.t = t, .hash = h};

	return walk(&w);
}

const struct kd_tree_ops kd_tree_folder_ops = {
	folder_read, folder_exists, folder_many, folder_each, folder_key};
