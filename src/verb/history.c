// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/history.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/time.h"
#include "history/commit.h"
#include "history/record.h"

struct kd_error *kd_history_folder(const char *store, char **ret)
{
	kd_auto(kd_config_freep) struct kd_config *c = NULL;
	struct kd_view v;
	struct kd_error *err;

	if (store) {
		*ret = kd_xstrndup(store, strlen(store));
		return NULL;
	}
	c = kd_config_new();
	err = kd_config_load(c, ".");
	if (err)
		return err;
	if (kd_config_get(c, "history.store", &v) && v.n) {
		*ret = kd_xstrndup(v.p, v.n);
		return NULL;
	}
	return kd_fs_xdg_path(KD_XDG_DATA, "history/git", ret);
}

/* Opened for writing, a folder would become one. */
static bool holds_index(const char *dir)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(1 << 16);

	kd_buf_printf(&path, "%s/index.json", dir);
	kd_buf_addc(&path, 0);
	return !path.overflow && kd_fs_exists(path.p);
}

/* Mails that cannot be read are no reason to say nothing about commits. */
static void open_mails(struct kd_history *h, const char *dir)
{
	struct kd_error *err = kd_mailstore_open(dir, false, &h->mail);

	if (err && err->cls != KD_NOTFOUND)
		h->mail_why = h->own_why = kd_xstrndup(err->msg, strlen(err->msg));
	kd_error_free(err);
}

static struct kd_error *open_stores(struct kd_ctx *ctx, const char *store, bool write, bool mails_will_do, struct kd_history **ret)
{
	kd_auto(kd_history_closep) struct kd_history *h = kd_xcalloc(1, sizeof(*h));
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_error *err = kd_history_folder(store, &dir);

	if (err)
		return err;
	h->ctx = ctx;
	h->config = kd_config_new();
	err = kd_config_load(h->config, ".");
	if (!err && write && !holds_index(dir))
		err = kd_error_new(KD_NOTFOUND, "%s", dir);
	if (!err)
		err = kd_store_open(dir, write, &h->git);
	if (!err || err->cls == KD_NOTFOUND)
		open_mails(h, dir);
	if (h->mail && mails_will_do)
		kd_error_catch(&err, KD_NOTFOUND);
	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		err = kd_error_new(KD_NOTFOUND, "nothing was indexed in %s yet: kdoc index git TREE%s does it", dir,
				   mails_will_do ? ", kdoc index mail ARCHIVE" : "");
	}
	if (!err)
		*ret = kd_take(h);
	return err;
}

struct kd_error *kd_history_open(struct kd_ctx *ctx, const char *store, bool write, struct kd_history **ret)
{
	return open_stores(ctx, store, write, false, ret);
}

struct kd_error *kd_history_open_any(struct kd_ctx *ctx, const char *store, struct kd_history **ret)
{
	return open_stores(ctx, store, false, true, ret);
}

void kd_history_close(struct kd_history *h)
{
	if (!h)
		return;
	kd_store_close(h->git);
	kd_mailstore_close(h->mail);
	kd_free(h->own_why);
	kd_config_free(h->config);
	kd_free(h);
}

void kd_history_closep(struct kd_history **h)
{
	kd_history_close(*h);
	*h = NULL;
}

struct kd_error *kd_history_ask(struct kd_ctx *ctx, const struct kd_history_question *q, struct kd_sheet *s)
{
	kd_auto(kd_history_closep) struct kd_history *h = NULL;
	struct kd_error *err = open_stores(ctx, q->store, q->write, q->mails_will_do, &h);
	struct kd_history none = {.ctx = ctx};

	if (q->may_be_empty && kd_error_catch(&err, KD_NOTFOUND))
		return q->answer(&none, q->options, q->args, q->nargs, s);
	if (!err)
		err = q->answer(h, q->options, q->args, q->nargs, s);
	if (!err)
		kd_history_coverage(h, s);
	return err;
}

/* --- coverage ---------------------------------------------------------------------------------- */

struct kd_view kd_history_day(struct kd_sheet *s, int64_t t)
{
	struct kd_civil c;

	if (t <= 0)
		return KD_VNULL;
	kd_civil_from_ns(t * INT64_C(1000000000), &c);
	return kd_sheet_text(s, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static void coverage_of_trees(const struct kd_history *h, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"tree", "TREE"},	       {"commits", "COMMITS"}, {"newest", "NEWEST COMMIT"},
						   {"indexed", "INDEXED"}, {"refs", "REFS"},	       {"state", "STATE"}, {"path", NULL}};
	const uint64_t limit = s->limit, offset = s->offset;
	struct kd_table *t;

	s->limit = s->offset = 0; /* all of them, whatever the rows of the answer are limited to */
	t = kd_sheet_table(s, "searched", columns, KD_ARRAY_LEN(columns));
	t->title = "SEARCHED";
	kd_vec_each(tree, &h->git->trees) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(s, kd_view_of(tree->name));
		row[1] = kd_cell_uint(tree->commits);
		row[2] = kd_cell_text(kd_history_day(s, tree->newest));
		row[3] = kd_cell_text(kd_history_day(s, tree->indexed));
		row[4] = kd_cell_uint(tree->refs.n);
		row[5] = kd_cell_text(tree->complete ? tree->shallow ? KD_V("shallow") : tree->partial ? KD_V("partial") : KD_V("complete")
						     : KD_V("unfinished"));
		row[6] = kd_sheet_cell(s, kd_view_of(tree->path));
		if (!tree->complete)
			kd_sheet_note(s, "indexing of %s was not finished: commits of it are missing", tree->name);
		if (tree->shallow)
			kd_sheet_note(s, "%s is a shallow clone: what is older than its boundary is not known", tree->name);
		if (tree->no_diff)
			kd_sheet_note(s, "%s lacks objects: %ju of its commits are known without their diff", tree->name,
				      (uintmax_t)tree->no_diff);
	}
	s->limit = limit;
	s->offset = offset;
	if (!h->git->trees.n)
		kd_sheet_note(s, "no tree was indexed completely: kdoc index git TREE");
}

static void note_box(struct kd_sheet *s, const struct kd_mailbox *b)
{
	if (!b->complete)
		kd_sheet_note(s, "indexing of %s was not finished: mails of it are missing", b->name);
	if (b->stale)
		kd_sheet_note(s, "%s could not be brought up to date from %s the last time", b->name, b->path);
	if (b->naside)
		kd_sheet_note(s, "%ju mails of %s could not be read and are not searched (kdoc index status lists them)",
			      (uintmax_t)b->naside, b->name);
	if (b->cut)
		kd_sheet_note(s, "of %ju mails of %s only the first part of the text is indexed", (uintmax_t)b->cut, b->name);
}

static void coverage_of_mails(const struct kd_history *h, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"archive", "ARCHIVE"}, {"mails", "MAILS"}, {"newest", "NEWEST MAIL"}, {"indexed", "INDEXED"},
						   {"state", "STATE"}, {"aside", NULL}, {"path", NULL}};
	const uint64_t limit = s->limit, offset = s->offset;
	struct kd_table *t;

	s->limit = s->offset = 0;
	t = kd_sheet_table(s, "searched_mail", columns, KD_ARRAY_LEN(columns));
	t->title = "SEARCHED MAIL";
	kd_vec_each(b, &h->mail->boxes) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(s, kd_view_of(b->name));
		row[1] = kd_cell_uint(b->mails);
		row[2] = kd_cell_text(kd_history_day(s, b->newest));
		row[3] = kd_cell_text(kd_history_day(s, b->indexed));
		row[4] = kd_cell_text(!b->complete ? KD_V("unfinished") : b->stale ? KD_V("not refreshed") : KD_V("complete"));
		row[5] = kd_cell_uint(b->naside);
		row[6] = kd_sheet_cell(s, kd_view_of(b->path));
		note_box(s, b);
	}
	s->limit = limit;
	s->offset = offset;
}

void kd_history_coverage(const struct kd_history *h, struct kd_sheet *s)
{
	if (h->git)
		coverage_of_trees(h, s);
	else
		kd_sheet_note(s, "no tree was searched: none is indexed");
	if (h->mail && h->asked_mail)
		coverage_of_mails(h, s);
	else if (h->mail)
		kd_sheet_note(s, "mailing lists were not searched: this question is about commits (kdoc search --mail, kdoc thread)");
	else if (h->mail_why)
		kd_sheet_note(s, "mailing lists were not searched: their index cannot be read: %s", h->mail_why);
	else
		kd_sheet_note(s, "mailing lists were not searched: none is indexed");
}

struct kd_view kd_history_short(struct kd_sheet *s, const struct kd_history *h, uint32_t doc)
{
	char hex[2 * KD_SEG_OID + 1];

	kd_store_hex(h->git, doc, hex);
	return kd_sheet_text(s, "%.12s", hex);
}

/* --- commits by name --------------------------------------------------------------------------- */

/* A tag or branch of any tree: its whole name, or without refs/tags/ and refs/heads/. */
static bool by_ref(const struct kd_history *h, const char *name, uint32_t *doc_ret)
{
	static const char *const before[] = {"", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"};

	for (size_t i = 0; i < KD_ARRAY_LEN(before); i++)
		kd_vec_each(t, &h->git->trees)
			kd_vec_each(r, &t->refs) {
				const size_t n = strlen(before[i]);

				if (!strncmp(r->name, before[i], n) && !strcmp(r->name + n, name) &&
				    kd_store_find(h->git, kd_view_of(r->oid), doc_ret))
					return true;
			}
	return false;
}

struct found {
	uint32_t doc;
	unsigned n;
};

static bool count(void *user, uint32_t doc)
{
	struct found *f = user;

	f->doc = f->n++ ? f->doc : doc;
	return true;
}

struct kd_error *kd_history_commit(const struct kd_history *h, const char *name, uint32_t *doc_ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct found f = {0};
	struct kd_view title;

	switch (kd_store_find(h->git, kd_view_of(name), doc_ret)) {
	case 1:
		return NULL;
	case 2:
		return kd_error_new(KD_INVALID, "several commits begin with %s: give more digits", name);
	default:
		break;
	}
	if (by_ref(h, name, doc_ret))
		return NULL;
	title = kd_commit_title_key(&a, kd_commit_title(kd_view_of(name), &(struct kd_view){0}));
	kd_store_keys(h->git, kd_term(KD_KEY_SUBJECT, title), count, &f);
	if (f.n > 1)
		return kd_error_new(KD_INVALID, "%u commits have the subject '%s': give an id", f.n, name);
	if (!f.n)
		return kd_error_new(KD_NOTFOUND, "no commit, tag, branch or subject '%s' is in the index", name);
	*doc_ret = f.doc;
	return NULL;
}

struct kd_error *kd_history_record(const struct kd_history *h, uint32_t doc, struct kd_arena *a, struct kd_record *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX);
	struct kd_error *err = kd_store_text(h->git, doc, &text);
	struct kd_view copy;

	if (err)
		return err;
	copy = kd_arena_view(a, kd_buf_view(&text));
	if (!copy.p)
		return kd_error_new(KD_LIMIT, "the records of the commits are too long");
	return kd_record_parse(a, copy, ret);
}
