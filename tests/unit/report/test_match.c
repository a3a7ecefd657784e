// SPDX-License-Identifier: GPL-2.0-or-later
/* The matcher of the scanner gives what asking all kinds and headers gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/match.h"
#include "report/syz.h"
#include "report/words.h"

struct fixture {
	struct kd_finder *finder;
	struct kd_match *match;
};

static int setup(void **state)
{
	struct fixture *f = kd_xcalloc(1, sizeof(*f));
	size_t n, common;
	const struct kd_word *words = kd_words(&n, &common);

	f->finder = kd_finder_new(words, n);
	f->match = kd_match_new(f->finder);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	kd_match_free(f->match);
	kd_finder_free(f->finder);
	kd_free(f);
	return 0;
}

static void has_word(const struct fixture *f, const char *text)
{
	struct kd_wordset words;
	char line[256];
	int n = snprintf(line, sizeof(line), "%s ", text);

	assert_in_range(n, 1, sizeof(line) - 1);
	if (!kd_finder_all(f->finder, kd_view(line, (size_t)n), &words))
		fail_msg("no word of words.c stands in '%s'", text);
}

/* Every header holds a trigger word: else the scanner would pass over it. */
static void words_everywhere(void **state)
{
	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		for (const char *const *p = k->pats; p && *p; p++)
			if (strcmp(k->name, "unknown"))
				has_word(*state, *p);
	for (uint8_t i = 1; i <= kd_syz_headers(); i++)
		has_word(*state, kd_syz_header_text(i));
}

/* Returns whether there was anything to match. */
static bool same(const struct fixture *f, struct kd_view text)
{
	struct kd_wordset words;
	const struct kd_kind *kind;
	uint8_t syz;

	(void)kd_finder_all(f->finder, text, &words);
	kd_match_line(f->match, text, &words, &kind, &syz);
	if (kind != kd_kind_match(text) || syz != kd_syz_header(text))
		fail_msg("kind %s, header %u of '%.*s'", kind ? kind->name : "-", syz,
			 KD_VARG(text));
	return kind || syz;
}

/* The pattern with other text for its stars, and that text before it and behind it. */
static size_t spell(const char *pattern, struct kd_view fill, char *out)
{
	size_t n = 0;

	if (*pattern == '^') {
		pattern++;
	} else {
		memcpy(out, fill.p, fill.n);
		n = fill.n;
	}
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			memcpy(out + n, fill.p, fill.n);
			n += fill.n;
		} else {
			out[n++] = *pattern;
		}
	}
	memcpy(out + n, fill.p, fill.n);
	return n + fill.n;
}

static void every_pattern(void **state)
{
	static const struct kd_view fills[] = {
		KD_V(""), KD_V(" "), KD_V(" x y "), KD_V("EXT4-fs"), KD_V(" INFO: "),
		KD_V(" at a.c:1 f+0x1/0x2"), KD_V("ODEBUG: "), KD_V(" Kernel panic - not syncing: ")};
	size_t matched = 0, patterns = 0;

	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		for (const char *const *p = k->pats; p && *p; p++, patterns++)
			for (size_t i = 0; i < KD_ARRAY_LEN(fills); i++) {
				char text[1024];
				size_t n = spell(*p, fills[i], text);

				matched += same(*state, kd_view(text, n));
				same(*state, kd_view(text, n - 1));
				same(*state, kd_view(text + 1, n - 1));
			}
	assert_true(matched > patterns);
}

static void every_header(void **state)
{
	for (uint8_t i = 1; i <= kd_syz_headers(); i++) {
		struct kd_view text = kd_view_of(kd_syz_header_text(i));

		assert_true(same(*state, text));
		same(*state, kd_view_head(text, text.n - 1));
	}
	assert_false(same(*state, KD_VNULL));
	assert_false(same(*state, KD_V("usb 1-1: new high-speed USB device")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_everywhere),
		cmocka_unit_test(every_pattern),
		cmocka_unit_test(every_header),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
