/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mention.h: what a report says to exist: lines of a log, addresses, frames, commits, places in the source, evidence.
 *
 *	static bool seen(void *user, const struct kd_mention *m) { … return true; }
 *	err = kd_mention_find(&prose, &arena, seen, user);
 *
 * Found by its form alone; whether it exists is asked elsewhere. In blocks of code of a language ("```c", "```sh") nothing
 * is looked for. A line that is shown as one of a log is one mention; what stands in it is not mentioned again.
 */
#ifndef KD_CASE_MENTION_H
#define KD_CASE_MENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "case/prose.h"

#define KD_MENTION_ID 13 /* "e" or "c" and 12 digits */
#define KD_MENTION_ADDRESS_MIN 0x10000u /* smaller numbers are offsets, sizes, error codes */

enum kd_mention_kind {
	KD_MENTION_LOG_LINE, /* words: the line */
	KD_MENTION_ADDRESS, /* value */
	KD_MENTION_FRAME, /* "func+0x10/0x20", "func+0x10" */
	KD_MENTION_COMMIT, /* 12 to 40 hex digits; title: what stands behind it in ("…") */
	KD_MENTION_PLACE, /* words: the path; value: the line */
	KD_MENTION_EVIDENCE, /* "e…" */
	KD_MENTION_CLAIM, /* "c…" */
	KD_MENTION_KINDS
};

struct kd_mention {
	uint8_t kind; /* enum kd_mention_kind */
	size_t at, n; /* in the text */
	struct kd_view words; /* without Markdown's backslashes */
	struct kd_view title; /* absent: none is given */
	uint64_t value;
};

/* fn returns false to stop. KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_mention_find(const struct kd_prose *p, struct kd_arena *arena,
					       bool (*fn)(void *user, const struct kd_mention *m), void *user);

const char *kd_mention_name(enum kd_mention_kind kind); /* "log line" …; never NULL */

#endif
