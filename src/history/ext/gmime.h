/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gmime.h: the MIME structure of one message, its encodings and its addresses, by GMime 3, which is loaded when it is
 * first needed.
 *
 *	err = kd_gmime_open(&g);                        // KD_UNSUPPORTED: not installed
 *	err = kd_gmime_parts(g, mail, on_part, &state); // leaves in their order, decoded
 *	text = kd_gmime_header(g, raw, &arena);         // =?utf-8?q?…?= → UTF-8
 *	kd_gmime_close(g);
 *
 * GMime is a large parser in our process and was not made for enemies: version 3.2.13 overflows its stack on a To:
 * field of 60,000 nested groups. What reaches it is therefore looked at first (bounds below), and it never sees the
 * header of the message itself as a header of addresses: mail_header.c reads that one. What it costs instead of a
 * process of its own: a start of that is 2 ms, a mail 0.1 ms.
 *
 * One per thread; the first one is opened before there are threads.
 */
#ifndef KD_HISTORY_EXT_GMIME_H
#define KD_HISTORY_EXT_GMIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

/* What it is given; more is KD_LIMIT. */
#define KD_GMIME_BYTES_MAX ((size_t)16 << 20)
#define KD_GMIME_ENTITIES_MAX 500 /* lines that begin with "Content-Type", which every level of nesting needs */
#define KD_GMIME_COLONS_MAX 500 /* in one field of addresses: each could open a group inside the last one */
#define KD_GMIME_FIELD_MAX ((size_t)256 << 10) /* bytes of one such field */
#define KD_GMIME_DEPTH_MAX 32 /* parts further inside are counted, not given */

struct kd_gmime;

KD_MUST_CHECK struct kd_error *kd_gmime_open(struct kd_gmime **ret);
void kd_gmime_close(struct kd_gmime *g); /* NULL is fine */
void kd_gmime_closep(struct kd_gmime **g);

/* A leaf; everything is borrowed during the call. */
struct kd_gmime_part {
	struct kd_view type, subtype; /* lower case: "text", "plain" */
	struct kd_view charset; /* absent when not said */
	struct kd_view filename; /* absent when not said */
	bool attachment; /* Content-Disposition says so */
	bool flowed, delsp; /* format=flowed, delsp=yes */
	bool is_message; /* a mail inside the mail: no bytes are given */
	struct kd_view bytes; /* decoded */
};

struct kd_gmime_seen {
	size_t parts, too_deep;
};

/*
 * The leaves in order. KD_LIMIT beyond the bounds above, KD_BADDATA when it is no MIME entity at all; errors of fn.
 */
KD_MUST_CHECK struct kd_error *kd_gmime_parts(const struct kd_gmime *g, struct kd_view mail,
					      struct kd_error *(*fn)(void *user, const struct kd_gmime_part *p),
					      void *user, struct kd_gmime_seen *ret);

/* The text of an unstructured field, encoded words decoded; absent at the arena's limit or a bound. */
struct kd_view kd_gmime_header(const struct kd_gmime *g, struct kd_view raw, struct kd_arena *a);

/*
 * The addresses of a field, groups flattened; false: beyond a bound, *fn was not called. At most `max` are given;
 * *ret_n is how many there are.
 */
bool kd_gmime_addresses(const struct kd_gmime *g, struct kd_view raw, struct kd_arena *a, size_t max,
			void (*fn)(void *user, struct kd_view name, struct kd_view addr), void *user, size_t *ret_n);

#endif
