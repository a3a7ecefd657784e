// SPDX-License-Identifier: GPL-2.0-or-later
/* backport-check --missing-fixes: fixes of what a release has, and that it lacks. */
#include "verb/backport_internal.h"

#include <stdlib.h>

#include "base/alloc.h"

struct pair {
	uint32_t fix, target;
	bool proven; /* the target is an ancestor of the release */
};

struct sweep {
	struct kd_bpv *w;
	const struct kd_relref *rel;
	KD_VEC(struct pair) pairs;
	KD_VEC(struct kd_bp_commit) commits; /* fixes, or targets that may be there as backports */
	uint32_t target;
	bool has; /* the target is an ancestor */
};

static bool one_rel(void *user, const struct kd_seg_rel *r)
{
	struct sweep *s = user;
	struct pair *p;

	if (r->kind != KD_REL_FIXES || kd_bits_has(&s->rel->has, r->doc))
		return true;
	if (s->w->rels.mainline.v && !kd_bits_has(&s->w->rels.mainline, r->doc))
		return true;
	p = kd_vec_push(&s->pairs, KD_DOC_MAX);
	if (p)
		*p = (struct pair){r->doc, s->target, s->has};
	return p != NULL;
}

static void find_pairs(struct sweep *s)
{
	const struct kd_store *st = s->w->h->git;

	for (uint32_t doc = 0; doc < st->docs; doc++) {
		struct kd_bp_commit c;

		s->has = kd_bits_has(&s->rel->has, doc);
		if (!s->has && !kd_bits_has(&s->w->rels.mainline, doc))
			continue;
		s->target = doc;
		kd_bp_commit_of(st, doc, &c);
		kd_bp_rels(st, &c, one_rel, s);
	}
}

static int by_target(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->target < y->target ? -1 : x->target > y->target;
}

static int by_fix(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->fix != y->fix)
		return x->fix < y->fix ? -1 : 1;
	return by_target(a, b);
}

/* Which of the commits (targets or fixes of pairs in this order) are in the release? One cell for each pair. */
static struct kd_error *check_pairs(struct sweep *s, bool fixes, struct kd_bp_cell *cells)
{
	kd_auto(kd_freep) struct kd_bp_cell *of = kd_xcalloc(s->pairs.n + 1, sizeof(*of));
	struct kd_error *err;
	size_t at = 0;

	s->commits.n = 0;
	for (size_t i = 0; i < s->pairs.n; i++) {
		const uint32_t doc = fixes ? s->pairs.v[i].fix : s->pairs.v[i].target;
		struct kd_bp_commit *c;

		if (s->commits.n && s->commits.v[s->commits.n - 1].doc == doc)
			continue;
		c = kd_vec_push(&s->commits, KD_DOC_MAX);
		if (c)
			kd_bp_commit_of(s->w->h->git, doc, c);
	}
	err = kd_bp_check(&s->w->rels, s->commits.v, s->commits.n, of);
	for (size_t i = 0; i < s->pairs.n && !err; i++) {
		const uint32_t doc = fixes ? s->pairs.v[i].fix : s->pairs.v[i].target;

		while (at < s->commits.n && s->commits.v[at].doc != doc)
			at++;
		cells[i] = of[at];
	}
	return err;
}

/* Pairs whose target is not in the release go; then those whose fix is. */
static struct kd_error *filter(struct sweep *s)
{
	kd_auto(kd_freep) struct kd_bp_cell *cells = kd_xcalloc(s->pairs.n + 1, sizeof(*cells));
	struct kd_error *err;
	size_t n = 0;

	if (!s->pairs.n)
		return NULL;
	qsort(s->pairs.v, s->pairs.n, sizeof(*s->pairs.v), by_target);
	err = check_pairs(s, false, cells);
	for (size_t i = 0; i < s->pairs.n && !err; i++)
		if (cells[i].state == KD_BP_PRESENT || cells[i].state == KD_BP_PARTLY)
			s->pairs.v[n++] = s->pairs.v[i];
	if (err || !(s->pairs.n = n))
		return err;
	qsort(s->pairs.v, s->pairs.n, sizeof(*s->pairs.v), by_fix);
	err = check_pairs(s, true, cells);
	n = 0;
	for (size_t i = 0; i < s->pairs.n && !err; i++)
		if (cells[i].state == KD_BP_ABSENT || cells[i].state == KD_BP_PARTLY)
			s->pairs.v[n++] = s->pairs.v[i];
	s->pairs.n = n;
	return err;
}

struct ranked {
	const struct pair *pair;
	int64_t date;
	int score;
	uint32_t flags;
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->date != y->date)
		return x->date < y->date ? 1 : -1;
	return x->pair->fix < y->pair->fix ? -1 : 1;
}

/* Asked for stable counts most, then that somebody ran into it. */
static int score_of(const struct kd_seg_doc *d)
{
	return (d->flags & KD_DOC_STABLE ? 4 : 0) + (d->flags & KD_DOC_REPORTED ? 2 : 0) + (d->flags & KD_DOC_QUOTES ? 2 : 0) +
	       (d->lines && d->lines <= 30 ? 1 : 0);
}

static struct kd_view reasons(struct kd_sheet *s, const struct ranked *r)
{
	return kd_sheet_text(s, "%s%s%s", r->flags & KD_DOC_STABLE ? "asks for stable; " : "", r->flags & KD_DOC_REPORTED ? "was reported; " : "",
			     r->flags & KD_DOC_QUOTES ? "quotes a crash" : "");
}

static void show(struct sweep *s)
{
	static const struct kd_column columns[] = {{"commit", "COMMIT"}, {"date", "DATE"},   {"score", "SCORE"}, {"fixes", "FIXES"},
						   {"why", "WHY"},	 {"subject", "SUBJECT"}};
	struct kd_table *t = kd_sheet_table(s->w->s, "missing_fixes", columns, KD_ARRAY_LEN(columns));
	kd_auto(kd_freep) struct ranked *v = kd_xcalloc(s->pairs.n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < s->pairs.n; i++) {
		struct kd_seg_doc d;

		if (n && v[n - 1].pair->fix == s->pairs.v[i].fix)
			continue;
		kd_store_doc(s->w->h->git, s->pairs.v[i].fix, &d);
		v[n++] = (struct ranked){&s->pairs.v[i], d.date, score_of(&d), d.flags};
	}
	if (n)
		qsort(v, n, sizeof(*v), by_score);
	t->title = "FIXES THAT IT LACKS";
	for (size_t i = 0; i < n; i++) {
		const bool wants = kd_table_wants(t);
		struct kd_cell *row = kd_table_row(t);

		if (!wants)
			continue;
		row[0] = kd_bpv_doc(s->w, v[i].pair->fix);
		row[1] = kd_cell_text(kd_history_day(s->w->s, v[i].date));
		row[2] = kd_cell_int(v[i].score);
		row[3] = kd_bpv_doc(s->w, v[i].pair->target);
		row[4] = kd_cell_text(reasons(s->w->s, &v[i]));
		row[5] = kd_bpv_subject(s->w, v[i].pair->fix);
	}
	kd_sheet_say(s->w->s, "%zu commits fix what %.*s has, and it lacks them", n, KD_VARG(s->rel->name));
	s->w->s->none = n > 0;
}

struct kd_error *kd_bpv_missing(struct kd_bpv *w)
{
	struct sweep s = {.w = w, .rel = &w->rels.v.v[0]};
	struct kd_error *err;

	if (!w->rels.mainline.v)
		kd_sheet_note(w->s, "no mainline is known (history.mainline = TREE): commits of all trees count as fixes");
	find_pairs(&s);
	err = filter(&s);
	if (!err)
		show(&s);
	kd_vec_free(&s.pairs);
	kd_vec_free(&s.commits);
	return err;
}
