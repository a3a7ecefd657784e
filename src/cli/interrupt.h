/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interrupt.h: Ctrl-C (SIGINT) and SIGTERM as a request to stop with what there is.
 *
 *	kd_auto(kd_interrupt_end) struct kd_interrupt in;
 *	kd_interrupt_begin(&in, cli->ctx);
 *	…                                            // kd_ctx_cancelled() is true from then on
 *
 * A second signal ends the program at once, unless it is a SIGINT and a session is to outlive it (in->stay). While one
 * is on, that of a command inside it is the same: kd_interrupt_begin() and _end() do nothing then. A thread waits for the signals, so that no handler
 * needs a variable that everybody can reach.
 */
#ifndef KD_CLI_INTERRUPT_H
#define KD_CLI_INTERRUPT_H

#include <pthread.h>
#include <signal.h>

#include "base/ctx.h"

struct kd_interrupt {
	volatile sig_atomic_t flag, number; /* number: of the last signal; 0: none came */
	struct kd_ctx *ctx;
	sigset_t old;
	pthread_t thread;
	bool on, stay;
};

void kd_interrupt_begin(struct kd_interrupt *in, struct kd_ctx *ctx);
void kd_interrupt_begin_stay(struct kd_interrupt *in, struct kd_ctx *ctx);
void kd_interrupt_end(struct kd_interrupt *in);

#endif
