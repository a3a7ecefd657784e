// SPDX-License-Identifier: GPL-2.0-or-later
/* What only the revision 2026-07-28 has: everything that a server must know of a client is in each request. */
#include "serve/mcp_internal.h"

#include "base/alloc.h"

static void put_versions(struct kd_json *j, const char *key)
{
	kd_json_key(j, key);
	kd_json_begin_array(j);
	kd_json_strz(j, KD_MCP_MODERN);
	kd_json_strz(j, KD_MCP_LEGACY);
	kd_json_strz(j, KD_MCP_LEGACY_OLDEST);
	kd_json_end_array(j);
}

static void discover(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	put_versions(&j, "supportedVersions");
	kd_json_key(&j, "capabilities");
	mcp_capabilities(c->mcp, &j);
	kd_json_kv_strz(&j, "instructions", mcp_instructions);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_cacheable(c, mcp_members(&b), 3600000, true);
}

bool mcp_modern_method(struct kd_mcp_call *c)
{
	static const struct mcp_method methods[] = {{"server/discover", discover}, {"subscriptions/listen", mcp_listen}};

	return mcp_run(c, methods, KD_ARRAY_LEN(methods));
}

/* ---- what a request has to have ---- */

static bool mismatch(struct kd_mcp_call *c, const char *header, const char *what)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024);

	kd_buf_printf(&b, "Header mismatch: %s %s", header, what);
	mcp_end_error(c, KD_RPC_HEADER, b.p, KD_VNULL, 400);
	return false;
}

static bool check_header(struct kd_mcp_call *c, const char *name, struct kd_view given, struct kd_view body)
{
	if (!given.p)
		return mismatch(c, name, "is missing");
	return kd_view_eq(given, body) || mismatch(c, name, "is not what the body says");
}

/* The header that a method needs beside Mcp-Method: what it is about. NULL: none. */
static const char *named_by(struct kd_view method)
{
	if (kd_view_eq(method, KD_V("tools/call")) || kd_view_eq(method, KD_V("prompts/get")))
		return "name";
	return kd_view_eq(method, KD_V("resources/read")) ? "uri" : NULL;
}

/* ---- Mcp-Param-…: arguments that the tool's schema marks with x-mcp-header ---- */

static bool same_value(struct kd_view given, struct kd_jval body)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(64 << 10);
	struct kd_view s;
	int64_t want, have;
	struct kd_json j;

	if (kd_jsonin_str(body, &s))
		return kd_view_eq(given, s);
	if (kd_jsonin_i64(body, &want)) { /* 42.0 is 42 */
		struct kd_view rest = given;

		if (!kd_view_take_int(&rest, &have) || have != want)
			return false;
		if (kd_view_skip(&rest, KD_V(".")))
			while (kd_view_skip(&rest, KD_V("0")))
				;
		return !rest.n;
	}
	kd_json_init(&j, &text, KD_JSON_COMPACT);
	mcp_write(&j, body);
	mcp_finish(&j);
	return kd_view_eq(given, kd_buf_view(&text));
}

static bool check_param(struct kd_mcp_call *c, const struct kd_mcp_headers *h, struct kd_view name, struct kd_jval value)
{
	kd_auto(kd_buf_deinit) struct kd_buf header = KD_BUF_INIT(256);
	const bool has = kd_jsonin_type(value) != KD_JABSENT && kd_jsonin_type(value) != KD_JNULL;
	struct kd_view given = KD_VNULL;

	kd_buf_printf(&header, "Mcp-Param-%.*s", KD_VARG(name));
	if (header.overflow || !h->param)
		return true;
	if (!h->param(h->user, header.p + sizeof("Mcp-Param-") - 1, &given))
		return !has || mismatch(c, header.p, "is missing");
	if (!has)
		return mismatch(c, header.p, "is given, but not in the body");
	return same_value(given, value) || mismatch(c, header.p, "is not what the body says");
}

static bool check_params(struct kd_mcp_call *c, const struct kd_mcp_headers *h, struct kd_jval schema, struct kd_jval value)
{
	struct kd_jval properties = kd_jsonin_get(schema, "properties"), property;
	struct kd_view key, name;

	for (void *it = NULL; kd_jsonin_next(properties, &it, &key, &property);) {
		kd_auto(kd_freep) char *keyz = kd_xstrndup(key.p, key.n);
		struct kd_jval at = kd_jsonin_get(value, keyz);

		if (mcp_str(property, "x-mcp-header", &name) && !check_param(c, h, name, at))
			return false;
		if (!check_params(c, h, property, at))
			return false;
	}
	return true;
}

static bool check_tool_params(struct kd_mcp_call *c, const struct kd_mcp_headers *h)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_mcp_tool *t;
	struct kd_view name;

	if (!kd_view_eq(c->method, KD_V("tools/call")) || !mcp_str(c->params, "name", &name))
		return true;
	t = mcp_tool(c->mcp, name);
	if (!t || !t->input || !kd_view_has(kd_view_of(t->input), KD_V("x-mcp-header")))
		return true;
	err = kd_jsonin_parse(kd_view_of(t->input), NULL, &doc);
	return err || check_params(c, h, kd_jsonin_root(doc), kd_jsonin_get(c->params, "arguments"));
}

static bool check_headers(struct kd_mcp_call *c, const struct kd_mcp_headers *h)
{
	const char *key = named_by(c->method);
	struct kd_view name;

	if (!check_header(c, "Mcp-Method", h->method, c->method))
		return false;
	if (key && mcp_str(c->params, key, &name) && !check_header(c, "Mcp-Name", h->name, name))
		return false;
	return check_tool_params(c, h);
}

static bool unsupported(struct kd_mcp_call *c, struct kd_view version)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	put_versions(&j, "supported");
	kd_json_kv_str(&j, "requested", version.n > 100 ? kd_view_head(version, 100) : version);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_error(c, KD_RPC_VERSION, "Unsupported protocol version", kd_buf_view(&b), 400);
	return false;
}

bool mcp_modern_check(struct kd_mcp_call *c, const struct kd_mcp_headers *h)
{
	struct kd_view version = KD_VNULL;

	if (!mcp_str(c->meta, "io.modelcontextprotocol/protocolVersion", &version)) {
		mcp_end_error(c, KD_RPC_PARAMS, "io.modelcontextprotocol/protocolVersion is a string", KD_VNULL, 400);
		return false;
	}
	if (h && !check_header(c, "MCP-Protocol-Version", h->version, version))
		return false;
	if (!kd_view_eq(version, KD_V(KD_MCP_MODERN)))
		return unsupported(c, version);
	if (h && !check_headers(c, h))
		return false;
	if (kd_jsonin_type(kd_jsonin_get(c->meta, "io.modelcontextprotocol/clientCapabilities")) != KD_JOBJECT) {
		mcp_end_error(c, KD_RPC_PARAMS, "_meta needs io.modelcontextprotocol/clientCapabilities, an object", KD_VNULL, 400);
		return false;
	}
	if (kd_jsonin_type(kd_jsonin_get(c->meta, "io.modelcontextprotocol/logLevel")) != KD_JABSENT && c->log_level < 0) {
		mcp_end_error(c, KD_RPC_PARAMS, "io.modelcontextprotocol/logLevel is none of syslog's levels", KD_VNULL, 400);
		return false;
	}
	return true;
}
