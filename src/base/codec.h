/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec.h: the contract between base/source.c and the decompressors.
 *
 * To add one: write ext/<library>.c with a `const struct kd_codec_ops
 * kd_codec_<name>`, declare it below, add one line to the table in codec.c and
 * one to meson.build. probe() must work without the library; when the library
 * is compiled out (KD_NO_…), open is NULL and the source says "this build has
 * no <library>".
 *
 *	const struct kd_codec_ops *ops = kd_codec_find(first_bytes);
 *	void *state;
 *	err = ops->open(memory, &state);
 *	do
 *		st = ops->step(state, &io, no_more_input);
 *	while (st == KD_CODEC_MORE && …);
 *	ops->close(state);
 */
#ifndef KD_BASE_CODEC_H
#define KD_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/view.h"

enum kd_codec_status {
	KD_CODEC_MORE, /* give more input or more room */
	KD_CODEC_END, /* this member is complete and its checksum right */
	KD_CODEC_CUT, /* `last` was said and the member is not complete */
	KD_CODEC_DAMAGED, /* io->why says what is wrong */
	KD_CODEC_MEMORY, /* it would need more memory than open() was given */
};

/* What step() works on; it moves the pointers and lowers the counts. */
struct kd_codec_io {
	const unsigned char *in;
	size_t in_n;
	unsigned char *out;
	size_t out_n;
	const char *why; /* static text, set with KD_CODEC_DAMAGED */
};

struct kd_codec_ops {
	const char *name; /* what users call it: "gzip" */
	const char *library; /* "zlib" */

	/* Does a member begin with these bytes (up to KD_CODEC_PROBE_BYTES are given)? */
	bool (*probe)(struct kd_view head);

	/* State for one member, within `memory` bytes. NULL: not in this build. */
	struct kd_error *(*open)(size_t memory, void **ret);

	/*
	 * Unpack as much as input and room allow. `last`: no input follows what is
	 * in io. Every byte that can be known is given before CUT or DAMAGED is
	 * said; bytes of the damaged block itself may come or not. With room and input left it must
	 * make progress or say other than MORE. Input behind the member's end is left in io.
	 */
	enum kd_codec_status (*step)(void *state, struct kd_codec_io *io, bool last);

	void (*close)(void *state); /* NULL state is fine */
};

extern const struct kd_codec_ops kd_codec_gzip;
extern const struct kd_codec_ops kd_codec_xz;
extern const struct kd_codec_ops kd_codec_lzma;
extern const struct kd_codec_ops kd_codec_zstd;
extern const struct kd_codec_ops kd_codec_bzip2;
extern const struct kd_codec_ops kd_codec_lz4;
extern const struct kd_codec_ops kd_codec_lz4_legacy;

/* The codec whose magic these first bytes have, or NULL. Give KD_CODEC_PROBE_BYTES, or all there
 * are. */
#define KD_CODEC_PROBE_BYTES 16
const struct kd_codec_ops *kd_codec_find(struct kd_view head);

#endif
