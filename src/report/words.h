/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.h: the table of trigger words of the scanner, for report/finder.h. */
#ifndef KD_REPORT_WORDS_H
#define KD_REPORT_WORDS_H

#include "report/finder.h"

/*
 * The first *n_common of the *n words stand in ordinary logs, too, and in their line alone
 * can be seen whether it is a header.
 */
const struct kd_word *kd_words(size_t *n, size_t *n_common);

#endif
