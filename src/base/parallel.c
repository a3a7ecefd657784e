// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

struct job {
	void (*one)(void *user, unsigned worker, size_t i);
	void *user;
	size_t n;
	atomic_size_t next;
};

struct worker {
	struct job *job;
	unsigned number;
	pthread_t thread;
};

unsigned kd_parallel_workers(unsigned wanted)
{
	cpu_set_t set;

	if (!wanted && !sched_getaffinity(0, sizeof(set), &set))
		wanted = (unsigned)CPU_COUNT(&set);
	return wanted < 1 ? 1 : wanted > KD_PARALLEL_MAX ? KD_PARALLEL_MAX : wanted;
}

static void *work(void *user)
{
	struct worker *w = user;
	size_t i;

	while ((i = atomic_fetch_add(&w->job->next, 1)) < w->job->n)
		w->job->one(w->job->user, w->number, i);
	return NULL;
}

void kd_parallel(unsigned workers, size_t n, void (*one)(void *user, unsigned worker, size_t i),
		 void *user)
{
	struct job job = {.one = one, .user = user, .n = n};
	struct worker w[KD_PARALLEL_MAX];
	unsigned running = 1;
	sigset_t all, old;

	if (workers > KD_PARALLEL_MAX)
		workers = KD_PARALLEL_MAX;
	if (workers > n)
		workers = (unsigned)n;
	/* signals are for the thread that the program began with */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (; running < workers; running++) {
		w[running] = (struct worker){.job = &job, .number = running};
		if (pthread_create(&w[running].thread, NULL, work, &w[running]))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w[0] = (struct worker){.job = &job};
	work(&w[0]);
	while (--running)
		pthread_join(w[running].thread, NULL);
}
