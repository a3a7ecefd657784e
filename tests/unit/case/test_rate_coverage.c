// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often the 95 % interval of kd_rate_compare() holds the true ratio, in simulated fleets.
 *
 *	KDOC_RATE_RUNS=20000 build/asan/tests/unit/case/test_case_rate_coverage    # by hand; 75 in each test run
 *
 * A host has crashes as a Poisson process; each crash is followed by a loop of boots that crash at once, of a random
 * length. The fix multiplies the rate of crashes by the ratio. Seeds are fixed: a run gives the same table each time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/alloc.h"
#include "case/rate.h"

#define HOSTS_MAX 10000

enum loop { NO_LOOP, GEOMETRIC, HEAVY }; /* boots per crash: 1; mean 6; Pareto with infinite variance, to 2000 */
enum plan { ALIKE, STAGED, DISJOINT, SHORT }; /* exposure after: as before; a random share of it; other hosts; a tenth */

#define LEMONS (-1) /* one host in 30 has half of the crashes */

struct scenario {
	const char *name;
	unsigned hosts;
	double crashes; /* expected before, all hosts */
	enum loop loop;
	enum plan plan;
	double frailty; /* of the hosts' own rates, mean 1: variance 2; 0: all alike; or LEMONS */
	/* Few hosts, each of which loops now and then: what the data can tell is next to nothing, and the answer has to be so. */
	bool powerless;
};

static const struct scenario scenarios[] = {
	{"independent, 200 hosts", 200, 40, NO_LOOP, ALIKE, 0, false},
	{"independent, many per host", 50, 400, NO_LOOP, ALIKE, 0, false},
	{"loops, 200 hosts", 200, 40, GEOMETRIC, ALIKE, 0, false},
	{"heavy loops, 200 hosts", 200, 40, HEAVY, ALIKE, 0, false},
	{"loops, several per host", 100, 100, GEOMETRIC, ALIKE, 0, false},
	{"heavy loops, several per host", 100, 100, HEAVY, ALIKE, 0, false},
	{"loops, most hosts hit", 100, 300, GEOMETRIC, ALIKE, 0, false},
	{"heavy loops, most hosts hit", 100, 300, HEAVY, ALIKE, 0, true},
	{"independent, 5 hosts", 5, 40, NO_LOOP, ALIKE, 0, false},
	{"loops, 5 hosts", 5, 10, GEOMETRIC, ALIKE, 0, true},
	{"heavy loops, 5 hosts", 5, 10, HEAVY, ALIKE, 0, true},
	{"heavy loops, 5 hosts, many", 5, 60, HEAVY, ALIKE, 0, true},
	{"independent, 10000 hosts", 10000, 60, NO_LOOP, ALIKE, 0, false},
	{"loops, 10000 hosts", 10000, 60, GEOMETRIC, ALIKE, 0, false},
	{"heavy loops, 10000 hosts", 10000, 60, HEAVY, ALIKE, 0, false},
	{"independent, staged roll-out", 300, 50, NO_LOOP, STAGED, 0, false},
	{"heavy loops, staged roll-out", 300, 50, HEAVY, STAGED, 0, false},
	{"heavy loops, other hosts after", 400, 50, HEAVY, DISJOINT, 0, false},
	{"heavy loops, a tenth after", 300, 80, HEAVY, SHORT, 0, true},
	{"rare: 6 before", 200, 6, NO_LOOP, ALIKE, 0, true},
	{"rare, loops: 4 before", 200, 4, GEOMETRIC, ALIKE, 0, true},
	{"rare, heavy loops: 3 before", 1000, 3, HEAVY, ALIKE, 0, true},
	{"rare, 5 hosts: 5 before", 5, 5, NO_LOOP, ALIKE, 0, true},
	{"rare, 5 hosts, loops: 5 before", 5, 5, GEOMETRIC, ALIKE, 0, true},
	{"frail hosts", 300, 60, NO_LOOP, ALIKE, 2, false},
	{"frail hosts, loops", 300, 60, GEOMETRIC, ALIKE, 2, false},
	{"frail hosts, heavy loops, staged", 300, 60, HEAVY, STAGED, 2, false},
	{"lemons, loops", 300, 100, GEOMETRIC, ALIKE, LEMONS, false},
	{"lemons, heavy loops, staged", 300, 100, HEAVY, STAGED, LEMONS, true},
	{"lemons, loops, a tenth after", 300, 100, GEOMETRIC, SHORT, LEMONS, true},
};

static const double ratios[] = {1, 0.5, 0.1, 2};

/* --- chance ---------------------------------------------------------------------------------------------- */

struct dice {
	uint64_t s;
};

/* splitmix64 (Steele, Lea, Flood 2014), as a number in (0, 1). */
static double roll(struct dice *d)
{
	uint64_t z = d->s += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static unsigned poisson(struct dice *d, double mean)
{
	unsigned n = 0;

	for (double t = -log(roll(d)); t < mean; t -= log(roll(d)))
		n++;
	return n;
}

static uint64_t boots_of_loop(struct dice *d, enum loop loop)
{
	double v = 1;

	if (loop == GEOMETRIC)
		v = 1 + floor(log(roll(d)) / log(5.0 / 6));
	else if (loop == HEAVY)
		v = floor(pow(roll(d), -1 / 1.2));
	return v < 2000 ? (uint64_t)v : 2000;
}

/* A host's own rate, mean 1: the square of a normal number is gamma with variance 2. */
static double frail(struct dice *d, double v)
{
	if (v < 0)
		return roll(d) < 1.0 / 30 ? 15 : 15.0 / 29;

	const double normal = sqrt(-2 * log(roll(d))) * cos(6.283185307179586 * roll(d));

	return v > 0 ? normal * normal : 1;
}

static void fill(struct dice *d, struct kd_rate_cell *c, double hours, double per_hour, enum loop loop)
{
	c->hours = hours;
	c->hours_known = true;
	for (unsigned n = hours > 0 ? poisson(d, per_hour * hours) : 0; n; n--)
		c->hit += boots_of_loop(d, loop);
	c->boots = c->hit + 3;
}

static void make(struct dice *d, const struct scenario *s, double ratio, struct kd_rate_host *host, struct kd_view *name)
{
	const double hours = 700, rate = s->crashes / ((double)s->hosts * hours);

	for (unsigned i = 0; i < s->hosts; i++) {
		const double own = rate * frail(d, s->frailty), old = 1 - roll(d) * 0.9;
		double before = hours, after = hours;

		if (s->plan == STAGED) {
			before = hours * old;
			after = hours * (1 - old);
		} else if (s->plan == DISJOINT) {
			before = i & 1 ? 2 * hours : 0;
			after = i & 1 ? 0 : 2 * hours;
		} else if (s->plan == SHORT) {
			after = hours / 10;
		}
		host[i] = (struct kd_rate_host){.host = name[i]};
		fill(d, &host[i].before, before, own, s->loop);
		fill(d, &host[i].after, after, own * ratio, s->loop);
	}
}

/* --- trials ----------------------------------------------------------------------------------------------- */

struct tally {
	unsigned runs, held, exact_held, better, worse, none;
};

static void trial(struct dice *d, const struct scenario *s, double ratio, struct kd_rate_host *host, struct kd_view *name,
		  struct tally *t)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	const struct kd_rate_input in = {.host = host, .n = s->hosts};
	struct kd_rate r;

	make(d, s, ratio, host, name);
	assert_null(kd_rate_compare(&in, &arena, &r));
	t->runs++;
	t->held += r.lo <= ratio && ratio <= r.hi;
	t->exact_held += r.exact_lo <= ratio && ratio <= r.exact_hi;
	t->better += r.verdict == KD_RATE_HELPED || r.verdict == KD_RATE_GONE;
	t->worse += r.verdict == KD_RATE_WORSE;
	t->none += r.verdict == KD_RATE_NOT_ENOUGH;
}

static double percent(unsigned n, const struct tally *t)
{
	return 100.0 * n / t->runs;
}

static unsigned wanted_runs(void)
{
	const char *s = getenv("KDOC_RATE_RUNS");
	uint64_t n;

	return s && kd_view_dec(kd_view_of(s), &n) && n > 0 && n < 10000000 ? (unsigned)n : 75;
}

static void one_scenario(const struct scenario *s, struct kd_rate_host *host, struct kd_view *name, unsigned *bad)
{
	const unsigned runs = wanted_runs() / (s->hosts > 1000 ? 4 : 1) + 1;

	for (size_t i = 0; i < KD_ARRAY_LEN(ratios); i++) {
		struct dice d = {.s = 20240229 + i};
		struct tally t = {0};
		double at_most;
		bool ok;

		while (t.runs < runs)
			trial(&d, s, ratios[i], host, name, &t);
		/* three standard errors of what is asked for */
		ok = percent(t.held, &t) >= 93 - 300 * sqrt(0.93 * 0.07 / t.runs);
		at_most = 5 + 300 * sqrt(0.05 * 0.95 / t.runs);
		if (ratios[i] == 1)
			ok = ok && percent(t.better, &t) <= at_most && percent(t.worse, &t) <= at_most;
		if (ratios[i] == 0.1 && !s->powerless)
			ok = ok && percent(t.better, &t) >= 75;
		*bad += !ok;
		printf("| %s | %g | %.1f | %.1f | %.1f | %.1f | %.1f |%s\n", s->name, ratios[i], percent(t.held, &t),
		       percent(t.exact_held, &t), percent(t.better, &t), percent(t.worse, &t), percent(t.none, &t), ok ? "" : " FAILED");
	}
}

static void coverage(void **state)
{
	struct kd_rate_host *host = calloc(HOSTS_MAX, sizeof(*host));
	struct kd_view *name = calloc(HOSTS_MAX, sizeof(*name));
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 22);
	unsigned bad = 0;
	(void)state;

	assert_true(host && name);
	for (unsigned i = 0; i < HOSTS_MAX; i++)
		name[i] = kd_arena_printf(&arena, "h%u", i);
	printf("| fleet | true ratio | held %% | exact alone %% | helped or gone %% | worse %% | not enough %% |\n|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < KD_ARRAY_LEN(scenarios); i++)
		one_scenario(&scenarios[i], host, name, &bad);
	free(host);
	free(name);
	kd_arena_deinit(&arena);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(coverage)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
