// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/search.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/source.h"
#include "base/time.h"
#include "history/embed.h"
#include "history/kindwords.h"
#include "history/rank.h"
#include "history/releases.h"
#include "verb/fixwhy.h"
#include "verb/mail.h"

enum { ARENA_MAX = 512 << 20, HITS = 10, HITS_MAX = 10000, SHOWN = 6 };

struct search {
	const struct kd_history *h;
	const struct kd_search_options *o;
	struct kd_sheet *s;
	struct kd_arena *a;
	struct kd_view text; /* of the report */
	struct kd_fixquery q;
	struct kd_releases releases;
};

/* --- what is searched for ---------------------------------------------------------------------- */

bool kd_search_is_file(const char *name)
{
	struct stat st;

	return !strcmp(name, "-") || !stat(name, &st);
}

struct kd_error *kd_search_read_file(const char *name, struct kd_buf *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(name, &src);

	while (!err && ret->n <= KD_FIXQUERY_TEXT_MAX) {
		char *room = kd_buf_reserve(ret, 65536);
		size_t n = 0;

		if (!room)
			break;
		err = kd_source_read(src, room, 65536, &n);
		ret->n += n;
		if (!n)
			break;
	}
	return err;
}

static struct kd_error *read_query(struct search *w, const char *const *args, size_t nargs)
{
	struct kd_buf text = KD_BUF_INIT(KD_FIXQUERY_TEXT_MAX + 131072);
	struct kd_view kept;
	struct kd_error *err = NULL;

	if (nargs == 1 && kd_search_is_file(args[0]))
		err = kd_search_read_file(args[0], &text);
	else
		for (size_t i = 0; i < nargs; i++)
			kd_buf_printf(&text, "%s\n", args[i]);
	if (text.n > KD_FIXQUERY_TEXT_MAX)
		kd_sheet_note(w->s, "the query is made of the first MiB of the text: give the report alone");
	kept = kd_arena_view(w->a, kd_buf_view(&text));
	kd_buf_deinit(&text);
	w->text = kept;
	return err ? err : kd_fixquery_parse(w->a, kept, &w->q);
}

static void list(struct kd_buf *b, struct kd_view v)
{
	kd_buf_printf(b, "%s%.*s", b->n ? " " : "", KD_VARG(v));
}

static void field_of(struct search *w, const char *key, const char *title, const struct kd_buf *b)
{
	if (b->n)
		kd_sheet_field(w->s, key, title, kd_sheet_cell(w->s, kd_buf_view(b)));
}

/* The query as the program made it of the report. */
static void show_query(struct search *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65536);

	for (size_t i = 0; i < w->q.order.n && i < SHOWN; i++)
		list(&b, w->q.order.v[i]);
	field_of(w, "functions", "FUNCTIONS", &b);
	kd_buf_clear(&b);
	for (size_t i = 0; i < w->q.paths.n && i < SHOWN; i++)
		list(&b, w->q.paths.v[i].name);
	field_of(w, "files", "FILES", &b);
	kd_buf_clear(&b);
	for (unsigned i = 0; i < KD_SEG_KINDS; i++)
		if (w->q.kinds >> i & 1)
			kd_buf_printf(&b, "%s%s", b.n ? ", " : "", kd_kind_name(i));
	field_of(w, "kinds", "KIND", &b);
	kd_buf_clear(&b);
	for (size_t i = 0; i < w->q.extra.n && i < SHOWN; i++)
		list(&b, w->q.extra.v[i]);
	field_of(w, "names", "NAMES", &b);
	if (w->q.when) {
		struct kd_cell c = kd_cell_text(kd_sheet_text(w->s, "%.*s, made about %.*s", KD_VARG(w->q.version),
							      KD_VARG(kd_history_day(w->s, w->q.date))));

		c.guessed = w->q.when != KD_WHEN_RELEASE && w->q.when != KD_WHEN_NEXT;
		kd_sheet_field(w->s, "kernel", "KERNEL", c);
	}
	if (!w->q.funcs.n && !w->q.paths.n)
		kd_sheet_note(w->s, "no function and no file was found in the text: only its words are searched for");
}

/* --- the answer -------------------------------------------------------------------------------- */

static void say_why(struct search *w, uint32_t doc, struct kd_cell *subject, struct kd_cell *because)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_fix_why why;

	err = kd_fix_why(w->h, &w->q, doc, &a, &why);
	*subject = err ? kd_cell_none("the index is damaged there") : kd_sheet_cell(w->s, why.subject);
	*because = err ? kd_cell_none(NULL) : kd_sheet_cell(w->s, why.text);
}

static void show_hits(struct search *w, const struct kd_rank_hit *hits, size_t n)
{
	static const struct kd_column columns[] = {{"commit", "COMMIT"}, {"score", "SCORE"},	{"date", "DATE"}, {"first_release", "FIRST IN"},
						   {"subject", "SUBJECT"}, {"why", "WHY"}};
	struct kd_table *t = kd_sheet_table(w->s, "fixes", columns, KD_ARRAY_LEN(columns));

	t->title = "CANDIDATES";
	kd_releases_make(w->h->git, &w->releases);
	for (size_t i = 0; i < n; i++) {
		struct kd_cell *row, subject, because;
		const char *first = kd_releases_first(&w->releases, hits[i].doc);
		struct kd_seg_doc d;

		say_why(w, hits[i].doc, &subject, &because);
		kd_store_doc(w->h->git, hits[i].doc, &d);
		row = kd_table_row(t);
		row[0] = kd_cell_text(kd_history_short(w->s, w->h, hits[i].doc));
		row[1] = kd_cell_text(kd_sheet_text(w->s, "%.2f", (double)hits[i].score));
		row[2] = kd_cell_text(kd_history_day(w->s, d.date));
		row[3] = first ? kd_sheet_cell(w->s, kd_view_of(first)) : kd_cell_none("no tag contains it");
		row[4] = subject;
		row[5] = because;
	}
	kd_releases_deinit(&w->releases);
}

/* A share of a hundred is said, and from KD_RANK_SURE on that it is the fix. */
static void say_how_sure(struct search *w, const struct kd_rank_hit *hits, size_t n)
{
	const struct kd_view id = kd_history_short(w->s, w->h, hits[0].doc);
	struct kd_rank_standing st;
	struct kd_cell c;
	double p;

	kd_rank_standing(w->h->git, hits, n, &st);
	p = kd_rank_confidence(&st);
	c = kd_cell_text(kd_sheet_text(w->s, "%.2f", p));

	c.guessed = true;
	kd_sheet_field(w->s, "confidence", "CONFIDENCE", c);
	if (w->o->explain)
		kd_sheet_field(w->s, "stands_out", "STANDS OUT",
			       kd_cell_text(kd_sheet_text(w->s, "gap=%.4f gap5=%.4f share=%.4f date=%.4f content=%.4f quote=%.4f", st.gap, st.gap5,
							  st.share, st.date, st.content, st.quote)));
	if (p >= KD_RANK_SURE)
		kd_sheet_say(w->s, "%.*s is very likely the fix", KD_VARG(id));
	else
		kd_sheet_say(w->s, "no commit stands out enough to be called the fix: these are plausible candidates, %.*s the best of them",
			     KD_VARG(id));
}

static void show_parts(struct search *w, const struct kd_rank_hit *hits, size_t n)
{
	struct kd_column *columns = kd_arena_array(w->s->arena, KD_RANK_NPARTS + 1, struct kd_column);
	struct kd_table *t;

	if (!columns)
		return;
	kd_sheet_field(w->s, "weights", "WEIGHTS", kd_cell_text(w->q.names_files ? KD_V("of reports with files") : KD_V("of reports without files")));
	columns[0] = (struct kd_column){"id", "COMMIT"};
	for (int i = 0; i < KD_RANK_NPARTS; i++)
		columns[i + 1] = (struct kd_column){kd_rank_part_name(i), kd_rank_part_name(i)};
	t = kd_sheet_table(w->s, "parts", columns, KD_RANK_NPARTS + 1);
	t->title = "WHAT EACH PART OF THE SCORE GAVE";
	for (size_t i = 0; i < n; i++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_history_short(w->s, w->h, hits[i].doc));
		for (int k = 0; k < KD_RANK_NPARTS; k++)
			row[k + 1] = kd_cell_text(kd_sheet_text(w->s, "%.4f", (double)hits[i].part[k]));
	}
}

static struct kd_error *take_day(const char *text, int64_t *ret)
{
	char with_time[32];
	struct kd_view v;
	struct kd_civil c;
	int64_t ns;

	*ret = 0;
	if (!text)
		return NULL;
	snprintf(with_time, sizeof(with_time), "%.10sT00:00:00Z", text);
	v = kd_view_of(with_time);
	if (strlen(text) != 10 || !kd_civil_take_rfc3339(&v, &c) || !kd_civil_absolute(&c, &ns))
		return kd_error_new(KD_INVALID, "'%s' is no date: YYYY-MM-DD", text);
	*ret = ns / INT64_C(1000000000);
	return NULL;
}

static struct kd_error *take_without(const char *text, uint32_t *ret)
{
	struct kd_view rest = kd_view_of(text), one;

	*ret = 0;
	while (kd_view_take_part(&rest, KD_V(","), &one)) {
		int i = 0;

		while (i < KD_RANK_NPARTS && !kd_view_eq(one, kd_view_of(kd_rank_part_name(i))))
			i++;
		if (i == KD_RANK_NPARTS)
			return kd_error_new(KD_INVALID, "a score has no part '%.*s'", KD_VARG(one));
		*ret |= UINT32_C(1) << i;
	}
	return NULL;
}

/* Commits that the refs of one tree reach. */
static struct kd_error *take_tree(const struct search *w, struct kd_bits *ret)
{
	const struct kd_store_tree *t = kd_store_tree(w->h->git, w->o->tree);
	kd_auto(kd_freep) uint32_t *tips = NULL;
	size_t n = 0;

	if (!t)
		return kd_error_new(KD_NOTFOUND, "no tree is called '%s': kdoc index status lists them", w->o->tree);
	tips = kd_xcalloc(t->refs.n + 1, sizeof(*tips));
	kd_vec_each(r, &t->refs)
		n += kd_store_find(w->h->git, kd_view_of(r->oid), &tips[n]) == 1;
	kd_dag_reach(w->h->git, tips, n, ret);
	return NULL;
}

/* The vector of the report by the user's model: if that is configured, and there are vectors of commits. What fails is a note. */
static void take_embedding(struct search *w, uint32_t without, struct kd_embedded *ret)
{
	struct kd_embed e;
	struct kd_error *err;

	*ret = (struct kd_embedded){0};
	if (without >> KD_RANK_EMBEDDING & 1)
		return;
	err = kd_embed_config(w->h->config, &e);
	if (!err && e.on)
		err = kd_embed_open(w->h->git, &e, ret);
	if (!err && ret->docs)
		err = kd_embed_query(w->h->ctx, &e, ret, &w->q);
	if (!err && ret->docs && ret->docs < w->h->git->docs)
		kd_sheet_note(w->s, "%u of %u commits have an embedding: kdoc index git --embed makes the others", ret->docs, w->h->git->docs);
	if (err) {
		kd_sheet_note(w->s, "ranked without embeddings: %s", err->msg);
		kd_error_free(err);
		kd_embed_close(ret);
	}
	kd_embed_deinit(&e);
}

/* Commits that are no candidates. */
static struct kd_error *take_except(const struct search *w, struct kd_bits *ret)
{
	ret->n = w->h->git->docs;
	ret->v = kd_xcalloc((size_t)ret->n / 64 + 1, sizeof(*ret->v));
	for (size_t i = 0; i < w->o->nexcept; i++) {
		uint32_t doc;
		struct kd_error *err = kd_history_commit(w->h, w->o->except[i], &doc);

		if (err)
			return err;
		ret->v[doc / 64] |= UINT64_C(1) << doc % 64;
	}
	return NULL;
}

/* What the options leave of the commits. */
struct filter {
	struct kd_bits among, except;
};

static struct kd_error *take_filter(const struct search *w, struct filter *f, struct kd_rank_req *req)
{
	const struct kd_search_options *o = w->o;
	struct kd_error *err = take_day(o->after, &req->after);

	req->path = kd_view_of(o->path);
	while (req->path.n && req->path.p[req->path.n - 1] == '/')
		req->path.n--;
	req->exhaustive = o->exhaustive;
	if (!err)
		err = take_day(o->before, &req->before);
	if (!err)
		err = take_without(o->without, &req->without);
	if (!err && o->tree) {
		err = take_tree(w, &f->among);
		req->among = &f->among;
	}
	if (!err && o->nexcept) {
		err = take_except(w, &f->except);
		req->except = &f->except;
	}
	return err;
}

static struct kd_error *rank(struct search *w, struct kd_rank_req *req, struct kd_rank_hit **hits, size_t *n)
{
	struct kd_embedded embedded;
	struct kd_error *err;

	take_embedding(w, req->without, &embedded);
	req->embedded = embedded.query ? &embedded : NULL;
	err = kd_rank(w->h->git, &w->q, req, w->a, hits, n);
	req->embedded = NULL;
	kd_embed_close(&embedded);
	return err;
}

static void answer(struct search *w, const struct kd_rank_hit *hits, size_t n, size_t shown)
{
	show_query(w);
	if (n)
		say_how_sure(w, hits, n);
	n = n < shown ? n : shown;
	show_hits(w, hits, n);
	if (w->o->explain)
		show_parts(w, hits, n);
	w->s->none = !n;
	if (!n)
		kd_sheet_say(w->s, "no commit of the index has anything in common with this");
	else
		kd_sheet_next(w->s, "kdoc show %.*s", KD_VARG(kd_history_short(w->s, w->h, hits[0].doc)));
}

struct kd_error *kd_search_fixes(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_search_options *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct search w = {.h = h, .o = o, .s = s, .a = &a};
	const size_t shown = o->number ? o->number : HITS;
	struct kd_rank_req req = {.limit = shown > KD_RANK_FOR_CONFIDENCE ? shown : KD_RANK_FOR_CONFIDENCE};
	struct filter f = {.among = {0}};
	struct kd_rank_hit *hits = NULL;
	size_t n = 0;
	struct kd_error *err;

	if (shown > HITS_MAX)
		return kd_error_new(KD_INVALID, "--limit is at most %d", HITS_MAX);
	err = take_filter(&w, &f, &req);
	if (!err)
		err = read_query(&w, args, nargs);
	if (!err)
		err = rank(&w, &req, &hits, &n);
	if (!err)
		answer(&w, hits, n, shown);
	if (!err && h->mail && !o->no_pending) {
		h->asked_mail = true;
		err = kd_mail_pending(h, w.text, s);
	}
	kd_bits_deinit(&f.among);
	kd_bits_deinit(&f.except);
	return err;
}
