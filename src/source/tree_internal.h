/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree_internal.h: what the kinds of trees share. Not for others.
 */
#ifndef KD_SOURCE_TREE_INTERNAL_H
#define KD_SOURCE_TREE_INTERNAL_H

#include "base/vec.h"
#include "source/tree.h"

struct kd_tree_ops {
	/* path is relative and has no ".." */
	struct kd_error *(*read)(struct kd_tree *t, struct kd_view path, size_t max, struct kd_buf *ret);
	/* NULL entries of the list are not there */
	struct kd_error *(*exists)(struct kd_tree *t, const struct kd_view *paths, size_t n, size_t *ret);
	struct kd_error *(*many)(struct kd_tree *t, const struct kd_view *paths, size_t n,
				 struct kd_error *(*fn)(void *user, const struct kd_tree_file *f), void *user);
	struct kd_error *(*each)(struct kd_tree *t, const struct kd_tree_each *each);
	struct kd_error *(*key)(struct kd_tree *t, struct kd_sha256 *h);
};

struct kd_tree {
	struct kd_ctx *ctx;
	struct kd_arena arena;
	struct kd_tree_info info;
	const struct kd_tree_ops *ops;
	char *where;
	struct kd_git git;
	KD_VEC(struct kd_tree_step) steps;
	/* tarball: the latest files, so that one question reads it once */
	struct kd_buf kept[2];
	char *kept_path[2];
	struct kd_view tar_top; /* "linux-6.1/" in front of each path, or empty */
};

extern const struct kd_tree_ops kd_tree_folder_ops, kd_tree_tar_ops, kd_tree_git_ops;

/* Note an attempt; printf-like outcome. */
void kd_tree_step(struct kd_tree *t, bool found, struct kd_view what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* git: find the revision for `at` (NULL: HEAD) and set info. */
KD_MUST_CHECK struct kd_error *kd_tree_resolve(struct kd_tree *t, const char *at);

/* Others: version of the Makefile against `at`. */
KD_MUST_CHECK struct kd_error *kd_tree_bind_version(struct kd_tree *t, const char *at);

/* VERSION.PATCHLEVEL.SUBLEVEL EXTRAVERSION of a top Makefile; absent when it has none. */
struct kd_view kd_tree_makefile_version(struct kd_arena *a, struct kd_view text);

/* Call fn(user, i, worker) for i = 0 … n-1 from so many threads; the first error ends all. */
KD_MUST_CHECK struct kd_error *kd_tree_parallel(unsigned workers, size_t n,
						struct kd_error *(*fn)(void *user, size_t i, unsigned worker),
						void *user);

#endif
