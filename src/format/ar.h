/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ar.h: where a member of an ar archive lies, ar(5), as Debian packages are (deb(5): "debian-binary",
 * control.tar.*, data.tar.*; extra members begin with "_").
 *
 *	uint64_t at, bytes;
 *	if (kd_ar_probe(file))
 *		err = kd_ar_find(file, KD_V("data.tar"), &at, &bytes);
 */
#ifndef KD_FORMAT_AR_H
#define KD_FORMAT_AR_H

#include <stdint.h>

#include "base/bytes.h"

#define KD_AR_MEMBERS_MAX 64

/* Does the file begin as one does? */
bool kd_ar_probe(const struct kd_bytes *file);

/*
 * The first member whose name begins so. KD_NOTFOUND; KD_BADDATA: damaged, or the file ends before the member
 * does; KD_IO.
 */
KD_MUST_CHECK struct kd_error *kd_ar_find(const struct kd_bytes *file, struct kd_view begin, uint64_t *ret_at,
					  uint64_t *ret_bytes);

#endif
