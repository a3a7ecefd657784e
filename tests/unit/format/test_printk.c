// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields of each disguise, what is no prefix, and what is held back or put together. */
#include "base/alloc.h"
#include "base/buf.h"
#include "collect.h"

struct want {
	const char *raw, *text;
	uint32_t disguise;
	uint8_t origin, caller;
	int8_t level, facility;
	uint32_t caller_id, dropped;
	int64_t mono, seq; /* -1: absent */
	const char *wall, *host, *ident;
};

#define NONE .level = -1, .facility = -1, .mono = -1, .seq = -1
#define K KD_ORIGIN_KERNEL
#define U KD_ORIGIN_USER

static const struct want wants[] = {
	{"[   12.345678] a", "a", KD_DIS_TIME, .level = -1, .facility = -1, .mono = 12345678, .seq = -1},
	{"[12.3]a", "a", KD_DIS_TIME, .level = -1, .facility = -1, .mono = 12300000, .seq = -1},
	{"[68764.975942]---[ end", "---[ end", KD_DIS_TIME, .level = -1, .facility = -1,
	 .mono = 68764975942, .seq = -1},
	{"[   12.345678]  [<ffffffff81234567>] f+0x1/0x2", " [<ffffffff81234567>] f+0x1/0x2", KD_DIS_TIME,
	 .level = -1, .facility = -1, .mono = 12345678, .seq = -1},
	{"[   12.345678][  T123] a", "a", KD_DIS_TIME | KD_DIS_CALLER, .caller = KD_CALLER_TASK,
	 .caller_id = 123, .level = -1, .facility = -1, .mono = 12345678, .seq = -1},
	{"[   12.345678][    C1]  a", " a", KD_DIS_TIME | KD_DIS_CALLER, .caller = KD_CALLER_CPU,
	 .caller_id = 1, .level = -1, .facility = -1, .mono = 12345678, .seq = -1},
	{"[    T1] a", "a", KD_DIS_CALLER, .caller = KD_CALLER_TASK, .caller_id = 1, NONE},
	{"<3>a", "a", KD_DIS_LEVEL, .level = 3, .facility = 0, .mono = -1, .seq = -1},
	{"<12>[    1.000000] a", "a", KD_DIS_LEVEL | KD_DIS_TIME, .origin = U, .level = 4, .facility = 1,
	 .mono = 1000000, .seq = -1},
	{"[<4>] a", "a", KD_DIS_LEVEL, .level = 4, .facility = 0, .mono = -1, .seq = -1},
	{"kern  :warn  : [    1.000000] a", "a", KD_DIS_DMESG_LEVEL | KD_DIS_TIME, .origin = K,
	 .level = 4, .facility = 0, .mono = 1000000, .seq = -1},
	{"daemon:info  : a", "a", KD_DIS_DMESG_LEVEL, .origin = U, .level = 6, .facility = 3, .mono = -1,
	 .seq = -1},
	{"[Sun Mar  3 12:00:00 2024] a", "a", KD_DIS_DMESG_TIME, NONE, .wall = "Sun Mar  3 12:00:00 2024"},
	{"2024-03-03T12:00:00,123456+01:00 a", "a", KD_DIS_DMESG_TIME, NONE,
	 .wall = "2024-03-03T12:00:00,123456+01:00"},
	{"[    1.000000 <    0.000012>] a", "a", KD_DIS_DMESG_TIME | KD_DIS_TIME, .level = -1,
	 .facility = -1, .mono = 1000000, .seq = -1},
	{"[Mar  3 12:00] a", "a", KD_DIS_DMESG_TIME, NONE, .wall = "Mar  3 12:00"},
	{"Mar  3 12:00:00 box kernel: [    1.000000] a", "a", KD_DIS_SYSLOG3164 | KD_DIS_TIME, .origin = K,
	 .level = -1, .facility = -1, .mono = 1000000, .seq = -1, .wall = "Mar  3 12:00:00", .host = "box",
	 .ident = "kernel"},
	{"Mar  3 12:00:00 box display[77]: BUG: a", "BUG: a", KD_DIS_SYSLOG3164, .origin = U, NONE,
	 .wall = "Mar  3 12:00:00", .host = "box", .ident = "display"},
	{"Mar  3 12:00:00 box sudo: a", "a", KD_DIS_SYSLOG3164, .origin = U, NONE,
	 .wall = "Mar  3 12:00:00", .host = "box", .ident = "sudo"},
	{"Mar  3 12:00:00 kernel: a", "a", KD_DIS_SYSLOG3164, .origin = K, NONE,
	 .wall = "Mar  3 12:00:00", .ident = "kernel"},
	{"Mar  3 12:00:00 Call Trace:", "Call Trace:", KD_DIS_SYSLOG3164, NONE, .wall = "Mar  3 12:00:00"},
	{"Mar  3 12:00:00 BUG: foo bar: a", "BUG: foo bar: a", KD_DIS_SYSLOG3164, NONE,
	 .wall = "Mar  3 12:00:00"},
	{"Mar  3 12:00:00 Internal error: Oops: 5", "Internal error: Oops: 5", KD_DIS_SYSLOG3164, NONE,
	 .wall = "Mar  3 12:00:00"},
	{"2024-03-03T12:00:00Z usb 1-1: new device", "usb 1-1: new device", KD_DIS_CI_TIME, NONE,
	 .wall = "2024-03-03T12:00:00Z"},
	{"<30>1 2024-03-03T12:00:00Z box init 1 - - a", "a", KD_DIS_LEVEL | KD_DIS_SYSLOG5424, .origin = U,
	 .level = 6, .facility = 3, .mono = -1, .seq = -1, .wall = "2024-03-03T12:00:00Z", .host = "box",
	 .ident = "init"},
	{"2024-03-03T12:00:00+0100 box init[1]: a", "a", KD_DIS_JOURNAL, .origin = U, NONE,
	 .wall = "2024-03-03T12:00:00+0100", .host = "box", .ident = "init"},
	{"[    1.000000] box kernel: a", "a", KD_DIS_TIME | KD_DIS_JOURNAL, .origin = K, .level = -1,
	 .facility = -1, .mono = 1000000, .seq = -1, .host = "box", .ident = "kernel"},
	{"box kernel: a", "a", KD_DIS_SYSLOG3164, .origin = K, NONE, .host = "box", .ident = "kernel"},
	{" kernel:[    1.000000] a", "a", KD_DIS_SYSLOG3164 | KD_DIS_TIME, .origin = K, .level = -1,
	 .facility = -1, .mono = 1000000, .seq = -1, .ident = "kernel"},
	{"4,723,13579,-,caller=C3;a", "a", KD_DIS_KMSG | KD_DIS_LEVEL | KD_DIS_CALLER, .origin = K,
	 .caller = KD_CALLER_CPU, .caller_id = 3, .level = 4, .facility = 0, .mono = 13579, .seq = 723},
	{"30,1,2,-;a", "a", KD_DIS_KMSG | KD_DIS_LEVEL, .origin = U, .level = 6, .facility = 3, .mono = 2,
	 .seq = 1},
	{"03-03 12:00:00.123  1000  1234  1300 E Tag     : a", "a", KD_DIS_LOGCAT, .origin = U, .level = 3,
	 .facility = -1, .mono = -1, .seq = -1, .wall = "03-03 12:00:00.123", .ident = "Tag"},
	{"box login: [    1.000000] a", "a", KD_DIS_LOGIN | KD_DIS_TIME, .level = -1, .facility = -1,
	 .mono = 1000000, .seq = -1, .host = "box"},
	{"** 12 printk messages dropped ** [    1.000000] a", "a", KD_DIS_DROPPED | KD_DIS_TIME,
	 .dropped = 12, .level = -1, .facility = -1, .mono = 1000000, .seq = -1},
	{"** 12 printk messages dropped **", "** 12 printk messages dropped **", KD_DIS_DROPPED,
	 .dropped = 12, NONE},
	{"2024-03-03T12:00:00.1234567Z [    1.000000] a", "a", KD_DIS_CI_TIME | KD_DIS_TIME, .level = -1,
	 .facility = -1, .mono = 1000000, .seq = -1, .wall = "2024-03-03T12:00:00.1234567Z"},
	{"db_1  | a", "a", KD_DIS_ADDRESS, NONE, .host = "db_1"},
	{"> > a", "a", KD_DIS_MAIL_QUOTE, NONE},
};

static void check_view(struct kd_view v, const char *want)
{
	if (want)
		assert_true(kd_view_eq(v, kd_view_of(want)));
	else
		assert_int_equal(v.n, 0);
}

static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(wants); i++) {
		const struct want *w = &wants[i];
		struct kd_logline l;

		kd_printk_strip(kd_view_of(w->raw), &l);
		if (!kd_view_eq(l.text, kd_view_of(w->text)) || l.disguise != w->disguise ||
		    l.origin != w->origin)
			fail_msg("'%s': '%.*s' %#x (not %#x) origin %u", w->raw, KD_VARG(l.text), l.disguise,
				 w->disguise, l.origin);
		assert_int_equal(l.level, w->level);
		assert_int_equal(l.facility, w->facility);
		assert_int_equal(l.caller, w->caller);
		assert_int_equal(l.caller_id, w->caller_id);
		assert_int_equal(l.dropped, w->dropped);
		assert_int_equal(l.has_mono ? (int64_t)l.mono_us : -1, w->mono);
		assert_int_equal(l.has_seq ? (int64_t)l.seq : -1, w->seq);
		check_view(l.wall, w->wall);
		check_view(l.host, w->host);
		check_view(l.ident, w->ident);
	}
}

/* Kernel text that looks like a prefix. */
static void test_is_text(void **state)
{
	static const char *const texts[] = {
		"[<ffffffff81234567>] foo+0x1/0x2",
		"[<c0123456>] (foo) from [<c0654321>] (bar+0x1/0x2)",
		"[c000000012345678] [c000000000123456] .foo+0x1/0x2",
		"[<0>] foo+0x1/0x2",
		"[ INFO: possible recursive locking detected ]",
		"[#1]",
		"[drm:foo] a",
		"[C1] a",
		"[12] a",
		"(1)[123:foo]",
		"<TASK>",
		" <TASK>",
		"</TASK>",
		"<IRQ>",
		" <EOI>",
		" <#DF>",
		" ? foo+0x1/0x2",
		"  dump_stack+0x1/0x2",
		"general protection fault: 0000 [#1]",
		"Internal error: Oops: 17 [#1]",
		"rcu: INFO: rcu_sched stall",
		"8021q: adding VLAN 0",
		"BUG: foo bar: a",
		"Booting kernel: unknown parameter",
		"ffff888012345680: fa fb",
		">ffff888012345600: fa fb",
		"-> #1 (&a){+.+.}:",
		"| a",
		"1234,5678 a",
		"12:34 a",
		"Call Trace:",
		"Modules linked in: a",
		"CPU: 0 PID: 1 Comm: a",
		"pc : foo+0x1/0x2",
		"x1 : 0000000000000001",
		"{a} b",
		"* a",
		"",
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++) {
		struct collected c;
		struct kd_view v = kd_view_of(texts[i]);

		collect(&c, v.n ? v : KD_V("\n"), NULL);
		assert_int_equal(c.lines.n, 1);
		if (!kd_view_eq(c.lines.v[0].text, v) || c.lines.v[0].disguise || c.lines.v[0].origin)
			fail_msg("'%s': '%.*s' %#x", texts[i], KD_VARG(c.lines.v[0].text),
				 c.lines.v[0].disguise);
		collected_free(&c);
	}
}

/* What comes out of a text, one logical line per line of want. */
static struct collected expect(const char *in, const char *want)
{
	kd_auto(kd_buf_deinit) struct kd_buf got = KD_BUF_INIT(1 << 20);
	struct collected c;

	collect(&c, kd_view_of(in), NULL);
	kd_vec_each (l, &c.lines)
		kd_buf_printf(&got, "%.*s\n", KD_VARG(l->text));
	assert_string_equal(got.p ? got.p : "", want);
	return c;
}

static void same(const char *in, const char *want)
{
	struct collected c = expect(in, want);

	collected_free(&c);
}

static void test_embedded(void **state)
{
	struct collected c;

	(void)state;
	c = expect("# ls[   12.345678][   T9] BUG: a\n", "# ls\nBUG: a\n");
	assert_false(c.lines.v[0].has_mono);
	assert_int_equal(c.lines.v[1].caller_id, 9);
	collected_free(&c);
	same("[    1.000000] a[    2.000000] b\n", "a\nb\n");
	same("Mar  3 12:00:00 box app[1]: saw [   12.345678] BUG: a\n", "saw [   12.345678] BUG: a\n");
	same("he said '[   12.345678] BUG: a'\n", "he said '[   12.345678] BUG: a'\n");
	same("a [12.345678] b\n", "a [12.345678] b\n");
}

static void test_rejoin(void **state)
{
	struct collected c;

	(void)state;
	c = expect("Modules linked in: aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccc\nddd eee [last unloaded: f]\n"
		   "CPU: 0 PID: 1\n",
		   "Modules linked in: aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccc ddd eee [last unloaded: f]\n"
		   "CPU: 0 PID: 1\n");
	assert_true(c.lines.v[0].disguise & KD_DIS_REJOINED);
	assert_int_equal(c.lines.v[0].nphys, 2);
	assert_int_equal(c.stats.rejoined_lines, 1);
	collected_free(&c);
	same("RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>]\nfoo+0x1/0x2\n",
	     "RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] foo+0x1/0x2\n");
	same("Hardware name: Example Corp. Very Long Product Name/Board, BIOS\n1.2 04/01/2014\n",
	     "Hardware name: Example Corp. Very Long Product Name/Board, BIOS 1.2 04/01/2014\n");
	same("[   12.345678] CPU: 1 PID: 12345 Comm: a_long_name Not tainted\n6.1.0 #1\n",
	     "CPU: 1 PID: 12345 Comm: a_long_name Not tainted 6.1.0 #1\n");
	same("[   12.345678] RAX: 0000000000000000 RBX: 0000000000000001 RCX:\n0000000000000002\n",
	     "RAX: 0000000000000000 RBX: 0000000000000001 RCX: 0000000000000002\n");
	same("[   12.345678]  [<ffffffff81234567>] a_long_function_name+0x12/0x34\n[mod]\n",
	     " [<ffffffff81234567>] a_long_function_name+0x12/0x34 [mod]\n");
	same("WARNING: at drivers/example/directory/example_file.c:1234\nfoo+0x1/0x2() (Not tainted)\n",
	     "WARNING: at drivers/example/directory/example_file.c:1234 foo+0x1/0x2() (Not tainted)\n");
	same("[   12.345678] BUG: unable to handle page fault for address:\nffff888012345678\n",
	     "BUG: unable to handle page fault for address: ffff888012345678\n");
	same("[   12.345678] Read of size 8 at addr ffff888012345678 by task\na b/1\nworker/1\n",
	     "Read of size 8 at addr ffff888012345678 by task\na b/1\nworker/1\n");
	same("Code: 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b\n48 <8b> 90\nRSP: 1\n",
	     "Code: 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 8b 48 <8b> 90\nRSP: 1\n");
}

/* Two lines of the kernel, or one of a program, are never joined. */
static void test_no_rejoin(void **state)
{
	static const char *const texts[] = {
		" a_long_function_name_of_more_than_fifty_columns_in_all+0x12/0x34\n b+0x1/0x2\n",
		("RAX: 0000000000000000 RBX: 0000000000000001 RCX: 0000000000000002\n"
		"RDX: 0000000000000000 RSI: 0000000000000001 RDI: 0000000000000002\n"),
		"Modules linked in:\nexecuting program\n",
		"Modules linked in: aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccc\nCall Trace:\n",
		"Hardware name: Example Corp. Very Long Product Name/Board, BIOS\nCall Trace:\n",
		"WARNING: at drivers/example/directory/example_file.c:1234\nfoo+0x1/0x2\n",
		"EXT4-fs (vda1): mounted filesystem with ordered data mode. Opts: (null)\nBegin: Running\n",
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++)
		same(texts[i], texts[i]);
	same("[   12.345678] BUG: KASAN: use-after-free in example_function+0x12/0x34\nexecuting program\n",
	     "BUG: KASAN: use-after-free in example_function+0x12/0x34\nexecuting program\n");
	same("> [   12.345678] the quick brown fox jumps over the lazy dog and so on\nI think that is wrong.\n",
	     "the quick brown fox jumps over the lazy dog and so on\nI think that is wrong.\n");
}

static void test_kmsg(void **state)
{
	struct collected c;

	(void)state;
	c = expect("6,1,10,-;a\\x09b\\x5c\n SUBSYSTEM=x\n DEVICE=y\n6,2,11,-;b\n", "a\tb\\\nb\n");
	assert_int_equal(c.lines.v[0].nphys, 3);
	assert_int_equal(c.lines.v[0].len, 43);
	collected_free(&c);
	same("6,1,10,-;two\\x0alines\n", "two\nlines\n");
	same("6,1,10,-;done\n6,2,11,c;next\n", "done\nnext\n");
	same("6,1,10,-;value: \n6,2,11,c;1\n", "value: 1\n");
	same("6,1,10,-,caller=T1;value: \n6,2,11,c,caller=T2;1\n", "value: \n1\n");
	same("6,1,10,c;one \n6,2,11,+;two \n6,3,12,+;three\n6,4,13,c;four\n", "one two three\nfour\n");
	c = expect("6,1,10,-,ncfrag=0/9;aaa\n6,1,10,-,ncfrag=6/9;ccc\n", "aaaccc\n");
	assert_int_equal(c.stats.lost_fragments, 1);
	collected_free(&c);
}

static void test_records(void **state)
{
	struct collected c;

	(void)state;
	c = expect("{\"MESSAGE\":\"a \\u00e9 \\ud83d\\ude00\",\"PRIORITY\":\"3\",\"SYSLOG_IDENTIFIER\":\"app\","
		   "\"_HOSTNAME\":\"box\",\"__REALTIME_TIMESTAMP\":\"17\",\"__MONOTONIC_TIMESTAMP\":\"18\"}\n",
		   "a \xc3\xa9 \xf0\x9f\x98\x80\n");
	assert_int_equal(c.lines.v[0].origin, KD_ORIGIN_USER);
	assert_int_equal(c.lines.v[0].level, 3);
	assert_int_equal(c.lines.v[0].facility, -1);
	assert_int_equal(c.lines.v[0].mono_us, 18);
	check_view(c.lines.v[0].wall, "17");
	check_view(c.lines.v[0].host, "box");
	check_view(c.lines.v[0].ident, "app");
	collected_free(&c);
	c = expect("{\"dt\": \"x\", \"lvl\": \"debug\", \"msg\": \"BUG: a\"}\n", "BUG: a\n");
	assert_int_equal(c.lines.v[0].origin, KD_ORIGIN_USER);
	collected_free(&c);
	c = expect("{\n   \"dmesg\": [\n      {\n         \"pri\": 28,\n         \"time\":     1.000002,\n"
		   "         \"caller\": \"C2\",\n         \"msg\": \"a\"\n      }\n   ]\n}\n", "{\na\n");
	assert_int_equal(c.lines.v[1].origin, KD_ORIGIN_USER);
	assert_int_equal(c.lines.v[1].level, 4);
	assert_int_equal(c.lines.v[1].mono_us, 1000002);
	assert_int_equal(c.lines.v[1].caller, KD_CALLER_CPU);
	collected_free(&c);
	same("{\"MESSAGE\":\"cut off\n", "{\"MESSAGE\":\"cut off\n");
	same("{\"other\":1}\n", "{\"other\":1}\n");
}

static void test_states(void **state)
{
	struct collected c;

	(void)state;
	c = expect("[    1.000000] box kernel: a\n[    2.000000] box init[1]: b\n[    3.000000] c\n", "a\nb\nc\n");
	assert_int_equal(c.lines.v[1].origin, KD_ORIGIN_USER);
	assert_int_equal(c.lines.v[2].origin, KD_ORIGIN_UNKNOWN);
	collected_free(&c);
	c = expect("Oops#1 Part3\n<4>[    1.000000] a\nOops#1 Part1\n<4>[    3.000000] c\n",
		   "Oops#1 Part3\na\nOops#1 Part1\nc\n");
	assert_int_equal(c.stats.missing_parts, 1);
	collected_free(&c);
	c = expect("a\xff\n", "a\xff\n");
	assert_true(c.lines.v[0].bad_text);
	collected_free(&c);
	same("    BUG: a\n     b+0x1/0x2\nc\n", "BUG: a\n b+0x1/0x2\nc\n");
}

static void test_limits(void **state)
{
	const struct kd_printk_limits lim = {.max_line = 256, .max_fragments = 1, .max_pstore = 64};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct collected c;

	(void)state;
	for (int i = 0; i < 300; i++)
		kd_buf_addc(&b, 'x');
	kd_buf_printf(&b, "\n6,1,1,-,ncfrag=0/9;aaa\n6,2,1,-,ncfrag=0/9;bbb\nPanic#1 Part1\n%s\n",
		      "a line that does not fit into the bytes held back for parts");
	collect(&c, kd_buf_view(&b), &lim);
	assert_int_equal(c.stats.cut_lines, 1);
	assert_int_equal(c.stats.lost_fragments, 2);
	assert_int_equal(c.lines.n, 5);
	assert_int_equal(c.lines.v[0].text.n, 256);
	assert_int_equal(c.lines.v[0].len, 301);
	collected_free(&c);
}

/* A jump in the line numbers ends what was held back. */
static void test_gap(void **state)
{
	struct collected c = {.arena = KD_ARENA_INIT(1 << 20)};
	struct kd_printk *d = kd_printk_new(&kd_printk_default_limits, collect_line, &c);

	(void)state;
	kd_printk_feed(d, KD_V("6,1,10,-;a"), 11, 0, 1);
	assert_int_equal(c.lines.n, 0);
	kd_printk_feed(d, KD_V(" SUBSYSTEM=x"), 13, 100, 7);
	assert_int_equal(c.lines.n, 2);
	kd_printk_flush(d);
	kd_printk_free(d);
	kd_printk_free(NULL);
	collected_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	 cmocka_unit_test(test_is_text),
		cmocka_unit_test(test_embedded), cmocka_unit_test(test_rejoin),
		cmocka_unit_test(test_no_rejoin), cmocka_unit_test(test_kmsg),
		cmocka_unit_test(test_records),	 cmocka_unit_test(test_states),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
