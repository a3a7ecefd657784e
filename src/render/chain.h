/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chain.h: functions, inlined calls and lines of an address; what was tried to find debug info. */
#ifndef KD_RENDER_CHAIN_H
#define KD_RENDER_CHAIN_H

#include "base/json.h"
#include "render/out.h"
#include "symbol/symset.h"

/* The keys "schema" and "tool" of a document. */
void kd_render_head_json(struct kd_json *j, const char *schema);

/* "net/core/dev.c:123"; with column also ":7". "??" when it is not known. */
void kd_render_src(struct kd_out *o, const struct kd_src *s, bool column);

/* {"symbol": …, "address": …, "chain": […]} */
void kd_render_match_json(struct kd_json *j, const struct kd_match *m);

/* [{"what": …, "used": …, "why": …}] under the key "debug_info". */
void kd_render_tries_json(struct kd_json *j, const struct kd_symset_try *t, size_t n);
void kd_render_tries_text(struct kd_out *o, const struct kd_symset_try *t, size_t n);

#endif
