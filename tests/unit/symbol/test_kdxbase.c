// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Indexes that stand on others: what comes out is what was put in, for a build on another and for modules on their
 * kernel; a base that is gone, another one, damaged, renamed; every flipped bit gives an error, no answer or a right one.
 */
#include "kdxmake.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/ctx.h"
#include "base/pack.h"
#include "symbol/kdxbase.h"
#include "symbol/kdxpack.h"

enum { BYTES = 200000, NAMES = 3 };

struct folder {
	char dir[64];
	char path[8][160];
	char *was, *now; /* sections of the first and of the second build */
};

/* Words of a few numbers: what zstd packs, and does not pack to nothing. */
static void fill(char *p, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		if (i % 4 == 0)
			seed = seed * 6364136223846793005U + 1442695040888963407U;
		p[i] = (char)(i % 4 == 3 ? 0 : (seed >> (20 + 8 * (i % 4))) & 0x3f);
	}
}

static int set_up(void **state)
{
	struct folder *f = kd_xcalloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/kdoc-base-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->was = kd_xmalloc(BYTES);
	f->now = kd_xmalloc(BYTES);
	fill(f->was, BYTES, 1);
	memcpy(f->now, f->was, 50000);
	fill(f->now + 50000, 100, 2); /* 100 bytes come in, everything behind them is moved */
	memcpy(f->now + 50100, f->was + 50000, BYTES - 50100);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;

	remove_folder(f->dir);
	kd_free(f->was);
	kd_free(f->now);
	kd_free(f);
	return 0;
}

static const char *place(struct folder *f, int i, const char *name)
{
	snprintf(f->path[i], sizeof(f->path[i]), "%s/%s", f->dir, name);
	return f->path[i];
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void index_of(const char *path, const char *ident, const char *bytes, const char *types)
{
	const struct kd_kdx_part parts[] = {{KD_KDX_IDENT, kd_view_of(ident)}, {KD_KDX_LINES, kd_view(bytes, BYTES)},
					    {KD_KDX_FILES, kd_view(bytes + 1000, 5000)},
					    {KD_KDX_TYPES, kd_view(types, 50000)}, {KD_KDX_TEXT, kd_view(bytes, 3)}};

	assert_ok(kd_kdx_write(path, parts, KD_ARRAY_LEN(parts), NULL, NULL));
}

static void same(struct kd_kdx *a, struct kd_kdx *b)
{
	for (int i = KD_KDX_IDENT; i < KD_KDX_SIBLING; i++) {
		const uint64_t n = kd_kdx_size(a, (enum kd_kdx_section)i);
		const uint8_t *x = kd_kdx_at(a, (enum kd_kdx_section)i, 0, n), *y;

		assert_int_equal(n, kd_kdx_size(b, (enum kd_kdx_section)i));
		y = kd_kdx_at(b, (enum kd_kdx_section)i, 0, n);
		assert_non_null(x);
		assert_non_null(y);
		assert_memory_equal(x, y, n);
	}
	assert_null(kd_kdx_damage(b));
}

static void same_as(const char *index, const char *file)
{
	struct kd_kdx *a = NULL, *b = NULL;

	assert_ok(kd_kdx_open(index, &a));
	assert_ok(kd_kdx_open(file, &b));
	same(a, b);
	kd_kdx_close(a);
	kd_kdx_close(b);
}

/* One index on another: path[0] the first, [1] the second whole, [2] the second on the first. */
static void make_pair(struct folder *f)
{
	const char *second = place(f, 1, "b.kdx");

	index_of(place(f, 0, "a.kdx"), "name=vmlinux\ntype=2\nbuild_id=aaaa\n", f->was, f->was);
	index_of(second, "name=vmlinux\ntype=2\nbuild_id=bbbb\n", f->now, f->now);
	assert_ok(kd_kdxpack_write(NULL, place(f, 2, "b-on-a.kdx"), &second, 1, &(struct kd_kdxpack_how){.base = f->path[0]}));
}

static void test_one(void **state)
{
	struct folder *f = *state;
	struct kd_kdx *k = NULL;

	make_pair(f);
	same_as(f->path[1], f->path[2]);
	assert_true(size_of(f->path[2]) < size_of(f->path[1]) / 10);
	assert_ok(kd_kdx_open(f->path[2], &k));
	assert_true(kd_view_eq(kd_kdxbase_file(k), KD_V("a.kdx")));
	assert_non_null(kd_kdx_base(k));
	kd_kdx_close(k);
	/* nobody may write there, and the folder has another name */
	assert_int_equal(chmod(f->dir, 0500), 0);
	same_as(f->path[1], f->path[2]);
	assert_int_equal(chmod(f->dir, 0700), 0);
}

static void test_missing(void **state)
{
	struct folder *f = *state;
	struct kd_kdx *k = NULL;

	make_pair(f);
	assert_int_equal(rename(f->path[0], place(f, 3, "renamed.kdx")), 0); /* it is known by what it is */
	same_as(f->path[1], f->path[2]);
	assert_int_equal(rename(f->path[3], place(f, 4, "no-index-by-its-name")), 0);
	assert_error(kd_kdx_open(f->path[2], &k), KD_CONFLICT,
		     "b-on-a.kdx holds only what differs from a.kdx (build aaaa), which is not in its folder");
	assert_int_equal(rename(f->path[1], f->path[0]), 0); /* another one under that name */
	assert_error(kd_kdx_open(f->path[2], &k), KD_CONFLICT, "the file of that name in its folder is another one");
	assert_int_equal(truncate(f->path[0], 100), 0);
	assert_error(kd_kdx_open(f->path[2], &k), KD_CONFLICT, "which cannot be used");
}

static void test_refused(void **state)
{
	struct folder *f = *state;
	struct kd_kdxpack_how how = {.base = NULL};
	const char *second, *third;
	char other[200];

	make_pair(f);
	second = f->path[1];
	how.base = f->path[2];
	third = place(f, 3, "c.kdx");
	assert_error(kd_kdxpack_write(NULL, third, &second, 1, &how), KD_CONFLICT, "stands on a.kdx itself");
	how.base = f->path[0];
	snprintf(other, sizeof(other), "%s/x", f->dir);
	assert_int_equal(mkdir(other, 0700), 0);
	snprintf(other, sizeof(other), "%s/x/c.kdx", f->dir);
	assert_error(kd_kdxpack_write(NULL, other, &second, 1, &how), KD_CONFLICT, "has to lie in the folder of");
	how.base = place(f, 4, "none.kdx");
	assert_error(kd_kdxpack_write(NULL, third, &second, 1, &how), KD_NOTFOUND, "none.kdx");
	assert_int_equal(access(third, F_OK), -1);
}

/* The base's content is damaged behind its header: no answer, and never another one. */
static void test_damaged_base(void **state)
{
	struct folder *f = *state;
	struct kd_kdx *whole = NULL;
	unsigned refused = 0, missed = 0, right = 0;

	make_pair(f);
	assert_ok(kd_kdx_open(f->path[1], &whole));
	for (off_t at = 0; at < size_of(f->path[0]); at += 997) {
		int fd = open(f->path[0], O_RDWR | O_CLOEXEC);
		struct kd_kdx *k = NULL;
		struct kd_error *err;
		const uint8_t *p;
		char c;

		assert_true(fd >= 0);
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 0x10;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		err = kd_kdx_open(f->path[2], &k);
		p = err ? NULL : kd_kdx_at(k, KD_KDX_LINES, 0, BYTES);
		refused += err != NULL;
		missed += !err && !p;
		right += p != NULL;
		if (p)
			assert_memory_equal(p, f->now, BYTES);
		if (!err && !p)
			assert_non_null(strstr(kd_kdx_damage(k), "base"));
		kd_error_free(err);
		kd_kdx_close(k);
		c ^= 0x10;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		close(fd);
	}
	assert_true(refused && missed && right);
	kd_kdx_close(whole);
}

/* A kernel and modules in one file, then the same of the next build on it, with a module that is new there. */
static void test_builds(void **state)
{
	static const char *const ident[] = {"name=a_b.ko\nmodule=a_b\ntype=1\n", "name=vmlinux\ntype=2\nbuild_id=aaaa\n",
					    "name=c.ko.debug\ntype=1\n"};
	struct folder *f = *state;
	struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	const char *list[NAMES];
	struct kd_kdxpack p;
	struct kd_kdx *k = NULL;
	off_t first;

	for (int build = 0; build < 2; build++) {
		for (int i = 0; i < NAMES; i++) {
			char name[20];

			snprintf(name, sizeof(name), "%d-%d.kdx", build, i);
			list[i] = place(f, i, name);
			index_of(list[i], ident[i], build ? f->now : f->was, (build ? f->now : f->was) + 10 * i);
		}
		assert_ok(kd_kdxpack_write(NULL, place(f, 4 + build, build ? "2.kdx" : "1.kdx"), list, build ? NAMES : 2,
					   &(struct kd_kdxpack_how){.base = build ? f->path[4] : NULL}));
		assert_ok(kd_kdxpack_read(f->path[4 + build], &arena, &p));
		assert_int_equal(p.n, build ? NAMES : 2);
		for (size_t i = 0; i < p.n; i++) {
			struct kd_kdx *whole = NULL;

			k = NULL;
			assert_ok(kd_kdx_open(list[!p.v[i].module.n ? 1 : kd_view_eq(p.v[i].module, KD_V("c")) ? 2 : 0],
					      &whole));
			assert_ok(kd_kdx_open_at(f->path[4 + build], p.v[i].off, p.v[i].size, &k));
			same(whole, k);
			assert_int_equal(kd_kdx_base(k) != NULL, build || p.v[i].module.n);
			kd_kdx_close(whole);
			kd_kdx_close(k);
		}
	}
	first = size_of(f->path[4]);
	assert_true(size_of(f->path[5]) < first); /* with one more in it */
	assert_int_equal(unlink(f->path[4]), 0);
	for (size_t i = 0; i < p.n; i++)
		assert_error(kd_kdx_open_at(f->path[5], p.v[i].off, p.v[i].size, &k), KD_CONFLICT, "1.kdx");
	kd_arena_deinit(&arena);
}

/* Bits of a packed index: refused, no answer, padding. */
static void test_packed_flips(void **state)
{
	struct folder *f = *state;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	const struct kd_kdx_part part = {KD_KDX_STRINGS, kd_view(f->was, 40000)};
	unsigned refused = 0, missed = 0, padding = 0;

	assert_ok(kd_kdx_encode(&part, 1, NULL, &b));
	assert_true(b.n < 39000);
	for (size_t at = 0; at < b.n; at += at < 200 ? 1 : 37) {
		struct kd_kdx *k = NULL;
		struct kd_error *err;
		const uint8_t *p;

		b.p[at] ^= 1;
		err = kd_kdx_of_view(kd_buf_view(&b), "flipped", NULL, &k);
		p = err ? NULL : kd_kdx_at(k, KD_KDX_STRINGS, 0, 40000);
		refused += err != NULL;
		missed += !err && !p;
		padding += p != NULL;
		if (p)
			assert_memory_equal(p, f->was, 40000);
		if (!err && !p)
			assert_non_null(kd_kdx_damage(k));
		kd_error_free(err);
		kd_kdx_close(k);
		b.p[at] ^= 1;
	}
	assert_true(refused >= 64 + 40 && missed > 100 && padding < 64);
}

/* Numbers in the table that would ask for more than there may be. */
static void test_bombs(void **state)
{
	static const struct {
		unsigned at, bytes;
		uint64_t v;
	} cases[] = {{64 + 32, 8, (uint64_t)1 << 31}, {64 + 32, 8, UINT64_MAX}, {64 + 5, 1, 5}, {64 + 5, 1, 40},
		     {64 + 4, 1, 3},		      {64 + 32, 8, 0},		{64 + 32, 8, (uint64_t)1 << 29}};
	struct folder *f = *state;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	const struct kd_kdx_part part = {KD_KDX_STRINGS, kd_view(f->was, 40000)};

	assert_ok(kd_kdx_encode(&part, 1, NULL, &b));
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		kd_auto(kd_freep) char *copy = kd_xmalloc(b.n);
		struct kd_kdx *k = NULL;

		memcpy(copy, b.p, b.n);
		for (unsigned j = 0; j < cases[i].bytes; j++)
			copy[cases[i].at + j] = (char)(cases[i].v >> 8 * j);
		memset(copy + 32, 0, 8);
		kd_put_le32((uint8_t *)copy + 36, kd_le32((uint8_t *)b.p + 36));
		{
			char head[64 + 40];

			memcpy(head, copy, sizeof(head));
			memset(head + 32, 0, 8);
			kd_put_le32((uint8_t *)copy + 32, kd_check32(kd_view(head, sizeof(head))));
		}
		assert_error(kd_kdx_of_view(kd_view(copy, b.n), "bomb", NULL, &k), KD_BADDATA, "impossible size");
	}
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(test_one),	       WITH_FOLDER(test_missing), WITH_FOLDER(test_refused),
		WITH_FOLDER(test_damaged_base), WITH_FOLDER(test_builds),  WITH_FOLDER(test_packed_flips),
		WITH_FOLDER(test_bombs),
	};

	if (!kd_pack_has_zstd()) { /* such a build packs nothing and opens nothing that is packed */
		print_message("this build has no zstd\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
