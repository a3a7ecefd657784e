/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_names.h: crash's names of commands and options, and what they are here. Tables; what crash's options mean is
 * from the help pages of crash 8.
 *
 *	struct kd_sh_call c;
 *	err = kd_sh_call(word, nwords, &arena, &c);      // "bt -a" → core bt, {"--all"}
 *	c.cmd, c.argv, c.argc
 *
 * A short option means what it means to crash where crash has it; one that crash does not have, and every long one,
 * is the verb's own. An option of crash without a counterpart is refused with what to use instead.
 */
#ifndef KD_CLI_SH_NAMES_H
#define KD_CLI_SH_NAMES_H

#include "base/arena.h"
#include "cli/cmd.h"

/* A command of crash that has another name here, or that is not here. */
struct kd_sh_name {
	const char *name; /* of one or two words: "sys config" */
	const char *verb; /* "core log"; NULL: none */
	const char *before; /* options in front of the others; NULL: none */
	const char *say; /* without a verb: what to use instead */
};

/* An option of a crash command. */
struct kd_sh_option {
	const char *command; /* "bt": of "core bt", whatever name it was called by */
	const char *option; /* "a", "32" */
	const char *to; /* "--all"; "--end=": a value is put behind it; "": it says nothing that is not so anyway */
	const char *say; /* with to NULL: what to use instead */
	bool value; /* it has one: "-e addr" */
};

const struct kd_sh_name *kd_sh_names(void); /* .name NULL at the end */
const struct kd_sh_option *kd_sh_options(void); /* .command NULL at the end */

/* Is the verb one of a dump that a shell over a dump can run? */
bool kd_sh_can(const struct kd_cmd *cmd);

/* The verb of a dump that a word (or two) is called by; *ret_words: how many of them; *ret_before: options, or NULL. NULL: none. */
const struct kd_cmd *kd_sh_find(const char *const *word, size_t n, size_t *ret_words, const char **ret_before);

/* Does the command ask about tasks, so that the current one is meant without an argument? */
bool kd_sh_of_tasks(const struct kd_cmd *cmd);

struct kd_sh_call {
	const struct kd_cmd *cmd;
	const char **argv; /* options and arguments, in the arena; room for one more */
	size_t argc;
	bool args; /* one of them is no option */
};

/* KD_INVALID: there is no such command; KD_UNSUPPORTED: crash has it, and what to use; KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_sh_call(const char *const *word, size_t n, struct kd_arena *arena, struct kd_sh_call *ret);

#endif
