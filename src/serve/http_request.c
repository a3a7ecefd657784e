// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/time.h"
#include "serve/http_internal.h"
#include "serve/secret.h"

enum { VALUE_MAX = 16 << 10 };

/* No text of a JSON document is this: a header that cannot be read agrees with no body. */
#define UNREADABLE KD_V("\xff")

/* --- life ---------------------------------------------------------------------------------------- */

static struct http_request *request_new(struct kd_http *h, void *mhd)
{
	struct http_request *r = kd_xcalloc(1, sizeof(*r));

	r->http = h;
	r->mhd = mhd;
	r->conn = kd_mhd_context(&h->mhd, mhd);
	r->arena = KD_ARENA_INIT(HTTP_HEAD_MAX * 4);
	r->body = KD_BUF_INIT(KD_MCP_MESSAGE_MAX);
	r->next = h->requests;
	r->back = &h->requests;
	if (r->next)
		r->next->back = &r->next;
	h->requests = r;
	return r;
}

static void free_body(struct http_request *r)
{
	r->http->bodies -= r->body.n;
	kd_buf_deinit(&r->body);
	r->body.n = 0;
}

void http_request_completed(void *user, void *mhd, void **req, int how)
{
	struct http_request *r = *req;

	(void)user, (void)mhd;
	*req = NULL;
	if (!r)
		return;
	if (r->stream)
		http_stream_lost(r->stream, how == KD_MHD_ENDED_OK);
	r->conn->deadline_ns = http_in(r->http->conf.idle_ms);
	r->conn->idle_ns = kd_mono_ns();
	kd_watch_end(r->watch);
	free_body(r);
	http_head_deinit(&r->head);
	kd_arena_deinit(&r->arena);
	*r->back = r->next;
	if (r->next)
		r->next->back = r->back;
	kd_free(r);
}

void http_request_wake(struct http_request *r)
{
	if (!r->suspended)
		return;
	r->suspended = false;
	r->http->mhd.api.resume(r->mhd);
	http_kick(r->http);
}

void http_request_drop(struct http_request *r)
{
	shutdown(r->conn->fd, SHUT_RDWR);
	r->gone = true;
	http_request_wake(r);
}

/* The other side closed. The library does not look at connections that are set aside. */
static void hung_up(void *user, short revents)
{
	struct http_request *r = user;

	(void)revents;
	kd_watch_end(kd_take(r->watch));
	if (r->stream)
		http_stream_lost(r->stream, false);
	http_request_drop(r);
}

void http_request_wait(struct http_request *r)
{
	if (!r->watch)
		r->watch = kd_loop_watch(r->http->loop, r->conn->fd, POLLRDHUP, hung_up, r);
	r->suspended = true;
	r->http->mhd.api.suspend(r->mhd);
}

/* --- answers ------------------------------------------------------------------------------------- */

static int answer(struct http_request *r, unsigned status, const char *type, struct kd_view body)
{
	struct kd_http *h = r->http;
	const struct kd_mhd_api *api = &h->mhd.api;
	void *res = kd_mhd_response(&h->mhd, body);

	if (res && body.n) {
		api->add_header(res, "Content-Type", type);
		api->add_header(res, "Cache-Control", "no-store");
	}
	if (res && status == 401)
		api->add_header(res, "WWW-Authenticate",
				r->head.authorization.p ? "Bearer realm=\"kdoc\", error=\"invalid_token\"" : "Bearer realm=\"kdoc\"");
	if (res && status == 405)
		api->add_header(res, "Allow", r->what == HTTP_HEALTH ? "GET" : "POST, GET, DELETE");
	if (res && status == 503)
		api->add_header(res, "Retry-After", "5");
	if (res && r->opened)
		api->add_header(res, "Mcp-Session-Id", r->opened->id);
	r->answered = true;
	r->conn->deadline_ns = http_in(2 * h->conf.stall_ms);
	return kd_mhd_answer(&h->mhd, r->mhd, status, res);
}

static int answer_stream(struct http_request *r)
{
	struct kd_http *h = r->http;
	const struct kd_mhd_api *api = &h->mhd.api;
	void *res = kd_mhd_stream(&h->mhd, http_stream_read, r);

	if (res) {
		api->add_header(res, "Content-Type", "text/event-stream");
		api->add_header(res, "Cache-Control", "no-cache, no-transform");
		api->add_header(res, "X-Accel-Buffering", "no");
	}
	if (res && r->opened)
		api->add_header(res, "Mcp-Session-Id", r->opened->id);
	r->answered = true;
	r->conn->deadline_ns = 0; /* http_stream_tick() looks after it */
	return kd_mhd_answer(&h->mhd, r->mhd, 200, res);
}

static int refuse(struct http_request *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(4096);

	kd_mcp_error_text(&text, r->refused_code, r->refused_why);
	return answer(r, r->refused, "application/json", kd_buf_view(&text));
}

static bool refused(struct http_request *r, unsigned status, int code, const char *why)
{
	r->refused = status;
	r->refused_code = code;
	r->refused_why = why;
	return false;
}

/* --- may it be asked? ---------------------------------------------------------------------------- */

static bool token_ok(const struct kd_http *h, struct kd_view header)
{
	uint8_t sum[KD_SHA256_LEN];

	if (!h->has_token)
		return true;
	if (!kd_view_istarts(header, KD_V("Bearer ")))
		return false;
	/* Sums have one length, so the time says nothing about the token's, either. */
	kd_sha256_of(kd_view_trim(kd_view_from(header, 7)), sum);
	return kd_equal_slowly(sum, h->token, sizeof(sum));
}

static bool judge_sender(struct http_request *r)
{
	const struct kd_http *h = r->http;
	const struct http_head *head = &r->head;

	if (head->bad)
		return refused(r, 400, KD_RPC_INVALID, head->bad);
	if (!kd_http_host_ok(&h->own, head->host))
		return refused(r, 403, KD_RPC_INVALID, "Host names another server than this one");
	if (head->origin.p && !kd_http_origin_ok(&h->own, head->origin))
		return refused(r, 403, KD_RPC_INVALID, "Origin is not of this machine");
	return true;
}

static bool judge_place(struct http_request *r, struct kd_view url, struct kd_view method)
{
	if (kd_view_eq(url, KD_V("/healthz"))) {
		r->what = HTTP_HEALTH;
		return kd_view_eq(method, KD_V("GET")) || refused(r, 405, KD_RPC_INVALID, "GET is what is served here");
	}
	if (!kd_view_eq(url, KD_V("/mcp")))
		return refused(r, 404, KD_RPC_INVALID, "nothing is here; the protocol is at /mcp");
	if (!token_ok(r->http, r->head.authorization))
		return refused(r, 401, KD_RPC_INVALID, "a token is needed: Authorization: Bearer TOKEN");
	if (kd_view_eq(method, KD_V("POST")))
		r->what = HTTP_POST;
	else if (kd_view_eq(method, KD_V("GET")))
		r->what = HTTP_GET;
	else if (kd_view_eq(method, KD_V("DELETE")))
		r->what = HTTP_DELETE;
	else
		return refused(r, 405, KD_RPC_INVALID, "POST, GET and DELETE are what is served here");
	return true;
}

static bool judge_form(struct http_request *r)
{
	const struct http_head *head = &r->head;
	uint64_t length = 0;

	if (r->what == HTTP_GET && !(head->accepts & (KD_HTTP_SSE | KD_HTTP_ANY)))
		return refused(r, 406, KD_RPC_INVALID, "GET gives text/event-stream, which Accept does not name");
	if (r->what != HTTP_POST)
		return true;
	if (!kd_http_is_json(head->type))
		return refused(r, 415, KD_RPC_INVALID, "Content-Type must be application/json");
	if (!head->accepts)
		return refused(r, 406, KD_RPC_INVALID, "Accept names neither application/json nor text/event-stream");
	if (head->length.p && (!kd_view_dec(head->length, &length) || length > KD_MCP_MESSAGE_MAX))
		return refused(r, 413, KD_RPC_INVALID, "a message may have 16 MiB");
	if (head->accepts == KD_HTTP_JSON && kd_view_eq(head->method, KD_V("subscriptions/listen")))
		return refused(r, 406, KD_RPC_INVALID, "subscriptions/listen gives text/event-stream, which Accept does not name");
	return true;
}

/* The client waits for word before it sends, or would send too much: it is told at once. */
static bool refuse_early(const struct http_request *r)
{
	uint64_t length = 0;

	if (!r->refused)
		return false;
	return r->head.expect.n || (kd_view_dec(r->head.length, &length) && length > HTTP_SWALLOW_MAX);
}

static int begin(struct kd_http *h, void *mhd, const char *url, const char *method, void **req)
{
	struct http_request *r = request_new(h, mhd);

	*req = r;
	http_head_read(h, mhd, &r->head);
	if (judge_sender(r) && judge_place(r, kd_view_of(url), kd_view_of(method)))
		judge_form(r);
	r->conn->deadline_ns = http_in(h->conf.request_ms);
	return refuse_early(r) ? refuse(r) : KD_MHD_YES;
}

static int take_body(struct http_request *r, struct kd_view piece)
{
	struct kd_http *h = r->http;

	if (!r->refused && h->bodies + piece.n > HTTP_BODIES_MAX)
		refused(r, 503, KD_RPC_INTERNAL, "too much is being sent at once");
	if (!r->refused && !kd_buf_add(&r->body, piece))
		refused(r, 413, KD_RPC_INVALID, "a message may have 16 MiB");
	if (!r->refused) {
		h->bodies += piece.n;
		return KD_MHD_YES;
	}
	free_body(r);
	r->swallowed += piece.n;
	return r->swallowed > HTTP_SWALLOW_MAX ? KD_MHD_NO : KD_MHD_YES;
}

/* --- what is asked ------------------------------------------------------------------------------- */

static bool param_op(void *user, const char *name, struct kd_view *ret)
{
	struct http_request *r = user;

	for (size_t i = 0; i < r->head.params.n; i++) {
		const struct http_param *p = &r->head.params.v[i];
		kd_auto(kd_buf_deinit) struct kd_buf value = KD_BUF_INIT(VALUE_MAX);

		if (!kd_view_ieq(p->name, kd_view_of(name)))
			continue;
		*ret = kd_http_value(p->value, &value) ? kd_arena_view(&r->arena, kd_buf_view(&value)) : UNREADABLE;
		if (!ret->p)
			*ret = value.n ? UNREADABLE : KD_V("");
		return true;
	}
	return false;
}

/* The engine takes it. */
static bool message(struct http_request *r, struct kd_session *s, struct kd_mcp_in *in)
{
	const struct http_head *head = &r->head;
	kd_auto(kd_buf_deinit) struct kd_buf name = KD_BUF_INIT(VALUE_MAX);
	struct kd_mcp_headers headers = {.version = head->version, .method = head->method, .param = param_op, .user = r};
	struct http_stream *st = http_stream_new(r->http, s);

	if (head->name.p)
		headers.name = !kd_http_value(head->name, &name) ? UNREADABLE : name.n ? kd_buf_view(&name) : KD_V("");
	/* A client that does not say what it can read gets JSON, but for what is nothing else than a stream. */
	st->may_stream = in->request && ((head->accepts & KD_HTTP_SSE) || kd_view_eq(head->method, KD_V("subscriptions/listen")));
	http_stream_carry(st, r);
	st->call = kd_mcp_message(r->http->mcp, s ? s->peer : NULL, &headers, in,
				  st->may_stream ? &http_stream_ops : &http_answer_ops, st);
	if (!st->done && st->may_stream && in->streams)
		http_stream_open(st);
	return true;
}

static bool legacy_version(struct kd_view v)
{
	return kd_view_eq(v, KD_V(KD_MCP_LEGACY)) || kd_view_eq(v, KD_V(KD_MCP_LEGACY_OLDEST));
}

/* Clients of older revisions go on to send theirs, although another one was agreed on. */
static bool older_version(struct kd_view v)
{
	return kd_view_eq(v, KD_V("2025-03-26")) || kd_view_eq(v, KD_V("2024-11-05"));
}

static bool session_of(struct http_request *r, struct kd_session **ret)
{
	const struct http_head *head = &r->head;

	if (!head->session.n)
		return refused(r, 400, KD_RPC_INVALID, "Mcp-Session-Id is missing; initialize gives one");
	*ret = kd_session_find(&r->http->sessions, head->session, kd_mono_ns());
	if (!*ret)
		return refused(r, 404, KD_RPC_INVALID, "there is no such session, or it has ended: initialize anew");
	if (head->version.p && !legacy_version(head->version) && !older_version(head->version))
		return refused(r, 400, KD_RPC_INVALID, "MCP-Protocol-Version is none of a session: " KD_MCP_LEGACY_OLDEST ", " KD_MCP_LEGACY);
	return true;
}

static bool initialize(struct http_request *r, struct kd_mcp_in *in)
{
	struct kd_http *h = r->http;
	struct kd_session *s = kd_session_open(&h->sessions, kd_mono_ns());

	if (!s)
		return refused(r, 503, KD_RPC_INTERNAL, "as many sessions as there may be are at work");
	s->peer = kd_mcp_peer_new(h->mcp, &http_peer_ops, s);
	r->opened = s;
	message(r, s, in);
	if (!kd_mcp_peer_ready(s->peer)) { /* it was refused; what is left is to say so */
		r->opened = NULL;
		kd_session_end(&h->sessions, s);
	}
	return true;
}

static bool post(struct http_request *r)
{
	const struct http_head *head = &r->head;
	kd_auto(kd_mcp_in_deinit) struct kd_mcp_in in;
	struct kd_session *s = NULL;

	kd_mcp_in_read(kd_buf_view(&r->body), &in);
	free_body(r);
	if (!kd_mcp_in_object(&in) || in.modern || kd_view_eq(head->version, KD_V(KD_MCP_MODERN)) ||
	    (head->version.p && !head->session.p && !in.initialize && !legacy_version(head->version)))
		return message(r, NULL, &in);
	if (in.initialize && !head->session.p)
		return initialize(r, &in);
	return session_of(r, &s) && message(r, s, &in);
}

/* The server's own messages of a session; or a stream that broke, from where it did. */
static bool get(struct http_request *r)
{
	struct kd_session *s = NULL;
	struct http_stream *st;
	uint64_t stream, event;

	if (!session_of(r, &s))
		return false;
	if (r->head.last.n) {
		if (!kd_http_event_id(r->head.last, &stream, &event))
			return refused(r, 400, KD_RPC_INVALID, "Last-Event-ID is none of this server");
		st = http_stream_find(s, r->http, stream);
		if (!st || !http_stream_rewind(st, event))
			return refused(r, 400, KD_RPC_INVALID, "what came behind this Last-Event-ID is not kept any more");
		http_stream_carry(st, r);
		return true;
	}
	if (s->listener) { /* the newer one counts: the client came back, and the old connection has not noticed */
		struct http_stream *old = kd_take(s->listener);

		http_stream_free(old);
	}
	st = http_stream_new(r->http, s);
	st->may_stream = true;
	s->listener = st;
	http_stream_carry(st, r);
	http_stream_open(st);
	return true;
}

static bool dispatch(struct http_request *r)
{
	struct kd_session *s = NULL;

	r->dispatched = true;
	r->conn->idle_ns = 0;
	switch (r->what) {
	case HTTP_POST:
		return post(r);
	case HTTP_GET:
		return get(r);
	case HTTP_DELETE:
		if (!session_of(r, &s))
			return false;
		kd_session_end(&r->http->sessions, s);
		return true;
	default:
		return true;
	}
}

static int progress(struct http_request *r)
{
	struct http_stream *st = r->stream;

	if (r->what == HTTP_HEALTH)
		return answer(r, 200, "text/plain", KD_V("ok\n"));
	if (r->what == HTTP_DELETE)
		return answer(r, 204, NULL, KD_VNULL);
	if (!st)
		return KD_MHD_NO;
	if (st->open)
		return answer_stream(r);
	if (st->done)
		return answer(r, st->status, "application/json", kd_buf_view(&st->answer));
	http_request_wait(r);
	return KD_MHD_YES;
}

int http_request_handle(void *user, void *conn, const char *url, const char *method, const char *version, const char *upload,
			size_t *size, void **req)
{
	struct kd_http *h = user;
	struct http_request *r = *req;

	(void)version;
	if (!r)
		return begin(h, conn, url, method, req);
	if (r->gone || h->stopping)
		return KD_MHD_NO;
	if (*size) {
		struct kd_view piece = kd_view(upload, *size);

		*size = 0;
		return take_body(r, piece);
	}
	r->conn->deadline_ns = 0;
	if (r->answered)
		return KD_MHD_YES;
	if (r->refused || (!r->dispatched && !dispatch(r)))
		return refuse(r);
	return progress(r);
}
