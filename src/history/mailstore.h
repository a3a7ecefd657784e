/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailstore.h: everything that is known of mails: the folder "mail" in the folder of the index.
 *
 *	kd_auto(kd_mailstore_closep) struct kd_mailstore *ms = NULL;
 *	err = kd_mailstore_open("/index", false, &ms);        // KD_NOTFOUND: no mail was indexed
 *	uint32_t doc;
 *	if (kd_mailstore_find(ms, KD_V("20240101.1@x"), &doc)) …
 *	err = kd_mailstore_record(ms, doc, &arena, &r);
 *
 * Files, besides those of two stores (store.h): mails (in the folder itself) and the patches in them as documents like commits'
 * (in "patches"; the same number of an object for both): boxes.json: archives, how far each was read, what was kept aside, the
 * lists of words; words-N: maillex.h; removed: object ids of mails that their archives took out.
 *
 * What is written last is what makes the rest count: words, patches, mails, then the positions. After kill -9 in between, the next
 * run reads some mails again and finds that it has them.
 */
#ifndef KD_HISTORY_MAILSTORE_H
#define KD_HISTORY_MAILSTORE_H

#include "history/dag.h"
#include "history/maildoc.h"
#include "history/maillex.h"
#include "history/mailrec.h"
#include "history/store.h"

#define KD_MAILBOXES_MAX 4096u
#define KD_MAILBOX_ASIDE_MAX 1000u /* of a box: listed; all are counted */
#define KD_MAILBOX_REASONS_MAX 64u
#define KD_MAILSTORE_LEXES 8u
#define KD_MAILSTORE_REMOVED_MAX (16u << 20)

/* A mail that could not be had. */
struct kd_mail_aside {
	const char *source, *why;
};

struct kd_mail_reason {
	const char *why;
	uint64_t n;
};

struct kd_mailbox {
	const char *name, *path; /* path: folder or file; of a mirror the address */
	const char *local; /* of a mirror: where it is; else "" */
	const char *kind; /* kd_mailsrc_word() */
	const char *position; /* mailsrc.h */
	int64_t indexed, newest; /* s since 1970, UTC: when; the newest mail */
	uint64_t mails; /* read from it, those that other boxes had included */
	uint64_t removed, doubles; /* taken out by the archive; already there (another box, the same Message-ID again) */
	uint64_t cut; /* with more text than is indexed */
	bool complete; /* the last run came to its end */
	bool stale; /* of a mirror: the last try to refresh it failed */
	uint64_t naside;
	KD_VEC(struct kd_mail_aside) aside; /* the first ones */
	KD_VEC(struct kd_mail_reason) reasons;
};

struct kd_mail_oid {
	uint8_t v[KD_SEG_OID];
	bool gone; /* false: it came back */
	uint32_t order; /* of two with one id the later counts */
};

struct kd_mailstore {
	char *dir;
	struct kd_store *mails, *patches;
	struct kd_arena arena; /* of the boxes */
	KD_VEC(struct kd_mailbox) boxes;
	KD_VEC(char *) lexfiles;
	KD_VEC(uint32_t) lexchecks;
	uint64_t lexnext;
	KD_VEC(struct kd_mail_oid) removed; /* those read, then changes */
	struct kd_bits gone; /* documents of removed mails: made when it is opened for reading */
};

/* base: the folder of the index. write: takes the lock, makes the folders. */
KD_MUST_CHECK struct kd_error *kd_mailstore_open(const char *base, bool write, struct kd_mailstore **ret);
void kd_mailstore_close(struct kd_mailstore *ms);
void kd_mailstore_closep(struct kd_mailstore **ms);

/* A mail that is there and was not removed. */
bool kd_mailstore_find(const struct kd_mailstore *ms, struct kd_view mid, uint32_t *doc_ret);
KD_MUST_CHECK struct kd_error *kd_mailstore_record(const struct kd_mailstore *ms, uint32_t doc, struct kd_arena *a, struct kd_mailrec *ret);
static inline bool kd_mailstore_gone(const struct kd_mailstore *ms, uint32_t doc)
{
	return kd_bits_has(&ms->gone, doc);
}

struct kd_mailbox *kd_mailstore_box(const struct kd_mailstore *ms, const char *name);

/* ---- writing ---- */

/* NULL: too many. */
struct kd_mailbox *kd_mailstore_add_box(struct kd_mailstore *ms, const char *name);
/* A text that lives as long as the store; "" at the limit. */
const char *kd_mailstore_keep(struct kd_mailstore *ms, struct kd_view v);
void kd_mailbox_aside(struct kd_mailstore *ms, struct kd_mailbox *b, struct kd_view source, const char *why);

/* Mark as removed, or take that back. */
void kd_mailstore_remove(struct kd_mailstore *ms, const uint8_t oid[KD_SEG_OID], bool gone);
/* Boxes, list of words, removed mails. */
KD_MUST_CHECK struct kd_error *kd_mailstore_save(struct kd_mailstore *ms);
/* The words of a part; lists are merged when there are many. */
KD_MUST_CHECK struct kd_error *kd_mailstore_save_words(struct kd_mailstore *ms, struct kd_lexw *w);

/* Lists of words and removed mails: read and checked. Segments: kd_seg_verify(). */
KD_MUST_CHECK struct kd_error *kd_mailstore_verify(const struct kd_mailstore *ms);

#endif
