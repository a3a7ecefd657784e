// SPDX-License-Identifier: GPL-2.0-or-later
/* The first byte says what the rest is: an address, Host, Origin, Accept, Content-Type, a value, an event id. */
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "serve/httphead.h"

/* What was understood is shown as an address that means the same. */
static void address(struct kd_view v)
{
	struct kd_http_address a, b;
	char text[KD_HTTP_ADDRESS_LEN];

	if (!kd_http_address(v, &a))
		return;
	kd_http_address_text(&a, text);
	check(kd_http_address(kd_view_of(text), &b));
	check(a.v6 == b.v6 && a.port == b.port && !memcmp(a.bytes, b.bytes, sizeof(a.bytes)));
}

/* Nobody's name is ours but loopback names, the address and the one that is given. */
static void sender(struct kd_view v, bool origin)
{
	static const char *const names[] = {"kdoc.example.org"};
	struct kd_http_own own = {.names = names, .nnames = 1};

	check(kd_http_address(KD_V("192.0.2.7:8765"), &own.addr));
	if (!(origin ? kd_http_origin_ok(&own, v) : kd_http_host_ok(&own, v)))
		return;
	check(!kd_view_has(v, KD_V("@")) && !kd_view_has(v, KD_V("evil")));
	if (origin)
		check(kd_view_starts(v, KD_V("http")));
	else
		check(kd_view_ends(v, KD_V(":8765")) || kd_view_ends(v, KD_V(":08765")));
}

static void value(struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 16), again = KD_BUF_INIT(1 << 18), back = KD_BUF_INIT(1 << 16);

	if (!kd_http_value(v, &b))
		return;
	check(b.n <= v.n && kd_utf8_valid(kd_buf_view(&b)));
	/* Any value that came in can be said in base64, and means the same then. */
	kd_buf_add(&again, KD_V("=?base64?"));
	check(kd_base64_add(&again, kd_buf_view(&b)));
	kd_buf_add(&again, KD_V("?="));
	check(kd_http_value(kd_buf_view(&again), &back) && kd_view_eq(kd_buf_view(&back), kd_buf_view(&b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view v = kd_view_from(kd_view(p, size), 1);
	uint64_t stream, event;

	switch (size ? data[0] : 0) {
	case 'a':
		address(v);
		break;
	case 'h':
		sender(v, false);
		break;
	case 'o':
		sender(v, true);
		break;
	case 't':
		check(kd_http_accepts(v) <= 7);
		kd_http_is_json(v);
		break;
	case 'v':
		value(v);
		break;
	case 'e':
		kd_http_event_id(v, &stream, &event);
		break;
	default:
		break;
	}
	return 0;
}
