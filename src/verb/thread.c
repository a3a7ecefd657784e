// SPDX-License-Identifier: GPL-2.0-or-later
/* thread: who answers whom, what became of it. */
#include "base/alloc.h"
#include "base/hashmap.h"
#include "history/mail.h"
#include "history/series.h"
#include "history/thread.h"
#include "verb/mail.h"

enum { ARENA_MAX = 1 << 30, MAILS_MAX = 20000, IDS_MAX = 200000, INDENT_MAX = 40, OTHERS_MAX = 50 };

struct thread {
	struct kd_history *h;
	struct kd_sheet *s;
	struct kd_arena *a;
	struct kd_hashmap ids; /* Message-IDs that were looked for */
	struct kd_hashmap docs;
	KD_VEC(uint32_t) doc;
	struct kd_mailrec *rec;
	struct kd_mail_subject *subject;
	struct kd_threads t;
	struct kd_series series;
	uint32_t root, start;
	uint32_t *posting; /* of a mail: index into series.posting, or KD_SERIES_NONE */
	struct kd_table *table;
	uint64_t shown, missing, applied;
	bool cut;
	struct kd_error *err;
};

/* --- the mails of it ------------------------------------------------------------------------------- */

static void want(struct thread *w, struct kd_view mid)
{
	if (!kd_hashmap_add(&w->ids, mid, NULL))
		w->cut = true;
}

static bool take_doc(void *user, uint32_t doc)
{
	struct thread *w = user;
	bool is_new;
	uint32_t *slot;

	if (kd_mailstore_gone(w->h->mail, doc))
		return true;
	if (!kd_hashmap_add(&w->docs, kd_arena_printf(w->a, "%u", doc), &is_new)) {
		w->cut = true;
		return false;
	}
	if (is_new && (slot = kd_avec_push(w->a, &w->doc, MAILS_MAX)))
		*slot = doc;
	return true;
}

/* Mails with this id, and those that refer to it. */
static void look_up(struct thread *w, struct kd_view mid)
{
	uint32_t doc;

	if (kd_mailstore_find(w->h->mail, mid, &doc))
		take_doc(w, doc);
	kd_store_keys(w->h->mail->mails, kd_term(KD_KEY_REF, mid), take_doc, w);
}

/* Everything that hangs together by references. */
static struct kd_error *collect(struct thread *w, struct kd_view mid)
{
	size_t ids = 0, docs = 0;
	struct kd_error *err = NULL;

	w->rec = kd_arena_array(w->a, MAILS_MAX, struct kd_mailrec);
	if (!w->rec)
		return kd_error_new(KD_LIMIT, "the thread needs too much memory");
	want(w, mid);
	while (!err && (ids < w->ids.entries.n || docs < w->doc.n)) {
		for (; ids < w->ids.entries.n; ids++)
			look_up(w, w->ids.entries.v[ids].key);
		for (; docs < w->doc.n && !err; docs++) {
			err = kd_mailstore_record(w->h->mail, w->doc.v[docs], w->a, &w->rec[docs]);
			if (err)
				break;
			w->rec[docs].body = KD_VNULL;
			want(w, w->rec[docs].mid);
			for (size_t i = 0; i < w->rec[docs].nrefs; i++)
				want(w, w->rec[docs].refs[i]);
		}
		if (!err)
			err = kd_ctx_check(w->h->ctx);
	}
	return err;
}

static struct kd_error *build(struct thread *w)
{
	const size_t n = w->doc.n;
	struct kd_thread_mail *in = kd_arena_array(w->a, n + 1, struct kd_thread_mail);
	struct kd_series_mail *posted = kd_arena_array(w->a, n + 1, struct kd_series_mail);
	struct kd_error *err;

	w->subject = kd_arena_array(w->a, n + 1, struct kd_mail_subject);
	w->posting = kd_arena_array(w->a, n + 1, uint32_t);
	if (!in || !posted || !w->subject || !w->posting)
		return kd_error_new(KD_LIMIT, "the thread needs too much memory");
	for (size_t i = 0; i < n; i++) {
		const struct kd_mailrec *r = &w->rec[i];
		struct kd_seg_doc d;

		if (!kd_mail_subject_parse(r->subject, w->a, &w->subject[i]))
			return kd_error_new(KD_LIMIT, "the thread needs too much memory");
		kd_store_doc(w->h->mail->mails, w->doc.v[i], &d);
		in[i] = (struct kd_thread_mail){.id = r->mid, .refs = r->refs, .nrefs = r->nrefs, .date = r->date, .base = w->subject[i].base,
						.reply = w->subject[i].reply};
		posted[i] = (struct kd_series_mail){.node = (uint32_t)i, .subject = &w->subject[i], .author = r->nfrom ? r->from[0] : KD_VNULL,
						    .change_id = r->change_id, .date = r->date, .has_diff = d.flags & KD_MAILDOC_DIFF};
		w->posting[i] = KD_SERIES_NONE;
	}
	err = kd_threads_build(in, n, w->a, &w->t);
	if (!err)
		err = kd_series_build(&w->t, posted, n, w->a, &w->series);
	for (uint32_t i = 0; !err && i < w->series.n; i++) {
		const struct kd_posting *p = &w->series.posting[i];

		if (p->cover != KD_SERIES_NONE)
			w->posting[p->cover] = i;
		for (unsigned k = 0; k < p->total; k++)
			if (p->patch[k] != KD_SERIES_NONE)
				w->posting[p->patch[k]] = i;
	}
	return err;
}

/* --- one mail -------------------------------------------------------------------------------------- */

static void add_word(struct kd_buf *b, struct kd_view word)
{
	struct kd_view rest = kd_buf_view(b), one;

	while (kd_view_take_until(&rest, KD_V(", "), &one))
		if (kd_view_eq(one, word))
			return;
	if (!kd_view_eq(rest, word))
		kd_buf_printf(b, "%s%.*s", b->n ? ", " : "", KD_VARG(word));
}

/* What the mail says, and what is known of the posting that it belongs to. */
static struct kd_cell state_of(struct thread *w, uint32_t i)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024);
	const struct kd_posting *p = w->posting[i] != KD_SERIES_NONE ? &w->series.posting[w->posting[i]] : NULL;

	for (size_t k = 0; k < w->rec[i].nsigns; k++)
		add_word(&b, w->rec[i].signs[k].kind);
	if (p && !p->newest)
		add_word(&b, KD_V("a-later-version-follows"));
	if (p && p->have < p->total && (p->cover == i || p->total == 1))
		kd_buf_printf(&b, "%s%u of %u patches missing", b.n ? ", " : "", p->total - p->have, p->total);
	return kd_sheet_cell(w->s, b.n ? kd_buf_view(&b) : KD_V(""));
}

static struct kd_cell commit_of(struct thread *w, uint32_t i, struct kd_cell *by)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf words = KD_BUF_INIT(200);
	struct kd_maillinks links;
	struct kd_cell c;

	*by = kd_cell_text(KD_V(""));
	if (!w->h->git)
		return kd_cell_none("no tree is indexed");
	kd_maillink_of_mail(w->h->mail, w->h->git, w->doc.v[i], w->rec[i].mid, &a, &links);
	if (!links.v.n)
		return kd_cell_text(KD_V(""));
	kd_maillink_words(&links.v.v[0], &words);
	*by = kd_sheet_cell(w->s, kd_buf_view(&words));
	c = kd_cell_text(kd_history_short(w->s, w->h, links.v.v[0].doc));
	c.guessed = links.v.v[0].guessed;
	if (links.v.v[0].patch && !c.guessed && !w->applied++)
		kd_sheet_next(w->s, "kdoc show %.*s", KD_VARG(c.text));
	return c;
}

static struct kd_view indented(struct thread *w, unsigned depth, struct kd_view text)
{
	return kd_sheet_text(w->s, "%*s%.*s", (int)(2 * (depth < INDENT_MAX ? depth : INDENT_MAX)), "", KD_VARG(text));
}

static void mail_row(struct thread *w, uint32_t i, unsigned depth, struct kd_cell *row)
{
	const struct kd_mail_subject *x = &w->subject[i];

	row[0] = w->rec[i].date ? kd_cell_text(kd_history_day(w->s, w->rec[i].date)) : kd_cell_none("it has no date");
	row[1] = kd_mail_from_cell(w->s, &w->rec[i]);
	row[2] = kd_cell_text(indented(w, depth, w->rec[i].subject));
	row[3] = state_of(w, i);
	row[4] = commit_of(w, i, &row[12]);
	row[5] = kd_sheet_cell(w->s, w->rec[i].mid);
	row[8] = kd_cell_bool(false);
	if (x->patch && !x->reply) {
		row[10] = kd_cell_uint(x->version);
		row[11] = x->has_number ? kd_cell_text(kd_sheet_text(w->s, "%u/%u", x->index, x->total)) : kd_cell_text(KD_V(""));
	} else {
		row[10] = kd_cell_none("it is no patch");
		row[11] = kd_cell_none("it is no patch");
	}
}

static bool one_node(void *user, uint32_t node, unsigned depth)
{
	struct thread *w = user;
	const struct kd_thread_node *n = &w->t.node[node];
	struct kd_cell *row;

	if (n->missing)
		w->missing++;
	else
		w->shown++;
	if (!kd_table_wants(w->table)) {
		kd_table_row(w->table);
		return true;
	}
	row = kd_table_row(w->table);
	if (!n->missing) {
		mail_row(w, node, depth, row);
	} else {
		for (int i = 0; i < 13; i++)
			row[i] = kd_cell_none("the mail is not in the index");
		row[2] = kd_cell_text(indented(w, depth, KD_V("[not in the index]")));
		row[5] = kd_sheet_cell(w->s, n->id);
		row[8] = kd_cell_bool(true);
	}
	row[6] = kd_cell_uint(depth);
	row[7] = n->parent != KD_THREAD_NONE ? kd_sheet_cell(w->s, w->t.node[n->parent].id) : kd_cell_text(KD_V(""));
	row[9] = kd_cell_bool(n->guessed);
	return !w->s->full;
}

/* --- other postings -------------------------------------------------------------------------------- */

struct others {
	struct thread *w;
	struct kd_table *t;
	unsigned n;
};

static bool one_other(void *user, uint32_t doc)
{
	struct others *o = user;
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	struct kd_mail_subject x;
	struct kd_mailrec r;
	struct kd_cell *row;
	struct kd_error *err;

	kd_vec_each(d, &o->w->doc)
		if (*d == doc)
			return true;
	if (kd_mailstore_gone(o->w->h->mail, doc))
		return true;
	err = kd_mailstore_record(o->w->h->mail, doc, &a, &r);
	if (err || !kd_mail_subject_parse(r.subject, &a, &x)) {
		kd_error_free(err);
		return true;
	}
	row = kd_table_row(o->t);
	row[0] = kd_cell_text(kd_history_day(o->w->s, r.date));
	row[1] = kd_cell_uint(x.version);
	row[2] = kd_mail_from_cell(o->w->s, &r);
	row[3] = kd_sheet_cell(o->w->s, r.subject);
	row[4] = kd_sheet_cell(o->w->s, r.mid);
	return ++o->n < OTHERS_MAX;
}

/* Of the same change-id, or the same title as the first patch here. */
static void other_postings(struct thread *w)
{
	static const struct kd_column columns[] = {{"date", "DATE"}, {"version", "VERSION"}, {"from", "FROM"}, {"subject", "SUBJECT"},
						   {"id", "MESSAGE-ID"}};
	struct others o = {.w = w};
	const struct kd_posting *p = w->series.n ? &w->series.posting[0] : NULL;
	uint32_t first;
	struct kd_seg_doc d;

	if (!p)
		return;
	first = p->cover != KD_SERIES_NONE ? p->cover : KD_SERIES_NONE;
	for (unsigned k = 0; k < p->total && first == KD_SERIES_NONE; k++)
		first = p->patch[k];
	if (first == KD_SERIES_NONE)
		return;
	o.t = kd_sheet_table(w->s, "other_postings", columns, KD_ARRAY_LEN(columns));
	o.t->title = "OTHER POSTINGS OF THE SAME WORK";
	kd_store_doc(w->h->mail->mails, w->doc.v[first], &d);
	if (w->rec[first].change_id.n)
		kd_store_keys(w->h->mail->mails, kd_term(KD_KEY_CHANGE_ID, w->rec[first].change_id), one_other, &o);
	else if (d.subject)
		kd_store_keys(w->h->mail->mails, d.subject, one_other, &o);
	if (o.n == OTHERS_MAX)
		kd_sheet_note(w->s, "the first %d other postings are shown", OTHERS_MAX);
}

/* --- the answer ------------------------------------------------------------------------------------ */

static void show(struct thread *w)
{
	static const struct kd_column columns[] = {
		{"date", "DATE"}, {"from", "FROM"}, {"subject", "SUBJECT"}, {"state", "SAYS"}, {"commit", "COMMIT"}, {"id", NULL}, {"depth", NULL},
		{"parent", NULL}, {"missing", NULL}, {"guessed", NULL}, {"version", NULL}, {"number", NULL}, {"commit_by", NULL},
	};
	const uint32_t root = w->t.node[w->start].root;

	kd_sheet_field(w->s, "id", "MESSAGE-ID", kd_sheet_cell(w->s, w->t.node[w->start].id));
	kd_sheet_field(w->s, "root", "BEGINS WITH", kd_sheet_cell(w->s, w->t.node[root].id));
	w->table = kd_sheet_table(w->s, "thread", columns, KD_ARRAY_LEN(columns));
	kd_thread_each(&w->t, root, one_node, w);
	kd_sheet_field(w->s, "mails", "MAILS", kd_cell_uint(w->shown));
	kd_sheet_field(w->s, "missing", "MISSING", kd_cell_uint(w->missing));
	other_postings(w);
	if (w->t.node[w->start].missing)
		kd_sheet_note(w->s, "the mail itself is not in the index; others refer to it");
	if (w->missing)
		kd_sheet_note(w->s, "%ju mails that others refer to are not in the index", (uintmax_t)w->missing);
	if (w->cut)
		kd_sheet_note(w->s, "the thread has more than %d mails: the rest is not shown", MAILS_MAX);
}

static bool find_start(struct thread *w, struct kd_view mid)
{
	for (uint32_t i = 0; i < w->t.n; i++)
		if (kd_view_eq(w->t.node[i].id, mid)) {
			w->start = w->t.node[i].same;
			return true;
		}
	return false;
}

struct kd_error *kd_thread_ask(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct thread w = {.h = h, .s = s, .a = &a, .ids = KD_HASHMAP_INIT(IDS_MAX, NULL), .docs = KD_HASHMAP_INIT(MAILS_MAX, NULL)};
	const struct kd_view mid = kd_mail_id_of(&a, args[0]);
	struct kd_error *err = NULL;

	(void)options;
	(void)nargs;
	if (!h->mail)
		return h->mail_why ? kd_error_new(KD_BADDATA, "the index of mails cannot be read: %s", h->mail_why)
				   : kd_error_new(KD_NOTFOUND, "no mail was indexed yet: kdoc index mail ARCHIVE does it");
	if (!mid.n)
		return kd_error_new(KD_INVALID, "'%s' has no Message-ID in it", args[0]);
	h->asked_mail = true;
	err = collect(&w, mid);
	if (!err && w.doc.n)
		err = build(&w);
	if (!err && w.doc.n && find_start(&w, mid)) {
		show(&w);
	} else if (!err) {
		s->none = true;
		kd_sheet_say(s, "no mail of the index has the Message-ID %.*s, and none refers to it", KD_VARG(mid));
	}
	kd_hashmap_deinit(&w.ids);
	kd_hashmap_deinit(&w.docs);
	return err;
}
