/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dist.h: the few distributions that case/rate.h needs: beta, binomial, Student's t.
 *
 *	double p = kd_beta_inc(2.5, 7, 0.3);               // I_0.3(2.5, 7)
 *	double q = kd_t_quantile(0.975, 8);                // 2.306
 *	kd_binomial_interval(3, 10, 0.05, &lo, &hi);       // Clopper and Pearson: 0.0667 … 0.6525
 *
 * Plain numbers in, plain numbers out; nothing is allocated, nothing can fail. Arguments outside of what a function
 * is defined for give NaN. Relative errors stay below 1e-7 for counts up to 10^5 (tests/unit/case/test_dist.c against published
 * tables, tests/run/rate-referees against SciPy).
 *
 * I_x(a, b) is summed as the continued fraction of Abramowitz & Stegun 26.5.8, by the modified method of Lentz.
 */
#ifndef KD_CASE_DIST_H
#define KD_CASE_DIST_H

/* Regularised incomplete beta function I_x(a, b): a, b > 0, 0 ≤ x ≤ 1. */
double kd_beta_inc(double a, double b, double x);
/* The x with I_x(a, b) = p, 0 ≤ p ≤ 1. */
double kd_beta_quantile(double a, double b, double p);

/*
 * Of k successes in n, k and n not negative, k ≤ n, but not necessarily whole (counts that were divided by a
 * dispersion): the two-sided interval of level 1 - alpha for the probability. n 0: 0 … 1.
 */
void kd_binomial_interval(double k, double n, double alpha, double *lo_ret, double *hi_ret);
/* Twice the smaller tail, at most 1: is the probability p? n 0: 1. */
double kd_binomial_p(double k, double n, double p);

/* Quantile of Student's t; df > 0, not necessarily whole. 0.5 < p < 1. */
double kd_t_quantile(double p, double df);

#endif
