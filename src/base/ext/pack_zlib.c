// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/pack.h"

#ifdef KD_NO_GZIP
bool kd_pack_has_zlib(void)
{
	return false;
}

bool kd_pack_zlib(struct kd_view in, unsigned char *out, size_t room, size_t *ret)
{
	(void)in, (void)out, (void)room, (void)ret;
	return false;
}

bool kd_unpack_zlib(struct kd_view in, unsigned char *out, size_t n)
{
	(void)in, (void)out, (void)n;
	return false;
}
#else
#include <zlib.h>

bool kd_pack_has_zlib(void)
{
	return true;
}

bool kd_pack_zlib(struct kd_view in, unsigned char *out, size_t room, size_t *ret)
{
	uLongf n = room;

	if (compress2(out, &n, (const Bytef *)in.p, in.n, Z_BEST_SPEED) != Z_OK)
		return false;
	*ret = n;
	return true;
}

bool kd_unpack_zlib(struct kd_view in, unsigned char *out, size_t n)
{
	uLongf got = n;

	return uncompress(out, &got, (const Bytef *)in.p, in.n) == Z_OK && got == n;
}
#endif
