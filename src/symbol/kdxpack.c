// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kdxpack.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "symbol/kdx_format.h"
#include "symbol/kdxpack_layout.h"

bool kd_kdxpack_probe(const char *path)
{
	char head[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
		  !memcmp(head, KD_KDXPACK_MAGIC, 8);

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
	for (ret->n = 0; ret->n < n; ret->n++, p += KD_KDXPACK_ENTRY) {
		struct kd_kdxpack_member *m = &ret->v[ret->n];
		const uint32_t at = kd_le32(p + 16), len = kd_le32(p + 20);

		m->off = kd_le64(p);
		m->size = kd_le64(p + 8);
		if (m->off > size || m->size > size - m->off || !m->size || at > names.n || len > names.n - at ||
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
	uint8_t head[KD_KDXPACK_HEADER];
	size_t bytes;
	uint32_t n, names;
	struct kd_error *err = kd_bytes_open(path, 1 << 20, &b);

	if (!err)
		err = kd_bytes_read(b, 0, KD_KDXPACK_HEADER, head);
	if (err)
		return err;
	if (memcmp(head, KD_KDXPACK_MAGIC, 8) != 0)
		return kd_error_new(KD_BADDATA, "%s holds no indexes of a build", path);
	if (kd_le32(head + 8) != KD_KDXPACK_VERSION)
		return kd_error_new(KD_UNSUPPORTED, "%s: version %u; this program reads %d", path, kd_le32(head + 8),
				    KD_KDXPACK_VERSION);
	n = kd_le32(head + 12);
	names = kd_le32(head + 24);
	if (n > KD_KDXPACK_MAX || names > KD_KDXPACK_NAMES_MAX || kd_le64(head + 16) != kd_bytes_size(b))
		return kd_error_new(KD_BADDATA, "%s is damaged: its header does not fit its size", path);
	bytes = (size_t)n * KD_KDXPACK_ENTRY + names;
	table = kd_xmalloc(bytes);
	err = kd_bytes_read(b, KD_KDXPACK_HEADER, bytes, table);
	if (!err && kd_check32(kd_view((char *)table, bytes)) != kd_le32(head + 28))
		err = kd_error_new(KD_BADDATA, "its table is damaged");
	if (!err)
		err = read_members(table, n, kd_view((char *)table + (size_t)n * KD_KDXPACK_ENTRY, names), kd_bytes_size(b), arena,
				   &pack);
	if (err)
		return kd_error_wrap(err, "%s", path);
	*ret = pack;
	return NULL;
}
