// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of case/dist.h for tests/run/rate-referees: "name arguments… value" per line. */
#include <stdio.h>

#include "base/alloc.h"
#include "case/dist.h"

static const double sizes[] = {0.05, 0.5, 1, 1.7, 3, 10, 41.5, 200, 3000, 1e5};
static const double points[] = {1e-9, 1e-4, 0.01, 0.025, 0.2, 0.5, 0.7, 0.975, 0.9999};

int main(void)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(sizes); i++) {
		for (size_t k = 0; k < KD_ARRAY_LEN(sizes); k++) {
			double lo, hi;

			for (size_t p = 0; p < KD_ARRAY_LEN(points); p++) {
				const double mean = sizes[i] / (sizes[i] + sizes[k]);

				printf("inc %.17g %.17g %.17g %.17g\n", sizes[i], sizes[k], points[p],
				       kd_beta_inc(sizes[i], sizes[k], points[p]));
				printf("inc %.17g %.17g %.17g %.17g\n", sizes[i], sizes[k], mean,
				       kd_beta_inc(sizes[i], sizes[k], mean));
				printf("quantile %.17g %.17g %.17g %.17g\n", sizes[i], sizes[k], points[p],
				       kd_beta_quantile(sizes[i], sizes[k], points[p]));
			}
			kd_binomial_interval(sizes[i], sizes[i] + sizes[k], 0.05, &lo, &hi);
			printf("lower %.17g %.17g %.17g\n", sizes[i], sizes[i] + sizes[k], lo);
			printf("upper %.17g %.17g %.17g\n", sizes[i], sizes[i] + sizes[k], hi);
		}
		printf("t 0.975 %.17g %.17g\n", sizes[i], kd_t_quantile(0.975, sizes[i]));
		printf("t 0.8 %.17g %.17g\n", sizes[i], kd_t_quantile(0.8, sizes[i]));
	}
	for (int n = 1; n < 300; n += 13)
		for (int k = 0; k <= n; k += 3)
			for (double p = 0.05; p < 1; p += 0.15)
				printf("p %d %d %.17g %.17g\n", k, n, p, kd_binomial_p(k, n, p));
	return 0;
}
