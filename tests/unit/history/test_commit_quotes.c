// SPDX-License-Identifier: GPL-2.0-or-later
/* Logs quoted in messages: each made line says with its first character what it must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/commit.h"

struct row {
	const char *name;
	const char *text;  /* after each newline: '|' a quoted line, '.' another */
	const char *funcs; /* '?' unsure, '@' not a frame */
};

static const struct row rows[] = {
	{"indented oops",
	 ".Text before.\n.\n|  BUG: kernel NULL pointer dereference, address: 0000000000000008\n|  CPU: 1 PID: 2 Comm: x Not tainted 6.1\n"
	 "|  RIP: 0010:foo+0x1/0x20 [mod]\n|  Call Trace:\n|   <TASK>\n|   ? bar+0x1/0x2\n|   baz.isra.0+0x3/0x4\n|   </TASK>\n.\n.Text behind.\n",
	 "@foo ?bar baz "},
	{"time stamps", ".Log:\n|[   12.345678] foo: probe failed\n|[   12.345679] Call Trace:\n|[   12.345680]  bar+0x1/0x2\n.Text.\n", "bar "},
	{"empty stamps", ".Log:\n|[ ] Call Trace:\n|[ ]  <TASK>\n|...\n|[ ]  bar+0x1/0x2\n|[ ]  baz+0x1/0x2\n.\n.Text.\n", "bar baz "},
	{"mail quote", ".Log:\n|> Call Trace:\n|>  bar+0x1/0x2\n|>  baz+0x1/0x2\n.\n.Text.\n", "bar baz "},
	{"bare names", ".It hangs:\n.\n|Call Trace:\n| foo\n| bar()\n| baz [mod]\n.\n.Text goes on.\n", "foo bar baz "},
	{"decoded", ".It hangs:\n.\n|Call Trace:\n| foo net/core/dev.c:12 [inline]\n| bar+0x1/0x2 net/core/dev.c:13\n.\n.Text.\n", "foo bar "},
	{"data race", ".\n|BUG: KCSAN: data-race in a / b\n.\n|write to 0xffff888149f0d428 of 8 bytes by task 1 on cpu 1:\n|  a+0x1/0x2\n.\n"
		      "|read to 0xffff888149f0d428 of 8 bytes by task 2 on cpu 0:\n|  b+0x1/0x2\n.\n|value changed: 0x0 -> 0x1\n.\n.Text.\n", "a b "},
	{"memory rows", ".\n|BUG: KASAN: slab-out-of-bounds in foo+0x1/0x2\n|Read of size 8 at addr ffff888000000001 by task x/1\n|Memory state around the buggy address:\n"
			"| ffff888000000000: fa fb fb fb\n|>ffff888000000080: fa fb fb fb\n|                      ^\n.\n.Text.\n", "@foo "},
	{"profile", ".\n|    ffffffff91461d91 foo+0x1\n|    ffffffff91462b57 bar+0x27\n.\n.Text.\n", "foo bar "},
	{"prose about code", ".It is foo+0x10/0x20 that calls bar, see\n.commit 0123456789ab (\"a\").\n.\n.WARNING: this is a word of caution.\n.\n.And so on.\n", ""},
	{"a diff", ".\n.--- a/x.c\n.+++ b/x.c\n.@@ -1,2 +1,2 @@\n.-\tfoo();\n.+\tbar();\n", ""},
	{"a table", ".\n.  before   12.3   45.6\n.  after    11.1   44.4\n.  =====================\n.  delta    -1.2   -1.2\n", ""},
	{"a list of steps", ".The Call Trace shows it.\n.\n.Call Trace below.\n.\n.1. open\n.2. close\n", ""},
};

static void quotes(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
		kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(65536), funcs = KD_BUF_INIT(65536);
		struct kd_view v = kd_view_of(rows[i].text), line;
		bool want[64];
		size_t n = 0;
		struct kd_commit c;

		kd_buf_add(&text, KD_V("subject\n\n"));
		for (; kd_view_take_until(&v, KD_V("\n"), &line); n++) {
			want[n] = *line.p == '|';
			kd_buf_printf(&text, "%.*s\n", KD_VARG(kd_view_from(line, 1)));
		}
		assert_null(kd_commit_parse_message(&a, kd_buf_view(&text), &c));
		for (size_t k = 0; k < n && k + 2 < c.nlines; k++)
			if (want[k] != (c.lines[k + 2].role == KD_LINE_TRACE))
				fail_msg("%s: line %zu is %s", rows[i].name, k, want[k] ? "not found" : "no log");
		for (size_t k = 0; k < c.nfuncs; k++)
			kd_buf_printf(&funcs, "%s%s%.*s ", c.funcs[k].unsure ? "?" : "", c.funcs[k].at ? "@" : "",
				      KD_VARG(c.funcs[k].func));
		if (!kd_view_eq(kd_buf_view(&funcs), kd_view_of(rows[i].funcs)))
			fail_msg("%s: functions %.*s", rows[i].name, KD_VARG(kd_buf_view(&funcs)));
		assert_int_equal(c.nquotes > 0, strchr(rows[i].text, '|') == rows[i].text || strstr(rows[i].text, "\n|") != NULL);
	}
}

/* What is quoted is not in the body, what is not quoted is. */
static void body(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
	struct kd_commit c;

	(void)state;
	assert_null(kd_commit_parse_message(&a, KD_V("s\n\nBefore.\n\n Call Trace:\n  f+0x1/0x2\n  g+0x1/0x2 [m]\n\nBehind.\n\nSigned-off-by: A <a@b>\n"), &c));
	assert_true(kd_view_eq(c.body, KD_V("Before.\n\nBehind.")));
	assert_int_equal(c.nquotes, 1);
	assert_true(c.quotes[0].trace);
	assert_int_equal(c.quotes[0].line, 4);
	assert_int_equal(c.quotes[0].nlines, 3);
	assert_int_equal(c.quotes[0].nfuncs, 2);
	assert_true(kd_view_eq(c.funcs[1].module, KD_V("m")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(quotes), cmocka_unit_test(body)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
