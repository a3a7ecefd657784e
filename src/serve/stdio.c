// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/stdio.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
	READ_BYTES = 64 << 10,
	WRITE_BYTES = 4096, /* so much a pipe takes without blocking when poll() says that it is ready (POSIX, PIPE_BUF) */
	WAITING_MAX = 1 << 20,
	QUEUE_MAX = 256 << 20,
	LEAVE_MS = 10000,
};

struct kd_stdio {
	struct kd_loop *loop;
	struct kd_mcp *mcp;
	struct kd_mcp_peer *peer;
	int in, out;
	struct kd_watch *readable, *writable;
	struct kd_timer *leave;
	struct kd_buf line, queue;
	bool too_long, ended, lost;
	size_t calls; /* not answered */
};

static void finish_if_done(struct kd_stdio *s)
{
	if (s->lost || (s->ended && !s->calls && !s->queue.n))
		kd_loop_stop(s->loop);
}

static void lose(struct kd_stdio *s)
{
	s->lost = true;
	kd_loop_stop(s->loop);
}

static void look_at_input(struct kd_stdio *s)
{
	if (s->readable)
		kd_watch_events(s->readable, s->queue.n < WAITING_MAX ? POLLIN : 0);
}

/* ---- out ---- */

static void write_some(void *user, short revents)
{
	struct kd_stdio *s = user;
	ssize_t n;

	if (!(revents & POLLOUT) && revents & (POLLERR | POLLHUP | POLLNVAL)) {
		lose(s);
		return;
	}
	n = write(s->out, s->queue.p, s->queue.n < WRITE_BYTES ? s->queue.n : WRITE_BYTES);
	if (n < 0 && errno != EINTR && errno != EAGAIN) {
		lose(s);
		return;
	}
	if (n > 0)
		kd_buf_drop(&s->queue, (size_t)n);
	if (!s->queue.n)
		kd_watch_events(s->writable, 0);
	look_at_input(s);
	finish_if_done(s);
}

/* What a pipe takes now goes at once; the rest waits. */
static void put(struct kd_stdio *s, struct kd_view message)
{
	const bool was_empty = !s->queue.n;

	if (!kd_buf_add(&s->queue, message) || !kd_buf_addc(&s->queue, '\n')) {
		lose(s); /* it reads nothing, and asks on */
		return;
	}
	while (was_empty && s->queue.n && !s->lost) {
		struct pollfd p = {s->out, POLLOUT, 0};

		if (poll(&p, 1, 0) <= 0)
			break;
		write_some(s, p.revents);
	}
	if (s->queue.n)
		kd_watch_events(s->writable, POLLOUT);
	look_at_input(s);
}

static bool notify(void *user, struct kd_view message)
{
	put(user, message);
	return true;
}

static void send_message(void *user, struct kd_view message)
{
	put(user, message);
}

static void done(void *user, struct kd_view message, unsigned status)
{
	struct kd_stdio *s = user;

	(void)status;
	s->calls--;
	if (message.n)
		put(s, message);
	finish_if_done(s);
}

/* ---- in ---- */

static const struct kd_mcp_call_ops call_ops = {.send = send_message, .done = done};

static void take_line(struct kd_stdio *s, struct kd_view line)
{
	if (s->too_long) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

		kd_mcp_error_text(&b, KD_RPC_INVALID, "a message may have 16 MiB; this one was longer, and was not read");
		put(s, kd_buf_view(&b));
	} else if (kd_view_trim(line).n) {
		kd_auto(kd_mcp_in_deinit) struct kd_mcp_in in;

		kd_mcp_in_read(line, &in);
		s->calls++; /* done() is called for each message */
		kd_mcp_message(s->mcp, s->peer, NULL, &in, &call_ops, s);
	}
	s->too_long = false;
}

static void take_bytes(struct kd_stdio *s, struct kd_view v)
{
	while (v.n && !s->lost) {
		const size_t n = kd_view_chr(v, '\n');
		struct kd_view piece = kd_view_head(v, n == KD_NPOS ? v.n : n);

		if (!s->too_long && !kd_buf_add(&s->line, piece)) {
			s->too_long = true;
			kd_buf_deinit(&s->line);
			s->line = KD_BUF_INIT(KD_MCP_MESSAGE_MAX);
		}
		if (n == KD_NPOS)
			return;
		take_line(s, kd_buf_view(&s->line));
		kd_buf_clear(&s->line);
		v = kd_view_from(v, n + 1);
	}
}

static void too_late(void *user)
{
	struct kd_stdio *s = user;

	s->leave = NULL;
	lose(s);
}

static void end_of_input(struct kd_stdio *s)
{
	if (s->line.n && !s->too_long)
		take_line(s, kd_buf_view(&s->line));
	kd_buf_clear(&s->line);
	s->ended = true;
	kd_watch_end(s->readable);
	s->readable = NULL;
	kd_mcp_goodbye(s->mcp); /* they would listen for ever */
	s->leave = kd_loop_timer(s->loop, LEAVE_MS, too_late, s);
	finish_if_done(s);
}

static void readable(void *user, short revents)
{
	struct kd_stdio *s = user;
	char bytes[READ_BYTES];
	ssize_t n = read(s->in, bytes, sizeof(bytes));

	(void)revents;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		end_of_input(s);
	else
		take_bytes(s, kd_view(bytes, (size_t)n));
}

struct kd_stdio *kd_stdio_start(struct kd_loop *loop, struct kd_mcp *m, int in, int out)
{
	static const struct kd_mcp_peer_ops ops = {.notify = notify};
	struct kd_stdio *s = kd_xcalloc(1, sizeof(*s));

	*s = (struct kd_stdio){.loop = loop, .mcp = m, .in = in, .out = out, .line = KD_BUF_INIT(KD_MCP_MESSAGE_MAX),
			       .queue = KD_BUF_INIT(QUEUE_MAX)};
	s->peer = kd_mcp_peer_new(m, &ops, s);
	s->readable = kd_loop_watch(loop, in, POLLIN, readable, s);
	s->writable = kd_loop_watch(loop, out, 0, write_some, s);
	return s;
}

void kd_stdio_stop(struct kd_stdio *s)
{
	kd_mcp_peer_free(s->peer);
	kd_watch_end(s->readable);
	kd_watch_end(s->writable);
	kd_timer_end(s->leave);
	kd_buf_deinit(&s->line);
	kd_buf_deinit(&s->queue);
	kd_free(s);
}

bool kd_stdio_lost(const struct kd_stdio *s)
{
	return s->lost;
}
