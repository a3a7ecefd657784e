/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term.h: what a text index is asked for: words in fields, as 64-bit numbers.
 *
 *	uint64_t t = kd_term(KD_FIELD_FUNC, KD_V("tcp_sendmsg"));
 *
 * The index holds numbers and no words: two words of one field having one number is expected once in 2^57 / n^2 indexes
 * of n words a field (n = 10 million: once in 1,400). Whoever states that a commit touches a function looks at the
 * commit's record and not at the index.
 *
 * The numbers are stored: FNV-1a of 64 bits (Fowler, Noll, Vo; offset basis 0xcbf29ce484222325, prime
 * 0x100000001b3) over the bytes, then the finaliser of MurmurHash3 (Appleby); the upper 8 bits are the field.
 */
#ifndef KD_HISTORY_TERM_H
#define KD_HISTORY_TERM_H

#include <stdint.h>

#include "base/view.h"

/* Stored: never renumbered. */
enum kd_word_field {
	KD_FIELD_ID = 1, /* identifier of message or diff as written; its level says where it stands (kd_id_level) */
	KD_FIELD_PART = 2, /* part of a name or word, lower case; its level how much there is of it */
	KD_FIELD_FUNC = 3, /* function that changed lines stand in */
	KD_FIELD_PATH = 4, /* file, whole path */
	KD_FIELD_DIR = 5, /* each of the three folders above it */
	KD_FIELD_QUOTED = 6, /* function of a trace that the message quotes */
	KD_FIELD_AUTHOR = 7,
	/* mail */
	KD_FIELD_WORD = 20, /* word of the text, lower case */
	KD_FIELD_SUBJECT = 21,
	KD_FIELD_FROM = 22,
	KD_FIELD_TO = 23,
	KD_FIELD_QUOTE = 24, /* word of a quoted line */
	KD_FIELD_CC = 25,
	KD_FIELD_LIST = 26, /* word of the list's id */
	KD_FIELD_MID = 27, /* part of the Message-ID */
	KD_FIELD_DIFF_FILE = 28, /* part of a file's name in a diff */
	KD_FIELD_DIFF_OLD = 29, /* word of a line taken out */
	KD_FIELD_DIFF_NEW = 30, /* word of a line added */
	KD_FIELD_DIFF_HUNK = 31, /* word behind the second @@ */
	KD_FIELD_DIFF_CONTEXT = 32, /* word of an unchanged line */
	KD_FIELD_FILENAME = 33, /* word of the name of an attachment */
	KD_FIELD_LIST_ID = 34, /* the list's whole id */
	KD_FIELD_BOX = 35, /* the name of the archive that it was read from first */
	/* of keys that are looked up, not ranked */
	KD_KEY_SUBJECT = 40, /* normal form of the whole subject */
	KD_KEY_PATCH_ID = 41,
	KD_KEY_MESSAGE_ID = 42,
	KD_KEY_SYZBOT = 43,
	KD_KEY_CVE = 44,
	KD_KEY_LINK = 45, /* Message-ID that a commit links to */
	KD_KEY_REF = 46, /* Message-ID that a mail refers to */
	KD_KEY_BLOB_OLD = 47, /* of an "index" line of a diff: the first 7 and more digits, each length */
	KD_KEY_BLOB_NEW = 48,
	KD_KEY_CHANGE_ID = 49, /* b4's */
};

/* Where an identifier stands, the best place counts. */
enum kd_id_level {
	KD_AT_CONTEXT = 0, /* an unchanged line of a hunk */
	KD_AT_CHANGED = 1, /* a changed line, or a hunk's heading */
	KD_AT_BODY = 2, /* the message */
	KD_AT_FUNC = 3, /* the subject, or a function that lines were changed in */
};

/* Of how much: 1, 2, 3, 4–5, 6–8, 9–13, 14–21, more. */
unsigned kd_amount_level(uint32_t amount);
/* 1 + ln of about what the level stands for. */
float kd_level_weight(unsigned level);

/* The field stands in the upper 8 bits, so that the words of a field lie together. */
static inline unsigned kd_term_field(uint64_t term)
{
	return (unsigned)(term >> 56);
}

uint64_t kd_term(enum kd_word_field field, struct kd_view word);

#endif
