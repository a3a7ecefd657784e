// SPDX-License-Identifier: GPL-2.0-or-later
#include "../base/check.h"

#include "base/alloc.h"

#include "base/proc.h"
#include "lab/cpio.h"

/* The fields of buffer-format.rst, read back independently of the writer. */
struct entry {
	unsigned ino, mode, nlink, size, major, minor, namesize;
	const char *name, *data;
};

static unsigned hex8(const char *p)
{
	struct kd_view v = kd_view(p, 8);
	uint64_t x = 0;

	assert_true(kd_view_hex(v, &x));
	return (unsigned)x;
}

static size_t read_entry(const struct kd_buf *b, size_t at, struct entry *e)
{
	const char *p = b->p + at;

	assert_true(at % 4 == 0 && at + 110 <= b->n);
	assert_memory_equal(p, "070701", 6);
	*e = (struct entry){hex8(p + 6),  hex8(p + 14), hex8(p + 38), hex8(p + 54),
			    hex8(p + 78), hex8(p + 86), hex8(p + 94), p + 110, NULL};
	assert_int_equal(e->name[e->namesize - 1], 0);
	assert_int_equal(strlen(e->name) + 1, e->namesize);
	at = (at + 110 + e->namesize + 3) & ~(size_t)3;
	e->data = b->p + at;
	return (at + e->size + 3) & ~(size_t)3;
}

static void make(struct kd_cpio *c)
{
	kd_cpio_parents(c, "a/b/file");
	kd_cpio_file(c, "a/b/file", 0640, KD_V("hello"));
	kd_cpio_dir(c, "dev", 0755);
	kd_cpio_node(c, "dev/console", 0600, 'c', 5, 1);
	kd_cpio_link(c, "sh", "busybox");
	assert_ok(kd_cpio_end(c));
}

static void entries(void **state)
{
	static const struct {
		const char *name;
		unsigned mode, size;
	} want[] = {{"a", 040755, 0},	       {"a/b", 040755, 0}, {"a/b/file", 0100640, 5},
		    {"dev", 040755, 0},	       {"dev/console", 020600, 0}, {"sh", 0120777, 7},
		    {"TRAILER!!!", 0, 0}};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_cpio c = {.out = &b};
	struct entry e;
	size_t at = 0;

	(void)state;
	make(&c);
	for (size_t i = 0; i < KD_ARRAY_LEN(want); i++) {
		at = read_entry(&b, at, &e);
		assert_string_equal(e.name, want[i].name);
		assert_int_equal(e.mode, want[i].mode);
		assert_int_equal(e.size, want[i].size);
		if (!strcmp(e.name, "dev/console"))
			assert_true(e.major == 5 && e.minor == 1);
		if (!strcmp(e.name, "a/b/file"))
			assert_memory_equal(e.data, "hello", 5);
		if (!strcmp(e.name, "sh"))
			assert_memory_equal(e.data, "busybox", 7);
	}
	assert_int_equal(at, b.n);
}

/* Another program's opinion, where it is installed. */
static void read_by_cpio(void **state)
{
	const char *const argv[] = {"busybox", "cpio", "-t", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_cpio c = {.out = &b};
	struct kd_proc_req req = {.argv = argv};
	struct kd_error *err;

	(void)state;
	make(&c);
	req.input = kd_buf_view(&b);
	err = kd_proc_run(&req, &r);
	if (err) {
		kd_error_free(err); /* not installed: the other cases stand alone */
		return;
	}
	assert_ok(kd_proc_check(&req, &r));
	assert_view(kd_buf_view(&r.out), "a\na/b\na/b/file\ndev\ndev/console\nsh\n");
}

static void bad_names(void **state)
{
	static const char *const names[] = {"", "/etc", "a/../b", "..", "a//b", "./a", "a/."};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
		struct kd_cpio c = {.out = &b};

		kd_cpio_file(&c, names[i], 0644, KD_V("x"));
		assert_error(kd_cpio_end(&c), KD_INVALID, "a name in the guest");
	}
}

static void too_small(void **state)
{
	static char big[4096];

	(void)state;
	for (size_t max = 0; max < 5000; max += 37) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(max);
		struct kd_cpio c = {.out = &b};

		kd_cpio_file(&c, "big", 0644, kd_view(big, sizeof(big)));
		if (max < 110 + 4 + 4096 + 110 + 12)
			assert_error(kd_cpio_end(&c), KD_LIMIT, "take more than");
		else
			assert_ok(kd_cpio_end(&c));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(read_by_cpio),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
