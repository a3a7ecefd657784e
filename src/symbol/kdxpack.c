// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kdxpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/fs.h"
#include "base/hash.h"
#include "format/elf.h"
#include "symbol/kdx_format.h"
#include "symbol/resolve.h"

enum { VERSION = 1, HEADER = 32, ENTRY = 24, NAMES_MAX = 16 << 20, CHUNK = 1 << 20 };

static const char magic[8] = {'k', 'd', 'o', 'c', 'K', 'D', 'B', '\n'};

/* --- reading ------------------------------------------------------------------------------ */

bool kd_kdxpack_probe(const char *path)
{
	char head[sizeof(magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
		  !memcmp(head, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return is;
}

static struct kd_error *read_members(const uint8_t *p, size_t n, struct kd_view names, uint64_t size,
				     struct kd_arena *arena, struct kd_kdxpack *ret)
{
	ret->v = kd_arena_array(arena, n + 1, struct kd_kdxpack_member);
	if (!ret->v)
		return kd_error_new(KD_LIMIT, "no room for %zu members", n);
	for (ret->n = 0; ret->n < n; ret->n++, p += ENTRY) {
		struct kd_kdxpack_member *m = &ret->v[ret->n];
		const uint32_t at = kd_le32(p + 16), len = kd_le32(p + 20);

		m->off = kd_le64(p);
		m->size = kd_le64(p + 8);
		if (m->off > size || m->size > size - m->off || at > names.n || len > names.n - at ||
		    m->off % KD_KDXPACK_ALIGN)
			return kd_error_new(KD_BADDATA, "a member lies outside of it");
		m->module = len ? kd_arena_view(arena, kd_view(names.p + at, len)) : KD_VNULL;
	}
	return NULL;
}

struct kd_error *kd_kdxpack_read(const char *path, struct kd_arena *arena, struct kd_kdxpack *ret)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *b = NULL;
	kd_auto(kd_freep) uint8_t *table = NULL;
	struct kd_kdxpack pack = {.n = 0};
	uint8_t head[HEADER];
	size_t bytes;
	uint32_t n, names;
	struct kd_error *err = kd_bytes_open(path, 1 << 20, &b);

	if (!err)
		err = kd_bytes_read(b, 0, HEADER, head);
	if (err)
		return err;
	if (memcmp(head, magic, sizeof(magic)) != 0)
		return kd_error_new(KD_BADDATA, "%s holds no indexes of a build", path);
	if (kd_le32(head + 8) != VERSION)
		return kd_error_new(KD_UNSUPPORTED, "%s: version %u; this program reads %d", path, kd_le32(head + 8),
				    VERSION);
	n = kd_le32(head + 12);
	names = kd_le32(head + 24);
	if (n > KD_KDXPACK_MAX || names > NAMES_MAX || kd_le64(head + 16) != kd_bytes_size(b))
		return kd_error_new(KD_BADDATA, "%s is damaged: its header does not fit its size", path);
	bytes = (size_t)n * ENTRY + names;
	table = kd_xmalloc(bytes);
	err = kd_bytes_read(b, HEADER, bytes, table);
	if (!err && kd_check32(kd_view((char *)table, bytes)) != kd_le32(head + 28))
		err = kd_error_new(KD_BADDATA, "its table is damaged");
	if (!err)
		err = read_members(table, n, kd_view((char *)table + (size_t)n * ENTRY, names), kd_bytes_size(b), arena,
				   &pack);
	if (err)
		return kd_error_wrap(err, "%s", path);
	*ret = pack;
	return NULL;
}

/* --- writing ------------------------------------------------------------------------------ */

struct writer {
	int fd;
	const char *path;
	uint64_t at; /* of the next member */
	struct kd_buf entries, names;
};

static void put(struct kd_buf *b, uint64_t v, int bytes)
{
	uint8_t raw[8];

	kd_put_le64(raw, v);
	kd_buf_add(b, kd_view((char *)raw, (size_t)bytes));
}

static struct kd_error *copy(struct writer *w, const char *index)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *b = NULL;
	kd_auto(kd_freep) char *chunk = kd_xmalloc(CHUNK);
	struct kd_error *err = kd_bytes_open(index, 1 << 20, &b);

	for (uint64_t off = 0; !err && off < kd_bytes_size(b); off += CHUNK) {
		size_t n = kd_bytes_size(b) - off < CHUNK ? (size_t)(kd_bytes_size(b) - off) : CHUNK;

		err = kd_bytes_read(b, off, n, chunk);
		if (!err)
			err = kd_fs_write_at(w->fd, w->path, w->at + off, kd_view(chunk, n));
	}
	if (!err) {
		put(&w->entries, w->at, 8);
		put(&w->entries, kd_bytes_size(b), 8);
		w->at = (w->at + kd_bytes_size(b) + KD_KDXPACK_ALIGN - 1) / KD_KDXPACK_ALIGN * KD_KDXPACK_ALIGN;
	}
	return err;
}

/* Whose index it is: the module's name; of a kernel "". */
static struct kd_error *name_member(struct writer *w, const char *index)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_error *err = kd_kdx_open(index, &k);
	struct kd_kdx_ident id;
	size_t dot;

	if (err)
		return err;
	id = kd_kdx_ident(k);
	if (id.type == KD_ET_REL && !id.module.n) { /* debug info alone: the file's name */
		dot = kd_view_chr(id.name, '.');
		id.module = kd_view_head(id.name, dot == KD_NPOS ? id.name.n : dot);
	}
	put(&w->entries, w->names.n, 4);
	put(&w->entries, id.module.n, 4);
	kd_buf_add(&w->names, id.module);
	return NULL;
}

static bool same_name(const struct writer *w, size_t a, size_t b)
{
	const uint8_t *x = (const uint8_t *)w->entries.p + a * ENTRY + 16;
	const uint8_t *y = (const uint8_t *)w->entries.p + b * ENTRY + 16;

	return kd_le32(x + 4) == kd_le32(y + 4) &&
	       !memcmp(w->names.p + kd_le32(x), w->names.p + kd_le32(y), kd_le32(x + 4));
}

static struct kd_error *write_all(struct writer *w, const char *const *indexes, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf head = KD_BUF_INIT(NAMES_MAX + KD_KDXPACK_MAX * ENTRY + HEADER);
	struct kd_error *err = NULL;
	size_t table;

	for (size_t i = 0; !err && i < n; i++) {
		err = copy(w, indexes[i]);
		if (!err)
			err = name_member(w, indexes[i]);
		for (size_t k = 0; !err && w->names.p && k < i; k++)
			if (same_name(w, k, i))
				err = kd_error_new(KD_CONFLICT, "%s and %s are of one module, or both of a kernel", indexes[k],
						   indexes[i]);
	}
	if (err)
		return err;
	kd_buf_add(&head, kd_view(magic, sizeof(magic)));
	put(&head, VERSION, 4);
	put(&head, n, 4);
	put(&head, w->at, 8);
	put(&head, w->names.n, 4);
	put(&head, 0, 4);
	kd_buf_add(&head, kd_buf_view(&w->entries));
	kd_buf_add(&head, kd_buf_view(&w->names));
	table = head.n - HEADER;
	if (head.overflow || w->names.overflow)
		return kd_error_new(KD_LIMIT, "%zu indexes are too many for one file", n);
	kd_put_le32((uint8_t *)head.p + 28, kd_check32(kd_view(head.p + HEADER, table)));
	err = kd_fs_write_at(w->fd, w->path, 0, kd_buf_view(&head));
	if (!err && (ftruncate(w->fd, (off_t)w->at) || fsync(w->fd)))
		err = kd_error_errno(errno, "writing %s", w->path);
	return err;
}

struct kd_error *kd_kdxpack_write(const char *path, const char *const *indexes, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf tmp = KD_BUF_INIT(8192);
	struct writer w = {.path = path, .entries = KD_BUF_INIT(KD_KDXPACK_MAX * ENTRY), .names = KD_BUF_INIT(NAMES_MAX)};
	struct kd_error *err;

	if (!n || n > KD_KDXPACK_MAX)
		return kd_error_new(KD_INVALID, "a build has 1 to %d indexes", KD_KDXPACK_MAX);
	/* the table may have 250 bytes for each */
	w.at = (HEADER + n * 256 + KD_KDXPACK_ALIGN - 1) / KD_KDXPACK_ALIGN * KD_KDXPACK_ALIGN;
	if (!kd_buf_printf(&tmp, "%s.%ld.tmp", path, (long)getpid()))
		return kd_error_new(KD_LIMIT, "%s: too long a path", path);
	w.fd = open(tmp.p, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (w.fd < 0)
		return kd_error_errno(errno, "%s", tmp.p);
	err = write_all(&w, indexes, n);
	if (!err && HEADER + w.entries.n + w.names.n > (HEADER + n * 256 + KD_KDXPACK_ALIGN - 1) / KD_KDXPACK_ALIGN *
							       KD_KDXPACK_ALIGN)
		err = kd_error_new(KD_LIMIT, "names of modules are too long");
	if (close(w.fd) && !err)
		err = kd_error_errno(errno, "writing %s", tmp.p);
	if (!err && rename(tmp.p, path))
		err = kd_error_errno(errno, "renaming %s", tmp.p);
	if (err)
		unlink(tmp.p);
	kd_buf_deinit(&w.entries);
	kd_buf_deinit(&w.names);
	return err;
}
