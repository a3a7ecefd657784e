/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify.h: did the fix of a group end its crashes? Boots with the crash per host-hour, with the
 *fix and without (case/rate.h).
 *
 *	struct kd_verify_options o = {.release = "6.18.5"};
 *	err = kd_memory_ask(ctx, store, KD_DB_READ, kd_verify, &o, &group, 1, &sheet);
 *
 * Which releases have the fix is told by the first one with it (releases of the same vendor and
 *series are ordered), or by the commit (the index of git says where it is). A release of which
 *neither says it is left out, and named.
 */
#ifndef KD_VERB_VERIFY_H
#define KD_VERB_VERIFY_H

#include "verb/memory.h"

struct kd_verify_options {
	const char *fix; /* commit */
	const char *release; /* first releases with it, comma between them: one for each series */
	const char *history; /* folder of the index; NULL: as configured */
	const char *before; /* "90d": how long before the fix came is looked back; NULL: 90d, and
			       not before the group's first event */
	const char *since; /* RFC 3339; instead of that */
	const char *until; /* RFC 3339; NULL: now */
	const char *series; /* "6.18": kernels of this series alone */
	bool debug; /* debug and sanitizer builds instead of the others */
	bool regressions; /* args may be empty: which groups of which a fix is known came back */
};

/* args: the group. s->none: it did not help, or nobody can say so yet; with regressions: none came
 * back. */
kd_memory_answer kd_verify;

#endif
