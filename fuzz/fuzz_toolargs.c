// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "TOOL\nARGUMENTS" as a call of a tool: a command line in which nothing of the caller is an option or a verb and every path lies below
 * the root, or a reason. The same bytes as an answer: results stay within their limit.
 */
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "serve/shape.h"

static const struct kd_mcp_tool *tool_of(struct kd_view name)
{
	size_t n;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(name, kd_view_of(t[i].name)))
			return &t[i];
	return name.n ? &t[(unsigned char)*name.p % n] : t;
}

/* Moves *at past the words. */
static void words(const struct kd_vt_line *l, const char *list, size_t *at)
{
	struct kd_view rest = kd_view_of(list), word;

	while (list && kd_view_take_word(&rest, &word)) {
		check(*at < l->argc && kd_view_eq(word, kd_view_of(l->argv[*at])));
		++*at;
		kd_view_skip_blank(&rest);
	}
}

static bool is_path(const struct kd_vt_param *p)
{
	return p->type == KD_VT_PATH || p->type == KD_VT_PATHS;
}

static void check_option(const struct kd_vt *vt, const struct kd_mcp_conf *conf, const char *arg)
{
	struct kd_view v = kd_view_of(arg), name;
	size_t eq;

	check(kd_view_skip(&v, KD_V("--")));
	eq = kd_view_chr(v, '=');
	name = eq == KD_NPOS ? v : kd_view_head(v, eq);
	for (size_t i = 0; i < vt->nparams; i++) {
		const struct kd_vt_param *p = &vt->params[i];

		if (!p->option || !kd_view_eq(name, kd_view_of(p->option)))
			continue;
		check((p->type == KD_VT_BOOL) == (eq == KD_NPOS));
		if (is_path(p))
			check(kd_vt_below(conf, arg + 2 + eq + 1) || !strcmp(arg, "--evidence=-"));
		return;
	}
	check(kd_view_eq(v, KD_V("json")) || kd_view_eq(v, KD_V("color=never")));
}

static size_t count(struct kd_jval args, const struct kd_vt_param *p)
{
	const struct kd_jval v = kd_jsonin_get(args, p->name);

	if (kd_jsonin_type(v) == KD_JABSENT || kd_jsonin_type(v) == KD_JNULL)
		return 0;
	return kd_jsonin_type(v) == KD_JARRAY ? kd_jsonin_len(v) : 1;
}

static void check_line(const struct kd_vt *vt, const struct kd_mcp_conf *conf, struct kd_jval args, const struct kd_vt_line *l)
{
	size_t at = 0;

	check(l->argc <= KD_VT_ARGV_MAX && !l->argv[l->argc] && l->ends < l->argc);
	words(l, l->choice->verb, &at);
	words(l, l->choice->fixed, &at);
	for (; at < l->ends; at++)
		check_option(vt, conf, l->argv[at]);
	check(!strcmp(l->argv[at++], "--"));
	words(l, l->choice->action, &at);
	for (size_t i = 0; i < vt->nparams; i++) {
		const struct kd_vt_param *p = &vt->params[i];

		for (size_t n = p->option ? 0 : count(args, p); n; n--, at++) {
			check(at < l->argc && strlen(l->argv[at]) <= KD_VT_STR_MAX + PATH_MAX);
			check(!is_path(p) || kd_vt_below(conf, l->argv[at]));
			check(strcmp(l->argv[at], "-") || p->type == KD_VT_TEXT);
		}
	}
	check(at == l->argc && l->input.n <= KD_VT_TEXT_MAX && (!l->feed || kd_vt_below(conf, l->feed)));
}

static void call(struct kd_view name, struct kd_view json)
{
	static const char *const roots[] = {"/etc"};
	const struct kd_mcp_conf conf = {.roots = roots, .nroots = 1};
	const struct kd_mcp_tool *t = tool_of(name);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_vt_line l;
	struct kd_error *err = kd_jsonin_parse(json, &(struct kd_jsonin_opts){.max_depth = 48, .max_values = 10000}, &doc);

	if (err || !t->data) {
		kd_error_free(err);
		return;
	}
	err = kd_vt_parse(t->name, t->data, &conf, kd_jsonin_root(doc), &l);
	check(!err || err->cls == KD_INVALID || err->cls == KD_LIMIT);
	check(!err || (err->msg[0] && kd_utf8_valid(kd_view_of(err->msg))));
	if (!err)
		check_line(t->data, &conf, kd_jsonin_root(doc), &l);
	kd_error_free(err);
	kd_vt_line_deinit(&l);
}

static void answer(struct kd_view name, struct kd_view body)
{
	struct kd_answers *answers = kd_answers_new(1 << 20);
	const struct kd_mcp_tool *t = tool_of(name);
	kd_auto(kd_buf_deinit) struct kd_buf clean = KD_BUF_INIT(1 << 20), said = KD_BUF_INIT(4 << 20), text = KD_BUF_INIT(4 << 20),
					     json = KD_BUF_INIT(4 << 20);
	struct kd_shape s = {.status = "answered", .limit = kd_shape_limit(KD_VT_BRIEF), .answers = answers};
	struct kd_error *err;

	kd_shape_clean(body, &clean);
	check(clean.n <= body.n);
	kd_vt_words(t->data, kd_buf_view(&clean), &said);
	s.body = kd_buf_view(&said);
	kd_shape_note(&s, name);
	kd_shape_text(&s, &text);
	check(text.n <= 4 * s.limit + 200 && kd_utf8_valid(kd_buf_view(&text))); /* both forms, escaped */
	kd_buf_clear(&json);
	err = kd_vt_cite(&(struct kd_vt_line){.feed = "x", .cites = {"e0123456789ab"}, .ncites = name.n & 1}, body, &json);
	kd_error_free(err);
	kd_buf_clear(&json);
	s.body = body;
	err = kd_shape_json(&s, KD_V(""), &json);
	check(err || kd_utf8_valid(kd_buf_view(&json)));
	kd_error_free(err);
	kd_answers_free(answers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	const struct kd_view all = kd_view(p, size);
	const size_t line = kd_view_chr(all, '\n');
	const struct kd_view name = kd_view_head(all, line == KD_NPOS ? 0 : line), rest = kd_view_from(all, line == KD_NPOS ? 0 : line + 1);

	call(name, rest);
	answer(name, rest);
	return 0;
}
