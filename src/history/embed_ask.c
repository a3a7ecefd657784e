// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/embed_ask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/ext/curl.h"
#include "base/json.h"
#include "base/jsonin.h"

enum { ANSWER_MAX = 512 << 20, CONNECT_S = 10, STALL_S = 300, ALL_S = 900, TOKEN_MAX = 4096 };

/* {"error": {"message": "…"}}, {"error": "…"}, {"message": "…"} */
static struct kd_view complaint(struct kd_jval root)
{
	struct kd_jval e = kd_jsonin_get(root, "error");
	struct kd_view v = KD_VNULL;

	if (!kd_jsonin_str(e, &v) && !kd_jsonin_str(kd_jsonin_get(e, "message"), &v))
		(void)kd_jsonin_str(kd_jsonin_get(root, "message"), &v);
	return kd_view_head(v, 300);
}

static struct kd_error *take_vector(struct kd_jval v, size_t at, struct kd_embed_answer *ret, size_t n)
{
	const size_t len = kd_jsonin_type(v) == KD_JARRAY ? kd_jsonin_len(v) : 0;

	if (!len || len > KD_EMBED_DIMS_MAX)
		return kd_error_new(KD_BADDATA, "the server's answer has no vector for text %zu", at);
	if (ret->dims && len != ret->dims)
		return kd_error_new(KD_CONFLICT, "the server's vectors have %zu dimensions, those before had %u: is it another model?", len, ret->dims);
	ret->dims = (uint32_t)len;
	if (!ret->v)
		ret->v = kd_xcalloc(n * len, sizeof(*ret->v));
	for (size_t i = 0; i < len; i++) {
		double x;

		if (!kd_jsonin_double(kd_jsonin_at(v, i), &x) || !isfinite(x) || fabs(x) > 1e6)
			return kd_error_new(KD_BADDATA, "the server's vector of text %zu holds what is no number", at);
		ret->v[at * len + i] = (float)x;
	}
	return NULL;
}

struct kd_error *kd_embed_parse(bool ollama, struct kd_view text, size_t n, struct kd_embed_answer *ret)
{
	const struct kd_jsonin_opts opts = {.max_bytes = ANSWER_MAX, .max_values = (size_t)KD_EMBED_BATCH_MAX * (KD_EMBED_DIMS_MAX + 16)};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_freep) bool *have = kd_xcalloc(n + 1, sizeof(*have));
	struct kd_error *err = kd_jsonin_parse(text, &opts, &doc);
	struct kd_jval list;

	if (err)
		return kd_error_wrap(err, "the server's answer");
	list = kd_jsonin_get(kd_jsonin_root(doc), ollama ? "embeddings" : "data");
	if (kd_jsonin_type(list) != KD_JARRAY || kd_jsonin_len(list) != n) {
		const struct kd_view why = complaint(kd_jsonin_root(doc));

		return kd_error_new(KD_BADDATA, "the server answered with %zu vectors for %zu texts%s%.*s", kd_jsonin_len(list), n, why.n ? ": " : "",
				    KD_VARG(why));
	}
	for (size_t i = 0; i < n && !err; i++) {
		const struct kd_jval one = kd_jsonin_at(list, i);
		uint64_t at = i;

		if (!ollama)
			(void)kd_jsonin_u64(kd_jsonin_get(one, "index"), &at);
		if (at >= n || have[at])
			return kd_error_new(KD_BADDATA, "the server's answer has a wrong index");
		have[at] = true;
		err = take_vector(ollama ? one : kd_jsonin_get(one, "embedding"), (size_t)at, ret, n);
	}
	return err;
}

static struct kd_error *add(void *user, const void *p, size_t n)
{
	struct kd_buf *b = user;

	return kd_buf_add(b, kd_view(p, n)) ? NULL : kd_error_new(KD_LIMIT, "the server's answer is too long");
}

static struct kd_error *make_body(const struct kd_embed *e, const struct kd_view *texts, size_t n, struct kd_buf *b)
{
	struct kd_json j;

	kd_json_init(&j, b, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "model", e->model);
	kd_json_key(&j, "input");
	kd_json_begin_array(&j);
	for (size_t i = 0; i < n; i++)
		kd_json_str(&j, texts[i].n ? texts[i] : KD_V("-"));
	kd_json_end_array(&j);
	if (!e->ollama)
		kd_json_kv_strz(&j, "encoding_format", "float");
	kd_json_end_object(&j);
	return kd_json_finish(&j);
}

static struct kd_error *refused(const struct kd_embed *e, long status, struct kd_view text)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(text, NULL, &doc);
	const struct kd_view why = err ? KD_VNULL : complaint(kd_jsonin_root(doc));

	kd_error_free(err);
	return kd_error_new(status == 401 || status == 403 ? KD_AUTH : KD_NETWORK, "%s answered %ld%s%.*s", e->url, status, why.n ? ": " : "",
			    KD_VARG(why));
}

struct kd_error *kd_embed_ask(struct kd_ctx *ctx, const struct kd_embed *e, const struct kd_view *texts, size_t n,
			      struct kd_embed_answer *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT((size_t)64 << 20), got = KD_BUF_INIT(ANSWER_MAX);
	char key[TOKEN_MAX + 32];
	const char *headers[2] = {"Content-Type: application/json", key};
	const char *token = getenv("KDOC_EMBED_TOKEN");
	long status = 0;
	struct kd_fetch f = {.url = e->url, .connect_s = CONNECT_S, .stall_s = STALL_S, .all_s = ALL_S, .max_bytes = ANSWER_MAX, .sink = add,
			     .user = &got, .headers = headers, .nheaders = 1, .status = &status};
	struct kd_error *err = make_body(e, texts, n, &body);
	bool found = false;

	if (!err && token && *token) {
		if (strlen(token) > TOKEN_MAX || strpbrk(token, "\r\n"))
			return kd_error_new(KD_INVALID, "KDOC_EMBED_TOKEN is no key");
		snprintf(key, sizeof(key), "Authorization: Bearer %s", token);
		f.nheaders = 2;
	}
	f.body = kd_buf_view(&body);
	if (!err)
		err = kd_fetch(ctx, &f, &found);
	if (err)
		return kd_error_wrap(err, "%s", e->url);
	if (status != 200)
		return refused(e, status, kd_buf_view(&got));
	err = kd_embed_parse(e->ollama, kd_buf_view(&got), n, ret);
	return err ? kd_error_wrap(err, "%s", e->url) : NULL;
}
