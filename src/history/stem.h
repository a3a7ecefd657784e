/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stem.h: English words without their endings: "fixes", "fixed", "fixing" → "fix".
 *
 *	char buf[KD_STEM_MAX];
 *	struct kd_view z = kd_stem(KD_V("fixes"), buf);
 *
 * The algorithm is Martin Porter's second one for English (https://snowballstem.org/algorithms/english/stemmer.html, as it
 * stood until 2023, which is what Xapian 1.4 has). Words are lower case; bytes that are no English letter count as consonants.
 */
#ifndef KD_HISTORY_STEM_H
#define KD_HISTORY_STEM_H

#include "base/view.h"

enum { KD_STEM_MAX = 72 };

/* Of a word of at most 64 bytes; longer ones are given back as they are. */
struct kd_view kd_stem(struct kd_view word, char buf[static KD_STEM_MAX]);

#endif
