// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/proc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "check.h"

#define SH(script) ((const char *const[]){"sh", "-c", (script), NULL})

static void output(void **state)
{
	struct kd_proc_req req = {.argv = SH("echo out; echo err >&2; exit 3")};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_view(kd_buf_view(&r.out), "out\n");
	assert_view(kd_buf_view(&r.err), "err\n");
	assert_int_equal(r.exit_status, 3);
	assert_int_equal(r.signal, 0);
	assert_false(r.timed_out || r.out_cut || r.err_cut || r.cancelled);
	assert_error(kd_proc_check(&req, &r), KD_IO, "sh exited with status 3: err");
}

static void input(void **state)
{
	static char big[3 << 20];
	const char *const argv[] = {"cat", NULL};
	struct kd_proc_req req = {.argv = argv, .input = {big, sizeof(big)}};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 31 >> 3);
	assert_ok(kd_proc_run(&req, &r));
	assert_true(kd_view_eq(kd_buf_view(&r.out), req.input));
	assert_ok(kd_proc_check(&req, &r));
	kd_proc_result_deinit(&r);
	req.argv = SH("exit 0"); /* it does not read */
	assert_ok(kd_proc_run(&req, &r));
	assert_ok(kd_proc_check(&req, &r));
	kd_proc_result_deinit(&r);
	req.argv = argv;
	req.input = KD_VNULL;
	assert_ok(kd_proc_run(&req, &r));
	assert_int_equal(r.out.n, 0);
}

static void not_there(void **state)
{
	const char *const argv[] = {"kdoc-no-such-program", NULL}, *const path[] = {"/none/x",
										    NULL};
	const char *const not_exec[] = {"/etc/passwd", NULL}, *const nothing[] = {NULL};
	struct kd_proc_req req = {.argv = argv};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_error(kd_proc_run(&req, &r), KD_NOTFOUND, "kdoc-no-such-program is not installed");
	req.argv = path;
	assert_error(kd_proc_run(&req, &r), KD_NOTFOUND, "/none/x");
	req.argv = not_exec;
	assert_error(kd_proc_run(&req, &r), KD_ACCESS, "/etc/passwd");
	req.argv = nothing;
	assert_error(kd_proc_run(&req, &r), KD_INVALID, "no program");
	req = (struct kd_proc_req){.argv = SH("true"), .cwd = "/none"};
	assert_error(kd_proc_run(&req, &r), KD_NOTFOUND, "sh");
}

/* Time-out: the whole group goes, also what ignores TERM. */
static void times_out(void **state)
{
	struct kd_proc_req req = {.argv = SH("trap '' TERM INT; echo before; sleep 60 & sleep 60"),
				  .timeout_ms = 200};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	int64_t start = kd_mono_ns();

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGKILL);
	assert_view(kd_buf_view(&r.out), "before\n");
	assert_true(r.ms >= 200);
	assert_true(kd_mono_ns() - start < INT64_C(20000000000));
	assert_error(kd_proc_check(&req, &r), KD_TIMEOUT, "did not end within");
}

static bool is_dead(uint64_t pid)
{
	char path[40], text[200] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return true;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n <= 0 || strstr(text, ") Z "); /* nobody may reap it here */
}

/* A child left behind holds the pipe open: it is neither waited for nor spared. */
static void left_behind(void **state)
{
	struct kd_proc_req req = {.argv = SH("sleep 60 & echo $!")};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	uint64_t pid;

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_true(r.ms < 30000);
	assert_int_equal(r.exit_status, 0);
	assert_false(r.timed_out);
	assert_true(kd_view_dec(kd_view_trim(kd_buf_view(&r.out)), &pid));
	for (int i = 0; i < 500 && !is_dead(pid); i++)
		usleep(10000);
	assert_true(is_dead(pid));
}

static void cancel(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct kd_proc_req req = {.argv = SH("sleep 60"), .cancel = &stop};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_true(r.cancelled);
	assert_error(kd_proc_check(&req, &r), KD_CANCELLED, "stopped on request");
}

static void too_much(void **state)
{
	struct kd_proc_req req = {.argv = SH("yes"), .out_max = 100000};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_true(r.out_cut);
	assert_int_equal(r.out.n, 100000);
	assert_int_equal(r.signal, SIGKILL);
	assert_error(kd_proc_check(&req, &r), KD_LIMIT, "more than 100000 bytes");
	kd_proc_result_deinit(&r);
	req = (struct kd_proc_req){.argv = SH("yes | head -c 1000000 >&2; echo done"),
				   .err_max = 10};
	assert_ok(kd_proc_run(&req, &r));
	assert_true(r.err_cut);
	assert_view(kd_buf_view(&r.err), "y\ny\ny\ny\ny\n");
	assert_view(kd_buf_view(&r.out), "done\n");
	assert_int_equal(r.signal, 0);
}

static void limits(void **state)
{
	struct kd_proc_req req = {.argv = SH("ulimit -v; ulimit -t; ulimit -f; ulimit -c"),
				  .max_memory = 512 << 20,
				  .max_cpu_s = 7,
				  .max_file = 1 << 20};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_view(kd_buf_view(&r.out), "524288\n7\n2048\n0\n");
	kd_proc_result_deinit(&r);
	req = (struct kd_proc_req){
		.argv = SH("while :; do :; done"), .max_cpu_s = 1, .timeout_ms = 30000};
	assert_ok(kd_proc_run(&req, &r));
	assert_false(r.timed_out);
	assert_true(r.signal == SIGXCPU || r.signal == SIGKILL);
}

static void clean_start(void **state)
{
	const char *const env[] = {"A=1", "PATH=/usr/bin:/bin", NULL};
	struct kd_proc_req req = {.argv = SH("echo $A$HOME; pwd; ls /proc/self/fd | wc -l"),
				  .env = env,
				  .cwd = "/usr"};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	int leak = open("/dev/null", O_RDONLY); /* not close-on-exec, as a library may do */
	sigset_t set, old;

	(void)state;
	assert_true(leak >= 0);
	assert_ok(kd_proc_run(&req, &r));
	assert_view(kd_buf_view(&r.out), "1\n/usr\n4\n"); /* 0, 1, 2 and ls's own */
	kd_proc_result_deinit(&r);
	close(leak);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	req = (struct kd_proc_req){.argv = SH(
		/* Signal 32 belongs to libc, which lets nobody reset it. */
		"grep -E 'Sig(Blk|Ign)' /proc/self/status | sed 's/80000000$/00000000/'")};
	assert_ok(kd_proc_run(&req, &r));
	assert_view(kd_buf_view(&r.out), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
}

/* A program started with closed standard descriptors must not mix up its pipes. */
static void closed_std(void **state)
{
	struct kd_proc_req req = {.argv = SH("cat; echo err >&2"), .input = KD_V("in")};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	int saved[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		close(i);
	}
	req.timeout_ms = 10000;
	kd_error_free(kd_proc_run(&req, &r));
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_view(kd_buf_view(&r.out), "in");
	assert_view(kd_buf_view(&r.err), "err\n");
}

static size_t open_fds(void)
{
	size_t n = 0;

	for (int i = 0; i < 256; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static void no_leaks(void **state)
{
	struct kd_proc_req req = {.argv = SH("exit 0")};
	size_t before = open_fds();

	(void)state;
	for (int i = 0; i < 30; i++) {
		kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

		assert_ok(kd_proc_run(&req, &r));
	}
	assert_int_equal(open_fds(), before);
}

struct watcher {
	size_t calls, bytes, stop_at;
};

static bool take_output(void *user, struct kd_proc_result *r)
{
	struct watcher *w = user;

	w->calls++;
	w->bytes += r->out.n;
	kd_buf_drop(&r->out, r->out.n);
	return w->bytes < w->stop_at;
}

/* Output that the watcher takes away does not count against the maximum. */
static void watched(void **state)
{
	struct watcher w = {.stop_at = SIZE_MAX};
	struct kd_proc_req req = {
		.argv = SH("i=0; while [ $i -lt 60 ]; do printf %01000d 0; i=$((i+1)); sleep 0.01; done"),
		.out_max = 30000, .timeout_ms = 60000, .watch = take_output, .watch_user = &w};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_ok(kd_proc_check(&req, &r));
	assert_int_equal(w.bytes, 60000);
	assert_true(w.calls > 2);
}

static void watcher_stops(void **state)
{
	struct watcher w = {.stop_at = 1000};
	struct kd_proc_req req = {.argv = SH("while :; do echo 0123456789; done"),
				  .timeout_ms = 60000, .watch = take_output, .watch_user = &w};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	(void)state;
	assert_ok(kd_proc_run(&req, &r));
	assert_true(r.stopped && !r.timed_out);
	assert_error(kd_proc_check(&req, &r), KD_LIMIT, "stopped by a limit");
}

/* ---- a program that goes on running ---- */

static void spawn_passes(void **state)
{
	/* what it gets as 3 and 4, in an order that a naive dup2() would mix up; nothing else */
	const char *const argv[] = {"sh", "-c", "read -r a <&3; echo \"got $a\" >&4; echo err >&2; "
						"[ ! -e /proc/self/fd/5 ] && exit 7", NULL};
	struct kd_proc_spawn_req req = {.argv = argv, .npass = 2};
	kd_auto(kd_proc_freep) struct kd_proc *p = NULL;
	int in[2], out[2], err[2], pass[2];
	char text[64] = "";

	(void)state;
	assert_int_equal(pipe(in) | pipe(out) | pipe(err), 0);
	pass[0] = dup2(in[0], 41);
	pass[1] = dup2(out[1], 3 == out[1] ? out[1] : 40);
	req.pass = pass;
	req.err = &err[1];
	assert_int_equal(write(in[1], "hello\n", 6), 6);
	assert_ok(kd_proc_spawn(&req, &p));
	assert_true(kd_proc_wait(p, 30000));
	assert_true(kd_proc_ended(p));
	assert_int_equal(kd_proc_status(p), 7);
	assert_int_equal(kd_proc_signal(p), 0);
	assert_true(read(out[0], text, sizeof(text)) > 0);
	assert_memory_equal(text, "got hello\n", 10);
	assert_true(read(err[0], text, sizeof(text)) > 0);
	assert_memory_equal(text, "err\n", 4);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
		close(err[i]);
	}
	close(40);
	close(41);
}

static void spawn_is_killed(void **state)
{
	struct kd_proc_spawn_req req = {.argv = SH("sleep 100 & sleep 100")};
	struct kd_proc *p = NULL;
	int64_t start = kd_mono_ns();

	(void)state;
	assert_ok(kd_proc_spawn(&req, &p));
	assert_true(kd_proc_pid(p) > 0);
	assert_false(kd_proc_wait(p, 100));
	assert_false(kd_proc_ended(p));
	kd_proc_kill(p);
	assert_true(kd_proc_wait(p, 30000));
	assert_int_equal(kd_proc_signal(p), SIGKILL);
	assert_int_equal(kd_proc_status(p), -1);
	assert_int_equal(kd_proc_pid(p), 0);
	kd_proc_kill(p); /* nobody is there any more */
	kd_proc_free(p);
	kd_proc_free(NULL);
	assert_ok(kd_proc_spawn(&req, &p));
	kd_proc_free(p); /* while it runs */
	assert_true(kd_mono_ns() - start < 50000000000);
}

static void spawn_errors(void **state)
{
	const char *const argv[] = {"kdoc-no-such-program", NULL}, *const not_exec[] = {"/etc/passwd",
											NULL};
	const int low[] = {0};
	struct kd_proc_spawn_req req = {.argv = argv};
	struct kd_proc *p = NULL;

	(void)state;
	assert_error(kd_proc_spawn(&req, &p), KD_NOTFOUND, "not installed");
	req.argv = not_exec;
	assert_error(kd_proc_spawn(&req, &p), KD_ACCESS, "/etc/passwd");
	req = (struct kd_proc_spawn_req){.argv = SH("exit 0"), .pass = low, .npass = 1};
	assert_error(kd_proc_spawn(&req, &p), KD_INVALID, "not above 2");
	req.npass = KD_PROC_PASS_MAX + 1;
	assert_error(kd_proc_spawn(&req, &p), KD_INVALID, "more than");
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spawn_passes),
		cmocka_unit_test(spawn_is_killed),
		cmocka_unit_test(spawn_errors),
		cmocka_unit_test(output),      cmocka_unit_test(input),
		cmocka_unit_test(not_there),   cmocka_unit_test(times_out),
		cmocka_unit_test(left_behind), cmocka_unit_test(cancel),
		cmocka_unit_test(too_much),    cmocka_unit_test(limits),
		cmocka_unit_test(clean_start), cmocka_unit_test(closed_std),
		cmocka_unit_test(no_leaks),    cmocka_unit_test(watched),
		cmocka_unit_test(watcher_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
