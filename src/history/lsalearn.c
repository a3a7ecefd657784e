// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/lsalearn.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/le.h"
#include "base/vec.h"
#include "history/lsa.h"

enum { ROUNDS = 6, DF_LEAST = 4, DIMS = KD_LSA_DIMS, CELLS_MAX = 1 << 28 };

struct word {
	uint64_t term;
	uint32_t df;
};

/* One word in one commit of the sample. */
struct cell {
	uint32_t doc;
	float x;
};

struct learning {
	const struct kd_store *st;
	uint32_t every, docs; /* of the sample */
	KD_VEC(struct word) words;
	KD_VEC(struct cell) cells; /* by word */
	size_t *at; /* per word: where its cells begin */
	float *d, *t; /* DIMS per commit, per word */
};

/* --- which words ------------------------------------------------------------------------------- */

static void take_word(void *user, uint64_t term, struct kd_postings p)
{
	struct learning *l = user;
	struct word *w;

	(void)p;
	w = kd_vec_push(&l->words, (size_t)KD_DOC_MAX);
	if (w)
		*w = (struct word){term, 0};
}

static int by_term(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->term < y->term ? -1 : x->term > y->term;
}

static int frequent_first(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->df != y->df ? (x->df > y->df ? -1 : 1) : by_term(a, b);
}

/* The most frequent ones, without those that every second commit has. */
static void choose_words(struct learning *l)
{
	size_t n = 0;

	kd_vec_each(s, &l->st->segs)
		kd_seg_terms(*s, KD_FIELD_PART, take_word, l);
	if (!l->words.n)
		return;
	qsort(l->words.v, l->words.n, sizeof(*l->words.v), by_term);
	for (size_t i = 0; i < l->words.n; i++) {
		const uint64_t term = l->words.v[i].term;
		uint32_t df;

		if (i && term == l->words.v[i - 1].term)
			continue;
		df = kd_store_df(l->st, term);
		if (df >= DF_LEAST && df <= l->st->docs / 2)
			l->words.v[n++] = (struct word){term, df};
	}
	l->words.n = n;
	if (n > KD_LSA_WORDS_MAX) {
		qsort(l->words.v, n, sizeof(*l->words.v), frequent_first);
		l->words.n = KD_LSA_WORDS_MAX;
	}
	if (l->words.n)
		qsort(l->words.v, l->words.n, sizeof(*l->words.v), by_term);
}

/* --- the matrix -------------------------------------------------------------------------------- */

static bool take_cells(struct learning *l, const struct word *w)
{
	const float idf = logf(1.0f + (float)l->st->docs / (float)w->df);

	kd_vec_each(s, &l->st->segs) {
		struct kd_postings p = kd_seg_postings(*s, w->term);
		struct kd_hit h;

		while (kd_postings_next(&p, &h)) {
			struct cell *c;

			if (h.doc % l->every || h.doc / l->every >= l->docs)
				continue;
			c = kd_vec_push(&l->cells, CELLS_MAX);
			if (!c)
				return false;
			*c = (struct cell){h.doc / l->every, kd_level_weight(h.level) * idf};
		}
	}
	return true;
}

/* Rows get length 1. */
static bool make_matrix(struct learning *l)
{
	kd_auto(kd_freep) float *square = kd_xcalloc((size_t)l->docs + 1, sizeof(*square));

	l->at = kd_xcalloc(l->words.n + 1, sizeof(*l->at));
	for (size_t i = 0; i < l->words.n; i++) {
		if (!take_cells(l, &l->words.v[i]))
			return false;
		l->at[i + 1] = l->cells.n;
	}
	kd_vec_each(c, &l->cells)
		square[c->doc] += c->x * c->x;
	kd_vec_each(c, &l->cells)
		c->x /= sqrtf(square[c->doc]);
	return true;
}

/* d = A t */
static void to_docs(struct learning *l)
{
	memset(l->d, 0, (size_t)l->docs * DIMS * sizeof(*l->d));
	for (size_t i = 0; i < l->words.n; i++)
		for (size_t k = l->at[i]; k < l->at[i + 1]; k++) {
			const struct cell c = l->cells.v[k];
			const float *t = l->t + i * DIMS;
			float *d = l->d + (size_t)c.doc * DIMS;

			for (int j = 0; j < DIMS; j++)
				d[j] += c.x * t[j];
		}
}

/* t = A' d */
static void to_words(struct learning *l)
{
	memset(l->t, 0, l->words.n * DIMS * sizeof(*l->t));
	for (size_t i = 0; i < l->words.n; i++)
		for (size_t k = l->at[i]; k < l->at[i + 1]; k++) {
			const struct cell c = l->cells.v[k];
			const float *d = l->d + (size_t)c.doc * DIMS;
			float *t = l->t + i * DIMS;

			for (int j = 0; j < DIMS; j++)
				t[j] += c.x * d[j];
		}
}

/* Columns of length 1, each at right angles to the others (modified Gram-Schmidt); one that nothing is left of becomes 0. */
static void straighten(float *m, size_t rows)
{
	for (int a = 0; a < DIMS; a++) {
		double square = 0, f;

		for (size_t r = 0; r < rows; r++)
			square += (double)m[r * DIMS + (size_t)a] * (double)m[r * DIMS + (size_t)a];
		f = square > 1e-20 ? 1 / sqrt(square) : 0;
		for (size_t r = 0; r < rows; r++)
			m[r * DIMS + (size_t)a] *= (float)f;
		for (int b = a + 1; b < DIMS; b++) {
			double dot = 0;

			for (size_t r = 0; r < rows; r++)
				dot += (double)m[r * DIMS + (size_t)a] * (double)m[r * DIMS + (size_t)b];
			for (size_t r = 0; r < rows; r++)
				m[r * DIMS + (size_t)b] -= (float)dot * m[r * DIMS + (size_t)a];
		}
	}
}

/* 1 or -1 by the word alone. */
static void start(struct learning *l)
{
	for (size_t i = 0; i < l->words.n; i++) {
		uint64_t x = l->words.v[i].term;

		for (int j = 0; j < DIMS; j++) {
			x ^= x >> 33;
			x *= UINT64_C(0xff51afd7ed558ccd);
			x ^= x >> 33;
			l->t[i * DIMS + (size_t)j] = x & 1 ? 1.0f : -1.0f;
			x += UINT64_C(0x9e3779b97f4a7c15);
		}
	}
}

static uint8_t *lay_out(const struct learning *l)
{
	const size_t n = l->words.n;
	uint8_t *bytes = kd_xcalloc(n, 8 + 4 + DIMS);

	for (size_t i = 0; i < n; i++) {
		const float *t = l->t + i * DIMS;
		float most = 0, scale;
		uint32_t bits;

		for (int j = 0; j < DIMS; j++)
			most = fmaxf(most, fabsf(t[j]));
		scale = most / 127.0f;
		memcpy(&bits, &scale, sizeof(bits));
		kd_put_le64(bytes + i * 8, l->words.v[i].term);
		kd_put_le32(bytes + n * 8 + i * 4, bits);
		for (int j = 0; j < DIMS; j++)
			bytes[n * 12 + i * DIMS + (size_t)j] = (uint8_t)(int8_t)(scale > 0 ? lrintf(t[j] / scale) : 0);
	}
	return bytes;
}

uint32_t kd_lsa_learn(const struct kd_store *st, uint8_t **ret)
{
	struct learning l = {.st = st, .every = (st->docs + KD_LSA_LEARN - 1) / KD_LSA_LEARN};
	uint32_t n = 0;

	l.every = l.every ? l.every : 1;
	l.docs = st->docs / l.every;
	choose_words(&l);
	if (l.words.n >= DIMS && l.docs >= DIMS && make_matrix(&l)) {
		l.d = kd_xcalloc((size_t)l.docs * DIMS, sizeof(*l.d));
		l.t = kd_xcalloc(l.words.n * DIMS, sizeof(*l.t));
		start(&l);
		for (int i = 0; i < ROUNDS; i++) {
			to_docs(&l);
			straighten(l.d, l.docs);
			to_words(&l);
		}
		straighten(l.t, l.words.n);
		*ret = lay_out(&l);
		n = (uint32_t)l.words.n;
	}
	kd_free(l.d);
	kd_free(l.t);
	kd_free(l.at);
	kd_vec_free(&l.words);
	kd_vec_free(&l.cells);
	return n;
}
