/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixwhy.h: why a commit is a candidate for the fix of a crash: what of the report it changes, touches, names or
 * quotes. Read from its record, apart from the score that found it.
 */
#ifndef KD_VERB_FIXWHY_H
#define KD_VERB_FIXWHY_H

#include "history/query.h"
#include "verb/history.h"

struct kd_fix_why {
	struct kd_view subject;
	struct kd_view text; /* "changes the crashing function f; touches a/b.c; …"; never empty */
	struct kd_view fixes; /* id of the first Fixes: line as it stands there, 12 digits at most; absent */
};

/* q: weighed (kd_rank() does it). The views live in a. KD_BADDATA: the index is damaged there. KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_fix_why(const struct kd_history *h, const struct kd_fixquery *q, uint32_t doc, struct kd_arena *a,
					  struct kd_fix_why *ret);

#endif
