/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ar.h: where a member of an ar archive lies, ar(5), as Debian packages are (deb(5): "debian-binary",
 * control.tar.*, data.tar.*; extra members begin with "_").
 *
 *	uint64_t at, bytes;
 *	if (kd_ar_probe(fd))
 *		err = kd_ar_find(fd, "data.tar", &at, &bytes);
 */
#ifndef KD_FORMAT_AR_H
#define KD_FORMAT_AR_H

#include <stdint.h>

#include "base/error.h"

#define KD_AR_MEMBERS_MAX 64

/* Does the file begin as one does? */
bool kd_ar_probe(int fd);

/*
 * The first member whose name begins so. KD_NOTFOUND; KD_BADDATA: damaged, or the file ends before the member
 * does; KD_IO. The descriptor's position is not touched.
 */
KD_MUST_CHECK struct kd_error *kd_ar_find(int fd, const char *begin, uint64_t *ret_at, uint64_t *ret_bytes);

#endif
