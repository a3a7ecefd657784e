// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/search.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/source.h"
#include "base/time.h"
#include "history/commit.h"
#include "history/kindwords.h"
#include "history/rank.h"
#include "history/record.h"
#include "history/releases.h"
#include "verb/mail.h"

enum { ARENA_MAX = 512 << 20, HITS = 10, HITS_MAX = 10000, SHOWN = 6, WHY_MAX = 600, DAY = 86400 };

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

/* --- why --------------------------------------------------------------------------------------- */

struct why {
	struct kd_buf b;
	unsigned n;
};

static void reason(struct why *y, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void reason(struct why *y, const char *fmt, ...)
{
	va_list ap;

	kd_buf_printf(&y->b, "%s", y->n++ ? "; " : "");
	va_start(ap, fmt);
	kd_buf_vprintf(&y->b, fmt, ap);
	va_end(ap);
}

static bool has(const struct kd_view *v, size_t n, struct kd_view x)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(v[i], x))
			return true;
	return false;
}

static void touches(const struct search *w, const struct kd_record *r, struct why *y)
{
	kd_auto(kd_buf_deinit) struct kd_buf others = KD_BUF_INIT(WHY_MAX), files = KD_BUF_INIT(WHY_MAX);
	unsigned n = 0, nfiles = 0;

	if (w->q.order.n && has(r->funcs, r->nfuncs, w->q.order.v[0]))
		reason(y, "changes the crashing function %.*s", KD_VARG(w->q.order.v[0]));
	for (size_t i = 0; i < w->q.funcs.n; i++)
		if (!(w->q.order.n && kd_view_eq(w->q.funcs.v[i].name, w->q.order.v[0])) && has(r->funcs, r->nfuncs, w->q.funcs.v[i].name) &&
		    n++ < 3)
			list(&others, w->q.funcs.v[i].name);
	if (n)
		reason(y, "changes %.*s of the stack", KD_VARG(kd_buf_view(&others)));
	for (size_t i = 0; i < w->q.paths.n; i++)
		for (size_t k = 0; k < r->nfiles; k++)
			if (kd_view_eq(w->q.paths.v[i].name, r->files[k].path) && nfiles++ < 2)
				list(&files, r->files[k].path);
	if (nfiles)
		reason(y, "touches %.*s", KD_VARG(kd_buf_view(&files)));
}

static bool is_word_in(struct kd_view text, struct kd_view word)
{
	size_t at;

	while ((at = kd_view_find(text, word)) != KD_NPOS) {
		const bool before = at && kd_is_word(text.p[at - 1]);
		const bool behind = at + word.n < text.n && kd_is_word(text.p[at + word.n]);

		if (!before && !behind)
			return true;
		text = kd_view_from(text, at + 1);
	}
	return false;
}

static void says(const struct search *w, const struct kd_commit *c, struct why *y)
{
	unsigned quoted = 0;

	for (size_t i = 0; i < w->q.order.n && i < 3; i++)
		if (is_word_in(c->subject, w->q.order.v[i]) || is_word_in(c->body, w->q.order.v[i])) {
			reason(y, "its message names %.*s", KD_VARG(w->q.order.v[i]));
			break;
		}
	for (size_t i = 0; i < w->q.funcs.n; i++)
		for (size_t k = 0; k < c->nfuncs; k++)
			if (kd_view_eq(c->funcs[k].func, w->q.funcs.v[i].name)) {
				quoted++;
				break;
			}
	if (quoted > 1)
		reason(y, "quotes a trace with %u of the same functions", quoted);
	for (unsigned i = 0; i < KD_SEG_KINDS; i++) {
		unsigned bits = 0;
		struct kd_view rest = c->subject, word;

		if (!(w->q.kinds >> i & 1))
			continue;
		while (kd_view_take_word(&rest, &word)) {
			char low[KD_WORD_MAX];
			const size_t len = word.n < sizeof(low) ? word.n : sizeof(low);

			for (size_t k = 0; k < len; k++)
				low[k] = (char)(kd_is_alpha(word.p[k]) ? word.p[k] | 0x20 : word.p[k]);
			bits |= kd_kind_of_word(kd_view(low, len));
			kd_view_skip_blank(&rest);
		}
		if (bits >> i & 1) {
			reason(y, "speaks of %s", kd_kind_name(i));
			break;
		}
	}
	for (size_t i = 0; i < c->nrelations; i++)
		if (c->relations[i].kind == KD_REL_FIXES && c->relations[i].oid.p) {
			reason(y, "fixes %.*s", KD_VARG(kd_view_head(c->relations[i].oid, 12)));
			break;
		}
}

static struct kd_cell why(const struct search *w, const struct kd_rank_hit *hit, struct kd_cell *subject)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct why y = {.b = KD_BUF_INIT(8192)};
	struct kd_seg_doc d;
	struct kd_record r;
	struct kd_commit c;
	struct kd_cell ret;
	struct kd_error *err = kd_history_record(w->h, hit->doc, &a, &r);

	if (!err)
		err = kd_commit_parse_message(&a, r.message, &c);
	if (err) {
		kd_error_free(err);
		*subject = kd_cell_none("the index is damaged there");
		return kd_cell_none(NULL);
	}
	*subject = kd_sheet_cell(w->s, c.subject);
	touches(w, &r, &y);
	says(w, &c, &y);
	kd_store_doc(w->h->git, hit->doc, &d);
	if (w->q.when) {
		const int64_t days = (d.date - w->q.date) / DAY;

		reason(&y, "%lld days %s the kernel", (long long)(days < 0 ? -days : days), days < 0 ? "before" : "after");
	}
	if (!y.n || y.b.n == 0)
		reason(&y, "names in common alone");
	ret = kd_sheet_cell(w->s, kd_buf_view(&y.b));
	kd_buf_deinit(&y.b);
	return ret;
}

/* --- the answer -------------------------------------------------------------------------------- */

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

		because = why(w, &hits[i], &subject);
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
	const double p = kd_rank_confidence(w->h->git, hits, n);
	const struct kd_view id = kd_history_short(w->s, w->h, hits[0].doc);
	struct kd_cell c = kd_cell_text(kd_sheet_text(w->s, "%.2f", p));

	c.guessed = true;
	kd_sheet_field(w->s, "confidence", "CONFIDENCE", c);
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
	columns[0] = (struct kd_column){"id", "COMMIT"};
	for (int i = 0; i < KD_RANK_NPARTS; i++)
		columns[i + 1] = (struct kd_column){kd_rank_part_name(i), kd_rank_part_name(i)};
	t = kd_sheet_table(w->s, "parts", columns, KD_RANK_NPARTS + 1);
	t->title = "WHAT EACH PART OF THE SCORE GAVE";
	for (size_t i = 0; i < n; i++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_history_short(w->s, w->h, hits[i].doc));
		for (int k = 0; k < KD_RANK_NPARTS; k++)
			row[k + 1] = kd_cell_text(kd_sheet_text(w->s, "%.2f", (double)hits[i].part[k]));
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
	while (rest.n) {
		int i = 0;

		if (!kd_view_take_until(&rest, KD_V(","), &one)) {
			one = rest;
			rest = KD_VNULL;
		}
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

struct kd_error *kd_search_fixes(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_search_options *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	kd_auto(kd_bits_deinit) struct kd_bits among = {0};
	struct search w = {.h = h, .o = o, .s = s, .a = &a};
	const size_t shown = o->number ? o->number : HITS;
	struct kd_rank_req req = {.limit = shown > KD_RANK_FOR_CONFIDENCE ? shown : KD_RANK_FOR_CONFIDENCE, .path = kd_view_of(o->path)};
	struct kd_rank_hit *hits;
	size_t n;
	struct kd_error *err;

	if (shown > HITS_MAX)
		return kd_error_new(KD_INVALID, "--number is at most %d", HITS_MAX);
	while (req.path.n && req.path.p[req.path.n - 1] == '/')
		req.path.n--;
	err = take_day(o->after, &req.after);
	if (!err)
		err = take_day(o->before, &req.before);
	if (!err)
		err = take_without(o->without, &req.without);
	if (!err && o->tree) {
		err = take_tree(&w, &among);
		req.among = &among;
	}
	if (!err)
		err = read_query(&w, args, nargs);
	if (!err)
		err = kd_rank(h->git, &w.q, &req, &a, &hits, &n);
	if (err)
		return err;
	show_query(&w);
	if (n)
		say_how_sure(&w, hits, n);
	n = n < shown ? n : shown;
	show_hits(&w, hits, n);
	if (o->explain)
		show_parts(&w, hits, n);
	if (h->mail && !o->no_pending) {
		h->asked_mail = true;
		err = kd_mail_pending(h, w.text, s);
		if (err)
			return err;
	}
	s->none = !n;
	if (!n)
		kd_sheet_say(s, "no commit of the index has anything in common with this");
	else
		kd_sheet_next(s, "kdoc show %.*s", KD_VARG(kd_history_short(s, h, hits[0].doc)));
	return NULL;
}
