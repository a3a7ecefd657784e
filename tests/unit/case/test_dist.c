// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/alloc.h"
#include "case/dist.h"

static void near(double got, double want, double error)
{
	if (!(fabs(got - want) <= error))
		fail_msg("%.12g is not %.12g", got, want);
}

/* Published two-sided 5 % points of Student's t (any table of it, three decimals), and closed forms. */
static void student(void **state)
{
	static const struct {
		double df, t;
	} table[] = {{1, 12.706}, {2, 4.303}, {3, 3.182}, {4, 2.776}, {5, 2.571}, {8, 2.306}, {10, 2.228},
		     {20, 2.086}, {30, 2.042}, {60, 2.000}, {120, 1.980}, {1e9, 1.960}};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(table); i++)
		near(kd_t_quantile(0.975, table[i].df), table[i].t, 0.0005001);
	/* df 1 is Cauchy's, df 2 has t = (2p - 1) sqrt(2 / (1 - (2p - 1)²)) */
	near(kd_t_quantile(0.9, 1), tan(0.4 * 3.141592653589793), 1e-10);
	near(kd_t_quantile(0.95, 2), 0.9 * sqrt(2 / (1 - 0.81)), 1e-10);
	assert_true(isnan(kd_t_quantile(0.975, 0)) && isnan(kd_t_quantile(0.3, 5)));
}

/* The sum of binomial terms, in another way than the continued fraction. */
static double at_least(unsigned k, unsigned n, double p)
{
	double term = pow(1 - p, n), sum = k ? 0 : term;

	for (unsigned i = 1; i <= n; i++) {
		term *= (double)(n - i + 1) / i * p / (1 - p);
		sum += i >= k ? term : 0;
	}
	return sum;
}

static void beta(void **state)
{
	(void)state;

	for (unsigned n = 1; n <= 60; n += 7)
		for (unsigned k = 1; k <= n; k++)
			for (double p = 0.03; p < 1; p += 0.083)
				near(kd_beta_inc(k, n - k + 1, p), at_least(k, n, p), 1e-12);
	near(kd_beta_inc(0.5, 0.5, 0.3), 2 / 3.141592653589793 * asin(sqrt(0.3)), 1e-13);
	near(kd_beta_inc(1, 7, 0.2), 1 - pow(0.8, 7), 1e-14);
	near(kd_beta_quantile(1, 7, 0.5), 1 - pow(0.5, 1.0 / 7), 1e-13);
	assert_true(kd_beta_inc(3, 4, 0) == 0 && kd_beta_inc(3, 4, 1) == 1);
	assert_true(isnan(kd_beta_inc(0, 1, 0.5)) && isnan(kd_beta_inc(1, 1, 2)) && isnan(kd_beta_inc(NAN, 1, 0.5)));
	/* of large counts the middle is at the mean */
	near(kd_beta_quantile(1e6, 3e6, 0.5), 0.25, 1e-6);
}

/* Published: Clopper and Pearson's limits of 0, 3, 5, 10 of 10; the rule of three's exact form. */
static void binomial(void **state)
{
	static const struct {
		double k, n, lo, hi;
	} table[] = {{0, 10, 0, 0.3085}, {1, 10, 0.0025, 0.4450}, {3, 10, 0.0667, 0.6525}, {5, 10, 0.1871, 0.8129},
		     {10, 10, 0.6915, 1}, {1, 1, 0.0250, 1}, {10, 100, 0.0490, 0.1762}, {50, 100, 0.3983, 0.6017}};
	double lo, hi;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(table); i++) {
		kd_binomial_interval(table[i].k, table[i].n, 0.05, &lo, &hi);
		near(lo, table[i].lo, 0.0000501);
		near(hi, table[i].hi, 0.0000501);
	}
	kd_binomial_interval(0, 0, 0.05, &lo, &hi);
	assert_true(lo == 0 && hi == 1);
	near(kd_binomial_p(0, 10, 0.5), 2 * pow(0.5, 10), 1e-15);
	near(kd_binomial_p(5, 10, 0.5), 1, 0);
	near(kd_binomial_p(9, 10, 0.5), 22.0 / 1024, 1e-13);
	near(kd_binomial_p(0, 0, 0.5), 1, 0);
	/* the limits are where the tail is 2.5 % */
	kd_binomial_interval(7, 31, 0.05, &lo, &hi);
	near(at_least(7, 31, lo), 0.025, 1e-9);
	near(1 - at_least(8, 31, hi), 0.025, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(student),
		cmocka_unit_test(beta),
		cmocka_unit_test(binomial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
