// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case/exposure.h"

#define H ((int64_t)3600 * 1000000)
#define T0 ((int64_t)1777000000 * 1000000)

static struct kd_exposure span(const char *release, int64_t since, int64_t until, int64_t boots,
			       unsigned basis)
{
	return (struct kd_exposure){.host = KD_V("h"),
				    .release = kd_view_of(release),
				    .since = T0 + since * H,
				    .until = T0 + until * H,
				    .boots = boots,
				    .basis = (uint8_t)basis};
}

static void is(const struct kd_exposure *e, int64_t since, int64_t until, int64_t boots,
	       unsigned basis)
{
	assert_int_equal((e->since - T0) / H, since);
	assert_int_equal((e->until - T0) / H, until);
	assert_int_equal(e->boots, boots);
	assert_int_equal(e->basis, basis);
}

static void stated(void **state)
{
	struct kd_exposure v[] = {
		span("a", 10, 20, 2, KD_EXPOSURE_STATED), span("a", 0, 10, 1, KD_EXPOSURE_STATED),
		span("a", 12, 14, 9, KD_EXPOSURE_STATED), span("b", 15, 30, 1, KD_EXPOSURE_STATED),
		span("a", 21, 22, 1, KD_EXPOSURE_STATED), span("b", 20, 40, 1, KD_EXPOSURE_STATED)};

	(void)state;
	assert_int_equal(kd_exposure_merge(v, 6, 48 * H), 3);
	is(&v[0], 0, 20, 3, KD_EXPOSURE_STATED); /* what lies inside adds no boots */
	is(&v[1], 21, 22, 1, KD_EXPOSURE_STATED); /* a gap between stated spans is one */
	is(&v[2], 15, 40, KD_EXPOSURE_NO_BOOTS, KD_EXPOSURE_STATED);
	assert_int_equal(kd_exposure_merge(v, 3, 48 * H), 3);
	assert_int_equal(kd_exposure_merge(v, 0, 48 * H), 0);
}

static void seen(void **state)
{
	struct kd_exposure v[] = {span("a", 0, 5, 1, KD_EXPOSURE_SEEN),
				  span("a", 0, 8, 1, KD_EXPOSURE_SEEN),
				  span("a", 56, 56, -1, KD_EXPOSURE_SEEN),
				  span("a", 105, 105, -1, KD_EXPOSURE_SEEN),
				  span("a", 120, 120, -1, KD_EXPOSURE_SEEN),
				  span("b", 110, 110, -1, KD_EXPOSURE_SEEN)};

	(void)state;
	assert_int_equal(kd_exposure_merge(v, 6, 48 * H), 4);
	is(&v[0], 0, 56, KD_EXPOSURE_NO_BOOTS,
	   KD_EXPOSURE_INFERRED); /* 48 hours are not more than 48 */
	is(&v[1], 105, 105, KD_EXPOSURE_NO_BOOTS, KD_EXPOSURE_SEEN); /* 49 are */
	is(&v[2], 120, 120, KD_EXPOSURE_NO_BOOTS, KD_EXPOSURE_SEEN); /* it ran b in between */
	is(&v[3], 110, 110, KD_EXPOSURE_NO_BOOTS, KD_EXPOSURE_SEEN);
}

static void mixed(void **state)
{
	struct kd_exposure v[] = {span("a", 0, 10, 2, KD_EXPOSURE_STATED),
				  span("a", 5, 5, -1, KD_EXPOSURE_SEEN),
				  span("a", 20, 20, -1, KD_EXPOSURE_SEEN)};

	(void)state;
	assert_int_equal(kd_exposure_merge(v, 3, 48 * H), 2);
	is(&v[0], 0, 10, 2, KD_EXPOSURE_STATED); /* a stated end is one */
	is(&v[1], 20, 20, KD_EXPOSURE_NO_BOOTS, KD_EXPOSURE_SEEN);
}

static void refused(void **state)
{
	const int64_t now = T0 + 100 * H;
	struct kd_exposure good = span("6.18.5", 0, 10, 2, KD_EXPOSURE_STATED), e = good;

	(void)state;
	assert_null(kd_exposure_refuse(&good, now));
	e.until = T0 + 124 * H;
	assert_null(kd_exposure_refuse(&e, now)); /* a day ahead is tolerated */
	e.until += 1;
	assert_non_null(kd_exposure_refuse(&e, now));
	e = good;
	e.since = e.until + 1;
	assert_non_null(kd_exposure_refuse(&e, now));
	e = good;
	e.since = 600 * 1000000;
	assert_non_null(kd_exposure_refuse(&e, now));
	e = good;
	e.boots = 36002;
	assert_non_null(kd_exposure_refuse(&e, now));
	e.boots = 36001;
	assert_null(kd_exposure_refuse(&e, now));
	e = good;
	e.host = KD_V("two words");
	assert_non_null(kd_exposure_refuse(&e, now));
	e = good;
	e.release = KD_VNULL;
	assert_non_null(kd_exposure_refuse(&e, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stated), cmocka_unit_test(seen),
					   cmocka_unit_test(mixed), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
