/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mcp_internal.h: what the files of the protocol share. mcp.c has peers, calls and what comes in (mcp_in.c reads it), mcp_out.c what goes out; mcp_legacy.c and
 * mcp_modern.c what only one era has; mcp_methods.c what both have; mcp_ask.c questions to the client; mcp_watch.c what
 * a client is told of on its own; resources.c and prompts.c what their names say.
 */
#ifndef KD_SERVE_MCP_INTERNAL_H
#define KD_SERVE_MCP_INTERNAL_H

#include "base/hash.h"
#include "base/vec.h"
#include "serve/tool.h"

enum {
	MCP_PAGE = 50, /* of a list */
	MCP_CALLS_MAX = 1000, /* at once, of one peer */
	MCP_DEPTH_MAX = 48, /* nesting of a message */
	MCP_VALUES_MAX = 200000,
	MCP_ID_MAX = 256, /* bytes of an id or a progress token */
};

/* Severities of RFC 5424, 0 emergency … 7 debug; -1: none. */
int mcp_level(struct kd_view name);

struct kd_mcp_peer {
	struct kd_mcp *mcp;
	struct kd_mcp_peer *next;
	const struct kd_mcp_peer_ops *ops;
	void *user;
	const char *version; /* "": initialize was not answered */
	struct kd_jsonin *hello; /* the initialize request: capabilities of the client */
	int log_level;
	struct kd_mcp_call *calls;
	struct mcp_watch_list *watches; /* resources that it subscribed to */
};

/* A question to a client of the legacy era. */
struct mcp_asked {
	char *name;
	uint64_t id;
	struct kd_jsonin *answer; /* the response; NULL: not here yet */
};

struct kd_mcp_call {
	struct kd_mcp *mcp;
	struct kd_mcp_peer *peer; /* NULL: HTTP, modern */
	struct kd_mcp_call *next;
	const struct kd_mcp_call_ops *ops;
	void *user;
	struct kd_jsonin *doc; /* the request */
	struct kd_view method;
	struct kd_jval params, meta;
	char *id; /* as JSON */
	char *progress; /* its token as JSON; NULL: not wanted */
	double progress_done;
	int log_level;
	bool modern, ended, listening;
	unsigned busy; /* dispatching: freed by whoever comes back last */
	const struct kd_mcp_tool *tool;
	void (*cancelled)(void *user);
	void *cancel_user;
	KD_VEC(struct mcp_asked) asked;
	size_t asked_left;
	struct kd_buf state; /* that came with the call, or is kept for the answer */
	bool has_state, bad_state;
	struct mcp_watch_list *watches; /* of subscriptions/listen */
	bool tools_changed, prompts_changed, resources_changed; /* that it listens for */
};

struct kd_mcp {
	struct kd_loop *loop;
	struct kd_mcp_conf conf;
	struct kd_worker_pool *pool;
	struct kd_answers *answers;
	struct kd_mcp_peer *peers;
	struct kd_mcp_call *loose; /* calls without a peer */
	struct kd_timer *look; /* mcp_watch.c */
	uint64_t asked; /* ids given to questions */
	uint8_t secret[KD_SHA256_LEN]; /* of states */
};

/* ---- mcp.c ---- */

/* The call has ended: message goes to the transport (empty: none). */
void mcp_call_done(struct kd_mcp_call *c, struct kd_view message, unsigned status);
/* Without an answer; the work is stopped, the transport is told. */
void mcp_end_silent(struct kd_mcp_call *c);
/* Between these a call that ends stays; leave() frees it then, and says so. */
void mcp_call_enter(struct kd_mcp_call *c);
bool mcp_call_leave(struct kd_mcp_call *c);

/* ---- mcp_in.c ---- */

bool mcp_is_modern(struct kd_jval message);

/* ---- mcp_out.c ---- */

/* An object that was written to b, without its braces. */
struct kd_view mcp_members(const struct kd_buf *b);
/* A result's members ("…" without braces) as the answer; the call ends. */
void mcp_end_result(struct kd_mcp_call *c, struct kd_view members, const char *type);
/* The same of a list, or of something that may be kept: with ttlMs and cacheScope in the modern era. */
void mcp_end_cacheable(struct kd_mcp_call *c, struct kd_view members, unsigned ttl_ms, bool is_public);
void mcp_end_error(struct kd_mcp_call *c, int code, const char *message, struct kd_view data, unsigned status);
/* "error":{…}} */
void mcp_add_error(struct kd_buf *b, int code, struct kd_view message, struct kd_view data);
/* {"jsonrpc":"2.0","method":METHOD,"params":PARAMS} */
void mcp_notification(struct kd_buf *out, const char *method, struct kd_view params);
bool mcp_str(struct kd_jval object, const char *key, struct kd_view *ret);
/* Write a value of a message; members in the order of their names. */
void mcp_write(struct kd_json *j, struct kd_jval v);
/* kd_json_finish() into a buffer that cannot fail but by its limit. */
void mcp_finish(struct kd_json *j);
/* {"name":"kdoc","title":…,"version":…} */
void mcp_server_info(struct kd_json *j);
void mcp_capabilities(const struct kd_mcp *m, struct kd_json *j);
extern const char mcp_instructions[];

/* A tool by its name, or the i-th one; NULL: there is none. */
const struct kd_mcp_tool *mcp_tool(const struct kd_mcp *m, struct kd_view name);
const struct kd_mcp_tool *mcp_tool_at(const struct kd_mcp *m, size_t i);

/* ---- one era each: true: the method is theirs, and was answered ---- */

bool mcp_legacy_method(struct kd_mcp_call *c);
void mcp_legacy_notification(struct kd_mcp *m, struct kd_mcp_peer *p, struct kd_view method, struct kd_jval params);
/* A response of the client; doc is owned then. */
void mcp_legacy_response(struct kd_mcp_peer *p, struct kd_jsonin *doc);
bool mcp_modern_method(struct kd_mcp_call *c);
/* false: it was refused, and answered. */
bool mcp_modern_check(struct kd_mcp_call *c, const struct kd_mcp_headers *headers);
bool mcp_method(struct kd_mcp_call *c); /* of both */

struct mcp_method {
	const char *name;
	void (*run)(struct kd_mcp_call *c);
};

/* The one of that name, if it is there. */
bool mcp_run(struct kd_mcp_call *c, const struct mcp_method *methods, size_t n);

/* ---- lists in pages ---- */

struct mcp_page {
	size_t from, to; /* of n */
	bool more;
};

/* false: the cursor is none of ours; the call was ended with an error. */
bool mcp_page(struct kd_mcp_call *c, size_t n, struct mcp_page *ret);
void mcp_page_end(const struct mcp_page *p, struct kd_json *j); /* nextCursor, where there is more */

/* ---- resources.c, prompts.c ---- */

void mcp_resources_list(struct kd_mcp_call *c);
void mcp_templates_list(struct kd_mcp_call *c);
void mcp_resource_read(struct kd_mcp_call *c);
bool mcp_resource_exists(const struct kd_mcp *m, struct kd_view uri);
void mcp_prompts_list(struct kd_mcp_call *c);
void mcp_prompt_get(struct kd_mcp_call *c);
void mcp_complete(struct kd_mcp_call *c);

/* ---- mcp_ask.c ---- */

void mcp_ask_init(struct kd_mcp *m);
void mcp_ask_free(struct kd_mcp_call *c);
void mcp_ask_take_state(struct kd_mcp_call *c); /* of a modern request */

/* ---- mcp_watch.c: what a client is told of on its own ---- */

bool mcp_watch_add(struct kd_mcp *m, struct mcp_watch_list **list, struct kd_view uri);
void mcp_watch_remove(struct mcp_watch_list *list, struct kd_view uri);
void mcp_watch_free(struct mcp_watch_list *list);
void mcp_listen(struct kd_mcp_call *c); /* subscriptions/listen */
/* method: "notifications/tools/list_changed" …; uri: of resources/updated, else KD_VNULL. */
void kd_mcp_changed(struct kd_mcp *m, const char *method, struct kd_view uri);

/* ---- fixtures.c ---- */

bool mcp_fixture_prompt(struct kd_mcp_call *c, struct kd_view name);
void mcp_fixture_prompts(struct kd_json *j);
bool mcp_fixture_resource(struct kd_mcp_call *c, struct kd_view uri);
void mcp_fixture_resources(struct kd_json *j);
void mcp_fixture_templates(struct kd_json *j);

#endif
