// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/casefolder.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonin.h"

#define STATE_MAX ((size_t)16 << 20)
enum { NAMED = 8, FOLDER_MODE = 0700, FILE_MODE = 0600, PATH = 4096 };

static const struct {
	const char *key, *one;
	size_t at;
} lists[] = {
	{"hosts", "host", offsetof(struct kd_casepage, seen.hosts)},
	{"releases", "release", offsetof(struct kd_casepage, seen.releases)},
	{"arches", "architecture", offsetof(struct kd_casepage, seen.arches)},
	{"issues", "issue", offsetof(struct kd_casepage, seen.issues)},
	{"commits", "candidate for the fix", offsetof(struct kd_casepage, seen.commits)},
};

static const struct kd_views *list_of(const struct kd_casepage *p, size_t i)
{
	return (const struct kd_views *)(const void *)((const char *)p + lists[i].at);
}

static struct kd_error *path_of(const char *folder, const char *name, char **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(PATH);

	kd_buf_printf(&b, "%s/%s", folder, name);
	if (b.overflow)
		return kd_error_new(KD_INVALID, "the name of the case's folder is too long");
	*ret = kd_xstrndup(b.p, b.n);
	return NULL;
}

static bool can_be_a_name(struct kd_view id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!kd_is_alnum(id.p[i]) && id.p[i] != '-' && id.p[i] != '_')
			return false;
	return id.n && id.n < 128;
}

/* ---- what is new ---- */

static bool has(struct kd_jval array, struct kd_view v)
{
	struct kd_view x;

	for (size_t i = 0; i < kd_jsonin_len(array); i++)
		if (kd_jsonin_str(kd_jsonin_at(array, i), &x) && kd_view_eq(x, v))
			return true;
	return false;
}

static unsigned say_list(struct kd_casepage *p, struct kd_jval state, size_t i)
{
	const struct kd_views *now = list_of(p, i);
	struct kd_jval then = kd_jsonin_get(state, lists[i].key);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	unsigned n = 0;

	for (size_t k = 0; k < now->n; k++) {
		if (has(then, now->v[k]))
			continue;
		if (n++ < NAMED)
			kd_buf_printf(&b, "%s%.*s", n > 1 ? ", " : "",
				      KD_VARG(kd_view_head(now->v[k], 100)));
	}
	if (n > NAMED)
		kd_buf_printf(&b, " and %u more", n - NAMED);
	if (n)
		kd_casepage_say(p, KD_CASE_SAID, lists[i].key, "%u new %s%s: %.*s", n, lists[i].one,
				n == 1 ? "" : "s", KD_VARG(kd_buf_view(&b)));
	return n;
}

static void since(struct kd_casepage *p, struct kd_jval state)
{
	uint64_t events = 0, boots = 0, runs = 0;
	struct kd_casepart part;
	unsigned news = 0;

	kd_jsonin_u64(kd_jsonin_get(state, "events"), &events);
	kd_jsonin_u64(kd_jsonin_get(state, "boots"), &boots);
	kd_jsonin_u64(kd_jsonin_get(state, "runs"), &runs);
	p->seen.runs = runs;
	kd_casepage_part(p, "since", "NEW SINCE THE LAST LOOK");
	if (p->seen.events != events || p->seen.boots != boots) {
		kd_casepage_say(p, KD_CASE_SAID, "events", "%lld messages, %lld boots more",
				(long long)p->seen.events - (long long)events,
				(long long)p->seen.boots - (long long)boots);
		news++;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(lists); i++)
		news += say_list(p, state, i);
	if (!news)
		kd_casepage_say(p, KD_CASE_SAID, "nothing",
				"the same events, hosts, releases and candidates as at look %llu",
				(unsigned long long)runs);
	/* to the front */
	part = p->part.v[p->part.n - 1];
	memmove(p->part.v + 1, p->part.v, (p->part.n - 1) * sizeof(part));
	p->part.v[0] = part;
}

struct kd_error *kd_casefolder_resume(const char *parent, struct kd_casepage *page, char **ret)
{
	kd_auto(kd_freep) char *folder = NULL, *name = NULL, *state = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(STATE_MAX);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_view schema;
	struct kd_error *err;

	if (!can_be_a_name(page->id))
		return kd_error_new(KD_INVALID, "%.*s cannot be the name of a folder",
				    KD_VARG(page->id));
	name = kd_xstrndup(page->id.p, page->id.n);
	err = path_of(parent ? parent : "case", name, &folder);
	if (!err)
		err = kd_fs_mkdirs(folder, FOLDER_MODE);
	if (!err)
		err = path_of(folder, "state.json", &state);
	if (!err && kd_fs_exists(state)) {
		err = kd_fs_read_small(state, STATE_MAX, &text);
		if (!err)
			err = kd_jsonin_parse(kd_buf_view(&text), NULL, &doc);
		if (!err &&
		    (!kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "schema"), &schema) ||
		     !kd_view_eq(schema, KD_V("kdoc.case-state/1"))))
			err = kd_error_new(KD_BADDATA, "it is no state of a case");
		if (err)
			return kd_error_wrap(
				err, "%s (nothing was changed; move it away to begin anew)", state);
		since(page, kd_jsonin_root(doc));
	}
	if (!err)
		*ret = kd_take(folder);
	return err;
}

/* ---- writing ---- */

static struct kd_error *put(const char *folder, const char *name, struct kd_view v)
{
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = path_of(folder, name, &path);

	return err ? err : kd_fs_write_atomic(path, v, FILE_MODE);
}

static struct kd_error *state_text(const struct kd_casepage *p, struct kd_buf *b)
{
	struct kd_json j;

	kd_json_init(&j, b, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.case-state/1");
	kd_json_kv_str(&j, "id", p->id);
	kd_json_kv_u64(&j, "runs", p->seen.runs + 1);
	kd_json_kv_i64(&j, "looked", p->seen.looked);
	kd_json_kv_u64(&j, "events", p->seen.events);
	kd_json_kv_u64(&j, "boots", p->seen.boots);
	kd_json_kv_i64(&j, "last", p->seen.last);
	for (size_t i = 0; i < KD_ARRAY_LEN(lists); i++) {
		const struct kd_views *v = list_of(p, i);

		kd_json_key(&j, lists[i].key);
		kd_json_begin_array(&j);
		for (size_t k = 0; k < v->n; k++)
			kd_json_str(&j, v->v[k]);
		kd_json_end_array(&j);
	}
	kd_json_end_object(&j);
	return kd_json_finish(&j);
}

struct kd_error *kd_casefolder_write(const char *folder, const struct kd_casepage *page,
				     struct kd_view md, struct kd_view json)
{
	kd_auto(kd_buf_deinit) struct kd_buf state = KD_BUF_INIT(STATE_MAX);
	struct kd_error *err = state_text(page, &state);

	if (!err && page->log.n)
		err = put(folder, "log.txt", page->log);
	if (!err)
		err = put(folder, "answer.md", md);
	if (!err)
		err = put(folder, "answer.json", json);
	return err ? err : put(folder, "state.json", kd_buf_view(&state));
}
