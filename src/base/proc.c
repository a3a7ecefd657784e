// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/time.h"

enum { ERR_MAX = 64 << 10, PATH_BYTES = 4096, SLICE_MS = 50, WATCH_MS = 1000, CHUNK = 64 << 10 };

extern char **environ;

struct child {
	const struct kd_proc_req *req;
	struct kd_proc_result *r;
	const char *const *env;
	char *path; /* of the program */
	int in, out[2], err[2], status[2];
	pid_t pid;
	int pidfd; /* -1: kernel before 5.3 */
	int64_t start_ns, end_ns;
	bool killed, exited;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void child_deinit(struct child *c)
{
	int *const fds[] = {&c->in,     &c->out[0],    &c->out[1],    &c->err[0],
			    &c->err[1], &c->status[0], &c->status[1], &c->pidfd};

	for (size_t i = 0; i < KD_ARRAY_LEN(fds); i++)
		close_fd(fds[i]);
	kd_free(c->path);
}

/* ---- before the fork ---- */

static bool is_program(const char *path)
{
	struct stat sb;

	return !stat(path, &sb) && S_ISREG(sb.st_mode) && !access(path, X_OK);
}

/* execvp() may not be called between fork and exec of a program with threads. */
static struct kd_error *find_program(const char *name, char **ret)
{
	const char *path = getenv("PATH");
	struct kd_view rest = kd_view_of(path ? path : "/usr/bin:/bin"), dir;
	struct kd_buf b = KD_BUF_INIT(PATH_BYTES);

	if (strchr(name, '/')) {
		*ret = kd_xstrndup(name, strlen(name));
		return NULL;
	}
	while (*name && rest.n) {
		if (!kd_view_take_until(&rest, KD_V(":"), &dir)) {
			dir = rest;
			rest = KD_VNULL;
		}
		if (!dir.n || dir.p[0] != '/') /* never out of the working folder */
			continue;
		kd_buf_clear(&b);
		if (kd_buf_printf(&b, "%.*s/%s", KD_VARG(dir), name) && is_program(b.p)) {
			*ret = kd_take(b.p);
			return NULL;
		}
	}
	kd_buf_deinit(&b);
	return kd_error_new(KD_NOTFOUND, "the program %s is not installed (not in PATH)", name);
}

/* The input as a file in memory: no dead lock and no SIGPIPE whatever the program does. */
static struct kd_error *make_input(struct child *c)
{
	struct kd_view v = c->req->input;

	if (!v.n) {
		c->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return c->in < 0 ? kd_error_errno(errno, "/dev/null") : NULL;
	}
	c->in = memfd_create("kdoc-input", MFD_CLOEXEC);
	if (c->in < 0)
		return kd_error_errno(errno, "memfd_create");
	while (v.n) {
		ssize_t n = write(c->in, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kd_error_errno(errno, "writing the input of %s", c->req->argv[0]);
		v = kd_view_from(v, (size_t)n);
	}
	if (lseek(c->in, 0, SEEK_SET) < 0)
		return kd_error_errno(errno, "lseek");
	return NULL;
}

/* A pipe end must not be 0, 1 or 2, which the child overwrites one after the other. */
static int above_std(int fd)
{
	int up;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	up = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return up;
}

static struct kd_error *make_pipes(struct child *c)
{
	int *const all[] = {c->out, c->err, c->status};

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++) {
		if (pipe2(all[i], O_CLOEXEC))
			return kd_error_errno(errno, "pipe");
		all[i][0] = above_std(all[i][0]);
		all[i][1] = above_std(all[i][1]);
		if (all[i][0] < 0 || all[i][1] < 0)
			return kd_error_errno(errno, "pipe");
	}
	c->in = above_std(c->in);
	if (c->in < 0 || fcntl(c->out[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(c->err[0], F_SETFL, O_NONBLOCK) < 0)
		return kd_error_errno(errno, "pipe");
	return NULL;
}

/* ---- in the child: system calls only ---- */

static bool limit(int which, uint64_t value)
{
	struct rlimit rl = {value, value};

	return !value || !setrlimit((__rlimit_resource_t)which, &rl);
}

static bool set_limits(const struct kd_proc_req *req)
{
	struct rlimit none = {0, 0};

	return limit(RLIMIT_AS, req->max_memory) && limit(RLIMIT_CPU, req->max_cpu_s) &&
	       limit(RLIMIT_FSIZE, req->max_file) && !setrlimit(RLIMIT_CORE, &none);
}

static void default_signals(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		sigaction(s, &sa, NULL); /* fails for KILL, STOP and libc's own */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool set_descriptors(const struct child *c)
{
	if (dup2(c->in, STDIN_FILENO) < 0 || dup2(c->out[1], STDOUT_FILENO) < 0 ||
	    dup2(c->err[1], STDERR_FILENO) < 0)
		return false;
	/* Ours are close-on-exec; this is for what others left open. Linux 5.11, else ignored. */
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	return true;
}

__attribute__((noreturn)) static void run_child(const struct child *c, pid_t parent)
{
	int e;
	ssize_t ignored;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	default_signals();
	if (set_descriptors(c) && (!c->req->cwd || !chdir(c->req->cwd)) && set_limits(c->req))
		/* execve() takes non-const strings and does not change them: POSIX, exec, rationale
		 */
		execve(c->path, (char *const *)c->req->argv, (char *const *)c->env);
	e = errno;
	ignored = write(c->status[1], &e, sizeof(e));
	(void)ignored;
	_exit(127);
}

/* ---- in the parent ---- */

static struct kd_error *start(struct child *c)
{
	pid_t parent = getpid();
	sigset_t all, old;
	ssize_t n;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* no handler of ours runs in the child */
	c->pid = fork();
	if (c->pid == 0)
		run_child(c, parent);
	e = errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (c->pid < 0)
		return kd_error_errno(e, "starting %s", c->req->argv[0]);
	setpgid(c->pid, c->pid);
	close_fd(&c->in);
	close_fd(&c->out[1]);
	close_fd(&c->err[1]);
	close_fd(&c->status[1]);
	do
		n = read(c->status[0], &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(e)) {
		c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
		return NULL;
	}
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	return kd_error_errno(e, "running %s", c->path);
}

static void kill_group(struct child *c)
{
	if (!c->killed)
		kill(-c->pid, SIGKILL);
	c->killed = true;
}

static bool fits(struct kd_buf *b, struct kd_view v)
{
	struct kd_view some = kd_view_head(v, b->max - b->n);

	kd_buf_add(b, some);
	return some.n == v.n;
}

/* Read what is there; closes the descriptor at its end. */
static void drain(struct child *c, int *fd)
{
	char chunk[CHUNK];

	for (unsigned i = 0; i < 16 && *fd >= 0; i++) {
		ssize_t n = read(*fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(fd);
			return;
		}
		if (fd == &c->err[0]) {
			c->r->err_cut |= !fits(&c->r->err, kd_view(chunk, (size_t)n));
		} else if (!fits(&c->r->out, kd_view(chunk, (size_t)n))) {
			c->r->out_cut = true;
			kill_group(c);
		}
	}
}

static bool has_exited(struct child *c)
{
	siginfo_t si = {0};

	if (!c->exited && !waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG | WNOWAIT))
		c->exited = si.si_pid == c->pid;
	return c->exited;
}

static int wait_ms(const struct child *c)
{
	int64_t left = (c->end_ns - kd_mono_ns()) / 1000000 + 1;

	if (c->req->cancel || c->pidfd < 0)
		left = left > SLICE_MS ? SLICE_MS : left;
	if (c->req->watch && left > WATCH_MS)
		left = WATCH_MS;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* Until the program has ended; output that its children may still write is not waited for. */
static void supervise(struct child *c)
{
	while (!has_exited(c)) {
		struct pollfd p[] = {
			{c->out[0], POLLIN, 0}, {c->err[0], POLLIN, 0}, {c->pidfd, POLLIN, 0}};

		poll(p, KD_ARRAY_LEN(p), c->killed ? SLICE_MS : wait_ms(c));
		drain(c, &c->out[0]);
		drain(c, &c->err[0]);
		if (c->killed)
			continue;
		if (c->req->cancel && *c->req->cancel) {
			c->r->cancelled = true;
			kill_group(c);
		} else if (kd_mono_ns() >= c->end_ns && !has_exited(c)) {
			c->r->timed_out = true;
			kill_group(c);
		} else if (c->req->watch && !c->req->watch(c->req->watch_user, c->r)) {
			c->r->stopped = true;
			kill_group(c);
		}
	}
}

/* The group is killed before its leader is reaped: until then its number cannot be used again. */
static void finish(struct child *c)
{
	int status = 0;

	kill(-c->pid, SIGKILL);
	c->killed = true;
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	for (unsigned i = 0; i < 64; i++) { /* pipes hold 64 KiB, or 1 MiB when somebody asked */
		drain(c, &c->out[0]);
		drain(c, &c->err[0]);
	}
	if (WIFSIGNALED(status))
		c->r->signal = WTERMSIG(status);
	else
		c->r->exit_status = WEXITSTATUS(status);
	c->r->ms = (kd_mono_ns() - c->start_ns) / 1000000;
	if (c->req->watch)
		(void)c->req->watch(c->req->watch_user, c->r);
}

static struct kd_error *prepare(struct child *c)
{
	struct kd_error *err;

	if (!c->req->argv || !c->req->argv[0])
		return kd_error_new(KD_INVALID, "no program to run was named");
	err = find_program(c->req->argv[0], &c->path);
	if (!err)
		err = make_input(c);
	return err ? err : make_pipes(c);
}

struct kd_error *kd_proc_run(const struct kd_proc_req *req, struct kd_proc_result *ret)
{
	kd_auto(child_deinit) struct child c = {
		.req = req,
		.r = ret,
		.env = req->env ? req->env : (const char *const *)environ,
		.in = -1,
		.out = {-1, -1},
		.err = {-1, -1},
		.status = {-1, -1},
		.pidfd = -1,
		.start_ns = kd_mono_ns(),
	};
	struct kd_limits l;
	struct kd_error *err;

	kd_limits_default(&l);
	*ret = (struct kd_proc_result){
		.out = KD_BUF_INIT(req->out_max ? req->out_max : l.proc_output),
		.err = KD_BUF_INIT(req->err_max ? req->err_max : ERR_MAX),
	};
	c.end_ns = c.start_ns + (int64_t)(req->timeout_ms ? req->timeout_ms : l.proc_ms) * 1000000;
	err = prepare(&c);
	if (!err)
		err = start(&c);
	if (err)
		return err;
	supervise(&c);
	finish(&c);
	return NULL;
}

void kd_proc_result_deinit(struct kd_proc_result *r)
{
	kd_buf_deinit(&r->out);
	kd_buf_deinit(&r->err);
}

/* The first line that the program complained with. */
static struct kd_view first_line(const struct kd_buf *b)
{
	struct kd_view v = kd_view_trim(kd_buf_view(b));
	size_t nl = kd_view_chr(v, '\n');

	return kd_view_head(v, nl < 300 ? nl : 300);
}

struct kd_error *kd_proc_check(const struct kd_proc_req *req, const struct kd_proc_result *r)
{
	const char *name = req->argv[0];
	struct kd_view why = first_line(&r->err);

	if (r->cancelled)
		return kd_error_new(KD_CANCELLED, "%s was stopped on request", name);
	if (r->timed_out)
		return kd_error_new(KD_TIMEOUT, "%s did not end within %lld ms", name,
				    (long long)r->ms);
	if (r->stopped)
		return kd_error_new(KD_LIMIT, "%s was stopped by a limit", name);
	if (r->out_cut)
		return kd_error_new(KD_LIMIT, "%s wrote more than %zu bytes", name, r->out.max);
	if (r->signal)
		return kd_error_new(KD_IO, "%s was killed by signal %d", name, r->signal);
	if (r->exit_status)
		return kd_error_new(KD_IO, "%s exited with status %d%s%.*s", name, r->exit_status,
				    why.n ? ": " : "", KD_VARG(why));
	return NULL;
}
