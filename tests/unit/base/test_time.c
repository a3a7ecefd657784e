// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/time.h"

#include <time.h>

#include "base/alloc.h"
#include "check.h"

/* What is taken, as kd_civil_format() writes it, and what is left. */
static const struct {
	const char *in, *want, *rest;
} good[] = {
	{"2026-11-21T01:32:50Z", "2026-11-21T01:32:50Z", ""},
	{"2026-11-21T01:32:50.123456+01:00 host", "2026-11-21T01:32:50.123456+01:00", " host"},
	{"2026-11-21 01:32:50,5-0930]", "2026-11-21T01:32:50.5-09:30", "]"},
	{"2026-11-21 01:32:50 x", "2026-11-21T01:32:50", " x"},
	{"2024-02-29t23:59:60.1234567899z", "2024-02-29T23:59:60.123456789Z", ""},
	{"2026-11-21T01:32:50+99:00", "2026-11-21T01:32:50", "+99:00"},
	{"2026-11-21T01:32:50.", "2026-11-21T01:32:50", "."},
	{"Nov 21 01:32:50 host kernel:", "-----11-21T01:32:50", " host kernel:"},
	{"Nov  1 01:32:50.25 x", "-----11-01T01:32:50.25", " x"},
	{"Feb 29 00:00:00", "-----02-29T00:00:00", ""},
	{"Sat Nov 21 01:32:50 2026]", "2026-11-21T01:32:50", "]"},
	{"Sat Nov 21 01:32:50 UTC 2026", "2026-11-21T01:32:50Z", ""},
	{"Sat Nov 21 01:32:50 2026 -0500 x", "2026-11-21T01:32:50-05:00", " x"},
	{"Sat Nov  7 01:32:50 2026 UTCx", "2026-11-07T01:32:50", " UTCx"},
};

static const char *const bad[] = {
	"",
	"2026-11-21",
	"2026-13-21T01:32:50Z",
	"2026-02-29T01:32:50Z",
	"2026-11-21T24:32:50Z",
	"2026-11-21T01:60:50Z",
	"2026-11-21T01:32:61Z",
	"0000-11-21T01:32:50Z",
	"2026-11-21T1:32:50Z",
	"nov 21 01:32:50",
	"Nov 31 01:32:50",
	"Nov 0 01:32:50",
	"Nov 21 01:32",
	"Sat Nov 21 01:32:50",
	"Sat Nov 21 01:32:50 CET 2026", /* an ambiguous zone: not guessed */
	"Sat Nov 21 01:32:50 20267",
	"Nov 99999999999999999999 01:32:50",
};

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(good); i++) {
		struct kd_view v = kd_view_of(good[i].in);
		char text[KD_CIVIL_LEN];
		struct kd_civil t;

		assert_true(kd_civil_take_any(&v, &t));
		kd_civil_format(&t, text);
		assert_string_equal(text, good[i].want);
		assert_view(v, good[i].rest);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_view v = kd_view_of(bad[i]);
		struct kd_civil t;

		assert_false(kd_civil_take_any(&v, &t));
		assert_view(v, bad[i]); /* untouched */
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(good); i++)
		for (size_t n = 0; n <= strlen(good[i].in); n++) {
			char *exact = kd_xstrndup(good[i].in, n);
			struct kd_view v = kd_view(exact, n);
			struct kd_civil t;

			kd_civil_take_any(&v, &t);
			assert_true(v.n <= n);
			kd_free(exact);
		}
}

static void absolute(void **state)
{
	struct kd_view v = KD_V("2026-11-21T01:32:50.5+01:00"), w = KD_V("Nov 21 01:32:50");
	struct kd_view x = KD_V("2026-11-21T01:32:50");
	struct kd_civil t;
	int64_t ns = 0;

	(void)state;
	assert_true(kd_civil_take_any(&v, &t) && kd_civil_absolute(&t, &ns));
	assert_true(ns == INT64_C(1795221170500000000)); /* date -u -d … +%s */
	assert_true(kd_civil_take_any(&w, &t));
	assert_false(kd_civil_absolute(&t, &ns)); /* no year, no zone */
	assert_true(kd_civil_take_any(&x, &t));
	assert_false(kd_civil_absolute(&t, &ns)); /* no zone */
	t.has_zone = true;
	t.year = 2262;
	assert_false(kd_civil_absolute(&t, &ns));
}

/* Against the C library, over the whole range, both ways. */
static void calendar(void **state)
{
	(void)state;
	for (int64_t s = -INT64_C(9200000000); s < INT64_C(9200000000); s += 8640013) {
		time_t c = (time_t)s;
		struct tm tm;
		struct kd_civil t;
		int64_t ns = 0;

		gmtime_r(&c, &tm);
		kd_civil_from_ns(s * 1000000000 + 7, &t);
		if (t.year != tm.tm_year + 1900 || t.month != tm.tm_mon + 1 ||
		    t.day != tm.tm_mday || t.hour != tm.tm_hour || t.min != tm.tm_min ||
		    t.sec != tm.tm_sec || t.nsec != 7)
			fail_msg("%lld", (long long)s);
		assert_true(kd_civil_absolute(&t, &ns));
		assert_true(ns == s * 1000000000 + 7);
	}
	{
		struct kd_civil t;

		kd_civil_from_ns(-1, &t);
		assert_true(t.year == 1969 && t.sec == 59 && t.nsec == 999999999);
		kd_civil_from_ns(INT64_MIN, &t);
		assert_int_equal(t.year, 1677);
		kd_civil_from_ns(INT64_MAX, &t);
		assert_int_equal(t.year, 2262);
	}
}

static void microseconds(void **state)
{
	static const struct {
		const char *text, *rest;
		int64_t us;
	} taken[] = {
		{"1970-01-01T00:00:00.000001Z", "", 1},
		{"2026-11-21T01:32:50.123456999+01:00 host", " host", INT64_C(1795221170123456)},
		{"Sat Nov 21 01:32:50 UTC 2026", "", INT64_C(1795224770000000)},
	};
	static const char *const refused[] = {"", "yesterday", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-21T01:32:50",
					  "Nov 21 01:32:50", "2026-02-29T01:00:00Z"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(taken); i++) {
		struct kd_view v = kd_view_of(taken[i].text);
		int64_t us = -7;

		assert_true(kd_civil_take_us(&v, &us));
		assert_int_equal(us, taken[i].us);
		assert_true(kd_view_eq(v, kd_view_of(taken[i].rest)));
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(refused); i++) {
		struct kd_view v = kd_view_of(refused[i]);
		int64_t us = -7;

		assert_false(kd_civil_take_us(&v, &us));
		assert_int_equal(us, -7);
		assert_true(v.p == refused[i] && v.n == strlen(refused[i]));
	}
}

static void validity(void **state)
{
	const struct kd_civil leap = {.year = 2024, .month = 2, .day = 29, .hour = 23, .min = 59, .sec = 60};
	struct kd_civil t = leap;

	(void)state;
	assert_true(kd_civil_is_valid(&t));
	t.year = 1900;
	assert_false(kd_civil_is_valid(&t));
	t = leap;
	t.month = 13;
	assert_false(kd_civil_is_valid(&t));
	t = leap;
	t.hour = 24;
	assert_false(kd_civil_is_valid(&t));
	t = leap;
	t.sec = 61;
	assert_false(kd_civil_is_valid(&t));
}

static void durations(void **state)
{
	static const struct {
		int64_t ns;
		const char *want;
	} cases[] = {
		{0, "0 ms"},
		{340000000, "340 ms"},
		{5000, "5 us"},
		{1500000000, "1.5 s"},
		{INT64_C(125000000000), "2 min 5 s"},
		{INT64_C(12000000000000), "3 h 20 min"},
		{-1500000000, "-1.5 s"},
	};
	char text[KD_CIVIL_LEN];

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		kd_duration_format(cases[i].ns, text);
		assert_string_equal(text, cases[i].want);
	}
	kd_duration_format(INT64_MIN, text);
	assert_string_equal(text, "-2562047 h 47 min");
}

static void monotonic(void **state)
{
	int64_t a = kd_mono_ns();

	(void)state;
	assert_true(a > 0);
	assert_true(kd_mono_ns() >= a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),     cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(absolute),  cmocka_unit_test(calendar),
		cmocka_unit_test(durations), cmocka_unit_test(monotonic),
		cmocka_unit_test(microseconds), cmocka_unit_test(validity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
