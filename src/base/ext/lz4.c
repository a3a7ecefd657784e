// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LZ4 frames, and the legacy frames of `lz4 -l` that kernel images are packed with (lz4_Frame_format.md 1.6.2,
 * "Legacy frame"), through liblz4.
 */
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

static bool legacy_probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\x02\x21\x4c\x18"));
}

#ifdef KD_NO_LZ4

const struct kd_codec_ops kd_codec_lz4_legacy = {.name = "lz4", .library = "liblz4", .probe = legacy_probe};

const struct kd_codec_ops kd_codec_lz4 = {.name = "lz4", .library = "liblz4", .probe = lz4_probe};

#else

#include <lz4.h>
#include <lz4frame.h>
#include <string.h>

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

/* --- legacy frames ------------------------------------------------------------------------ */

enum { LEGACY_BLOCK = 8 << 20, LEGACY_MAGIC = 4 };

struct legacy {
	bool begun; /* the magic was passed */
	bool in_block; /* its size was read */
	char *in, *out;
	size_t need, have; /* bytes of the packed block */
	size_t pos, n; /* of the unpacked one */
};

static struct kd_error *legacy_open(size_t memory, void **ret)
{
	struct legacy *l = kd_xcalloc(1, sizeof(*l));

	(void)memory; /* one block and its unpacked form: 17 MB */
	l->in = kd_xmalloc((size_t)LZ4_compressBound(LEGACY_BLOCK));
	l->out = kd_xmalloc(LEGACY_BLOCK);
	*ret = l;
	return NULL;
}

static void pass(struct kd_codec_io *io, size_t n)
{
	io->in += n;
	io->in_n -= n;
}

/*
 * A frame has no end mark: it ends where no block can follow. Behind that of a kernel stand four bytes, its
 * unpacked size (scripts/Makefile.lib, size_append): as the size of a block that is too large, or has no bytes.
 */
static enum kd_codec_status legacy_block(struct legacy *l, struct kd_codec_io *io, bool last)
{
	const size_t skip = l->begun ? 0 : LEGACY_MAGIC;
	uint32_t n;

	if (io->in_n < skip + 4)
		return !last ? KD_CODEC_MORE : l->begun && !io->in_n ? KD_CODEC_END : KD_CODEC_CUT;
	n = (uint32_t)io->in[skip] | (uint32_t)io->in[skip + 1] << 8 | (uint32_t)io->in[skip + 2] << 16 |
	    (uint32_t)io->in[skip + 3] << 24;
	pass(io, skip);
	l->begun = true;
	if (!n || n > (uint32_t)LZ4_compressBound(LEGACY_BLOCK) || (last && io->in_n == 4))
		return KD_CODEC_END;
	pass(io, 4);
	l->in_block = true;
	l->need = n;
	l->have = 0;
	return KD_CODEC_MORE;
}

static enum kd_codec_status legacy_fill(struct legacy *l, struct kd_codec_io *io, bool last)
{
	size_t n = l->need - l->have < io->in_n ? l->need - l->have : io->in_n;
	int made;

	memcpy(l->in + l->have, io->in, n);
	pass(io, n);
	l->have += n;
	if (l->have < l->need)
		return !last ? KD_CODEC_MORE : l->have ? KD_CODEC_CUT : KD_CODEC_END;
	made = LZ4_decompress_safe(l->in, l->out, (int)l->need, LEGACY_BLOCK);
	if (made < 0) {
		io->why = "a block cannot be unpacked";
		return KD_CODEC_DAMAGED;
	}
	l->in_block = false;
	l->pos = 0;
	l->n = (size_t)made;
	return KD_CODEC_MORE;
}

static enum kd_codec_status legacy_step(void *state, struct kd_codec_io *io, bool last)
{
	struct legacy *l = state;
	size_t n = l->n - l->pos < io->out_n ? l->n - l->pos : io->out_n;

	if (n) {
		memcpy(io->out, l->out + l->pos, n);
		io->out += n;
		io->out_n -= n;
		l->pos += n;
		return KD_CODEC_MORE;
	}
	if (!io->out_n)
		return KD_CODEC_MORE;
	return l->in_block ? legacy_fill(l, io, last) : legacy_block(l, io, last);
}

static void legacy_close(void *state)
{
	struct legacy *l = state;

	if (!l)
		return;
	kd_free(l->in);
	kd_free(l->out);
	kd_free(l);
}

const struct kd_codec_ops kd_codec_lz4_legacy = {
	.name = "lz4",
	.library = "liblz4",
	.probe = legacy_probe,
	.open = legacy_open,
	.step = legacy_step,
	.close = legacy_close,
};

#endif
