/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gitlog.h: the commits of a repository with their diffs, through the git program (source/git.h).
 *
 *	err = kd_gitlog_refs(&git, patterns, n, &refs);             // what is there
 *	err = kd_gitlog_list(&git, tips, old, &ids, …);             // commits, parents before children
 *	err = kd_gitlog_read(&git, ids, n, one, user);              // each with object and diff, in this order
 *
 * What a commit's diff is: against its only parent (or nothing), without renames, as `git diff-tree -p --root
 * --no-renames` prints it. None: of a merge, of a commit at the boundary of a shallow clone (it would be the whole
 * tree), and where objects are missing.
 */
#ifndef KD_HISTORY_GITLOG_H
#define KD_HISTORY_GITLOG_H

#include "base/vec.h"
#include "history/seg.h"
#include "source/git.h"

#define KD_GITLOG_DIFF_MAX ((size_t)8 << 20) /* bytes of one diff; the rest is left out */
#define KD_GITLOG_COMMIT_MAX ((size_t)4 << 20) /* bytes of one commit object */
#define KD_GITLOG_CHUNK_MAX 4096u

struct kd_gitlog_ref {
	char *name;
	char oid[KD_GIT_OID]; /* of the commit that it leads to */
};

struct kd_gitlog_refs {
	KD_VEC(struct kd_gitlog_ref) v;
	bool shallow, partial;
	KD_VEC(char *) boundary; /* commits at the boundary of a shallow clone */
};

/*
 * Refs that lead to commits; patterns as git-for-each-ref(1) has them, none: heads, tags and remotes. KD_UNSUPPORTED:
 * the repository names its objects by SHA-256.
 */
KD_MUST_CHECK struct kd_error *kd_gitlog_refs(const struct kd_git *g, const char *const *patterns, size_t n,
					      struct kd_gitlog_refs *ret);
void kd_gitlog_refs_deinit(struct kd_gitlog_refs *r);

struct kd_gitlog_id {
	uint8_t oid[KD_SEG_OID];
};

struct kd_gitlog_ids {
	KD_VEC(struct kd_gitlog_id) v;
};

/*
 * Commits reachable from tips (hex), not from old (hex; those that the repository does not have any more are
 * ignored). known() says that one is not wanted.
 */
KD_MUST_CHECK struct kd_error *kd_gitlog_list(const struct kd_git *g, struct kd_view tips, struct kd_view old,
					      bool (*known)(void *user, const uint8_t oid[KD_SEG_OID]), void *user,
					      struct kd_gitlog_ids *ret);

struct kd_gitlog_commit {
	const uint8_t *oid;
	struct kd_view raw; /* the commit object; absent: the repository does not have it, or it is too long */
	struct kd_view diff; /* absent: there is none to be had */
	bool merge, boundary, lost /* objects are missing */, cut /* at KD_GITLOG_DIFF_MAX */;
};

/* n ≤ KD_GITLOG_CHUNK_MAX. Views are good during the call. Several threads may read at once. */
KD_MUST_CHECK struct kd_error *kd_gitlog_read(const struct kd_git *g, const struct kd_gitlog_refs *refs,
					      const struct kd_gitlog_id *ids, size_t n,
					      struct kd_error *(*fn)(void *user, const struct kd_gitlog_commit *c), void *user);

#endif
