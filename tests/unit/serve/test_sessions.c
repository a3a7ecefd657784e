// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serve/sessions.h"
#include "serve/secret.h"

static unsigned ended;
static char last[KD_SESSION_ID];

static void on_end(void *user, struct kd_session *s)
{
	(void)user;
	ended++;
	memcpy(last, s->id, sizeof(last));
}

static struct kd_sessions three(void)
{
	ended = 0;
	return (struct kd_sessions){.max = 3, .idle_ns = 1000, .ended = on_end};
}

static void names(void **state)
{
	struct kd_sessions all = three();
	struct kd_session *a = kd_session_open(&all, 1), *b = kd_session_open(&all, 2);
	char id[KD_SESSION_ID];

	(void)state;
	assert_int_equal(strlen(a->id), 32);
	assert_string_not_equal(a->id, b->id);
	assert_ptr_equal(kd_session_find(&all, kd_view_of(a->id), 3), a);
	memcpy(id, a->id, sizeof(id));
	id[31] ^= 1;
	assert_null(kd_session_find(&all, kd_view_of(id), 3));
	assert_null(kd_session_find(&all, kd_view_head(kd_view_of(a->id), 31), 3));
	assert_null(kd_session_find(&all, KD_VNULL, 3));
	memcpy(id, a->id, sizeof(id));
	kd_session_end(&all, a);
	assert_null(kd_session_find(&all, kd_view_of(id), 3));
	kd_sessions_end(&all);
	assert_int_equal(ended, 2);
}

/* The one that is idle for longest goes; one that works never does. */
static void too_many(void **state)
{
	struct kd_sessions all = three();
	struct kd_session *a = kd_session_open(&all, 1), *b = kd_session_open(&all, 2), *c = kd_session_open(&all, 3);
	char id[KD_SESSION_ID];

	(void)state;
	memcpy(id, b->id, sizeof(id));
	a->busy = 1;
	assert_non_null(kd_session_open(&all, 4));
	assert_string_equal(last, id);
	assert_int_equal(all.n, 3);
	kd_session_find(&all, kd_view_of(c->id), 9);
	assert_non_null(kd_session_open(&all, 10)); /* the fourth went, as c was used since */
	assert_ptr_equal(kd_session_find(&all, kd_view_of(c->id), 10), c);
	for (struct kd_session *s = all.first; s; s = s->next)
		s->busy = 1;
	assert_null(kd_session_open(&all, 11));
	assert_int_equal(ended, 2);
	kd_sessions_end(&all);
	assert_int_equal(all.n, 0);
}

static void expiry(void **state)
{
	struct kd_sessions all = three();
	struct kd_session *a = kd_session_open(&all, 0), *b = kd_session_open(&all, 0);

	(void)state;
	kd_session_open(&all, 500);
	a->busy = 1;
	kd_session_find(&all, kd_view_of(b->id), 600);
	assert_int_equal(kd_sessions_expire(&all, 999), 3);
	assert_int_equal(kd_sessions_expire(&all, 1500), 2);
	a->busy = 0;
	assert_int_equal(kd_sessions_expire(&all, 1599), 1);
	assert_int_equal(kd_sessions_expire(&all, 1600), 0);
}

static void slowly(void **state)
{
	(void)state;
	assert_true(kd_equal_slowly("abc", "abc", 3));
	assert_true(kd_equal_slowly("", "", 0));
	assert_false(kd_equal_slowly("abc", "abd", 3));
	assert_false(kd_equal_slowly("\x80", "\x00", 1));
	assert_false(kd_equal_slowly("bbc", "abc", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(too_many),
		cmocka_unit_test(expiry),
		cmocka_unit_test(slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
