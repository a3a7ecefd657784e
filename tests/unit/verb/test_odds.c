// SPDX-License-Identifier: GPL-2.0-or-later
/* Exact tests against fractions of binomial coefficients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "verb/odds.h"

static void near(double a, double b)
{
	double d = a > b ? a - b : b - a;

	if (d > 1e-9 + 1e-6 * (b > 0 ? b : -b))
		fail_msg("%.12g is not %.12g", a, b);
}

static void fisher(void **state)
{
	(void)state;

	near(kd_odds_fisher(&(struct kd_odds_table){3, 1, 1, 3}), 17.0 / 70);
	near(kd_odds_fisher(&(struct kd_odds_table){8, 2, 1, 5}), 196.0 / 8008);
	near(kd_odds_fisher(&(struct kd_odds_table){5, 0, 0, 5}), 1.0 / 252);
	near(kd_odds_fisher(&(struct kd_odds_table){0, 5, 5, 0}), 1);
	near(kd_odds_fisher(&(struct kd_odds_table){4, 0, 7, 3}),
	     330.0 / 1001); /* C(11,4) / C(14,4) */
	near(kd_odds_fisher(&(struct kd_odds_table){0, 0, 0, 0}), 1);
	/* far out: small, not zero and not more than one */
	assert_true(kd_odds_fisher(&(struct kd_odds_table){1000, 0, 0, 1000}) < 1e-200);
	assert_true(kd_odds_fisher(&(struct kd_odds_table){10, 0, 500000, 500000}) < 0.001);
}

static void binomial(void **state)
{
	(void)state;
	near(kd_odds_binomial(3, 3, 0.5), 0.125);
	near(kd_odds_binomial(2, 3, 0.5), 0.5);
	near(kd_odds_binomial(1, 10, 0.1), 1 - 0.34867844010);
	near(kd_odds_binomial(0, 10, 0.1), 1);
	near(kd_odds_binomial(4, 10, 0), 0);
	near(kd_odds_binomial(4, 10, 1), 1);
}

static void words(void **state)
{
	char text[96];

	(void)state;
	near(kd_odds_words(&(struct kd_odds_table){2, 0, 50, 50}, 1, text, sizeof(text)), 1);
	assert_string_equal(text, "too few boots to test");
	near(kd_odds_words(&(struct kd_odds_table){5, 0, 0, 5}, 4, text, sizeof(text)), 4.0 / 252);
	assert_string_equal(text, "p = 0.02 (Fisher, corrected for 4 choices)");
	/* a correction ends at one */
	near(kd_odds_words(&(struct kd_odds_table){3, 1, 1, 3}, 100, text, sizeof(text)), 1);
	kd_odds_words(&(struct kd_odds_table){40, 0, 0, 40}, 1, text, sizeof(text));
	assert_string_equal(text, "p < 0.0001 (Fisher)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fisher), cmocka_unit_test(binomial),
					   cmocka_unit_test(words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
