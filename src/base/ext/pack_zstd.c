// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/pack.h"

#ifdef KD_NO_ZSTD
bool kd_pack_has_zstd(void)
{
	return false;
}

bool kd_pack_zstd_level(struct kd_view in, int level, unsigned char *out, size_t room, size_t *ret)
{
	(void)in, (void)level, (void)out, (void)room, (void)ret;
	return false;
}

bool kd_unpack_zstd(struct kd_view in, unsigned char *out, size_t n)
{
	(void)in, (void)out, (void)n;
	return false;
}

struct kd_zstd *kd_zstd_new(void)
{
	return NULL;
}

void kd_zstd_free(struct kd_zstd *z)
{
	(void)z;
}

bool kd_zstd_pack(struct kd_zstd *z, struct kd_view in, struct kd_view before, int level, unsigned char *out,
		  size_t room, size_t *ret)
{
	(void)z, (void)in, (void)before, (void)level, (void)out, (void)room, (void)ret;
	return false;
}

bool kd_zstd_unpack(struct kd_zstd *z, struct kd_view in, struct kd_view before, unsigned char *out, size_t n)
{
	(void)z, (void)in, (void)before, (void)out, (void)n;
	return false;
}

struct kd_zstd_before *kd_zstd_before_new(struct kd_view bytes, int level)
{
	(void)bytes, (void)level;
	return NULL;
}

void kd_zstd_before_free(struct kd_zstd_before *b)
{
	(void)b;
}

bool kd_zstd_pack_on(struct kd_zstd *z, struct kd_view in, const struct kd_zstd_before *before,
		     unsigned char *out, size_t room, size_t *ret)
{
	(void)z, (void)in, (void)before, (void)out, (void)room, (void)ret;
	return false;
}
#else
#include <zstd.h>

#include "base/alloc.h"

bool kd_pack_has_zstd(void)
{
	return true;
}

bool kd_pack_zstd_level(struct kd_view in, int level, unsigned char *out, size_t room, size_t *ret)
{
	size_t n = ZSTD_compress(out, room, in.p, in.n, level);

	if (ZSTD_isError(n))
		return false;
	*ret = n;
	return true;
}

bool kd_unpack_zstd(struct kd_view in, unsigned char *out, size_t n)
{
	return ZSTD_decompress(out, n, in.p, in.n) == n;
}

struct kd_zstd {
	ZSTD_CCtx *c; /* made when they are first needed */
	ZSTD_DCtx *d;
};

struct kd_zstd *kd_zstd_new(void)
{
	return kd_xcalloc(1, sizeof(struct kd_zstd));
}

void kd_zstd_free(struct kd_zstd *z)
{
	if (!z)
		return;
	ZSTD_freeCCtx(z->c);
	ZSTD_freeDCtx(z->d);
	kd_free(z);
}

static bool pack_now(struct kd_zstd *z, struct kd_view in, unsigned char *out, size_t room, size_t *ret)
{
	size_t n = ZSTD_compress2(z->c, out, room, in.p, in.n);

	if (ZSTD_isError(n))
		return false;
	*ret = n;
	return true;
}

static bool start_packing(struct kd_zstd *z)
{
	if (!z)
		return false;
	if (!z->c)
		z->c = ZSTD_createCCtx();
	return z->c && !ZSTD_isError(ZSTD_CCtx_reset(z->c, ZSTD_reset_session_and_parameters));
}

bool kd_zstd_pack(struct kd_zstd *z, struct kd_view in, struct kd_view before, int level, unsigned char *out,
		  size_t room, size_t *ret)
{
	return start_packing(z) && !ZSTD_isError(ZSTD_CCtx_setParameter(z->c, ZSTD_c_compressionLevel, level)) &&
	       (!before.n || !ZSTD_isError(ZSTD_CCtx_refPrefix(z->c, before.p, before.n))) &&
	       pack_now(z, in, out, room, ret);
}

bool kd_zstd_unpack(struct kd_zstd *z, struct kd_view in, struct kd_view before, unsigned char *out, size_t n)
{
	if (!z)
		return false;
	if (!z->d)
		z->d = ZSTD_createDCtx();
	if (!z->d || (before.n && ZSTD_isError(ZSTD_DCtx_refPrefix(z->d, before.p, before.n))))
		return false;
	return ZSTD_decompressDCtx(z->d, out, n, in.p, in.n) == n;
}

struct kd_zstd_before {
	ZSTD_CDict *dict;
};

struct kd_zstd_before *kd_zstd_before_new(struct kd_view bytes, int level)
{
	struct kd_zstd_before *b = kd_xcalloc(1, sizeof(*b));

	/* what begins as a dictionary with a header would be read as one: RFC 8878, 5 */
	if (!kd_view_starts(bytes, kd_view("\x37\xa4\x30\xec", 4)))
		b->dict = ZSTD_createCDict(bytes.p, bytes.n, level);
	return b;
}

void kd_zstd_before_free(struct kd_zstd_before *b)
{
	if (b)
		ZSTD_freeCDict(b->dict);
	kd_free(b);
}

bool kd_zstd_pack_on(struct kd_zstd *z, struct kd_view in, const struct kd_zstd_before *before,
		     unsigned char *out, size_t room, size_t *ret)
{
	return before && before->dict && start_packing(z) &&
	       !ZSTD_isError(ZSTD_CCtx_refCDict(z->c, before->dict)) && pack_now(z, in, out, room, ret);
}
#endif

bool kd_pack_zstd(struct kd_view in, unsigned char *out, size_t room, size_t *ret)
{
	return kd_pack_zstd_level(in, 1, out, room, ret);
}
