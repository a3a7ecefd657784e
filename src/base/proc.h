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
	const int *out_fd; /* above 2: its standard output goes there, and none is kept; borrowed */
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

/* ---- a program that goes on running beside us ---- */

/*
 *	const int pass[] = {console_fd, monitor_fd};         // the program's 3 and 4
 *	struct kd_proc_spawn_req req = {.argv = argv, .pass = pass, .npass = 2};
 *	kd_auto(kd_proc_freep) struct kd_proc *p = NULL;
 *	err = kd_proc_spawn(&req, &p);
 *	…poll kd_proc_fd(p) with the rest…
 *	kd_proc_kill(p);
 *	if (kd_proc_wait(p, 5000)) … kd_proc_signal(p)
 *
 * As above: no shell, a process group of its own, default signals, no core dumps. It is killed
 * when the thread that started it ends, also when our process is killed (Linux: PR_SET_PDEATHSIG;
 * it does not reach what that program itself started).
 */
#define KD_PROC_PASS_MAX 16

struct kd_proc_spawn_req {
	const char *const *argv; /* as for kd_proc_run() */
	const char *const *env;
	const char *cwd;
	const int *pass; /* descriptors that it gets as 3, 4, …; ours stay open */
	size_t npass;
	const int *in; /* above 2: its standard input; NULL: /dev/null */
	const int *out, *err; /* its standard output and error; NULL: /dev/null */
	/*
	 * A terminal of which our process group is the foreground: it becomes the program's until kd_proc_free(), so that
	 * Ctrl-C and reading of keys are its business. Nobody waits for a stopped one: kd_proc_ended() lets it go on.
	 */
	const int *terminal;
	uint64_t max_memory, max_cpu_s, max_file; /* as for kd_proc_run() */
};

struct kd_proc;

/* Errors as kd_proc_run(). */
KD_MUST_CHECK struct kd_error *kd_proc_spawn(const struct kd_proc_spawn_req *req,
					     struct kd_proc **ret);

/* Readable once it has ended; -1 on kernels without pidfd: ask kd_proc_ended() now and then. */
int kd_proc_fd(const struct kd_proc *p);

/* Its process id, 0 once it was reaped. */
int64_t kd_proc_pid(const struct kd_proc *p);

/* Has it ended? Does not wait. */
bool kd_proc_ended(struct kd_proc *p);

/* Kill its group; nothing when it has been reaped. */
void kd_proc_kill(struct kd_proc *p);

/* Send SIGINT to its group, as Ctrl-C does; nothing when it has been reaped. */
void kd_proc_interrupt(struct kd_proc *p);

/* Wait up to so many ms for its end; true when it has ended. */
bool kd_proc_wait(struct kd_proc *p, unsigned ms);

/* Once ended: exit status 0…255 (-1 when a signal killed it), and that signal or 0. */
int kd_proc_status(const struct kd_proc *p);
int kd_proc_signal(const struct kd_proc *p);

/* Kill it if it runs, reap it, free. NULL is fine. */
void kd_proc_free(struct kd_proc *p);
void kd_proc_freep(struct kd_proc **p);

#endif
