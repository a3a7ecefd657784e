/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h: a line in the words that a shell would give to a program. Only quoting is known (POSIX
 * shell, 2.2): '…', "…" with \ before " \ $ `, and \ outside; nothing is expanded.
 *
 *	const char *argv[97];
 *	if (kd_words_split(kd_view_of("a 'b c'"), &arena, argv, 96, &n)) … argv[1] is "b c"
 */
#ifndef KD_LAB_WORDS_H
#define KD_LAB_WORDS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/view.h"

/*
 * v gets at most max words, the arena's, and a NULL behind them. False when a quote is not closed,
 * a word holds a NUL byte, or there are more.
 */
bool kd_words_split(struct kd_view line, struct kd_arena *arena, const char **v, size_t max,
		    size_t *n);

#endif
