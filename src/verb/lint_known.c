// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lint_known.h"

#include "base/alloc.h"
#include "base/jsonin.h"
#include "base/sheet.h"
#include "base/source.h"
#include "verb/evcheck.h"

#define PIECE 65536
#define ANSWER_MAX ((size_t)64 << 20)
#define DEPTH_MAX 48
#define ROWS_ARENA_MAX ((size_t)64 << 20)

/* --- what the answer has ----------------------------------------------------------------------------------- */

static struct kd_error *read_all(const char *path, struct kd_buf *text)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(path, &src);
	char *to;
	size_t n = 1;

	while (!err && n && (to = kd_buf_reserve(text, PIECE))) {
		err = kd_source_read(src, to, PIECE, &n);
		text->n += err ? 0 : n;
	}
	return err ? err : n ? kd_error_new(KD_LIMIT, "%s is larger than an answer of kdoc is", path) : NULL;
}

static void note_evidence(struct kd_lint_known *k, struct kd_view id, enum kd_lint_evidence what)
{
	struct kd_hashmap_entry *e = kd_hashmap_add(&k->evidence, id, NULL);

	/* one log that has it is enough */
	if (e && (what == KD_LINT_EVIDENCE_HOLDS || (e->num != KD_LINT_EVIDENCE_HOLDS && what > e->num)))
		e->num = what;
}

static void collect_ids(struct kd_lint_known *k, struct kd_jval v, unsigned depth)
{
	struct kd_view id = KD_VNULL, locator, key;
	struct kd_jval member;

	if (depth == DEPTH_MAX)
		return;
	for (size_t i = 0; kd_jsonin_type(v) == KD_JARRAY && i < kd_jsonin_len(v); i++)
		collect_ids(k, kd_jsonin_at(v, i), depth + 1);
	if (kd_jsonin_type(v) != KD_JOBJECT)
		return;
	if (kd_jsonin_str(kd_jsonin_get(v, "id"), &id) && kd_evidence_id_valid(id) && id.p[0] == 'e' &&
	    kd_jsonin_str(kd_jsonin_get(v, "locator"), &locator))
		note_evidence(k, id, KD_LINT_EVIDENCE_UNCHECKED);
	for (void *it = NULL; kd_jsonin_next(v, &it, &key, &member);)
		collect_ids(k, member, depth + 1);
}

/* --- looked at again --------------------------------------------------------------------------------------- */

static const struct kd_table *table_of(const struct kd_sheet *s)
{
	kd_vec_each(b, &s->block)
		if (b->kind == KD_BLOCK_TABLE)
			return b->table;
	return NULL;
}

static void take_verdicts(struct kd_lint_known *k, const struct kd_sheet *s)
{
	const struct kd_table *t = table_of(s);

	for (size_t i = 0; t && i < t->row.n; i++) {
		const struct kd_cell *row = t->row.v[i];

		if (kd_view_eq(row[1].text, KD_V("the same")))
			note_evidence(k, row[0].text, KD_LINT_EVIDENCE_HOLDS);
		else if (!kd_view_starts(row[1].text, KD_V("not checked")))
			note_evidence(k, row[0].text, KD_LINT_EVIDENCE_FAILS);
	}
}

static void check_again(struct kd_ctx *ctx, struct kd_view answer, const char *name, const char *input, struct kd_lint_known *k)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ROWS_ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	kd_sheet_init(&s, &arena);
	err = kd_evidence_recheck_text(ctx, answer, name, input, &s);
	if (err)
		k->why = kd_arena_printf(k->arena, "%s", err->msg).p;
	else
		take_verdicts(k, &s);
	kd_error_free(err);
}

/* A claim's evidence holds if each piece of it does. */
static void collect_claims(struct kd_lint_known *k, struct kd_jval v, unsigned depth)
{
	struct kd_view id = KD_VNULL, status, key, piece;
	struct kd_claim_seen *seen;
	struct kd_hashmap_entry *e;
	struct kd_jval member;

	if (depth == DEPTH_MAX)
		return;
	for (size_t i = 0; kd_jsonin_type(v) == KD_JARRAY && i < kd_jsonin_len(v); i++)
		collect_claims(k, kd_jsonin_at(v, i), depth + 1);
	for (void *it = NULL; kd_jsonin_type(v) == KD_JOBJECT && kd_jsonin_next(v, &it, &key, &member);)
		collect_claims(k, member, depth + 1);
	if (!kd_jsonin_str(kd_jsonin_get(v, "id"), &id) || !kd_evidence_id_valid(id) || id.p[0] != 'c')
		return;
	seen = kd_arena_new(k->arena, struct kd_claim_seen);
	e = kd_hashmap_add(&k->claim, id, NULL);
	if (!seen || !e)
		return;
	member = kd_jsonin_get(v, "evidence");
	seen->checked = kd_jsonin_len(member) > 0;
	for (size_t i = 0; i < kd_jsonin_len(member); i++)
		seen->checked = seen->checked && kd_jsonin_str(kd_jsonin_at(member, i), &piece) &&
				kd_lint_known_evidence(k, piece) == KD_LINT_EVIDENCE_HOLDS;
	for (uint8_t i = 0; i <= KD_CLAIM_VERIFIED; i++)
		if (kd_jsonin_str(kd_jsonin_get(v, "status"), &status) && kd_view_eq(status, kd_view_of(kd_claim_status_name(i))))
			seen->status = i;
	e->ptr = seen;
}

struct kd_error *kd_lint_known_add(struct kd_ctx *ctx, const char *answer, const char *const *logs, size_t nlogs,
				   struct kd_lint_log *numbers, struct kd_lint_known *k)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(ANSWER_MAX);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = read_all(answer, &text);

	if (!err)
		err = kd_error_wrap(kd_jsonin_parse(kd_buf_view(&text), NULL, &doc), "%s", answer);
	if (err)
		return err;
	k->answers++;
	kd_lint_log_numbers(numbers, kd_buf_view(&text));
	collect_ids(k, kd_jsonin_root(doc), 0);
	for (size_t i = 0; i < nlogs && k->evidence.entries.n; i++)
		check_again(ctx, kd_buf_view(&text), answer, logs[i], k);
	if (!nlogs && k->evidence.entries.n)
		check_again(ctx, kd_buf_view(&text), answer, NULL, k);
	collect_claims(k, kd_jsonin_root(doc), 0);
	return NULL;
}

void kd_lint_known_deinit(struct kd_lint_known *k)
{
	kd_hashmap_deinit(&k->evidence);
	kd_hashmap_deinit(&k->claim);
}

/* --- questions --------------------------------------------------------------------------------------------- */

enum kd_lint_evidence kd_lint_known_evidence(const struct kd_lint_known *k, struct kd_view id)
{
	const struct kd_hashmap_entry *e = kd_hashmap_get(&k->evidence, id);

	return e ? (enum kd_lint_evidence)e->num : KD_LINT_NO_EVIDENCE;
}

static bool find_claim(void *user, const char *id, struct kd_claim_seen *ret)
{
	const struct kd_lint_known *k = user;
	const struct kd_hashmap_entry *e = kd_hashmap_get(&k->claim, kd_view_of(id));

	if (!e || !e->ptr)
		return false;
	*ret = *(const struct kd_claim_seen *)e->ptr;
	return true;
}

struct kd_claim_lookup kd_lint_known_claims(struct kd_lint_known *k)
{
	return (struct kd_claim_lookup){.find = find_claim, .user = k};
}
