// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/path.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

enum { PATH_BYTES = 4096 };

char *kd_lab_path(const char *fmt, ...)
{
	struct kd_buf b = KD_BUF_INIT(PATH_BYTES);
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = kd_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (ok && b.p)
		return b.p;
	kd_buf_deinit(&b);
	return kd_xstrndup("", 0);
}

bool kd_lab_is_file(const char *path)
{
	struct stat sb;

	return !stat(path, &sb) && S_ISREG(sb.st_mode);
}

bool kd_lab_is_dir(const char *path)
{
	struct stat sb;

	return !stat(path, &sb) && S_ISDIR(sb.st_mode);
}

struct kd_error *kd_lab_real(const char *path, char **ret)
{
	char buf[PATH_MAX];

	if (!realpath(path, buf))
		return kd_error_errno(errno, "%s", path);
	*ret = kd_xstrndup(buf, kd_view_of(buf).n);
	return NULL;
}

struct kd_error *kd_lab_make_dir(const char *path, char **ret)
{
	struct kd_error *err = kd_fs_mkdirs(path, 0755);

	return err ? err : kd_lab_real(path, ret);
}

bool kd_lab_has_program(const char *name)
{
	static const char *const dirs[] = {"/usr/bin", "/usr/sbin", "/bin", "/sbin"};

	for (size_t i = 0; i < KD_ARRAY_LEN(dirs); i++) {
		kd_auto(kd_freep) char *p = kd_lab_path("%s/%s", dirs[i], name);

		if (kd_lab_is_file(p))
			return true;
	}
	return false;
}

uint64_t kd_lab_free_bytes(const char *dir)
{
	struct statvfs vfs;

	return statvfs(dir, &vfs) ? UINT64_MAX : (uint64_t)vfs.f_bavail * vfs.f_frsize;
}
