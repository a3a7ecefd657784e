/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maillex.h: every word that mails have, as text: for queries with a star. The index itself holds numbers.
 *
 *	struct kd_lexw *w = kd_lexw_new();                   // while indexing
 *	kd_lexw_add(w, words);                               // lines; false: full, write it now
 *	err = kd_lexw_write(w, path, &check);                // sorted, each once; and empty again
 *
 *	err = kd_lex_open(path, &l);                         // while asking
 *	kd_lex_each(&l, KD_V("list_ad"), fn, user);          // list_add, list_add_tail …
 *
 *	err = kd_lex_merge(lexes, n, path, &check);
 *
 * A file is the words in the order of their bytes, one a line.
 */
#ifndef KD_HISTORY_MAILLEX_H
#define KD_HISTORY_MAILLEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

struct kd_lexw;

struct kd_lexw *kd_lexw_new(void);
void kd_lexw_free(struct kd_lexw *w);
bool kd_lexw_add(struct kd_lexw *w, struct kd_view lines);
bool kd_lexw_empty(const struct kd_lexw *w);
KD_MUST_CHECK struct kd_error *kd_lexw_write(struct kd_lexw *w, const char *path, uint32_t *check_ret);

struct kd_lex {
	const char *map;
	size_t size;
};

/* KD_NOTFOUND, KD_IO. */
KD_MUST_CHECK struct kd_error *kd_lex_open(const char *path, struct kd_lex *ret);
void kd_lex_close(struct kd_lex *l);
/* kd_check32 of all of it. */
uint32_t kd_lex_check(const struct kd_lex *l);
/* Words that begin with prefix, in order; false of fn ends it. */
void kd_lex_each(const struct kd_lex *l, struct kd_view prefix, bool (*fn)(void *user, struct kd_view word), void *user);

KD_MUST_CHECK struct kd_error *kd_lex_merge(const struct kd_lex *l, size_t n, const char *path, uint32_t *check_ret);

#endif
