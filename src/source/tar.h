/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tar.h: the files of a tar archive, in the order in which they lie there.
 *
 *	kd_auto(kd_tar_deinit) struct kd_tar t;
 *	struct kd_tar_member m;
 *	kd_tar_init(&t, src);                       // a source unpacks .xz, .zst, .gz by itself
 *	while (!(err = kd_tar_next(&t, &m)) && m.path.n)
 *		if (wanted(m.path))
 *			err = kd_tar_read(&t, &buf);   // all m.size bytes
 *
 * POSIX.1-1988 ustar (IEEE Std 1003.1, pax: "ustar Interchange Format"), GNU's long names ('L'),
 * pax records path and size, and git archive's global header. Regular files only: links, folders
 * and devices are passed over.
 */
#ifndef KD_SOURCE_TAR_H
#define KD_SOURCE_TAR_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/source.h"
#include "base/view.h"

#define KD_TAR_PATH_MAX 4096
#define KD_TAR_MEMBERS_MAX 2000000

struct kd_tar_member {
	struct kd_view path; /* without "./" in front; borrowed until the next call */
	uint64_t size;
};

struct kd_tar {
	struct kd_source *src;
	uint64_t left, pad; /* bytes of the current member that were not read */
	uint64_t members;
	struct kd_buf path, extra;
	uint64_t pax_size;
	bool has_pax_size;
	char *block; /* for what is skipped */
};

void kd_tar_init(struct kd_tar *t, struct kd_source *src);
void kd_tar_deinit(struct kd_tar *t);

/* The next regular file; ret->path is empty at the end. KD_BADDATA, KD_LIMIT, errors of the source. */
KD_MUST_CHECK struct kd_error *kd_tar_next(struct kd_tar *t, struct kd_tar_member *ret);

/* Append the bytes of the current file. KD_BADDATA when the archive ends before. */
KD_MUST_CHECK struct kd_error *kd_tar_read(struct kd_tar *t, struct kd_buf *ret);

#endif
