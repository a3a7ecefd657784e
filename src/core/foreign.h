/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign.h: dumps and other pictures of a machine that kdoc knows by their first bytes and does not read itself:
 * what they are, and what to do.
 *
 *	const struct kd_foreign *f = kd_foreign_guess(head);
 *	if (f)
 *		… "it is %s; %s", f->what, f->remedy
 *
 * To add one: a row in foreign.c with the source of its magic number.
 */
#ifndef KD_CORE_FOREIGN_H
#define KD_CORE_FOREIGN_H

#include "base/view.h"

struct kd_foreign {
	struct kd_view magic; /* the file's first bytes */
	const char *what; /* "an LKCD dump" */
	const char *remedy; /* half a sentence */
	bool library; /* libkdumpfile reads it */
};

/* head: the first 16 bytes or more. NULL: none of these. */
const struct kd_foreign *kd_foreign_guess(struct kd_view head);

#endif
