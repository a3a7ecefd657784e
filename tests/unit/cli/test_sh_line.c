// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the shell over a dump: words, quotes, pipes; crash's names against the tables of verbs. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "cli/sh_frame.h"
#include "cli/sh_json.h"
#include "cli/sh_line.h"
#include "cli/sh_names.h"
#include "cli/verbs.h"

static char shown[4096];

static void put(const char *s)
{
	const size_t n = strlen(shown);

	snprintf(shown + n, sizeof(shown) - n, "%s", s);
}

/* "[word][word] > file", or "error at N" */
static const char *parse(const char *text)
{
	static const char *const to[] = {"", " > ", " >> ", " | ", "! "};
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_sh_line l;
	struct kd_error *err = kd_sh_line_parse(kd_view_of(text), &a, &l);

	shown[0] = '\0';
	if (err) {
		snprintf(shown, sizeof(shown), "error at %d", (int)err->offset);
		kd_error_free(err);
		return shown;
	}
	for (size_t i = 0; i < l.n; i++) {
		put("[");
		put(l.word[i]);
		put("]");
	}
	assert_null(l.word[l.n]);
	put(to[l.to]);
	put(l.target ? l.target : "");
	return shown;
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(parse(""), "");
	assert_string_equal(parse("   # only a comment"), "");
	assert_string_equal(parse("bt"), "[bt]");
	assert_string_equal(parse("  rd\t-s  jiffies 4 "), "[rd][-s][jiffies][4]");
	assert_string_equal(parse("bt -a # of all"), "[bt][-a]");
	assert_string_equal(parse("sym a#b"), "[sym][a#b]");
	assert_string_equal(parse("alias x ''"), "[alias][x][]");
}

static void test_quotes(void **state)
{
	(void)state;
	assert_string_equal(parse("p 'a b' \"c d\""), "[p][a b][c d]");
	assert_string_equal(parse("p a'b'\"c\"d"), "[p][abcd]");
	assert_string_equal(parse("p \"a\\\"b\\\\c\\d\""), "[p][a\"b\\c\\d]");
	assert_string_equal(parse("p '\\'"), "[p][\\]");
	assert_string_equal(parse("p a\\ b \\'"), "[p][a b][']");
	assert_string_equal(parse("p '|' \">\" \\|"), "[p][|][>][|]");
	assert_string_equal(parse("p 'open"), "error at 2");
	assert_string_equal(parse("p \"open"), "error at 2");
	assert_string_equal(parse("p $HOME `id` $(id) * ~"), "[p][$HOME][`id`][$(id)][*][~]");
}

static void test_pipes(void **state)
{
	(void)state;
	assert_string_equal(parse("ps | grep kworker | head"), "[ps] | grep kworker | head");
	assert_string_equal(parse("ps|wc -l"), "[ps] | wc -l");
	assert_string_equal(parse("log | sed 's/a b/#/' > x"), "[log] | sed 's/a b/#/' > x");
	assert_string_equal(parse("log |"), "error at 4");
	assert_string_equal(parse("| wc"), "error at 0");
	assert_string_equal(parse("p (a | b)"), "[p][(a][|][b)]");
	assert_string_equal(parse("p (a >> 3) | cat"), "[p][(a][>>][3)] | cat");
	assert_string_equal(parse("p )a | cat"), "[p][)a] | cat");
}

static void test_files(void **state)
{
	(void)state;
	assert_string_equal(parse("bt -a > out.txt"), "[bt][-a] > out.txt");
	assert_string_equal(parse("bt>out"), "[bt] > out");
	assert_string_equal(parse("bt >> 'my file' # told"), "[bt] >> my file");
	assert_string_equal(parse("p task->mm"), "[p][task->mm]");
	assert_string_equal(parse("bt > "), "error at 4");
	assert_string_equal(parse("bt > a b"), "error at 7");
	assert_string_equal(parse("bt > a | wc"), "error at 7");
	assert_string_equal(parse("bt > ''"), "error at 7");
	assert_string_equal(parse("> a"), "error at 0");
	assert_string_equal(parse("bt > > a"), "error at 5");
}

static void test_shell(void **state)
{
	(void)state;
	assert_string_equal(parse("! ls 'a b' | wc"), "! ls 'a b' | wc");
	assert_string_equal(parse("!ls"), "! ls");
	assert_string_equal(parse("!  "), "error at -1");
	assert_string_equal(parse("p !a"), "[p][!a]");
}

static void test_limits(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_sh_line l;
	struct kd_error *err;

	(void)state;
	for (int i = 0; i < KD_SH_WORDS_MAX; i++)
		kd_buf_add(&b, KD_V("a "));
	err = kd_sh_line_parse(kd_buf_view(&b), &a, &l);
	assert_null(err);
	assert_int_equal(l.n, KD_SH_WORDS_MAX);
	kd_buf_add(&b, KD_V("a"));
	err = kd_sh_line_parse(kd_buf_view(&b), &a, &l);
	assert_true(err && err->cls == KD_LIMIT);
	kd_error_free(err);
	kd_buf_clear(&b);
	for (int i = 0; i <= KD_SH_LINE_MAX; i++)
		kd_buf_addc(&b, 'a');
	err = kd_sh_line_parse(kd_buf_view(&b), &a, &l);
	assert_true(err && err->cls == KD_LIMIT);
	kd_error_free(err);
	err = kd_sh_line_parse(KD_V("a\0b"), &a, &l);
	assert_true(err && err->cls == KD_INVALID);
	kd_error_free(err);
}

/* --- names ------------------------------------------------------------------------------------------- */

/* "core bt: --all --raw", or the message */
static const char *call(const char *text)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_sh_line l;
	struct kd_sh_call c;
	struct kd_error *err = kd_sh_line_parse(kd_view_of(text), &a, &l);

	assert_null(err);
	shown[0] = '\0';
	err = kd_sh_call(l.word, l.n, &a, &c);
	if (err) {
		put(err->msg);
		kd_error_free(err);
		return shown;
	}
	put(c.cmd->name);
	put(":");
	for (size_t i = 0; i < c.argc; i++) {
		put(" ");
		put(c.argv[i]);
	}
	return shown;
}

static void test_calls(void **state)
{
	(void)state;
	assert_string_equal(call("bt"), "core bt:");
	assert_string_equal(call("bt -a"), "core bt: --all");
	assert_string_equal(call("bt -fl 1 2"), "core bt: --raw 1 2");
	assert_string_equal(call("bt --tasks"), "core bt: --tasks");
	assert_string_equal(call("rd -32 jiffies 4"), "core rd: --form=32 jiffies 4");
	assert_string_equal(call("rd -SS jiffies"), "core rd: --objects jiffies");
	assert_string_equal(call("rd -e ffff888000000010 ffff888000000000"), "core rd: --end=ffff888000000010 ffff888000000000");
	assert_string_equal(call("rd -effff888000000010 x"), "core rd: --end=ffff888000000010 x");
	assert_string_equal(call("rd -pd 1000"), "core rd: --physical --form=decimal 1000");
	assert_string_equal(call("rd -n5 x"), "core rd: -n5 x"); /* no option of crash: the verb's own */
	assert_string_equal(call("rd -- -32"), "core rd: -- -32");
	assert_string_equal(call("sym -q"), "sym -q needs a value");
	assert_string_equal(call("sym -q oom"), "core sym: --query=oom");
	assert_string_equal(call("dmesg -m"), "core log: --level");
}

static void test_refused(void **state)
{
	(void)state;
	assert_true(strstr(call("bt -t"), "bt -t of crash is not here: 'rd -s"));
	assert_true(strstr(call("bt -R vfs_read"), "foreach bt | grep SYMBOL"));
	assert_true(strstr(call("repeat -1 ps"), "a dump does not change"));
	assert_true(strstr(call("wr x 1"), "only read"));
	assert_true(strstr(call("smy x"), "did you mean 'sym'"));
	assert_true(strstr(call("sh"), "there is no command 'sh'")); /* not one inside the other */
}

static bool has_option(const struct kd_cmd *cmd, struct kd_view text)
{
	struct kd_view name = kd_view_head(text, kd_view_chr(text, '='));

	if (!kd_view_skip(&name, KD_V("--")))
		return false;
	for (size_t i = 0; i < cmd->nopts; i++)
		if (kd_view_eq(kd_view_of(cmd->opts[i].name), name))
			return !cmd->opts[i].arg == (kd_view_chr(text, '=') == KD_NPOS);
	return false;
}

/* Every option that a row gives is one that its verb has. */
static void test_tables(void **state)
{
	char name[64];

	(void)state;
	for (const struct kd_sh_option *o = kd_sh_options(); o->command; o++) {
		const struct kd_cmd *cmd;

		snprintf(name, sizeof(name), "core %s", o->command);
		cmd = kd_verb_find(name);
		assert_true((o->to != NULL) != (o->say != NULL));
		if (o->to && *o->to && cmd && !has_option(cmd, kd_view_of(o->to)))
			fail_msg("%s -%s: %s has no %s", o->command, o->option, name, o->to);
	}
	for (const struct kd_sh_name *n = kd_sh_names(); n->name; n++) {
		const struct kd_cmd *cmd = n->verb ? kd_verb_find(n->verb) : NULL;

		assert_true((n->verb != NULL) != (n->say != NULL));
		if (cmd && n->before && !has_option(cmd, kd_view_of(n->before)))
			fail_msg("%s: %s has no %s", n->name, n->verb, n->before);
	}
}

/* --- pieces through a pipe --------------------------------------------------------------------------- */

static void take(void *user, char type, struct kd_view v)
{
	char one[64];

	(void)user;
	snprintf(one, sizeof(one), "%c%zu%.*s ", type, v.n, v.n < 16 ? (int)v.n : 0, v.n ? v.p : "");
	put(one);
}

static void test_frames(void **state)
{
	static char big[300 << 10];
	struct kd_sh_frame *f = kd_sh_frame_new();
	int fd[2];

	(void)state;
	shown[0] = '\0';
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_true(kd_sh_frame_write(fd[1], 'o', KD_V("one")));
	assert_true(kd_sh_frame_write(fd[1], 'm', KD_VNULL));
	assert_int_equal(write(fd[1], "x\4\0\0\0ab", 7), 7); /* the rest comes later */
	assert_true(kd_sh_frame_read(f, fd[0], take, NULL));
	assert_string_equal(shown, "o3one m0 ");
	assert_int_equal(write(fd[1], "cd", 2), 2);
	assert_true(kd_sh_frame_read(f, fd[0], take, NULL));
	assert_string_equal(shown, "o3one m0 x4abcd ");
	assert_int_equal(write(fd[1], "o\1\0\4\0", 5), 5); /* 0x40001 bytes */
	assert_false(kd_sh_frame_read(f, fd[0], take, NULL));
	kd_sh_frame_reset(f);
	close(fd[1]);
	assert_false(kd_sh_frame_read(f, fd[0], take, NULL));
	close(fd[0]);
	kd_sh_frame_free(f);
	memset(big, 'x', sizeof(big)); /* longer than one may be: two of them */
	f = kd_sh_frame_new();
	fd[0] = memfd_create("frames", MFD_CLOEXEC);
	assert_true(kd_sh_frame_write(fd[0], 'o', kd_view(big, sizeof(big))));
	assert_int_equal(lseek(fd[0], 0, SEEK_SET), 0);
	shown[0] = '\0';
	while (kd_sh_frame_read(f, fd[0], take, NULL))
		;
	assert_string_equal(shown, "o262144 o45056 ");
	close(fd[0]);
	kd_sh_frame_free(f);
	assert_int_equal(kd_sh_frame_number("\1\2\3\xff"), 0xff030201);
}

/* --- answers as lines of JSON ------------------------------------------------------------------------ */

static void test_json(void **state)
{
	static const char doc[] = "{\n\t\"a b\": \"c \\\" }\\\\\",\n\t\"d\": [\n\t\t1,\n\t\t{}\n\t]\n}\n{\"second\": 1}\n";
	kd_auto(kd_out_deinit) struct kd_out on;
	struct kd_sh_json j;
	const char *got, *ms;

	(void)state;
	for (size_t piece = 1; piece < sizeof(doc); piece++) {
		kd_out_init(&on, NULL, NULL);
		kd_sh_json_begin(&j, &on, 7, KD_V("p \"x\""));
		for (size_t at = 0; at < sizeof(doc) - 1; at += piece) {
			kd_out_raw(&j.out, kd_view_head(kd_view(doc + at, sizeof(doc) - 1 - at), piece));
			kd_out_flush(&j.out);
		}
		kd_out_puts(&j.err, "kdoc: a\nb");
		kd_sh_json_end(&j, 3);
		got = on.buf.p;
		ms = strstr(got, ",\"ms\":");
		assert_non_null(ms);
		assert_memory_equal(got, "{\"schema\":\"kdoc.core-sh/1\",\"n\":7,\"command\":\"p \\\"x\\\"\",\"answer\":"
					 "{\"a b\":\"c \\\" }\\\\\",\"d\":[1,{}]},\"messages\":[\"kdoc: a\",\"b\"],\"exit\":3",
				    (size_t)(ms - got));
		assert_int_equal(on.buf.p[on.buf.n - 1], '\n');
		kd_out_deinit(&on);
	}
	kd_out_init(&on, NULL, NULL);
	kd_sh_json_begin(&j, &on, 1, KD_V("help"));
	j.is_text = true;
	kd_out_puts(&j.out, "a\n");
	kd_sh_json_end(&j, 0);
	assert_true(strstr(on.buf.p, "\"command\":\"help\",\"text\":\"a\\n\",\"exit\":0,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),  cmocka_unit_test(test_quotes),  cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_files),  cmocka_unit_test(test_shell),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_calls),  cmocka_unit_test(test_refused), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_frames), cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
