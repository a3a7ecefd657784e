/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tar.h: the members of a tar archive, in the order in which they lie there.
 *
 *	kd_auto(kd_tar_deinit) struct kd_tar t;
 *	struct kd_tar_member m;
 *	kd_tar_init(&t, kd_stream_of_source(src));   // a source unpacks .xz, .zst, .gz by itself
 *	while (!(err = kd_tar_next(&t, &m)) && m.type)
 *		if (m.type == KD_TAR_FILE && wanted(m.path))
 *			err = kd_tar_read(&t, &buf);   // all m.size bytes, or kd_tar_some()
 *
 * POSIX.1-1988 ustar (IEEE Std 1003.1, pax: "ustar Interchange Format"), GNU's long names ('L', 'K'),
 * pax records path, linkpath and size; git archive's global header is passed over. A member's
 * bytes that were not read are passed over by the next call.
 */
#ifndef KD_FORMAT_TAR_H
#define KD_FORMAT_TAR_H

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"
#include "format/stream.h"

#define KD_TAR_PATH_MAX 4096
#define KD_TAR_MEMBERS_MAX 2000000

enum { KD_TAR_END = 0, KD_TAR_FILE = '0', KD_TAR_HARDLINK = '1', KD_TAR_LINK = '2', KD_TAR_FOLDER = '5' };

struct kd_tar_member {
	const char *path, *link; /* as they stand there; borrowed until the next call */
	uint64_t size;
	unsigned mode; /* permissions alone */
	char type; /* KD_TAR_… or another of the format's; KD_TAR_END: there is none */
};

struct kd_tar {
	struct kd_stream src;
	/* An archive that ends behind a member, without its two empty blocks, is whole (tar takes it, too). */
	bool open_end;
	uint64_t at; /* bytes of the archive that were read */
	uint64_t left, pad; /* of the current member, not read */
	uint64_t members;
	/* of the next member */
	char *path, *link, *block;
	uint64_t pax_size;
	bool has_path, has_link, has_pax_size;
};

void kd_tar_init(struct kd_tar *t, struct kd_stream src);
void kd_tar_deinit(struct kd_tar *t);

/* KD_BADDATA, KD_LIMIT, errors of the stream. */
KD_MUST_CHECK struct kd_error *kd_tar_next(struct kd_tar *t, struct kd_tar_member *ret);

/* Up to n bytes of the current member; *ret_n == 0: all were read. KD_BADDATA when the archive ends before. */
KD_MUST_CHECK struct kd_error *kd_tar_some(struct kd_tar *t, void *buf, size_t n, size_t *ret_n);

/* Append the bytes of the current member that are left. KD_LIMIT when ret has no room for them. */
KD_MUST_CHECK struct kd_error *kd_tar_read(struct kd_tar *t, struct kd_buf *ret);

#endif
