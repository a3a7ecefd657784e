// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of the shell itself, and its help. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/help.h"
#include "cli/sh.h"
#include "cli/verbs.h"
#include "render/text.h"

enum { COLUMN = 16, OPTION_COLUMN = 10, NAME_MAX_ = 64 };

static int quit(struct kd_sh *sh, const char *const *word, size_t n)
{
	(void)word, (void)n;
	sh->quit = true;
	return KD_EXIT_OK;
}

/* --- names of the user's ----------------------------------------------------------------------------- */

static void show_alias(struct kd_sh *sh, const struct kd_sh_alias *a)
{
	kd_out_text(sh->run.out, kd_view_of(a->name));
	kd_text_pad(sh->run.out, strlen(a->name) < COLUMN ? COLUMN - strlen(a->name) : 1);
	kd_out_text(sh->run.out, kd_view_of(a->text));
	kd_out_puts(sh->run.out, "\n");
}

static bool drop_alias(struct kd_sh *sh, const char *name)
{
	kd_vec_each(a, &sh->alias) {
		if (strcmp(a->name, name))
			continue;
		kd_free(a->name);
		kd_free(a->text);
		*a = sh->alias.v[--sh->alias.n];
		return true;
	}
	return false;
}

static bool is_name(const char *s)
{
	const struct kd_view v = kd_view_of(s);

	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]))
			return false;
	return v.n && v.n < NAME_MAX_;
}

static struct kd_error *set_alias(struct kd_sh *sh, const char *const *word, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SH_LINE_MAX);
	struct kd_sh_alias *a;

	if (!is_name(word[1]))
		return kd_error_new(KD_INVALID, "a name of letters, digits and '_' is needed, not \"%s\"", word[1]);
	for (size_t i = 2; i < n; i++)
		kd_buf_printf(&text, "%s%s", i > 2 ? " " : "", word[i]);
	drop_alias(sh, word[1]);
	if (!text.n)
		return NULL;
	a = text.overflow ? NULL : kd_vec_push(&sh->alias, KD_SH_ALIASES_MAX);
	if (!a)
		return kd_error_new(KD_LIMIT, "%d aliases are enough, and a line for each", KD_SH_ALIASES_MAX);
	a->name = kd_xstrndup(word[1], strlen(word[1]));
	a->text = kd_xstrndup(text.p, text.n);
	return NULL;
}

static int alias(struct kd_sh *sh, const char *const *word, size_t n)
{
	struct kd_error *err;
	bool any = false;

	if (n > 2) {
		err = set_alias(sh, word, n);
		return err ? kd_sh_fail(sh, err) : KD_EXIT_OK;
	}
	kd_vec_each(a, &sh->alias) {
		if (n == 2 && strcmp(a->name, word[1]))
			continue;
		show_alias(sh, a);
		any = true;
	}
	return any ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static int unalias(struct kd_sh *sh, const char *const *word, size_t n)
{
	if (n != 2)
		return kd_sh_fail(sh, kd_error_new(KD_INVALID, "unalias NAME"));
	return drop_alias(sh, word[1]) ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

/* --- help -------------------------------------------------------------------------------------------- */

static void entry(struct kd_out *o, const char *name, const char *text, size_t column)
{
	const size_t n = strlen(name) + 2;

	kd_out_printf(o, "  %s", name);
	if (n < column)
		kd_text_pad(o, column - n);
	else
		kd_out_puts(o, " ");
	kd_text_wrap(o, kd_view_of(text), n < column ? column : n + 1, column);
}

static void overview(struct kd_out *o)
{
	kd_out_puts(o, "Commands over the open dump:\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (kd_sh_can(*v))
			entry(o, (*v)->name + strlen("core "), (*v)->summary, COLUMN);
	kd_out_puts(o, "\nOf the shell:\n");
	for (const struct kd_sh_builtin *b = kd_sh_builtins(); b->name; b++)
		entry(o, b->name, b->summary, COLUMN);
	kd_out_puts(o, "\nOther names that crash has:\n");
	for (const struct kd_sh_name *r = kd_sh_names(); r->name; r++)
		if (r->verb && kd_verb_find(r->verb))
			entry(o, r->name, r->verb + strlen("core "), COLUMN);
	kd_out_puts(o, "\n'COMMAND | PROGRAM' and 'COMMAND > FILE' as in a shell; '! PROGRAM'; '#' begins a comment; "
		       "'help COMMAND' says more\n");
}

static void crash_options(struct kd_out *o, const struct kd_cmd *cmd)
{
	bool any = false;

	for (const struct kd_sh_option *r = kd_sh_options(); r->command; r++) {
		char name[16];

		if (strcmp(r->command, cmd->name + strlen("core ")))
			continue;
		if (!any)
			kd_out_puts(o, "\nOptions of crash\n");
		any = true;
		snprintf(name, sizeof(name), "-%s", r->option);
		entry(o, name, !r->to ? r->say : *r->to ? r->to : "is so anyway", OPTION_COLUMN);
	}
}

int kd_sh_help(struct kd_sh *sh, const char *const *word, size_t n)
{
	const struct kd_sh_builtin *b;
	const struct kd_cmd *cmd;
	const char *before;
	struct kd_sh_call call;
	size_t words;

	if (n < 2) {
		overview(sh->run.out);
		return KD_EXIT_OK;
	}
	b = kd_sh_builtin(word[1]);
	if (b) {
		kd_out_printf(sh->run.out, "%s: %s\n\nusage: %s %s\n", b->name, b->summary, b->name, b->usage);
		return KD_EXIT_OK;
	}
	cmd = kd_sh_find(word + 1, n - 1, &words, &before);
	if (!cmd) /* says why */
		return kd_sh_fail(sh, kd_sh_call(word + 1, n - 1, &sh->arena, &call));
	kd_out_puts(sh->run.out, "In this shell without \"kdoc core\" and without the dump.\n\n");
	kd_help_verb(sh->run.out, cmd);
	crash_options(sh->run.out, cmd);
	return KD_EXIT_OK;
}

/* --- the table --------------------------------------------------------------------------------------- */

static const struct kd_sh_builtin builtins[] = {
	{"set", "[PID|TASK|-p|-c CPU|scroll on|off]", "the current task: of vm, files, task, sig, and of bt once it was set", kd_sh_set, false},
	{"foreach", "[PID|TASK|NAME|STATE|kernel|user|gleader|active]… COMMAND [OPTIONS]", "a command about tasks, for each of those that are named",
	 kd_sh_foreach, false},
	{"eval", "[-b] (X OPERATOR Y) | VALUE", "a number as hexadecimal, decimal, octal and binary", kd_sh_eval, false},
	{"ascii", "[VALUE…]", "bytes of hexadecimal values as text", kd_sh_ascii, true},
	{"alias", "[NAME [TEXT…]]", "TEXT for NAME at the beginning of a line; without TEXT: shows it", alias, true},
	{"unalias", "NAME", "forget an alias", unalias, true},
	{"help", "[COMMAND]", "this list, or what a command does", kd_sh_help, true},
	{"quit", "", "end; so do q, exit and Ctrl-D", quit, true},
	{NULL, NULL, NULL, NULL, false},
};

const struct kd_sh_builtin *kd_sh_builtins(void)
{
	return builtins;
}

const struct kd_sh_builtin *kd_sh_builtin(const char *word)
{
	static const char *const other[][2] = {{"q", "quit"}, {"exit", "quit"}, {"h", "help"}, {"?", "help"}, {"man", "help"}};

	for (size_t i = 0; i < KD_ARRAY_LEN(other); i++)
		if (!strcmp(word, other[i][0]))
			word = other[i][1];
	for (const struct kd_sh_builtin *b = builtins; b->name; b++)
		if (!strcmp(b->name, word))
			return b;
	return NULL;
}
