// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an mbox: messages in order, nothing twice, and nothing new when it is read on from its end. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "history/mailsrc_internal.h"

struct seen {
	uint64_t end; /* of the last message */
	size_t n, bytes;
};

static struct kd_error *on_mail(void *user, const struct kd_mailsrc_mail *m)
{
	struct seen *s = user;
	struct kd_view id = m->id;
	uint64_t off = 0, n = 0;

	check(kd_view_skip(&id, KD_V("mbox:")) && kd_view_take_dec(&id, &off) && kd_view_skip(&id, KD_V("+")) &&
	      kd_view_dec(id, &n));
	check(off >= s->end && n && m->bytes.n <= n);
	s->end = off + n;
	s->n++;
	s->bytes += m->bytes.n;
	return NULL;
}

static struct seen read_all(struct kd_mailsrc *src, struct kd_view since, struct kd_buf *position, bool *cut)
{
	struct seen s = {0};
	struct kd_mailsrc_read r = {.fn = on_mail, .user = &s, .since = since, .position = position};
	struct kd_error *err = kd_mailsrc_read_mbox(src, &r);

	check(!err || err->cls == KD_LIMIT || err->cls == KD_BADDATA || err->cls == KD_UNSUPPORTED);
	*cut = err || r.note;
	check(!r.restarted);
	kd_error_free(err);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_buf first = KD_BUF_INIT(4096), second = KD_BUF_INIT(4096);
	int fd = memfd_create("mbox", MFD_CLOEXEC);
	struct kd_mailsrc src = {0};
	struct kd_ctx ctx;
	char path[64];
	bool cut;

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	kd_ctx_init(&ctx);
	src.ctx = &ctx;
	src.path = path;
	read_all(&src, KD_VNULL, &first, &cut);
	if (!cut && first.n)
		check(!read_all(&src, kd_buf_view(&first), &second, &cut).n);
	kd_buf_deinit(&first);
	kd_buf_deinit(&second);
	kd_ctx_deinit(&ctx);
	close(fd);
	return 0;
}
