// SPDX-License-Identifier: GPL-2.0-or-later
/* Loops with their watches and timers; workers: what they say, how they end, that they are really gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "serve/worker.h"

struct seen {
	struct kd_loop *loop;
	unsigned calls, left;
	struct kd_worker_end end;
	char out[256];
	uint64_t progress;
	struct kd_timer *other;
	struct kd_watch *watch;
	char order[16];
};

static void note(struct seen *s, char c)
{
	const size_t n = strlen(s->order);

	if (n + 1 < sizeof(s->order))
		s->order[n] = c;
}

/* ---- loops ---- */

static void first(void *user)
{
	struct seen *s = user;

	note(s, '1');
	kd_timer_end(s->other); /* that one is due in the same round */
}

static void second(void *user)
{
	note(user, '2');
}

static void last(void *user)
{
	struct seen *s = user;

	note(s, '3');
	kd_loop_stop(s->loop);
}

static void test_timers(void **state)
{
	kd_auto(kd_loop_freep) struct kd_loop *l = kd_loop_new(NULL);
	struct seen s = {.loop = l};

	(void)state;
	kd_loop_timer(l, 20, last, &s);
	kd_loop_timer(l, 0, first, &s);
	s.other = kd_loop_timer(l, 0, second, &s);
	kd_loop_timer(l, 5, second, &s);
	kd_loop_run(l);
	assert_string_equal(s.order, "123");
}

static void read_one(void *user, short revents)
{
	struct seen *s = user;
	char c;

	assert_true(revents & POLLIN);
	assert_int_equal(read(s->calls ? -1 : atoi(s->out), &c, 1), 1);
	note(s, c);
	s->calls++;
	kd_watch_end(s->watch); /* its own */
	kd_loop_stop(s->loop);
}

static void test_watch(void **state)
{
	kd_auto(kd_loop_freep) struct kd_loop *l = kd_loop_new(NULL);
	struct seen s = {.loop = l};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(s.out, sizeof(s.out), "%d", fds[0]);
	s.watch = kd_loop_watch(l, fds[0], POLLIN, read_one, &s);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	kd_loop_run(l);
	kd_loop_timer(l, 5, last, &s); /* the ended watch is not called for the 'b' */
	kd_loop_run(l);
	assert_string_equal(s.order, "a3");
	close(fds[0]);
	close(fds[1]);
}

static void test_cancel_flag(void **state)
{
	volatile sig_atomic_t flag = 1;
	kd_auto(kd_loop_freep) struct kd_loop *l = kd_loop_new(&flag);

	(void)state;
	kd_loop_run(l); /* returns */
}

/* ---- workers: /bin/sh stands for kdoc ---- */

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct seen *s = user;

	assert_true(done <= total);
	s->progress = done;
}

static void done(void *user, const struct kd_worker_end *end)
{
	struct seen *s = user;

	s->calls++;
	s->end = *end;
	snprintf(s->out, sizeof(s->out), "%.*s|%.*s", KD_VARG(end->out), KD_VARG(end->err));
	if (!--s->left)
		kd_loop_stop(s->loop);
}

static const struct kd_worker_ops ops = {.progress = progress, .done = done};

static void run(struct seen *s, const char *script, struct kd_worker_req req, const char *program)
{
	kd_auto(kd_loop_freep) struct kd_loop *l = kd_loop_new(NULL);
	struct kd_worker_pool *p = kd_worker_pool_new(l, 1, program);
	const char *const argv[] = {"-c", script, NULL};

	*s = (struct seen){.loop = l, .left = 1};
	req.argv = argv;
	assert_non_null(kd_worker_start(p, &req, &ops, s));
	kd_loop_run(l);
	assert_int_equal(s->calls, 1);
	kd_worker_pool_free(p);
}

static void test_says(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "cat; echo no >&2; exit 3", (struct kd_worker_req){.input = KD_V("hello")}, "/bin/sh");
	assert_string_equal(s.out, "hello|no\n");
	assert_int_equal(s.end.status, 3);
	assert_int_equal(s.end.signal, 0);
	assert_null(s.end.failed);
}

static void test_progress(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "echo 1 10 >&3; sleep .05; echo 7 10 >&3; sleep .05", (struct kd_worker_req){.progress = true}, "/bin/sh");
	assert_int_equal(s.progress, 7);
}

static void test_crash(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "kill -SEGV $$", (struct kd_worker_req){0}, "/bin/sh");
	assert_int_equal(s.end.signal, SIGSEGV);
	assert_int_equal(s.end.status, -1);
}

static void test_too_long_and_too_late(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "while :; do echo 0123456789; done", (struct kd_worker_req){.out_max = 100}, "/bin/sh");
	assert_true(s.end.out_cut);
	assert_int_equal(s.end.out.n, 100);
	run(&s, "sleep 1000", (struct kd_worker_req){.timeout_ms = 50}, "/bin/sh");
	assert_true(s.end.timed_out);
}

static void test_no_program(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "", (struct kd_worker_req){0}, "/nowhere/kdoc");
	assert_non_null(s.end.failed);
}

/* One after the other where one may run; one that waits and one that runs can be stopped. */
static void test_queue(void **state)
{
	kd_auto(kd_loop_freep) struct kd_loop *l = kd_loop_new(NULL);
	struct kd_worker_pool *p = kd_worker_pool_new(l, 1, "/bin/sh");
	const char *const quick[] = {"-c", "echo x", NULL}, *const slow[] = {"-c", "sleep 1000", NULL};
	struct kd_worker_req req = {.argv = slow};
	struct seen s = {.loop = l, .left = 2};
	struct kd_worker *running = kd_worker_start(p, &req, &ops, &s), *waiting;

	(void)state;
	req.argv = quick;
	kd_worker_start(p, &req, &ops, &s);
	waiting = kd_worker_start(p, &req, &ops, &s);
	kd_worker_start(p, &req, &ops, &s);
	kd_loop_timer(l, 20, last, &s);
	kd_loop_run(l);
	assert_int_equal(s.calls, 0);
	kd_worker_stop(waiting);
	kd_worker_stop(running);
	kd_loop_run(l);
	assert_int_equal(s.calls, 2);
	kd_worker_pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers), cmocka_unit_test(test_watch), cmocka_unit_test(test_cancel_flag),
		cmocka_unit_test(test_says), cmocka_unit_test(test_progress), cmocka_unit_test(test_crash),
		cmocka_unit_test(test_too_long_and_too_late), cmocka_unit_test(test_no_program), cmocka_unit_test(test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
