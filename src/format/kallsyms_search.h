/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms_search.h: where a kernel's own symbol table is, in bytes of its image that do not say it.
 *
 *	struct kd_kallsyms_places p;
 *	if (kd_kallsyms_search(rodata, &p)) … p.count names from p.names on
 *
 * The tokens are known by the digits, which stand for themselves, and by the index behind them, which has to fit; the names
 * end in front of the markers in front of them, of which there has to be one for each 256th name. Layout: scripts/kallsyms.c of
 * the kernel; 64 bits, little endian, tables aligned to 8 bytes: [offsets, base,] count, names, markers, tokens, index
 * [, offsets, base: since 6.4].
 */
#ifndef KD_FORMAT_KALLSYMS_SEARCH_H
#define KD_FORMAT_KALLSYMS_SEARCH_H

#include "format/kallsyms.h"

enum { KD_KALLSYMS_ALIGN = 8 };

struct kd_kallsyms_places {
	size_t tokens, index, count_at, names, names_end; /* offsets into the data */
	uint32_t count;
	struct kd_kallsyms coding; /* the tokens, read: views of the data */
};

/* false: there is none that fits. The work is bounded. */
bool kd_kallsyms_search(struct kd_view data, struct kd_kallsyms_places *ret);

/* Where the tokens of the digits may be: "0", NUL, "1", NUL …; KD_NPOS: nowhere. */
size_t kd_kallsyms_hint(struct kd_view data);

#endif
