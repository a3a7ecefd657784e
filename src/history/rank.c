// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/rank.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "history/kindwords.h"
#include "history/lsa.h"
#include "history/norms.h"
#include "history/words.h"

/*
 * Weights, chosen by cross-validation on reports whose fixes are known (docs/HISTORY.md has the figures): of reports that
 * name source files, and of those that do not.
 */
struct weights {
	float parts, names, path, dir, crashing, kind_subject, kind_body, syzbot, guard, date, quote, vectors;
};

static const struct weights with_files = {.parts = 1.25f, .names = .13f, .path = .29f, .dir = .11f, .crashing = .95f, .kind_subject = .32f,
					  .kind_body = .3f, .syzbot = 2.45f, .guard = .55f, .date = 2.7f, .quote = .1f, .vectors = 2};
static const struct weights without_files = {.parts = 1.45f, .names = .28f, .path = .05f, .dir = .05f, .crashing = 1.9f, .kind_subject = .1f,
					     .kind_body = .6f, .syzbot = .5f, .guard = 0, .date = .6f, .quote = .1f, .vectors = 1};

enum { LARGE_PAGE = 2 << 20, EXTRA_WEIGHT_PERCENT = 40, TERMS_MAX = 4096, HEADS_USED = 3, DAY = 86400 };

struct rank {
	const struct kd_store *st;
	struct kd_fixquery *q;
	const struct kd_rank_req *req;
	const struct weights *w;
	struct kd_arena *a;
	struct kd_norms norms;
	struct kd_lsa lsa;
	struct kd_lsa_query near;
	/* per document: to be divided by its norm; to be shared among its files; as it is */
	float *parts, *files, *rest;
	double parts_scale;
	struct kd_hashmap terms; /* of parts: amount of the query, in millionths */
};

const char *kd_rank_part_name(enum kd_rank_part p)
{
	static const char *const names[] = {"parts", "names", "files", "crashing", "kind", "syzbot", "guard", "date", "quote", "vectors", "embedding"};

	return names[p];
}

static bool wanted(const struct rank *r, enum kd_rank_part p)
{
	return !(r->req->without >> p & 1);
}

/* How much it says that a commit has a word that n of all have. */
static double rarity(const struct rank *r, uint32_t n)
{
	const double N = r->st->docs;

	return log(1 + (N - n + .5) / (n + .5));
}

/* --- words to commits -------------------------------------------------------------------------- */

/* acc[doc] += by_level[level] for every commit that has the word. */
static void add(const struct rank *r, uint64_t term, const float by_level[8], float *acc)
{
	kd_vec_each(s, &r->st->segs) {
		struct kd_postings p = kd_seg_postings(*s, term);
		struct kd_hit h;

		while (kd_postings_next_inline(&p, &h))
			if (h.doc < r->st->docs)
				acc[h.doc] += by_level[h.level];
	}
}

static void add_flat(const struct rank *r, uint64_t term, double x, float *acc)
{
	const float f = (float)x;
	const float by_level[8] = {f, f, f, f, f, f, f, f};

	add(r, term, by_level, acc);
}

struct term {
	uint64_t term;
	double weight, rare;
};

/* Each counts weight * rarity^2 in the commits that have it, over the length of all of them. */
static void add_names(const struct rank *r, const struct term *t, size_t n, double scale, const double by_level[8], float *acc)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += t[i].weight * t[i].rare * (t[i].weight * t[i].rare);
	if (sum <= 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const double x = scale * t[i].weight * t[i].rare * t[i].rare / sqrt(sum);
		float level[8];

		for (int k = 0; k < 8; k++)
			level[k] = (float)(x * by_level[k]);
		add(r, t[i].term, level, acc);
	}
}

static struct term term_of(const struct rank *r, enum kd_word_field field, struct kd_view name, double weight, uint32_t least)
{
	const uint64_t term = kd_term(field, name);
	const uint32_t df = kd_store_df(r->st, term);

	return (struct term){term, weight, rarity(r, df > least ? df : least)};
}

/* Names that a report gives besides its frames: caches, locks, work. */
struct extra {
	struct rank *r;
	struct term *t;
	size_t n;
};

static bool says_nothing(struct kd_view w)
{
	static const char *const words[] = {"work", "lock", "mutex", "sem", "cache", "kmalloc", "rcu_read_lock", "work_completion", "wq_completion"};

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_eq(w, kd_view_of(words[i])))
			return true;
	return false;
}

static void extra_word(void *user, struct kd_view w)
{
	struct extra *e = user;
	const uint64_t term = kd_term(KD_FIELD_ID, w);

	if (says_nothing(w) || e->n == TERMS_MAX)
		return;
	for (size_t i = 0; i < e->n; i++)
		if (e->t[i].term == term)
			return;
	e->t[e->n++] = term_of(e->r, KD_FIELD_ID, w, EXTRA_WEIGHT_PERCENT / 100.0, 0);
}

static void names(struct rank *r)
{
	static const double by_level[8] = {.3, .5, .7, 1, 1, 1, 1, 1};
	struct extra e = {.r = r, .t = kd_xcalloc(TERMS_MAX, sizeof(struct term))};

	for (size_t i = 0; i < r->q->funcs.n && e.n < TERMS_MAX; i++)
		e.t[e.n++] = term_of(r, KD_FIELD_ID, r->q->funcs.v[i].name, r->q->funcs.v[i].weight, 0);
	for (size_t i = 0; i < r->q->extra.n; i++)
		kd_split_words(r->q->extra.v[i], extra_word, &e);
	add_names(r, e.t, e.n, r->w->names, by_level, r->rest);
	kd_free(e.t);
}

/* --- files ------------------------------------------------------------------------------------- */

static const double flat[8] = {1, 1, 1, 1, 1, 1, 1, 1};

static void files(struct rank *r)
{
	kd_auto(kd_freep) struct term *t = kd_xcalloc(TERMS_MAX, sizeof(*t));
	kd_auto(kd_hashmap_deinit) struct kd_hashmap dirs = KD_HASHMAP_INIT(TERMS_MAX, NULL);
	kd_auto(kd_freep) double *weight = kd_xcalloc(TERMS_MAX, sizeof(*weight));
	size_t n = 0;

	for (size_t i = 0; i < r->q->paths.n && n < TERMS_MAX; i++)
		t[n++] = term_of(r, KD_FIELD_PATH, r->q->paths.v[i].name, r->q->paths.v[i].weight, 1);
	add_names(r, t, n, r->w->path, flat, r->files);
	for (size_t i = 0; i < r->q->paths.n; i++) {
		struct kd_view dir = r->q->paths.v[i].name;
		double w = r->q->paths.v[i].weight;

		for (int k = 0; k < 3 && kd_view_rchr(dir, '/') != KD_NPOS; k++, w /= 2) {
			struct kd_hashmap_entry *e;

			dir = kd_view_head(dir, kd_view_rchr(dir, '/'));
			e = kd_hashmap_add(&dirs, dir, NULL);
			if (e) {
				const size_t at = (size_t)(e - dirs.entries.v);

				weight[at] = w > weight[at] ? w : weight[at];
			}
		}
	}
	for (size_t i = 0; i < dirs.entries.n; i++)
		t[i] = term_of(r, KD_FIELD_DIR, dirs.entries.v[i].key, weight[i], 1);
	add_names(r, t, dirs.entries.n, r->w->dir, flat, r->files);
}

/* --- parts of names ---------------------------------------------------------------------------- */

struct amount {
	struct rank *r;
	double x;
};

static void add_part(void *user, struct kd_view part)
{
	const struct amount *m = user;
	bool is_new;
	struct kd_hashmap_entry *e = kd_hashmap_add(&m->r->terms, part, &is_new);

	if (!e)
		return;
	if (is_new)
		e->num = 0;
	e->num += (size_t)(m->x * 1e6);
}

static void parts_of(struct rank *r, struct kd_view name, double x)
{
	kd_word_parts(name, add_part, &(struct amount){r, x});
}

struct heads {
	struct rank *r;
	struct kd_hashmap seen;
	double weight;
};

static void head_word(void *user, struct kd_view w)
{
	struct heads *h = user;
	bool is_new = false;

	if (kd_hashmap_add(&h->seen, w, &is_new) && is_new)
		parts_of(h->r, w, h->weight);
}

/* Of the title more than of what follows; each word once. */
static void prose(struct rank *r)
{
	struct heads h = {r, KD_HASHMAP_INIT(TERMS_MAX, NULL), 0};

	for (size_t i = 0; i < r->q->prose.n; i++) {
		h.weight = i ? .1 : .4;
		kd_split_words(r->q->prose.v[i], head_word, &h);
	}
	kd_hashmap_deinit(&h.seen);
}

static void parts(struct rank *r)
{
	double sum = 0;

	for (size_t i = 0; i < r->q->funcs.n; i++)
		parts_of(r, r->q->funcs.v[i].name, r->q->funcs.v[i].weight);
	for (size_t i = 0; i < r->q->paths.n; i++)
		parts_of(r, kd_word_without_extension(r->q->paths.v[i].name), r->q->paths.v[i].weight);
	for (size_t i = 0; i < r->q->modules.n; i++)
		parts_of(r, r->q->modules.v[i], .5);
	for (size_t i = 0; i < r->q->extra.n; i++)
		parts_of(r, r->q->extra.v[i], .3);
	for (size_t i = 0; i < r->q->head.n && i < HEADS_USED; i++) {
		struct heads h = {r, KD_HASHMAP_INIT(TERMS_MAX, NULL), .4};

		kd_split_words(r->q->head.v[i], head_word, &h);
		kd_hashmap_deinit(&h.seen);
	}
	prose(r);
	kd_vec_each(e, &r->terms.entries) {
		const uint64_t term = kd_term(KD_FIELD_PART, e->key);
		const uint32_t df = kd_store_df(r->st, term);
		const double idf = df ? log(1 + (double)r->st->docs / df) : 0;
		const double w = log(1 + (double)e->num / 1e6 * 12) * idf;
		float by_level[8];

		sum += w * w;
		for (unsigned k = 0; k < 8; k++)
			by_level[k] = (float)(w * idf) * kd_level_weight(k);
		kd_lsa_query_add(&r->near, &r->lsa, term, w);
		if (df && wanted(r, KD_RANK_PARTS))
			add(r, term, by_level, r->parts);
	}
	kd_lsa_query_end(&r->near);
	r->parts_scale = sum > 0 ? r->w->parts * 10 / sqrt(sum) : 0;
}

/* --- the rest ---------------------------------------------------------------------------------- */

static void crashing(const struct rank *r, float *acc)
{
	const float w = r->w->crashing;
	const float by_level[8] = {0, .5f * w, .7f * w, w, w, w, w, w};

	if (r->q->order.n)
		add(r, kd_term(KD_FIELD_ID, r->q->order.v[0]), by_level, acc);
}

static void quotes(const struct rank *r, float *acc)
{
	for (size_t i = 0; i < r->q->funcs.n; i++) {
		const struct term t = term_of(r, KD_FIELD_QUOTED, r->q->funcs.v[i].name, r->q->funcs.v[i].weight, 0);

		add_flat(r, t.term, r->w->quote * t.weight * t.rare, acc);
	}
}

/* 0 … 1: from which days relative to the kernel commits are likely its fix: rises, stays, falls. */
static float date_fits(const struct kd_fixquery *q, int64_t date)
{
	static const float window[][4] = {
		[KD_WHEN_RELEASE] = {-120, -60, 90, 210},
		[KD_WHEN_CANDIDATE] = {-120, -90, 60, 150},
		[KD_WHEN_NEXT] = {-120, -60, 60, 150},
	};
	const float day = (float)(date - q->date) / DAY;
	const float *w;
	float x, y;

	if (q->when == KD_WHEN_UNKNOWN)
		return 0;
	if (q->when == KD_WHEN_STABLE)
		return day < -90 ? -.5f : 0;
	w = window[q->when];
	x = (day - w[0]) / (w[1] - w[0]);
	y = (w[3] - day) / (w[3] - w[2]);
	x = x < y ? x : y;
	return x < 0 ? 0 : x > 1 ? 1 : x;
}

static float kind_fits(const struct rank *r, const struct kd_seg_static *s)
{
	const struct kd_fixquery *q = r->q;
	unsigned subject = 0, body = 0;

	for (unsigned i = 0; i < KD_SEG_KINDS; i++)
		if (q->kinds >> i & 1) {
			subject += s->kind[i] >> 4;
			body += s->kind[i] & 15;
		}
	return r->w->kind_subject * (float)(subject < 3 ? subject : 3) + r->w->kind_body * (float)(body < 8 ? body : 8) / 2;
}

/* What can be said without the words; the parts of the score that are the same for whatever they are. */
static float of_itself(const struct rank *r, const struct kd_seg_static *s, float part[KD_RANK_NPARTS])
{
	float sum = 0;

	part[KD_RANK_KIND] = kind_fits(r, s);
	part[KD_RANK_SYZBOT] = r->q->syzbot && s->flags & KD_STATIC_SYZBOT ? r->w->syzbot : 0;
	part[KD_RANK_GUARD] = s->flags & KD_STATIC_GUARDS ? r->w->guard : 0;
	part[KD_RANK_DATE] = r->w->date * date_fits(r->q, s->date);
	for (int i = KD_RANK_KIND; i <= KD_RANK_DATE; i++) {
		if (!wanted(r, i))
			part[i] = 0;
		sum += part[i];
	}
	return sum;
}

/* --- the best ---------------------------------------------------------------------------------- */

static bool better(const struct kd_rank_hit *a, const struct kd_rank_hit *b)
{
	return a->score > b->score || (a->score >= b->score && a->doc > b->doc);
}

/* A heap with the worst of the best on top. */
static void keep(struct kd_rank_hit *heap, size_t *n, size_t limit, const struct kd_rank_hit *h)
{
	size_t i;

	if (*n < limit) {
		for (i = (*n)++; i && better(&heap[(i - 1) / 2], h); i = (i - 1) / 2)
			heap[i] = heap[(i - 1) / 2];
		heap[i] = *h;
		return;
	}
	if (!better(h, &heap[0]))
		return;
	for (i = 0; 2 * i + 1 < *n;) {
		size_t child = 2 * i + 1;

		if (child + 1 < *n && better(&heap[child], &heap[child + 1]))
			child++;
		if (!better(h, &heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = *h;
}

static int best_first(const void *a, const void *b)
{
	return better(a, b) ? -1 : better(b, a) ? 1 : 0;
}

static bool among(const struct rank *r, uint32_t doc, const struct kd_seg_static *s)
{
	return !(r->req->after && (int64_t)s->date < r->req->after) && !(r->req->before && (int64_t)s->date > r->req->before) &&
	       !(r->req->among && !kd_bits_has(r->req->among, doc)) && !(r->req->except && kd_bits_has(r->req->except, doc));
}

/*
 * A part that was added among the names is told apart from them, of the best alone: the sums in r->rest have done their duty,
 * and those of the best begin anew.
 */
static void tell_apart(struct rank *r, enum kd_rank_part part, void (*of)(const struct rank *r, float *acc), struct kd_rank_hit *h,
		       size_t n)
{
	float *acc = r->rest;

	if (!wanted(r, part))
		return;
	for (size_t i = 0; i < n; i++)
		acc[h[i].doc] = 0;
	of(r, acc);
	for (size_t i = 0; i < n; i++) {
		h[i].part[part] = acc[h[i].doc];
		h[i].part[KD_RANK_NAMES] -= acc[h[i].doc];
	}
}

/* The most that a commit with such a hint gets from of_itself(): by the date's part of it, by the flags. */
struct most {
	float date[KD_HINT_DATES], flags[4];
	float near; /* of the vectors, of any commit */
};

static void most_of_itself(const struct rank *r, struct most *m)
{
	const float kind = wanted(r, KD_RANK_KIND) ? 3 * r->w->kind_subject + 4 * r->w->kind_body : 0;
	const float syzbot = wanted(r, KD_RANK_SYZBOT) && r->q->syzbot ? r->w->syzbot : 0, guard = wanted(r, KD_RANK_GUARD) ? r->w->guard : 0;

	m->near = (r->near.any ? r->w->vectors : 0) + (r->req->embedded && wanted(r, KD_RANK_EMBEDDING) ? r->req->embedded->weight : 0);
	for (unsigned i = 0; i < 4; i++)
		m->flags[i] = kind + (i & KD_STATIC_SYZBOT ? syzbot : 0) + (i & KD_STATIC_GUARDS ? guard : 0);
	for (unsigned i = 0; i < KD_HINT_DATES; i++) {
		/* it rises, stays and falls over more than these days: the most is at one of the two ends */
		const float from = date_fits(r->q, (int64_t)i * KD_HINT_DAYS * DAY), to = date_fits(r->q, (int64_t)(i + 1) * KD_HINT_DAYS * DAY);

		m->date[i] = wanted(r, KD_RANK_DATE) ? r->w->date * (from > to ? from : to) : 0;
	}
}

struct best {
	struct rank *r;
	const float *path_ok;
	struct kd_rank_hit *heap;
	size_t n;
	struct most most;
};

/* How near its vectors are to the query's. */
static float nearness(const struct rank *r, uint32_t doc, float *part)
{
	if (r->near.any && doc < r->lsa.docs)
		part[KD_RANK_VECTORS] = r->w->vectors * kd_lsa_near(&r->lsa, &r->near, doc);
	if (r->req->embedded && doc < r->req->embedded->docs && wanted(r, KD_RANK_EMBEDDING))
		part[KD_RANK_EMBEDDING] = r->req->embedded->weight * kd_embed_near(r->req->embedded, doc);
	return part[KD_RANK_VECTORS] + part[KD_RANK_EMBEDDING];
}

/* A commit of segment s, scored in full; reach: the most that it can have with vectors that lie as near as any can. */
static void consider(struct best *b, const struct kd_seg *s, uint32_t doc, float reach)
{
	const struct rank *r = b->r;
	struct kd_rank_hit h = {.doc = doc};
	struct kd_seg_static st;

	/* nothing in common: no answer, whatever its date */
	if (r->parts[doc] <= 0 && r->files[doc] <= 0 && r->rest[doc] <= 0)
		return;
	if (b->path_ok && b->path_ok[doc] <= 0)
		return;
	h.score = nearness(r, doc, h.part);
	if (b->n == r->req->limit && reach - b->most.near + h.score < b->heap[0].score)
		return;
	kd_seg_static(s, doc - kd_seg_first(s), &st);
	if (!among(r, doc, &st))
		return;
	h.part[KD_RANK_PARTS] = (float)r->parts_scale * r->parts[doc] / r->norms.v[doc];
	h.part[KD_RANK_FILES] = r->files[doc] / (1 + .5f * logf(st.files ? st.files : 1));
	h.part[KD_RANK_NAMES] = r->rest[doc];
	h.score += h.part[KD_RANK_PARTS] + h.part[KD_RANK_FILES] + h.part[KD_RANK_NAMES] + of_itself(r, &st, h.part);
	keep(b->heap, &b->n, r->req->limit, &h);
}

/*
 * SPAN commits at a time: the most that each can reach with what is known without its row of statics (the share of its files is not
 * divided yet, of the kind the most is assumed), and spans by the most that one of theirs can. Once the worst of the best is better
 * than that, the others are not looked at. The margin is for the rounding of sums that are added in another order.
 */
enum { SPAN = 512 };

struct span {
	float most;
	uint32_t first;
};

static float bounds_of_span(const struct best *b, uint32_t first, float ret[SPAN])
{
	const struct rank *r = b->r;
	const float scale = (float)r->parts_scale;
	const float *parts = r->parts + first, *files = r->files + first, *rest = r->rest + first, *norm = r->norms.v + first;
	const uint16_t *hint = r->norms.hint + first;
	float most = -INFINITY;

	for (int i = 0; i < SPAN; i++)
		ret[i] = (scale * parts[i] / norm[i] + files[i] + rest[i]) * (1 + 1e-4f) + 1e-4f + b->most.near;
	for (int i = 0; i < SPAN; i++)
		ret[i] += b->most.date[hint[i] & (KD_HINT_DATES - 1)] + b->most.flags[hint[i] >> 14];
	for (int i = 0; i < SPAN; i++)
		most = ret[i] > most ? ret[i] : most;
	return most;
}

static int by_most(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->most != y->most ? x->most > y->most ? -1 : 1 : (x->first < y->first) - (x->first > y->first);
}

static void best_of_spans(struct best *b, uint32_t nspans)
{
	kd_auto(kd_freep) struct span *spans = kd_xcalloc((size_t)nspans + 1, sizeof(*spans));
	const size_t limit = b->r->req->limit;
	float reach[SPAN];

	for (uint32_t i = 0; i < nspans; i++)
		spans[i] = (struct span){bounds_of_span(b, i * SPAN, reach), i * SPAN};
	qsort(spans, nspans, sizeof(*spans), by_most);
	for (uint32_t i = 0; i < nspans; i++) {
		if (b->n == limit && spans[i].most < b->heap[0].score)
			break;
		bounds_of_span(b, spans[i].first, reach);
		for (uint32_t k = 0; k < SPAN; k++)
			if (b->n < limit || reach[k] >= b->heap[0].score)
				consider(b, kd_store_seg(b->r->st, spans[i].first + k), spans[i].first + k, reach[k]);
	}
}

static size_t best(struct rank *r, struct kd_rank_hit *heap, const float *path_ok)
{
	struct best b = {.r = r, .path_ok = path_ok, .heap = heap};
	const uint32_t nspans = r->req->exhaustive ? 0 : r->st->docs / SPAN;

	if (nspans) {
		most_of_itself(r, &b.most);
		best_of_spans(&b, nspans);
	}
	for (uint32_t doc = nspans * SPAN; doc < r->st->docs; doc++)
		consider(&b, kd_store_seg(r->st, doc), doc, INFINITY);
	qsort(heap, b.n, sizeof(*heap), best_first);
	return b.n;
}

/* --- how sure -------------------------------------------------------------------------------- */

static double content(const struct kd_rank_hit *h)
{
	double sum = 0;

	for (int i = 0; i < KD_RANK_NPARTS; i++)
		if (i != KD_RANK_SYZBOT && i != KD_RANK_GUARD && i != KD_RANK_DATE)
			sum += (double)h->part[i];
	return sum;
}

static uint64_t subject_of(const struct kd_store *st, uint32_t doc)
{
	struct kd_seg_doc d;

	kd_store_doc(st, doc, &d);
	return d.subject;
}

void kd_rank_standing(const struct kd_store *st, const struct kd_rank_hit *hits, size_t n, struct kd_rank_standing *ret)
{
	const struct kd_rank_hit *first = hits;
	double share = 1, rival = 0;
	size_t others = 0;

	*ret = (struct kd_rank_standing){.gap = 10, .gap5 = 10};
	for (size_t i = 1; i < n && others < 99; i++) {
		const double behind = (double)first->score - (double)hits[i].score;

		if (subject_of(st, hits[i].doc) == subject_of(st, first->doc))
			continue;
		others++;
		ret->gap = others == 1 ? behind : ret->gap;
		ret->gap5 = others == 4 ? behind : ret->gap5;
		share += exp(-behind);
		rival = content(&hits[i]) > rival ? content(&hits[i]) : rival;
	}
	ret->share = 1 / share;
	ret->date = (double)first->part[KD_RANK_DATE] / (double)with_files.date;
	ret->content = rival - content(first);
	ret->quote = (double)first->part[KD_RANK_QUOTE];
}

/* A logistic regression. */
double kd_rank_confidence(const struct kd_rank_standing *s)
{
	return 1 / (1 + exp(2.911 - .27 * s->gap - .341 * s->gap5 - 1.432 * s->share - .368 * s->date - .199 * s->content + .026 * s->quote));
}

/* --- files of functions ------------------------------------------------------------------------ */

/* The file that the index saw a function in: the only one, or twice as often as the next. */
static struct kd_view file_of(void *user, struct kd_view func)
{
	const struct rank *r = user;
	const uint64_t term = kd_term(KD_FIELD_FUNC, func);
	struct {
		uint64_t path;
		uint64_t n;
	} seen[64] = {{0}};
	size_t n = 0, first = 0, second = SIZE_MAX;

	kd_vec_each(s, &r->st->segs) {
		uint32_t i, end = kd_seg_pairs(*s, term, &i);

		for (; i < end; i++) {
			uint32_t count;
			const uint64_t path = kd_seg_pair(*s, i, &count);
			size_t k = 0;

			while (k < n && seen[k].path != path)
				k++;
			if (k == KD_ARRAY_LEN(seen))
				return KD_VNULL; /* anywhere */
			if (k == n)
				seen[n++].path = path;
			seen[k].n += count;
		}
	}
	for (size_t k = 1; k < n; k++)
		if (seen[k].n > seen[first].n) {
			second = first;
			first = k;
		} else if (second == SIZE_MAX || seen[k].n > seen[second].n) {
			second = k;
		}
	if (!n || (second != SIZE_MAX && seen[first].n < 2 * seen[second].n))
		return KD_VNULL;
	kd_vec_each(s, &r->st->segs) {
		const struct kd_view path = kd_seg_path(*s, seen[first].path);

		if (path.p)
			return path;
	}
	return KD_VNULL;
}

/* --- sums -------------------------------------------------------------------------------------- */

/* Zeros; of a large store in large pages, for most of the time that they take is spent in faults. */
struct sums {
	float *v, *own;
	size_t size;
};

static float *sums_init(struct sums *s, size_t n)
{
	void *p = MAP_FAILED;

	s->size = (n * sizeof(float) + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	if (s->size > 2 * LARGE_PAGE)
		p = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return s->v = s->own = kd_xcalloc(n, sizeof(float));
	(void)madvise(p, s->size, MADV_HUGEPAGE);
	return s->v = p;
}

static void sums_deinit(struct sums *s)
{
	if (s->v && !s->own)
		munmap(s->v, s->size);
	kd_free(s->own);
}

struct kd_error *kd_rank(const struct kd_store *st, struct kd_fixquery *q, const struct kd_rank_req *req, struct kd_arena *a,
			 struct kd_rank_hit **ret, size_t *n_ret)
{
	struct rank r = {.st = st, .q = q, .req = req, .a = a, .terms = KD_HASHMAP_INIT(TERMS_MAX, a)};
	kd_auto(sums_deinit) struct sums sums = {0};
	float *acc, *path_ok;
	struct kd_error *err = kd_norms_open(st, &r.norms);

	if (err)
		return err;
	acc = sums_init(&sums, 4 * ((size_t)st->docs + 1));
	path_ok = req->path.n ? acc + 3 * ((size_t)st->docs + 1) : NULL; /* else its memory is never touched */
	*ret = kd_arena_array(a, req->limit ? req->limit : 1, struct kd_rank_hit);
	if (!*ret) {
		kd_norms_close(&r.norms);
		return kd_error_new(KD_LIMIT, "more than %zu hits", req->limit);
	}
	r.w = q->names_files ? &with_files : &without_files;
	r.parts = acc;
	r.files = acc + st->docs + 1;
	r.rest = r.files + st->docs + 1;
	kd_fixquery_weigh(a, q, file_of, &r);
	if (wanted(&r, KD_RANK_VECTORS))
		kd_lsa_open(st, &r.lsa);
	if (wanted(&r, KD_RANK_PARTS) || r.lsa.docs)
		parts(&r);
	if (wanted(&r, KD_RANK_NAMES))
		names(&r);
	if (wanted(&r, KD_RANK_FILES))
		files(&r);
	if (wanted(&r, KD_RANK_CRASHING))
		crashing(&r, r.rest);
	if (wanted(&r, KD_RANK_QUOTE))
		quotes(&r, r.rest);
	if (path_ok) {
		add_flat(&r, kd_term(KD_FIELD_PATH, req->path), 1, path_ok);
		add_flat(&r, kd_term(KD_FIELD_DIR, req->path), 1, path_ok);
	}
	*n_ret = req->limit ? best(&r, *ret, path_ok) : 0;
	tell_apart(&r, KD_RANK_CRASHING, crashing, *ret, *n_ret);
	tell_apart(&r, KD_RANK_QUOTE, quotes, *ret, *n_ret);
	kd_hashmap_deinit(&r.terms);
	kd_norms_close(&r.norms);
	kd_lsa_close(&r.lsa);
	return NULL;
}
