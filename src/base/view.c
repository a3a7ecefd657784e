// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* memrchr */
#include "base/view.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* 16 positions are tried at once, by the first and the last byte of what is searched for. */
typedef uint8_t vec16 __attribute__((vector_size(16)));
typedef uint64_t vec2 __attribute__((vector_size(16)));

enum { STEP = sizeof(vec16) };

#if defined(__SSE2__)
/* A bit for each of the 16 bytes that is not 0 (other machines: two halves). */
static inline unsigned byte_mask(vec16 hits)
{
	return (unsigned)_mm_movemask_epi8((__m128i)hits);
}

/* The 16 positions from p on; p[16 + what.n - 2] is the last byte read. */
static inline size_t find16(const char *p, struct kd_view what, vec16 first, vec16 last)
{
	vec16 a, b;

	memcpy(&a, p, STEP);
	memcpy(&b, p + what.n - 1, STEP);
	for (unsigned hits = byte_mask((a == first) & (b == last)); hits; hits &= hits - 1) {
		size_t i = (unsigned)__builtin_ctz(hits);

		if (!memcmp(p + i, what.p, what.n))
			return i;
	}
	return KD_NPOS;
}
#else

/* Index of the lowest byte in memory order that is not 0. */
static inline size_t low_byte(uint64_t x)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (size_t)__builtin_ctzll(x) / 8;
#else
	return (size_t)__builtin_clzll(x) / 8;
#endif
}

/* Which of the 8 positions from p on, marked in `hits`, holds what? */
static inline size_t try_hits(const char *p, uint64_t hits, struct kd_view what)
{
	while (hits) {
		size_t i = low_byte(hits);

		if (!memcmp(p + i, what.p, what.n))
			return i;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		hits &= ~(0xffULL << i * 8);
#else
		hits &= ~(0xffULL << (7 - i) * 8);
#endif
	}
	return KD_NPOS;
}

/* The 16 positions from p on; p[16 + what.n - 2] is the last byte read. */
static inline size_t find16(const char *p, struct kd_view what, vec16 first, vec16 last)
{
	vec16 a, b;
	vec2 hits;
	size_t i;

	memcpy(&a, p, STEP);
	memcpy(&b, p + what.n - 1, STEP);
	hits = (vec2)((a == first) & (b == last));
	if (__builtin_expect(!(hits[0] | hits[1]), 1))
		return KD_NPOS;
	i = try_hits(p, hits[0], what);
	if (i != KD_NPOS)
		return i;
	i = try_hits(p + 8, hits[1], what);
	return i == KD_NPOS ? i : i + 8;
}
#endif

static size_t find_short(struct kd_view v, struct kd_view what)
{
	for (size_t i = 0; i + what.n <= v.n; i++)
		if (v.p[i] == *what.p && !memcmp(v.p + i, what.p, what.n))
			return i;
	return KD_NPOS;
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/* The same for 32 positions. */
AVX2 static inline size_t find32(const char *p, struct kd_view what, __m256i first, __m256i last)
{
	__m256i a = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)p), first);
	__m256i b = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(p + what.n - 1)), last);

	for (unsigned hits = (unsigned)_mm256_movemask_epi8(_mm256_and_si256(a, b)); hits; hits &= hits - 1) {
		size_t i = (unsigned)__builtin_ctz(hits);

		if (!memcmp(p + i, what.p, what.n))
			return i;
	}
	return KD_NPOS;
}

/* n: positions, at least 32 */
AVX2 static size_t find_avx2(struct kd_view v, struct kd_view what, size_t n)
{
	__m256i first = _mm256_set1_epi8(what.p[0]), last = _mm256_set1_epi8(what.p[what.n - 1]);
	size_t i = 0, at;

	for (; i + 32 <= n; i += 32) {
		at = find32(v.p + i, what, first, last);
		if (at != KD_NPOS)
			return i + at;
	}
	if (i == n)
		return KD_NPOS;
	at = find32(v.p + n - 32, what, first, last);
	return at == KD_NPOS ? at : n - 32 + at;
}
#endif

/*
 * Most of the calls look for a few bytes in one line of a log. memmem() of the C library
 * sets up a table first, which costs more than all of the search here.
 */
size_t kd_view_find(struct kd_view v, struct kd_view what)
{
	vec16 first, last;
	size_t i = 0, n, at;

	if (what.n == 1)
		return kd_view_chr(v, *what.p);
	if (!what.n)
		return 0;
	if (v.n < what.n)
		return KD_NPOS;
	n = v.n - what.n + 1; /* positions */
	if (n < STEP)
		return find_short(v, what);
#if defined(__x86_64__)
	if (n >= 32 && __builtin_cpu_supports("avx2"))
		return find_avx2(v, what, n);
#endif
	memset(&first, what.p[0], STEP);
	memset(&last, what.p[what.n - 1], STEP);
	for (; i + STEP <= n; i += STEP) {
		at = find16(v.p + i, what, first, last);
		if (at != KD_NPOS)
			return i + at;
	}
	if (i == n)
		return KD_NPOS;
	at = find16(v.p + n - STEP, what, first, last); /* overlaps with what was seen */
	return at == KD_NPOS ? at : n - STEP + at;
}

size_t kd_view_rchr(struct kd_view v, char c)
{
	const char *q = v.n ? memrchr(v.p, c, v.n) : NULL;

	return q ? (size_t)(q - v.p) : KD_NPOS;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool kd_view_istarts(struct kd_view v, struct kd_view prefix)
{
	if (v.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (lower(v.p[i]) != lower(prefix.p[i]))
			return false;
	return true;
}

bool kd_view_ieq(struct kd_view a, struct kd_view b)
{
	return a.n == b.n && kd_view_istarts(a, b);
}

bool kd_view_take_dec(struct kd_view *v, uint64_t *ret)
{
	uint64_t x = 0;
	size_t i = 0;

	for (; i < v->n && kd_is_digit(v->p[i]); i++)
		if (__builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, (uint64_t)(v->p[i] - '0'), &x))
			return false;
	if (!i)
		return false;
	*v = kd_view_from(*v, i);
	*ret = x;
	return true;
}

bool kd_view_take_int(struct kd_view *v, int64_t *ret)
{
	struct kd_view w = *v;
	bool neg = kd_view_skip(&w, KD_V("-"));
	uint64_t u;

	if (!kd_view_take_dec(&w, &u) || u > (uint64_t)INT64_MAX)
		return false;
	*v = w;
	*ret = neg ? -(int64_t)u : (int64_t)u;
	return true;
}

/* The value of a hex digit + 1; 0: it is none. */
static const uint8_t hex_digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,	['6'] = 7,  ['7'] = 8,
	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static uint64_t eight_digits(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	x = __builtin_bswap64(x);
	x = (x & 0x0f0f0f0f0f0f0f0f) + 9 * (x >> 6 & 0x0101010101010101); /* letters: bit 6 */
	x = (x | x >> 4) & 0x00ff00ff00ff00ff;
	x = (x | x >> 8) & 0x0000ffff0000ffff;
	return (x | x >> 16) & 0xffffffff;
}

/* A register: just sixteen digits, all at once. false: some other number, or none. */
static bool take_16(struct kd_view *v, uint64_t *ret)
{
	vec16 c;
	vec2 good;

	if (v->n < STEP || (v->n > STEP && hex_digits[(unsigned char)v->p[STEP]]))
		return false;
	memcpy(&c, v->p, STEP);
	good = (vec2)((vec16)(c - '0' < 10) | (vec16)((c | 0x20) - 'a' < 6));
	if (~(good[0] & good[1]))
		return false;
	*ret = eight_digits(v->p) << 32 | eight_digits(v->p + 8);
	*v = kd_view_from(*v, STEP);
	return true;
}
#else
static bool take_16(struct kd_view *v, uint64_t *ret)
{
	(void)v;
	(void)ret;
	return false;
}
#endif

bool kd_view_take_hex(struct kd_view *v, uint64_t *ret)
{
	struct kd_view w = *v;
	uint64_t x = 0;
	size_t i = 0;

	if (take_16(v, ret))
		return true;
	if (w.n > 2 && w.p[0] == '0' && (w.p[1] | 0x20) == 'x' && kd_is_xdigit(w.p[2]))
		w = kd_view_from(w, 2);
	for (size_t max = w.n < 17 ? w.n : 17; i < max; i++) {
		unsigned digit = hex_digits[(unsigned char)w.p[i]];

		if (!digit)
			break;
		x = x << 4 | (digit - 1);
	}
	if (!i || i > 16)
		return false;
	*v = kd_view_from(w, i);
	*ret = x;
	return true;
}

bool kd_view_dec(struct kd_view v, uint64_t *ret)
{
	uint64_t x;

	if (!kd_view_take_dec(&v, &x) || v.n)
		return false;
	*ret = x;
	return true;
}

bool kd_view_hex(struct kd_view v, uint64_t *ret)
{
	uint64_t x;

	if (!kd_view_take_hex(&v, &x) || v.n)
		return false;
	*ret = x;
	return true;
}

bool kd_view_take_word(struct kd_view *v, struct kd_view *ret)
{
	struct kd_view w = *v;
	size_t i = 0;

	kd_view_skip_blank(&w);
	while (i < w.n && !kd_is_space(w.p[i]))
		i++;
	if (!i)
		return false;
	*ret = kd_view_head(w, i);
	*v = kd_view_from(w, i);
	return true;
}

bool kd_view_take_until(struct kd_view *v, struct kd_view sep, struct kd_view *ret)
{
	size_t i = kd_view_find(*v, sep);

	if (i == KD_NPOS)
		return false;
	*ret = kd_view_head(*v, i);
	*v = kd_view_from(*v, i + sep.n);
	return true;
}

bool kd_view_take_part(struct kd_view *v, struct kd_view sep, struct kd_view *ret)
{
	if (!v->n)
		return false;
	if (!kd_view_take_until(v, sep, ret)) {
		*ret = *v;
		*v = kd_view_from(*v, v->n);
	}
	return true;
}

int kd_view_cmp(struct kd_view a, struct kd_view b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}
