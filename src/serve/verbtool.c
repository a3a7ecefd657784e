// SPDX-License-Identifier: GPL-2.0-or-later
/* A call of a tool that is a verb: checks, consent, the worker, the answer. */
#include "serve/verbtool.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/utf8.h"
#include "serve/shape.h"

enum { RESULT_MAX = 4 << 20, TRIED_MAX = 2500, DUMP_MS = 300000, DIGEST = 2 * KD_SHA256_LEN + 1 };

/* A call that runs. */
struct run {
	struct kd_mcp_call *c;
	const struct kd_mcp_tool *t;
	struct kd_vt_line line;
	struct kd_worker *w;
	bool trying; /* without --yes: the answer is what would be done */
	bool dismissed; /* the client was asked, and nobody answered */
	bool feeding; /* what runs is investigate, for its evidence */
	struct kd_buf fed;
};

static void run_free(struct run *r)
{
	kd_vt_line_deinit(&r->line);
	kd_buf_deinit(&r->fed);
	kd_free(r);
}

/* ---- errors ---- */

static void say(struct kd_mcp_call *c, const char *status, struct kd_view text, const struct kd_vt_next *next)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(RESULT_MAX);
	const struct kd_shape s = {.status = status, .body = text, .limit = kd_shape_limit(KD_VT_NORMAL), .answers = kd_mcp_answers(kd_mcp_of(c)),
				   .next = next, .error = true};

	kd_shape_text(&s, &b);
	kd_mcp_result(c, kd_buf_view(&b));
}

static void fail(struct kd_mcp_call *c, struct kd_error *err)
{
	say(c, "error", kd_view_of(err->msg), NULL);
	kd_error_free(err);
}

/* A verb's message: "usage: …" and "kdoc: " go. */
static void translate(const struct kd_vt *vt, struct kd_view line, struct kd_buf *ret)
{
	kd_view_skip(&line, KD_V("kdoc: "));
	if (kd_vt_words(vt, line, ret))
		kd_buf_add(ret, KD_V(" (commands that begin with kdoc are for whoever runs this server)"));
}

static void messages(const struct kd_vt *vt, struct kd_view err, struct kd_buf *ret)
{
	while (err.n) {
		const size_t n = kd_view_chr(err, '\n');
		const struct kd_view line = kd_view_trim(kd_view_head(err, n == KD_NPOS ? err.n : n));

		err = kd_view_from(err, n == KD_NPOS ? err.n : n + 1);
		if (!line.n || kd_view_starts(line, KD_V("usage: ")))
			continue;
		if (ret->n)
			kd_buf_addc(ret, '\n');
		translate(vt, line, ret);
	}
}

static struct kd_view input_of(const struct kd_vt_line *l)
{
	for (size_t i = l->ends; i < l->argc; i++)
		if (l->argv[i][0] == '/')
			return kd_view_of(l->argv[i]);
	return l->input.n ? KD_V("the text") : KD_V("its input");
}

static void crashed(struct run *r, const struct kd_worker_end *end)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	const struct kd_view input = input_of(&r->line);

	if (end->failed)
		kd_buf_printf(&b, "the worker could not be started: %s; try again later", end->failed);
	else if (end->timed_out)
		kd_buf_printf(&b, "%s took too long while reading %.*s and was stopped; ask for less (limit, a part), or give a smaller input",
			      r->t->name, KD_VARG(input));
	else if (end->out_cut)
		kd_buf_printf(&b, "the answer about %.*s is too long to be kept; ask for less (limit, a part)", KD_VARG(input));
	else if (end->signal)
		kd_buf_printf(&b, "the worker was killed by signal %d while reading %.*s; the server goes on. This is a defect of kdoc: report it "
				  "with the input", end->signal, KD_VARG(input));
	else
		kd_buf_printf(&b, "the worker ended with code %d while reading %.*s; the server goes on. This is a defect of kdoc: report it with "
				  "the input\n%.*s", end->status, KD_VARG(input), KD_VARG(kd_view_head(end->err, 2000)));
	say(r->c, "error", kd_buf_view(&b), NULL);
}

static void failed(struct run *r, const struct kd_worker_end *end)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65536);

	messages(r->t->data, end->err, &b);
	if (!b.n)
		kd_buf_printf(&b, "%s could not do it (code %d)", r->t->name, end->status);
	say(r->c, "error", kd_buf_view(&b), NULL);
}

/* ---- answers ---- */

static void notes(struct kd_shape *s, struct kd_view text)
{
	while (text.n) {
		const size_t n = kd_view_chr(text, '\n');

		kd_shape_note(s, kd_view_head(text, n == KD_NPOS ? text.n : n));
		text = kd_view_from(text, n == KD_NPOS ? text.n : n + 1);
	}
}

static void as_json(struct run *r, struct kd_shape *s, struct kd_buf *members)
{
	struct kd_error *err = kd_shape_json(s, r->line.at, members);

	if (err) {
		fail(r->c, err);
		return;
	}
	kd_mcp_result(r->c, kd_buf_view(members));
}

static void body_of(const struct kd_vt *vt, struct kd_view out, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_ANSWERS_BYTES);

	if (vt->flags & KD_VT_RAW) {
		kd_buf_add(ret, out);
		return;
	}
	kd_shape_clean(out, &b);
	if (vt->flags & KD_VT_QUOTES)
		kd_buf_add(ret, kd_buf_view(&b));
	else
		kd_vt_words(vt, kd_buf_view(&b), ret);
}

static void answered(struct run *r, const struct kd_worker_end *end)
{
	const struct kd_vt *vt = r->t->data;
	kd_auto(kd_buf_deinit) struct kd_buf members = KD_BUF_INIT(RESULT_MAX), body = KD_BUF_INIT(KD_ANSWERS_BYTES), told = KD_BUF_INIT(65536);
	struct kd_shape s = {.status = end->status == 1 ? "nothing" : "answered", .limit = kd_shape_limit(r->line.detail),
			     .answers = kd_mcp_answers(kd_mcp_of(r->c)), .next = vt->next};

	messages(vt, end->err, &told);
	notes(&s, kd_buf_view(&told));
	if (r->line.detail == KD_VT_JSON) {
		s.body = end->out;
		as_json(r, &s, &members);
		return;
	}
	body_of(vt, end->out, &body);
	if (!body.n && !s.nnotes)
		kd_buf_add(&body, end->status == 1 ? KD_V("nothing was found") : KD_V("done; there is nothing to show"));
	s.body = kd_buf_view(&body);
	kd_shape_text(&s, &members);
	kd_mcp_result(r->c, kd_buf_view(&members));
}

/* The words about a change that was not made; tried: what the verb said it would do. */
static void effect(const struct run *r, struct kd_view tried, struct kd_buf *b)
{
	const struct kd_vt_line *l = &r->line;

	kd_buf_printf(b, "%s %s. ", r->t->name, l->choice->effect);
	kd_buf_printf(b, "With:");
	for (size_t i = 0; i < l->argc; i++)
		if (i != l->ends && !kd_view_starts(kd_view_of(l->argv[i]), KD_V("--color")))
			kd_buf_printf(b, " %s", l->argv[i]);
	if (l->input.n)
		kd_buf_printf(b, "\nText: %.*s%s", KD_VARG(kd_view_head(l->input, 400)), l->input.n > 400 ? "…" : "");
	if (tried.n)
		kd_buf_printf(b, "\n\nWhat it would write:\n%.*s", KD_VARG(tried));
}

static void refuse(const struct run *r, struct kd_view tried)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);

	kd_buf_printf(&b, "Nothing was done yet. ");
	effect(r, tried, &b);
	kd_buf_printf(&b, "\nTo do it, call %s again with the same arguments and \"confirm\": true, if your user agrees.", r->t->name);
	say(r->c, "refused", kd_buf_view(&b), NULL);
}

static void digest(const struct kd_vt_line *l, char ret[DIGEST])
{
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_init(&h);
	for (size_t i = 0; i < l->argc; i++)
		kd_sha256_update(&h, kd_view(l->argv[i], strlen(l->argv[i]) + 1));
	kd_sha256_update(&h, l->input);
	kd_sha256_final(&h, sum);
	kd_hex(sum, sizeof(sum), ret);
}

/* A form that was closed is as good as a client that cannot ask. */
static bool may_ask(const struct run *r)
{
	return !r->dismissed && kd_mcp_can(r->c, "elicitation");
}

/* tried: what the verb said it would do, or nothing. */
static void ask(struct run *r, struct kd_view tried)
{
	kd_auto(kd_buf_deinit) struct kd_buf words = KD_BUF_INIT(65536), b = KD_BUF_INIT(1 << 18);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	char state[DIGEST];
	struct kd_json j;

	effect(r, tried, &words);
	digest(&r->line, state);
	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_key(&j, "confirm");
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "method", "elicitation/create");
	kd_json_key(&j, "params");
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "mode", "form");
	kd_json_kv_str(&j, "message", kd_buf_view(&words));
	kd_json_key(&j, "requestedSchema");
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "type", "object");
	kd_json_key(&j, "properties");
	kd_json_begin_object(&j);
	kd_json_key(&j, "confirm");
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "type", "boolean");
	kd_json_kv_strz(&j, "title", "Do it?");
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	kd_json_key(&j, "required");
	kd_json_begin_array(&j);
	kd_json_strz(&j, "confirm");
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	kd_mcp_ask(r->c, kd_buf_view(&b), kd_view_of(state));
}

static void tried(struct run *r, const struct kd_worker_end *end)
{
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(1 << 20);
	struct kd_view words;

	kd_shape_clean(end->out, &body);
	words = kd_view_head(kd_buf_view(&body), TRIED_MAX);
	words = kd_view_head(words, kd_utf8_good_prefix(words) ?: words.n);
	if (!may_ask(r)) {
		refuse(r, words);
		return;
	}
	kd_mcp_on_cancel(r->c, NULL, NULL); /* the call goes on without this run */
	ask(r, words);
}

static void start(struct run *r);

/* The evidence is there: now the verb itself. */
static void fed(struct run *r, const struct kd_worker_end *end)
{
	struct kd_error *err;

	r->feeding = false;
	r->fed = KD_BUF_INIT(KD_VT_TEXT_MAX);
	err = kd_vt_cite(&r->line, end->out, &r->fed);
	if (err) {
		fail(r->c, err);
		run_free(r);
		return;
	}
	r->line.input = kd_buf_view(&r->fed);
	start(r);
}

static void done(void *user, const struct kd_worker_end *end)
{
	struct run *r = user;
	const bool told = end->out.n && !kd_view_has(kd_view_head(end->out, 200), KD_V("kdoc.error/1"));

	r->w = NULL;
	if (end->failed || end->timed_out || end->out_cut || end->signal || end->status < 0 || end->status > 4)
		crashed(r, end);
	else if (end->status >= 2 && !(told && end->status != 2))
		failed(r, end);
	else if (r->feeding) {
		fed(r, end);
		return;
	} else if (r->trying)
		tried(r, end);
	else
		answered(r, end);
	run_free(r);
}

static void progress(void *user, uint64_t at, uint64_t total)
{
	const struct run *r = user;

	kd_mcp_progress(r->c, (double)at, (double)total, "reading");
}

static void cancelled(void *user)
{
	struct run *r = user;

	if (r->w)
		kd_worker_stop(r->w);
	run_free(r);
}

static const struct kd_worker_ops worker_ops = {.progress = progress, .done = done};

static void start(struct run *r)
{
	const bool dump = !strcmp(r->line.argv[0], "core") || !strcmp(r->line.argv[0], "analyze-dump"); /* they may be large */
	const char *const before[] = {"investigate", "--json", "--no-history", "--", r->line.feed, NULL};
	const struct kd_worker_req req = {.argv = r->feeding ? before : r->line.argv, .input = r->line.input, .progress = kd_mcp_wants_progress(r->c),
					  .timeout_ms = dump ? DUMP_MS : 0};

	kd_mcp_on_cancel(r->c, cancelled, r);
	r->w = kd_worker_start(kd_mcp_pool(kd_mcp_of(r->c)), &req, &worker_ops, r);
	if (!r->w) {
		say(r->c, "error", KD_V("too many calls are waiting already; try again later"), NULL);
		run_free(r);
	}
}

/* ---- consent ---- */

enum said { NOT_ASKED, YES, NO, NOBODY, STALE };

/* What the user said to exactly this. An error of the client, and a form that was closed, are no answer. */
static enum said said(const struct run *r)
{
	const struct kd_jval answer = kd_mcp_answer(r->c, "confirm");
	struct kd_view action = KD_VNULL;
	bool bad = false, yes = false;
	const struct kd_view state = kd_mcp_state(r->c, &bad);
	char now[DIGEST];

	if (!bad && !state.n)
		return NOT_ASKED;
	digest(&r->line, now);
	if (bad || !kd_view_eq(state, kd_view_of(now)))
		return STALE;
	if (kd_mcp_is_modern(r->c) && kd_jsonin_type(answer) == KD_JABSENT)
		return NOT_ASKED; /* called again without what was asked for: that is asked for again */
	kd_jsonin_str(kd_jsonin_get(answer, "action"), &action);
	if (kd_view_eq(action, KD_V("decline")))
		return NO;
	if (!kd_view_eq(action, KD_V("accept")))
		return NOBODY;
	return kd_jsonin_bool(kd_jsonin_get(kd_jsonin_get(answer, "content"), "confirm"), &yes) && yes ? YES : NO;
}

static void say_no(struct run *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65536);

	kd_buf_add(&b, KD_V("Nothing was done: the user said no. "));
	effect(r, KD_VNULL, &b);
	say(r->c, "refused", kd_buf_view(&b), NULL);
}

enum consent { DO_IT, WAIT, TRY };

static enum consent consent(struct run *r)
{
	const struct kd_vt *vt = r->t->data;

	if (!r->line.choice->effect || (vt->flags & KD_VT_FREE) || r->line.confirm)
		return DO_IT;
	switch (said(r)) {
	case YES:
		return DO_IT;
	case NO:
		say_no(r);
		return WAIT;
	case STALE:
		say(r->c, "refused", KD_V("Nothing was done: the answer of the user is too old, or of another call. Call again."), NULL);
		return WAIT;
	case NOBODY:
		r->dismissed = true;
		break;
	case NOT_ASKED:
		break;
	}
	if (vt->flags & KD_VT_TRY)
		return TRY;
	if (may_ask(r))
		ask(r, KD_VNULL);
	else
		refuse(r, KD_VNULL);
	return WAIT;
}

/* --yes stands before "--". */
static struct kd_error *say_yes(struct kd_vt_line *l)
{
	if (l->argc == KD_VT_ARGV_MAX)
		return kd_error_new(KD_LIMIT, "these are too many arguments");
	memmove(l->argv + l->ends + 1, l->argv + l->ends, (l->argc - l->ends + 1) * sizeof(l->argv[0]));
	l->argv[l->ends++] = "--yes";
	l->argc++;
	return NULL;
}

void kd_vt_call(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	const struct kd_vt *vt = t->data;
	const struct kd_mcp_conf *conf = kd_mcp_conf(kd_mcp_of(c));
	struct run *r = kd_xcalloc(1, sizeof(*r));
	struct kd_error *err = kd_vt_parse(t->name, vt, conf, args, &r->line);
	enum consent what;

	r->c = c;
	r->t = t;
	if (!err && r->line.choice->effect && conf->read_only)
		err = kd_error_new(KD_ACCESS, "%s %s: this server was started read-only", t->name, r->line.choice->effect);
	if (err) {
		fail(c, err);
		run_free(r);
		return;
	}
	what = consent(r);
	if (what == WAIT) {
		run_free(r);
		return;
	}
	r->trying = what == TRY;
	if (what == DO_IT && r->line.choice->effect && (vt->flags & KD_VT_TRY)) {
		err = say_yes(&r->line);
		if (err) {
			fail(c, err);
			run_free(r);
			return;
		}
	}
	r->feeding = r->line.feed != NULL;
	start(r);
}

/* ---- more ---- */

static struct kd_error *more_args(struct kd_jval args, struct kd_view *ret_handle, size_t *ret_from, size_t *ret_detail)
{
	struct kd_jval from = kd_jsonin_get(args, "from"), detail = kd_jsonin_get(args, "detail");
	struct kd_view key, word;
	struct kd_jval v;
	int64_t n = 0;

	for (void *it = NULL; kd_jsonin_next(args, &it, &key, &v);)
		if (!kd_view_eq(key, KD_V("handle")) && !kd_view_eq(key, KD_V("from")) && !kd_view_eq(key, KD_V("detail")))
			return kd_error_new(KD_INVALID, "more has no such parameter; it has: handle, from, detail");
	if (!kd_jsonin_str(kd_jsonin_get(args, "handle"), ret_handle))
		return kd_error_new(KD_INVALID, "more needs handle: the ans-… of the answer that was cut");
	if (kd_jsonin_type(from) != KD_JABSENT && (!kd_vt_integer(from, &n) || n < 0))
		return kd_error_new(KD_INVALID, "more: from is the number of a byte, as the answer said it");
	*ret_from = (size_t)n;
	*ret_detail = KD_VT_NORMAL;
	if (kd_jsonin_type(detail) == KD_JABSENT)
		return NULL;
	for (size_t i = 0; i < KD_VT_JSON && kd_jsonin_str(detail, &word); i++)
		if (kd_view_eq(word, kd_view_of(kd_vt_details[i]))) {
			*ret_detail = i;
			return NULL;
		}
	return kd_error_new(KD_INVALID, "more: detail is one of brief, normal, full");
}

void kd_vt_more(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(RESULT_MAX);
	struct kd_shape s = {.status = "answered"};
	size_t detail;
	struct kd_error *err = more_args(args, &s.handle, &s.from, &detail);

	(void)t;
	if (!err && !kd_answers_get(kd_mcp_answers(kd_mcp_of(c)), s.handle, &s.body))
		err = kd_error_new(KD_NOTFOUND, "this handle is not known, or its answer is not kept any more: call the tool again");
	if (!err && s.from >= s.body.n)
		err = kd_error_new(KD_INVALID, "from is %zu; the answer has %zu bytes", s.from, s.body.n);
	if (err) {
		fail(c, err);
		return;
	}
	s.limit = kd_shape_limit((enum kd_vt_detail)detail);
	kd_shape_text(&s, &b);
	kd_mcp_result(c, kd_buf_view(&b));
}
