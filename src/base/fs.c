// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/ctx.h"
#include "base/vec.h"

enum { PATH_BYTES = 4096, NAMES_MEMORY = 64 << 20 };

/* ---- walk ---- */

struct walk {
	struct kd_fs_walk_opts o;
	struct kd_error *(*fn)(void *user, const struct kd_fs_entry *e);
	void *user;
	size_t entries;
	struct kd_buf path;
};

struct names {
	KD_VEC(const char *) list;
	struct kd_arena arena;
};

static void names_deinit(struct names *n)
{
	kd_vec_free(&n->list);
	kd_arena_deinit(&n->arena);
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static void skipped(const struct walk *w, const char *why)
{
	if (w->o.skipped)
		w->o.skipped(w->user, w->path.p, why);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_wanted(const struct walk *w, const char *name)
{
	if (name[0] != '.')
		return true;
	return w->o.hidden && strcmp(name, ".") && strcmp(name, "..");
}

static struct kd_error *too_many(const struct walk *w)
{
	return kd_error_new(KD_LIMIT, "%s: more than %zu entries; the rest was not looked at",
			    w->path.p, w->o.max_entries);
}

static struct kd_error *list_dir(struct walk *w, DIR *dir, struct names *names)
{
	for (;;) {
		struct dirent *d;
		struct kd_view name;
		const char **slot;

		errno = 0;
		d = readdir(dir);
		if (!d)
			return errno ? kd_error_errno(errno, "reading directory %s", w->path.p)
				     : NULL;
		if (!is_wanted(w, d->d_name))
			continue;
		/* more names than entries that are left cannot be visited anyway */
		if (names->list.n > w->o.max_entries - w->entries)
			return NULL;
		name = kd_arena_view(&names->arena, kd_view_of(d->d_name));
		slot = name.p ? kd_vec_push(&names->list, SIZE_MAX / sizeof(char *)) : NULL;
		if (!slot)
			return too_many(w);
		*slot = name.p;
	}
}

static struct kd_error *walk_dir(struct walk *w, int dirfd, unsigned depth);

static struct kd_error *walk_subdir(struct walk *w, int dirfd, const char *name, unsigned depth)
{
	int fd;

	if (depth >= w->o.max_depth) {
		skipped(w, "the directory is nested too deeply");
		return NULL;
	}
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		skipped(w, strerror(errno));
		return NULL;
	}
	return walk_dir(w, fd, depth + 1);
}

static struct kd_error *walk_entry(struct walk *w, int dirfd, const char *name, unsigned depth)
{
	struct kd_fs_entry e = {.path = w->path.p, .name = name, .depth = depth};
	struct stat sb;
	bool link;

	if (fstatat(dirfd, name, &sb, AT_SYMLINK_NOFOLLOW)) {
		skipped(w, strerror(errno));
		return NULL;
	}
	link = S_ISLNK(sb.st_mode);
	if (link && fstatat(dirfd, name, &sb, 0)) {
		skipped(w, "a link that leads nowhere");
		return NULL;
	}
	if (S_ISDIR(sb.st_mode) && !link)
		return walk_subdir(w, dirfd, name, depth);
	if (!S_ISREG(sb.st_mode)) {
		skipped(w, S_ISDIR(sb.st_mode) ? "a link to a directory" : "not a regular file");
		return NULL;
	}
	e.size = (uint64_t)sb.st_size;
	e.mtime = sb.st_mtim.tv_sec;
	return w->fn(w->user, &e);
}

/* Takes over dirfd. The recursion is bounded by max_depth. */
static struct kd_error *walk_dir(struct walk *w, int dirfd, unsigned depth)
{
	kd_auto(names_deinit) struct names names = {.arena = KD_ARENA_INIT(NAMES_MEMORY)};
	kd_auto(closedirp) DIR *dir = fdopendir(dirfd);
	size_t len = w->path.n;
	struct kd_error *err;

	if (!dir) {
		close(dirfd);
		return kd_error_errno(errno, "reading directory %s", w->path.p);
	}
	err = list_dir(w, dir, &names);
	if (err)
		return err;
	if (names.list.n)
		qsort(names.list.v, names.list.n, sizeof(*names.list.v), by_bytes);
	for (size_t i = 0; i < names.list.n; i++) {
		const char *name = names.list.v[i];

		if (w->entries++ >= w->o.max_entries)
			return too_many(w);
		if (!kd_buf_printf(&w->path, "%s%s", len && w->path.p[len - 1] == '/' ? "" : "/",
				   name))
			return kd_error_new(KD_LIMIT, "%s/%s: the path is too long", w->path.p,
					    name);
		err = walk_entry(w, dirfd, name, depth);
		w->path.n = len;
		w->path.p[len] = '\0';
		if (err)
			return err;
	}
	return NULL;
}

struct kd_error *kd_fs_walk(const char *root, const struct kd_fs_walk_opts *opts,
			    struct kd_error *(*fn)(void *user, const struct kd_fs_entry *e),
			    void *user)
{
	struct walk w = {.fn = fn, .user = user, .path = KD_BUF_INIT(PATH_BYTES * 4)};
	struct kd_limits l;
	struct kd_error *err;
	int fd;

	kd_limits_default(&l);
	if (opts)
		w.o = *opts;
	w.o.max_entries = w.o.max_entries ? w.o.max_entries : l.walk_entries;
	w.o.max_depth = w.o.max_depth ? w.o.max_depth : l.walk_depth;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kd_error_errno(errno, "%s", root);
	if (kd_buf_add(&w.path, kd_view_of(root))) {
		err = walk_dir(&w, fd, 1);
	} else {
		close(fd);
		err = kd_error_new(KD_LIMIT, "the path is too long");
	}
	kd_buf_deinit(&w.path);
	return err;
}

/* ---- whole files ---- */

static void fdp_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

struct kd_error *kd_fs_read_small(const char *path, size_t max, struct kd_buf *ret)
{
	kd_auto(fdp_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t got = 0;
	struct stat sb;

	if (fd < 0 || fstat(fd, &sb))
		return kd_error_errno(errno, "%s", path);
	if (!S_ISREG(sb.st_mode))
		return kd_error_new(KD_INVALID, "%s is not a regular file", path);
	for (;;) {
		/* sizes lie (/proc), files grow: read until the end */
		size_t want = max - got < 65536 ? max - got + 1 : 65536;
		char *p = kd_buf_reserve(ret, want);
		ssize_t n;

		if (!p)
			return kd_error_new(KD_LIMIT, "%s is too long", path);
		n = read(fd, p, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kd_error_errno(errno, "reading %s", path);
		if (!n)
			return NULL;
		got += (size_t)n;
		ret->n += (size_t)n;
		ret->p[ret->n] = '\0';
		if (got > max)
			return kd_error_new(KD_LIMIT, "%s is longer than %zu bytes", path, max);
	}
}

struct kd_error *kd_fs_write(int fd, const char *path, struct kd_view data)
{
	while (data.n) {
		ssize_t n = write(fd, data.p, data.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kd_error_errno(errno, "writing %s", path);
		data = kd_view_from(data, (size_t)n);
	}
	return NULL;
}

struct kd_error *kd_fs_write_at(int fd, const char *path, uint64_t off, struct kd_view data)
{
	while (data.n) {
		ssize_t n = pwrite(fd, data.p, data.n, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return kd_error_errno(n ? errno : EIO, "writing %s", path);
		data = kd_view_from(data, (size_t)n);
		off += (uint64_t)n;
	}
	return NULL;
}

/* The rename itself is durable only when the directory is synced. */
static void sync_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	kd_auto(kd_freep) char *dir =
		slash ? kd_xstrndup(path, slash == path ? 1 : (size_t)(slash - path))
		      : kd_xstrndup(".", 1);
	kd_auto(fdp_close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd); /* some file systems cannot; the data is there all the same */
}

static struct kd_error *fill_tmp(int fd, const char *tmp, struct kd_view data, mode_t mode)
{
	struct kd_error *err = kd_fs_write(fd, tmp, data);

	if (!err && fchmod(fd, mode))
		err = kd_error_errno(errno, "chmod %s", tmp);
	if (!err && fsync(fd))
		err = kd_error_errno(errno, "syncing %s", tmp);
	return err;
}

struct kd_error *kd_fs_write_atomic(const char *path, struct kd_view data, mode_t mode)
{
	static const char suffix[] = ".XXXXXX";
	size_t n = strlen(path);
	kd_auto(kd_freep) char *tmp = kd_xmalloc(n + sizeof(suffix));
	struct kd_error *err;
	int fd;

	memcpy(tmp, path, n);
	memcpy(tmp + n, suffix, sizeof(suffix));
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return kd_error_errno(errno, "creating %s", tmp);
	err = fill_tmp(fd, tmp, data, mode);
	if (close(fd) && !err)
		err = kd_error_errno(errno, "writing %s", tmp);
	if (!err && rename(tmp, path))
		err = kd_error_errno(errno, "renaming %s to %s", tmp, path);
	if (err)
		unlink(tmp);
	else
		sync_dir_of(path);
	return err;
}

/* ---- directories ---- */

static struct kd_error *mkdir_one(const char *path, mode_t mode)
{
	struct stat sb;
	int e;

	if (!mkdir(path, mode))
		return NULL;
	e = errno;
	if (!stat(path, &sb))
		return S_ISDIR(sb.st_mode)
			       ? NULL
			       : kd_error_new(KD_CONFLICT, "%s is not a directory", path);
	return kd_error_errno(e, "creating directory %s", path);
}

struct kd_error *kd_fs_mkdirs(const char *path, mode_t mode)
{
	kd_auto(kd_freep) char *p = kd_xstrndup(path, strlen(path));

	for (char *s = p + 1; *p && *s; s++) {
		struct kd_error *err;

		if (*s != '/')
			continue;
		*s = '\0';
		err = mkdir_one(p, mode);
		if (err)
			return err;
		*s = '/';
	}
	return mkdir_one(path, mode);
}

static const struct {
	const char *var, *below_home;
} xdg[] = {
	[KD_XDG_DATA] = {"XDG_DATA_HOME", ".local/share"},
	[KD_XDG_CACHE] = {"XDG_CACHE_HOME", ".cache"},
	[KD_XDG_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
	[KD_XDG_STATE] = {"XDG_STATE_HOME", ".local/state"},
};

struct kd_error *kd_fs_xdg_path(enum kd_fs_xdg which, const char *rel, char **ret)
{
	struct kd_buf b = KD_BUF_INIT(PATH_BYTES);
	const char *dir = getenv(xdg[which].var), *home = getenv("HOME");
	bool ok;

	if (dir && dir[0] == '/')
		ok = kd_buf_printf(&b, "%s/kdoc", dir);
	else if (home && home[0] == '/')
		ok = kd_buf_printf(&b, "%s/%s/kdoc", home, xdg[which].below_home);
	else
		return kd_error_new(KD_NOTFOUND, "neither %s nor HOME is set to an absolute path",
				    xdg[which].var);
	if (ok && rel[0])
		ok = kd_buf_printf(&b, "/%s", rel);
	if (!ok) {
		kd_buf_deinit(&b);
		return kd_error_new(KD_LIMIT, "the path in %s is too long", xdg[which].var);
	}
	*ret = kd_take(b.p);
	return NULL;
}

bool kd_fs_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}
