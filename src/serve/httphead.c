// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/httphead.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"

enum { PORT_MAX = 65535, PORT_HTTP = 80 };

/* --- addresses ----------------------------------------------------------------------------------- */

static bool take_port(struct kd_view v, uint16_t *ret)
{
	uint64_t port;

	if (v.n > 5 || !kd_view_dec(v, &port) || port > PORT_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

/* "HOST:PORT" or "HOST"; an address with colons is in brackets, which are not part of *host. */
static bool split(struct kd_view v, struct kd_view *host, bool *brackets, bool *has_port, uint16_t *port)
{
	size_t colon;

	*brackets = kd_view_skip(&v, KD_V("["));
	if (*brackets) {
		size_t end = kd_view_chr(v, ']');

		if (end == KD_NPOS)
			return false;
		*host = kd_view_head(v, end);
		v = kd_view_from(v, end + 1);
	} else {
		colon = kd_view_chr(v, ':');
		*host = kd_view_head(v, colon);
		v = kd_view_from(v, colon == KD_NPOS ? v.n : colon);
	}
	*has_port = kd_view_skip(&v, KD_V(":"));
	if (*has_port)
		return take_port(v, port) && host->n;
	return !v.n && host->n;
}

static bool literal(struct kd_view host, bool v6, struct kd_http_address *ret)
{
	char text[INET6_ADDRSTRLEN];

	if (host.n >= sizeof(text) || memchr(host.p, 0, host.n))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = 0;
	*ret = (struct kd_http_address){.v6 = v6};
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, ret->bytes) == 1;
}

bool kd_http_address(struct kd_view text, struct kd_http_address *ret)
{
	struct kd_view host = KD_V("127.0.0.1");
	bool brackets = false, has_port = false;
	uint16_t port = 0;

	if (!take_port(text, &port) && (!split(text, &host, &brackets, &has_port, &port) || !has_port))
		return false;
	if (!brackets && kd_view_ieq(host, KD_V("localhost")))
		host = KD_V("127.0.0.1");
	if (!literal(host, brackets, ret))
		return false;
	ret->port = port;
	return true;
}

bool kd_http_address_loopback(const struct kd_http_address *a)
{
	static const uint8_t one[16] = {[15] = 1};

	return a->v6 ? !memcmp(a->bytes, one, sizeof(one)) : a->bytes[0] == 127;
}

bool kd_http_address_any(const struct kd_http_address *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->bytes, zero, a->v6 ? 16 : 4);
}

void kd_http_address_text(const struct kd_http_address *a, char ret[KD_HTTP_ADDRESS_LEN])
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(a->v6 ? AF_INET6 : AF_INET, a->bytes, text, sizeof(text));
	snprintf(ret, KD_HTTP_ADDRESS_LEN, a->v6 ? "[%s]:%u" : "%s:%u", text, a->port);
}

/* --- who is asked, and who asks ------------------------------------------------------------------ */

static bool own_name(const struct kd_http_own *own, struct kd_view host, bool brackets)
{
	struct kd_http_address a;

	if (literal(host, brackets, &a))
		return kd_http_address_loopback(&a) || kd_http_address_any(&own->addr) ||
		       (a.v6 == own->addr.v6 && !memcmp(a.bytes, own->addr.bytes, sizeof(a.bytes)));
	if (brackets)
		return false;
	for (size_t i = 0; i < own->nnames; i++)
		if (kd_view_ieq(host, kd_view_of(own->names[i])))
			return true;
	return kd_view_ieq(host, KD_V("localhost"));
}

bool kd_http_host_ok(const struct kd_http_own *own, struct kd_view host)
{
	struct kd_view name;
	bool brackets, has_port;
	uint16_t port = PORT_HTTP;

	return split(host, &name, &brackets, &has_port, &port) && port == own->addr.port && own_name(own, name, brackets);
}

bool kd_http_origin_ok(const struct kd_http_own *own, struct kd_view origin)
{
	struct kd_view name;
	bool brackets, has_port;
	uint16_t port;

	if (!kd_view_skip(&origin, KD_V("http://")) && !kd_view_skip(&origin, KD_V("https://")))
		return false;
	return split(origin, &name, &brackets, &has_port, &port) && own_name(own, name, brackets);
}

/* --- media types --------------------------------------------------------------------------------- */

/* Everything before the first c, or all; moves past it. */
static struct kd_view until(struct kd_view *v, char c)
{
	size_t at = kd_view_chr(*v, c);
	struct kd_view part = kd_view_head(*v, at);

	*v = kd_view_from(*v, at == KD_NPOS ? v->n : at + 1);
	return kd_view_trim(part);
}

/* q=0, q=0.0 … */
static bool refused(struct kd_view params)
{
	while (params.n) {
		struct kd_view p = until(&params, ';');

		if (!kd_view_istarts(p, KD_V("q=0")))
			continue;
		for (p = kd_view_from(p, 3); p.n && (*p.p == '0' || *p.p == '.');)
			p = kd_view_from(p, 1);
		if (!p.n)
			return true;
	}
	return false;
}

unsigned kd_http_accepts(struct kd_view header)
{
	static const struct {
		const char *type;
		unsigned bits;
	} types[] = {{"application/json", KD_HTTP_JSON}, {"application/*", KD_HTTP_JSON}, {"text/event-stream", KD_HTTP_SSE},
		     {"text/*", KD_HTTP_SSE}, {"*/*", KD_HTTP_ANY}};
	unsigned bits = 0;

	while (header.n) {
		struct kd_view params = until(&header, ','), type = until(&params, ';');

		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (kd_view_ieq(type, kd_view_of(types[i].type)) && !refused(params))
				bits |= types[i].bits;
	}
	return bits;
}

bool kd_http_is_json(struct kd_view content_type)
{
	return kd_view_ieq(until(&content_type, ';'), KD_V("application/json"));
}

/* --- values -------------------------------------------------------------------------------------- */

bool kd_http_value(struct kd_view header, struct kd_buf *ret)
{
	const struct kd_view prefix = KD_V("=?base64?"), suffix = KD_V("?=");

	header = kd_view_trim(header);
	for (size_t i = 0; i < header.n; i++)
		if ((header.p[i] < 0x20 && header.p[i] != '\t') || header.p[i] > 0x7e)
			return false;
	if (header.n < prefix.n + suffix.n || !kd_view_starts(header, prefix) || !kd_view_ends(header, suffix))
		return kd_buf_add(ret, header);
	header = kd_view_from(kd_view_head(header, header.n - suffix.n), prefix.n);
	return kd_base64_take(header, ret) && kd_utf8_valid(kd_buf_view(ret));
}

bool kd_http_event_id(struct kd_view header, uint64_t *stream_ret, uint64_t *event_ret)
{
	return kd_view_take_dec(&header, stream_ret) && kd_view_skip(&header, KD_V("-")) && kd_view_dec(header, event_ret);
}
