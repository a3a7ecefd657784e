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
	while (*name && kd_view_take_part(&rest, KD_V(":"), &dir)) {
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

/* What the child needs to become the program. */
struct launch {
	const char *path;
	const char *const *argv, *const *env;
	const char *cwd;
	int in, out, err, status; /* all above 2 */
	const int *terminal; /* NULL: it gets none */
	const int *pass;
	int npass;
	uint64_t max_memory, max_cpu_s, max_file;
};

static bool limit(int which, uint64_t value)
{
	struct rlimit rl = {value, value};

	return !value || !setrlimit((__rlimit_resource_t)which, &rl);
}

static bool set_limits(const struct launch *l)
{
	struct rlimit none = {0, 0};

	return limit(RLIMIT_AS, l->max_memory) && limit(RLIMIT_CPU, l->max_cpu_s) &&
	       limit(RLIMIT_FSIZE, l->max_file) && !setrlimit(RLIMIT_CORE, &none);
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

/* First out of the way of the numbers that they become, then onto them. */
static bool set_passed(const struct launch *l, int *status)
{
	const int first = STDERR_FILENO + 1;
	int up[KD_PROC_PASS_MAX];

	*status = fcntl(l->status, F_DUPFD_CLOEXEC, first + l->npass);
	if (*status < 0)
		return false;
	for (int i = 0; i < l->npass; i++) {
		up[i] = fcntl(l->pass[i], F_DUPFD_CLOEXEC, first + l->npass);
		if (up[i] < 0)
			return false;
	}
	for (int i = 0; i < l->npass; i++)
		if (dup2(up[i], first + i) < 0)
			return false;
	return true;
}

static bool set_descriptors(const struct launch *l, int *status)
{
	if (dup2(l->in, STDIN_FILENO) < 0 || dup2(l->out, STDOUT_FILENO) < 0 ||
	    dup2(l->err, STDERR_FILENO) < 0 || !set_passed(l, status))
		return false;
	/* Ours are close-on-exec; this is for what others left open. Linux 5.11, else ignored. */
	close_range((unsigned)(STDERR_FILENO + 1 + l->npass), ~0U, CLOSE_RANGE_CLOEXEC);
	return true;
}

__attribute__((noreturn)) static void run_child(const struct launch *l, pid_t parent)
{
	int e, status = l->status;
	ssize_t ignored;

	setpgid(0, 0);
	if (l->terminal) /* all signals are blocked: SIGTTOU, too */
		tcsetpgrp(*l->terminal, getpid());
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	default_signals();
	if (set_descriptors(l, &status) && (!l->cwd || !chdir(l->cwd)) && set_limits(l))
		/* execve() takes non-const strings and does not change them: POSIX, exec, rationale
		 */
		execve(l->path, (char *const *)l->argv, (char *const *)l->env);
	e = errno;
	ignored = write(status >= 0 ? status : l->status, &e, sizeof(e));
	(void)ignored;
	_exit(127);
}

/* ---- in the parent ---- */

/* Fork and exec; status: the reading end that belongs to l->status, which is closed here. */
static struct kd_error *launch(struct launch *l, int *status_write, int status_read, pid_t *pid_ret,
			       int *pidfd_ret)
{
	pid_t parent = getpid(), pid;
	sigset_t all, old;
	ssize_t n;
	int e;

	l->status = *status_write;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* no handler of ours runs in the child */
	pid = fork();
	if (pid == 0)
		run_child(l, parent);
	e = errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (pid < 0)
		return kd_error_errno(e, "starting %s", l->argv[0]);
	setpgid(pid, pid);
	close_fd(status_write);
	do
		n = read(status_read, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(e)) {
		*pid_ret = pid;
		*pidfd_ret = (int)syscall(SYS_pidfd_open, pid, 0);
		return NULL;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return kd_error_errno(e, "running %s", l->path);
}

static struct kd_error *start(struct child *c)
{
	struct launch l = {
		.path = c->path,
		.argv = c->req->argv,
		.env = c->env,
		.cwd = c->req->cwd,
		.in = c->in,
		.out = c->req->out_fd ? *c->req->out_fd : c->out[1],
		.err = c->err[1],
		.max_memory = c->req->max_memory,
		.max_cpu_s = c->req->max_cpu_s,
		.max_file = c->req->max_file,
	};
	struct kd_error *err = launch(&l, &c->status[1], c->status[0], &c->pid, &c->pidfd);

	close_fd(&c->in);
	close_fd(&c->out[1]);
	close_fd(&c->err[1]);
	return err;
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

static bool is_over(pid_t pid)
{
	siginfo_t si = {0};

	return !waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) && si.si_pid == pid;
}

static bool has_exited(struct child *c)
{
	if (!c->exited)
		c->exited = is_over(c->pid);
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

/* ---- a program that goes on running ---- */

struct kd_proc {
	pid_t pid; /* 0: reaped */
	int pidfd; /* -1: kernel before 5.3 */
	int terminal; /* that it got from us; -1: none */
	int status; /* of waitpid(), once reaped */
};

struct spawn {
	char *path;
	int in, null, status[2];
};

static void spawn_deinit(struct spawn *s)
{
	int *const fds[] = {&s->in, &s->null, &s->status[0], &s->status[1]};

	for (size_t i = 0; i < KD_ARRAY_LEN(fds); i++)
		close_fd(fds[i]);
	kd_free(s->path);
}

static struct kd_error *spawn_prepare(const struct kd_proc_spawn_req *req, struct spawn *s)
{
	struct kd_error *err;

	if (!req->argv || !req->argv[0])
		return kd_error_new(KD_INVALID, "no program to run was named");
	if (req->npass > KD_PROC_PASS_MAX)
		return kd_error_new(KD_INVALID, "more than %d descriptors for %s", KD_PROC_PASS_MAX,
				    req->argv[0]);
	err = find_program(req->argv[0], &s->path);
	if (err)
		return err;
	s->in = above_std(open("/dev/null", O_RDONLY | O_CLOEXEC));
	s->null = above_std(open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (s->in < 0 || s->null < 0)
		return kd_error_errno(errno, "/dev/null");
	if (pipe2(s->status, O_CLOEXEC))
		return kd_error_errno(errno, "pipe");
	s->status[0] = above_std(s->status[0]);
	s->status[1] = above_std(s->status[1]);
	return s->status[0] < 0 || s->status[1] < 0 ? kd_error_errno(errno, "pipe") : NULL;
}

/* From a process group in the background that would stop us with SIGTTOU. */
static void give_terminal(int fd, pid_t group)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	tcsetpgrp(fd, group);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct kd_error *kd_proc_spawn(const struct kd_proc_spawn_req *req, struct kd_proc **ret)
{
	kd_auto(spawn_deinit) struct spawn s = {.in = -1, .null = -1, .status = {-1, -1}};
	struct kd_error *err = spawn_prepare(req, &s);
	struct launch l = {
		.path = s.path,
		.argv = req->argv,
		.env = req->env ? req->env : (const char *const *)environ,
		.cwd = req->cwd,
		.in = req->in ? *req->in : s.in,
		.terminal = req->terminal,
		.out = req->out ? *req->out : s.null,
		.err = req->err ? *req->err : s.null,
		.pass = req->pass,
		.npass = (int)req->npass,
		.max_memory = req->max_memory,
		.max_cpu_s = req->max_cpu_s,
		.max_file = req->max_file,
	};
	pid_t pid = 0;
	int pidfd = -1;

	/* A caller's descriptor 0, 1 or 2 could be overwritten before it is used. */
	if (!err && (l.in <= STDERR_FILENO || l.out <= STDERR_FILENO || l.err <= STDERR_FILENO))
		err = kd_error_new(KD_INVALID, "a descriptor for %s is not above 2", req->argv[0]);
	for (size_t i = 0; !err && i < req->npass; i++)
		if (req->pass[i] <= STDERR_FILENO)
			err = kd_error_new(KD_INVALID, "a descriptor for %s is not above 2",
					   req->argv[0]);
	if (!err)
		err = launch(&l, &s.status[1], s.status[0], &pid, &pidfd);
	if (err)
		return err;
	*ret = kd_xcalloc(1, sizeof(**ret));
	(*ret)->pid = pid;
	(*ret)->pidfd = pidfd;
	(*ret)->terminal = -1;
	if (req->terminal) {
		(*ret)->terminal = fcntl(*req->terminal, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		give_terminal(*req->terminal, pid); /* here, too: whoever comes first */
	}
	return NULL;
}

int kd_proc_fd(const struct kd_proc *p)
{
	return p->pidfd;
}

int64_t kd_proc_pid(const struct kd_proc *p)
{
	return p->pid;
}

/* The group goes before its leader's number can be used again. */
static void proc_reap(struct kd_proc *p)
{
	kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
}

/* Whoever has the terminal and stops would leave it to nobody. */
static void go_on(const struct kd_proc *p)
{
	siginfo_t si = {0};

	if (waitid(P_PID, (id_t)p->pid, &si, WSTOPPED | WNOHANG) || si.si_pid != p->pid)
		return;
	give_terminal(p->terminal, p->pid);
	kill(-p->pid, SIGCONT);
}

bool kd_proc_ended(struct kd_proc *p)
{
	if (p->pid && p->terminal >= 0)
		go_on(p);
	if (p->pid && is_over(p->pid))
		proc_reap(p);
	return !p->pid;
}

void kd_proc_kill(struct kd_proc *p)
{
	if (p->pid)
		kill(-p->pid, SIGKILL);
}

void kd_proc_interrupt(struct kd_proc *p)
{
	if (p->pid)
		kill(-p->pid, SIGINT);
}

bool kd_proc_wait(struct kd_proc *p, unsigned ms)
{
	int64_t end = kd_mono_ns() + (int64_t)ms * 1000000;

	while (!kd_proc_ended(p)) {
		struct pollfd f = {p->pidfd, POLLIN, 0};
		int64_t left = (end - kd_mono_ns()) / 1000000 + 1;

		if (kd_mono_ns() >= end)
			return false;
		poll(&f, 1, (int)(left > SLICE_MS ? SLICE_MS : left));
	}
	return true;
}

int kd_proc_status(const struct kd_proc *p)
{
	return !p->pid && WIFEXITED(p->status) ? WEXITSTATUS(p->status) : -1;
}

int kd_proc_signal(const struct kd_proc *p)
{
	return !p->pid && WIFSIGNALED(p->status) ? WTERMSIG(p->status) : 0;
}

void kd_proc_free(struct kd_proc *p)
{
	if (!p)
		return;
	if (p->pid) {
		kd_proc_kill(p);
		proc_reap(p);
	}
	if (p->terminal >= 0)
		give_terminal(p->terminal, getpgrp());
	close_fd(&p->terminal);
	close_fd(&p->pidfd);
	kd_free(p);
}

void kd_proc_freep(struct kd_proc **p)
{
	kd_proc_free(*p);
}
