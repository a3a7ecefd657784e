/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * triage.h: what came in, how bad it is, whether it is known, and who does what next.
 *
 *	struct kd_triage_options o = {.candidates = 5, .window = "7d"};
 *	err = kd_memory_ask(ctx, store, KD_DB_READ, kd_triage, &o, NULL, 0, &sheet);
 *
 * Every group of the window is one of four: it has a ticket, it is a duplicate of something that has one, it is a
 * candidate, or it is filtered (hardware, boot noise, what follows from something else) with the reason. A row is an issue of a
 * tracker, if the group's events came from one, else the group.
 */
#ifndef KD_VERB_TRIAGE_H
#define KD_VERB_TRIAGE_H

#include "verb/memory.h"

struct kd_triage_options {
	uint64_t candidates; /* so many at most; 0: 5 */
	const char *series; /* "6.18"; NULL: all */
	const char *window; /* "7d", "24h"; NULL: 7d */
	const char *since, *until; /* RFC 3339; instead of window */
	const char *log; /* folder for YYYY-MM-DD-triage.md; NULL: triage-log, if it is there */
	bool no_log;
};

kd_memory_answer kd_triage;

#endif
