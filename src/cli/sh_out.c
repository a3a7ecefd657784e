// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

enum { SLICE_MS = 50, HELD_MAX = 64 << 10, PATH_BYTES = 4096, SIGNALLED = 128 };

static bool cancelled(const struct kd_sh_out *o)
{
	return o->where.cancel && *o->where.cancel;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- the user's shell -------------------------------------------------------------------------------- */

static const char *user_shell(void)
{
	const char *s = getenv("SHELL");

	return s && s[0] == '/' ? s : "/bin/sh";
}

struct job_fds {
	int in[2], out, err;
};

static void job_fds_close(struct job_fds *f)
{
	close_fd(&f->in[0]);
	close_fd(&f->in[1]);
	close_fd(&f->out);
	close_fd(&f->err);
}

static int above_std(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* in: a pipe to it is made; else it gets our standard input, or nothing. */
static struct kd_error *start(const struct kd_sh_where *w, const char *command, bool in, int *pipe_ret, struct kd_proc **ret)
{
	kd_auto(job_fds_close) struct job_fds f = {.in = {-1, -1}, .out = above_std(STDOUT_FILENO), .err = above_std(STDERR_FILENO)};
	const char *const argv[] = {user_shell(), "-c", command, NULL};
	const int terminal = STDIN_FILENO;
	struct kd_proc_spawn_req req = {.argv = argv, .in = &f.in[0], .out = &f.out, .err = &f.err,
					.terminal = w->terminal ? &terminal : NULL};
	int ends[2];
	struct kd_error *err;

	if (in) {
		if (pipe2(ends, O_CLOEXEC))
			return kd_error_errno(errno, "pipe");
		f.in[0] = above_std(ends[0]);
		f.in[1] = above_std(ends[1]);
		close(ends[0]);
		close(ends[1]);
	} else if (w->terminal) {
		f.in[0] = above_std(STDIN_FILENO);
	} else {
		req.in = NULL;
	}
	if ((req.in && f.in[0] < 0) || f.out < 0 || f.err < 0 || (in && fcntl(f.in[1], F_SETFL, O_NONBLOCK) < 0))
		return kd_error_errno(errno, "descriptors for %s", argv[0]);
	err = kd_proc_spawn(&req, ret);
	if (!err && in) {
		*pipe_ret = f.in[1];
		f.in[1] = -1;
	}
	return err;
}

/* Its end; false: it was killed because of *cancel. */
static bool wait_for(struct kd_proc *job, const volatile sig_atomic_t *cancel)
{
	bool killed = false;

	while (!kd_proc_wait(job, SLICE_MS)) {
		if (!killed && cancel && *cancel) {
			kd_proc_kill(job);
			killed = true;
		}
	}
	return !killed;
}

static int status_of(const struct kd_proc *job)
{
	return kd_proc_signal(job) ? SIGNALLED + kd_proc_signal(job) : kd_proc_status(job);
}

struct kd_error *kd_sh_out_shell(const struct kd_sh_where *w, int *ret_status)
{
	kd_auto(kd_proc_freep) struct kd_proc *job = NULL;
	struct kd_error *err;

	kd_out_flush(w->on);
	err = start(w, w->target, false, NULL, &job);
	if (err)
		return err;
	if (!wait_for(job, w->cancel))
		return kd_error_new(KD_CANCELLED, "the command was stopped on request");
	*ret_status = status_of(job);
	return NULL;
}

/* --- writing ----------------------------------------------------------------------------------------- */

/* Into the pipe: while it is full, look at who reads it and at Ctrl-C. */
static bool wait_writable(struct kd_sh_out *o)
{
	struct pollfd p = {o->fd, POLLOUT, 0};

	while (poll(&p, 1, SLICE_MS) <= 0) {
		if (kd_proc_ended(o->job)) {
			o->job_gone = true;
			return false;
		}
		if (cancelled(o))
			return false;
	}
	return true;
}

static bool write_fd(struct kd_sh_out *o, struct kd_view v)
{
	while (v.n) {
		ssize_t n = write(o->fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && o->job) {
			if (!wait_writable(o))
				return false;
			continue;
		}
		if (n <= 0) {
			o->job_gone = o->job && errno == EPIPE;
			o->errnum = o->job_gone ? 0 : n ? errno : EIO;
			return false;
		}
		v = kd_view_from(v, (size_t)n);
	}
	return true;
}

static bool write_on(struct kd_sh_out *o, struct kd_view v)
{
	kd_out_raw(o->where.on, v);
	kd_out_flush(o->where.on);
	return !o->where.on->failed;
}

static const char *pager(void)
{
	const char *p = getenv("PAGER");

	return p && *p ? p : "less -FRX";
}

/* More than the terminal has rows: the pager takes over. One that cannot be started is no reason to show nothing. */
static bool page(struct kd_sh_out *o)
{
	struct kd_error *err = start(&o->where, pager(), true, &o->fd, &o->job);
	bool ok;

	o->paged = true;
	kd_error_free(err);
	ok = o->job ? write_fd(o, kd_buf_view(&o->held)) : write_on(o, kd_buf_view(&o->held));
	kd_buf_clear(&o->held);
	return ok;
}

static bool hold(struct kd_sh_out *o, struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		o->lines += v.p[i] == '\n';
	if (o->lines < o->where.rows && kd_buf_add(&o->held, v))
		return true;
	return page(o) && (o->job ? write_fd(o, v) : write_on(o, v));
}

static bool take(void *user, struct kd_view v)
{
	struct kd_sh_out *o = user;

	if (o->fd >= 0)
		return write_fd(o, v);
	if (o->where.rows && !o->paged)
		return hold(o, v);
	return write_on(o, v);
}

/* --- life -------------------------------------------------------------------------------------------- */

/* "~/x" as every shell takes it; nothing else is replaced. */
static struct kd_error *open_file(struct kd_sh_out *o)
{
	const int how = o->where.to == KD_SH_TO_APPEND ? O_APPEND : O_TRUNC;
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(PATH_BYTES);
	const char *home = getenv("HOME");
	struct kd_view v = kd_view_of(o->where.target);

	if (home && kd_view_skip(&v, KD_V("~/")))
		kd_buf_printf(&path, "%s/%.*s", home, KD_VARG(v));
	else
		kd_buf_add(&path, v);
	if (path.overflow)
		return kd_error_new(KD_INVALID, "the name of the file is too long");
	o->fd = open(path.p, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | how, 0666);
	return o->fd < 0 ? kd_error_errno(errno, "%s", o->where.target) : NULL;
}

struct kd_error *kd_sh_out_open(struct kd_sh_out *o, const struct kd_sh_where *w)
{
	struct kd_error *err = NULL;

	*o = (struct kd_sh_out){.where = *w, .fd = -1, .held = KD_BUF_INIT(HELD_MAX)};
	if (w->to == KD_SH_TO_FILE || w->to == KD_SH_TO_APPEND) {
		o->where.rows = 0;
		err = open_file(o);
	} else if (w->to == KD_SH_TO_PIPE) {
		o->where.rows = 0;
		kd_out_flush(w->on);
		err = start(w, w->target, true, &o->fd, &o->job);
	}
	if (err)
		return err;
	kd_out_init(&o->out, take, o);
	o->out.color = w->to == KD_SH_TO_US && w->on->color;
	o->out.width = w->on->width;
	return NULL;
}

bool kd_sh_out_wanted(const struct kd_sh_out *o)
{
	return !o->out.failed && !o->where.on->failed;
}

struct kd_error *kd_sh_out_close(struct kd_sh_out *o, int *ret_status)
{
	struct kd_error *err = NULL;
	bool stopped = false;

	kd_out_flush(&o->out);
	if (o->held.n && !o->paged)
		write_on(o, kd_buf_view(&o->held));
	if (o->errnum)
		err = kd_error_errno(o->errnum, "writing %s", o->where.target ? o->where.target : "the output");
	else if (o->fd >= 0 && !o->job && close(o->fd))
		err = kd_error_errno(errno, "closing %s", o->where.target);
	if (o->job) {
		close_fd(&o->fd);
		stopped = !wait_for(o->job, o->where.cancel);
	} else if (o->errnum) {
		close_fd(&o->fd);
	}
	if (ret_status)
		*ret_status = o->job && !o->paged && !stopped ? status_of(o->job) : 0;
	kd_proc_free(o->job);
	kd_buf_deinit(&o->held);
	kd_out_deinit(&o->out);
	return err;
}
