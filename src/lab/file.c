// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/file.h"

#include <errno.h>
#include <unistd.h>

#include "base/fs.h"

struct kd_error *kd_file_read_at(int fd, const char *path, uint64_t off, void *buf, size_t n,
				size_t *got)
{
	for (*got = 0; *got < n;) {
		ssize_t r = pread(fd, (char *)buf + *got, n - *got, (off_t)(off + *got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return kd_error_errno(errno, "reading %s", path);
		if (!r)
			break;
		*got += (size_t)r;
	}
	return NULL;
}

struct kd_error *kd_file_write_at(int fd, const char *path, uint64_t off, const void *buf, size_t n)
{
	return kd_fs_write_at(fd, path, off, kd_view(buf, n));
}
