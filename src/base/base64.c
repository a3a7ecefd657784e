// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/base64.h"

#include <limits.h>

static const char digits[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool kd_base64_add(struct kd_buf *b, struct kd_view bytes)
{
	char *out = bytes.n < SIZE_MAX / 2 ? kd_buf_reserve(b, (bytes.n + 2) / 3 * 4) : NULL;

	if (!out)
		return false;
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t x = (uint32_t)(uint8_t)bytes.p[i] << 16;

		if (left > 1)
			x |= (uint32_t)(uint8_t)bytes.p[i + 1] << 8;
		if (left > 2)
			x |= (uint8_t)bytes.p[i + 2];
		*out++ = digits[x >> 18];
		*out++ = digits[x >> 12 & 63];
		*out++ = left > 1 ? digits[x >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[x & 63] : '=';
	}
	b->n += (bytes.n + 2) / 3 * 4;
	return kd_buf_add(b, KD_V(""));
}

static int value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four digits, of which the last `pad` are padding. */
static bool take_four(const char *p, size_t pad, char *out)
{
	uint32_t x = 0;

	for (size_t k = 0; k < 4; k++) {
		int v = k >= 4 - pad ? 0 : value(p[k]);

		if (v < 0)
			return false;
		x = x << 6 | (uint32_t)v;
	}
	if ((pad == 1 && (x & 0xff)) || (pad == 2 && (x & 0xffff)))
		return false;
	for (size_t k = 0; k < 3 - pad; k++)
		out[k] = (char)(uint8_t)(x >> (16 - 8 * k));
	return true;
}

bool kd_base64_take(struct kd_view text, struct kd_buf *ret)
{
	size_t n = text.n / 4 * 3, pad = 0;
	char *out;

	if (text.n % 4)
		return false;
	while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	out = kd_buf_reserve(ret, n);
	if (!out)
		return false;
	for (size_t i = 0; i < text.n; i += 4, out += 3)
		if (!take_four(text.p + i, i + 4 == text.n ? pad : 0, out))
			return false;
	ret->n += n - pad;
	return kd_buf_add(ret, KD_V(""));
}
