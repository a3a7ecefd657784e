// SPDX-License-Identifier: GPL-2.0-or-later
/* The index of a tree: what it finds, that it is kept, and what it does when it is damaged. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "box.h"
#include "source/index.h"

struct world {
	struct box tree, cache;
	struct kd_ctx ctx;
	struct kd_srcindex_opts opts;
};

static int setup(void **state)
{
	struct world *w = kd_xcalloc(1, sizeof(*w));

	kd_ctx_init(&w->ctx);
	box_make(&w->tree);
	box_make(&w->cache);
	w->opts.cache = w->cache.dir;
	w->opts.workers = 2;
	box_file(&w->tree, "a/x.c", "static int one(void)\n{\n\treturn two(1);\n}\nint two(int a)\n{\n\treturn a;\n}\n");
	box_file(&w->tree, "b/y.c", "static int one(void)\n{\n\tp = two;\n}\nSYSCALL_DEFINE1(foo, int, a)\n{\n}\n");
	box_file(&w->tree, "b/z.S", "SYM_FUNC_START(asm_one)\n\tcall two\nSYM_FUNC_END(asm_one)\n");
	box_file(&w->tree, "b/note.txt", "int none(void)\n{\n}\n");
	box_file(&w->tree, "b/w.c", "/* two */ char *s = \"two(\";\nTEST_F(set, name)\n{\n}\n");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	box_free(&w->tree);
	box_free(&w->cache);
	kd_ctx_deinit(&w->ctx);
	kd_free(w);
	return 0;
}

static struct kd_srcindex *open_index(struct world *w, bool *built)
{
	struct kd_tree_req req = {.where = w->tree.dir};
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	struct kd_srcindex *x = NULL;

	assert_null(kd_tree_open(&w->ctx, &req, &t));
	assert_null(kd_srcindex_open(&w->ctx, t, &w->opts, &x));
	*built = kd_srcindex_info(x)->built;
	return x;
}

/* "file:line; …" */
static void expect_defs(struct kd_srcindex *x, const char *name, const char *want)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_srcindex_def *d;
	size_t n;

	assert_null(kd_srcindex_defs(x, kd_view_of(name), &a, &d, &n));
	kd_buf_add(&b, KD_V(""));
	for (size_t i = 0; i < n; i++)
		kd_buf_printf(&b, "%s%.*s:%u-%u", i ? "; " : "", KD_VARG(d[i].file), d[i].line, d[i].close);
	assert_string_equal(b.p ? b.p : "", want);
	kd_arena_deinit(&a);
}

static void expect_mentions(struct kd_srcindex *x, const char *name, const char *want)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_view *f;
	size_t n;

	assert_null(kd_srcindex_mentions(x, kd_view_of(name), &a, &f, &n));
	for (size_t i = 0; i < n; i++)
		kd_buf_printf(&b, "%s%.*s", i ? " " : "", KD_VARG(f[i]));
	assert_string_equal(b.p ? b.p : "", want);
	kd_arena_deinit(&a);
}

static void expect_all(struct kd_srcindex *x)
{
	expect_defs(x, "one", "a/x.c:1-4; b/y.c:1-4");
	expect_defs(x, "two", "a/x.c:5-8");
	expect_defs(x, "sys_foo", "b/y.c:5-7");
	expect_defs(x, "asm_one", "b/z.S:1-3");
	expect_defs(x, "none", "");
	expect_defs(x, "", "");
	/* a macro that is not known: by its name, and by its argument */
	expect_defs(x, "TEST_F", "b/w.c:2-4");
	expect_defs(x, "set", "b/w.c:2-4");
	expect_mentions(x, "two", "a/x.c b/y.c b/z.S");
	expect_mentions(x, "none", "");
}

static void test_found(void **state)
{
	struct kd_srcindex *x;
	bool built;

	x = open_index(*state, &built);
	assert_true(built);
	assert_int_equal(kd_srcindex_info(x)->files, 4);
	expect_all(x);
	kd_srcindex_free(x);
	x = open_index(*state, &built);
	assert_false(built);
	assert_null(kd_srcindex_info(x)->cache_problem);
	expect_all(x);
	kd_srcindex_free(x);
}

static void test_changed_tree(void **state)
{
	struct world *w = *state;
	struct kd_srcindex *x;
	bool built;

	kd_srcindex_free(open_index(w, &built));
	box_file(&w->tree, "a/new.c", "int one(void)\n{\n}\n");
	x = open_index(w, &built);
	assert_true(built);
	expect_defs(x, "one", "a/new.c:1-3; a/x.c:1-4; b/y.c:1-4");
	kd_srcindex_free(x);
}

static void the_file(const struct world *w, char path[512])
{
	DIR *d = opendir(w->cache.dir);
	struct dirent *e;

	path[0] = 0;
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			snprintf(path, 512, "%s/%s", w->cache.dir, e->d_name);
	closedir(d);
	assert_true(path[0] != 0);
}

/* Each byte changed, each length: the old answers, or KD_BADDATA; never others. */
static void test_damaged(void **state)
{
	struct world *w = *state;
	kd_auto(kd_buf_deinit) struct kd_buf good = KD_BUF_INIT(1 << 20);
	char path[512];
	bool built;

	kd_srcindex_free(open_index(w, &built));
	the_file(w, path);
	assert_null(kd_fs_read_small(path, 1 << 20, &good));
	for (size_t i = 0; i < good.n; i++) {
		struct kd_srcindex *x = NULL;
		struct kd_arena a = KD_ARENA_INIT(1 << 20);
		struct kd_srcindex_def *d;
		struct kd_error *err;
		size_t n;

		good.p[i] ^= 0x10;
		err = kd_srcindex_from_memory(kd_buf_view(&good), &x);
		if (!err)
			err = kd_srcindex_defs(x, KD_V("two"), &a, &d, &n);
		if (err)
			assert_int_equal(err->cls, KD_BADDATA);
		else
			assert_true(n == 1 && d[0].line == 5);
		kd_error_free(err);
		kd_srcindex_free(x);
		kd_arena_deinit(&a);
		good.p[i] ^= 0x10;
		err = kd_srcindex_from_memory(kd_view(good.p, i), &x);
		assert_non_null(err);
		kd_error_free(err);
	}
}

static void test_rebuilt(void **state)
{
	struct world *w = *state;
	kd_auto(kd_buf_deinit) struct kd_buf file = KD_BUF_INIT(1 << 20);
	struct kd_srcindex *x;
	char path[512];
	bool built;

	kd_srcindex_free(open_index(w, &built));
	the_file(w, path);
	assert_null(kd_fs_read_small(path, 1 << 20, &file));
	/* another version, then cut off: both are built again, and told */
	file.p[8]++;
	assert_null(kd_fs_write_atomic(path, kd_buf_view(&file), 0600));
	x = open_index(w, &built);
	assert_true(built);
	assert_non_null(kd_srcindex_info(x)->cache_problem);
	expect_all(x);
	kd_srcindex_free(x);
	file.p[8]--;
	assert_null(kd_fs_write_atomic(path, kd_view(file.p, file.n / 2), 0600));
	x = open_index(w, &built);
	assert_true(built);
	kd_srcindex_free(x);
	kd_srcindex_free(open_index(w, &built));
	assert_false(built);
}

static void test_no_cache(void **state)
{
	struct world *w = *state;
	struct kd_srcindex *x;
	bool built;

	w->opts.cache = "/proc/none";
	x = open_index(w, &built);
	assert_true(built);
	assert_non_null(kd_srcindex_info(x)->cache_problem);
	expect_all(x);
	kd_srcindex_free(x);
	w->opts.no_cache = true;
	x = open_index(w, &built);
	assert_null(kd_srcindex_info(x)->cache_problem);
	kd_srcindex_free(x);
}

/* Old indexes go; files of others stay. */
static void test_pruned(void **state)
{
	struct world *w = *state;
	char name[64];
	bool built;
	DIR *d;
	struct dirent *e;
	size_t indexes = 0, others = 0;

	for (int i = 0; i < KD_SRCINDEX_KEPT + 5; i++) {
		snprintf(name, sizeof(name), "old%d.kdsi", i);
		box_file(&w->cache, name, "x");
	}
	box_file(&w->cache, "note.txt", "x");
	kd_srcindex_free(open_index(w, &built));
	d = opendir(w->cache.dir);
	while (d && (e = readdir(d))) {
		indexes += kd_view_ends(kd_view_of(e->d_name), KD_V(".kdsi"));
		others += kd_view_ends(kd_view_of(e->d_name), KD_V(".txt"));
	}
	closedir(d);
	assert_int_equal(indexes, KD_SRCINDEX_KEPT);
	assert_int_equal(others, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rebuilt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pruned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_cache, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
