/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h: text and names → words, the same when an index is made and when it is asked.
 *
 *	kd_split_words(text, fn, user);               // C identifiers and words of 3 and more bytes
 *	kd_word_parts(KD_V("nfsd4_openReply"), fn, user);   // nfsd4, nfsd, open, reply, openreply
 */
#ifndef KD_HISTORY_WORDS_H
#define KD_HISTORY_WORDS_H

#include <stdbool.h>

#include "base/view.h"

#define KD_WORD_MAX 64u /* longer ones are cut to it */

typedef void kd_word_fn(void *user, struct kd_view word);

/* Every [A-Za-z_][A-Za-z0-9_]{2,} that no digit stands before. */
void kd_split_words(struct kd_view text, kd_word_fn *fn, void *user);

/* Every [A-Za-z][A-Za-z_-]*, in lower case. */
void kd_split_words_lower(struct kd_view text, kd_word_fn *fn, void *user);

/*
 * Parts of names in lower case: between anything that is no letter or digit, and there between runs of capitals, words that
 * begin with one, and digits (which are dropped, as are parts of one letter). A piece that was split at digits or
 * capitals comes whole as well.
 */
void kd_word_parts(struct kd_view name, kd_word_fn *fn, void *user);

/* "mm/slub.c" → "mm/slub": what of a path is split into parts. */
struct kd_view kd_word_without_extension(struct kd_view path);

/* A word of C that says nothing of its own: "int", "return", "err". */
bool kd_word_is_common(struct kd_view word);

/* A function's name without what compilers append (.isra.0, .cold); system calls under one name: __do_sys_NAME. */
struct kd_view kd_word_function(struct kd_view name, char buf[static KD_WORD_MAX + 16]);

#endif
