// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hashmap.h"

#include "base/alloc.h"
#include "check.h"

static void many(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
	kd_auto(kd_hashmap_deinit) struct kd_hashmap m = KD_HASHMAP_INIT(50000, &a);
	size_t i = 0;

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned k = 0; k < 50000; k++) {
			char key[16];
			bool is_new;
			struct kd_hashmap_entry *e;

			snprintf(key, sizeof(key), "key%u", k);
			e = kd_hashmap_add(&m, kd_view_of(key), &is_new);
			assert_non_null(e);
			assert_int_equal(is_new, round == 0);
			if (is_new)
				e->num = k;
			else
				assert_int_equal(e->num, k);
		}
	assert_null(kd_hashmap_add(&m, KD_V("one more"), NULL));
	assert_non_null(kd_hashmap_add(&m, KD_V("key17"), NULL));
	assert_null(kd_hashmap_get(&m, KD_V("one more")));
	assert_int_equal(kd_hashmap_get(&m, KD_V("key49999"))->num, 49999);
	kd_vec_each (e, &m.entries) /* in order of insertion */
		assert_int_equal(e->num, i++);
	assert_int_equal(i, 50000);
}

static void borrowed(void **state)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap m = KD_HASHMAP_INIT(10, NULL);
	static const char text[] = "alpha beta";
	int x;

	(void)state;
	assert_null(kd_hashmap_get(&m, KD_V("alpha")));
	kd_hashmap_add(&m, kd_view(text, 5), NULL)->ptr = &x;
	assert_ptr_equal(kd_hashmap_get(&m, KD_V("alpha"))->key.p, text);
	assert_ptr_equal(kd_hashmap_get(&m, KD_V("alpha"))->ptr, &x);
	assert_non_null(kd_hashmap_add(&m, KD_V(""), NULL));
	assert_non_null(kd_hashmap_get(&m, KD_VNULL)); /* empty is empty */
	kd_hashmap_clear(&m);
	assert_null(kd_hashmap_get(&m, KD_V("alpha")));
	assert_null(kd_hashmap_add(&m, KD_V("alpha"), NULL)->ptr);
}

static void key_limit(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(32);
	kd_auto(kd_hashmap_deinit) struct kd_hashmap m = KD_HASHMAP_INIT(1000, &a);

	(void)state;
	assert_non_null(kd_hashmap_add(&m, KD_V("short"), NULL));
	assert_null(kd_hashmap_add(&m, KD_V("much longer than what the arena still has"), NULL));
	assert_int_equal(m.entries.n, 1);
	assert_non_null(kd_hashmap_get(&m, KD_V("short")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many),
		cmocka_unit_test(borrowed),
		cmocka_unit_test(key_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
