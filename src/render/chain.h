/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chain.h: functions, inlined calls and lines of an address; what was tried to find debug info. */
#ifndef KD_RENDER_CHAIN_H
#define KD_RENDER_CHAIN_H

#include "base/json.h"
#include "render/out.h"
#include "symbol/symset.h"

/* "net/core/dev.c:123"; with column also ":7". "??" when it is not known. */
void kd_render_src(struct kd_out *o, const struct kd_src *s, bool column);

/*
 * The name as the source of Rust or C++ spells it (report/demangle.h): " (a::b)" behind a mangled one, nothing behind
 * others; the readable name alone; as a member of an object.
 */
void kd_render_demangled(struct kd_out *o, struct kd_view symbol);
void kd_render_name_cell(struct kd_out *o, struct kd_view symbol, size_t columns);
void kd_render_demangled_json(struct kd_json *j, const char *key, struct kd_view symbol);

/* {"symbol": …, "address": …, "chain": […]} */
void kd_render_match_json(struct kd_json *j, const struct kd_match *m);

/* [{"what": …, "used": …, "why": …}] under the key "debug_info". */
void kd_render_tries_json(struct kd_json *j, const struct kd_symset_try *t, size_t n);
void kd_render_tries_text(struct kd_out *o, const struct kd_symset_try *t, size_t n);

#endif
