/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build.h: a git repository into the store: what is new in it since the last time.
 *
 *	struct kd_build_req req = {.name = "mainline", .path = "/src/linux", .watch = watch};
 *	struct kd_build_result r;
 *	err = kd_build_git(ctx, store, &req, &r);        // store opened for writing
 *
 * Parts of the work are kept while it goes on: after kill -9 the next run begins behind the last part that was saved.
 * Memory: some 200 MB and 60 bytes a commit. The git program is run once per worker and some 100 commits.
 */
#ifndef KD_HISTORY_BUILD_H
#define KD_HISTORY_BUILD_H

#include "base/ctx.h"
#include "history/store.h"

struct kd_build_req {
	const char *name, *path; /* of the tree; the name is how the user calls it */
	const char *const *refs; /* patterns of git-for-each-ref(1); none: heads, tags, remotes */
	size_t nrefs;
	unsigned workers; /* 0: as many as there are processors */
	size_t part_memory; /* bytes of one part in memory; 0: 128 MiB */
	void (*watch)(void *user, uint64_t done, uint64_t total);
	void *user;
};

struct kd_build_result {
	uint64_t added; /* commits */
	uint64_t no_diff; /* of these without their diff: objects missing */
	uint64_t damaged; /* that could not be parsed */
	uint64_t cut; /* with a diff longer than what is read */
	uint64_t refs, gone; /* refs of the tree; of the last time those that are not there any more or were moved back */
};

KD_MUST_CHECK struct kd_error *kd_build_git(struct kd_ctx *ctx, struct kd_store *st, const struct kd_build_req *req,
					    struct kd_build_result *ret);

/*
 * What is derived of all commits, written anew, then the list of parts: the end of each run that changed them. other_docs: documents came,
 * went or have other numbers.
 */
KD_MUST_CHECK struct kd_error *kd_build_finish(struct kd_store *st, bool other_docs);

#endif
