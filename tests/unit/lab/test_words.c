// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "lab/words.h"

enum { MAX = 8 };

struct split {
	struct kd_arena arena;
	const char *v[MAX + 1];
	size_t n;
};

static bool split(struct split *s, struct kd_view line)
{
	*s = (struct split){.arena = KD_ARENA_INIT(1 << 20)};
	return kd_words_split(line, &s->arena, s->v, MAX, &s->n);
}

static void is(const char *line, size_t n, const char *const *want)
{
	struct split s;

	assert_true(split(&s, kd_view_of(line)));
	assert_int_equal(s.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(s.v[i], want[i]);
	assert_null(s.v[n]);
	kd_arena_deinit(&s.arena);
}

/* Held against what sh makes of these lines: printf '<%s>' LINE. */
static void test_words(void **state)
{
	(void)state;
	is("", 0, NULL);
	is("  \t\n ", 0, NULL);
	is(" a  bc\n", 2, (const char *const[]){"a", "bc"});
	is("'a b' \"c d\"e", 2, (const char *const[]){"a b", "c de"});
	is("'' \"\" x''y", 3, (const char *const[]){"", "", "xy"});
	is("'it'\"'\"'s' -append 'x=\"1 2\" `y`'", 3,
	   (const char *const[]){"it's", "-append", "x=\"1 2\" `y`"});
	is("a\\ b \"c\\\"d\\n\" '\\'", 3, (const char *const[]){"a b", "c\"d\\n", "\\"});
}

static void test_refused(void **state)
{
	static const char *const lines[] = {"'a", "b \"c", "\"a\\\"", "1 2 3 4 5 6 7 8 9"};
	struct split s;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(lines); i++) {
		assert_false(split(&s, kd_view_of(lines[i])));
		kd_arena_deinit(&s.arena);
	}
	assert_false(split(&s, kd_view("a\0b", 3)));
	kd_arena_deinit(&s.arena);
	assert_true(split(&s, kd_view_of("1 2 3 4 5 6 7 8")));
	assert_int_equal(s.n, MAX);
	kd_arena_deinit(&s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
