/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relset.h: releases as the user names them → commits of the store and what they contain.
 *
 *	struct kd_relset set;
 *	kd_relset_init(&set, store, config);
 *	err = kd_relset_add(&set, KD_V("linux-6.1.y"));       // or kd_relset_default(&set, &how)
 *	kd_bits_has(&set.v.v[0].has, doc)                      // is it an ancestor of the release?
 *	kd_relset_deinit(&set);
 *
 * A name is, in this order: a release of the configuration, what one of its patterns matches, a tag or branch of a tree
 * ("TREE:REF" names the tree), a version that a tag is named after ("6.1.90" → v6.1.90), 7 and more digits of a commit.
 *
 *	[release "customer-a"]
 *		ref = v6.1.90                 ; tag or branch
 *		tree = stable                 ; of this tree; any without it
 *		match = 6.1.0-*-cloud-amd64   ; vendor's version strings that mean it, any number of such lines
 *
 * In ref {1} … {9} stand for what the stars of the pattern that fitted matched: "ref = debian/6.1/{1}".
 *
 * mainline is where commits stand in their own right: what the heads of the tree named by history.mainline reach, else of a
 * tree called mainline, linus, torvalds or upstream, else the branch master or main of the tree in which it has most commits.
 */
#ifndef KD_HISTORY_RELSET_H
#define KD_HISTORY_RELSET_H

#include "base/arena.h"
#include "base/config.h"
#include "history/dag.h"

#define KD_RELSET_MAX 256u
#define KD_RELSET_DEFAULT 12u /* releases that are taken when nobody names any */

struct kd_relref {
	struct kd_view name; /* as the user calls it */
	const char *ref, *tree; /* what it is: full name of a ref; "" for a commit's id */
	const char *path; /* of the tree */
	uint32_t tip;
	bool shallow; /* the tree is a shallow clone, or was not indexed completely: what is missing proves nothing */
	struct kd_bits has;
};

struct kd_relset {
	const struct kd_store *st;
	const struct kd_config *config;
	struct kd_arena arena;
	KD_VEC(struct kd_relref) v;
	struct kd_bits mainline; /* empty: there is none */
	uint64_t mainline_commits;
	struct kd_view mainline_name; /* "TREE:refs/heads/master"; absent */
};

void kd_relset_init(struct kd_relset *r, const struct kd_store *st, const struct kd_config *config);
void kd_relset_deinit(struct kd_relset *r);

/* KD_NOTFOUND: there is no such thing, with what could be done. KD_LIMIT. One that is there already is not added again. */
KD_MUST_CHECK struct kd_error *kd_relset_add(struct kd_relset *r, struct kd_view name);

/*
 * The kernel of a log by its release string (uname -r): as kd_relset_add(); else by what a kernel built from git says of
 * itself (scripts/setlocalversion): the commit behind the last "-g", "next-YYYYMMDD", the tag vX.Y[.Z][-rcN]. What follows that
 * is changes on top ("+", "-dirty", "-gID" of an unknown commit, a name), but behind a mere X.Y.0 a name is a vendor's numbering of whatever is in it. *changed_ret: it is that release and something on top that the index does
 * not have. *at_ret: its index in r->v. KD_NOTFOUND: a vendor's string that nothing maps.
 */
KD_MUST_CHECK struct kd_error *kd_relset_add_kernel(struct kd_relset *r, struct kd_view release, size_t *at_ret, bool *changed_ret);

/*
 * All of the configuration; else branches that are called like releases, else the last tag of each series: the
 * KD_RELSET_DEFAULT highest versions. *how_ret says which, *left_ret how many were left out.
 */
KD_MUST_CHECK struct kd_error *kd_relset_default(struct kd_relset *r, const char **how_ret, size_t *left_ret);

/* Does name fit the pattern ('*': any bytes)? What its stars matched in star[0 …], at most 9. */
bool kd_relset_match(struct kd_view pattern, struct kd_view name, struct kd_view star[static 9]);

#endif
