/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_read.h: lines for the shell, from a terminal (with history and completion when libedit is there) or a script.
 *
 *	struct kd_sh_read r;
 *	kd_sh_read_begin(&r, &how);
 *	while ((what = kd_sh_read(&r, &line)) != KD_SH_READ_END) …
 *	kd_sh_read_end(&r);
 *
 * On a terminal Ctrl-C at the prompt drops the line (KD_SH_READ_DROPPED), Ctrl-D on an empty one is the end. SIGINT and
 * SIGTERM are blocked from begin to end there: who runs a line waits for them himself (interrupt.h).
 *
 * The history is $XDG_STATE_HOME/kdoc/core-sh.history, mode 0600, one line each; the last 1000 are kept. A line that
 * begins with a blank is not remembered.
 */
#ifndef KD_CLI_SH_READ_H
#define KD_CLI_SH_READ_H

#include <signal.h>

#include "base/buf.h"
#include "cli/ext/libedit.h"

enum kd_sh_read { KD_SH_READ_LINE, KD_SH_READ_DROPPED, KD_SH_READ_LONG, KD_SH_READ_END };

struct kd_sh_read_how {
	int fd;
	bool terminal; /* it is one, and standard output, too */
	const char *prompt;
	void *user;
	void (*complete)(void *user, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret);
};

struct kd_sh_reader {
	struct kd_sh_read_how how;
	struct kd_libedit *edit; /* NULL: plain lines */
	struct kd_error *no_edit; /* why; NULL: there is, or no terminal */
	struct kd_error *no_history; /* why it is not kept */
	char *history; /* the file; NULL: none */
	char *last; /* line that was remembered; NULL: none */
	int signals; /* signalfd; -1: none */
	sigset_t old;
	struct kd_buf buf;
	size_t used; /* bytes of buf that were given out */
	bool terminated; /* the end is because of SIGTERM */
	bool at_end, skipping; /* skipping: the rest of a line that is too long */
};

void kd_sh_read_begin(struct kd_sh_reader *r, const struct kd_sh_read_how *how);
void kd_sh_read_end(struct kd_sh_reader *r);

/* *ret without its newline; borrowed until the next call. */
enum kd_sh_read kd_sh_read(struct kd_sh_reader *r, struct kd_view *ret);

#endif
