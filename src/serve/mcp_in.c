// SPDX-License-Identifier: GPL-2.0-or-later
/* A message as it came: read once, for the transport and the engine. */
#include "serve/mcp_internal.h"

#include <string.h>

#include "base/alloc.h"

static const struct kd_jsonin_opts limits = {
	.max_bytes = KD_MCP_MESSAGE_MAX, .max_depth = MCP_DEPTH_MAX, .max_values = MCP_VALUES_MAX, .unique = true};

bool mcp_is_modern(struct kd_jval message)
{
	struct kd_jval meta = kd_jsonin_get(kd_jsonin_get(message, "params"), "_meta");

	return kd_jsonin_type(kd_jsonin_get(meta, "io.modelcontextprotocol/protocolVersion")) != KD_JABSENT;
}

/* ---- the id of a text that is no message ---- */

/* A string without escapes or a number, as it stands. */
static bool is_plain(struct kd_view v)
{
	const bool string = v.n >= 2 && *v.p == '"';
	const struct kd_view inner = string ? kd_view(v.p + 1, v.n - 2) : v;

	for (size_t i = 0; i < inner.n; i++) {
		const char c = inner.p[i];

		if (string ? c < ' ' || c > '~' || c == '\\' : !kd_is_digit(c) && (c != '-' || i))
			return false;
	}
	return v.n && v.n <= MCP_ID_MAX;
}

/* A string with its quotes, or what stands up to the next character of structure. */
static struct kd_view take_token(struct kd_view *text)
{
	size_t n = 0;

	if (text->n && *text->p == '"') {
		for (n = 1; n < text->n && text->p[n] != '"'; n++)
			n += text->p[n] == '\\';
		n = n < text->n ? n + 1 : text->n;
	} else {
		while (n < text->n && !strchr(",:{}[]\" \t\r\n", text->p[n]))
			n++;
		n = n ? n : text->n > 0;
	}
	*text = kd_view_from(*text, n);
	return kd_view(text->p - n, n);
}

/*
 * What a client calls a request whose text has something in it that is not taken: without it, the client waits for ever. Only of
 * a text that is whole (brackets match, as far as they are counted) and names one "id" at its top.
 */
static struct kd_view id_of(struct kd_view text)
{
	struct kd_view id = KD_VNULL, key = KD_VNULL;
	bool value = false; /* behind the colon of "id" */
	unsigned depth = 0, ids = 0;

	for (text = kd_view_trim(text); text.n;) {
		const struct kd_view token = take_token(&text);

		if (kd_view_has(KD_V(" \t\r\n"), token))
			continue;
		if (value && ids++ == 0)
			id = token;
		value = depth == 1 && kd_view_eq(token, KD_V(":")) && kd_view_eq(key, KD_V("\"id\""));
		key = token;
		depth += *token.p == '{' || *token.p == '[';
		depth -= depth && (*token.p == '}' || *token.p == ']');
		if (!depth && text.n)
			return KD_VNULL;
	}
	return !depth && ids == 1 && is_plain(id) ? id : KD_VNULL;
}

/* ---- reading ---- */

void kd_mcp_in_read(struct kd_view text, struct kd_mcp_in *ret)
{
	struct kd_jval message, meta;
	struct kd_view method = KD_VNULL;

	*ret = (struct kd_mcp_in){0};
	ret->err = kd_jsonin_parse(text, &limits, &ret->doc);
	if (ret->err) {
		const struct kd_view id = text.n <= KD_MCP_MESSAGE_MAX ? id_of(text) : KD_VNULL;

		ret->id = id.n ? kd_xstrndup(id.p, id.n) : NULL;
		return;
	}
	message = kd_jsonin_root(ret->doc);
	kd_jsonin_str(kd_jsonin_get(message, "method"), &method);
	meta = kd_jsonin_get(kd_jsonin_get(message, "params"), "_meta");
	ret->modern = mcp_is_modern(message);
	ret->request = method.n && kd_jsonin_type(kd_jsonin_get(message, "id")) != KD_JABSENT;
	ret->initialize = ret->request && kd_view_eq(method, KD_V("initialize"));
	ret->streams = kd_view_eq(method, KD_V("subscriptions/listen")) || kd_view_eq(method, KD_V("tools/call")) ||
		       kd_jsonin_type(kd_jsonin_get(meta, "progressToken")) != KD_JABSENT ||
		       kd_jsonin_type(kd_jsonin_get(meta, "io.modelcontextprotocol/logLevel")) != KD_JABSENT;
}

bool kd_mcp_in_object(const struct kd_mcp_in *in)
{
	return kd_jsonin_type(kd_jsonin_root(in->doc)) == KD_JOBJECT;
}

void kd_mcp_in_deinit(struct kd_mcp_in *in)
{
	kd_jsonin_free(in->doc);
	kd_error_free(in->err);
	kd_free(in->id);
}
