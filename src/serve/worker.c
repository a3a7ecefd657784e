// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* memfd_create, pipe2 */
#include "serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/parallel.h"
#include "base/proc.h"
#include "base/progress.h"

enum {
	WAITING_MAX = 1000,
	ARGS_MAX = 256,
	OUT_MAX = 8 << 20,
	ERR_MAX = 64 << 10,
	LINE_MAX_BYTES = 256,
	TIMEOUT_MS = 120000,
	READ_BYTES = 64 << 10,
	POLL_END_MS = 20, /* kernels without pidfd */
};

enum { OUT, ERR, PROGRESS, NPIPES };

struct pipe {
	int fd; /* ours, to read; -1: closed */
	struct kd_watch *watch;
	struct kd_buf buf;
	struct kd_worker *w;
};

struct kd_worker {
	struct kd_worker_pool *pool;
	struct kd_worker *next;
	const struct kd_worker_ops *ops;
	void *user;
	char **argv; /* NULL at the end; owned */
	int input; /* memfd; -1: none */
	size_t out_max;
	unsigned timeout_ms;
	bool progress, running, input_lost;
	struct kd_proc *proc;
	struct pipe pipe[NPIPES];
	struct kd_watch *end_watch;
	struct kd_timer *timer, *end_timer;
	bool out_cut, timed_out;
};

struct kd_worker_pool {
	struct kd_loop *loop;
	const char *program;
	unsigned most, running;
	size_t nwaiting;
	struct kd_worker *all; /* running and waiting, the oldest first */
	struct kd_timer *next; /* starts those that wait */
};

struct kd_worker_pool *kd_worker_pool_new(struct kd_loop *loop, unsigned most, const char *program)
{
	struct kd_worker_pool *p = kd_xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->program = program ? program : "/proc/self/exe";
	p->most = most ? most : kd_parallel_workers(0);
	if (!most && p->most < 2)
		p->most = 2;
	return p;
}

/* ---- ends ---- */

static void pipe_close(struct pipe *p)
{
	kd_watch_end(p->watch);
	p->watch = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static void unlink_worker(struct kd_worker *w)
{
	struct kd_worker **at = &w->pool->all;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
}

static void worker_free(struct kd_worker *w)
{
	for (size_t i = 0; i < NPIPES; i++) {
		pipe_close(&w->pipe[i]);
		kd_buf_deinit(&w->pipe[i].buf);
	}
	kd_watch_end(w->end_watch);
	kd_timer_end(w->timer);
	kd_timer_end(w->end_timer);
	kd_proc_free(w->proc);
	if (w->input >= 0)
		close(w->input);
	for (size_t i = 0; w->argv[i]; i++)
		kd_free(w->argv[i]);
	kd_free(w->argv);
	kd_free(w);
}

static void start_waiting(void *user);

static void leave(struct kd_worker *w)
{
	struct kd_worker_pool *p = w->pool;

	unlink_worker(w);
	if (w->running)
		p->running--;
	else
		p->nwaiting--;
	if (p->nwaiting && !p->next)
		p->next = kd_loop_timer(p->loop, 0, start_waiting, p);
}

void kd_worker_stop(struct kd_worker *w)
{
	if (!w)
		return;
	leave(w);
	worker_free(w); /* kills it */
}

void kd_worker_pool_free(struct kd_worker_pool *p)
{
	if (!p)
		return;
	while (p->all) {
		struct kd_worker *w = p->all;

		p->all = w->next;
		worker_free(w);
	}
	kd_timer_end(p->next);
	kd_free(p);
}

static void tell_end(struct kd_worker *w, const char *failed)
{
	const struct kd_worker_end end = {
		.out = kd_buf_view(&w->pipe[OUT].buf),
		.err = kd_buf_view(&w->pipe[ERR].buf),
		.out_cut = w->out_cut,
		.timed_out = w->timed_out,
		.status = w->proc ? kd_proc_status(w->proc) : -1,
		.signal = w->proc ? kd_proc_signal(w->proc) : 0,
		.failed = failed,
	};

	leave(w);
	w->ops->done(w->user, &end);
	worker_free(w);
}

/* ---- while it runs ---- */

/* "done total" lines, the last one counts. */
static void read_progress(struct kd_worker *w)
{
	struct kd_buf *b = &w->pipe[PROGRESS].buf;
	uint64_t done = 0, total = 0;
	bool any = false;
	size_t n;

	while ((n = kd_view_chr(kd_buf_view(b), '\n')) != KD_NPOS) {
		struct kd_view line = kd_view_head(kd_buf_view(b), n);

		any = kd_view_take_dec(&line, &done) && kd_view_skip(&line, KD_V(" ")) && kd_view_dec(line, &total);
		kd_buf_drop(b, n + 1);
	}
	if (b->n == b->max) /* no line of ours */
		kd_buf_clear(b);
	if (any && w->ops->progress)
		w->ops->progress(w->user, done, total);
}

static void pipe_ready(void *user, short revents)
{
	struct pipe *p = user;
	struct kd_worker *w = p->w;
	const bool is_out = p == &w->pipe[OUT];
	char bytes[READ_BYTES];
	ssize_t n = read(p->fd, bytes, sizeof(bytes));

	(void)revents;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		pipe_close(p);
		return;
	}
	if ((size_t)n > p->buf.max - p->buf.n) {
		n = (ssize_t)(p->buf.max - p->buf.n);
		if (is_out) {
			w->out_cut = true;
			kd_proc_kill(w->proc);
		}
	}
	kd_buf_add(&p->buf, kd_view(bytes, (size_t)n));
	if (p == &w->pipe[PROGRESS])
		read_progress(w);
}

/* What is in the pipes still; a child that it left behind may hold them open, and is not waited for. */
static void drain(struct kd_worker *w)
{
	for (size_t i = 0; i < PROGRESS; i++) {
		struct pollfd f = {w->pipe[i].fd, POLLIN, 0};

		while (w->pipe[i].fd >= 0 && w->pipe[i].buf.n < w->pipe[i].buf.max && poll(&f, 1, 0) > 0)
			pipe_ready(&w->pipe[i], POLLIN);
	}
}

static void ended(void *user, short revents)
{
	struct kd_worker *w = user;

	(void)revents;
	if (!kd_proc_ended(w->proc))
		return;
	drain(w);
	tell_end(w, NULL);
}

static void look_for_end(void *user)
{
	struct kd_worker *w = user;

	w->end_timer = NULL;
	if (!kd_proc_ended(w->proc))
		w->end_timer = kd_loop_timer(w->pool->loop, POLL_END_MS, look_for_end, w);
	else
		ended(w, 0);
}

static void too_late(void *user)
{
	struct kd_worker *w = user;

	w->timer = NULL;
	w->timed_out = true;
	kd_proc_kill(w->proc);
}

/* ---- starting ---- */

static struct kd_error *open_pipes(struct kd_worker *w, int theirs[NPIPES])
{
	for (size_t i = 0; i < (w->progress ? NPIPES : PROGRESS); i++) {
		int fds[2];

		if (pipe2(fds, O_CLOEXEC))
			return kd_error_errno(errno, "a pipe");
		w->pipe[i].fd = fds[0];
		theirs[i] = fds[1];
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
	}
	return NULL;
}

/* Our environment, and that descriptor 3 is for progress (cli/cli.c). */
static const char **with_progress(void)
{
	static const char progress[] = KD_PROGRESS_ENV "=3";
	const char **env;
	size_t n = 0;

	while (environ[n])
		n++;
	env = kd_xcalloc(n + 2, sizeof(*env));
	env[0] = progress;
	memcpy(env + 1, environ, n * sizeof(*env));
	return env;
}

static struct kd_error *spawn(struct kd_worker *w)
{
	int theirs[NPIPES] = {-1, -1, -1};
	kd_auto(kd_freep) const char **env = w->progress ? with_progress() : NULL;
	struct kd_error *err = w->input_lost ? kd_error_new(KD_NOMEM, "no memory for its input") : open_pipes(w, theirs);
	const struct kd_proc_spawn_req req = {
		.argv = (const char *const *)w->argv,
		.env = env,
		.in = w->input >= 0 ? &w->input : NULL,
		.out = &theirs[OUT],
		.err = &theirs[ERR],
		.pass = w->progress ? &theirs[PROGRESS] : NULL,
		.npass = w->progress ? 1 : 0,
	};

	if (!err)
		err = kd_proc_spawn(&req, &w->proc);
	for (size_t i = 0; i < NPIPES; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	return err;
}

/* false: it could not be started, done() was called and w is gone. */
static bool run(struct kd_worker *w)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_worker_pool *p = w->pool;

	p->nwaiting--;
	p->running++;
	w->running = true;
	err = spawn(w);
	if (err) {
		tell_end(w, err->msg);
		return false;
	}
	for (size_t i = 0; i < NPIPES; i++)
		if (w->pipe[i].fd >= 0)
			w->pipe[i].watch = kd_loop_watch(p->loop, w->pipe[i].fd, POLLIN, pipe_ready, &w->pipe[i]);
	if (kd_proc_fd(w->proc) >= 0)
		w->end_watch = kd_loop_watch(p->loop, kd_proc_fd(w->proc), POLLIN, ended, w);
	else
		w->end_timer = kd_loop_timer(p->loop, POLL_END_MS, look_for_end, w);
	w->timer = kd_loop_timer(p->loop, w->timeout_ms, too_late, w);
	return true;
}

static void start_waiting(void *user)
{
	struct kd_worker_pool *p = user;

	p->next = NULL;
	while (p->nwaiting && p->running < p->most) {
		struct kd_worker *w = p->all;

		while (w && w->running)
			w = w->next;
		if (!w)
			return;
		run(w);
	}
}

static char **copy_argv(const char *program, const char *const *argv)
{
	char **copy;
	size_t n = 0;

	while (argv[n] && n < ARGS_MAX)
		n++;
	copy = kd_xcalloc(n + 2, sizeof(*copy));
	copy[0] = kd_xstrndup(program, strlen(program));
	for (size_t i = 0; i < n; i++)
		copy[i + 1] = kd_xstrndup(argv[i], strlen(argv[i]));
	return copy;
}

/* -1: no input, or no memory for it. */
static int input_fd(struct kd_view input)
{
	int fd = input.n ? memfd_create("kdoc-input", MFD_CLOEXEC) : -1;

	while (fd >= 0 && input.n) {
		ssize_t n = write(fd, input.p, input.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		input = kd_view_from(input, (size_t)n);
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

struct kd_worker *kd_worker_start(struct kd_worker_pool *p, const struct kd_worker_req *req, const struct kd_worker_ops *ops,
				  void *user)
{
	struct kd_worker *w, **at = &p->all;

	if (p->nwaiting >= WAITING_MAX)
		return NULL;
	w = kd_xcalloc(1, sizeof(*w));
	*w = (struct kd_worker){
		.pool = p,
		.ops = ops,
		.user = user,
		.argv = copy_argv(p->program, req->argv),
		.input = input_fd(req->input),
		.out_max = req->out_max ? req->out_max : OUT_MAX,
		.timeout_ms = req->timeout_ms ? req->timeout_ms : TIMEOUT_MS,
		.progress = req->progress,
	};
	w->input_lost = req->input.n && w->input < 0;
	for (size_t i = 0; i < NPIPES; i++)
		w->pipe[i] = (struct pipe){.fd = -1, .w = w,
					   .buf = KD_BUF_INIT(i == OUT ? w->out_max : i == ERR ? ERR_MAX : LINE_MAX_BYTES)};
	while (*at)
		at = &(*at)->next;
	*at = w;
	p->nwaiting++;
	if (!p->next)
		p->next = kd_loop_timer(p->loop, 0, start_waiting, p);
	return w;
}
