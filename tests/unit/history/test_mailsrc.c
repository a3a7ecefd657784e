// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources of mails that are files; archives of public-inbox: tests/run/mail-referees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "../source/box.h"
#include "history/mailsrc.h"
#include "history/mirror.h"
#include "source/gitfetch.h"

struct got {
	struct kd_buf text; /* "id|bytes;" of each */
	const char *stop_at; /* an error at the mail with this text */
	const char *known;
};

static struct kd_error *on_mail(void *user, const struct kd_mailsrc_mail *m)
{
	struct got *g = user;

	if (g->stop_at && m->bytes.p && kd_view_has(m->bytes, kd_view_of(g->stop_at)))
		return kd_error_new(KD_CANCELLED, "stopped");
	kd_buf_printf(&g->text, "%.*s|%.*s;", KD_VARG(m->id), KD_VARG(m->lost ? KD_V("lost") : kd_view_head(m->bytes, 60)));
	return NULL;
}

static bool is_known(void *user, struct kd_view id)
{
	const struct got *g = user;

	return g->known && kd_view_eq(id, kd_view_of(g->known));
}

/* What comes from a file of this text, read on from `since`. */
static void expect(const struct box *b, const char *name, struct kd_buf *position, const char *wanted, bool restarted)
{
	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *s = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf since = KD_BUF_INIT(4096);
	struct got g = {.text = KD_BUF_INIT(1 << 20)};
	struct kd_mailsrc_read r = {.fn = on_mail, .user = &g, .position = position};
	struct kd_ctx ctx;
	char path[200];

	kd_buf_add(&since, kd_buf_view(position));
	r.since = kd_buf_view(&since);
	kd_ctx_init(&ctx);
	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	assert_null(kd_mailsrc_open(&ctx, path, &s));
	assert_null(kd_mailsrc_read(s, &r));
	if (!kd_view_eq(kd_buf_view(&g.text), kd_view_of(wanted)) || r.restarted != restarted)
		fail_msg("%s: \"%.*s\" instead of \"%s\", restarted %d", name, KD_VARG(kd_buf_view(&g.text)), wanted,
			 r.restarted);
	kd_buf_deinit(&g.text);
	kd_ctx_deinit(&ctx);
}

#define FROM "From a@x Sat Jan 17 05:28:50 2026\n"

static void mboxes(void **state)
{
	static const struct {
		const char *text, *wanted;
	} m[] = {
		{FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n", "mbox:0+43|A: 1\n\nx\n;mbox:43+42|B: 2\n\ny\n;"},
		{FROM "A: 1\n\n>From z\n>>From z\n", "mbox:0+57|A: 1\n\nFrom z\n>From z\n;"},
		{FROM "A: 1\n\nFrom here on\n\nFrom there 12:00\n", "mbox:0+71|A: 1\n\nFrom here on\n\nFrom there 12:00\n;"},
		{FROM "A: 1\n\nx\n" FROM "no empty line\n", "mbox:0+90|A: 1\n\nx\nFrom a@x Sat Jan 17 05:28:50 2026\nno empty line\n;"},
		{FROM "A: 1\n\n" FROM "B: 2\n\n", "mbox:0+40|A: 1\n;mbox:40+40|B: 2\n;"},
		{FROM "Content-Length: 5\n\na\n\nF\n\n" FROM "B: 2\n\n",
		 "mbox:0+58|Content-Length: 5\n\na\n\nF\n;mbox:59+40|B: 2\n;"},
		{FROM "Content-Length: 99999999999999999999\n\nx\n", "mbox:0+74|Content-Length: 99999999999999999999\n\nx\n;"},
		{FROM, "mbox:0+34|;"},
		{"\n\n" FROM "A: 1\n", "mbox:2+39|A: 1\n;"},
		{FROM "A: 1\r\n\r\nx\r\n\r\n" FROM "B: 2\r\n", "mbox:0+47|A: 1\r\n\r\nx\r\n;mbox:47+40|B: 2\r\n;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(m) / sizeof(m[0]); i++) {
		struct kd_buf position = KD_BUF_INIT(4096);
		struct box b;

		box_make(&b);
		box_file(&b, "m", m[i].text);
		expect(&b, "m", &position, m[i].wanted, false);
		box_free(&b);
		kd_buf_deinit(&position);
	}
}

static void reading_on(void **state)
{
	struct kd_buf position = KD_BUF_INIT(4096);
	struct box b;

	(void)state;
	box_make(&b);
	box_file(&b, "m", FROM "A: 1\n\nx\n");
	expect(&b, "m", &position, "mbox:0+42|A: 1\n\nx\n;", false);
	expect(&b, "m", &position, "", false);
	box_file(&b, "m", FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny");
	expect(&b, "m", &position, "mbox:43+41|B: 2\n\ny;", false);
	/* it did not end in a line end: it comes again, as another one once it is longer */
	box_file(&b, "m", FROM "A: 1\n\nx\n\n" FROM "B: 2\n\nyes\n");
	expect(&b, "m", &position, "mbox:43+44|B: 2\n\nyes\n;", false);
	box_file(&b, "m", FROM "A: 7\n\nx\n\n" FROM "B: 2\n\nyes\n");
	expect(&b, "m", &position, "mbox:0+43|A: 7\n\nx\n;mbox:43+44|B: 2\n\nyes\n;", true);
	box_file(&b, "m", FROM "C: 3\n\n");
	expect(&b, "m", &position, "mbox:0+40|C: 3\n;", true);
	box_free(&b);
	kd_buf_deinit(&position);
}

static void stopped(void **state)
{
	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *s = NULL;
	struct kd_buf position = KD_BUF_INIT(4096);
	struct got g = {.text = KD_BUF_INIT(4096), .stop_at = "C: 3"};
	struct kd_mailsrc_read r = {.fn = on_mail, .user = &g, .position = &position};
	struct kd_error *err;
	struct kd_ctx ctx;
	struct box b;
	char path[200];

	(void)state;
	box_make(&b);
	box_file(&b, "m", FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n\n" FROM "C: 3\n\nz\n");
	snprintf(path, sizeof(path), "%s/m", b.dir);
	kd_ctx_init(&ctx);
	assert_null(kd_mailsrc_open(&ctx, path, &s));
	err = kd_mailsrc_read(s, &r);
	assert_non_null(err);
	kd_error_free(err);
	expect(&b, "m", &position, "mbox:86+42|C: 3\n\nz\n;", false);
	kd_ctx_deinit(&ctx);
	box_free(&b);
	kd_buf_deinit(&g.text);
	kd_buf_deinit(&position);
}

/* A message without end does not take the others with it. */
static void too_long(void **state)
{
	struct kd_buf position = KD_BUF_INIT(4096), text = KD_BUF_INIT((size_t)40 << 20);
	struct box b;
	char path[200], wanted[200];

	(void)state;
	box_make(&b);
	kd_buf_printf(&text, "%s", FROM "A: 1\n\n");
	for (size_t i = 0; i < KD_MAILSRC_MESSAGE_MAX / 16 + 9000; i++)
		kd_buf_add(&text, KD_V("0123456789abcde\n"));
	kd_buf_addc(&text, '\n');
	snprintf(wanted, sizeof(wanted), "mbox:0+%zu|lost;mbox:%zu+42|B: 2\n\ny\n;", text.n, text.n);
	kd_buf_printf(&text, "%s", FROM "B: 2\n\ny\n");
	snprintf(path, sizeof(path), "%s/m", b.dir);
	assert_null(kd_fs_write_atomic(path, kd_buf_view(&text), 0600));
	expect(&b, "m", &position, wanted, false);
	box_free(&b);
	kd_buf_deinit(&text);
	kd_buf_deinit(&position);
}

static void folders(void **state)
{
	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *s = NULL;
	struct kd_buf position = KD_BUF_INIT(4096);
	struct got g = {.text = KD_BUF_INIT(4096), .known = "2.x"};
	struct kd_mailsrc_read r = {.fn = on_mail, .known = is_known, .user = &g, .position = &position};
	struct kd_ctx ctx;
	struct box b;
	char path[200];

	(void)state;
	box_make(&b);
	box_file(&b, "d/new/1.x", "A: 1\n\n");
	box_file(&b, "d/cur/2.x:2,S", "B: 2\n\n");
	box_file(&b, "d/cur/3.x:2,", "");
	box_file(&b, "d/tmp/4.x", "D: 4\n\n");
	expect(&b, "d", &position, "1.x|A: 1\n\n;2.x|B: 2\n\n;3.x|;", false);
	kd_ctx_init(&ctx);
	snprintf(path, sizeof(path), "%s/d", b.dir);
	assert_null(kd_mailsrc_open(&ctx, path, &s));
	assert_int_equal(kd_mailsrc_kind(s), KD_MAILSRC_MAILDIR);
	assert_null(kd_mailsrc_read(s, &r));
	assert_true(kd_view_eq(kd_buf_view(&g.text), KD_V("1.x|A: 1\n\n;3.x|;")));
	assert_int_equal(r.skipped, 1);
	box_file(&b, "one.eml", "Subject: x\n\ny\n");
	expect(&b, "one.eml", &position, "file|Subject: x\n\ny\n;", false);
	kd_ctx_deinit(&ctx);
	box_free(&b);
	kd_buf_deinit(&g.text);
	kd_buf_deinit(&position);
}

static void nothing(void **state)
{
	static const char *const names[] = {"empty", "text", "folder", "absent"};
	struct kd_ctx ctx;
	struct box b;

	(void)state;
	box_make(&b);
	box_file(&b, "empty", "");
	box_file(&b, "text", "just text\n");
	box_file(&b, "folder/x", "Subject: x\n\n");
	kd_ctx_init(&ctx);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct kd_mailsrc *s = NULL;
		struct kd_error *err;
		char path[200];

		snprintf(path, sizeof(path), "%s/%s", b.dir, names[i]);
		err = kd_mailsrc_open(&ctx, path, &s);
		if (!err)
			fail_msg("%s is %s", names[i], kd_mailsrc_word(kd_mailsrc_kind(s)));
		assert_int_equal(err->cls, i == 3 ? KD_NOTFOUND : KD_BADDATA);
		kd_error_free(err);
	}
	kd_ctx_deinit(&ctx);
	box_free(&b);
}

/* ---- mirrors ---- */

static void manifests(void **state)
{
#define PRINT "0123456789abcdef0123456789ABCDEF01234567"
	static const struct {
		const char *text;
		int cls; /* 0: read */
		size_t n;
		bool old_form;
	} m[] = {
		{"{\"/l/git/1.git\":{\"fingerprint\":\"" PRINT "\"},\"/l/git/0.git\":{}}", 0, 2, false},
		{"{\"/l/git/0.git\":{},\"/k/git/0.git\":{}}", KD_BADDATA, 0, false},
		{"{\"/l\":{\"fingerprint\":\"" PRINT "\"}}", 0, 1, true},
		{"{\"/l\":{},\"/k\":{}}", KD_BADDATA, 0, false},
		{"{\"/l/git/99999999999999999999.git\":{}}", 0, 1, true},
		{"{\"/l/git/../../x.git\":{}}", 0, 1, true},
		{"{}", KD_BADDATA, 0, false},
		{"[]", KD_BADDATA, 0, false},
		{"", KD_BADDATA, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(m) / sizeof(m[0]); i++) {
		struct kd_mirror_entry e[4];
		struct kd_error *err;
		bool old_form = false;
		size_t n;

		err = kd_mirror_manifest(kd_view_of(m[i].text), e, 4, &n, &old_form);
		if ((err ? (int)err->cls : 0) != m[i].cls)
			fail_msg("row %zu: %s", i, err ? err->msg : "read");
		if (!err) {
			assert_int_equal(n, m[i].n);
			assert_int_equal(old_form, m[i].old_form);
			assert_int_equal(e[0].n, 0);
		}
		if (!i)
			assert_string_equal(e[1].fingerprint, "0123456789abcdef0123456789abcdef01234567");
		kd_error_free(err);
	}
}

static void urls(void **state)
{
	static const char *const good[] = {"http://127.0.0.1:8080/list", "https://lore.kernel.org/io-uring/", "http://[::1]/x"};
	static const char *const bad[] = {"file:///etc", "ssh://host/x", "ext::sh -c x", "git://host/x", "https://u:p@host/x",
					  "https://host/x y", "https://host/x?q", "https://", "https://-oProxy=x/", "HTTP://host/", "",
					  "https://host/\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(kd_git_fetch_url_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (kd_git_fetch_url_ok(bad[i]))
			fail_msg("%s is fine?", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mboxes),  cmocka_unit_test(reading_on), cmocka_unit_test(stopped),   cmocka_unit_test(too_long),
		cmocka_unit_test(folders), cmocka_unit_test(nothing),    cmocka_unit_test(manifests), cmocka_unit_test(urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
