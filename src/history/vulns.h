/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vulns.h: a clone of the kernel's vulns repository: which commits a CVE id stands for, and the other way.
 *
 *	struct kd_vuln v;
 *	err = kd_vuln_read(&arena, folder, KD_V("CVE-2024-26661"), &v);
 *	for (i = 0; i < v.npairs; i++) … v.pairs[i].since_id … v.pairs[i].fixed_id …
 *
 *	err = kd_vulns_naming(&arena, folder, hex, fn, user);      // every CVE that names this commit, and as what
 *
 * The repository describes its files in cve/schema: cve/published/YEAR/ID.sha1 has the ids of the commits of mainline that fix it; ID.dyad a
 * line "SINCE:ID:FIXED:ID" for each branch that was or is vulnerable, versions and commits, 0 for "ever since" and "not
 * fixed"; ID.json the record of the CVE programme, whose affected versions of versionType git are such pairs without versions.
 */
#ifndef KD_HISTORY_VULNS_H
#define KD_HISTORY_VULNS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

#define KD_VULN_PAIRS_MAX 1024u
#define KD_VULNS_FILES_MAX 1000000u

struct kd_vuln_pair {
	struct kd_view since, since_id; /* absent: ever since */
	struct kd_view fixed, fixed_id; /* absent: not fixed there */
};

struct kd_vuln {
	const struct kd_view *fixes; /* of mainline, hex; none: neither .sha1 nor .dyad says it */
	size_t nfixes;
	const struct kd_vuln_pair *pairs;
	size_t npairs;
	bool from_json; /* the pairs are, and have no versions */
};

/* "CVE-2024-12345": digits and nothing else, so that it can be a part of a path. */
bool kd_vuln_is_id(struct kd_view v);

/* KD_NOTFOUND: no file has this id. KD_BADDATA: they name no commit. */
KD_MUST_CHECK struct kd_error *kd_vuln_read(struct kd_arena *a, struct kd_view folder, struct kd_view id, struct kd_vuln *ret);

enum kd_vuln_role {
	KD_VULN_FIX, /* the commit of mainline that fixes it */
	KD_VULN_FIX_IN_BRANCH, /* fixes it in a branch */
	KD_VULN_CAUSE, /* brought it in */
};

const char *kd_vuln_role_name(enum kd_vuln_role role); /* "fixes", "fixes_in_branch", "brought_in" */

/*
 * hex: 40 digits. In the order of the files; of one file each role once, with the first version that it is said for (absent:
 * none). Reads all .sha1 and .dyad files. KD_NOTFOUND: the folder is none of a vulns repository.
 */
KD_MUST_CHECK struct kd_error *kd_vulns_naming(struct kd_arena *a, struct kd_view folder, struct kd_view hex,
					       void (*fn)(void *user, struct kd_view id, enum kd_vuln_role role, struct kd_view version),
					       void *user);

#endif
