// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a log, which event, which group is known, and what is new about it. */
#include "verb/known_internal.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "case/resign.h"
#include "report/scan.h"
#include "verb/input.h"
#include "verb/know.h"

enum { REPORTS_MAX = 1000, WORDS_MAX = 4096 };

/* ---- for others ---- */

static struct kd_error *news_of(struct kd_db *db, const struct kd_known_hit *hit, const struct kd_event *e, struct kd_arena *a,
				struct kd_known_news *news)
{
	*news = (struct kd_known_news){.events = 0};
	return hit->found ? kd_known_news(db, hit, e, a, news) : NULL;
}

struct kd_error *kd_known_of_report(struct kd_db *db, const struct kd_report *r, const struct kd_event_from *from, struct kd_arena *a,
				    struct kd_known_hit *hit, struct kd_known_news *news)
{
	const struct kd_event_from nothing = {.source = "log"};
	struct kd_sigrow sig, stored;
	struct kd_view grp = KD_V("");
	struct kd_event e;
	struct kd_error *err;

	kd_event_of(r, from ? from : &nothing, &e);
	kd_sigrow_of(r, &sig);
	err = kd_known_sig(db, sig.sig, a, &stored, &grp);
	if (err && !kd_error_catch(&err, KD_NOTFOUND))
		return err;
	err = kd_known_match(db, &sig, grp.p, a, hit);
	return err ? err : news_of(db, hit, &e, a, news);
}

struct kd_error *kd_known_of_event(struct kd_db *db, struct kd_evkey key, struct kd_arena *a, struct kd_known_hit *hit,
				   struct kd_known_news *news)
{
	struct kd_sigrow sig;
	struct kd_view grp;
	struct kd_event e;
	struct kd_error *err = kd_event_get(db, key, a, &e);

	if (!err)
		err = kd_known_sig(db, e.sig, a, &sig, &grp);
	if (!err)
		err = kd_known_match(db, &sig, grp.p, a, hit);
	return err ? err : news_of(db, hit, &e, a, news);
}

struct kd_error *kd_known_of_group(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_known_hit *hit, struct kd_known_news *news)
{
	struct kd_event e;
	struct kd_error *err = kd_known_last_event(db, grp, a, &e);

	if (!err)
		err = kd_known_match_group(db, grp, a, hit);
	return err ? err : news_of(db, hit, &e, a, news);
}

/* ---- a log ---- */

static struct kd_error *scan_log(struct kd_ctx *ctx, const char *log, bool infrastructure, struct kd_reports **ret)
{
	const struct kd_scan_opts o = {.no_infrastructure = !infrastructure, .relate = true};
	struct kd_input in = {0};
	struct kd_error *err = kd_input_open(ctx, log, &in);

	if (!err)
		err = kd_scan_all(ctx, in.src, &o, REPORTS_MAX, ret);
	kd_source_close(in.src);
	return err;
}

static bool keep(struct kd_arena *a, struct kd_view *v)
{
	*v = v->p ? kd_arena_view(a, *v) : KD_VNULL;
	return true;
}

struct kd_error *kd_known_first_domino(struct kd_ctx *ctx, const char *log, struct kd_arena *a, struct kd_sigrow *ret, size_t *more)
{
	kd_auto(kd_reports_freep) struct kd_reports *rs = NULL;
	struct kd_error *err = scan_log(ctx, log, false, &rs);
	bool found = false;

	*more = 0;
	for (size_t i = 0; !err && i < rs->n; i++) {
		const struct kd_report *r = rs->v[i];

		if (r->infrastructure || r->caused_by >= 0 || r->repeat_of)
			continue;
		if (found) {
			++*more;
			continue;
		}
		found = true;
		if (kd_signature_unplaced(&r->sig[KD_SIG_STRICT]))
			err = kd_error_new(KD_INVALID,
					   "the report of %s names no function, no source line and no stack: it would recognise every '%.*s'; take a whole "
					   "log, or say with --match=VALUE what it is recognised by",
					   log, KD_VARG(r->title));
		kd_sigrow_of(r, ret);
		keep(a, &ret->strict);
		keep(a, &ret->normal);
		keep(a, &ret->loose);
		keep(a, &ret->title);
	}
	return err || found ? err : kd_error_new(KD_NOTFOUND, "%s has no report", log);
}

/* ---- the verb ---- */

enum { COLUMNS = 13 };

struct matching {
	struct kd_known_job *j;
	struct {
		struct matched {
			struct kd_cell c[COLUMNS];
		} *v;
		size_t n, cap;
	} rows; /* sentences come before the table */
	uint64_t asked, hits;
};

static void tell_hit(struct matching *w, struct kd_view subject, struct kd_view title, const struct kd_known_hit *h,
		     const struct kd_known_news *news)
{
	kd_auto(kd_buf_deinit) struct kd_buf words = KD_BUF_INIT(WORDS_MAX);
	struct kd_sheet *s = w->j->s;
	struct matched *to = kd_avec_push(s->arena, &w->rows, 100000);
	struct matched none;
	struct kd_cell *row = to ? to->c : none.c;

	w->asked++;
	row[0] = kd_sheet_cell(s, subject);
	row[12] = kd_know_text(s, title);
	if (!h->found) {
		for (size_t i = 1; i < 12; i++)
			row[i] = kd_cell_none("not known");
		return;
	}
	w->hits++;
	kd_known_words(h, news, &words);
	kd_sheet_say(s, "%.*s: %.*s", KD_VARG(subject), KD_VARG(kd_buf_view(&words)));
	if (h->entry.workaround.n)
		kd_sheet_say(s, "  meanwhile: %.*s", KD_VARG(h->entry.workaround));
	if (h->others)
		kd_sheet_note(s, "%.*s: %zu other known issue%s match%s as well", KD_VARG(subject), h->others, h->others == 1 ? "" : "s",
			      h->others == 1 ? "es" : "");
	row[1] = kd_sheet_cell(s, h->entry.id);
	row[2] = kd_know_text(s, h->entry.ticket);
	row[3] = kd_cell_text(kd_view_of(kd_known_how_name(h->by.how)));
	row[4] = kd_sheet_cell(s, h->by.value);
	row[5] = kd_know_text(s, h->entry.fix);
	row[6] = kd_know_text(s, news->release);
	row[7] = kd_know_text(s, news->host);
	row[8] = kd_know_text(s, news->arch);
	row[9] = kd_cell_int(news->events);
	row[10] = kd_cell_int(news->hosts);
	row[11] = kd_know_when(s, news->first);
}

static struct kd_error *match_log(struct matching *w, const char *log)
{
	kd_auto(kd_reports_freep) struct kd_reports *rs = NULL;
	struct kd_sheet *s = w->j->s;
	struct kd_error *err = kd_signatures_check(w->j->m->db, false);

	if (!err)
		err = scan_log(w->j->m->ctx, log, w->j->o->all, &rs);
	for (size_t i = 0; !err && i < rs->n; i++) {
		struct kd_known_hit hit;
		struct kd_known_news news;

		if (rs->v[i]->infrastructure && !w->j->o->all)
			continue;
		err = kd_known_of_report(w->j->m->db, rs->v[i], NULL, s->arena, &hit, &news);
		if (!err)
			tell_hit(w, kd_sheet_text(s, "%.*s#%zu", KD_VARG(kd_know_base(log)), i + 1), rs->v[i]->title, &hit, &news);
	}
	if (!err && rs->log.skipped_reports)
		kd_sheet_note(s, "%s: %" PRIu64 " reports were not looked at", log, rs->log.skipped_reports);
	return err;
}

static struct kd_error *match_one(struct matching *w, const char *arg)
{
	struct kd_known_hit hit;
	struct kd_known_news news;
	struct kd_arena *a = w->j->s->arena;
	struct kd_db *db = w->j->m->db;
	struct kd_evkey key;
	char grp[KD_GROUP_ID];
	struct kd_error *err;

	if (kd_event_id_parse(kd_view_of(arg), &key)) {
		err = kd_known_of_event(db, key, a, &hit, &news);
	} else if (kd_view_starts(kd_view_of(arg), KD_V("g-"))) {
		err = kd_groups_find(db, kd_view_of(arg), grp);
		if (!err)
			err = kd_known_of_group(db, grp, a, &hit, &news);
	} else {
		return match_log(w, arg);
	}
	if (!err)
		tell_hit(w, kd_view_of(arg), KD_VNULL, &hit, &news);
	return err;
}

struct kd_error *kd_known_job_match(struct kd_known_job *j)
{
	static const struct kd_column columns[] = {{"subject", "WHAT"},	  {"known", "KNOWN AS"}, {"ticket", "TICKET"}, {"how", "BY"},
						   {"value", NULL},	  {"fix", NULL},	 {"new_release", NULL}, {"new_host", NULL},
						   {"new_arch", NULL},	  {"events_before", "EVENTS"}, {"hosts_before", "HOSTS"}, {"first_seen", NULL},
						   {"title", "TITLE"}};
	struct matching w = {.j = j};
	struct kd_error *err = NULL;
	struct kd_table *t;

	_Static_assert(KD_ARRAY_LEN(columns) == COLUMNS, "a cell for each");
	for (size_t i = 0; i < j->nargs && !err; i++)
		err = match_one(&w, j->args[i]);
	if (err)
		return err;
	if (!w.hits)
		kd_sheet_say(j->s, "%s", w.asked ? "nothing of it is known" : "there is no report");
	t = kd_sheet_table(j->s, "matches", columns, COLUMNS);
	for (size_t i = 0; i < w.rows.n; i++)
		memcpy(kd_table_row(t), w.rows.v[i].c, sizeof(w.rows.v[i].c));
	j->s->none = !w.hits;
	if (!w.hits && w.asked)
		kd_sheet_next(j->s, "kdoc known add --ticket=SYSTEM:KEY --%s=%s",
			      kd_view_starts(kd_view_of(j->args[0]), KD_V("g-")) || kd_view_starts(kd_view_of(j->args[0]), KD_V("ev-")) ? "match" : "from",
			      j->args[0]);
	return NULL;
}
