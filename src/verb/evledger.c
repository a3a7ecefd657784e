// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/evledger.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "case/intake.h"
#include "case/ledger.h"
#include "core/dump.h"
#include "source/git.h"
#include "verb/evcheck.h"
#include "verb/history.h"
#include "verb/input.h"
#include "verb/know.h"

#define LOG_MAX ((size_t)256 << 20)
#define OBJECT_MAX ((size_t)32 << 20)
#define HASHED_MAX ((uint64_t)64 << 20) /* bytes that a search for one span may hash */

struct look {
	struct kd_memory *m;
	const struct kd_evledger_options *o;
	struct kd_sheet *s;
	struct kd_buf log; /* of --log */
	bool has_log;
	struct kd_dump *dump;
	struct kd_history *h; /* its trees; NULL: none */
	bool asked_history;
	struct {
		struct checked {
			struct kd_view claim, verdict, how;
			const struct kd_evrow *e;
		} *v;
		size_t n, cap;
	} rows;
	uint64_t same, bad, unread;
};

static const char *word_of(enum kd_check c)
{
	return c == KD_CHECK_SAME ? KD_EVCHECK_SAME : c == KD_CHECK_CHANGED ? KD_EVCHECK_CHANGED : c == KD_CHECK_NEEDS ? KD_EVCHECK_UNREAD : KD_EVCHECK_GONE;
}

/* ---- spans of a log ---- */

/* Anywhere in the text? Only a part of the log may be there. */
static bool search(const struct kd_evidence *e, struct kd_view text, size_t *ret)
{
	uint64_t start, end, hashed = 0;
	size_t n;

	if (!kd_evidence_span(e, &start, &end) || end - start > text.n)
		return false;
	n = (size_t)(end - start);
	for (size_t i = 0; i + n <= text.n && hashed < HASHED_MAX; i++, hashed += n)
		if (kd_evidence_check_bytes(e, kd_view(text.p + i, n)) == KD_CHECK_SAME) {
			*ret = i;
			return true;
		}
	return false;
}

struct texts {
	struct look *k;
	const struct kd_evrow *row;
	bool found, named;
	size_t n;
	struct kd_view how;
};

static struct kd_error *look_in_event(void *user, const struct kd_event *e)
{
	struct texts *t = user;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_INTAKE_TEXT);
	char id[KD_EVENT_ID];
	struct kd_error *err;
	size_t at = 0;

	if (t->found)
		return NULL;
	err = kd_event_text(t->k->m->db, e, &text);
	if (err)
		return kd_error_catch(&err, KD_NOTFOUND) || kd_error_catch(&err, KD_BADDATA) ? NULL : err;
	t->n++;
	t->named |= t->row->input.n && kd_view_eq(t->row->input, e->input);
	kd_event_id(e->key, id);
	if (kd_evidence_check(&t->row->e, kd_buf_view(&text)) == KD_CHECK_SAME) {
		t->found = true;
		t->how = kd_sheet_text(t->k->s, "stored text of %s", id);
	} else if (search(&t->row->e, kd_buf_view(&text), &at)) {
		t->found = true;
		t->how = kd_sheet_text(t->k->s, "stored text of %s (a part of the log), at byte %zu", id, at);
	}
	return NULL;
}

static struct kd_error *check_log(struct look *k, const struct kd_evrow *row, struct kd_view subject, const char **verdict, struct kd_view *how)
{
	struct texts t = {.k = k, .row = row};
	struct kd_error *err;

	if (k->has_log) {
		*verdict = word_of(kd_evidence_check(&row->e, kd_buf_view(&k->log)));
		*how = kd_sheet_text(k->s, "%.*s", KD_VARG(kd_know_base(k->o->log)));
		return NULL;
	}
	err = kd_ledger_events(k->m->db, subject, row->input, look_in_event, &t);
	if (err)
		return err;
	*verdict = t.found ? KD_EVCHECK_SAME : t.named ? KD_EVCHECK_GONE : KD_EVCHECK_UNREAD;
	*how = t.found ? t.how
	       : t.n   ? kd_sheet_text(k->s, "not in the stored texts of %zu event%s; --log=FILE names the whole log", t.n, t.n == 1 ? "" : "s")
		       : KD_V("no stored text; --log=FILE names the log");
	return NULL;
}

/* ---- commits and lines ---- */

static struct kd_error *take_bytes(void *user, size_t i, struct kd_view bytes)
{
	(void)i;
	if (!bytes.p)
		return kd_error_new(KD_NOTFOUND, "it is not there");
	return kd_buf_add(user, bytes) ? NULL : kd_error_new(KD_LIMIT, "it is too long");
}

static bool git_object(struct look *k, const char *where, struct kd_view name, bool commit, struct kd_buf *ret)
{
	struct kd_git g;
	struct kd_error *err;

	if (!kd_git_name_ok(name) || !kd_git_is_repository(where))
		return false;
	err = kd_git_open(k->m->ctx, where, &g);
	if (!err) {
		kd_buf_clear(ret);
		err = commit ? kd_git_each_commit(&g, kd_sheet_text(k->s, "%.*s\n", KD_VARG(name)), 1, OBJECT_MAX, take_bytes, ret)
			     : kd_git_object(&g, name, OBJECT_MAX, ret);
		kd_git_deinit(&g);
	}
	if (!err)
		return true;
	kd_error_free(err);
	return false;
}

/* From --tree, else from the first tree of the index that has it. */
static bool any_object(struct look *k, struct kd_view name, bool commit, struct kd_buf *ret, struct kd_view *how)
{
	if (k->o->tree) {
		*how = kd_sheet_text(k->s, "tree %.*s", KD_VARG(kd_know_base(k->o->tree)));
		return git_object(k, k->o->tree, name, commit, ret);
	}
	if (!k->asked_history) {
		struct kd_error *err = kd_history_open(k->m->ctx, k->o->index, false, &k->h);

		kd_error_free(err);
		k->asked_history = true;
	}
	for (size_t i = 0; k->h && k->h->git && i < k->h->git->trees.n; i++) {
		const struct kd_store_tree *t = &k->h->git->trees.v[i];

		if (git_object(k, t->path, name, commit, ret)) {
			*how = kd_sheet_text(k->s, "tree %s of the index", t->name);
			return true;
		}
	}
	*how = KD_V("no tree has it; --tree=DIR names one");
	return false;
}

static struct kd_view lines_of(struct kd_view text, uint64_t first, uint64_t last)
{
	uint64_t line = 1;
	size_t from = 0, i = 0;

	for (; i < text.n && line <= last; i++) {
		if (text.p[i] != '\n')
			continue;
		if (++line == first)
			from = i + 1;
	}
	return first == 1 || from ? kd_view(text.p + from, i - from) : KD_VNULL;
}

/* src:TREE:PATH:FIRST-LAST; %XX in a path is rare enough to be left unread. */
static bool source_place(struct kd_view v, struct kd_view *tree, struct kd_view *path, uint64_t *first, uint64_t *last)
{
	size_t colon;

	if (!kd_view_skip(&v, KD_V("src:")) || !kd_view_take_until(&v, KD_V(":"), tree))
		return false;
	colon = kd_view_rchr(v, ':');
	if (colon == KD_NPOS)
		return false;
	*path = kd_view_head(v, colon);
	v = kd_view_from(v, colon + 1);
	return kd_view_take_dec(&v, first) && kd_view_skip(&v, KD_V("-")) && kd_view_dec(v, last) && *first && *last >= *first;
}

static void check_object(struct look *k, const struct kd_evidence *e, const char **verdict, struct kd_view *how)
{
	kd_auto(kd_buf_deinit) struct kd_buf bytes = KD_BUF_INIT(OBJECT_MAX);
	struct kd_view v = kd_view_of(e->locator), tree, path;
	uint64_t first, last;

	*verdict = KD_EVCHECK_UNREAD;
	if (e->kind == KD_EVIDENCE_COMMIT) {
		kd_view_skip(&v, KD_V("commit:"));
		if (any_object(k, v, true, &bytes, how))
			*verdict = word_of(kd_evidence_check_bytes(e, kd_buf_view(&bytes)));
	} else if (source_place(v, &tree, &path, &first, &last)) {
		struct kd_view name = kd_sheet_text(k->s, "%.*s:%.*s", KD_VARG(tree), KD_VARG(path));

		if (any_object(k, name, false, &bytes, how))
			*verdict = word_of(kd_evidence_check_bytes(e, lines_of(kd_buf_view(&bytes), first, last)));
	}
}

/* ---- one piece ---- */

static void check_memory(struct look *k, const struct kd_evidence *e, const char **verdict, struct kd_view *how)
{
	struct kd_view why;
	enum kd_check c;

	*verdict = KD_EVCHECK_UNREAD;
	*how = KD_V("--dump=FILE names the dump");
	if (!k->dump)
		return;
	c = kd_evidence_memory_again(k->dump, e, k->s->arena, &why);
	*verdict = word_of(c);
	*how = c == KD_CHECK_NEEDS ? KD_V("it is of another dump") : why.n ? why : kd_sheet_text(k->s, "%.*s", KD_VARG(kd_know_base(k->o->dump)));
}

static struct kd_error *check_one(struct look *k, const struct kd_evrow *row, struct kd_view claim, const struct kd_claimrow *of)
{
	const char *verdict = KD_EVCHECK_UNREAD;
	struct kd_view how = kd_view_of(row->e.recheck);
	struct checked *c = kd_avec_push(k->s->arena, &k->rows, KD_LEDGER_ROWS);
	struct kd_error *err = NULL;

	if (!c)
		return kd_error_new(KD_LIMIT, "more than %d pieces of evidence", KD_LEDGER_ROWS);
	if (row->e.kind == KD_EVIDENCE_LOG)
		err = check_log(k, row, of->subject, &verdict, &how);
	else if (row->e.kind == KD_EVIDENCE_MEMORY)
		check_memory(k, &row->e, &verdict, &how);
	else if (row->e.kind == KD_EVIDENCE_COMMIT || row->e.kind == KD_EVIDENCE_SOURCE)
		check_object(k, &row->e, &verdict, &how);
	if (err)
		return err;
	*c = (struct checked){.claim = claim, .verdict = kd_view_of(verdict), .how = how, .e = row};
	if (!strcmp(verdict, KD_EVCHECK_SAME))
		k->same++;
	else if (!strcmp(verdict, KD_EVCHECK_UNREAD))
		k->unread++;
	else if (!k->bad++ && of->status == KD_CLAIM_VERIFIED)
		kd_sheet_note(k->s, "%s is verified, and what it rests on is not what it was: 'kdoc ledger refute' or 'support' it", of->id);
	/* that nobody could look is no result: the last one stays */
	if (!strcmp(verdict, KD_EVCHECK_UNREAD))
		return NULL;
	return kd_ledger_checked(k->m->db, row->e.id, verdict, how, kd_view_of(k->m->who), k->m->now);
}

static struct kd_error *check_id(struct look *k, const char *id)
{
	struct kd_arena *a = k->s->arena;
	struct kd_evrows *rows = kd_arena_new(a, struct kd_evrows);
	struct kd_claimrow claim = {.made = 0};
	struct kd_error *err = NULL;
	size_t damaged = 0;

	if (!rows)
		return kd_error_new(KD_LIMIT, "too much evidence");
	if (*id == 'c')
		err = kd_ledger_get(k->m->db, kd_view_of(id), a, &claim);
	else if (!kd_evidence_id_valid(kd_view_of(id)))
		err = kd_error_new(KD_INVALID, "'%s' is no id of a claim (c…) or of evidence (e…)", id);
	if (!err)
		err = kd_ledger_evidence(k->m->db, *id == 'c' ? claim.id : id, a, rows, &damaged);
	if (!err && !rows->n && !damaged)
		err = kd_error_new(KD_NOTFOUND, *id == 'c' ? "%s has no evidence" : "there is no evidence %s in the ledger", id);
	if (!err && damaged) {
		kd_sheet_note(k->s, "%s: %zu record%s of evidence %s damaged", id, damaged, damaged == 1 ? "" : "s", damaged == 1 ? "is" : "are");
		k->bad += damaged;
	}
	for (size_t i = 0; i < rows->n && !err; i++)
		err = check_one(k, &rows->v[i], *claim.id ? kd_arena_view(a, kd_view_of(claim.id)) : KD_VNULL, &claim);
	return err;
}

/* ---- all ---- */

static struct kd_error *open_inputs(struct look *k)
{
	const struct kd_dump_options how = {0};
	struct kd_input in = {0};
	struct kd_error *err = NULL;
	char *to;
	size_t n = 1;

	if (k->o->log) {
		err = kd_input_open(k->m->ctx, k->o->log, &in);
		while (!err && n && (to = kd_buf_reserve(&k->log, 1 << 16))) {
			err = kd_source_read(in.src, to, 1 << 16, &n);
			k->log.n += err ? 0 : n;
		}
		kd_source_close(in.src);
		k->has_log = !err;
	}
	if (!err && k->o->dump)
		err = kd_dump_open(k->m->ctx, k->o->dump, &how, &k->dump);
	if (!err && k->dump)
		err = kd_dump_need_space(k->dump);
	return err;
}

static void tell(struct look *k)
{
	static const struct kd_column columns[] = {{"id", "ID"}, {"verdict", "VERDICT"}, {"locator", "LOCATOR"}, {"why", "WHERE"}, {"claim", "CLAIM"}};
	struct kd_sheet *s = k->s;
	struct kd_table *t;

	kd_sheet_say(s, "%" PRIu64 " of %zu pieces of evidence are what they were", k->same, k->rows.n);
	if (k->unread)
		kd_sheet_note(s, "%" PRIu64 " could not be looked at", k->unread);
	t = kd_sheet_table(s, "evidence", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < k->rows.n; i++) {
		const struct checked *c = &k->rows.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(s, kd_view_of(c->e->e.id));
		row[1] = kd_cell_text(c->verdict);
		row[2] = kd_sheet_cell(s, kd_view_head(kd_view_of(c->e->e.locator), 96));
		row[3] = kd_know_text(s, c->how);
		row[4] = kd_know_text(s, c->claim);
	}
	s->none = k->bad;
}

struct kd_error *kd_evledger_check(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct look k = {.m = m, .o = options, .s = s, .log = KD_BUF_INIT(LOG_MAX)};
	struct kd_error *err = open_inputs(&k);

	if (!err)
		err = kd_db_begin(m->db);
	for (size_t i = 0; i < nargs && !err; i++)
		err = check_id(&k, args[i]);
	if (!err)
		err = kd_db_commit(m->db);
	if (err)
		kd_db_rollback(m->db);
	else
		tell(&k);
	kd_history_close(k.h);
	kd_dump_closep(&k.dump);
	kd_buf_deinit(&k.log);
	return err;
}

bool kd_evledger_is_id(const char *text)
{
	return kd_evidence_id_valid(kd_view_of(text));
}
