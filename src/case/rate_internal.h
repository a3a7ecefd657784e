/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate_internal.h: between rate.c (what it means) and rate_span.c (the numbers).
 *
 *	struct kd_rate_tally t;
 *	kd_rate_tally(hosts, n, &t);
 *	kd_rate_span(&t, (const double[2]){0, 0}, &span);
 */
#ifndef KD_CASE_RATE_INTERNAL_H
#define KD_CASE_RATE_INTERNAL_H

#include "case/rate.h"

#define KD_RATE_ALPHA 0.05

/* Of one period: 0 before, 1 after. Cells without known exposure are not in it. */
struct kd_rate_period {
	double hours, hit; /* sums */
	uint64_t cells, hosts_hit;
	double idle; /* hours of the hosts that were not hit */
	double squares; /* sum of (hit - expected)² */
	/* Hosts hit, as a count that is worth as much, and the hours that it belongs to; hours 0: says nothing. */
	double onsets, risk;
};

struct kd_rate_tally {
	struct kd_rate_period p[2];
	uint8_t method; /* enum kd_rate_method */
	bool differ; /* some hosts are worse than others: both methods, and the wider of them */
	double dispersion; /* NaN: not to be measured */
	double divisor; /* of counts, with t in it; INFINITY: they say nothing */
};

struct kd_rate_span {
	double lo, hi, p;
	double exact_lo, exact_hi, exact_p;
	double n[2]; /* counts that the clustered interval was made of */
};

/* Does a cell take part? */
static inline bool kd_rate_usable(const struct kd_rate_cell *c)
{
	return c->hours_known && (c->hours > 0 || !c->hit);
}

void kd_rate_tally(const struct kd_rate_host *host, size_t n, struct kd_rate_tally *ret);

/* extra: further crashes per period, each a boot and a host of its own, without exposure. */
void kd_rate_span(const struct kd_rate_tally *t, const double extra[2], struct kd_rate_span *ret);

/* Hours after that bring the upper end below 1 if nothing more happens; INFINITY: none. */
double kd_rate_zero_hours(const struct kd_rate_tally *t);

/* Hours after from which a true ratio of target is told in 80 % of cases; INFINITY: none. */
double kd_rate_power_hours(const struct kd_rate_tally *t, double target);

#endif
