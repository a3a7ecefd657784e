/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_internal.h: what the files of the HTTP server share. http.c has the server, its connections and the clock;
 * http_request.c what is asked, and whether it may be; http_head.c the headers of a request; http_stream.c what is said.
 *
 *	connection ──< request ──1 stream ──1 call of the engine
 *
 * A request lives as long as its connection works on it. Its stream is where the call speaks to; one of the legacy era
 * outlives a broken connection, and another request (GET with Last-Event-ID) takes it over.
 */
#ifndef KD_SERVE_HTTP_INTERNAL_H
#define KD_SERVE_HTTP_INTERNAL_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/vec.h"
#include "serve/ext/microhttpd.h"
#include "serve/http.h"
#include "serve/httphead.h"
#include "serve/sessions.h"

enum {
	HTTP_HEAD_MAX = 32 << 10,
	HTTP_PARAMS_MAX = 64, /* Mcp-Param-… headers */
	HTTP_BODIES_MAX = 4 * KD_MCP_MESSAGE_MAX, /* bytes of bodies that are here at once, of all requests */
	HTTP_SWALLOW_MAX = 64 << 20, /* of a body that is refused: read, so that the client can read why */
	HTTP_KEPT_MAX = 64 << 20, /* bytes of events for broken streams, of all */
	HTTP_KEPT_STREAM = 256 << 10, /* of one, what was sent already */
	HTTP_LOST_MAX = 16, /* broken streams of one session */
	HTTP_RETRY_MS = 1000, /* what a client of a broken stream is told to wait */
	HTTP_SECOND = 1000,
	HTTP_SPARE = 16, /* connections beyond the limit, while older ones are being ended for them */
};

struct http_stream;
struct http_request;

struct http_conn {
	struct kd_http *http;
	int fd;
	int64_t deadline_ns; /* 0: none */
	int64_t idle_ns; /* since when nothing of it is worked on; 0: something is */
	struct http_conn *next, **back;
};

struct kd_http {
	struct kd_loop *loop;
	struct kd_mcp *mcp;
	struct kd_mhd mhd;
	struct kd_http_conf conf; /* with its defaults */
	struct kd_http_own own;
	bool has_token, stopping;
	uint8_t token[KD_SHA256_LEN]; /* its sum */
	struct kd_watch *watch;
	struct kd_timer *kick; /* the library has something to do now */
	struct kd_timer *clock; /* each second, while there is a connection or a session */
	struct http_conn *conns;
	size_t nconns;
	struct http_request *requests;
	struct http_stream *streams;
	struct kd_sessions sessions;
	size_t bodies, kept;
	char url[KD_HTTP_ADDRESS_LEN + 16];
};

/* ---- http_head.c ---- */

struct http_param {
	struct kd_view name, value; /* value as it stands in the header */
};

/* Headers that kdoc knows; borrowed from the library. KD_VNULL: not given. */
struct http_head {
	struct kd_view host, origin, authorization, accept, type, length, coding, expect, session, version, method, name, last;
	unsigned accepts; /* KD_HTTP_…; KD_HTTP_ANY when there is no Accept */
	const char *bad; /* why it cannot be taken */
	KD_VEC(struct http_param) params;
};

void http_head_read(struct kd_http *h, void *conn, struct http_head *ret);
void http_head_deinit(struct http_head *head);

/* ---- http_request.c ---- */

struct http_request {
	struct kd_http *http;
	struct http_conn *conn;
	void *mhd; /* the library's connection */
	struct http_head head;
	struct kd_arena arena; /* decoded values of headers */
	struct kd_buf body;
	size_t swallowed;
	unsigned refused; /* HTTP status; 0: not */
	int refused_code; /* JSON-RPC's */
	const char *refused_why;
	enum { HTTP_POST, HTTP_GET, HTTP_DELETE, HTTP_HEALTH } what;
	bool dispatched, suspended, answered, gone;
	struct http_stream *stream;
	struct kd_session *opened; /* by this request: initialize */
	struct kd_watch *watch; /* of the socket, while the library does not look at it */
	struct http_request *next, **back;
};

int http_request_handle(void *user, void *conn, const char *url, const char *method, const char *version, const char *upload,
			size_t *size, void **req);
void http_request_completed(void *user, void *conn, void **req, int how);
/* Let the library come back to it. */
void http_request_wake(struct http_request *r);
void http_request_drop(struct http_request *r); /* end its connection */
/* Set it aside until it is woken: only where the library calls us. */
void http_request_wait(struct http_request *r);

/* ---- http_stream.c ---- */

struct http_event;

struct http_stream {
	struct kd_http *http;
	struct kd_session *session; /* NULL: modern */
	struct kd_mcp_call *call; /* NULL: ended, or the listener of a session */
	struct http_request *request; /* that carries it now; NULL: broken, or not yet */
	uint64_t id, events;
	bool may_stream; /* the client can read events */
	bool open; /* it is one of events; else one JSON text is waited for */
	bool done; /* nothing comes any more */
	bool resumable;
	struct kd_buf answer; /* one JSON text */
	unsigned status; /* of it */
	struct http_event *first, **tail, *at; /* at: the next that the client has not read; NULL: has all */
	size_t at_byte, bytes, unread;
	int64_t moved_ns; /* when the client last took something, or was sent something */
	int64_t lost_ns; /* when its connection broke */
	struct http_stream *next, **back;
};

/* What the engine calls; user: the stream. */
extern const struct kd_mcp_call_ops http_stream_ops; /* with messages before the answer */
extern const struct kd_mcp_call_ops http_answer_ops; /* the answer alone */
extern const struct kd_mcp_peer_ops http_peer_ops; /* user: the session */

struct http_stream *http_stream_new(struct kd_http *h, struct kd_session *s);
/* Ends its call, and its connection when it has one. */
void http_stream_free(struct http_stream *st);
void http_stream_open(struct http_stream *st);
void http_stream_carry(struct http_stream *st, struct http_request *r);
/* From the event behind this one on; false: those are gone. */
bool http_stream_rewind(struct http_stream *st, uint64_t event);
/* Its connection is gone; sent: it had everything. */
void http_stream_lost(struct http_stream *st, bool sent);
ssize_t http_stream_read(void *user, uint64_t at, char *to, size_t max); /* user: the request */
void http_stream_tick(struct http_stream *st, int64_t now);
struct http_stream *http_stream_find(struct kd_session *s, struct kd_http *h, uint64_t id);
/* Of a session that ends: its streams, too. */
void http_session_ended(void *user, struct kd_session *s);

/* ---- http.c ---- */

void http_kick(struct kd_http *h);
int64_t http_in(unsigned ms); /* now and so many milliseconds */

#endif
