/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm.h: where the files of an RPM package lie, and the cpio archive that they are in.
 *
 *	if (kd_rpm_probe(file)) err = kd_rpm_payload(file, &at, &bytes);     // packed: format/unpack.h
 *
 *	kd_auto(kd_cpio_in_deinit) struct kd_cpio_in c;
 *	kd_cpio_in_init(&c, kd_stream_of_unpacker(&u));
 *	while (!(err = kd_cpio_in_next(&c, &m)) && m.type) …
 *
 * RPM: 96 bytes of lead, the signature header padded to 8 bytes, the main header, the payload (rpm's
 * docs/manual/format_lead.md, format_header.md, format_v4.md; LSB 5.0 core, "Package File Format"). A header: 8e ad e8
 * 01, four bytes, big-endian counts of index entries (16 bytes each) and of bytes of data.
 *
 * cpio: the "newc" form of SVR4 without or with checksums (magic 070701, 070702), cpio(5). rpm's own
 * stripped form (07070X: files above 4 GiB, whose names and sizes are in the header) is
 * KD_UNSUPPORTED.
 */
#ifndef KD_FORMAT_RPM_H
#define KD_FORMAT_RPM_H

#include "base/bytes.h"
#include "format/tar.h"

#define KD_RPM_HEADER_MAX ((uint64_t)256 << 20) /* rpm's own limit of a header's data */

/* Does the file begin as one does? */
bool kd_rpm_probe(const struct kd_bytes *file);

/* KD_BADDATA: damaged, or the file ends in its headers; KD_IO. */
KD_MUST_CHECK struct kd_error *kd_rpm_payload(const struct kd_bytes *file, uint64_t *ret_at, uint64_t *ret_bytes);

struct kd_cpio_in {
	struct kd_stream src;
	uint64_t at, left, pad, members;
	char *path, *link, *block;
};

void kd_cpio_in_init(struct kd_cpio_in *c, struct kd_stream src);
void kd_cpio_in_deinit(struct kd_cpio_in *c);

/* As kd_tar_next(), kd_tar_some(); a further name of a file is a member of that file's type without bytes. */
KD_MUST_CHECK struct kd_error *kd_cpio_in_next(struct kd_cpio_in *c, struct kd_tar_member *ret);
KD_MUST_CHECK struct kd_error *kd_cpio_in_some(struct kd_cpio_in *c, void *buf, size_t n, size_t *ret_n);

#endif
