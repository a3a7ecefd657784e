// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/bytes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "check.h"
#include "pack.h"

struct file {
	char path[64];
};

static void write_file(struct file *f, struct kd_view v)
{
	int fd;

	snprintf(f->path, sizeof(f->path), "/tmp/kdoc-bytes-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, v.p, v.n), v.n);
	close(fd);
}

static void remove_file(struct file *f)
{
	unlink(f->path);
}

static void assert_fails(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	if (err->cls != cls)
		fail_msg("%s", err->msg);
	kd_error_free(err);
}

/* The same answers from a file and from memory. */
static void asked(struct kd_bytes *b, bool memory)
{
	char buf[8] = "";

	assert_int_equal(kd_bytes_size(b), 10);
	assert_ok(kd_bytes_read(b, 0, 3, buf));
	assert_memory_equal(buf, "012", 3);
	assert_ok(kd_bytes_read(b, 8, 2, buf));
	assert_memory_equal(buf, "892", 3);
	assert_ok(kd_bytes_read(b, 10, 0, buf));
	assert_fails(kd_bytes_read(b, 8, 3, buf), KD_BADDATA);
	assert_fails(kd_bytes_read(b, 11, 0, buf), KD_BADDATA);
	assert_fails(kd_bytes_read(b, UINT64_MAX, 2, buf), KD_BADDATA);
	assert_fails(kd_bytes_read(b, 2, SIZE_MAX, buf), KD_BADDATA);
	assert_memory_equal(buf, "892", 3);
	assert_null(kd_bytes_peek(b, 8, 3).p);
	assert_null(kd_bytes_peek(b, UINT64_MAX, 1).p);
	if (memory)
		assert_true(kd_view_eq(kd_bytes_peek(b, 7, 3), KD_V("789")));
	else
		assert_null(kd_bytes_peek(b, 7, 3).p);
}

static void memory(void **state)
{
	struct kd_buf buf = KD_BUF_INIT(100);
	struct kd_bytes *b = kd_bytes_of_view(KD_V("0123456789"), "view");

	(void)state;
	asked(b, true);
	assert_string_equal(kd_bytes_name(b), "view");
	kd_bytes_close(b);
	kd_buf_add(&buf, KD_V("0123456789"));
	b = kd_bytes_of_buf(&buf, "buf");
	assert_null(buf.p);
	assert_int_equal(buf.n, 0);
	assert_int_equal(buf.max, 100);
	asked(b, true);
	kd_bytes_closep(&b);
	assert_null(b);
	kd_bytes_close(NULL);
}

static void plain_file(void **state)
{
	struct kd_bytes *b = NULL;
	struct file f;

	(void)state;
	write_file(&f, KD_V("0123456789"));
	assert_ok(kd_bytes_open(f.path, 5, &b)); /* the maximum is for packed ones */
	assert_string_equal(kd_bytes_name(b), f.path);
	asked(b, false);
	kd_bytes_close(b);
	remove_file(&f);
}

static void a_file_that_shrinks(void **state)
{
	struct kd_bytes *b = NULL;
	struct file f;
	char buf[10];

	(void)state;
	write_file(&f, KD_V("0123456789"));
	assert_ok(kd_bytes_open(f.path, 5, &b));
	assert_int_equal(truncate(f.path, 4), 0);
	assert_fails(kd_bytes_read(b, 0, 10, buf), KD_BADDATA);
	assert_ok(kd_bytes_read(b, 0, 4, buf));
	kd_bytes_close(b);
	remove_file(&f);
}

static void packed_files(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
		struct kd_bytes *b = NULL;
		struct file f;

		p->pack(&out, KD_V("0123456789"));
		write_file(&f, kd_buf_view(&out));
		assert_ok(kd_bytes_open(f.path, 10, &b)); /* exactly what it holds */
		asked(b, true);
		kd_bytes_closep(&b);
		assert_fails(kd_bytes_open(f.path, 9, &b), KD_LIMIT);
		assert_int_equal(truncate(f.path, (off_t)out.n - 1), 0);
		assert_fails(kd_bytes_open(f.path, 100, &b), KD_BADDATA);
		assert_null(b);
		remove_file(&f);
	}
}

static void no_files(void **state)
{
	struct kd_bytes *b = NULL;
	char path[64];

	(void)state;
	assert_fails(kd_bytes_open("/tmp/kdoc-there-is-no-such-file", 10, &b), KD_NOTFOUND);
	assert_fails(kd_bytes_open("/tmp", 10, &b), KD_INVALID);
	assert_fails(kd_bytes_open("/dev/zero", 10, &b), KD_INVALID);
	snprintf(path, sizeof(path), "/tmp/kdoc-fifo-%d", (int)getpid());
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_fails(kd_bytes_open(path, 10, &b), KD_INVALID); /* and nobody waits for a writer */
	unlink(path);
	assert_null(b);
}

static void an_empty_file(void **state)
{
	struct kd_bytes *b = NULL;
	struct file f;
	char c;

	(void)state;
	write_file(&f, KD_V(""));
	assert_ok(kd_bytes_open(f.path, 10, &b));
	assert_int_equal(kd_bytes_size(b), 0);
	assert_fails(kd_bytes_read(b, 0, 1, &c), KD_BADDATA);
	kd_bytes_close(b);
	remove_file(&f);
}

/* Where a file has data; a system that knows of no holes says that all is data. */
static void holes(void **state)
{
	enum { MIB = 1 << 20, SIZE = 64 * MIB };
	struct kd_bytes *b, *memory = kd_bytes_of_view(KD_V("abc"), "memory");
	uint64_t at;
	struct file f;
	char c;
	int fd;

	(void)state;
	write_file(&f, KD_V("begin"));
	fd = open(f.path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "middle", 6, 32 * MIB), 6);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_ok(kd_bytes_of_fd(fd, "holes", &b));
	assert_int_equal(kd_bytes_next_data(b, 0), 0);
	at = kd_bytes_next_data(b, MIB);
	assert_true(at >= MIB && at <= 32 * MIB);
	assert_int_equal(kd_bytes_next_data(b, 32 * MIB + 2), 32 * MIB + 2);
	at = kd_bytes_next_data(b, 48 * MIB);
	assert_true(at >= 48 * MIB && at <= SIZE);
	assert_int_equal(kd_bytes_next_data(b, SIZE), SIZE);
	assert_int_equal(kd_bytes_next_data(b, UINT64_MAX), SIZE);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3); /* the caller's position is where it was */
	assert_true(kd_bytes_fd(b) > 2);
	assert_ok(kd_bytes_read(b, 32 * MIB, 1, &c));
	assert_int_equal(c, 'm');
	kd_bytes_close(b);
	close(fd);
	assert_int_equal(kd_bytes_next_data(memory, 1), 1);
	assert_int_equal(kd_bytes_next_data(memory, 4), 3);
	assert_int_equal(kd_bytes_fd(memory), -1);
	kd_bytes_close(memory);
	remove_file(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),	      cmocka_unit_test(plain_file),
		cmocka_unit_test(a_file_that_shrinks), cmocka_unit_test(packed_files),
		cmocka_unit_test(no_files),	      cmocka_unit_test(an_empty_file),
		cmocka_unit_test(holes),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
