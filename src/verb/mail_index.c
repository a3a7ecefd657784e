// SPDX-License-Identifier: GPL-2.0-or-later
/* index mail; what index status and index verify say about mails. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/time.h"
#include "history/mailindex.h"
#include "history/mirror.h"
#include "verb/mail.h"

enum { PATH_BYTES = 8192 };

static bool is_address(const char *text)
{
	return kd_view_starts(kd_view_of(text), KD_V("http://")) || kd_view_starts(kd_view_of(text), KD_V("https://"));
}

/* "/lore/linux-mm/git/0.git" → "linux-mm/git/0" would be odd: the last part, without .git, .mbox and the like */
static char *name_of(const char *path)
{
	static const struct kd_view endings[] = {{".git", 4}, {".gz", 3}, {".xz", 3}, {".zst", 4}, {".mbox", 5}, {".eml", 4}};
	struct kd_view v = kd_view_of(path);
	size_t slash;

	while (v.n > 1 && v.p[v.n - 1] == '/')
		v.n--;
	slash = kd_view_rchr(v, '/');
	if (slash != KD_NPOS)
		v = kd_view_from(v, slash + 1);
	for (size_t i = 0; i < KD_ARRAY_LEN(endings); i++)
		if (kd_view_ends(v, endings[i]) && v.n > endings[i].n)
			v.n -= endings[i].n;
	return kd_xstrndup(v.n ? v.p : "mail", v.n ? v.n : 4);
}

struct source {
	char *name, *local; /* local: the mirror's folder; NULL: the source itself */
	bool stale;
	const char *why; /* in the sheet */
};

static void source_deinit(struct source *x)
{
	kd_free(x->name);
	kd_free(x->local);
}

/* Below the store: mirrors/server/list. */
static char *mirror_folder(const char *dir, const char *url)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(PATH_BYTES);
	struct kd_view v = kd_view_of(url);

	if (!kd_view_skip(&v, KD_V("https://")))
		kd_view_skip(&v, KD_V("http://"));
	while (v.n && v.p[v.n - 1] == '/')
		v.n--;
	kd_buf_printf(&b, "%s/mirrors/", dir);
	for (size_t i = 0; i < v.n && i < 400; i++) {
		const char c = v.p[i];
		const bool dot = c == '.' && i && v.p[i - 1] != '/' && v.p[i - 1] != '.';

		kd_buf_addc(&b, kd_is_word(c) || c == '-' || c == '/' || dot ? c : '_');
	}
	return kd_xstrndup(b.p, b.n);
}

/* A mirror that cannot be reached is used as it is; one that never was is an error. */
static struct kd_error *refresh(struct kd_ctx *ctx, const struct kd_index_mail_options *o, const char *url, struct kd_sheet *s, struct source *x)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	const struct kd_mirror_req req = {.url = url, .local = x->local};
	struct kd_mirror m = {0};
	struct kd_error *err = o->offline ? NULL : kd_mirror_refresh(ctx, &req, &a, &m);

	if (err && (err->cls == KD_NETWORK || err->cls == KD_TIMEOUT || err->cls == KD_NOTFOUND)) {
		char path[PATH_BYTES];

		snprintf(path, sizeof(path), "%s/kdoc-mirror", x->local);
		if (!kd_fs_exists(path))
			return err;
		kd_sheet_note(s, "%s: %s; what was fetched earlier is used", url, err->msg);
		kd_error_free(err);
		err = NULL;
		x->stale = true;
	}
	for (size_t i = 0; i < m.n; i++)
		if (m.epoch[i].state == KD_MIRROR_FAILED || m.epoch[i].state == KD_MIRROR_MOVED)
			kd_sheet_note(s, "%s: epoch %u: %s%s%.*s", url, m.epoch[i].n, kd_mirror_word(m.epoch[i].state), m.epoch[i].why.n ? ": " : "",
				      KD_VARG(m.epoch[i].why));
	x->stale = x->stale || m.failed;
	return err;
}

static void report(struct kd_sheet *s, struct kd_table *t, const char *name, const struct kd_mailindex_result *r, int64_t ns)
{
	struct kd_cell *row = kd_table_row(t);

	row[0] = kd_cell_text(kd_sheet_text(s, "%s", name));
	row[1] = kd_cell_text(kd_view_of(r->kind));
	row[2] = kd_cell_uint(r->added);
	row[3] = kd_cell_uint(r->known);
	row[4] = kd_cell_uint(r->removed);
	row[5] = kd_cell_uint(r->aside);
	row[6] = kd_cell_nsec((uint64_t)ns);
	row[7] = kd_cell_uint(r->damaged);
	row[8] = kd_cell_uint(r->cut);
	row[9] = kd_cell_bool(r->restarted);
	if (r->aside)
		kd_sheet_note(s, "%s: %ju mails could not be read and were kept aside: kdoc index status lists them", name, (uintmax_t)r->aside);
	if (r->cut)
		kd_sheet_note(s, "%s: of %ju mails only the first part of the text is indexed", name, (uintmax_t)r->cut);
	if (r->restarted)
		kd_sheet_note(s, "%s was rewritten since the last time: it was read from its beginning", name);
	if (r->note)
		kd_sheet_note(s, "%s: %s", name, r->note);
}

static struct kd_error *one_source(struct kd_ctx *ctx, struct kd_mailstore *ms, const char *dir, const struct kd_index_mail_options *o,
				   const char *path, struct kd_sheet *s, struct kd_table *t)
{
	kd_auto(source_deinit) struct source x = {.name = o->name ? kd_xstrndup(o->name, strlen(o->name)) : name_of(path)};
	struct kd_mailindex_req req = {.name = x.name, .path = path, .workers = o->workers, .watch = o->watch, .user = o->user};
	const int64_t start = kd_mono_ns();
	struct kd_mailindex_result r;
	struct kd_error *err = NULL;

	if (is_address(path)) {
		x.local = mirror_folder(dir, path);
		err = refresh(ctx, o, path, s, &x);
		req.path = x.local;
		req.origin = path;
		req.stale = x.stale;
	}
	if (!err)
		err = kd_mailindex(ctx, ms, &req, &r);
	if (err)
		return kd_error_wrap(err, "indexing %s", path);
	report(s, t, x.name, &r, kd_mono_ns() - start);
	return NULL;
}

struct kd_error *kd_index_mail(struct kd_ctx *ctx, const struct kd_index_mail_options *o, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"archive", "ARCHIVE"}, {"kind", "KIND"}, {"added", "NEW MAILS"}, {"known", "KNOWN"},
						   {"removed", "REMOVED"}, {"aside", "ASIDE"}, {"took", "TIME"}, {"damaged", NULL}, {"cut", NULL},
						   {"restarted", NULL}};
	kd_auto(kd_mailstore_closep) struct kd_mailstore *ms = NULL;
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_error *err = kd_history_folder(o->store, &dir);
	struct kd_table *t;

	if (!err)
		err = kd_mailstore_open(dir, true, &ms);
	if (err)
		return err;
	kd_sheet_field(s, "store", "STORE", kd_sheet_cell(s, kd_view_of(dir)));
	t = kd_sheet_table(s, "archives", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < o->nsources && !err; i++)
		err = one_source(ctx, ms, dir, o, o->sources[i], s, t);
	if (!err)
		kd_sheet_next(s, "kdoc search --mail 's:word f:name d:20240101..'");
	return err;
}

/* --- status, verify -------------------------------------------------------------------------------- */

static uint64_t bytes_of(const struct kd_store *st)
{
	uint64_t n = 0;

	kd_vec_each(x, &st->segs)
		n += kd_seg_bytes(*x);
	return n;
}

void kd_index_mail_status(const struct kd_history *h, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"archive", "ARCHIVE"}, {"mail", "MAIL"}, {"why", "WHY"}};
	static const struct kd_column reasons[] = {{"archive", "ARCHIVE"}, {"mails", "MAILS"}, {"why", "WHY"}};
	struct kd_table *t;

	if (!h->mail)
		return;
	kd_sheet_field(s, "mails", "MAILS", kd_cell_uint(h->mail->mails->docs));
	kd_sheet_field(s, "mails_removed", "REMOVED", kd_cell_uint(h->mail->removed.n));
	kd_sheet_field(s, "patches", "PATCHES", kd_cell_uint(h->mail->patches->docs));
	kd_sheet_field(s, "mail_parts", "PARTS OF MAIL", kd_cell_uint(h->mail->mails->segs.n + h->mail->patches->segs.n));
	kd_sheet_field(s, "mail_bytes", "SIZE OF MAIL", kd_cell_bytes(bytes_of(h->mail->mails) + bytes_of(h->mail->patches)));
	t = kd_sheet_table(s, "aside_reasons", reasons, KD_ARRAY_LEN(reasons));
	t->title = "MAILS KEPT ASIDE, BY REASON";
	kd_vec_each(b, &h->mail->boxes)
		kd_vec_each(r, &b->reasons) {
			struct kd_cell *row = kd_table_row(t);

			row[0] = kd_sheet_cell(s, kd_view_of(b->name));
			row[1] = kd_cell_uint(r->n);
			row[2] = kd_sheet_cell(s, kd_view_of(r->why));
		}
	t = kd_sheet_table(s, "aside", columns, KD_ARRAY_LEN(columns));
	t->title = "MAILS KEPT ASIDE";
	kd_vec_each(b, &h->mail->boxes) {
		kd_vec_each(a, &b->aside) {
			struct kd_cell *row = kd_table_row(t);

			row[0] = kd_sheet_cell(s, kd_view_of(b->name));
			row[1] = kd_sheet_cell(s, kd_view_of(a->source));
			row[2] = kd_sheet_cell(s, kd_view_of(a->why));
		}
		if (b->naside > b->aside.n)
			kd_sheet_note(s, "of %ju mails of %s that were kept aside the first %zu are listed", (uintmax_t)b->naside, b->name, b->aside.n);
	}
}

static struct kd_error *verify_store(const struct kd_history *h, const struct kd_store *st, const char *folder, struct kd_sheet *s,
				     struct kd_table *t)
{
	for (size_t i = 0; i < st->segs.n; i++) {
		struct kd_error *err = kd_ctx_check(h->ctx);
		struct kd_cell *row;

		if (err)
			return err;
		err = kd_seg_verify(st->segs.v[i]);
		row = kd_table_row(t);
		row[0] = kd_cell_text(kd_sheet_text(s, "%s/%s", folder, st->files.v[i]));
		row[1] = kd_cell_uint(kd_seg_docs(st->segs.v[i]));
		row[2] = kd_cell_bytes(kd_seg_bytes(st->segs.v[i]));
		row[3] = err ? kd_sheet_cell(s, kd_view_of(err->msg)) : kd_cell_text(KD_V("none"));
		s->none = s->none || err;
		kd_error_free(err);
	}
	return NULL;
}

struct kd_error *kd_index_mail_verify(const struct kd_history *h, struct kd_sheet *s, struct kd_table *t)
{
	struct kd_error *err;

	if (!h->mail && h->mail_why) {
		kd_sheet_note(s, "the index of mails cannot be read: %s", h->mail_why);
		s->none = true;
	}
	if (!h->mail)
		return NULL;
	err = verify_store(h, h->mail->mails, "mail", s, t);
	if (!err)
		err = verify_store(h, h->mail->patches, "mail/patches", s, t);
	if (err)
		return err;
	err = kd_mailstore_verify(h->mail);
	if (err) {
		kd_sheet_note(s, "%s", err->msg);
		s->none = true;
		kd_error_free(err);
	}
	return NULL;
}
