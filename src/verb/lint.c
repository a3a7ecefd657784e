// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lint.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "case/ledger.h"
#include "case/mention.h"
#include "history/record.h"
#include "source/tree.h"
#include "verb/history.h"
#include "verb/memory.h"
#include "verb/lint_known.h"
#include "verb/lint_log.h"
#include "verb/lint_text.h"

#define ARENA_MAX ((size_t)512 << 20)
#define ALIASES_MAX 20000
#define WORDS_SHOWN 120
#define PATH_BYTES 4096
#define NEAR 8192 /* bytes of a long paragraph in which evidence may stand */
#define CHECKS_MAX 20000 /* things of one kind that are looked for */
#define TOO_MANY "there are more than are looked for (20000)"
#define TITLE_MIN 12 /* of one that ends in "…" */

struct alias { /* "E12" of kdoc's own reports */
	uint64_t number;
	struct kd_view id;
};

struct counts {
	uint64_t mentioned, checked, wrong;
	const char *why; /* not checked: the reason of the last one */
};

struct lint {
	struct kd_ctx *ctx;
	const struct kd_lint_options *o;
	struct kd_sheet *s;
	struct kd_table *findings;
	struct kd_arena arena;
	struct kd_lint_log log;
	struct kd_lint_known known;
	struct kd_claim_lookup claims;
	struct kd_db *memory; /* whose ledger has claims, too; NULL: there is none */
	struct kd_tree *tree;
	struct kd_history *history;
	const char *no_history;
	struct counts count[KD_MENTION_KINDS], strong;
	struct kd_error *err;
	/* the report at hand */
	const char *file;
	struct kd_lint_text *text;
	struct kd_prose prose;
	KD_VEC(struct alias) alias;
};

/* --- findings ---------------------------------------------------------------------------------------------- */

struct finding {
	size_t at;
	const char *cls;
	struct kd_view words;
	struct kd_view why;
	const char *instead;
};

static void found(struct lint *l, const struct finding *f)
{
	const bool shown = kd_table_wants(l->findings);
	struct kd_cell *row = kd_table_row(l->findings);
	uint64_t line, column;

	if (!shown)
		return;
	kd_lint_text_place(l->text, &l->prose, f->at, &line, &column);
	row[0] = kd_sheet_cell(l->s, kd_view_of(l->file));
	row[1] = kd_cell_uint(line);
	row[2] = kd_cell_uint(column);
	row[3] = kd_cell_text(kd_view_of(f->cls));
	row[4] = kd_sheet_cell(l->s, kd_view_head(f->words, WORDS_SHOWN));
	row[5] = kd_sheet_cell(l->s, f->why);
	row[6] = kd_cell_text(kd_view_of(f->instead));
}

static void wrong(struct lint *l, const struct kd_mention *m, const char *cls, struct kd_view why, const char *instead)
{
	l->count[m->kind].wrong++;
	found(l, &(struct finding){m->at, cls, m->words, why, instead});
}

/* true: it can be looked for, and is counted. */
static bool can_check(struct lint *l, const struct kd_mention *m, bool can, const char *why_not)
{
	l->count[m->kind].mentioned++;
	if (can && l->count[m->kind].checked >= CHECKS_MAX) {
		can = false;
		why_not = TOO_MANY;
	}
	if (can)
		l->count[m->kind].checked++;
	else
		l->count[m->kind].why = why_not;
	return can;
}

/* --- logs -------------------------------------------------------------------------------------------------- */

static const char *log_words(const struct lint *l)
{
	return l->log.cut ? "is not in the part of the logs that was read" : "is in none of the logs";
}

static void check_line(struct lint *l, const struct kd_mention *m)
{
	if (can_check(l, m, l->o->nlogs, "no log was given (--log)") && !kd_lint_log_has_line(&l->log, m->words))
		wrong(l, m, "log-line", kd_sheet_text(l->s, "this line %s", log_words(l)), "quote the log as it is, or leave the line out");
}

static void check_frame(struct lint *l, const struct kd_mention *m)
{
	if (can_check(l, m, l->o->nlogs, "no log was given (--log)") && !kd_lint_log_has_words(&l->log, m->words))
		wrong(l, m, "frame", kd_sheet_text(l->s, "this frame %s", log_words(l)), "name a frame of the log's traces");
}

static void check_address(struct lint *l, const struct kd_mention *m)
{
	if (can_check(l, m, l->o->nlogs || l->known.answers, "no log or answer was given (--log, --evidence)") &&
	    !kd_lint_log_has_number(&l->log, m->value))
		wrong(l, m, "address", kd_sheet_text(l->s, "this number %s, and in no answer", log_words(l)),
		      "name a number that was seen, or give the answer that it is from (--evidence)");
}

/* --- source ------------------------------------------------------------------------------------------------ */

static uint64_t lines_of(const struct kd_buf *text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text->n; i++)
		n += text->p[i] == '\n';
	return n + (text->n && text->p[text->n - 1] != '\n');
}

static void check_place(struct lint *l, const struct kd_mention *m)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TREE_FILE_MAX);
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(PATH_BYTES);
	const struct kd_view as_printed = kd_view(l->prose.text.p + m->at, m->n);
	struct kd_error *err;

	if (l->tree) {
		(void)can_check(l, m, true, NULL);
		err = kd_tree_find(l->tree, m->words, &path);
		if (!err)
			err = kd_tree_read(l->tree, kd_buf_view(&path), KD_TREE_FILE_MAX, &text);
		if (!err && m->value > lines_of(&text))
			wrong(l, m, "place",
			      kd_sheet_text(l->s, "the file has %" PRIu64 " lines; line %" PRIu64 " is named", lines_of(&text), m->value),
			      "name a line that there is, in exactly this release");
		else if (err && err->cls == KD_NOTFOUND)
			wrong(l, m, "place", KD_V("the tree has no such file"), "name a file of exactly this release");
		kd_error_free(err);
		return;
	}
	(void)can_check(l, m, l->o->nlogs && kd_lint_log_has_words(&l->log, as_printed), "no tree was given (--tree)");
}

/* --- commits ----------------------------------------------------------------------------------------------- */

static struct kd_view normal(struct lint *l, struct kd_view v)
{
	char *to = kd_arena_alloc(&l->arena, v.n + 1);
	size_t n = 0;

	v = kd_view_trim(v);
	for (size_t i = 0; to && i < v.n; i++) {
		if (v.p[i] == '\\' && i + 1 < v.n && !kd_is_alnum(v.p[i + 1]))
			continue; /* Markdown's */
		if (!kd_is_space(v.p[i]))
			to[n++] = v.p[i];
		else if (n && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	return kd_view(to, to ? n : 0);
}

static bool same_title(struct lint *l, struct kd_view said, struct kd_view real)
{
	said = normal(l, said);
	real = normal(l, real);
	if (kd_view_eq(said, real))
		return true;
	if (kd_view_ends(said, KD_V("...")) || kd_view_ends(said, KD_V("…")))
		return said.n >= TITLE_MIN + 3 && kd_view_starts(real, kd_view_trim(kd_view_head(said, said.n - 3)));
	return false;
}

static struct kd_error *title_of(struct lint *l, uint32_t doc, struct kd_view *ret)
{
	struct kd_record r;
	struct kd_error *err = kd_history_record(l->history, doc, &l->arena, &r);

	if (!err) {
		const size_t end = kd_view_chr(r.message, '\n');

		*ret = kd_view_head(r.message, end == KD_NPOS ? r.message.n : end);
	}
	return err;
}

static void check_title(struct lint *l, const struct kd_mention *m, uint32_t doc)
{
	struct kd_view title = KD_VNULL;
	struct kd_error *err = title_of(l, doc, &title);

	if (!err && !same_title(l, m->title, title))
		wrong(l, m, "commit-title", kd_sheet_text(l->s, "the title of this commit is \"%.*s\"", KD_VARG(title)),
		      "use the title that it has, or the commit that has this title");
	kd_error_free(err);
}

static void check_commit(struct lint *l, const struct kd_mention *m)
{
	struct kd_error *err;
	uint32_t doc;

	if (!can_check(l, m, l->history, l->no_history))
		return;
	err = kd_history_commit(l->history, kd_arena_view(&l->arena, m->words).p, &doc);
	if (!err && m->title.p)
		check_title(l, m, doc);
	if (err && err->cls == KD_NOTFOUND)
		wrong(l, m, "commit", KD_V("the index of git has no such commit"),
		      "look it up (kdoc show), or index the tree that has it (kdoc index git)");
	kd_error_free(err);
}

/* --- evidence and claims ----------------------------------------------------------------------------------- */

static void check_evidence(struct lint *l, const struct kd_mention *m)
{
	const enum kd_lint_evidence e = kd_lint_known_evidence(&l->known, m->words);

	if (!can_check(l, m, l->known.answers && e != KD_LINT_EVIDENCE_UNCHECKED,
		       l->known.answers ? "what it stands on could not be read again" : "no answer was given (--evidence)"))
		return;
	switch (e) {
	case KD_LINT_NO_EVIDENCE:
		wrong(l, m, "evidence", KD_V("no answer that was given has evidence with this id"), "cite evidence that there is");
		break;
	case KD_LINT_EVIDENCE_FAILS:
		wrong(l, m, "evidence", KD_V("what it stands on is not what it was"), "run kdoc evidence check, then cite what holds");
		break;
	case KD_LINT_EVIDENCE_UNCHECKED:
	case KD_LINT_EVIDENCE_HOLDS:
		break;
	}
}

/* A claim is verified when each piece of its evidence was the same when it was looked at again. */
static bool in_ledger(struct kd_db *db, const char *id, struct kd_claim_seen *ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_claimrow row;
	struct kd_error *err = kd_ledger_get(db, kd_view_of(id), &a, &row);

	if (err) {
		kd_error_free(err);
		return false;
	}
	*ret = (struct kd_claim_seen){.status = row.status, .checked = row.status == KD_CLAIM_VERIFIED};
	return true;
}

static bool seen_claim(const struct lint *l, struct kd_view id, struct kd_claim_seen *ret)
{
	char name[KD_EVIDENCE_ID];

	if (id.n >= sizeof(name))
		return false;
	memcpy(name, id.p, id.n);
	name[id.n] = 0;
	return (l->claims.find && l->claims.find(l->claims.user, name, ret)) || (l->memory && in_ledger(l->memory, name, ret));
}

static void check_claim(struct lint *l, const struct kd_mention *m)
{
	struct kd_claim_seen seen;

	if (!can_check(l, m, l->known.answers || l->memory, "no answer was given (--evidence), and there is no ledger"))
		return;
	if (!seen_claim(l, m->words, &seen))
		wrong(l, m, "claim", KD_V("no answer that was given, and no ledger, has a claim with this id"), "cite a claim that there is");
	else if (seen.status == KD_CLAIM_REFUTED)
		wrong(l, m, "claim", KD_V("this claim is refuted"), "leave it out, or say that it is refuted");
}

static bool check_mention(void *user, const struct kd_mention *m)
{
	static void (*const checks[KD_MENTION_KINDS])(struct lint *, const struct kd_mention *) = {
		[KD_MENTION_LOG_LINE] = check_line, [KD_MENTION_ADDRESS] = check_address,   [KD_MENTION_FRAME] = check_frame,
		[KD_MENTION_COMMIT] = check_commit, [KD_MENTION_PLACE] = check_place,	    [KD_MENTION_EVIDENCE] = check_evidence,
		[KD_MENTION_CLAIM] = check_claim,
	};
	struct lint *l = user;

	checks[m->kind](l, m);
	l->err = kd_ctx_check(l->ctx);
	return !l->err;
}

/* --- strong words ------------------------------------------------------------------------------------------ */

/* Ids in [from, to) of the text; also "E3", where the report has a list that says which id it is. */
struct tied {
	struct lint *l;
	bool any, holds;
	struct kd_view id; /* the last that does not hold */
	const char *why;
};

static void weigh(struct tied *t, struct kd_view id)
{
	struct kd_claim_seen seen = {0};

	t->any = true;
	if (*id.p == 'e') {
		const enum kd_lint_evidence e = kd_lint_known_evidence(&t->l->known, id);

		t->holds = t->holds || e == KD_LINT_EVIDENCE_HOLDS;
		t->why = e == KD_LINT_EVIDENCE_FAILS ? "does not hold any more"
			 : e == KD_LINT_EVIDENCE_UNCHECKED ? "could not be looked at again"
			 : t->l->known.answers ? "is in no answer that was given" : "is not known: give its answer with --evidence";
	} else if (seen_claim(t->l, id, &seen)) {
		t->holds = t->holds || (seen.status == KD_CLAIM_VERIFIED && seen.checked);
		t->why = seen.status != KD_CLAIM_VERIFIED ? "is a claim that is not verified" : "is a claim whose evidence could not be looked at again";
	} else {
		t->why = "is a claim that nobody knows";
	}
	t->id = id;
}

static bool next_word(struct kd_view *rest, struct kd_view *word)
{
	while (rest->n && !kd_is_word(*rest->p))
		*rest = kd_view_from(*rest, 1);
	for (word->p = rest->p, word->n = 0; rest->n && kd_is_word(*rest->p); word->n++)
		*rest = kd_view_from(*rest, 1);
	return word->n > 0;
}

static bool alias_number(struct kd_view word, uint64_t *ret)
{
	return kd_view_skip(&word, KD_V("E")) && kd_view_dec(word, ret);
}

static void weigh_all(struct tied *t, struct kd_view text)
{
	struct kd_view word;
	uint64_t number;

	while (next_word(&text, &word)) {
		if (kd_evidence_id_valid(word))
			weigh(t, word);
		if (!alias_number(word, &number))
			continue;
		kd_vec_each(a, &t->l->alias)
			if (a->number == number)
				weigh(t, a->id);
	}
}

static bool check_strong(void *user, const struct kd_overclaim *o)
{
	struct lint *l = user;
	struct tied t = {.l = l};
	const size_t from = o->at - o->from > NEAR ? o->at - NEAR : o->from, to = o->to - o->at > NEAR ? o->at + NEAR : o->to;
	struct kd_view why = kd_view_of(kd_overclaim_why(o->rule->cls));

	l->strong.mentioned++;
	if (l->strong.checked >= CHECKS_MAX) {
		l->strong.why = TOO_MANY;
		return false; /* to count the others costs as much as to judge them */
	}
	l->strong.checked++;
	weigh_all(&t, kd_view(l->prose.text.p + from, to - from));
	if (t.holds)
		return true;
	if (t.any)
		why = kd_sheet_text(l->s, "%.*s: %.*s %s", KD_VARG(why), KD_VARG(t.id), t.why);
	l->strong.wrong++;
	found(l, &(struct finding){o->at, kd_overclaim_class_name(o->rule->cls), kd_view(l->prose.text.p + o->at, o->n), why,
				   kd_overclaim_instead(o->rule)});
	return true;
}

/* "E1 `ecbdecd7152c5` line 371 …" */
static void read_aliases(struct lint *l)
{
	struct kd_view text = l->prose.text, word;
	uint64_t number = 0, next;
	bool before = false;

	l->alias.n = 0;
	while (next_word(&text, &word)) {
		struct alias *a = before && kd_evidence_id_valid(word) && *word.p == 'e' ? kd_vec_push(&l->alias, ALIASES_MAX) : NULL;

		if (a)
			*a = (struct alias){number, word};
		before = alias_number(word, &next);
		number = before ? next : number;
	}
}

/* --- a report ---------------------------------------------------------------------------------------------- */

static struct kd_error *one_report(struct lint *l, const char *path)
{
	kd_auto(kd_lint_text_deinit) struct kd_lint_text text = KD_LINT_TEXT_INIT;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err = kd_lint_text_read(l->ctx, path, &text);

	if (err)
		return err;
	l->file = path;
	l->text = &text;
	err = kd_prose_read(kd_buf_view(&text.text), &arena, &l->prose);
	if (err)
		return kd_error_wrap(err, "%s", path);
	read_aliases(l);
	kd_overclaim_find(&l->prose, check_strong, l);
	err = kd_mention_find(&l->prose, &arena, check_mention, l);
	return err ? err : l->err;
}

/* --- what there is to look things up in -------------------------------------------------------------------- */

/* An answer that is linted is its own evidence. */
static struct kd_error *read_answers(struct lint *l, const char *const *reports, size_t n)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < l->o->nevidence; i++)
		err = kd_lint_known_add(l->ctx, l->o->evidence[i], l->o->log, l->o->nlogs, &l->log, &l->known);
	for (size_t i = 0; !err && i < n; i++) {
		kd_auto(kd_lint_text_deinit) struct kd_lint_text text = KD_LINT_TEXT_INIT;

		if (!strcmp(reports[i], "-"))
			continue; /* it can be read once */
		err = kd_lint_text_read(l->ctx, reports[i], &text);
		if (!err && text.answer)
			err = kd_lint_known_add(l->ctx, reports[i], l->o->log, l->o->nlogs, &l->log, &l->known);
	}
	return err;
}

static struct kd_error *open_all(struct lint *l, const char *const *reports, size_t n)
{
	const struct kd_tree_req req = {.where = l->o->tree, .at = l->o->at};
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < l->o->nlogs; i++)
		err = kd_lint_log_add(l->ctx, l->o->log[i], &l->log);
	if (!err)
		err = read_answers(l, reports, n);
	kd_lint_log_sort(&l->log);
	l->claims = kd_lint_known_claims(&l->known);
	if (!err && l->o->tree)
		err = kd_tree_open(l->ctx, &req, &l->tree);
	if (err)
		return err;
	err = kd_history_open(l->ctx, l->o->store, false, &l->history);
	if (err && err->cls == KD_NOTFOUND && !l->o->store)
		l->no_history = "no index: kdoc index git makes one";
	else if (err)
		l->no_history = kd_sheet_text(l->s, "no index: %s", err->msg).p;
	kd_error_free(err);
	return NULL;
}

/* --- the answer -------------------------------------------------------------------------------------------- */

static void coverage_row(struct lint *l, struct kd_table *t, const char *what, const struct counts *c)
{
	struct kd_cell *row;

	if (!c->mentioned)
		return;
	row = kd_table_row(t);
	row[0] = kd_cell_text(kd_view_of(what));
	row[1] = kd_cell_uint(c->mentioned);
	row[2] = kd_cell_uint(c->checked);
	row[3] = kd_cell_uint(c->wrong);
	row[4] = c->checked < c->mentioned && c->why ? kd_sheet_cell(l->s, kd_view_of(c->why)) : kd_cell_text(KD_V(""));
}

static void conclude(struct lint *l)
{
	static const struct kd_column columns[] = {
		{"what", "WHAT"}, {"mentioned", "MENTIONED"}, {"checked", "CHECKED"}, {"wrong", "WRONG"}, {"reason", "NOT CHECKED, BECAUSE"}};
	struct kd_table *t = kd_sheet_table(l->s, "coverage", columns, KD_ARRAY_LEN(columns));
	uint64_t left = 0;

	t->title = "what was looked for";
	coverage_row(l, t, "strong words", &l->strong);
	for (unsigned i = 0; i < KD_MENTION_KINDS; i++) {
		coverage_row(l, t, kd_mention_name(i), &l->count[i]);
		left += l->count[i].mentioned - l->count[i].checked;
	}
	if (left)
		kd_sheet_note(l->s, "%" PRIu64 " thing%s that the text names %s not looked for: see the table", left, left == 1 ? "" : "s",
			      left == 1 ? "was" : "were");
	if (l->known.why)
		kd_sheet_note(l->s, "evidence could not be looked at again: %s", l->known.why);
	if (l->log.cut)
		kd_sheet_note(l->s, "the logs are longer than what is kept of them: what was not found may be there");
	l->s->none = l->findings->total > 0;
}

static struct kd_error *run(struct lint *l, const char *const *reports, size_t n)
{
	static const struct kd_column columns[] = {{"file", "FILE"},   {"line", "LINE"}, {"column", "COL"}, {"class", "CLASS"},
						   {"words", "WORDS"}, {"why", "WHY"},   {"instead", "WRITE INSTEAD"}};
	struct kd_error *err = open_all(l, reports, n);

	if (err)
		return err;
	kd_sheet_field(l->s, "reports", NULL, kd_cell_uint(n));
	l->findings = kd_sheet_table(l->s, "findings", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; !err && i < n; i++)
		err = one_report(l, reports[i]);
	if (!err)
		conclude(l);
	return err;
}

struct kd_error *kd_lint(struct kd_ctx *ctx, const char *const *reports, size_t n, const struct kd_lint_options *o, struct kd_sheet *s)
{
	struct lint l = {.ctx = ctx, .o = o, .s = s, .arena = KD_ARENA_INIT(ARENA_MAX), .log = KD_LINT_LOG_INIT};
	struct kd_error *err;

	l.known = KD_LINT_KNOWN_INIT(&l.arena);
	err = kd_memory_open(ctx, o->memory, KD_DB_READ, &l.memory);
	if (!o->memory) /* nobody asked for one */
		kd_error_catch(&err, KD_NOTFOUND);
	if (!err)
		err = run(&l, reports, n);
	if (!err && l.findings->total)
		kd_sheet_say(s, "%" PRIu64 " %s", l.findings->total, l.findings->total == 1 ? "finding" : "findings");
	else if (!err)
		kd_sheet_say(s, "nothing found in what was looked for");
	kd_db_close(l.memory);
	kd_history_close(l.history);
	kd_tree_free(l.tree);
	kd_lint_known_deinit(&l.known);
	kd_lint_log_deinit(&l.log);
	kd_vec_free(&l.alias);
	kd_arena_deinit(&l.arena);
	return err;
}
