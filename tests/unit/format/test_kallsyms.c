// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and addresses of kallsyms: tokens, both forms of a length, what the numbers count from, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "format/kallsyms.h"

struct tables {
	char token[1024], index[KD_KALLSYMS_INDEX];
	size_t n;
};

/* Each token is its own character, but 1 is "vfs_" and 2 is empty. */
static void make(struct tables *t)
{
	t->n = 0;
	for (int i = 0; i < KD_KALLSYMS_TOKENS; i++) {
		t->index[2 * i] = (char)(t->n & 255);
		t->index[2 * i + 1] = (char)(t->n >> 8);
		if (i == 1) {
			memcpy(t->token + t->n, "vfs_", 4);
			t->n += 4;
		} else if (i > 2) {
			t->token[t->n++] = (char)i;
		}
		t->token[t->n++] = 0;
	}
}

static struct kd_error *open_tables(const struct tables *t, size_t n, size_t index, struct kd_kallsyms *k)
{
	return kd_kallsyms_open(kd_view(t->token, n), kd_view(t->index, index), k);
}

static void tokens(void **state)
{
	struct kd_kallsyms k;
	struct tables t;
	struct kd_error *err;

	(void)state;
	make(&t);
	assert_null(open_tables(&t, t.n, sizeof(t.index), &k));
	assert_true(kd_view_eq(k.token[1], KD_V("vfs_")));
	assert_true(kd_view_eq(k.token['a'], KD_V("a")));
	assert_int_equal(k.token[2].n, 0);
	for (size_t cut = 0; cut < t.n; cut++) { /* the last token loses its end, then more do */
		err = open_tables(&t, cut, sizeof(t.index), &k);
		assert_non_null(err);
		assert_int_equal(err->cls, KD_BADDATA);
		kd_error_free(err);
	}
	err = open_tables(&t, t.n, sizeof(t.index) - 1, &k);
	assert_non_null(err);
	kd_error_free(err);
}

static void names(void **state)
{
	static char many[3 + 2 + 300];
	struct kd_view v, coded;
	struct kd_kallsyms k;
	struct tables t;
	char buf[64];
	size_t at = 0, n;

	(void)state;
	make(&t);
	assert_null(open_tables(&t, t.n, sizeof(t.index), &k));
	memcpy(many, "\2T\1", 3);
	many[3] = (char)((300 & 127) | 128);
	many[4] = 300 >> 7;
	memset(many + 5, 'x', 300);
	v = kd_view(many, sizeof(many));
	assert_true(kd_kallsyms_next(v, &at, &coded));
	assert_int_equal(kd_kallsyms_length(&k, coded), 5);
	n = kd_kallsyms_expand(&k, coded, buf, sizeof(buf));
	assert_true(kd_view_eq(kd_view(buf, n), KD_V("Tvfs_")));
	assert_int_equal(kd_kallsyms_expand(&k, coded, buf, 4), 0);
	assert_int_equal(kd_kallsyms_expand(&k, coded, buf, 5), 5);
	assert_true(kd_kallsyms_next(v, &at, &coded));
	assert_int_equal(coded.n, 300);
	assert_int_equal(kd_kallsyms_expand(&k, coded, buf, sizeof(buf)), 0);
	assert_int_equal(at, v.n);
	assert_false(kd_kallsyms_next(v, &at, &coded));
	for (size_t cut = 3; cut < v.n; cut++) {
		at = 3;
		assert_false(kd_kallsyms_next(kd_view_head(v, cut), &at, &coded));
		assert_int_equal(at, 3);
	}
	at = 0;
	assert_false(kd_kallsyms_next(KD_V("\0a"), &at, &coded)); /* a name without anything */
}

static void addresses(void **state)
{
	const uint64_t base = 0xffffffff81000000, place = 0xffffffff82000000;

	(void)state;
	assert_int_equal(kd_kallsyms_address(KD_KALLSYMS_PERCPU, base, place, 0x1fa40), 0x1fa40);
	assert_int_equal(kd_kallsyms_address(KD_KALLSYMS_PERCPU, base, place, 0xffffffff), base);
	assert_int_equal(kd_kallsyms_address(KD_KALLSYMS_PERCPU, base, place, 0xfffffff0), base + 15);
	assert_int_equal(kd_kallsyms_address(KD_KALLSYMS_BASE, base, place, 0xfffffff0), base + 0xfffffff0);
	assert_int_equal(kd_kallsyms_address(KD_KALLSYMS_PLACE, base, place, 0xfffffff0), place - 16);
	assert_int_equal(kd_kallsyms_address(KD_KALLSYMS_PLACE, base, place, 0x10), place + 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens),
		cmocka_unit_test(names),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
