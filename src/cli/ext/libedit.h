/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libedit.h: a line with editing, history and completion, by libedit (editline(3)), which is loaded when it is there.
 *
 *	struct kd_libedit_how how = {.prompt = "kdoc> ", .wait = wait, .complete = complete, .user = x};
 *	kd_auto(kd_libedit_closep) struct kd_libedit *e = NULL;
 *	err = kd_libedit_open(&how, &e);               // KD_UNSUPPORTED: it is not installed
 *	while ((text = kd_libedit_read(e, &ended))) …  // NULL and not ended: interrupted
 *
 * Numbers and types of its interface are those of its header histedit.h, version 3.1; it has kept them since 2009.
 * Reads standard input, which is a terminal, and writes on standard output.
 */
#ifndef KD_CLI_EXT_LIBEDIT_H
#define KD_CLI_EXT_LIBEDIT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

struct kd_candidates {
	KD_VEC(struct kd_view) v; /* whole words, identifiers and options alone; in the arena */
	size_t typed; /* bytes of them that stand in the line already */
	bool more; /* there are more than these */
};

enum kd_key { KD_KEY_READY, KD_KEY_INTERRUPT, KD_KEY_RESIZED, KD_KEY_CONTINUED /* after a stop */, KD_KEY_END };

struct kd_libedit_how {
	const char *prompt;
	void *user; /* for wait() */
	enum kd_key (*wait)(void *user); /* until standard input can be read, or something else came */
	/* What may stand at the end of `before`, the line up to the cursor. */
	void (*complete)(void *user, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret);
	void *complete_user;
};

struct kd_libedit;

KD_MUST_CHECK struct kd_error *kd_libedit_open(const struct kd_libedit_how *how, struct kd_libedit **ret);
void kd_libedit_close(struct kd_libedit *e);
void kd_libedit_closep(struct kd_libedit **e);

/* With its newline; borrowed until the next call. NULL: *ret_ended says whether it was the end. */
const char *kd_libedit_read(struct kd_libedit *e, bool *ret_ended);

/* A line for the history. */
void kd_libedit_remember(struct kd_libedit *e, const char *line);

#endif
