/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backport.h: is a commit in a release, and what proves it (docs/history-backport.md).
 *
 *	struct kd_bp_commit c[1] = {0};
 *	err = kd_bp_commit(&releases, KD_V("be6e843fc51a"), &c[0]);
 *	struct kd_bp_cell *cell = …;                           // n * releases of them, zeroed
 *	err = kd_bp_check(&releases, c, 1, cell);              // relset.h
 *	if (cell[0].state == KD_BP_PRESENT) … cell[0].proof, cell[0].by …
 *
 * What happened to a commit is a list of events, the same for all releases: it itself, commits that say that they are its
 * backport, that have its patch id, or its subject and author; what reverts one of these; what reverts that. Of those that a
 * release contains the last one decides. To name a commit without saying what for is no event.
 *
 * The whole check reads each document's row once and some records: thousands of commits are asked for at once.
 */
#ifndef KD_HISTORY_BACKPORT_H
#define KD_HISTORY_BACKPORT_H

#include "history/relset.h"

#define KD_BP_COMMITS_MAX 1000000u
#define KD_BP_EVENTS_MAX 512u /* of one commit; more: the cell says that it is not sure */

enum kd_bp_state {
	KD_BP_ABSENT,
	KD_BP_PRESENT,
	KD_BP_PARTLY, /* a part was reverted, or a part of its lines is there */
	KD_BP_NOT_NEEDED, /* absent, and so is every commit that it fixes */
	KD_BP_UNKNOWN, /* why says why */
};

/* The strongest first. */
enum kd_bp_proof {
	KD_BP_NOTHING,
	KD_BP_ANCESTOR,
	KD_BP_UPSTREAM_LINE, /* "commit X upstream." and its other spellings */
	KD_BP_CHERRY_PICK, /* "(cherry picked from commit X)" */
	KD_BP_PATCH_ID,
	KD_BP_SUBJECT, /* subject and author, subject and date, or subject and files */
	KD_BP_CONTENT, /* its lines are in the release's files */
	KD_BP_VULNS, /* the kernel's vulns repository names the commit of the release */
};

struct kd_bp_commit {
	uint8_t oid[KD_SEG_OID];
	uint8_t digits; /* of it that are known; 0: a subject alone */
	uint32_t doc; /* KD_DOC_NONE: not in the index */
	uint64_t subject; /* KD_KEY_SUBJECT term; 0: not known */
};

struct kd_bp_cell {
	uint8_t state, proof; /* enum kd_bp_state, kd_bp_proof */
	bool guessed; /* not beyond doubt: why says what the doubt is */
	uint32_t by; /* commit of the release that proves it; KD_DOC_NONE: none does */
	uint32_t reverted_by; /* the one that took it (or a part) out again; KD_DOC_NONE */
	const char *why; /* static text; NULL: nothing to say */
};

const char *kd_bp_state_name(unsigned state) __attribute__((returns_nonnull)); /* "present", "not_needed" … */
const char *kd_bp_proof_name(unsigned proof) __attribute__((returns_nonnull)); /* "ancestor", "upstream_line" … */

/*
 * "ID", "ID SUBJECT" (a line of git log --oneline) or a subject (of several commits that have it the only one of mainline). An id that is not in the index is kept: lines that name it
 * can be looked for. KD_INVALID: neither id nor subject, or several commits.
 */
KD_MUST_CHECK struct kd_error *kd_bp_commit(const struct kd_relset *r, struct kd_view text, struct kd_bp_commit *ret);
void kd_bp_commit_of(const struct kd_store *st, uint32_t doc, struct kd_bp_commit *ret);

/* cells: n rows of r->v.n, by commit. KD_BADDATA: the index is damaged. */
KD_MUST_CHECK struct kd_error *kd_bp_check(const struct kd_relset *r, const struct kd_bp_commit *c, size_t n, struct kd_bp_cell *cells);

/* Absent commits whose Fixes: are all absent, too, become not needed. kd_bp_check() does it; for who changed cells since. */
KD_MUST_CHECK struct kd_error *kd_bp_need(const struct kd_relset *r, const struct kd_bp_commit *c, size_t n, struct kd_bp_cell *cells);

/* Documents that carry this commit: itself, backports by any proof but the content. fn returns false to stop. */
KD_MUST_CHECK struct kd_error *kd_bp_carriers(const struct kd_relset *r, const struct kd_bp_commit *c,
					      bool (*fn)(void *user, uint32_t doc), void *user);

#endif
