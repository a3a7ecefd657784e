/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http.h: the protocol over HTTP ("Streamable HTTP"), both eras at POST /mcp; GET and DELETE there for sessions of the
 * legacy era; GET /healthz says "ok".
 *
 *	struct kd_http_conf conf = {.address = "127.0.0.1:0"};
 *	struct kd_http *h = NULL;
 *	struct kd_error *err = kd_http_start(loop, mcp, &conf, &h);
 *	if (!err)
 *		printf("%s\n", kd_http_url(h));       // http://127.0.0.1:40123/mcp
 *	kd_loop_run(loop);
 *	kd_http_stop(h);                              // before kd_mcp_free()
 *
 * All of it happens in the loop's thread. Who gets in: programs of this machine, when the address is loopback; anybody who
 * has the token, when there is one; nobody without a token at another address: it does not start. Requests whose Host or
 * Origin names somebody else get 403 (httphead.h says why).
 *
 * A client that goes away ends its call: always in the modern era and where one JSON text is the answer; a stream of the
 * legacy era can be resumed (Last-Event-ID) for a while, and its call works on until then. A client that closes its sending
 * side counts as gone.
 */
#ifndef KD_SERVE_HTTP_H
#define KD_SERVE_HTTP_H

#include "base/error.h"
#include "serve/loop.h"
#include "serve/mcp.h"

struct kd_http;

/* Times and numbers: 0 means what stands behind it. */
struct kd_http_conf {
	const char *address; /* "127.0.0.1:0", "[::1]:8765", "8765"; NULL: 127.0.0.1, any free port */
	const char *token; /* kd_http_token(); NULL: none, and loopback only. Copied */
	const char *const *hosts; /* more names of this machine for Host and Origin; borrowed */
	size_t nhosts;
	unsigned connections; /* at once: 512; for one more the one that is idle longest is ended, or it waits */
	unsigned sessions; /* of the legacy era: 256; the one that is idle for longest goes first */
	unsigned session_idle_ms; /* 30 min */
	unsigned request_ms; /* from the connection to the end of a request's head, and again to the end of its body: 30 s */
	unsigned idle_ms; /* a connection between requests: 75 s */
	unsigned stall_ms; /* a client that does not read: 60 s */
	unsigned resume_ms; /* a broken stream waits for its client: 60 s */
	unsigned keepalive_ms; /* a comment in a silent stream: 15 s */
	size_t unread_max; /* bytes that a client has not read when more come: 4 MiB; it is dropped then */
};

/*
 * KD_INVALID: the address is none, or needs a token; KD_UNSUPPORTED: no libmicrohttpd; KD_IO …: the system refuses it (in
 * use). mcp and loop are borrowed until kd_http_stop().
 */
KD_MUST_CHECK struct kd_error *kd_http_start(struct kd_loop *loop, struct kd_mcp *mcp, const struct kd_http_conf *conf,
					     struct kd_http **ret);
void kd_http_stop(struct kd_http *h); /* ends calls, streams, sessions; NULL is fine */

unsigned kd_http_port(const struct kd_http *h);
const char *kd_http_url(const struct kd_http *h);

/*
 * The token, from a file (its only line) or, with file NULL, from the environment variable of that name; on the heap. Never
 * from the command line, which everybody on the machine can read. KD_INVALID: fewer than 16 characters, blanks or others
 * that no header can have; KD_ACCESS: others may read the file; KD_NOTFOUND.
 */
KD_MUST_CHECK struct kd_error *kd_http_token(const char *file, const char *variable, char **ret);

#endif
