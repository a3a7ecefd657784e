// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/taint.h"

static struct kd_view V(const char *s) {
	return kd_view_of(s);
}

static void
assert_text(struct kd_view v, const char *want)
{
	assert_int_equal(v.n, strlen(want));
	assert_memory_equal(v.p ? v.p : "", want, v.n);
}

static void table_is_complete(void **state)
{
	(void)state;
	for (unsigned b = 0; b < KD_NTAINT; b++) {
		const struct kd_taint_info *t = kd_taint_bit(b);

		assert_non_null(t);
		assert_int_equal(t->bit, b);
		assert_ptr_equal(kd_taint_letter(t->letter), t);
		assert_ptr_equal(kd_taint_name(V(t->name)), t);
		assert_true(t->nsetters > 0);
		assert_true(t->flags);
		assert_int_equal(t->meaning[strlen(t->meaning) - 1], '.');
	}
	assert_null(kd_taint_bit(KD_NTAINT));
	assert_null(kd_taint_letter('G'));
	assert_null(kd_taint_letter('Z'));
}

struct row {
	const char *in, *text, *rest;
	uint32_t bits;
};

static void short_form(void **state)
{
	static const struct row rows[] = {
		{"Tainted: G        W  O       6.1.0-18-amd64 #1", "G        W  O",
		 "6.1.0-18-amd64 #1", 1u << 9 | 1u << 12},
		{"Tainted: G    B          ): kasan: bad access", "G    B", "): kasan: bad access",
		 1u << 5},
		{"Tainted: P           O    3.10.0", "P           O", "3.10.0", 1 | 1u << 12},
		{"Tainted: PF   B   WC O 3.9.0", "PF   B   WC O", "3.9.0",
		 1 | 2 | 1u << 5 | 1u << 9 | 1u << 10 | 1u << 12},
		{"Tainted: G             L      syzkaller #0", "G             L", "syzkaller #0",
		 1u << 14},
		{"Tainted: G           OE    --------- -t - 4.18.0-80.el8.x86_64",
		 "G           OE    --------- -t -", "4.18.0-80.el8.x86_64", 1u << 12 | 1u << 13},
		{"Tainted: G                TN 6.6.0", "G                TN", "6.6.0",
		 1u << 17 | 1u << 18},
		{"Tainted: G W", "G W", "", 1u << 9},
		{"Not tainted 6.7.0 #1", "", "6.7.0 #1", 0},
		{"Not tainted", "", "", 0},
	};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kd_view v = V(rows[i].in);
		struct kd_taint_text t;

		assert_true(kd_taint_take(&v, &t));
		assert_text(t.text, rows[i].text);
		assert_text(v, rows[i].rest);
		assert_int_equal(t.bits, rows[i].bits);
		assert_int_equal(t.tainted, rows[i].in[0] == 'T');
		assert_false(t.long_form);
	}
}

static void long_form(void **state)
{
	struct kd_view v =
		V("Tainted: [P]=PROPRIETARY_MODULE, [W]=WARN, [O]=OOT_MODULE, [J]=FWCTL");
	struct kd_taint_text t;
	(void)state;

	assert_true(kd_taint_take(&v, &t));
	assert_true(t.long_form && t.tainted);
	assert_int_equal(t.bits, 1 | 1u << 9 | 1u << 12 | 1u << 19);
	assert_int_equal(v.n, 0);

	/* The kernel's buffer may cut the list in the middle of a name. */
	v = V("Tainted: [W]=WARN, [O]=OOT_MOD");
	assert_true(kd_taint_take(&v, &t));
	assert_int_equal(t.bits, 1u << 9 | 1u << 12);
	v = V("Tainted: [Q]=SOMETHING_NEW");
	assert_true(kd_taint_take(&v, &t));
	assert_int_equal(t.bits, 0);
	assert_int_equal(t.nunknown, 1);
	assert_int_equal(t.unknown[0], 'Q');
}

static void unknown_letters(void **state)
{
	struct kd_view v = V("Tainted: G        W ZQZ 6.1");
	struct kd_taint_text t;
	(void)state;

	assert_true(kd_taint_take(&v, &t));
	assert_int_equal(t.bits, 1u << 9);
	assert_int_equal(t.nunknown, 2);
	assert_memory_equal(t.unknown, "ZQ", 2);
	v = V("Tainted: G ABCDEFGHIJKLMNOPQRSTUVWX ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	assert_true(kd_taint_take(&v, &t));
	assert_true(t.nunknown <= sizeof(t.unknown));
}

static void refused(void **state)
{
	static const char *const bad[] = {"",
					  "T",
					  "Tainted",
					  "Tainted:",
					  "Tainted:    ",
					  "Tainted: 6.1.0",
					  "tainted: G",
					  "Not taintedness",
					  "Tainted: [",
					  "Tainted: [W]=",
					  "Not"};
	struct kd_taint_text t;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_view v = V(bad[i]);

		assert_false(kd_taint_take(&v, &t));
		assert_int_equal(v.n, strlen(bad[i]));
	}
}

static void found_in_line(void **state)
{
	struct kd_taint_text t;
	struct kd_view rest;
	(void)state;

	assert_true(kd_taint_find(V("CPU: 0 PID: 1 Comm: tainted Tainted: G      D 5.4 #2"), &t,
				  &rest));
	assert_int_equal(t.bits, 1u << 7);
	assert_text(rest, "5.4 #2");
	assert_true(kd_taint_find(V("CPU: 0 PID: 1 Comm: x Not tainted 5.4 #2"), &t, &rest));
	assert_false(t.tainted);
	assert_text(rest, "5.4 #2");
	assert_false(kd_taint_find(V("loading out-of-tree module taints kernel"), &t, NULL));
	assert_false(kd_taint_find(V("ainted"), &t, NULL));
	assert_false(kd_taint_find(V("untainted: G"), &t, NULL));
	assert_false(kd_taint_find(KD_VNULL, &t, NULL));
}

/* Every prefix of a hostile line must be safe. */
static void cut_anywhere(void **state)
{
	static const char line[] =
		"x Not tainted Tainted: [W]=WARN, [O]=OOT Tainted: G --t- L Not tai";
	struct kd_taint_text t;
	(void)state;

	for (size_t n = 0; n < sizeof(line); n++) {
		char *copy = kd_xstrndup(line, n);

		(void)kd_taint_find(kd_view(copy, n), &t, NULL);
		kd_free(copy);
	}
}

static void setters(void **state)
{
	(void)state;
	/* B has many setters: none of them alone explains it. */
	assert_int_equal(kd_taint_setter(5, V("kasan")), KD_TAINT_ALWAYS);
	assert_int_equal(kd_taint_setter(5, V("kfence")), KD_TAINT_ALWAYS);
	assert_int_equal(kd_taint_setter(5, V("bad_page_state")), KD_TAINT_ALWAYS);
	assert_int_equal(kd_taint_setter(5, V("soft_lockup")), KD_TAINT_NO);
	assert_int_equal(kd_taint_setter(7, V("oops")), KD_TAINT_ALWAYS);
	assert_int_equal(kd_taint_setter(14, V("soft_lockup")), KD_TAINT_ALWAYS);
	assert_int_equal(kd_taint_setter(4, V("mce")), KD_TAINT_MAYBE);
	assert_int_equal(kd_taint_setter(0, V("oops")), KD_TAINT_NO);
	assert_int_equal(kd_taint_setter(99, V("oops")), KD_TAINT_NO);
	assert_int_equal(kd_taint_setter(5, KD_VNULL), KD_TAINT_NO);
}

static void letters(void **state)
{
	char buf[KD_TAINT_LETTERS];
	(void)state;

	kd_taint_letters(0, buf);
	assert_string_equal(buf, "");
	kd_taint_letters(1u << 9 | 1u << 12, buf);
	assert_string_equal(buf, "GWO");
	kd_taint_letters(1 | 1u << 19, buf);
	assert_string_equal(buf, "PJ");
	kd_taint_letters(UINT32_MAX, buf);
	assert_int_equal(strlen(buf), KD_NTAINT);
	assert_non_null(kd_taint_vendor('N', V("suse")));
	assert_null(kd_taint_vendor('N', V("debian")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_complete), cmocka_unit_test(short_form),
		cmocka_unit_test(long_form),         cmocka_unit_test(unknown_letters),
		cmocka_unit_test(refused),           cmocka_unit_test(found_in_line),
		cmocka_unit_test(cut_anywhere),      cmocka_unit_test(setters),
		cmocka_unit_test(letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
