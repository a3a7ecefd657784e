// SPDX-License-Identifier: GPL-2.0-or-later
/* LZ4 frames (lz4_Frame_format.md 1.6.2) through liblz4. */
#include "base/codec.h"

static bool lz4_probe(struct kd_view head)
{
	if (head.n >= 4 && (head.p[0] & 0xf0) == 0x50 &&
	    kd_view_starts(kd_view_from(head, 1), KD_V("\x2a\x4d\x18")))
		return true; /* skippable frame */
	if (!kd_view_starts(head, KD_V("\x04\x22\x4d\x18")))
		return false;
	return head.n < 5 || (head.p[4] & 0xc0) == 0x40; /* version 01 */
}

#ifdef KD_NO_LZ4

const struct kd_codec_ops kd_codec_lz4 = {.name = "lz4", .library = "liblz4", .probe = lz4_probe};

#else

#include <lz4frame.h>

#include "base/alloc.h"

/*
 * LZ4F_decompress() does not say what it has written when it returns an error.
 * So it gets the input in pieces that end where a block ends: then each block
 * is out before the next one, perhaps damaged, is looked at.
 */
struct lz4 {
	LZ4F_dctx *d;
	size_t hint; /* to the end of the block, its checksum if any, and the next header */
};

enum { BEHIND_BLOCK = 8 };

static struct kd_error *lz4_open(size_t memory, void **ret)
{
	struct lz4 *l = kd_xcalloc(1, sizeof(*l));

	(void)memory; /* blocks have at most 4 MiB, two of them are held */
	if (LZ4F_isError(LZ4F_createDecompressionContext(&l->d, LZ4F_VERSION))) {
		kd_free(l);
		return kd_error_new(KD_NOMEM, "liblz4 cannot start");
	}
	*ret = l;
	return NULL;
}

static enum kd_codec_status lz4_step(void *state, struct kd_codec_io *io, bool last)
{
	struct lz4 *l = state;
	size_t piece = l->hint > BEHIND_BLOCK ? l->hint - BEHIND_BLOCK : 1;
	size_t in = piece < io->in_n ? piece : io->in_n, out = io->out_n;
	size_t r = LZ4F_decompress(l->d, io->out, &out, io->in, &in, NULL);

	if (LZ4F_isError(r)) { /* in and out say nothing then */
		io->why = LZ4F_getErrorName(r);
		return KD_CODEC_DAMAGED;
	}
	io->in += in;
	io->in_n -= in;
	io->out += out;
	io->out_n -= out;
	if (r == 0)
		return KD_CODEC_END;
	l->hint = r;
	return last && !io->in_n && !in && !out && io->out_n ? KD_CODEC_CUT : KD_CODEC_MORE;
}

static void lz4_close(void *state)
{
	struct lz4 *l = state;

	if (l)
		LZ4F_freeDecompressionContext(l->d);
	kd_free(l);
}

const struct kd_codec_ops kd_codec_lz4 = {
	.name = "lz4",
	.library = "liblz4",
	.probe = lz4_probe,
	.open = lz4_open,
	.step = lz4_step,
	.close = lz4_close,
};

#endif
