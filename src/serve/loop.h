/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.h: one thread that waits for descriptors and times, and calls whoever asked.
 *
 *	kd_auto(kd_loop_freep) struct kd_loop *l = kd_loop_new(&interrupted);
 *	struct kd_watch *w = kd_loop_watch(l, fd, POLLIN, readable, self);
 *	struct kd_timer *t = kd_loop_timer(l, 500, late, self);
 *	kd_loop_run(l);                       // until kd_loop_stop(), or *interrupted
 *
 * Everything in serve/ happens in this one thread: there are no locks, and a callback may start and end any watch or
 * timer, its own too. What takes long runs in another process (worker.h).
 */
#ifndef KD_SERVE_LOOP_H
#define KD_SERVE_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct kd_loop;
struct kd_watch;
struct kd_timer;

/* cancel (may be NULL): the loop ends when it is not 0; it is looked at at least five times a second. */
struct kd_loop *kd_loop_new(const volatile sig_atomic_t *cancel);
void kd_loop_free(struct kd_loop *l); /* with its watches and timers; descriptors stay open */
void kd_loop_freep(struct kd_loop **l);

/* ready(): with what poll() said of fd. Descriptors are borrowed. */
struct kd_watch *kd_loop_watch(struct kd_loop *l, int fd, short events, void (*ready)(void *user, short revents), void *user);
void kd_watch_events(struct kd_watch *w, short events); /* 0: nothing for now */
void kd_watch_end(struct kd_watch *w); /* NULL is fine */

/* due() once, after so many milliseconds (0: in the next round); the timer is gone when it is called. */
struct kd_timer *kd_loop_timer(struct kd_loop *l, uint64_t ms, void (*due)(void *user), void *user);
void kd_timer_end(struct kd_timer *t); /* NULL is fine */

void kd_loop_run(struct kd_loop *l);
void kd_loop_stop(struct kd_loop *l);

#endif
