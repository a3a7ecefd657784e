// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/unpack.h"

#include <string.h>

#include "base/alloc.h"

enum { IN_BYTES = 256 << 10, STUCK_STEPS = 8 };

/* Keep what was not used, add what the file has. */
static struct kd_error *refill(struct kd_unpacker *u)
{
	if (u->in_pos) {
		memmove(u->in, u->in + u->in_pos, u->in_n - u->in_pos);
		u->in_n -= u->in_pos;
		u->in_pos = 0;
	}
	if (u->left && u->in_n < IN_BYTES) {
		const size_t room = IN_BYTES - u->in_n, n = room < u->left ? room : (size_t)u->left;
		struct kd_error *err = kd_bytes_read(u->file, u->at, n, u->in + u->in_n);

		if (err)
			return err;
		u->in_n += n;
		u->at += n;
		u->left -= n;
	}
	return NULL;
}

static struct kd_error *next_member(struct kd_unpacker *u)
{
	struct kd_view head =
		kd_view((const char *)u->in + u->in_pos, u->in_n - u->in_pos);

	u->ops = kd_codec_find(kd_view_head(head, KD_CODEC_PROBE_BYTES));
	if (!u->ops)
		return NULL;
	if (!u->ops->open)
		return kd_error_new(KD_UNSUPPORTED, "it is packed with %s, and this build has no %s",
				    u->ops->name, u->ops->library);
	return u->ops->open(u->ctx->limits.decoder_memory, &u->state);
}

struct kd_error *kd_unpacker_open(struct kd_ctx *ctx, const struct kd_bytes *file, uint64_t offset, uint64_t n,
				  struct kd_unpacker *ret)
{
	const uint64_t size = kd_bytes_size(file), most = offset < size ? size - offset : 0;
	struct kd_error *err;

	/* shorter than it says: whoever reads finds out */
	*ret = (struct kd_unpacker){.ctx = ctx,
				    .file = file,
				    .at = offset,
				    .left = n < most ? n : most,
				    .in = kd_xmalloc(IN_BYTES)};
	err = refill(ret);
	return err ? err : next_member(ret);
}

static struct kd_error *read_plain(struct kd_unpacker *u, void *buf, size_t n, size_t *ret_n)
{
	struct kd_error *err = u->in_pos == u->in_n ? refill(u) : NULL;
	size_t have = u->in_n - u->in_pos;

	if (err)
		return err;
	*ret_n = n < have ? n : have;
	memcpy(buf, u->in + u->in_pos, *ret_n);
	u->in_pos += *ret_n;
	return NULL;
}

/* A member is complete: another one may follow, padding too. */
static struct kd_error *member_end(struct kd_unpacker *u)
{
	struct kd_error *err = refill(u);

	u->ops->close(u->state);
	u->state = NULL;
	if (!err)
		err = next_member(u);
	if (!u->ops)
		u->end = true;
	return err;
}

static struct kd_error *step(struct kd_unpacker *u, struct kd_codec_io *io)
{
	struct kd_error *err = NULL;

	if (u->in_n - u->in_pos < IN_BYTES / 2)
		err = refill(u);
	if (err)
		return err;
	io->in = u->in + u->in_pos;
	io->in_n = u->in_n - u->in_pos;
	switch (u->ops->step(u->state, io, !u->left)) {
	case KD_CODEC_MORE:
		u->in_pos = u->in_n - io->in_n;
		return NULL;
	case KD_CODEC_END:
		u->in_pos = u->in_n - io->in_n;
		return member_end(u);
	case KD_CODEC_CUT:
		return kd_error_at(KD_BADDATA, (int64_t)u->at, "the %s data ends too early",
				   u->ops->name);
	case KD_CODEC_DAMAGED:
		return kd_error_at(KD_BADDATA, (int64_t)u->at, "the %s data is damaged: %s",
				   u->ops->name, io->why ? io->why : "?");
	case KD_CODEC_MEMORY:
		return kd_error_new(KD_LIMIT, "unpacking %s needs more than %zu bytes of memory",
				    u->ops->name, u->ctx->limits.decoder_memory);
	}
	return kd_error_new(KD_INTERNAL, "a decoder's answer is unknown");
}

struct kd_error *kd_unpacker_read(struct kd_unpacker *u, void *buf, size_t n, size_t *ret_n)
{
	struct kd_codec_io io = {.out = buf, .out_n = n};
	unsigned stuck = 0;

	*ret_n = 0;
	if (u->end || !n)
		return NULL;
	if (!u->ops)
		return read_plain(u, buf, n, ret_n);
	while (io.out_n == n && !u->end) {
		size_t before = u->in_pos;
		uint64_t at = u->at;
		struct kd_error *err = kd_ctx_check(u->ctx);

		if (!err)
			err = step(u, &io);
		if (err)
			return err;
		stuck = before == u->in_pos && at == u->at ? stuck + 1 : 0;
		if (stuck > STUCK_STEPS)
			return kd_error_new(KD_BADDATA, "the %s data makes no progress",
					    u->ops ? u->ops->name : "packed");
	}
	*ret_n = n - io.out_n;
	return NULL;
}

void kd_unpacker_close(struct kd_unpacker *u)
{
	if (u->ops && u->state)
		u->ops->close(u->state);
	kd_free(u->in);
	*u = (struct kd_unpacker){.end = true};
}
