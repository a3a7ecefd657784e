/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regex.h: does a pattern of MAINTAINERS match? In linear time, whatever the pattern is.
 *
 *	kd_auto(kd_regex_freep) struct kd_regex *re = NULL;
 *	err = kd_regex_compile(KD_V("[^a-z]at91|\\bsama5d"), KD_REGEX_EXTENDED, &re);
 *	bool hit = kd_regex_search(re, text, &steps);
 *
 * The part of Perl's syntax (perlre) that N: and K: lines use: literals, . [] [^] \d \w \s \D \W
 * \S \b \B ^ $ | ( ) (?: ) (?i: ) (?i) * + ? {m,n} and their lazy forms. Back-references and
 * look-around cannot be done in linear time: KD_UNSUPPORTED. Bytes, ASCII letters.
 *
 * Matching simulates all alternatives at once (K. Thompson, CACM 11(6), 1968), so time is at
 * most text × pattern, and is counted: a search that would need more than its budget gives up.
 */
#ifndef KD_SOURCE_REGEX_H
#define KD_SOURCE_REGEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

#define KD_REGEX_MAX 4096 /* instructions */

enum kd_regex_flag {
	KD_REGEX_EXTENDED = 1, /* Perl's /x: blanks and # comments in the pattern do not count */
	KD_REGEX_LINES = 2, /* ^ and $ match at line breaks, too */
};

struct kd_regex;

/* KD_BADDATA: no pattern; KD_UNSUPPORTED; KD_LIMIT: too large. The offset is in the pattern. */
KD_MUST_CHECK struct kd_error *kd_regex_compile(struct kd_view pattern, unsigned flags,
						struct kd_regex **ret);
void kd_regex_free(struct kd_regex *re);
void kd_regex_freep(struct kd_regex **re);

/* Anywhere in the text? *budget (steps) is used up; 0 left: it gave up, and false means nothing. */
bool kd_regex_search(struct kd_regex *re, struct kd_view text, uint64_t *budget);

#endif
