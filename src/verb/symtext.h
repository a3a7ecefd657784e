/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symtext.h: what people write for a place in code. */
#ifndef KD_VERB_SYMTEXT_H
#define KD_VERB_SYMTEXT_H

#include "symbol/resolve.h"

struct kd_symtext {
	bool is_address;
	uint64_t addr;
	struct kd_frame_query q; /* otherwise; views borrowed from the text */
	struct kd_view module; /* "[xfs]" behind it; absent */
};

/*
 * "ffffffff81234567", "0x…" (an address: 0x, or 8 digits and more), "vfs_read", "vfs_read+0x9a",
 * "vfs_read+0x9a/0x2e0 [mod]". false: it is none of these.
 */
bool kd_symtext(struct kd_view text, struct kd_symtext *ret);

#endif
