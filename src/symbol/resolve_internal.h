/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolve_internal.h: what resolve.c and scopes.c share about the sections of an index. */
#ifndef KD_SYMBOL_RESOLVE_INTERNAL_H
#define KD_SYMBOL_RESOLVE_INTERNAL_H

#include "base/cursor.h"
#include "symbol/kdx.h"

#define KD_CHAIN_MAX 128 /* inlined calls in each other */

struct kd_func_rec {
	uint32_t index; /* in KD_KDX_FUNCS */
	uint32_t origin, tree, low, flags;
};

/* An inlined call. */
struct kd_node {
	uint64_t depth, origin, file, line, column;
	uint32_t index; /* which of its function's */
	bool covers;
};

struct kd_view kd_kdx_text(struct kd_kdx *k, uint32_t off);
bool kd_kdx_relative(struct kd_kdx *k, uint64_t addr, uint32_t *ret);
bool kd_func_at(struct kd_kdx *k, uint32_t rel, struct kd_func_rec *ret);

/* The inlined calls that cover rel, outermost first, at most KD_CHAIN_MAX; how many. */
size_t kd_inlined_at(struct kd_kdx *k, const struct kd_func_rec *f, uint32_t rel, struct kd_node *v);

/* The index of the last record whose first u32 is ≤ key; KD_NPOS: none. */
size_t kd_kdx_last_up_to(struct kd_kdx *k, enum kd_kdx_section sec, size_t bytes, uint32_t key);

/* The ranges at the cursor: does one cover rel? false: they are damaged. */
bool kd_kdx_ranges(struct kd_cursor *c, uint64_t n, uint32_t low, uint32_t rel, bool *covers);

#endif
