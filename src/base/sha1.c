// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sha1.h"

#include <stdbool.h>
#include <string.h>

/* gcc before 11 and clang cannot ask the processor for this without a trap of its own. */
#if defined(__x86_64__) && !defined(__clang__) && __GNUC__ >= 11
#define HAVE_SHA_NI 1
#include <immintrin.h>
#endif

/* n blocks of 64 bytes go into h. */
typedef void compress_fn(uint32_t h[5], const uint8_t *p, size_t n);

static uint32_t rotl(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 4.1.1 and 4.2.1: the function of a round and its constant */
static uint32_t mixed(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) ^ (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

/* 6.1.2 */
static void compress_plain(uint32_t h[5], const uint8_t *p, size_t n)
{
	uint32_t w[80];

	for (; n; n--, p += 64) {
		uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

		for (unsigned t = 0; t < 16; t++)
			w[t] = be32(p + 4 * t);
		for (unsigned t = 16; t < 80; t++)
			w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
		for (unsigned t = 0; t < 80; t++) {
			const uint32_t next = rotl(a, 5) + mixed(t, b, c, d) + e + w[t];

			e = d;
			d = c;
			c = rotl(b, 30);
			b = a;
			a = next;
		}
		h[0] += a;
		h[1] += b;
		h[2] += c;
		h[3] += d;
		h[4] += e;
	}
}

#ifdef HAVE_SHA_NI
/*
 * The same with the processor's own instructions (Intel SDM 2, SHA1RNDS4): four rounds each, on the
 * words a b c d, a highest; e comes into the first message word of the four.
 */
#define FOUR_ROUNDS(i, kind)                                                                       \
	do {                                                                                       \
		if ((i) >= 4)                                                                      \
			w[(i)&3] = _mm_sha1msg2_epu32(                                             \
				_mm_xor_si128(_mm_sha1msg1_epu32(w[(i)&3], w[((i) + 1) & 3]),      \
					      w[((i) + 2) & 3]),                                   \
				w[((i) + 3) & 3]);                                                 \
		e = (i) ? _mm_sha1nexte_epu32(before, w[(i)&3]) : _mm_add_epi32(e0, w[0]);         \
		before = abcd;                                                                     \
		abcd = _mm_sha1rnds4_epu32(abcd, e, (kind));                                       \
	} while (0)

__attribute__((target("sha,sse4.1"))) static void compress_ni(uint32_t h[5], const uint8_t *p, size_t n)
{
	const __m128i swap = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
	__m128i abcd = _mm_set_epi32((int)h[0], (int)h[1], (int)h[2], (int)h[3]);
	__m128i e0 = _mm_set_epi32((int)h[4], 0, 0, 0);

	for (; n; n--, p += 64) {
		const __m128i abcd0 = abcd;
		__m128i w[4], e = e0, before = abcd;

		for (unsigned i = 0; i < 4; i++) {
			memcpy(&w[i], p + 16 * i, 16);
			w[i] = _mm_shuffle_epi8(w[i], swap);
		}
#pragma GCC unroll 5
		for (unsigned i = 0; i < 5; i++)
			FOUR_ROUNDS(i, 0);
#pragma GCC unroll 5
		for (unsigned i = 5; i < 10; i++)
			FOUR_ROUNDS(i, 1);
#pragma GCC unroll 5
		for (unsigned i = 10; i < 15; i++)
			FOUR_ROUNDS(i, 2);
#pragma GCC unroll 5
		for (unsigned i = 15; i < 20; i++)
			FOUR_ROUNDS(i, 3);
		e0 = _mm_sha1nexte_epu32(before, e0);
		abcd = _mm_add_epi32(abcd, abcd0);
	}
	h[0] = (uint32_t)_mm_extract_epi32(abcd, 3);
	h[1] = (uint32_t)_mm_extract_epi32(abcd, 2);
	h[2] = (uint32_t)_mm_extract_epi32(abcd, 1);
	h[3] = (uint32_t)_mm_extract_epi32(abcd, 0);
	h[4] = (uint32_t)_mm_extract_epi32(e0, 3);
}
#endif

static compress_fn *best(void)
{
#ifdef HAVE_SHA_NI
	__builtin_cpu_init();
	if (__builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1"))
		return compress_ni;
#endif
	return compress_plain;
}

void kd_sha1_init(struct kd_sha1 *s)
{
	/* 5.3.1 */
	static const uint32_t h0[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

	s->n = 0;
	memcpy(s->h, h0, sizeof(h0));
}

static void update(struct kd_sha1 *s, struct kd_view v, compress_fn *compress)
{
	const size_t have = s->n % sizeof(s->block);
	size_t n;

	s->n += v.n;
	if (have) {
		n = sizeof(s->block) - have;
		if (n > v.n)
			n = v.n;
		if (n)
			memcpy(s->block + have, v.p, n);
		if (have + n < sizeof(s->block))
			return;
		compress(s->h, s->block, 1);
		v = kd_view_from(v, n);
	}
	n = v.n / sizeof(s->block);
	if (n)
		compress(s->h, (const uint8_t *)v.p, n);
	v = kd_view_from(v, n * sizeof(s->block));
	if (v.n)
		memcpy(s->block, v.p, v.n);
}

/* 5.1.1: a one bit, zeros, the length in bits */
static void final(struct kd_sha1 *s, uint8_t ret[KD_SHA1_LEN], compress_fn *compress)
{
	const uint64_t bits = s->n * 8;
	size_t have = s->n % sizeof(s->block);

	s->block[have++] = 0x80;
	if (have > sizeof(s->block) - 8) {
		memset(s->block + have, 0, sizeof(s->block) - have);
		compress(s->h, s->block, 1);
		have = 0;
	}
	memset(s->block + have, 0, sizeof(s->block) - have);
	for (unsigned i = 0; i < 8; i++)
		s->block[63 - i] = (uint8_t)(bits >> 8 * i);
	compress(s->h, s->block, 1);
	for (unsigned i = 0; i < KD_SHA1_LEN; i++)
		ret[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void kd_sha1_update(struct kd_sha1 *s, struct kd_view v)
{
	update(s, v, best());
}

void kd_sha1_final(struct kd_sha1 *s, uint8_t ret[KD_SHA1_LEN])
{
	final(s, ret, best());
}

static void all(struct kd_view v, uint8_t ret[KD_SHA1_LEN], compress_fn *compress)
{
	struct kd_sha1 s;

	kd_sha1_init(&s);
	update(&s, v, compress);
	final(&s, ret, compress);
}

void kd_sha1_of(struct kd_view v, uint8_t ret[KD_SHA1_LEN])
{
	all(v, ret, best());
}

void kd_sha1_of_plain(struct kd_view v, uint8_t ret[KD_SHA1_LEN])
{
	all(v, ret, compress_plain);
}
