/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * package.h: the members of a package or archive, one after the other, whatever it is: Debian's (.deb, .ddeb),
 * RPM's (.rpm), a tar archive in any packing that base/codec.h knows.
 *
 *	struct kd_package p;
 *	struct kd_tar_member m;
 *	err = kd_package_open(ctx, file, &p);                     // kd_bytes_open_raw()
 *	while (!err && !(err = kd_package_next(&p, &m)) && m.type)
 *		if (m.type == KD_TAR_FILE && wanted(m.path))
 *			while (!(err = kd_package_some(&p, buf, sizeof(buf), &n)) && n) …
 *	kd_package_close(&p);
 *
 * It is a stream in bounded memory: what is not wanted is unpacked and thrown away. Paths are as they
 * stand in the archive: nobody has looked at "..", "/" and "./".
 */
#ifndef KD_FORMAT_PACKAGE_H
#define KD_FORMAT_PACKAGE_H

#include "base/bytes.h"
#include "base/ctx.h"
#include "format/rpm.h"
#include "format/tar.h"
#include "format/unpack.h"

struct kd_package;

/* One row for each form; to add one: package.c. */
struct kd_package_ops {
	const char *what; /* "a Debian package" */
	bool (*probe)(const struct kd_bytes *file); /* by the first bytes; NULL: what no other one is */
	/* Where the packed members lie in the file. */
	struct kd_error *(*find)(const struct kd_bytes *file, uint64_t *at, uint64_t *bytes);
	struct kd_error *(*next)(struct kd_package *p, struct kd_tar_member *ret);
	struct kd_error *(*some)(struct kd_package *p, void *buf, size_t n, size_t *ret_n);
};

struct kd_package {
	const struct kd_package_ops *ops;
	uint64_t total; /* bytes of the file */
	struct kd_unpacker u; /* u.at: how far it was read, for progress */
	struct kd_tar tar;
	struct kd_cpio_in cpio;
};

/*
 * The file stays the caller's. KD_BADDATA; KD_UNSUPPORTED: packed in a way that this build cannot unpack. To be closed in
 * any case.
 */
KD_MUST_CHECK struct kd_error *kd_package_open(struct kd_ctx *ctx, const struct kd_bytes *file,
					       struct kd_package *ret);
void kd_package_close(struct kd_package *p);

/*
 * Is it one of these, by its first bytes? A packed file counts when a tar archive is in it (that much of it is
 * unpacked); one that cannot be read does not.
 */
bool kd_package_probe(struct kd_ctx *ctx, const struct kd_bytes *file);

/* As kd_tar_next() and kd_tar_some(). */
KD_MUST_CHECK struct kd_error *kd_package_next(struct kd_package *p, struct kd_tar_member *ret);
KD_MUST_CHECK struct kd_error *kd_package_some(struct kd_package *p, void *buf, size_t n, size_t *ret_n);

#endif
