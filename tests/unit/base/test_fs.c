// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "check.h"

/* Each test works in a folder of its own, which becomes the working folder. */
static int enter(void **state)
{
	char dir[] = "/tmp/kdoc-test-XXXXXX";

	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	*state = kd_xstrndup(dir, strlen(dir));
	return 0;
}

static int leave(void **state)
{
	char cmd[64];
	int r;

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", (char *)*state);
	r = chdir("/") || system(cmd);
	kd_free(*state);
	return r;
}

static void put(const char *path, const char *text)
{
	assert_ok(kd_fs_write_atomic(path, kd_view_of(text), 0640));
}

struct visit {
	struct kd_buf list, skipped;
	const char *stop_at;
};

#define VISIT                                                                                      \
	{                                                                                          \
		KD_BUF_INIT(65536), KD_BUF_INIT(65536), NULL                                       \
	}

static void visit_deinit(struct visit *v)
{
	kd_buf_deinit(&v->list);
	kd_buf_deinit(&v->skipped);
}

static struct kd_error *one(void *user, const struct kd_fs_entry *e)
{
	struct visit *v = user;

	assert_true(strlen(e->path) > strlen(e->name));
	if (v->stop_at && !strcmp(e->name, v->stop_at))
		return kd_error_new(KD_CANCELLED, "enough");
	kd_buf_printf(&v->list, "%s:%u:%llu ", e->path, e->depth, (unsigned long long)e->size);
	return NULL;
}

static void not_one(void *user, const char *path, const char *why)
{
	struct visit *v = user;

	kd_buf_printf(&v->skipped, "%s (%s) ", path, why);
}

static void make_tree(void)
{
	assert_ok(kd_fs_mkdirs("t/b/c", 0755));
	put("t/z", "1");
	put("t/a", "12");
	put("t/b/x", "123");
	put("t/b/c/y", "1234");
	put("t/.hidden", "12345");
	assert_int_equal(symlink("../t", "t/loop"), 0);
	assert_int_equal(symlink("a", "t/link"), 0);
	assert_int_equal(symlink("nowhere", "t/dangling"), 0);
	assert_int_equal(mkfifo("t/fifo", 0600), 0);
}

static void walk(void **state)
{
	struct kd_fs_walk_opts o = {.skipped = not_one};
	kd_auto(visit_deinit) struct visit v = VISIT;

	(void)state;
	make_tree();
	assert_ok(kd_fs_walk("t", &o, one, &v));
	assert_view(kd_buf_view(&v.list), "t/a:1:2 t/b/c/y:3:4 t/b/x:2:3 t/link:1:2 t/z:1:1 ");
	assert_view(kd_buf_view(&v.skipped),
		    "t/dangling (a link that leads nowhere) t/fifo (not a regular file) "
		    "t/loop (a link to a directory) ");
	kd_buf_clear(&v.list);
	o.hidden = true;
	assert_ok(kd_fs_walk("t/", &o, one, &v));
	assert_true(kd_view_starts(kd_buf_view(&v.list), KD_V("t/.hidden:1:5 t/a:1:2 ")));
}

static void walk_limits(void **state)
{
	struct kd_fs_walk_opts o = {.skipped = not_one, .max_entries = 3};
	kd_auto(visit_deinit) struct visit v = VISIT;

	(void)state;
	make_tree();
	v.stop_at = "x";
	assert_error(kd_fs_walk("t", NULL, one, &v), KD_CANCELLED, "enough");
	assert_view(kd_buf_view(&v.list), "t/a:1:2 t/b/c/y:3:4 ");
	v.stop_at = NULL;
	kd_buf_clear(&v.list);
	assert_error(kd_fs_walk("t", &o, one, &v), KD_LIMIT, "more than 3 entries");
	o = (struct kd_fs_walk_opts){.skipped = not_one, .max_depth = 2};
	kd_buf_clear(&v.list);
	kd_buf_clear(&v.skipped);
	assert_ok(kd_fs_walk("t", &o, one, &v));
	assert_view(kd_buf_view(&v.list), "t/a:1:2 t/b/x:2:3 t/link:1:2 t/z:1:1 ");
	assert_true(kd_view_starts(kd_buf_view(&v.skipped),
				   KD_V("t/b/c (the directory is nested too deeply) ")));
	assert_error(kd_fs_walk("t/none", NULL, one, &v), KD_NOTFOUND, "t/none");
	assert_error(kd_fs_walk("t/a", NULL, one, &v), KD_NOTFOUND, "t/a");
}

static size_t count_entries(void)
{
	DIR *d = opendir(".");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void atomic_write(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1000);
	struct stat sb;

	(void)state;
	umask(022);
	put("f", "first");
	put("f", "second");
	assert_ok(kd_fs_read_small("f", 100, &b));
	assert_view(kd_buf_view(&b), "second");
	assert_int_equal(stat("f", &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0640);
	assert_int_equal(count_entries(), 1); /* no temporary file is left */
	assert_error(kd_fs_write_atomic("none/f", KD_V("x"), 0600), KD_NOTFOUND, "none/f");
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_error(kd_fs_write_atomic("dir", KD_V("x"), 0600), KD_IO, "renaming");
	assert_int_equal(count_entries(), 2);
}

static void small(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), tiny = KD_BUF_INIT(3);

	(void)state;
	put("f", "12345");
	assert_ok(kd_fs_read_small("f", 5, &b));
	assert_error(kd_fs_read_small("f", 4, &b), KD_LIMIT, "longer than 4 bytes");
	assert_error(kd_fs_read_small("f", 5, &tiny), KD_LIMIT, "too long");
	assert_error(kd_fs_read_small("none", 5, &b), KD_NOTFOUND, "none");
	assert_error(kd_fs_read_small(".", 5, &b), KD_INVALID, "not a regular file");
	kd_buf_clear(&b);
	assert_ok(kd_fs_read_small("/proc/self/status", 65536, &b)); /* its size is said to be 0 */
	assert_true(kd_view_starts(kd_buf_view(&b), KD_V("Name:")));
}

static void directories(void **state)
{
	struct stat sb;

	(void)state;
	assert_ok(kd_fs_mkdirs("a/b/c", 0700));
	assert_ok(kd_fs_mkdirs("a//b/./c/", 0700));
	assert_ok(kd_fs_mkdirs("/", 0700));
	assert_int_equal(stat("a/b/c", &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0700);
	put("a/f", "");
	assert_error(kd_fs_mkdirs("a/f", 0700), KD_CONFLICT, "not a directory");
	assert_error(kd_fs_mkdirs("a/f/g", 0700), KD_CONFLICT, "a/f is not a directory");
	assert_error(kd_fs_mkdirs("", 0700), KD_NOTFOUND, "creating");
}

static void expect_xdg(enum kd_fs_xdg which, const char *rel, const char *want)
{
	char *p = NULL;

	assert_ok(kd_fs_xdg_path(which, rel, &p));
	assert_string_equal(p, want);
	kd_free(p);
}

static void xdg(void **state)
{
	char *p = NULL;

	(void)state;
	setenv("HOME", "/home/u", 1);
	setenv("XDG_DATA_HOME", "/data", 1);
	setenv("XDG_CACHE_HOME", "relative", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	expect_xdg(KD_XDG_DATA, "index", "/data/kdoc/index");
	expect_xdg(KD_XDG_CACHE, "", "/home/u/.cache/kdoc");
	expect_xdg(KD_XDG_CONFIG, "config", "/home/u/.config/kdoc/config");
	expect_xdg(KD_XDG_STATE, "", "/home/u/.local/state/kdoc");
	unsetenv("HOME");
	assert_error(kd_fs_xdg_path(KD_XDG_CONFIG, "", &p), KD_NOTFOUND, "XDG_CONFIG_HOME");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(walk, enter, leave),
		cmocka_unit_test_setup_teardown(walk_limits, enter, leave),
		cmocka_unit_test_setup_teardown(atomic_write, enter, leave),
		cmocka_unit_test_setup_teardown(small, enter, leave),
		cmocka_unit_test_setup_teardown(directories, enter, leave),
		cmocka_unit_test(xdg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
