// SPDX-License-Identifier: GPL-2.0-or-later
/* search --mail. */
#include <time.h>

#include "base/alloc.h"
#include "base/shellword.h"
#include "history/mailsearch.h"
#include "verb/mail.h"
#include "verb/search.h"

enum { ARENA_MAX = 512 << 20, HITS = 20, HITS_MAX = 100000, RECORD_MEMORY = 64 << 20 };

/* A file is a report, anything else a query. */
static struct kd_error *read_query(struct kd_arena *a, const char *const *args, size_t nargs, struct kd_sheet *s, struct kd_mq **ret, bool *report)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_FIXQUERY_TEXT_MAX + 131072);
	struct kd_fixquery fix;
	struct kd_view kept;
	struct kd_error *err = NULL;

	*report = nargs == 1 && kd_search_is_file(args[0]);
	if (*report)
		err = kd_search_read_file(args[0], &text);
	else
		for (size_t i = 0; i < nargs; i++)
			kd_buf_printf(&text, "%s%s", i ? " " : "", args[i]);
	if (text.n > KD_FIXQUERY_TEXT_MAX)
		kd_sheet_note(s, "the query is made of the first MiB of the text: give the report alone");
	kept = kd_arena_view(a, kd_buf_view(&text));
	if (err || !*report)
		return err ? err : kd_mailquery_parse(a, kept, (int64_t)time(NULL), ret);
	err = kd_fixquery_parse(a, kept, &fix);
	if (err)
		return err;
	kd_fixquery_weigh(a, &fix, NULL, NULL);
	return kd_mailquery_report(a, &fix, ret);
}

static void show_words(const struct kd_mq *q, struct kd_sheet *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	for (size_t i = 0; i < q->sub.n; i++) {
		const struct kd_mq *sub = q->sub.v[i];

		kd_buf_printf(&b, "%s", b.n ? " " : "");
		for (size_t k = 0; k < sub->words.n; k++)
			kd_buf_printf(&b, "%s%.*s", k ? "/" : "", KD_VARG(sub->words.v[k]));
	}
	kd_sheet_field(s, "terms", "TERMS", kd_sheet_cell(s, kd_buf_view(&b)));
}

static void row_of(const struct kd_history *h, struct kd_sheet *s, struct kd_table *t, const struct kd_mail_hit *hit, bool relevance)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(RECORD_MEMORY);
	struct kd_cell *row = kd_table_row(t);
	struct kd_mailrec r;
	struct kd_error *err = kd_mailstore_record(h->mail, hit->doc, &a, &r);

	if (err) {
		for (int i = 0; i < 6; i++)
			row[i] = kd_cell_none("the index is damaged there");
		kd_error_free(err);
		return;
	}
	row[0] = kd_cell_text(kd_history_day(s, r.date));
	if (!r.date)
		row[0] = kd_cell_none("it has no date");
	row[1] = kd_mail_from_cell(s, &r);
	row[2] = kd_sheet_cell(s, r.subject);
	row[3] = kd_sheet_cell(s, r.mid);
	row[4] = kd_sheet_cell(s, r.list.n ? r.list : r.box);
	if (relevance)
		row[5] = kd_cell_text(kd_sheet_text(s, "%.2f", (double)hit->score));
}

static void show(const struct kd_history *h, const struct kd_mailsearch *found, bool relevance, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"date", "DATE"}, {"from", "FROM"}, {"subject", "SUBJECT"}, {"id", "MESSAGE-ID"},
						   {"list", NULL}, {"score", "SCORE"}};
	const uint64_t limit = s->limit, offset = s->offset;
	struct kd_table *t;

	s->limit = s->offset = 0; /* the search has kept to them */
	t = kd_sheet_table(s, "mails", columns, relevance ? 6 : 5);
	t->title = "MAILS";
	for (size_t i = 0; i < found->n; i++)
		row_of(h, s, t, &found->hit[i], relevance);
	s->limit = limit;
	s->offset = offset;
	kd_sheet_field(s, "total", "FOUND", kd_cell_uint(found->total));
	kd_sheet_field(s, "total_is_known", NULL, kd_cell_bool(found->total_known));
	if (!found->total_known)
		kd_sheet_note(s, "%ju mails have all of the words; not all of them were looked at for the phrase (--count does)",
			      (uintmax_t)found->total);
}

struct kd_error *kd_search_mail(struct kd_history *h, const struct kd_search_mail_options *o, const char *const *args, size_t nargs,
				struct kd_sheet *s)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct kd_mailsearch_req req = {.limit = o->number ? o->number : HITS, .offset = o->offset, .relevance = o->relevance, .exact = o->exact};
	struct kd_mailsearch found;
	struct kd_mq *q = NULL;
	bool report;
	struct kd_error *err;

	if (!h->mail)
		return h->mail_why ? kd_error_new(KD_BADDATA, "the index of mails cannot be read: %s", h->mail_why)
				   : kd_error_new(KD_NOTFOUND, "no mail was indexed yet: kdoc index mail ARCHIVE does it");
	if (req.limit > HITS_MAX || req.offset > 100 * (uint64_t)HITS_MAX)
		return kd_error_new(KD_INVALID, "--limit is at most %d", HITS_MAX);
	h->asked_mail = true;
	err = read_query(&a, args, nargs, s, &q, &report);
	if (!err) {
		req.relevance = req.relevance || report;
		err = kd_mailsearch(h->ctx, h->mail, q, &req, &a, &found);
	}
	if (err)
		return err;
	if (report)
		show_words(q, s);
	show(h, &found, req.relevance, s);
	s->none = !found.total;
	if (!found.total)
		kd_sheet_say(s, "no mail of the index fits");
	else if (found.n) {
		kd_auto(kd_arena_deinit) struct kd_arena b = KD_ARENA_INIT(RECORD_MEMORY);
		struct kd_mailrec r;

		err = kd_mailstore_record(h->mail, found.hit[0].doc, &b, &r);
		if (!err)
			kd_sheet_next(s, "kdoc thread %.*s", KD_VARG(kd_shell_word(s->arena, r.mid)));
		kd_error_free(err);
	}
	return NULL;
}
