// SPDX-License-Identifier: GPL-2.0-or-later
/* The option parser, and the tables of all verbs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/opts.h"
#include "cli/verbs.h"

struct opts {
	bool all, brief;
	const char *kind;
	uint64_t limit;
	int level;
};

static const char *const levels[] = {"normal", "strict", "loose", NULL};

static const struct kd_opt table[] = {
	KD_OPT_FLAG_('a', "all", struct opts, all, "x"),
	KD_OPT_FLAG_('b', "brief", struct opts, brief, "x"),
	KD_OPT_STR_('k', "kind", "KIND", struct opts, kind, "x"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, limit, "x"),
	KD_OPT_ENUM_(0, "level", "LEVEL", levels, struct opts, level, "x"),
};

static struct kd_error *parse(struct opts *o, const char **argv, size_t n, size_t *nargs)
{
	struct kd_opt_set set = {table, KD_ARRAY_LEN(table), o};

	memset(o, 0, sizeof(*o));
	return kd_opts_parse(&set, 1, argv, n, nargs);
}

#define ARGS(...)                                                                                  \
	(const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)

static void all_forms(void **state)
{
	const char *argv[] = {"one",   "-abn5", "--kind=x=y", "-",    "--level",
			      "loose", "--",    "-a",         "--all"};
	struct opts o;
	size_t n = 0;

	(void)state;
	assert_null(parse(&o, argv, KD_ARRAY_LEN(argv), &n));
	assert_true(o.all && o.brief);
	assert_int_equal(o.limit, 5);
	assert_string_equal(o.kind, "x=y");
	assert_int_equal(o.level, 2);
	assert_int_equal(n, 4);
	assert_string_equal(argv[0], "one");
	assert_string_equal(argv[1], "-");
	assert_string_equal(argv[2], "-a");
	assert_string_equal(argv[3], "--all");
}

static void refused(struct kd_error *err, const char *words)
{
	assert_non_null(err);
	assert_int_equal(err->cls, KD_INVALID);
	if (!strstr(err->msg, words))
		fail_msg("\"%s\" does not say \"%s\"", err->msg, words);
	kd_error_free(err);
}

static void wrong_usage(void **state)
{
	struct opts o;
	size_t n = 0;

	(void)state;
	refused(parse(&o, ARGS("--limt", "3"), &n), "did you mean --limit?");
	refused(parse(&o, ARGS("--zzzzzzzz"), &n), "unknown option --zzzzzzzz");
	refused(parse(&o, ARGS("-z"), &n), "unknown option -z");
	refused(parse(&o, ARGS("--limit"), &n), "needs a value");
	refused(parse(&o, ARGS("-n"), &n), "needs a value");
	refused(parse(&o, ARGS("--limit=three"), &n), "give a number");
	refused(parse(&o, ARGS("--limit=-1"), &n), "give a number");
	refused(parse(&o, ARGS("--limit="), &n), "give a number");
	refused(parse(&o, ARGS("--limit=99999999999999999999"), &n), "give a number");
	refused(parse(&o, ARGS("--all=yes"), &n), "takes no value");
	refused(parse(&o, ARGS("--level=l"), &n), "choose one of normal, strict, loose");
}

static void check_table(const struct kd_cmd *c, const struct kd_opt *opts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(opts[i].help && *opts[i].help);
		assert_int_equal(opts[i].type != KD_OPT_FLAG, opts[i].arg != NULL);
		assert_int_equal(opts[i].type == KD_OPT_ENUM, opts[i].choices != NULL);
		for (size_t k = 0; k < kd_common_nopts; k++) {
			if (opts == kd_common_opts)
				continue;
			assert_string_not_equal(opts[i].name, kd_common_opts[k].name);
			if (opts[i].letter)
				assert_int_not_equal(opts[i].letter, kd_common_opts[k].letter);
		}
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(opts[i].name, opts[k].name);
			if (opts[i].letter)
				assert_int_not_equal(opts[i].letter, opts[k].letter);
		}
		if (opts != kd_common_opts)
			assert_true(opts[i].offset < c->opts_size);
	}
}

static void verbs_are_complete(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++, n++) {
		const struct kd_cmd *c = *v;

		assert_ptr_equal(kd_verb_find(c->name), c);
		assert_true(c->summary && *c->summary && c->usage && c->about && c->run);
		assert_true(c->examples && c->examples[0].cmd);
		assert_true(c->opts_size <= KD_OPTS_MAX);
		assert_true(c->phase < KD_NPHASES);
		check_table(c, c->opts, c->nopts);
		for (const struct kd_planned *p = kd_planned(); p->name; p++)
			assert_string_not_equal(p->name, c->name);
	}
	assert_true(n >= 5);
	check_table(NULL, kd_common_opts, kd_common_nopts);
	assert_null(kd_verb_find("nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(verbs_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
