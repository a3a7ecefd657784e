// SPDX-License-Identifier: GPL-2.0-or-later
/* Methods that both eras have. */
#include "serve/mcp_internal.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "verb/nearest.h"

enum { LIST_MAX = 4 << 20, TTL_MS = 3600000 /* of what changes with another kdoc alone */ };

/* ---- pages: a cursor is "p" and the number of the first element ---- */

bool mcp_page(struct kd_mcp_call *c, size_t n, struct mcp_page *ret)
{
	struct kd_jval given = kd_jsonin_get(c->params, "cursor");
	struct kd_view cursor;
	uint64_t from = 0;

	if (kd_jsonin_type(given) != KD_JABSENT &&
	    (!kd_jsonin_str(given, &cursor) || !kd_view_skip(&cursor, KD_V("p")) || !kd_view_dec(cursor, &from) || !from || from >= n)) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "unknown cursor: take the list from its beginning", KD_VNULL);
		return false;
	}
	*ret = (struct mcp_page){.from = (size_t)from, .to = n};
	ret->more = n - ret->from > MCP_PAGE;
	if (ret->more)
		ret->to = ret->from + MCP_PAGE;
	return true;
}

void mcp_page_end(const struct mcp_page *p, struct kd_json *j)
{
	char cursor[32];

	if (!p->more)
		return;
	snprintf(cursor, sizeof(cursor), "p%zu", p->to);
	kd_json_kv_strz(j, "nextCursor", cursor);
}

/* ---- tools ---- */

static void annotation(struct kd_buf *b, const char *name, bool value)
{
	kd_buf_printf(b, ",\"%s\":%s", name, value ? "true" : "false");
}

static void add_tool(struct kd_buf *b, const struct kd_mcp_tool *t)
{
	const bool writes = t->flags & (KD_TOOL_WRITES | KD_TOOL_OPEN);
	struct kd_json j;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(64 << 10);

	kd_json_init(&j, &text, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "name", t->name);
	if (t->title)
		kd_json_kv_strz(&j, "title", t->title);
	kd_json_kv_strz(&j, "description", t->description);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_buf_add(b, kd_view_head(kd_buf_view(&text), text.n - 1));
	kd_buf_add(b, KD_V(",\"inputSchema\":"));
	if (t->input)
		kd_buf_add(b, kd_view_of(t->input));
	else
		t->schema(t, b);
	if (t->output)
		kd_buf_printf(b, ",\"outputSchema\":%s", t->output);
	kd_buf_printf(b, ",\"annotations\":{\"readOnlyHint\":%s", writes ? "false" : "true");
	if (writes) { /* they mean something only then */
		annotation(b, "destructiveHint", t->flags & KD_TOOL_DESTRUCTIVE);
		annotation(b, "idempotentHint", t->flags & KD_TOOL_IDEMPOTENT);
	}
	annotation(b, "openWorldHint", t->flags & KD_TOOL_OUTSIDE);
	kd_buf_add(b, KD_V("}}"));
}

static void tools_list(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(LIST_MAX);
	struct mcp_page page;
	size_t n = 0;

	while (mcp_tool_at(c->mcp, n))
		n++;
	if (!mcp_page(c, n, &page))
		return;
	kd_buf_add(&b, KD_V("\"tools\":["));
	for (size_t i = page.from; i < page.to; i++) {
		if (i > page.from)
			kd_buf_addc(&b, ',');
		add_tool(&b, mcp_tool_at(c->mcp, i));
	}
	kd_buf_addc(&b, ']');
	if (page.more)
		kd_buf_printf(&b, ",\"nextCursor\":\"p%zu\"", page.to);
	mcp_end_cacheable(c, kd_buf_view(&b), TTL_MS, true);
}

static void unknown_tool(struct kd_mcp_call *c, struct kd_view name)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024), word = KD_BUF_INIT(1024);
	const struct kd_mcp_tool *t;
	struct kd_nearest near;

	kd_utf8_printable(name, &word);
	kd_buf_addc(&word, '\0');
	kd_nearest_init(&near, word.p);
	for (size_t i = 0; (t = mcp_tool_at(c->mcp, i)); i++)
		kd_nearest_try(&near, t->name);
	kd_buf_printf(&b, "Unknown tool: %s", word.p);
	if (near.best)
		kd_buf_printf(&b, "; did you mean %s?", near.best);
	kd_mcp_fail(c, KD_RPC_PARAMS, b.p, KD_VNULL);
}

static void tools_call(struct kd_mcp_call *c)
{
	enum kd_jtype args = kd_jsonin_type(kd_jsonin_get(c->params, "arguments"));
	struct kd_view name;

	if (!mcp_str(c->params, "name", &name)) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.name is the name of a tool", KD_VNULL);
		return;
	}
	if (args != KD_JABSENT && args != KD_JNULL && args != KD_JOBJECT) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.arguments is an object", KD_VNULL);
		return;
	}
	c->tool = mcp_tool(c->mcp, name);
	if (!c->tool) {
		unknown_tool(c, kd_view_head(name, 100));
		return;
	}
	c->tool->call(c, c->tool, kd_jsonin_get(c->params, "arguments"));
}

/* ---- all of them ---- */

bool mcp_run(struct kd_mcp_call *c, const struct mcp_method *methods, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(c->method, kd_view_of(methods[i].name))) {
			methods[i].run(c);
			return true;
		}
	return false;
}

bool mcp_method(struct kd_mcp_call *c)
{
	static const struct mcp_method methods[] = {
		{"tools/list", tools_list},
		{"tools/call", tools_call},
		{"resources/list", mcp_resources_list},
		{"resources/templates/list", mcp_templates_list},
		{"resources/read", mcp_resource_read},
		{"prompts/list", mcp_prompts_list},
		{"prompts/get", mcp_prompt_get},
		{"completion/complete", mcp_complete},
	};

	return mcp_run(c, methods, KD_ARRAY_LEN(methods));
}
