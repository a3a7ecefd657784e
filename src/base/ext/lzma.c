// SPDX-License-Identifier: GPL-2.0-or-later
/* xz streams and old .lzma files through liblzma. */
#include "base/codec.h"

#include <stdint.h>

static bool xz_probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\xfd"
					 "7zXZ\0"));
}

static uint64_t le(const char *p, unsigned n)
{
	uint64_t x = 0;

	while (n--)
		x = x << 8 | (unsigned char)p[n];
	return x;
}

/*
 * .lzma has no magic: properties lc/lp/pb (nearly always 0x5d), a dictionary
 * size that encoders make 2^n or 2^n + 2^(n-1), and the unpacked size, or -1
 * (doc/lzma-file-format.txt of XZ Utils, 1.1). The first byte of the range
 * coder is 0.
 */
static bool lzma_probe(struct kd_view head)
{
	uint64_t dict, size;

	if (head.n < 14 || head.p[0] != 0x5d || head.p[13] != 0)
		return false;
	dict = le(head.p + 1, 4);
	size = le(head.p + 5, 8);
	if (dict < 4096 || (size != UINT64_MAX && size >> 38))
		return false;
	while (!(dict & 1))
		dict >>= 1;
	return dict == 1 || dict == 3 || dict == UINT32_MAX;
}

#ifdef KD_NO_XZ

const struct kd_codec_ops kd_codec_xz = {.name = "xz", .library = "liblzma", .probe = xz_probe};
const struct kd_codec_ops kd_codec_lzma = {
	.name = "lzma", .library = "liblzma", .probe = lzma_probe};

#else

#include <lzma.h>

#include "base/alloc.h"

static struct kd_error *start(lzma_ret r, lzma_stream *l, void **ret)
{
	if (r != LZMA_OK) {
		lzma_end(l);
		kd_free(l);
		return kd_error_new(KD_NOMEM, "liblzma cannot start (%d)", (int)r);
	}
	*ret = l;
	return NULL;
}

static struct kd_error *xz_open(size_t memory, void **ret)
{
	lzma_stream *l = kd_xcalloc(1, sizeof(*l));

	return start(lzma_stream_decoder(l, memory, 0), l, ret);
}

static struct kd_error *lzma_open(size_t memory, void **ret)
{
	lzma_stream *l = kd_xcalloc(1, sizeof(*l));

	return start(lzma_alone_decoder(l, memory), l, ret);
}

static enum kd_codec_status lzma_status(lzma_ret r, struct kd_codec_io *io, bool last)
{
	switch (r) {
	case LZMA_STREAM_END:
		return KD_CODEC_END;
	case LZMA_BUF_ERROR: /* no progress was possible, twice */
		return last && io->out_n ? KD_CODEC_CUT : KD_CODEC_MORE;
	case LZMA_MEM_ERROR:
	case LZMA_MEMLIMIT_ERROR:
		return KD_CODEC_MEMORY;
	case LZMA_FORMAT_ERROR:
		io->why = "not xz or lzma data";
		return KD_CODEC_DAMAGED;
	case LZMA_OPTIONS_ERROR:
		io->why = "it uses a filter that liblzma does not know";
		return KD_CODEC_DAMAGED;
	case LZMA_DATA_ERROR:
		io->why = "incorrect data or checksum";
		return KD_CODEC_DAMAGED;
	case LZMA_PROG_ERROR:
		io->why = "liblzma was used wrongly";
		return KD_CODEC_DAMAGED;
	default:
		return KD_CODEC_MORE;
	}
}

static enum kd_codec_status lzma_step(void *state, struct kd_codec_io *io, bool last)
{
	lzma_stream *l = state;
	lzma_ret r;

	l->next_in = io->in;
	l->avail_in = io->in_n;
	l->next_out = io->out;
	l->avail_out = io->out_n;
	r = lzma_code(l, last ? LZMA_FINISH : LZMA_RUN);
	io->in = l->next_in;
	io->in_n = l->avail_in;
	io->out = l->next_out;
	io->out_n = l->avail_out;
	return lzma_status(r, io, last);
}

static void lzma_close(void *state)
{
	if (state)
		lzma_end(state);
	kd_free(state);
}

const struct kd_codec_ops kd_codec_xz = {
	.name = "xz",
	.library = "liblzma",
	.probe = xz_probe,
	.open = xz_open,
	.step = lzma_step,
	.close = lzma_close,
};

const struct kd_codec_ops kd_codec_lzma = {
	.name = "lzma",
	.library = "liblzma",
	.probe = lzma_probe,
	.open = lzma_open,
	.step = lzma_step,
	.close = lzma_close,
};

#endif
