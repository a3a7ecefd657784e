// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/finder.h"

#include <assert.h>

#include "base/alloc.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum {
	FP = 4, /* bytes of a fingerprint */
	BUCKETS = 8,
	MAX_WORDS = KD_WORDS_MAX,
	HASH = 1024,
	WIDE = 64, /* bytes that the widest method looks at in one step */
};

/* A search: for the first word, or for all. */
struct query {
	struct kd_view t;
	size_t from;
	size_t start, which;	 /* of the first word */
	struct kd_wordset *all; /* not NULL: go on, collect them here */
};

struct method {
	const char *name;
	/* false: nothing (more) was found */
	bool (*find)(const struct kd_finder *f, struct query *q);
	bool (*works)(void);
};

struct kd_finder {
	const struct kd_word *words;
	uint16_t *len;
	size_t n;
	const struct method *method;
	uint8_t lo[FP][16], hi[FP][16]; /* nibble → buckets */
	uint16_t first[HASH];		/* word + 1 of a fingerprint's hash; 0: none */
	uint16_t next[MAX_WORDS + 1];	/* the next word + 1 of the same hash */
};

/* All words are at least three bytes long; so much of a fingerprint is hashed. */
static unsigned hash(const unsigned char *p)
{
	uint32_t x = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

	return x * 0x9e3779b1u >> 22;
}

/* Is there a word with its fingerprint at fp_at, and is the search over? w: the first to try. */
static bool verify_words(const struct kd_finder *f, struct query *q, size_t fp_at, unsigned w)
{
	const struct kd_view t = q->t;

	for (; w; w = f->next[w]) {
		const struct kd_word *word = &f->words[w - 1];

		if (fp_at < q->from + word->anchor || t.n - (fp_at - word->anchor) < f->len[w - 1])
			continue;
		if (memcmp(t.p + fp_at - word->anchor, word->text, f->len[w - 1]))
			continue;
		if (q->all) {
			q->all->bits[(w - 1) / 64] |= 1ULL << (w - 1) % 64;
			continue;
		}
		q->start = fp_at - word->anchor;
		q->which = w - 1;
		return true;
	}
	return false;
}

static inline bool verify(const struct kd_finder *f, struct query *q, size_t fp_at)
{
	unsigned w;

	if (q->t.n - fp_at < KD_WORD_MIN)
		return false;
	w = f->first[hash((const unsigned char *)q->t.p + fp_at)];
	return __builtin_expect(w, 0) && verify_words(f, q, fp_at, w);
}

/* The end of a short text, fewer than one step: a copy with zeros behind it is searched. */
struct tail {
	unsigned char bytes[2 * WIDE];
};

static void tail_copy(struct tail *tail, struct kd_view t, size_t at)
{
	memset(tail, 0, sizeof(*tail));
	memcpy(tail->bytes, t.p + at, t.n - at);
}

_Static_assert(FP - 1 == KD_WORD_MIN, "one position is left behind the last step");

/*
 * The end of a longer text: the step that ends with it sees bytes once more, which costs less than
 * a copy. hits: of its `wide` positions; those before i are known. The last position, where only a
 * word shorter than a fingerprint fits, is tried as it is.
 */
static inline bool find_end(const struct kd_finder *f, struct query *q, size_t i, uint64_t hits,
			    unsigned wide)
{
	size_t at = q->t.n - (wide + FP - 1);

	hits = i < at + wide ? hits & ~0ULL << (i - at) : 0;
	for (; hits; hits &= hits - 1)
		if (verify(f, q, at + (unsigned)__builtin_ctzll(hits)))
			return true;
	return verify(f, q, at + wide);
}

static bool works_always(void)
{
	return true;
}

static bool find_plain(const struct kd_finder *f, struct query *q)
{
	const struct kd_view t = q->t;
	const unsigned char *p = (const unsigned char *)t.p;

	for (size_t i = q->from; i + KD_WORD_MIN <= t.n; i++) {
		unsigned m = 0xff;

		for (size_t k = 0; k < KD_WORD_MIN; k++)
			m &= (unsigned)(f->lo[k][p[i + k] & 15] & f->hi[k][p[i + k] >> 4]);
		if (m && verify(f, q, i))
			return true;
	}
	return false;
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define SSSE3 __attribute__((target("ssse3")))

/* Positions p … p + 63 that may hold a fingerprint. */
AVX512 static inline uint64_t step_avx512(const __m512i lo[FP], const __m512i hi[FP],
					  const unsigned char *p)
{
	const __m512i nibble = _mm512_set1_epi8(15);
	__m512i m = _mm512_set1_epi8(-1);

#pragma GCC unroll 4
	for (int k = 0; k < FP; k++) {
		__m512i v = _mm512_loadu_si512(p + k);
		__m512i l = _mm512_shuffle_epi8(lo[k], _mm512_and_si512(v, nibble));
		__m512i h = _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble);

		m = _mm512_and_si512(m, _mm512_and_si512(l, _mm512_shuffle_epi8(hi[k], h)));
	}
	return _mm512_test_epi8_mask(m, m);
}

AVX512 static bool find_avx512(const struct kd_finder *f, struct query *q)
{
	const struct kd_view t = q->t;
	const unsigned char *p = (const unsigned char *)t.p;
	__m512i lo[FP], hi[FP];
	struct tail tail;

	for (int k = 0; k < FP; k++) {
		lo[k] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)f->lo[k]));
		hi[k] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)f->hi[k]));
	}
	for (size_t i = q->from; i < t.n; i += 64) {
		uint64_t hits;

		if (__builtin_expect(t.n - i < 64 + FP - 1, 0)) {
			if (t.n - q->from >= 64 + FP - 1)
				return find_end(f, q, i, step_avx512(lo, hi, p + t.n - (64 + FP - 1)), 64);
			tail_copy(&tail, t, i);
			hits = step_avx512(lo, hi, tail.bytes);
			if (t.n - i < 64)
				hits &= (1ULL << (t.n - i)) - 1;
		} else {
			hits = step_avx512(lo, hi, p + i);
		}
		for (; hits; hits &= hits - 1)
			if (verify(f, q, i + (unsigned)__builtin_ctzll(hits)))
				return true;
	}
	return false;
}

/* Positions p … p + 31 that may hold a fingerprint. */
AVX2 static inline unsigned step_avx2(const __m256i lo[FP], const __m256i hi[FP],
				      const unsigned char *p)
{
	const __m256i nibble = _mm256_set1_epi8(15);
	__m256i m = _mm256_set1_epi8(-1);

#pragma GCC unroll 4
	for (int k = 0; k < FP; k++) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(p + k));
		__m256i l = _mm256_shuffle_epi8(lo[k], _mm256_and_si256(v, nibble));
		__m256i h = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);

		m = _mm256_and_si256(m, _mm256_and_si256(l, _mm256_shuffle_epi8(hi[k], h)));
	}
	return ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(m, _mm256_setzero_si256()));
}

AVX2 static bool find_avx2(const struct kd_finder *f, struct query *q)
{
	const struct kd_view t = q->t;
	const unsigned char *p = (const unsigned char *)t.p;
	__m256i lo[FP], hi[FP];
	struct tail tail;

	for (int k = 0; k < FP; k++) {
		lo[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)f->lo[k]));
		hi[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)f->hi[k]));
	}
	for (size_t i = q->from; i < t.n; i += 32) {
		unsigned hits;

		if (__builtin_expect(t.n - i < 32 + FP - 1, 0)) {
			if (t.n - q->from >= 32 + FP - 1)
				return find_end(f, q, i, step_avx2(lo, hi, p + t.n - (32 + FP - 1)), 32);
			tail_copy(&tail, t, i);
			hits = step_avx2(lo, hi, tail.bytes);
			if (t.n - i < 32)
				hits &= (1u << (t.n - i)) - 1;
		} else {
			hits = step_avx2(lo, hi, p + i);
		}
		for (; hits; hits &= hits - 1)
			if (verify(f, q, i + (unsigned)__builtin_ctz(hits)))
				return true;
	}
	return false;
}

SSSE3 static inline unsigned step_ssse3(const struct kd_finder *f, const unsigned char *p)
{
	const __m128i nibble = _mm_set1_epi8(15);
	__m128i m = _mm_set1_epi8(-1);

	for (int k = 0; k < FP; k++) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + k));
		__m128i l = _mm_and_si128(v, nibble);
		__m128i h = _mm_and_si128(_mm_srli_epi16(v, 4), nibble);

		l = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)f->lo[k]), l);
		h = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)f->hi[k]), h);
		m = _mm_and_si128(m, _mm_and_si128(l, h));
	}
	return 0xffff & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(m, _mm_setzero_si128()));
}

SSSE3 static bool find_ssse3(const struct kd_finder *f, struct query *q)
{
	const struct kd_view t = q->t;
	const unsigned char *p = (const unsigned char *)t.p;
	struct tail tail;

	for (size_t i = q->from; i < t.n; i += 16) {
		unsigned hits;

		if (__builtin_expect(t.n - i < 16 + FP - 1, 0)) {
			if (t.n - q->from >= 16 + FP - 1)
				return find_end(f, q, i, step_ssse3(f, p + t.n - (16 + FP - 1)), 16);
			tail_copy(&tail, t, i);
			hits = step_ssse3(f, tail.bytes);
			if (t.n - i < 16)
				hits &= (1u << (t.n - i)) - 1;
		} else {
			hits = step_ssse3(f, p + i);
		}
		for (; hits; hits &= hits - 1)
			if (verify(f, q, i + (unsigned)__builtin_ctz(hits)))
				return true;
	}
	return false;
}

static bool works_avx512(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

static bool works_avx2(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2");
}

static bool works_ssse3(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("ssse3");
}
#elif defined(__aarch64__)
static bool find_neon(const struct kd_finder *f, struct query *q)
{
	const struct kd_view t = q->t;
	struct tail tail;

	for (size_t i = q->from; i < t.n; i += 16) {
		const unsigned char *p = (const unsigned char *)t.p + i;
		uint8x16_t m = vdupq_n_u8(0xff);
		unsigned char hits[16];

		if (t.n - i < 16 + FP - 1) {
			tail_copy(&tail, t, i);
			p = tail.bytes;
		}
		for (int k = 0; k < FP; k++) {
			uint8x16_t v = vld1q_u8(p + k);
			uint8x16_t l = vqtbl1q_u8(vld1q_u8(f->lo[k]), vandq_u8(v, vdupq_n_u8(15)));
			uint8x16_t h = vqtbl1q_u8(vld1q_u8(f->hi[k]), vshrq_n_u8(v, 4));

			m = vandq_u8(m, vandq_u8(l, h));
		}
		if (__builtin_expect(!vmaxvq_u8(m), 1))
			continue;
		vst1q_u8(hits, m);
		for (size_t k = 0; k < 16 && i + k < t.n; k++)
			if (hits[k] && verify(f, q, i + k))
				return true;
	}
	return false;
}
#endif

/* The fastest first. */
static const struct method methods[] = {
#if defined(__x86_64__)
	{"avx512", find_avx512, works_avx512},
	{"avx2", find_avx2, works_avx2},
	{"ssse3", find_ssse3, works_ssse3},
#elif defined(__aarch64__)
	{"neon", find_neon, works_always},
#endif
	{"plain", find_plain, works_always},
};

/* A word ends before its fingerprint does: any byte may stand there. */
static void mark(struct kd_finder *f, struct kd_view fp, unsigned bucket)
{
	uint8_t bit = (uint8_t)(1u << bucket);

	for (size_t k = 0; k < FP; k++) {
		if (k < fp.n) {
			f->lo[k][fp.p[k] & 15] |= bit;
			f->hi[k][(unsigned char)fp.p[k] >> 4] |= bit;
			continue;
		}
		for (int i = 0; i < 16; i++) {
			f->lo[k][i] |= bit;
			f->hi[k][i] |= bit;
		}
	}
}

struct kd_finder *kd_finder_new(const struct kd_word *words, size_t n)
{
	struct kd_finder *f = kd_xcalloc(1, sizeof(*f));

	assert(n <= MAX_WORDS);
	f->words = words;
	f->n = n;
	f->len = kd_xcalloc(n, sizeof(*f->len));
	for (f->method = methods; !f->method->works(); f->method++)
		;
	for (size_t w = 0; w < n; w++) {
		struct kd_view fp = kd_view_from(kd_view_of(words[w].text), words[w].anchor);
		unsigned h;

		f->len[w] = (uint16_t)strlen(words[w].text);
		assert(fp.n >= KD_WORD_MIN);
		h = hash((const unsigned char *)fp.p);
		f->next[w + 1] = f->first[h];
		f->first[h] = (uint16_t)(w + 1);
		assert(words[w].bucket < BUCKETS);
		mark(f, kd_view_head(fp, FP), words[w].bucket);
	}
	return f;
}

bool kd_finder_use(struct kd_finder *f, const char *method)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(methods); i++)
		if (!strcmp(methods[i].name, method) && methods[i].works()) {
			f->method = &methods[i];
			return true;
		}
	return false;
}

size_t kd_finder_next(const struct kd_finder *f, struct kd_view text, size_t from, size_t *which)
{
	struct query q = {.t = text, .from = from};

	if (from >= text.n || !f->method->find(f, &q))
		return KD_NPOS;
	if (which)
		*which = q.which;
	return q.start;
}

bool kd_finder_all(const struct kd_finder *f, struct kd_view text, struct kd_wordset *ret)
{
	struct query q = {.t = text, .all = ret};
	uint64_t any = 0;

	*ret = (struct kd_wordset){0};
	(void)f->method->find(f, &q);
	for (size_t i = 0; i < KD_ARRAY_LEN(ret->bits); i++)
		any |= ret->bits[i];
	return any != 0;
}

void kd_finder_free(struct kd_finder *f)
{
	if (!f)
		return;
	kd_free(f->len);
	kd_free(f);
}

static inline __attribute__((always_inline)) size_t count(struct kd_view text, char c)
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

#if defined(__x86_64__)
AVX2 static size_t count_avx2(struct kd_view text, char c)
{
	return count(text, c);
}
#endif

size_t kd_count_byte(struct kd_view text, char c)
{
#if defined(__x86_64__)
	if (works_avx2())
		return count_avx2(text, c);
#endif
	return count(text, c);
}
