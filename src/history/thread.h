/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thread.h: which mail answers which.
 *
 *	struct kd_thread_mail in[n] = {{.id = …, .refs = …, .nrefs = …, .date = …, .base = …, .reply = …}, …};
 *	struct kd_threads t;
 *	err = kd_threads_build(in, n, &arena, &t);
 *	for (node = &t.node[t.node[i].root]; …)      // t.node[i] is in[i]; from n on: mails that are missing
 *
 * As Jamie Zawinski described it (https://www.jwz.org/doc/threading.html): the references of every mail make the
 * tree, mails that are only named become placeholders, nothing becomes its own ancestor. Unlike there:
 *  - a subject joins only an answer ("Re:") that names no mail at all to the latest mail before it with the same
 *    normal subject, not older than KD_THREAD_NEAR_S; that is marked as guessed;
 *  - placeholders stay in the tree (a missing mail is worth knowing).
 * Mails with the same id: the first one is the node, later ones are doubles of it.
 */
#ifndef KD_HISTORY_THREAD_H
#define KD_HISTORY_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

enum {
	KD_THREAD_NEAR_S = 30 * 86400, /* a guessed answer comes within 30 days */
	KD_THREAD_MAILS_MAX = 8 << 20, /* nodes, placeholders too */
	KD_THREAD_DEPTH_MAX = 2000, /* a mail that would be deeper begins a thread of its own, and that is counted */
};

#define KD_THREAD_NONE UINT32_MAX

struct kd_thread_mail {
	struct kd_view id;
	const struct kd_view *refs; /* oldest first, parent last */
	size_t nrefs;
	int64_t date;
	struct kd_view base; /* normal subject */
	bool reply; /* "Re:" */
};

struct kd_thread_node {
	struct kd_view id;
	uint32_t parent, child, next; /* child: the first; next: sibling. Siblings by date, then by order of input */
	uint32_t root; /* itself for a root */
	uint32_t same; /* a double: the node that counts; else itself */
	bool missing; /* a placeholder */
	bool guessed; /* the tie to the parent was made by subject and date */
	bool cut; /* the references name an ancestor that could not be (a cycle, or too deep) */
};

struct kd_threads {
	struct kd_thread_node *node; /* 0…nmails-1 as given, then placeholders */
	size_t n, nmails;
	size_t roots, missing, guessed, cut, doubles;
};

/* KD_LIMIT: more mails than the maximum, or the arena's limit. Views are borrowed. */
KD_MUST_CHECK struct kd_error *kd_threads_build(const struct kd_thread_mail *mails, size_t n, struct kd_arena *a,
						struct kd_threads *ret);

/*
 * The thread of a node in reading order (parents before children): calls fn with the depth, 0 for the root; false of fn
 * ends it. No recursion.
 */
void kd_thread_each(const struct kd_threads *t, uint32_t root,
		    bool (*fn)(void *user, uint32_t node, unsigned depth), void *user);

#endif
