/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evidence.h: what a statement rests on, and how to check it again.
 *
 *	struct kd_evidence e;
 *	err = kd_evidence_log(log_bytes, 123, 456, &e);   // e.id "e1f0c…", e.locator "bytes:123-456"
 *	…
 *	switch (kd_evidence_check(&e, log_bytes_later)) …
 *
 * An id is "e" and the first 12 hex digits of SHA-256 over
 *	"kdoc-evidence-1" NUL kind-name NUL locator NUL digest
 * where digest is the SHA-256 of the bytes that the locator names (not of the whole
 * input: a log may be a stream of gigabytes, and a span must be checkable by whoever
 * has only the span). So equal evidence has an equal id on every machine, and
 * whatever changes in it changes the id. 48 bits are for reading and linking; the full
 * digest stands beside them and is what a check compares.
 *
 * Locators are canonical text without host paths, of printable ASCII without blanks
 * (others as %XX), at most KD_LOCATOR_MAX bytes:
 *	log      bytes:START-END             half-open, in the unpacked input
 *	memory   mem:DUMP:0xADDR+LEN         DUMP: id of the dump, hex
 *	source   src:TREE:PATH:FIRST-LAST    TREE: object id or release; lines, inclusive
 *	commit   commit:OID
 *	message  mid:MESSAGE-ID              without the angle brackets
 *	command  cmd:WORDS                   canonical arguments, one %20 between
 */
#ifndef KD_EVIDENCE_EVIDENCE_H
#define KD_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/view.h"

#define KD_EVIDENCE_ID 14 /* 'e' or 'c', 12 digits, NUL */
#define KD_LOCATOR_MAX 512
#define KD_CLAIM_EVIDENCE 64 /* of one claim */
#define KD_CLAIM_TEXT 4096   /* bytes */

enum kd_evidence_kind {
	KD_EVIDENCE_LOG,
	KD_EVIDENCE_MEMORY,
	KD_EVIDENCE_SOURCE,
	KD_EVIDENCE_COMMIT,
	KD_EVIDENCE_MESSAGE,
	KD_EVIDENCE_COMMAND,
	KD_EVIDENCE_KINDS
};

/* Self-contained: may be copied and kept. */
struct kd_evidence {
	char id[KD_EVIDENCE_ID];
	uint8_t kind; /* enum kd_evidence_kind */
	uint8_t digest[KD_SHA256_LEN];
	char locator[KD_LOCATOR_MAX + 1];
	const char *recheck; /* static words: how to check it again */
};

/*
 * What every other constructor ends in: `locator` must be canonical for its kind
 * (KD_INVALID says what is wrong), `bytes` is what it names.
 */
KD_MUST_CHECK struct kd_error *kd_evidence_make(enum kd_evidence_kind kind, struct kd_view locator,
						struct kd_view bytes, struct kd_evidence *ret);
/* The same when the digest is known already. */
KD_MUST_CHECK struct kd_error *kd_evidence_of_digest(enum kd_evidence_kind kind,
						     struct kd_view locator,
						     const uint8_t digest[KD_SHA256_LEN],
						     struct kd_evidence *ret);

/* Bytes start … end of `input`; KD_INVALID when they are not in it or empty. */
KD_MUST_CHECK struct kd_error *kd_evidence_log(struct kd_view input, uint64_t start, uint64_t end,
					       struct kd_evidence *ret);
/* A span of a streamed log: `bytes` begins at offset `start` of the unpacked input. */
KD_MUST_CHECK struct kd_error *kd_evidence_log_span(struct kd_view bytes, uint64_t start,
						    struct kd_evidence *ret);

/* Memory of a dump; dump is its id (hex digits). */
KD_MUST_CHECK struct kd_error *kd_evidence_memory(struct kd_view dump, uint64_t addr,
						  struct kd_view bytes, struct kd_evidence *ret);
/* Lines first … last of a file of a tree; path is relative to the tree. */
KD_MUST_CHECK struct kd_error *kd_evidence_source(struct kd_view tree, struct kd_view path,
						  uint64_t first, uint64_t last,
						  struct kd_view bytes, struct kd_evidence *ret);
/* oid: 40 or 64 lower-case hex digits. bytes: the raw commit object. */
KD_MUST_CHECK struct kd_error *kd_evidence_commit(struct kd_view oid, struct kd_view bytes,
						  struct kd_evidence *ret);
KD_MUST_CHECK struct kd_error *kd_evidence_message(struct kd_view message_id, struct kd_view bytes,
						   struct kd_evidence *ret);
/* words: arguments; none may be an absolute path. bytes: the output. */
KD_MUST_CHECK struct kd_error *kd_evidence_command(const struct kd_view *words, size_t n,
						   struct kd_view bytes, struct kd_evidence *ret);

enum kd_check {
	KD_CHECK_SAME,	  /* the bytes are what they were */
	KD_CHECK_CHANGED, /* other bytes are there now */
	KD_CHECK_GONE,	  /* the input is too short to hold them */
	KD_CHECK_DAMAGED, /* the record itself: id, locator and digest don't belong together */
	KD_CHECK_NEEDS,	  /* not a log span: kd_evidence_check_bytes() with its bytes */
};

/* Once more, over the input (the whole unpacked log). */
enum kd_check kd_evidence_check(const struct kd_evidence *e, struct kd_view input);
/* Once more, over the bytes that the locator names, for every kind. */
enum kd_check kd_evidence_check_bytes(const struct kd_evidence *e, struct kd_view bytes);

/* The span of a log locator; false for others. */
bool kd_evidence_span(const struct kd_evidence *e, uint64_t *start_ret, uint64_t *end_ret);

const char *kd_evidence_kind_name(enum kd_evidence_kind kind); /* "log" …; never NULL */
/* false when there is no such kind */
bool kd_evidence_kind_by_name(struct kd_view name, enum kd_evidence_kind *ret);
/* "e" or "c" and 12 lower-case hex digits? */
bool kd_evidence_id_valid(struct kd_view id);

enum kd_claim_status {
	KD_CLAIM_HYPOTHESIS, /* possible; nothing proves it */
	KD_CLAIM_SUPPORTED,  /* evidence speaks for it */
	KD_CLAIM_REFUTED,
	KD_CLAIM_VERIFIED, /* evidence proves it, and it was checked again */
};

/* A statement. Borrowed pointers; the id covers text, origin and evidence, not the status. */
struct kd_claim {
	char id[KD_EVIDENCE_ID]; /* "c…" */
	uint8_t status;		 /* enum kd_claim_status */
	struct kd_view text;	 /* one sentence */
	struct kd_view origin;	 /* who or what said it: "investigate", "person:…" */
	const char *const *evidence; /* ids */
	size_t nevidence;
};

/*
 * KD_INVALID: no text, a malformed or repeated evidence id, or a status above
 * hypothesis without evidence ("evidence or silence"). KD_LIMIT: too long or too many.
 * The order of evidence does not change the id.
 */
KD_MUST_CHECK struct kd_error *kd_claim_make(struct kd_view text, enum kd_claim_status status,
					     struct kd_view origin, const char *const *evidence,
					     size_t nevidence, struct kd_claim *ret);

const char *kd_claim_status_name(enum kd_claim_status s); /* "hypothesis" …; never NULL */

#endif
