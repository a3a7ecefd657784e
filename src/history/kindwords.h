/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kindwords.h: which words in a commit's message go with which kind of error.
 *
 *	unsigned kinds = kd_kind_of_word(KD_V("dangling"));      // bit KD_ERR_UAF
 *
 * Segments count them (struct kd_seg_static), so that the order of the kinds and the words are part of the format of the
 * index: a change needs KD_SEG_VERSION.
 */
#ifndef KD_HISTORY_KINDWORDS_H
#define KD_HISTORY_KINDWORDS_H

#include <stdbool.h>

#include "base/view.h"
#include "history/seg.h"
#include "history/words.h"

enum kd_error_kind {
	KD_ERR_UAF, KD_ERR_OOB, KD_ERR_NULL, KD_ERR_LEAK, KD_ERR_UNINIT, KD_ERR_LOCK, KD_ERR_RACE, KD_ERR_HANG, KD_ERR_DIV, KD_ERR_SHIFT,
	KD_ERR_REFCOUNT, KD_ERR_WARN, KD_ERR_BUG,
};

/* Bits of enum kd_error_kind; word is in lower case. */
unsigned kd_kind_of_word(struct kd_view word);

/* "avoid", "check", "prevent" …: the subject of a commit that puts a guard somewhere. */
bool kd_word_is_guard(struct kd_view word);

const char *kd_kind_name(unsigned kind); /* for people */

#endif
