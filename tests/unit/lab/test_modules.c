// SPDX-License-Identifier: GPL-2.0-or-later
#include "../base/check.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "lab/modules.h"

static char folder[] = "/tmp/kdoc-test-modules-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_ok(kd_fs_write_atomic(path, kd_view_of(text), 0600));
}

static int make(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put("modules.dep", "kernel/a/top-level.ko.xz: kernel/b/mid.ko.xz kernel/c/base_one.ko.xz\n"
			   "kernel/b/mid.ko.xz: kernel/c/base_one.ko.xz\n"
			   "kernel/c/base_one.ko.xz:\n");
	put("modules.builtin", "kernel/fs/ext4/ext4.ko\n");
	return 0;
}

static int clean(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/modules.dep", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/modules.builtin", folder);
	unlink(path);
	return rmdir(folder);
}

static struct kd_error *add(void *user, struct kd_view path)
{
	kd_buf_printf(user, "%.*s\n", KD_VARG(path));
	return NULL;
}

static void order(void **state)
{
	kd_auto(kd_modules_freep) struct kd_modules *m = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	enum kd_module_state st;

	(void)state;
	assert_ok(kd_modules_open(folder, &m));
	assert_ok(kd_modules_order(m, KD_V("top_level"), add, &b, &st));
	assert_int_equal(st, KD_MODULE_FOUND);
	assert_view(kd_buf_view(&b),
		    "kernel/c/base_one.ko.xz\nkernel/b/mid.ko.xz\nkernel/a/top-level.ko.xz\n");
	kd_buf_clear(&b);
	assert_ok(kd_modules_order(m, KD_V("base-one"), add, &b, &st));
	assert_view(kd_buf_view(&b), "kernel/c/base_one.ko.xz\n");
	kd_buf_clear(&b);
	assert_ok(kd_modules_order(m, KD_V("ext4"), add, &b, &st));
	assert_int_equal(st, KD_MODULE_BUILTIN);
	assert_ok(kd_modules_order(m, KD_V("top"), add, &b, &st));
	assert_int_equal(st, KD_MODULE_ABSENT);
	assert_int_equal(b.n, 0);
}

static void no_folder(void **state)
{
	struct kd_modules *m = NULL;

	(void)state;
	assert_error(kd_modules_open("/nonexistent", &m), KD_NOTFOUND, "modules.dep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(order), cmocka_unit_test(no_folder)};

	return cmocka_run_group_tests(tests, make, clean);
}
