/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mcp.h: the Model Context Protocol, whatever carries it: messages of a client in, messages to it out.
 *
 *	struct kd_mcp *m = kd_mcp_new(loop, &conf);
 *	struct kd_mcp_peer *p = kd_mcp_peer_new(m, &peer_ops, self);             // a session of the legacy era; stdio has one
 *	struct kd_mcp_in in;                                                     // kd_auto(kd_mcp_in_deinit)
 *
 *	kd_mcp_in_read(text, &in);
 *	struct kd_mcp_call *c = kd_mcp_message(m, p, NULL, &in, &call_ops, self);
 *
 * Two eras of the protocol are served at one place (specification, revisions 2025-06-18 and 2025-11-25: "legacy";
 * 2026-07-28: "modern"). A message with io.modelcontextprotocol/protocolVersion in its _meta is modern, whatever came
 * before; all others are legacy and belong to a peer. Where the eras differ stands in mcp_legacy.c and mcp_modern.c alone.
 *
 * A request becomes a call. It ends with one done(); messages that belong to it come before, by send(). done() may be
 * called before kd_mcp_message() returns, which then gives NULL. kd_mcp_call_cancel() ends a call without a word, and
 * with it the work: the worker is killed.
 */
#ifndef KD_SERVE_MCP_H
#define KD_SERVE_MCP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "base/view.h"
#include "serve/answer.h"
#include "serve/loop.h"
#include "serve/worker.h"

#define KD_MCP_MODERN "2026-07-28"
#define KD_MCP_LEGACY "2025-11-25" /* the newest of the legacy era, what an unknown version is answered with */
#define KD_MCP_LEGACY_OLDEST "2025-06-18"

enum {
	KD_RPC_PARSE = -32700,
	KD_RPC_INVALID = -32600,
	KD_RPC_METHOD = -32601,
	KD_RPC_PARAMS = -32602,
	KD_RPC_INTERNAL = -32603,
	KD_RPC_LEGACY_RESOURCE = -32002, /* unknown resource, legacy */
	KD_RPC_HEADER = -32020, /* modern: headers and body do not agree */
	KD_RPC_CAPABILITY = -32021, /* modern: the client lacks a capability */
	KD_RPC_VERSION = -32022, /* modern: unsupported version */
};

enum { KD_MCP_MESSAGE_MAX = 16 << 20 }; /* bytes of one message from a client */

struct kd_mcp;
struct kd_mcp_peer;
struct kd_mcp_call;
struct kd_mcp_tool; /* tool.h */

struct kd_mcp_conf {
	const char *const *roots; /* folders below which files may be named, canonical; borrowed */
	size_t nroots;
	const char *const *verbs; /* name and summary of each verb, then NULL; borrowed */
	const char *program; /* of workers; NULL: this one */
	unsigned workers; /* that run at once; 0: as many as CPUs */
	const char *tools; /* only these, with commas, "core_*" is all that begin so; NULL: all. `more` is always there; borrowed */
	bool read_only; /* tools that write are not offered */
	bool fixtures; /* names of the conformance suite, too (fixtures.c) */
};

struct kd_mcp *kd_mcp_new(struct kd_loop *loop, const struct kd_mcp_conf *conf);
/* Those that listen (subscriptions/listen) are told that it ends; their calls end. */
void kd_mcp_goodbye(struct kd_mcp *m);
void kd_mcp_free(struct kd_mcp *m); /* after its peers and calls: those that are left are ended without a word */

/* ---- for transports ---- */

struct kd_mcp_peer_ops {
	/* A message that belongs to no call (notifications); false: nobody listens. */
	bool (*notify)(void *user, struct kd_view message);
};

struct kd_mcp_peer *kd_mcp_peer_new(struct kd_mcp *m, const struct kd_mcp_peer_ops *ops, void *user);
void kd_mcp_peer_free(struct kd_mcp_peer *p); /* cancels its calls; NULL is fine */
bool kd_mcp_peer_ready(const struct kd_mcp_peer *p); /* initialize was answered */
const char *kd_mcp_peer_version(const struct kd_mcp_peer *p); /* that was agreed on, "" before */

struct kd_mcp_call_ops {
	/* NULL: nothing can come before the answer: no progress, no log messages, nothing is asked. */
	void (*send)(void *user, struct kd_view message);
	/*
	 * message empty: a notification or response was taken (HTTP 202), or the client took its request back. status: what
	 * HTTP says, 200, 202, 400, 404.
	 */
	void (*done)(void *user, struct kd_view message, unsigned status);
};

/* Of HTTP: headers with what they say, "=?base64?…?=" decoded; KD_VNULL: not given. They are compared with the body in the modern era. */
struct kd_mcp_headers {
	struct kd_view version, method, name; /* MCP-Protocol-Version, Mcp-Method, Mcp-Name */
	/* Mcp-Param-NAME, decoded, too; false: not given. */
	bool (*param)(void *user, const char *name, struct kd_view *ret);
	void *user;
};

/* A text of a client, and what a transport has to know of it before the engine gets it. */
struct kd_mcp_in {
	struct kd_jsonin *doc; /* NULL: it cannot be read */
	struct kd_error *err; /* why */
	char *id; /* of one that cannot be read, as JSON, so that its sender is told; NULL: not known */
	bool initialize, modern, request;
	bool streams; /* answers to it may have messages before them: a progress token, a log level, subscriptions/listen … */
};

void kd_mcp_in_read(struct kd_view text, struct kd_mcp_in *ret); /* text need not live on */
bool kd_mcp_in_object(const struct kd_mcp_in *in); /* else it is no message */
void kd_mcp_in_deinit(struct kd_mcp_in *in);

/*
 * A message; what was read is taken out of it. peer NULL: no session (HTTP without Mcp-Session-Id): modern messages alone, and
 * initialize is the transport's business (it makes a peer first). headers NULL: stdio.
 */
struct kd_mcp_call *kd_mcp_message(struct kd_mcp *m, struct kd_mcp_peer *peer, const struct kd_mcp_headers *headers,
				   struct kd_mcp_in *in, const struct kd_mcp_call_ops *ops, void *user);
void kd_mcp_call_cancel(struct kd_mcp_call *c); /* nothing is called any more */

/* {"jsonrpc":"2.0","id":null,"error":{…}} for what never became a call. */
void kd_mcp_error_text(struct kd_buf *out, int code, const char *message);

/* ---- for tools, prompts and resources (tool.h) ---- */

struct kd_loop *kd_mcp_loop(struct kd_mcp *m);
const struct kd_mcp_conf *kd_mcp_conf(const struct kd_mcp *m);
struct kd_worker_pool *kd_mcp_pool(struct kd_mcp *m);
struct kd_answers *kd_mcp_answers(struct kd_mcp *m);

#endif
