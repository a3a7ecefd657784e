/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known.h: the base of known issues: what a crash is recognised by, its ticket, its fix, what helps meanwhile.
 *
 *	struct kd_known_hit hit;
 *	err = kd_known_match(db, &sigrow, grp, &arena, &hit);        // grp: "" when it is not known
 *	if (hit.found) {
 *		struct kd_known_news news;
 *		err = kd_known_news(db, &hit, &event, &arena, &news);
 *		kd_known_words(&hit, &news, &buf);   // new occurrence of KRN-1138 "…" (matched by normal signature …): new: release …
 *	}
 *
 * An entry has any number of matches: signatures (strict, normal, loose, in hex) and groups. The strictest that fits says how well an
 * event is recognised: equal strict signatures are one place with one stack; a group is a set of strict signatures that were judged to be
 * one bug; equal loose signatures alone are a hint, and kd_known_words() says so. Retired entries match nothing.
 *
 * Texts of what is read are in the arena; times are microseconds since 1970.
 */
#ifndef KD_CASE_KNOWN_H
#define KD_CASE_KNOWN_H

#include "base/arena.h"
#include "base/buf.h"
#include "case/event.h"

#define KD_KNOWN_ID 13 /* "k-", 10 digits, NUL */
#define KD_KNOWN_MATCHES 64 /* of one entry */
#define KD_KNOWN_TITLE 300 /* bytes */
#define KD_KNOWN_WORD 200 /* of ticket and fix */
#define KD_KNOWN_TEXT ((size_t)64 << 10) /* of workaround, notes */

/* The strictest first. */
enum kd_known_how { KD_KNOWN_STRICT, KD_KNOWN_NORMAL, KD_KNOWN_GROUP, KD_KNOWN_LOOSE, KD_KNOWN_HOWS };
const char *kd_known_how_name(unsigned how) __attribute__((returns_nonnull)); /* "strict" … */
bool kd_known_how_of(struct kd_view name, uint8_t *ret);

struct kd_known_by {
	uint8_t how; /* enum kd_known_how */
	struct kd_view value; /* hex digits; id of a group */
};

enum kd_known_status { KD_KNOWN_OPEN, KD_KNOWN_MITIGATED, KD_KNOWN_FIXED, KD_KNOWN_WONTFIX, KD_KNOWN_RETIRED, KD_KNOWN_STATUSES };
const char *kd_known_status_name(unsigned s) __attribute__((returns_nonnull)); /* "open" … */
bool kd_known_status_of(struct kd_view name, uint8_t *ret);

struct kd_known {
	struct kd_view id, title, ticket, fix, workaround, notes, who;
	uint8_t status; /* enum kd_known_status */
	struct kd_known_by by[KD_KNOWN_MATCHES];
	size_t nby;
	int64_t made, changed;
};

/* KD_INVALID says what is wrong with an entry: no title, no match, a signature that is none, texts too long or with control characters. */
KD_MUST_CHECK struct kd_error *kd_known_check(const struct kd_known *k);

/* Its id from its title and its first match: the same entry made on two machines is one. */
void kd_known_id(const struct kd_known *k, char ret[KD_KNOWN_ID]);
bool kd_known_id_valid(struct kd_view id);

/* Write an entry (by its id) and all of its matches. In a transaction. *ret_new may be NULL. */
KD_MUST_CHECK struct kd_error *kd_known_put(struct kd_db *db, const struct kd_known *k, bool *ret_new);

/* By id (its beginning is enough), or by its ticket. KD_NOTFOUND; KD_INVALID: several. */
KD_MUST_CHECK struct kd_error *kd_known_get(struct kd_db *db, struct kd_view name, struct kd_arena *a, struct kd_known *ret);

/* All of them, the last changed first. k is borrowed; an error ends it. */
typedef struct kd_error *kd_known_fn(void *user, const struct kd_known *k);
KD_MUST_CHECK struct kd_error *kd_known_each(struct kd_db *db, kd_known_fn *fn, void *user);

/* ---- recognising ---- */

struct kd_known_hit {
	bool found;
	struct kd_known entry;
	struct kd_known_by by; /* the match that fitted, the strictest */
	size_t others; /* entries that match as well */
};

/* sig: strict, normal and loose are read, absent ones match nothing. grp: a group's id; "" or NULL: none. */
KD_MUST_CHECK struct kd_error *kd_known_match(struct kd_db *db, const struct kd_sigrow *sig, const char *grp, struct kd_arena *a,
					      struct kd_known_hit *ret);

/* The same for all signatures of a group (its id in full). */
KD_MUST_CHECK struct kd_error *kd_known_match_group(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_known_hit *ret);

/* strict, normal, loose, title and the group of a signature, into arena. KD_NOTFOUND. */
KD_MUST_CHECK struct kd_error *kd_known_sig(struct kd_db *db, int64_t sig, struct kd_arena *a, struct kd_sigrow *ret,
					    struct kd_view *grp_ret);
/* The last event of a group. KD_NOTFOUND. */
KD_MUST_CHECK struct kd_error *kd_known_last_event(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_event *ret);

/* What events that the entry recognises the same way were there before this one, and what of it they do not have. */
struct kd_known_news {
	int64_t events, hosts; /* before */
	int64_t first, last; /* of these; 0: none */
	struct kd_view release, host, arch; /* of this event, if none before has it; else absent */
	bool stated_release, stated_host, stated_arch; /* this event says it at all */
	int64_t same_release; /* events before on this release */
};

/* e: of an event that need not be in the database; what is stated later than it does not count (an event without time: all count). */
KD_MUST_CHECK struct kd_error *kd_known_news(struct kd_db *db, const struct kd_known_hit *hit, const struct kd_event *e,
					     struct kd_arena *a, struct kd_known_news *ret);

/* One sentence. */
void kd_known_words(const struct kd_known_hit *hit, const struct kd_known_news *news, struct kd_buf *ret);

#endif
