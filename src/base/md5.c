// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/md5.h"

#include <string.h>

/* RFC 1321, 3.4: floor(2^32 * |sin(i + 1)|), and the rotations of the four rounds. */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
static const uint8_t turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void add_block(uint32_t h[4], const uint8_t *p)
{
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], word[16];

	for (unsigned i = 0; i < 16; i++, p += 4)
		word[i] = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	for (unsigned i = 0; i < 64; i++) {
		const unsigned round = i / 16;
		uint32_t f, old = d;
		unsigned k;

		if (round == 0) {
			f = (b & c) | (~b & d);
			k = i;
		} else if (round == 1) {
			f = (d & b) | (~d & c);
			k = 5 * i + 1;
		} else if (round == 2) {
			f = b ^ c ^ d;
			k = 3 * i + 5;
		} else {
			f = c ^ (b | ~d);
			k = 7 * i;
		}
		d = c;
		c = b;
		b += rotl(a + f + sines[i] + word[k % 16], turns[round][i % 4]);
		a = old;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

void kd_md5_of(struct kd_view v, uint8_t ret[KD_MD5_LEN])
{
	uint32_t h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	const uint64_t bits = (uint64_t)v.n * 8;
	const size_t whole = v.n / 64 * 64, rest = v.n - whole;
	uint8_t tail[128] = {0};
	const size_t ntail = rest < 56 ? 64 : 128;

	for (size_t i = 0; i < whole; i += 64)
		add_block(h, (const uint8_t *)v.p + i);
	if (rest)
		memcpy(tail, v.p + whole, rest);
	tail[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		tail[ntail - 8 + i] = (uint8_t)(bits >> 8 * i);
	for (size_t i = 0; i < ntail; i += 64)
		add_block(h, tail + i);
	for (unsigned i = 0; i < 16; i++)
		ret[i] = (uint8_t)(h[i / 4] >> 8 * (i % 4));
}
