/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_out.h: where the output of one command of the shell goes: on, into a file, to a command of the user's shell, to a
 * pager once it is longer than the terminal.
 *
 *	struct kd_sh_out o;
 *	err = kd_sh_out_open(&o, &where);
 *	kd_out_puts(&o.out, …);
 *	err = kd_sh_out_close(&o);          // waits for that command; o is gone
 *
 * That command is the user's own: it is given to his shell as he typed it. What comes from a dump is only ever its
 * standard input. On a terminal it has the terminal while it runs, so that Ctrl-C ends it and not us. Otherwise it is
 * killed when *cancel is set. There is no time limit: as in every shell its user decides.
 */
#ifndef KD_CLI_SH_OUT_H
#define KD_CLI_SH_OUT_H

#include <signal.h>

#include "base/proc.h"
#include "cli/sh_line.h"
#include "render/out.h"

struct kd_sh_where {
	uint8_t to; /* enum kd_sh_to */
	const char *target;
	struct kd_out *on; /* our standard output */
	const volatile sig_atomic_t *cancel;
	bool terminal; /* descriptors 0 and 1 are one */
	unsigned rows; /* of the terminal, when longer output is for the pager; 0: no pager */
};

struct kd_sh_out {
	struct kd_out out; /* the command's */
	struct kd_sh_where where;
	int fd; /* of the file, or of our end of the pipe; -1: neither */
	int errnum; /* why nothing more was written */
	struct kd_proc *job;
	struct kd_buf held; /* until there is more than the terminal shows */
	unsigned lines; /* in it */
	bool job_gone; /* it does not want more: no error */
	bool paged;
};

/* KD_INVALID, KD_NOTFOUND, KD_ACCESS, KD_IO: the file or the program. */
KD_MUST_CHECK struct kd_error *kd_sh_out_open(struct kd_sh_out *o, const struct kd_sh_where *w);
/* *ret_status (may be NULL): of the command, as a shell says it; 0 without one. KD_IO: not all was written. */
KD_MUST_CHECK struct kd_error *kd_sh_out_close(struct kd_sh_out *o, int *ret_status);

/* Is more output of any use to anybody? */
bool kd_sh_out_wanted(const struct kd_sh_out *o);

/* A command of the user's shell without input from us; on a terminal with its keys. */
KD_MUST_CHECK struct kd_error *kd_sh_out_shell(const struct kd_sh_where *w, int *ret_status);

#endif
