// SPDX-License-Identifier: GPL-2.0-or-later
/* What the scanner says of a log as a whole, although it passes over most of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "report/scan.h"

enum { MANY = 20000, LOG_MAX = 8 << 20 };

static void lines(struct kd_buf *b, unsigned first_ms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kd_buf_printf(b, "[%5u.%03u000] usb 1-1: device number %zu is there\n",
			      (first_ms + (unsigned)i) / 1000, (first_ms + (unsigned)i) % 1000, i);
}

static struct kd_error *count(void *user, const struct kd_report *r)
{
	*(uint64_t *)user += r->nlines;
	return NULL;
}

/* Scans b and empties it; gives the lines that belong to reports. */
static uint64_t scan(struct kd_buf *b, struct kd_scan_log *log)
{
	struct kd_scan_opts o = {.want = KD_WANT_TABLE, .no_infrastructure = true};
	struct kd_source *src;
	struct kd_ctx ctx;
	uint64_t taken = 0;

	kd_ctx_init(&ctx);
	assert_null(kd_source_from_buf(b, "test", &src));
	assert_null(kd_scan(&ctx, src, &o, count, &taken, log));
	kd_source_close(src);
	kd_ctx_deinit(&ctx);
	return taken;
}

static void boots_and_times(void **state)
{
	struct kd_buf b = KD_BUF_INIT(LOG_MAX);
	struct kd_scan_log log;

	(void)state;
	lines(&b, 0, MANY);
	for (int i = 0; i < 3; i++) {
		kd_buf_add(&b, KD_V("[    0.000000] Linux version 6.1.0 (gcc) #1 SMP\n"));
		lines(&b, 1, MANY);
	}
	assert_int_equal(scan(&b, &log), 0);
	assert_int_equal(log.lines, 4 * MANY + 3);
	assert_int_equal(log.other_boots, 3);
	assert_true(log.has_time && log.first_us == 0 && !log.starts_late && log.booted);
	assert_string_equal(log.release, "6.1.0");
}

static void last_line_without_end(void **state)
{
	struct kd_buf b = KD_BUF_INIT(LOG_MAX);
	struct kd_scan_log log;

	(void)state;
	lines(&b, 7000, MANY);
	kd_buf_add(&b, KD_V("[   99.000000] cut in the mid"));
	assert_int_equal(scan(&b, &log), 0);
	assert_int_equal(log.lines, MANY + 1);
	assert_true(log.starts_late);
}

/* A header that needs a trace: with one behind it, all of the trace is read. */
static void weak_header(void **state)
{
	static const char header[] = "[   30.000000] WARNING: something odd in a driver\n";
	struct kd_buf b = KD_BUF_INIT(LOG_MAX);
	struct kd_scan_log log;

	(void)state;
	lines(&b, 0, MANY);
	kd_buf_add(&b, kd_view_of(header));
	lines(&b, 30001, MANY);
	assert_int_equal(scan(&b, &log), 0);
	assert_int_equal(log.reports, 0);

	lines(&b, 0, MANY);
	kd_buf_add(&b, kd_view_of(header));
	kd_buf_add(&b, KD_V("[   30.000000] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1\n"
			"[   30.000000] Call Trace:\n"));
	for (int i = 0; i < 400; i++)
		kd_buf_printf(&b, "[   30.000000]  deep_%d+0x12/0x34\n", i);
	lines(&b, 30001, MANY);
	assert_int_equal(scan(&b, &log), 403);
	assert_int_equal(log.reports, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boots_and_times),
		cmocka_unit_test(last_line_without_end),
		cmocka_unit_test(weak_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
