// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/folder.h"

#include <sys/stat.h>

#include "base/alloc.h"

static char *path_of(struct kd_view address)
{
	kd_view_skip(&address, KD_V("dir:"));
	return kd_xstrndup(address.p ? address.p : "", address.n);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

bool kd_link_folder_claims(struct kd_view address)
{
	kd_auto(kd_freep) char *path = path_of(address);

	return kd_view_starts(address, KD_V("dir:")) || is_folder(path);
}

struct kd_error *kd_link_folder_open(struct kd_view address, const char *of_what, char **ret)
{
	kd_auto(kd_freep) char *path = path_of(address);

	if (!is_folder(path))
		return kd_error_new(KD_NOTFOUND, "%s is no folder of %s", path, of_what);
	*ret = kd_take(path);
	return NULL;
}
