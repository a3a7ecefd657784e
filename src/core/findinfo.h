/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * findinfo.h: VMCOREINFO in the memory of a dump that has no note of it (a guest without the device for it).
 *
 *	kd_vmcoreinfo_find(pages, fits, user, &found, &arena)
 *
 * The kernel keeps the text at the beginning of a page of its own (vmcoreinfo_data; kernel/crash_core.c), once more
 * behind a note's header at the beginning of another (vmcoreinfo_note), and, where a crash kernel is loaded, in a copy that
 * is safe from it. All begin with OSRELEASE=. A page of a file, or one left over from another boot, may look the same:
 * each that is found is shown to fits(), which tries its addresses.
 */
#ifndef KD_CORE_FINDINFO_H
#define KD_CORE_FINDINFO_H

#include "core/pages.h"

enum { KD_VMCOREINFO_PAGE = 64 << 10 }; /* bytes of the text at most: a page of the largest size */

struct kd_vmcoreinfo_found {
	struct kd_view text; /* in the arena; absent: none that fits */
	size_t seen; /* texts that look like it */
	size_t rivals; /* others whose addresses check out, too: text is the first of them, or the first of a crash */
	bool stopped; /* not all of the memory was looked at (the limit, or progress() said stop) */
	uint64_t looked_at; /* bytes */
};

/* Does that text's kernel lie in this memory? */
typedef bool kd_vmcoreinfo_fits(void *user, struct kd_view text);

/* Limits and progress are those of kd_pages_options(pages). */
KD_MUST_CHECK struct kd_error *kd_vmcoreinfo_find(struct kd_pages *pages, kd_vmcoreinfo_fits *fits, void *user,
						  struct kd_arena *arena, struct kd_vmcoreinfo_found *ret);

#endif
