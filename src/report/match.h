/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * match.h: kd_kind_match() and kd_syz_header() for many lines.
 *
 *	struct kd_match *m = kd_match_new(finder);
 *	if (kd_finder_all(finder, text, &words))
 *		kd_match_line(m, text, &words, &kind, &syz);
 *	kd_match_free(m);
 *
 * A pattern fits only a line that holds all words that the pattern holds, so that of
 * the patterns of all kinds two or three are left to be tried.
 */
#ifndef KD_REPORT_MATCH_H
#define KD_REPORT_MATCH_H

#include "report/finder.h"
#include "report/kind.h"

struct kd_match;

/* finder: one of the words of words.h; needed only during the call. */
struct kd_match *kd_match_new(const struct kd_finder *finder);

/* What a single line says of the whole log. */
enum kd_match_fact {
	KD_MATCH_SUPPRESSES = 1, /* syzbot ignores the log */
	KD_MATCH_PANICKED = 2,
	KD_MATCH_VM_LOST = 4,
};

/*
 * words: of the line, by kd_finder_all(). The results are those of the two functions above, and
 * bits of enum kd_match_fact.
 */
unsigned kd_match_line(const struct kd_match *m, struct kd_view text, const struct kd_wordset *words,
		       const struct kd_kind **kind_ret, uint8_t *syz_ret);

void kd_match_free(struct kd_match *m);

#endif
