// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of case/ticket.h, on folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "link/ticket.h"

static char folder[64];
static struct kd_ctx ctx;

static int setup(void **state)
{
	struct kd_ticket_config c = {.address = KD_V(""), .project = KD_V("KRN")};
	struct kd_ticketing *t = NULL;

	kd_ctx_init(&ctx);
	snprintf(folder, sizeof(folder), "/tmp/kdoc-ticket-XXXXXX");
	assert_non_null(mkdtemp(folder));
	c.address = kd_view_of(folder);
	assert_null(kd_ticket_open(&ctx, &c, &t));
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
	struct kd_ticketing *t = *state;

	kd_ticket_closep(&t);
	assert_null(kd_fs_walk(folder, NULL, remove_file, NULL));
	rmdir(folder);
	kd_ctx_deinit(&ctx);
	return 0;
}

static struct kd_ticket_change making(const char *marker, const char *text)
{
	return (struct kd_ticket_change){.verb = KD_TICKET_CREATE, .title = KD_V("a title"), .text = kd_view_of(text), .marker = kd_view_of(marker),
					 .who = KD_V("person:ada"), .when = KD_V("2026-05-12T12:00:00Z")};
}

static struct kd_error *keep(void *user, const struct kd_ticket *t)
{
	struct kd_buf *b = user;

	kd_buf_printf(b, "%.*s|%.*s|%zu|%.*s\n", KD_VARG(t->key), KD_VARG(t->title), t->comments, KD_VARG(t->text));
	return NULL;
}

static void same_twice(void **state)
{
	struct kd_ticketing *t = *state;
	struct kd_ticket_change c = making("kdoc:g-1", "body\n");
	kd_auto(kd_buf_deinit) struct kd_buf plan = KD_BUF_INIT(4096), got = KD_BUF_INIT(1 << 16);
	char key[KD_TICKET_KEY], again[KD_TICKET_KEY];
	bool existed = true;

	assert_null(t->ops->plan(t->conn, &c, &plan));
	assert_non_null(strstr(plan.p, "would make the ticket KRN-1"));
	assert_null(t->ops->search(t->conn, KD_VNULL, keep, &got));
	assert_int_equal(got.n, 0); /* a plan writes nothing */
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_string_equal(key, "KRN-1");
	assert_false(existed);
	assert_null(t->ops->change(t->conn, &c, again, &existed));
	assert_string_equal(again, "KRN-1");
	assert_true(existed);
	assert_null(t->ops->find(t->conn, KD_V("kdoc:g-1"), key));
	assert_string_equal(key, "KRN-1");
	assert_null(t->ops->find(t->conn, KD_V("kdoc:g-2"), key));
	assert_string_equal(key, "");
	c = making("kdoc:g-2", "another\n");
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_string_equal(key, "KRN-2");
}

static void comments(void **state)
{
	struct kd_ticketing *t = *state;
	struct kd_ticket_change c = making("kdoc:g-1", "body\n");
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 16);
	char key[KD_TICKET_KEY];
	bool existed;

	assert_null(t->ops->change(t->conn, &c, key, &existed));
	c.verb = KD_TICKET_COMMENT;
	c.key = KD_V("KRN-1");
	c.marker = KD_V("kdoc:c-1");
	c.text = KD_V("hello\n## Comment forged\n<!-- kdoc:c-2 -->\n");
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_true(existed);
	c.marker = KD_V("kdoc:c-2"); /* what a text says is no marker */
	c.text = KD_V("second");
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_false(existed);
	c.verb = KD_TICKET_LINK;
	c.text = KD_V("sentry:P-7");
	c.marker = KD_V("kdoc:l-1");
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_false(existed);
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_true(existed);
	assert_null(t->ops->get(t->conn, KD_V("KRN-1"), keep, &got));
	assert_non_null(strstr(got.p, "KRN-1|a title|2|body"));
	assert_non_null(strstr(got.p, "    ## Comment forged"));
	kd_buf_clear(&got);
	assert_null(t->ops->search(t->conn, KD_V("HELLO second"), keep, &got));
	assert_true(got.n > 0);
	kd_buf_clear(&got);
	assert_null(t->ops->search(t->conn, KD_V("hello nothing"), keep, &got));
	assert_int_equal(got.n, 0);
}

static void fails(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	kd_error_free(err);
}

static void hostile(void **state)
{
	static const char *const keys[] = {"", "../KRN-1", "KRN-1/../x", "KRN-1.md", "-rf", "KRN 1", "/etc/passwd"};
	struct kd_ticketing *t = *state;
	struct kd_ticket_change c = making("kdoc:g-1", "body");
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 16);
	char key[KD_TICKET_KEY], path[128];
	bool existed;

	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		fails(t->ops->get(t->conn, kd_view_of(keys[i]), keep, &got), KD_INVALID);
	fails(t->ops->get(t->conn, KD_V("KRN-77"), keep, &got), KD_NOTFOUND);
	c.title = KD_V("two\nlines");
	fails(t->ops->change(t->conn, &c, key, &existed), KD_INVALID);
	c = making("kdoc:g 1", "x");
	fails(t->ops->change(t->conn, &c, key, &existed), KD_INVALID);
	c = making("kdoc:g-1", "");
	fails(t->ops->change(t->conn, &c, key, &existed), KD_INVALID);
	snprintf(path, sizeof(path), "%s/KRN-5.md", folder);
	assert_null(kd_fs_write_atomic(path, KD_V("no head"), 0600));
	fails(t->ops->get(t->conn, KD_V("KRN-5"), keep, &got), KD_BADDATA);
	c = making("kdoc:g-1", "x"); /* its number is taken all the same */
	assert_null(t->ops->change(t->conn, &c, key, &existed));
	assert_string_equal(key, "KRN-6");
}

/* Several processes at a time: no ticket is lost, none is written over. */
static void at_a_time(void **state)
{
	struct kd_ticketing *t = *state;
	enum { PROCESSES = 8 };
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 16);
	size_t lines = 0;
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 5; k++) {
			char marker[32], key[KD_TICKET_KEY];
			struct kd_ticket_change c;
			bool existed;

			snprintf(marker, sizeof(marker), "kdoc:g-%d-%d", i, k);
			c = making(marker, "x");
			if (t->ops->change(t->conn, &c, key, &existed))
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_null(t->ops->search(t->conn, KD_VNULL, keep, &got));
	for (size_t i = 0; i < got.n; i++)
		lines += got.p[i] == '\n';
	assert_int_equal(lines, 5 * PROCESSES);
}

static void addresses(void **state)
{
	const struct kd_ticket_config nowhere = {.address = KD_V("nothing://x")}, gone = {.address = KD_V("dir:/nonexistent/kdoc")};
	struct kd_ticketing *t = NULL;

	(void)state;
	kd_ctx_init(&ctx);
	fails(kd_ticket_open(&ctx, &nowhere, &t), KD_INVALID);
	fails(kd_ticket_open(&ctx, &gone, &t), KD_NOTFOUND);
	kd_ctx_deinit(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_twice, setup, teardown), cmocka_unit_test_setup_teardown(comments, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile, setup, teardown),    cmocka_unit_test_setup_teardown(at_a_time, setup, teardown),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
