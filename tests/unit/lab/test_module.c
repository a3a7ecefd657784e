// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules built against headers of this system (/usr/src/linux-headers-*). Skipped where there are
 * none, or no compiler or sandbox.
 */
#include <dirent.h>

#include "box.h"
#include "lab/build.h"
#include "lab/kernel_image.h"
#include "lab/sandbox.h"
#include "lab/toolchain.h"

struct test {
	struct kd_ctx ctx;
	struct box box;
	char headers[512];
	struct kd_lab_kernel kernel;
	struct kd_lab_module m;
};

static void find_headers(struct test *t)
{
	DIR *d = opendir("/usr/src");
	struct dirent *e;

	while (d && !t->headers[0] && (e = readdir(d)) != NULL) {
		char p[400];
		struct stat sb;

		snprintf(p, sizeof(p), "/usr/src/%.200s/include/config/kernel.release", e->d_name);
		if (!strncmp(e->d_name, "linux-headers-", 14) && !stat(p, &sb))
			snprintf(t->headers, sizeof(t->headers), "/usr/src/%.200s", e->d_name);
	}
	if (d)
		closedir(d);
}

static bool begin(struct test *t)
{
	*t = (struct test){0};
	kd_ctx_init(&t->ctx);
	box_begin(&t->box);
	find_headers(t);
	t->kernel = (struct kd_lab_kernel){.headers = t->headers, .arch = kd_lab_arch_host()};
	return t->headers[0] && kd_sandbox_kind(&t->ctx) != KD_SANDBOX_NONE &&
	       !stat("/usr/bin/make", &(struct stat){0});
}

static void end(struct test *t)
{
	kd_lab_module_deinit(&t->m);
	box_end(&t->box);
	kd_ctx_deinit(&t->ctx);
}

#define GOOD                                                                                       \
	"#include <linux/module.h>\n"                                                              \
	"static int __init a(void) { return 0; }\nmodule_init(a);\nMODULE_LICENSE(\"GPL\");\n"

static void good(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_module_file f[] = {{.name = "one.c", .text = KD_V(GOOD "int two(void);\nint use(void) { return two(); }\n")},
					 {.name = "two.c", .text = KD_V("int two(void);\nint two(void) { return 2; }\n")}};
	struct kd_lab_module_req q = {
		.kernel = &t.kernel, .name = "kdoc_two", .file = f, .nfiles = 2, .out = t.box.dir};
	struct stat before, after;

	(void)state;
	if (!begin(&t))
		skip();
	assert_ok(kd_lab_module_build(&t.ctx, &q, &t.m));
	assert_int_equal(stat(t.m.ko, &before), 0);
	assert_non_null(strstr(t.m.ko, "/kdoc_two/kdoc_two.ko"));
	/* nothing changed: nothing is compiled */
	kd_lab_module_deinit(&t.m);
	assert_ok(kd_lab_module_build(&t.ctx, &q, &t.m));
	assert_int_equal(stat(t.m.ko, &after), 0);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void bad(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_module_file f = {.name = "kdoc_bad.c", .text = KD_V(GOOD "int x = nonsense;\n")};
	struct kd_lab_module_req q = {
		.kernel = &t.kernel, .name = "kdoc_bad", .file = &f, .nfiles = 1, .out = t.box.dir};

	(void)state;
	if (!begin(&t))
		skip();
	assert_error(kd_lab_module_build(&t.ctx, &q, &t.m), KD_IO, "kdoc_bad.c:5:9: error");
	assert_null(t.m.ko);
	assert_true(box_has(&t.box, "kdoc_bad.log"));
}

/* A module's Kbuild is a program: it runs, and it reaches nothing. */
static void hostile(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_module_file f = {.name = "kdoc_evil.c", .text = KD_V(GOOD)};
	char kbuild[512];
	struct kd_lab_module_req q = {
		.kernel = &t.kernel, .name = "kdoc_evil", .file = &f, .nfiles = 1};

	(void)state;
	if (!begin(&t) || kd_sandbox_kind(&t.ctx) != KD_SANDBOX_BWRAP)
		skip();
	q.out = t.box.dir;
	snprintf(kbuild, sizeof(kbuild),
		 "obj-m := kdoc_evil.o\n$(shell touch /usr/kdoc-evil %s/kdoc-evil ran)\n", t.box.dir);
	q.kbuild = kd_view_of(kbuild);
	assert_ok(kd_lab_module_build(&t.ctx, &q, &t.m));
	assert_false(box_has(&t.box, "kdoc-evil"));
	assert_int_not_equal(stat("/usr/kdoc-evil", &(struct stat){0}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
