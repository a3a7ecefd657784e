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
#else
#include <zstd.h>

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
#endif

bool kd_pack_zstd(struct kd_view in, unsigned char *out, size_t room, size_t *ret)
{
	return kd_pack_zstd_level(in, 1, out, room, ret);
}
