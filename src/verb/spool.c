// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void kd_spool_init(struct kd_spool *s, size_t memory)
{
	memset(s, 0, sizeof(*s));
	s->memory = memory < KD_SPOOL_RECORD * 2 ? KD_SPOOL_RECORD * 2 : memory;
	s->mem = KD_BUF_INIT(s->memory);
	s->fd = -1;
}

void kd_spool_reset(struct kd_spool *s)
{
	kd_buf_clear(&s->mem);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->file_bytes = s->file_pos = 0;
	s->pos = 0;
	s->reading = false;
}

void kd_spool_deinit(struct kd_spool *s)
{
	kd_spool_reset(s);
	kd_buf_deinit(&s->mem);
}

static struct kd_error *open_file(struct kd_spool *s)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];

	if (!dir || dir[0] != '/')
		dir = "/tmp";
	s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return NULL;
	/* Not every file system has O_TMPFILE: open(2). */
	if (snprintf(path, sizeof(path), "%s/kdoc-XXXXXX", dir) < (int)sizeof(path))
		s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		return kd_error_errno(errno,
				      "making a temporary file in %s (TMPDIR names another "
				      "folder)",
				      dir);
	unlink(path);
	return NULL;
}

static struct kd_error *spill(struct kd_spool *s)
{
	struct kd_error *err = s->fd < 0 ? open_file(s) : NULL;
	size_t done = 0;

	while (!err && done < s->mem.n) {
		ssize_t n = write(s->fd, s->mem.p + done, s->mem.n - done);

		if (n < 0 && errno != EINTR)
			err = kd_error_errno(errno, "writing to a temporary file (TMPDIR names "
						    "another folder)");
		if (n > 0)
			done += (size_t)n;
	}
	s->file_bytes += done;
	kd_buf_clear(&s->mem);
	return err;
}

struct kd_error *kd_spool_add(struct kd_spool *s, struct kd_view record)
{
	uint32_t n = (uint32_t)record.n;

	if (record.n > KD_SPOOL_RECORD - sizeof(n))
		return kd_error_new(KD_LIMIT, "a record of %zu bytes is too large", record.n);
	if (s->mem.n + sizeof(n) + record.n > s->memory) {
		struct kd_error *err = spill(s);

		if (err)
			return err;
	}
	kd_buf_add(&s->mem, kd_view((const char *)&n, sizeof(n)));
	kd_buf_add(&s->mem, record);
	return NULL;
}

struct kd_error *kd_spool_rewind(struct kd_spool *s)
{
	struct kd_error *err = NULL;

	s->pos = 0;
	s->file_pos = 0;
	if (s->fd < 0)
		return NULL;
	if (s->reading)
		kd_buf_clear(&s->mem); /* all of it is in the file */
	else
		err = spill(s);
	s->reading = true;
	return err;
}

/* Have n bytes at s->pos, reading on in the file. */
static struct kd_error *need(struct kd_spool *s, size_t n, bool *ret)
{
	*ret = true;
	if (s->mem.n - s->pos >= n)
		return NULL;
	if (s->fd < 0) {
		*ret = false; /* the end; the records stay for another rewind */
		return NULL;
	}
	kd_buf_drop(&s->mem, s->pos);
	s->pos = 0;
	while (s->mem.n < n && s->file_pos < s->file_bytes) {
		char *p = kd_buf_reserve(&s->mem, KD_SPOOL_RECORD);
		ssize_t got = p ? pread(s->fd, p, KD_SPOOL_RECORD, (off_t)s->file_pos) : 0;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return kd_error_errno(got ? errno : EIO, "reading a temporary file");
		s->mem.n += (size_t)got;
		s->file_pos += (uint64_t)got;
	}
	*ret = s->mem.n >= n;
	return NULL;
}

struct kd_error *kd_spool_next(struct kd_spool *s, struct kd_view *ret)
{
	struct kd_error *err;
	uint32_t n;
	bool ok;

	*ret = KD_VNULL;
	err = need(s, sizeof(n), &ok);
	if (err || !ok)
		return err;
	memcpy(&n, s->mem.p + s->pos, sizeof(n));
	err = need(s, sizeof(n) + n, &ok);
	if (err || !ok)
		return err;
	*ret = kd_view(s->mem.p + s->pos + sizeof(n), n);
	s->pos += sizeof(n) + n;
	return NULL;
}
