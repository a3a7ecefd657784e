/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc.h: run another program. Nothing else in kdoc forks.
 *
 *	const char *const argv[] = {"git", "rev-parse", "HEAD", NULL};
 *	struct kd_proc_req req = {.argv = argv, .timeout_ms = 5000};
 *	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
 *	struct kd_error *err = kd_proc_run(&req, &r);
 *	if (!err && !r.signal && r.exit_status == 0) … kd_buf_view(&r.out)
 *
 * No shell is involved. The program gets a process group of its own, only the
 * descriptors 0, 1 and 2, default signal handling, no core dumps, and is killed
 * with its whole group when it takes too long, writes too much, or when it has
 * ended and left children behind.
 */
#ifndef KD_BASE_PROC_H
#define KD_BASE_PROC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct kd_proc_result;

/* Zero members mean the default. */
struct kd_proc_req {
	const char *const *argv; /* NULL at the end; [0] is searched in PATH unless it has a "/" */
	const char *const *env; /* "NAME=value" …, NULL at the end; default: inherited */
	const char *cwd; /* default: where we are */
	struct kd_view input; /* its standard input; default: empty */
	size_t out_max; /* bytes of stdout; default 16 MiB; beyond it the program is killed */
	size_t err_max; /* bytes of stderr kept; default 64 KiB; the rest is dropped */
	unsigned timeout_ms; /* default 60 s */
	uint64_t max_memory; /* RLIMIT_AS, bytes; default: inherited */
	uint64_t max_cpu_s; /* RLIMIT_CPU, seconds; default: inherited */
	uint64_t max_file; /* RLIMIT_FSIZE, bytes; default: inherited */
	const volatile sig_atomic_t *cancel; /* non-zero: kill it */
	/*
	 * Called while it runs, after output came and at least once a second, and once more after
	 * its end (whatever it then says). May take bytes out of r->out and r->err (kd_buf_drop); false: kill it.
	 */
	bool (*watch)(void *user, struct kd_proc_result *r);
	void *watch_user;
};

struct kd_proc_result {
	struct kd_buf out, err;
	bool stopped; /* killed because watch() said so */
	bool out_cut; /* more than out_max came; it was killed then */
	bool err_cut; /* more than err_max came */
	bool timed_out; /* killed because of timeout_ms */
	bool cancelled; /* killed because of *cancel */
	int exit_status; /* 0…255, when signal == 0 */
	int signal; /* what killed it, or 0 */
	int64_t ms; /* how long it ran */
};

/*
 * Run to the end. An error only when the program could not be started
 * (KD_NOTFOUND: no such program; KD_ACCESS; KD_INVALID; KD_IO): what it did
 * then, time-out included, is in ret, which holds output also in these cases.
 */
KD_MUST_CHECK struct kd_error *kd_proc_run(const struct kd_proc_req *req,
					   struct kd_proc_result *ret);

void kd_proc_result_deinit(struct kd_proc_result *r);

/* The result as an error (NULL when it exited with 0): "git exited with status 128: <stderr>". */
KD_MUST_CHECK struct kd_error *kd_proc_check(const struct kd_proc_req *req,
					     const struct kd_proc_result *r);

#endif
