// SPDX-License-Identifier: GPL-2.0-or-later
/* Prompts: the commands of the workflow (skills/commands); and completion of their names, of verbs, of files. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "serve/mcp_internal.h"
#include "serve/verbtool.h"
#include "verb/skill.h"

enum { TEXT_MAX = 256 << 10, COMPLETE_MAX = 100 /* the protocol's */, ENTRIES_MAX = 10000, TTL_MS = 3600000 };

static const struct kd_skill *command_at(size_t i)
{
	size_t n;
	const struct kd_skill *s = kd_skills(&n);

	for (size_t k = 0; k < n; k++)
		if (s[k].command && !i--)
			return &s[k];
	return NULL;
}

static bool takes_arguments(const struct kd_skill *s)
{
	return kd_view_has(s->text, KD_V("$ARGUMENTS"));
}

void mcp_prompts_list(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);
	const struct kd_skill *s;
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "prompts");
	kd_json_begin_array(&j);
	if (c->mcp->conf.fixtures)
		mcp_fixture_prompts(&j);
	for (size_t i = 0; (s = command_at(i)); i++) {
		kd_json_begin_object(&j);
		kd_json_kv_strz(&j, "name", s->name);
		kd_json_kv_strz(&j, "description", s->description);
		kd_json_key(&j, "arguments");
		kd_json_begin_array(&j);
		if (takes_arguments(s)) {
			kd_json_begin_object(&j);
			kd_json_kv_strz(&j, "name", "arguments");
			kd_json_kv_strz(&j, "description", "what it is about: a file, a group, a commit, words");
			kd_json_kv_bool(&j, "required", false);
			kd_json_end_object(&j);
		}
		kd_json_end_array(&j);
		kd_json_end_object(&j);
	}
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_cacheable(c, mcp_members(&b), TTL_MS, true);
}

void mcp_prompt_get(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 * TEXT_MAX), text = KD_BUF_INIT(TEXT_MAX);
	struct kd_view name = KD_VNULL, args = KD_VNULL;
	const struct kd_skill *s;
	struct kd_json j;

	mcp_str(c->params, "name", &name);
	if (c->mcp->conf.fixtures && mcp_fixture_prompt(c, name))
		return;
	s = kd_skill_named(name);
	mcp_str(kd_jsonin_get(c->params, "arguments"), "arguments", &args);
	if (!s || !s->command || !kd_skill_fill(s->text, args, &text)) {
		kd_mcp_fail(c, KD_RPC_PARAMS, s && s->command ? "the arguments are too long" : "there is no such prompt", KD_VNULL);
		return;
	}
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "description", s->description);
	kd_json_key(&j, "messages");
	kd_json_begin_array(&j);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "role", "user");
	kd_json_key(&j, "content");
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "type", "text");
	kd_json_kv_str(&j, "text", kd_buf_view(&text));
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_mcp_result(c, mcp_members(&b));
}

/* ---- completion ---- */

struct found {
	struct kd_json *j;
	struct kd_view begin;
	size_t shown, total;
};

static void offer(struct found *f, struct kd_view text)
{
	if (!kd_view_starts(text, f->begin))
		return;
	if (f->shown < COMPLETE_MAX) {
		kd_json_str(f->j, text);
		f->shown++;
	}
	f->total++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Names in the folder of what was typed so far, where that lies below a root. */
static void offer_files(const struct kd_mcp *m, struct found *f)
{
	kd_auto(kd_buf_deinit) struct kd_buf dir = KD_BUF_INIT(PATH_MAX), name = KD_BUF_INIT(PATH_MAX);
	const size_t slash = kd_view_rchr(f->begin, '/');
	char real[PATH_MAX];
	struct dirent **all = NULL;
	int n;

	if (slash == KD_NPOS) { /* nothing yet: the roots themselves */
		for (size_t i = 0; i < m->conf.nroots; i++)
			offer(f, kd_view_of(m->conf.roots[i]));
		return;
	}
	kd_buf_printf(&dir, "%s%.*s/", f->begin.p[0] == '/' ? "" : "/", (int)slash, f->begin.p);
	if (dir.overflow || !realpath(dir.p, real) || !kd_vt_below(&m->conf, real))
		return;
	n = scandir(real, &all, NULL, by_name);
	for (int i = 0; i < n; i++) {
		if (all[i]->d_name[0] != '.' && i < ENTRIES_MAX) {
			kd_buf_clear(&name);
			kd_buf_printf(&name, "%.*s/%s%s", (int)slash, f->begin.p, all[i]->d_name,
				      all[i]->d_type == DT_DIR ? "/" : "");
			if (!name.overflow)
				offer(f, kd_buf_view(&name));
		}
		kd_free(all[i]); /* malloc()'s, as scandir() says */
	}
	kd_free(all);
}

static void offer_names(const struct kd_mcp *m, struct kd_view of, struct found *f)
{
	size_t n;
	const struct kd_skill *s = kd_skills(&n);

	if (kd_view_eq(of, KD_V("verb")))
		for (size_t i = 0; m->conf.verbs && m->conf.verbs[i]; i += 2)
			offer(f, kd_view_of(m->conf.verbs[i]));
	else if (kd_view_eq(of, KD_V("name")))
		for (size_t i = 0; i < n; i++)
			offer(f, kd_view_of(s[i].name));
	else if (kd_view_eq(of, KD_V("path")) || kd_view_eq(of, KD_V("arguments")))
		offer_files(m, f);
}

void mcp_complete(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_jval argument = kd_jsonin_get(c->params, "argument");
	struct kd_view name, type;
	struct kd_json j;
	struct found f = {.j = &j};

	if (!mcp_str(argument, "name", &name) || !mcp_str(argument, "value", &f.begin) ||
	    !mcp_str(kd_jsonin_get(c->params, "ref"), "type", &type)) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params has ref {type, name or uri} and argument {name, value}", KD_VNULL);
		return;
	}
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "completion");
	kd_json_begin_object(&j);
	kd_json_key(&j, "values");
	kd_json_begin_array(&j);
	offer_names(c->mcp, name, &f);
	kd_json_end_array(&j);
	kd_json_kv_u64(&j, "total", f.total);
	kd_json_kv_bool(&j, "hasMore", f.total > f.shown);
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_mcp_result(c, mcp_members(&b));
}
