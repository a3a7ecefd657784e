/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * odds.h: could it be chance? Exact tests on counts, for statements that say how strong they are.
 *
 *	// of 7 boots with the bug 6 ran release R; of 40 other boots 10 did
 *	struct kd_odds_table t = {.bug_in = 6, .bug_out = 1, .other_in = 10, .other_out = 30};
 *	double p = kd_odds_fisher(&t);
 *	kd_odds_words(&t, 5, text, sizeof(text));         // "p = 0.047 after correction for 5 choices", "too few …"
 *
 * Count boots, never messages: messages of one boot are not independent, and many are printed once a boot.
 */
#ifndef KD_VERB_ODDS_H
#define KD_VERB_ODDS_H

#include <stddef.h>
#include <stdint.h>

#define KD_ODDS_FEW 3 /* fewer on either side and no test is made */

struct kd_odds_table {
	uint64_t bug_in, bug_out, other_in, other_out;
};

/* Fisher's exact test, one-sided: that at least so many are in it, if what they are in does not matter. */
double kd_odds_fisher(const struct kd_odds_table *t);

/* That at least k of n hit something with probability p each. */
double kd_odds_binomial(uint64_t k, uint64_t n, double p);

/*
 * The test in words; choices: so many categories were looked at before this one was picked (Bonferroni). Gives the corrected p, 1 for
 * too few; text may be NULL.
 */
double kd_odds_words(const struct kd_odds_table *t, uint64_t choices, char *text, size_t n);

/* "p = 0.012", "p < 0.0001". */
void kd_odds_p(double p, char *text, size_t n);

#endif
