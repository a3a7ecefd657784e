// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
/* log.h, ctx.h and progress.h: what surrounds a piece of work. */
#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ctx.h"
#include "base/progress.h"
#include "base/time.h"
#include "check.h"

struct seen {
	unsigned n;
	enum kd_level level;
	char msg[2048];
};

static void emit(void *user, enum kd_level level, const char *msg)
{
	struct seen *s = user;

	s->n++;
	s->level = level;
	snprintf(s->msg, sizeof(s->msg), "%s", msg);
}

static void logging(void **state)
{
	struct seen s = {0};
	struct kd_log log = {.emit = emit, .user = &s, .min = KD_LOG_WARN};

	(void)state;
	kd_log_printf(NULL, KD_LOG_ERROR, "nobody listens");
	kd_log_printf(&log, KD_LOG_INFO, "too low");
	assert_int_equal(s.n, 0);
	kd_log_printf(&log, KD_LOG_WARN, "index of %s\nis \x1b[1mstale", "tree");
	assert_int_equal(s.n, 1);
	assert_int_equal(s.level, KD_LOG_WARN);
	assert_string_equal(s.msg, "index of tree?is ?[1mstale");
	kd_log_printf(&log, KD_LOG_ERROR, "%02000d", 1);
	assert_int_equal(strlen(s.msg), 1024);
	assert_string_equal(kd_level_name(KD_LOG_WARN), "warning");
}

static void free_slot(void *p)
{
	*(int *)p += 1;
}

static void context(void **state)
{
	volatile sig_atomic_t stop = 0;
	struct kd_ctx ctx;
	int freed = 0;

	(void)state;
	kd_ctx_init(&ctx);
	assert_int_equal(ctx.limits.line_bytes, 65536);
	assert_int_equal(ctx.limits.report_lines, 2000);
	assert_false(kd_ctx_cancelled(NULL));
	assert_ok(kd_ctx_check(&ctx));
	ctx.cancel = &stop;
	assert_false(kd_ctx_cancelled(&ctx));
	stop = 1;
	assert_true(kd_ctx_cancelled(&ctx));
	assert_error(kd_ctx_check(&ctx), KD_CANCELLED, "stopped");
	ctx.slot[KD_SLOT_CORE] = (struct kd_ctx_slot){&freed, free_slot};
	kd_ctx_deinit(&ctx);
	kd_ctx_deinit(&ctx);
	assert_int_equal(freed, 1);
}

static void progress_text(void **state)
{
	struct kd_progress p = {.what = "reading x", .bytes = true};
	char t[80];

	(void)state;
	kd_progress_text(&p, 3 << 20, 12 << 20, t, sizeof(t));
	assert_string_equal(t, "reading x: 25 % (3 of 12 MiB)");
	kd_progress_text(&p, 3 << 20, 0, t, sizeof(t));
	assert_string_equal(t, "reading x: 3 MiB");
	kd_progress_text(&p, UINT64_MAX / 2, UINT64_MAX, t, sizeof(t));
	assert_non_null(strstr(t, ": 50 % ("));
	kd_progress_text(&p, 9, 5, t, sizeof(t)); /* a log that grows */
	assert_non_null(strstr(t, ": 100 % ("));
	p.bytes = false;
	kd_progress_text(&p, 1, 3, t, sizeof(t));
	assert_string_equal(t, "reading x: 33 % (1 of 3)");
}

static size_t drawn(int fd, char *buf, size_t n)
{
	ssize_t got = read(fd, buf, n - 1);

	assert_true(got >= 0);
	buf[got] = '\0';
	return (size_t)got;
}

static void progress_pipe(void **state)
{
	struct kd_progress p;
	char buf[10];
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	kd_progress_init(&p, fd[1], "x", false);
	p.next_ns = 0;
	kd_progress_update(&p, 1, 2);
	kd_progress_end(&p);
	close(fd[1]);
	assert_int_equal(drawn(fd[0], buf, sizeof(buf)), 0); /* no terminal: nothing */
	close(fd[0]);
}

static void progress_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct kd_progress p;
	char buf[200];

	(void)state;
	if (master < 0 || grantpt(master) || unlockpt(master))
		skip();
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	kd_progress_init(&p, slave, "x\x1b[31m", false);
	kd_progress_update(&p, 1, 2); /* too early */
	assert_false(p.shown);
	p.next_ns = 0;
	kd_progress_update(&p, 1, 2);
	assert_true(p.shown);
	kd_progress_update(&p, 2, 2); /* too often */
	drawn(master, buf, sizeof(buf));
	assert_string_equal(buf, "\rx?[31m: 50 % (1 of 2)\033[K");
	kd_progress_end(&p);
	drawn(master, buf, sizeof(buf));
	assert_string_equal(buf, "\r\033[K");
	p.next_ns = 0;
	kd_progress_update(&p, 2, 2);
	assert_false(p.shown);
	close(slave);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logging),           cmocka_unit_test(context),
		cmocka_unit_test(progress_text),     cmocka_unit_test(progress_pipe),
		cmocka_unit_test(progress_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
