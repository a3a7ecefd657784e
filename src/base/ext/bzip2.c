// SPDX-License-Identifier: GPL-2.0-or-later
/* bzip2 streams through libbz2. */
#include "base/codec.h"

static bool bzip2_probe(struct kd_view head)
{
	if (!kd_view_starts(head, KD_V("BZh")) || head.n < 10 || head.p[3] < '1' || head.p[3] > '9')
		return false;
	head = kd_view_from(head,
			    4); /* a block begins with BCD pi, an empty stream ends with sqrt(pi) */
	return kd_view_starts(head, KD_V("\x31\x41\x59\x26\x53\x59")) ||
	       kd_view_starts(head, KD_V("\x17\x72\x45\x38\x50\x90"));
}

#ifdef KD_NO_BZIP2

const struct kd_codec_ops kd_codec_bzip2 = {
	.name = "bzip2", .library = "libbz2", .probe = bzip2_probe};

#else

#include <bzlib.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"

enum { IN_MAX = 64 << 10 };

/* libbz2 wants a non-const input pointer: it gets a copy. */
struct bzip2 {
	bz_stream s;
	char in[IN_MAX];
};

static struct kd_error *bzip2_open(size_t memory, void **ret)
{
	struct bzip2 *b = kd_xcalloc(1, sizeof(*b));

	/* "small" halves the 3.7 MiB that blocks of 900 kB need. */
	if (BZ2_bzDecompressInit(&b->s, 0, memory < ((size_t)4 << 20)) != BZ_OK) {
		kd_free(b);
		return kd_error_new(KD_NOMEM, "libbz2 cannot start");
	}
	*ret = b;
	return NULL;
}

static enum kd_codec_status bzip2_status(int r, struct kd_codec_io *io, bool stuck)
{
	switch (r) {
	case BZ_STREAM_END:
		return KD_CODEC_END;
	case BZ_OK:
		return stuck ? KD_CODEC_CUT : KD_CODEC_MORE;
	case BZ_MEM_ERROR:
		return KD_CODEC_MEMORY;
	case BZ_DATA_ERROR_MAGIC:
		io->why = "not bzip2 data";
		return KD_CODEC_DAMAGED;
	default:
		io->why = "incorrect data or checksum";
		return KD_CODEC_DAMAGED;
	}
}

static enum kd_codec_status bzip2_step(void *state, struct kd_codec_io *io, bool last)
{
	struct bzip2 *b = state;
	unsigned in = io->in_n > IN_MAX ? IN_MAX : (unsigned)io->in_n;
	unsigned out = io->out_n > UINT_MAX ? UINT_MAX : (unsigned)io->out_n;
	unsigned used, made;
	char *room = (char *)io->out;
	int r;

	if (in)
		memcpy(b->in, io->in, in);
	b->s.next_in = b->in;
	b->s.avail_in = in;
	b->s.next_out = room;
	b->s.avail_out = out;
	r = BZ2_bzDecompress(&b->s);
	used = in - b->s.avail_in;
	made = out - b->s.avail_out;
	io->in += used;
	io->in_n -= used;
	io->out += made;
	io->out_n -= made;
	return bzip2_status(r, io, last && !used && !made && io->out_n);
}

static void bzip2_close(void *state)
{
	struct bzip2 *b = state;

	if (b)
		BZ2_bzDecompressEnd(&b->s);
	kd_free(b);
}

const struct kd_codec_ops kd_codec_bzip2 = {
	.name = "bzip2",
	.library = "libbz2",
	.probe = bzip2_probe,
	.open = bzip2_open,
	.step = bzip2_step,
	.close = bzip2_close,
};

#endif
