/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h: one line on the terminal while something takes long.
 *
 *	kd_auto(kd_progress_end) struct kd_progress p;
 *	kd_progress_init(&p, STDERR_FILENO, "reading crash.log", true);
 *	kd_progress_update(&p, done, total);       // as often as you like
 *
 * Nothing is shown when the descriptor is no terminal, during the first half
 * second, and more often than ten times a second; the line is gone at the end.
 * A program that started kdoc gets "DONE TOTAL" lines instead, as often, by kd_progress_tell().
 */
#ifndef KD_BASE_PROGRESS_H
#define KD_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Set to "3" by who starts kdoc and reads such lines from its descriptor 3. */
#define KD_PROGRESS_ENV "KDOC_PROGRESS"

struct kd_progress {
	int fd;
	bool on; /* fd is a terminal, or somebody reads lines */
	bool tell; /* lines for a program */
	bool bytes; /* counts are bytes */
	bool shown; /* a line is on the terminal */
	int64_t next_ns; /* monotonic time of the next line */
	const char *what; /* borrowed */
};

/* what: borrowed; printable text (it is cut at 60 bytes). bytes: show MiB instead of counts. */
void kd_progress_init(struct kd_progress *p, int fd, const char *what, bool bytes);

/* From now on lines for a program, to fd: two decimal numbers with a blank between them. */
void kd_progress_tell(struct kd_progress *p, int fd);

/* total == 0: not known. */
void kd_progress_update(struct kd_progress *p, uint64_t done, uint64_t total);

/* Remove the line (for instance before printing something else); update() shows it again. */
void kd_progress_clear(struct kd_progress *p);

/* Remove the line and show nothing any more. */
void kd_progress_end(struct kd_progress *p);

/* The line's text, NUL-terminated, at most n - 1 bytes; for tests and other front ends. */
void kd_progress_text(const struct kd_progress *p, uint64_t done, uint64_t total, char *buf,
		      size_t n);

#endif
