/* SPDX-License-Identifier: GPL-2.0-or-later */
/* commit_internal.h: the steps of kd_commit_parse(), each in a file of its own. */
#ifndef KD_HISTORY_COMMIT_INTERNAL_H
#define KD_HISTORY_COMMIT_INTERNAL_H

#include "base/vec.h"
#include "history/commit.h"

/* One commit while it is read. */
struct kd_cparse {
	struct kd_arena *a;
	struct kd_commit *c;
	KD_VEC(struct kd_view) parents;
	KD_VEC(struct kd_trailer) trailers;
	KD_VEC(struct kd_commit_note) notes;
	KD_VEC(struct kd_relation) relations;
	KD_VEC(struct kd_commit_id) ids;
	KD_VEC(struct kd_stable_version) versions;
	KD_VEC(struct kd_quote) quotes;
	KD_VEC(struct kd_quoted_func) funcs;
	size_t body_first; /* the first line behind the subject and its blank lines */
	bool nomem;	   /* the arena is full */
};

static inline struct kd_view kd_cline(const struct kd_cparse *p, size_t i)
{
	return kd_view(p->c->message.p + p->c->lines[i].off, p->c->lines[i].len);
}

/* One more entry of a list of the commit, zeroed; NULL at a limit, which is noted. */
#define kd_cpush(p, vec)                                                                           \
	({                                                                                         \
		__typeof__((p)->vec.v) e_ = NULL;                                                  \
		if ((p)->vec.n >= KD_COMMIT_LIST)                                                  \
			(p)->c->cut = true;                                                        \
		else if (!(e_ = kd_avec_push((p)->a, &(p)->vec, KD_COMMIT_LIST)))                  \
			(p)->nomem = true;                                                         \
		e_;                                                                                \
	})

/* commit_text.c: bytes of some encoding as UTF-8; what is UTF-8 is borrowed, not copied. */
struct kd_view kd_commit_utf8(struct kd_cparse *p, struct kd_view raw);

/* commit_trailers.c: roles TRAILER and NOTE, trailers and notes. */
void kd_commit_trailers(struct kd_cparse *p);
/* May this line be a trailer of people who write kernels, wherever it stands? */
bool kd_commit_known_trailer(struct kd_view line, struct kd_view *key_ret, struct kd_view *value_ret);
/* Index of the ':' behind the key that begins the line, by git's rule; KD_NPOS without. */
size_t kd_commit_separator(struct kd_view line);

/* commit_quotes.c: role TRACE, quotes and their functions. */
void kd_commit_quotes(struct kd_cparse *p);

/* commit_refs.c, commit_reverts.c: relations. */
void kd_commit_refs(struct kd_cparse *p);
void kd_commit_subject_refs(struct kd_cparse *p);
/* Line i says that it reverts something; cheap when it does not. */
void kd_commit_revert_line(struct kd_cparse *p, size_t i);
struct kd_relation *kd_commit_relate(struct kd_cparse *p, enum kd_relation_kind kind, const char *form,
				     struct kd_view oid, size_t line);

/* commit_fixes.c: the value of Fixes:, Depends-on:, Stable-dep-of: … */
void kd_commit_trailer_refs(struct kd_cparse *p, const struct kd_trailer *t);

/* Does a paragraph begin with line i? */
bool kd_commit_paragraph(const struct kd_cparse *p, size_t i);

/* commit_stable.c: Cc: stable. */
void kd_commit_stable(struct kd_cparse *p, const struct kd_trailer *t);

/* commit_links.c: ids in URLs, addresses and words. */
void kd_commit_ids(struct kd_cparse *p);

/* commit_oid.c: object names in text. */

/* The length of the hex word at the front of v if it may be an object name (7…40 or 64), else 0. */
size_t kd_oid_length(struct kd_view v);
/* Takes one off the front. */
bool kd_oid_take(struct kd_view *v, struct kd_view *ret);
/* The first one in v, also inside a URL. */
bool kd_oid_anywhere(struct kd_view v, struct kd_view *ret);
/*
 * Takes a title off the front: ("title"), (title), "title", : title, with the closing mark perhaps
 * missing; it may go on in the next `more` lines. Lines used beyond this one are added to *nlines.
 */
bool kd_oid_title(struct kd_cparse *p, struct kd_view *v, size_t line, uint32_t *nlines,
		  struct kd_view *ret);

#endif
