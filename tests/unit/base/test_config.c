// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "check.h"

static void expect(const struct kd_config *c, const char *key, const char *want)
{
	struct kd_view v;

	assert_true(kd_config_get(c, key, &v));
	assert_view(v, want);
}

static void syntax(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	static const char text[] = "\xef\xbb\xbf# comment\n"
				   "; another\n"
				   "[Core]\n"
				   "\tEditor =   vi -R  # trailing\n"
				   "\tquoted = \"  # kept ;  \" tail ; gone\n"
				   "\tescapes = \"a\\\"b\\\\c\\nd\\te\\bf\"\r\n"
				   "\tlong = one \\\n  two\n"
				   "\tempty =\n"
				   "\tflag\n"
				   "\tmid = a  \"b\"  c\n"
				   "[tree \"Next \\\"q\\\" \\\\x\"] path = /src\n"
				   "[ui-x]key-1=9;c\n"
				   "[core] editor = emacs";
	struct kd_view v;

	(void)state;
	assert_ok(kd_config_add_text(c, KD_CONFIG_USER, "f", kd_view(text, sizeof(text) - 1)));
	expect(c, "core.editor", "emacs");
	expect(c, "CORE.QUOTED", "  # kept ;   tail");
	expect(c, "core.escapes", "a\"b\\c\nd\te\bf");
	expect(c, "core.long", "one   two");
	expect(c, "core.empty", "");
	expect(c, "core.mid", "a  b  c");
	expect(c, "Tree.Next \"q\" \\x.PATH", "/src");
	expect(c, "ui-x.key-1", "9");
	assert_false(kd_config_get(c, "tree.next \"q\" \\x.path", &v)); /* case counts there */
	assert_false(kd_config_get(c, "core", &v));
	assert_false(kd_config_get(c, "core.none", &v));
	assert_true(kd_config_get(c, "core.flag", &v));
	assert_null(v.p);
	assert_int_equal(kd_config_at(c, 0)->line, 4);
	assert_string_equal(kd_config_at(c, 0)->origin, "f");
	assert_int_equal(kd_config_at(c, 4)->line, 9); /* the continuation was counted */
	assert_int_equal(kd_config_find(c, "core.editor")->line, 14);
	assert_null(kd_config_at(c, 1000));
}

static void errors(void **state)
{
	static const struct {
		struct kd_view text;
		const char *part;
	} bad[] = {
		{KD_V("key = 1\n"), "line 1 (offset 3): a key needs a section"},
		{KD_V("[a]\n= 1\n"), "line 2"},
		{KD_V("[a]\n1a = 1\n"), "line 2"},
		{KD_V("[a\nb = 1\n"), "subsection needs quotes"},
		{KD_V("[a b]\n"), "subsection needs quotes"},
		{KD_V("[]\n"), "section's name"},
		{KD_V("[a \"b]\n"), "closing quote"},
		{KD_V("[a \"b\" c]\n"), "']'"},
		{KD_V("[a]\nb = \"x\ny = 1\n"), "closing quote of a value"},
		{KD_V("[a]\nb = \\q\n"), "backslash"},
		{KD_V("[a]\nb = x\\"), "backslash"},
		{KD_V("[a]\nb c\n"), "expected '='"},
		{KD_V("[a]\nb = \0\n"), "NUL"},
		{KD_V("[a]\nb = 1\n\n\xff\n"), "line 4"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();

		assert_error(kd_config_add_text(c, KD_CONFIG_USER, "file", bad[i].text), KD_BADDATA,
			     bad[i].part);
		assert_null(kd_config_at(c, 0)); /* nothing of a bad text counts */
	}
}

static void types(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	int64_t i;
	bool b;

	(void)state;
	assert_ok(kd_config_add_text(c, KD_CONFIG_USER, "file",
				     KD_V("[a]\nyes = On\nno = FALSE\nflag\nnull =\nk = 2k\nm=-3M\n"
					  "g = 1G\nword = maybe\nbig = 99999999999999999999\n"
					  "over = 9223372036854775807k\n")));
	assert_ok(kd_config_bool(c, "a.yes", false, &b));
	assert_true(b);
	assert_ok(kd_config_bool(c, "a.no", true, &b));
	assert_false(b);
	assert_ok(kd_config_bool(c, "a.flag", false, &b));
	assert_true(b);
	assert_ok(kd_config_bool(c, "a.null", true, &b));
	assert_false(b);
	assert_ok(kd_config_bool(c, "a.none", true, &b));
	assert_true(b);
	assert_error(kd_config_bool(c, "a.word", true, &b), KD_INVALID,
		     "file: line 9: a.word is 'maybe', which is no truth value");
	assert_ok(kd_config_int(c, "a.k", 0, &i));
	assert_int_equal(i, 2048);
	assert_ok(kd_config_int(c, "a.m", 0, &i));
	assert_int_equal(i, -3 * 1024 * 1024);
	assert_ok(kd_config_int(c, "a.g", 0, &i));
	assert_int_equal(i, 1 << 30);
	assert_ok(kd_config_int(c, "a.none", 42, &i));
	assert_int_equal(i, 42);
	assert_error(kd_config_int(c, "a.word", 0, &i), KD_INVALID, "no number");
	assert_error(kd_config_int(c, "a.big", 0, &i), KD_INVALID, "no number");
	assert_error(kd_config_int(c, "a.over", 0, &i), KD_INVALID, "no number");
	assert_error(kd_config_int(c, "a.flag", 0, &i), KD_INVALID, "no number");
}

static void layers(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	const char *const env[] = {"KDOC_OUTPUT_WIDTH=3",
				   "KDOC_CORE_PAGE_CACHE=9",
				   "KDOC_NOSECTION=1",
				   "KDOC_=1",
				   "OTHER_OUTPUT_WIDTH=7",
				   "KDOC__X=1",
				   "KDOC_A_=1",
				   "KDOC_OUTPUT_URL=a=b",
				   "junk",
				   NULL};

	(void)state;
	assert_ok(kd_config_add_env(c, env));
	assert_ok(kd_config_add_text(c, KD_CONFIG_FOLDER, "folder",
				     KD_V("[output]\nwidth=2\nx=2\n")));
	assert_ok(kd_config_add_text(c, KD_CONFIG_USER, "user",
				     KD_V("[output]\nwidth=1\nx=1\ny=1\n")));
	expect(c, "output.width", "3"); /* whatever the order of reading */
	expect(c, "output.x", "2");
	expect(c, "output.y", "1");
	expect(c, "core.page-cache", "9");
	expect(c, "output.url", "a=b");
	assert_string_equal(kd_config_find(c, "output.width")->origin, "KDOC_OUTPUT_WIDTH");
	assert_ok(kd_config_set(c, "output.width", KD_V("4")));
	expect(c, "output.width", "4");
	assert_error(kd_config_set(c, "width", KD_V("4")), KD_INVALID, "section.key");
	assert_error(kd_config_set(c, ".width", KD_V("4")), KD_INVALID, "section.key");
	assert_error(kd_config_set(c, "output.", KD_V("4")), KD_INVALID, "section.key");
}

/* The folder of a case may not choose what runs or where anything goes. */
static void untrusted(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	static const char *const never[] = {"core.editor",
					    "tracker.url",
					    "tree.stable.path",
					    "output.x.pager",
					    "model.token-command",
					    "outputs.x",
					    "x"};
	struct kd_view v;

	(void)state;
	assert_ok(kd_config_add_text(c, KD_CONFIG_FOLDER, ".kdoc/config",
				     KD_V("[output]\ncolor = false\n[tracker]\nurl = http://evil\n"
					  "[output \"sub\"]\ncolor=1\n")));
	expect(c, "output.color", "false");
	assert_false(kd_config_get(c, "tracker.url", &v));
	assert_string_equal(kd_config_refused(c, 0)->key, "tracker.url");
	assert_int_equal(kd_config_refused(c, 0)->line, 4);
	assert_string_equal(kd_config_refused(c, 1)->key, "output.sub.color");
	assert_null(kd_config_refused(c, 2));
	for (size_t i = 0; i < KD_ARRAY_LEN(never); i++)
		assert_false(kd_config_folder_may_set(never[i]));
	assert_true(kd_config_folder_may_set("OUTPUT.color"));
	assert_non_null(kd_config_folder_allowed()[0]);
}

static void load(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	char dir[] = "/tmp/kdoc-test-XXXXXX", cmd[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	setenv("XDG_CONFIG_HOME", dir, 1);
	setenv("KDOC_A_ENV", "e", 1);
	assert_ok(kd_config_load(c, ".")); /* no files: fine */
	assert_ok(kd_fs_mkdirs("kdoc", 0700));
	assert_ok(kd_fs_mkdirs(".kdoc", 0700));
	assert_ok(kd_fs_write_atomic("kdoc/config", KD_V("[output]\na=user\nb=user\n"), 0600));
	assert_ok(
		kd_fs_write_atomic(".kdoc/config", KD_V("[output]\nb=folder\n[a]\nenv=f\n"), 0600));
	assert_ok(kd_config_load(c, "."));
	expect(c, "output.a", "user");
	expect(c, "output.b", "folder");
	expect(c, "a.env", "e");
	assert_ok(kd_fs_write_atomic(".kdoc/config", KD_V("[output\n"), 0600));
	assert_error(kd_config_load(c, "."), KD_BADDATA, "./.kdoc/config: line");
	assert_ok(kd_config_load(c, NULL));
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	assert_int_equal(chdir("/") || system(cmd), 0);
}

static void limits(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 << 20);

	(void)state;
	kd_buf_add(&b, KD_V("[a]\n"));
	for (unsigned i = 0; i < 10001; i++)
		kd_buf_add(&b, KD_V("b=1\n"));
	assert_error(kd_config_add_text(c, KD_CONFIG_USER, "f", kd_buf_view(&b)), KD_LIMIT,
		     "more than 10000");
	kd_buf_clear(&b);
	kd_buf_add(&b, KD_V("[a]\nb="));
	while (b.n < 100000)
		kd_buf_addc(&b, 'x');
	assert_error(kd_config_add_text(c, KD_CONFIG_USER, "f", kd_buf_view(&b)), KD_BADDATA,
		     "value is too long");
	kd_buf_clear(&b);
	while (b.n < 1100000)
		kd_buf_addc(&b, '\n');
	assert_error(kd_config_add_text(c, KD_CONFIG_USER, "f", kd_buf_view(&b)), KD_LIMIT,
		     "too large");
	kd_buf_clear(&b);
	kd_buf_addc(&b, '[');
	while (b.n < 2000)
		kd_buf_addc(&b, 'x');
	assert_error(kd_config_add_text(c, KD_CONFIG_USER, "f", kd_buf_view(&b)), KD_BADDATA,
		     "line 1");
}

static void several_values(void **state)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	struct kd_view v[4];

	(void)state;
	assert_null(kd_config_add_text(c, KD_CONFIG_USER, "user", KD_V("[a]\n\tb = 1\n\tB =\n\tc = no\n\tb = 2\n")));
	assert_int_equal(kd_config_values(c, "a.b", v, 4), 2);
	assert_true(kd_view_eq(v[0], KD_V("1")) && kd_view_eq(v[1], KD_V("2")));
	assert_int_equal(kd_config_values(c, "a.b", v, 1), 1);
	assert_int_equal(kd_config_values(c, "a.x", v, 4), 0);
	assert_null(kd_config_set(c, "a.b", KD_V("3")));
	assert_int_equal(kd_config_values(c, "A.B", v, 4), 1);
	assert_true(kd_view_eq(v[0], KD_V("3")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_values),
		cmocka_unit_test(syntax), cmocka_unit_test(errors),    cmocka_unit_test(types),
		cmocka_unit_test(layers), cmocka_unit_test(untrusted), cmocka_unit_test(load),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
