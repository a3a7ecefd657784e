/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftout.h: what a page was that the dump does not have, by the kernel's own struct page of it.
 *
 *	enum kd_left_out was = kd_left_out_of(space, paddr);
 *	puts(kd_left_out_words(was, false));      // "the dump left it out: memory of a process (dump levels without 8 keep it)"
 *
 * What makedumpfile leaves out at which level: makedumpfile(8), -d. Where struct page is and what its members mean: the
 * kernel's include/linux/{mmzone,page-flags,mm_types}.h, by the numbers and offsets of VMCOREINFO alone. A kind that
 * VMCOREINFO's numbers do not tell, or whose struct page is not in the dump either, is not guessed.
 */
#ifndef KD_CORE_LEFTOUT_H
#define KD_CORE_LEFTOUT_H

#include <stdbool.h>
#include <stdint.h>

enum kd_left_out { /* the bit of the dump level that leaves it out */
	KD_LEFT_UNKNOWN = 0,
	KD_LEFT_CACHE = 2,
	KD_LEFT_CACHE_PRIVATE = 4,
	KD_LEFT_USER = 8,
	KD_LEFT_FREE = 16,
};

struct kd_space;

enum kd_left_out kd_left_out_of(struct kd_space *s, uint64_t paddr);

/* Half a sentence; zeros: it may have been a page of zeros, too (KD_PAGE_GAP). */
const char *kd_left_out_words(enum kd_left_out was, bool zeros);

#endif
