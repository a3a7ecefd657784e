// SPDX-License-Identifier: GPL-2.0-or-later
/* The finder against a naive search, with every method that this machine has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/finder.h"
#include "report/words.h"

enum { ROUNDS = 3000, MAX_TEXT = 300 };

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* The lowest fingerprint of a word that starts at from or later. */
static size_t naive(const struct kd_word *words, size_t n, struct kd_view t, size_t from)
{
	size_t best = KD_NPOS;

	for (size_t w = 0; w < n; w++) {
		struct kd_view word = kd_view_of(words[w].text);

		for (size_t i = from; i + word.n <= t.n; i++)
			if (i + words[w].anchor < best && !memcmp(t.p + i, word.p, word.n))
				best = i + words[w].anchor;
	}
	return best;
}

/* All that is found in t, in memory of its exact size. Returns how many. */
static size_t compare(const struct kd_finder *f, const struct kd_word *words, size_t n,
		      struct kd_view t, const char *method)
{
	size_t found = 0, which;

	for (size_t from = 0; from <= t.n; found++) {
		size_t want = naive(words, n, t, from), at = kd_finder_next(f, t, from, &which);
		size_t fp = at == KD_NPOS ? at : at + words[which].anchor;

		if (fp != want)
			fail_msg("%s: %zu, not %zu, from %zu in '%.*s'", method, fp, want, from,
				 KD_VARG(t));
		if (at == KD_NPOS)
			break;
		assert_true(kd_view_starts(kd_view_from(t, at), kd_view_of(words[which].text)));
		from = at + 1;
	}
	return found;
}

/* kd_finder_all() names exactly the words that are there. */
static void compare_all(const struct kd_finder *f, const struct kd_word *words, size_t n,
			struct kd_view t)
{
	struct kd_wordset set;
	bool any = false;

	assert_int_equal(kd_finder_all(f, t, &set), kd_finder_next(f, t, 0, NULL) != KD_NPOS);
	for (size_t w = 0; w < n; w++) {
		bool has = kd_view_has(t, kd_view_of(words[w].text));

		assert_int_equal(set.bits[w / 64] >> w % 64 & 1, has);
		any |= has;
	}
	assert_int_equal(kd_finder_all(f, t, &set), any);
}

/* Text out of the letters of the words, and whole and cut words at any place. */
static size_t random_text(const struct kd_word *words, size_t n, uint32_t *seed, char *text)
{
	size_t len = next_random(seed) % MAX_TEXT;

	for (size_t i = 0; i < len; i++) {
		const char *w = words[next_random(seed) % n].text;

		text[i] = next_random(seed) % 8 ? w[next_random(seed) % strlen(w)]
						: (char)next_random(seed);
	}
	for (uint32_t k = next_random(seed) % 6; k && len; k--) {
		struct kd_view w = kd_view_of(words[next_random(seed) % n].text);
		size_t at = next_random(seed) % len;

		if (next_random(seed) % 3 == 0 && w.n <= len)
			at = len - w.n; /* to the last byte */
		if (next_random(seed) % 4 == 0)
			w.n--;
		w.n = w.n > len - at ? len - at : w.n;
		memcpy(text + at, w.p, w.n);
	}
	return len;
}

static void against_naive(const struct kd_word *words, size_t n)
{
	static const char *const methods[] = {"avx512", "avx2", "ssse3", "neon", "plain"};
	struct kd_finder *f = kd_finder_new(words, n);
	size_t tried = 0, found = 0;

	for (size_t m = 0; m < KD_ARRAY_LEN(methods); m++) {
		uint32_t seed = 7;

		if (!kd_finder_use(f, methods[m]))
			continue;
		tried++;
		for (int r = 0; r < ROUNDS; r++) {
			char text[MAX_TEXT], *exact;
			size_t len = random_text(words, n, &seed, text);

			exact = kd_xmalloc(len ? len : 1);
			memcpy(exact, text, len);
			found += compare(f, words, n, kd_view(exact, len), methods[m]);
			compare_all(f, words, n, kd_view(exact, len));
			kd_free(exact);
		}
	}
	assert_true(tried >= 1 && found > tried * ROUNDS);
	assert_true(kd_finder_use(f, "plain"));
	assert_false(kd_finder_use(f, "no such method"));
	kd_finder_free(f);
}

static void few_words(void **state)
{
	static const struct kd_word words[] = {
		{"aab", 0, 0}, {"abab", 0, 7}, {"abcab", 1, 3}, {"bbbbbbbb", 4, 3}, {"cab\xff", 0, 0}};

	(void)state;
	against_naive(words, KD_ARRAY_LEN(words));
}

static void trigger_words(void **state)
{
	size_t n, common;
	const struct kd_word *words = kd_words(&n, &common);

	(void)state;
	assert_true(common < n);
	against_naive(words, n);
}

/* A word at every place around the borders of the steps, and nothing else. */
static void borders(void **state)
{
	static const struct kd_word words[] = {{"needle", 2, 0}, {"pin", 0, 1}};
	struct kd_finder *f = kd_finder_new(words, 2);

	(void)state;
	for (size_t len = 3; len < 270; len++)
		for (size_t at = 0; at + 3 <= len; at++) {
			struct kd_view w = kd_view_of(words[at + 6 > len].text);
			char *text = kd_xmalloc(len);

			memset(text, '.', len);
			memcpy(text + at, w.p, w.n);
			assert_int_equal(kd_finder_next(f, kd_view(text, len), 0, NULL), at);
			assert_int_equal(kd_finder_next(f, kd_view(text, len), at, NULL), at);
			assert_int_equal(kd_finder_next(f, kd_view(text, len), at + 1, NULL), KD_NPOS);
			kd_free(text);
		}
	kd_finder_free(f);
}

static void counts(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (size_t len = 0; len < 20000; len = len * 3 / 2 + 1) {
		char *text = kd_xmalloc(len ? len : 1);
		size_t want = 0;

		for (size_t i = 0; i < len; i++) {
			text[i] = next_random(&seed) % 3 ? '\n' : 'x';
			want += text[i] == '\n';
		}
		assert_int_equal(kd_count_byte(kd_view(text, len), '\n'), want);
		kd_free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_words),
		cmocka_unit_test(trigger_words),
		cmocka_unit_test(borders),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
