// SPDX-License-Identifier: GPL-2.0-or-later
/* gzip members (RFC 1952) through zlib. */
#include "base/codec.h"

static bool gzip_probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\x1f\x8b\x08")); /* RFC 1952, 2.3.1; CM 8 is deflate */
}

#ifdef KD_NO_GZIP

const struct kd_codec_ops kd_codec_gzip = {.name = "gzip", .library = "zlib", .probe = gzip_probe};

#else

#define ZLIB_CONST
#include <limits.h>
#include <zlib.h>

#include "base/alloc.h"

static struct kd_error *gzip_open(size_t memory, void **ret)
{
	z_stream *z = kd_xcalloc(1, sizeof(*z));

	(void)memory; /* a window of 32 KiB and 10 KiB more: always fits */
	if (inflateInit2(z, 15 + 16) != Z_OK) { /* 16: gzip wrapper only */
		kd_free(z);
		return kd_error_new(KD_NOMEM, "zlib cannot start");
	}
	*ret = z;
	return NULL;
}

static uInt clamp(size_t n)
{
	return n > UINT_MAX ? UINT_MAX : (uInt)n;
}

static enum kd_codec_status gzip_step(void *state, struct kd_codec_io *io, bool last)
{
	z_stream *z = state;
	uInt in = clamp(io->in_n), out = clamp(io->out_n);
	int r;

	z->next_in = io->in;
	z->avail_in = in;
	z->next_out = io->out;
	z->avail_out = out;
	r = inflate(z, Z_NO_FLUSH);
	io->in += in - z->avail_in;
	io->in_n -= in - z->avail_in;
	io->out += out - z->avail_out;
	io->out_n -= out - z->avail_out;
	switch (r) {
	case Z_OK:
		return KD_CODEC_MORE;
	case Z_STREAM_END:
		return KD_CODEC_END;
	case Z_BUF_ERROR: /* no progress was possible */
		return last && io->out_n ? KD_CODEC_CUT : KD_CODEC_MORE;
	case Z_MEM_ERROR:
		return KD_CODEC_MEMORY;
	default:
		io->why = z->msg ? z->msg : "not deflate data"; /* z->msg is static text */
		return KD_CODEC_DAMAGED;
	}
}

static void gzip_close(void *state)
{
	if (state)
		inflateEnd(state);
	kd_free(state);
}

const struct kd_codec_ops kd_codec_gzip = {
	.name = "gzip",
	.library = "zlib",
	.probe = gzip_probe,
	.open = gzip_open,
	.step = gzip_step,
	.close = gzip_close,
};

#endif
