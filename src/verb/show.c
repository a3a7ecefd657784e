// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/show.h"

#include "base/alloc.h"
#include "history/commit.h"
#include "history/dag.h"
#include "history/record.h"
#include "history/releases.h"
#include "history/vulns.h"
#include "source/git.h"
#include "verb/mail.h"

enum { ARENA_MAX = 256 << 20, DIFF_MAX = 64 << 20 };

struct show {
	const struct kd_history *h;
	struct kd_sheet *s;
	uint32_t doc;
	struct kd_seg_doc d;
	struct kd_record r;
	struct kd_commit c;
};

static struct kd_cell subject_of(const struct show *w, uint32_t doc)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct kd_record r;
	struct kd_commit c;
	struct kd_error *err = kd_history_record(w->h, doc, &a, &r);

	if (!err)
		err = kd_commit_parse_message(&a, r.message, &c);
	if (err) {
		kd_error_free(err);
		return kd_cell_none("the index is damaged there");
	}
	return kd_sheet_cell(w->s, c.subject);
}

static void fields(struct show *w)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} flags[] = {
		{KD_DOC_MERGE, "a merge: its diff is not looked at"},
		{KD_DOC_BOUNDARY, "at the boundary of a shallow clone: its diff and what was before it are not known"},
		{KD_DOC_DIFF_CUT, "its diff is longer than 8 MiB: the first part was looked at"},
		{KD_DOC_DAMAGED, "its object could not be read in full"},
	};
	char hex[2 * KD_SEG_OID + 1];

	kd_store_hex(w->h->git, w->doc, hex);
	kd_sheet_field(w->s, "commit", "COMMIT", kd_sheet_cell(w->s, kd_view_of(hex)));
	kd_sheet_field(w->s, "subject", "SUBJECT", kd_sheet_cell(w->s, w->c.subject));
	kd_sheet_field(w->s, "author", "AUTHOR", kd_sheet_cell(w->s, w->r.author));
	kd_sheet_field(w->s, "date", "DATE", kd_cell_text(kd_history_day(w->s, w->d.date)));
	kd_sheet_field(w->s, "committer", "COMMITTER", kd_sheet_cell(w->s, w->r.committer));
	kd_sheet_field(w->s, "commit_date", "COMMITTED", kd_cell_text(kd_history_day(w->s, w->d.commit_date)));
	if (w->r.patch_id.p)
		kd_sheet_field(w->s, "patch_id", "PATCH-ID", kd_sheet_cell(w->s, w->r.patch_id));
	for (size_t i = 0; i < KD_ARRAY_LEN(flags); i++)
		if (w->d.flags & flags[i].flag)
			kd_sheet_note(w->s, "the commit is %s", flags[i].text);
	if (w->r.cut.p)
		kd_sheet_note(w->s, "not all of it is in the index: %.*s", KD_VARG(w->r.cut));
}

/* Which tags contain it first; which branches contain it. */
static void where(struct show *w)
{
	static const struct kd_column columns[] = {{"tree", "TREE"}, {"branch", "BRANCH"}};
	kd_auto(kd_releases_deinit) struct kd_releases r = {.n = 0};
	kd_auto(kd_bits_deinit) struct kd_bits in = {0};
	struct kd_table *t;
	const char *first, *final;

	kd_releases_make(w->h->git, &r);
	first = kd_releases_first(&r, w->doc);
	final = kd_releases_final(&r, w->doc);
	kd_sheet_field(w->s, "first_tag", "FIRST IN", first ? kd_sheet_cell(w->s, kd_view_of(first)) : kd_cell_none("no tag of the index contains it"));
	if (final && final != first)
		kd_sheet_field(w->s, "first_release", "RELEASED IN", kd_sheet_cell(w->s, kd_view_of(final)));
	t = kd_sheet_table(w->s, "branches", columns, KD_ARRAY_LEN(columns));
	t->title = "IN BRANCHES";
	kd_dag_containing(w->h->git, w->doc, &in);
	kd_vec_each(tree, &w->h->git->trees)
		kd_vec_each(ref, &tree->refs) {
			struct kd_cell *row;
			uint32_t tip;

			if (!strncmp(ref->name, "refs/tags/", 10) || !kd_store_find(w->h->git, kd_view_of(ref->oid), &tip) ||
			    !kd_bits_has(&in, tip))
				continue;
			row = kd_table_row(t);
			row[0] = kd_sheet_cell(w->s, kd_view_of(tree->name));
			row[1] = kd_sheet_cell(w->s, kd_view_of(ref->name));
		}
}

static void names_others(struct show *w)
{
	static const struct kd_column columns[] = {{"relation", "RELATION"}, {"commit", "COMMIT"}, {"subject", "SUBJECT"}, {"in_index", NULL}};
	struct kd_table *t;

	if (!w->c.nrelations)
		return;
	t = kd_sheet_table(w->s, "names", columns, KD_ARRAY_LEN(columns));
	t->title = "IT NAMES";
	for (size_t i = 0; i < w->c.nrelations; i++) {
		const struct kd_relation *r = &w->c.relations[i];
		struct kd_cell *row = kd_table_row(t);
		uint32_t doc;
		const bool known = r->oid.p && kd_store_find(w->h->git, kd_view_head(r->oid, 2 * KD_SEG_OID), &doc) == 1;

		row[0] = kd_cell_text(kd_view_of(kd_relation_kind_name(r->kind)));
		row[0].guessed = r->guessed;
		row[1] = r->oid.p ? kd_sheet_cell(w->s, r->oid) : kd_cell_none("only its title is given");
		row[2] = known ? subject_of(w, doc) : r->title.p ? kd_sheet_cell(w->s, r->title) : kd_cell_none("it is not in the index");
		row[3] = kd_cell_bool(known);
	}
}

struct namers {
	struct show *w;
	struct kd_table *t;
};

static bool one_namer(void *user, const struct kd_seg_rel *r)
{
	struct namers *n = user;
	struct kd_seg_doc d;
	struct kd_cell *row;

	if (r->doc == n->w->doc)
		return true;
	row = kd_table_row(n->t);
	kd_store_doc(n->w->h->git, r->doc, &d);
	row[0] = kd_cell_text(kd_history_short(n->w->s, n->w->h, r->doc));
	row[1] = kd_cell_text(kd_view_of(kd_relation_kind_name(r->kind)));
	row[1].guessed = r->digits < 12;
	row[2] = kd_cell_text(kd_history_day(n->w->s, d.date));
	row[3] = subject_of(n->w, r->doc);
	return true;
}

/* Fixes of it, reverts, backports. */
static void named_by(struct show *w)
{
	static const struct kd_column columns[] = {{"commit", "COMMIT"}, {"relation", "RELATION"}, {"date", "DATE"}, {"subject", "SUBJECT"}};
	struct namers n = {w, kd_sheet_table(w->s, "named_by", columns, KD_ARRAY_LEN(columns))};

	n.t->title = "NAMED BY";
	kd_store_rels(w->h->git, w->d.oid, one_namer, &n);
}

struct cves {
	struct show *w;
	struct kd_table *t;
};

static void one_cve(void *user, struct kd_view id, enum kd_vuln_role role, struct kd_view version)
{
	struct cves *v = user;
	struct kd_cell *row = kd_table_row(v->t);

	row[0] = kd_sheet_cell(v->w->s, id);
	row[1] = kd_cell_text(kd_view_of(kd_vuln_role_name(role)));
	row[2] = version.p ? kd_sheet_cell(v->w->s, version) : kd_cell_none("mainline");
}

/* CVE ids that the kernel's vulns repository gives to it. */
static void cves(struct show *w, const struct kd_show_options *o)
{
	static const struct kd_column columns[] = {{"cve", "CVE"}, {"role", "IT"}, {"version", "IN"}};
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct kd_view folder = kd_view_of(o->vulns);
	char hex[2 * KD_SEG_OID + 1];
	struct cves v = {.w = w};
	struct kd_error *err;

	if (!folder.n && !(w->h->config && kd_config_get(w->h->config, "history.vulns", &folder) && folder.n))
		return;
	kd_store_hex(w->h->git, w->doc, hex);
	v.t = kd_sheet_table(w->s, "cves", columns, KD_ARRAY_LEN(columns));
	v.t->title = "CVE";
	err = kd_vulns_naming(&a, folder, kd_view_of(hex), one_cve, &v);
	if (err)
		kd_sheet_note(w->s, "the vulns repository could not be read: %s", err->msg);
	kd_error_free(err);
}

static void files(struct show *w)
{
	static const struct kd_column columns[] = {{"status", "S"}, {"added", "+"}, {"removed", "-"}, {"path", "FILE"}, {"functions", "FUNCTIONS"}};
	struct kd_table *t = kd_sheet_table(w->s, "files", columns, KD_ARRAY_LEN(columns));

	t->title = "FILES";
	for (size_t i = 0; i < w->r.nfiles; i++) {
		const struct kd_record_file *f = &w->r.files[i];
		struct kd_cell *row = kd_table_row(t);
		kd_auto(kd_buf_deinit) struct kd_buf funcs = KD_BUF_INIT(1 << 20);

		for (uint32_t k = 0; k < f->nfuncs; k++)
			kd_buf_printf(&funcs, "%s%.*s", k ? " " : "", KD_VARG(w->r.funcs[f->func + k]));
		row[0] = kd_cell_text(kd_sheet_text(w->s, "%c", f->status));
		row[1] = kd_cell_uint(f->added);
		row[2] = kd_cell_uint(f->removed);
		row[3] = kd_sheet_cell(w->s, f->path);
		row[4] = kd_sheet_cell(w->s, funcs.n ? kd_buf_view(&funcs) : KD_V(""));
	}
}

static void lines(struct show *w, const char *key, struct kd_view text)
{
	struct kd_view line;

	while (kd_view_take_until(&text, KD_V("\n"), &line))
		kd_sheet_line(w->s, key, "%.*s", KD_VARG(line));
	if (text.n)
		kd_sheet_line(w->s, key, "%.*s", KD_VARG(text));
}

static struct kd_error *read_diff(struct show *w, struct kd_buf *diff)
{
	char hex[2 * KD_SEG_OID + 1];
	const char *const args[] = {"diff-tree", "-p", "-r", "--root", "--no-commit-id", "--no-color", "--no-ext-diff", "--no-textconv", hex, NULL};
	const struct kd_git_req req = {.args = args, .out_max = DIFF_MAX};
	struct kd_error *err = NULL;

	kd_store_hex(w->h->git, w->doc, hex);
	kd_vec_each(t, &w->h->git->trees) {
		struct kd_git g;

		kd_error_free(err);
		err = kd_git_open(w->h->ctx, t->path, &g);
		if (err)
			continue;
		err = kd_git_run(&g, &req, diff, NULL);
		kd_git_deinit(&g);
		if (!err)
			return NULL;
	}
	return err ? err : kd_error_new(KD_NOTFOUND, "no tree");
}

static void diff(struct show *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(DIFF_MAX);
	struct kd_error *err = read_diff(w, &text);

	if (err)
		kd_sheet_note(w->s, "the diff cannot be had: %s", err->msg);
	kd_error_free(err);
	kd_sheet_head(w->s, KD_V("DIFF"));
	lines(w, "diff", kd_buf_view(&text));
}

struct kd_error *kd_show(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_show_options *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	struct show w = {.h = h, .s = s};
	struct kd_error *err = kd_history_commit(h, args[0], &w.doc);

	(void)nargs;
	if (!err)
		err = kd_history_record(h, w.doc, &a, &w.r);
	if (!err)
		err = kd_commit_parse_message(&a, w.r.message, &w.c);
	if (err)
		return err;
	kd_store_doc(h->git, w.doc, &w.d);
	fields(&w);
	where(&w);
	names_others(&w);
	named_by(&w);
	cves(&w, o);
	kd_mail_postings(h, w.doc, s);
	files(&w);
	kd_sheet_head(s, KD_V("MESSAGE"));
	lines(&w, "message", w.r.message);
	if (o->diff)
		diff(&w);
	kd_sheet_next(s, "kdoc backport-check %.*s", KD_VARG(kd_history_short(s, h, w.doc)));
	return NULL;
}
