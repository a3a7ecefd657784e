/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * md5.h: MD5 of bytes (RFC 1321), because DWARF 5 line tables carry it for each source file. It tells a
 * file that was changed from one that was not; against somebody who wants to deceive it proves nothing.
 *
 *	uint8_t sum[KD_MD5_LEN];
 *	kd_md5_of(text, sum);
 */
#ifndef KD_BASE_MD5_H
#define KD_BASE_MD5_H

#include <stdint.h>

#include "base/view.h"

#define KD_MD5_LEN 16

void kd_md5_of(struct kd_view v, uint8_t ret[KD_MD5_LEN]);

#endif
