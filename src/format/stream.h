/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream.h: bytes that come one after the other, for readers that do not care from where.
 *
 *	struct kd_stream s = kd_stream_of_source(src);
 *	err = kd_stream_fill(&s, buf, 512, &n);          // n < 512: the end
 *
 * Of a source (base/source.h) whose packed data is cut or damaged the end is an error here: what
 * reads archives cannot use half of one.
 */
#ifndef KD_FORMAT_STREAM_H
#define KD_FORMAT_STREAM_H

#include "base/source.h"
#include "format/unpack.h"

struct kd_stream {
	/* Up to n bytes; *ret_n == 0: the end. */
	struct kd_error *(*read)(void *user, void *buf, size_t n, size_t *ret_n);
	void *user; /* borrowed */
};

struct kd_stream kd_stream_of_source(struct kd_source *src);
struct kd_stream kd_stream_of_unpacker(struct kd_unpacker *u);

/* n bytes, fewer only at the end. */
KD_MUST_CHECK struct kd_error *kd_stream_fill(const struct kd_stream *s, void *buf, size_t n,
					      size_t *ret_n);

#endif
