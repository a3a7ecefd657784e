// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/segfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/le.h"

enum { BUFFER = 1 << 20, COPY = 1 << 16 };

struct kd_error *kd_segfile_begin(struct kd_segfile *f, const char *path)
{
	*f = (struct kd_segfile){.path = kd_xprintf("%s", path), .tmp = kd_xprintf("%s.XXXXXX", path), .buf = KD_BUF_INIT(BUFFER + COPY)};
	f->fd = mkostemp(f->tmp, O_CLOEXEC);
	if (f->fd < 0) {
		struct kd_error *err = kd_error_errno(errno, "writing %s", path);

		kd_free(f->tmp);
		f->tmp = NULL;
		kd_segfile_abandon(f);
		return err;
	}
	f->at = KD_SEG_HEADER + (uint64_t)(KD_SEG_NSECTIONS - 1) * KD_SEG_ENTRY;
	return NULL;
}

static void flush(struct kd_segfile *f)
{
	if (!f->err)
		f->err = kd_fs_write_at(f->fd, f->path, f->at, kd_buf_view(&f->buf));
	f->at += f->buf.n;
	kd_buf_clear(&f->buf);
}

void kd_segfile_put(struct kd_segfile *f, struct kd_view bytes)
{
	while (bytes.n) {
		const struct kd_view some = kd_view_head(bytes, BUFFER - f->buf.n);

		kd_buf_add(&f->buf, some);
		f->sec[f->n - 1].size += some.n;
		bytes = kd_view_from(bytes, some.n);
		if (f->buf.n >= BUFFER)
			flush(f);
	}
}

void kd_segfile_put_varint(struct kd_segfile *f, uint64_t v)
{
	char bytes[10];
	size_t n = 0;

	for (; v > 0x7f; v >>= 7)
		bytes[n++] = (char)(unsigned char)(v | 0x80);
	bytes[n++] = (char)v;
	kd_segfile_put(f, kd_view(bytes, n));
}

void kd_segfile_section(struct kd_segfile *f, enum kd_seg_section id)
{
	flush(f);
	f->at = (f->at + 7) & ~(uint64_t)7;
	f->sec[f->n].id = id;
	f->sec[f->n].off = f->at;
	f->n++;
}

uint64_t kd_segfile_size(const struct kd_segfile *f)
{
	return f->sec[f->n - 1].size;
}

/* Header and table, with the checks of what was written. */
static struct kd_error *write_head(struct kd_segfile *f, uint32_t first, uint32_t docs)
{
	uint8_t head[KD_SEG_HEADER + (KD_SEG_NSECTIONS - 1) * KD_SEG_ENTRY] = {0};
	const size_t n = KD_SEG_HEADER + (size_t)f->n * KD_SEG_ENTRY;
	const uint8_t *map;

	if (ftruncate(f->fd, (off_t)f->at))
		return kd_error_errno(errno, "writing %s", f->path);
	map = mmap(NULL, (size_t)f->at, PROT_READ, MAP_SHARED, f->fd, 0);
	if (map == MAP_FAILED)
		return kd_error_errno(errno, "mapping %s", f->path);
	memcpy(head, KD_SEG_MAGIC, 8);
	kd_put_le32(head + KD_SEG_AT_VERSION, KD_SEG_VERSION);
	kd_put_le32(head + KD_SEG_AT_SECTIONS, f->n);
	kd_put_le64(head + KD_SEG_AT_SIZE, f->at);
	kd_put_le32(head + KD_SEG_AT_FIRST, first);
	kd_put_le32(head + KD_SEG_AT_DOCS, docs);
	for (unsigned i = 0; i < f->n; i++) {
		uint8_t *e = head + KD_SEG_HEADER + (size_t)i * KD_SEG_ENTRY;

		kd_put_le32(e + KD_SEG_E_ID, f->sec[i].id);
		kd_put_le32(e + KD_SEG_E_CHECK, kd_check32(kd_view((const char *)map + f->sec[i].off, (size_t)f->sec[i].size)));
		kd_put_le64(e + KD_SEG_E_OFF, f->sec[i].off);
		kd_put_le64(e + KD_SEG_E_SIZE, f->sec[i].size);
	}
	munmap((void *)(uintptr_t)map, (size_t)f->at);
	kd_put_le32(head + KD_SEG_AT_CHECK, kd_check32(kd_view((const char *)head, n)));
	return kd_fs_write_at(f->fd, f->path, 0, kd_view((const char *)head, sizeof(head)));
}

static struct kd_error *name_it(struct kd_segfile *f)
{
	if (fchmod(f->fd, 0644) || fsync(f->fd))
		return kd_error_errno(errno, "writing %s", f->path);
	if (rename(f->tmp, f->path))
		return kd_error_errno(errno, "renaming %s", f->path);
	kd_free(f->tmp);
	f->tmp = NULL;
	return NULL;
}

struct kd_error *kd_segfile_end(struct kd_segfile *f, uint32_t first, uint32_t docs)
{
	struct kd_error *err;

	flush(f);
	err = f->err;
	f->err = NULL;
	if (!err)
		err = write_head(f, first, docs);
	if (!err)
		err = name_it(f);
	kd_segfile_abandon(f);
	return err;
}

void kd_segfile_abandon(struct kd_segfile *f)
{
	if (f->tmp)
		unlink(f->tmp);
	if (f->fd >= 0)
		close(f->fd);
	kd_error_free(f->err);
	kd_buf_deinit(&f->buf);
	kd_free(f->tmp);
	kd_free(f->path);
	*f = (struct kd_segfile){.fd = -1};
}

/* --- spools ------------------------------------------------------------------------------------ */

struct kd_error *kd_segspool_begin(struct kd_segspool *s, const char *path)
{
	kd_auto(kd_freep) char *tmp = kd_xprintf("%s.spool.XXXXXX", path);

	*s = (struct kd_segspool){.buf = KD_BUF_INIT(BUFFER + COPY)};
	s->fd = mkostemp(tmp, O_CLOEXEC);
	if (s->fd < 0)
		return kd_error_errno(errno, "writing %s", tmp);
	unlink(tmp);
	return NULL;
}

static void spill(struct kd_segspool *s)
{
	if (!s->err)
		s->err = kd_fs_write(s->fd, "a temporary file", kd_buf_view(&s->buf));
	kd_buf_clear(&s->buf);
}

void kd_segspool_put(struct kd_segspool *s, const void *p, size_t n)
{
	kd_buf_add(&s->buf, kd_view(p, n));
	if (s->buf.n >= BUFFER)
		spill(s);
}

void kd_segspool_pour(struct kd_segspool *s, struct kd_segfile *f)
{
	char bytes[COPY];
	ssize_t n = 0;
	off_t at = 0;

	spill(s);
	while (!s->err && (n = pread(s->fd, bytes, sizeof(bytes), at)) > 0) {
		kd_segfile_put(f, kd_view(bytes, (size_t)n));
		at += n;
	}
	if (!s->err && n < 0)
		s->err = kd_error_errno(errno, "reading a temporary file");
	if (!f->err) {
		f->err = s->err;
		s->err = NULL;
	}
	kd_segspool_deinit(s);
}

void kd_segspool_deinit(struct kd_segspool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	kd_error_free(s->err);
	kd_buf_deinit(&s->buf);
	*s = (struct kd_segspool){.fd = -1};
}
