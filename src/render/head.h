/* SPDX-License-Identifier: GPL-2.0-or-later */
/* head.h: the first keys of every JSON document. */
#ifndef KD_RENDER_HEAD_H
#define KD_RENDER_HEAD_H

#include "base/json.h"

/* The keys "schema" and "tool" of the object that is open; schema is like "kdoc.scan/1". */
void kd_render_head_json(struct kd_json *j, const char *schema);

#endif
