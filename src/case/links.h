/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h: what of ours is what elsewhere: tickets, issues of trackers, fixes, duplicates.
 *
 *	struct kd_link l;
 *	err = kd_link_parse(KD_V("jira:KRN-1138"), &l);              // system and key; kind as the system suggests
 *	l.subject = KD_V("g-…");
 *	err = kd_link_put(db, &l, &is_new);
 *
 *	struct kd_links links = {.n = 0};
 *	err = kd_links_of_group(db, "g-…", &arena, &links);          // all ways that lead to a group
 *	const struct kd_link *t = kd_links_ticket(&links);           // its ticket; NULL: none
 *
 * A subject is written in full (subject.h). A link is named by subject, system and key; putting it again changes its kind, address
 * and title. Texts of what is read are in the arena.
 */
#ifndef KD_CASE_LINKS_H
#define KD_CASE_LINKS_H

#include "base/arena.h"
#include "base/vec.h"
#include "case/subject.h"

#define KD_LINK_KEY_MAX 200 /* bytes */
#define KD_LINK_SYSTEM_MAX 32
#define KD_LINK_TEXT_MAX 1000 /* of an address, a title */
#define KD_LINKS_MAX 1000 /* of one answer */

struct kd_link {
	struct kd_view subject, system, key, kind, url, title, who;
	int64_t made; /* microseconds since 1970 */
	struct kd_view via; /* kd_links_of_group(): what it hangs on: "g-…", "merged group g-…", "event ev-…", "issue:…", "known issue k-…" */
};

struct kd_links {
	struct kd_link *v;
	size_t n, cap;
	bool cut; /* there are more than KD_LINKS_MAX */
};

/*
 * "SYSTEM:KEY": system of lower-case letters, digits, '-', '_'; key printable without blanks. An address "https://…" is its own key, of
 * system "web". *ret borrows; kind is that of the system: "issue" for trackers, "fix" for git, else "ticket". KD_INVALID.
 */
KD_MUST_CHECK struct kd_error *kd_link_parse(struct kd_view text, struct kd_link *ret);

/* Is it "ticket", "issue", "fix", "dup"? */
bool kd_link_kind_valid(struct kd_view kind);

/* One row; *ret_new may be NULL. KD_INVALID: a text that is too long or not printable. */
KD_MUST_CHECK struct kd_error *kd_link_put(struct kd_db *db, const struct kd_link *l, bool *ret_new);
/* *ret: there was one. */
KD_MUST_CHECK struct kd_error *kd_link_remove(struct kd_db *db, struct kd_view subject, struct kd_view system, struct kd_view key, bool *ret);

/* Links of one subject, nothing else. Oldest first. */
KD_MUST_CHECK struct kd_error *kd_links_of(struct kd_db *db, struct kd_view subject, struct kd_arena *a, struct kd_links *ret);

/*
 * Of a group (its id in full), of groups that were merged into it, of its events, of the issues that these came with, of known issues
 * that match it; and these issues themselves (kind "issue", system: where the event came from). A link that is reached in several ways is
 * there once, by the first of them.
 */
KD_MUST_CHECK struct kd_error *kd_links_of_group(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_links *ret);

/* Subjects that have this link. */
KD_MUST_CHECK struct kd_error *kd_links_to(struct kd_db *db, struct kd_view system, struct kd_view key, struct kd_arena *a,
					   struct kd_links *ret);

/* The first of a kind; NULL: none. */
const struct kd_link *kd_links_kind(const struct kd_links *l, const char *kind);
static inline const struct kd_link *kd_links_ticket(const struct kd_links *l)
{
	return kd_links_kind(l, "ticket");
}

#endif
