// SPDX-License-Identifier: GPL-2.0-or-later
/* Which file is taken: the order of places in a root of its own, what is refused and why, --force, the cache. */
#include "kdxmake.h"

#include <sys/stat.h>

#include "base/fs.h"
#include "symbol/symset.h"

struct box {
	struct kd_ctx ctx;
	char root[64], cache[96];
	struct kd_symset_options o;
	struct kd_symset_want want;
	const char *paths[4];
	char path[4][256];
};

static int set_up(void **state)
{
	struct box *b = kd_xcalloc(1, sizeof(*b));

	kd_ctx_init(&b->ctx);
	snprintf(b->root, sizeof(b->root), "/tmp/kdoc-symset-XXXXXX");
	assert_non_null(mkdtemp(b->root));
	snprintf(b->cache, sizeof(b->cache), "%s/cache", b->root);
	b->o = (struct kd_symset_options){.root = b->root, .cache.dir = b->cache, .paths = b->paths};
	b->want = (struct kd_symset_want){.release = KD_V("6.1.0-test"),
					  .build = KD_V("#1 SMP PREEMPT_DYNAMIC Test 6.1.1-1 (2026-01-02)")};
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct box *b = *state;

	remove_folder(b->root);
	kd_ctx_deinit(&b->ctx);
	kd_free(b);
	return 0;
}

/* An index of that identity, somewhere below the root. */
static void place(struct box *b, const char *where, const char *ident)
{
	struct index *x = kd_xcalloc(1, sizeof(*x));
	char path[256];

	x->base = 0x1000;
	x->ident = ident;
	index_function(x, "f", 0x1000, 0x10);
	snprintf(path, sizeof(path), "%s/%s", b->root, where);
	index_write(x, path);
	kd_free(x);
}

static void add_path(struct box *b, const char *where)
{
	snprintf(b->path[b->o.npaths], sizeof(b->path[0]), "%s/%s", b->root, where);
	b->paths[b->o.npaths] = b->path[b->o.npaths];
	b->o.npaths++;
}

#define KERNEL "debug=dwarf\ntype=2\nrelease=6.1.0-test\n"
#define BANNER "banner=Linux version 6.1.0-test (a@b) (gcc) #1 SMP PREEMPT_DYNAMIC Test 6.1.1-1 (2026-01-02)\n"
#define MODULE(name) "debug=dwarf\ntype=1\nrelease=6.1.0-test\nmodule=" name "\n"

/* The place that is used ends with `used` (NULL: none), and one of the reasons has `why`. */
static void want(struct box *b, const char *module, const char *build_id, const char *used, const char *why)
{
	kd_auto(kd_symset_freep) struct kd_symset *s = kd_symset_new(&b->ctx, &b->want, &b->o);
	struct kd_kdx *k = kd_symset_get(s, kd_view_of(module), kd_view_of(build_id));
	const struct kd_symset_try *t;
	size_t n = kd_symset_tries(s, &t);
	bool found = !why;

	assert_true((k != NULL) == (used != NULL));
	assert_ptr_equal(kd_symset_get(s, kd_view_of(module), kd_view_of(build_id)), k);
	if (used && !kd_view_ends(kd_view_of(kd_kdx_name(k)), kd_view_of(used)))
		fail_msg("%s, not %s", kd_kdx_name(k), used);
	assert_int_equal(kd_symset_tries(s, &t), n); /* asking again tries nothing again */
	for (size_t i = 0; i < n; i++) {
		found |= why && strstr(t[i].why, why) != NULL;
		assert_true(!t[i].used || used);
	}
	if (!found)
		fail_msg("no reason says '%s'", why);
	assert_true((kd_symset_unsure(s, kd_view_of(module)) != NULL) == (b->o.force && used && why));
}

static void test_order(void **state)
{
	static const char *const places[] = {"boot/vmlinux-6.1.0-test",
					     "lib/modules/6.1.0-test/vmlinux",
					     "lib/modules/6.1.0-test/build/vmlinux",
					     "usr/lib/debug/usr/lib/modules/6.1.0-test/vmlinux",
					     "usr/lib/debug/lib/modules/6.1.0-test/vmlinux",
					     "usr/lib/debug/boot/vmlinux-6.1.0-test",
					     "usr/lib/.build-id/ab/cdef0123.debug",
					     "usr/lib/debug/.build-id/ab/cdef0123.debug",
					     "cache/ab/cdef0123.kdx"};
	struct box *b = *state;

	want(b, NULL, "abcdef0123", NULL, NULL);
	for (size_t i = 0; i < KD_ARRAY_LEN(places); i++) { /* each wins over those before it */
		place(b, places[i], KERNEL BANNER "build_id=abcdef0123\n");
		want(b, NULL, "abcdef0123", places[i], "used");
	}
	want(b, NULL, NULL, "usr/lib/debug/boot/vmlinux-6.1.0-test", "used"); /* no build-id in the log */
	b->o.only_paths = true;
	want(b, NULL, "abcdef0123", NULL, NULL);
	b->o.only_paths = false;
	place(b, "mine/vmlinux", KERNEL BANNER "build_id=abcdef0123\n");
	add_path(b, "mine/vmlinux");
	want(b, NULL, "abcdef0123", "mine/vmlinux", "used");
}

static void test_modules(void **state)
{
	struct box *b = *state;

	place(b, "lib/modules/6.1.0-test/kernel/fs/foo-bar.ko", MODULE("foo_bar"));
	want(b, "foo_bar", NULL, "kernel/fs/foo-bar.ko", "used");
	want(b, "foo", NULL, NULL, NULL);
	place(b, "usr/lib/debug/lib/modules/6.1.0-test/kernel/fs/foo-bar.ko.debug", MODULE("foo_bar"));
	want(b, "foo_bar", NULL, "foo-bar.ko.debug", "used");
	want(b, "foo_bar", "ab12ab12ab12", "foo-bar.ko.debug", NULL); /* it has no build-id: nothing contradicts */
	place(b, "mine/deep/er/foo-bar.ko", MODULE("foo_bar"));
	place(b, "mine/vmlinux", KERNEL);
	add_path(b, "mine");
	want(b, "foo_bar", NULL, "mine/deep/er/foo-bar.ko", "used");
	want(b, NULL, NULL, "mine/vmlinux", "used");
}

static void test_refused(void **state)
{
	static const struct { const char *module, *build_id, *ident, *why; } v[] = {
		{NULL, NULL, "debug=dwarf\ntype=2\nrelease=6.1.0-other\n", "of release 6.1.0-other, the log of 6.1.0-test"},
		{NULL, NULL, KERNEL "banner=Linux version 6.1.0-test (a@b) #2 SMP PREEMPT_DYNAMIC Test 6.1.9-9 (2026-01-02)\n",
		 "it was built as"},
		{NULL, "0011223344", KERNEL BANNER "build_id=5566778899\n", "its build-id is 5566778899, the log's is 0011223344"},
		{NULL, NULL, MODULE("foo"), "it is a module, not the kernel"},
		{"foo", NULL, MODULE("bar"), "it is the module bar"},
		{"foo", NULL, KERNEL BANNER, "it is a kernel, not a module"}};
	struct box *b = *state;

	add_path(b, "any name.kdx");
	for (size_t i = 0; i < KD_ARRAY_LEN(v); i++) {
		place(b, "any name.kdx", v[i].ident);
		b->o.force = false;
		want(b, v[i].module, v[i].build_id, NULL, v[i].why);
		b->o.force = true;
		want(b, v[i].module, v[i].build_id, "any name.kdx", v[i].why);
	}
	b->o.force = false;
	place(b, "any name.kdx", "debug=dwarf\ntype=2\nrelease=other\nbuild_id=0011223344\n");
	want(b, NULL, "0011223344", "any name.kdx", "used"); /* the build-id says enough */
}

/* One that cannot be read is said, and the next one is looked at. */
static void test_unreadable(void **state)
{
	struct box *b = *state;
	char path[200];

	snprintf(path, sizeof(path), "%s/vmlinux-bad", b->root);
	assert_ok(kd_fs_write_atomic(path, KD_V("not an ELF file"), 0600));
	place(b, "vmlinux.kdx", KERNEL BANNER);
	add_path(b, "absent");
	add_path(b, "vmlinux-bad");
	want(b, NULL, NULL, NULL, "there is no such file");
	want(b, NULL, NULL, NULL, "vmlinux-bad");
	add_path(b, "vmlinux.kdx");
	want(b, NULL, NULL, "vmlinux.kdx", "used");
}

/* "a:b" is two files, unless there is one of that name. */
static void test_two_in_one(void **state)
{
	struct box *b = *state;

	place(b, "vmlinux", KERNEL);
	place(b, "foo.ko", MODULE("foo"));
	add_path(b, "vmlinux");
	snprintf(b->path[0], sizeof(b->path[0]), "%s/vmlinux:%s/foo.ko", b->root, b->root);
	want(b, NULL, NULL, "/vmlinux", "used");
	want(b, "foo", NULL, "/foo.ko", "used");
	place(b, "x:y.ko", MODULE("x:y"));
	b->o.npaths = 0;
	add_path(b, "x:y.ko");
	want(b, "x:y", NULL, "/x:y.ko", "used");
}

/* An index of a stripped file is no reason not to look further. */
static void test_symbols_alone(void **state)
{
	struct box *b = *state;

	place(b, "cache/ab/cdef0123.kdx", "debug=none\ntype=2\nrelease=6.1.0-test\nbuild_id=abcdef0123\n");
	want(b, NULL, "abcdef0123", NULL, NULL);
	place(b, "usr/lib/debug/boot/vmlinux-6.1.0-test", KERNEL BANNER "build_id=abcdef0123\n");
	want(b, NULL, "abcdef0123", "usr/lib/debug/boot/vmlinux-6.1.0-test", "used");
}

/* A release is part of a path: one with a folder in it is not looked for. */
static void test_release_of_a_log(void **state)
{
	struct box *b = *state;

	place(b, "boot/vmlinux-6.1.0-test", KERNEL);
	place(b, "vmlinux", "debug=dwarf\ntype=2\n");
	b->want.release = KD_V("x/../../vmlinux");
	want(b, NULL, NULL, NULL, NULL);
	b->want.release = KD_V("");
	want(b, NULL, NULL, NULL, NULL);
}

#define WITH_BOX(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* A list of symbols is known by its name; one with debug info comes first. */
static void lists_of_symbols(void **state)
{
	static const char text[] = "ffffffff81000000 T _text\nffffffff81000010 T f\nffffffff81000020 T _etext\n";
	struct box *b = *state;
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "mkdir -p '%s/boot'", b->root);
	assert_int_equal(system(path), 0);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/boot/System.map-%s", b->root, i ? "6.1.0-test" : "5.0-other");
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(text, f);
		fclose(f);
		if (!i)
			want(b, NULL, NULL, NULL, NULL); /* another release is not even looked at */
	}
	want(b, NULL, NULL, ".kdx", "by the release in its name only");
	add_path(b, "boot/System.map-5.0-other");
	b->o.only_paths = true;
	want(b, NULL, NULL, NULL, "it is of release 5.0-other, the log of 6.1.0-test");
	want(b, "xfs", NULL, NULL, "it has no symbols of module xfs");
	b->o.only_paths = false;
	b->o.npaths = 0;
	place(b, "lib/modules/6.1.0-test/vmlinux", KERNEL BANNER);
	want(b, NULL, NULL, "lib/modules/6.1.0-test/vmlinux", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOX(test_order),	   WITH_BOX(test_modules),    WITH_BOX(test_refused),
		WITH_BOX(test_unreadable), WITH_BOX(test_two_in_one), WITH_BOX(test_symbols_alone),
		WITH_BOX(test_release_of_a_log), WITH_BOX(lists_of_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
