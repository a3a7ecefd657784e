// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "lab/embedded.h"
#include "lab/load.h"

static void refused(const char *text, const char *words)
{
	struct kd_lab_load load = {.files = 7};
	kd_auto(kd_error_freep) struct kd_error *err = kd_lab_load_parse(text, &load);

	assert_non_null(err);
	assert_int_equal(err->cls, KD_INVALID);
	assert_non_null(strstr(err->msg, words));
	assert_int_equal(load.files, 7);
}

static void test_words(void **state)
{
	struct kd_lab_load load;

	(void)state;
	assert_null(kd_lab_load_parse("vmas=7,files=0", &load));
	assert_true(load.vmas == 7 && !load.files && !load.threads && !load.tasks && !load.objects);
	assert_true(kd_lab_load_any(&load));
	assert_null(kd_lab_load_parse("big,objects=2000000,tasks=12", &load));
	assert_true(load.threads == 4000 && load.tasks == 12 && load.objects == 2000000);
	assert_true(load.vmas == 30000 && load.files == 2000);
	assert_null(kd_lab_load_parse("threads=0", &load));
	assert_false(kd_lab_load_any(&load));
	assert_int_equal(kd_lab_load_mib(&load), 0);
	refused("", "no load ''");
	refused("big,", "no load ''");
	refused("huge", "no load 'huge'");
	refused("vmas", "no load 'vmas'");
	refused("thread=1", "no load 'thread=1'");
	refused("vmas=", "at most 1000000");
	refused("vmas=x", "at most 1000000");
	refused("vmas=1000001", "at most 1000000");
	refused("vmas=18446744073709551617", "at most 1000000");
	refused("files=-1", "'files=-1'");
}

static void test_costs(void **state)
{
	struct kd_lab_load load;

	(void)state;
	assert_null(kd_lab_load_parse("big", &load));
	assert_in_range(kd_lab_load_mib(&load), 640, 1536);
	assert_in_range(kd_lab_load_seconds(&load), 60, 900);
	assert_null(kd_lab_load_parse("threads=15000,tasks=15000,objects=500000000,vmas=1000000,"
				      "files=1000000", &load));
	assert_in_range(kd_lab_load_mib(&load), 60000, 100000);
	assert_in_range(kd_lab_load_seconds(&load), 10000, 100000);
}

/* Each part is a parameter of the module, and its truth has a number for it. */
static void test_module(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_view source = kd_lab_embedded("crash_load.c");
	struct kd_lab_load load = {1, 2, 3, 4, 5};
	char text[80];

	(void)state;
	for (size_t i = 0; i < KD_LAB_LOAD_PARTS; i++) {
		assert_int_equal(kd_lab_load_number(&load, i), i + 1);
		snprintf(text, sizeof(text), "module_param(load_%s, uint", kd_lab_load_word(i));
		assert_true(kd_view_has(source, kd_view_of(text)));
		snprintf(text, sizeof(text), "kdoc_count_truth(seq, \"%s\"", kd_lab_load_word(i));
		assert_true(kd_view_has(source, kd_view_of(text)));
	}
	assert_string_equal(kd_lab_load_module(&a, "x.ko", &load),
			    "x.ko load_threads=1 load_tasks=2 load_objects=3 load_vmas=4 load_files=5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
