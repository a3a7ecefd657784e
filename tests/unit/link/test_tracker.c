// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of case/tracker.h, on a folder. */
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
#include "base/fs.h"
#include "link/tracker.h"

static char folder[64];
static struct kd_ctx ctx;

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_null(kd_fs_write_atomic(path, kd_view_of(text), 0600));
}

static int setup(void **state)
{
	struct kd_tracker_config c = {.address = KD_V("")};
	struct kd_tracker *t = NULL;
	char path[128];

	kd_ctx_init(&ctx);
	snprintf(folder, sizeof(folder), "/tmp/kdoc-tracker-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/events", folder);
	assert_null(kd_fs_mkdirs(path, 0700));
	put("a.json", "{\"key\": \"P-7\", \"title\": \"one\", \"count\": 41, \"first_seen\": \"2026-05-01T10:00:00Z\", \"last_seen\": "
		      "\"2026-05-02T10:00:00Z\", \"url\": \"https://x.example/7\", \"extra\": {\"deep\": [1, 2.5, null, true]}, \"events\": [{\"message\": "
		      "\"two\", \"timestamp\": 1778587200.123456, \"id\": 9007199254740993}, \"events/one.json\"]}");
	put("events/one.json", "{\"message\": \"one\"}");
	put("b.json", "{\"title\": \"two\", \"first_seen\": \"yesterday\", \"count\": -3, \"events\": [\"../../etc/passwd\", \"/etc/passwd\"]}");
	put("c.json", "{ no json");
	put("d.json", "[1]");
	put("README.md", "not an issue");
	c.address = kd_view_of(folder);
	assert_null(kd_tracker_open(&ctx, &c, &t));
	*state = t;
	return 0;
}

static struct kd_error *remove_file(void *user, const struct kd_fs_entry *e)
{
	(void)user;
	unlink(e->path);
	return NULL;
}

static int teardown(void **state)
{
	struct kd_tracker *t = *state;
	char path[128];

	kd_tracker_closep(&t);
	assert_null(kd_fs_walk(folder, NULL, remove_file, NULL));
	snprintf(path, sizeof(path), "%s/events", folder);
	rmdir(path);
	rmdir(folder);
	kd_ctx_deinit(&ctx);
	return 0;
}

static struct kd_error *issue(void *user, const struct kd_tracker_issue *i)
{
	kd_buf_printf(user, "%.*s|%.*s|%lld|%lld|%lld|%.*s|%.*s\n", KD_VARG(i->key), KD_VARG(i->title), (long long)i->count, (long long)i->first,
		      (long long)i->last, KD_VARG(i->url), KD_VARG(i->ticket));
	return NULL;
}

static void bad(void *user, struct kd_view key, const char *why)
{
	(void)why;
	kd_buf_printf(user, "bad %.*s\n", KD_VARG(key));
}

static struct kd_error *event(void *user, struct kd_view json)
{
	kd_buf_printf(user, "%.*s\n", KD_VARG(json));
	return NULL;
}

static void fails(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	kd_error_free(err);
}

static void reading(void **state)
{
	struct kd_tracker *t = *state;
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 16);

	assert_null(t->ops->list(t->conn, issue, &got, bad));
	assert_string_equal(got.p, "P-7|one|41|1777629600000000|1777716000000000|https://x.example/7|\nb|two|-1|0|0||\nbad c\nbad d\n");
	kd_buf_clear(&got);
	assert_null(t->ops->events(t->conn, KD_V("P-7"), 0, event, &got));
	/* numbers are what they were, also long ones */
	assert_string_equal(got.p, "{\"message\":\"two\",\"timestamp\":1778587200.123456,\"id\":9007199254740993}\n{\"message\": \"one\"}\n");
	kd_buf_clear(&got);
	assert_null(t->ops->events(t->conn, KD_V("P-7"), 1, event, &got));
	assert_null(strstr(got.p, "one"));
	kd_buf_clear(&got);
	assert_null(t->ops->get(t->conn, KD_V("P-7"), issue, &got));
	assert_non_null(strstr(got.p, "P-7|one|41"));
}

static void hostile(void **state)
{
	struct kd_tracker *t = *state;
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 16);

	fails(t->ops->events(t->conn, KD_V("b"), 0, event, &got), KD_BADDATA);
	assert_int_equal(got.n, 0);
	fails(t->ops->get(t->conn, KD_V("../a"), issue, &got), KD_NOTFOUND);
	fails(t->ops->get(t->conn, KD_V("c"), issue, &got), KD_NOTFOUND);
	fails(t->ops->merge(t->conn, KD_V("P-7"), KD_V("P-7")), KD_INVALID);
	fails(t->ops->merge(t->conn, KD_V("P-7"), KD_V("P-8")), KD_NOTFOUND);
}

static void changes(void **state)
{
	struct kd_tracker *t = *state;
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 16), before = KD_BUF_INIT(1 << 18), after = KD_BUF_INIT(1 << 18);
	char path[128];

	snprintf(path, sizeof(path), "%s/a.json", folder);
	assert_null(t->ops->link_ticket(t->conn, KD_V("P-7"), KD_V("jira:K-1"), KD_VNULL));
	assert_null(t->ops->comment(t->conn, KD_V("P-7"), KD_V("first")));
	assert_null(t->ops->comment(t->conn, KD_V("P-7"), KD_V("second")));
	assert_null(kd_fs_read_small(path, 1 << 16, &before));
	assert_null(t->ops->comment(t->conn, KD_V("P-7"), KD_V("first"))); /* there already */
	assert_null(kd_fs_read_small(path, 1 << 16, &after));
	assert_string_equal(before.p, after.p);
	assert_non_null(strstr(after.p, "2.5"));
	assert_null(t->ops->get(t->conn, KD_V("P-7"), issue, &got));
	assert_non_null(strstr(got.p, "|jira:K-1"));
	kd_buf_clear(&got);
	assert_null(t->ops->merge(t->conn, KD_V("P-7"), KD_V("b")));
	assert_null(t->ops->events(t->conn, KD_V("P-7"), 0, event, &got));
	assert_non_null(strstr(got.p, "1778587200.123456"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reading, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(changes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
