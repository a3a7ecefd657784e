/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailwords.h: text of mails → words, the same when it is indexed and when it is asked.
 *
 *	kd_mail_words(KD_V("Fix foo's bar_baz(1.5)"), fn, user);     // fix, foo's, bar_baz, 1.5
 *
 * The rules are those of Xapian's TermGenerator, which public-inbox uses (https://xapian.org/docs/queryparser.html, "Stemming",
 * "Phrase searches"), so that queries written for its servers mean the same here: letters, digits and "_" make words; ' and &
 * between letters, . , ; between digits belong to them; up to three + or # at the end, too; P.T.O. is pto; a word longer than
 * 64 bytes is none. Letters are lower case, of Latin, Greek and Cyrillic script; all others are letters as they are.
 */
#ifndef KD_HISTORY_MAILWORDS_H
#define KD_HISTORY_MAILWORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "history/stem.h"
#include "history/term.h"

enum { KD_MAIL_WORD_MAX = 64 };

/* false of fn ends it. word is borrowed during the call. */
typedef bool kd_mail_word_fn(void *user, struct kd_view word);

void kd_mail_words(struct kd_view text, kd_mail_word_fn *fn, void *user);

struct kd_mail_token {
	char buf[KD_MAIL_WORD_MAX + 4];
	struct kd_view word; /* in buf, lower case; too long: none (n == 0) */
	bool capital; /* begins with a capital */
	size_t from, to; /* bytes of the text */
	bool suffixed; /* ends in + or # */
};

/* The next word at or behind *at, which moves behind it; false: none is left. */
bool kd_mail_token(struct kd_view text, size_t *at, struct kd_mail_token *ret);

/* Has it a stem? One that begins with a digit has none. */
static inline bool kd_mail_stems(struct kd_view word)
{
	return word.n && !kd_is_digit(word.p[0]) && word.p[0] != '_';
}

/*
 * The level of a word in the index: bit 0: this very form is there, not only others of the same stem; the other two: how
 * often, as kd_mail_amount() has it.
 */
enum { KD_MAIL_EXACT = 1 };

static inline unsigned kd_mail_amount(uint32_t n)
{
	return n < 2 ? 0 : n < 4 ? 1 : n < 8 ? 2 : 3;
}

/* The number of a stem in a field. */
uint64_t kd_mail_stem_term(enum kd_word_field field, struct kd_view word);

/* The number under which this very form is found, and whether KD_MAIL_EXACT has to be set then. */
uint64_t kd_mail_exact_term(enum kd_word_field field, struct kd_view word, bool *level_ret);

#endif
