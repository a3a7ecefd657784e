/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack.h: the unpacked bytes of a part of a file, for members of archives. base/source.h does the same
 * for whole files; an ar member ends in the middle of one.
 *
 *	struct kd_unpacker u;
 *	err = kd_unpacker_open(ctx, file, offset, n, &u);      // file: kd_bytes_open_raw()
 *	while (!err && !(err = kd_unpacker_read(&u, buf, sizeof(buf), &n)) && n) …
 *	kd_unpacker_close(&u);
 */
#ifndef KD_FORMAT_UNPACK_H
#define KD_FORMAT_UNPACK_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/codec.h"
#include "base/ctx.h"

struct kd_unpacker {
	struct kd_ctx *ctx;
	const struct kd_bytes *file; /* borrowed */
	uint64_t at, left; /* next byte of the file, how many follow */
	const struct kd_codec_ops *ops; /* NULL: not packed */
	void *state;
	unsigned char *in;
	size_t in_pos, in_n;
	bool end;
};

/* KD_UNSUPPORTED: packed in a way that this build cannot unpack. */
KD_MUST_CHECK struct kd_error *kd_unpacker_open(struct kd_ctx *ctx, const struct kd_bytes *file,
						uint64_t offset, uint64_t n, struct kd_unpacker *ret);

/* Up to n bytes; 0: the end. KD_BADDATA: cut or damaged. */
KD_MUST_CHECK struct kd_error *kd_unpacker_read(struct kd_unpacker *u, void *buf, size_t n,
						size_t *ret_n);

void kd_unpacker_close(struct kd_unpacker *u);

#endif
