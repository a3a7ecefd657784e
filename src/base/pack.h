/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack.h: one block of bytes packed at once, as cores hold their pages. Streams that come in are
 * unpacked by base/source.h.
 *
 *	unsigned char out[4096];
 *	size_t n;
 *	if (kd_pack_zstd(page, out, sizeof(out), &n)) … n bytes, fewer than the room
 *
 * false: it does not fit into the room (pages that do not shrink are kept as they are), or the
 * library is not in this build, see kd_pack_has_….
 */
#ifndef KD_BASE_PACK_H
#define KD_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/view.h"

/* A zlib stream (RFC 1950), as the kdump format wants it. */
bool kd_pack_zlib(struct kd_view in, unsigned char *out, size_t room, size_t *ret);
bool kd_pack_has_zlib(void);

/* One zstd frame (RFC 8878); of level 1, as fast as it gets, or of that level (1 … 19). */
bool kd_pack_zstd(struct kd_view in, unsigned char *out, size_t room, size_t *ret);
bool kd_pack_zstd_level(struct kd_view in, int level, unsigned char *out, size_t room, size_t *ret);
bool kd_pack_has_zstd(void);

/*
 * The snappy format without framing (google/snappy, format_description.txt): the length, then
 * literals and copies. Own code: short matches of up to 64 bytes within the block.
 */
bool kd_pack_snappy(struct kd_view in, unsigned char *out, size_t room, size_t *ret);

/*
 * The other way: a block whose unpacked size is known. false: it is damaged, its size is another
 * one, or the library is not in this build.
 */
bool kd_unpack_zlib(struct kd_view in, unsigned char *out, size_t n);
bool kd_unpack_zstd(struct kd_view in, unsigned char *out, size_t n);
bool kd_unpack_snappy(struct kd_view in, unsigned char *out, size_t n);

/*
 * The same of a zlib stream by libdeflate, which is loaded by kd_deflate_open(): KD_UNSUPPORTED when it cannot be had (then there
 * is kd_unpack_zlib()). One thread each.
 */
struct kd_deflate;
KD_MUST_CHECK struct kd_error *kd_deflate_open(struct kd_deflate **ret);
bool kd_unpack_deflate(const struct kd_deflate *l, struct kd_view in, unsigned char *out, size_t n);
void kd_deflate_close(struct kd_deflate *l); /* NULL is fine */

/*
 * LZO1X, by liblzo2, which is loaded by kd_lzo_open(): KD_UNSUPPORTED when it cannot be had. false: as
 * above.
 */
struct kd_lzo;
KD_MUST_CHECK struct kd_error *kd_lzo_open(struct kd_lzo **ret);
bool kd_unpack_lzo(const struct kd_lzo *lzo, struct kd_view in, unsigned char *out, size_t n);
void kd_lzo_close(struct kd_lzo *lzo); /* NULL is fine */

/*
 * Many zstd blocks with one set of tables. Each may have bytes "before" it, which are not stored again: they
 * have to be the same when it is unpacked (a raw content dictionary, RFC 8878, 5). Belongs to one thread; NULL:
 * the library is not in this build. Level: 1 … 19.
 *
 *	struct kd_zstd *z = kd_zstd_new();
 *	if (kd_zstd_pack(z, block, KD_VNULL, 6, out, room, &n)) …
 *	if (!kd_zstd_unpack(z, packed, KD_VNULL, to, size)) … damaged, or of another size
 */
struct kd_zstd;
struct kd_zstd *kd_zstd_new(void);
void kd_zstd_free(struct kd_zstd *z);
bool kd_zstd_pack(struct kd_zstd *z, struct kd_view in, struct kd_view before, int level, unsigned char *out,
		  size_t room, size_t *ret);
bool kd_zstd_unpack(struct kd_zstd *z, struct kd_view in, struct kd_view before, unsigned char *out, size_t n);

/*
 * The tables of bytes before, made once for many blocks; it has a copy of the bytes. Threads may share it. What
 * kd_zstd_pack_on() packs, kd_zstd_unpack() unpacks with these bytes before it.
 */
struct kd_zstd_before;
struct kd_zstd_before *kd_zstd_before_new(struct kd_view bytes, int level);
void kd_zstd_before_free(struct kd_zstd_before *b);
bool kd_zstd_pack_on(struct kd_zstd *z, struct kd_view in, const struct kd_zstd_before *before,
		     unsigned char *out, size_t room, size_t *ret);

#endif
