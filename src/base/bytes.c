// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/codec.h"
#include "base/source.h"

enum { READ_MAX = 1 << 30, CHUNK = 1 << 20 }; /* of one system call */

struct kd_bytes {
	int fd; /* -1: memory, or ops */
	const struct kd_bytes_ops *ops;
	void *user;
	struct kd_view mem;
	struct kd_buf own;
	uint64_t size;
	char *name;
};

static struct kd_bytes *new_bytes(const char *name)
{
	struct kd_bytes *b = kd_xcalloc(1, sizeof(*b));

	b->fd = -1;
	b->name = kd_xstrndup(name, strlen(name));
	return b;
}

struct kd_bytes *kd_bytes_of_view(struct kd_view data, const char *name)
{
	struct kd_bytes *b = new_bytes(name);

	b->mem = data;
	b->size = data.n;
	return b;
}

struct kd_bytes *kd_bytes_of_buf(struct kd_buf *data, const char *name)
{
	struct kd_bytes *b = new_bytes(name);

	b->own = *data;
	*data = KD_BUF_INIT(data->max);
	b->mem = kd_buf_view(&b->own);
	b->size = b->mem.n;
	return b;
}

struct kd_bytes *kd_bytes_of_ops(const struct kd_bytes_ops *ops, void *user, uint64_t size, const char *name)
{
	struct kd_bytes *b = new_bytes(name);

	b->ops = ops;
	b->user = user;
	b->size = size;
	return b;
}

static struct kd_error *unpack(struct kd_bytes *b, size_t max)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(b->name, &src);
	size_t n = 1;
	char more;

	b->own = KD_BUF_INIT(max);
	while (!err && n && b->own.n < max) {
		size_t some = CHUNK < max - b->own.n ? CHUNK : max - b->own.n;
		char *to = kd_buf_reserve(&b->own, some);

		if (!to)
			return kd_error_new(KD_LIMIT, "%s: no room for %zu bytes", b->name, max);
		err = kd_source_read(src, to, some, &n);
		if (!err)
			b->own.n += n;
	}
	if (!err && n)
		err = kd_source_read(src, &more, 1, &n);
	if (!err && n)
		return kd_error_new(KD_LIMIT, "%s: more than %zu bytes when unpacked", b->name, max);
	if (!err && kd_source_diag(src))
		err = kd_error_new(KD_BADDATA, "%s: %s", b->name, kd_source_diag(src));
	b->mem = kd_buf_view(&b->own);
	b->size = b->mem.n;
	return err;
}

/* b->fd was just opened. */
static struct kd_error *take_fd(struct kd_bytes *b)
{
	struct stat st;

	if (b->fd < 0 || fstat(b->fd, &st))
		return kd_error_errno(errno, "%s", b->name);
	if (!S_ISREG(st.st_mode))
		return kd_error_new(KD_INVALID, "%s is no regular file", b->name);
	b->size = (uint64_t)st.st_size;
	return NULL;
}

static struct kd_error *open_raw(struct kd_bytes *b)
{
	b->fd = open(b->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return take_fd(b);
}

struct kd_error *kd_bytes_open_raw(const char *path, struct kd_bytes **ret)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *b = new_bytes(path);
	struct kd_error *err = open_raw(b);

	if (!err)
		*ret = kd_take(b);
	return err;
}

struct kd_error *kd_bytes_of_fd(int fd, const char *name, struct kd_bytes **ret)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *b = new_bytes(name);
	struct kd_error *err;

	b->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	err = take_fd(b);
	if (!err)
		*ret = kd_take(b);
	return err;
}

static struct kd_error *open_file(struct kd_bytes *b, size_t max)
{
	char head[KD_CODEC_PROBE_BYTES];
	struct kd_error *err = open_raw(b);
	ssize_t n;

	if (err)
		return err;
	n = pread(b->fd, head, sizeof(head), 0);
	if (n < 0)
		return kd_error_errno(errno, "reading %s", b->name);
	if (!kd_codec_find(kd_view(head, (size_t)n)))
		return NULL;
	close(b->fd);
	b->fd = -1;
	return unpack(b, max);
}

struct kd_error *kd_bytes_open(const char *path, size_t max, struct kd_bytes **ret)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *b = new_bytes(path);
	struct kd_error *err = open_file(b, max);

	if (!err)
		*ret = kd_take(b);
	return err;
}

struct kd_error *kd_bytes_read(const struct kd_bytes *b, uint64_t off, size_t n, void *ret)
{
	char *to = ret;

	if (off > b->size || n > b->size - off)
		return kd_error_at(KD_BADDATA, off > INT64_MAX ? -1 : (int64_t)off,
				   "%s: %zu bytes at offset %#jx reach past its end (%ju bytes)", b->name,
				   n, (uintmax_t)off, (uintmax_t)b->size);
	if (b->ops)
		return b->ops->read(b->user, off, n, ret);
	if (b->fd < 0) {
		if (n)
			memcpy(to, b->mem.p + off, n);
		return NULL;
	}
	while (n) {
		ssize_t got = pread(b->fd, to, n < READ_MAX ? n : READ_MAX, (off_t)off);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return kd_error_errno(errno, "reading %s", b->name);
		if (!got)
			return kd_error_at(KD_BADDATA, (int64_t)off, "%s has become shorter", b->name);
		to += got;
		off += (uint64_t)got;
		n -= (size_t)got;
	}
	return NULL;
}

struct kd_view kd_bytes_peek(const struct kd_bytes *b, uint64_t off, size_t n)
{
	if (b->fd >= 0 || b->ops || off > b->size || n > b->size - off)
		return KD_VNULL;
	return kd_view(b->mem.p + off, n);
}

int kd_bytes_fd(const struct kd_bytes *b)
{
	return b->fd;
}

uint64_t kd_bytes_next_data(const struct kd_bytes *b, uint64_t off)
{
	off_t at, position;
	int why;

	if (off >= b->size)
		return b->size;
	if (b->fd < 0 || off > INT64_MAX)
		return off;
	position = lseek(b->fd, 0, SEEK_CUR);
	at = lseek(b->fd, (off_t)off, SEEK_DATA);
	why = errno;
	if (position >= 0)
		(void)lseek(b->fd, position, SEEK_SET); /* it may be somebody else's, too */
	if (at >= 0)
		return (uint64_t)at < b->size ? (uint64_t)at : b->size;
	return why == ENXIO ? b->size : off;
}

uint64_t kd_bytes_size(const struct kd_bytes *b)
{
	return b->size;
}

const char *kd_bytes_name(const struct kd_bytes *b)
{
	return b->name;
}

void kd_bytes_close(struct kd_bytes *b)
{
	if (!b)
		return;
	if (b->fd >= 0)
		close(b->fd);
	if (b->ops)
		b->ops->close(b->user);
	kd_buf_deinit(&b->own);
	kd_free(b->name);
	kd_free(b);
}

void kd_bytes_closep(struct kd_bytes **b)
{
	kd_bytes_close(*b);
	*b = NULL;
}
