// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/ledger.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "case/ledger.h"
#include "case/subject.h"
#include "verb/evread.h"
#include "verb/know.h"

struct job {
	struct kd_memory *m;
	const struct kd_ledger_options *o;
	const char *const *args;
	size_t nargs;
	struct kd_sheet *s;
	/* evidence of the answers */
	struct {
		const char **v;
		size_t n, cap;
	} ids;
	struct kd_view input;
	size_t damaged;
	struct kd_error *err;
};

/* ---- evidence from answers ---- */

static void take(void *user, struct kd_view locator, struct kd_view digest, struct kd_view id)
{
	struct job *j = user;
	struct kd_evidence e;
	const char **slot;

	if (j->err)
		return;
	if (!kd_answer_record(locator, digest, id, &e)) {
		j->damaged++;
		return;
	}
	for (size_t i = 0; i < j->ids.n; i++)
		if (!strcmp(j->ids.v[i], e.id))
			return;
	slot = kd_avec_push(j->s->arena, &j->ids, KD_CLAIM_EVIDENCE);
	if (!slot) {
		j->err = kd_error_new(KD_LIMIT, "a claim has at most %d pieces of evidence: name those that it rests on (--with=e…)", KD_CLAIM_EVIDENCE);
		return;
	}
	*slot = kd_arena_view(j->s->arena, kd_view_of(e.id)).p;
	j->err = kd_ledger_put_evidence(j->m->db, &e, j->input, j->m->now);
}

static struct kd_error *take_answer(struct job *j, const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_ANSWER_MAX);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_answer_read(path, &text, &doc);
	const size_t before = j->ids.n;
	struct kd_view v;
	size_t slash;

	if (err)
		return err;
	j->input = KD_VNULL;
	if (kd_answer_input(kd_jsonin_root(doc), &v)) {
		slash = kd_view_rchr(v, '/');
		j->input = slash == KD_NPOS ? v : kd_view_from(v, slash + 1);
	}
	kd_answer_evidence(kd_jsonin_root(doc), take, j);
	if (!j->err && j->damaged)
		j->err = kd_error_new(KD_BADDATA, "%zu records of evidence do not belong together (id, locator, digest)", j->damaged);
	if (!j->err && j->ids.n == before)
		j->err = kd_error_new(KD_BADDATA, "it has no evidence in it");
	err = j->err;
	j->err = NULL;
	return kd_error_wrap(err, "%s", path);
}

/* Evidence of answers, and what --with names. In a transaction of its own: evidence that no claim uses does no harm. */
static struct kd_error *gather(struct job *j)
{
	struct kd_error *err = kd_db_begin(j->m->db);

	for (size_t i = 0; i < j->o->nevidence && !err; i++)
		err = take_answer(j, j->o->evidence[i]);
	if (!err)
		err = kd_db_commit(j->m->db);
	if (err) {
		kd_db_rollback(j->m->db);
		return err;
	}
	for (size_t i = 0; i < j->o->nwith && !err; i++) {
		const char **slot = kd_avec_push(j->s->arena, &j->ids, KD_CLAIM_EVIDENCE);

		if (!slot)
			return kd_error_new(KD_LIMIT, "a claim has at most %d pieces of evidence", KD_CLAIM_EVIDENCE);
		*slot = j->o->with[i];
	}
	return NULL;
}

/* ---- telling ---- */

static void tell_claims(struct kd_sheet *s, const char *key, const char *title, const struct kd_claimrow *v, size_t n)
{
	static const struct kd_column columns[] = {{"id", "ID"},      {"status", "STATUS"}, {"about", "ABOUT"}, {"origin", "SAID BY"}, {"evidence", "EVIDENCE"},
						   {"changed", "CHANGED"}, {"who", NULL},	    {"why", "WHY"},	{"likeness", NULL},    {"text", "CLAIM"}};
	struct kd_table *t = kd_sheet_table(s, key, columns, KD_ARRAY_LEN(columns));

	t->title = title;
	for (size_t i = 0; i < n; i++) {
		const struct kd_claimrow *c = &v[i];
		const bool wants = kd_table_wants(t);
		struct kd_cell *row = kd_table_row(t);

		if (!wants)
			continue;
		row[0] = kd_sheet_cell(s, kd_view_of(c->id));
		row[1] = kd_cell_text(kd_view_of(kd_claim_status_name(c->status)));
		row[2] = kd_know_text(s, c->subject);
		row[3] = kd_know_text(s, c->origin);
		row[4] = kd_cell_uint(c->nevidence);
		row[5] = kd_know_when(s, c->changed);
		row[6] = kd_know_text(s, c->who);
		row[7] = kd_know_text(s, c->why);
		row[8] = kd_cell_uint((uint64_t)(c->likeness * 100 + 0.5));
		row[9] = kd_sheet_cell(s, c->text);
	}
}

/* "refuted 2026-05-12 by person:x because …: do not try it again" */
static void warn(struct kd_sheet *s, const struct kd_claimrow *c)
{
	kd_sheet_say(s, "refuted %.*s by %.*s because %.*s: do not try it again: %.*s (%s)", KD_VARG(kd_view_head(kd_know_when(s, c->changed).text, 10)),
		     KD_VARG(c->who), KD_VARG(c->why), KD_VARG(c->text), c->id);
}

static struct kd_error *tell_step(void *user, const struct kd_claimstep *x)
{
	struct kd_table *t = user;
	struct kd_cell *row = kd_table_row(t);

	row[0] = kd_cell_text(kd_view_of(kd_claim_status_name(x->status)));
	row[1] = kd_know_when(t->sheet, x->at);
	row[2] = kd_know_text(t->sheet, x->who);
	row[3] = kd_know_text(t->sheet, x->why);
	return NULL;
}

static struct kd_error *tell_one(struct job *j, const struct kd_claimrow *c)
{
	static const struct kd_column steps[] = {{"status", "STATUS"}, {"at", "AT"}, {"who", "WHO"}, {"why", "WHY"}};
	static const struct kd_column evidence[] = {{"id", "ID"},      {"kind", "KIND"}, {"locator", "LOCATOR"}, {"input", "FROM"},
						    {"digest", NULL}, {"checked", "CHECKED"}, {"verdict", "VERDICT"}, {"how", "WHERE"}};
	struct kd_sheet *s = j->s;
	struct kd_evrows rows = {.n = 0};
	struct kd_table *t;
	size_t damaged = 0;
	struct kd_error *err = kd_ledger_evidence(j->m->db, c->id, s->arena, &rows, &damaged);

	if (err)
		return err;
	kd_sheet_field(s, "id", "ID", kd_sheet_cell(s, kd_view_of(c->id)));
	kd_sheet_field(s, "claim", "CLAIM", kd_sheet_cell(s, c->text));
	kd_sheet_field(s, "status", "STATUS", kd_cell_text(kd_view_of(kd_claim_status_name(c->status))));
	kd_sheet_field(s, "about", "ABOUT", c->subject.n ? kd_sheet_cell(s, c->subject) : kd_cell_none("nothing is named"));
	kd_sheet_field(s, "origin", "SAID BY", kd_sheet_cell(s, c->origin));
	t = kd_sheet_table(s, "steps", steps, KD_ARRAY_LEN(steps));
	t->title = "WHAT BECAME OF IT";
	err = kd_ledger_steps(j->m->db, c->id, tell_step, t);
	t = kd_sheet_table(s, "evidence", evidence, KD_ARRAY_LEN(evidence));
	t->title = rows.n ? "EVIDENCE" : NULL;
	for (size_t i = 0; i < rows.n && !err; i++) {
		const struct kd_evrow *e = &rows.v[i];
		struct kd_cell *row = kd_table_row(t);
		char digest[2 * KD_SHA256_LEN + 1];

		kd_hex(e->e.digest, sizeof(e->e.digest), digest);
		row[0] = kd_sheet_cell(s, kd_view_of(e->e.id));
		row[1] = kd_cell_text(kd_view_of(kd_evidence_kind_name(e->e.kind)));
		row[2] = kd_sheet_cell(s, kd_view_of(e->e.locator));
		row[3] = kd_know_text(s, e->input);
		row[4] = kd_sheet_cell(s, kd_view_of(digest));
		row[5] = e->checked ? kd_know_when(s, e->checked) : kd_cell_text(KD_V(""));
		row[6] = kd_cell_text(e->checked ? kd_arena_view(s->arena, e->verdict) : KD_V("never checked"));
		row[7] = kd_know_text(s, e->how);
	}
	if (damaged)
		kd_sheet_note(s, "%zu record%s of evidence %s damaged", damaged, damaged == 1 ? "" : "s", damaged == 1 ? "is" : "are");
	if (rows.n)
		kd_sheet_next(s, "kdoc evidence check %s", c->id);
	return err;
}

/* ---- words ---- */

static struct kd_error *about(struct job *j, struct kd_view *ret)
{
	struct kd_subject subject;
	struct kd_error *err;

	*ret = KD_VNULL;
	if (!j->o->about)
		return NULL;
	err = kd_subject_find(j->m->db, kd_view_of(j->o->about), &subject);
	if (!err)
		*ret = kd_arena_view(j->s->arena, kd_view_of(subject.id));
	return err;
}

static struct kd_error *add(struct job *j)
{
	struct kd_claimrow c = {.text = kd_view_of(j->args[0]), .origin = kd_view_of(j->o->origin ? j->o->origin : j->m->who), .made = j->m->now};
	struct kd_claimrows like = {.n = 0};
	struct kd_error *err = about(j, &c.subject);
	bool is_new = false;

	if (!err)
		err = gather(j);
	if (!err)
		err = kd_ledger_similar(j->m->db, c.text, j->s->arena, &like);
	if (!err)
		err = kd_ledger_add(j->m->db, &c, j->ids.v, j->ids.n, &is_new);
	for (size_t i = 0; i < like.n && !err; i++)
		if (like.v[i].status == KD_CLAIM_REFUTED)
			warn(j->s, &like.v[i]);
	if (!err)
		err = kd_ledger_get(j->m->db, kd_arena_view(j->s->arena, kd_view_of(c.id)), j->s->arena, &c);
	if (err)
		return err;
	kd_sheet_say(j->s, is_new ? "%s is in the ledger, as a hypothesis" : "%s was in the ledger already", c.id);
	err = tell_one(j, &c);
	if (like.n)
		tell_claims(j->s, "similar", "WHAT IS LIKE IT", like.v, like.n);
	if (!err && is_new && j->ids.n)
		kd_sheet_next(j->s, "kdoc ledger support %s", c.id);
	return err;
}

static struct kd_error *list(struct job *j)
{
	struct kd_claimrows rows = {.n = 0};
	struct kd_view subject;
	uint8_t only = 0;
	size_t n = 0;
	struct kd_error *err = about(j, &subject);

	if (!err && j->o->status && !kd_claim_status_by_name(kd_view_of(j->o->status), &only))
		err = kd_error_new(KD_INVALID, "'%s' is no status: hypothesis, supported, refuted, verified", j->o->status);
	if (!err)
		err = kd_ledger_list(j->m->db, subject, j->s->arena, &rows);
	if (err)
		return err;
	for (size_t i = 0; i < rows.n; i++)
		if (!j->o->status || rows.v[i].status == only)
			rows.v[n++] = rows.v[i];
	for (size_t i = 0; i < n && subject.n; i++)
		if (rows.v[i].status == KD_CLAIM_REFUTED)
			warn(j->s, &rows.v[i]);
	kd_sheet_say(j->s, "%zu claim%s", n, n == 1 ? "" : "s");
	tell_claims(j->s, "claims", NULL, rows.v, n);
	if (rows.cut)
		kd_sheet_note(j->s, "there are more than %d", KD_LEDGER_ROWS);
	j->s->none = !n;
	return NULL;
}

static struct kd_error *show(struct job *j)
{
	struct kd_claimrow c;
	struct kd_error *err = kd_ledger_get(j->m->db, kd_view_of(j->args[0]), j->s->arena, &c);

	if (err)
		return err;
	kd_sheet_say(j->s, "%s is %s", c.id, kd_claim_status_name(c.status));
	return tell_one(j, &c);
}

static struct kd_error *set(struct job *j, enum kd_claim_status to)
{
	struct kd_claimrow c;
	struct kd_error *err = kd_ledger_get(j->m->db, kd_view_of(j->args[0]), j->s->arena, &c);

	if (!err)
		err = gather(j);
	for (size_t i = 0; i < j->ids.n && !err; i++)
		err = kd_ledger_tie(j->m->db, c.id, j->ids.v[i]);
	if (!err)
		err = kd_ledger_set(j->m->db, c.id, to, kd_view_of(j->o->origin ? j->o->origin : j->m->who), kd_view_of(j->o->why), j->m->now);
	if (!err)
		err = kd_ledger_get(j->m->db, kd_view_of(c.id), j->s->arena, &c);
	if (err)
		return err;
	kd_sheet_say(j->s, "%s is %s", c.id, kd_claim_status_name(c.status));
	return tell_one(j, &c);
}

static struct kd_error *support(struct job *j)
{
	return set(j, KD_CLAIM_SUPPORTED);
}

static struct kd_error *refute(struct job *j)
{
	return set(j, KD_CLAIM_REFUTED);
}

static struct kd_error *verify(struct job *j)
{
	return set(j, KD_CLAIM_VERIFIED);
}

static struct kd_error *check(struct job *j)
{
	return kd_evledger_check(j->m, &j->o->check, j->args, j->nargs, j->s);
}

static const struct word {
	const char *name;
	struct kd_error *(*fn)(struct job *j);
	bool writes;
	size_t least, most;
	const char *args;
} words[] = {
	{"add", add, true, 1, 1, " TEXT"},	     {"list", list, false, 0, 0, ""},
	{"show", show, false, 1, 1, " CLAIM"},	     {"support", support, true, 1, 1, " CLAIM"},
	{"refute", refute, true, 1, 1, " CLAIM"},    {"verify", verify, true, 1, 1, " CLAIM"},
	{"check", check, true, 1, KD_NPOS, " CLAIM|EVIDENCE…"},
};

static const struct word *word_of(const char *name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (!strcmp(name, words[i].name))
			return &words[i];
	return NULL;
}

bool kd_ledger_changes(const char *word)
{
	const struct word *w = word_of(word);

	return w && w->writes;
}

struct kd_error *kd_ledger_ask(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct word *w = word_of(nargs ? args[0] : "list");
	struct job j = {.m = m, .o = options, .args = args + !!nargs, .nargs = nargs - !!nargs, .s = s};

	if (!w)
		return kd_error_new(KD_INVALID, "'ledger %s': it is add, list, show, support, refute, verify or check", args[0]);
	if (j.nargs < w->least || j.nargs > w->most)
		return kd_error_new(KD_INVALID, "it is 'kdoc ledger %s%s'", w->name, w->args);
	return w->fn(&j);
}
