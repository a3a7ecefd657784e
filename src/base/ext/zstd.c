// SPDX-License-Identifier: GPL-2.0-or-later
/* Zstandard frames (RFC 8878) through libzstd. */
#include "base/codec.h"

static bool zstd_probe(struct kd_view head)
{
	if (head.n >= 4 && (head.p[0] & 0xf0) == 0x50 &&
	    kd_view_starts(kd_view_from(head, 1), KD_V("\x2a\x4d\x18")))
		return true; /* skippable frame, RFC 8878, 3.1.2; pzstd begins with one */
	return kd_view_starts(head, KD_V("\x28\xb5\x2f\xfd"));
}

#ifdef KD_NO_ZSTD

const struct kd_codec_ops kd_codec_zstd = {
	.name = "zstd", .library = "libzstd", .probe = zstd_probe};

#else

#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"

/*
 * ZSTD_decompressStream() does not say what it has written when it returns an
 * error, and unpacks a whole frame at once when it can. So it gets the input in
 * pieces that end where a block ends: then each block is out before the next
 * one, perhaps damaged, is looked at.
 */
struct zstd {
	ZSTD_DStream *d;
	size_t hint; /* to the end of the block, and the 3 bytes of the next header */
};

enum { BLOCK_HEADER = 3 }; /* RFC 8878, 3.1.1.2 */

/* The largest window that fits into memory: 128 MiB gives 27, the decoder's own default. */
static int window_log(size_t memory)
{
	int log = 10; /* ZSTD_WINDOWLOG_ABSOLUTEMIN */

	while (log < 31 && ((size_t)2 << log) <= memory)
		log++;
	return log;
}

static struct kd_error *zstd_open(size_t memory, void **ret)
{
	ZSTD_DStream *d = ZSTD_createDStream();
	struct zstd *z;

	if (!d ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, window_log(memory)))) {
		ZSTD_freeDStream(d);
		return kd_error_new(KD_NOMEM, "libzstd cannot start");
	}
	z = kd_xcalloc(1, sizeof(*z));
	z->d = d;
	*ret = z;
	return NULL;
}

static enum kd_codec_status zstd_failed(size_t r, struct kd_codec_io *io)
{
	switch (ZSTD_getErrorCode(r)) {
	case ZSTD_error_frameParameter_windowTooLarge:
	case ZSTD_error_memory_allocation:
		return KD_CODEC_MEMORY;
	default:
		io->why = ZSTD_getErrorName(r); /* static text */
		return KD_CODEC_DAMAGED;
	}
}

static enum kd_codec_status zstd_step(void *state, struct kd_codec_io *io, bool last)
{
	struct zstd *z = state;
	size_t piece = z->hint > BLOCK_HEADER ? z->hint - BLOCK_HEADER : 1;
	ZSTD_inBuffer in = {io->in, piece < io->in_n ? piece : io->in_n, 0};
	ZSTD_outBuffer out = {io->out, io->out_n, 0};
	size_t r = ZSTD_decompressStream(z->d, &out, &in);

	io->in += in.pos;
	io->in_n -= in.pos;
	io->out += out.pos;
	io->out_n -= out.pos;
	if (ZSTD_isError(r))
		return zstd_failed(r, io);
	if (r == 0)
		return KD_CODEC_END;
	z->hint = r;
	return last && !io->in_n && !in.pos && !out.pos && io->out_n ? KD_CODEC_CUT : KD_CODEC_MORE;
}

static void zstd_close(void *state)
{
	struct zstd *z = state;

	if (z)
		ZSTD_freeDStream(z->d);
	kd_free(z);
}

const struct kd_codec_ops kd_codec_zstd = {
	.name = "zstd",
	.library = "libzstd",
	.probe = zstd_probe,
	.open = zstd_open,
	.step = zstd_step,
	.close = zstd_close,
};

#endif
