// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/loop.h"

#include <errno.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/time.h"
#include "base/vec.h"

enum { LOOK_MS = 200, WATCHES_MAX = 1 << 16 };
#define MS_NS INT64_C(1000000)

/* Ended ones stay until no callback runs any more. */
struct kd_watch {
	struct kd_loop *loop;
	int fd;
	short events;
	bool ended;
	void (*ready)(void *user, short revents);
	void *user;
	struct kd_watch *next;
};

struct kd_timer {
	struct kd_loop *loop;
	int64_t due_ns;
	bool ended;
	void (*due)(void *user);
	void *user;
	struct kd_timer *next;
};

struct kd_loop {
	const volatile sig_atomic_t *cancel;
	struct kd_watch *watches; /* newest first */
	struct kd_timer *timers; /* by time, the soonest first */
	KD_VEC(struct pollfd) polls;
	KD_VEC(struct kd_watch *) polled; /* [i]: whose polls[i] is */
	bool stop, any_ended;
};

struct kd_loop *kd_loop_new(const volatile sig_atomic_t *cancel)
{
	struct kd_loop *l = kd_xcalloc(1, sizeof(*l));

	l->cancel = cancel;
	return l;
}

static void sweep(struct kd_loop *l, bool all)
{
	for (struct kd_watch **at = &l->watches; *at;) {
		struct kd_watch *w = *at;

		if (w->ended || all) {
			*at = w->next;
			kd_free(w);
		} else
			at = &w->next;
	}
	for (struct kd_timer **at = &l->timers; *at;) {
		struct kd_timer *t = *at;

		if (t->ended || all) {
			*at = t->next;
			kd_free(t);
		} else
			at = &t->next;
	}
	l->any_ended = false;
}

void kd_loop_free(struct kd_loop *l)
{
	if (!l)
		return;
	sweep(l, true);
	kd_vec_free(&l->polls);
	kd_vec_free(&l->polled);
	kd_free(l);
}

void kd_loop_freep(struct kd_loop **l)
{
	kd_loop_free(*l);
	*l = NULL;
}

struct kd_watch *kd_loop_watch(struct kd_loop *l, int fd, short events, void (*ready)(void *user, short revents), void *user)
{
	struct kd_watch *w = kd_xcalloc(1, sizeof(*w));

	*w = (struct kd_watch){.loop = l, .fd = fd, .events = events, .ready = ready, .user = user, .next = l->watches};
	l->watches = w;
	return w;
}

void kd_watch_events(struct kd_watch *w, short events)
{
	w->events = events;
}

void kd_watch_end(struct kd_watch *w)
{
	if (!w)
		return;
	w->ended = true;
	w->loop->any_ended = true;
}

struct kd_timer *kd_loop_timer(struct kd_loop *l, uint64_t ms, void (*due)(void *user), void *user)
{
	struct kd_timer *t = kd_xcalloc(1, sizeof(*t)), **at = &l->timers;

	*t = (struct kd_timer){.loop = l, .due_ns = kd_mono_ns() + (int64_t)ms * MS_NS, .due = due, .user = user};
	while (*at && (*at)->due_ns <= t->due_ns)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	return t;
}

void kd_timer_end(struct kd_timer *t)
{
	if (!t)
		return;
	t->ended = true;
	t->loop->any_ended = true;
}

void kd_loop_stop(struct kd_loop *l)
{
	l->stop = true;
}

/* ---- one round ---- */

static bool is_over(const struct kd_loop *l)
{
	return l->stop || (l->cancel && __atomic_load_n(l->cancel, __ATOMIC_RELAXED));
}

static void collect(struct kd_loop *l)
{
	l->polls.n = l->polled.n = 0;
	for (struct kd_watch *w = l->watches; w; w = w->next) {
		struct pollfd *p;
		struct kd_watch **of;

		if (w->ended || !w->events)
			continue;
		p = kd_vec_push(&l->polls, WATCHES_MAX);
		of = kd_vec_push(&l->polled, WATCHES_MAX);
		if (!p || !of)
			break;
		*p = (struct pollfd){.fd = w->fd, .events = w->events};
		*of = w;
	}
	if (l->polled.n < l->polls.n)
		l->polls.n = l->polled.n;
}

static int wait_ms(const struct kd_loop *l)
{
	const struct kd_timer *t = l->timers;
	int64_t ms = l->cancel ? LOOK_MS : -1;

	while (t && t->ended)
		t = t->next;
	if (t) {
		int64_t left = (t->due_ns - kd_mono_ns() + MS_NS - 1) / MS_NS;

		if (left < 0)
			left = 0;
		if (ms < 0 || left < ms)
			ms = left;
	}
	return (int)(ms > INT32_MAX ? INT32_MAX : ms);
}

static void call_timers(struct kd_loop *l)
{
	const int64_t now = kd_mono_ns();

	/* One that a callback makes is due later than now: it waits for the next round. */
	for (struct kd_timer *t = l->timers; t && t->due_ns <= now && !is_over(l); t = t->next) {
		if (t->ended)
			continue;
		t->ended = l->any_ended = true;
		t->due(t->user);
	}
}

static void call_watches(struct kd_loop *l)
{
	for (size_t i = 0; i < l->polls.n && !is_over(l); i++) {
		struct kd_watch *w = l->polled.v[i];

		if (l->polls.v[i].revents && !w->ended)
			w->ready(w->user, l->polls.v[i].revents);
	}
}

void kd_loop_run(struct kd_loop *l)
{
	l->stop = false;
	while (!is_over(l)) {
		int n;

		if (l->any_ended)
			sweep(l, false);
		collect(l);
		n = poll(l->polls.v, l->polls.n, wait_ms(l));
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			call_watches(l);
		call_timers(l);
	}
}
