// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/stream.h"

static struct kd_error *from_source(void *user, void *buf, size_t n, size_t *ret_n)
{
	struct kd_source *src = user;
	struct kd_error *err = kd_source_read(src, buf, n, ret_n);

	if (!err && n && !*ret_n && kd_source_diag(src))
		return kd_error_new(KD_BADDATA, "it ends too early: %s", kd_source_diag(src));
	return err;
}

static struct kd_error *from_unpacker(void *user, void *buf, size_t n, size_t *ret_n)
{
	return kd_unpacker_read(user, buf, n, ret_n);
}

struct kd_stream kd_stream_of_source(struct kd_source *src)
{
	return (struct kd_stream){from_source, src};
}

struct kd_stream kd_stream_of_unpacker(struct kd_unpacker *u)
{
	return (struct kd_stream){from_unpacker, u};
}

struct kd_error *kd_stream_fill(const struct kd_stream *s, void *buf, size_t n, size_t *ret_n)
{
	size_t done = 0, got = 1;

	while (done < n && got) {
		struct kd_error *err = s->read(s->user, (char *)buf + done, n - done, &got);

		if (err)
			return err;
		done += got;
	}
	*ret_n = done;
	return NULL;
}
