// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "serve/http_internal.h"

#define MS_NS INT64_C(1000000)

enum { ANSWER_MAX = 64 << 20 };

struct http_event {
	uint64_t seq; /* 0: a comment */
	size_t n;
	struct http_event *next;
	char text[];
};

/* --- life ---------------------------------------------------------------------------------------- */

struct http_stream *http_stream_new(struct kd_http *h, struct kd_session *s)
{
	struct http_stream *st = kd_xcalloc(1, sizeof(*st));

	st->http = h;
	st->session = s;
	st->resumable = s != NULL;
	st->answer = KD_BUF_INIT(ANSWER_MAX);
	st->tail = &st->first;
	st->moved_ns = kd_mono_ns();
	if (s) {
		st->id = ++s->next_stream;
		s->busy++;
	}
	st->next = h->streams;
	st->back = &h->streams;
	if (st->next)
		st->next->back = &st->next;
	h->streams = st;
	return st;
}

static void drop_first(struct http_stream *st)
{
	struct http_event *e = st->first;

	st->first = e->next;
	if (!st->first)
		st->tail = &st->first;
	st->bytes -= e->n;
	st->http->kept -= e->n;
	kd_free(e);
}

static void leave_session(struct http_stream *st)
{
	struct kd_session *s = st->session;

	if (!s)
		return;
	s->busy--;
	s->used_ns = kd_mono_ns();
	if (s->listener == st)
		s->listener = NULL;
	st->session = NULL;
}

void http_stream_free(struct http_stream *st)
{
	if (st->call)
		kd_mcp_call_cancel(kd_take(st->call));
	if (st->request) {
		st->request->stream = NULL;
		http_request_wake(st->request);
	}
	leave_session(st);
	while (st->first)
		drop_first(st);
	*st->back = st->next;
	if (st->next)
		st->next->back = st->back;
	kd_buf_deinit(&st->answer);
	kd_free(st);
}

struct http_stream *http_stream_find(struct kd_session *s, struct kd_http *h, uint64_t id)
{
	for (struct http_stream *st = h->streams; st; st = st->next)
		if (st->session == s && st->id == id && st->open)
			return st;
	return NULL;
}

/* --- events -------------------------------------------------------------------------------------- */

static void wake(struct http_stream *st)
{
	if (st->request)
		http_request_wake(st->request);
}

static void append(struct http_stream *st, uint64_t seq, struct kd_view head, struct kd_view data)
{
	struct http_event *e = kd_xmalloc(sizeof(*e) + head.n + data.n + 2);

	*e = (struct http_event){.seq = seq, .n = head.n + data.n + 2};
	memcpy(e->text, head.p, head.n);
	if (data.n)
		memcpy(e->text + head.n, data.p, data.n);
	memcpy(e->text + head.n + data.n, "\n\n", 2);
	*st->tail = e;
	st->tail = &e->next;
	if (!st->at) {
		st->at = e;
		st->at_byte = 0;
		st->moved_ns = kd_mono_ns();
	}
	st->bytes += e->n;
	st->unread += e->n;
	st->http->kept += e->n;
	wake(st);
}

/* The client does not read, or does not come back, and there is too much for it: a second later all of it is gone. */
static bool too_much(struct http_stream *st)
{
	struct kd_http *h = st->http;

	if (st->unread <= h->conf.unread_max && h->kept <= HTTP_KEPT_MAX)
		return false;
	if (!st->unread) /* others have it all */
		return false;
	st->resumable = false;
	st->lost_ns = INT64_MIN / 2;
	if (st->request)
		http_request_drop(st->request);
	return true;
}

static void message(struct http_stream *st, struct kd_view text)
{
	kd_auto(kd_buf_deinit) struct kd_buf head = KD_BUF_INIT(256);

	if (too_much(st))
		return;
	st->events++;
	if (st->session)
		kd_buf_printf(&head, "id: %llu-%llu\n", (unsigned long long)st->id, (unsigned long long)st->events);
	kd_buf_add(&head, KD_V("data: "));
	append(st, st->events, kd_buf_view(&head), text);
}

void http_stream_open(struct http_stream *st)
{
	kd_auto(kd_buf_deinit) struct kd_buf head = KD_BUF_INIT(256);
	const char *version = st->session ? kd_mcp_peer_version(st->session->peer) : "";

	if (st->open)
		return;
	st->open = true;
	/* A first event without data, so that there is an id to come back with; clients of older revisions do not expect it. */
	if (strcmp(version, "2025-11-25") >= 0) {
		st->events++;
		kd_buf_printf(&head, "id: %llu-%llu\nretry: %u\ndata: ", (unsigned long long)st->id, (unsigned long long)st->events,
			      HTTP_RETRY_MS);
		append(st, st->events, kd_buf_view(&head), KD_VNULL);
	}
	wake(st);
}

static void send_op(void *user, struct kd_view text)
{
	struct http_stream *st = user;

	http_stream_open(st);
	message(st, text);
}

static void done_op(void *user, struct kd_view text, unsigned status)
{
	struct http_stream *st = user;

	st->call = NULL;
	if (st->open && text.n)
		message(st, text);
	else if (!st->open)
		kd_buf_add(&st->answer, text);
	st->status = text.n ? status : 202;
	st->done = true;
	wake(st);
}

const struct kd_mcp_call_ops http_stream_ops = {.send = send_op, .done = done_op};
const struct kd_mcp_call_ops http_answer_ops = {.send = NULL, .done = done_op};

static bool notify_op(void *user, struct kd_view text)
{
	struct kd_session *s = user;

	if (!s->listener)
		return false;
	message(s->listener, text);
	return true;
}

const struct kd_mcp_peer_ops http_peer_ops = {.notify = notify_op};

/* --- the connection that carries it -------------------------------------------------------------- */

void http_stream_carry(struct http_stream *st, struct http_request *r)
{
	struct http_request *before = st->request;

	st->request = r;
	r->stream = st;
	st->moved_ns = kd_mono_ns();
	if (before) {
		before->stream = NULL;
		http_request_wake(before);
	}
}

bool http_stream_rewind(struct http_stream *st, uint64_t event)
{
	struct http_event *e = st->first;

	if (event > st->events)
		return false;
	while (e && e->seq <= event)
		e = e->next;
	if (e ? e->seq > event + 1 : event < st->events)
		return false;
	st->at = e;
	st->at_byte = 0;
	st->unread = 0;
	for (; e; e = e->next)
		st->unread += e->n;
	return true;
}

/* What was sent is kept while it may be asked for again. */
static void trim(struct http_stream *st)
{
	size_t keep = st->resumable ? HTTP_KEPT_STREAM : 0;

	while (st->first && st->first != st->at && (st->bytes > keep || !st->first->seq))
		drop_first(st);
}

ssize_t http_stream_read(void *user, uint64_t at, char *to, size_t max)
{
	struct http_request *r = user;
	struct http_stream *st = r->stream;
	size_t n = 0;

	(void)at;
	if (r->gone)
		return KD_MHD_BROKEN;
	if (!st)
		return KD_MHD_END;
	while (st->at && n < max) {
		struct http_event *e = st->at;
		size_t piece = e->n - st->at_byte < max - n ? e->n - st->at_byte : max - n;

		memcpy(to + n, e->text + st->at_byte, piece);
		n += piece;
		st->at_byte += piece;
		st->unread -= piece;
		if (st->at_byte == e->n) {
			st->at = e->next;
			st->at_byte = 0;
		}
	}
	trim(st);
	if (n) {
		st->moved_ns = kd_mono_ns();
		return (ssize_t)n;
	}
	if (st->done)
		return KD_MHD_END;
	http_request_wait(r);
	return 0;
}

static struct http_stream *oldest_lost(struct kd_http *h, const struct kd_session *s, size_t *n_ret)
{
	struct http_stream *oldest = NULL;

	*n_ret = 0;
	for (struct http_stream *st = h->streams; st; st = st->next)
		if (st->session == s && !st->request) {
			++*n_ret;
			if (!oldest || st->lost_ns < oldest->lost_ns)
				oldest = st;
		}
	return oldest;
}

void http_stream_lost(struct http_stream *st, bool sent)
{
	struct http_stream *oldest;
	size_t n;

	if (st->request)
		st->request->stream = NULL;
	st->request = NULL;
	if (!st->resumable || !st->session || !st->open || (st->done && sent)) {
		http_stream_free(st);
		return;
	}
	st->lost_ns = kd_mono_ns();
	oldest = oldest_lost(st->http, st->session, &n);
	if (n > HTTP_LOST_MAX)
		http_stream_free(oldest);
}

void http_stream_tick(struct http_stream *st, int64_t now)
{
	const struct kd_http_conf *conf = &st->http->conf;
	int64_t quiet = (now - st->moved_ns) / MS_NS;

	if (!st->request) {
		if (now - st->lost_ns >= conf->resume_ms * MS_NS)
			http_stream_free(st);
	} else if (st->at) {
		if (quiet >= conf->stall_ms)
			http_request_drop(st->request);
	} else if (quiet >= conf->keepalive_ms && !st->done && st->may_stream) {
		if (st->open)
			append(st, 0, KD_V(":"), KD_VNULL);
		else
			http_stream_open(st);
		st->moved_ns = now;
	}
}

void http_session_ended(void *user, struct kd_session *s)
{
	struct kd_http *h = user;

	for (struct http_stream *st = h->streams, *next; st; st = next) {
		next = st->next;
		if (st->session != s)
			continue;
		leave_session(st);
		st->call = NULL; /* it ends with its peer */
		st->resumable = false;
		if (!st->open && !st->done) {
			kd_mcp_error_text(&st->answer, KD_RPC_INVALID, "the session has ended");
			st->status = 404;
		}
		st->done = true;
		if (!st->request)
			http_stream_free(st);
		else
			wake(st);
	}
	kd_mcp_peer_free(kd_take(s->peer));
}
