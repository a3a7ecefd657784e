// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/evcheck.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/jsonin.h"
#include "base/vec.h"
#include "core/dump.h"
#include "evidence/evidence.h"
#include "verb/input.h"

enum { ITEMS_MAX = 100000, DEPTH_MAX = 64, PIECE = 64 << 10, MEMORY_MAX = 1 << 24, SHOWN = 96 };

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

static bool digits(struct kd_view hex, uint8_t *ret, size_t n)
{
	for (size_t i = 0; hex.n == 2 * n && i < n; i++) {
		uint64_t byte;

		if (!kd_view_hex(kd_view(hex.p + 2 * i, 2), &byte))
			return false;
		ret[i] = (uint8_t)byte;
	}
	return hex.n == 2 * n;
}

static enum kd_evidence_kind kind_of(struct kd_view locator)
{
	static const struct {
		const char *prefix;
		enum kd_evidence_kind kind;
	} prefixes[] = {
		{"bytes:", KD_EVIDENCE_LOG}, {"mem:", KD_EVIDENCE_MEMORY}, {"src:", KD_EVIDENCE_SOURCE},
		{"commit:", KD_EVIDENCE_COMMIT}, {"mid:", KD_EVIDENCE_MESSAGE}, {"cmd:", KD_EVIDENCE_COMMAND},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++)
		if (kd_view_starts(locator, kd_view_of(prefixes[i].prefix)))
			return prefixes[i].kind;
	return KD_EVIDENCE_KINDS;
}

/* The record has to belong together before anything is read for it. */
static void take(struct check *c, struct kd_view locator, struct kd_view digest, struct kd_view id)
{
	const enum kd_evidence_kind kind = kind_of(locator);
	struct item *it = kd_vec_push(&c->item, ITEMS_MAX);
	uint8_t sum[KD_SHA256_LEN];
	struct kd_error *err = NULL;

	if (!it) {
		c->limited = true;
		return;
	}
	it->id = id;
	it->locator = locator;
	if (kind == KD_EVIDENCE_KINDS || !digits(digest, sum, sizeof(sum)) ||
	    (err = kd_evidence_of_digest(kind, locator, sum, &it->e)) || (id.n && !kd_view_eq(id, kd_view_of(it->e.id)))) {
		kd_error_free(err);
		it->verdict = DAMAGED;
		return;
	}
	if (kind == KD_EVIDENCE_LOG && kd_evidence_span(&it->e, &it->start, &it->end)) {
		kd_sha256_init(&it->hash);
		c->logs = true;
	} else if (kind == KD_EVIDENCE_MEMORY) {
		c->memory = true;
	} else {
		it->verdict = UNREAD;
		it->why = kd_view_of(it->e.recheck);
	}
}

static void collect(struct check *c, struct kd_jval v, unsigned depth)
{
	struct kd_view locator, digest, id = KD_VNULL;
	struct kd_jval member;

	if (depth == DEPTH_MAX)
		return;
	if (kd_jsonin_type(v) == KD_JARRAY) {
		for (size_t i = 0; i < kd_jsonin_len(v); i++)
			collect(c, kd_jsonin_at(v, i), depth + 1);
		return;
	}
	if (kd_jsonin_type(v) != KD_JOBJECT)
		return;
	if (kd_jsonin_str(kd_jsonin_get(v, "locator"), &locator) &&
	    (kd_jsonin_str(kd_jsonin_get(v, "digest"), &digest) || kd_jsonin_str(kd_jsonin_get(v, "sha256"), &digest))) {
		(void)kd_jsonin_str(kd_jsonin_get(v, "id"), &id);
		take(c, locator, digest, id);
		return;
	}
	for (void *it = NULL; kd_jsonin_next(v, &it, &id, &member);)
		collect(c, member, depth + 1);
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

static void check_memory(struct kd_dump *d, struct kd_sheet *s, struct item *it)
{
	kd_auto(kd_freep) char *bytes = NULL;
	struct kd_space_miss miss;
	struct kd_view dump;
	uint64_t addr, n;

	if (!memory_place(it->locator, &dump, &addr, &n) || !n || n > MEMORY_MAX) {
		it->verdict = DAMAGED;
		return;
	}
	if (!kd_view_eq(dump, kd_dump_id(d))) {
		it->verdict = OTHER;
		return;
	}
	bytes = kd_xmalloc((size_t)n);
	if (!kd_space_read(kd_dump_space(d), addr, bytes, (size_t)n, &miss)) {
		it->verdict = GONE;
		it->why = kd_sheet_text(s, "0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
		return;
	}
	it->verdict = kd_evidence_check_bytes(&it->e, kd_view(bytes, (size_t)n)) == KD_CHECK_SAME ? SAME : CHANGED;
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

static struct kd_error *read_answer(const char *path, struct kd_buf *text)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(path, &src);
	char *to;
	size_t n = 1;

	while (!err && n && (to = kd_buf_reserve(text, PIECE))) {
		err = kd_source_read(src, to, PIECE, &n);
		text->n += err ? 0 : n;
	}
	if (!err && n)
		err = kd_error_new(KD_LIMIT, "%s is larger than an answer of kdoc is", path);
	return err;
}

static const char *named_input(struct kd_jval root, struct kd_sheet *s)
{
	struct kd_view v;

	if (!kd_jsonin_str(kd_jsonin_get(root, "file"), &v) && !kd_jsonin_str(kd_jsonin_get(root, "input"), &v) &&
	    !kd_jsonin_str(kd_jsonin_get(kd_jsonin_get(root, "input"), "name"), &v))
		return NULL;
	return kd_arena_view(s->arena, v).p;
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

struct kd_error *kd_evidence_recheck_text(struct kd_ctx *ctx, struct kd_view answer, const char *name, const char *input, struct kd_sheet *s)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct check c = {.s = s};
	struct kd_error *err = kd_error_wrap(kd_jsonin_parse(answer, NULL, &doc), "%s", name);

	if (err)
		return err;
	collect(&c, kd_jsonin_root(doc), 0);
	if (!c.item.n)
		err = kd_error_new(KD_BADDATA, "%s has no evidence in it", name);
	else
		err = check_all(ctx, input ? input : named_input(kd_jsonin_root(doc), s), &c);
	kd_vec_free(&c.item);
	return err;
}

struct kd_error *kd_evidence_recheck(struct kd_ctx *ctx, const char *answer, const char *input, struct kd_sheet *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT((size_t)64 << 20);
	struct kd_error *err = read_answer(answer, &text);

	return err ? err : kd_evidence_recheck_text(ctx, kd_buf_view(&text), answer, input, s);
}
