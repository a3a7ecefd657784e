// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses that a browser takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "verb/trackurl.h"

#define URL KD_V("https://sentry.example.org/issues/?project=7&query={query}")

static void is(struct kd_error *err, struct kd_buf *b, const char *what)
{
	if (err)
		fail_msg("%s", err->msg);
	assert_string_equal(b->p, what);
	kd_buf_clear(b);
}

static void addresses(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	const struct kd_view keys[] = {KD_V("KERNEL-3Q5R"), KD_V("KERNEL-3Q5B")};

	(void)state;
	is(kd_track_issues(URL, keys, 2, &b), &b,
	   "https://sentry.example.org/issues/"
	   "?project=7&query=issue%3A%5BKERNEL-3Q5R%2C+KERNEL-3Q5B%5D");
	is(kd_track_issues(URL, keys, 1, &b), &b,
	   "https://sentry.example.org/issues/?project=7&query=issue%3AKERNEL-3Q5R");
	is(kd_track_message(URL, KD_V("lavd_cgroup_init"), &b), &b,
	   "https://sentry.example.org/issues/?project=7&query=lavd_cgroup_init");
	is(kd_track_message(URL, KD_V("a \"b\" c&d=e#f%"), &b), &b,
	   "https://sentry.example.org/issues/"
	   "?project=7&query=%22a+%5C%22b%5C%22+c%26d%3De%23f%25%22");
	is(kd_track_message(KD_V("http://t/{query}/x"), KD_V("\xc3\xa4"), &b), &b,
	   "http://t/%22%C3%A4%22/x");
}

static void refused(void **state)
{
	static const struct kd_view bad[] = {KD_V("javascript:{query}"), KD_V("https://t/"),
					     KD_V("https://t/{query}{query}"), KD_V("{query}")};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct kd_error *err = kd_track_url(bad[i], KD_V("x"), &b);

		assert_true(kd_error_catch(&err, KD_INVALID));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
