/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maillink.h: which mail posted a commit; which commit a posted patch became.
 *
 *	err = kd_maillink_of_commit(mails, git, doc, &arena, &links);    // links.v[i].doc: a mail
 *	kd_maillink_of_mail(mails, git, doc, &arena, &links);            // … a commit
 *
 * By Message-IDs that the commit links to, by equal patch-ids, by equal titles of the same author. A link alone may lead to any
 * mail (a report, a discussion): it counts as a posting where the mail has a patch. What a title alone says is marked as guessed.
 */
#ifndef KD_HISTORY_MAILLINK_H
#define KD_HISTORY_MAILLINK_H

#include "base/vec.h"
#include "history/mailstore.h"

enum { KD_MAILLINKS_MAX = 1000 };

enum kd_maillink_by { KD_LINK_ID = 1, KD_LINK_PATCH_ID = 2, KD_LINK_TITLE = 4, KD_LINK_AUTHOR = 8 /* with TITLE */ };

struct kd_maillink {
	uint32_t doc;
	unsigned by; /* bits of enum kd_maillink_by: what agrees */
	bool guessed; /* the title alone, or a link to a patch of another title and content */
	bool patch; /* the mail posts a patch; else it is named by a link alone */
	int64_t date; /* of doc */
};

struct kd_maillinks {
	KD_VEC(struct kd_maillink) v; /* in the arena; surest first, of like ones the later mail, the earlier commit */
};

KD_MUST_CHECK struct kd_error *kd_maillink_of_commit(const struct kd_mailstore *ms, const struct kd_store *git, uint32_t doc,
						     struct kd_arena *a, struct kd_maillinks *ret);
/* mid: of the mail. */
void kd_maillink_of_mail(const struct kd_mailstore *ms, const struct kd_store *git, uint32_t doc, struct kd_view mid, struct kd_arena *a,
			 struct kd_maillinks *ret);

/* "link, patch-id" …: what agrees, into b. */
void kd_maillink_words(const struct kd_maillink *l, struct kd_buf *b);

#endif
