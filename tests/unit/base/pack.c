// SPDX-License-Identifier: GPL-2.0-or-later
#include "pack.h"

#include "check.h"

__attribute__((unused)) static void *room(struct kd_buf *out, size_t n)
{
	char *p = kd_buf_reserve(out, n);

	assert_non_null(p);
	return p;
}

#ifndef KD_NO_GZIP
#include <zlib.h>

static void pack_gzip(struct kd_buf *out, struct kd_view data)
{
	z_stream z = {0};
	size_t max = data.n + 1024;
	char empty = 0;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(data.n ? data.p : &empty);
	z.avail_in = (uInt)data.n;
	z.next_out = room(out, max);
	z.avail_out = (uInt)max;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += z.total_out;
	deflateEnd(&z);
}
#endif

#ifndef KD_NO_XZ
#include <lzma.h>

static void pack_xz(struct kd_buf *out, struct kd_view data)
{
	size_t max = lzma_stream_buffer_bound(data.n), pos = 0;
	uint8_t *p = room(out, max);

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, (const uint8_t *)data.p,
						 data.n, p, &pos, max),
			 LZMA_OK);
	out->n += pos;
}

static void pack_lzma(struct kd_buf *out, struct kd_view data)
{
	lzma_stream l = LZMA_STREAM_INIT;
	lzma_options_lzma o;
	size_t max = data.n + 1024;

	assert_false(lzma_lzma_preset(&o, 6));
	assert_int_equal(lzma_alone_encoder(&l, &o), LZMA_OK);
	l.next_in = (const uint8_t *)data.p;
	l.avail_in = data.n;
	l.next_out = room(out, max);
	l.avail_out = max;
	assert_int_equal(lzma_code(&l, LZMA_FINISH), LZMA_STREAM_END);
	out->n += l.total_out;
	lzma_end(&l);
}
#endif

#ifndef KD_NO_ZSTD
#include <zstd.h>

static void pack_zstd(struct kd_buf *out, struct kd_view data)
{
	size_t max = ZSTD_compressBound(data.n);
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(c, room(out, max), max, data.p, data.n);
	assert_false(ZSTD_isError(n));
	out->n += n;
	ZSTD_freeCCtx(c);
}
#endif

#ifndef KD_NO_BZIP2
#include <bzlib.h>

static void pack_bzip2(struct kd_buf *out, struct kd_view data)
{
	unsigned n = (unsigned)data.n + 1024;
	char empty = 0;

	assert_int_equal(BZ2_bzBuffToBuffCompress(room(out, n), &n,
						  (char *)(data.n ? data.p : &empty),
						  (unsigned)data.n, 1, 0, 0),
			 BZ_OK);
	out->n += n;
}
#endif

#ifndef KD_NO_LZ4
#include <lz4frame.h>

static void pack_lz4(struct kd_buf *out, struct kd_view data)
{
	LZ4F_preferences_t prefs = {
		.frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled,
			      .blockSizeID = LZ4F_max64KB}};
	size_t max = LZ4F_compressFrameBound(data.n, &prefs);
	size_t n = LZ4F_compressFrame(room(out, max), max, data.p, data.n, &prefs);

	assert_false(LZ4F_isError(n));
	out->n += n;
}
#endif

const struct packer packers[] = {
#ifndef KD_NO_GZIP
	{"gzip", pack_gzip},
#endif
#ifndef KD_NO_XZ
	{"xz", pack_xz},       {"lzma", pack_lzma},
#endif
#ifndef KD_NO_ZSTD
	{"zstd", pack_zstd},
#endif
#ifndef KD_NO_BZIP2
	{"bzip2", pack_bzip2},
#endif
#ifndef KD_NO_LZ4
	{"lz4", pack_lz4},
#endif
	{NULL, NULL},
};
