// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/nearest.h"
#include "verb/skilllint.h"

#define ARENA_MAX ((size_t)64 << 20)

enum { WORDS_MAX = 64 };

/* FILE, COMMIT…, <file>, …: stands for something. */
static bool is_placeholder(struct kd_view w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] >= 'a' && w.p[i] <= 'z')
			return *w.p == '[' || *w.p == '<';
	return true;
}

static const struct kd_opt *option_in(const struct kd_opt *o, size_t n, struct kd_view name, char letter)
{
	for (size_t i = 0; i < n; i++)
		if (!o[i].hidden && (letter ? o[i].letter == letter : kd_view_eq(kd_view_of(o[i].name), name)))
			return &o[i];
	return NULL;
}

static const struct kd_opt *option_of(const struct kd_cmd *cmd, struct kd_view name, char letter)
{
	const struct kd_opt *o = option_in(cmd->opts, cmd->nopts, name, letter);

	return o ? o : option_in(kd_common_opts, kd_common_nopts, name, letter);
}

static bool is_choice(const struct kd_opt *o, struct kd_view value)
{
	for (size_t i = 0; o->choices[i]; i++)
		if (kd_view_eq(kd_view_of(o->choices[i]), value))
			return true;
	return is_placeholder(value);
}

/* *takes: the next word is its value. */
static bool check_option(const struct kd_cmd *cmd, struct kd_view w, bool *takes, struct kd_buf *why)
{
	const bool is_long = kd_view_starts(w, KD_V("--"));
	const struct kd_view whole = w;
	struct kd_view name = KD_VNULL;
	const struct kd_opt *o;
	bool value;

	w = kd_view_from(w, is_long ? 2 : 1);
	value = is_long && kd_view_take_until(&w, KD_V("="), &name);
	if (is_long && !value)
		name = w;
	o = option_of(cmd, name, is_long ? 0 : *w.p);
	*takes = o && o->type != KD_OPT_FLAG && !value && (is_long || w.n == 1);
	if (!o)
		kd_buf_printf(why, "kdoc %s has no option %.*s", cmd->name, KD_VARG(whole));
	else if (value && o->type == KD_OPT_FLAG)
		kd_buf_printf(why, "kdoc %s: --%s takes no value", cmd->name, o->name);
	else if (value && o->type == KD_OPT_ENUM && !is_choice(o, w))
		kd_buf_printf(why, "kdoc %s: --%s knows no %.*s", cmd->name, o->name, KD_VARG(w));
	return !why->n;
}

static bool check_rest(const struct kd_cmd *cmd, const struct kd_view *words, size_t n, struct kd_buf *why)
{
	size_t args = 0;

	for (size_t i = 0; i < n; i++) {
		bool takes = false;

		if (kd_view_eq(words[i], KD_V("--")))
			return true;
		if (words[i].n > 1 && *words[i].p == '-') {
			if (!check_option(cmd, words[i], &takes, why))
				return false;
			i += takes;
		} else if (!kd_view_eq(words[i], KD_V("…")) && words[i].n && *words[i].p != '[') {
			args++;
		}
	}
	if (args > cmd->max_args)
		kd_buf_printf(why, "kdoc %s takes at most %zu arguments", cmd->name, cmd->max_args);
	return !why->n;
}

static bool any_has(struct kd_view option, struct kd_buf *why)
{
	struct kd_view name = kd_view_from(option, 2), value = name;

	kd_view_take_until(&value, KD_V("="), &name);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (option_of(*v, name, 0))
			return true;
	kd_buf_printf(why, "no verb has an option %.*s", KD_VARG(option));
	return false;
}

static bool no_verb(const char *word, struct kd_buf *why)
{
	struct kd_nearest near;

	for (const struct kd_planned *p = kd_planned(); p->name; p++)
		if (!strcmp(p->name, word)) {
			kd_buf_printf(why, "%s is planned, and not in this version: it cannot be called", word);
			return false;
		}
	kd_nearest_init(&near, word);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		kd_nearest_try(&near, (*v)->name);
	kd_buf_printf(why, "there is no verb '%s'%s%s%s", word, near.best ? "; did you mean '" : "", near.best ? near.best : "",
		      near.best ? "'?" : "");
	return false;
}

static bool check(void *user, const struct kd_view *words, size_t n, struct kd_buf *why)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	const char *argv[WORDS_MAX];
	const struct kd_cmd *cmd;
	size_t used = 0;

	(void)user;
	if (kd_view_starts(words[0], KD_V("--")))
		return any_has(words[0], why);
	if (is_placeholder(words[0]))
		return true;
	n = n < WORDS_MAX ? n : WORDS_MAX;
	for (size_t i = 0; i < n; i++)
		argv[i] = words[i].n ? kd_arena_view(&a, words[i]).p : "";
	cmd = kd_verb_match(argv, n, &used);
	if (cmd)
		return check_rest(cmd, words + used, n - used, why);
	if (kd_verb_is_family(argv[0]) && (n == 1 || is_placeholder(words[1])))
		return true;
	return no_verb(argv[0], why);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct kd_skill_words words = {.check = check};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	(void)options;
	kd_sheet_init(&s, &arena);
	err = kd_skills_lint(cli->nargs ? cli->args[0] : NULL, &words, &s);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_skills_lint, cli->nargs ? cli->args[0] : NULL, &s);
}

static const char *const about[] = {
	"Reads skills (NAME/SKILL.md) and commands (commands/NAME.md) of a folder, without one those of this program, and finds what would "
	"mislead a model or be lost in a program: verbs, options and tools of kdoc that do not exist, placeholders that not every program "
	"knows or that run something, front matter that programs pass over, texts that are too long, texts that nobody dated.",
	"A code span that is one word with an underscore is taken for a tool of kdoc's server; functions of the kernel are written with ().",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc skills lint", "the texts of this version"},
	{"kdoc skills lint .claude", "what lies there: kdoc's and your own"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_skills_lint = {
	.name = "skills lint",
	.phase = KD_PHASE_ANY,
	.usage = "[DIR]",
	.summary = "does what skills and commands say about kdoc exist?",
	.about = about,
	.negative = "something was found",
	.examples = examples,
	.max_args = 1,
	.run = run,
};
