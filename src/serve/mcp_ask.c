// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions to the client's user. Modern: the call ends, and what the tool wants to find again goes through the client as
 * requestState. It is: eight bytes (when it expires, monotonic ms), 32 bytes (SHA-256 of what the call was: method, name,
 * arguments), the tool's own, 32 bytes (HMAC-SHA-256, RFC 2104, over all before, with a key of this process); as base64.
 */
#include "serve/mcp_internal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/time.h"
#include "serve/secret.h"

enum { STATE_MAX = 64 << 10, EXPIRES_MS = 15 * 60 * 1000, HMAC_BLOCK = 64, HEAD = 8 + KD_SHA256_LEN, ASKED_MAX = 16 };

void mcp_ask_init(struct kd_mcp *m)
{
	kd_secret(m->secret, sizeof(m->secret));
}

void mcp_ask_free(struct kd_mcp_call *c)
{
	kd_vec_each(a, &c->asked) {
		kd_free(a->name);
		kd_jsonin_free(a->answer);
	}
	kd_vec_free(&c->asked);
	kd_buf_deinit(&c->state);
}

/* ---- states ---- */

static void hmac(const struct kd_mcp *m, struct kd_view text, uint8_t ret[KD_SHA256_LEN])
{
	uint8_t pad[HMAC_BLOCK] = {0};
	struct kd_sha256 h;

	memcpy(pad, m->secret, sizeof(m->secret));
	for (size_t i = 0; i < HMAC_BLOCK; i++)
		pad[i] ^= 0x36;
	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view((const char *)pad, sizeof(pad)));
	kd_sha256_update(&h, text);
	kd_sha256_final(&h, ret);
	for (size_t i = 0; i < HMAC_BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view((const char *)pad, sizeof(pad)));
	kd_sha256_update(&h, kd_view((const char *)ret, KD_SHA256_LEN));
	kd_sha256_final(&h, ret);
}

/* What makes it this call and no other. */
static void digest_of(const struct kd_mcp_call *c, uint8_t ret[KD_SHA256_LEN])
{
	static const char *const keys[] = {"name", "uri", "arguments"};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * KD_MCP_MESSAGE_MAX);
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_array(&j);
	kd_json_str(&j, c->method);
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		mcp_write(&j, kd_jsonin_get(c->params, keys[i]));
	kd_json_end_array(&j);
	mcp_finish(&j);
	kd_sha256_of(kd_buf_view(&b), ret);
}

static uint64_t now_ms(void)
{
	return (uint64_t)kd_mono_ns() / 1000000;
}

static void put_state(const struct kd_mcp_call *c, struct kd_view own, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(STATE_MAX);
	const uint64_t expires = now_ms() + EXPIRES_MS;
	uint8_t sum[KD_SHA256_LEN];

	kd_buf_add_le32(&b, (uint32_t)expires);
	kd_buf_add_le32(&b, (uint32_t)(expires >> 32));
	digest_of(c, sum);
	kd_buf_add(&b, kd_view((const char *)sum, sizeof(sum)));
	kd_buf_add(&b, own);
	hmac(c->mcp, kd_buf_view(&b), sum);
	kd_buf_add(&b, kd_view((const char *)sum, sizeof(sum)));
	kd_base64_add(ret, kd_buf_view(&b));
}

static bool check_state(const struct kd_mcp_call *c, struct kd_view v)
{
	struct kd_view signed_part;
	uint8_t sum[KD_SHA256_LEN];
	uint64_t expires = 0;

	if (v.n < HEAD + KD_SHA256_LEN)
		return false;
	signed_part = kd_view_head(v, v.n - KD_SHA256_LEN);
	hmac(c->mcp, signed_part, sum);
	if (!kd_equal_slowly(sum, v.p + signed_part.n, KD_SHA256_LEN))
		return false;
	for (size_t i = 0; i < 8; i++)
		expires |= (uint64_t)(uint8_t)v.p[i] << (8 * i);
	digest_of(c, sum);
	return now_ms() <= expires && !memcmp(sum, v.p + 8, KD_SHA256_LEN);
}

void mcp_ask_take_state(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(STATE_MAX);
	struct kd_jval given = kd_jsonin_get(c->params, "requestState");
	struct kd_view text;

	if (kd_jsonin_type(given) == KD_JABSENT)
		return;
	c->bad_state = !kd_jsonin_str(given, &text) || !kd_base64_take(text, &b) || !check_state(c, kd_buf_view(&b));
	if (c->bad_state)
		return;
	c->has_state = true;
	kd_buf_add(&c->state, kd_view_head(kd_view_from(kd_buf_view(&b), HEAD), b.n - HEAD - KD_SHA256_LEN));
}

struct kd_view kd_mcp_state(const struct kd_mcp_call *c, bool *bad)
{
	*bad = c->bad_state;
	return c->has_state ? kd_buf_view(&c->state) : KD_VNULL;
}

/* ---- legacy: requests of ours ---- */

static void send_question(struct kd_mcp_call *c, struct kd_view name, struct kd_jval request)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), tail = KD_BUF_INIT(1 << 20);
	struct mcp_asked *a = kd_vec_push(&c->asked, ASKED_MAX);
	struct kd_json j;

	if (!a)
		return;
	*a = (struct mcp_asked){.name = kd_xstrndup(name.p, name.n), .id = ++c->mcp->asked};
	c->asked_left++;
	kd_json_init(&j, &tail, KD_JSON_COMPACT);
	mcp_write(&j, request);
	mcp_finish(&j);
	kd_buf_printf(&b, "{\"jsonrpc\":\"2.0\",\"id\":\"kdoc-%llu\",", (unsigned long long)a->id);
	kd_buf_add(&b, kd_view_from(kd_buf_view(&tail), 1));
	c->ops->send(c->user, kd_buf_view(&b));
}

static struct mcp_asked *asked_of(struct kd_mcp_peer *p, uint64_t id, struct kd_mcp_call **ret)
{
	for (struct kd_mcp_call *c = p->calls; c; c = c->next)
		kd_vec_each(a, &c->asked) {
			if (a->id == id && !a->answer) {
				*ret = c;
				return a;
			}
		}
	return NULL;
}

void mcp_legacy_response(struct kd_mcp_peer *p, struct kd_jsonin *doc)
{
	struct kd_mcp_call *c = NULL;
	struct mcp_asked *a = NULL;
	struct kd_view id;
	uint64_t number;

	if (mcp_str(kd_jsonin_root(doc), "id", &id) && kd_view_skip(&id, KD_V("kdoc-")) && kd_view_dec(id, &number))
		a = asked_of(p, number, &c);
	if (!a) {
		kd_jsonin_free(doc);
		return;
	}
	a->answer = doc;
	if (--c->asked_left)
		return;
	mcp_call_enter(c);
	mcp_method(c); /* anew, and now the answers are there */
	mcp_call_leave(c);
}

/* ---- for tools ---- */

struct kd_jval kd_mcp_answer(const struct kd_mcp_call *c, const char *name)
{
	if (c->modern)
		return kd_jsonin_get(kd_jsonin_get(c->params, "inputResponses"), name);
	kd_vec_each(a, &c->asked) {
		if (a->answer && !strcmp(a->name, name))
			return kd_jsonin_get(kd_jsonin_root(a->answer), "result");
	}
	return (struct kd_jval){NULL};
}

static void ask_modern(struct kd_mcp_call *c, struct kd_view requests, struct kd_view state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 << 20);

	if (requests.n) {
		kd_buf_add(&b, KD_V("\"inputRequests\":"));
		kd_buf_add(&b, requests);
	}
	if (state.p || !requests.n) {
		kd_buf_printf(&b, "%s\"requestState\":\"", requests.n ? "," : "");
		put_state(c, state, &b);
		kd_buf_addc(&b, '"');
	}
	mcp_end_result(c, kd_buf_view(&b), "input_required");
}

void kd_mcp_ask(struct kd_mcp_call *c, struct kd_view requests, struct kd_view state)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view name;
	struct kd_jval request;

	if (c->modern) {
		ask_modern(c, requests, state);
		return;
	}
	err = kd_jsonin_parse(requests, NULL, &doc);
	if (err || !c->ops->send || !c->peer || !kd_jsonin_len(kd_jsonin_root(doc))) {
		kd_mcp_fail(c, KD_RPC_INTERNAL, "this client cannot be asked", KD_VNULL);
		return;
	}
	kd_buf_clear(&c->state);
	kd_buf_add(&c->state, state);
	c->has_state = state.p;
	for (void *it = NULL; kd_jsonin_next(kd_jsonin_root(doc), &it, &name, &request);)
		send_question(c, name, request);
}
