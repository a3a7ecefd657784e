/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tool.h: what a tool is, and what it may say while it works. A tool is one row of a table (tools.c; fixtures.c).
 *
 *	static void call(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
 *	{
 *		kd_mcp_text(c, KD_V("all is well"), false);      // ends the call
 *	}
 *
 * call() ends the call at once or later, by one of the functions below that say so. Until then kd_mcp_on_cancel() tells
 * who has to know when the client gives up. args is borrowed as long as the call lives.
 */
#ifndef KD_SERVE_TOOL_H
#define KD_SERVE_TOOL_H

#include "serve/mcp.h"

enum kd_mcp_tool_flags {
	KD_TOOL_WRITES = 1 << 0, /* not readOnlyHint; needs confirm */
	KD_TOOL_DESTRUCTIVE = 1 << 1, /* takes something away */
	KD_TOOL_IDEMPOTENT = 1 << 2, /* the same again changes nothing */
	KD_TOOL_OUTSIDE = 1 << 3, /* openWorldHint: reaches what is not kdoc's own */
	KD_TOOL_OPEN = 1 << 4, /* writes to kdoc's own memory, and needs no confirm (ledger_add) */
	KD_TOOL_READS = 1 << 5, /* writes, but not in all that it does: a server that is read-only has it, too */
};

struct kd_mcp_tool {
	const char *name, *title, *description;
	/* JSON Schema of arguments and of structuredContent, compact; NULL: made by schema(). output may be NULL: none. */
	const char *input, *output;
	void (*schema)(const struct kd_mcp_tool *t, struct kd_buf *ret_input);
	unsigned flags; /* enum kd_mcp_tool_flags */
	void (*call)(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args);
	const void *data; /* the tool's own */
};

/* Tools in the order in which they are listed; *n of them. */
const struct kd_mcp_tool *kd_mcp_tools(size_t *n); /* tools.c */
const struct kd_mcp_tool *kd_mcp_fixture_tools(size_t *n); /* fixtures.c */

/* ---- about a call ---- */

struct kd_mcp *kd_mcp_of(struct kd_mcp_call *c);
bool kd_mcp_is_modern(const struct kd_mcp_call *c);
/* Has the client this capability: "elicitation" (by forms), "sampling", "roots"? */
bool kd_mcp_can(const struct kd_mcp_call *c, const char *capability);
/* Called when the client gives up; not after the end of the call. One at a time. */
void kd_mcp_on_cancel(struct kd_mcp_call *c, void (*cancelled)(void *user), void *user);

/* ---- while it works ---- */

bool kd_mcp_wants_progress(const struct kd_mcp_call *c);
/* Where asked for, and only when done grew; total 0: not known; what may be NULL. */
void kd_mcp_progress(struct kd_mcp_call *c, double done, double total, const char *what);
/* level as syslog's: "info", "warning" …; text is data. Where the client wants this level. */
void kd_mcp_log(struct kd_mcp_call *c, const char *level, const char *logger, struct kd_view text);
/* notifications/NAME with params ("{…}"), of this call. */
void kd_mcp_send_notification(struct kd_mcp_call *c, const char *method, struct kd_view params);

/* ---- the end of a call ---- */

/* A result of one text. error: the tool could not do it, and says why (isError). */
void kd_mcp_text(struct kd_mcp_call *c, struct kd_view text, bool error);
/* members: the result's members as JSON without the braces: "content":[…],"structuredContent":{…}. */
void kd_mcp_result(struct kd_mcp_call *c, struct kd_view members);
/* A protocol error; data: JSON or KD_VNULL. */
void kd_mcp_fail(struct kd_mcp_call *c, int code, const char *message, struct kd_view data);

/* ---- asking the client's user ---- */

/*
 * Ask the client: requests is a JSON object of name → {"method":…,"params":…} (specification 2026-07-28, InputRequests).
 * Modern: the call ends with input_required, and when the client calls again with the answers (and state, signed)
 * t->call runs anew, where kd_mcp_answer() gives them. Legacy: the requests are sent one after the other; when all are
 * answered t->call runs anew. The client must have the capability (kd_mcp_can()). state: what the tool wants to find again.
 */
void kd_mcp_ask(struct kd_mcp_call *c, struct kd_view requests, struct kd_view state);
/* The result that the client gave to the request of this name; absent: it was not asked. */
struct kd_jval kd_mcp_answer(const struct kd_mcp_call *c, const char *name);
/* The state given to kd_mcp_ask() before, checked; KD_VNULL: none, or altered, of another call, or expired (said by *bad). */
struct kd_view kd_mcp_state(const struct kd_mcp_call *c, bool *bad);

#endif
