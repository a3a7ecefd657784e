// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/alloc.h"
#include "case/rate.h"

#define N 60

static struct kd_arena arena = KD_ARENA_INIT(1 << 22);

struct fleet {
	struct kd_rate_host host[N];
	struct kd_rate_input in;
};

/* n hosts of 100 hours in each period; the first `before` and `after` of them had one boot with it. */
static struct fleet *fleet(size_t n, size_t before, size_t after)
{
	struct fleet *f = kd_arena_new(&arena, struct fleet);

	for (size_t i = 0; i < n; i++) {
		struct kd_rate_host *h = &f->host[i];

		h->host = kd_arena_printf(&arena, "host%zu", i);
		h->before = (struct kd_rate_cell){.hours = 100, .hours_known = true, .boots = 5, .hit = i < before};
		h->after = (struct kd_rate_cell){.hours = 100, .hours_known = true, .boots = 5, .hit = n - i <= after};
	}
	f->in = (struct kd_rate_input){.host = f->host, .n = n};
	return f;
}

static struct kd_rate ask(const struct fleet *f)
{
	struct kd_rate r;

	assert_null(kd_rate_compare(&f->in, &arena, &r));
	assert_true(r.sentence.n > 0);
	return r;
}

static bool says(const struct kd_rate *r, const char *words)
{
	bool found = kd_view_has(r->sentence, kd_view_of(words)) || kd_view_has(r->need, kd_view_of(words));

	for (size_t i = 0; i < r->nnotes; i++)
		found = found || kd_view_has(r->note[i], kd_view_of(words));
	return found;
}

static void near(double got, double want, double error)
{
	if (!(fabs(got - want) <= error))
		fail_msg("%.12g is not %.12g", got, want);
}

/* 20 before, 5 after at equal exposure: the limits of 5 of 25 are 0.0683 and 0.4070, so 0.0733 … 0.6864. */
static void exact_interval(void **state)
{
	const struct kd_rate r = ask(fleet(N, 20, 5));
	(void)state;

	near(r.ratio, 0.25, 1e-12);
	near(r.exact_lo, 0.0733, 0.0001);
	near(r.exact_hi, 0.6864, 0.0005);
	near(r.before.rate, 1000.0 * 20 / 6000, 1e-9);
	near(r.after.rate, 1000.0 * 5 / 6000, 1e-9);
	assert_int_equal(r.verdict, KD_RATE_HELPED);
	assert_true(r.lo <= r.exact_lo && r.hi >= r.exact_hi && r.hi < 1);
	assert_true(r.p >= r.exact_p && r.p < 0.05);
	assert_true(says(&r, "became rarer: 20 boots with it in 6000 host-hours before, 5 in 6000 after"));
}

static void none_after(void **state)
{
	const struct kd_rate gone = ask(fleet(N, 20, 0)), few = ask(fleet(N, 2, 0));
	(void)state;

	assert_int_equal(gone.verdict, KD_RATE_GONE);
	assert_true(gone.ratio == 0 && gone.lo == 0 && gone.hi < 0.3);
	assert_true(says(&gone, "not shown to be zero"));

	/* Of 2 and 0 the upper limit of the probability is 1 - 0.025^(1/2) = 0.8419: a ratio of 5.32. */
	assert_int_equal(few.verdict, KD_RATE_NOT_ENOUGH);
	near(few.exact_hi, 5.3246, 0.001);
	assert_true(few.need_zero > 5.3246 * 6000 - 6000 - 10 && few.need_zero < 5.5 * 6000 - 6000);
	assert_true(says(&few, "more host-hours without another one"));
}

/* The exposure that was asked for is enough, and not much too much. */
static void what_is_needed(void **state)
{
	struct fleet *f = fleet(N, 4, 0);
	const struct kd_rate r = ask(f);
	struct kd_rate then;
	(void)state;

	f->in.hours_per_day = 1440;
	near(ask(f).need_zero_days, r.need_zero / 1440, 1e-9);
	assert_true(says(&(struct kd_rate){.need = ask(f).need}, "days at the present exposure"));
	for (size_t i = 0; i < N; i++)
		f->host[i].after.hours = 100 + r.need_zero / N * 1.001;
	then = ask(f);
	assert_int_equal(then.verdict, KD_RATE_GONE);
	for (size_t i = 0; i < N; i++)
		f->host[i].after.hours = 100 + r.need_zero / N * 0.99;
	then = ask(f);
	assert_int_equal(then.verdict, KD_RATE_NOT_ENOUGH);
}

/* One host that boots in a loop is one cluster. */
static void crash_loop(void **state)
{
	struct fleet *f = fleet(N, 3, 2);
	struct kd_rate r;
	(void)state;

	f->host[0].before.hit = f->host[0].before.boots = 41;
	r = ask(f);
	assert_true(r.exact_hi < 0.2); /* 43 to 2: independent boots would show a cure */
	assert_int_equal(r.verdict, KD_RATE_NOT_ENOUGH); /* 3 hosts to 2 do not */
	assert_true(r.hi > 1 && r.wider > 1.5 && r.method == KD_RATE_HITS);
	assert_int_equal(r.top[0].hit, 41);
	assert_true(says(&r, "host0, has 41 of the 45 boots"));
	near(r.before.independent, 3, 0.1);

	/* and a loop after it is no relapse of 2,000 crashes */
	f = fleet(N, 25, 1);
	f->host[N - 1].after.hit = f->host[N - 1].after.boots = 2000;
	r = ask(f);
	assert_true(r.exact_lo > 1 && r.lo < 0.3);
	assert_int_equal(r.verdict, KD_RATE_NOT_ENOUGH);
}

static void worse_or_the_same(void **state)
{
	const struct kd_rate worse = ask(fleet(N, 5, 25)), same = ask(fleet(N, 30, 29)), from_zero = ask(fleet(N, 0, 12));
	(void)state;

	assert_int_equal(worse.verdict, KD_RATE_WORSE);
	assert_int_equal(same.verdict, KD_RATE_NO_CHANGE);
	assert_int_equal(from_zero.verdict, KD_RATE_WORSE);
	assert_true(!from_zero.has_ratio && isinf(from_zero.hi) && from_zero.lo > 1);
	assert_int_equal(ask(fleet(N, 0, 2)).verdict, KD_RATE_NOT_ENOUGH);
	assert_int_equal(ask(fleet(N, 0, 0)).verdict, KD_RATE_NOT_ENOUGH);
	assert_int_equal(ask(fleet(N, 4, 3)).verdict, KD_RATE_NOT_ENOUGH);
	assert_true(says(&(struct kd_rate){.need = ask(fleet(N, 4, 3)).need}, "alone cannot tell"));
}

static void no_exposure(void **state)
{
	struct fleet *f = fleet(N, 10, 0);
	struct kd_rate r;
	(void)state;

	for (size_t i = 0; i < N; i++)
		f->host[i].after.hours = 0;
	r = ask(f);
	assert_int_equal(r.verdict, KD_RATE_NOT_ENOUGH);
	assert_true(says(&r, "there is none after the fix") && !r.has_ratio && isnan(r.after.rate) && r.need_zero > 0);

	for (size_t i = 0; i < N; i++)
		f->host[i].after.hours_known = false;
	r = ask(f);
	assert_int_equal(r.verdict, KD_RATE_UNKNOWN);
	assert_true(!r.has_ratio && isnan(r.ratio) && isnan(r.before.rate) && isnan(r.hi) && r.p < 0.01);
	assert_true(says(&r, "if both periods had the same exposure"));

	f->in.n = 0;
	r = ask(f);
	assert_int_equal(r.verdict, KD_RATE_NOT_ENOUGH);
}

/* What cannot be placed may undo a verdict and cannot make one. */
static void unplaced(void **state)
{
	struct fleet *f = fleet(N, 20, 0);
	struct kd_rate r;
	(void)state;

	f->in.unplaced_after = 2;
	r = ask(f);
	assert_int_equal(r.verdict, KD_RATE_HELPED);
	assert_true(says(&r, "0 before and 2 after name no host or boot") && r.after.hit == 0 && isnan(r.need_zero));
	f->in.unplaced_after = 15;
	assert_int_equal(ask(f).verdict, KD_RATE_NOT_ENOUGH);
	f->in.unplaced_after = 0;
	f->in.unplaced_before = 500;
	assert_int_equal(ask(f).verdict, KD_RATE_GONE);

	/* the same of a host whose hours nobody knows */
	f = fleet(N, 20, 0);
	f->host[3].after = (struct kd_rate_cell){.hit = 4, .boots = 9};
	r = ask(f);
	assert_int_equal(r.after.unknown_hit, 4);
	assert_int_not_equal(r.verdict, KD_RATE_GONE);
	assert_true(says(&r, "Exposure is not known for 0 hosts before, 1 after, with 4 boots"));
}

static void one_host(void **state)
{
	struct fleet *f = fleet(1, 1, 0);
	struct kd_rate r;
	(void)state;

	f->host[0].before.hit = f->host[0].before.boots = 50;
	r = ask(f);
	assert_int_equal(r.verdict, KD_RATE_NOT_ENOUGH);
	assert_true(isinf(r.hi) && says(&r, "of one host, host0"));
}

static void refused(void **state)
{
	struct fleet *f = fleet(3, 1, 1);
	struct kd_rate r;
	struct kd_error *err;
	(void)state;

	f->host[1].host = f->host[0].host;
	err = kd_rate_compare(&f->in, &arena, &r);
	assert_true(err && err->cls == KD_INVALID);
	kd_error_free(err);
	f = fleet(3, 1, 1);
	f->host[2].before.hours = -1;
	err = kd_rate_compare(&f->in, &arena, &r);
	assert_true(err && err->cls == KD_INVALID);
	kd_error_free(err);
	f = fleet(3, 1, 1);
	f->host[2].before.hit = 9;
	err = kd_rate_compare(&f->in, &arena, &r);
	assert_true(err && err->cls == KD_INVALID);
	kd_error_free(err);
	f->host[2].before.hit = 0;
	f->host[2].before.hours = NAN;
	err = kd_rate_compare(&f->in, &arena, &r);
	assert_true(err && err->cls == KD_INVALID);
	kd_error_free(err);
}

static void it_returns(void **state)
{
	struct kd_return_input in = {.fixed = true, .with_fix = 2, .with_fix_hosts = 1, .without_fix = 7, .release = KD_V("6.1.90")};
	struct kd_view words;
	(void)state;

	assert_int_equal(kd_rate_return(&in, &arena, &words), KD_RETURN_REGRESSION);
	assert_true(kd_view_has(words, KD_V("2 boots on 1 hosts whose kernel has the fix, first on 6.1.90")));
	in.with_fix = 0;
	in.unknown = 1;
	assert_int_equal(kd_rate_return(&in, &arena, &words), KD_RETURN_PERHAPS);
	in.unknown = 0;
	assert_int_equal(kd_rate_return(&in, &arena, &words), KD_RETURN_OLD_KERNEL);
	in.without_fix = 0;
	assert_int_equal(kd_rate_return(&in, &arena, &words), KD_RETURN_NONE);
	assert_null(words.p);
	in = (struct kd_return_input){.with_fix = 3};
	assert_int_equal(kd_rate_return(&in, &arena, &words), KD_RETURN_NONE);
}

static int forget(void **state)
{
	(void)state;
	kd_arena_deinit(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_interval), cmocka_unit_test(none_after), cmocka_unit_test(what_is_needed),
		cmocka_unit_test(crash_loop),	  cmocka_unit_test(worse_or_the_same), cmocka_unit_test(no_exposure),
		cmocka_unit_test(unplaced),	  cmocka_unit_test(one_host),	 cmocka_unit_test(refused),
		cmocka_unit_test(it_returns),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
