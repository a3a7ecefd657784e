// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/path.h"
#include "lab/sandbox.h"

bool kd_lab_is_debug_vmlinux(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/');

	return kd_view_starts(path, KD_V("usr/lib/debug/")) && slash != KD_NPOS &&
	       kd_view_starts(kd_view_from(path, slash + 1), KD_V("vmlinux"));
}

/* work/lib/modules/RELEASE with links to kernel/ and the lists that depmod reads. */
static struct kd_error *link_farm(const char *modules, const char *work, const char *release,
				  char **ret)
{
	static const char *const parts[] = {"kernel", "modules.order", "modules.builtin",
					    "modules.builtin.modinfo"};
	kd_auto(kd_freep) char *dir = kd_lab_path("%s/lib/modules/%s", work, release);
	struct kd_error *err = kd_fs_mkdirs(dir, 0755);

	for (size_t i = 0; !err && i < KD_ARRAY_LEN(parts); i++) {
		kd_auto(kd_freep) char *from = kd_lab_path("%s/%s", modules, parts[i]);
		kd_auto(kd_freep) char *to = kd_lab_path("%s/%s", dir, parts[i]);

		if ((kd_lab_is_file(from) || kd_lab_is_dir(from)) && symlink(from, to) &&
		    errno != EEXIST)
			err = kd_error_errno(errno, "linking %s", to);
	}
	if (!err)
		*ret = kd_take(dir);
	return err;
}

static struct kd_error *run(struct kd_ctx *ctx, const char *dir, const char *release,
			    const char *also)
{
	/* depmod wants the folder above lib/modules/RELEASE */
	struct kd_view v = kd_view_of(dir);
	size_t at = kd_view_find(v, KD_V("/lib/modules/"));
	kd_auto(kd_freep) char *base = kd_xstrndup(dir, at == KD_NPOS ? v.n : at);
	const char *const argv[] = {"depmod", "-b", base, release, NULL};
	const struct kd_sandbox_bind bind[] = {{dir, dir, true}, {also, also, false}};
	const struct kd_sandbox_req req = {
		.argv = argv, .bind = bind, .nbinds = also ? 2 : 1, .limit_s = 120};
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};

	if (!kd_lab_has_program("depmod"))
		return kd_error_new(KD_NOTFOUND, "depmod is not installed (Debian: kmod)");
	return kd_sandbox_run(ctx, &req, &r);
}

struct kd_error *kd_lab_depmod(struct kd_ctx *ctx, const char *modules, const char *release,
			       const char *work, char **ret)
{
	kd_auto(kd_freep) char *root = NULL, *dir = NULL, *dep = NULL;
	struct kd_error *err = kd_lab_make_dir(work, &root);
	size_t n = root ? strlen(root) : 0;
	bool inside = !err && !strncmp(modules, root, n) && modules[n] == '/';

	if (!err && inside)
		dir = kd_xstrndup(modules, strlen(modules));
	else if (!err)
		err = link_farm(modules, root, release, &dir);
	if (!err)
		err = run(ctx, dir, release, inside ? NULL : modules);
	if (err)
		return kd_error_wrap(err, "making modules.dep of %s", release);
	dep = kd_lab_path("%s/modules.dep", dir);
	if (!kd_lab_is_file(dep))
		return kd_error_new(KD_IO, "depmod made no %s", dep);
	*ret = kd_take(dir);
	return NULL;
}
