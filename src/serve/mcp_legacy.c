// SPDX-License-Identifier: GPL-2.0-or-later
/* What only the revisions to 2025-11-25 have: a handshake, and with it a peer that has a state. */
#include "serve/mcp_internal.h"

#include "base/alloc.h"

static const char *const versions[] = {KD_MCP_LEGACY_OLDEST, KD_MCP_LEGACY};

/* What it asked for if that is known; else the newest one, and it has to decide. */
static const char *version_for(struct kd_view wanted)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(versions); i++)
		if (kd_view_eq(wanted, kd_view_of(versions[i])))
			return versions[i];
	return KD_MCP_LEGACY;
}

static void initialize(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	struct kd_view wanted;
	struct kd_json j;

	if (!c->peer || !mcp_str(c->params, "protocolVersion", &wanted)) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.protocolVersion is missing", KD_VNULL);
		return;
	}
	if (*c->peer->version) {
		kd_mcp_fail(c, KD_RPC_INVALID, "initialize was answered already", KD_VNULL);
		return;
	}
	c->peer->version = version_for(wanted);
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "protocolVersion", c->peer->version);
	kd_json_key(&j, "capabilities");
	mcp_capabilities(c->mcp, &j);
	kd_json_key(&j, "serverInfo");
	mcp_server_info(&j);
	kd_json_kv_strz(&j, "instructions", mcp_instructions);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_jsonin_free(c->peer->hello);
	c->peer->hello = kd_take(c->doc);
	kd_mcp_result(c, mcp_members(&b));
}

static void ping(struct kd_mcp_call *c)
{
	kd_mcp_result(c, KD_VNULL);
}

static void set_level(struct kd_mcp_call *c)
{
	struct kd_view name = KD_VNULL;
	int level;

	mcp_str(c->params, "level", &name);
	level = mcp_level(name);
	if (level < 0 || !c->peer) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.level is one of debug, info, notice, warning, error, critical, alert, emergency",
			    KD_VNULL);
		return;
	}
	c->peer->log_level = level;
	kd_mcp_result(c, KD_VNULL);
}

static void subscribe(struct kd_mcp_call *c)
{
	struct kd_view uri = KD_VNULL;

	if (!c->peer || !mcp_str(c->params, "uri", &uri) || !mcp_resource_exists(c->mcp, uri))
		kd_mcp_fail(c, KD_RPC_LEGACY_RESOURCE, "there is no such resource", KD_VNULL);
	else if (!mcp_watch_add(c->mcp, &c->peer->watches, uri))
		kd_mcp_fail(c, KD_RPC_INVALID, "that many subscriptions are not kept", KD_VNULL);
	else
		kd_mcp_result(c, KD_VNULL);
}

static void unsubscribe(struct kd_mcp_call *c)
{
	struct kd_view uri = KD_VNULL;

	if (c->peer && mcp_str(c->params, "uri", &uri))
		mcp_watch_remove(c->peer->watches, uri);
	kd_mcp_result(c, KD_VNULL);
}

bool mcp_legacy_method(struct kd_mcp_call *c)
{
	static const struct mcp_method methods[] = {
		{"initialize", initialize},
		{"ping", ping},
		{"logging/setLevel", set_level},
		{"resources/subscribe", subscribe},
		{"resources/unsubscribe", unsubscribe},
	};

	return mcp_run(c, methods, KD_ARRAY_LEN(methods));
}

void mcp_legacy_notification(struct kd_mcp *m, struct kd_mcp_peer *p, struct kd_view method, struct kd_jval params)
{
	/* notifications/initialized changes nothing here; roots of a client never widen ours. */
	(void)m;
	(void)p;
	(void)method;
	(void)params;
}
