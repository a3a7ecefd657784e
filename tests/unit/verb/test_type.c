// SPDX-License-Identifier: GPL-2.0-or-later
/* What `kdoc type` makes of its arguments; answers are golden cases (tests/golden/type). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "verb/type.h"

static void offsets(void **state)
{
	static const struct {
		const char *text;
		int64_t off;
		uint64_t width;
	} good[] = {
		{"0", 0, 0},	 {"40", 40, 0},	    {"0x28", 0x28, 0},	 {"0x28:8", 0x28, 8},
		{"-8", -8, 0},	 {"-0x10:4", -16, 4}, {"0X1f:0x10", 31, 16}, {"9223372036854775807", INT64_MAX, 0},
	};
	static const char *const bad[] = {"",	"x",   "0x",  "0x28:",	  "0x28:0", "8:8:8", "1.5", " 1",
					  "--1", "+1", "0xg", "1:2000000", "99999999999999999999", "0xffffffffffffffff"};
	struct kd_type_offset o;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(good); i++) {
		assert_null(kd_type_parse_offset(good[i].text, &o));
		assert_true(o.off == good[i].off);
		assert_true(o.width == good[i].width);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_error *err = kd_type_parse_offset(bad[i], &o);

		if (!err)
			fail_msg("'%s' is no offset", bad[i]);
		assert_int_equal(err->cls, KD_INVALID);
		kd_error_free(err);
	}
}

static struct kd_type_answer *ask(const char *name)
{
	struct kd_type_answer *a = NULL;
	struct kd_type_request req = {.name = name};
	const char *root = getenv("KDOC_SOURCE_ROOT");
	struct kd_error *err;
	struct kd_ctx ctx;
	char file[4096];

	assert_non_null(root);
	snprintf(file, sizeof(file), "%s/tests/golden/type/json/input.btf", root);
	req.file = file;
	kd_ctx_init(&ctx);
	err = kd_type(&ctx, &req, &a);
	kd_ctx_deinit(&ctx);
	if (err) {
		assert_int_equal(err->cls, KD_INVALID);
		kd_error_free(err);
		assert_null(a);
	}
	return a;
}

static void names(void **state)
{
	static const char *const refused[] = {"", "  ", ".x", "[3]", "nested.", "nested.c[", "nested.in[9]"};
	static const struct {
		const char *name, *decl;
		bool found;
	} rows[] = {
		{"nested", "struct nested", true},	 {"  struct   nested ", "struct nested", true},
		{"union number", "union number", true}, {"enum colour", "enum colour", true},
		{"atomic", "atomic", true},		 {"nested.in[1].z", "struct nested", true},
		{"nested.zz", "struct nested", false},	 {"union nested", NULL, false},
		{"struct atomic", NULL, false},		 {"long int", "long int", true},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(refused); i++)
		assert_null(ask(refused[i]));
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kd_type_answer *a = ask(rows[i].name);

		assert_non_null(a);
		assert_int_equal(a->found, rows[i].found);
		assert_int_equal(a->total, rows[i].decl ? 1 : 0);
		if (rows[i].decl)
			assert_true(kd_view_eq(a->v[0].decl, kd_view_of(rows[i].decl)));
		kd_type_answer_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("type", tests, NULL, NULL);
}
