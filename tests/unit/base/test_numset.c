// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/numset.h"

#include "base/alloc.h"
#include "check.h"

/* Of the shape that users have: two places in one number, rows and columns of a grid. */
static void test_grid(void **state)
{
	kd_auto(kd_numset_deinit) struct kd_numset s = KD_NUMSET_INIT(1 << 20);
	uint64_t number, sum = 0, seen = 0;

	(void)state;
	for (size_t at = 0; kd_numset_next(&s, &at, &number);)
		fail();
	for (int again = 0; again < 2; again++)
		for (uint64_t a = 0; a < 300; a++)
			for (uint64_t b = 0; b < 300; b++)
				assert_int_equal(kd_numset_add(&s, a << 32 | b), again ? KD_NUMSET_THERE : KD_NUMSET_NEW);
	assert_int_equal(s.n, 300 * 300);
	for (size_t at = 0; kd_numset_next(&s, &at, &number); seen++)
		sum += (number >> 32) * 1000 + (uint32_t)number;
	assert_int_equal(seen, s.n);
	assert_int_equal(sum, 300ull * (299 * 300 / 2) * 1001);
	assert_true(s.slots <= 2 * 4 * s.n / 3 + 64);
}

static void test_ends(void **state)
{
	kd_auto(kd_numset_deinit) struct kd_numset s = KD_NUMSET_INIT(2);

	(void)state;
	assert_int_equal(kd_numset_add(&s, 0), KD_NUMSET_NEW);
	assert_int_equal(kd_numset_add(&s, UINT64_MAX - 1), KD_NUMSET_NEW);
	assert_int_equal(kd_numset_add(&s, 0), KD_NUMSET_THERE);
	assert_int_equal(kd_numset_add(&s, UINT64_MAX - 1), KD_NUMSET_THERE);
	assert_int_equal(kd_numset_add(&s, 1), KD_NUMSET_FULL);
	assert_int_equal(kd_numset_add(&s, UINT64_MAX), KD_NUMSET_FULL);
	assert_int_equal(s.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
