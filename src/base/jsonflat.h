/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jsonflat.h: an object of JSON without nesting, on one line, read without making a tree of it.
 *
 *	struct kd_jsonflat f;
 *	kd_auto(kd_buf_deinit) struct kd_buf room = KD_BUF_INIT(16 << 20);
 *	if (kd_jsonflat_parse(line, &room, &f)) … f.member[i].key, .text …
 *	else … base/jsonin.h, which also says what is wrong
 *
 * For exports of a million lines, each a record of texts and numbers: there base/jsonin.h takes a third of the time of reading the
 * kernel report in it. What is not simple (an array, an object, an escape in a key, \u0000, a lone surrogate, text that is not UTF-8,
 * a number that is not a plain integer, more than KD_JSONFLAT_MAX members, a key twice) is no error here but false, and the caller takes
 * the other way. What is read is read as that one does: fuzz_jsonflat compares.
 */
#ifndef KD_BASE_JSONFLAT_H
#define KD_BASE_JSONFLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#define KD_JSONFLAT_MAX 32

enum kd_jsonflat_type { KD_JFLAT_TEXT, KD_JFLAT_INT, KD_JFLAT_TRUE, KD_JFLAT_FALSE, KD_JFLAT_NULL };

struct kd_jsonflat_member {
	struct kd_view key;
	uint8_t type; /* enum kd_jsonflat_type */
	struct kd_view text; /* with its escapes resolved: in the line, or in room */
	int64_t num;
};

struct kd_jsonflat {
	struct kd_jsonflat_member member[KD_JSONFLAT_MAX];
	size_t n;
};

/* room is emptied first, and has to live as long as the members. */
bool kd_jsonflat_parse(struct kd_view line, struct kd_buf *room, struct kd_jsonflat *ret);

/* NULL: there is none. */
const struct kd_jsonflat_member *kd_jsonflat_get(const struct kd_jsonflat *f, const char *key);

#endif
