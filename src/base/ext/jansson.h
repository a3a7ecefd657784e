/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jansson.h: the parser behind base/jsonin.h; only jsonin.c includes it.
 *
 *	err = kd_jansson_parse(text, unique, &doc);     // text passed the scan for depth and count
 */
#ifndef KD_BASE_EXT_JANSSON_H
#define KD_BASE_EXT_JANSSON_H

#include "base/jsonin.h"

/* KD_BADDATA with line, column and offset. */
KD_MUST_CHECK struct kd_error *kd_jansson_parse(struct kd_view text, bool unique, struct kd_jsonin **ret);

#endif
