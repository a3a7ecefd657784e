// SPDX-License-Identifier: GPL-2.0-or-later
#include "../base/check.h"

#include "base/alloc.h"

#include "lab/console.h"

static const char text[] = "Probing EDD\r\n"
			   "[    0.000000] Linux version 6.1.0-56-amd64 (x@y) #1 SMP\r\n"
			   "\r\n"
			   "[    2.434510][    T1] Run /init as init process\r\n"
			   "[    3.000000] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n"
			   "[    3.100000] ---[ end Kernel panic - not syncing: VFS ]---";

static void same(const struct kd_console *c)
{
	assert_int_equal(c->lines.n, 6);
	assert_view(kd_console_line(c, 0), "Probing EDD");
	assert_view(kd_console_line(c, 2), "");
	assert_int_equal(c->boots, 1);
	assert_string_equal(c->release, "6.1.0-56-amd64");
	assert_string_equal(c->init, "/init");
	assert_int_equal(c->end, KD_CONSOLE_NO_ROOT);
	assert_int_equal(c->end_line, 4);
	assert_true(c->end_complete);
	assert_false(kd_console_line(c, 6).p);
}

/* However the bytes are cut, the lines are the same. */
static void any_pieces(void **state)
{
	const size_t n = sizeof(text) - 1;

	(void)state;
	for (size_t step = 1; step <= n; step++) {
		kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(1 << 20);

		for (size_t at = 0; at < n; at += step)
			kd_console_add(c, kd_view_head(kd_view(text + at, n - at), step), (int64_t)at);
		assert_false(c->end_complete); /* its line has no end yet */
		kd_console_close(c);
		same(c);
		assert_int_equal(c->first_ms, 0);
	}
}

static void line_times(void **state)
{
	kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(1 << 20);

	(void)state;
	kd_console_add(c, KD_V("one\nt"), 5);
	kd_console_add(c, KD_V("wo\n"), 7);
	kd_console_add(c, KD_V("three"), 9);
	assert_int_equal(c->lines.n, 3);
	assert_true(c->lines.v[0].ms == 5 && c->lines.v[0].off == 0);
	assert_true(c->lines.v[1].ms == 5 && c->lines.v[1].off == 4);
	assert_true(c->lines.v[2].ms == 9 && c->lines.v[2].off == 8);
	assert_int_equal(c->last_ms, 9);
}

static void maximum(void **state)
{
	kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(10);
	struct kd_view last[3];

	(void)state;
	kd_console_add(c, KD_V("1234\n6789"), 0);
	kd_console_add(c, KD_V("0123"), 0);
	assert_int_equal(c->bytes.n, 10);
	assert_int_equal(c->lost, 3);
	assert_int_equal(kd_console_last(c, last, 3), 2);
	assert_view(last[0], "1234");
	assert_view(last[1], "67890");
}

/* Words inside a program's output or behind other text are no panic. */
static void no_panic(void **state)
{
	kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(1 << 20);

	(void)state;
	kd_console_add(c, KD_V("grep: Kernel panic - not syncing: x\n"
			       "[ 1.0] foo: Kernel panic - not syncing: x\n"
			       "[not a time] Kernel panic - not syncing, said the man\n"
			       "[ 2.0] About Linux version 5\n"),
		       0);
	assert_int_equal(c->end, KD_CONSOLE_GOES_ON);
	assert_int_equal(c->boots, 0);
}

/* A crash kernel's own end is kept beside that of the first one. */
static void two_kernels(void **state)
{
	kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(1 << 20);

	(void)state;
	kd_console_add(c, KD_V("[ 0.0] Linux version 6.1.0 (x)\n[ 1.0] Kernel panic - not syncing: one\n"), 0);
	assert_int_equal(c->last_end, KD_CONSOLE_PANIC);
	kd_console_add(c, KD_V("[ 0.0] Linux version 6.1.0 (x)\nkdoc-kdump: done and more\n"), 0);
	assert_false(c->dump_done);
	kd_console_add(c, KD_V("kdoc-kdump: done\r\n"), 0);
	assert_true(c->dump_done);
	assert_int_equal(c->boots, 2);
	assert_int_equal(c->boot_line, 2);
	assert_int_equal(c->boot_off, 70);
	assert_int_equal(c->last_end, KD_CONSOLE_GOES_ON);
	kd_console_add(c, KD_V("Kernel panic - not syncing: No working init found.\n---[ end Kernel panic\n"), 0);
	assert_int_equal(c->end, KD_CONSOLE_PANIC);
	assert_int_equal(c->end_line, 1);
	assert_int_equal(c->last_end, KD_CONSOLE_NO_INIT);
	assert_int_equal(c->last_end_line, 5);
	assert_true(c->last_complete);
	kd_console_restart(c);
	assert_int_equal(c->last_end, KD_CONSOLE_GOES_ON);
	assert_false(c->dump_done);
}

static void kinds_of_panic(void **state)
{
	static const struct {
		const char *line;
		enum kd_console_end end;
	} t[] = {
		{"Kernel panic - not syncing: Fatal exception\n", KD_CONSOLE_PANIC},
		{"Kernel panic - not syncing: Attempted to kill init! exitcode=0x100\n",
		 KD_CONSOLE_PANIC},
		{"Kernel panic - not syncing: No working init found.  Try passing init=\n",
		 KD_CONSOLE_NO_INIT},
		{"Kernel panic - not syncing: Requested init /x failed (error -2).\n",
		 KD_CONSOLE_NO_INIT},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(t); i++) {
		kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(1 << 20);

		kd_console_add(c, kd_view_of(t[i].line), 0);
		assert_int_equal(c->end, t[i].end);
		kd_console_restart(c);
		assert_int_equal(c->end, KD_CONSOLE_GOES_ON);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_pieces),	  cmocka_unit_test(line_times),
		cmocka_unit_test(maximum),	  cmocka_unit_test(no_panic),
		cmocka_unit_test(two_kernels),
		cmocka_unit_test(kinds_of_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
