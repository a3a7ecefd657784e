/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf8.h: UTF-8 of unknown quality.
 *
 *	uint32_t c;
 *	while (v.n)
 *		if (!kd_utf8_next(&v, &c)) …         // not UTF-8; c is U+FFFD
 *
 * Well-formed as in the Unicode Standard, table 3-7: no surrogates, nothing
 * overlong, nothing past U+10FFFF. An ill-formed piece is replaced as the
 * standard recommends (one U+FFFD per maximal subpart).
 */
#ifndef KD_BASE_UTF8_H
#define KD_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#define KD_UTF8_BAD 0xfffdu

/*
 * Take one code point off the front of a view that is not empty. False: it was
 * ill-formed, *ret is KD_UTF8_BAD, and its maximal subpart (1…3 bytes) is gone.
 */
bool kd_utf8_next(struct kd_view *v, uint32_t *ret);

bool kd_utf8_valid(struct kd_view v);

/* The first ill-formed piece at or behind byte `from`: true, its offset and length. */
bool kd_utf8_find_bad(struct kd_view v, size_t from, size_t *off_ret, size_t *len_ret);

/* Length of the longest well-formed prefix. */
size_t kd_utf8_good_prefix(struct kd_view v);

/* Bytes of code point c (1…4) into p; U+FFFD for what is none. */
size_t kd_utf8_encode(uint32_t c, char p[4]);

/* Append v to out with U+FFFD for ill-formed pieces; returns how many there were. */
size_t kd_utf8_sanitise(struct kd_view v, struct kd_buf *out);

/*
 * For a terminal: ill-formed bytes, C0 (but tab and newline) and C1 controls, DEL and
 * bidirectional controls are shown as \xNN or \u{NNNN}. Returns how many were changed.
 */
size_t kd_utf8_printable(struct kd_view v, struct kd_buf *out);

#endif
