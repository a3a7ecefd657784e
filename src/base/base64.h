/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base64.h: bytes as text (RFC 4648, section 4: with padding, in one line).
 *
 *	kd_base64_add(&buf, bytes);
 *	if (!kd_base64_take(text, &buf)) …             // it is no base64, or does not fit
 */
#ifndef KD_BASE_BASE64_H
#define KD_BASE_BASE64_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* False when it does not fit; then nothing was added. */
bool kd_base64_add(struct kd_buf *b, struct kd_view bytes);
/* Only what kd_base64_add() would write: no blanks, padding, unused bits 0. */
bool kd_base64_take(struct kd_view text, struct kd_buf *ret);

#endif
