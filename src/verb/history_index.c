// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/history_index.h"

#include "base/alloc.h"
#include "base/time.h"
#include "history/build.h"
#include "history/embed.h"
#include "history/gc.h"
#include "verb/mail.h"

struct watching {
	const struct kd_index_git_options *o;
	const char *tree;
};

static void watch(void *user, uint64_t done, uint64_t total)
{
	const struct watching *w = user;

	if (w->o->watch)
		w->o->watch(w->o->user, w->tree, done, total);
}

/* "/src/linux/.git/" → "linux", "/mirror/stable.git" → "stable" */
static char *name_of(const char *path)
{
	struct kd_view v = kd_view_of(path);
	size_t slash;

	for (;;) {
		while (v.n > 1 && v.p[v.n - 1] == '/')
			v.n--;
		slash = kd_view_rchr(v, '/');
		if (!kd_view_eq(slash == KD_NPOS ? v : kd_view_from(v, slash + 1), KD_V(".git")) || slash == KD_NPOS || !slash)
			break;
		v.n = slash;
	}
	if (slash != KD_NPOS)
		v = kd_view_from(v, slash + 1);
	if (kd_view_ends(v, KD_V(".git")) && v.n > 4)
		v.n -= 4;
	return kd_xstrndup(v.n ? v.p : "tree", v.n ? v.n : 4);
}

static void report(struct kd_sheet *s, struct kd_table *t, const char *name, const struct kd_build_result *r, int64_t ns)
{
	struct kd_cell *row = kd_table_row(t);

	row[0] = kd_cell_text(kd_sheet_text(s, "%s", name));
	row[1] = kd_cell_uint(r->added);
	row[2] = kd_cell_nsec((uint64_t)ns);
	row[3] = kd_cell_uint(r->refs);
	row[4] = kd_cell_uint(r->damaged);
	row[5] = kd_cell_uint(r->no_diff);
	row[6] = kd_cell_uint(r->cut);
	row[7] = kd_cell_uint(r->gone);
	if (r->damaged)
		kd_sheet_note(s, "%s: %ju commits could not be read in full", name, (uintmax_t)r->damaged);
	if (r->no_diff)
		kd_sheet_note(s, "%s: of %ju commits objects are missing (a partial or damaged clone): their diffs are not known", name,
			      (uintmax_t)r->no_diff);
	if (r->cut)
		kd_sheet_note(s, "%s: of %ju commits with a diff of more than 8 MiB the rest was left out", name, (uintmax_t)r->cut);
	if (r->gone)
		kd_sheet_note(s, "%s: %ju branches or tags are gone or were moved back since the last time; their commits stay in the index "
				 "until kdoc index gc", name, (uintmax_t)r->gone);
}

static struct kd_error *embed(struct kd_ctx *ctx, const struct kd_index_git_options *o, const struct kd_store *st, struct kd_sheet *s)
{
	kd_auto(kd_config_freep) struct kd_config *config = kd_config_new();
	struct watching w = {o, "embeddings"};
	struct kd_embed e = {0};
	struct kd_error *err = kd_config_load(config, ".");
	uint64_t n = 0;

	if (!err)
		err = kd_embed_config(config, &e);
	if (!err && !e.on)
		err = kd_error_new(KD_INVALID, "no server of embeddings is configured: embed.url and embed.model say which one is asked");
	if (!err)
		err = kd_embed_all(ctx, &e, st, o->embed_again, watch, &w, &n);
	if (!err) {
		kd_sheet_field(s, "embedded", "EMBEDDINGS", kd_cell_uint(n));
		kd_sheet_field(s, "embed_model", "BY MODEL", kd_sheet_cell(s, kd_view_of(e.model)));
	}
	kd_embed_deinit(&e);
	return err;
}

struct kd_error *kd_index_git(struct kd_ctx *ctx, const struct kd_index_git_options *o, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"tree", "TREE"}, {"added", "NEW COMMITS"}, {"took", "TIME"}, {"refs", "REFS"},
						   {"damaged", NULL}, {"no_diff", NULL}, {"cut", NULL}, {"gone", NULL}};
	kd_auto(kd_store_closep) struct kd_store *st = NULL;
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_error *err = kd_history_folder(o->store, &dir);
	struct kd_table *t;

	if (!err)
		err = kd_store_open(dir, true, &st);
	if (err)
		return err;
	kd_sheet_field(s, "store", "STORE", kd_sheet_cell(s, kd_view_of(dir)));
	t = kd_sheet_table(s, "trees", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < o->ntrees && !err; i++) {
		kd_auto(kd_freep) char *own = name_of(o->trees[i]);
		struct watching w = {o, o->name ? o->name : own};
		struct kd_build_req req = {.name = w.tree, .path = o->trees[i], .refs = o->refs, .nrefs = o->nrefs, .workers = o->workers,
					   .watch = watch, .user = &w};
		struct kd_build_result r;
		const int64_t start = kd_mono_ns();

		err = kd_build_git(ctx, st, &req, &r);
		if (!err)
			report(s, t, w.tree, &r, kd_mono_ns() - start);
		else
			err = kd_error_wrap(err, "indexing %s", o->trees[i]);
	}
	if (!err && o->embed)
		err = embed(ctx, o, st, s);
	if (!err)
		kd_sheet_next(s, "kdoc search --fixes REPORT");
	return err;
}

/* --- status, verify ---------------------------------------------------------------------------- */

struct kd_error *kd_index_status(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct {
		const char *key, *title;
		enum kd_seg_section id[3];
	} part[] = {
		{"documents_bytes", "commits", {KD_SEG_DOCS, KD_SEG_ORDER, KD_SEG_PARENTS}},
		{"texts_bytes", "messages and files", {KD_SEG_TEXT, KD_SEG_TEXT_DIR, 0}},
		{"words_bytes", "words", {KD_SEG_TERMS1, KD_SEG_TERMS, KD_SEG_POSTINGS}},
		{"keys_bytes", "relations and keys", {KD_SEG_KEYS, KD_SEG_RELS, 0}},
	};
	uint64_t all = 0;

	(void)options;
	(void)args;
	(void)nargs;
	h->asked_mail = true;
	if (!h->git) {
		kd_sheet_field(s, "store", "STORE", kd_sheet_cell(s, kd_view_of(h->mail->dir)));
		kd_index_mail_status(h, s);
		return NULL;
	}
	kd_vec_each(x, &h->git->segs)
		all += kd_seg_bytes(*x);
	kd_sheet_field(s, "store", "STORE", kd_sheet_cell(s, kd_view_of(h->git->dir)));
	kd_sheet_field(s, "commits", "COMMITS", kd_cell_uint(h->git->docs));
	kd_sheet_field(s, "parts", "PARTS", kd_cell_uint(h->git->segs.n));
	kd_sheet_field(s, "bytes", "SIZE", kd_cell_bytes(all));
	for (size_t i = 0; i < KD_ARRAY_LEN(part); i++) {
		uint64_t bytes = 0;

		kd_vec_each(x, &h->git->segs)
			for (int k = 0; k < 3 && part[i].id[k]; k++)
				bytes += kd_seg_section_bytes(*x, part[i].id[k]);
		kd_sheet_field(s, part[i].key, part[i].title, kd_cell_bytes(bytes));
	}
	kd_index_mail_status(h, s);
	return NULL;
}

struct kd_error *kd_index_verify(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"part", "PART"}, {"commits", "COMMITS"}, {"bytes", "SIZE"}, {"problem", "PROBLEM"}};
	struct kd_table *t = kd_sheet_table(s, "parts", columns, KD_ARRAY_LEN(columns));
	struct kd_error *err;

	(void)options;
	(void)args;
	(void)nargs;
	h->asked_mail = true;
	for (size_t i = 0; h->git && i < h->git->segs.n; i++) {
		struct kd_seg *seg = h->git->segs.v[i];
		struct kd_cell *row;

		err = kd_ctx_check(h->ctx);
		if (err)
			return err;
		err = kd_seg_verify(seg);
		row = kd_table_row(t);
		row[0] = kd_sheet_cell(s, kd_view_of(h->git->files.v[i]));
		row[1] = kd_cell_uint(kd_seg_docs(seg));
		row[2] = kd_cell_bytes(kd_seg_bytes(seg));
		row[3] = err ? kd_sheet_cell(s, kd_view_of(err->msg)) : kd_cell_text(KD_V("none"));
		s->none = s->none || err;
		kd_error_free(err);
	}
	err = kd_index_mail_verify(h, s, t);
	if (err)
		return err;
	if (s->none)
		kd_sheet_say(s, "the index is damaged: remove %s and index %s again", h->git ? h->git->dir : h->mail->dir,
			     h->mail || h->mail_why ? "trees and mails" : "the trees");
	else
		kd_sheet_say(s, "all parts of the index are as they were written");
	return NULL;
}

/* --- gc ---------------------------------------------------------------------------------------- */

static void say_git_gc(const struct kd_history *h, const struct kd_gc_result *r, struct kd_sheet *s)
{
	kd_sheet_field(s, "store", "STORE", kd_sheet_cell(s, kd_view_of(h->git->dir)));
	kd_sheet_field(s, "trees_dropped", "TREES LEFT OUT", kd_cell_uint(r->trees));
	kd_sheet_field(s, "commits_dropped", "COMMITS LEFT OUT", kd_cell_uint(r->commits));
	kd_sheet_field(s, "commits", "COMMITS", kd_cell_uint(h->git->docs));
	kd_sheet_field(s, "parts_before", "PARTS BEFORE", kd_cell_uint(r->parts_before));
	kd_sheet_field(s, "parts", "PARTS", kd_cell_uint(r->parts_after));
	kd_sheet_field(s, "bytes_before", "SIZE BEFORE", kd_cell_bytes(r->bytes_before));
	kd_sheet_field(s, "bytes", "SIZE", kd_cell_bytes(r->bytes_after));
	if (r->bytes_after < r->bytes_before)
		kd_sheet_field(s, "freed", "FREED", kd_cell_bytes(r->bytes_before - r->bytes_after));
	if (!h->git->trees.n)
		kd_sheet_note(s, "no tree is left: the index is empty");
}

static struct kd_error *gc_mails(const struct kd_history *h, struct kd_sheet *s)
{
	kd_auto(kd_mailstore_closep) struct kd_mailstore *ms = NULL;
	struct kd_gc_result r;
	struct kd_error *err = NULL;

	if (!h->mail)
		return NULL;
	err = kd_mailstore_open(h->git->dir, true, &ms);
	if (!err)
		err = kd_mailstore_gc(ms, &r);
	if (err)
		return err;
	kd_sheet_field(s, "mails_dropped", "MAILS LEFT OUT", kd_cell_uint(r.commits));
	kd_sheet_field(s, "mails", "MAILS", kd_cell_uint(ms->mails->docs));
	kd_sheet_field(s, "mail_bytes_before", "THEIR SIZE BEFORE", kd_cell_bytes(r.bytes_before));
	kd_sheet_field(s, "mail_bytes", "THEIR SIZE", kd_cell_bytes(r.bytes_after));
	return NULL;
}

struct kd_error *kd_index_gc(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_index_gc_options *o = options;
	struct kd_gc_result r;
	struct kd_error *err = kd_store_gc(h->git, o->drop, o->ndrop, &r);

	(void)args;
	(void)nargs;
	if (err)
		return err;
	say_git_gc(h, &r, s);
	return gc_mails(h, s);
}
