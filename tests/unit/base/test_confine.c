// SPDX-License-Identifier: GPL-2.0-or-later
/* This program starts itself again, confined: what it may do then is its exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/confine.h"
#include "base/proc.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#ifdef KD_COVERAGE
#define COVERAGE true
#else
#define COVERAGE false
#endif

enum { MAY = 10, MAY_NOT = 11, NO_FILTERS = 12, WRONG = 13 };

static void *nothing(void *arg)
{
	return arg;
}

static int refused(bool done)
{
	return done ? MAY : errno == EPERM ? MAY_NOT : WRONG;
}

#define NAME "/tmp/kdoc-confine-test"

static int do_socket(void)
{
	return refused(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int do_exec(void)
{
	char *const argv[] = {(char *)"true", NULL};

	return refused(!execv("/bin/true", argv));
}

static int do_fork(void)
{
	const pid_t pid = fork();

	if (!pid)
		_exit(0);
	return refused(pid > 0);
}

static int do_write(void)
{
	return refused(open(NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0);
}

static int do_change(void)
{
	return refused(open("/dev/null", O_RDWR | O_CLOEXEC) >= 0);
}

static int do_mkdir(void)
{
	return refused(!mkdir(NAME, 0700));
}

static int do_unlink(void)
{
	return refused(!unlink(NAME));
}

static int do_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL) ? MAY_NOT : MAY;
}

static int do_file(void)
{
	return access("/", R_OK) ? MAY_NOT : MAY;
}

static int do_read(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? MAY : MAY_NOT;
}

static int do_core(void)
{
	struct rlimit r;

	return getrlimit(RLIMIT_CORE, &r) || r.rlim_cur ? MAY : MAY_NOT;
}

static int do_memory(void)
{
	void *p = malloc((size_t)1 << 30);

	free(p);
	return p ? MAY : MAY_NOT;
}

static int do_cpu(void)
{
	for (const time_t end = time(NULL) + 60; time(NULL) < end;)
		continue;
	return MAY;
}

static const struct {
	const char *name;
	int (*run)(void);
	bool filter; /* with the filter on */
} deeds[] = {
	{"socket", do_socket, true}, {"exec", do_exec, true},	  {"fork", do_fork, true},     {"write", do_write, true},
	{"change", do_change, true}, {"mkdir", do_mkdir, true},	  {"unlink", do_unlink, true}, {"thread", do_thread, true},
	{"file", do_file, true},     {"read", do_read, true},	  {"core", do_core, true},     {"memory", do_memory, false},
	{"cpu", do_cpu, false},
};

static int child(const char *what)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(deeds); i++) {
		const struct kd_confine c = {.memory = (uint64_t)512 << 20, .cpu_s = 1, .no_programs = deeds[i].filter,
					     .no_files = true};

		if (!strcmp(what, deeds[i].name))
			return kd_confine(&c) ? deeds[i].run() : NO_FILTERS;
	}
	return WRONG;
}

static struct kd_proc_result answer(const char *what)
{
	const char *const argv[] = {"/proc/self/exe", what, NULL};
	const struct kd_proc_req req = {.argv = argv, .timeout_ms = 60000};
	struct kd_proc_result r = {0};
	struct kd_error *err = kd_proc_run(&req, &r);

	if (err)
		fail_msg("%s", err->msg);
	kd_proc_result_deinit(&r);
	return r;
}

static void programs(void **state)
{
	static const char *const what[] = {"socket", "exec", "fork", "write", "change", "mkdir", "unlink"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(what); i++) {
		const struct kd_proc_result r = answer(what[i]);

		(void)rmdir(NAME); /* where nothing refused it */
		(void)unlink(NAME);
		if (r.exit_status == NO_FILTERS)
			print_message("%s: no filters here\n", what[i]);
		else if (SANITIZED)
			assert_int_not_equal(r.exit_status, MAY_NOT);
		else if (COVERAGE && i > 2)
			print_message("%s: not where coverage is measured\n", what[i]);
		else
			assert_int_equal(r.exit_status, MAY_NOT);
	}
}

static void what_it_needs(void **state)
{
	static const char *const what[] = {"thread", "file", "read"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(what); i++) {
		const int status = answer(what[i]).exit_status;

		assert_true(status == MAY || status == NO_FILTERS);
	}
}

static void limits(void **state)
{
	struct kd_proc_result r;

	(void)state;
	r = answer("cpu");
	assert_int_equal(r.signal, SIGXCPU);
	assert_false(r.timed_out);
	r = answer("memory");
	assert_int_equal(r.exit_status, SANITIZED ? MAY : MAY_NOT);
	r = answer("core");
	assert_true(r.exit_status == MAY_NOT || r.exit_status == NO_FILTERS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(programs), cmocka_unit_test(what_it_needs), cmocka_unit_test(limits)};

	if (argc == 2)
		return child(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
