// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages to a client: answers, errors, what comes before them. */
#include "serve/mcp_internal.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"

enum { ANSWER_MAX = 64 << 20 };

/* ---- JSON ---- */

void mcp_finish(struct kd_json *j)
{
	kd_auto(kd_error_freep) struct kd_error *cut = kd_json_finish(j); /* the buffer's limit; it says so itself */

	(void)cut;
}

/* Names in order: few, so by selection. NULL v.node: none is left. */
static struct kd_view next_name(struct kd_jval object, struct kd_view after, struct kd_jval *ret)
{
	struct kd_view key, best = KD_VNULL;
	struct kd_jval val;

	*ret = (struct kd_jval){NULL};
	for (void *it = NULL; kd_jsonin_next(object, &it, &key, &val);) {
		if (after.p && kd_view_cmp(key, after) <= 0)
			continue;
		if (!best.p || kd_view_cmp(key, best) < 0) {
			best = key;
			*ret = val;
		}
	}
	return best;
}

static void write_object(struct kd_json *j, struct kd_jval v)
{
	struct kd_jval val;
	struct kd_view key = next_name(v, KD_VNULL, &val);

	kd_json_begin_object(j);
	for (; key.p; key = next_name(v, key, &val)) {
		kd_json_key_view(j, key);
		mcp_write(j, val);
	}
	kd_json_end_object(j);
}

/* No deeper than MCP_DEPTH_MAX, as the parser has seen to. */
void mcp_write(struct kd_json *j, struct kd_jval v)
{
	struct kd_view s;
	int64_t i;
	double d;
	bool b;

	switch (kd_jsonin_type(v)) {
	case KD_JOBJECT:
		write_object(j, v);
		return;
	case KD_JARRAY:
		kd_json_begin_array(j);
		for (size_t n = 0; n < kd_jsonin_len(v); n++)
			mcp_write(j, kd_jsonin_at(v, n));
		kd_json_end_array(j);
		return;
	default:
		break;
	}
	if (kd_jsonin_str(v, &s))
		kd_json_str(j, s);
	else if (kd_jsonin_bool(v, &b))
		kd_json_bool(j, b);
	else if (kd_jsonin_i64(v, &i))
		kd_json_i64(j, i);
	else if (kd_jsonin_double(v, &d))
		kd_json_double_exact(j, d);
	else
		kd_json_null(j);
}

struct kd_view mcp_members(const struct kd_buf *b)
{
	return kd_view_head(kd_view_from(kd_buf_view(b), 1), b->n - 2);
}

/* ---- before the answer ---- */

void mcp_notification(struct kd_buf *out, const char *method, struct kd_view params)
{
	kd_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":", method);
	kd_buf_add(out, params.n ? params : KD_V("{}"));
	kd_buf_addc(out, '}');
}

void kd_mcp_send_notification(struct kd_mcp_call *c, const char *method, struct kd_view params)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(ANSWER_MAX);

	if (c->ended || !c->ops->send)
		return;
	mcp_notification(&b, method, params);
	if (!b.overflow)
		c->ops->send(c->user, kd_buf_view(&b));
}

bool kd_mcp_wants_progress(const struct kd_mcp_call *c)
{
	return c->progress && c->ops->send;
}

void kd_mcp_progress(struct kd_mcp_call *c, double done, double total, const char *what)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_json j;

	if (!kd_mcp_wants_progress(c) || !(done > c->progress_done) || !isfinite(done))
		return;
	c->progress_done = done;
	kd_buf_printf(&b, "{\"progressToken\":%s,", c->progress);
	{
		kd_auto(kd_buf_deinit) struct kd_buf rest = KD_BUF_INIT(2048);

		kd_json_init(&j, &rest, KD_JSON_COMPACT);
		kd_json_begin_object(&j);
		kd_json_key(&j, "progress");
		kd_json_double_exact(&j, done);
		if (total > 0 && isfinite(total)) {
			kd_json_key(&j, "total");
			kd_json_double_exact(&j, total);
		}
		if (what)
			kd_json_kv_strz(&j, "message", what);
		kd_json_end_object(&j);
		mcp_finish(&j);
		kd_buf_add(&b, kd_view_from(kd_buf_view(&rest), 1));
	}
	if (!b.overflow)
		kd_mcp_send_notification(c, "notifications/progress", kd_buf_view(&b));
}

void kd_mcp_log(struct kd_mcp_call *c, const char *level, const char *logger, struct kd_view text)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256 << 10);
	const int wanted = c->modern || !c->peer ? c->log_level : c->peer->log_level;
	struct kd_json j;

	if (mcp_level(kd_view_of(level)) > wanted)
		return;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "level", level);
	kd_json_kv_strz(&j, "logger", logger);
	kd_json_kv_str(&j, "data", text);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_mcp_send_notification(c, "notifications/message", kd_buf_view(&b));
}

/* ---- answers ---- */

static void answer_head(struct kd_buf *b, const struct kd_mcp_call *c)
{
	kd_buf_printf(b, "{\"jsonrpc\":\"2.0\",\"id\":%s,", c->id);
}

/* Too long for one message: said instead of it. */
static void send_answer(struct kd_mcp_call *c, struct kd_buf *b, unsigned status)
{
	if (b->overflow) {
		kd_buf_clear(b);
		b->overflow = false;
		answer_head(b, c);
		kd_buf_printf(b, "\"error\":{\"code\":%d,\"message\":\"the answer is longer than a message may be\"}}",
			      KD_RPC_INTERNAL);
	}
	mcp_call_done(c, kd_buf_view(b), status);
}

static void add_server_info(struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf info = KD_BUF_INIT(1024);
	struct kd_json j;

	kd_json_init(&j, &info, KD_JSON_COMPACT);
	mcp_server_info(&j);
	mcp_finish(&j);
	kd_buf_printf(b, "\"_meta\":{\"io.modelcontextprotocol/serverInfo\":%.*s}", KD_VARG(kd_buf_view(&info)));
}

static void end_result(struct kd_mcp_call *c, struct kd_view members, const char *type, const char *caching)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(ANSWER_MAX);

	if (c->ended)
		return;
	answer_head(&b, c);
	kd_buf_add(&b, KD_V("\"result\":{"));
	if (c->modern) {
		kd_buf_printf(&b, "\"resultType\":\"%s\",", type);
		if (caching)
			kd_buf_printf(&b, "%s,", caching);
		add_server_info(&b);
		if (members.n)
			kd_buf_addc(&b, ',');
	}
	kd_buf_add(&b, members);
	kd_buf_add(&b, KD_V("}}"));
	send_answer(c, &b, 200);
}

void mcp_end_result(struct kd_mcp_call *c, struct kd_view members, const char *type)
{
	end_result(c, members, type, NULL);
}

void mcp_end_cacheable(struct kd_mcp_call *c, struct kd_view members, unsigned ttl_ms, bool is_public)
{
	char caching[80];

	snprintf(caching, sizeof(caching), "\"ttlMs\":%u,\"cacheScope\":\"%s\"", ttl_ms, is_public ? "public" : "private");
	end_result(c, members, "complete", caching);
}

void mcp_add_error(struct kd_buf *b, int code, struct kd_view message, struct kd_view data)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(16 << 10);
	struct kd_json j;

	kd_json_init(&j, &text, KD_JSON_COMPACT);
	kd_json_str(&j, message.n > 2000 ? kd_view_head(message, 2000) : message);
	mcp_finish(&j);
	kd_buf_printf(b, "\"error\":{\"code\":%d,\"message\":%.*s", code, KD_VARG(kd_buf_view(&text)));
	if (data.n) {
		kd_buf_add(b, KD_V(",\"data\":"));
		kd_buf_add(b, data);
	}
	kd_buf_add(b, KD_V("}}"));
}

void mcp_end_error(struct kd_mcp_call *c, int code, const char *message, struct kd_view data, unsigned status)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(ANSWER_MAX);

	if (c->ended)
		return;
	answer_head(&b, c);
	mcp_add_error(&b, code, kd_view_of(message), data);
	send_answer(c, &b, status);
}

void kd_mcp_error_text(struct kd_buf *out, int code, const char *message)
{
	kd_buf_add(out, KD_V("{\"jsonrpc\":\"2.0\",\"id\":null,"));
	mcp_add_error(out, code, kd_view_of(message), KD_VNULL);
}

void kd_mcp_fail(struct kd_mcp_call *c, int code, const char *message, struct kd_view data)
{
	mcp_end_error(c, code, message, data, code == KD_RPC_CAPABILITY && c->modern ? 400 : 200);
}

void kd_mcp_result(struct kd_mcp_call *c, struct kd_view members)
{
	mcp_end_result(c, members, "complete");
}

void kd_mcp_text(struct kd_mcp_call *c, struct kd_view text, bool error)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(ANSWER_MAX);
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "content");
	kd_json_begin_array(&j);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "type", "text");
	kd_json_kv_str(&j, "text", text);
	kd_json_end_object(&j);
	kd_json_end_array(&j);
	if (error)
		kd_json_kv_bool(&j, "isError", true);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_mcp_result(c, mcp_members(&b));
}
