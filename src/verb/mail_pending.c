// SPDX-License-Identifier: GPL-2.0-or-later
/* Patches that were posted, are no commit of the index, and fit a report. */
#include "base/alloc.h"
#include "base/shellword.h"
#include "history/rank.h"
#include "history/record.h"
#include "verb/mail.h"

enum { ARENA_MAX = 512 << 20, LOOKED_AT = 100, SHOWN = 5, WHY_MAX = 600, FUNCS = 3, RECORD_MEMORY = 64 << 20 };

struct pending {
	struct kd_history *h;
	struct kd_sheet *s;
	struct kd_arena *a;
	struct kd_fixquery q;
	struct kd_table *t;
	uint64_t seen[LOOKED_AT]; /* titles of those that were shown or left out */
	size_t nseen, shown, merged;
};

static bool among(const struct kd_view *v, size_t n, struct kd_view x)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(v[i], x))
			return true;
	return false;
}

/* What of the report the patch touches; empty: nothing, whatever its words are. */
static void reasons(const struct kd_fixquery *q, const struct kd_record *r, struct kd_buf *b)
{
	unsigned funcs = 0, files = 0;

	if (q->order.n && among(r->funcs, r->nfuncs, q->order.v[0]))
		kd_buf_printf(b, "changes the crashing function %.*s", KD_VARG(q->order.v[0]));
	for (size_t i = 0; i < q->funcs.n; i++)
		if (!(q->order.n && kd_view_eq(q->funcs.v[i].name, q->order.v[0])) && among(r->funcs, r->nfuncs, q->funcs.v[i].name) && funcs++ < FUNCS)
			kd_buf_printf(b, "%s%.*s", funcs > 1 ? ", " : b->n ? "; changes of the stack " : "changes of the stack ",
				      KD_VARG(q->funcs.v[i].name));
	for (size_t i = 0; i < r->nfiles; i++)
		for (size_t k = 0; k < q->paths.n; k++)
			if (kd_view_eq(r->files[i].path, q->paths.v[k].name) && files++ < 2)
				kd_buf_printf(b, "%stouches %.*s", b->n ? "; " : "", KD_VARG(r->files[i].path));
}

static struct kd_error *record_of(const struct pending *w, uint32_t doc, struct kd_arena *a, struct kd_record *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX);
	struct kd_error *err = kd_store_text(w->h->mail->patches, doc, &text);
	struct kd_view copy;

	if (err)
		return err;
	copy = kd_arena_view(a, kd_buf_view(&text));
	return copy.p ? kd_record_parse(a, copy, r) : kd_error_new(KD_LIMIT, "a record is too long");
}

/* Is a posting of the same title a commit, or was it shown already? Titles are in the order of the ranking. */
static bool seen_title(struct pending *w, uint64_t title)
{
	for (size_t i = 0; i < w->nseen; i++)
		if (title && w->seen[i] == title)
			return true;
	if (w->nseen < LOOKED_AT)
		w->seen[w->nseen++] = title;
	return false;
}

struct versions {
	const struct kd_mailstore *ms;
	uint32_t doc;
	int64_t date;
};

static bool later_version(void *user, uint32_t doc)
{
	struct versions *v = user;
	struct kd_seg_doc d;

	kd_store_doc(v->ms->mails, doc, &d);
	if (d.date > v->date && d.flags & KD_MAILDOC_DIFF && !kd_mailstore_gone(v->ms, doc)) {
		v->doc = doc;
		v->date = d.date;
	}
	return true;
}

/* A title and nothing else is shown as perhaps merged. */
static bool is_merged(const struct pending *w, uint32_t mail, struct kd_view mid, struct kd_view *perhaps)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(RECORD_MEMORY);
	struct kd_maillinks links;

	kd_maillink_of_mail(w->h->mail, w->h->git, mail, mid, &a, &links);
	for (size_t i = 0; i < links.v.n; i++)
		if (!links.v.v[i].guessed || (links.v.v[i].by & (KD_LINK_TITLE | KD_LINK_AUTHOR)) == (KD_LINK_TITLE | KD_LINK_AUTHOR))
			return true;
	if (links.v.n)
		*perhaps = kd_history_short(w->s, w->h, links.v.v[0].doc);
	return false;
}

static struct kd_error *show(struct pending *w, const struct kd_rank_hit *hit, uint32_t mail, const struct kd_buf *why, struct kd_view perhaps)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(RECORD_MEMORY);
	struct kd_mailrec r;
	struct kd_view answers;
	struct kd_cell *row;
	struct kd_error *err = kd_mailstore_record(w->h->mail, mail, &a, &r);

	if (err)
		return err;
	answers = kd_mail_answers(w->h->mail, &r, w->s);
	row = kd_table_row(w->t);
	row[0] = kd_cell_text(kd_history_day(w->s, r.date));
	row[1] = kd_cell_text(kd_sheet_text(w->s, "%.2f", (double)hit->score));
	row[2] = kd_mail_from_cell(w->s, &r);
	row[3] = kd_sheet_cell(w->s, r.subject);
	row[4] = kd_sheet_cell(w->s, kd_buf_view(why));
	row[5] = answers.n ? kd_cell_text(answers) : kd_cell_text(KD_V(""));
	row[6] = kd_sheet_cell(w->s, r.mid);
	row[7] = kd_cell_text(perhaps.n ? perhaps : KD_V(""));
	row[7].guessed = perhaps.n != 0;
	if (!w->shown++)
		kd_sheet_next(w->s, "kdoc thread %.*s", KD_VARG(kd_shell_word(w->s->arena, r.mid)));
	return NULL;
}

static struct kd_error *one(struct pending *w, const struct kd_rank_hit *hit)
{
	kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(WHY_MAX);
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(RECORD_MEMORY);
	struct versions v = {.ms = w->h->mail};
	struct kd_view perhaps = KD_VNULL;
	struct kd_mailrec m;
	struct kd_seg_doc d;
	struct kd_record r;
	struct kd_error *err;

	kd_store_doc(w->h->mail->patches, hit->doc, &d);
	if (!kd_store_has(w->h->mail->mails, d.oid, &v.doc) || kd_mailstore_gone(w->h->mail, v.doc))
		return NULL;
	err = record_of(w, hit->doc, &a, &r);
	if (err)
		return err;
	reasons(&w->q, &r, &why);
	if (!why.n || seen_title(w, d.subject))
		return NULL;
	kd_store_doc(w->h->mail->mails, v.doc, &d);
	v.date = d.date;
	if (d.subject && !(d.flags & KD_MAILDOC_REPLY))
		kd_store_keys(w->h->mail->mails, d.subject, later_version, &v);
	err = kd_mailstore_record(w->h->mail, v.doc, &a, &m);
	if (err)
		return err;
	if (is_merged(w, v.doc, m.mid, &perhaps)) {
		w->merged++;
		return NULL;
	}
	return show(w, hit, v.doc, &why, perhaps);
}

struct kd_error *kd_mail_pending(struct kd_history *h, struct kd_view text, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"date", "DATE"}, {"score", "SCORE"}, {"from", "FROM"}, {"subject", "SUBJECT"}, {"why", "WHY"},
						   {"answers", "ANSWERS SAY"}, {"id", "MESSAGE-ID"}, {"perhaps_merged", NULL}};
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct pending w = {.h = h, .s = s, .a = &a};
	const struct kd_rank_req req = {.limit = LOOKED_AT};
	struct kd_rank_hit *hits = NULL;
	size_t n = 0;
	struct kd_error *err;

	if (!h->mail->patches->docs)
		return NULL;
	err = kd_fixquery_parse(&a, text, &w.q);
	if (!err)
		err = kd_rank(h->mail->patches, &w.q, &req, &a, &hits, &n);
	if (err)
		return err;
	w.t = kd_sheet_table(s, "pending", columns, KD_ARRAY_LEN(columns));
	w.t->title = "POSTED, NOT MERGED";
	for (size_t i = 0; i < n && w.shown < SHOWN && !err; i++)
		err = one(&w, &hits[i]);
	if (!err && w.shown)
		kd_sheet_note(s, "'not merged' means: no commit of the searched trees has that patch-id, title and author, or link");
	return err;
}
