/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maildoc.h: a mail → a document of the mails' segments; and the patch in it → a document like a commit's.
 *
 *	struct kd_maildoc w;                                 // one per thread
 *	kd_maildoc_init(&w);
 *	err = kd_maildoc(&w, &mail, box, source, &job);      // job: kd_mailjob_init() before
 *	kd_maildoc_deinit(&w);
 *
 * Words: mailwords.h, in the fields of term.h that public-inbox has as well. Keys: each mail that it refers to (KD_KEY_REF), the
 * title of a patch (KD_KEY_SUBJECT), patch-id, blobs of its diff, change-id.
 */
#ifndef KD_HISTORY_MAILDOC_H
#define KD_HISTORY_MAILDOC_H

#include "history/commitdoc.h"
#include "history/mail.h"
#include "history/segwrite.h"

/* Flags of a mail's document, stored. KD_DOC_TEXT_CUT means the same as of a commit. */
enum kd_maildoc_flag {
	KD_MAILDOC_PATCH = 1 << 0, /* "[PATCH …]" or a diff of its own */
	KD_MAILDOC_REPLY = 1 << 1,
	KD_MAILDOC_DIFF = 1 << 2,
	KD_MAILDOC_SIGNS = 1 << 3, /* says that something was applied, superseded, refused … */
	KD_MAILDOC_DAMAGED = 1 << 5, /* kd_mail_damage */
};

struct kd_mailword {
	uint64_t term;
	uint32_t n; /* 0: free */
	bool exact;
};

struct kd_maildoc {
	struct kd_arena arena;
	struct kd_commitdoc commit;
	struct kd_mailword *slot;
	size_t slots, used;
};

/* What comes of one mail. */
struct kd_mailjob {
	struct kd_newdoc mail, patch;
	bool has_patch;
	struct kd_buf words; /* each word of it in its form, with a line end: for the list of words */
};

void kd_maildoc_init(struct kd_maildoc *w);
void kd_maildoc_deinit(struct kd_maildoc *w);
void kd_mailjob_init(struct kd_mailjob *j);
void kd_mailjob_deinit(struct kd_mailjob *j);

/* KD_LIMIT: the memory of one mail. */
KD_MUST_CHECK struct kd_error *kd_maildoc(struct kd_maildoc *w, const struct kd_mail *m, struct kd_view box, struct kd_view source,
					  struct kd_mailjob *ret);

/* The number of a mail: the first KD_SEG_OID bytes of the SHA-256 of its Message-ID. */
void kd_mail_oid(struct kd_view mid, uint8_t ret[KD_SEG_OID]);

#endif
