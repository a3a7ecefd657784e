/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.h: a verb in a process of its own: this very program (/proc/self/exe) with other arguments.
 *
 *	struct kd_worker_req req = {.argv = argv, .input = log};
 *	struct kd_worker *w = kd_worker_start(pool, &req, &ops, self);
 *	…ops.done(self, &end) is called once, later…
 *	kd_worker_stop(w);                    // killed; nothing is called any more
 *
 * A process for each call: what a hostile log or dump does to it ends with it, cancelling is kill(2), memory does not
 * grow, and calls run side by side. No shell; argv is what a table of tools made of checked values.
 * So many run at once, the others wait in the order in which they came.
 */
#ifndef KD_SERVE_WORKER_H
#define KD_SERVE_WORKER_H

#include <stddef.h>

#include "base/error.h"
#include "base/view.h"
#include "serve/loop.h"

struct kd_worker_pool;
struct kd_worker;

struct kd_worker_req {
	const char *const *argv; /* without the program, NULL at the end: {"scan", "--json", "-", NULL}; copied */
	struct kd_view input; /* its standard input; copied */
	size_t out_max; /* bytes of standard output that are kept; 0: 8 MiB. Beyond it the worker is killed */
	unsigned timeout_ms; /* 0: 120 s */
	bool progress; /* ops.progress is wanted */
};

struct kd_worker_end {
	struct kd_view out, err; /* standard output and error (its first 64 KiB); borrowed for the call */
	bool out_cut, timed_out;
	int status; /* exit code (0…5 of kdoc), -1: killed */
	int signal; /* what killed it, or 0 */
	const char *failed; /* not NULL: it could not be started, and why */
};

struct kd_worker_ops {
	/* Something is done of something (0: not known); only where req.progress. */
	void (*progress)(void *user, uint64_t done, uint64_t total);
	void (*done)(void *user, const struct kd_worker_end *end);
};

/* most: how many run at once; 0: as many as there are CPUs, two at least. program: NULL: /proc/self/exe. */
struct kd_worker_pool *kd_worker_pool_new(struct kd_loop *loop, unsigned most, const char *program);
void kd_worker_pool_free(struct kd_worker_pool *p); /* kills what runs; nothing is called */

/* Never calls back before it returns. NULL: more than 1,000 are waiting already. */
struct kd_worker *kd_worker_start(struct kd_worker_pool *p, const struct kd_worker_req *req, const struct kd_worker_ops *ops,
				  void *user);
void kd_worker_stop(struct kd_worker *w);

#endif
