// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of files that a caller gives: below the roots, and what they are. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "serve/verbtool.h"
#include "verb/nearest.h"

enum { ENTRIES_MAX = 5000 }; /* of a folder in which near names are looked for, or links that lead out */

bool kd_vt_below(const struct kd_mcp_conf *conf, const char *path)
{
	for (size_t i = 0; i < conf->nroots; i++) {
		struct kd_view rest = kd_view_of(path), root = kd_view_of(conf->roots[i]);

		if (kd_view_eq(root, KD_V("/")))
			return true;
		if (kd_view_skip(&rest, root) && (!rest.n || *rest.p == '/'))
			return true;
	}
	return false;
}

static struct kd_error *outside(struct kd_arena *a, const struct kd_mcp_conf *conf, const char *param, const char *name)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2048);

	(void)a;
	for (size_t i = 0; i < conf->nroots; i++)
		kd_buf_printf(&b, "%s%s", i ? ", " : "", conf->roots[i]);
	if (!conf->nroots)
		return kd_error_new(KD_INVALID, "%s: this server may read no files (kdoc mcp --root=DIR allows a folder); give the text itself "
						"where the tool takes text", param);
	return kd_error_new(KD_INVALID, "%s: %s is not below the folders that this server may read: %s", param, name, b.n ? b.p : "");
}

/* The canonical folder in which `path` would be, below a root; its last part in *ret_base. */
static bool folder_of(const struct kd_mcp_conf *conf, const char *path, char ret[PATH_MAX], const char **ret_base)
{
	const struct kd_view v = kd_view_of(path);
	const size_t slash = kd_view_rchr(v, '/');
	char dir[PATH_MAX];

	if (slash == KD_NPOS || slash >= sizeof(dir))
		return false;
	memcpy(dir, path, slash);
	dir[slash] = '\0';
	*ret_base = path + slash + 1;
	return realpath(slash ? dir : "/", ret) && kd_vt_below(conf, ret);
}

static void near_name(const char *dir, const char *base, char *ret, size_t size)
{
	struct kd_nearest near;
	DIR *d = opendir(dir);
	const struct dirent *e;

	ret[0] = '\0';
	if (!d)
		return;
	kd_nearest_init(&near, base);
	for (unsigned i = 0; i < ENTRIES_MAX && (e = readdir(d)); i++) {
		const char *before = near.best;

		if (e->d_name[0] == '.')
			continue;
		kd_nearest_try(&near, e->d_name);
		if (near.best != before) { /* d_name does not live on */
			const size_t n = strlen(e->d_name);

			if (n < size)
				memcpy(ret, e->d_name, n + 1);
			near.best = ret;
		}
	}
	closedir(d);
}

static struct kd_error *missing(struct kd_arena *a, const struct kd_mcp_conf *conf, const char *param, const char *name, const char *tried)
{
	char dir[PATH_MAX], near[NAME_MAX + 1];
	const char *base = "";

	if (!folder_of(conf, tried, dir, &base))
		return name[0] == '/' ? outside(a, conf, param, name)
				      : kd_error_new(KD_INVALID, "%s: there is no %s below %s", param, name, conf->roots[0]);
	near_name(dir, base, near, sizeof(near));
	if (near[0])
		return kd_error_new(KD_INVALID, "%s: there is no %s in %s; near is %s", param, base, dir, near);
	return kd_error_new(KD_INVALID, "%s: there is no %s in %s", param, base, dir);
}

/* A name that is relative is looked for below each root. */
static bool find(struct kd_arena *a, const struct kd_mcp_conf *conf, const char *name, char ret[PATH_MAX], const char **ret_tried)
{
	*ret_tried = name;
	if (name[0] == '/')
		return realpath(name, ret);
	for (size_t i = 0; i < conf->nroots; i++) {
		struct kd_view full = kd_arena_printf(a, "%s/%s", conf->roots[i], name);

		if (!full.p)
			return false;
		if (!i)
			*ret_tried = full.p;
		if (realpath(full.p, ret))
			return true;
	}
	return false;
}

struct links {
	const struct kd_mcp_conf *conf;
};

static struct kd_error *no_link_out(void *user, const struct kd_fs_entry *e)
{
	const struct links *l = user;
	char real[PATH_MAX];

	if (realpath(e->path, real) && !kd_vt_below(l->conf, real))
		return kd_error_new(KD_INVALID, "%s is a link that leads out of the folders that this server may read", e->path);
	return NULL;
}

/* A folder is read with everything in it: links in it must not lead out. */
static struct kd_error *check_folder(const struct kd_mcp_conf *conf, const char *param, const char *path)
{
	struct links l = {.conf = conf};
	struct kd_error *err = kd_fs_walk(path, &(struct kd_fs_walk_opts){.max_entries = 200000}, no_link_out, &l);

	return kd_error_wrap(err, "%s", param);
}

static struct kd_error *check_kind(const struct kd_mcp_conf *conf, const struct kd_vt_param *p, const char *path)
{
	const char *param = p->name;
	struct stat sb;

	if (stat(path, &sb))
		return kd_error_new(KD_INVALID, "%s: %s cannot be looked at: %s", param, path, strerror(errno));
	if (S_ISREG(sb.st_mode))
		return NULL;
	if (!S_ISDIR(sb.st_mode))
		return kd_error_new(KD_INVALID, "%s: %s is a device, pipe or socket; give a file", param, path);
	if (!(p->flags & (KD_VT_DIR | KD_VT_TREE)))
		return kd_error_new(KD_INVALID, "%s: %s is a folder; give a file in it", param, path);
	return p->flags & KD_VT_TREE ? NULL : check_folder(conf, param, path);
}

struct kd_error *kd_vt_path(struct kd_arena *a, const struct kd_mcp_conf *conf, const struct kd_vt_param *p, struct kd_view name,
			    const char **ret)
{
	const char *param = p->name;
	char real[PATH_MAX];
	const char *tried;
	struct kd_view s;
	struct kd_error *err;

	if (!name.n || name.n >= PATH_MAX || kd_view_chr(name, '\0') != KD_NPOS)
		return kd_error_new(KD_INVALID, "%s: give the path of a file", param);
	s = kd_arena_view(a, name);
	if (!s.p)
		return kd_error_new(KD_LIMIT, "%s: too long", param);
	if (!conf->nroots)
		return outside(a, conf, param, s.p);
	if (!find(a, conf, s.p, real, &tried))
		return missing(a, conf, param, s.p, tried);
	if (!kd_vt_below(conf, real))
		return outside(a, conf, param, s.p);
	err = check_kind(conf, p, real);
	if (err)
		return err;
	s = kd_arena_view(a, kd_view_of(real));
	*ret = s.p;
	return s.p ? NULL : kd_error_new(KD_LIMIT, "%s: too long", param);
}
