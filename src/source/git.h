/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * git.h: objects of a git repository, through the git program.
 *
 *	struct kd_git g;
 *	err = kd_git_open(ctx, "/src/linux", &g);            // a checkout or a bare repository
 *	err = kd_git_object(&g, KD_V("v6.1.90:mm/slub.c"), max, &buf);
 *	kd_git_deinit(&g);
 *
 * Why the program and not libgit2: a repository is hostile input of large C parsers, and the program
 * runs in a process of its own with a time limit; it reads every kind of repository that the user's
 * git wrote (reftables, multi-pack indexes, alternates), which Debian 12's libgit2 does not; it
 * is there wherever somebody has a kernel repository. One start costs 2 to 4 ms; objects are read
 * in batches, so an answer needs a handful of starts.
 *
 * Nothing that a repository says is run: the environment is made from nothing, system and user
 * configuration are not read, and what a repository's own configuration could start is switched
 * off: hooks, fsmonitor, pager, signatures (gpg.program), external and textconv diff
 * drivers, and all transports, so that the missing objects of a partial clone are missing instead
 * of being fetched. Replacement refs and grafts are ignored: a revision is what its id says.
 * With --git-dir given, git does not ask who owns the folder; nothing in it could act.
 */
#ifndef KD_SOURCE_GIT_H
#define KD_SOURCE_GIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/proc.h"
#include "base/view.h"

#define KD_GIT_OID 65 /* hex digits of SHA-1 or SHA-256, NUL */
#define KD_GIT_ARGS_MAX 48

struct kd_git {
	struct kd_ctx *ctx;
	char *dir; /* "--git-dir=…" */
	char *path; /* PATH=… */
};

/* Is there a repository at `where`: a folder with .git, or a bare one? */
bool kd_git_is_repository(const char *where);

/* KD_NOTFOUND when there is none. Runs nothing. */
KD_MUST_CHECK struct kd_error *kd_git_open(struct kd_ctx *ctx, const char *where, struct kd_git *ret);
void kd_git_deinit(struct kd_git *g);

/* A command: its words after "git --git-dir=…", NULL at the end. Zero members: the default. */
struct kd_git_req {
	const char *const *args;
	struct kd_view input;
	size_t out_max; /* 16 MiB */
	unsigned timeout_ms; /* 60 s */
	bool partial; /* output up to a time-out or out_max is welcome: *cut_ret says so */
	bool (*watch)(void *user, struct kd_proc_result *r);
	void *user;
};

/*
 * Output into ret (whose maximum is out_max's). KD_NOTFOUND: no git program. KD_TIMEOUT, KD_LIMIT.
 * KD_BADDATA with git's own words when it failed.
 */
KD_MUST_CHECK struct kd_error *kd_git_run(const struct kd_git *g, const struct kd_git_req *req,
					  struct kd_buf *ret, bool *cut_ret);

/* The ids of objects named by revisions ("v6.1^{commit}"); "" for what is not there or ambiguous. */
KD_MUST_CHECK struct kd_error *kd_git_resolve(const struct kd_git *g, const char *const *names, size_t n,
					      char (*ret)[KD_GIT_OID]);

/*
 * The bytes of one blob, appended. KD_NOTFOUND when there is none of that name, KD_LIMIT beyond max.
 */
KD_MUST_CHECK struct kd_error *kd_git_object(const struct kd_git *g, struct kd_view name, size_t max,
					     struct kd_buf *ret);

/*
 * Many blobs in order, streamed: `names` has n lines, an id or <commit>:<path> each. fn gets the index
 * of the line and the bytes (borrowed). A missing one, or one longer than max, comes as an absent view.
 */
KD_MUST_CHECK struct kd_error *
kd_git_each(const struct kd_git *g, struct kd_view names, size_t n, size_t max,
	    struct kd_error *(*fn)(void *user, size_t i, struct kd_view bytes), void *user);

/* The same of commit objects. */
KD_MUST_CHECK struct kd_error *
kd_git_each_commit(const struct kd_git *g, struct kd_view names, size_t n, size_t max,
		   struct kd_error *(*fn)(void *user, size_t i, struct kd_view bytes), void *user);

/* Printable, no blank, and nothing that git would take for something else than a name. */
bool kd_git_name_ok(struct kd_view name);

#endif
