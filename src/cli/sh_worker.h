/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_worker.h: the shell in two processes, where its user may run programs. The one that reads the dump is confined
 * (base/confine.h) and starts none; the one that has the terminal, and starts what its user types, reads no dump.
 *
 *	struct kd_sh_worker *w = NULL;
 *	status = kd_sh_worker_start(&how, &w);                    // 0: it has the dump open
 *	status = kd_sh_worker_command(w, words, n, &out, &err, cancel);
 *	kd_sh_worker_free(w);
 *
 * The worker is this very program (/proc/self/exe) with --worker. Requests come to its descriptor 3, answers go from 4:
 * a letter, four bytes of length (low one first), so many bytes. Requests: 'c' a byte of flags and words with their
 * NULs, 'n' the line up to the cursor. Answers: 'o' and 'e' what goes to standard output and standard error, 'n' four
 * bytes (how much of it was typed) and a candidate, 'm' there are more, at last 'x' the exit code in four bytes.
 *
 * What a worker sends is taken for text and nothing else. One that ends, or does not stop on request within ten
 * seconds and is killed, costs its command; the next one starts another.
 */
#ifndef KD_CLI_SH_WORKER_H
#define KD_CLI_SH_WORKER_H

#include <signal.h>

#include "cli/cmd.h"
#include "cli/ext/libedit.h"
#include "cli/sh.h"

struct kd_sh_worker;

struct kd_sh_worker_how {
	const char *const *argv; /* of the worker, NULL at the end; borrowed */
	struct kd_out *err; /* for what it says while it starts */
};

/* Exit code of the start: not 0: there is no worker, and why was said. */
int kd_sh_worker_start(const struct kd_sh_worker_how *how, struct kd_sh_worker **ret);
void kd_sh_worker_free(struct kd_sh_worker *w);

/* *cancel or out->failed: it is asked to stop. Gives the exit code. */
int kd_sh_worker_command(struct kd_sh_worker *w, const char *const *word, size_t n, struct kd_out *out, struct kd_out *err,
			 const volatile sig_atomic_t *cancel);
void kd_sh_worker_complete(struct kd_sh_worker *w, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret);

/* ---- the worker's side ---- */

enum { KD_SH_WORKER_IN = 3, KD_SH_WORKER_OUT = 4 };

/* Says that it is ready, or which exit code opening had and why (err; freed). */
void kd_sh_worker_ready(struct kd_cli *cli, int status, struct kd_error *err);
/* Until nobody asks any more. */
void kd_sh_worker_serve(struct kd_sh *sh);

#endif
