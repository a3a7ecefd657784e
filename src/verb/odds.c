// SPDX-License-Identifier: GPL-2.0-or-later
/* Weights relative to the most likely value and their sums: no logarithms, no factorials, nothing
 * that overflows. */
#include "verb/odds.h"

#include <stdbool.h>
#include <stdio.h>

#define NOTHING 1e-300

struct walk {
	double n, k, rest; /* draws, hits in all, what is neither */
	double odds; /* binomial: p / (1 - p); hypergeometric: 0 */
};

/* weight(x + 1) / weight(x) */
static double ratio(const struct walk *w, double x)
{
	if (w->odds > 0)
		return (w->n - x) / (x + 1) * w->odds;
	return (w->n - x) * (w->k - x) / ((x + 1) * (w->rest - w->n + x + 1));
}

static double tail(const struct walk *w, double low, double high, double mode, double from)
{
	double all = 1, some = mode >= from ? 1 : 0, weight = 1;

	for (double x = mode; x < high; x++) {
		weight *= ratio(w, x);
		if (weight < NOTHING)
			break;
		all += weight;
		some += x + 1 >= from ? weight : 0;
	}
	weight = 1;
	for (double x = mode; x > low; x--) {
		weight /= ratio(w, x - 1);
		if (weight < NOTHING)
			break;
		all += weight;
		some += x - 1 >= from ? weight : 0;
	}
	return some / all;
}

double kd_odds_fisher(const struct kd_odds_table *t)
{
	const double n = (double)(t->bug_in + t->bug_out), k = (double)(t->bug_in + t->other_in),
		     total = n + (double)(t->other_in + t->other_out), rest = total - k;
	const double low = n > rest ? n - rest : 0, high = n < k ? n : k;
	const struct walk w = {n, k, rest, 0};
	double mode = (double)(uint64_t)((n + 1) * (k + 1) / (total + 2));

	mode = mode < low ? low : mode > high ? high : mode;
	return tail(&w, low, high, mode, (double)t->bug_in);
}

double kd_odds_binomial(uint64_t k, uint64_t n, double p)
{
	const struct walk w = {(double)n, 0, 0, p < 1 ? p / (1 - p) : 0};
	double mode = (double)(uint64_t)(((double)n + 1) * p);

	if (!k || p >= 1)
		return 1;
	if (p <= 0)
		return 0;
	mode = mode > (double)n ? (double)n : mode;
	return tail(&w, 0, (double)n, mode, (double)k);
}

void kd_odds_p(double p, char *text, size_t n)
{
	if (p < 0.0001)
		snprintf(text, n, "p < 0.0001");
	else if (p < 0.01)
		snprintf(text, n, "p = %.4f", p);
	else
		snprintf(text, n, "p = %.2f", p > 1 ? 1 : p);
}

double kd_odds_words(const struct kd_odds_table *t, uint64_t choices, char *text, size_t n)
{
	const bool few =
		t->bug_in + t->bug_out < KD_ODDS_FEW || t->other_in + t->other_out < KD_ODDS_FEW;
	double p = 1;
	char word[32];

	if (!few) {
		p = kd_odds_fisher(t) * (double)(choices ? choices : 1);
		p = p > 1 ? 1 : p;
	}
	if (!text)
		return p;
	kd_odds_p(p, word, sizeof(word));
	if (few)
		snprintf(text, n, "too few boots to test");
	else if (choices > 1)
		snprintf(text, n, "%s (Fisher, corrected for %llu choices)", word,
			 (unsigned long long)choices);
	else
		snprintf(text, n, "%s (Fisher)", word);
	return p;
}
