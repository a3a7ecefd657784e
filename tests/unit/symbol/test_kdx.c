// SPDX-License-Identifier: GPL-2.0-or-later
/* The index as a file: sections of any size, checks, every cut, every flipped bit of a small one. */
#include "kdxmake.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "symbol/kdxpack.h"

struct folder {
	char dir[64], path[128];
};

static int set_up(void **state)
{
	struct folder *f = kd_xcalloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/kdoc-kdx-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/a/b/x.kdx", f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;

	remove_folder(f->dir);
	kd_free(f);
	return 0;
}

static struct kd_view read_file(const char *path, char *to, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, to, max);

	assert_true(fd >= 0 && n > 0);
	close(fd);
	return kd_view(to, (size_t)n);
}

static void write_file(const char *path, struct kd_view v)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, v.p, v.n), (ssize_t)v.n);
	close(fd);
}

static void test_sections(void **state)
{
	struct folder *f = *state;
	const size_t n = 3 * KD_KDX_CHUNK + 5;
	char *big = kd_xmalloc(n);
	struct kd_kdx *k = NULL;
	uint64_t size = 0;

	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 7);
	const struct kd_kdx_part parts[] = {{KD_KDX_LINES, kd_view(big, n)}, {KD_KDX_STRINGS, KD_V("abc")},
					    {KD_KDX_FILES, kd_view(big, KD_KDX_CHUNK)}, {KD_KDX_TEXT, kd_view("", 0)}};
	assert_ok(kd_kdx_write(f->path, parts, KD_ARRAY_LEN(parts), NULL, &size));
	assert_ok(kd_kdx_open(f->path, &k));
	assert_int_equal(kd_kdx_bytes(k), size);
	assert_string_equal(kd_kdx_name(k), f->path);
	for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++) {
		assert_int_equal(kd_kdx_size(k, parts[i].id), parts[i].data.n);
		assert_memory_equal(kd_kdx_at(k, parts[i].id, 0, parts[i].data.n), parts[i].data.p, parts[i].data.n);
	}
	assert_memory_equal(kd_kdx_at(k, KD_KDX_LINES, KD_KDX_CHUNK - 1, 2), big + KD_KDX_CHUNK - 1, 2);
	assert_non_null(kd_kdx_at(k, KD_KDX_LINES, n, 0));
	assert_null(kd_kdx_at(k, KD_KDX_LINES, n, 1));
	assert_null(kd_kdx_at(k, KD_KDX_LINES, n + 1, 0));
	assert_null(kd_kdx_at(k, KD_KDX_LINES, 1, UINT64_MAX));
	assert_null(kd_kdx_at(k, KD_KDX_LINES, UINT64_MAX, 1));
	assert_int_equal(kd_kdx_size(k, KD_KDX_FUNCS), 0);
	assert_null(kd_kdx_at(k, KD_KDX_FUNCS, 0, 1));
	assert_null(kd_kdx_damage(k));
	assert_int_equal(kd_kdx_misses(k), 0);
	kd_kdx_close(k);
	kd_free(big);
}

static struct kd_error *nothing_else(void *user, const struct kd_fs_entry *e)
{
	(void)user;
	if (!kd_view_eq(kd_view_of(e->name), KD_V("x.kdx")))
		fail_msg("%s was left behind", e->name);
	return NULL;
}

/* Written over an old one, and beside what a killed process of the same number left. */
static void test_in_place(void **state)
{
	struct folder *f = *state;
	const struct kd_fs_walk_opts o = {.max_entries = 100, .max_depth = 5, .hidden = true};
	const struct kd_kdx_part old = {KD_KDX_STRINGS, KD_V("old")}, new = {KD_KDX_STRINGS, KD_V("newer")};
	struct kd_kdx *a = NULL, *b = NULL;
	char left[200];

	assert_ok(kd_kdx_write(f->path, &old, 1, NULL, NULL));
	assert_ok(kd_kdx_open(f->path, &a));
	snprintf(left, sizeof(left), "%s.%ld-0.tmp", f->path, (long)getpid());
	write_file(left, KD_V("half"));
	assert_ok(kd_kdx_write(f->path, &new, 1, NULL, NULL));
	assert_ok(kd_kdx_open(f->path, &b));
	assert_memory_equal(kd_kdx_at(a, KD_KDX_STRINGS, 0, 3), "old", 3); /* whoever has it keeps a whole one */
	assert_memory_equal(kd_kdx_at(b, KD_KDX_STRINGS, 0, 5), "newer", 5);
	kd_kdx_close(a);
	kd_kdx_close(b);
	assert_int_equal(unlink(left), 0);
	assert_ok(kd_fs_walk(f->dir, &o, nothing_else, NULL));
	assert_error(kd_kdx_write("/proc/no/such.kdx", &old, 1, NULL, NULL), KD_NOTFOUND, "/proc/no");
}

static void test_errors(void **state)
{
	struct folder *f = *state;
	struct kd_kdx *k = NULL;
	const struct kd_kdx_part part = {KD_KDX_STRINGS, KD_V("abc")};
	char raw[4096], copy[4096];
	struct kd_view good;

	assert_error(kd_kdx_open(f->path, &k), KD_NOTFOUND, "x.kdx");
	assert_error(kd_kdx_open(f->dir, &k), KD_BADDATA, "no usable index");
	assert_ok(kd_kdx_write(f->path, &part, 1, NULL, NULL));
	good = read_file(f->path, raw, sizeof(raw));
	memcpy(copy, raw, good.n);
	copy[8] = 99;
	write_file(f->path, kd_view(copy, good.n));
	assert_error(kd_kdx_open(f->path, &k), KD_UNSUPPORTED, "version 99");
	for (size_t n = 0; n < good.n; n++) { /* every cut */
		struct kd_error *err;

		write_file(f->path, kd_view_head(good, n));
		err = kd_kdx_open(f->path, &k);
		if (!err || err->cls != KD_BADDATA)
			fail_msg("cut at %zu", n);
		kd_error_free(err);
	}
}

/* Every bit: the file is refused, or the section's bytes are, or it was padding. */
static void test_flips(void **state)
{
	struct folder *f = *state;
	const struct kd_kdx_part part = {KD_KDX_STRINGS, KD_V("abcdefgh")};
	char raw[4096];
	struct kd_view good;
	unsigned refused = 0, missed = 0, padding = 0;

	assert_ok(kd_kdx_write(f->path, &part, 1, NULL, NULL));
	good = read_file(f->path, raw, sizeof(raw));
	for (size_t bit = 0; bit < good.n * 8; bit++) {
		struct kd_kdx *k = NULL;
		struct kd_error *err;
		const uint8_t *p;

		raw[bit / 8] = (char)(raw[bit / 8] ^ 1 << bit % 8);
		err = kd_kdx_of_view(good, "flipped", NULL, &k);
		p = err ? NULL : kd_kdx_at(k, KD_KDX_STRINGS, 0, 8);
		refused += err != NULL;
		if (!err && !p) {
			assert_non_null(kd_kdx_damage(k));
			assert_int_equal(kd_kdx_misses(k), 1);
			missed++;
		} else if (!err) {
			assert_memory_equal(p, "abcdefgh", 8);
			padding++;
		}
		kd_error_free(err);
		kd_kdx_close(k);
		raw[bit / 8] = (char)(raw[bit / 8] ^ 1 << bit % 8);
	}
	assert_int_equal(missed, 64);
	assert_true(refused >= 8 * (64 + 40 + 4));
	assert_true(padding <= 8 * 64 * 2);
}

static void test_disposable(void **state)
{
	struct folder *f = *state;
	const struct kd_kdx_part part = {KD_KDX_STRINGS, KD_V("abcdefgh")};
	struct kd_kdx *k = NULL;
	char raw[4096];
	struct kd_view good;

	for (int i = 0; i < 2; i++) {
		char *at;

		assert_ok(kd_kdx_write(f->path, &part, 1, NULL, NULL));
		good = read_file(f->path, raw, sizeof(raw));
		at = memmem(raw, good.n, "abcdefgh", 8);
		assert_non_null(at);
		at[3] = 'X';
		write_file(f->path, good);
		assert_ok(kd_kdx_open(f->path, &k));
		if (i)
			kd_kdx_disposable(k);
		assert_null(kd_kdx_at(k, KD_KDX_STRINGS, 0, 1));
		kd_kdx_close(k);
		assert_int_equal(access(f->path, F_OK), i ? -1 : 0);
	}
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Indexes of a build in one file: each is found by its module, damage of the table is seen. */
static void test_pack(void **state)
{
	struct folder *f = *state;
	static const char *const ident[] = {"name=vmlinux\ntype=2\n", "name=a-b.ko\nmodule=a_b\ntype=1\n",
					    "name=c.ko.debug\ntype=1\n"};
	char paths[3][160], pack[160], whole[300000];
	const char *list[3];
	struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	struct kd_kdxpack p;
	struct kd_view bytes;
	struct kd_error *err;

	for (int i = 0; i < 3; i++) {
		const struct kd_kdx_part part = {KD_KDX_IDENT, kd_view_of(ident[i])};

		snprintf(paths[i], sizeof(paths[i]), "%s/%d.kdx", f->dir, i);
		list[i] = paths[i];
		assert_ok(kd_kdx_write(paths[i], &part, 1, NULL, NULL));
	}
	snprintf(pack, sizeof(pack), "%s/build.kdx", f->dir);
	assert_ok(kd_kdxpack_write(NULL, pack, list, 3, NULL));
	assert_true(kd_kdxpack_probe(pack) && !kd_kdxpack_probe(paths[0]));
	assert_ok(kd_kdxpack_read(pack, &arena, &p));
	assert_int_equal(p.n, 3);
	assert_int_equal(p.v[0].module.n, 0);
	assert_true(kd_view_eq(p.v[1].module, KD_V("a_b")) && kd_view_eq(p.v[2].module, KD_V("c")));
	for (size_t i = 0; i < p.n; i++) {
		struct kd_kdx *k = NULL;

		assert_ok(kd_kdx_open_at(pack, p.v[i].off, p.v[i].size, &k));
		assert_int_equal(kd_kdx_size(k, KD_KDX_IDENT), strlen(ident[i]));
		assert_memory_equal(kd_kdx_at(k, KD_KDX_IDENT, 0, strlen(ident[i])), ident[i], strlen(ident[i]));
		kd_kdx_close(k);
	}
	list[2] = paths[1];
	err = kd_kdxpack_write(NULL, pack, list, 3, NULL);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_CONFLICT);
	kd_error_free(err);
	bytes = read_file(pack, whole, sizeof(whole));
	for (size_t i = 0; i < 32 + 3 * 24 + 4; i++) { /* header, table, names */
		whole[i] ^= 4;
		write_file(pack, bytes);
		err = kd_kdxpack_read(pack, &arena, &p);
		assert_non_null(err);
		kd_error_free(err);
		whole[i] ^= 4;
	}
	kd_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pack, set_up, tear_down),
		WITH_FOLDER(test_sections), WITH_FOLDER(test_in_place), WITH_FOLDER(test_errors),
		WITH_FOLDER(test_flips),    WITH_FOLDER(test_disposable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
