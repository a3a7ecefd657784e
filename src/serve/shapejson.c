// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON answers that are too long: cut by the number of elements, the length of texts, the depth, until they fit. */
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/utf8.h"
#include "serve/shape.h"

enum { DEPTH_MAX = 40, POINTER_MAX = 256, OBJECT_MAX = 256, TRAILER_JSON = 190 };

/* How much is shown. */
struct measure {
	size_t items, text;
	unsigned depth;
};

static const struct measure measures[] = {
	{SIZE_MAX, SIZE_MAX, DEPTH_MAX}, {64, 2000, DEPTH_MAX}, {32, 1000, DEPTH_MAX}, {16, 500, DEPTH_MAX}, {8, 300, DEPTH_MAX},
	{8, 200, 8}, {5, 160, 8}, {5, 160, 6}, {4, 120, 6}, {4, 120, 5}, {3, 100, 5}, {3, 100, 4}, {2, 80, 4}, {3, 80, 3}, {2, 60, 3},
	{8, 60, 2}, {2, 40, 2}, {0, 24, 1}, {0, 24, 0},
};

struct omission {
	char at[POINTER_MAX];
	size_t n;
};

struct prune {
	struct kd_json *j;
	const struct measure *m;
	char at[POINTER_MAX]; /* where we are */
	size_t atn;
	bool lost; /* the pointer did not fit */
	struct omission *omitted;
	size_t nomitted, others;
};

static void omit(struct prune *p, size_t n)
{
	if (p->lost || p->nomitted == KD_SHAPE_OMITTED) {
		p->others++;
		return;
	}
	memcpy(p->omitted[p->nomitted].at, p->at, p->atn + 1);
	p->omitted[p->nomitted++].n = n;
}

/* One step down: a part of the pointer (RFC 6901: ~ is ~0, / is ~1). Gives the length to go back to. */
static size_t down(struct prune *p, struct kd_view key)
{
	const size_t before = p->atn;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(POINTER_MAX);

	kd_buf_addc(&b, '/');
	for (size_t i = 0; i < key.n; i++)
		kd_buf_add(&b, key.p[i] == '~' ? KD_V("~0") : key.p[i] == '/' ? KD_V("~1") : kd_view(key.p + i, 1));
	if (b.overflow || p->atn + b.n >= sizeof(p->at)) {
		p->lost = true;
		return before;
	}
	memcpy(p->at + p->atn, b.p, b.n);
	p->atn += b.n;
	p->at[p->atn] = '\0';
	return before;
}

static void up(struct prune *p, size_t before)
{
	p->atn = before;
	p->at[before] = '\0';
}

static void value(struct prune *p, struct kd_jval v, unsigned depth);

static void array(struct prune *p, struct kd_jval v, unsigned depth)
{
	const size_t n = kd_jsonin_len(v), most = depth >= p->m->depth ? 0 : p->m->items;

	kd_json_begin_array(p->j);
	for (size_t i = 0; i < n && i < most; i++) {
		char word[24];
		const bool lost = p->lost;
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(sizeof(word));
		size_t before;

		kd_buf_printf(&b, "%zu", i);
		before = down(p, kd_buf_view(&b));
		value(p, kd_jsonin_at(v, i), depth + 1);
		up(p, before);
		p->lost = lost;
	}
	kd_json_end_array(p->j);
	if (n > most)
		omit(p, n - most);
}

static void object(struct prune *p, struct kd_jval v, unsigned depth)
{
	const size_t most = depth >= p->m->depth ? 0 : OBJECT_MAX;
	struct kd_view key;
	struct kd_jval x;
	size_t i = 0;

	kd_json_begin_object(p->j);
	for (void *it = NULL; i < most && kd_jsonin_next(v, &it, &key, &x); i++) {
		const bool lost = p->lost;
		const size_t before = down(p, key);

		kd_json_key_view(p->j, key);
		value(p, x, depth + 1);
		up(p, before);
		p->lost = lost;
	}
	kd_json_end_object(p->j);
	if (kd_jsonin_len(v) > i)
		omit(p, kd_jsonin_len(v) - i);
}

static void text(struct prune *p, struct kd_view s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	struct kd_view head;

	if (s.n <= p->m->text) {
		kd_json_str(p->j, s);
		return;
	}
	head = kd_view_head(s, p->m->text);
	head = kd_view_head(head, kd_utf8_good_prefix(head));
	kd_buf_add(&b, head);
	kd_buf_add(&b, KD_V("…"));
	kd_json_str(p->j, kd_buf_view(&b));
	omit(p, s.n - head.n);
}

static void value(struct prune *p, struct kd_jval v, unsigned depth)
{
	struct kd_view s;
	int64_t i;
	double d;
	bool b;

	switch (kd_jsonin_type(v)) {
	case KD_JOBJECT:
		object(p, v, depth);
		break;
	case KD_JARRAY:
		array(p, v, depth);
		break;
	case KD_JSTR:
		if (kd_jsonin_str(v, &s))
			text(p, s);
		break;
	case KD_JINT:
		kd_json_i64(p->j, kd_jsonin_i64(v, &i) ? i : 0);
		break;
	case KD_JREAL:
		kd_json_double(p->j, kd_jsonin_double(v, &d) ? d : 0);
		break;
	case KD_JBOOL:
		kd_json_bool(p->j, kd_jsonin_bool(v, &b) && b);
		break;
	default:
		kd_json_null(p->j);
		break;
	}
}

/* ---- a part ---- */

static bool unescape(struct kd_view v, struct kd_buf *ret)
{
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] != '~') {
			kd_buf_addc(ret, v.p[i]);
		} else if (i + 1 < v.n && (v.p[i + 1] == '0' || v.p[i + 1] == '1')) {
			kd_buf_addc(ret, v.p[++i] == '0' ? '~' : '/');
		} else {
			return false;
		}
	}
	return kd_buf_addc(ret, '\0') && !ret->overflow;
}

static struct kd_error *no_part(struct kd_jval v, struct kd_view at, struct kd_view word)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(600), where = KD_BUF_INIT(300), what = KD_BUF_INIT(100);
	struct kd_view key;
	struct kd_jval x;

	kd_utf8_printable(kd_view_head(at, kd_utf8_good_prefix(kd_view_head(at, 80))), &where);
	kd_utf8_printable(kd_view_head(word, kd_utf8_good_prefix(kd_view_head(word, 30))), &what);
	if (kd_jsonin_type(v) == KD_JARRAY)
		return kd_error_new(KD_INVALID, "at: %.*s has no element %.*s; it has %zu elements, from 0 on", KD_VARG(kd_buf_view(&where)),
				    KD_VARG(kd_buf_view(&what)), kd_jsonin_len(v));
	if (kd_jsonin_type(v) != KD_JOBJECT)
		return kd_error_new(KD_INVALID, "at: %.*s leads into what has no parts", KD_VARG(kd_buf_view(&where)));
	for (void *it = NULL; kd_jsonin_next(v, &it, &key, &x);)
		kd_buf_printf(&b, "%s%.*s", b.n ? ", " : "", KD_VARG(key));
	return kd_error_new(KD_INVALID, "at: %.*s has no member %.*s; there are: %.*s", KD_VARG(kd_buf_view(&where)), KD_VARG(kd_buf_view(&what)),
			    KD_VARG(kd_buf_view(&b)));
}

static struct kd_error *find(struct kd_jval v, struct kd_view at, struct kd_jval *ret)
{
	struct kd_view rest = at;

	while (rest.n) {
		const struct kd_view behind = kd_view_from(rest, 1);
		const size_t n = kd_view_chr(behind, '/');
		const struct kd_view word = kd_view_head(behind, n == KD_NPOS ? behind.n : n);
		kd_auto(kd_buf_deinit) struct kd_buf key = KD_BUF_INIT(4096);
		struct kd_jval next = {NULL};
		uint64_t i;

		if (kd_jsonin_type(v) == KD_JARRAY && kd_view_dec(word, &i))
			next = i < kd_jsonin_len(v) ? kd_jsonin_at(v, i) : next;
		else if (kd_jsonin_type(v) == KD_JOBJECT && unescape(word, &key))
			next = kd_jsonin_get(v, key.p);
		if (!next.node)
			return no_part(v, at, word);
		v = next;
		rest = kd_view_from(behind, word.n);
	}
	*ret = v;
	return NULL;
}

/* ---- the result ---- */

struct part {
	const struct kd_shape *s;
	struct kd_jval v;
	struct kd_view at;
	struct omission *omitted;
	char handle[KD_ANSWER_HANDLE];
};

static void omitted_json(const struct prune *p, struct kd_json *j)
{
	kd_json_key(j, "omitted");
	kd_json_begin_object(j);
	for (size_t i = 0; i < p->nomitted; i++)
		kd_json_kv_u64(j, p->omitted[i].at[0] ? p->omitted[i].at : "/", p->omitted[i].n);
	if (p->others)
		kd_json_kv_u64(j, "other places", p->others);
	kd_json_end_object(j);
}

/* {"status":…,"data":…,…} by one measure; what is left out at all is what *ret_cut says. */
static struct kd_error *write_by(const struct part *t, const struct measure *m, struct kd_buf *ret, bool *ret_cut)
{
	struct kd_json j;
	struct prune p = {.j = &j, .m = m, .omitted = t->omitted};

	if (t->at.n < sizeof(p.at)) {
		memcpy(p.at, t->at.p ? t->at.p : "", t->at.n);
		p.atn = t->at.n;
	} else {
		p.lost = true;
	}
	kd_buf_clear(ret);
	kd_json_init(&j, ret, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "status", t->s->status);
	kd_json_key(&j, "data");
	value(&p, t->v, 0);
	*ret_cut = p.nomitted || p.others;
	if (*ret_cut) {
		omitted_json(&p, &j);
		if (t->handle[0])
			kd_json_kv_strz(&j, "more", t->handle);
	}
	kd_shape_tail_json(t->s, &j);
	kd_json_end_object(&j);
	return kd_json_finish(&j);
}

static void again(const struct part *t, struct kd_buf *text)
{
	if (!t->handle[0])
		return;
	kd_buf_printf(text, "\n[parts are left out (\"omitted\": where, and how many); at=\"/…\" opens one; the whole: more {\"handle\":\"%s\"}]",
		      t->handle);
}

struct kd_error *kd_shape_json(const struct kd_shape *s, struct kd_view at, struct kd_buf *ret)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(16 << 20), text = KD_BUF_INIT(16 << 20);
	kd_auto(kd_freep) struct omission *omitted = kd_xcalloc(KD_SHAPE_OMITTED, sizeof(*omitted));
	struct part t = {.s = s, .at = at, .omitted = omitted};
	struct kd_error *err = kd_jsonin_parse(s->body, &(struct kd_jsonin_opts){.max_depth = DEPTH_MAX}, &doc);
	bool cut = false;

	if (!err)
		err = find(kd_jsonin_root(doc), at, &t.v);
	for (size_t i = 0; !err && i < KD_ARRAY_LEN(measures); i++) {
		const bool last = i + 1 == KD_ARRAY_LEN(measures);

		err = write_by(&t, &measures[i], &b, &cut);
		if (err && !last && kd_error_catch(&err, KD_LIMIT))
			continue;
		if (!err && cut && !t.handle[0] && s->answers && kd_answers_put(s->answers, s->body, t.handle))
			err = write_by(&t, &measures[i], &b, &cut);
		if (!err && b.n + TRAILER_JSON <= s->limit)
			break;
	}
	if (err)
		return err;
	kd_buf_add(&text, kd_buf_view(&b));
	if (cut)
		again(&t, &text);
	kd_shape_finish(s, kd_buf_view(&text), kd_buf_view(&b), ret);
	return NULL;
}
