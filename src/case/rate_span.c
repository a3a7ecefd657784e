// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "case/dist.h"
#include "case/rate_internal.h"

#define Z_TWO_SIDED 1.959963984540054 /* normal quantile of 0.975 */
#define Z_POWER 0.8416212335729143 /* and of 0.8 */

/*
 * When counts may be divided by their dispersion: hosts have this many boots with it on average, so that their scatter
 * can be seen at all, and it is hardly more than Poisson's. (Of rare crashes without a loop among them the dispersion
 * looks like 1 by luck, and hosts hit are as good as boots.)
 */
#define DENSE 0.2
#define SCATTER_SMALL 1.5
/* Hosts hit say too little when most hosts are: what is left of their number. */
#define ONSETS_LEFT 0.35

static const struct kd_rate_cell *cell_of(const struct kd_rate_host *h, unsigned period)
{
	return period ? &h->after : &h->before;
}

/* --- hosts hit ------------------------------------------------------------------------------------------ */

/*
 * Each host is hit with probability 1 - exp(-rate × hours). Where the derivative of that likelihood is 0:
 * Σ_hit E/(exp(rate E) - 1) = hours of the others. The left side lies between 1/rate - E and 1/rate per host.
 */
static double onset_rate(const struct kd_rate_host *host, size_t n, unsigned period, const struct kd_rate_period *p)
{
	double lo = (double)p->hosts_hit / p->hours / 2, hi = (double)p->hosts_hit / p->idle * 2;

	for (int i = 0; i < 60 && hi - lo > 1e-12 * hi; i++) {
		const double mid = (lo + hi) / 2;
		double sum = 0;

		for (size_t k = 0; k < n; k++) {
			const struct kd_rate_cell *c = cell_of(&host[k], period);

			if (kd_rate_usable(c) && c->hit)
				sum += c->hours / expm1(mid * c->hours);
		}
		if (sum > p->idle)
			lo = mid;
		else
			hi = mid;
	}
	return (lo + hi) / 2;
}

/*
 * The count that has the information of the hosts hit: with u = rate × hours each is worth (u/2 / sinh(u/2))², 1 while
 * it is improbable to be hit, near 0 when it is all but certain.
 */
static void count_onsets(const struct kd_rate_host *host, size_t n, unsigned period, struct kd_rate_period *p)
{
	double rate, onsets = 0;

	p->onsets = 0;
	p->risk = p->idle;
	if (!p->hosts_hit || !(p->idle > 0))
		return;
	rate = onset_rate(host, n, period, p);
	for (size_t k = 0; k < n; k++) {
		const struct kd_rate_cell *c = cell_of(&host[k], period);
		const double half = rate * c->hours / 2;

		if (kd_rate_usable(c) && c->hit)
			onsets += half < 1e-4 ? 1 : half < 300 ? half * half / (sinh(half) * sinh(half)) : 0;
	}
	p->onsets = onsets;
	p->risk = onsets / rate;
}

/* --- scatter -------------------------------------------------------------------------------------------- */

/* Pearson's, weighted by what is expected: Σ (hit - expected)² / Σ expected, for the two rates that were fitted. */
static void measure_scatter(struct kd_rate_tally *t)
{
	const double cells = (double)(t->p[0].cells + t->p[1].cells), hit = t->p[0].hit + t->p[1].hit;
	double df = cells - 2, wide;

	t->dispersion = NAN;
	t->divisor = INFINITY;
	if (df < 1 || !(hit > 0))
		return;
	t->dispersion = (t->p[0].squares + t->p[1].squares) / hit * cells / df;
	wide = kd_t_quantile(1 - KD_RATE_ALPHA / 2, df) / Z_TWO_SIDED;
	t->divisor = fmax(t->dispersion, 1) * wide * wide;
}

static bool hits_say_something(const struct kd_rate_period *p)
{
	return p->risk > 0 && p->onsets >= ONSETS_LEFT * (double)p->hosts_hit;
}

/*
 * Hosts that were hit in both periods beyond what rates that are the same for all make likely: some hosts are worse than
 * others, and counting each once hides how often they crash. The scatter of the boots has that in it.
 */
static bool hosts_differ(const struct kd_rate_host *host, size_t n, const struct kd_rate_tally *t)
{
	const struct kd_rate_period *a = &t->p[0], *b = &t->p[1];
	double both = 0, expected = 0;

	if (!(a->risk > 0) || !(b->risk > 0))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!kd_rate_usable(&host[i].before) || !kd_rate_usable(&host[i].after))
			continue;
		both += host[i].before.hit && host[i].after.hit;
		expected += expm1(-a->onsets / a->risk * host[i].before.hours) * expm1(-b->onsets / b->risk * host[i].after.hours);
	}
	return both > expected + sqrt(expected) + 0.5;
}

static uint8_t choose(const struct kd_rate_tally *t)
{
	const double cells = (double)(t->p[0].cells + t->p[1].cells);

	if (!hits_say_something(&t->p[0]) || !hits_say_something(&t->p[1]))
		return KD_RATE_DISPERSION;
	if (isfinite(t->divisor) && t->dispersion <= SCATTER_SMALL && t->p[0].hit + t->p[1].hit >= DENSE * cells)
		return KD_RATE_DISPERSION;
	return KD_RATE_HITS;
}

void kd_rate_tally(const struct kd_rate_host *host, size_t n, struct kd_rate_tally *ret)
{
	struct kd_rate_tally t = {0};

	for (size_t i = 0; i < 2 * n; i++) {
		const struct kd_rate_cell *c = cell_of(&host[i / 2], i & 1);
		struct kd_rate_period *p = &t.p[i & 1];

		if (!kd_rate_usable(c) || !(c->hours > 0))
			continue;
		p->cells++;
		p->hours += c->hours;
		p->hit += (double)c->hit;
		p->hosts_hit += c->hit > 0;
		p->idle += c->hit ? 0 : c->hours;
	}
	for (size_t i = 0; i < 2 * n; i++) {
		const struct kd_rate_cell *c = cell_of(&host[i / 2], i & 1);
		struct kd_rate_period *p = &t.p[i & 1];
		const double off = p->hours > 0 ? (double)c->hit - p->hit / p->hours * c->hours : 0;

		if (kd_rate_usable(c))
			p->squares += off * off;
	}
	count_onsets(host, n, 0, &t.p[0]);
	count_onsets(host, n, 1, &t.p[1]);
	measure_scatter(&t);
	t.method = choose(&t);
	t.differ = t.method == KD_RATE_HITS && hosts_differ(host, n, &t);
	*ret = t;
}

/* --- intervals ------------------------------------------------------------------------------------------ */

struct ratio {
	double lo, hi, p;
};

/* Of counts n with hours e: given their sum the later count is binomial with probability ratio e1 / (e0 + ratio e1). */
static struct ratio conditional(const double n[2], const double e[2])
{
	struct ratio r = {0, INFINITY, 1};
	double lo, hi;

	if (!(e[0] > 0) || !(e[1] > 0) || !(n[0] + n[1] > 0))
		return r;
	kd_binomial_interval(n[1], n[0] + n[1], KD_RATE_ALPHA, &lo, &hi);
	r.lo = lo < 1 ? lo / (1 - lo) * e[0] / e[1] : INFINITY;
	r.hi = hi < 1 ? hi / (1 - hi) * e[0] / e[1] : INFINITY;
	r.p = kd_binomial_p(n[1], n[0] + n[1], e[1] / (e[0] + e[1]));
	return r;
}

/* Counts and hours of the clustered interval. */
static void clustered_counts(const struct kd_rate_tally *t, uint8_t method, const double extra[2], double n[2], double e[2])
{
	for (unsigned i = 0; i < 2; i++) {
		const struct kd_rate_period *p = &t->p[i];

		n[i] = method == KD_RATE_HITS ? p->onsets + extra[i] : (p->hit + extra[i]) / t->divisor;
		e[i] = method == KD_RATE_HITS ? p->risk : p->hours;
	}
}

void kd_rate_span(const struct kd_rate_tally *t, const double extra[2], struct kd_rate_span *ret)
{
	const double boots[2] = {t->p[0].hit + extra[0], t->p[1].hit + extra[1]}, hours[2] = {t->p[0].hours, t->p[1].hours};
	const struct ratio exact = conditional(boots, hours);
	double e[2];
	struct ratio hosts;

	clustered_counts(t, t->method, extra, ret->n, e);
	hosts = conditional(ret->n, e);
	ret->exact_lo = exact.lo;
	ret->exact_hi = exact.hi;
	ret->exact_p = exact.p;
	ret->lo = fmin(exact.lo, hosts.lo);
	ret->hi = fmax(exact.hi, hosts.hi);
	ret->p = fmax(exact.p, hosts.p);
	if (t->differ) {
		double n[2] = {0, 0};

		clustered_counts(t, KD_RATE_DISPERSION, extra, n, e);
		hosts = conditional(n, e);
		ret->lo = fmin(ret->lo, hosts.lo);
		ret->hi = fmax(ret->hi, hosts.hi);
		ret->p = fmax(ret->p, hosts.p);
	}
}

#define NOTHING ((const double[2]){0, 0})

/* --- how much more -------------------------------------------------------------------------------------- */

/* With none of n0 + 0 after, the upper end of the probability is 1 - (alpha/2)^(1/n0). */
static double zero_hours(double n0, double e0)
{
	/* p/(1 - p) = (alpha/2)^(-1/n0) - 1 */
	return n0 > 0 ? e0 * expm1(-log(KD_RATE_ALPHA / 2) / n0) : INFINITY;
}

double kd_rate_zero_hours(const struct kd_rate_tally *t)
{
	double hours = zero_hours(t->p[0].hit, t->p[0].hours), n[2] = {0, 0}, e[2] = {0, 0};

	clustered_counts(t, t->method, NOTHING, n, e);
	hours = fmax(hours, zero_hours(n[0], e[0]));
	if (!t->differ)
		return hours;
	clustered_counts(t, KD_RATE_DISPERSION, NOTHING, n, e);
	return fmax(hours, zero_hours(n[0], e[0]));
}

double kd_rate_power_hours(const struct kd_rate_tally *t, double target)
{
	const double step = log(target) / (Z_TWO_SIDED + Z_POWER);
	double n[2] = {0, 0}, e[2] = {0, 0}, rest;

	clustered_counts(t, t->method, NOTHING, n, e);
	if (t->differ) {
		double wide[2], hours[2];

		clustered_counts(t, KD_RATE_DISPERSION, NOTHING, wide, hours);
		if (wide[0] < n[0]) {
			n[0] = wide[0];
			e[0] = hours[0];
		}
	}
	if (!(n[0] > 0))
		return INFINITY;
	/* variance of the logarithm of the ratio: 1/n0 + 1/n1, with n1 = n0 target E1/E0 expected */
	rest = step * step - 1 / n[0];
	return rest > 0 ? 1 / rest / (n[0] * target) * e[0] : INFINITY;
}
