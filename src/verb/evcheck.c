// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/evcheck.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/vec.h"
#include "core/dump.h"
#include "verb/evread.h"
#include "verb/input.h"

enum { ITEMS_MAX = 100000, PIECE = 64 << 10, MEMORY_MAX = 1 << 24, SHOWN = 96 };

enum verdict { NOT_YET, SAME, CHANGED, GONE, DAMAGED, OTHER, UNREAD };

static const char *const verdicts[] = {
	[NOT_YET] = "not checked", [SAME] = "the same", [CHANGED] = "other bytes are there", [GONE] = "not there",
	[DAMAGED] = "the record is damaged", [OTHER] = "of another dump", [UNREAD] = "not checked",
};

struct item {
	struct kd_view id, locator;
	struct kd_evidence e;
	enum verdict verdict;
	struct kd_view why; /* absent: the verdict says it all */
	uint64_t start, end; /* of a log: bytes */
	uint64_t seen;
	struct kd_sha256 hash;
};

struct check {
	struct kd_sheet *s;
	KD_VEC(struct item) item;
	bool logs, memory, limited;
};

/* --- what an answer has ------------------------------------------------------------------------------ */

/* The record has to belong together before anything is read for it. */
static void take(void *user, struct kd_view locator, struct kd_view digest, struct kd_view id)
{
	struct check *c = user;
	struct item *it = kd_vec_push(&c->item, ITEMS_MAX);

	if (!it) {
		c->limited = true;
		return;
	}
	it->id = id;
	it->locator = locator;
	if (!kd_answer_record(locator, digest, id, &it->e)) {
		it->verdict = DAMAGED;
	} else if (it->e.kind == KD_EVIDENCE_LOG && kd_evidence_span(&it->e, &it->start, &it->end)) {
		kd_sha256_init(&it->hash);
		c->logs = true;
	} else if (it->e.kind == KD_EVIDENCE_MEMORY) {
		c->memory = true;
	} else {
		it->verdict = UNREAD;
		it->why = kd_view_of(it->e.recheck);
	}
}

/* --- a log ------------------------------------------------------------------------------------------- */

static void add_piece(struct check *c, uint64_t at, const char *p, size_t n)
{
	kd_vec_each(it, &c->item)
	{
		const uint64_t from = it->start > at ? it->start : at, to = it->end < at + n ? it->end : at + n;

		if (it->verdict != NOT_YET || it->e.kind != KD_EVIDENCE_LOG || from >= to)
			continue;
		kd_sha256_update(&it->hash, kd_view(p + (from - at), (size_t)(to - from)));
		it->seen += to - from;
	}
}

static struct kd_error *check_log(struct kd_ctx *ctx, const char *input, struct check *c)
{
	struct kd_input in = {0};
	kd_auto(kd_freep) char *piece = kd_xmalloc(PIECE);
	struct kd_error *err = kd_input_open(ctx, input, &in);
	uint64_t at = 0;
	size_t n = 1;

	while (!err && n && !(err = kd_ctx_check(ctx)) && !(err = kd_source_read(in.src, piece, PIECE, &n))) {
		add_piece(c, at, piece, n);
		at += n;
	}
	kd_source_close(in.src);
	if (err)
		return err;
	kd_vec_each(it, &c->item)
	{
		uint8_t sum[KD_SHA256_LEN];

		if (it->verdict != NOT_YET || it->e.kind != KD_EVIDENCE_LOG)
			continue;
		kd_sha256_final(&it->hash, sum);
		it->verdict = it->seen != it->end - it->start ? GONE : memcmp(sum, it->e.digest, sizeof(sum)) ? CHANGED : SAME;
	}
	return NULL;
}

/* --- memory ------------------------------------------------------------------------------------------ */

/* mem:DUMP:0xADDR+LEN; kd_evidence_of_digest() has looked at its form. */
static bool memory_place(struct kd_view v, struct kd_view *dump, uint64_t *addr, uint64_t *n)
{
	return kd_view_skip(&v, KD_V("mem:")) && kd_view_take_until(&v, KD_V(":"), dump) && kd_view_skip(&v, KD_V("0x")) &&
	       kd_view_take_hex(&v, addr) && kd_view_skip(&v, KD_V("+")) && kd_view_dec(v, n);
}

enum kd_check kd_evidence_memory_again(struct kd_dump *d, const struct kd_evidence *e, struct kd_arena *a, struct kd_view *why)
{
	kd_auto(kd_freep) char *bytes = NULL;
	struct kd_space_miss miss;
	struct kd_view dump;
	uint64_t addr, n;

	*why = KD_VNULL;
	if (!memory_place(kd_view_of(e->locator), &dump, &addr, &n) || !n || n > MEMORY_MAX)
		return KD_CHECK_DAMAGED;
	if (!kd_view_eq(dump, kd_dump_id(d)))
		return KD_CHECK_NEEDS;
	bytes = kd_xmalloc((size_t)n);
	if (!kd_space_read(kd_dump_space(d), addr, bytes, (size_t)n, &miss)) {
		*why = kd_arena_printf(a, "0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
		return KD_CHECK_GONE;
	}
	return kd_evidence_check_bytes(e, kd_view(bytes, (size_t)n));
}

static void check_memory(struct kd_dump *d, struct kd_sheet *s, struct item *it)
{
	static const enum verdict of[] = {[KD_CHECK_SAME] = SAME, [KD_CHECK_CHANGED] = CHANGED, [KD_CHECK_GONE] = GONE,
					  [KD_CHECK_DAMAGED] = DAMAGED, [KD_CHECK_NEEDS] = OTHER};

	it->verdict = of[kd_evidence_memory_again(d, &it->e, s->arena, &it->why)];
}

static struct kd_error *check_dump(struct kd_ctx *ctx, const char *input, struct check *c)
{
	const struct kd_dump_options o = {0};
	kd_auto(kd_dump_closep) struct kd_dump *d = NULL;
	struct kd_error *err = kd_dump_open(ctx, input, &o, &d);

	if (!err)
		err = kd_dump_need_space(d);
	kd_vec_each(it, &c->item)
	{
		if (!err && it->verdict == NOT_YET && it->e.kind == KD_EVIDENCE_MEMORY)
			check_memory(d, c->s, it);
	}
	return err;
}

/* --- the answer -------------------------------------------------------------------------------------- */

static void fill(struct check *c)
{
	static const struct kd_column columns[] = {{"id", "ID"}, {"verdict", "VERDICT"}, {"locator", "LOCATOR"}, {"why", "WHY"}};
	uint64_t n[KD_ARRAY_LEN(verdicts)] = {0};
	struct kd_table *t;

	kd_vec_each(it, &c->item)
		n[it->verdict]++;
	kd_sheet_say(c->s, "%" PRIu64 " of %zu pieces of evidence are what they were", n[SAME], c->item.n);
	if (n[NOT_YET] + n[UNREAD])
		kd_sheet_note(c->s, "%" PRIu64 " were not checked: sources, commits, mails and commands are not read by this verb",
			      n[NOT_YET] + n[UNREAD]);
	if (c->limited)
		kd_sheet_note(c->s, "there are more than %d: the others were not looked at", ITEMS_MAX);
	t = kd_sheet_table(c->s, "evidence", columns, KD_ARRAY_LEN(columns));
	kd_vec_each(it, &c->item)
	{
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(c->s, it->id);
		row[1] = kd_cell_text(kd_view_of(verdicts[it->verdict]));
		row[2] = kd_sheet_cell(c->s, kd_view_head(it->locator, SHOWN));
		row[3] = it->why.p ? kd_sheet_cell(c->s, it->why) : kd_cell_text(KD_V(""));
	}
	c->s->none = n[SAME] + n[UNREAD] != c->item.n;
}

static const char *named_input(struct kd_jval root, struct kd_sheet *s)
{
	struct kd_view v;

	return kd_answer_input(root, &v) ? kd_arena_view(s->arena, v).p : NULL;
}

static struct kd_error *check_all(struct kd_ctx *ctx, const char *input, struct check *c)
{
	struct kd_error *err = NULL;

	if ((c->logs || c->memory) && !input)
		return kd_error_new(KD_INVALID, "the answer does not name its input; say it behind the answer");
	if (c->logs)
		err = check_log(ctx, input, c);
	if (!err && c->memory)
		err = check_dump(ctx, input, c);
	if (!err)
		fill(c);
	return err;
}

static struct kd_error *recheck(struct kd_ctx *ctx, const struct kd_jsonin *doc, const char *name, const char *input, struct kd_sheet *s)
{
	struct check c = {.s = s};
	struct kd_error *err = NULL;

	kd_answer_evidence(kd_jsonin_root(doc), take, &c);
	if (!c.item.n)
		err = kd_error_new(KD_BADDATA, "%s has no evidence in it", name);
	else
		err = check_all(ctx, input ? input : named_input(kd_jsonin_root(doc), s), &c);
	kd_vec_free(&c.item);
	return err;
}

struct kd_error *kd_evidence_recheck_text(struct kd_ctx *ctx, struct kd_view answer, const char *name, const char *input, struct kd_sheet *s)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_error_wrap(kd_jsonin_parse(answer, NULL, &doc), "%s", name);

	return err ? err : recheck(ctx, doc, name, input, s);
}

struct kd_error *kd_evidence_recheck(struct kd_ctx *ctx, const char *answer, const char *input, struct kd_sheet *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_ANSWER_MAX);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_answer_read(answer, &text, &doc);

	return err ? err : recheck(ctx, doc, answer, input, s);
}
