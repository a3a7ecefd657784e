// SPDX-License-Identifier: GPL-2.0-or-later
/* Records that wait, and rows that are folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "report/kind.h"
#include "verb/nearest.h"
#include "verb/scan_rows.h"
#include "verb/spool.h"

static void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

/* n records of growing length, whose bytes tell their number. */
static void round_trip(size_t memory, size_t n, size_t step, bool file)
{
	kd_auto(kd_spool_deinit) struct kd_spool s;
	static char bytes[KD_SPOOL_RECORD];
	struct kd_view v;

	kd_spool_init(&s, memory);
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < n; i++) {
			memset(bytes, (int)(i & 0xff), i * step);
			ok(kd_spool_add(&s, kd_view(bytes, i * step)));
		}
		assert_int_equal(s.fd >= 0, file);
		ok(kd_spool_rewind(&s));
		for (size_t i = 0; i < n; i++) {
			ok(kd_spool_next(&s, &v));
			assert_non_null(v.p);
			assert_int_equal(v.n, i * step);
			for (size_t k = 0; k < v.n; k += 997)
				assert_int_equal((unsigned char)v.p[k], i & 0xff);
		}
		ok(kd_spool_next(&s, &v));
		assert_null(v.p);
		kd_spool_reset(&s);
	}
}

static void in_memory(void **state)
{
	(void)state;
	round_trip(1 << 20, 0, 1, false);
	round_trip(1 << 20, 100, 7, false);
}

static void in_a_file(void **state)
{
	(void)state;
	round_trip(1, 3000, 1, true);
	round_trip(1, 60, 4096, true);
}

static void too_large(void **state)
{
	kd_auto(kd_spool_deinit) struct kd_spool s;
	struct kd_error *err;

	(void)state;
	kd_spool_init(&s, 1);
	err = kd_spool_add(&s, kd_view("", KD_SPOOL_RECORD));
	assert_non_null(err);
	assert_int_equal(err->cls, KD_LIMIT);
	kd_error_free(err);
}

/* ---- rows ---- */

static const struct kd_kind kind = {.name = "warning", .family = "warning", .words = "warning"};

struct seen {
	size_t n;
	uint64_t counts, last[8], count[8];
	char title[8][32];
};

static struct kd_error *see(void *user, const struct kd_scan_row *row)
{
	struct seen *s = user;

	if (s->n < 8) {
		s->count[s->n] = row->count;
		s->last[s->n] = row->last_line;
		snprintf(s->title[s->n], sizeof(s->title[0]), "%.*s",
			 KD_VARG(row->text[KD_ROW_TITLE]));
	}
	s->n++;
	s->counts += row->count;
	assert_ptr_equal(row->kind, &kind);
	assert_int_equal(row->nalt, 2);
	assert_true(kd_view_eq(row->alt[1], KD_V("second")));
	assert_true(kd_view_eq(row->text[KD_ROW_COMM], KD_V("cat")));
	assert_null(row->text[KD_ROW_FUNC].p);
	return NULL;
}

static void add(struct kd_rows *rows, const char *title, uint64_t line, uint8_t outcome)
{
	struct kd_view alt[] = {KD_V("first"), KD_V("second")};
	struct kd_report r = {.kind = &kind,
			      .title = kd_view_of(title),
			      .comm = KD_V("cat"),
			      .outcome = outcome,
			      .start_line = line,
			      .syz = {.alt = alt, .nalt = 2}};
	bool is_new;

	ok(kd_rows_add(rows, &r, &is_new));
}

static void repeats_are_folded(void **state)
{
	kd_auto(kd_rows_deinit) struct kd_rows rows;

	(void)state;
	kd_rows_init(&rows, true);
	for (int twice = 0; twice < 2; twice++) {
		struct seen s = {0};

		add(&rows, "a", 1, KD_OUT_RECOVERED);
		add(&rows, "b", 2, KD_OUT_RECOVERED);
		add(&rows, "a", 3, KD_OUT_RECOVERED);
		add(&rows, "a", 4, KD_OUT_FATAL); /* never hidden behind one that was survived */
		add(&rows, "a", 5, KD_OUT_RECOVERED);
		ok(kd_rows_each(&rows, see, &s));
		assert_int_equal(s.n, 3);
		assert_string_equal(s.title[0], "a");
		assert_int_equal(s.count[0], 3);
		assert_int_equal(s.last[0], 5);
		assert_string_equal(s.title[1], "b");
		assert_int_equal(s.count[1], 1);
		assert_int_equal(s.count[2], 1);
		kd_rows_reset(&rows);
	}
}

static void not_folded(void **state)
{
	kd_auto(kd_rows_deinit) struct kd_rows rows;
	struct seen s = {0};

	(void)state;
	kd_rows_init(&rows, false);
	for (uint64_t i = 0; i < 20000; i++)
		add(&rows, "a", i, KD_OUT_RECOVERED);
	assert_true(rows.spool.fd >= 0);
	ok(kd_rows_each(&rows, see, &s));
	assert_int_equal(s.n, 20000);
	assert_int_equal(s.counts, 20000);
}

static void fold_limit(void **state)
{
	kd_auto(kd_rows_deinit) struct kd_rows rows;
	struct seen s = {0};
	char title[32];

	(void)state;
	kd_rows_init(&rows, true);
	for (uint64_t i = 0; i < KD_SCAN_FOLD_MAX + 100; i++) {
		snprintf(title, sizeof(title), "t%d", (int)i);
		add(&rows, title, i, KD_OUT_RECOVERED);
	}
	add(&rows, "t0", 1, KD_OUT_RECOVERED); /* known: folded still */
	ok(kd_rows_each(&rows, see, &s));
	assert_int_equal(s.n, KD_SCAN_FOLD_MAX + 100);
	assert_int_equal(s.count[0], 2);
	assert_int_equal(s.counts, KD_SCAN_FOLD_MAX + 101);
	assert_int_equal(rows.unfolded, 100);
}

static void nearest(void **state)
{
	static const struct {
		const char *word, *best;
	} cases[] = {
		{"scna", "scan"},
		{"scann", "scan"},
		{"inv", "investigate"},
		{"invstigate", "investigate"},
		{"gruop", "group"},
		{"xyzzy", NULL},
		{"", NULL},
		{"hlep", "help"},
		{"a-word-that-is-longer-than-any-verb", NULL},
	};
	static const char *const names[] = {"scan", "group", "investigate", "help"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		struct kd_nearest n;

		kd_nearest_init(&n, cases[i].word);
		for (size_t k = 0; k < KD_ARRAY_LEN(names); k++)
			kd_nearest_try(&n, names[k]);
		if (cases[i].best)
			assert_string_equal(n.best ? n.best : "(none)", cases[i].best);
		else
			assert_null(n.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_memory),  cmocka_unit_test(in_a_file),
		cmocka_unit_test(too_large),  cmocka_unit_test(repeats_are_folded),
		cmocka_unit_test(not_folded), cmocka_unit_test(fold_limit),
		cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
