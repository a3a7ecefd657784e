/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * charset.h: bytes of a named character set → UTF-8.
 *
 *	kd_charset_to_utf8(bytes, KD_V("iso-8859-1"), &out, &bad)     // KD_CHARSET_SAID
 *
 * A mail names its character set, and a name chooses which converter of the C library is loaded; only the sets of a
 * fixed list are handed to iconv(3); the list leaves out rare ones (ISO-2022-CN-EXT …), where converters had their holes. What the
 * bytes are not good for becomes U+FFFD and is counted.
 */
#ifndef KD_HISTORY_CHARSET_H
#define KD_HISTORY_CHARSET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

enum kd_charset_how {
	KD_CHARSET_UTF8,    /* it is UTF-8 (or its subset ASCII), as was said or for want of a name */
	KD_CHARSET_SAID,    /* converted from what was said */
	KD_CHARSET_WRONG,   /* another set was said, or none, and the bytes were good UTF-8 or had to be Latin 1 */
	KD_CHARSET_UNKNOWN, /* not in the list: UTF-8 where it can be, U+FFFD for the rest */
};

/*
 * Appends; *ret_bad: places that became U+FFFD. Nothing said: UTF-8 when all of it is, else Windows-1252
 * (KD_CHARSET_WRONG). "us-ascii" with bytes above 127 likewise.
 */
enum kd_charset_how kd_charset_to_utf8(struct kd_view bytes, struct kd_view charset, struct kd_buf *out,
				       size_t *ret_bad);

#endif
