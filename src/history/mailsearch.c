// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailsearch.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/le.h"
#include "history/mailwords.h"

enum { RECORD_MEMORY = 64 << 20, FIELDS = 64, DEFERRED_MAX = 64 };

struct set {
	uint64_t *v;
};

struct search {
	struct kd_ctx *ctx;
	const struct kd_mailstore *ms;
	const struct kd_store *st;
	size_t words; /* of a set */
	struct kd_lex *lex;
	size_t nlex;
	struct kd_arena records;
	const struct kd_mq *deferred[DEFERRED_MAX]; /* phrases that all hits have to have: looked at last */
	size_t ndeferred;
	struct kd_error *err;
};

/* --- sets ------------------------------------------------------------------------------------------ */

static struct set none(const struct search *s)
{
	return (struct set){kd_xcalloc(s->words + 1, sizeof(uint64_t))};
}

static void drop(struct set *x)
{
	kd_free(x->v);
	x->v = NULL;
}

static void put(struct set *x, uint32_t doc)
{
	x->v[doc / 64] |= UINT64_C(1) << doc % 64;
}

static bool has(const struct set *x, uint32_t doc)
{
	return x->v[doc / 64] >> doc % 64 & 1;
}

static struct set everything(const struct search *s)
{
	struct set x = none(s);

	for (uint32_t i = 0; i < s->st->docs; i += 64)
		x.v[i / 64] = s->st->docs - i >= 64 ? UINT64_MAX : (UINT64_C(1) << (s->st->docs - i)) - 1;
	return x;
}

static bool is_empty(const struct search *s, const struct set *x)
{
	for (size_t i = 0; i < s->words; i++)
		if (x->v[i])
			return false;
	return true;
}

/* --- words ----------------------------------------------------------------------------------------- */

static void put_term(const struct search *s, struct set *x, uint64_t term, bool exact)
{
	struct kd_hit h;

	kd_vec_each(seg, &s->st->segs) {
		struct kd_postings p = kd_seg_postings(*seg, term);

		while (kd_postings_next(&p, &h))
			if (h.doc < s->st->docs && (!exact || h.level & KD_MAIL_EXACT))
				put(x, h.doc);
	}
}

static void put_word(const struct search *s, struct set *x, unsigned field, struct kd_view word, bool stem)
{
	bool level = false;
	const uint64_t term = stem ? kd_mail_stem_term(field, word) : kd_mail_exact_term(field, word, &level);

	put_term(s, x, term, level);
}

static bool put_key(void *user, uint32_t doc)
{
	put(user, doc);
	return true;
}

static bool all_hex(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n >= 7 && v.n <= 2 * KD_SEG_OID;
}

/* A word of hex digits may be a blob or a patch-id of a diff. */
static void put_ids(const struct search *s, struct set *x, struct kd_view word)
{
	uint8_t id[KD_SEG_OID];

	if (!all_hex(word))
		return;
	kd_store_keys(s->st, kd_term(KD_KEY_BLOB_OLD, word), put_key, x);
	kd_store_keys(s->st, kd_term(KD_KEY_BLOB_NEW, word), put_key, x);
	if (word.n == 2 * KD_SEG_OID && kd_oid_parse(word, id, NULL))
		kd_store_keys(s->st, kd_term(KD_KEY_PATCH_ID, kd_view((const char *)id, sizeof(id))), put_key, x);
}

static struct set word_in(const struct search *s, const struct kd_mq *q, struct kd_view word)
{
	struct set x = none(s);

	for (unsigned f = 1; f < FIELDS; f++)
		if (q->fields >> f & 1)
			put_word(s, &x, f, word, q->stem);
	if (q->fields >> KD_FIELD_DIFF_NEW & 1 && q->fields >> KD_FIELD_DIFF_OLD & 1)
		put_ids(s, &x, word);
	return x;
}

static struct set eval_word(const struct search *s, const struct kd_mq *q)
{
	struct set x = word_in(s, q, q->words.v[0]);
	struct kd_mq stemmed = *q;

	if (!q->bare.n || !is_empty(s, &x))
		return x;
	drop(&x);
	stemmed.stem = kd_mail_stems(q->bare);
	return word_in(s, &stemmed, q->bare);
}

/* --- words with a star ----------------------------------------------------------------------------- */

struct star {
	struct search *s;
	const struct kd_mq *q;
	struct set *x;
	struct kd_hashmap seen;
};

static bool star_word(void *user, struct kd_view word)
{
	struct star *t = user;
	bool is_new;

	if (!kd_hashmap_add(&t->seen, word, &is_new)) {
		t->s->err = kd_error_new(KD_LIMIT, "more than %u words begin with '%.*s': give more of it", KD_MAILSEARCH_STAR_MAX,
					 KD_VARG(t->q->words.v[0]));
		return false;
	}
	for (unsigned f = 1; is_new && f < FIELDS; f++)
		if (t->q->fields >> f & 1)
			put_word(t->s, t->x, f, word, false);
	return true;
}

static struct set eval_star(struct search *s, const struct kd_mq *q)
{
	struct set x = none(s);
	struct star t = {.s = s, .q = q, .x = &x, .seen = KD_HASHMAP_INIT(KD_MAILSEARCH_STAR_MAX, NULL)};

	for (size_t i = 0; i < s->nlex && !s->err; i++)
		kd_lex_each(&s->lex[i], q->words.v[0], star_word, &t);
	kd_hashmap_deinit(&t.seen);
	return x;
}

/* --- phrases --------------------------------------------------------------------------------------- */

/* Mails that have all words of the phrase in one field. */
static struct set phrase_words(const struct search *s, const struct kd_mq *q)
{
	struct set x = none(s);

	for (unsigned f = 1; f < FIELDS; f++) {
		struct set all = {NULL};

		if (!(q->fields >> f & 1))
			continue;
		for (size_t i = 0; i < q->words.n; i++) {
			struct set one = none(s);

			put_word(s, &one, f, q->words.v[i], false);
			for (size_t k = 0; all.v && k < s->words; k++)
				all.v[k] &= one.v[k];
			if (all.v)
				drop(&one);
			else
				all = one;
			if (is_empty(s, &all))
				break;
		}
		for (size_t k = 0; all.v && k < s->words; k++)
			x.v[k] |= all.v[k];
		drop(&all);
	}
	return x;
}

struct matching {
	const struct kd_mq *q;
	uint64_t *at; /* bit i of word i / 64: the first i + 1 words were just seen */
	size_t n;
	bool found;
};

/* As one counts matching prefixes: all of them at once. */
static bool match_word(void *user, struct kd_view word)
{
	struct matching *m = user;
	uint64_t carry = 1;

	for (size_t i = 0; i < m->n; i++) {
		const uint64_t was = m->at[i];

		m->at[i] = was << 1 | carry;
		carry = was >> 63;
	}
	for (size_t i = 0; i < m->q->words.n; i++)
		if (m->at[i / 64] >> i % 64 & 1 && !kd_view_eq(m->q->words.v[i], word))
			m->at[i / 64] &= ~(UINT64_C(1) << i % 64);
	m->found = m->at[(m->q->words.n - 1) / 64] >> (m->q->words.n - 1) % 64 & 1;
	return !m->found;
}

static bool match_field(void *user, enum kd_word_field field, struct kd_view text)
{
	struct matching *m = user;

	if (!(m->q->fields >> field & 1))
		return true;
	memset(m->at, 0, m->n * sizeof(*m->at));
	kd_mail_words(text, match_word, m);
	return !m->found;
}

/* Has the mail the phrase? */
static bool has_phrase(struct search *s, const struct kd_mq *q, uint32_t doc)
{
	uint64_t at[KD_MAILQUERY_NODES_MAX / 64 + 1];
	struct matching m = {.q = q, .at = at, .n = q->words.n / 64 + 1};
	struct kd_mailrec r;
	struct kd_error *err;

	kd_arena_reset(&s->records);
	err = kd_ctx_check(s->ctx);
	if (!err)
		err = kd_mailstore_record(s->ms, doc, &s->records, &r);
	if (!err)
		err = kd_mailrec_fields(&s->records, &r, match_field, &m);
	if (err && !s->err)
		s->err = err;
	else
		kd_error_free(err);
	return !err && m.found;
}

static void keep_phrases(struct search *s, const struct kd_mq *q, struct set *x)
{
	for (uint32_t d = 0; d < s->st->docs && !s->err; d++)
		if (has(x, d) && !has_phrase(s, q, d))
			x->v[d / 64] &= ~(UINT64_C(1) << d % 64);
}

/* --- dates, keys ----------------------------------------------------------------------------------- */

static struct set eval_range(const struct search *s, const struct kd_mq *q)
{
	struct set x = none(s);

	kd_vec_each(seg, &s->st->segs)
		for (uint32_t i = 0; i < kd_seg_docs(*seg); i++) {
			struct kd_seg_static t;
			struct kd_seg_doc d;
			int64_t date;

			if (q->which == KD_MQ_SENT) {
				kd_seg_static(*seg, i, &t);
				date = t.date;
			} else {
				kd_seg_doc(*seg, i, &d);
				date = d.commit_date;
			}
			if (date && date >= q->from && date <= q->to)
				put(&x, kd_seg_first(*seg) + i);
		}
	return x;
}

static struct set eval_keys(const struct search *s, const struct kd_mq *q)
{
	struct set x = none(s);
	uint32_t doc;

	if (q->kind == KD_MQ_MID && kd_mailstore_find(s->ms, q->words.v[0], &doc))
		put(&x, doc);
	if (q->kind == KD_MQ_TERM)
		put_term(s, &x, q->keys.v[0], false);
	for (size_t i = 0; q->kind == KD_MQ_KEY && i < q->keys.n; i++)
		kd_store_keys(s->st, q->keys.v[i], put_key, &x);
	return x;
}

/* --- the tree -------------------------------------------------------------------------------------- */

static struct set eval(struct search *s, const struct kd_mq *q);

static void combine(const struct search *s, struct set *x, const struct set *y, enum kd_mq_kind kind)
{
	for (size_t i = 0; i < s->words; i++)
		x->v[i] = kind == KD_MQ_AND ? x->v[i] & y->v[i] : kind == KD_MQ_OR ? x->v[i] | y->v[i] : kind == KD_MQ_XOR ? x->v[i] ^ y->v[i] : x->v[i] & ~y->v[i];
}

/* Phrases last: the fewer mails are left, the fewer texts are looked at. */
static struct set eval_and(struct search *s, const struct kd_mq *q)
{
	struct set x = everything(s);

	for (size_t i = 0; i < q->sub.n && !s->err; i++) {
		const struct kd_mq *sub = q->sub.v[i];
		struct set y = sub->kind == KD_MQ_PHRASE ? phrase_words(s, sub) : eval(s, sub);

		combine(s, &x, &y, KD_MQ_AND);
		drop(&y);
	}
	for (size_t i = 0; i < q->sub.n && !s->err; i++)
		if (q->sub.v[i]->kind == KD_MQ_PHRASE)
			keep_phrases(s, q->sub.v[i], &x);
	return x;
}

static struct set eval_others(struct search *s, const struct kd_mq *q)
{
	struct set x = eval(s, q->sub.v[0]);

	for (size_t i = 1; i < q->sub.n && !s->err; i++) {
		struct set y = eval(s, q->sub.v[i]);

		combine(s, &x, &y, q->kind);
		drop(&y);
	}
	return x;
}

/* The recursion is bounded by KD_MAILQUERY_DEPTH_MAX. */
static struct set eval(struct search *s, const struct kd_mq *q)
{
	struct set x;

	switch (q->kind) {
	case KD_MQ_WORD:
		return eval_word(s, q);
	case KD_MQ_PHRASE:
		x = phrase_words(s, q);
		keep_phrases(s, q, &x);
		return x;
	case KD_MQ_STAR:
		return eval_star(s, q);
	case KD_MQ_RANGE:
		return eval_range(s, q);
	case KD_MQ_KEY:
	case KD_MQ_TERM:
	case KD_MQ_MID:
		return eval_keys(s, q);
	case KD_MQ_AND:
		return eval_and(s, q);
	case KD_MQ_OR:
	case KD_MQ_XOR:
	case KD_MQ_NOT:
		return eval_others(s, q);
	default:
		return everything(s);
	}
}

/* The same, and phrases that every hit needs are put off. */
static struct set eval_top(struct search *s, const struct kd_mq *q, bool exact)
{
	struct set x;

	if (exact || (q->kind != KD_MQ_AND && q->kind != KD_MQ_PHRASE) || q->sub.n > DEFERRED_MAX)
		return eval(s, q);
	if (q->kind == KD_MQ_PHRASE) {
		s->deferred[s->ndeferred++] = q;
		return phrase_words(s, q);
	}
	x = everything(s);
	for (size_t i = 0; i < q->sub.n && !s->err; i++) {
		const struct kd_mq *sub = q->sub.v[i];
		const bool later = sub->kind == KD_MQ_PHRASE;
		struct set y = later ? phrase_words(s, sub) : eval(s, sub);

		if (later)
			s->deferred[s->ndeferred++] = sub;
		combine(s, &x, &y, KD_MQ_AND);
		drop(&y);
	}
	return x;
}

/* --- order ----------------------------------------------------------------------------------------- */

struct scoring {
	const struct search *s;
	const struct set *x;
	float *score; /* of documents */
};

static const float amounts[] = {1, 2.5f, 5.5f, 12};

/* BM25 (Robertson, Walker) without the length of mails: k1 = 1.2; df of all fields together is not known, that of each is used. */
static void score_term(const struct scoring *c, uint64_t term, bool exact, double weight)
{
	const uint32_t df = kd_store_df(c->s->st, term), n = c->s->st->docs;
	const float idf = (float)(weight * log(1 + ((double)n - df + .5) / (df + .5)));
	struct kd_hit h;

	kd_vec_each(seg, &c->s->st->segs) {
		struct kd_postings p = kd_seg_postings(*seg, term);

		while (kd_postings_next(&p, &h)) {
			const float tf = amounts[h.level >> 1 & 3];

			if (h.doc < n && (!exact || h.level & KD_MAIL_EXACT) && has(c->x, h.doc))
				c->score[h.doc] += idf * tf * 2.2f / (tf + 1.2f);
		}
	}
}

static void score_words(const struct scoring *c, const struct kd_mq *q)
{
	for (size_t i = 0; i < q->words.n; i++)
		for (unsigned f = 1; f < FIELDS; f++) {
			bool level = false;
			uint64_t term;

			if (!(q->fields >> f & 1))
				continue;
			term = q->stem ? kd_mail_stem_term(f, q->words.v[i]) : kd_mail_exact_term(f, q->words.v[i], &level);
			score_term(c, term, level, q->weight * (f == KD_FIELD_SUBJECT ? 2 : f == KD_FIELD_QUOTE ? .5 : 1));
		}
}

/* What is not asked for with NOT. The recursion is bounded as that of eval(). */
static void score(const struct scoring *c, const struct kd_mq *q)
{
	const size_t n = q->kind == KD_MQ_NOT ? 1 : q->sub.n;

	if (q->filter)
		return;
	if (q->kind == KD_MQ_WORD || q->kind == KD_MQ_PHRASE)
		score_words(c, q);
	for (size_t i = 0; i < n; i++)
		score(c, q->sub.v[i]);
}

struct ordered {
	uint32_t doc, date;
	float score;
};

static int by_date(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return x->date != y->date ? x->date < y->date ? 1 : -1 : (x->doc < y->doc) - (x->doc > y->doc);
}

static int by_score(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return x->score < y->score ? 1 : x->score > y->score ? -1 : by_date(a, b);
}

static size_t collect(const struct search *s, const struct set *x, const float *scores, struct ordered *o)
{
	size_t n = 0;

	kd_vec_each(seg, &s->st->segs)
		for (uint32_t i = 0; i < kd_seg_docs(*seg); i++) {
			const uint32_t doc = kd_seg_first(*seg) + i;
			struct kd_seg_static t;

			if (!has(x, doc))
				continue;
			kd_seg_static(*seg, i, &t);
			o[n++] = (struct ordered){doc, t.date, scores ? scores[doc] : 0};
		}
	return n;
}

/* The first k of n in order: by a heap of them, the last one on top, then sorted. */
static void first_ones(struct ordered *o, size_t n, size_t k, int (*cmp)(const void *, const void *))
{
	if (k && k < n / 8) {
		for (size_t i = 0; i < n; i++) {
			size_t at = i;

			if (i >= k) {
				if (cmp(&o[i], &o[0]) >= 0)
					continue;
				struct ordered t = o[0];

				o[0] = o[i];
				o[i] = t;
				for (size_t c = at = 0; (c = 2 * at + 1) < k; at = c) {
					c += c + 1 < k && cmp(&o[c + 1], &o[c]) > 0;
					if (cmp(&o[c], &o[at]) <= 0)
						break;
					t = o[c];
					o[c] = o[at];
					o[at] = t;
				}
				continue;
			}
			for (; at && cmp(&o[at], &o[(at - 1) / 2]) > 0; at = (at - 1) / 2) {
				struct ordered t = o[at];

				o[at] = o[(at - 1) / 2];
				o[(at - 1) / 2] = t;
			}
		}
		n = k;
	}
	if (n)
		qsort(o, n, sizeof(*o), cmp);
}

static bool is_hit(struct search *s, uint32_t doc)
{
	for (size_t i = 0; i < s->ndeferred; i++)
		if (!has_phrase(s, s->deferred[i], doc))
			return false;
	return true;
}

static struct kd_error *take_hits(struct search *s, const struct ordered *o, size_t n, const struct kd_mailsearch_req *req,
				  struct kd_arena *a, struct kd_mailsearch *ret)
{
	const size_t room = req->limit && req->limit < n ? req->limit : n;
	size_t passed = 0, looked = 0;

	ret->hit = kd_arena_array(a, room + 1, struct kd_mail_hit);
	if (!ret->hit)
		return kd_error_new(KD_LIMIT, "there are too many hits: give a limit");
	for (; looked < n && ret->n < room && !s->err; looked++) {
		if (!is_hit(s, o[looked].doc))
			continue;
		if (passed < req->offset)
			passed++;
		else
			ret->hit[ret->n++] = (struct kd_mail_hit){o[looked].doc, o[looked].score};
	}
	ret->total_known = !s->ndeferred || looked == n;
	ret->total = ret->total_known && s->ndeferred ? passed + ret->n : n;
	return s->err;
}

static struct kd_error *order_and_take(struct search *s, const struct kd_mq *q, const struct set *x, const struct kd_mailsearch_req *req,
				       struct kd_arena *a, struct kd_mailsearch *ret)
{
	kd_auto(kd_freep) struct ordered *o = kd_xmalloc(((size_t)s->st->docs + 1) * sizeof(*o));
	kd_auto(kd_freep) float *scores = req->relevance ? kd_xcalloc((size_t)s->st->docs + 1, sizeof(*scores)) : NULL;
	const struct scoring c = {s, x, scores};
	size_t n;

	if (scores)
		score(&c, q);
	n = collect(s, x, scores, o);
	first_ones(o, n, s->ndeferred || !req->limit ? 0 : req->limit + req->offset, req->relevance ? by_score : by_date);
	return take_hits(s, o, n, req, a, ret);
}

/* --- all of it ------------------------------------------------------------------------------------- */

static bool has_star(const struct kd_mq *q)
{
	if (q->kind == KD_MQ_STAR)
		return true;
	for (size_t i = 0; i < q->sub.n; i++)
		if (has_star(q->sub.v[i]))
			return true;
	return false;
}

static void open_words(struct search *s)
{
	s->lex = kd_xcalloc(s->ms->lexfiles.n + 1, sizeof(*s->lex));
	for (size_t i = 0; i < s->ms->lexfiles.n && !s->err; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(8192);

		kd_buf_printf(&path, "%s/%s", s->ms->dir, s->ms->lexfiles.v[i]);
		s->err = kd_lex_open(path.p ? path.p : "", &s->lex[s->nlex]);
		s->nlex += !s->err;
	}
}

static void take_away(const struct search *s, struct set *x, const struct kd_mailsearch_req *req)
{
	for (size_t i = 0; i < s->words; i++) {
		if (s->ms->gone.v && i <= s->ms->gone.n / 64)
			x->v[i] &= ~s->ms->gone.v[i];
		if (req->among)
			x->v[i] &= i <= req->among->n / 64 ? req->among->v[i] : 0;
	}
}

struct kd_error *kd_mailsearch(struct kd_ctx *ctx, const struct kd_mailstore *ms, const struct kd_mq *q,
			       const struct kd_mailsearch_req *req, struct kd_arena *a, struct kd_mailsearch *ret)
{
	struct search s = {.ctx = ctx, .ms = ms, .st = ms->mails, .words = ((size_t)ms->mails->docs + 63) / 64,
			   .records = KD_ARENA_INIT(RECORD_MEMORY)};
	struct set x = {NULL};
	struct kd_error *err;

	*ret = (struct kd_mailsearch){.hit = NULL};
	if (has_star(q))
		open_words(&s);
	if (!s.err)
		x = eval_top(&s, q, req->exact);
	err = s.err;
	if (!err) {
		take_away(&s, &x, req);
		err = order_and_take(&s, q, &x, req, a, ret);
	}
	drop(&x);
	for (size_t i = 0; i < s.nlex; i++)
		kd_lex_close(&s.lex[i]);
	kd_free(s.lex);
	kd_arena_deinit(&s.records);
	return err;
}
