// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: group-crossval FILE.jsonl[.zst]
 *
 * Makes the weights of src/case/similar_model.h anew from reports of known bugs (the file is that of `kdoc group
 * --eval`) and tries them where they were not made: the bugs are parted into five folds, and each pair is scored by
 * the mean of the models that have not seen one of its two bugs. Prints the weights of all folds side by side, AUC, and precision at
 * several recalls.
 *
 * Logistic regression by Newton's method, ridge 3. A bug with more than six reports counts as much as one with six, so
 * that one wave of reports does not decide. Weights keep the sign that they must have, see SIGN.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "case/similar.h"
#include "case/similar_model.h"
#include "verb/group_eval.h"

enum { FOLDS = 5, MODELS = FOLDS + 1, N = KD_FEATURES + 1, STEPS = 25, EACH = 4 };

struct row {
	float x[KD_FEATURES];
	float weight, score;
	uint32_t a, b;
	uint8_t same, folds;
};

struct data {
	struct row *row;
	size_t n, cap;
};

/* +1: only speaks for, -1: only against, 0: either, 2: not part of the score. */
static int sign(int feature)
{
	switch (feature) {
	case KD_F_UNLIKE_WHAT:
	case KD_F_APART:
		return -1;
	case KD_F_BARE:
		return 0;
	case KD_F_LEAD:
	case KD_F_FUNC:
	case KD_F_PLACE:
	case KD_F_FILE:
		return 2;
	default:
		return 1;
	}
}

static void on_pair(void *user, size_t a, size_t b, bool same, double score, const float *feature)
{
	struct data *d = user;
	struct row *r;

	(void)score;
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 1 << 20;
		d->row = kd_xrealloc(d->row, d->cap * sizeof(*d->row));
	}
	r = &d->row[d->n++];
	memset(r, 0, sizeof(*r));
	memcpy(r->x, feature, sizeof(r->x));
	r->a = (uint32_t)a;
	r->b = (uint32_t)b;
	r->same = same;
}

/* h * x = g by elimination with pivots; x is left in g. */
static void solve(double h[N][N], double g[N])
{
	for (int i = 0; i < N; i++) {
		int p = i;

		for (int r = i + 1; r < N; r++)
			p = fabs(h[r][i]) > fabs(h[p][i]) ? r : p;
		for (int k = 0; k < N; k++) {
			double t = h[i][k];

			h[i][k] = h[p][k];
			h[p][k] = t;
		}
		double t = g[i];

		g[i] = g[p];
		g[p] = t;
		for (int r = i + 1; r < N; r++) {
			double f = h[r][i] / h[i][i];

			for (int k = i; f != 0 && k < N; k++)
				h[r][k] -= f * h[i][k];
			g[r] -= f * g[i];
		}
	}
	for (int i = N - 1; i >= 0; i--) {
		for (int k = i + 1; k < N; k++)
			g[i] -= h[i][k] * g[k];
		g[i] /= h[i][i];
	}
}

static double linear(const struct row *r, const double w[N])
{
	double z = w[KD_FEATURES];

	for (int k = 0; k < KD_FEATURES; k++)
		z += w[k] * (double)r->x[k];
	return z;
}

static void add_row(const struct row *r, const double w[N], double h[N][N], double g[N])
{
	double p = 1 / (1 + exp(-linear(r, w))), weight = (double)r->weight * (r->same ? 1 : EACH);
	double slope = weight * (r->same - p), bend = weight * p * (1 - p), x[N];
	int at[N], n = 0;

	for (int k = 0; k < KD_FEATURES; k++)
		if (r->x[k] != 0) {
			x[n] = (double)r->x[k];
			at[n++] = k;
		}
	x[n] = 1;
	at[n++] = KD_FEATURES;
	for (int i = 0; i < n; i++) {
		g[at[i]] += slope * x[i];
		for (int k = 0; k < n; k++)
			h[at[i]][at[k]] += bend * x[i] * x[k];
	}
}

/* What may not move stays where it is. */
static void hold(double h[N][N], double g[N], const double w[N], bool first)
{
	for (int k = 0; k < KD_FEATURES; k++) {
		int s = sign(k);

		g[k] -= 3 * w[k];
		h[k][k] += 3;
		if (s != 2 && (first || !s || w[k] != 0 || s * g[k] > 0))
			continue;
		for (int i = 0; i < N; i++)
			h[k][i] = h[i][k] = 0;
		h[k][k] = 1;
		g[k] = 0;
	}
}

/* fold < 0: on all */
static void fit(const struct data *d, int fold, double w[N])
{
	memset(w, 0, N * sizeof(*w));
	w[KD_FEATURES] = -6;
	for (int step = 0; step < STEPS; step++) {
		double h[N][N] = {{0}}, g[N] = {0}, most = 0;

		for (size_t i = 0; i < d->n; i++)
			if (!(fold >= 0 && d->row[i].folds >> fold & 1) && (d->row[i].same || i % EACH == 0))
				add_row(&d->row[i], w, h, g);
		hold(h, g, w, !step);
		solve(h, g);
		for (int k = 0; k < N; k++)
			most = fabs(g[k]) > most ? fabs(g[k]) : most;
		for (int k = 0; k < N; k++) {
			w[k] += most > 1.5 ? g[k] * 1.5 / most : g[k];
			if (k < KD_FEATURES && sign(k) * sign(k) == 1 && sign(k) * w[k] < 0)
				w[k] = 0;
		}
		if (most < 1e-3)
			return;
	}
}

static int by_score(const void *x, const void *y)
{
	float a = ((const struct row *)x)->score, b = ((const struct row *)y)->score;

	return a < b ? 1 : a > b ? -1 : 0;
}

static void report(struct data *d, const char *what)
{
	static const double recalls[] = {.05, .1, .2, .4, .6};
	double above = 0, below = 0, pos = 0, neg = 0, right = 0;
	size_t k = 0;

	qsort(d->row, d->n, sizeof(*d->row), by_score);
	for (size_t i = 0; i < d->n; i++)
		*(d->row[i].same ? &pos : &neg) += 1;
	for (size_t i = 0; i < d->n; i++) { /* equal scores are rare and count as they come */
		if (d->row[i].same)
			above++;
		else
			right += above;
	}
	printf("%-12s AUC %.4f", what, right / (pos * neg));
	above = 0;
	for (size_t i = 0; i < d->n && k < KD_ARRAY_LEN(recalls); i++) {
		*(d->row[i].same ? &above : &below) += 1;
		for (; k < KD_ARRAY_LEN(recalls) && above >= recalls[k] * pos; k++)
			printf("  %.0f %%: %.3f", 100 * recalls[k], above / (above + below));
	}
	puts(k ? "  (precision at recall)" : "");
}

static void weigh(struct data *d, const struct kd_group_eval *e)
{
	uint32_t *size = kd_xcalloc(e->clusters, sizeof(*size));

	for (size_t i = 0; i < e->reports; i++)
		size[e->cluster[i]]++;
	for (size_t i = 0; i < d->n; i++) {
		struct row *r = &d->row[i];
		uint32_t a = e->cluster[r->a], b = e->cluster[r->b], n = size[a];

		r->folds = (uint8_t)(1u << a % FOLDS | 1u << b % FOLDS);
		r->weight = r->same && n > 6 ? 30.0f / (float)((double)n * (n - 1)) : 1;
	}
	kd_free(size);
}

int main(int argc, char **argv)
{
	struct data d = {0};
	struct kd_group_eval *e = NULL;
	struct kd_ctx ctx;
	struct kd_group_eval_request req = {.path = argc == 2 ? argv[1] : "", .pair = on_pair, .user = &d};
	double w[MODELS][N];
	struct kd_error *err;

	kd_ctx_init(&ctx);
	err = kd_group_eval(&ctx, &req, &e);
	if (err) {
		fprintf(stderr, "group-crossval: %s\n", err->msg);
		kd_error_free(err);
		return 1;
	}
	weigh(&d, e);
	for (int m = 0; m < MODELS; m++) /* five, then all */
		fit(&d, m < FOLDS ? m : -1, w[m]);
	for (int k = 0; k < N; k++) {
		printf("%-20s", k < KD_FEATURES ? kd_feature_name((size_t)k) : "bias");
		for (int m = 0; m < MODELS; m++)
			printf(" %7.2f", w[m][k]);
		puts(k ? "" : "   (five folds, all)");
	}
	for (size_t i = 0; i < d.n; i++)
		d.row[i].score = (float)linear(&d.row[i], w[FOLDS]);
	report(&d, "on itself");
	for (size_t i = 0; i < d.n; i++) {
		double z = 0;
		int n = 0;

		for (int m = 0; m < FOLDS; m++)
			if (d.row[i].folds >> m & 1) {
				z += linear(&d.row[i], w[m]);
				n++;
			}
		d.row[i].score = (float)(z / n);
	}
	report(&d, "five folds");
	kd_free(d.row);
	kd_group_eval_free(e);
	kd_ctx_deinit(&ctx);
	return 0;
}
