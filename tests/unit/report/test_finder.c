// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/finder.h"
#include "report/words.h"

static size_t naive(const struct kd_word *w, size_t n, struct kd_view t, size_t from)
{
	for (size_t i = from; i < t.n; i++)
		for (size_t k = 0; k < n; k++) {
			size_t len = strlen(w[k].text);

			if (len <= t.n - i && !memcmp(t.p + i, w[k].text, len))
				return i;
		}
	return KD_NPOS;
}

/* A word whose rarest bytes stand at its end is found wherever it lies, also across a vector's edge. */
static void anchors(void **state)
{
	static const struct kd_word words[] = {{"caused by firmware", 11}, {"BUG", 0}, {"page fault", 7}};
	struct kd_finder *f = kd_finder_new(words, 3);
	char buf[160];

	(void)state;
	for (size_t k = 0; k < 3; k++)
		for (size_t n = strlen(words[k].text); n < sizeof(buf); n++)
			for (size_t at = 0; at + strlen(words[k].text) <= n; at++) {
				memset(buf, 'x', sizeof(buf));
				memcpy(buf + at, words[k].text, strlen(words[k].text));
				assert_int_equal(kd_finder_next(f, kd_view(buf, n), 0, NULL), at);
				if (at)
					assert_int_equal(kd_finder_next(f, kd_view(buf, n), at, NULL), at);
				assert_true(kd_finder_next(f, kd_view(buf, n), at + 1, NULL) == KD_NPOS);
			}
	kd_finder_free(f);
}

/* Every word of the scanner, alone in texts of all lengths. */
static void all_words(void **state)
{
	size_t n;
	const struct kd_word *w = kd_words(&n);
	struct kd_finder *f = kd_finder_new(w, n);
	char buf[200];

	(void)state;
	for (size_t k = 0; k < n; k++) {
		size_t len = strlen(w[k].text);

		for (size_t at = 0; at + len + 5 < 90; at++) {
			struct kd_view t = kd_view(buf, at + len + at % 5);

			memset(buf, '.', sizeof(buf));
			memcpy(buf + at, w[k].text, len);
			assert_true(kd_finder_next(f, t, 0, NULL) != KD_NPOS);
			assert_true(kd_finder_next(f, t, 0, NULL) >= naive(w, n, t, 0));
		}
	}
	kd_finder_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(anchors), cmocka_unit_test(all_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
