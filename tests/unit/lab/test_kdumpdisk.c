// SPDX-License-Identifier: GPL-2.0-or-later
/* The disk of a crash kernel: its index, copies, streams put together, damaged ones. */
#include "../base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "lab/kdumpdisk.h"

enum { PAGE = 4096, AT = 65536, ROOM = 1 << 20, FILE_MAX = 4 << 20 };

static char dir[64];

static const char *in_dir(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
	return path;
}

static void index_of_disk(void **state)
{
	struct kd_kdumpdisk_index x;

	(void)state;
	assert_false(kd_kdumpdisk_index(kd_view("\0\0\0\n", 4), &x));
	assert_false(kd_kdumpdisk_index(KD_V("kdoc-kdump 2\nend\n"), &x));
	assert_true(kd_kdumpdisk_index(KD_V("kdoc-kdump 1\nform 0 0 4096 \nform 2 1 0 No space left \n"), &x));
	assert_false(x.complete);
	assert_true(x.form[0].there && !x.form[0].status && x.form[0].bytes == 4096);
	assert_false(x.form[1].there);
	assert_true(x.form[2].there && x.form[2].status == 1);
	assert_view(x.form[2].why, "No space left");
	/* what is no such line is passed over, and nothing behind the end is read */
	assert_true(kd_kdumpdisk_index(KD_V("kdoc-kdump 1\nform 8 0 1 \nform -1 0 1 \nform 1 0 x \n"
					    "form 3 1 0 \033[2J\nend\nform 4 0 1 \n"), &x));
	assert_true(x.complete);
	for (size_t i = 0; i < KD_KDUMPDISK_FORMS_MAX; i++)
		assert_false(x.form[i].there);
}

static void be64(struct kd_buf *b, uint64_t v)
{
	for (int i = 56; i >= 0; i -= 8)
		kd_buf_addc(b, (char)(v >> i & 0xff));
}

static void fill(struct kd_buf *b, char c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kd_buf_addc(b, c);
}

/* A disk with a stream of two records in the slot, the later place first. */
static void make_disk(const char *path, uint64_t place, uint64_t bytes, bool ended)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX);

	fill(&b, '\0', AT);
	kd_buf_add(&b, kd_view("makedumpfile\0\0\0\0", 16));
	fill(&b, '\0', PAGE - 16);
	be64(&b, place);
	be64(&b, bytes);
	fill(&b, 'b', 5);
	be64(&b, 0);
	be64(&b, 3);
	fill(&b, 'a', 3);
	if (ended) {
		be64(&b, UINT64_MAX);
		be64(&b, UINT64_MAX);
	}
	fill(&b, '\0', AT + ROOM - b.n);
	assert_null(kd_fs_write_atomic(path, kd_buf_view(&b), 0600));
}

static struct kd_error *stream(const char *disk, uint64_t room, bool flat, const char *to)
{
	const struct kd_kdumpdisk_slot slot = {disk, AT, room};
	struct kd_ctx ctx = {.cancel = NULL};

	return kd_kdumpdisk_stream(&ctx, &slot, ROOM, flat, to);
}

static void streams(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(FILE_MAX), disk = KD_BUF_INIT(FILE_MAX);
	const size_t n = PAGE + 16 + 5 + 16 + 3 + 16;
	char from[128], to[128];

	(void)state;
	make_disk(in_dir("disk", from), 3 * PAGE, 5, true);
	assert_null(stream(from, ROOM, false, in_dir("core", to)));
	assert_null(kd_fs_read_small(to, 1 << 20, &got));
	assert_int_equal(got.n, 3 * PAGE + 5);
	assert_memory_equal(got.p, "aaa\0", 4);
	assert_memory_equal(got.p + 3 * PAGE, "bbbbb", 5);
	for (size_t i = 3; i < 3 * PAGE; i++)
		assert_int_equal(got.p[i], 0);
	/* flattened: the bytes as they are, up to the end record */
	kd_buf_clear(&got);
	assert_null(stream(from, ROOM, true, to));
	assert_null(kd_fs_read_small(to, 1 << 20, &got));
	assert_null(kd_fs_read_small(from, 2 << 20, &disk));
	assert_int_equal(got.n, n);
	assert_memory_equal(got.p, disk.p + AT, n);
}

static void refused(const char *disk, uint64_t room, enum kd_errclass cls, const char *words)
{
	char to[128];
	struct stat st;

	for (unsigned flat = 0; flat < 2; flat++) {
		struct kd_error *err = stream(disk, room, flat, in_dir("bad", to));

		assert_non_null(err);
		assert_int_equal(err->cls, cls);
		assert_non_null(strstr(err->msg, words));
		kd_error_free(err);
		assert_int_equal(stat(to, &st), -1); /* half a core is none */
	}
}

static void damaged_streams(void **state)
{
	char disk[128];

	(void)state;
	make_disk(in_dir("disk", disk), 3 * PAGE, 5, false);
	refused(disk, PAGE + 100, KD_BADDATA, "no end");
	make_disk(disk, ROOM - 4, 5, true);
	refused(disk, ROOM, KD_LIMIT, "beyond the limit");
	make_disk(disk, UINT64_MAX - 1, 5, true);
	refused(disk, ROOM, KD_LIMIT, "beyond the limit");
	make_disk(disk, 8, ROOM - 8, true);
	refused(disk, ROOM, KD_BADDATA, "no end");
	make_disk(disk, 3 * PAGE, 5, true);
	refused(disk, 100, KD_BADDATA, "no end");
	assert_int_equal(truncate(disk, AT), 0);
	refused(disk, ROOM, KD_BADDATA, "the disk ends");
	assert_int_equal(truncate(disk, AT + ROOM), 0);
	refused(disk, ROOM, KD_BADDATA, "does not begin");
}

static void copies(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(FILE_MAX);
	struct kd_kdumpdisk_slot slot = {.at = AT, .room = ROOM};
	struct kd_ctx ctx = {.cancel = NULL};
	char disk[128], to[128];
	struct kd_error *err;

	(void)state;
	make_disk(in_dir("disk", disk), 0, 5, true);
	slot.disk = disk;
	assert_null(kd_kdumpdisk_copy(&ctx, &slot, 2 * PAGE + 7, in_dir("copy", to)));
	assert_null(kd_fs_read_small(to, 1 << 20, &got));
	assert_int_equal(got.n, 2 * PAGE + 7);
	assert_memory_equal(got.p, "makedumpfile", 12);
	err = kd_kdumpdisk_copy(&ctx, &slot, ROOM + 1, to);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	kd_error_free(err);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/kdoc-kdumpdisk-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {"disk", "core", "copy", "bad"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		unlink(in_dir(names[i], path));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_of_disk),
		cmocka_unit_test(streams),
		cmocka_unit_test(damaged_streams),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
