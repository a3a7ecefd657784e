// SPDX-License-Identifier: GPL-2.0-or-later
/* What is made of the names that a user gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "verb/input.h"

struct seen {
	size_t logs, problems, skipped_dirs;
	char last_log[256], cls[32], message[512], remedy[256];
	uint64_t empty, binary, unreadable;
};

static struct kd_error *on_log(void *user, struct kd_input *in)
{
	struct seen *s = user;

	s->logs++;
	snprintf(s->last_log, sizeof(s->last_log), "%s", in->name);
	assert_non_null(in->src);
	return NULL;
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	struct seen *s = user;

	s->problems++;
	snprintf(s->cls, sizeof(s->cls), "%s", p->cls);
	snprintf(s->message, sizeof(s->message), "%s", p->message);
	snprintf(s->remedy, sizeof(s->remedy), "%s", p->remedy);
	assert_null(strchr(p->message, '\n'));
	assert_true(p->remedy[0]); /* every problem has one */
	return NULL;
}

static struct kd_error *on_skipped(void *user, const char *dir, const struct kd_input_skipped *sk)
{
	struct seen *s = user;
	char words[256];

	(void)dir;
	s->skipped_dirs++;
	s->empty = sk->empty;
	s->binary = sk->binary;
	s->unreadable = sk->unreadable;
	kd_input_skipped_words(sk, words, sizeof(words));
	assert_non_null(strstr(words, "1 empty file, 1 file that cannot be read"));
	return NULL;
}

static void put(const char *dir, const char *name, struct kd_view data)
{
	char path[512];
	struct kd_error *err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	err = kd_fs_write_atomic(path, data, 0600);
	if (err)
		fail_msg("%s", err->msg);
}

static struct seen look(const char *const *names, size_t n)
{
	static const struct kd_input_ops ops = {on_log, on_problem, on_skipped};
	struct seen s = {0};
	struct kd_error *err;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	err = kd_input_each(&ctx, names, n, &ops, &s);
	kd_ctx_deinit(&ctx);
	if (err)
		fail_msg("%s", err->msg);
	return s;
}

static struct seen look_at(const char *dir, const char *name)
{
	char path[512];
	const char *names[] = {path};

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return look(names, 1);
}

static int make_dir(void **state)
{
	char tmpl[] = "/tmp/kdoc-input-XXXXXX";
	char sub[64];

	if (!mkdtemp(tmpl))
		return -1;
	*state = kd_xstrndup(tmpl, strlen(tmpl));
	snprintf(sub, sizeof(sub), "%s/sub", tmpl);
	mkdir(sub, 0700);
	put(sub, "b.log", KD_V("[    1.0] hello\n"));
	put(sub, "zero", KD_V(""));
	snprintf(sub, sizeof(sub), "%s/none", tmpl);
	mkdir(sub, 0700);
	put(tmpl, "a.log", KD_V("[    1.0] hello\n"));
	put(tmpl, "core", KD_V("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\76\0\1\0\0\0"));
	put(tmpl, "cut.gz", KD_V("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"));
	return 0;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"/sub/b.log", "/sub/zero", "/a.log", "/core",
					    "/cut.gz",    "/sub",      "/none",  ""};
	char path[512];

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s%s", (char *)*state, names[i]);
		remove(path);
	}
	kd_free(*state);
	return 0;
}

static void problems(void **state)
{
	struct seen s = look_at(*state, "absent");

	assert_int_equal(s.problems, 1);
	assert_string_equal(s.cls, "not_found");
	assert_string_equal(s.message, "No such file or directory");

	s = look_at(*state, "core");
	assert_int_equal(s.problems, 1);
	assert_string_equal(s.cls, "bad_data");
	assert_non_null(strstr(s.message, "dump whose log cannot be read"));

	s = look_at(*state, "sub/zero");
	assert_int_equal(s.problems, 1);
	assert_string_equal(s.message, "is empty");

	s = look_at(*state, "cut.gz");
	assert_int_equal(s.problems, 1);
	assert_non_null(strstr(s.message, "nothing could be unpacked"));

	s = look_at(*state, "none");
	assert_int_equal(s.problems, 1);
	assert_non_null(strstr(s.message, "holds no files"));
}

static void directory(void **state)
{
	const char *names[] = {*state};
	char path[512];
	struct seen s;

	snprintf(path, sizeof(path), "%s/cut.gz", (char *)*state);
	unlink(path);
	s = look(names, 1);
	assert_int_equal(s.logs, 2);
	assert_int_equal(s.problems, 0);
	assert_int_equal(s.skipped_dirs, 1);
	assert_int_equal(s.empty, 1);
	assert_int_equal(s.binary, 0);
	assert_int_equal(s.unreadable, 1); /* the dump that is none */
	snprintf(path, sizeof(path), "%s/sub/b.log", (char *)*state);
	assert_string_equal(s.last_log, path);
}

static void good_ones_are_answered(void **state)
{
	char good[512];
	const char *names[] = {"/nowhere/at/all", good, "/dev/null"};
	struct seen s;

	snprintf(good, sizeof(good), "%s/a.log", (char *)*state);
	s = look(names, 3);
	assert_int_equal(s.logs, 1);
	assert_int_equal(s.problems, 2);
}

static void one(struct kd_ctx *ctx, const char *dir, const char *name, enum kd_errclass cls,
		const char *words)
{
	char path[512];
	struct kd_input in = {0};
	struct kd_error *err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	err = kd_input_open(ctx, path, &in);
	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	if (!strstr(err->msg, words) || !strstr(err->msg, ";"))
		fail_msg("\"%s\" does not say \"%s\" with a remedy", err->msg, words);
	assert_int_equal(kd_errclass_info(err->cls)->exit_code, 3);
	kd_error_free(err);
}

static void single_input(void **state)
{
	struct kd_input in = {0};
	struct kd_error *err;
	struct kd_ctx ctx;
	char path[512];

	kd_ctx_init(&ctx);
	one(&ctx, *state, "absent", KD_NOTFOUND, "No such file");
	one(&ctx, *state, "core", KD_BADDATA, "is a dump whose log cannot be read");
	one(&ctx, *state, "sub", KD_BADDATA, "is a directory");
	one(&ctx, *state, "sub/zero", KD_BADDATA, "is empty");
	snprintf(path, sizeof(path), "%s/a.log", (char *)*state);
	err = kd_input_open(&ctx, path, &in);
	assert_null(err);
	assert_int_equal(in.kind, KD_FILE_TEXT);
	kd_source_close(in.src);
	kd_ctx_deinit(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(problems, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(directory, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(good_ones_are_answered, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(single_input, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
