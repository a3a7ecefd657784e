// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/dist.h"

#include <float.h>
#include <math.h>

#define TERMS 20000 /* of the fraction; it takes some times sqrt(max(a, b)) of them */
#define HALVINGS 1100 /* of an interval: enough for the smallest double */

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

static double not_zero(double v)
{
	return fabs(v) < 1e-300 ? 1e-300 : v;
}

/* The fraction 1/(1+ d1/(1+ d2/(1+ …: converges fast for x < (a + 1)/(a + b + 2). */
static double fraction(double a, double b, double x)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), f = d;

	for (int m = 1; m <= TERMS; m++) {
		const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		f *= c * d;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		step = c * d;
		f *= step;
		if (fabs(step - 1) < 4 * DBL_EPSILON)
			break;
	}
	return f;
}

double kd_beta_inc(double a, double b, double x)
{
	double front;

	if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1))
		return NAN;
	if (x == 0 || x == 1)
		return x;
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
	return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b;
}

double kd_beta_quantile(double a, double b, double p)
{
	double lo = 0, hi = 1;

	if (!(a > 0) || !(b > 0) || !(p >= 0) || !(p <= 1))
		return NAN;
	for (int i = 0; i < HALVINGS; i++) {
		const double mid = lo + (hi - lo) / 2;

		if (mid <= lo || mid >= hi)
			break;
		if (kd_beta_inc(a, b, mid) < p)
			lo = mid;
		else
			hi = mid;
		if (hi - lo < 1e-14 * hi)
			break;
	}
	return lo + (hi - lo) / 2;
}

void kd_binomial_interval(double k, double n, double alpha, double *lo_ret, double *hi_ret)
{
	*lo_ret = k > 0 ? kd_beta_quantile(k, n - k + 1, alpha / 2) : 0;
	*hi_ret = k < n ? kd_beta_quantile(k + 1, n - k, 1 - alpha / 2) : 1;
}

double kd_binomial_p(double k, double n, double p)
{
	/* P(X ≥ k) = I_p(k, n - k + 1), P(X ≤ k) = 1 - I_p(k + 1, n - k) */
	const double upper = k > 0 ? kd_beta_inc(k, n - k + 1, p) : 1;
	const double lower = k < n ? kd_beta_inc(n - k, k + 1, 1 - p) : 1;
	const double both = 2 * fmin(upper, lower);

	return both < 1 ? both : 1;
}

/* P(T > t) = I_{df/(df + t²)}(df/2, 1/2) / 2 */
double kd_t_quantile(double p, double df)
{
	double x;

	if (!(df > 0) || !(p > 0.5) || !(p < 1))
		return NAN;
	x = kd_beta_quantile(df / 2, 0.5, 2 * (1 - p));
	/* of many degrees of freedom x is so near to 1 that 1 - x has no digits: ask for 1 - x itself */
	if (x > 0.5) {
		const double y = kd_beta_quantile(0.5, df / 2, 1 - 2 * (1 - p));

		return sqrt(df * y / (1 - y));
	}
	return sqrt(df * (1 - x) / x);
}
