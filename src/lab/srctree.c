// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_lab_source_unpack() of archive.h. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/archive.h"
#include "lab/path.h"

enum { KEY_BYTES = 256 };

struct found {
	char *tarball; /* its path in the package */
};

static bool is_tarball(struct kd_view path)
{
	return kd_view_starts(path, KD_V("usr/src/linux-source-")) &&
	       kd_view_has(path, KD_V(".tar"));
}

static enum kd_unpack_want only_tarball(void *user, const struct kd_unpack_member *m)
{
	struct found *f = user;

	if (f->tarball)
		return KD_UNPACK_STOP;
	if (m->type != '0' || !is_tarball(m->path))
		return KD_UNPACK_SKIP;
	f->tarball = kd_xstrndup(m->path.p, m->path.n);
	return KD_UNPACK_TAKE;
}

/* The first folder of `to` that has what a kernel tree has. */
static char *tree_in(const char *to)
{
	DIR *d = opendir(to);
	struct dirent *e;
	char *tree = NULL;

	while (d && !tree && (e = readdir(d)) != NULL) {
		kd_auto(kd_freep) char *dir = kd_lab_path("%s/%s", to, e->d_name);
		kd_auto(kd_freep) char *kbuild = kd_lab_path("%s/Kbuild", dir);

		if (e->d_name[0] != '.' && kd_lab_is_file(kbuild))
			tree = kd_take(dir);
	}
	if (d)
		closedir(d);
	return tree;
}

static bool is_package(const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65537 + 16);

	/* longer than 8 bytes is an error, and what was read is there */
	kd_error_free(kd_fs_read_small(path, 8, &b));
	return b.n >= 8 && kd_view_starts(kd_buf_view(&b), KD_V("!<arch>\n"));
}

static struct kd_error *unpack_tarball(struct kd_ctx *ctx, const char *from, const char *to)
{
	struct kd_unpack_req req = {.from = from, .to = to};
	struct kd_unpack_result r;

	return kd_lab_unpack(ctx, &req, &r);
}

static struct kd_error *unpack_package(struct kd_ctx *ctx, const char *from, const char *to)
{
	struct found f = {0};
	struct kd_unpack_req req = {.from = from, .to = to, .want = only_tarball, .user = &f};
	struct kd_unpack_result r;
	struct kd_error *err = kd_lab_unpack(ctx, &req, &r);
	kd_auto(kd_freep) char *tarball = kd_lab_path("%s/%s", to, f.tarball ? f.tarball : "");

	if (!err && !f.tarball)
		err = kd_error_new(KD_BADDATA, "%s has no usr/src/linux-source-*.tar.*", from);
	if (!err)
		err = unpack_tarball(ctx, tarball, to);
	if (!err && unlink(tarball)) /* only the tree is needed */
		err = kd_error_errno(errno, "removing %s", tarball);
	kd_free(f.tarball);
	return err;
}

struct kd_error *kd_lab_source_unpack(struct kd_ctx *ctx, const char *from, const char *to,
				      char **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf old = KD_BUF_INIT(65537 + KEY_BYTES);
	kd_auto(kd_freep) char *dir = NULL, *marker = NULL, *key = NULL, *tree = NULL;
	struct kd_error *err, *none;
	struct stat sb;

	if (stat(from, &sb))
		return kd_error_errno(errno, "%s", from);
	err = kd_lab_make_dir(to, &dir);
	if (err)
		return err;
	key = kd_lab_path("%lld bytes of %lld.%09ld\n", (long long)sb.st_size,
			  (long long)sb.st_mtim.tv_sec, sb.st_mtim.tv_nsec);
	marker = kd_lab_path("%s/.unpacked", dir);
	none = kd_fs_read_small(marker, KEY_BYTES, &old);
	if (!none && kd_view_eq(kd_buf_view(&old), kd_view_of(key)))
		tree = tree_in(dir);
	kd_error_free(none);
	if (!tree) {
		err = is_package(from) ? unpack_package(ctx, from, dir)
				       : unpack_tarball(ctx, from, dir);
		if (err)
			return err;
		tree = tree_in(dir);
		if (!tree)
			return kd_error_new(KD_BADDATA, "%s has no kernel tree in it", from);
		err = kd_fs_write_atomic(marker, kd_view_of(key), 0644);
	}
	if (!err)
		*ret = kd_take(tree);
	return err;
}
