/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backport_internal.h: what the files of backport-check have in common. */
#ifndef KD_VERB_BACKPORT_INTERNAL_H
#define KD_VERB_BACKPORT_INTERNAL_H

#include "history/bpevent.h"
#include "history/vulns.h"
#include "verb/backport.h"

enum {
	KD_BPV_DETAILS_MAX = 16, /* with more commits the matrix alone is given */
};

/* A hunk on the files of a release. */
struct kd_bpv_apply {
	size_t commit, release;
	struct kd_cell path;
	uint32_t hunk, line; /* from 1; 0: none */
	int64_t offset;
	uint8_t state, why; /* enum kd_apply_state, kd_apply_why */
};

/* What the vulns repository says of an id; its commits are [from, to) of those that are asked for. */
struct kd_bpv_cve {
	struct kd_vuln v;
	size_t from, to;
};

struct kd_bpv {
	const struct kd_history *h;
	const struct kd_backport_options *o;
	struct kd_sheet *s;
	struct kd_relset rels;
	KD_VEC(struct kd_bp_commit) commits;
	struct kd_bp_cell *cells;
	KD_VEC(struct kd_bpv_cve) cves;
	KD_VEC(struct kd_bpv_apply) applies;
	struct kd_bp_read read;
};

/* Cells of a row. */
struct kd_cell kd_bpv_id(const struct kd_bpv *w, const struct kd_bp_commit *c);
struct kd_cell kd_bpv_doc(const struct kd_bpv *w, uint32_t doc); /* why none: not there */
struct kd_cell kd_bpv_subject(struct kd_bpv *w, uint32_t doc);
struct kd_cell kd_bpv_state(const struct kd_bpv *w, const struct kd_bp_cell *c);
struct kd_cell kd_bpv_proof(const struct kd_bpv *w, const struct kd_bp_cell *c);

/* If it is a CVE id: the commits that fix it. KD_NOTFOUND, KD_BADDATA. */
KD_MUST_CHECK struct kd_error *kd_bpv_cve(struct kd_bpv *w, struct kd_view cve, bool *is_ret);
/* Cells of such commits: what that repository says of branches. */
KD_MUST_CHECK struct kd_error *kd_bpv_cve_judge(struct kd_bpv *w);
/* Fixes of the fix, reverts, prerequisites: tables follow_ups, needs. */
KD_MUST_CHECK struct kd_error *kd_bpv_follow(struct kd_bpv *w);
/* The sweep. */
KD_MUST_CHECK struct kd_error *kd_bpv_missing(struct kd_bpv *w);
/* The release's files: content of what is absent by all other proofs, dry apply; then the table dry_apply. */
KD_MUST_CHECK struct kd_error *kd_bpv_read_trees(struct kd_bpv *w);
void kd_bpv_show_trees(struct kd_bpv *w);

#endif
