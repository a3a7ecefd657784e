// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hash.h"

/* gcc before 11 and clang cannot ask the processor for this without a trap of its own. */
#if defined(__x86_64__) && !defined(__clang__) && __GNUC__ >= 11
#define HAVE_SHA_NI 1
#include <immintrin.h>
#endif

/* FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of cube roots of primes. */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

void kd_sha256_init(struct kd_sha256 *s)
{
	/* 5.3.3: the same of square roots */
	static const uint32_t h0[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memset(s, 0, sizeof(*s));
	memcpy(s->h, h0, sizeof(h0));
}

static uint32_t rotr(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 6.2.2, step 1 */
static void schedule(const uint8_t *block, uint32_t w[64])
{
	for (unsigned t = 0; t < 16; t++)
		w[t] = be32(block + 4 * t);
	for (unsigned t = 16; t < 64; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];
		uint32_t s0 = rotr(a, 7) ^ rotr(a, 18) ^ a >> 3;
		uint32_t s1 = rotr(b, 17) ^ rotr(b, 19) ^ b >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

#ifdef HAVE_SHA_NI
/*
 * The same with the processor's own instructions (Intel SDM 2, SHA256RNDS2): two rounds each,
 * on the state as the words a b e f and c d g h, highest first.
 */
__attribute__((target("sha,sse4.1"))) static void compress_ni(uint32_t h[8], const uint8_t *block)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const __m128i abef0 = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
	const __m128i cdgh0 = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
	__m128i w[16], abef = abef0, cdgh = cdgh0;
	uint32_t out[8];

	for (unsigned t = 0; t < 16; t++) {
		__m128i k;

		if (t < 4) {
			memcpy(&w[t], block + 16 * t, 16);
			w[t] = _mm_shuffle_epi8(w[t], swap);
		} else {
			k = _mm_sha256msg1_epu32(w[t - 4], w[t - 3]);
			k = _mm_add_epi32(k, _mm_alignr_epi8(w[t - 1], w[t - 2], 4));
			w[t] = _mm_sha256msg2_epu32(k, w[t - 1]);
		}
		memcpy(&k, K + 4 * t, 16);
		k = _mm_add_epi32(k, w[t]);
		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k);
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0e));
	}
	abef = _mm_add_epi32(abef, abef0);
	cdgh = _mm_add_epi32(cdgh, cdgh0);
	memcpy(out, &abef, 16);
	memcpy(out + 4, &cdgh, 16);
	h[0] = out[3];
	h[1] = out[2];
	h[4] = out[1];
	h[5] = out[0];
	h[2] = out[7];
	h[3] = out[6];
	h[6] = out[5];
	h[7] = out[4];
}

static bool works_sha_ni(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1");
}
#endif

/* 6.2.2, steps 2 to 4; v is a…h */
static void compress_plain(uint32_t h[8], const uint8_t *block)
{
	uint32_t w[64], v[8];

	schedule(block, w);
	memcpy(v, h, sizeof(v));
	for (unsigned t = 0; t < 64; t++) {
		uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
		uint32_t ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t t1 = v[7] + s1 + ch + K[t] + w[t];
		uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
		uint32_t maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

		/* one by one: the compiler keeps v in registers */
		v[7] = v[6];
		v[6] = v[5];
		v[5] = v[4];
		v[4] = v[3] + t1;
		v[3] = v[2];
		v[2] = v[1];
		v[1] = v[0];
		v[0] = t1 + s0 + maj;
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] += v[i];
}

static void compress(uint32_t h[8], const uint8_t *block)
{
#ifdef HAVE_SHA_NI
	if (works_sha_ni()) {
		compress_ni(h, block);
		return;
	}
#endif
	compress_plain(h, block);
}

void kd_sha256_update(struct kd_sha256 *s, struct kd_view v)
{
	size_t have = s->n % sizeof(s->block);

	s->n += v.n;
	while (v.n) {
		size_t n = sizeof(s->block) - have;

		if (n > v.n)
			n = v.n;
		memcpy(s->block + have, v.p, n);
		v = kd_view_from(v, n);
		have += n;
		if (have == sizeof(s->block)) {
			compress(s->h, s->block);
			have = 0;
		}
	}
}

/* 5.1.1: a one bit, zeros, the length in bits */
void kd_sha256_final(struct kd_sha256 *s, uint8_t ret[KD_SHA256_LEN])
{
	uint64_t bits = s->n * 8;
	size_t have = s->n % sizeof(s->block);

	s->block[have++] = 0x80;
	if (have > sizeof(s->block) - 8) {
		memset(s->block + have, 0, sizeof(s->block) - have);
		compress(s->h, s->block);
		have = 0;
	}
	memset(s->block + have, 0, sizeof(s->block) - have);
	for (unsigned i = 0; i < 8; i++)
		s->block[63 - i] = (uint8_t)(bits >> 8 * i);
	compress(s->h, s->block);
	for (unsigned i = 0; i < KD_SHA256_LEN; i++)
		ret[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void kd_sha256_of(struct kd_view v, uint8_t ret[KD_SHA256_LEN])
{
	struct kd_sha256 s;

	kd_sha256_init(&s);
	kd_sha256_update(&s, v);
	kd_sha256_final(&s, ret);
}

void kd_hex(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 15];
	}
	ret[2 * n] = '\0';
}

/* High and low half of a 128-bit product, the mixing step of the multiplicative hashes. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 u128;
	u128 m = (u128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t load(const char *p, size_t n)
{
	uint64_t x = 0;

	memcpy(&x, p, n);
	return x;
}

uint64_t kd_hash64(struct kd_view v, uint64_t seed)
{
	const uint64_t a = 0x9e3779b97f4a7c15u,
		       b = 0xd1b54a32d192ed03u; /* odd, from phi and its like */
	uint64_t h = seed ^ mix(v.n ^ a, b);

	while (v.n >= 16) {
		h = mix(load(v.p, 8) ^ a ^ h, load(v.p + 8, 8) ^ b);
		v = kd_view_from(v, 16);
	}
	if (v.n > 8)
		h = mix(load(v.p, 8) ^ a ^ h, load(v.p + 8, v.n - 8) ^ b);
	else if (v.n)
		h = mix(load(v.p, v.n) ^ a ^ h, b);
	return mix(h ^ a, b);
}

static uint64_t le64(const char *p, size_t n)
{
	uint64_t x = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (n == 8) {
		memcpy(&x, p, 8);
		return x;
	}
#endif
	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return x;
}

static uint64_t check_step(uint64_t lane, uint64_t word)
{
	lane ^= word;
	return (lane << 29 | lane >> 35) * 0x9e3779b97f4a7c15;
}

uint32_t kd_check32(struct kd_view v)
{
	uint64_t lane[4] = {v.n, 1, 2, 3}, sum = 0;
	size_t i = 0;

	for (; v.n - i >= 32; i += 32)
		for (size_t k = 0; k < 4; k++)
			lane[k] = check_step(lane[k], le64(v.p + i + 8 * k, 8));
	for (; i < v.n; i += 8)
		lane[i / 8 & 3] = check_step(lane[i / 8 & 3], le64(v.p + i, v.n - i < 8 ? v.n - i : 8));
	for (size_t k = 0; k < 4; k++)
		sum = check_step(sum, lane[k]);
	return (uint32_t)(sum >> 32);
}
