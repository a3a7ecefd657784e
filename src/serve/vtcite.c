// SPDX-License-Identifier: GPL-2.0-or-later
/* Pieces of evidence out of an answer of kdoc, for a claim that names their ids. */
#include "base/alloc.h"
#include "base/json.h"
#include "serve/verbtool.h"

enum { DEPTH_MAX = 40 };

struct cite {
	const struct kd_vt_line *l;
	struct kd_json *j;
	bool seen[KD_VT_LIST_MAX];
	size_t taken;
	struct kd_buf *known; /* ids that there are */
};

/* Members of evidence are texts and numbers (evidence/evidence.h). */
static void copy(struct cite *c, struct kd_jval v)
{
	struct kd_view key, s;
	struct kd_jval x;
	int64_t i;

	kd_json_begin_object(c->j);
	for (void *it = NULL; kd_jsonin_next(v, &it, &key, &x);) {
		if (kd_jsonin_str(x, &s)) {
			kd_json_key_view(c->j, key);
			kd_json_str(c->j, s);
		} else if (kd_jsonin_type(x) == KD_JINT && kd_jsonin_i64(x, &i)) {
			kd_json_key_view(c->j, key);
			kd_json_i64(c->j, i);
		}
	}
	kd_json_end_object(c->j);
	c->taken++;
}

static void piece(struct cite *c, struct kd_jval v, struct kd_view id)
{
	if (c->known->n < 1500)
		kd_buf_printf(c->known, "%s%.*s", c->known->n ? ", " : "", KD_VARG(id));
	if (!c->l->ncites)
		copy(c, v);
	for (size_t i = 0; i < c->l->ncites; i++)
		if (!c->seen[i] && kd_view_eq(id, kd_view_of(c->l->cites[i]))) {
			c->seen[i] = true;
			copy(c, v);
		}
}

static void walk(struct cite *c, struct kd_jval v, unsigned depth)
{
	struct kd_view key, s, id;
	struct kd_jval x;

	if (depth > DEPTH_MAX)
		return;
	for (size_t i = 0; kd_jsonin_type(v) == KD_JARRAY && i < kd_jsonin_len(v); i++)
		walk(c, kd_jsonin_at(v, i), depth + 1);
	if (kd_jsonin_type(v) != KD_JOBJECT)
		return;
	if (kd_jsonin_str(kd_jsonin_get(v, "locator"), &s) && kd_jsonin_str(kd_jsonin_get(v, "digest"), &s) &&
	    kd_jsonin_str(kd_jsonin_get(v, "id"), &id)) {
		piece(c, v, id);
		return;
	}
	for (void *it = NULL; kd_jsonin_next(v, &it, &key, &x);)
		walk(c, x, depth + 1);
}

struct kd_error *kd_vt_cite(const struct kd_vt_line *l, struct kd_view answer, struct kd_buf *ret)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf known = KD_BUF_INIT(4096);
	struct kd_json j;
	struct cite c = {.l = l, .j = &j, .known = &known};
	struct kd_view input;
	struct kd_error *err = kd_jsonin_parse(answer, NULL, &doc);

	if (err)
		return err;
	kd_json_init(&j, ret, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	if (kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "input"), &input))
		kd_json_kv_str(&j, "input", input);
	kd_json_key(&j, "evidence");
	kd_json_begin_array(&j);
	walk(&c, kd_jsonin_root(doc), 0);
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	if (!err && !c.taken && !l->ncites)
		err = kd_error_new(KD_INVALID, "the answer about %s names no evidence", l->feed);
	for (size_t i = 0; i < l->ncites && !err; i++)
		if (!c.seen[i])
			err = kd_error_new(KD_INVALID, "with: the answer about %s has no evidence %s; it has: %s", l->feed, l->cites[i],
					   known.n ? known.p : "none");
	return err;
}
