// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as somebody's settings: a member put in is found, is one span, and goes again; JSON stays JSON. */
#include "base/alloc.h"
#include "base/jsonedit.h"
#include "base/jsonin.h"
#include "fuzz.h"

enum { MAX = 1 << 20 };

static bool is_json(struct kd_view text)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_jsonin_parse(text, NULL, &doc);

	return !err;
}

static void remove_it(struct kd_view text, const struct kd_jsonplace *at, bool json)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAX);
	struct kd_jsonplace again;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	check(kd_jsonedit_remove(text, at, false, &b));
	err = kd_jsonedit_find(kd_buf_view(&b), "mcp", "kdoc", &again);
	check(!err && again.has_section && !again.has_key && again.section.n + 1 == at->section.n);
	check(!json || is_json(kd_buf_view(&b)));
}

static void add_it(struct kd_view text, const struct kd_jsonplace *at, bool json)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAX);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_view value = KD_V("{\"command\": [\"kdoc\", \"mcp\"]}");
	struct kd_jsonplace now;
	size_t where, n;

	check(kd_jsonedit_add(text, at, "mcp", "kdoc", value, &b, &where, &n));
	check(b.n == text.n + n && !memcmp(b.p, text.p, where) && !memcmp(b.p + where + n, text.p + where, text.n - where));
	err = kd_jsonedit_find(kd_buf_view(&b), "mcp", "kdoc", &now);
	check(!err && now.has_key && now.plain == at->plain);
	check(kd_view_eq(kd_view(b.p + now.key_member.value, now.key_member.end - now.key_member.value), value));
	check(!json || is_json(kd_buf_view(&b)));
	remove_it(kd_buf_view(&b), &now, json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	const struct kd_view text = kd_view(p, size < MAX / 2 ? size : MAX / 2);
	struct kd_jsonplace at;
	kd_auto(kd_error_freep) struct kd_error *err = kd_jsonedit_find(text, "mcp", "kdoc", &at);
	const bool json = !err && at.plain && is_json(text);

	check(kd_jsonedit_same(text, text));
	if (err)
		check(err->offset <= (int64_t)text.n);
	else if (at.has_key)
		remove_it(text, &at, json);
	else
		add_it(text, &at, json);
	return 0;
}
