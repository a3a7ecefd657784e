// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/finder.h"

#include <assert.h>

#include "base/alloc.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { FP = 3, BUCKETS = 8, MAX_WORDS = 256 };

typedef size_t find_fn(const struct kd_finder *f, struct kd_view t, size_t from, size_t *which);

struct kd_finder {
	const struct kd_word *words;
	uint16_t *len;
	size_t n;
	find_fn *find;
	size_t max_anchor, max_len;
	uint8_t lo[FP][16], hi[FP][16];	  /* nibble → buckets */
	uint8_t members[BUCKETS][MAX_WORDS]; /* words of a bucket */
	uint16_t nmembers[BUCKETS];
	uint32_t fp[BUCKETS][MAX_WORDS]; /* the fingerprint of each member */
};

static uint32_t fingerprint(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

/*
 * Which word of the given buckets has its fingerprint at fp_at? The lowest start wins,
 * but starts differ only by their anchors; callers look at the result as a line.
 */
static bool verify(const struct kd_finder *f, struct kd_view t, size_t fp_at, unsigned buckets,
		   size_t from, size_t *start, size_t *which)
{
	const uint32_t here = fingerprint((const unsigned char *)t.p + fp_at);

	while (buckets) {
		unsigned b = (unsigned)__builtin_ctz(buckets);

		buckets &= buckets - 1;
		for (size_t i = 0; i < f->nmembers[b]; i++) {
			size_t w, a;

			if (f->fp[b][i] != here)
				continue;
			w = f->members[b][i];
			a = f->words[w].anchor;
			if (fp_at < from + a || t.n - (fp_at - a) < f->len[w])
				continue;
			if (memcmp(t.p + fp_at - a, f->words[w].text, f->len[w]))
				continue;
			*start = fp_at - a;
			if (which)
				*which = w;
			return true;
		}
	}
	return false;
}

static unsigned buckets_at(const struct kd_finder *f, const unsigned char *p)
{
	unsigned m = 0xff;

	for (int i = 0; i < FP; i++)
		m &= (unsigned)(f->lo[i][p[i] & 15] & f->hi[i][p[i] >> 4]);
	return m;
}

/* From position `at` on; a word may begin before it, but not before `from`. */
static size_t find_rest(const struct kd_finder *f, struct kd_view t, size_t at, size_t from, size_t *which)
{
	const unsigned char *p = (const unsigned char *)t.p;
	size_t start;

	for (size_t i = at; i + FP <= t.n; i++) {
		unsigned m = buckets_at(f, p + i);

		if (m && verify(f, t, i, m, from, &start, which))
			return start;
	}
	return KD_NPOS;
}

static size_t find_plain(const struct kd_finder *f, struct kd_view t, size_t from, size_t *which)
{
	return find_rest(f, t, from, from, which);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t find_avx2(const struct kd_finder *f, struct kd_view t,
							 size_t from, size_t *which)
{
	const unsigned char *p = (const unsigned char *)t.p;
	const __m256i nib = _mm256_set1_epi8(15);
	__m256i lo[FP], hi[FP];
	size_t i = from, start;

	for (int k = 0; k < FP; k++) {
		lo[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)f->lo[k]));
		hi[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)f->hi[k]));
	}
	for (; i + 32 + FP <= t.n; i += 32) {
		__m256i m = _mm256_set1_epi8(-1);
		unsigned hits;
		unsigned char got[32];

		for (int k = 0; k < FP; k++) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(p + i + k));
			__m256i h = _mm256_and_si256(_mm256_srli_epi16(v, 4), nib);
			__m256i l = _mm256_and_si256(v, nib);

			m = _mm256_and_si256(m, _mm256_and_si256(_mm256_shuffle_epi8(lo[k], l),
								 _mm256_shuffle_epi8(hi[k], h)));
		}
		hits = ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(m, _mm256_setzero_si256()));
		if (__builtin_expect(!hits, 1))
			continue;
		_mm256_storeu_si256((__m256i *)got, m);
		for (; hits; hits &= hits - 1) {
			unsigned at = (unsigned)__builtin_ctz(hits);

			if (verify(f, t, i + at, got[at], from, &start, which))
				return start;
		}
	}
	return i < t.n ? find_rest(f, t, i, from, which) : KD_NPOS;
}

__attribute__((target("ssse3"))) static size_t find_ssse3(const struct kd_finder *f,
							   struct kd_view t, size_t from,
							   size_t *which)
{
	const unsigned char *p = (const unsigned char *)t.p;
	const __m128i nib = _mm_set1_epi8(15);
	size_t i = from, start;

	for (; i + 16 + FP <= t.n; i += 16) {
		__m128i m = _mm_set1_epi8(-1);
		unsigned hits;
		unsigned char got[16];

		for (int k = 0; k < FP; k++) {
			__m128i lo = _mm_loadu_si128((const __m128i *)f->lo[k]);
			__m128i hi = _mm_loadu_si128((const __m128i *)f->hi[k]);
			__m128i v = _mm_loadu_si128((const __m128i *)(p + i + k));
			__m128i h = _mm_and_si128(_mm_srli_epi16(v, 4), nib);

			m = _mm_and_si128(m, _mm_and_si128(_mm_shuffle_epi8(lo, _mm_and_si128(v, nib)),
							   _mm_shuffle_epi8(hi, h)));
		}
		hits = 0xffff & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(m, _mm_setzero_si128()));
		if (__builtin_expect(!hits, 1))
			continue;
		_mm_storeu_si128((__m128i *)got, m);
		for (; hits; hits &= hits - 1) {
			unsigned at = (unsigned)__builtin_ctz(hits);

			if (verify(f, t, i + at, got[at], from, &start, which))
				return start;
		}
	}
	return i < t.n ? find_rest(f, t, i, from, which) : KD_NPOS;
}

static find_fn *best(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2"))
		return find_avx2;
	return __builtin_cpu_supports("ssse3") ? find_ssse3 : find_plain;
}
#elif defined(__aarch64__)
static size_t find_neon(const struct kd_finder *f, struct kd_view t, size_t from, size_t *which)
{
	const unsigned char *p = (const unsigned char *)t.p;
	size_t i = from, start;

	for (; i + 16 + FP <= t.n; i += 16) {
		uint8x16_t m = vdupq_n_u8(0xff);
		unsigned char got[16];

		for (int k = 0; k < FP; k++) {
			uint8x16_t v = vld1q_u8(p + i + k);
			uint8x16_t l = vqtbl1q_u8(vld1q_u8(f->lo[k]), vandq_u8(v, vdupq_n_u8(15)));
			uint8x16_t h = vqtbl1q_u8(vld1q_u8(f->hi[k]), vshrq_n_u8(v, 4));

			m = vandq_u8(m, vandq_u8(l, h));
		}
		if (__builtin_expect(!vmaxvq_u8(m), 1))
			continue;
		vst1q_u8(got, m);
		for (size_t at = 0; at < 16; at++)
			if (got[at] && verify(f, t, i + at, got[at], from, &start, which))
				return start;
	}
	return i < t.n ? find_rest(f, t, i, from, which) : KD_NPOS;
}

static find_fn *best(void)
{
	return find_neon;
}
#else
static find_fn *best(void)
{
	return find_plain;
}
#endif

/*
 * Words with equal first fingerprint bytes share a bucket, so that the nibble masks
 * of a bucket stay sparse; otherwise the least full bucket takes the next group.
 */
static unsigned bucket_for(const struct kd_finder *f, const unsigned char *fp)
{
	unsigned least = 0;

	for (unsigned b = 0; b < BUCKETS; b++)
		for (size_t i = 0; i < f->nmembers[b]; i++) {
			const struct kd_word *w = &f->words[f->members[b][i]];

			if (!memcmp(w->text + w->anchor, fp, 2))
				return b;
		}
	for (unsigned b = 1; b < BUCKETS; b++)
		if (f->nmembers[b] < f->nmembers[least])
			least = b;
	return least;
}

struct kd_finder *kd_finder_new(const struct kd_word *words, size_t n)
{
	struct kd_finder *f = kd_xcalloc(1, sizeof(*f));

	assert(n <= MAX_WORDS);
	f->words = words;
	f->n = n;
	f->len = kd_xcalloc(n, sizeof(*f->len));
	f->find = best();
	for (size_t w = 0; w < n; w++) {
		const unsigned char *fp = (const unsigned char *)words[w].text + words[w].anchor;
		unsigned b;

		f->len[w] = (uint16_t)strlen(words[w].text);
		assert(words[w].anchor + FP <= f->len[w]);
		b = bucket_for(f, fp);
		f->fp[b][f->nmembers[b]] = fingerprint(fp);
		f->members[b][f->nmembers[b]++] = (uint8_t)w;
		for (int i = 0; i < FP; i++) {
			f->lo[i][fp[i] & 15] |= (uint8_t)(1u << b);
			f->hi[i][fp[i] >> 4] |= (uint8_t)(1u << b);
		}
	}
	return f;
}

size_t kd_finder_next(const struct kd_finder *f, struct kd_view text, size_t from, size_t *which)
{
	if (text.n < FP || from > text.n - FP)
		return KD_NPOS;
	return f->find(f, text, from, which);
}

void kd_finder_free(struct kd_finder *f)
{
	if (!f)
		return;
	kd_free(f->len);
	kd_free(f);
}

size_t kd_count_byte(struct kd_view text, char c)
{
	typedef uint8_t vec __attribute__((vector_size(32)));
	size_t total = 0, i = 0;
	vec want;

	memset(&want, c, sizeof(want));
	while (i + sizeof(vec) <= text.n) {
		vec sum = {0};
		size_t rounds = (text.n - i) / sizeof(vec);

		if (rounds > 255)
			rounds = 255;
		for (size_t r = 0; r < rounds; r++, i += sizeof(vec)) {
			vec v;

			memcpy(&v, text.p + i, sizeof(v));
			sum -= (vec)(v == want);
		}
		for (size_t k = 0; k < sizeof(vec); k++)
			total += sum[k];
	}
	for (; i < text.n; i++)
		total += text.p[i] == c;
	return total;
}
