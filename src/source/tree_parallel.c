// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_tree_parallel() of tree_internal.h. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "source/tree_internal.h"

struct crew {
	struct kd_error *(*fn)(void *user, size_t i, unsigned worker);
	void *user;
	size_t n;
	atomic_size_t next;
	atomic_bool stop;
};

struct worker {
	struct crew *crew;
	unsigned id;
	pthread_t thread;
	bool started;
	struct kd_error *err;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct crew *c = w->crew;
	size_t i;

	while (!atomic_load(&c->stop) && (i = atomic_fetch_add(&c->next, 1)) < c->n) {
		w->err = c->fn(c->user, i, w->id);
		if (w->err)
			atomic_store(&c->stop, true);
	}
	return NULL;
}

struct kd_error *kd_tree_parallel(unsigned workers, size_t n,
				  struct kd_error *(*fn)(void *user, size_t i, unsigned worker), void *user)
{
	struct worker w[KD_TREE_WORKERS_MAX] = {0};
	struct crew crew = {.fn = fn, .user = user, .n = n};
	struct kd_error *err = NULL;

	if (workers < 1)
		workers = 1;
	if (workers > KD_TREE_WORKERS_MAX)
		workers = KD_TREE_WORKERS_MAX;
	for (unsigned i = 0; i < workers; i++) {
		w[i].crew = &crew;
		w[i].id = i;
		/* the first one is this thread; a thread that cannot be had is not needed either */
		w[i].started = i && !pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	work(&w[0]);
	for (unsigned i = 0; i < workers; i++) {
		if (w[i].started)
			pthread_join(w[i].thread, NULL);
		if (w[i].err && !err)
			err = kd_take(w[i].err);
		kd_error_free(w[i].err);
	}
	return err;
}
