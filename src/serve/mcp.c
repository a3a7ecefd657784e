// SPDX-License-Identifier: GPL-2.0-or-later
/* Peers, calls, and the messages that come in. */
#include "serve/mcp_internal.h"

#include <string.h>

#include "base/alloc.h"
#include "verb/version.h"

const char mcp_instructions[] =
	"kdoc reads Linux kernel crashes: logs, reports, vmcores, upstream history, the team's memory of crashes. Begin "
	"with scan_log (what is in a log) or investigate (what happened, with evidence ids); source_of and decode_report "
	"for code, search_fixes and backport_check for fixes, core_triage for a dump, triage for what came in. An answer "
	"is cut to a few kB: 'more' reads on, 'detail' asks for less or more of it, 'at' (/reports/0) opens a part of its"
	" JSON. What it says is proven or marked as a guess: do not call a hypothesis a root cause; put claims into "
	"ledger_add with evidence ids, and run lint_report on what you wrote before you hand it over.";

/* ---- small things ---- */

bool mcp_str(struct kd_jval object, const char *key, struct kd_view *ret)
{
	return kd_jsonin_str(kd_jsonin_get(object, key), ret);
}

/* A string or an integer as JSON; NULL: something else, or too long. */
static char *token_of(struct kd_jval v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MCP_ID_MAX);
	enum kd_jtype type = kd_jsonin_type(v);
	struct kd_json j;

	if (type != KD_JSTR && type != KD_JINT && type != KD_JREAL)
		return NULL;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	mcp_write(&j, v);
	mcp_finish(&j);
	return b.overflow ? NULL : kd_xstrndup(b.p, b.n);
}

int mcp_level(struct kd_view name)
{
	static const char *const names[] = {"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_eq(name, kd_view_of(names[i])))
			return (int)i;
	return -1;
}

void mcp_server_info(struct kd_json *j)
{
	struct kd_version v;

	kd_version_get(&v);
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "name", "kdoc");
	kd_json_kv_strz(j, "title", "kdoc: kernel crash triage");
	kd_json_kv_strz(j, "version", v.version);
	kd_json_end_object(j);
}

static void empty_capability(struct kd_json *j, const char *name, const char *flag, const char *flag2)
{
	kd_json_key(j, name);
	kd_json_begin_object(j);
	if (flag)
		kd_json_kv_bool(j, flag, true);
	if (flag2)
		kd_json_kv_bool(j, flag2, true);
	kd_json_end_object(j);
}

void mcp_capabilities(const struct kd_mcp *m, struct kd_json *j)
{
	const char *changed = m->conf.fixtures ? "listChanged" : NULL; /* ours are the same for ever */

	kd_json_begin_object(j);
	empty_capability(j, "tools", changed, NULL);
	empty_capability(j, "resources", "subscribe", NULL);
	empty_capability(j, "prompts", changed, NULL);
	empty_capability(j, "completions", NULL, NULL);
	empty_capability(j, "logging", NULL, NULL);
	kd_json_end_object(j);
}

/* ---- the server ---- */

struct kd_mcp *kd_mcp_new(struct kd_loop *loop, const struct kd_mcp_conf *conf)
{
	struct kd_mcp *m = kd_xcalloc(1, sizeof(*m));

	m->loop = loop;
	m->conf = *conf;
	m->pool = kd_worker_pool_new(loop, conf->workers, conf->program);
	m->answers = kd_answers_new(KD_ANSWERS_BYTES);
	mcp_ask_init(m);
	return m;
}

void kd_mcp_free(struct kd_mcp *m)
{
	if (!m)
		return;
	while (m->peers)
		kd_mcp_peer_free(m->peers);
	while (m->loose)
		kd_mcp_call_cancel(m->loose);
	kd_timer_end(m->look);
	kd_worker_pool_free(m->pool);
	kd_answers_free(m->answers);
	kd_free(m);
}

struct kd_loop *kd_mcp_loop(struct kd_mcp *m)
{
	return m->loop;
}

const struct kd_mcp_conf *kd_mcp_conf(const struct kd_mcp *m)
{
	return &m->conf;
}

struct kd_worker_pool *kd_mcp_pool(struct kd_mcp *m)
{
	return m->pool;
}

struct kd_answers *kd_mcp_answers(struct kd_mcp *m)
{
	return m->answers;
}

/* Is it one of those that were asked for? */
static bool is_wanted(const struct kd_mcp *m, const struct kd_mcp_tool *t)
{
	struct kd_view rest = kd_view_of(m->conf.tools), name = kd_view_of(t->name), one;

	if (m->conf.read_only && t->flags & (KD_TOOL_WRITES | KD_TOOL_OPEN) && !(t->flags & KD_TOOL_READS))
		return false;
	if (!m->conf.tools || kd_view_eq(name, KD_V("more")))
		return true;
	while (rest.n) {
		const size_t comma = kd_view_chr(rest, ',');

		one = kd_view_trim(kd_view_head(rest, comma == KD_NPOS ? rest.n : comma));
		rest = kd_view_from(rest, comma == KD_NPOS ? rest.n : comma + 1);
		if (kd_view_eq(name, one) ||
		    (kd_view_ends(one, KD_V("*")) && kd_view_starts(name, kd_view_head(one, one.n - 1))))
			return true;
	}
	return false;
}

const struct kd_mcp_tool *mcp_tool_at(const struct kd_mcp *m, size_t i)
{
	size_t n, nfixtures = 0;
	const struct kd_mcp_tool *fixtures = m->conf.fixtures ? kd_mcp_fixture_tools(&nfixtures) : NULL;
	const struct kd_mcp_tool *tools = kd_mcp_tools(&n);

	if (i < nfixtures)
		return &fixtures[i];
	i -= nfixtures;
	for (size_t k = 0; k < n; k++)
		if (is_wanted(m, &tools[k]) && !i--)
			return &tools[k];
	return NULL;
}

const struct kd_mcp_tool *mcp_tool(const struct kd_mcp *m, struct kd_view name)
{
	const struct kd_mcp_tool *t;

	for (size_t i = 0; (t = mcp_tool_at(m, i)); i++)
		if (kd_view_eq(name, kd_view_of(t->name)))
			return t;
	return NULL;
}

/* ---- peers ---- */

struct kd_mcp_peer *kd_mcp_peer_new(struct kd_mcp *m, const struct kd_mcp_peer_ops *ops, void *user)
{
	struct kd_mcp_peer *p = kd_xcalloc(1, sizeof(*p));

	*p = (struct kd_mcp_peer){.mcp = m, .ops = ops, .user = user, .version = "", .log_level = -1, .next = m->peers};
	m->peers = p;
	return p;
}

void kd_mcp_peer_free(struct kd_mcp_peer *p)
{
	struct kd_mcp_peer **at;

	if (!p)
		return;
	for (at = &p->mcp->peers; *at && *at != p;)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	while (p->calls)
		kd_mcp_call_cancel(p->calls);
	mcp_watch_free(p->watches);
	kd_jsonin_free(p->hello);
	kd_free(p);
}

bool kd_mcp_peer_ready(const struct kd_mcp_peer *p)
{
	return *p->version;
}

const char *kd_mcp_peer_version(const struct kd_mcp_peer *p)
{
	return p->version;
}

/* ---- calls ---- */

static struct kd_mcp_call **list_of(struct kd_mcp_call *c)
{
	return c->peer ? &c->peer->calls : &c->mcp->loose;
}

static void call_free(struct kd_mcp_call *c)
{
	mcp_ask_free(c);
	mcp_watch_free(c->watches);
	kd_jsonin_free(c->doc);
	kd_free(c->id);
	kd_free(c->progress);
	kd_free(c);
}

void mcp_call_enter(struct kd_mcp_call *c)
{
	c->busy++;
}

bool mcp_call_leave(struct kd_mcp_call *c)
{
	const bool over = --c->busy == 0 && c->ended;

	if (over)
		call_free(c);
	return over;
}

/* Nobody finds it any more. */
static void call_leave(struct kd_mcp_call *c)
{
	struct kd_mcp_call **at = list_of(c);

	c->ended = true;
	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
}

void mcp_call_done(struct kd_mcp_call *c, struct kd_view message, unsigned status)
{
	if (c->ended)
		return;
	call_leave(c);
	c->ops->done(c->user, message, status);
	if (!c->busy)
		call_free(c);
}

static void stop_work(struct kd_mcp_call *c)
{
	void (*cancelled)(void *user) = c->cancelled;

	c->cancelled = NULL;
	if (cancelled)
		cancelled(c->cancel_user);
}

void kd_mcp_call_cancel(struct kd_mcp_call *c)
{
	if (!c || c->ended)
		return;
	call_leave(c);
	stop_work(c);
	if (!c->busy)
		call_free(c);
}

void mcp_end_silent(struct kd_mcp_call *c)
{
	if (c->ended)
		return;
	stop_work(c);
	mcp_call_done(c, KD_VNULL, 200);
}

struct kd_mcp *kd_mcp_of(struct kd_mcp_call *c)
{
	return c->mcp;
}

bool kd_mcp_is_modern(const struct kd_mcp_call *c)
{
	return c->modern;
}

bool kd_mcp_can(const struct kd_mcp_call *c, const char *capability)
{
	struct kd_jval caps;

	if (c->modern)
		caps = kd_jsonin_get(c->meta, "io.modelcontextprotocol/clientCapabilities");
	else if (c->ops->send && c->peer)
		caps = kd_jsonin_get(kd_jsonin_get(kd_jsonin_root(c->peer->hello), "params"), "capabilities");
	else
		return false;
	caps = kd_jsonin_get(caps, capability);
	if (kd_jsonin_type(kd_jsonin_get(caps, "url")) != KD_JABSENT && kd_jsonin_type(kd_jsonin_get(caps, "form")) == KD_JABSENT)
		return false; /* of elicitation: forms are all that is asked here */
	return kd_jsonin_type(caps) == KD_JOBJECT;
}

void kd_mcp_on_cancel(struct kd_mcp_call *c, void (*cancelled)(void *user), void *user)
{
	c->cancelled = cancelled;
	c->cancel_user = user;
}

/* ---- messages in ---- */

/* A header of the modern era: then the body has to be, too. */
static bool says_modern(const struct kd_mcp_headers *h)
{
	return h && kd_view_eq(h->version, KD_V(KD_MCP_MODERN));
}

struct message {
	struct kd_mcp *m;
	struct kd_mcp_peer *peer;
	const struct kd_mcp_headers *headers;
	const struct kd_mcp_call_ops *ops;
	void *user;
};

/* id: as JSON; NULL: not known. */
static void refuse(const struct message *in, const char *id, int code, const char *message)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);

	kd_buf_printf(&b, "{\"jsonrpc\":\"2.0\",\"id\":%s,", id ? id : "null");
	mcp_add_error(&b, code, kd_view_of(message), KD_VNULL);
	in->ops->done(in->user, kd_buf_view(&b), 400);
}

static size_t calls_of(const struct kd_mcp_call *first)
{
	size_t n = 0;

	for (; first; first = first->next)
		n++;
	return n;
}

static struct kd_mcp_call *call_of_id(struct kd_mcp_peer *p, const char *id)
{
	struct kd_mcp_call *c = p ? p->calls : NULL;

	while (c && strcmp(c->id, id))
		c = c->next;
	return c;
}

static void cancel_request(struct kd_mcp_peer *p, struct kd_jval params)
{
	kd_auto(kd_freep) char *id = token_of(kd_jsonin_get(params, "requestId"));
	struct kd_mcp_call *c = id ? call_of_id(p, id) : NULL;

	/* "initialize" may not be taken back; and one that has ended is no longer here. */
	if (c)
		mcp_end_silent(c);
}

static void take_notification(const struct message *in, struct kd_view method, struct kd_jval params)
{
	if (kd_view_eq(method, KD_V("notifications/cancelled")))
		cancel_request(in->peer, params);
	else
		mcp_legacy_notification(in->m, in->peer, method, params);
	in->ops->done(in->user, KD_VNULL, 202);
}

static struct kd_mcp_call *call_new(const struct message *in, struct kd_jsonin *doc, char *id)
{
	struct kd_mcp_call *c = kd_xcalloc(1, sizeof(*c));
	struct kd_jval message = kd_jsonin_root(doc);
	struct kd_view level;

	*c = (struct kd_mcp_call){
		.mcp = in->m,
		.peer = in->peer,
		.ops = in->ops,
		.user = in->user,
		.doc = doc,
		.params = kd_jsonin_get(message, "params"),
		.id = id,
		.log_level = -1,
		.progress_done = -1,
		.modern = mcp_is_modern(message) || says_modern(in->headers),
		.state = KD_BUF_INIT(1 << 20),
	};
	mcp_str(message, "method", &c->method);
	c->meta = kd_jsonin_get(c->params, "_meta");
	c->progress = token_of(kd_jsonin_get(c->meta, "progressToken"));
	if (c->modern && mcp_str(c->meta, "io.modelcontextprotocol/logLevel", &level))
		c->log_level = mcp_level(level);
	c->next = *list_of(c);
	*list_of(c) = c;
	return c;
}

static void dispatch(struct kd_mcp_call *c, const struct kd_mcp_headers *headers)
{
	if (c->modern && !mcp_modern_check(c, headers))
		return;
	if (c->modern)
		mcp_ask_take_state(c);
	if (mcp_method(c) || (c->modern ? mcp_modern_method(c) : mcp_legacy_method(c)))
		return;
	mcp_end_error(c, KD_RPC_METHOD, "there is no such method", KD_VNULL, c->modern ? 404 : 200);
}

/* token: its id, as JSON; it and doc are owned. */
static struct kd_mcp_call *take_request(const struct message *in, struct kd_jsonin *doc, char *token)
{
	struct kd_jval message = kd_jsonin_root(doc);
	const struct kd_mcp_call *first = in->peer ? in->peer->calls : in->m->loose;
	enum kd_jtype params = kd_jsonin_type(kd_jsonin_get(message, "params"));
	struct kd_mcp_call *c;
	const char *why = NULL;

	if (!token)
		why = "an id is a string or a number, and no longer than 250 bytes";
	else if (params != KD_JABSENT && params != KD_JOBJECT)
		why = "params is an object";
	else if (calls_of(first) >= MCP_CALLS_MAX)
		why = "1000 requests are being worked on; wait for their answers";
	else if (call_of_id(in->peer, token))
		why = "a request of this id is being worked on";
	if (why) {
		refuse(in, token, KD_RPC_INVALID, why);
		kd_free(token);
		kd_jsonin_free(doc);
		return NULL;
	}
	c = call_new(in, doc, token);
	mcp_call_enter(c);
	dispatch(c, in->headers);
	return mcp_call_leave(c) ? NULL : c;
}

static struct kd_mcp_call *take_message(const struct message *in, struct kd_jsonin *doc)
{
	struct kd_jval message = kd_jsonin_root(doc), id = kd_jsonin_get(message, "id");
	kd_auto(kd_freep) char *token = token_of(id);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *mine = doc;
	struct kd_view version, method;

	if (kd_jsonin_type(message) != KD_JOBJECT || !mcp_str(message, "jsonrpc", &version) ||
	    !kd_view_eq(version, KD_V("2.0"))) {
		refuse(in, token, KD_RPC_INVALID, "a message is one JSON object with \"jsonrpc\": \"2.0\"; no batches");
	} else if (mcp_str(message, "method", &method)) {
		if (kd_jsonin_type(id) != KD_JABSENT)
			return take_request(in, kd_take(mine), kd_take(token));
		take_notification(in, method, kd_jsonin_get(message, "params"));
	} else if (in->peer && (kd_jsonin_type(kd_jsonin_get(message, "result")) != KD_JABSENT ||
				kd_jsonin_type(kd_jsonin_get(message, "error")) != KD_JABSENT)) {
		mcp_legacy_response(in->peer, kd_take(mine));
		in->ops->done(in->user, KD_VNULL, 202);
	} else {
		refuse(in, token, KD_RPC_INVALID, "neither a request nor a notification nor the response to one of ours");
	}
	return NULL;
}

struct kd_mcp_call *kd_mcp_message(struct kd_mcp *m, struct kd_mcp_peer *peer, const struct kd_mcp_headers *headers,
				   struct kd_mcp_in *in, const struct kd_mcp_call_ops *ops, void *user)
{
	const struct message message = {m, peer, headers, ops, user};

	if (in->doc)
		return take_message(&message, kd_take(in->doc));
	refuse(&message, in->id, KD_RPC_PARSE, in->err->msg);
	return NULL;
}
