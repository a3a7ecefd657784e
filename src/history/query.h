/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query.h: the text of a crash report → what to look for in the history (docs/HISTORY.md, "The query").
 *
 *	struct kd_fixquery q;
 *	err = kd_fixquery_parse(&arena, text, &q);
 *	kd_fixquery_weigh(&arena, &q, file_of, user);     // weights of functions and files
 *
 * Nothing is looked up in the report's own meaning: text in, frames, names and words out; so that mails, cut and quoted
 * reports work, too.
 */
#ifndef KD_HISTORY_QUERY_H
#define KD_HISTORY_QUERY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "base/view.h"

#define KD_FIXQUERY_TEXT_MAX ((size_t)1 << 20) /* of a report; what follows is not read */
#define KD_FIXQUERY_FRAMES_MAX 4096u

enum kd_frame_section {
	KD_SECTION_HEAD, KD_SECTION_MAIN, KD_SECTION_ALLOC, KD_SECTION_FREE, KD_SECTION_CHAIN, KD_SECTION_OTHER, KD_SECTION_AFTER,
	KD_SECTION_SKIP,
};

struct kd_query_frame {
	struct kd_view func; /* kd_word_function()'s; absent: a file alone */
	struct kd_view path; /* in the source tree; absent: the report does not say */
	uint8_t section;
};

struct kd_query_weight {
	struct kd_view name;
	double weight;
};

enum kd_query_when { KD_WHEN_UNKNOWN, KD_WHEN_RELEASE, KD_WHEN_CANDIDATE, KD_WHEN_NEXT, KD_WHEN_STABLE };

struct kd_fixquery {
	KD_VEC(struct kd_query_frame) frames;
	KD_VEC(struct kd_view) modules; /* that frames are in; each once */
	KD_VEC(struct kd_view) extra; /* cache, locks, work: names that the report gives besides frames */
	KD_VEC(struct kd_view) head; /* the first lines that say what happened, without addresses and paths */
	KD_VEC(struct kd_view) prose; /* lines in a person's words, of a report that names no files */
	unsigned kinds; /* bits of enum kd_error_kind */
	bool syzbot; /* found by syzkaller */
	bool names_files; /* frames have them; rank.c has a set of weights for either case */
	uint8_t when; /* enum kd_query_when: of the kernel that crashed */
	int64_t date; /* with when: s since 1970 UTC, about, when it was made */
	struct kd_view version; /* as the report has it; absent */

	/* of kd_fixquery_weigh() */
	KD_VEC(struct kd_query_weight) funcs, paths;
	KD_VEC(struct kd_view) order; /* specific functions of the main stack, the innermost first */
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_fixquery_parse(struct kd_arena *a, struct kd_view text, struct kd_fixquery *ret);

/* file_of: the file of a function as the index knows it; absent: not known or not sure. NULL: nobody knows. */
void kd_fixquery_weigh(struct kd_arena *a, struct kd_fixquery *q, struct kd_view (*file_of)(void *user, struct kd_view func), void *user);

/* When mainline's vX.Y was tagged, s since 1970 UTC; 0: not known. */
int64_t kd_mainline_date(struct kd_view version);

#endif
