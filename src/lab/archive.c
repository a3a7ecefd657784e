// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "format/package.h"
#include "lab/path.h"

enum { PATH_BYTES = KD_TAR_PATH_MAX, CHUNK = 128 << 10, NAMES = 128 };

struct tar {
	struct kd_ctx *ctx;
	const struct kd_unpack_req *req;
	struct kd_unpack_result *r;
	struct kd_bytes *file;
	struct kd_package p;
	int root; /* folder to unpack to; -1: nothing is written */
	char path[PATH_BYTES], link[PATH_BYTES]; /* of the member */
	char *chunk;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- writing ---- */

/* "./a//b/" → "a/b"; false: absolute, "..", or nothing at all. */
static bool tidy(char *path)
{
	struct kd_view rest = kd_view_of(path), part;
	char out[PATH_BYTES];
	size_t n = 0;

	if (path[0] == '/')
		return false;
	while (kd_view_take_part(&rest, KD_V("/"), &part)) {
		if (!part.n || kd_view_eq(part, KD_V(".")))
			continue;
		if (kd_view_eq(part, KD_V("..")))
			return false;
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	out[n] = '\0';
	memcpy(path, out, n + 1);
	return n > 0;
}

/* The folder that `path` lies in, made on the way, no link followed; *name_ret: its last part. */
static struct kd_error *open_parent(const struct tar *t, const char *path, int *ret,
				    const char **name_ret)
{
	kd_auto(kd_freep) char *copy = kd_xstrndup(path, strlen(path));
	char *part = copy;
	int fd = fcntl(t->root, F_DUPFD_CLOEXEC, 0);

	for (char *slash; fd >= 0 && (slash = strchr(part, '/')); part = slash + 1) {
		int next;

		*slash = '\0';
		if (mkdirat(fd, part, 0755) && errno != EEXIST) {
			close_fd(&fd);
			break;
		}
		next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&fd);
		fd = next;
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return kd_error_new(KD_BADDATA, "%s lies in something that is no folder (a link?)",
				    path);
	if (fd < 0)
		return kd_error_errno(errno, "making the folder of %s", path);
	*ret = fd;
	*name_ret = path + (part - copy);
	return NULL;
}

static struct kd_error *put_file(struct tar *t, const struct kd_tar_member *h, int dir, const char *name)
{
	kd_auto(close_fd) int fd = -1;
	struct kd_error *err = NULL;
	size_t n = 1;

	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return kd_error_errno(errno, "replacing %s", t->path);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    (h->mode & 0755) | 0600);
	if (fd < 0)
		return kd_error_errno(errno, "creating %s", t->path);
	while (n && !err) {
		err = kd_package_some(&t->p, t->chunk, CHUNK, &n);
		if (!err)
			err = kd_fs_write(fd, t->path, kd_view(t->chunk, n));
	}
	t->r->bytes += h->size;
	return err;
}

/*
 * A link that leads out of the target is made as it is (packages have them: to /usr/src, to a
 * build folder) since nothing is ever written through one; whoever reads must not trust it.
 */
static struct kd_error *put_link(const struct tar *t, int dir, const char *name)
{
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return kd_error_errno(errno, "replacing %s", t->path);
	if (symlinkat(t->link, dir, name))
		return kd_error_errno(errno, "linking %s", t->path);
	return NULL;
}

static struct kd_error *put_hardlink(struct tar *t, int dir, const char *name)
{
	kd_auto(close_fd) int from = -1;
	const char *from_name;
	struct kd_error *err;

	if (!tidy(t->link))
		return kd_error_new(KD_BADDATA, "%s is a hard link out of the archive", t->path);
	err = open_parent(t, t->link, &from, &from_name);
	if (err)
		return err;
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return kd_error_errno(errno, "replacing %s", t->path);
	if (linkat(from, from_name, dir, name, 0))
		return kd_error_errno(errno, "linking %s to %s", t->path, t->link);
	return NULL;
}

static struct kd_error *put(struct tar *t, const struct kd_tar_member *h)
{
	kd_auto(close_fd) int dir = -1;
	const char *name;
	struct kd_error *err = open_parent(t, t->path, &dir, &name);

	if (err)
		return err;
	t->r->taken++;
	if (h->type == '0')
		return put_file(t, h, dir, name);
	if (h->type == '2')
		err = put_link(t, dir, name);
	else if (h->type == '1')
		err = put_hardlink(t, dir, name);
	else if (mkdirat(dir, name, 0755) && errno != EEXIST)
		err = kd_error_errno(errno, "making folder %s", t->path);
	return err;
}

/* "lib/x" → "usr/lib/x"; false: too long. */
static bool merge_usr(char *path)
{
	static const char *const top[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
	struct kd_view v = kd_view_of(path);
	struct kd_view first = kd_view_head(v, kd_view_chr(v, '/'));

	for (size_t i = 0; i < KD_ARRAY_LEN(top); i++) {
		if (!kd_view_eq(first, kd_view_of(top[i])))
			continue;
		if (v.n + 5 > PATH_BYTES)
			return false;
		memmove(path + 4, path, v.n + 1);
		memcpy(path, "usr/", 4);
	}
	return true;
}

/* ---- members ---- */

static bool is_known(char type)
{
	return type == '0' || type == '1' || type == '2' || type == '5';
}

static struct kd_error *check_limits(const struct tar *t, const struct kd_tar_member *h)
{
	uint64_t members = t->req->max_members ? t->req->max_members : 1000000;
	uint64_t bytes = t->req->max_bytes ? t->req->max_bytes : (uint64_t)16 << 30;

	if (t->r->members > members)
		return kd_error_new(KD_LIMIT, "the archive has more than %llu members",
				    (unsigned long long)members);
	if (h->size > bytes || t->r->bytes > bytes - h->size)
		return kd_error_new(KD_LIMIT, "%s: unpacking takes more than %llu bytes", t->path,
				    (unsigned long long)bytes);
	return NULL;
}

static struct kd_error *member(struct tar *t, const struct kd_tar_member *h, bool *stop)
{
	enum kd_unpack_want want = KD_UNPACK_SKIP;
	struct kd_unpack_member m;
	struct kd_error *err;
	bool named;

	memcpy(t->path, h->path, strlen(h->path) + 1);
	memcpy(t->link, h->link, strlen(h->link) + 1);
	named = tidy(t->path) && (!t->req->merge_usr || merge_usr(t->path));
	t->r->members++;
	m = (struct kd_unpack_member){kd_view_of(t->path), h->size, h->type};
	if (named && is_known(h->type))
		want = t->req->want ? t->req->want(t->req->user, &m) : KD_UNPACK_TAKE;
	if (t->req->progress)
		t->req->progress(t->req->progress_user, t->p.u.at, t->p.total);
	*stop = want == KD_UNPACK_STOP;
	if (*stop)
		return NULL;
	if (want == KD_UNPACK_SKIP || t->root < 0)
		return NULL;
	err = check_limits(t, h);
	return err ? err : put(t, h);
}

static struct kd_error *all_members(struct tar *t)
{
	bool stop = false;

	while (!stop) {
		struct kd_tar_member h;
		struct kd_error *err = kd_ctx_check(t->ctx);

		if (!err)
			err = kd_package_next(&t->p, &h);
		if (err || !h.type)
			return err;
		err = member(t, &h, &stop);
		if (err)
			return err;
	}
	return NULL;
}

static struct kd_error *unpack(struct tar *t)
{
	kd_auto(close_fd) int root = -1;
	struct kd_error *err = kd_bytes_open_raw(t->req->from, &t->file);

	if (err)
		return err;
	if (t->req->to) {
		err = kd_fs_mkdirs(t->req->to, 0755);
		if (err)
			return err;
		root = open(t->req->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return kd_error_errno(errno, "%s", t->req->to);
	}
	t->root = root;
	err = kd_package_open(t->ctx, t->file, &t->p);
	return err ? err : all_members(t);
}

struct kd_error *kd_lab_unpack(struct kd_ctx *ctx, const struct kd_unpack_req *req,
			       struct kd_unpack_result *ret)
{
	struct tar *t = kd_xcalloc(1, sizeof(*t));
	struct kd_error *err;

	*ret = (struct kd_unpack_result){0};
	*t = (struct tar){.ctx = ctx, .req = req, .r = ret, .chunk = kd_xmalloc(CHUNK), .root = -1};
	err = unpack(t);
	kd_package_close(&t->p);
	kd_bytes_close(t->file);
	kd_free(t->chunk);
	kd_free(t);
	return kd_error_wrap(err, "unpacking %s", req->from);
}
