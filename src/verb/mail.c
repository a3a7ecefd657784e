// SPDX-License-Identifier: GPL-2.0-or-later
/* What several verbs say about mails. */
#include "verb/mail.h"

#include "base/alloc.h"
#include "base/shellword.h"
#include "history/mail.h"

enum { RECORD_MEMORY = 64 << 20, SIGNS = 12, ANSWERS_MAX = 2000, POSTINGS_MAX = 50 };

static int hex_value(char c)
{
	return kd_is_digit(c) ? c - '0' : kd_is_xdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* Without %XX, up to the next slash. */
static struct kd_view unescape(struct kd_arena *a, struct kd_view v)
{
	char *s = kd_arena_raw(a, v.n + 1);
	size_t n = 0;

	for (size_t i = 0; s && i < v.n; i++) {
		if (v.p[i] == '%' && i + 2 < v.n && hex_value(v.p[i + 1]) >= 0 && hex_value(v.p[i + 2]) >= 0) {
			s[n++] = (char)(hex_value(v.p[i + 1]) << 4 | hex_value(v.p[i + 2]));
			i += 2;
		} else {
			s[n++] = v.p[i];
		}
	}
	return s ? kd_view(s, n) : KD_VNULL;
}

/* https://server/list/ID/T/#u: the part with an @; of an id without one, what follows the list. */
static struct kd_view of_address(struct kd_arena *a, struct kd_view rest)
{
	struct kd_view part = KD_VNULL, last = KD_VNULL;
	bool more = true;

	for (unsigned n = 0; more; n++) {
		more = kd_view_take_until(&rest, KD_V("/"), &part);
		if (!more)
			part = rest;
		part = unescape(a, part);
		if (n && kd_view_chr(part, '@') != KD_NPOS)
			return part;
		if (n == 2)
			last = part;
	}
	return last;
}

struct kd_view kd_mail_id_of(struct kd_arena *a, const char *text)
{
	struct kd_view v = kd_view_trim(kd_view_of(text));
	const size_t hash = kd_view_chr(v, '#');

	if (kd_view_skip(&v, KD_V("https://")) || kd_view_skip(&v, KD_V("http://")))
		v = of_address(a, hash == KD_NPOS ? v : kd_view_head(v, hash - (size_t)(v.p - text)));
	if (kd_view_skip(&v, KD_V("mid:")) || kd_view_skip(&v, KD_V("id:")))
		v = kd_view_trim(v);
	return kd_mail_id(v, a);
}

struct kd_cell kd_mail_from_cell(struct kd_sheet *s, const struct kd_mailrec *r)
{
	struct kd_view from = r->nfrom ? r->from[0] : KD_VNULL;
	const size_t at = kd_view_chr(from, '<');

	if (!from.n)
		return kd_cell_none("it has no From:");
	return kd_sheet_cell(s, at != KD_NPOS && at > 1 ? kd_view_trim(kd_view_head(from, at)) : from);
}

/* --- what answers say ------------------------------------------------------------------------------ */

struct answers {
	const struct kd_mailstore *ms;
	const struct kd_mailrec *to;
	struct kd_view cover; /* the mail that it is an answer to, when both are patches */
	unsigned n, signs;
	struct kd_arena a;
	struct kd_buf b;
};

static void add_sign(struct answers *x, struct kd_view kind)
{
	struct kd_view rest = kd_buf_view(&x->b), one;

	while (kd_view_take_until(&rest, KD_V(", "), &one))
		if (kd_view_eq(one, kind))
			return;
	if (!kd_view_eq(rest, kind))
		kd_buf_printf(&x->b, "%s%.*s", x->b.n ? ", " : "", KD_VARG(kind));
}

static bool one_answer(void *user, uint32_t doc)
{
	struct answers *x = user;
	struct kd_mailrec r;
	struct kd_seg_doc d;
	struct kd_error *err;

	kd_store_doc(x->ms->mails, doc, &d);
	if (!(d.flags & KD_MAILDOC_SIGNS) || kd_mailstore_gone(x->ms, doc))
		return true;
	kd_arena_reset(&x->a);
	err = kd_mailstore_record(x->ms, doc, &x->a, &r);
	if (!err && r.nrefs &&
	    (kd_view_eq(r.refs[r.nrefs - 1], x->to->mid) || (x->cover.n && kd_view_eq(r.refs[r.nrefs - 1], x->cover))))
		for (size_t i = 0; i < r.nsigns; i++)
			add_sign(x, r.signs[i].kind);
	kd_error_free(err);
	return ++x->n < ANSWERS_MAX;
}

struct kd_view kd_mail_answers(const struct kd_mailstore *ms, const struct kd_mailrec *r, struct kd_sheet *s)
{
	struct answers x = {.ms = ms, .to = r, .a = KD_ARENA_INIT(RECORD_MEMORY), .b = KD_BUF_INIT(1024)};
	struct kd_view ret;
	uint32_t doc;

	kd_store_keys(ms->mails, kd_term(KD_KEY_REF, r->mid), one_answer, &x);
	if (r->nrefs && kd_mailstore_find(ms, r->refs[r->nrefs - 1], &doc)) {
		struct kd_seg_doc d;

		kd_store_doc(ms->mails, doc, &d);
		if (d.flags & KD_MAILDOC_PATCH && !(d.flags & KD_MAILDOC_REPLY)) {
			x.cover = r->refs[r->nrefs - 1];
			kd_store_keys(ms->mails, kd_term(KD_KEY_REF, x.cover), one_answer, &x);
		}
	}
	ret = x.b.n ? kd_sheet_text(s, "%.*s", KD_VARG(kd_buf_view(&x.b))) : KD_VNULL;
	kd_buf_deinit(&x.b);
	kd_arena_deinit(&x.a);
	return ret;
}

/* --- postings of a commit -------------------------------------------------------------------------- */

static void posting_row(const struct kd_history *h, struct kd_sheet *s, struct kd_table *t, const struct kd_maillink *l)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(RECORD_MEMORY);
	kd_auto(kd_buf_deinit) struct kd_buf by = KD_BUF_INIT(200);
	struct kd_mailrec r;
	struct kd_error *err = kd_mailstore_record(h->mail, l->doc, &a, &r);
	struct kd_cell *row;

	if (err) {
		kd_error_free(err);
		return;
	}
	kd_maillink_words(l, &by);
	row = kd_table_row(t);
	row[0] = kd_cell_text(l->patch ? KD_V("posting") : KD_V("linked"));
	row[0].guessed = l->guessed && l->patch;
	row[1] = kd_cell_text(kd_history_day(s, l->date));
	row[2] = kd_mail_from_cell(s, &r);
	row[3] = kd_sheet_cell(s, r.subject);
	row[4] = kd_sheet_cell(s, r.mid);
	row[5] = kd_sheet_cell(s, kd_buf_view(&by));
}

void kd_mail_postings(struct kd_history *h, uint32_t commit, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"what", "MAIL"}, {"date", "DATE"}, {"from", "FROM"}, {"subject", "SUBJECT"}, {"id", "MESSAGE-ID"},
						   {"agrees", "AGREES IN"}};
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)256 << 20);
	struct kd_maillinks links;
	struct kd_table *t;
	struct kd_error *err;

	if (!h->mail)
		return;
	h->asked_mail = true;
	err = kd_maillink_of_commit(h->mail, h->git, commit, &a, &links);
	if (err) {
		kd_sheet_note(s, "its posting cannot be looked up: %s", err->msg);
		kd_error_free(err);
		return;
	}
	t = kd_sheet_table(s, "postings", columns, KD_ARRAY_LEN(columns));
	t->title = "POSTED AS";
	for (size_t i = 0; i < links.v.n && i < POSTINGS_MAX; i++)
		posting_row(h, s, t, &links.v.v[i]);
	if (links.v.n > POSTINGS_MAX)
		kd_sheet_note(s, "of %zu mails that fit the commit the first %d are shown", links.v.n, POSTINGS_MAX);
	if (links.v.n) {
		kd_auto(kd_arena_deinit) struct kd_arena b = KD_ARENA_INIT(RECORD_MEMORY);
		struct kd_mailrec r;

		err = kd_mailstore_record(h->mail, links.v.v[0].doc, &b, &r);
		if (!err)
			kd_sheet_next(s, "kdoc thread %.*s", KD_VARG(kd_shell_word(s->arena, r.mid)));
		kd_error_free(err);
	}
}
