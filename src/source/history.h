/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h: who wrote a line, and the last commits of a function. Git trees only.
 *
 *	struct kd_blame b;
 *	err = kd_history_blame(tree, KD_V("mm/slub.c"), 4561, &arena, &b);
 *	err = kd_history_log(tree, &req, &arena, &commits, &n, &cut);
 *
 * Both walk the history backwards and may need long in a large one; a limit of time ends them, and
 * what was found until then counts: `cut` says so. Authors are called as the .mailmap of the tree's revision says. Copied and moved lines are not followed.
 */
#ifndef KD_SOURCE_HISTORY_H
#define KD_SOURCE_HISTORY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "source/tree.h"

struct kd_commit_line {
	struct kd_view commit; /* id */
	struct kd_view date; /* of the author, YYYY-MM-DD, his zone */
	struct kd_view author;
	struct kd_view subject;
};

struct kd_blame {
	struct kd_commit_line commit;
	uint32_t line; /* its number in that commit */
	bool boundary; /* history begins there: the line may be older */
	bool found; /* false: the time was up */
};

KD_MUST_CHECK struct kd_error *kd_history_blame(struct kd_tree *t, struct kd_view path, uint32_t line,
						unsigned timeout_ms, struct kd_arena *a, struct kd_blame *ret);

struct kd_history_req {
	struct kd_view path;
	uint32_t first, last; /* lines, as of the tree's revision */
	size_t limit; /* commits at most */
	unsigned timeout_ms;
};

/* Commits that changed these lines, the latest first. *cut_ret: the time was up. */
KD_MUST_CHECK struct kd_error *kd_history_log(struct kd_tree *t, const struct kd_history_req *req,
					      struct kd_arena *a, struct kd_commit_line **ret,
					      size_t *n_ret, bool *cut_ret);

#endif
