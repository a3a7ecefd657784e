/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redact_line.h: one line → the same line with placeholders. Inside of the verb redact.
 *
 *	kd_redactor_init(&r, map, addresses);
 *	for each line: kd_redactor_learn(&r, line);          // first pass: names
 *	kd_redactor_rewind(&r);
 *	for each line: kd_redactor_line(&r, line, &out);     // second pass, adds to out
 *	kd_redactor_deinit(&r);
 *
 * Two kinds of finding: marks, because of what stands around them ("SerialNumber: X",
 * "password=X", the host of a syslog prefix), and tokens, because of their own form
 * (addresses, UUIDs, mail) or because a mark made them known as a name.
 */
#ifndef KD_VERB_REDACT_LINE_H
#define KD_VERB_REDACT_LINE_H

#include "base/buf.h"
#include "base/hashmap.h"
#include "verb/redact_map.h"

struct kd_redact_mark {
	size_t start, end;
	uint8_t kind; /* enum kd_redact_kind */
	bool learn; /* replace it wherever it stands as a word */
};

struct kd_redactor {
	struct kd_redact_map *map;
	bool addresses;
	bool in_key; /* inside a PEM private key */
	struct kd_arena arena; /* keys of names */
	struct kd_hashmap names; /* lower case → enum kd_redact_kind */
	size_t longest; /* of names, in bytes */
	bool length[256]; /* is there a name of so many bytes? */
	struct kd_hashmap common; /* names that are common words */
	KD_VEC(struct kd_redact_mark) marks; /* of the line at work */
	bool too_many; /* marks */
	struct kd_buf line, check;
	uint64_t places[KD_RK_N], lost, whole_lines, names_lost;
};

/* Longest line that the redactor takes. */
#define KD_REDACT_MAX_LINE ((size_t)1 << 20)

void kd_redactor_init(struct kd_redactor *r, struct kd_redact_map *map, bool addresses);
void kd_redactor_deinit(struct kd_redactor *r);
void kd_redactor_learn(struct kd_redactor *r, struct kd_view line);
void kd_redactor_rewind(struct kd_redactor *r);
void kd_redactor_line(struct kd_redactor *r, struct kd_view line, struct kd_buf *out);

/* redact_marks.c: fill r->marks, sorted and without overlap. */
void kd_redact_marks(struct kd_redactor *r, struct kd_view line);
void kd_redact_add_mark(struct kd_redactor *r, struct kd_view line, struct kd_view what,
			enum kd_redact_kind kind, bool learn);

/* redact_keys.c: what a key in front of '=' or ':' says about its value. */
void kd_redact_key_marks(struct kd_redactor *r, struct kd_view line);

/* redact_tokens.c: length of what stands at byte i and its kind, 0: nothing to replace. */
size_t kd_redact_token(struct kd_view line, size_t i, uint8_t *kind);
/* What the whole text is by its form, or what was supposed. */
enum kd_redact_kind kd_redact_form(struct kd_view text, enum kd_redact_kind otherwise);
size_t kd_redact_ip4(struct kd_view line, size_t i);
size_t kd_redact_ip6(struct kd_view line, size_t i);
size_t kd_redact_mac(struct kd_view line, size_t i);
size_t kd_redact_uuid(struct kd_view line, size_t i);
size_t kd_redact_mail(struct kd_view line, size_t i);
size_t kd_redact_hex(struct kd_view line, size_t i);
size_t kd_redact_secret(struct kd_view line, size_t i);
size_t kd_redact_domain(struct kd_view line, size_t i);

/* redact_words.c: facts about words. */
bool kd_redact_is_common(struct kd_view word); /* too common to be replaced everywhere */
bool kd_redact_is_account(struct kd_view user); /* root, daemon …: the same on all machines */
bool kd_redact_is_version_word(struct kd_view word);
bool kd_redact_is_unit_suffix(struct kd_view label); /* of systemd: "service" */
bool kd_redact_is_top_level(struct kd_view label, size_t labels);
bool kd_redact_is_public(struct kd_view domain); /* documentation that kernels print */

#endif
