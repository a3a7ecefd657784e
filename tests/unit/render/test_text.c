// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns, wrapping, quoting; and the table of a scan from hand-made rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "render/scan_text.h"
#include "render/text.h"
#include "render/titles.h"
#include "report/kind.h"

/* What a renderer writes, as a string. */
#define RENDERS(o, expected, call)                                                                 \
	do {                                                                                       \
		kd_buf_clear(&(o)->buf);                                                           \
		call;                                                                              \
		kd_buf_addc(&(o)->buf, '\0');                                                      \
		assert_string_equal((o)->buf.p, expected);                                         \
	} while (0)

static void cells(void **state)
{
	kd_auto(kd_out_deinit) struct kd_out o;

	(void)state;
	kd_out_init(&o, NULL, NULL);
	RENDERS(&o, "ab   |", (kd_text_cell(&o, KD_V("ab"), 5), kd_out_puts(&o, "|")));
	RENDERS(&o, "abcd…|", (kd_text_cell(&o, KD_V("abcdef"), 5), kd_out_puts(&o, "|")));
	RENDERS(&o, "   ab|", (kd_text_cell_right(&o, KD_V("ab"), 5), kd_out_puts(&o, "|")));
	RENDERS(&o, "…ef", kd_text_clip_front(&o, KD_V("abcdef"), 3));
	RENDERS(&o, "abc", kd_text_clip_front(&o, KD_V("abc"), 3));
	RENDERS(&o, "日…  |", (kd_text_cell(&o, KD_V("日本語"), 4), kd_out_puts(&o, " |")));
	RENDERS(&o, "e\u0301 |", (kd_text_cell(&o, KD_V("e\u0301"), 2), kd_out_puts(&o, "|")));
	RENDERS(&o, "\\x1b[31m\\xff", kd_text_clip(&o, KD_V("\x1b[31m\xff"), 40));
	RENDERS(&o, "a b", kd_text_clip(&o, KD_V("a\nb"), 40));
	RENDERS(&o, "", kd_text_clip(&o, KD_V("abc"), 0));
	assert_int_equal(kd_text_width(KD_V("日本語")), 6);
}

static void wrapping(void **state)
{
	kd_auto(kd_out_deinit) struct kd_out o;

	(void)state;
	kd_out_init(&o, NULL, NULL);
	o.width = 20;
	RENDERS(&o, "one two three\n    four five six\n",
		kd_text_wrap(&o, KD_V("one two  three four five six"), 4, 4));
	RENDERS(&o, "a-word-that-is-longer-than-that\n  x\n",
		kd_text_wrap(&o, KD_V("a-word-that-is-longer-than-that x"), 0, 2));
	RENDERS(&o, "\n", kd_text_wrap(&o, KD_V(""), 0, 2));
}

static void numbers(void **state)
{
	char b[KD_TEXT_NUM];

	(void)state;
	assert_string_equal(kd_text_count(0, b), "0");
	assert_string_equal(kd_text_count(999, b), "999");
	assert_string_equal(kd_text_count(1000, b), "1,000");
	assert_string_equal(kd_text_count(UINT64_MAX, b), "18,446,744,073,709,551,615");
	assert_string_equal(kd_text_bytes(999, b), "999 bytes");
	assert_string_equal(kd_text_bytes(1234, b), "1.2 kB");
	assert_string_equal(kd_text_bytes(999999, b), "1.0 MB");
	assert_string_equal(kd_text_bytes(UINT64_MAX, b), "18446744 TB");
}

static void shell(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"a/b-1.log", "a/b-1.log"},
		{"a b", "'a b'"},
		{"it's", "'it'\\''s'"},
		{"$(x)", "'$(x)'"},
		{"", "''"},
		{"a;b", "'a;b'"},
		{"~x", "'~x'"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(100);

		kd_text_shell(&b, kd_view_of(cases[i].in));
		kd_buf_addc(&b, '\0');
		assert_string_equal(b.p, cases[i].out);
	}
}

static bool refuse(void *user, struct kd_view v)
{
	size_t *calls = user;

	(void)v;
	++*calls;
	return false;
}

static void output_that_fails(void **state)
{
	kd_auto(kd_out_deinit) struct kd_out o;
	size_t calls = 0;
	struct kd_error *err;

	(void)state;
	kd_out_init(&o, refuse, &calls);
	for (int i = 0; i < 100000; i++)
		kd_out_puts(&o, "0123456789");
	err = kd_out_finish(&o);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_IO);
	kd_error_free(err);
	assert_int_equal(calls, 1); /* nothing is tried after the first failure */
}

/* ---- tables ---- */

static const struct kd_kind kind = {.name = "null_deref", .family = "page_fault", .words = "x"};

static struct kd_scan_row some_row(void)
{
	return (struct kd_scan_row){
		.start_line = 12,
		.end_line = 40,
		.last_line = 99,
		.count = 3,
		.has_mono = true,
		.mono_us = 12000345,
		.kind = &kind,
		.syz_type = "T",
		.has_cpu = true,
		.cpu = 2,
		.has_pid = true,
		.pid = 77,
		.outcome = KD_OUT_FATAL,
		.tier = KD_TIER_CRIT,
		.nalt = 1,
		.text = {[KD_ROW_TITLE] = KD_V("NULL pointer dereference in foo"),
			 [KD_ROW_COMM] = KD_V("cat"),
			 [KD_ROW_SYZ_TITLE] = KD_V("BUG: x in foo")},
		.alt = {KD_V("bad-access in foo")},
	};
}

static void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static void table(void **state)
{
	kd_auto(kd_out_deinit) struct kd_out o, e;
	struct kd_scan_text_render r;
	struct kd_scan_sink sink;
	struct kd_scan_row row = some_row();
	struct kd_input in = {.name = "a b.log", .packing = "xz"};
	struct kd_scan_end end = {.log = {.bytes = 5000, .lines = 100, .kernel_text = true},
				  .listed = 3,
				  .packed_diag = "the xz data ends too early"};
	struct kd_scan_summary sum = {.inputs = 1, .with_reports = 1, .listed = 3};

	(void)state;
	kd_out_init(&o, NULL, NULL);
	kd_out_init(&e, NULL, NULL);
	kd_scan_text_begin(&r, &o, &e, &sink);
	end.log.printk.dropped_messages = 7;
	ok(sink.row(sink.user, &in, &row, &end));
	ok(sink.end(sink.user, &in, &end));
	kd_scan_text_end(&r, &sum);
	kd_scan_text_deinit(&r);
	kd_buf_addc(&o.buf, '\0');
	assert_string_equal(
		o.buf.p, "a b.log: 3 reports in 100 lines (5.0 kB, xz)\n"
			 "   line          time tier ends  kind               title · CPU, task\n"
			 "     12     12.000345 CRIT fatal null_deref         ×3 NULL pointer "
			 "dereference in foo · CPU 2,\n"
			 "                                                    cat:77\n"
			 "  note  the xz data ends too early: what could be unpacked was read\n"
			 "  note  the kernel says that it dropped 7 messages: parts of reports may "
			 "be missing\n"
			 "\n"
			 "NEXT  kdoc investigate 'a b.log'                   what happened, where, "
			 "what next\n"
			 "      kdoc explain 'a b.log'                       the first report, "
			 "line by line\n");
}

static void titles(void **state)
{
	kd_auto(kd_out_deinit) struct kd_out o, e;
	struct kd_titles_render t;
	struct kd_scan_sink sink;
	struct kd_scan_row row = some_row();
	struct kd_input in = {.name = "a.log"};
	struct kd_scan_end end = {.log = {.panicked = true, .vm_lost = true}};

	(void)state;
	kd_out_init(&o, NULL, NULL);
	kd_out_init(&e, NULL, NULL);
	kd_titles_begin(&t, &o, &e, &sink);
	ok(sink.row(sink.user, &in, &row, &end));
	ok(kd_titles_end(&t, NULL));
	kd_buf_addc(&o.buf, '\0');
	assert_string_equal(
		o.buf.p,
		"[\n\t{\n\t\t\"title\": \"BUG: x in foo\",\n\t\t\"alt\": [\n\t\t\t\"bad-access in "
		"foo\"\n"
		"\t\t],\n\t\t\"type\": \"T\",\n\t\t\"corrupted\": true,\n\t\t\"suppressed\": "
		"false,\n"
		"\t\t\"panicked\": true,\n\t\t\"start_line\": 12,\n\t\t\"end_line\": 40\n\t}\n]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells),
		cmocka_unit_test(wrapping),
		cmocka_unit_test(numbers),
		cmocka_unit_test(shell),
		cmocka_unit_test(output_that_fails),
		cmocka_unit_test(table),
		cmocka_unit_test(titles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
