// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/interrupt.h"

#include <unistd.h>

/* What a shell says of a program that a signal ended. */
enum { SIGNALLED = 128 };

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

static void *wait_for_signals(void *arg)
{
	struct kd_interrupt *in = arg;
	sigset_t set;
	int number;

	stop_signals(&set);
	while (!sigwait(&set, &number)) {
		in->number = number;
		if (in->flag && !(in->stay && number == SIGINT))
			_exit(SIGNALLED + number);
		__atomic_store_n(&in->flag, 1, __ATOMIC_RELAXED); /* others look at it all the time */
	}
	return NULL;
}

static void begin(struct kd_interrupt *in)
{
	sigset_t set;

	if (in->ctx->cancel)
		return;
	stop_signals(&set);
	if (pthread_sigmask(SIG_BLOCK, &set, &in->old))
		return;
	in->on = !pthread_create(&in->thread, NULL, wait_for_signals, in);
	if (in->on)
		in->ctx->cancel = &in->flag;
	else
		pthread_sigmask(SIG_SETMASK, &in->old, NULL);
}

void kd_interrupt_begin(struct kd_interrupt *in, struct kd_ctx *ctx)
{
	*in = (struct kd_interrupt){.ctx = ctx};
	begin(in);
}

void kd_interrupt_begin_stay(struct kd_interrupt *in, struct kd_ctx *ctx)
{
	*in = (struct kd_interrupt){.ctx = ctx, .stay = true};
	begin(in);
}

void kd_interrupt_end(struct kd_interrupt *in)
{
	if (!in->on)
		return;
	pthread_cancel(in->thread); /* sigwait() is a cancellation point */
	pthread_join(in->thread, NULL);
	in->ctx->cancel = NULL;
	pthread_sigmask(SIG_SETMASK, &in->old, NULL);
	in->on = false;
}
