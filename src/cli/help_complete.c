// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/help.h"

#include "cli/verbs.h"

/* Text inside single quotes of a shell. */
static void quoted(struct kd_out *o, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			kd_out_puts(o, "'\\''");
		else
			kd_out_raw(o, kd_view(s, 1));
	}
}

struct each {
	struct kd_out *o;
	const struct kd_cmd *cmd;
	void (*fn)(struct kd_out *o, const struct kd_cmd *cmd, const struct kd_opt *opt);
};

static void some_options(const struct each *e, const struct kd_opt *opts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!opts[i].hidden)
			e->fn(e->o, e->cmd, &opts[i]);
}

static void each_option(const struct each *e)
{
	some_options(e, e->cmd->opts, e->cmd->nopts);
	some_options(e, kd_common_opts, kd_common_nopts);
}

/* ---- bash ---- */

static void bash_option(struct kd_out *o, const struct kd_cmd *cmd, const struct kd_opt *opt)
{
	(void)cmd;
	kd_out_printf(o, " --%s%s", opt->name, opt->arg ? "=" : "");
}

static void bash_choices(struct kd_out *o, const struct kd_cmd *cmd, const struct kd_opt *opt)
{
	if (!opt->choices)
		return;
	kd_out_printf(o, "\t'%s':--%s) words='", cmd->name, opt->name);
	for (const char *const *c = opt->choices; *c; c++)
		kd_out_printf(o, "%s%s", c == opt->choices ? "" : " ", *c);
	kd_out_puts(o, "' ;;\n");
}

/* The first word of a verb's name. */
static struct kd_view first_word(const struct kd_cmd *cmd)
{
	struct kd_view v = kd_view_of(cmd->name);

	return kd_view_head(v, kd_view_chr(v, ' '));
}

/* Is it the first verb that begins with its word? */
static bool first_of_family(const struct kd_cmd *const *v)
{
	for (const struct kd_cmd *const *u = kd_verbs(); u < v; u++)
		if (kd_view_eq(first_word(*u), first_word(*v)))
			return false;
	return true;
}

static bool has_second(const struct kd_cmd *cmd)
{
	return first_word(cmd).n < kd_view_of(cmd->name).n;
}

static void bash_verbs(struct kd_out *o)
{
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (first_of_family(v))
			kd_out_printf(o, "%s%.*s", v == kd_verbs() ? "" : " ",
				      KD_VARG(first_word(*v)));
}

/* After "lab": its second words; behind these, $verb is "lab boot". */
static void bash_families(struct kd_out *o)
{
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++) {
		struct kd_view word = first_word(*v);

		if (!has_second(*v) || !first_of_family(v))
			continue;
		kd_out_printf(o,
			      "\tif [ \"$verb\" = %.*s ] && [ \"$COMP_CWORD\" -eq 2 ]; then\n"
			      "\t\tCOMPREPLY=($(compgen -W '",
			      KD_VARG(word));
		for (const struct kd_cmd *const *u = kd_verbs(); *u; u++)
			if (has_second(*u) && kd_view_eq(first_word(*u), word))
				kd_out_printf(o, " %s", (*u)->name + word.n + 1);
		kd_out_printf(o,
			      "' -- \"$cur\"))\n\t\treturn\n\tfi\n"
			      "\t[ \"$verb\" = %.*s ] && verb=\"$verb ${COMP_WORDS[2]}\"\n",
			      KD_VARG(word));
	}
}

static void bash(struct kd_out *o)
{
	kd_out_puts(
		o,
		"# bash completion for kdoc, made by: kdoc help --completion=bash\n"
		"_kdoc()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}"
		" words=\n\tlocal verb=${COMP_WORDS[1]}\n\tCOMPREPLY=()\n"
		"\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '");
	bash_verbs(o);
	kd_out_puts(o, "' -- \"$cur\"))\n\t\treturn\n\tfi\n");
	bash_families(o);
	kd_out_puts(o,
		    "\t# --name=value comes as three words when '=' breaks words\n"
		    "\tif [ \"$cur\" = '=' ]; then\n\t\tcur=\n"
		    "\telif [ \"$prev\" = '=' ]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
		    "\tcase $verb:$prev in\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		each_option(&(struct each){o, *v, bash_choices});
	kd_out_puts(o, "\thelp:help) words='");
	bash_verbs(o);
	kd_out_puts(o, "' ;;\n\tesac\n\tif [ -n \"$words\" ]; then\n"
		       "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n\t\treturn\n\tfi\n"
		       "\tif [[ $cur == -* ]]; then\n\t\tcase $verb in\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++) {
		kd_out_printf(o, "\t\t'%s') words='", (*v)->name);
		each_option(&(struct each){o, *v, bash_option});
		kd_out_puts(o, "' ;;\n");
	}
	kd_out_puts(o, "\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		       "\t\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n\t\treturn\n\tfi\n"
		       "\tcompopt -o filenames\n\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
		       "complete -F _kdoc kdoc\n");
}

/* ---- zsh ---- */

/* Inside [description] of _arguments, brackets and colons need a backslash. */
static void zsh_text(struct kd_out *o, const char *s)
{
	for (; *s; s++) {
		if (*s == '[' || *s == ']' || *s == ':' || *s == '\\')
			kd_out_puts(o, "\\");
		quoted(o, (const char[]){*s, '\0'});
	}
}

static void zsh_option(struct kd_out *o, const struct kd_cmd *cmd, const struct kd_opt *opt)
{
	(void)cmd;
	kd_out_printf(o, "\t\t\t'--%s%s[", opt->name, opt->arg ? "=" : "");
	zsh_text(o, opt->help);
	kd_out_puts(o, "]");
	if (opt->arg) {
		kd_out_puts(o, ":");
		zsh_text(o, opt->arg);
		kd_out_puts(o, ":");
	}
	if (opt->choices) {
		kd_out_puts(o, "(");
		for (const char *const *c = opt->choices; *c; c++)
			kd_out_printf(o, "%s%s", c == opt->choices ? "" : " ", *c);
		kd_out_puts(o, ")");
	}
	kd_out_puts(o, "' \\\n");
}

static void zsh_families(struct kd_out *o)
{
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++) {
		struct kd_view word = first_word(*v);

		if (!has_second(*v) || !first_of_family(v))
			continue;
		kd_out_printf(o, "\tif [[ $verb == %.*s ]]; then\n\t\tverbs=(\n", KD_VARG(word));
		for (const struct kd_cmd *const *u = kd_verbs(); *u; u++) {
			if (!has_second(*u) || !kd_view_eq(first_word(*u), word))
				continue;
			kd_out_printf(o, "\t\t\t'%s:", (*u)->name + word.n + 1);
			zsh_text(o, (*u)->summary);
			kd_out_puts(o, "'\n");
		}
		kd_out_puts(o, "\t\t)\n\t\tif (( CURRENT == 2 )); then\n\t\t\t_describe verb verbs\n"
			       "\t\t\treturn\n\t\tfi\n\t\tverb=\"$verb $words[2]\"\n"
			       "\t\tshift words\n\t\t(( CURRENT-- ))\n\tfi\n");
	}
}

static void zsh(struct kd_out *o)
{
	kd_out_puts(o, "#compdef kdoc\n# zsh completion for kdoc, made by: kdoc help "
		       "--completion=zsh\n_kdoc() {\n\tlocal -a verbs\n\tverbs=(\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++) {
		if (!first_of_family(v))
			continue;
		kd_out_printf(o, "\t\t'%.*s:", KD_VARG(first_word(*v)));
		if (!has_second(*v))
			zsh_text(o, (*v)->summary);
		kd_out_puts(o, "'\n");
	}
	kd_out_puts(o, "\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe verb verbs\n\t\treturn\n"
		       "\tfi\n\tlocal verb=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n");
	zsh_families(o);
	kd_out_puts(o, "\tcase $verb in\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++) {
		kd_out_printf(o, "\t'%s')\n\t\t_arguments \\\n", (*v)->name);
		each_option(&(struct each){o, *v, zsh_option});
		kd_out_puts(o, (*v)->max_args ? "\t\t\t'*:input:_files' ;;\n" : "\t\t\t;;\n");
	}
	kd_out_puts(o, "\tesac\n}\n_kdoc \"$@\"\n");
}

/* ---- fish ---- */

static void fish_seen(struct kd_out *o, const struct kd_cmd *cmd)
{
	struct kd_view word = first_word(cmd);

	kd_out_printf(o, "__fish_seen_subcommand_from %.*s", KD_VARG(word));
	if (has_second(cmd))
		kd_out_printf(o, "; and __fish_seen_subcommand_from %s", cmd->name + word.n + 1);
}

/* The word, or the second word of a family, as an argument. */
static void fish_verb(struct kd_out *o, const struct kd_cmd *const *v)
{
	struct kd_view word = first_word(*v);

	if (has_second(*v) && first_of_family(v))
		kd_out_printf(o, "complete -c kdoc -f -n __fish_use_subcommand -a %.*s\n",
			      KD_VARG(word));
	if (has_second(*v))
		kd_out_printf(o,
			      "complete -c kdoc -f -n '__fish_seen_subcommand_from %.*s' -a %s -d '",
			      KD_VARG(word), (*v)->name + word.n + 1);
	else
		kd_out_printf(o, "complete -c kdoc -f -n __fish_use_subcommand -a %s -d '",
			      (*v)->name);
	quoted(o, (*v)->summary);
	kd_out_puts(o, "'\n");
}

static void fish_option(struct kd_out *o, const struct kd_cmd *cmd, const struct kd_opt *opt)
{
	kd_out_puts(o, "complete -c kdoc -n '");
	fish_seen(o, cmd);
	kd_out_printf(o, "' -l %s", opt->name);
	if (opt->letter)
		kd_out_printf(o, " -s %c", opt->letter);
	if (opt->choices) {
		kd_out_puts(o, " -x -a '");
		for (const char *const *c = opt->choices; *c; c++)
			kd_out_printf(o, "%s%s", c == opt->choices ? "" : " ", *c);
		kd_out_puts(o, "'");
	} else if (opt->arg) {
		kd_out_puts(o, " -r");
	}
	kd_out_puts(o, " -d '");
	quoted(o, opt->help);
	kd_out_puts(o, "'\n");
}

static void fish(struct kd_out *o)
{
	kd_out_puts(o, "# fish completion for kdoc, made by: kdoc help --completion=fish\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		fish_verb(o, v);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		each_option(&(struct each){o, *v, fish_option});
}

void kd_help_completion(struct kd_out *o, enum kd_shell shell)
{
	if (shell == KD_SHELL_BASH)
		bash(o);
	else if (shell == KD_SHELL_ZSH)
		zsh(o);
	else
		fish(o);
}
