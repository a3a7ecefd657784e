// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/backport_internal.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "history/releases.h"

/* --- cells ------------------------------------------------------------------------------------- */

struct kd_cell kd_bpv_doc(const struct kd_bpv *w, uint32_t doc)
{
	return doc < w->h->git->docs ? kd_cell_text(kd_history_short(w->s, w->h, doc)) : kd_cell_none(NULL);
}

struct kd_cell kd_bpv_id(const struct kd_bpv *w, const struct kd_bp_commit *c)
{
	char hex[2 * KD_SEG_OID + 1];

	if (c->doc != KD_DOC_NONE)
		return kd_bpv_doc(w, c->doc);
	if (!c->digits)
		return kd_cell_none("not in the index");
	kd_hex(c->oid, KD_SEG_OID, hex);
	return kd_sheet_cell(w->s, kd_view(hex, c->digits < 12 ? c->digits : 12));
}

struct kd_cell kd_bpv_subject(struct kd_bpv *w, uint32_t doc)
{
	struct kd_error *err;

	if (doc == KD_DOC_NONE)
		return kd_cell_none("not in the index");
	err = kd_bp_read(w->h->git, doc, &w->read);
	if (err) {
		kd_error_free(err);
		return kd_cell_none("the index is damaged there");
	}
	return kd_sheet_cell(w->s, w->read.c.subject);
}

struct kd_cell kd_bpv_state(const struct kd_bpv *w, const struct kd_bp_cell *c)
{
	struct kd_cell cell = kd_sheet_cell(w->s, kd_view_of(kd_bp_state_name(c->state)));

	cell.guessed = c->guessed;
	return cell;
}

struct kd_cell kd_bpv_proof(const struct kd_bpv *w, const struct kd_bp_cell *c)
{
	return c->proof ? kd_sheet_cell(w->s, kd_view_of(kd_bp_proof_name(c->proof))) : kd_cell_none(NULL);
}

/* --- the question ------------------------------------------------------------------------------ */

static struct kd_error *add_commit(struct kd_bpv *w, struct kd_view text)
{
	struct kd_bp_commit *c = kd_vec_push(&w->commits, KD_BP_COMMITS_MAX);

	if (!c)
		return kd_error_new(KD_LIMIT, "more than %u commits", KD_BP_COMMITS_MAX);
	return kd_bp_commit(&w->rels, text, c);
}

/* An argument may be a CVE id, a tag or a branch as well. */
static struct kd_error *add_argument(struct kd_bpv *w, const char *arg)
{
	bool is_cve;
	uint32_t doc;
	struct kd_error *err = kd_bpv_cve(w, kd_view_of(arg), &is_cve);

	if (err || is_cve)
		return err;
	err = add_commit(w, kd_view_of(arg));
	if (!err || err->cls != KD_NOTFOUND)
		return err;
	kd_error_free(err);
	err = kd_history_commit(w->h, arg, &doc);
	if (!err)
		kd_bp_commit_of(w->h->git, doc, &w->commits.v[w->commits.n - 1]);
	return err;
}

/* Lines of the list; one that is no commit becomes a note: thousands of others are still answered. */
static struct kd_error *add_list(struct kd_bpv *w)
{
	struct kd_view rest = w->o->list, line;
	size_t bad = 0;

	while (kd_view_take_part(&rest, KD_V("\n"), &line)) {
		struct kd_error *err;
		size_t before;
		bool is_cve;

		line = kd_view_trim(line);
		if (!line.n || *line.p == '#')
			continue;
		before = w->commits.n;
		err = kd_bpv_cve(w, line, &is_cve);
		if (!err && !is_cve)
			err = add_commit(w, line);
		if (!err)
			continue;
		if (err->cls == KD_LIMIT)
			return err;
		w->commits.n = before;
		if (bad++ < 10)
			kd_sheet_note(w->s, "not looked for: %s", err->msg);
		kd_error_free(err);
	}
	if (bad > 10)
		kd_sheet_note(w->s, "%zu lines of the list are no commits", bad);
	return NULL;
}

static struct kd_error *find_releases(struct kd_bpv *w)
{
	struct kd_view rest = kd_view_of(w->o->in), name;
	struct kd_error *err = NULL;
	const char *how;
	size_t left;

	if (w->o->missing)
		return kd_relset_add(&w->rels, kd_view_of(w->o->missing));
	if (!rest.n) {
		err = kd_relset_default(&w->rels, &how, &left);
		if (!err)
			kd_sheet_note(w->s, "the releases are %s%s", how, left ? ", the newest ones: --in names others" : "");
		return err;
	}
	while (!err && kd_view_take_part(&rest, KD_V(","), &name)) {
		name = kd_view_trim(name);
		if (name.n)
			err = kd_relset_add(&w->rels, name);
	}
	return err;
}

/* --- the answer -------------------------------------------------------------------------------- */

static void releases(struct kd_bpv *w)
{
	static const struct kd_column columns[] = {{"release", "RELEASE"}, {"tree", "TREE"}, {"ref", "REF"}, {"commit", "COMMIT"}, {"date", "DATE"}};
	struct kd_table *t = kd_sheet_table(w->s, "releases", columns, KD_ARRAY_LEN(columns));

	t->title = "RELEASES";
	kd_vec_each(r, &w->rels.v) {
		struct kd_cell *row = kd_table_row(t);
		struct kd_seg_doc d;

		kd_store_doc(w->h->git, r->tip, &d);
		row[0] = kd_sheet_cell(w->s, r->name);
		row[1] = *r->tree ? kd_sheet_cell(w->s, kd_view_of(r->tree)) : kd_cell_none(NULL);
		row[2] = *r->ref ? kd_sheet_cell(w->s, kd_view_of(r->ref)) : kd_cell_none(NULL);
		row[3] = kd_bpv_doc(w, r->tip);
		row[4] = kd_cell_text(kd_history_day(w->s, d.commit_date));
	}
	if (w->rels.mainline_name.p)
		kd_sheet_field(w->s, "mainline", "MAINLINE", kd_sheet_cell(w->s, w->rels.mainline_name));
	else
		kd_sheet_note(w->s, "no mainline is known (history.mainline = TREE): commits with one subject are told apart by author and date alone");
}

static void matrix(struct kd_bpv *w)
{
	static const struct kd_column columns[] = {{"commit", "COMMIT"},      {"release", "RELEASE"},	{"state", "STATE"},
						   {"proof", "PROOF"},	      {"by", "BY"},		{"first_tag", "FIRST IN"},
						   {"reverted_by", "REVERTED BY"}, {"subject", NULL}, {"why", "WHY"}};
	kd_auto(kd_releases_deinit) struct kd_releases tags = {.n = 0};
	struct kd_table *t = kd_sheet_table(w->s, "cells", columns, KD_ARRAY_LEN(columns));

	kd_releases_make(w->h->git, &tags);
	t->title = "IN WHICH RELEASES";
	for (size_t i = 0; i < w->commits.n; i++)
		for (size_t k = 0; k < w->rels.v.n; k++) {
			const struct kd_bp_cell *c = &w->cells[i * w->rels.v.n + k];
			const bool wants = kd_table_wants(t), there = c->state == KD_BP_PRESENT || c->state == KD_BP_PARTLY;
			struct kd_cell *row = kd_table_row(t);
			const char *tag;

			if (!wants)
				continue;
			tag = there && c->by != KD_DOC_NONE ? kd_releases_final(&tags, c->by) : NULL;
			row[0] = kd_bpv_id(w, &w->commits.v[i]);
			row[1] = kd_sheet_cell(w->s, w->rels.v.v[k].name);
			row[2] = kd_bpv_state(w, c);
			row[3] = kd_bpv_proof(w, c);
			row[4] = kd_bpv_doc(w, c->by);
			row[5] = tag ? kd_sheet_cell(w->s, kd_view_of(tag)) : kd_cell_none(there ? "no tag contains it" : NULL);
			row[6] = kd_bpv_doc(w, c->reverted_by);
			row[7] = k ? kd_cell_none("said above") : kd_bpv_subject(w, w->commits.v[i].doc);
			row[8] = kd_cell_text(kd_view_of(c->why));
		}
}

/* Counts, and the exit code: absent or partly somewhere is a negative answer. */
static void summary(struct kd_bpv *w)
{
	size_t n[5] = {0};

	for (size_t i = 0; i < w->commits.n * w->rels.v.n; i++)
		n[w->cells[i].state]++;
	kd_sheet_say(w->s, "%zu commit%s in %zu release%s: present %zu, partly %zu, absent %zu, not needed %zu, unknown %zu", w->commits.n,
		     w->commits.n == 1 ? "" : "s", w->rels.v.n, w->rels.v.n == 1 ? "" : "s", n[KD_BP_PRESENT], n[KD_BP_PARTLY],
		     n[KD_BP_ABSENT], n[KD_BP_NOT_NEEDED], n[KD_BP_UNKNOWN]);
	w->s->none = n[KD_BP_ABSENT] || n[KD_BP_PARTLY];
}

static struct kd_error *check(struct kd_bpv *w, const char *const *args, size_t nargs)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < nargs && !err; i++)
		if (strcmp(args[i], "-") != 0)
			err = add_argument(w, args[i]);
	if (!err)
		err = add_list(w);
	if (!err && !w->commits.n)
		err = kd_error_new(KD_INVALID, "there is no commit to look for");
	if (err)
		return err;
	w->cells = kd_xcalloc(w->commits.n * w->rels.v.n + 1, sizeof(*w->cells));
	err = kd_bp_check(&w->rels, w->commits.v, w->commits.n, w->cells);
	return err ? err : kd_bpv_cve_judge(w);
}

static struct kd_error *answer(struct kd_bpv *w)
{
	const bool details = !w->o->no_details && w->commits.n <= KD_BPV_DETAILS_MAX;
	struct kd_error *err = NULL;

	if (w->commits.n == 1)
		kd_sheet_field(w->s, "subject", "SUBJECT", kd_bpv_subject(w, w->commits.v[0].doc));
	if (details && !w->o->no_trees)
		err = kd_bpv_read_trees(w); /* it may find what no commit says */
	if (err)
		return err;
	summary(w);
	matrix(w);
	if (details)
		err = kd_bpv_follow(w);
	else if (!w->o->no_details)
		kd_sheet_note(w->s, "with more than %d commits there is the matrix alone: no follow-ups, nothing from the trees", KD_BPV_DETAILS_MAX);
	if (!err)
		kd_bpv_show_trees(w);
	return err;
}

struct kd_error *kd_backport_check(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct kd_bpv w = {.h = h, .o = options, .s = s, .read = KD_BP_READ_INIT};
	struct kd_error *err;

	kd_relset_init(&w.rels, h->git, h->config);
	err = find_releases(&w);
	if (!err)
		err = w.o->missing ? kd_bpv_missing(&w) : check(&w, args, nargs);
	if (!err && !w.o->missing)
		err = answer(&w);
	if (!err)
		releases(&w);
	kd_free(w.cells);
	kd_vec_free(&w.applies);
	kd_vec_free(&w.commits);
	kd_vec_free(&w.cves);
	kd_bp_read_deinit(&w.read);
	kd_relset_deinit(&w.rels);
	return err;
}
