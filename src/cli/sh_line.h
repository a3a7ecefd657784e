/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_line.h: a line of the shell as words, and where its output goes.
 *
 *	struct kd_sh_line l;
 *	err = kd_sh_line_parse(KD_V("ps -u | grep sshd"), &arena, &l);
 *	l.word[0] "ps", l.word[1] "-u"; l.to KD_SH_TO_PIPE, l.target "grep sshd"
 *
 * Words are divided by blanks. 'as it is', "as it is but for \" and \\", \x: the next character. Nothing else has a
 * meaning inside a word: no variables, no patterns, no command substitution. '#' where a word could begin: a comment.
 *
 * '|' hands the output to what stands behind it, up to the end of the line and as it is; '>' and '>>' name one file.
 * They have no meaning in quotes and in parentheses, '>' none behind '-' ("p task->mm", "p (flags >> 3)"). '!' in front
 * of everything: the line is the user's shell's.
 */
#ifndef KD_CLI_SH_LINE_H
#define KD_CLI_SH_LINE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

enum { KD_SH_LINE_MAX = 64 << 10, KD_SH_WORDS_MAX = 1024 };

enum kd_sh_to {
	KD_SH_TO_US, /* to standard output */
	KD_SH_TO_FILE, /* target is its name */
	KD_SH_TO_APPEND,
	KD_SH_TO_PIPE, /* target is a command for the user's shell */
	KD_SH_TO_SHELL, /* the line is no command of ours: target is one of the user's shell */
};

struct kd_sh_line {
	const char **word; /* in the arena; NULL at the end */
	size_t n; /* 0: nothing is to be done (or KD_SH_TO_SHELL) */
	uint8_t to; /* enum kd_sh_to */
	const char *target; /* NULL with KD_SH_TO_US */
};

/* KD_INVALID: what is wrong with the line (offset: where); KD_LIMIT: it is too long, or the arena is full. */
KD_MUST_CHECK struct kd_error *kd_sh_line_parse(struct kd_view text, struct kd_arena *arena, struct kd_sh_line *ret);

#endif
