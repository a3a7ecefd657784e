/* SPDX-License-Identifier: GPL-2.0-or-later */
/* search.h: commits that plausibly fix a crash. See verb/history.h for how it is asked. */
#ifndef KD_VERB_SEARCH_H
#define KD_VERB_SEARCH_H

#include "verb/history.h"

struct kd_search_options {
	bool fixes;
	const char *after, *before; /* YYYY-MM-DD, of the author */
	const char *tree; /* commits of this tree alone */
	const char *path; /* commits that touch this file or folder alone */
	const char *const *except; /* commits that are no candidates */
	size_t nexcept;
	uint64_t number; /* hits; 0: 10 */
	bool explain; /* what each part of the score gave */
	bool exhaustive; /* every commit is scored in full */
	const char *without; /* parts of the score that are left out, with commas: for measuring */
	bool no_pending; /* patches that were posted and not merged are not looked for */
};

/* args: a file with a report ("-": standard input), or words of one. */
kd_history_answer kd_search_fixes;

/* Is it the name of a file, or "-"? The text of it; 1 MiB and a bit at most. */
bool kd_search_is_file(const char *name);
KD_MUST_CHECK struct kd_error *kd_search_read_file(const char *name, struct kd_buf *ret);

#endif
