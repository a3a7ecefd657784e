// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/mailmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The forms of gitmailmap(5); what becomes of each was asked of git check-mailmap. */
static const char map_text[] = "# Nobody <comment@example.org>\n"
			       "Jane Roe <jane@new.example> <jane@old.example>\n"
			       "Proper Name <joe@example.org>\n"
			       "<today@example.org> <yesterday@example.org>\n"
			       "Ann <ann@example.org> Build User <bugs@example.org>\n"
			       "Bob <bob@example.org> Other User <BUGS@example.org>\n"
			       "Everybody <bugs@example.org>\n"
			       "First <twice@example.org>\n"
			       "Second <twice@example.org>\n"
			       "<moved@example.org> <twice@example.org>\n"
			       "no address at all\n"
			       "Open <open@example.org\n"
			       "Empty <>\n"
			       "Nobody <nobody@example.org> <>\n";

static void applied(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"jr <jane@old.example>", "Jane Roe <jane@new.example>"},
		{"jr <JANE@OLD.EXAMPLE>", "Jane Roe <jane@new.example>"},
		{"joe <joe@example.org>", "Proper Name <joe@example.org>"},
		{"Any One <yesterday@example.org>", "Any One <today@example.org>"},
		{"build user <bugs@example.org>", "Ann <ann@example.org>"},
		{"Other User <bugs@example.org>", "Bob <bob@example.org>"},
		{"Third User <bugs@example.org>", "Everybody <bugs@example.org>"},
		{"x <twice@example.org>", "Second <moved@example.org>"},
		{"Nobody <comment@example.org>", "Nobody <comment@example.org>"},
		{"Open <open@example.org>", "Open <open@example.org>"},
		{"list@lists.example.org", "list@lists.example.org"},
		{"\"Q. Uoted\" <q@example.org>", "\"Q. Uoted\" <q@example.org>"},
		{"\"Q. Uoted\" <yesterday@example.org>", "\"Q. Uoted\" <today@example.org>"},
		{"\"Q. Uoted\" <joe@example.org>", "Proper Name <joe@example.org>"},
	};
	struct kd_mailmap m = {.text = KD_BUF_INIT(4096)};
	struct kd_arena a = KD_ARENA_INIT(1 << 20);

	(void)state;
	kd_buf_add(&m.text, kd_view_of(map_text));
	assert_null(kd_mailmap_parse(&m));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kd_view to = kd_mailmap_address(&m, kd_view_of(rows[i].from), &a);

		if (!kd_view_eq(to, kd_view_of(rows[i].to)))
			fail_msg("%s became %.*s", rows[i].from, KD_VARG(to));
	}
	kd_mailmap_deinit(&m);
	kd_arena_deinit(&a);
}

static void too_long(void **state)
{
	struct kd_mailmap m = {.text = KD_BUF_INIT(KD_MAILMAP_MAX)};
	struct kd_error *err;

	(void)state;
	for (int i = 0; i <= KD_MAILMAP_LINES_MAX; i++)
		kd_buf_add(&m.text, KD_V("A <a@b>\n"));
	err = kd_mailmap_parse(&m);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_LIMIT);
	kd_error_free(err);
	kd_mailmap_deinit(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applied),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
