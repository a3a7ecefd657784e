/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdxbase.h: what an index stands on, and where that is.
 *
 *	put into KD_KDX_SIBLING:    kd_kdxbase_say(&text, &(struct kd_kdxbase){…})
 *	when one is opened:         err = kd_kdxbase_find(k, path, depth, &base)
 *
 * The section is text, lines KEY=VALUE:
 *
 *	id        kd_kdx_identity() of the base, hex: nothing else is taken for it
 *	file      name of the file that has it, without folder; absent: the file that k itself lies in
 *	module    of a file of several indexes (kdxpack.h): which; absent: the kernel's
 *	build_id  of the base, for messages
 *
 * The file is looked for in the folder of the index, by that name; then among the other *.kdx of that folder, so that
 * both may be renamed. A module stands on the same build's kernel, or on the module of another build, which stands on
 * its kernel: two steps. An index that stands on another file cannot be the base of a third.
 */
#ifndef KD_SYMBOL_KDXBASE_H
#define KD_SYMBOL_KDXBASE_H

#include "base/buf.h"
#include "symbol/kdx.h"

#define KD_KDXBASE_DEEP 3

struct kd_kdxbase {
	uint8_t identity[KD_SHA256_LEN];
	struct kd_view file, module, build_id; /* as above */
};

/* The section's text. */
void kd_kdxbase_say(struct kd_buf *to, const struct kd_kdxbase *base);

/* Name of the other file that k needs, as recorded; absent: none. Borrowed from k. */
struct kd_view kd_kdxbase_file(struct kd_kdx *k);

/* KD_CONFLICT: it is not there, or is another one, in one sentence; KD_BADDATA. */
KD_MUST_CHECK struct kd_error *kd_kdxbase_find(struct kd_kdx *k, const char *path, unsigned depth,
					       struct kd_kdx **ret);

/* kd_kdx_open_at() of what stands `depth` steps above the one that was asked for (kdx.c). */
KD_MUST_CHECK struct kd_error *kd_kdx_open_deep(const char *path, uint64_t off, uint64_t size, unsigned depth,
						struct kd_kdx **ret);

#endif
