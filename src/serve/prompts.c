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
	struct mcp_page page;
	struct kd_json j;
	size_t n = 0;

	while (command_at(n))
		n++;
	if (!mcp_page(c, n, &page))
		return;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "prompts");
	kd_json_begin_array(&j);
	if (c->mcp->conf.fixtures && !page.from)
		mcp_fixture_prompts(&j);
	for (size_t i = page.from; i < page.to; i++) {
		s = command_at(i);
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
	mcp_page_end(&page, &j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_cacheable(c, mcp_members(&b), TTL_MS, true);
}

void mcp_prompt_get(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 * TEXT_MAX), text = KD_BUF_INIT(TEXT_MAX);
	struct kd_view name = KD_VNULL, args = KD_VNULL;
	struct kd_jval given = kd_jsonin_get(c->params, "arguments");
	const struct kd_skill *s;
	struct kd_json j;

	mcp_str(c->params, "name", &name);
	if (c->mcp->conf.fixtures && mcp_fixture_prompt(c, name))
		return;
	s = kd_skill_named(name);
	if (kd_jsonin_type(given) != KD_JABSENT && kd_jsonin_type(given) != KD_JOBJECT) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.arguments is an object", KD_VNULL);
		return;
	}
	given = kd_jsonin_get(given, "arguments");
	if (!kd_jsonin_str(given, &args) && kd_jsonin_type(given) != KD_JABSENT) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "the argument of a prompt is a string", KD_VNULL);
		return;
	}
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

/* Names in a folder, where that lies below a root; before: what stands before them. */
static void offer_folder(const struct kd_mcp *m, struct found *f, const char *dir, struct kd_view before)
{
	kd_auto(kd_buf_deinit) struct kd_buf name = KD_BUF_INIT(PATH_MAX);
	char real[PATH_MAX];
	struct dirent **all = NULL;
	int n;

	if (!realpath(dir, real) || !kd_vt_below(&m->conf, real))
		return;
	n = scandir(real, &all, NULL, by_name);
	for (int i = 0; i < n; i++) {
		if (all[i]->d_name[0] != '.' && i < ENTRIES_MAX) {
			kd_buf_clear(&name);
			kd_buf_printf(&name, "%.*s%s%s", KD_VARG(before), all[i]->d_name, all[i]->d_type == DT_DIR ? "/" : "");
			if (!name.overflow)
				offer(f, kd_buf_view(&name));
		}
		kd_free(all[i]); /* malloc()'s, as scandir() says */
	}
	kd_free(all);
}

/*
 * Names of files that begin with what was typed so far. In an address of a resource the first slash belongs to the template; a
 * command's argument without one is looked for below each root, as tools do.
 */
static void offer_files(const struct kd_mcp *m, struct found *f, bool address)
{
	kd_auto(kd_buf_deinit) struct kd_buf dir = KD_BUF_INIT(PATH_MAX);
	const size_t slash = kd_view_rchr(f->begin, '/');
	const struct kd_view before = slash == KD_NPOS ? KD_V("") : kd_view_head(f->begin, slash + 1);
	const bool absolute = f->begin.n && f->begin.p[0] == '/';

	if (!f->begin.n || (address && !before.n)) { /* nothing yet: the roots themselves */
		for (size_t i = 0; i < m->conf.nroots; i++)
			offer(f, kd_view_of(m->conf.roots[i]));
		return;
	}
	for (size_t i = 0; i < m->conf.nroots; i++) {
		const bool once = absolute || address;

		kd_buf_clear(&dir);
		kd_buf_printf(&dir, "%s%s%.*s", once ? "" : m->conf.roots[i], absolute ? "" : "/", KD_VARG(before));
		if (!dir.overflow)
			offer_folder(m, f, dir.p, before);
		if (once)
			return;
	}
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
		offer_files(m, f, kd_view_eq(of, KD_V("path")));
}

/* Is there what it is a name of? */
static bool ref_known(const struct kd_mcp *m, struct kd_jval ref)
{
	struct kd_view type, what;
	const struct kd_skill *s;

	if (!mcp_str(ref, "type", &type))
		return false;
	if (kd_view_eq(type, KD_V("ref/resource")))
		return mcp_str(ref, "uri", &what) && (kd_view_starts(what, KD_V("kdoc://")) || m->conf.fixtures);
	if (!kd_view_eq(type, KD_V("ref/prompt")) || !mcp_str(ref, "name", &what))
		return false;
	s = kd_skill_named(what);
	return (s && s->command) || (m->conf.fixtures && kd_view_starts(what, KD_V("test_")));
}

void mcp_complete(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_jval argument = kd_jsonin_get(c->params, "argument");
	struct kd_view name;
	struct kd_json j;
	struct found f = {.j = &j};

	if (!mcp_str(argument, "name", &name) || !mcp_str(argument, "value", &f.begin) || !ref_known(c->mcp, kd_jsonin_get(c->params, "ref"))) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params has ref {type, and the name of a prompt or the uri of a resource} and argument {name, value}",
			    KD_VNULL);
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
