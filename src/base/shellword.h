/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shellword.h: text as one word of a POSIX shell's command line: for the commands that answers end with. What a log or a
 * mail says must not become a command when somebody copies the line.
 */
#ifndef KD_BASE_SHELLWORD_H
#define KD_BASE_SHELLWORD_H

#include "base/arena.h"
#include "base/view.h"

/* As it is where that is safe, else in single quotes; in the arena. Absent: the arena is full, or longer than KD_SHELLWORD_MAX. */
#define KD_SHELLWORD_MAX 4096u
struct kd_view kd_shell_word(struct kd_arena *a, struct kd_view v);

#endif
