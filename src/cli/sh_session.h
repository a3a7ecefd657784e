/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_session.h: where the lines of a shell come from: files, the command line, a script, a terminal; in this order.
 *
 *	struct kd_sh_session s = {.input = &files, .command = &lines, .stop = true};
 *	kd_sh_init(&s.sh, …);
 *	err = kd_sh_session(&s);
 *
 * With lines on the command line standard input is not read. Lines are shown in front of their answers, but for those
 * of a terminal, a single one of the command line, and with JSON.
 */
#ifndef KD_CLI_SH_SESSION_H
#define KD_CLI_SH_SESSION_H

#include "cli/sh.h"

struct kd_sh_session {
	struct kd_sh sh;
	const struct kd_opt_list *input, *command;
	bool stop; /* at the first line that fails */
};

/* A file that cannot be read; errors of lines are told and in sh.worst. */
KD_MUST_CHECK struct kd_error *kd_sh_session(struct kd_sh_session *s);

#endif
