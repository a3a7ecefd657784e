/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * httphead.h: what kdoc itself reads in the head of a request: addresses, Host, Origin, Accept, values of Mcp-* headers.
 * Everything here is text of strangers; nothing is kept, nothing is resolved.
 *
 *	struct kd_http_own own = {.names = names, .nnames = n};
 *	if (!kd_http_address(KD_V("127.0.0.1:8765"), &own.addr)) …
 *	if (!kd_http_host_ok(&own, host) || !kd_http_origin_ok(&own, origin)) …     // 403: DNS rebinding
 *
 * Why both are looked at: a page in a browser may have its own name resolve to 127.0.0.1 and talk to this server. Its
 * requests name that page in Origin and in Host; programs give no Origin.
 */
#ifndef KD_SERVE_HTTPHEAD_H
#define KD_SERVE_HTTPHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

struct kd_http_address {
	bool v6;
	uint8_t bytes[16]; /* network order, 4 or 16 of them */
	uint16_t port;
};

/* "127.0.0.1:8765", "[::1]:0", "localhost:8765" (127.0.0.1), "8765" (the same). Other names are not resolved: false. */
bool kd_http_address(struct kd_view text, struct kd_http_address *ret);
bool kd_http_address_loopback(const struct kd_http_address *a);
bool kd_http_address_any(const struct kd_http_address *a); /* 0.0.0.0, [::] */
/* "127.0.0.1:8765", "[::1]:8765" */
enum { KD_HTTP_ADDRESS_LEN = 64 };
void kd_http_address_text(const struct kd_http_address *a, char ret[KD_HTTP_ADDRESS_LEN]);

/* What this server is called. Loopback names always are. */
struct kd_http_own {
	struct kd_http_address addr; /* where it listens; any address: every number is its own */
	const char *const *names; /* more names */
	size_t nnames;
};

/* "localhost:8765": a name of ours, and our port (80, when none is said). */
bool kd_http_host_ok(const struct kd_http_own *own, struct kd_view host);
/* "http://localhost:6274": http or https, a name of ours, any port. */
bool kd_http_origin_ok(const struct kd_http_own *own, struct kd_view origin);

enum {
	KD_HTTP_JSON = 1, /* application/json */
	KD_HTTP_SSE = 2, /* text/event-stream, by its name */
	KD_HTTP_ANY = 4, /* all types: says nothing about what the client can read */
};

/* What an Accept header names, without what it refuses (q=0). */
unsigned kd_http_accepts(struct kd_view header);

/* application/json, with parameters. */
bool kd_http_is_json(struct kd_view content_type);

/*
 * A value of Mcp-Name or Mcp-Param-…, =?base64?…?= undone (specification 2026-07-28, Value Encoding). false: a byte that
 * no header value may have, no base64, no UTF-8, or too long for ret.
 */
bool kd_http_value(struct kd_view header, struct kd_buf *ret);

/* "STREAM-EVENT", both decimal: what a Last-Event-ID says. */
bool kd_http_event_id(struct kd_view header, uint64_t *stream_ret, uint64_t *event_ret);

#endif
