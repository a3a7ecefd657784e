// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_frame.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

enum { HEAD = 5, CHUNK = 64 << 10 };

struct kd_sh_frame {
	struct kd_buf buf;
};

uint32_t kd_sh_frame_number(const char *p)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < 4; i++)
		n |= (uint32_t)(unsigned char)p[i] << 8 * i;
	return n;
}

void kd_sh_frame_put_number(char *p, uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (char)(n >> 8 * i);
}

static bool write_all(int fd, struct kd_view v)
{
	while (v.n) {
		ssize_t n = write(fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		v = kd_view_from(v, (size_t)n);
	}
	return true;
}

bool kd_sh_frame_write(int fd, char type, struct kd_view v)
{
	char head[HEAD] = {type};
	bool ok = true;

	do {
		const struct kd_view piece = kd_view_head(v, KD_SH_FRAME_MAX);

		kd_sh_frame_put_number(head + 1, (uint32_t)piece.n);
		ok = write_all(fd, kd_view(head, HEAD)) && write_all(fd, piece);
		v = kd_view_from(v, piece.n);
	} while (ok && v.n);
	return ok;
}

struct kd_sh_frame *kd_sh_frame_new(void)
{
	struct kd_sh_frame *f = kd_xcalloc(1, sizeof(*f));

	f->buf = KD_BUF_INIT(KD_SH_FRAME_MAX + HEAD + 2 * CHUNK);
	return f;
}

void kd_sh_frame_free(struct kd_sh_frame *f)
{
	if (!f)
		return;
	kd_buf_deinit(&f->buf);
	kd_free(f);
}

void kd_sh_frame_reset(struct kd_sh_frame *f)
{
	kd_buf_clear(&f->buf);
}

bool kd_sh_frame_read(struct kd_sh_frame *f, int fd, void (*take)(void *user, char type, struct kd_view v), void *user)
{
	char *room = kd_buf_reserve(&f->buf, CHUNK);
	struct kd_view rest;
	ssize_t n = room ? read(fd, room, CHUNK) : 0;

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	f->buf.n += (size_t)n;
	rest = kd_buf_view(&f->buf);
	while (rest.n >= HEAD) {
		const uint32_t len = kd_sh_frame_number(rest.p + 1);

		if (len > KD_SH_FRAME_MAX)
			return false;
		if (rest.n - HEAD < len)
			break;
		take(user, rest.p[0], kd_view_head(kd_view_from(rest, HEAD), len));
		rest = kd_view_from(rest, HEAD + len);
	}
	kd_buf_drop(&f->buf, f->buf.n - rest.n);
	return true;
}
