/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seg.h: a segment: an immutable file of documents (commits or mails) and the index of their words.
 *
 *	kd_auto(kd_seg_closep) struct kd_seg *s = NULL;
 *	err = kd_seg_open(path, &s);                      // maps it; checks header, table and sizes
 *	struct kd_seg_doc d;
 *	kd_seg_doc(s, i, &d);                             // i < kd_seg_docs(s)
 *	struct kd_postings p = kd_seg_postings(s, kd_term(KD_FIELD_FUNC, name));
 *	while (kd_postings_next(&p, &hit)) …              // documents in ascending order
 *
 * A segment is written once (segwrite.h), synced and renamed into its place. Documents have numbers of the whole store:
 * the first of a segment is kd_seg_first(), the others follow. Bytes of a damaged file are never followed out of the
 * file: what does not fit is absent, and kd_seg_damaged() says so; kd_seg_verify() reads everything.
 *
 * Layout, little endian:
 *	header, 64 bytes: "kdocKDH\n", u32 version, u32 sections, u64 size of the file, u32 first document, u32 documents,
 *	        u32 kd_check32 of header (this field as 0) and table, zeros
 *	table, per section 24 bytes: u32 id, u32 kd_check32 of its bytes, u64 offset (a multiple of 8), u64 size
 * Sections:
 *	DOCS     per document KD_SEG_DOC_BYTES, see seg.c
 *	ORDER    u32 per document: documents (from 0 in this segment) by object id
 *	TEXT_DIR u64 per block: where its zstd frame ends in TEXT; unpacked each has KD_SEG_BLOCK bytes
 *	TEXT     the frames
 *	TERMS1   words of one document: u64 word, u32 document * 8 + count; by word
 *	TERMS    the others: u64 word, u64 offset in POSTINGS, u32 documents, u32 bytes; by word
 *	POSTINGS per word: varints (7 bits a byte, the low ones first) of (document - the one before) * 8 + count
 *	KEYS     u64 key, u32 document, u32 0; by key
 *	RELS     u64 first 16 digits of an object id, u32 document, u8 kind, u8 digits known, u16 0; by id
 *	STATICS  per document KD_SEG_STATIC bytes: what ranking reads of each, see struct kd_seg_static
 *	PATHS    u64 KD_FIELD_PATH word, u32 offset in PATHTEXT, u32 bytes; by word
 *	PATHTEXT the paths
 *	PAIRS    u64 KD_FIELD_FUNC word, u64 KD_FIELD_PATH word, u32 how often the function was seen in the file, u32 0
 *	PARENTS  u32: of documents with more than two, all after the first; the last one with bit 31
 * A count is a level of 0 … 7: what it stands for is the field's (term.h).
 */
#ifndef KD_HISTORY_SEG_H
#define KD_HISTORY_SEG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

#define KD_SEG_VERSION 1
#define KD_SEG_OID 20 /* SHA-1; of a mail the first 20 bytes of the SHA-256 of its Message-ID */
#define KD_SEG_BLOCK ((size_t)64 << 10)
#define KD_SEG_TEXT_MAX ((size_t)1 << 20) /* text of one document */
#define KD_DOC_NONE UINT32_MAX /* no parent */
#define KD_DOC_MISSING (UINT32_MAX - 1) /* a parent that the repository does not have */
#define KD_DOC_MAX (UINT32_C(1) << 28)

enum kd_seg_section {
	KD_SEG_DOCS = 1, KD_SEG_ORDER, KD_SEG_TEXT_DIR, KD_SEG_TEXT, KD_SEG_TERMS1, KD_SEG_TERMS, KD_SEG_POSTINGS, KD_SEG_KEYS,
	KD_SEG_RELS, KD_SEG_PARENTS, KD_SEG_STATICS, KD_SEG_PATHS, KD_SEG_PATHTEXT, KD_SEG_PAIRS, KD_SEG_NSECTIONS
};

enum kd_doc_flag {
	KD_DOC_MERGE = 1 << 0,
	KD_DOC_NO_DIFF = 1 << 1, /* not asked for (merge, boundary of a shallow clone), or objects were missing */
	KD_DOC_DIFF_CUT = 1 << 2, /* longer than what is read */
	KD_DOC_BOUNDARY = 1 << 3, /* history ends here though the commit names parents */
	KD_DOC_TEXT_CUT = 1 << 4,
	KD_DOC_HAS_FIXES = 1 << 5, /* a Fixes: trailer */
	KD_DOC_STABLE = 1 << 6, /* asks for stable */
	KD_DOC_REVERT = 1 << 7,
	KD_DOC_REPORTED = 1 << 8, /* Reported-by, Closes, syzbot */
	KD_DOC_QUOTES = 1 << 9, /* a kernel trace is quoted */
	KD_DOC_DAMAGED = 1 << 10, /* the object could not be parsed fully */
};

struct kd_seg_doc {
	const uint8_t *oid; /* KD_SEG_OID bytes; in the map */
	uint32_t parent[2]; /* documents; KD_DOC_NONE, KD_DOC_MISSING; more: kd_seg_parents() */
	int64_t date, commit_date; /* s since 1970, UTC; of the author, of the committer */
	uint32_t flags; /* kd_doc_flag */
	uint32_t words; /* length for ranking: counted words of all fields */
	uint16_t files; /* 65535: that many or more */
	uint32_t lines; /* added and removed */
	uint64_t subject; /* KD_KEY_SUBJECT term */
	uint64_t author; /* KD_FIELD_AUTHOR term of the address */
	uint64_t patch_id; /* first 8 bytes, big endian; 0: none */
	uint64_t text; /* offset in the unpacked text */
	uint32_t text_size;
};

struct kd_seg;

/* KD_NOTFOUND, KD_IO, KD_BADDATA, KD_UNSUPPORTED (another version). */
KD_MUST_CHECK struct kd_error *kd_seg_open(const char *path, struct kd_seg **ret);
void kd_seg_close(struct kd_seg *s);
void kd_seg_closep(struct kd_seg **s);

uint32_t kd_seg_first(const struct kd_seg *s);
uint32_t kd_seg_docs(const struct kd_seg *s);
uint64_t kd_seg_bytes(const struct kd_seg *s);
uint64_t kd_seg_section_bytes(const struct kd_seg *s, enum kd_seg_section id);

/* i counts from 0 in this segment and is below kd_seg_docs(). */
void kd_seg_doc(const struct kd_seg *s, uint32_t i, struct kd_seg_doc *ret);

/* Parents after the second, if any: *n_ret of them, each to be read by kd_le32() & ~(1u << 31). */
const uint8_t *kd_seg_more_parents(const struct kd_seg *s, const struct kd_seg_doc *d, size_t *n_ret);

/* The text of a document appended to ret (whose maximum is ≥ KD_SEG_TEXT_MAX). KD_BADDATA. */
KD_MUST_CHECK struct kd_error *kd_seg_text(struct kd_seg *s, const struct kd_seg_doc *d, struct kd_buf *ret);

/* Documents (from 0) whose object id begins with these digits, from *first on; how many. */
uint32_t kd_seg_find(const struct kd_seg *s, const uint8_t oid[KD_SEG_OID], unsigned digits, uint32_t *first);
/* The i-th in the order of object ids. */
uint32_t kd_seg_by_oid(const struct kd_seg *s, uint32_t i);

#define KD_SEG_KINDS 13 /* kinds of errors that words of messages are counted for: kindwords.h */

struct kd_seg_static {
	uint32_t date; /* of the author */
	uint16_t files;
	uint8_t flags; /* kd_static_flag */
	uint8_t kind[KD_SEG_KINDS]; /* distinct words of the kind: of the subject (0 … 3) * 16 + of the body (0 … 15) */
};

enum kd_static_flag {
	KD_STATIC_SYZBOT = 1, /* its trailers name syzbot or syzkaller */
	KD_STATIC_GUARDS = 2, /* the subject says that something is avoided, checked, prevented … */
};

void kd_seg_static(const struct kd_seg *s, uint32_t i, struct kd_seg_static *ret);

/* Files that a function was seen in: entries [*from_ret, returned). */
uint32_t kd_seg_pairs(const struct kd_seg *s, uint64_t func, uint32_t *from_ret);
/* Entry i: the file's word and how often. */
uint64_t kd_seg_pair(const struct kd_seg *s, uint32_t i, uint32_t *count_ret);
/* The path of a word; absent: not in this segment. */
struct kd_view kd_seg_path(const struct kd_seg *s, uint64_t path);

struct kd_hit {
	uint32_t doc; /* of the store */
	uint8_t level; /* 0 … 7 */
};

struct kd_postings {
	const uint8_t *at, *end;
	uint32_t doc, left, first;
	uint32_t n; /* documents that have the word */
};

/* Each word of a field, in order, with the documents that have it. */
void kd_seg_terms(const struct kd_seg *s, unsigned field, void (*fn)(void *user, uint64_t term, struct kd_postings p), void *user);

struct kd_postings kd_seg_postings(const struct kd_seg *s, uint64_t term);
/* The next document; false at the end. */
bool kd_postings_next(struct kd_postings *p, struct kd_hit *ret);

/* The same, for the loops that ranking lives in. */
static inline bool kd_postings_next_inline(struct kd_postings *p, struct kd_hit *ret)
{
	uint32_t v;

	if (!p->left || !p->at || p->at == p->end)
		return kd_postings_next(p, ret);
	v = *p->at;
	if (v & 0x80) {
		if (p->end - p->at < 2 || p->at[1] & 0x80)
			return kd_postings_next(p, ret);
		v = (v & 0x7f) | (uint32_t)p->at[1] << 7;
		p->at++;
	}
	p->at++;
	p->left--;
	p->doc += v >> 3;
	*ret = (struct kd_hit){p->first + p->doc, (uint8_t)(v & 7)};
	return true;
}

/* Documents of the store with a key: entries [*from_ret, returned) of kd_seg_key_doc(). */
uint32_t kd_seg_keys(const struct kd_seg *s, uint64_t key, uint32_t *from_ret);
uint32_t kd_seg_key_doc(const struct kd_seg *s, uint32_t i);

struct kd_seg_rel {
	uint64_t id; /* the first 16 digits, zeros behind what is known */
	uint32_t doc; /* of the store: the one that says so */
	uint8_t kind, digits;
};

/* Entries whose first 7 digits are those of id: [*from_ret, returned). The caller compares the others. */
uint32_t kd_seg_rels(const struct kd_seg *s, uint64_t id, uint32_t *from_ret);
void kd_seg_rel(const struct kd_seg *s, uint32_t i, struct kd_seg_rel *ret);

/* Read and check everything: KD_BADDATA with the place. */
KD_MUST_CHECK struct kd_error *kd_seg_verify(struct kd_seg *s);

/* For the merge: the tables as they are. */
struct kd_view kd_seg_section(const struct kd_seg *s, enum kd_seg_section id);

/* The first 16 digits of an object id as a number. */
uint64_t kd_oid_head(const uint8_t oid[KD_SEG_OID]);
/* Digits (at most 40) to bytes, zeros behind; false: not all are hex digits, or fewer than 4. */
bool kd_oid_parse(struct kd_view hex, uint8_t ret[KD_SEG_OID], unsigned *digits_ret);

#endif
