/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.h: the text of an exact kernel tree: a folder, a tarball, or a git repository without checkout.
 *
 *	struct kd_tree_req req = {.where = "/src/linux", .at = "6.1.90"};
 *	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
 *	err = kd_tree_open(ctx, &req, &t);
 *	const struct kd_tree_info *i = kd_tree_info(t);       // i->steps: how it got there
 *	err = kd_tree_read(t, KD_V("mm/slub.c"), max, &buf);
 *
 * `at` is a release as a kernel prints it ("6.1.90", "6.7.0-rc3-00123-g1a2b3c4d5e6f",
 * "6.8.0-next-20240101", "6.1.0-56-cloud-amd64 #1 SMP … Debian 6.1.170-1 (…)") or, for git, a
 * revision. How it becomes a revision:
 *
 *	-g<commit>      that commit, or nothing: a tag before it is another text
 *	a revision      as it is: a tag, a commit, a branch
 *	N.N-rcN         v6.7-rc3 · -next-DATE: next-20240101
 *	Debian          the stable tag of the package version; of "6.1.0-56-…" alone nothing: the ABI
 *	                number is no version
 *	Ubuntu, RHEL    their own trees' tags (Ubuntu-…, kernel-…), never the upstream tag: the
 *	                number stays while the code moves
 *	others          v6.1.90; a vendor's name in the string makes it a base (KD_BIND_BASE)
 *
 * A nearby tag is never taken. Every attempt is a step, found or not. Folders and tarballs are
 * bound by the version in their Makefile (and debian/changelog).
 */
#ifndef KD_SOURCE_TREE_H
#define KD_SOURCE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/view.h"
#include "source/git.h"

#define KD_TREE_FILE_MAX ((size_t)32 << 20) /* a source file */
#define KD_TREE_FILES_MAX 400000
#define KD_TREE_STEPS_MAX 32

enum kd_tree_kind { KD_TREE_FOLDER, KD_TREE_TAR, KD_TREE_GIT };

/* How sure it is that this is the text that the kernel was built from. */
enum kd_tree_bind {
	KD_BIND_NONE, /* no release was given: whatever the tree holds */
	KD_BIND_COMMIT, /* the commit that the release names */
	KD_BIND_TAG, /* the tag of exactly this release */
	KD_BIND_VERSION, /* a folder or tarball whose Makefile says this version */
	KD_BIND_BASE, /* the upstream text below a vendor's kernel: his patches are missing */
	KD_BIND_ASKED, /* a revision that the caller named */
	KD_BIND_DIFFERS, /* another version than the release's: wrong tree */
	KD_BIND_UNKNOWN, /* the tree does not say its version */
};

struct kd_tree_step {
	struct kd_view what; /* "tag v6.1.90" */
	struct kd_view outcome; /* "commit 4e3c8a6f1b2d", "not in this repository" */
	bool found;
};

struct kd_tree_req {
	const char *where; /* folder, tarball, repository */
	const char *at; /* release or revision; NULL: HEAD, or what is there */
};

struct kd_tree_info {
	enum kd_tree_kind kind;
	enum kd_tree_bind bind;
	struct kd_view where;
	struct kd_view at; /* as asked for, or absent */
	struct kd_view revision; /* git: the commit's id */
	struct kd_view name; /* git: the tag or name it was found by; others: the version */
	struct kd_view version; /* of the Makefile: "6.1.90", or absent when there is none */
	const struct kd_tree_step *steps;
	size_t nsteps;
	struct kd_view warning; /* what to know before trusting it; absent: nothing */
};

struct kd_tree;

/*
 * KD_NOTFOUND: nothing there, or no revision of that name (the message holds the steps that failed).
 * KD_BADDATA: neither folder, tarball nor repository. A folder with .git is a repository; its
 * uncommitted changes are not read.
 */
KD_MUST_CHECK struct kd_error *kd_tree_open(struct kd_ctx *ctx, const struct kd_tree_req *req,
					    struct kd_tree **ret);
void kd_tree_free(struct kd_tree *t);
void kd_tree_freep(struct kd_tree **t);

const struct kd_tree_info *kd_tree_info(const struct kd_tree *t);
const char *kd_tree_kind_word(enum kd_tree_kind k); /* "folder", "tarball", "git" */
const char *kd_tree_bind_word(enum kd_tree_bind b); /* "commit", "tag" …; for JSON */

/*
 * A path as debug info or a report has it, relative to the tree: "./mm/slub.c",
 * "/build/linux-6.1.90/mm/slub.c" (the longest tail that the tree has). KD_NOTFOUND: no
 * such file. Into ret, whose maximum has room for it.
 */
KD_MUST_CHECK struct kd_error *kd_tree_find(struct kd_tree *t, struct kd_view path, struct kd_buf *ret);

/* Append a file. KD_NOTFOUND; KD_LIMIT beyond max. Of a tarball: reads up to that file. */
KD_MUST_CHECK struct kd_error *kd_tree_read(struct kd_tree *t, struct kd_view path, size_t max,
					    struct kd_buf *ret);

struct kd_tree_file; /* below */

/*
 * Several files with one pass: fn is called with each that there is, in any order. A file that is
 * longer than KD_TREE_FILE_MAX or not there is left out.
 */
KD_MUST_CHECK struct kd_error *
kd_tree_read_many(struct kd_tree *t, const struct kd_view *paths, size_t n,
		  struct kd_error *(*fn)(void *user, const struct kd_tree_file *f), void *user);

struct kd_tree_file {
	struct kd_view path; /* borrowed during the call */
	struct kd_view text; /* absent: could not be read, or longer than KD_TREE_FILE_MAX */
	unsigned worker; /* 0 … workers - 1 */
};

struct kd_tree_each {
	bool (*want)(void *user, struct kd_view path);
	/* In several threads at a time, with different `worker`. */
	struct kd_error *(*file)(void *user, const struct kd_tree_file *f);
	void *user;
	unsigned workers; /* 1 … KD_TREE_WORKERS_MAX */
};
#define KD_TREE_WORKERS_MAX 16

/* Every file that is wanted, in any order. Symbolic links are left out. */
KD_MUST_CHECK struct kd_error *kd_tree_each(struct kd_tree *t, const struct kd_tree_each *each);

/*
 * What identifies the content: the tree's object id; for a tarball its size, time, first and
 * last bytes; for a folder names, sizes and times of all its files (that takes a walk).
 */
KD_MUST_CHECK struct kd_error *kd_tree_key(struct kd_tree *t, uint8_t ret[KD_SHA256_LEN]);

/* The repository, and the commit's id; NULL when it is none. */
const struct kd_git *kd_tree_git(const struct kd_tree *t);

#endif
