// SPDX-License-Identifier: GPL-2.0-or-later
/* Each thing once, in a worker's own memory, with any number of workers. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/parallel.h"

enum { THINGS = 5000 };

struct state {
	atomic_int seen[THINGS];
	atomic_int signals_open;
	uint64_t sum[KD_PARALLEL_MAX];
	unsigned workers;
	atomic_bool bad_worker;
};

static void one(void *user, unsigned worker, size_t i)
{
	struct state *s = user;
	sigset_t now;

	if (worker >= s->workers)
		atomic_store(&s->bad_worker, true);
	else
		s->sum[worker] += i;
	atomic_fetch_add(&s->seen[i], 1);
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	if (worker && !sigismember(&now, SIGINT))
		atomic_fetch_add(&s->signals_open, 1);
}

static void run(unsigned workers, size_t n)
{
	struct state *s = kd_xcalloc(1, sizeof(*s));
	uint64_t sum = 0;

	s->workers = workers > KD_PARALLEL_MAX ? KD_PARALLEL_MAX : workers ? workers : 1;
	kd_parallel(workers, n, one, s);
	for (size_t i = 0; i < THINGS; i++)
		assert_int_equal(s->seen[i], i < n);
	for (unsigned w = 0; w < KD_PARALLEL_MAX; w++)
		sum += s->sum[w];
	assert_int_equal(sum, n ? n * (n - 1) / 2 : 0);
	assert_false(s->bad_worker);
	assert_int_equal(s->signals_open, 0); /* signals are for the thread that the program began with */
	kd_free(s);
}

static void test_all_once(void **state)
{
	static const unsigned workers[] = {0, 1, 2, 3, 17, KD_PARALLEL_MAX, 1000};
	static const size_t n[] = {0, 1, 2, 63, THINGS};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(workers); i++)
		for (size_t k = 0; k < KD_ARRAY_LEN(n); k++)
			run(workers[i], n[k]);
}

static void test_mask_comes_back(void **state)
{
	sigset_t before, after;

	(void)state;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	run(4, 100);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int sig = 1; sig < 32; sig++)
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
}

static void test_workers(void **state)
{
	(void)state;
	assert_in_range(kd_parallel_workers(0), 1, KD_PARALLEL_MAX);
	assert_int_equal(kd_parallel_workers(5), 5);
	assert_int_equal(kd_parallel_workers(1000), KD_PARALLEL_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_once),
		cmocka_unit_test(test_mask_comes_back),
		cmocka_unit_test(test_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
