// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any lines as messages of a client, with and without headers. The loop never runs, so that no worker is started. Each message is
 * answered once, or becomes a call that is; what is answered is JSON.
 */
#include "base/alloc.h"
#include "fuzz.h"
#include "serve/mcp.h"

struct client {
	unsigned messages, answers, calls, alone;
};

static void is_json(struct kd_view v)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(v, NULL, &doc);

	check(!err && kd_jsonin_type(kd_jsonin_root(doc)) == KD_JOBJECT);
	for (size_t i = 0; i < v.n; i++)
		check(v.p[i] != '\n'); /* one line */
}

static bool notify(void *user, struct kd_view message)
{
	(void)user;
	is_json(message);
	return true;
}

static void sent(void *user, struct kd_view message)
{
	(void)user;
	is_json(message);
}

static void done(void *user, struct kd_view message, unsigned status)
{
	struct client *c = user;

	c->answers++;
	check(status == 200 || status == 202 || status == 400 || status == 404);
	if (message.n)
		is_json(message);
}

static bool param(void *user, const char *name, struct kd_view *ret)
{
	(void)user;
	*ret = kd_view_of(name);
	return true;
}

static void each_line(struct kd_mcp *m, struct kd_mcp_peer *p, struct client *c, struct kd_view text)
{
	static const struct kd_mcp_call_ops ops = {.send = sent, .done = done};
	const struct kd_mcp_headers h = {.version = KD_V(KD_MCP_MODERN), .method = KD_V("tools/call"), .name = KD_V("=?base64?YQ==?="),
					 .param = param};
	while (text.n && c->messages < 64) {
		const size_t n = kd_view_chr(text, '\n');
		struct kd_view line = kd_view_head(text, n == KD_NPOS ? text.n : n);
		const unsigned before = c->answers;
		kd_auto(kd_mcp_in_deinit) struct kd_mcp_in in;
		struct kd_mcp_call *call;

		kd_mcp_in_read(line, &in);
		call = kd_mcp_message(m, p, c->messages % 3 == 2 ? &h : NULL, &in, &ops, c);
		c->messages++;
		if (call)
			c->calls++;
		else
			check(c->answers >= before + 1); /* and of those that it cancelled */
		text = kd_view_from(text, line.n == text.n ? text.n : line.n + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kd_mcp_peer_ops ops = {.notify = notify};
	static const char *const roots[] = {"/nowhere"}, *const verbs[] = {"version", "which", NULL};
	kd_auto(kd_loop_freep) struct kd_loop *loop = kd_loop_new(NULL);
	const struct kd_mcp_conf conf = {.roots = roots, .nroots = 1, .verbs = verbs, .workers = 1, .program = "/nowhere/kdoc",
					 .fixtures = size && data[0] == '\n'};
	struct client c = {0};
	struct kd_mcp *m = kd_mcp_new(loop, &conf);
	struct kd_mcp_peer *p = kd_mcp_peer_new(m, &ops, &c);

	each_line(m, p, &c, kd_view((const char *)data, size));
	kd_mcp_peer_free(p);
	kd_mcp_free(m);
	return 0;
}
