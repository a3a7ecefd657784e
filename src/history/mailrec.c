// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailrec.h"

#include "base/alloc.h"
#include "base/vec.h"
#include "history/mail_internal.h"

enum { NAMES_MAX = 200, LINE_MAX = 2000 };

/* --- writing ----------------------------------------------------------------------------------- */

static void line(struct kd_buf *b, const char *key, struct kd_view v)
{
	if (!v.n)
		return;
	kd_buf_printf(b, "%s ", key);
	for (size_t i = 0; i < v.n && i < LINE_MAX; i++)
		kd_buf_addc(b, v.p[i] == '\n' || v.p[i] == '\r' ? ' ' : v.p[i]);
	kd_buf_addc(b, '\n');
}

static void addresses(struct kd_buf *b, const char *key, const struct kd_mail_addresses *a)
{
	for (size_t i = 0; i < a->n; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf one = KD_BUF_INIT(2 * LINE_MAX);

		kd_buf_printf(&one, "%.*s%s<%.*s>", KD_VARG(kd_view_head(a->v[i].name, LINE_MAX / 2)), a->v[i].name.n ? " " : "",
			      KD_VARG(kd_view_head(a->v[i].addr, LINE_MAX / 2)));
		line(b, key, kd_buf_view(&one));
	}
}

static void signs(struct kd_buf *b, const struct kd_mail *m)
{
	for (size_t i = 0; i < m->nsigns && i < KD_MAIL_SIGNS_MAX; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf one = KD_BUF_INIT(LINE_MAX);

		for (const char *w = kd_mail_sign_word(m->signs[i].kind); *w; w++)
			kd_buf_addc(&one, *w == ' ' ? '-' : *w);
		kd_buf_printf(&one, " %.*s", KD_VARG(kd_view_head(m->signs[i].line, 300)));
		line(b, "sign", kd_buf_view(&one));
	}
}

/* Not in the midst of a character. */
static struct kd_view body_head(struct kd_view body)
{
	struct kd_view v = kd_view_head(body, KD_MAILREC_BODY_MAX);

	while (v.n && v.n < body.n && ((unsigned char)body.p[v.n] & 0xc0) == 0x80)
		v.n--;
	return v;
}

void kd_mailrec_write(struct kd_buf *b, const struct kd_mail *m, struct kd_view box, struct kd_view source, struct kd_view patch_id)
{
	const struct kd_view body = body_head(m->body);
	struct kd_view names = m->names, name;

	line(b, "mid", m->id);
	kd_buf_printf(b, "date %lld\n", (long long)(m->date_from == KD_MAIL_DATE_NONE ? 0 : m->date));
	if (m->received)
		kd_buf_printf(b, "received %lld\n", (long long)m->received);
	addresses(b, "from", &m->from);
	addresses(b, "to", &m->to);
	addresses(b, "cc", &m->cc);
	for (size_t i = 0; i < m->nrefs; i++)
		line(b, "ref", m->refs[i]);
	line(b, "list", m->list_id);
	line(b, "box", box);
	line(b, "source", source);
	for (unsigned n = 0; n < NAMES_MAX && kd_mail_line(&names, &name); n++)
		line(b, "name", name);
	line(b, "change-id", m->change_id);
	line(b, "patch-id", patch_id);
	signs(b, m);
	if (m->damage)
		kd_buf_printf(b, "damage %u\n", m->damage);
	if (body.n < m->body.n)
		kd_buf_printf(b, "cut\n");
	line(b, "subject", m->subject.text);
	kd_buf_addc(b, '\n');
	kd_buf_add(b, body);
}

/* --- reading ----------------------------------------------------------------------------------- */

struct lists {
	KD_VEC(struct kd_view) from, to, cc, refs, names;
	KD_VEC(struct kd_mailrec_sign) signs;
};

static int64_t number(struct kd_view v)
{
	int64_t n = 0;

	return kd_view_take_int(&v, &n) ? n : 0;
}

static bool one_of(struct kd_mailrec *r, struct kd_view key, struct kd_view value)
{
	struct {
		struct kd_view key, *to;
	} rows[] = {{KD_V("mid"), &r->mid},	    {KD_V("list"), &r->list},		{KD_V("box"), &r->box},	      {KD_V("source"), &r->source},
		    {KD_V("subject"), &r->subject}, {KD_V("change-id"), &r->change_id}, {KD_V("patch-id"), &r->patch_id}};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_eq(key, rows[i].key)) {
			*rows[i].to = value;
			return true;
		}
	return false;
}

/* false: the arena is full. */
static bool several_of(struct kd_arena *a, struct lists *l, struct kd_view key, struct kd_view value)
{
	struct kd_view *slot = NULL;

	if (kd_view_eq(key, KD_V("from")))
		slot = kd_avec_push(a, &l->from, KD_MAIL_ADDRESSES_MAX);
	else if (kd_view_eq(key, KD_V("to")))
		slot = kd_avec_push(a, &l->to, KD_MAIL_ADDRESSES_MAX);
	else if (kd_view_eq(key, KD_V("cc")))
		slot = kd_avec_push(a, &l->cc, KD_MAIL_ADDRESSES_MAX);
	else if (kd_view_eq(key, KD_V("ref")))
		slot = kd_avec_push(a, &l->refs, KD_MAIL_REFS_MAX);
	else if (kd_view_eq(key, KD_V("name")))
		slot = kd_avec_push(a, &l->names, NAMES_MAX);
	else
		return true;
	if (slot)
		*slot = value;
	return slot != NULL;
}

static bool take_field(struct kd_arena *a, struct kd_mailrec *r, struct lists *l, struct kd_view text)
{
	struct kd_view key, value = text;

	if (!kd_view_take_until(&value, KD_V(" "), &key)) {
		r->cut = r->cut || kd_view_eq(text, KD_V("cut"));
		return true;
	}
	if (one_of(r, key, value))
		return true;
	if (kd_view_eq(key, KD_V("date"))) {
		r->date = number(value);
	} else if (kd_view_eq(key, KD_V("received"))) {
		r->received = number(value);
	} else if (kd_view_eq(key, KD_V("damage"))) {
		r->damage = (unsigned)number(value);
	} else if (kd_view_eq(key, KD_V("sign"))) {
		struct kd_mailrec_sign *s = kd_avec_push(a, &l->signs, KD_MAIL_SIGNS_MAX);

		if (!s)
			return false;
		s->line = value;
		return kd_view_take_until(&s->line, KD_V(" "), &s->kind) || true;
	} else {
		return several_of(a, l, key, value);
	}
	return true;
}

struct kd_error *kd_mailrec_parse(struct kd_arena *a, struct kd_view text, struct kd_mailrec *ret)
{
	struct kd_mailrec r = {.cut = false};
	struct lists l = {.from = {NULL, 0, 0}};
	struct kd_view one;

	while (kd_view_take_until(&text, KD_V("\n"), &one) && one.n)
		if (!take_field(a, &r, &l, one))
			return kd_error_new(KD_LIMIT, "the record of a mail needs too much memory");
	r.body = text;
	r.from = l.from.v;
	r.nfrom = l.from.n;
	r.to = l.to.v;
	r.nto = l.to.n;
	r.cc = l.cc.v;
	r.ncc = l.cc.n;
	r.refs = l.refs.v;
	r.nrefs = l.refs.n;
	r.names = l.names.v;
	r.nnames = l.names.n;
	r.signs = l.signs.v;
	r.nsigns = l.signs.n;
	*ret = r;
	return NULL;
}

/* --- fields ------------------------------------------------------------------------------------ */

struct giving {
	kd_mailrec_field_fn *fn;
	void *user;
	struct kd_buf *text; /* lines that belong together: what is no change in a diff */
	bool stopped;
};

static void give(struct giving *g, enum kd_word_field field, struct kd_view text)
{
	if (!g->stopped && text.n)
		g->stopped = !g->fn(g->user, field, text);
}

static void give_all(struct giving *g, enum kd_word_field field, const struct kd_view *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		give(g, field, v[i]);
}

/* "a/mm/slub.c" → "mm/slub.c"; a name in quotes is given with its escapes. */
static void give_file(struct giving *g, struct kd_view name)
{
	size_t slash;

	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = kd_view(name.p + 1, name.n - 2);
	if (kd_view_eq(name, KD_V("/dev/null")))
		return;
	slash = kd_view_chr(name, '/');
	give(g, KD_FIELD_DIFF_FILE, slash == KD_NPOS ? name : kd_view_from(name, slash + 1));
}

static void give_both_files(struct giving *g, struct kd_view rest)
{
	struct kd_view first;

	if (kd_view_take_until(&rest, KD_V(" b/"), &first)) {
		give_file(g, first);
		give(g, KD_FIELD_DIFF_FILE, rest);
	}
}

static void diff_line(struct giving *g, struct kd_view line)
{
	struct kd_view rest = line, range;

	if (kd_view_skip(&rest, KD_V("diff --git "))) {
		give_both_files(g, rest);
		kd_buf_printf(g->text, "%.*s\n", KD_VARG(line));
	} else if (kd_view_skip(&rest, KD_V("--- ")) || kd_view_skip(&rest, KD_V("+++ "))) {
		give_file(g, rest);
	} else if (kd_view_skip(&rest, KD_V("@@ "))) {
		if (kd_view_take_until(&rest, KD_V("@@"), &range))
			give(g, KD_FIELD_DIFF_HUNK, rest);
	} else if (line.n && (*line.p == '+' || *line.p == '-' || *line.p == ' ')) {
		give(g, *line.p == '+' ? KD_FIELD_DIFF_NEW : *line.p == '-' ? KD_FIELD_DIFF_OLD : KD_FIELD_DIFF_CONTEXT, kd_view_from(line, 1));
	} else if (!kd_view_starts(line, KD_V("index "))) {
		kd_buf_printf(g->text, "%.*s\n", KD_VARG(line));
	}
}

static void flush_text(struct giving *g)
{
	give(g, KD_FIELD_WORD, kd_buf_view(g->text));
	kd_buf_clear(g->text);
}

static void give_span(struct giving *g, struct kd_view text, enum kd_mail_span_kind kind)
{
	struct kd_view one;

	if (kind == KD_SPAN_QUOTE) {
		flush_text(g);
		give(g, KD_FIELD_QUOTE, text);
	} else if (kind != KD_SPAN_DIFF) {
		kd_buf_add(g->text, text);
	} else {
		while (!g->stopped && kd_mail_line(&text, &one))
			diff_line(g, one);
	}
}

struct kd_error *kd_mailrec_fields(struct kd_arena *a, const struct kd_mailrec *r, kd_mailrec_field_fn *fn, void *user)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(2 * KD_MAILREC_BODY_MAX);
	struct giving g = {.fn = fn, .user = user, .text = &text};
	struct kd_mail m = {.body = r->body};
	struct kd_error *err = kd_mail_divide(a, &m);

	if (err)
		return err;
	give(&g, KD_FIELD_SUBJECT, r->subject);
	give_all(&g, KD_FIELD_FROM, r->from, r->nfrom);
	give_all(&g, KD_FIELD_TO, r->to, r->nto);
	give_all(&g, KD_FIELD_CC, r->cc, r->ncc);
	give(&g, KD_FIELD_LIST, r->list);
	give(&g, KD_FIELD_MID, r->mid);
	give_all(&g, KD_FIELD_FILENAME, r->names, r->nnames);
	for (size_t i = 0; i < m.nspans; i++)
		give_span(&g, kd_view(r->body.p + m.spans[i].off, m.spans[i].n), m.spans[i].kind);
	flush_text(&g);
	return NULL;
}
