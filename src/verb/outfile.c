// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { TRIES = 100 };

static struct kd_error *open_beside(struct kd_outfile *f, mode_t mode)
{
	size_t n = strlen(f->path) + 32;

	f->tmp = kd_xmalloc(n);
	for (unsigned i = 0; i < TRIES; i++) {
		snprintf(f->tmp, n, "%s.kdoc-%ld-%u", f->path, (long)getpid(), i);
		f->fd = open(f->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (f->fd >= 0)
			return NULL;
		if (errno != EEXIST)
			break;
	}
	kd_free(kd_take(f->tmp));
	return kd_error_errno(errno, "writing %s", f->path);
}

struct kd_error *kd_outfile_open(struct kd_outfile *f, const char *path, mode_t mode)
{
	struct stat sb;

	*f = (struct kd_outfile){.fd = -1, .path = kd_xstrndup(path, strlen(path))};
	if (stat(path, &sb) || S_ISREG(sb.st_mode))
		return open_beside(f, mode);
	f->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return f->fd < 0 ? kd_error_errno(errno, "writing %s", path) : NULL;
}

bool kd_outfile_write(struct kd_outfile *f, struct kd_view v)
{
	while (v.n && !f->errnum) {
		ssize_t n = write(f->fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			f->errnum = n ? errno : EIO;
		else
			v = kd_view_from(v, (size_t)n);
	}
	return !f->errnum;
}

struct kd_error *kd_outfile_commit(struct kd_outfile *f)
{
	if (close(f->fd) && !f->errnum)
		f->errnum = errno;
	f->fd = -1;
	if (!f->errnum && f->tmp && rename(f->tmp, f->path))
		f->errnum = errno;
	if (f->errnum)
		return kd_error_errno(f->errnum, "writing %s", f->path);
	kd_free(kd_take(f->tmp));
	return NULL;
}

void kd_outfile_abort(struct kd_outfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->tmp)
		unlink(f->tmp);
	kd_free(kd_take(f->tmp));
	kd_free(kd_take(f->path));
	f->fd = -1;
}

bool kd_outfile_is(const char *path, const char *other)
{
	struct stat a, b;

	return !stat(path, &a) && !stat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
