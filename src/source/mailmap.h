/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailmap.h: the .mailmap of a tree: what people are called today, and where they read mail.
 *
 *	struct kd_mailmap m;
 *	err = kd_mailmap_load(tree, &m);            // a tree without one: an empty map
 *	struct kd_view name = KD_V("joe"), mail = KD_V("joe@old.example");
 *	kd_mailmap_apply(&m, &name, &mail);         // borrowed from the map where it changes them
 *	kd_mailmap_deinit(&m);
 *
 * gitmailmap(5), read as git reads it: lines
 *	Name <commit@mail>
 *	<mail> <commit@mail>
 *	Name <mail> <commit@mail>
 *	Name <mail> Commit Name <commit@mail>
 * Names and addresses of commits are compared without case; a line that also names the commit's name goes before one
 * that does not; later lines add to and replace what earlier ones say.
 */
#ifndef KD_SOURCE_MAILMAP_H
#define KD_SOURCE_MAILMAP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"
#include "source/tree.h"

#define KD_MAILMAP_LINES_MAX 100000
#define KD_MAILMAP_MAX ((size_t)8 << 20)

struct kd_mailmap_line {
	struct kd_view name, mail; /* today's; absent: as in the commit */
	struct kd_view old_name, old_mail; /* old_name absent: whoever has the address */
};

struct kd_mailmap {
	struct kd_buf text;
	struct kd_mailmap_line *v;
	size_t n;
};

/* Of the tree's revision. KD_LIMIT; errors of the tree. */
KD_MUST_CHECK struct kd_error *kd_mailmap_load(struct kd_tree *t, struct kd_mailmap *ret);

/* Lines of m->text, which is set; lines that git would not take are left out. KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_mailmap_parse(struct kd_mailmap *m);

void kd_mailmap_apply(const struct kd_mailmap *m, struct kd_view *name, struct kd_view *mail);

/* "Name <mail>" as it is today, in the arena; what has no address, and what does not change, as it is. */
struct kd_view kd_mailmap_address(const struct kd_mailmap *m, struct kd_view address, struct kd_arena *a);

void kd_mailmap_deinit(struct kd_mailmap *m);

#endif
