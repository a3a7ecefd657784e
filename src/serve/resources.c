// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/resource.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "serve/mcp_internal.h"
#include "serve/verbtool.h"
#include "verb/skill.h"

enum { LIST_MAX = 1 << 20, TEXT_MAX = 8 << 20, TTL_MS = 3600000 };

#define SKILL "kdoc://skill/"
#define HELP "kdoc://help/"
#define ANSWER "kdoc://answer/"

/* What a worker says of the rest of the address: a path below a root, or an id. */
static const struct template {
	const char *prefix, *uri, *name, *description;
	const char *argv[4]; /* before the rest */
	bool path;
} templates[] = {
	{"kdoc://report", "kdoc://report{/path*}", "report", "The first crash report of a log or dump below a root, investigated",
	 {"investigate"}, true},
	{"kdoc://reports", "kdoc://reports{/path*}", "reports", "All crash reports of a log or dump, one line each", {"scan"}, true},
	{"kdoc://dump-log", "kdoc://dump-log{/path*}", "dump log", "The kernel's log in a vmcore", {"core", "log"}, true},
	{"kdoc://group/", "kdoc://group/{id}", "group", "A group of the team's memory", {"group", "show"}, false},
	{"kdoc://incident/", "kdoc://incident/{id}", "incident", "An incident of the team's memory", {"incident", "show"}, false},
	{"kdoc://claim/", "kdoc://claim/{id}", "claim", "A claim of the ledger with its evidence", {"ledger", "show"}, false},
	{"kdoc://evidence/", "kdoc://evidence/{id}", "evidence", "A piece of evidence of the ledger, checked again", {"evidence", "check"}, false},
};

/* Served from the program itself: listed as templates, too, because they complete. */
static const struct {
	const char *uri, *name, *description;
} own_templates[] = {
	{HELP "{verb}", "help", "The manual page of a verb of kdoc"},
	{SKILL "{name}", "skill", "How to work with kdoc: a skill or a command"},
	{ANSWER "{handle}", "answer", "The whole of an answer that a tool cut short"},
};

/* ---- lists ---- */

static void list_one(struct kd_json *j, const char *prefix, const char *name, const char *description)
{
	kd_auto(kd_buf_deinit) struct kd_buf uri = KD_BUF_INIT(256);

	for (kd_buf_printf(&uri, "%s", prefix); *name; name++)
		if (*name == ' ')
			kd_buf_add(&uri, KD_V("%20"));
		else
			kd_buf_addc(&uri, *name);
	kd_json_begin_object(j);
	kd_json_kv_str(j, "uri", kd_buf_view(&uri));
	kd_json_kv_str(j, "name", kd_view_from(kd_buf_view(&uri), sizeof("kdoc://") - 1));
	kd_json_kv_strz(j, "description", description);
	kd_json_kv_strz(j, "mimeType", "text/markdown");
	kd_json_end_object(j);
}

/* "core bt" and its summary: two strings each in conf->verbs. */
static size_t count_verbs(const struct kd_mcp *m)
{
	size_t n = 0;

	while (m->conf.verbs && m->conf.verbs[2 * n])
		n++;
	return n;
}

void mcp_resources_list(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(LIST_MAX);
	size_t nskills;
	const struct kd_skill *skills = kd_skills(&nskills);
	struct mcp_page page;
	struct kd_json j;

	if (!mcp_page(c, nskills + count_verbs(c->mcp), &page))
		return;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "resources");
	kd_json_begin_array(&j);
	if (c->mcp->conf.fixtures && !page.from)
		mcp_fixture_resources(&j);
	for (size_t i = page.from; i < page.to; i++)
		if (i < nskills)
			list_one(&j, SKILL, skills[i].name, skills[i].description);
		else
			list_one(&j, HELP, c->mcp->conf.verbs[2 * (i - nskills)], c->mcp->conf.verbs[2 * (i - nskills) + 1]);
	kd_json_end_array(&j);
	mcp_page_end(&page, &j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_cacheable(c, mcp_members(&b), TTL_MS, true);
}

static void list_template(struct kd_json *j, const char *uri, const char *name, const char *description)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "uriTemplate", uri);
	kd_json_kv_strz(j, "name", name);
	kd_json_kv_strz(j, "description", description);
	kd_json_kv_strz(j, "mimeType", "text/plain");
	kd_json_end_object(j);
}

void mcp_templates_list(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(LIST_MAX);
	struct mcp_page page;
	struct kd_json j;

	if (!mcp_page(c, KD_ARRAY_LEN(templates) + KD_ARRAY_LEN(own_templates), &page))
		return;
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "resourceTemplates");
	kd_json_begin_array(&j);
	if (c->mcp->conf.fixtures)
		mcp_fixture_templates(&j);
	for (size_t i = 0; i < KD_ARRAY_LEN(templates); i++)
		list_template(&j, templates[i].uri, templates[i].name, templates[i].description);
	for (size_t i = 0; i < KD_ARRAY_LEN(own_templates); i++)
		list_template(&j, own_templates[i].uri, own_templates[i].name, own_templates[i].description);
	kd_json_end_array(&j);
	mcp_page_end(&page, &j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_cacheable(c, mcp_members(&b), TTL_MS, true);
}

/* ---- addresses ---- */

static bool hex_value(char c, unsigned *ret)
{
	struct kd_view v = kd_view(&c, 1);
	uint64_t x;

	if (!kd_view_hex(v, &x))
		return false;
	*ret = (unsigned)x;
	return true;
}

/* %41 → A; false: damaged, or a NUL. */
static bool percent_decode(struct kd_view v, struct kd_buf *ret)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned high, low;
		char c = v.p[i];

		if (c == '%') {
			if (i + 2 >= v.n || !hex_value(v.p[i + 1], &high) || !hex_value(v.p[i + 2], &low))
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c || !kd_buf_addc(ret, c))
			return false;
	}
	return true;
}

static bool is_id(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]) && !strchr("-.:@", v.p[i]))
			return false;
	return v.n && v.p[0] != '-' && v.n < 256;
}

static const struct template *template_of(struct kd_view uri, struct kd_view *rest)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(templates); i++) {
		*rest = uri;
		if (kd_view_skip(rest, kd_view_of(templates[i].prefix)) && rest->n && (!templates[i].path || rest->p[0] == '/'))
			return &templates[i];
	}
	return NULL;
}

/* The argument that the rest of the address stands for, in the arena; NULL: none, *err says why if it is to be told. */
static const char *argument_of(const struct kd_mcp *m, const struct template *t, struct kd_view rest, struct kd_arena *arena,
			       struct kd_error **err)
{
	static const struct kd_vt_param param = {.name = "path", .type = KD_VT_PATH};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	const char *ret = NULL;

	if (!percent_decode(rest, &b))
		return NULL;
	if (!t->path) {
		ret = is_id(kd_buf_view(&b)) ? kd_arena_view(arena, kd_buf_view(&b)).p : NULL;
		return ret && !kd_fs_exists(ret) ? ret : NULL; /* a verb would take it for the file of that name */
	}
	*err = kd_vt_path(arena, &m->conf, &param, kd_buf_view(&b), &ret);
	return *err ? NULL : ret;
}

char *kd_resource_file(const struct kd_mcp *m, struct kd_view uri)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view rest;
	const struct template *t = template_of(uri, &rest);
	const char *path = t && t->path ? argument_of(m, t, rest, &arena, &err) : NULL;

	return path ? kd_xstrndup(path, strlen(path)) : NULL;
}

static bool own_text(const struct kd_mcp *m, struct kd_view uri, struct kd_view *ret)
{
	const struct kd_skill *s;

	if (kd_view_skip(&uri, KD_V(SKILL)) && (s = kd_skill_named(uri))) {
		*ret = s->source;
		return true;
	}
	return kd_view_skip(&uri, KD_V(ANSWER)) && kd_answers_get(m->answers, uri, ret);
}

/* The verb of a help page, as words; false: there is none. */
static const char *help_verb(const struct kd_mcp *m, struct kd_view uri)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256);

	if (!kd_view_skip(&uri, KD_V(HELP)) || !percent_decode(uri, &b))
		return NULL;
	for (size_t i = 0; i < count_verbs(m); i++)
		if (kd_view_eq(kd_buf_view(&b), kd_view_of(m->conf.verbs[2 * i])))
			return m->conf.verbs[2 * i];
	return NULL;
}

bool mcp_resource_exists(const struct kd_mcp *m, struct kd_view uri)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view rest, text;
	const struct template *t = template_of(uri, &rest);

	if (m->conf.fixtures && kd_view_starts(uri, KD_V("test://")))
		return true;
	if (t)
		return argument_of(m, t, rest, &arena, &err);
	return own_text(m, uri, &text) || help_verb(m, uri);
}

/* ---- reading ---- */

static void end_text(struct kd_mcp_call *c, struct kd_view uri, const char *mime, struct kd_view text, bool constant)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 * (size_t)TEXT_MAX);
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "contents");
	kd_json_begin_array(&j);
	kd_json_begin_object(&j);
	kd_json_kv_str(&j, "uri", uri);
	kd_json_kv_strz(&j, "mimeType", mime);
	kd_json_kv_str(&j, "text", text);
	kd_json_end_object(&j);
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	mcp_end_cacheable(c, mcp_members(&b), constant ? TTL_MS : 0, constant);
}

static void unknown(struct kd_mcp_call *c, struct kd_view uri, struct kd_view why)
{
	kd_auto(kd_buf_deinit) struct kd_buf data = KD_BUF_INIT(16 << 10), message = KD_BUF_INIT(4096);
	struct kd_json j;

	kd_json_init(&j, &data, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_str(&j, "uri", uri.n > 1000 ? kd_view_head(uri, 1000) : uri);
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_buf_printf(&message, "Resource not found%s%.*s", why.n ? ": " : "", KD_VARG(why));
	kd_mcp_fail(c, c->modern ? KD_RPC_PARAMS : KD_RPC_LEGACY_RESOURCE, message.p ? message.p : "Resource not found",
		    kd_buf_view(&data));
}

/* What a worker says of an address that leads to nothing. */
static void unreadable(struct kd_mcp_call *c, struct kd_view uri, struct kd_view err)
{
	err = kd_view_trim(err);
	kd_view_skip(&err, KD_V("kdoc: "));
	unknown(c, uri, kd_view_head(err, 2000));
}

struct reading {
	struct kd_mcp_call *call;
	struct kd_worker *worker;
};

static void reading_cancelled(void *user)
{
	struct reading *r = user;

	kd_worker_stop(r->worker);
	kd_free(r);
}

/* Exit code 1 is an answer: there is nothing. What it is about is in the request still. */
static void reading_done(void *user, const struct kd_worker_end *end)
{
	struct reading *r = user;
	struct kd_mcp_call *c = r->call;
	struct kd_view uri = KD_VNULL;

	kd_mcp_on_cancel(c, NULL, NULL);
	kd_free(r);
	mcp_str(c->params, "uri", &uri);
	if (!end->failed && !end->signal && end->status <= 1 && !end->out_cut) {
		end_text(c, uri, "text/plain", end->out.n ? end->out : end->err, false);
		return;
	}
	if (!end->failed && !end->signal && !end->timed_out && (end->status == 2 || end->status == 3)) {
		unreadable(c, uri, end->err);
		return;
	}
	{
		kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(4096);

		if (end->failed)
			kd_buf_printf(&why, "the worker could not be started: %s", end->failed);
		else if (end->timed_out || end->out_cut)
			kd_buf_printf(&why, "%s", end->timed_out ? "it took too long" : "it is longer than 8 MiB");
		else if (end->signal)
			kd_buf_printf(&why, "the worker was killed by signal %d", end->signal);
		else
			kd_buf_add(&why, kd_view_trim(kd_view_head(end->err, 2000)));
		kd_mcp_fail(c, KD_RPC_INTERNAL, why.p ? why.p : "unknown", KD_VNULL);
	}
}

/* words: NULL at the end, four at most. */
static void read_by_worker(struct kd_mcp_call *c, const char *const *before, const char *const *words)
{
	static const struct kd_worker_ops ops = {.done = reading_done};
	const char *argv[12];
	size_t n = 0;
	struct reading *r;
	const struct kd_worker_req req = {.argv = argv};

	while (*before)
		argv[n++] = *before++;
	argv[n++] = "--";
	while (*words)
		argv[n++] = *words++;
	argv[n] = NULL;
	r = kd_xcalloc(1, sizeof(*r));
	r->call = c;
	r->worker = kd_worker_start(c->mcp->pool, &req, &ops, r);
	if (!r->worker) {
		kd_free(r);
		kd_mcp_fail(c, KD_RPC_INTERNAL, "too much is waiting already; try again later", KD_VNULL);
		return;
	}
	kd_mcp_on_cancel(c, reading_cancelled, r);
}

/* "core bt" is two words. */
static void read_help(struct kd_mcp_call *c, const char *verb, struct kd_arena *arena)
{
	static const char *const help[] = {"help", NULL};
	const char *words[3] = {verb};
	const size_t blank = kd_view_chr(kd_view_of(verb), ' ');

	if (blank != KD_NPOS) {
		words[0] = kd_arena_printf(arena, "%.*s", (int)blank, verb).p;
		words[1] = verb + blank + 1;
	}
	read_by_worker(c, help, words);
}

void mcp_resource_read(struct kd_mcp_call *c)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct template *t;
	struct kd_view uri, text, rest;
	const char *arg;

	if (!mcp_str(c->params, "uri", &uri)) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.uri is the address of a resource", KD_VNULL);
		return;
	}
	if (c->mcp->conf.fixtures && mcp_fixture_resource(c, uri))
		return;
	if (own_text(c->mcp, uri, &text)) {
		end_text(c, uri, "text/markdown", text, kd_view_starts(uri, KD_V(SKILL)));
		return;
	}
	t = template_of(uri, &rest);
	arg = t ? argument_of(c->mcp, t, rest, &arena, &err) : help_verb(c->mcp, uri);
	if (!arg)
		unknown(c, uri, kd_view_of(err ? err->msg : NULL));
	else if (t)
		read_by_worker(c, t->argv, (const char *const[]){arg, NULL});
	else
		read_help(c, arg, &arena);
}
