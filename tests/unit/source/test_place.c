// SPDX-License-Identifier: GPL-2.0-or-later
/* A place of a trace: its text, or why it is not that kernel's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "box.h"
#include "source/place.h"

static const char text[] = "/* 1 */\nstatic int one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n\treturn one();\n}\n\n"
			   "#ifdef A\nint three(void) { return 3; }\n#else\nint three(void) { return 0; }\n#endif\n"
			   "SYSCALL_DEFINE1(close, int, fd)\n{\n\treturn 0;\n}\n";

struct want {
	const char *file, *func;
	uint32_t line;
	enum kd_place_fit fit;
	uint32_t first, last, marked;
	const char *says; /* within warning or why_not; NULL: neither is there */
};

static const struct want wants[] = {
	{"a/x.c", "one", 4, KD_PLACE_FITS, 2, 5, 4, NULL},
	{"/build/a/x.c", "two", 0, KD_PLACE_NO_LINE, 7, 10, 0, NULL},
	{"a/x.c", NULL, 9, KD_PLACE_NO_FUNCTION, 7, 10, 9, NULL},
	{"a/x.c", NULL, 6, KD_PLACE_NO_FUNCTION, 1, 16, 6, NULL},
	{"a/x.c", "one", 9, KD_PLACE_OTHER_FUNCTION, 2, 5, 0, "but in two: this is not the text"},
	{"a/x.c", "one", 6, KD_PLACE_OTHER_FUNCTION, 2, 5, 0, "but in no function"},
	{"a/x.c", "one", 99, KD_PLACE_NOT_THERE, 0, 0, 0, "has 20 lines, 99 was asked for"},
	{"a/x.c", "four", 4, KD_PLACE_NOT_THERE, 0, 0, 4, "defines no function four"},
	{"a/x.c", "three", 0, KD_PLACE_NOT_THERE, 0, 0, 0, "three 2 times"},
	{"a/x.c", "three", 15, KD_PLACE_FITS, 15, 15, 15, NULL},
	{"a/x.c", "one.isra.0", 4, KD_PLACE_FITS, 2, 5, 4, NULL},
	{"a/x.c", "__x64_sys_close", 19, KD_PLACE_FITS, 17, 20, 19, NULL},
	{"a/none.c", "one", 4, KD_PLACE_NOT_THERE, 0, 0, 0, "no file a/none.c"},
};

static void check(struct kd_tree *t, const struct want *w)
{
	struct kd_place_req req = {kd_view_of(w->file), kd_view_of(w->func), w->line};
	struct kd_place p;
	struct kd_view said;

	assert_null(kd_place_open(t, &req, &p));
	assert_int_equal(p.fit, w->fit);
	assert_int_equal(p.first, w->first);
	assert_int_equal(p.last, w->last);
	assert_int_equal(p.marked, w->marked);
	said = p.why_not.n ? p.why_not : p.warning;
	if (w->says)
		assert_true(kd_view_has(said, kd_view_of(w->says)));
	else
		assert_int_equal(said.n, 0);
	assert_int_equal(p.why_not.n > 0, w->first == 0);
	kd_place_deinit(&p);
}

static void test_places(void **state)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	struct kd_tree_req req = {0};
	struct kd_place_req line = {KD_V("a/x.c"), KD_V("one"), 4};
	struct kd_place p;
	struct kd_ctx ctx;
	struct box b;

	(void)state;
	kd_ctx_init(&ctx);
	box_make(&b);
	box_file(&b, "a/x.c", text);
	req.where = b.dir;
	assert_null(kd_tree_open(&ctx, &req, &t));
	for (size_t i = 0; i < KD_ARRAY_LEN(wants); i++)
		check(t, &wants[i]);
	assert_null(kd_place_open(t, &line, &p));
	assert_true(kd_view_eq(kd_place_line(&p, 4), KD_V("\treturn 1;")));
	assert_true(kd_view_eq(kd_place_line(&p, 20), KD_V("}")));
	assert_null(kd_place_line(&p, 21).p);
	assert_null(kd_place_line(&p, 0).p);
	kd_place_deinit(&p);
	box_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_places)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
