// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: http-tool [NAME=VALUE…]      members of struct kd_http_conf, such as address=127.0.0.1:0 request_ms=500 token=…
 *
 * The HTTP server over a stand-in for the engine that does what it is told, for tests/run/mcp-http: it says where it
 * listens, and serves until its standard input ends. Its methods:
 *
 *	initialize       {"refuse": true}: an error
 *	fake/now         what came with it: headers, and the parameter {"param": NAME}
 *	fake/later       {"messages": 3, "every": 10, "bytes": 100, "ms": 50}: so many messages, then an answer
 *	fake/never       until it is taken back; {"messages": 1} at once
 *	fake/notify      the same messages to the session, whoever listens there
 *	fake/stat        calls that live, calls that were taken back, sessions
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "serve/http.h"

struct kd_mcp_peer {
	struct kd_mcp *mcp;
	struct kd_mcp_peer *next;
	const struct kd_mcp_peer_ops *ops;
	void *user;
	char version[16];
};

struct kd_mcp_call {
	struct kd_mcp *mcp;
	struct kd_mcp_peer *peer;
	struct kd_mcp_call *next;
	const struct kd_mcp_call_ops *ops;
	void *user;
	struct kd_timer *timer;
	uint64_t messages, every, bytes, ms, sent;
	char id[64];
};

struct kd_mcp {
	struct kd_loop *loop;
	struct kd_mcp_peer *peers;
	struct kd_mcp_call *calls;
	unsigned taken_back;
};

/* --- what the transport asks of an engine ------------------------------------------------------- */

struct kd_mcp_peer *kd_mcp_peer_new(struct kd_mcp *m, const struct kd_mcp_peer_ops *ops, void *user)
{
	struct kd_mcp_peer *p = kd_xcalloc(1, sizeof(*p));

	*p = (struct kd_mcp_peer){.mcp = m, .next = m->peers, .ops = ops, .user = user};
	m->peers = p;
	return p;
}

static void call_free(struct kd_mcp_call *c)
{
	struct kd_mcp_call **at = &c->mcp->calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	kd_timer_end(c->timer);
	kd_free(c);
}

void kd_mcp_call_cancel(struct kd_mcp_call *c)
{
	c->mcp->taken_back++;
	call_free(c);
}

void kd_mcp_peer_free(struct kd_mcp_peer *p)
{
	struct kd_mcp_peer **at = &p->mcp->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	for (struct kd_mcp_call *c = p->mcp->calls, *next; c; c = next) {
		next = c->next;
		if (c->peer == p)
			kd_mcp_call_cancel(c);
	}
	kd_free(p);
}

bool kd_mcp_peer_ready(const struct kd_mcp_peer *p)
{
	return p->version[0];
}

const char *kd_mcp_peer_version(const struct kd_mcp_peer *p)
{
	return p->version;
}

void kd_mcp_error_text(struct kd_buf *out, int code, const char *message)
{
	kd_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":%d,\"message\":\"%s\"}}", code, message);
}

/* --- what it does ------------------------------------------------------------------------------- */

static void end(struct kd_mcp_call *c, unsigned status, const char *member, const char *value)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	const struct kd_mcp_call_ops *ops = c->ops;
	void *user = c->user;

	kd_buf_printf(&b, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"%s\":%s}", c->id, member, value);
	call_free(c);
	ops->done(user, kd_buf_view(&b), status);
}

static void fill(struct kd_buf *b, uint64_t number, uint64_t bytes)
{
	kd_buf_printf(b, "{\"jsonrpc\":\"2.0\",\"method\":\"fake/message\",\"params\":{\"number\":%llu,\"text\":\"",
		      (unsigned long long)number);
	for (uint64_t i = 0; i < bytes; i++)
		kd_buf_addc(b, 'x');
	kd_buf_add(b, KD_V("\"}}"));
}

static void step(void *user)
{
	struct kd_mcp_call *c = user;

	c->timer = NULL;
	if (c->sent < c->messages) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 20);

		fill(&b, ++c->sent, c->bytes);
		c->timer = kd_loop_timer(c->mcp->loop, c->sent < c->messages ? c->every : c->ms, step, c);
		if (c->ops->send)
			c->ops->send(c->user, kd_buf_view(&b));
		return;
	}
	end(c, 200, "result", "{\"late\":true}");
}

static void notify(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(64 << 20);
	char heard[32];
	unsigned n = 0;

	for (uint64_t i = 1; i <= c->messages; i++) {
		kd_buf_clear(&text);
		fill(&text, i, c->bytes);
		n += c->peer && c->peer->ops->notify(c->peer->user, kd_buf_view(&text));
	}
	snprintf(heard, sizeof(heard), "{\"heard\":%u}", n);
	end(c, 200, "result", heard);
}

static void echo(struct kd_mcp_call *c, const struct kd_mcp_headers *h, struct kd_jval params)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	struct kd_view name = KD_VNULL, value = KD_VNULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	char key[128];
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_str(&j, "version", h->version);
	kd_json_kv_str(&j, "method", h->method);
	kd_json_kv_str(&j, "name", h->name);
	if (kd_jsonin_str(kd_jsonin_get(params, "param"), &name)) {
		snprintf(key, sizeof(key), "%.*s", KD_VARG(name));
		if (h->param(h->user, key, &value))
			kd_json_kv_str(&j, "param", value);
	}
	kd_json_kv_bool(&j, "session", c->peer != NULL);
	kd_json_kv_bool(&j, "sends", c->ops->send != NULL);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	end(c, 200, "result", b.p);
}

static void stat_(struct kd_mcp_call *c)
{
	unsigned calls = 0, peers = 0;
	char text[128];

	for (struct kd_mcp_call *o = c->mcp->calls; o; o = o->next)
		calls += o != c;
	for (struct kd_mcp_peer *p = c->mcp->peers; p; p = p->next)
		peers++;
	snprintf(text, sizeof(text), "{\"calls\":%u,\"taken_back\":%u,\"sessions\":%u}", calls, c->mcp->taken_back, peers);
	end(c, 200, "result", text);
}

static void initialize(struct kd_mcp_call *c, struct kd_jval params)
{
	struct kd_view version = KD_V(KD_MCP_LEGACY);
	bool refuse = false;

	kd_jsonin_str(kd_jsonin_get(params, "protocolVersion"), &version);
	if (kd_jsonin_bool(kd_jsonin_get(params, "refuse"), &refuse) && refuse) {
		end(c, 200, "error", "{\"code\":-32602,\"message\":\"no\"}");
		return;
	}
	snprintf(c->peer->version, sizeof(c->peer->version), "%.*s", KD_VARG(version));
	end(c, 200, "result", "{}");
}

static void work(struct kd_mcp_call *c, struct kd_view method, const struct kd_mcp_headers *headers, struct kd_jval params)
{
	kd_jsonin_u64(kd_jsonin_get(params, "messages"), &c->messages);
	kd_jsonin_u64(kd_jsonin_get(params, "every"), &c->every);
	kd_jsonin_u64(kd_jsonin_get(params, "bytes"), &c->bytes);
	kd_jsonin_u64(kd_jsonin_get(params, "ms"), &c->ms);
	if (kd_view_eq(method, KD_V("initialize")))
		initialize(c, params);
	else if (kd_view_eq(method, KD_V("fake/now")))
		echo(c, headers, params);
	else if (kd_view_eq(method, KD_V("fake/notify")))
		notify(c);
	else if (kd_view_eq(method, KD_V("fake/stat")))
		stat_(c);
	else if (kd_view_eq(method, KD_V("fake/later")))
		c->timer = kd_loop_timer(c->mcp->loop, c->messages ? c->every : c->ms, step, c);
	else if (!kd_view_eq(method, KD_V("fake/never")) && !kd_view_eq(method, KD_V("subscriptions/listen")))
		end(c, c->peer ? 200 : 404, "error", "{\"code\":-32601,\"message\":\"what?\"}");
}

static bool lives(const struct kd_mcp *m, const struct kd_mcp_call *c)
{
	const struct kd_mcp_call *o = m->calls;

	while (o && o != c)
		o = o->next;
	return o;
}

struct kd_mcp_call *kd_mcp_message(struct kd_mcp *m, struct kd_mcp_peer *peer, const struct kd_mcp_headers *headers,
				   struct kd_mcp_in *in, const struct kd_mcp_call_ops *ops, void *user)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = kd_take(in->doc);
	struct kd_jval root = kd_jsonin_root(doc);
	struct kd_view method = KD_VNULL, id;
	struct kd_mcp_call *c;
	int64_t number = 0;

	if (kd_jsonin_type(root) != KD_JOBJECT) {
		ops->done(user, KD_V("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"what?\"}}"), 400);
		return NULL;
	}
	kd_jsonin_bool(kd_jsonin_get(kd_jsonin_get(root, "params"), "streams"), &in->streams);
	if (!kd_jsonin_str(kd_jsonin_get(root, "method"), &method) ||
	    kd_jsonin_type(kd_jsonin_get(root, "id")) == KD_JABSENT) {
		ops->done(user, KD_VNULL, 202);
		return NULL;
	}
	c = kd_xcalloc(1, sizeof(*c));
	*c = (struct kd_mcp_call){.mcp = m, .peer = peer, .next = m->calls, .ops = ops, .user = user};
	m->calls = c;
	if (kd_jsonin_str(kd_jsonin_get(root, "id"), &id))
		snprintf(c->id, sizeof(c->id), "\"%.*s\"", KD_VARG(id));
	else if (kd_jsonin_i64(kd_jsonin_get(root, "id"), &number))
		snprintf(c->id, sizeof(c->id), "%lld", (long long)number);
	work(c, method, headers, kd_jsonin_get(root, "params"));
	return lives(m, c) ? c : NULL;
}

/* --- the program ---------------------------------------------------------------------------------- */

static bool option(struct kd_http_conf *conf, const char *arg)
{
	struct kd_view v = kd_view_of(arg);
	uint64_t n = 0;

	if (kd_view_skip(&v, KD_V("address=")))
		conf->address = v.p;
	else if (kd_view_skip(&v, KD_V("token=")))
		conf->token = v.p;
#define NUMBER(name)                                                                                                        \
	else if (kd_view_skip(&v, KD_V(#name "=")) && kd_view_dec(v, &n)) conf->name = (unsigned)n
	NUMBER(connections);
	NUMBER(sessions);
	NUMBER(session_idle_ms);
	NUMBER(request_ms);
	NUMBER(idle_ms);
	NUMBER(stall_ms);
	NUMBER(resume_ms);
	NUMBER(keepalive_ms);
	NUMBER(unread_max);
#undef NUMBER
	else
		return false;
	return true;
}

static void ended(void *user, short revents)
{
	(void)revents;
	kd_loop_stop(user);
}

int main(int argc, char **argv)
{
	kd_auto(kd_loop_freep) struct kd_loop *loop = kd_loop_new(NULL);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_mcp mcp = {.loop = loop};
	struct kd_http_conf conf = {0};
	struct kd_http *h = NULL;

	for (int i = 1; i < argc; i++)
		if (!option(&conf, argv[i])) {
			fprintf(stderr, "http-tool: %s?\n", argv[i]);
			return 2;
		}
	err = kd_http_start(loop, &mcp, &conf, &h);
	if (err) {
		fprintf(stderr, "http-tool: %s\n", err->msg);
		return err->cls == KD_UNSUPPORTED ? 77 : 3;
	}
	printf("%s\n", kd_http_url(h));
	fflush(stdout);
	kd_loop_watch(loop, 0, POLLIN, ended, loop);
	kd_loop_run(loop);
	kd_http_stop(h);
	if (mcp.calls || mcp.peers)
		fprintf(stderr, "http-tool: %s left\n", mcp.calls ? "calls" : "sessions");
	return mcp.calls || mcp.peers ? 1 : 0;
}
